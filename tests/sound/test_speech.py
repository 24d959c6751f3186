"""Text to speech: the text is passed on a pipe, time and size are bounded, and the result is cached."""

from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.sound import speech
from kicktimer.sound.speaker import wav
from kicktimer.sound.speech import MAX_CHARS, SpeechError, SpeechProgram, prune_cache, speak_to_file, to_speakable
from tests.sound.speaker.test_clips import riff

if TYPE_CHECKING:
    from pathlib import Path

SOUND = riff(wav.PCM, 1, 48_000, 16, b"\0\x10" * 480)


def write_speech_program(folder: Path, script: str) -> SpeechProgram:
    """Writes a program that records its arguments and its input, and then runs `script`."""
    path = folder / "voice.sh"
    (folder / "sound.wav").write_bytes(SOUND)
    path.write_text(f'#!/bin/sh\ncd {folder}\nprintf "%s\\n" "$@" >arguments\ncat >input\n{script}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return SpeechProgram(str(path), ("-o", "OUT"))


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


@pytest.mark.parametrize("program", speech.SPEECH_PROGRAMS, ids=lambda program: program.executable)
def test_installed_programs_speak(tmp_path: Path, program: SpeechProgram) -> None:
    if shutil.which(program.executable) is None:
        pytest.skip(f"{program.executable} is not installed")
    for text in ("-v Anna, sixty three", "Jürgen"):
        rate, samples = wav.read(speak_to_file(text, program, tmp_path))
        assert 0.2 < len(samples) / rate < 5
        assert max(samples) > 1000
