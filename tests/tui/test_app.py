"""What a session survives, and what is said of it: faults of the screen, files that move, a disk that is full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from harness.still_session import app, press, run_reps, shown, still
from kicktimer import view
from kicktimer.cli.app import report_closed_session
from kicktimer.session import Phase
from kicktimer.tui.app import KicktimerApp
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.screens.dialogs import LeaveDialog
from kicktimer.tui.session_app import ClosedSession

if TYPE_CHECKING:
    from textual.pilot import Pilot

MOVED = (
    "/home/coach/logs/2026-05-04T18-00-00.jsonl cannot be written (No space left on device); "
    "the whole session is now saved in logs/2026-05-04T18-00-00.jsonl"
)
FULL = "THE SESSION IS NOT SAVED: logs/2026-05-04T18-00-00.jsonl cannot be written, nor any other place."


async def test_a_fault_in_painting_ends_nothing_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    live = still()
    played = app(live)
    real = view.group_clock

    def faulty(*given: Any) -> view.GroupClock:
        if live.state.n:
            raise ValueError("a picture that cannot be drawn")
        return real(*given)

    monkeypatch.setattr(view, "group_clock", faulty)
    async with played.run_test(size=(80, 24)) as pilot:
        await press(pilot, "space")
        live.at(10_000)
        await press(pilot, "a", at=70_000)
        assert live.taps == [(70_000, "Matan")]
        assert "The screen has a fault. Clock and keys go on" in shown(pilot)
    left: list[ClosedSession] = []
    monkeypatch.setattr(played, "run", lambda **_: None)
    with pytest.raises(ValueError, match="cannot be drawn"):
        played.run_and_close(left.append)
    assert live.closed
    assert [each.saved for each in left] == [True]


def test_a_fault_in_a_key_closes_the_session_and_comes_out(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    live = still()
    played = app(live)

    def faulty(*_: object, **__: object) -> None:
        raise OSError("a fault behind a key")

    monkeypatch.setattr(live, "tap", faulty)
    real = KicktimerApp.run

    def run(self: KicktimerApp, **_: object) -> None:
        async def pilot(found: Pilot[None]) -> None:
            await press(found, "space")
            await press(found, "a", at=70_000)

        real(self, headless=True, auto_pilot=pilot)

    monkeypatch.setattr(KicktimerApp, "run", run)
    left: list[ClosedSession] = []
    with pytest.raises(ExceptionGroup) as caught:
        played.run_and_close(left.append)
    assert "a fault behind a key" in repr(caught.value.exceptions)
    assert live.closed
    assert left[0].log_path == live.log_path
    assert capfd.readouterr() == ("", ""), "no picture of it is printed"


async def test_not_saved_is_said_while_it_is_true_and_no_longer() -> None:
    live = still()
    async with app(live).run_test(size=(100, 24)) as pilot:
        await press(pilot, "space")
        live.trouble, live.saved = FULL, False
        cast("KicktimerApp", pilot.app).paint()
        await pilot.pause()
        assert shown(pilot).startswith(" NOT SAVED  THE SESSION IS NOT SAVED")
        live.trouble = MOVED
        cast("KicktimerApp", pilot.app).paint()
        await pilot.pause()
        assert "NOT SAVED" not in shown(pilot), "a fact that waits for the new file waits as any other"
        live.saved = True
        cast("KicktimerApp", pilot.app).paint()
        await pilot.pause()
        title = shown(pilot).splitlines()[0]
        assert "NOT SAVED" not in title
        assert "moved to 2026-05-04T18-00-00.jsonl" in title
        assert "♪ portaudio" in title
        assert title.endswith("saved")
        assert "alert" in [role for _, role in pilot.app.screen.query_one("#title", LineWidget).lines[0]]
        await press(pilot, "ctrl+q", "ctrl+q")
        assert "NOT SAVED" not in shown(pilot)


async def test_a_session_that_no_disk_takes_is_left_only_by_who_insists() -> None:
    live = still()
    played = app(live)
    async with played.run_test(size=(80, 24)) as pilot:
        await press(pilot, "space")
        live.saved, live.trouble = False, "THE SESSION IS NOT SAVED: no room"
        await press(pilot, "ctrl+q", "ctrl+q", "ctrl+q")
        await pilot.pause()
        played.paint()
        await pilot.pause()
        assert live.closed
        assert played.live is not None, "it stays"
        assert "NOT SAVED: make room on the disk" in shown(pilot)
        assert "LOSES it" in shown(pilot)
        await press(pilot, "enter")
        assert played.live is not None, "a press too many loses nothing"
        await press(pilot, "ctrl+q")
        await pilot.pause()
    assert played.closed_session is not None
    assert not played.closed_session.saved


async def test_a_disk_that_has_room_again_lets_one_leave() -> None:
    live = still()
    played = app(live)
    async with played.run_test(size=(80, 24)) as pilot:
        await press(pilot, "space")
        live.saved, live.trouble = False, "THE SESSION IS NOT SAVED: no room"
        await press(pilot, "ctrl+q", "ctrl+q", "ctrl+q")
        live.saved = True
        await press(pilot, "escape")
        await pilot.pause()
    assert played.closed_session is not None
    assert played.closed_session.saved


def test_times_that_no_disk_has_taken_are_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    live = still()
    run_reps(live, 1)
    report_closed_session(ClosedSession(live.plan, live.state, live.log_path, saved=False, trouble=FULL))
    told = capsys.readouterr().err
    assert "nor any other place" in told
    assert "1:03.7h" in told
    assert "could not be saved in full; its times are above" in told


@pytest.mark.parametrize("key", ["space", "enter"])
async def test_the_press_that_starts_may_bounce(key: str) -> None:
    live = still()
    async with app(live).run_test(size=(80, 24)) as pilot:
        await press(pilot, key)
        await press(pilot, key, at=30)
        group = live.state.groups["A"]
        assert group.phase is not Phase.RUNNING
        title = pilot.app.screen.query_one("#answer", LineWidget).lines[0]
        assert "bad" not in [role for _, role in title]


async def test_enter_ends_no_session() -> None:
    live = still()
    async with app(live).run_test(size=(80, 24)) as pilot:
        run_reps(live, 1)
        await press(pilot, "ctrl+q", "enter")
        assert isinstance(pilot.app.screen, LeaveDialog)
        assert live.state.ended is None
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, LeaveDialog)
