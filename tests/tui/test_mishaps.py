"""Mishaps at a track and the keys that correct them.

`MISHAPS` has for each mishap where the session stands, the keys that correct it, two at most, and what is then true.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from harness.still_session import NAMES, StillLive, app_for, press, run_reps, screen_text, squad, still_session
from kicktimer.session import Phase, arrivals
from kicktimer.squad import Athlete, Group, Squad
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.screens.dialogs import JoinDialog, LeaveDialog
from kicktimer.tui.screens.live_screen import LiveScreen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

GO = 10_000

Presses = tuple[tuple[int, str], ...]
"""Keys with their moments, in ms after the first GO of the first group."""


@dataclass(frozen=True)
class Mishap:
    """A mishap. `before` are the keys that lead to it, and `mend` the keys that correct it, pressed at `at`.

    The facts that the mending adds are `facts`, each the name of an event with its athlete or group; `arrivals` are the
    arrivals of the running rep afterwards. `false` are the moments that nobody ran, `go` the next GO and `typed` a name
    that is typed between the keys.
    """

    before: Presses
    at: int
    mend: tuple[str, ...]
    facts: tuple[str, ...]
    arrivals: tuple[tuple[int, str | None], ...] = ()
    group: str = "A"
    false: tuple[int, ...] = ()
    go: int | None = None
    typed: str = ""


ONE_BY_ONE: Presses = ((64_000, "a"), (66_000, "b"), (68_000, "c"))
ALL_IN = ((64_000, "Matan"), (66_000, "Noa"), (68_000, "Gil"))

MISHAPS = {
    "wrong athlete": Mishap(
        ((64_000, "a"),), 64_800, ("backspace", "b"),
        ("unassigned Matan", "assigned Noa"), ((64_000, "Noa"),),
    ),
    "wrong athlete, the last one in": Mishap(
        ((64_000, "a"), (66_000, "b"), (68_000, "a")), 69_000, ("backspace", "c"),
        ("assigned Gil",), ALL_IN, go=98_000,
    ),
    "wrong athlete, seen after the next arrival": Mishap(
        ((64_000, "b"), (66_000, "space")), 67_000, ("vertical_line", "b"),
        ("assigned Matan",), ((64_000, "Matan"), (66_000, None)),
    ),
    "wrong athlete, twice": Mishap(
        ((64_000, "a"), (64_500, "backspace"), (64_900, "c")), 65_500, ("backspace", "b"),
        ("unassigned Gil", "assigned Noa"), ((64_000, "Noa"),),
    ),
    "key that is nobody's": Mishap(
        ((64_000, "k"),), 65_000, ("backspace", "a"), ("assigned Matan",), ((64_000, "Matan"),)
    ),
    "tap too many": Mishap(
        ((64_000, "a"), (64_300, "space")), 65_000, ("backspace",),
        ("undone A",), ((64_000, "Matan"),), false=(64_300,),
    ),
    "tap too many by an athlete's key": Mishap(
        ((64_000, "a"), (64_900, "c")), 65_500, ("backspace", "backspace"),
        ("unassigned Gil", "undone A", "undone A"), ((64_000, "Matan"),), false=(64_900,),
    ),
    "tap too many, seen after the next arrival": Mishap(
        ((63_000, "c"), (64_000, "a")), 65_500, ("delete", "c"), ("deleted A",), ((64_000, "Matan"),), false=(63_000,),
    ),
    "tap too many that ended the rep": Mishap(
        ((64_000, "a"), (64_200, "space"), (66_000, "b")), 66_500, ("up", "delete"),
        ("deleted A",), ((64_000, "Matan"), (66_000, "Noa")), false=(64_200,),
    ),
    "forgotten arrival": Mishap(
        ((64_000, "a"), (68_000, "c")), 69_000, ("ctrl+o", "c"),
        ("inserted A", "recovery_started A"), ((64_000, "Matan"), (66_000, None), (68_000, "Gil")), go=98_000,
    ),
    "forgotten arrival, just now": Mishap(
        ((64_000, "a"),), 67_000, ("ctrl+o", "ctrl+o"), ("inserted A",), ((64_000, "Matan"), (66_000, None)),
    ),
    "two swapped": Mishap(
        ((64_000, "b"), (64_300, "a")), 65_000, ("vertical_line", "b"),
        ("assigned Matan", "unassigned Matan", "assigned Noa"), ((64_000, "Matan"), (64_300, "Noa")),
    ),
    "two swapped, without names": Mishap(
        ((64_000, "space"), (64_300, "space")), 65_000, ("backslash", "enter"),
        ("assigned Noa", "assigned Matan"), ((64_000, "Noa"), (64_300, "Matan")),
    ),
    "false start": Mishap((), 3000, ("ctrl+r", "ctrl+r"), ("recalled A", "countdown_started A"), go=13_000),
    "somebody in the lane": Mishap(ONE_BY_ONE, 80_000, ("comma",), ("held A",), ALL_IN),
    "somebody in the lane, before the group is in": Mishap(
        ((64_000, "a"),), 65_000, ("comma",), ("held A",), ((64_000, "Matan"),)
    ),
    "late-comer": Mishap(
        ONE_BY_ONE, 70_000, ("ctrl+n", "enter"), ("athlete_joined Dana",), ALL_IN, typed="Dana", go=98_000
    ),
    "injured athlete": Mishap(
        ((64_000, "a"), (66_000, "b")), 70_000, ("semicolon", "c"),
        ("athlete_dropped Gil", "recovery_started A"), ((64_000, "Matan"), (66_000, "Noa")), go=96_000,
    ),
    "injured athlete who comes in after all": Mishap(
        ((50_000, "semicolon"), (50_500, "c"), (64_000, "a"), (68_000, "c")), 69_000, ("enter",),
        ("assigned Gil",), ((64_000, "Matan"), (68_000, "Gil")),
    ),
    "wrong group started, before its GO": Mishap(
        ((2000, "tab"), (2100, "space")), 5000, ("comma",), ("held B",), group="B",
    ),
    "wrong group started, after its GO": Mishap(
        ((2000, "tab"), (2100, "space")), 15_000, ("ctrl+r", "comma"),
        ("recalled B", "countdown_started B", "held B"), group="B",
    ),
    "recovery too short": Mishap(
        ONE_BY_ONE, 75_000, ("equals_sign", "equals_sign"),
        ("recovery_changed A", "recovery_changed A"), ALL_IN, go=108_000,
    ),
    "recovery too short, how long is not known": Mishap(ONE_BY_ONE, 96_000, ("comma",), ("held A",), ALL_IN),
    "start forgotten": Mishap((), 20_000, ("left_curly_bracket",), ("go_moved A",)),
    "start forgotten, seen after the arrivals": Mishap(
        ((9000, "a"), (10_000, "space"), (11_000, "c")), 12_000, ("left_curly_bracket",),
        ("go_moved A", "recovery_started A"), ((9000, "Matan"), (10_000, None), (11_000, "Gil")), go=41_000,
    ),
    "start forgotten, seen after arrivals without names": Mishap(
        ((9000, "space"), (10_000, "space"), (11_000, "space")), 12_000, ("left_curly_bracket",),
        ("go_moved A", "recovery_started A"), ((9000, None), (10_000, None), (11_000, None)), go=41_000,
    ),
}  # fmt: skip
"""The ten mishaps of a session, some of them in several situations."""


def mishap_session() -> StillLive:
    """Returns a session of two groups: B starts a minute after A. It has been open for a minute and a half."""
    names = NAMES[:3]
    athletes = [Athlete(name, key, "A", {1_500_000: 240_000}) for name, key in zip(names, "abc", strict=True)]
    athletes.append(Athlete("Tamar", "t", "B", {1_500_000: 250_000}))
    live = still_session("3x400 @1500 r30", Squad("", tuple(athletes), (Group("A"), Group("B", 60_000))))
    live.advance_to(90_000)
    return live


def subject(fact: object) -> str:
    """Returns the event's name with its athlete, else with its group."""
    who = getattr(fact, "athlete", None)
    name = who if isinstance(who, str) else getattr(who, "name", None) or (who or {}).get("name")
    return f"{fact.event} {name or fact.group}"  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", MISHAPS)
