"""Text to speech: the text is passed on a pipe, time and size are bounded, and the result is cached."""

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
from kicktimer.sound.speech import MAX_CHARS, SpeechError, SpeechProgram, prune_cache, speak_to_file, to_speakable
from tests.sound.speaker.test_clips import riff

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SOUND = riff(wav.PCM, 1, 48_000, 16, b"\0\x10" * 480)


def write_speech_program(folder: Path, script: str) -> SpeechProgram:
    """Writes a program that records its arguments and its input, and then runs `script`."""
    path = folder / "voice.sh"
    (folder / "sound.wav").write_bytes(SOUND)
    path.write_text(f'#!/bin/sh\ncd {folder}\nprintf "%s\\n" "$@" >arguments\ncat >input\n{script}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return SpeechProgram(str(path), ("-o", "OUT"))


def wait_until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "the condition never became true"
        time.sleep(0.01)


@given(st.text())
def test_speakable_text_is_one_line_without_commands(text: str) -> None:
    line = to_speakable(text)
    assert len(line) <= MAX_CHARS
    assert not set(line) & set("\0\n\r\x1b[]<>|\\")
    assert to_speakable(line) == line


@pytest.mark.parametrize("text", ["-x", "--stdout; rm -rf *", "$(id)\n`id`", "Anna\0 O'Brien", "[[slnc 900]] ü"])
def test_text_is_never_passed_as_an_argument(tmp_path: Path, text: str) -> None:
    program = write_speech_program(tmp_path, 'cp sound.wav "$2"')
    path = speak_to_file(text, program, tmp_path / "cache")
    assert path.read_bytes() == SOUND
    assert (tmp_path / "input").read_text() == to_speakable(text) + "\n"
    option, out = (tmp_path / "arguments").read_text().splitlines()
    assert option == "-o"
    assert out.startswith(str(tmp_path / "cache"))
    assert [path] == list((tmp_path / "cache").iterdir())


def test_same_text_is_spoken_once(tmp_path: Path) -> None:
    program = write_speech_program(tmp_path, 'echo x >>count; cp sound.wav "$2"')
    paths = {speak_to_file(text, program, tmp_path / "cache") for text in ("Anna", " Anna\n", "Anna", "Bo")}
    assert len(paths) == 2
    assert (tmp_path / "count").read_text() == "x\nx\n"


@pytest.mark.parametrize("script", ["exit 3", ":"])
def test_failed_program_leaves_no_file(tmp_path: Path, script: str) -> None:
    with pytest.raises(SpeechError, match="status"):
        speak_to_file("Anna", write_speech_program(tmp_path, script), tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_program_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "TIMEOUT_S", 0.1)
    with pytest.raises(SpeechError, match="more than"):
        speak_to_file("Anna", write_speech_program(tmp_path, "exec sleep 60"), tmp_path / "cache")


@pytest.mark.parametrize("text", ["", " \n", "---", "\0"])
def test_text_without_words_raises_a_speech_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(SpeechError, match="nothing"):
        speak_to_file(text, SpeechProgram("false", ()), tmp_path)


def test_oldest_files_are_pruned_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "MAX_CACHE_BYTES", 250)
    for age in range(5):
        path = tmp_path / f"{age}.wav"
        path.write_bytes(bytes(100))
        os.utime(path, (1e9 - age, 1e9 - age))
    prune_cache(tmp_path)
    prune_cache(tmp_path / "not there")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.wav", "1.wav"]


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


@pytest.mark.parametrize("program", speech.SPEECH_PROGRAMS, ids=lambda program: program.executable)
def test_installed_programs_speak(tmp_path: Path, program: SpeechProgram) -> None:
    if shutil.which(program.executable) is None:
        pytest.skip(f"{program.executable} is not installed")
    for text in ("-v Anna, sixty three", "Jürgen"):
        rate, samples = wav.read(speak_to_file(text, program, tmp_path))
        assert 0.2 < len(samples) / rate < 5
        assert max(samples) > 1000
