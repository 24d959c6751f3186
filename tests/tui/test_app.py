"""The app in trouble: errors in painting and in keys, a moved file, a full disk, bouncing keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from textual.app import App
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from harness.still_session import app_for, press, run_reps, screen_text, still_session
from kicktimer import view
from kicktimer.cli.app import report_closed_session
from kicktimer.journal import SaveTrouble
from kicktimer.session import Phase
from kicktimer.session.commands import Tap
from kicktimer.tui.app import KicktimerApp
from kicktimer.tui.controls import Controls
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.screens.dialogs import HelpDialog, JoinDialog, LeaveDialog, SoundDialog
from kicktimer.tui.screens.live_screen import LiveScreen
from kicktimer.tui.screens.pick_screen import PickScreen
from kicktimer.tui.screens.summary_screen import SummaryScreen
from kicktimer.tui.session_app import ClosedSession

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from kicktimer.live_session import LiveSession

LOG = Path("logs/2026-05-04T18-00-00.jsonl")
MOVED = SaveTrouble("no space left", Path("/home/coach/logs/2026-05-04T18-00-00.jsonl"), LOG)
FULL = SaveTrouble("no space left", LOG)


async def test_screen_is_not_painted_before_it_is_mounted(monkeypatch: pytest.MonkeyPatch) -> None:
    live = still_session()
    played = app_for(live)
    async with played.run_test(size=(80, 24)) as pilot:
        await press(pilot, "space")
        played.push_screen(LiveScreen(Controls(cast("LiveSession", live))))
        assert not played.screen.is_mounted
        played.paint()
        await pilot.pause()
        played.paint()
        assert "COUNTDOWN" in screen_text(pilot)
    monkeypatch.setattr(played, "run", lambda **_: None)
    assert played.run_and_close() is not None  # it raises a paint error


async def test_paint_error_is_shown_and_the_session_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    live = still_session()
    played = app_for(live)
    real = view.group_clock

    def faulty(*given: Any) -> view.GroupClock:
        if live.state.n:
            raise ValueError("a frame that cannot be painted")
        return real(*given)

    monkeypatch.setattr(view, "group_clock", faulty)
    async with played.run_test(size=(80, 24)) as pilot:
        await press(pilot, "space")
        live.advance_to(10_000)
        await press(pilot, "a", at=70_000)
        assert live.taps == [(70_000, "Matan")]
        assert "The screen has a fault. Clock and keys go on" in screen_text(pilot)
    left: list[ClosedSession] = []
    monkeypatch.setattr(played, "run", lambda **_: None)
    with pytest.raises(ValueError, match="cannot be painted"):
        played.run_and_close(left.append)
    assert live.closed
    assert [each.saved for each in left] == [True]


def test_error_in_a_key_handler_closes_the_session_and_is_raised(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    live = still_session()
    played = app_for(live)

    def faulty(*_: object, **__: object) -> None:
        raise OSError("an error in a key handler")

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
    assert "an error in a key handler" in repr(caught.value.exceptions)
    assert live.closed
    assert left[0].log_path == live.log_path
    assert capfd.readouterr() == ("", ""), "no traceback is printed"


async def test_title_shows_not_saved_only_while_facts_are_unsaved() -> None:
    live = still_session()
    async with app_for(live).run_test(size=(100, 24)) as pilot:
        await press(pilot, "space")
        live.trouble, live.saved = FULL, False
        cast("KicktimerApp", pilot.app).paint()
        await pilot.pause()
        assert "no space left: make room on the disk" in screen_text(pilot)
        assert screen_text(pilot).splitlines()[0].endswith("NOT SAVED")
        assert "entry 1 is in memory only" in screen_text(pilot)
        live.trouble = MOVED
        cast("KicktimerApp", pilot.app).paint()
        await pilot.pause()
        assert "NOT SAVED" not in screen_text(pilot), "facts that wait for the new file are only being saved"
        live.saved = True
        cast("KicktimerApp", pilot.app).paint()
        await pilot.pause()
        title = screen_text(pilot).splitlines()[0]
        assert "NOT SAVED" not in title
        assert "no space left: now saved in logs" in title
        assert "♪ portaudio" in title
        assert title.endswith("saved")
        assert "alert" in [role for _, role in pilot.app.screen.query_one("#title", LineWidget).lines[0]]
        await press(pilot, "ctrl+q", "ctrl+q")
        assert "NOT SAVED" not in screen_text(pilot)


async def test_unsaved_session_is_left_only_by_a_repeated_leave_key() -> None:
    live = still_session()
    played = app_for(live)
    async with played.run_test(size=(80, 24)) as pilot:
        await press(pilot, "space")
        live.saved, live.trouble = False, FULL
        await press(pilot, "ctrl+q", "ctrl+q", "ctrl+q")
        await pilot.pause()
        played.paint()
        await pilot.pause()
        assert live.closed
        assert played.live is not None, "the session stays open"
        assert "make room on the disk" in screen_text(pilot)
        assert "LOSES it" in screen_text(pilot)
        await press(pilot, "enter")
        assert played.live is not None, "enter does not discard the session"
        await press(pilot, "ctrl+q")
        await pilot.pause()
    assert played.closed_session is not None
    assert not played.closed_session.saved


async def test_session_can_be_left_once_it_is_saved_after_all() -> None:
    live = still_session()
    played = app_for(live)
    async with played.run_test(size=(80, 24)) as pilot:
        await press(pilot, "space")
        live.saved, live.trouble = False, FULL
        await press(pilot, "ctrl+q", "ctrl+q", "ctrl+q")
        live.saved = True
        await press(pilot, "escape")
        await pilot.pause()
    assert played.closed_session is not None
    assert played.closed_session.saved


def test_times_that_could_not_be_saved_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    live = still_session()
    run_reps(live, 1)
    report_closed_session(ClosedSession(live.plan, live.state, live.log_path, saved=False, trouble=FULL))
    printed = capsys.readouterr().err
    assert "THE SESSION IS NOT SAVED: no space left" in printed
    assert "1:03.7" in printed
    assert "could not be saved in full; its times are above" in printed


@pytest.mark.parametrize("key", ["space", "enter"])
async def test_bounce_of_the_start_key_is_ignored_without_a_refusal(key: str) -> None:
    live = still_session()
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await press(pilot, key)
        await press(pilot, key, at=30)
        group = live.state.groups["A"]
        assert group.phase is not Phase.RUNNING
        title = pilot.app.screen.query_one("#answer", LineWidget).lines[0]
        assert "bad" not in [role for _, role in title]


async def test_enter_does_not_end_the_session_in_the_leave_dialog() -> None:
    live = still_session()
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        run_reps(live, 1)
        await press(pilot, "ctrl+q", "enter")
        assert isinstance(pilot.app.screen, LeaveDialog)
        assert live.state.ended is None
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, LeaveDialog)


def test_no_attribute_is_a_key_handler_by_accident() -> None:
    """Textual calls an attribute `key_NAME` or `_key_NAME` of app, screen or widget as a handler of that key."""
    live = still_session()
    app = app_for(live)
    controls = Controls(cast("LiveSession", live))
    screens = [LiveScreen(controls), SummaryScreen(controls), PickScreen(None, "")]
    screens += [dialog(controls) for dialog in (HelpDialog, LeaveDialog, SoundDialog, JoinDialog)]
    for owner in (app, *screens, LineWidget()):
        of_textual = {name for kind in (App, Screen, ModalScreen, Widget) for name in dir(kind)}
        found = {name for name in dir(owner) if name.startswith(("key_", "_key_"))} - of_textual
        assert not found, f"{type(owner).__name__}: {found}"


async def test_error_in_reading_keys_is_reported_and_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    live = still_session()
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await press(pilot, "space")
        cast("KicktimerApp", pilot.app).input_failed(ValueError("a byte that nobody knows"))
        pilot.app.paint()
        await pilot.pause()
        assert "a key could not be read" in screen_text(pilot)
        (report,) = tmp_path.glob("kicktimer-fault-*.txt")  # noqa: ASYNC240 - a local file
        assert "a byte that nobody knows" in report.read_text()
        await press(pilot, "a", at=20_000)
        assert live.taps


async def test_summary_shows_the_times_of_a_log_without_a_date() -> None:
    live = still_session()
    live.header = {**live.header, "started": "a day"}
    async with app_for(live).run_test(size=(80, 40)) as pilot:
        run_reps(live, 8)
        await press(pilot, "enter")
        assert "1 400m" in screen_text(pilot)
        assert "fault" not in screen_text(pilot)


async def test_summary_says_that_an_arrival_belongs_to_nobody() -> None:
    live = still_session("2x400 @1500")
    async with app_for(live).run_test(size=(80, 40)) as pilot:
        run_reps(live, 1)
        live.execute(Tap(t=live.t + 900, athlete="Matan"))  # for the second time in this rep
        run_reps(live, 1, start=False)
        await press(pilot, "escape")
        assert "nobody left?" in screen_text(pilot)
        assert "ENTER summary" in screen_text(pilot)
        await press(pilot, "enter")
        assert "1 arrival belongs to nobody: it is in the log alone" in screen_text(pilot)