async def test_mishap_is_mended_by_two_keys_and_no_moment_is_lost(name: str) -> None:
    mishap = MISHAPS[name]
    assert len(mishap.mend) <= 2
    live = mishap_session()
    go = live.t + 10_000
    async with app_for(live).run_test(size=(120, 30)) as pilot:
        await press(pilot, "space")
        for t, key in mishap.before:
            live.advance_to(go + t)
            await press(pilot, key)
        live.advance_to(go + mishap.at)
        measured = {each.t for group in live.state.groups.values() for run in group.runs for each in run.arrivals}
        count = len(live.facts)
        await press(pilot, mishap.mend[0], *mishap.typed, *mishap.mend[1:])
        added = tuple(subject(fact) for fact in live.facts[count:])
        assert added == mishap.facts
        run = live.state.groups[mishap.group].newest_run
        taken = [] if run is None else sorted((each.t - go, each.athlete) for each in arrivals.valid(run))
        assert tuple(taken) == mishap.arrivals
        lost = {t - go for t in measured} - {t for t, _ in taken} - set(mishap.false)
        assert not lost
        if mishap.go is not None:
            assert live.state.groups[mishap.group].go == go + mishap.go
        if "held" in added[-1]:
            assert live.state.groups[mishap.group].held


async def test_group_that_was_started_wrongly_waits_until_it_is_released() -> None:
    live = mishap_session()
    async with app_for(live).run_test(size=(120, 30)) as pilot:
        await press(pilot, "space", "tab", "space", "comma")
        assert "held: no GO until , releases it" in screen_text(pilot)
        live.advance_to(300_000)
        assert live.state.groups["B"].go_count == 0
        assert live.state.groups["A"].go_count == 1
        await press(pilot, "comma")
        assert "released: GO in 0:10" in screen_text(pilot)
        live.advance_to(310_000)
        assert live.state.groups["B"].go_count == 1


