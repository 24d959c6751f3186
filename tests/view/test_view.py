"""What the screens say, from the real engine: words, figures and who is marked, at chosen moments."""

from __future__ import annotations

import pytest

from kicktimer import view
from kicktimer.library import load_workout
from kicktimer.plan import Plan, build_plan
from kicktimer.session import Refusal, State, advance, decide, initial_state
from kicktimer.session.commands import AnyCommand, Close, Hold, Rate, Skip, Start, Tap
from kicktimer.squad import Athlete, Squad
from kicktimer.workout import parse_workout

RACES = {"Matan": 238_200, "Noa": 245_000, "Gil": 250_000}
GO = 10_000


class Session:
    def __init__(self, spec: str = "8x400-burner", races: dict[str, int | None] | None = None) -> None:
        races = dict(RACES) if races is None else races
        athletes = tuple(
            Athlete(name, name[0].lower(), "A", {} if ms is None else {1_500_000: ms}) for name, ms in races.items()
        )
        self.plan: Plan = build_plan(load_workout(spec)[0], Squad("Monday", athletes))
        self.state: State = initial_state(self.plan)

    def at(self, t: int) -> view.GroupClock:
        self.state = advance(self.state, t).state
        return view.clock(self.state, "A", t, view.board(self.state, "A").said)

    def do(self, *commands: AnyCommand) -> None:
        for command in commands:
            self.at(command.t)
            outcome = decide(self.state, command)
            assert not isinstance(outcome, Refusal), outcome
            self.state = outcome.state

    @property
    def board(self) -> view.Board:
        return view.board(self.state, "A")

    def row(self, name: str) -> view.Row:
        return next(row for row in self.board.rows if row.name == name)


@pytest.mark.parametrize(
    ("ms", "target", "told"),
    [
        (63_720, 63_520, ("1:03.8h", "+0.2", "=", "on")),  # rounded up; the difference is of what was measured
        (63_520, 63_520, ("1:03.6h", "0.0", "=", "on")),
        (63_500, 63_520, ("1:03.5h", "0.0", "=", "on")),
        (63_869, 63_520, ("1:03.9h", "+0.3", "=", "on")),  # shown as +0.3: no miss
        (63_870, 63_520, ("1:03.9h", "+0.4", "▲", "slow")),
        (63_171, 63_520, ("1:03.2h", "-0.3", "=", "on")),
        (63_170, 63_520, ("1:03.2h", "-0.4", "▼", "fast")),
        (12_320, None, ("12.4h", "", " ", "none")),
    ],
)
def test_a_time_against_its_target(ms: int, target: int | None, told: tuple[str, str, str, str]) -> None:
    found = view.compare(ms, target)
    assert (found.time, found.difference, found.symbol, found.verdict) == told


def test_ready_countdown_and_go() -> None:
    session = Session()
    ready = session.at(0)
    assert (ready.word, ready.big, ready.rep) == ("READY", "0:10", "rep 1 of 8 · 400 m")
    assert ready.ahead == "400 m in 1:03.5 – 1:06.7 (1500m pace), recovery 30s"
    session.do(Start(t=0))
    assert [session.at(t).big for t in (1, 1000, 9000, 9001, 9999)] == ["0:10", "0:09", "0:01", "0:01", "0:01"]
    assert [session.at(t).word for t in (9999, GO, GO + 999, GO + 1000)] == ["COUNTDOWN", "GO", "GO", "RUN"]


def test_the_running_clock_is_cut_to_tenths_and_the_next_split_is_the_fastest_athletes() -> None:
    session = Session()
    session.do(Start(t=0))
    assert session.at(GO + 199).big == "0.1"
    assert session.at(GO + 40_000).split == "300 m at 47.6 · in 0:08"
    assert session.at(GO + 60_050).big == "1:00.0"
    assert session.at(GO + 60_050).split == "finish at 1:03.5 · in 0:04"
    assert session.at(GO + 64_000).split == "last finish at 1:06.7 · in 0:03"
    assert session.at(GO + 70_000).split == "target 1:06.7 is over by 0:03"
    assert session.at(GO + 70_000).alert == ""
    assert session.at(GO + 97_000).alert == "3 are out, 0:30 over target: close the rep?"


def test_the_board_in_a_rep() -> None:
    session = Session()
    session.do(Start(t=0), Tap(t=GO + 63_620, athlete="Matan"), Tap(t=GO + 65_000))
    matan, noa, gil = session.board.rows
    assert matan.now == view.Comparison("1:03.7h", "+0.1", "=", "on")
    assert noa.now is not None
    assert noa.guess
    assert (gil.now, gil.note, gil.target) == (None, "…", "1:06.7")
    assert [(each.time, each.name, each.named) for each in session.board.arrivals] == [("1:05.0h", "Noa", False)]


def test_the_recovery_shows_whole_seconds_rounded_up_and_what_comes() -> None:
    session = Session(races={"Matan": 238_200})
    session.do(Start(t=0), Tap(t=GO + 63_600, athlete="Matan"))
    clock = session.at(GO + 63_601)
    assert (clock.word, clock.big, clock.rep) == ("RECOVERY", "0:30", "next: rep 2 of 8 · 400 m")
    assert session.at(GO + 93_599).big == "0:01"
    assert session.at(GO + 93_600).word == "GO"
    assert session.row("Matan").earlier == (view.Comparison("1:03.6h", "+0.1", "=", "on"),)
    assert session.board.reps == ("2", "1")


