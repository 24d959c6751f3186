"""The live screen by its keys: each becomes a command at the key's own stamp, and none is lost under a dialog."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

import pytest
from textual import events

from harness.still_session import NAMES, StillLive, app, press, run_reps, shown, squad, still
from kicktimer.session import Phase
from kicktimer.session.commands import Start
from kicktimer.squad import Athlete, Squad
from kicktimer.tui.screens.dialogs import HelpDialog, LeaveDialog
from kicktimer.tui.screens.live_screen import LiveScreen
from kicktimer.tui.screens.summary_screen import SummaryScreen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot


@pytest.fixture
def live() -> StillLive:
    return still()


@pytest.fixture
async def pilot(live: StillLive) -> AsyncIterator[Pilot[None]]:
    async with app(live).run_test(size=(80, 24)) as found:
        await found.pause()
        yield found


def group(live: StillLive):
    return live.state.groups["A"]


async def running(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "space")
    live.at(10_000)
    assert group(live).phase is Phase.RUNNING


async def test_refused_key_plays_the_error_cue(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    assert live.errors == 0
    await press(pilot, "9")
    assert "no athlete has the key 9" in shown(pilot)
    assert live.errors == 1


@pytest.mark.parametrize("key", ["space", "enter"])
async def test_starts_what_is_ready(live: StillLive, pilot: Pilot[None], key: str) -> None:
    await press(pilot, key)
    assert group(live).phase is Phase.COUNTDOWN
    assert "COUNTDOWN" in shown(pilot)


async def test_once_something_has_begun_enter_starts_no_group() -> None:
    live = still(who=squad(NAMES[:2], groups=2))
    live.execute(Start(t=0, group="A"))
    async with app(live).run_test(size=(80, 24)) as pilot:
        await press(pilot, "tab", "enter")
        assert live.state.groups["B"].phase is Phase.READY
        await press(pilot, "space")
        assert live.state.groups["B"].phase is Phase.COUNTDOWN


async def test_an_arrival_has_the_stamp_of_its_key_not_of_its_handling(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    live.at(75_000)
    await press(pilot, "a", at=73_620)
    await press(pilot, "B", at=74_100)  # caps lock
    await press(pilot, "space", at=74_300)
    assert live.taps == [(73_620, "Matan"), (74_100, "Noa"), (74_300, None)]
    assert "1:03.7h = +0.1" in shown(pilot)


async def test_a_letter_with_another_key_held_is_no_arrival(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    event = events.Key("alt+a", "a")
    pilot.app.post_message(event)
    await pilot.pause()
    assert live.taps == []


async def test_keys_act_in_the_order_of_pressing(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    live.at(75_000)
    await press(pilot, "a", "backspace", "b")
    run = group(live).newest_run
    assert run is not None
    assert [(each.athlete, each.removed) for each in run.arrivals] == [("Matan", True), ("Noa", False)]


async def test_enter_accepts_the_oldest_arrival(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    live.at(74_000)
    await press(pilot, "space", "space")
    assert "rep 1: Matan?" in shown(pilot)
    await press(pilot, "enter")
    run = group(live).newest_run
    assert run is not None
    assert [each.athlete for each in run.arrivals] == ["Matan", None]


async def test_names_and_deletes_an_arrival(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    live.at(74_000)
    await press(pilot, "space", "apostrophe", "c")
    run = group(live).newest_run
    assert run is not None
    assert [each.athlete for each in run.arrivals] == ["Gil"]
    await press(pilot, "up", "delete")
    run = group(live).newest_run
    assert run is not None
    assert [each.removed for each in run.arrivals] == [True]


async def test_a_refusal_is_shown_and_changes_nothing(live: StillLive, pilot: Pilot[None]) -> None:
    before = live.state
    await press(pilot, "a")
    assert "no GO has come yet" in shown(pilot)
    await press(pilot, "z")
    assert "no athlete has the key Z" in shown(pilot)
    assert live.state is before
    live.at(5000)
    await press(pilot, "tab")
    assert "no athlete" not in shown(pilot)


@pytest.mark.parametrize(("key", "phase"), [("slash", Phase.RECOVERING), ("ctrl+r", Phase.COUNTDOWN)])
async def test_what_is_not_undone_lightly_asks(live: StillLive, pilot: Pilot[None], key: str, phase: Phase) -> None:
    await running(live, pilot)
    live.at(15_000)
    await press(pilot, key)
    assert "The same key again does it" in shown(pilot)
    live.at(19_000)
    await press(pilot, key)  # too late to be an answer: it asks again
    assert group(live).phase is Phase.RUNNING
    await press(pilot, key)
    assert group(live).phase is phase


async def test_a_false_skip_is_told_at_once(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "ctrl+r")
    assert "no rep runs" in shown(pilot)


async def test_holds_and_releases_adjusts_and_closes(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    live.at(74_000)
    await press(pilot, "a", "full_stop")
    assert group(live).phase is Phase.RECOVERING
    go = group(live).go
    assert go is not None
    await press(pilot, "equals_sign", "equals_sign", "minus")
    assert group(live).go == go + 5000
    await press(pilot, "comma")
    assert group(live).held
    assert "HOLD" in shown(pilot)
    await press(pilot, "comma")
    assert not group(live).held


async def test_drops_and_takes_back_in(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    await press(pilot, "semicolon")
    assert "whose key?" in shown(pilot)
    await press(pilot, "b")
    assert group(live).dropped == {"Noa"}
    assert live.taps == []
    await press(pilot, "semicolon", "b")
    assert group(live).dropped == set()
    await press(pilot, "semicolon")
    live.at(live.t + 6000)  # forgotten: the next key is an arrival again
    await press(pilot, "a")
    assert [name for _, name in live.taps] == ["Matan"]


async def test_rates_the_closing_reps_and_the_mark_moves_on() -> None:
    live = still(who=squad(NAMES[:2]))
    run_reps(live, 7)
    async with app(live).run_test(size=(80, 24)) as pilot:
        await press(pilot, "f4")
        await press(pilot, "f2")
        assert [(each.athlete, each.rep, each.relaxation) for each in live.state.ratings] == [
            ("Matan", 7, 4),
            ("Noa", 7, 2),
        ]
        await press(pilot, "f1")
        assert "everybody is rated" in shown(pilot)
        await press(pilot, "left", "f5")
        assert (live.state.ratings[-1].athlete, live.state.ratings[-1].relaxation) == ("Matan", 5)


async def test_no_time_is_lost_under_a_dialog(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    live.at(74_000)
    for key, dialog in (("question_mark", HelpDialog), ("ctrl+q", LeaveDialog)):
        await press(pilot, key)
        assert isinstance(pilot.app.screen, dialog)
        await press(pilot, "a", "backspace", "space", "backspace")
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, LiveScreen)
    assert [name for _, name in live.taps] == ["Matan", None] * 2
    await press(pilot, "ctrl+q", "b")
    assert "1:04.0h" in shown(pilot)  # what is under the question is painted


async def test_leaving_asks_saves_and_shows_the_summary(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    live.at(74_000)
    await press(pilot, "a", "ctrl+q")
    assert live.state.ended is None
    await press(pilot, "ctrl+q")
    assert live.state.ended == "abandoned"
    assert isinstance(pilot.app.screen, SummaryScreen)
    assert "saved at" in shown(pilot)
    assert "abandoned" in shown(pilot)
    pilot.app.post_message(_key("ctrl+q"))
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    assert live.closed


def _key(key: str) -> events.Key:
    return events.Key(key, None)


async def test_a_session_that_was_never_begun_is_left_at_once(live: StillLive, pilot: Pilot[None]) -> None:
    pilot.app.post_message(_key("ctrl+q"))
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    assert live.closed


async def test_nothing_else_ends_the_app(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    await press(pilot, "ctrl+c", "ctrl+p", "escape", "ctrl+backslash")
    assert isinstance(pilot.app.screen, LiveScreen)
    assert pilot.app.is_running


async def test_after_the_last_rep_undo_and_ratings_go_on() -> None:
    live = still("2x200 @1500 r30 closing1", squad(NAMES[:2]))
    run_reps(live, 2)
    assert live.state.finished
    async with app(live).run_test(size=(80, 24)) as pilot:
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, SummaryScreen)
        await press(pilot, "f3")
        assert live.state.ratings[-1].relaxation == 3
        await press(pilot, "backspace")
        assert not live.state.finished
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, LiveScreen)
        assert "RUN" in shown(pilot)


async def test_names_are_data() -> None:
    names = ("[/]", "[@click=app.quit]x[/]", "[red]", "a b", "日本語の名前")
    athletes = tuple(Athlete(name, "abcde"[place], "A", {1_500_000: 240_000}) for place, name in enumerate(names))
    live = still(who=Squad("[bold]Squad", athletes))
    async with app(live).run_test(size=(80, 30)) as pilot:
        await press(pilot, "space")
        live.at(10_000)
        await press(pilot, "space", "z")
        for name in (*names[:3], names[4], "[bold]Squad"):
            assert name in shown(pilot)
        await press(pilot, "ctrl+q", "ctrl+q")
        for name in names[:3]:
            assert name[:10] in shown(pilot)


async def test_in_a_small_window_keys_still_take_times(live: StillLive) -> None:
    async with app(live).run_test(size=(38, 10)) as pilot:
        await press(pilot, "space")
        live.at(74_000)
        await press(pilot, "a")
        assert "needs 40 x 12" in " ".join(shown(pilot).split())
        assert [name for _, name in live.taps] == ["Matan"]
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "1:04.0h" in shown(pilot)


async def test_unsaved_is_loud_and_so_is_lost_sound(live: StillLive, pilot: Pilot[None]) -> None:
    from dataclasses import replace

    await running(live, pilot)
    live.saved = False
    await press(pilot)
    assert "saving" in shown(pilot)
    live.trouble = "the disk is full"
    live.speaker = replace(live.speaker, sink="off", note="the loudspeaker is gone")
    live.at(15_000)
    await press(pilot)
    assert "NOT SAVED  the disk is full" in shown(pilot)
    assert "the loudspeaker is gone" in shown(pilot)


async def test_keys_can_be_rebound_and_are_shown_so(live: StillLive, pilot: Pilot[None]) -> None:
    pilot.app.set_keymap({"space": "f12", "hold": "ctrl+h"})
    await press(pilot, "space")
    assert group(live).phase is Phase.READY
    await press(pilot, "f12")
    assert group(live).phase is Phase.COUNTDOWN
    assert "F12 arrival" in shown(pilot)
    assert "^H hold" in shown(pilot)


async def test_collection_is_kept_out_of_reps_and_given_back(live: StillLive) -> None:
    before = sys.getswitchinterval()
    async with app(live).run_test(size=(80, 24)) as pilot:
        await press(pilot, "space")
        assert not gc.isenabled()
        assert sys.getswitchinterval() < before
        frozen = gc.get_freeze_count()
    assert gc.isenabled()
    assert sys.getswitchinterval() == before
    assert gc.get_freeze_count() < frozen


async def test_groups_stand_side_by_side_and_tab_moves_on() -> None:
    live = still(who=squad(NAMES, groups=3))
    live.execute(Start(t=0))
    live.at(12_000)
    async with app(live).run_test(size=(120, 30)) as pilot:
        await press(pilot, "tab", "full_stop")
        assert live.done[-1].group == "B"
        assert "► B" in shown(pilot)
        await pilot.resize_terminal(80, 24)
        await press(pilot, "tab")
        assert "► C" in shown(pilot)


def _held(key: str, pressed_at: int) -> list[int]:
    """The moments at which a key that is held comes: the first repeat after half a second, then every 30 ms."""
    return [pressed_at, *(pressed_at + 500 + 30 * n for n in range(20))]


@pytest.mark.parametrize(("key", "event"), [("slash", "skipped"), ("ctrl+r", "recalled"), ("ctrl+q", "session_ended")])
async def test_a_key_that_is_held_does_not_say_yes_to_itself(
    live: StillLive, pilot: Pilot[None], key: str, event: str
) -> None:
    await running(live, pilot)
    for at in _held(key, 50_000):
        live.at(at)
        await press(pilot, key, at=at)
    assert live.state.ended is None
    assert group(live).phase is Phase.RUNNING, f"no {event} by one press"
    live.at(52_500)
    await press(pilot, key, at=52_500)
    assert live.state.ended is not None or group(live).phase is not Phase.RUNNING, "let go and pressed again"


async def test_backspace_that_is_held_takes_back_little(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    live.at(74_000)
    await press(pilot, "a", "b", "c", "d")
    for at in _held("backspace", 75_000):
        await press(pilot, "backspace", at=at)
    run = group(live).newest_run
    assert run is not None
    assert sum(each.removed for each in run.arrivals) <= 2


async def test_a_recovery_is_not_made_longer_by_making_it_shorter(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    live.at(74_000)
    await press(pilot, *"abcd")
    for athlete in live.plan.athletes:
        live.tap(74.0, athlete=athlete.name)
    go = group(live).go
    assert go is not None
    live.at(go - 1000)
    await press(pilot, "minus")
    assert group(live).go == go
    assert "less than 3 s" in shown(pilot)