async def test_go_is_moved_by_a_minute() -> None:
    live = mishap_session()
    async with app_for(live).run_test(size=(120, 30)) as pilot:
        await press(pilot, "space")
        live.advance_to(105_000)
        await press(pilot, "left_curly_bracket")
        assert live.state.groups["A"].runs[-1].started == 40_000
        assert "GO was 1 min earlier" in screen_text(pilot)
        await press(pilot, "right_curly_bracket")
        assert live.state.groups["A"].runs[-1].started == 100_000


@pytest.fixture
def live() -> StillLive:
    return still_session(who=squad(NAMES[:6], groups=2))


@pytest.fixture
async def pilot(live: StillLive) -> AsyncIterator[Pilot[None]]:
    async with app_for(live).run_test(size=(120, 30)) as found:
        await press(found, "space")
        live.advance_to(GO)
        yield found


def valid_arrivals(live: StillLive, name: str = "A") -> list[tuple[int, str | None]]:
    run = live.state.groups[name].newest_run
    assert run is not None
    return sorted((each.t - GO, each.athlete) for each in arrivals.valid(run))


async def test_swap_exchanges_the_names_of_two_neighbours(live: StillLive, pilot: Pilot[None]) -> None:
    for t in (64_000, 64_400, 65_000):
        live.advance_to(GO + t)
        await press(pilot, "space")
    await press(pilot, "backslash", "enter", "enter")
    assert valid_arrivals(live) == [(64_000, "Gil"), (64_400, "Matan"), (65_000, "Yonatan")]
    await press(pilot, "up", "up", "backslash")  # swaps the selected arrival and the next, which has a name by now
    assert valid_arrivals(live) == [(64_000, "Gil"), (64_400, "Yonatan"), (65_000, "Matan")]
    await press(pilot, "escape", "backslash")
    assert "no two arrivals to swap" in screen_text(pilot)


