"""Arbitrary text, spoken by the system's voice: data on a pipe, bounded, and kept."""

from __future__ import annotations

import os
import shutil
import stat
import threading
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.sound import speech
from kicktimer.sound.speaker import clips, wav
from kicktimer.sound.speaker.clip_loader import ClipLoader
from kicktimer.sound.speaker.clips import Clips
from kicktimer.sound.speech import LONGEST, SpeechError, SpeechProgram, sayable, spoken, tidy
from tests.sound.speaker.test_clips import riff

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SOUND = riff(wav.PCM, 1, 48_000, 16, b"\0\x10" * 480)


def program(folder: Path, script: str) -> SpeechProgram:
    """A voice that writes down its arguments and its input, then does as it is told."""
    path = folder / "voice.sh"
    (folder / "sound.wav").write_bytes(SOUND)
    path.write_text(f'#!/bin/sh\ncd {folder}\nprintf "%s\\n" "$@" >arguments\ncat >input\n{script}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return SpeechProgram(str(path), ("-o", "OUT"))


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


@given(st.text())
def test_what_is_spoken_is_one_line_without_commands(text: str) -> None:
    line = sayable(text)
    assert len(line) <= LONGEST
    assert not set(line) & set("\0\n\r\x1b[]<>|\\")
    assert sayable(line) == line


@pytest.mark.parametrize("text", ["-x", "--stdout; rm -rf *", "$(id)\n`id`", "Anna\0 O'Brien", "[[slnc 900]] ü"])
def test_a_text_is_no_argument(tmp_path: Path, text: str) -> None:
    voice = program(tmp_path, 'cp sound.wav "$2"')
    path = spoken(text, voice, tmp_path / "cache")
    assert path.read_bytes() == SOUND
    assert (tmp_path / "input").read_text() == sayable(text) + "\n"
    option, out = (tmp_path / "arguments").read_text().splitlines()
    assert option == "-o"
    assert out.startswith(str(tmp_path / "cache"))
    assert [path] == list((tmp_path / "cache").iterdir())


def test_it_is_spoken_once(tmp_path: Path) -> None:
    voice = program(tmp_path, 'echo x >>count; cp sound.wav "$2"')
    paths = {spoken(text, voice, tmp_path / "cache") for text in ("Anna", " Anna\n", "Anna", "Bo")}
    assert len(paths) == 2
    assert (tmp_path / "count").read_text() == "x\nx\n"


@pytest.mark.parametrize("script", ["exit 3", ":"])
def test_a_voice_that_fails_leaves_nothing(tmp_path: Path, script: str) -> None:
    with pytest.raises(SpeechError, match="status"):
        spoken("Anna", program(tmp_path, script), tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_a_voice_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "PATIENCE", 0.1)
    with pytest.raises(SpeechError, match="more than"):
        spoken("Anna", program(tmp_path, "exec sleep 60"), tmp_path / "cache")


@pytest.mark.parametrize("text", ["", " \n", "---", "\0"])
def test_nothing_is_not_spoken(tmp_path: Path, text: str) -> None:
    with pytest.raises(SpeechError, match="nothing"):
        spoken(text, SpeechProgram("false", ()), tmp_path)


def test_the_oldest_goes_where_room_is_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "ROOM", 250)
    for age in range(5):
        path = tmp_path / f"{age}.wav"
        path.write_bytes(bytes(100))
        os.utime(path, (1e9 - age, 1e9 - age))
    tidy(tmp_path)
    tidy(tmp_path / "not there")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.wav", "1.wav"]


def test_a_prepared_text_takes_the_place_of_the_chime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    voice = program(tmp_path, 'grep -q Bad input && exit 1\ncp sound.wav "$2"')
    monkeypatch.setattr(speech, "installed", lambda: voice)
    known, logged, changed = Clips(clips.folder()), [], threading.Event()
    workshop = ClipLoader(known, changed=changed.set, log=logged.append)
    workshop.prepare(["Bad", "Last rep", "63.7", "Anna  runs", "Anna  runs"], tmp_path / "cache")
    assert changed.wait(10)
    assert known.clip("say", "A", "anna runs").frames == 480
    assert known.clip("say", "A", "Bad") is known.sounds["chime"]
    assert len(logged) == 1
    assert "'Bad' will be a chime" in logged[0]
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_without_a_voice_it_is_a_chime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "installed", lambda: None)
    known, done = Clips(clips.folder()), threading.Event()
    workshop = ClipLoader(known, changed=done.set, log=lambda _: None)
    workshop.prepare(["Anna"], tmp_path / "cache")
    workshop.read_own(tmp_path)
    assert done.wait(10)
    assert known.clip("say", "A", "Anna") is known.sounds["chime"]


def test_speech_is_unpacked_before_it_is_due() -> None:
    known = Clips(clips.folder())
    workshop = ClipLoader(known, changed=lambda: None, log=lambda _: None)
    number = known.clip("count", "A", "63")
    assert not number.unpacked()
    workshop.unpack([number, known.sounds["go"]])
    until(number.unpacked)


def test_speech_is_unpacked_while_a_voice_takes_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "installed", lambda: program(tmp_path, "exec sleep 60"))
    known = Clips(clips.folder())
    workshop = ClipLoader(known, changed=lambda: None, log=lambda _: None)
    workshop.prepare(["Anna"], tmp_path / "cache")
    until((tmp_path / "input").exists)
    number = known.clip("count", "A", "64")
    workshop.unpack([number])
    until(number.unpacked)
    assert not (tmp_path / "cache").exists() or not list((tmp_path / "cache").glob("[0-9a-f]*.wav"))


@pytest.mark.parametrize("voice", speech.SPEECH_PROGRAMS, ids=lambda voice: voice.program)
def test_the_voices_that_are_here_speak(tmp_path: Path, voice: SpeechProgram) -> None:
    if shutil.which(voice.program) is None:
        pytest.skip(f"{voice.program} is not installed")
    for text in ("-v Anna, sixty three", "Jürgen"):
        rate, samples = wav.read(spoken(text, voice, tmp_path))
        assert 0.2 < len(samples) / rate < 5
        assert max(samples) > 1000
