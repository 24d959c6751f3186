"""The keys for sound: the sound test, mute, the caller and the spoken results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.still_session import app_for, press, screen_text, still_session
from kicktimer.errors import KicktimerError
from kicktimer.session import Phase
from kicktimer.sound import SpeakerState
from kicktimer.tui.screens.dialogs import SoundDialog
from kicktimer.tui.screens.live_screen import LiveScreen

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from harness.still_session import StillLive


async def open_sound_dialog(pilot: Pilot[None], live: StillLive) -> None:
    live.sound.not_heard_today = True
    await press(pilot, "f6")
    assert isinstance(pilot.app.screen, SoundDialog)


async def test_sound_is_not_heard_today_until_the_coach_confirms_go() -> None:
    live = still_session()
    live.sound.not_heard_today = True
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await press(pilot, "escape")
        assert "sound not heard today: F6 plays GO" in screen_text(pilot)
        await press(pilot, "f6")
        assert live.sound.played == 1
        assert "DO YOU HEAR IT?" in screen_text(pilot)
        await press(pilot, "f6")
        assert live.sound.played == 2
        await press(pilot, "enter")
        assert live.sound.heard == 1
        assert isinstance(pilot.app.screen, LiveScreen)
        assert "not heard" not in screen_text(pilot)
        assert live.state.n == 0, "the confirming enter has started nobody"


async def test_escape_does_not_confirm_the_sound() -> None:
    live = still_session()
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await open_sound_dialog(pilot, live)
        await press(pilot, "escape")
        assert live.sound.heard == 0
        assert "sound not heard today" in screen_text(pilot)


async def test_sound_cannot_be_confirmed_unless_go_was_played() -> None:
    live = still_session()
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await open_sound_dialog(pilot, live)
        await press(pilot, "f7")
        assert "F7: sound again" in screen_text(pilot)
        await press(pilot, "enter")
        live.sound.sounds = False
        live.speaker = SpeakerState("", note="no sound yet")
        await press(pilot, "f7", "enter")
        assert live.sound.heard == 0
        assert "NO SOUND YET" in screen_text(pilot)
        live.sound.sounds = True
        live.speaker = SpeakerState("pipe", "pacat", alive=True)
        await press(pilot, "enter")
        assert live.sound.heard == 0, "enter before GO has played plays it first"
        assert "DO YOU HEAR IT?" in screen_text(pilot)
        await press(pilot, "enter")
        assert live.sound.heard == 1


@pytest.mark.parametrize("later", [250, 500, 900])
async def test_repeat_of_the_confirming_enter_does_not_start_the_session(later: int) -> None:
    live = still_session()
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await open_sound_dialog(pilot, live)
        await press(pilot, "enter", at=8000)
        await press(pilot, "enter", at=8000 + later)
        assert live.sound.heard == 1
        assert live.state.n == 0
        await press(pilot, "enter", at=9100)
        assert live.state.groups["A"].phase is Phase.COUNTDOWN


async def test_error_in_keeping_the_confirmation_is_shown(monkeypatch) -> None:
    live = still_session()

    def fails() -> bool:
        raise KicktimerError("that the sound was heard cannot be kept")

    monkeypatch.setattr(live.sound, "confirm_heard", fails)
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await open_sound_dialog(pilot, live)
        await press(pilot, "enter")
        assert "cannot be kept" in screen_text(pilot)


async def test_sound_test_ends_when_the_session_starts() -> None:
    live = still_session()
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await open_sound_dialog(pilot, live)
        await press(pilot, "space")
        assert live.state.groups["A"].phase is Phase.COUNTDOWN
        assert isinstance(pilot.app.screen, LiveScreen), "the dialog has closed"
        await press(pilot, "f6")
        assert isinstance(pilot.app.screen, LiveScreen)
        assert live.sound.played == 1
        assert "before the session only" in screen_text(pilot)


async def test_f7_mutes_and_unmutes() -> None:
    live = still_session()
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await press(pilot, "f7")
        assert "MUTED" in screen_text(pilot)
        await press(pilot, "f7")
        assert "MUTED" not in screen_text(pilot)
        assert "sound is on" in screen_text(pilot)


async def test_settings_that_silence_go_are_shown_all_the_time() -> None:
    live = still_session()
    live.sound.go_silenced_reason = "no GO"
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await open_sound_dialog(pilot, live)
        assert "In the settings: no GO." in screen_text(pilot)
        await press(pilot, "escape", "space")
        assert "♪ portaudio, no GO" in screen_text(pilot)


async def test_f8_switches_the_caller_and_f9_the_spoken_results() -> None:
    live = still_session()
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        for text, on in (("not counted", False), ("counted aloud", True)):
            await press(pilot, "f8")
            assert text in screen_text(pilot)
            assert live.sound.caller_enabled is on
        for text in ("the difference is spoken", "nothing is spoken", "the time is spoken"):
            await press(pilot, "f9")
            assert text in screen_text(pilot)


async def test_leave_key_works_in_the_sound_dialog() -> None:
    live = still_session()
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        await open_sound_dialog(pilot, live)
        await press(pilot, "ctrl+q")
        await pilot.pause()
        assert live.closed


async def test_notices_share_the_message_line_in_turn() -> None:
    live = still_session()
    live.sound.not_heard_today = True
    live.speaker = SpeakerState("portaudio", note="go.wav: it is no WAV file", alive=True)
    async with app_for(live).run_test(size=(80, 24)) as pilot:
        seen = set()
        for t in (0, 3000):
            live.advance_to(t)
            await press(pilot, "escape")
            seen |= {
                text
                for text in ("sound not heard today: F6 plays GO", "go.wav: it is no")
                if text in screen_text(pilot)
            }
            assert "portaudio, not heard" in screen_text(pilot), "the title says it all the time"
        assert len(seen) == 2