async def test_inserted_arrival_lies_between_its_neighbours_and_moves_later_proposals(
    live: StillLive, pilot: Pilot[None]
) -> None:
    for t in (64_000, 66_000):
        live.advance_to(GO + t)
        await press(pilot, "space")
    await press(pilot, "up", "insert", "escape", "enter", "enter", "enter")
    assert valid_arrivals(live) == [(64_000, "Matan"), (65_000, "Gil"), (66_000, "Yonatan")]
    run = live.state.groups["A"].newest_run
    assert run is not None
    assert [each.by for each in run.arrivals] == ["key", "key", "corrected"]


async def test_swap_insert_and_delete_take_an_athletes_key(live: StillLive, pilot: Pilot[None]) -> None:
    for t in (64_000, 64_400, 65_000):
        live.advance_to(GO + t)
        await press(pilot, "space")
    await press(pilot, "vertical_line", "c")  # swaps Gil and Yonatan
    await press(pilot, "enter", "enter", "enter")
    assert valid_arrivals(live) == [(64_000, "Matan"), (64_400, "Yonatan"), (65_000, "Gil")]
    await press(pilot, "delete", "a", "insert", "e")
    assert valid_arrivals(live) == [(63_900, None), (64_400, "Yonatan"), (65_000, "Gil")]
    await press(pilot, "delete", "b")
    assert "no arrival is shown as Noa's" in screen_text(pilot)
    assert [name for _, name in live.taps] == [None] * 3


async def test_arrows_correct_a_time(live: StillLive, pilot: Pilot[None]) -> None:
    live.advance_to(GO + 64_000)
    await press(pilot, "a", "ctrl+e", "a")
    assert "CORRECT Matan, rep 1: 1:04.0h → ~1:04.0" in screen_text(pilot)
    await press(pilot, "right", "right", "down", "b")  # `b` takes a time during the correction
    assert "1:04.0h → ~1:03.2" in screen_text(pilot)
    await press(pilot, "ctrl+e")
    run = live.state.groups["A"].newest_run
    assert run is not None
    assert arrivals.time_of(run, "Matan", 400_000) == 63_200
    assert live.state.groups["A"].phase is Phase.RUNNING, "no clock moves"
    assert live.taps[-1] == (GO + 64_000, "Noa")
    await press(pilot, "up", "ctrl+e")  # corrects the time of the selected arrival
    assert "CORRECT Matan, rep 1: ~1:03.2" in screen_text(pilot)
    await press(pilot, "escape", "backspace")
    assert "CORRECT" not in screen_text(pilot)


async def test_tab_corrects_the_time_of_an_earlier_rep(live: StillLive, pilot: Pilot[None]) -> None:
    live.advance_to(GO + 64_000)
    await press(pilot, "ctrl+e", "z", "ctrl+e", "ctrl+e")  # `z` is nobody's key; a second ctrl+e cancels
    assert "CORRECT" not in screen_text(pilot)
    live.advance_to(GO + 65_000)
    await press(pilot, "a", "c", "e")
    live.advance_to(GO + 160_000)
    await press(pilot, "a", "ctrl+e", "a", "tab", "left", "ctrl+e")
    run = live.state.groups["A"].runs[0]
    assert arrivals.time_of(run, "Matan", 400_000) == 64_900


async def test_brackets_move_go_of_the_running_rep(live: StillLive, pilot: Pilot[None]) -> None:
    live.advance_to(GO + 20_000)
    await press(pilot, "left_square_bracket", "left_square_bracket")
    assert live.state.groups["A"].runs[-1].started == GO - 2000
    await press(pilot, "right_square_bracket")
    assert live.state.groups["A"].runs[-1].started == GO - 1000


