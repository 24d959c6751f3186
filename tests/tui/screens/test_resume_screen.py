"""The screen that asks how long a session stood still, and the pick screen's offer to go on with it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from harness.still_session import screen_text, still_session
from kicktimer.interrupted_session import InterruptedSession
from kicktimer.journal import Log
from kicktimer.session import to_fact
from kicktimer.session.commands import Start
from kicktimer.system_clock import SystemClock, local_time
from kicktimer.tui.app import KicktimerApp
from kicktimer.tui.screens.live_screen import LiveScreen
from kicktimer.tui.screens.pick_screen import PickScreen
from kicktimer.tui.screens.resume_screen import ResumeScreen

if TYPE_CHECKING:
    from pathlib import Path

    from kicktimer.live_session import LiveSession

NOW_S = 5000.0


class Offer:
    """An interrupted session, `gap` ago by the wall clock, in an app that notes how it is carried on."""

    def __init__(self, path: Path, gap: timedelta, boot_id: str = "another boot") -> None:
        live = still_session()
        live.execute(Start(t=0))
        wall = local_time()
        clock = SystemClock(lambda: NOW_S, lambda: NOW_S, "boottime", lambda: wall, lambda: "this boot")
        facts = [{**to_fact(fact), "wall": (wall - gap).isoformat()} for fact in live.facts]
        anchor = {"name": "boottime", "boot_id": boot_id, "at_open": NOW_S - 100}
        log = Log({"kicktimer_log": 1, "id": "x", "clock": anchor}, tuple(facts), 0)
        self.session = InterruptedSession(path / "x.jsonl", log, live.plan, live.state, clock)
        self.resumed: list[tuple[float, str]] = []
        self.live = live

    def resume_live(self, session: InterruptedSession, opened_at: float, basis: str) -> Any:
        assert session is self.session
        self.resumed.append((opened_at, basis))
        return lambda **_: cast("LiveSession", self.live)

    def app(self, *, offered: bool = False) -> KicktimerApp:
        def nothing(*_: object) -> Any:
            raise AssertionError

        return KicktimerApp(
            nothing,
            self.resume_live,
            interrupted=None if offered else self.session,
            find_interrupted=lambda: self.session,
            paint_interval_s=None,
        )


async def test_same_boot_needs_no_question(tmp_path: Path) -> None:
    offer = Offer(tmp_path, timedelta(days=-4000), "this boot")
    async with offer.app().run_test() as pilot:
        await pilot.pause()
        assert isinstance(pilot.app.screen, LiveScreen)
    assert offer.resumed == [(NOW_S - 100, "boottime")]


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_wall_clock_proposes_and_enter_accepts(tmp_path: Path, size: tuple[int, int]) -> None:
    offer = Offer(tmp_path, timedelta(minutes=4, seconds=10))
    async with offer.app().run_test(size=size) as pilot:
        await pilot.pause()
        assert isinstance(pilot.app.screen, ResumeScreen)
        assert "It says 4:10" in screen_text(pilot)
        assert "minutes:seconds" in screen_text(pilot), "the field is on the screen"
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, LiveScreen)
    assert offer.resumed == [(NOW_S - 250, "wall")]


@pytest.mark.parametrize(("typed", "seconds"), [("0", 0), ("7:30", 450)])
async def test_typed_answer_beats_the_proposal(tmp_path: Path, typed: str, seconds: int) -> None:
    offer = Offer(tmp_path, timedelta(minutes=4))
    async with offer.app().run_test() as pilot:
        await pilot.press(*["colon" if each == ":" else each for each in typed], "enter")
    assert offer.resumed == [(NOW_S - seconds, "asked")]


@pytest.mark.parametrize("gap", [timedelta(days=-3650), timedelta(hours=13), timedelta(days=3650)])
async def test_implausible_wall_clock_is_said_and_not_proposed(tmp_path: Path, gap: timedelta) -> None:
    offer = Offer(tmp_path, gap)
    async with offer.app().run_test() as pilot:
        await pilot.press("enter")
        text = screen_text(pilot)
        assert isinstance(pilot.app.screen, ResumeScreen)
        assert "wrong" in text or "hardly right" in text
        assert "no clock can tell" in text
        await pilot.press("x", "enter")
        assert isinstance(pilot.app.screen, ResumeScreen)
    assert offer.resumed == []


async def test_pick_screen_offers_it_and_escape_leads_back(tmp_path: Path) -> None:
    offer = Offer(tmp_path, timedelta(minutes=4))
    async with offer.app(offered=True).run_test() as pilot:
        await pilot.pause()
        assert "INTERRUPTED: " in screen_text(pilot)
        await pilot.press("ctrl+o")
        assert isinstance(pilot.app.screen, ResumeScreen)
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, PickScreen)
        await pilot.press("ctrl+o", "enter")
        assert isinstance(pilot.app.screen, LiveScreen)
    assert [basis for _, basis in offer.resumed] == ["wall"]
