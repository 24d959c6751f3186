"""The keys of the live screen: each executes its command with its own stamp, also while a dialog is open."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual import events

from harness.still_session import NAMES, StillLive, app_for, hold, press, run_reps, screen_text, squad, still_session
from kicktimer.journal import SaveTrouble
from kicktimer.session import Phase
from kicktimer.session.commands import Bounce, Start
from kicktimer.squad import Athlete, Squad
from kicktimer.tui.screens.dialogs import HelpDialog, LeaveDialog
from kicktimer.tui.screens.live_screen import LiveScreen
from kicktimer.tui.screens.summary_screen import SummaryScreen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.pilot import Pilot


@pytest.fixture
def live() -> StillLive:
    return still_session()


@pytest.fixture
async def pilot(live: StillLive) -> AsyncIterator[Pilot[None]]:
    async with app_for(live).run_test(size=(80, 24)) as found:
        await found.pause()
        yield found


def group(live: StillLive):
    return live.state.groups["A"]


async def running(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "space")
    live.advance_to(10_000)
    assert group(live).phase is Phase.RUNNING


async def test_refused_key_plays_the_error_cue(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    assert live.errors == 0
    await press(pilot, "ctrl+y")
    assert "nothing to redo" in screen_text(pilot)
    assert live.errors == 1


@pytest.mark.parametrize("key", ["space", "enter"])
async def test_space_and_enter_start_the_session(live: StillLive, pilot: Pilot[None], key: str) -> None:
    await press(pilot, key)
    assert group(live).phase is Phase.COUNTDOWN
    assert "COUNTDOWN" in screen_text(pilot)


async def test_enter_does_not_start_a_second_group() -> None:
    live = still_session(who=squad(NAMES[:2], groups=2))
    live.execute(Start(t=0, group="A"))
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await press(pilot, "tab", "enter")
        assert live.state.groups["B"].phase is Phase.READY
        await press(pilot, "space")
        assert live.state.groups["B"].phase is Phase.COUNTDOWN


async def test_arrival_has_the_stamp_of_its_key(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    live.advance_to(75_000)
    await press(pilot, "a", at=73_620)
    await press(pilot, "B", at=74_100)  # with caps lock
    await press(pilot, "space", at=74_300)
    assert live.taps == [(73_620, "Matan"), (74_100, "Noa"), (74_300, None)]
    assert "1:03.7h = +0.2" in screen_text(pilot)


async def test_letter_with_a_modifier_is_no_arrival(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    event = events.Key("alt+a", "a")
    pilot.app.post_message(event)
    await pilot.pause()
    assert live.taps == []


async def test_keys_act_in_the_order_of_the_presses(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    live.advance_to(75_000)
    await press(pilot, "space", "backspace", "b")
    run = group(live).newest_run
    assert run is not None
    assert [(each.athlete, each.removed) for each in run.arrivals] == [(None, True), ("Noa", False)]


async def test_enter_accepts_the_oldest_arrival(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    live.advance_to(74_000)
    await press(pilot, "space", "space")
    assert "rep 1: Matan?" in screen_text(pilot)
    await press(pilot, "enter")
    run = group(live).newest_run
    assert run is not None
    assert [each.athlete for each in run.arrivals] == ["Matan", None]


async def test_arrival_is_named_and_deleted_by_keys(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    live.advance_to(74_000)
    await press(pilot, "space", "apostrophe", "c")
    run = group(live).newest_run
    assert run is not None
    assert [each.athlete for each in run.arrivals] == ["Gil"]
    await press(pilot, "up", "delete")
    run = group(live).newest_run
    assert run is not None
    assert [each.removed for each in run.arrivals] == [True]


async def test_refusal_is_shown_and_changes_nothing(live: StillLive, pilot: Pilot[None]) -> None:
    before = live.state
    await press(pilot, "a")
    assert "no GO has come yet" in screen_text(pilot)
    await press(pilot, "z")
    assert "no athlete has the key Z" in screen_text(pilot)
    assert live.state is before
    live.advance_to(5000)
    await press(pilot, "tab")
    assert "no athlete" not in screen_text(pilot)


@pytest.mark.parametrize(("key", "phase"), [("slash", Phase.RECOVERING), ("ctrl+r", Phase.COUNTDOWN)])
async def test_skip_and_recall_need_a_second_press(live: StillLive, pilot: Pilot[None], key: str, phase: Phase) -> None:
    await running(live, pilot)
    live.advance_to(15_000)
    await press(pilot, key)
    shown = {"slash": "Skip rep 1? / again skips it", "ctrl+r": "False start? ^R again: GO comes again"}[key]
    assert shown in screen_text(pilot)
    live.advance_to(19_000)
    await press(pilot)
    assert shown not in screen_text(pilot), "a question that can no longer be answered is gone"
    await press(pilot, key)  # too late for a second press: asks again
    assert group(live).phase is Phase.RUNNING
    await press(pilot, key)
    assert group(live).phase is phase


async def test_recall_that_would_be_refused_needs_no_second_press(live: StillLive, pilot: Pilot[None]) -> None:
    await press(pilot, "ctrl+r")
    assert "no rep runs" in screen_text(pilot)


async def test_hold_release_adjust_and_close_by_keys(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    live.advance_to(74_000)
    await press(pilot, "a", "full_stop")
    assert group(live).phase is Phase.RECOVERING
    go = group(live).go
    assert go is not None
    await press(pilot, "equals_sign", "equals_sign", "minus")
    assert group(live).go == go + 5000
    await press(pilot, "comma")
    assert group(live).held
    assert "HOLD" in screen_text(pilot)
    await press(pilot, "comma")
    assert not group(live).held


async def test_drop_and_return_by_keys(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    await press(pilot, "semicolon")
    assert "whose key?" in screen_text(pilot)
    await press(pilot, "b")
    assert group(live).dropped == {"Noa"}
    assert live.taps == []
    await press(pilot, "semicolon", "b")
    assert group(live).dropped == set()
    await press(pilot, "semicolon")
    live.advance_to(live.t + 6000)  # the pending command has timed out
    await press(pilot, "a")
    assert [name for _, name in live.taps] == ["Matan"]


async def test_rating_moves_on_to_the_next_athlete() -> None:
    live = still_session(who=squad(NAMES[:2]))
    run_reps(live, 7)
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await press(pilot, "f4")
        await press(pilot, "f2")
        assert [(each.athlete, each.rep, each.relaxation) for each in live.state.ratings] == [
            ("Matan", 7, 4),
            ("Noa", 7, 2),
        ]
        await press(pilot, "f1")
        assert "everybody is rated" in screen_text(pilot)
        await press(pilot, "left", "f5")
        assert (live.state.ratings[-1].athlete, live.state.ratings[-1].relaxation) == ("Matan", 5)


async def test_keys_take_times_while_a_dialog_is_open(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    live.advance_to(74_000)
    for key, dialog in (("question_mark", HelpDialog), ("ctrl+q", LeaveDialog)):
        await press(pilot, key)
        assert isinstance(pilot.app.screen, dialog)
        await press(pilot, "a", "backspace", "space", "backspace")
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, LiveScreen)
    assert [name for _, name in live.taps] == ["Matan", None] * 2
    await press(pilot, "ctrl+q", "b")
    assert "1:04.0h" in screen_text(pilot)  # the screen under the dialog is painted


async def test_leaving_asks_then_ends_the_session_and_shows_the_summary(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    live.advance_to(74_000)
    await press(pilot, "a", "ctrl+q")
    assert live.state.ended is None
    await press(pilot, "ctrl+q")
    assert live.state.ended == "abandoned"
    assert isinstance(pilot.app.screen, SummaryScreen)
    assert "saved at" in screen_text(pilot)
    assert "abandoned" in screen_text(pilot)
    pilot.app.post_message(_key("ctrl+q"))
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    assert live.closed


def _key(key: str) -> events.Key:
    return events.Key(key, None)


async def test_session_that_has_not_begun_is_left_without_asking(live: StillLive, pilot: Pilot[None]) -> None:
    pilot.app.post_message(_key("ctrl+q"))
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    assert live.closed


async def test_other_keys_do_not_end_the_app(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    await press(pilot, "ctrl+c", "ctrl+p", "escape", "ctrl+backslash")
    assert isinstance(pilot.app.screen, LiveScreen)
    assert pilot.app.is_running


async def test_undo_and_ratings_work_after_the_last_rep() -> None:
    live = still_session("2x200 @1500 r30 closing1", squad(NAMES[:2]))
    run_reps(live, 2)
    assert live.state.finished
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, SummaryScreen)
        await press(pilot, "f3")
        assert live.state.ratings[-1].relaxation == 3
        await press(pilot, "backspace")
        assert not live.state.finished
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, LiveScreen)
        assert "RUN" in screen_text(pilot)


async def test_markup_in_names_is_shown_literally() -> None:
    names = ("[/]", "[@click=app.quit]x[/]", "[red]", "a b", "日本語の名前")
    athletes = tuple(Athlete(name, "abcde"[place], "A", {1_500_000: 240_000}) for place, name in enumerate(names))
    live = still_session(who=Squad("[bold]Squad", athletes))
    async with app_for(live).run_test(size=(80, 30)) as pilot:
        await press(pilot, "space")
        live.advance_to(10_000)
        await press(pilot, "space", "z")
        for name in (*names[:3], names[4], "[bold]Squad"):
            assert name in screen_text(pilot)
        await press(pilot, "ctrl+q", "ctrl+q")
        for name in names[:3]:
            assert name[:8] in screen_text(pilot)


async def test_keys_take_times_in_a_window_that_is_too_small(live: StillLive) -> None:
    async with app_for(live).run_test(size=(38, 10)) as pilot:
        await press(pilot, "space")
        live.advance_to(74_000)
        await press(pilot, "a")
        assert "needs 40 x 12" in " ".join(screen_text(pilot).split())
        assert [name for _, name in live.taps] == ["Matan"]
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "1:04.0h" in screen_text(pilot)


async def test_problems_with_saving_and_sound_are_shown(live: StillLive, pilot: Pilot[None]) -> None:
    from dataclasses import replace

    await running(live, pilot)
    live.saved = False
    await press(pilot)
    assert "saving" in screen_text(pilot)
    live.trouble = SaveTrouble("no space left", Path("logs/a.jsonl"))
    live.speaker = replace(live.speaker, sink="off", note="the loudspeaker is gone")
    live.advance_to(15_000)
    await press(pilot)
    assert "no space left: make room" in screen_text(pilot)
    assert "the loudspeaker is gone" in screen_text(pilot)


async def test_collection_is_suspended_in_a_session_and_restored_after_it(live: StillLive) -> None:
    before = sys.getswitchinterval()
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await press(pilot, "space")
        assert not gc.isenabled()
        assert sys.getswitchinterval() < before
        frozen = gc.get_freeze_count()
    assert gc.isenabled()
    assert sys.getswitchinterval() == before
    assert gc.get_freeze_count() < frozen


async def test_tab_moves_the_focus_among_groups() -> None:
    live = still_session(who=squad(NAMES, groups=3))
    live.execute(Start(t=0))
    live.advance_to(12_000)
    async with app_for(live).run_test(size=(120, 30)) as pilot:
        await press(pilot, "tab", "full_stop")
        assert live.commands[-1].group == "B"
        assert "► B" in screen_text(pilot)
        await pilot.resize_terminal(80, 24)
        await press(pilot, "tab")
        assert "► C" in screen_text(pilot)


@pytest.mark.parametrize(("key", "event"), [("slash", "skipped"), ("ctrl+r", "recalled"), ("ctrl+q", "session_ended")])
async def test_held_key_is_not_taken_for_a_second_press(
    live: StillLive, pilot: Pilot[None], key: str, event: str
) -> None:
    await running(live, pilot)
    await hold(pilot, key, 50_000)
    assert live.state.ended is None
    assert group(live).phase is Phase.RUNNING, f"a held key has caused {event}"
    live.advance_to(52_500)
    await press(pilot, key, at=52_500)
    assert live.state.ended is not None or group(live).phase is not Phase.RUNNING, "a press after a release confirms"


@pytest.mark.parametrize("key", ["slash", "ctrl+r", "ctrl+q"])
async def test_two_quick_presses_confirm(live: StillLive, pilot: Pilot[None], key: str) -> None:
    await running(live, pilot)
    live.advance_to(50_500)
    await press(pilot, key, at=50_000)
    await press(pilot, key, at=50_350)
    assert live.state.ended is not None or group(live).phase is not Phase.RUNNING


@pytest.mark.parametrize("delay", [250, 500, 700])
async def test_held_athlete_key_is_one_arrival(live: StillLive, pilot: Pilot[None], delay: int) -> None:
    await running(live, pilot)
    await hold(pilot, "a", 74_000, delay=delay)
    assert live.taps == [(74_000, "Matan")]
    assert [each.key for each in live.commands if isinstance(each, Bounce)] == ["a"] * 20


@pytest.mark.parametrize(
    ("key", "count"),
    [("backspace", lambda live: sum(each.athlete is None for each in group(live).newest_run.arrivals)),
     ("space", lambda live: sum(athlete is None for _, athlete in live.taps)),
     ("ctrl+a", lambda live: len(group(live).reps) - 8)],
)  # fmt: skip
async def test_held_key_acts_once(
    live: StillLive, pilot: Pilot[None], key: str, count: Callable[[StillLive], int]
) -> None:
    await running(live, pilot)
    live.advance_to(74_000)
    await press(pilot, "a", "b")
    await hold(pilot, key, 75_000)
    assert count(live) == 1


async def test_shortening_just_before_go_is_refused(live: StillLive, pilot: Pilot[None]) -> None:
    await running(live, pilot)
    live.advance_to(74_000)
    await press(pilot, *"abcd")
    for athlete in live.plan.athletes:
        live.tap(74.0, athlete=athlete.name)
    go = group(live).go
    assert go is not None
    live.advance_to(go - 1000)
    await press(pilot, "minus")
    assert group(live).go == go
    assert "less than 3 s" in screen_text(pilot)