async def test_ctrl_a_adds_a_rep(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "ctrl+a")
    assert len(live.state.groups["A"].reps) == 9
    assert "one more rep: 9 now" in screen_text(pilot)


async def test_ctrl_g_moves_an_athlete_to_the_group_in_focus(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "tab", "ctrl+g")
    assert "MOVE to group B: whose key?" in screen_text(pilot)
    await press(pilot, "a")
    assert live.state.group_of("Matan").name == "B"
    assert live.taps == []
    assert live.answers == [(GO, "Matan")], "repeats of the key are no arrivals"


async def test_late_comer_joins_by_a_typed_name(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "tab", "ctrl+n")
    assert isinstance(pilot.app.screen, JoinDialog)
    await press(pilot, "D", "a", "n", "space", "x", "backspace", "R", "enter")
    assert isinstance(pilot.app.screen, LiveScreen)
    assert live.state.group_of("Dan R").name == "B"
    assert live.state.athletes["Dan R"].key == "r"
    assert "Dan R is in from the next rep on, with the key R" in screen_text(pilot)
    await press(pilot, "ctrl+n", "M", "a", "t", "a", "n", "enter")
    assert isinstance(pilot.app.screen, JoinDialog), "the name is taken: the dialog stays open"
    assert "Matan is here already" in screen_text(pilot)
    await press(pilot, "escape")
    assert len(live.state.athletes) == 7


async def test_late_comer_who_becomes_a_group_gets_a_pane(tmp_path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("name: own\nrecovery_from: own\nsets: [{reps: 2, distance: 400m}]\n")
    live = still_session(str(path), squad(NAMES[:2]))
    async with app_for(live).run_test(size=(120, 30)) as pilot:
        await press(pilot, "ctrl+n", "G", "i", "l", "enter")
        assert list(live.state.groups) == ["Matan", "Noa", "Gil"]
        await press(pilot, "tab", "tab")
        assert "► Gil" in screen_text(pilot)
        await press(pilot, "space")
        assert live.state.groups["Gil"].phase is Phase.COUNTDOWN


async def test_enter_in_the_leave_dialog_accepts_a_name(live: StillLive, pilot: Pilot[None]) -> None:
    live.advance_to(GO + 64_000)
    await press(pilot, "space", "ctrl+q", "enter")
    assert isinstance(pilot.app.screen, LeaveDialog)
    assert live.state.ended is None
    assert valid_arrivals(live) == [(64_000, "Matan")], "enter accepts the name, as on the live screen"


async def test_summary_does_not_leave_while_an_undone_rep_runs() -> None:
    live = still_session("2x200 @1500 r30", squad(NAMES[:2]))
    run_reps(live, 2)
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await press(pilot, "enter", "backspace", "ctrl+q")
        assert live.state.ended is None
        assert "a rep runs again" in screen_text(pilot)


def footer_labels(pilot: Pilot[None]) -> set[str]:
    """Returns the labels of the available keys in the footer: at most eight, in two rows."""
    lines = pilot.app.screen.query_one("#keys", LineWidget).lines
    assert len(lines) <= 2
    pieces = [piece for line in lines for piece in line]
    labels = {text.strip() for (_, role), (text, _) in pairwise(pieces) if role == "key"}
    assert len(labels) <= 8
    return labels


async def test_footer_shows_what_the_phase_needs_and_help_shows_all_keys(live: StillLive) -> None:
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await press(pilot)
        assert footer_labels(pilot) >= {"start", "joins", "sound test", "mute", "help", "leave"}
        await press(pilot, "space")
        assert "hold" in footer_labels(pilot)
        live.advance_to(10_000)
        await press(pilot)
        assert footer_labels(pilot) >= {"arrival", "close", "hold", "recall", "help", "leave"}
        assert not footer_labels(pilot) & {"forgot", "swap", "fix", "add"}
        await press(pilot, "question_mark")
        text = screen_text(pilot)
        for label in ("a late-comer joins", "false start (twice)", "end the session (twice)", "▲ slower"):
            assert label in text, label
