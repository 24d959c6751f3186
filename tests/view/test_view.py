"""What the live screen and the summary show at chosen moments of sessions that the real engine runs."""

from __future__ import annotations

from kicktimer import view
from kicktimer.library import load_workout
from kicktimer.plan import Plan, build_plan
from kicktimer.session import Refusal, State, advance, decide, initial_state
from kicktimer.session.commands import AnyCommand, Assign, Close, Drop, Hold, Rate, Start, Tap
from kicktimer.squad import Athlete, Squad
from kicktimer.workout import parse_workout

RACES = {"Matan": 238_200, "Noa": 245_000, "Gil": 250_000}
GO = 10_000


class Session:
    """A session of the real engine on a virtual clock, with one group."""

    def __init__(self, spec: str = "8x400-burner", races: dict[str, int | None] | None = None) -> None:
        races = dict(RACES) if races is None else races
        athletes = tuple(
            Athlete(name, name[0].lower(), "A", {} if ms is None else {1_500_000: ms}) for name, ms in races.items()
        )
        self.plan: Plan = build_plan(load_workout(spec)[0], Squad("Monday", athletes))
        self.state: State = initial_state(self.plan)

    def at(self, t: int) -> view.GroupClock:
        self.state = advance(self.state, t).state
        return view.group_clock(self.state, "A", t, view.group_board(self.state, "A").spoken_lines)

    def do(self, *commands: AnyCommand) -> None:
        for command in commands:
            self.at(command.t)
            outcome = decide(self.state, command)
            assert not isinstance(outcome, Refusal), outcome
            self.state = outcome.state

    @property
    def board(self) -> view.GroupBoard:
        return view.group_board(self.state, "A")

    def row(self, name: str) -> view.AthleteRow:
        return next(row for row in self.board.rows if row.name == name)


def test_clock_shows_ready_countdown_and_go() -> None:
    session = Session()
    ready = session.at(0)
    assert (ready.state_word, ready.digits, ready.rep_title) == ("READY", "0:10", "rep 1 of 8 · 400 m")
    assert ready.upcoming == "400 m in 1:03.5 – 1:06.7 (1500m pace), recovery 30s"
    session.do(Start(t=0))
    assert [session.at(t).digits for t in (1, 1000, 9000, 9001, 9999)] == ["0:10", "0:09", "0:01", "0:01", "0:01"]
    assert [session.at(t).state_word for t in (9999, GO, GO + 999, GO + 1000)] == ["COUNTDOWN", "GO", "GO", "RUN"]


def test_running_clock_shows_tenths_and_the_fastest_athletes_next_split() -> None:
    session = Session()
    session.do(Start(t=0))
    assert session.at(GO + 199).digits == "0.1"
    assert session.at(GO + 40_000).next_split == "300 m at 47.6 · in 0:08"
    assert session.at(GO + 60_050).digits == "1:00.0"
    assert session.at(GO + 60_050).next_split == "finish at 1:03.5 · in 0:04"
    assert session.at(GO + 64_000).next_split == "last finish at 1:06.7 · in 0:03"
    assert session.at(GO + 70_000).next_split == "target 1:06.7 is over by 0:03"
    assert session.at(GO + 70_000).alert == ""
    assert session.at(GO + 97_000).alert == "3 are out, 0:30 over: {close} closes the rep"


def test_board_during_a_rep_shows_times_and_proposals() -> None:
    session = Session()
    session.do(Start(t=0), Tap(t=GO + 63_620, athlete="Matan"), Tap(t=GO + 65_000))
    matan, noa, gil = session.board.rows
    assert matan.result == view.Comparison("1:03.7h", "+0.2", "=", "on")
    assert noa.result is not None
    assert noa.is_proposed
    assert (gil.result, gil.note, gil.target) == (None, "…", "1:06.7")
    assert [(each.time, each.name, each.named) for each in session.board.arrivals] == [("1:05.0h", "Noa", False)]


def test_recovery_counts_whole_seconds_down_to_go() -> None:
    session = Session(races={"Matan": 238_200})
    session.do(Start(t=0), Tap(t=GO + 63_600, athlete="Matan"))
    clock = session.at(GO + 63_601)
    assert (clock.state_word, clock.digits, clock.rep_title) == ("RECOVERY", "0:30", "next: rep 2 of 8 · 400 m")
    assert session.at(GO + 93_599).digits == "0:01"
    assert session.at(GO + 93_600).state_word == "GO"
    assert session.row("Matan").earlier_results == (view.Comparison("1:03.6h", "+0.1", "=", "on"),)
    assert session.board.rep_numbers == ("2", "1")


def test_athletes_without_a_time_in_a_closed_rep_are_missed() -> None:
    session = Session()
    session.do(Start(t=0), Tap(t=GO + 63_620, athlete="Matan"), Close(t=GO + 90_000))
    assert [row.note for row in session.board.rows] == ["", "missed", "missed"]


def test_recovery_shows_how_many_are_still_out() -> None:
    session = Session()
    workout = parse_workout("name: x\nrecovery_from: first\nsets: [{reps: 2, distance: 400m}]", "x.yaml")[0]
    session.plan = build_plan(workout, Squad("S", session.plan.athletes))
    session.state = initial_state(session.plan)
    session.do(Start(t=0), Tap(t=GO + 63_600, athlete="Matan"))
    assert session.at(GO + 64_050).next_split == "2 still out · rep 1 at 1:04.0"
    session.do(Tap(t=GO + 65_000, athlete="Noa"), Tap(t=GO + 66_000, athlete="Gil"))
    assert session.at(GO + 66_000).next_split == ""


