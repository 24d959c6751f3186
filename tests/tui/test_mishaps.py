"""Everything that goes wrong at a track, by its keys: one key, or one key and a choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.still_session import NAMES, StillLive, app, press, run_reps, shown, squad, still
from kicktimer.session import Phase, arrivals
from kicktimer.tui.screens.dialogs import JoinDialog, LeaveDialog
from kicktimer.tui.screens.live_screen import LiveScreen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

GO = 10_000


@pytest.fixture
def live() -> StillLive:
    return still(who=squad(NAMES[:6], groups=2))


@pytest.fixture
async def pilot(live: StillLive) -> AsyncIterator[Pilot[None]]:
    async with app(live).run_test(size=(120, 30)) as found:
        await press(found, "space")
        live.at(GO)
        yield found


def standing(live: StillLive, name: str = "A") -> list[tuple[int, str | None]]:
    run = live.state.groups[name].newest_run
    assert run is not None
    return sorted((each.t - GO, each.athlete) for each in arrivals.valid(run))


async def test_neighbours_swap_their_names(live: StillLive, pilot: Pilot[None]) -> None:
    for t in (64_000, 64_400, 65_000):
        live.at(GO + t)
        await press(pilot, "space")
    await press(pilot, "backslash", "enter", "enter")
    assert standing(live) == [(64_000, "Gil"), (64_400, "Matan"), (65_000, "Yonatan")]
    await press(pilot, "up", "up", "backslash")  # the selected one and the next, named by now
    assert standing(live) == [(64_000, "Gil"), (64_400, "Yonatan"), (65_000, "Matan")]
    await press(pilot, "escape", "backslash")
    assert "no two arrivals to swap" in shown(pilot)


async def test_a_forgotten_arrival_stands_between_its_neighbours_and_the_later_ones_realign(
    live: StillLive, pilot: Pilot[None]
) -> None:
    for t in (64_000, 66_000):
        live.at(GO + t)
        await press(pilot, "space")
    await press(pilot, "up", "insert", "escape", "enter", "enter", "enter")
    assert standing(live) == [(64_000, "Matan"), (65_000, "Gil"), (66_000, "Yonatan")]
    run = live.state.groups["A"].newest_run
    assert run is not None
    assert [each.by for each in run.arrivals] == ["key", "key", "corrected"]


async def test_a_press_that_was_forgotten_just_now(live: StillLive, pilot: Pilot[None]) -> None:
    live.at(GO + 64_000)
    await press(pilot, "insert")
    assert "FORGOTTEN, before whom" in shown(pilot)
    await press(pilot, "ctrl+o")
    assert standing(live) == [(63_000, None)]


async def test_an_arrival_is_chosen_by_whose_it_is_shown_as(live: StillLive, pilot: Pilot[None]) -> None:
    for t in (64_000, 64_400, 65_000):
        live.at(GO + t)
        await press(pilot, "space")
    await press(pilot, "vertical_line", "c")  # Gil and Yonatan
    await press(pilot, "enter", "enter", "enter")
    assert standing(live) == [(64_000, "Matan"), (64_400, "Yonatan"), (65_000, "Gil")]
    await press(pilot, "delete", "a", "insert", "e")
    assert standing(live) == [(63_900, None), (64_400, "Yonatan"), (65_000, "Gil")]
    await press(pilot, "delete", "b")
    assert "no arrival is shown as Noa's" in shown(pilot)
    assert [name for _, name in live.taps] == [None] * 3


async def test_a_time_is_put_right_with_the_arrows(live: StillLive, pilot: Pilot[None]) -> None:
    live.at(GO + 64_000)
    await press(pilot, "a", "ctrl+e", "a")
    assert "CORRECT Matan, rep 1: 1:04.0h → 1:04.0h" in shown(pilot)
    await press(pilot, "right", "right", "down", "b")  # athletes' keys take times all the while
    assert "1:04.0h → 1:03.2h" in shown(pilot)
    await press(pilot, "ctrl+e")
    run = live.state.groups["A"].newest_run
    assert run is not None
    assert arrivals.time_of(run, "Matan", 400_000) == 63_200
    assert live.state.groups["A"].phase is Phase.RUNNING, "no clock moves"
    assert live.taps[-1] == (GO + 64_000, "Noa")
    await press(pilot, "up", "ctrl+e")  # the selected arrival needs no key
    assert "CORRECT Matan, rep 1: 1:03.2h" in shown(pilot)
    await press(pilot, "escape", "backspace")
    assert "CORRECT" not in shown(pilot)


async def test_a_time_of_an_earlier_rep(live: StillLive, pilot: Pilot[None]) -> None:
    live.at(GO + 64_000)
    await press(pilot, "ctrl+e", "z", "ctrl+e", "ctrl+e")  # nobody's key; the same key lets it be
    assert "CORRECT" not in shown(pilot)
    live.at(GO + 65_000)
    await press(pilot, "a", "c", "e")
    live.at(GO + 110_000)
    await press(pilot, "ctrl+e", "a", "tab", "left", "ctrl+e")
    run = live.state.groups["A"].runs[0]
    assert arrivals.time_of(run, "Matan", 400_000) == 64_900


async def test_go_was_two_seconds_ago(live: StillLive, pilot: Pilot[None]) -> None:
    live.at(GO + 20_000)
    await press(pilot, "left_square_bracket", "left_square_bracket")
    assert live.state.groups["A"].runs[-1].started == GO - 2000
    await press(pilot, "right_square_bracket")
    assert live.state.groups["A"].runs[-1].started == GO - 1000


async def test_one_more_rep(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "ctrl+a")
    assert len(live.state.groups["A"].reps) == 9
    assert "one more rep: 9 now" in shown(pilot)


async def test_an_athlete_moves_to_the_group_in_focus(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "tab", "ctrl+g")
    assert "MOVE to group B: whose key?" in shown(pilot)
    await press(pilot, "a")
    assert live.state.group_of("Matan").name == "B"
    assert live.taps == []
    assert live.answers == [(GO, "Matan")], "its repeats are no arrivals"


async def test_a_late_comer_joins_by_name(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "tab", "ctrl+n")
    assert isinstance(pilot.app.screen, JoinDialog)
    await press(pilot, "D", "a", "n", "space", "x", "backspace", "R", "enter")
    assert isinstance(pilot.app.screen, LiveScreen)
    assert live.state.group_of("Dan R").name == "B"
    assert live.state.athletes["Dan R"].key == "r"
    assert "Dan R is in from the next rep on, with the key R" in shown(pilot)
    await press(pilot, "ctrl+n", "M", "a", "t", "a", "n", "enter")
    assert isinstance(pilot.app.screen, JoinDialog), "there is a Matan: it is said, and can be mended"
    assert "Matan is here already" in shown(pilot)
    await press(pilot, "escape")
    assert len(live.state.athletes) == 7


async def test_where_everybody_is_a_group_a_late_comer_gets_a_pane(tmp_path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("name: own\nrecovery_from: own\nsets: [{reps: 2, distance: 400m}]\n")
    live = still(str(path), squad(NAMES[:2]))
    async with app(live).run_test(size=(120, 30)) as pilot:
        await press(pilot, "ctrl+n", "G", "i", "l", "enter")
        assert list(live.state.groups) == ["Matan", "Noa", "Gil"]
        await press(pilot, "tab", "tab")
        assert "► Gil" in shown(pilot)
        await press(pilot, "space")
        assert live.state.groups["Gil"].phase is Phase.COUNTDOWN


async def test_enter_never_ends_a_session(live: StillLive, pilot: Pilot[None]) -> None:
    live.at(GO + 64_000)
    await press(pilot, "space", "ctrl+q", "enter")
    assert isinstance(pilot.app.screen, LeaveDialog)
    assert live.state.ended is None
    assert standing(live) == [(64_000, "Matan")], "it accepts the name, as everywhere"


async def test_on_the_summary_a_rep_that_runs_again_is_not_ended() -> None:
    live = still("2x200 @1500 r30", squad(NAMES[:2]))
    run_reps(live, 2)
    async with app(live).run_test(size=(80, 24)) as pilot:
        await press(pilot, "enter", "backspace", "ctrl+q")
        assert live.state.ended is None
        assert "a rep runs again" in shown(pilot)


async def test_all_keys_stand_on_the_smallest_usual_screen(live: StillLive) -> None:
    async with app(live).run_test(size=(80, 24)) as pilot:
        await press(pilot)
        told = shown(pilot)
        for label in ("start", "move", "joins", "sound test", "mute", "count", "help", "leave"):
            assert label in told, label
        await press(pilot, "space")
        live.at(10_000)
        await press(pilot)
        told = shown(pilot)
        for label in ("arrival", "undo", "GO ±1s", "joins", "forgot", "fix", "swap", "move", "recall", "mute", "leave"):
            assert label in told, label
        await press(pilot, "question_mark")
        told = shown(pilot)
        for label in ("a late-comer joins", "false start (twice)", "end the session (twice)", "▲ slower"):
            assert label in told, label