def test_who_is_missed_is_said_and_never_invented() -> None:
    session = Session()
    session.do(Start(t=0), Tap(t=GO + 63_620, athlete="Matan"), Close(t=GO + 90_000))
    assert [row.note for row in session.board.rows] == ["", "missed", "missed"]


def test_late_finishers_are_counted_in_the_recovery() -> None:
    session = Session()
    workout = parse_workout("name: x\nrecovery_from: first\nsets: [{reps: 2, distance: 400m}]", "x.yaml")[0]
    session.plan = build_plan(workout, Squad("S", session.plan.athletes))
    session.state = initial_state(session.plan)
    session.do(Start(t=0), Tap(t=GO + 63_600, athlete="Matan"))
    assert session.at(GO + 64_050).split == "2 still out · rep 1 at 1:04.0"
    session.do(Tap(t=GO + 65_000, athlete="Noa"), Tap(t=GO + 66_000, athlete="Gil"))
    assert session.at(GO + 66_000).split == ""


def test_hold() -> None:
    session = Session(races={"Matan": 238_200})
    session.do(Start(t=0), Tap(t=GO + 63_600, athlete="Matan"), Hold(t=GO + 65_000))
    clock = session.at(GO + 83_600)
    assert (clock.word, clock.big, clock.caption) == ("HOLD", "0:20", "rested so far")


def closing(session: Session, reps: int) -> int:
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


def test_the_reminder_holds_the_screen_before_a_closing_rep_and_half_way_through_it() -> None:
    session = Session()
    go = closing(session, 6)
    reminder = "How relaxed can you look at the right pace?"
    assert [session.at(t).reminder for t in (go - 15_001, go - 15_000, go - 1)] == ["", reminder, reminder]
    assert session.at(go - 1).flags == "CLOSING"
    half = go + 31_760 + 350  # once the split that is due there has been heard
    assert [session.at(t).reminder for t in (go, half - 1, half, half + 7999, half + 8000)] == [
        "", "", reminder, reminder, "",
    ]  # fmt: skip


def test_whose_closing_rep_is_rated_next() -> None:
    session = Session()
    assert view.next_rating(session.state, "A") is None
    go = closing(session, 7)
    assert view.next_rating(session.state, "A") == ("Matan", 7)
    session.do(Rate(t=go - 5000, athlete="Matan", relaxation=4, rep=7))
    assert view.next_rating(session.state, "A") == ("Noa", 7)
    session.at(go + 1000)
    assert view.next_rating(session.state, "A") == ("Noa", 7)  # rep 8 runs: rep 7 is rated to its end first
    for name in ("Noa", "Gil"):
        session.do(Rate(t=go + 2000, athlete=name, relaxation=3, rep=7))
    assert view.next_rating(session.state, "A") == ("Matan", 8)
    assert view.next_rating(session.state, "A", ("Noa", 7)) == ("Noa", 7)
    assert view.next_rating(session.state, "A", ("Nobody", 7)) == ("Matan", 8)


def test_keys_are_grey_exactly_where_the_session_refuses() -> None:
    session = Session()
    assert view.legal(session.state, "A", 0)["start"]
    assert not view.legal(session.state, "A", 0)["tap"]
    session.do(Start(t=0))
    session.at(GO)
    legal = view.legal(session.state, "A", GO)
    assert {what for what, on in legal.items() if on} == {
        "tap", "close", "hold", "skip", "recall", "late", "add",
    }  # fmt: skip


def test_the_summary() -> None:
    session = Session("3x400 @1500 r30")
    go = closing(session, 2)
    session.do(Skip(t=go - 20_000))
    found = view.summary(session.plan, session.state)
    assert (found.state, [head[0] for head in found.blocks[0].heads]) == ("finished", ["1", "2", "3"])
    matan = found.blocks[0].rows[0]
    assert [(cell.result.time if cell.result else "", cell.note, cell.recovery) for cell in matan.cells] == [
        ("1:03.6h", "", "34.0"), ("1:03.6h", "", ""), ("", "skipped", ""),
    ]  # fmt: skip
    assert matan.mean is not None
    assert (matan.mean.time, matan.mean.difference) == ("1:03.5", "0.0")


def test_without_a_race_everything_else_is_there() -> None:
    session = Session(races={"Runner": None})
    assert session.at(0).ahead == "400 m, recovery 30s"
    session.do(Start(t=0))
    assert session.at(GO + 1000).split == "finish at 400 m · no target"
    session.do(Tap(t=GO + 70_000, athlete="Runner"))
    assert session.row("Runner").now == view.Comparison("1:10.0h")


def test_the_preview() -> None:
    found = view.preview(Session().plan)
    assert (found.count, found.total) == ("8 reps, 3200 m", "12:34")
    assert found.reps[1] == ("2 × 400 m", "1:03.5 – 1:06.7 · 1500m pace · recovery 30s · closing")
    assert found.targets[0] == ("m", "Matan", "400 m 1:03.5")
    alone = view.preview(Session(races={"Runner": None}).plan)
    assert alone.total == ""
    assert alone.targets == (("r", "Runner", "no targets"),)
    assert alone.warnings