def test_hold_shows_the_rest_so_far() -> None:
    session = Session(races={"Matan": 238_200})
    session.do(Start(t=0), Tap(t=GO + 63_600, athlete="Matan"), Hold(t=GO + 65_000))
    clock = session.at(GO + 83_600)
    assert (clock.state_word, clock.digits, clock.caption) == ("HOLD", "0:20", "rested so far")


def finish_reps(session: Session, reps: int) -> int:
    """Runs some reps in which everybody finishes, 2 s apart; returns the moment of the next GO."""
    session.do(Start(t=0))
    for _ in range(reps):
        go = session.state.groups["A"].go
        assert go is not None
        session.at(go)
        for name, late in (("Matan", 0), ("Noa", 2000), ("Gil", 4000)):
            if name in session.state.athletes:
                session.do(Tap(t=go + 63_520 + late, athlete=name))
    go = session.state.groups["A"].go
    assert go is not None
    return go


def test_reminder_is_shown_before_a_closing_rep_and_halfway_through_it() -> None:
    session = Session()
    go = finish_reps(session, 6)
    reminder = "How relaxed can you look at the right pace?"
    assert [session.at(t).reminder for t in (go - 15_001, go - 15_000, go - 1)] == ["", reminder, reminder]
    assert session.at(go - 1).flags == "CLOSING"
    half = go + 31_760 + 350  # the reminder waits 350 ms for the split cue at the same mark
    assert [session.at(t).reminder for t in (go, half - 1, half, half + 7999, half + 8000)] == [
        "", "", reminder, reminder, "",
    ]  # fmt: skip


def test_next_rating_is_for_the_first_unrated_closing_rep() -> None:
    session = Session()
    assert view.next_to_rate(session.state, "A") is None
    go = finish_reps(session, 7)
    assert view.next_to_rate(session.state, "A") == ("Matan", 7)
    session.do(Rate(t=go - 5000, athlete="Matan", relaxation=4, rep=7))
    assert view.next_to_rate(session.state, "A") == ("Noa", 7)
    session.at(go + 1000)
    assert view.next_to_rate(session.state, "A") == ("Noa", 7)  # rep 8 is running: the ratings of rep 7 come first
    for name in ("Noa", "Gil"):
        session.do(Rate(t=go + 2000, athlete=name, relaxation=3, rep=7))
    assert view.next_to_rate(session.state, "A") == ("Matan", 8)
    assert view.next_to_rate(session.state, "A", ("Noa", 7)) == ("Noa", 7)
    assert view.next_to_rate(session.state, "A", ("Nobody", 7)) == ("Matan", 8)


def test_available_commands_are_those_that_the_session_accepts() -> None:
    session = Session()
    assert view.available_commands(session.state, "A", 0)["start"]
    assert not view.available_commands(session.state, "A", 0)["tap"]
    session.do(Start(t=0))
    session.at(GO)
    available = view.available_commands(session.state, "A", GO)
    assert {what for what, on in available.items() if on} == {
        "tap", "close", "hold", "skip", "recall", "late", "add",
    }  # fmt: skip


def test_next_undo_is_named_by_its_athlete_or_time() -> None:
    session = Session()
    session.do(Start(t=0))
    session.at(GO + 64_000)
    assert view.name_next_undo(session.state) == ""
    session.do(Tap(t=GO + 64_000, athlete="Matan"))
    assert view.name_next_undo(session.state) == "tap Matan"
    session.do(Tap(t=GO + 66_000))
    assert view.name_next_undo(session.state) == "tap 1:06.0h"
    tap = view.waiting_arrivals(session.state)[0][0]
    session.do(Assign(t=GO + 66_500, tap=tap, athlete="Gil"))
    assert view.name_next_undo(session.state) == "name Gil"
    session.do(Close(t=GO + 67_000))
    assert view.name_next_undo(session.state) == "close"


def test_preferred_athlete_is_proposed_and_gives_away_the_other_proposal() -> None:
    session = Session()
    session.do(Start(t=0))
    session.do(Tap(t=GO + 64_000))
    session.do(Tap(t=GO + 65_000))
    first, second = (n for n, _ in view.waiting_arrivals(session.state))
    assert view.waiting_arrivals(session.state) == [(first, "Matan"), (second, "Noa")]
    assert view.waiting_arrivals(session.state, {first: "Gil"}) == [(first, "Gil"), (second, "Noa")]
    assert view.waiting_arrivals(session.state, {first: "Noa"}) == [(first, "Noa"), (second, "Matan")]
    session.do(Tap(t=GO + 66_000, athlete="Gil"))
    assert view.waiting_arrivals(session.state, {first: "Gil"})[0] == (first, "Matan"), "Gil has a time already"


def test_early_arrival_and_that_of_a_dropped_athlete_say_why_they_wait() -> None:
    session = Session()
    session.do(Start(t=0))
    session.do(Tap(t=GO + 12_000, athlete="Noa"))
    session.do(Drop(t=GO + 50_000, athlete="Gil"))
    session.do(Tap(t=GO + 68_000, athlete="Gil"))
    listed = view.group_board(session.state, "A").arrivals
    assert [(each.name, each.why) for each in listed] == [("Noa", "early"), ("Gil", "back in?")]


def test_session_without_race_times_has_no_targets() -> None:
    session = Session(races={"Runner": None})
    assert session.at(0).upcoming == "400 m, recovery 30s"
    session.do(Start(t=0))
    assert session.at(GO + 1000).next_split == "finish at 400 m · no target"
    session.do(Tap(t=GO + 70_000, athlete="Runner"))
    assert session.row("Runner").result == view.Comparison("1:10.0h")
