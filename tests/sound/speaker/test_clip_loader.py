"""The clip loader: speech is unpacked in time, and prepared texts replace chimes."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from kicktimer.sound import speech
from kicktimer.sound.speaker import clips
from kicktimer.sound.speaker.clip_loader import ClipLoader
from kicktimer.sound.speaker.clips import Clips
from tests.sound.test_speech import write_speech_program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def wait_until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "the condition never became true"
        time.sleep(0.01)


def test_prepared_text_replaces_the_chime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = write_speech_program(tmp_path, 'grep -q Bad input && exit 1\ncp sound.wav "$2"')
    monkeypatch.setattr(speech, "find_speech_program", lambda: program)
    known, logged, changed = Clips(clips.find_sounds_folder()), [], threading.Event()
    loader = ClipLoader(known, on_change=changed.set, log=logged.append)
    loader.prepare(["Bad", "Last rep", "63.7", "Anna  runs", "Anna  runs"], tmp_path / "cache")
    assert changed.wait(10)
    assert known.clip("say", "A", "anna runs").frames == 480
    assert known.clip("say", "A", "Bad") is known.sounds["chime"]
    assert len(logged) == 1
    assert "'Bad' will be a chime" in logged[0]
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_text_is_a_chime_without_a_speech_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "find_speech_program", lambda: None)
    known, done = Clips(clips.find_sounds_folder()), threading.Event()
    loader = ClipLoader(known, on_change=done.set, log=lambda _: None)
    loader.prepare(["Anna"], tmp_path / "cache")
    loader.read_own(tmp_path)
    assert done.wait(10)
    assert known.clip("say", "A", "Anna") is known.sounds["chime"]


def test_speech_is_unpacked_before_it_is_due() -> None:
    known = Clips(clips.find_sounds_folder())
    loader = ClipLoader(known, on_change=lambda: None, log=lambda _: None)
    number = known.clip("count", "A", "63")
    assert not number.is_unpacked()
    loader.unpack([number, known.sounds["go"]])
    wait_until(number.is_unpacked)


def test_speech_is_unpacked_while_a_program_is_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "find_speech_program", lambda: write_speech_program(tmp_path, "exec sleep 60"))
    known = Clips(clips.find_sounds_folder())
    loader = ClipLoader(known, on_change=lambda: None, log=lambda _: None)
    loader.prepare(["Anna"], tmp_path / "cache")
    wait_until((tmp_path / "input").exists)
    number = known.clip("count", "A", "64")
    loader.unpack([number])
    wait_until(number.is_unpacked)
    assert not (tmp_path / "cache").exists() or not list((tmp_path / "cache").glob("[0-9a-f]*.wav"))
