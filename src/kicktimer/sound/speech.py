"""Text to speech by a program of the system: `espeak-ng`, `espeak`, macOS's `say`, or `flite`.

The text is passed on standard input, never on a command line, without control characters, and not longer than
`MAX_CHARS`. The WAV files are cached in a folder, under a hash of the program and the text.
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

MAX_CHARS = 200
"""The rest of a longer text is left out."""
TIMEOUT_S = 5.0
"""A program has this long to speak one text."""
MAX_CACHE_BYTES = 32_000_000
"""The size to which the cache is reduced."""
REPLACED_CHARACTERS = str.maketrans({"[": " ", "]": " ", "<": " ", ">": " ", "|": " ", "\\": " "})
"""Replaces the characters that programs read as phonemes or commands. They pronounce plus and minus themselves."""


class SpeechError(Exception):
    """The text cannot be spoken. The message is part of a sentence for the log and says why."""


@dataclass(frozen=True, slots=True)
class SpeechProgram:
    """A program that reads a text on its standard input and writes a WAV file."""

    executable: str
    arguments: tuple[str, ...]
    """The argument OUT stands for the path of the WAV file."""


SPEECH_PROGRAMS = (
    SpeechProgram("espeak-ng", ("-s", "150", "--stdin", "-w", "OUT")),
    SpeechProgram("espeak", ("-s", "150", "--stdin", "-w", "OUT")),
    SpeechProgram("say", ("--file-format=WAVE", "--data-format=LEI16@22050", "-o", "OUT", "-f", "-")),
    SpeechProgram("flite", ("-", "OUT")),
)


def find_speech_program() -> SpeechProgram | None:
    """Returns the first installed speech program, or None."""
    return next((program for program in SPEECH_PROGRAMS if which(program.executable)), None)


def to_speakable(text: str) -> str:
    """Returns a text as it is passed to a program: one line, printable characters, at most `MAX_CHARS`.

    The result is "" if it would contain no letter or digit.
    """
    kept = "".join(
        " " if unicodedata.category(each)[0] in "CZ" else each for each in text.translate(REPLACED_CHARACTERS)
    )
    line = " ".join(kept.split())[:MAX_CHARS].strip()
    return line if any(each.isalnum() for each in line) else ""


def speak_to_file(text: str, program: SpeechProgram, folder: Path) -> Path:
    """Returns the WAV file of a spoken text, from the cache or newly made within `TIMEOUT_S`.

    Raises SpeechError or OSError.
    """
    line = to_speakable(text)
    if not line:
        raise SpeechError("there is nothing in it to speak")
    made_by = "\0".join((program.executable, *program.arguments, line))
    path = folder / f"{hashlib.sha256(made_by.encode()).hexdigest()[:40]}.wav"
    if path.is_file():
        os.utime(path)  # the cache drops the file that was used the longest ago
        return path
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix="speaking-", suffix=".wav", dir=folder)
    os.close(handle)
    made = Path(name)
    try:
        _speak(line, program, made)
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)
    return path


def _speak(line: str, program: SpeechProgram, out: Path) -> None:
    try:
        done = subprocess.run(
            [program.executable, *(str(out) if each == "OUT" else each for each in program.arguments)],
            input=line.encode() + b"\n",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as problem:
        raise SpeechError(f"{program.executable} took more than {TIMEOUT_S:.0f} s") from problem
    if done.returncode != 0 or not out.stat().st_size:
        raise SpeechError(f"{program.executable} ended with status {done.returncode}")


def prune_cache(folder: Path) -> None:
    """Reduces the cache to `MAX_CACHE_BYTES`. The files that were used the longest ago are deleted."""
    if not folder.is_dir():
        return
    files = [(path.stat(), path) for path in folder.glob("*.wav")]
    total = 0
    for status, path in sorted(files, key=lambda each: -each[0].st_mtime):
        total += status.st_size
        if total > MAX_CACHE_BYTES:
            path.unlink(missing_ok=True)
