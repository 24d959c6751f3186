"""Arbitrary text to speech, through a program that the system has: `espeak-ng`, `espeak`, macOS's `say`, or `flite`.

A text is data: it goes in on standard input, never on a command line, without control characters, at most `LONGEST`
long. What was spoken is kept in a folder, by the hash of voice and text, so that it is there at once the next time.
Everything is bounded: `PATIENCE` s for a text, `ROOM` bytes for the folder.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from shutil import which

LONGEST = 200
PATIENCE = 5.0
ROOM = 32_000_000
PITFALLS = str.maketrans({"[": " ", "]": " ", "<": " ", ">": " ", "|": " ", "\\": " "})
"""What voices read as phonemes or commands. A minus or a plus is for them to say."""


class SpeechError(Exception):
    """A text that nobody speaks, and why, as part of a sentence."""


@dataclass(frozen=True, slots=True)
class SpeechProgram:
    """A program that reads a text on its standard input and writes a WAV file."""

    program: str
    arguments: tuple[str, ...]
    """OUT stands for the file."""


SPEECH_PROGRAMS = (
    SpeechProgram("espeak-ng", ("-s", "150", "--stdin", "-w", "OUT")),
    SpeechProgram("espeak", ("-s", "150", "--stdin", "-w", "OUT")),
    SpeechProgram("say", ("--file-format=WAVE", "--data-format=LEI16@22050", "-o", "OUT", "-f", "-")),
    SpeechProgram("flite", ("-", "OUT")),
)


def installed() -> SpeechProgram | None:
    """The first voice that is there."""
    return next((voice for voice in SPEECH_PROGRAMS if which(voice.program)), None)


def sayable(text: str) -> str:
    """The text as a voice may have it: one line, nothing that is no text, bounded. "" where nothing is left."""
    kept = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in text.translate(PITFALLS))
    line = " ".join(kept.split())[:LONGEST].strip()
    return line if any(each.isalnum() for each in line) else ""


def spoken(text: str, voice: SpeechProgram, folder: Path) -> Path:
    """The WAV file of a text, made unless it is there. Takes `PATIENCE` s at most. Raises SpeechError or OSError."""
    line = sayable(text)
    if not line:
        raise SpeechError("there is nothing in it to speak")
    made_by = "\0".join((voice.program, *voice.arguments, line))
    path = folder / f"{hashlib.sha256(made_by.encode()).hexdigest()[:40]}.wav"
    if path.is_file():
        os.utime(path)  # what is used is kept longest
        return path
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix="speaking-", suffix=".wav", dir=folder)
    os.close(handle)
    made = Path(name)
    try:
        _speak(line, voice, made)
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)
    return path


def _speak(line: str, voice: SpeechProgram, out: Path) -> None:
    try:
        done = subprocess.run(
            [voice.program, *(str(out) if each == "OUT" else each for each in voice.arguments)],
            input=line.encode() + b"\n",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as problem:
        raise SpeechError(f"{voice.program} took more than {PATIENCE:.0f} s") from problem
    if done.returncode != 0 or not out.stat().st_size:
        raise SpeechError(f"{voice.program} ended with status {done.returncode}")


def tidy(folder: Path) -> None:
    """Keep the folder below `ROOM`: what was used longest ago goes first."""
    if not folder.is_dir():
        return
    files = [(path.stat(), path) for path in folder.glob("*.wav")]
    total = 0
    for status, path in sorted(files, key=lambda each: -each[0].st_mtime):
        total += status.st_size
        if total > ROOM:
            path.unlink(missing_ok=True)
