"""Mishaps at a track and the keys that correct them, each with one key or with a key and a choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.still_session import NAMES, StillLive, app_for, press, run_reps, screen_text, squad, still_session
from kicktimer.session import Phase, arrivals
from kicktimer.tui.screens.dialogs import JoinDialog, LeaveDialog
from kicktimer.tui.screens.live_screen import LiveScreen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

GO = 10_000


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


async def test_insert_twice_adds_an_arrival_a_moment_ago(live: StillLive, pilot: Pilot[None]) -> None:
    live.advance_to(GO + 64_000)
    await press(pilot, "insert")
    assert "FORGOTTEN, before whom" in screen_text(pilot)
    await press(pilot, "ctrl+o")
    assert valid_arrivals(live) == [(63_000, None)]


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
    live.advance_to(GO + 110_000)
    await press(pilot, "ctrl+e", "a", "tab", "left", "ctrl+e")
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


async def test_footer_and_help_show_all_keys_at_80x24(live: StillLive) -> None:
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await press(pilot)
        text = screen_text(pilot)
        for label in ("start", "move", "joins", "sound test", "mute", "count", "help", "leave"):
            assert label in text, label
        await press(pilot, "space")
        live.advance_to(10_000)
        await press(pilot)
        text = screen_text(pilot)
        for label in ("arrival", "undo", "GO ±1s", "joins", "forgot", "fix", "swap", "move", "recall", "mute", "leave"):
            assert label in text, label
        await press(pilot, "question_mark")
        text = screen_text(pilot)
        for label in ("a late-comer joins", "false start (twice)", "end the session (twice)", "▲ slower"):
            assert label in text, label
