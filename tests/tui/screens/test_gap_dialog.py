"""The dialog about a sleep or a stop: what it says, and what its keys do."""

from __future__ import annotations

from harness.still_session import StillLive, app_for, press, run_reps, screen_text, squad, still_session
from kicktimer.live_session import Gap
from kicktimer.session import resume
from kicktimer.session.commands import Start
from kicktimer.session.events import Held
from kicktimer.tui.screens.dialogs import GapDialog
from kicktimer.tui.screens.live_screen import LiveScreen


def asleep(live: StillLive, ms: int) -> None:
    """Lets the session sleep, as `LiveSession` does when it notices a sleep."""
    live.t += ms
    outcome = resume(live.state, live.t)
    live.state = outcome.state
    live.last_gap = Gap(ms, slept=True, groups=tuple(each.group for each in outcome.events if isinstance(each, Held)))


async def test_go_in_a_sleep_is_told_and_given_by_the_coach() -> None:
    live = still_session()
    run_reps(live, 1)
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        asleep(live, 200_000)
        await press(pilot, "ctrl+t")
        assert isinstance(pilot.app.screen, GapDialog)
        text = screen_text(pilot)
        assert "THE MACHINE SLEPT FOR 3:20" in text
        assert "GO of rep 2 was due 2:50 ago: HELD" in text
        await press(pilot, "comma", at=live.t + 100)
        assert live.state.groups["A"].held, "this key may have been pressed to wake the machine"
        live.t += 5000
        await press(pilot, "enter")
        assert live.state.groups["A"].held, "enter accepts names, and starts nobody"
        await press(pilot, "comma")
        assert live.state.groups["A"].go == live.t + 10_000
        assert isinstance(pilot.app.screen, LiveScreen)


async def test_each_group_is_asked_about_and_escape_leaves_the_rest_held() -> None:
    live = still_session(who=squad(groups=2))
    live.execute(Start(t=0))
    async with app_for(live).run_test(size=(40, 12)) as pilot:
        asleep(live, 7_200_000)
        await press(pilot, "ctrl+t")
        assert "2:00:00" in screen_text(pilot)
        live.t += 5000
        await press(pilot, "comma")
        assert [live.state.groups[name].held for name in "AB"] == [False, True]
        assert isinstance(pilot.app.screen, GapDialog)
        assert "GO for B with a new countdown" in " ".join(screen_text(pilot).split())
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, LiveScreen)
        assert live.state.groups["B"].held


async def test_sleep_in_which_nothing_fell_due_is_a_message() -> None:
    live = still_session()
    run_reps(live, 1)
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        asleep(live, 5000)
        await press(pilot, "ctrl+t")
        assert isinstance(pilot.app.screen, LiveScreen)
        pilot.app.paint()  # type: ignore[attr-defined]
        await pilot.pause()
        assert "the machine slept for 0:05: times and GO are right" in screen_text(pilot)
