"""`kicktimer doctor`: disk, terminal, clock and sound, each with what to do where something is wrong."""

from __future__ import annotations

import os
import shutil
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer import __version__
from kicktimer.cli.options import log_directory, requested_sink
from kicktimer.cli.sound_test import SoundTest, asked, speaker_of, tell
from kicktimer.errors import KicktimerError
from kicktimer.journal import probe
from kicktimer.settings import Settings, load_settings

if TYPE_CHECKING:
    import argparse

LEAST = (80, 24)  # columns and lines that the live screen is made for


def doctor(options: argparse.Namespace) -> int:
    """0 where a session can be run, saved and, as far as the coach was asked and has answered, heard."""
    settings = _settings(options)
    directory = log_directory(options)
    print(f"kicktimer {__version__}, Python {sys.version.split()[0]}")
    checks = {"disk": _disk(directory), "terminal": _terminal(), "clock": _clock()}
    for name, (ok, text) in checks.items():
        tell("ok" if ok else "MEND", f"{name}: {text}")
    log = directory / "sound.log" if directory.is_dir() else Path(os.devnull)
    ring = _ring if sys.stdout.isatty() else None
    somebody = sys.stdin.isatty() and sys.stdout.isatty()
    try:
        heard = SoundTest(settings, partial(speaker_of, log=log, ring=ring), asked if somebody else None).run()
    except KeyboardInterrupt:
        print()  # the terminal has written ^C where a question or a cue stood
        raise
    return 0 if heard and all(ok for ok, _ in checks.values()) else 1


def _settings(options: argparse.Namespace) -> Settings:
    """What is set, but for another output on the command line: a device belongs to its own output."""
    settings = load_settings()
    sound = requested_sink(options) or settings.sound
    return settings if sound == settings.sound else settings.model_copy(update={"sound": sound, "device": ""})


def _disk(directory: Path) -> tuple[bool, str]:
    try:
        probe(directory)
    except KicktimerError as error:
        return False, f"{error.message}: {error.hint}"
    free = shutil.disk_usage(directory).free // 1_000_000
    return True, f"sessions are saved in {directory}, {free} MB free"


def _terminal() -> tuple[bool, str]:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False, "there is none here: start kicktimer in a terminal window"
    size = shutil.get_terminal_size()
    shown = f"{size.columns} x {size.lines}, TERM={os.environ.get('TERM', '')}"
    if size.columns < LEAST[0] or size.lines < LEAST[1]:
        return False, f"{shown}: smaller than {LEAST[0]} x {LEAST[1]}, use a smaller font or a larger window"
    return True, shown


def _clock() -> tuple[bool, str]:
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return True, "counts while the machine is awake: keep the lid open"
    return True, "counts while the lid is closed, too"


def _ring() -> None:
    sys.stdout.write("\a")
    sys.stdout.flush()
