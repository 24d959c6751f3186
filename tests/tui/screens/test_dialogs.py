"""Sound by its keys: is it heard, mute, the caller, what is spoken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.still_session import app, press, shown, still
from kicktimer.errors import KicktimerError
from kicktimer.session import Phase
from kicktimer.sound import SpeakerState
from kicktimer.tui.screens.dialogs import SoundDialog
from kicktimer.tui.screens.live_screen import LiveScreen

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from harness.still_session import StillLive


async def asked(pilot: Pilot[None], live: StillLive) -> None:
    live.sound.not_heard_today = True
    await press(pilot, "f6")
    assert isinstance(pilot.app.screen, SoundDialog)


async def test_the_ready_screen_says_that_nobody_has_heard_it_until_somebody_has() -> None:
    live = still()
    live.sound.not_heard_today = True
    async with app(live).run_test(size=(80, 24)) as pilot:
        await press(pilot, "escape")
        assert "sound not heard today: F6 plays GO" in shown(pilot)
        await press(pilot, "f6")
        assert live.sound.played == 1
        assert "DO YOU HEAR IT?" in shown(pilot)
        await press(pilot, "f6")
        assert live.sound.played == 2
        await press(pilot, "enter")
        assert live.sound.heard == 1
        assert isinstance(pilot.app.screen, LiveScreen)
        assert "not heard" not in shown(pilot)
        assert live.state.n == 0, "the yes has started nobody"


async def test_a_no_is_no_yes() -> None:
    live = still()
    async with app(live).run_test(size=(80, 24)) as pilot:
        await asked(pilot, live)
        await press(pilot, "escape")
        assert live.sound.heard == 0
        assert "sound not heard today" in shown(pilot)


async def test_what_does_not_sound_cannot_be_heard() -> None:
    live = still()
    async with app(live).run_test(size=(80, 24)) as pilot:
        await asked(pilot, live)
        await press(pilot, "f7")
        assert "F7: sound again" in shown(pilot)
        await press(pilot, "enter")
        live.sound.sounds = False
        live.speaker = SpeakerState("", note="no sound yet")
        await press(pilot, "f7", "enter")
        assert live.sound.heard == 0
        assert "NO SOUND YET" in shown(pilot)
        live.sound.sounds = True
        live.speaker = SpeakerState("pipe", "pacat", alive=True)
        await press(pilot, "enter")
        assert live.sound.heard == 0, "a yes before GO plays it first"
        assert "DO YOU HEAR IT?" in shown(pilot)
        await press(pilot, "enter")
        assert live.sound.heard == 1


@pytest.mark.parametrize("later", [250, 500, 900])
async def test_a_yes_that_is_held_or_pressed_twice_starts_nobody(later: int) -> None:
    live = still()
    async with app(live).run_test(size=(80, 24)) as pilot:
        await asked(pilot, live)
        await press(pilot, "enter", at=8000)
        await press(pilot, "enter", at=8000 + later)
        assert live.sound.heard == 1
        assert live.state.n == 0
        await press(pilot, "enter", at=9100)
        assert live.state.groups["A"].phase is Phase.COUNTDOWN


async def test_a_yes_that_cannot_be_kept_is_told(monkeypatch) -> None:
    live = still()

    def fails() -> bool:
        raise KicktimerError("that the sound was heard cannot be kept")

    monkeypatch.setattr(live.sound, "confirm_heard", fails)
    async with app(live).run_test(size=(80, 24)) as pilot:
        await asked(pilot, live)
        await press(pilot, "enter")
        assert "cannot be kept" in shown(pilot)


async def test_no_go_is_played_once_a_session_has_begun() -> None:
    live = still()
    async with app(live).run_test(size=(80, 24)) as pilot:
        await asked(pilot, live)
        await press(pilot, "space")
        assert live.state.groups["A"].phase is Phase.COUNTDOWN
        assert isinstance(pilot.app.screen, LiveScreen), "the question is over"
        await press(pilot, "f6")
        assert isinstance(pilot.app.screen, LiveScreen)
        assert live.sound.played == 1
        assert "before the session only" in shown(pilot)


async def test_one_key_mutes_and_the_screen_says_so() -> None:
    live = still()
    async with app(live).run_test(size=(80, 24)) as pilot:
        await press(pilot, "f7")
        assert "MUTED" in shown(pilot)
        await press(pilot, "f7")
        assert "MUTED" not in shown(pilot)
        assert "sound is on" in shown(pilot)


async def test_settings_that_keep_go_from_being_heard_are_told_all_the_time() -> None:
    live = still()
    live.sound.go_silenced_reason = "no GO"
    async with app(live).run_test(size=(80, 24)) as pilot:
        await asked(pilot, live)
        assert "In the settings: no GO." in shown(pilot)
        await press(pilot, "escape", "space")
        assert "♪ portaudio, no GO" in shown(pilot)


async def test_one_key_has_the_seconds_counted_and_one_the_results_spoken() -> None:
    live = still()
    async with app(live).run_test(size=(80, 24)) as pilot:
        for told, on in (("not counted", False), ("counted aloud", True)):
            await press(pilot, "f8")
            assert told in shown(pilot)
            assert live.sound.caller_enabled is on
        for told in ("the difference is spoken", "nothing is spoken", "the time is spoken"):
            await press(pilot, "f9")
            assert told in shown(pilot)


async def test_the_question_does_not_hold_anybody_back_who_leaves() -> None:
    live = still()
    async with app(live).run_test(size=(80, 24)) as pilot:
        await asked(pilot, live)
        await press(pilot, "ctrl+q")
        await pilot.pause()
        assert live.closed


async def test_what_else_is_wrong_takes_its_turn() -> None:
    live = still()
    live.sound.not_heard_today = True
    live.speaker = SpeakerState("portaudio", note="go.wav: it is no WAV file", alive=True)
    async with app(live).run_test(size=(80, 24)) as pilot:
        seen = set()
        for t in (0, 3000):
            live.at(t)
            await press(pilot, "escape")
            seen |= {
                told for told in ("sound not heard today: F6 plays GO", "go.wav: it is no") if told in shown(pilot)
            }
            assert "portaudio, not heard" in shown(pilot), "this is said all the time"
        assert len(seen) == 2
