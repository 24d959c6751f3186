"""`kicktimer doctor`: sound, terminal, clock and disk, each with what to do where something is wrong."""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import TYPE_CHECKING

from kicktimer import __version__
from kicktimer.cli.app import sound_of
from kicktimer.cli.saved import directory_of
from kicktimer.errors import KicktimerError
from kicktimer.journal import probe
from kicktimer.sound import Speaker

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

LEAST = (80, 24)  # columns and lines that the live screen is made for
FOUND_S = 8.0  # how long a speaker may look for something that sounds
CUES = {
    "pip": "countdown: 3, 2, 1",
    "go": "GO",
    "split": "a split is due",
    "recovery": "the recovery begins",
    "ten": "ten seconds left",
    "closing": "a closing rep comes",
    "last": "the last rep comes",
    "over": "the session is over",
    "error": "a key that was refused",
}
BETWEEN_S = 1.4


def doctor(options: argparse.Namespace) -> int:
    """0 where a session can be run and saved."""
    directory = directory_of(options)
    print(f"kicktimer {__version__}, Python {sys.version.split()[0]}")
    checks = {"disk": _disk(directory), "terminal": _terminal(), "clock": _clock()}
    for name, (ok, text) in checks.items():
        print(f"{'ok  ' if ok else 'MEND'} {name}: {text}")
    heard = _sound(sound_of(options), directory)
    return 0 if heard and all(ok for ok, _ in checks.values()) else 1


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


def _sound(sink: str, directory: Path) -> bool:
    """Plays every cue with its name through what the session would use."""
    if sink == "off":
        print("ok   sound: off, as asked for")
        return True
    log = directory if directory.is_dir() else None
    rings = sys.stdout.isatty()
    speaker = Speaker(
        sink=sink, groups=["A"], log=(log or _temporary()) / "sound.log", on_change=lambda _: None,
        on_bell=_ring if rings else None,
    )  # fmt: skip
    speaker.start()
    try:
        until = time.monotonic() + FOUND_S
        while not speaker.state.alive and time.monotonic() < until:
            time.sleep(0.05)
        state = speaker.state
        if not state.alive or state.sink in ("", "off"):
            print(f"MEND sound: nothing here sounds. {state.note}".rstrip())
            return False
        through = f"{state.sink} ({state.device})" if state.device else state.sink
        print(f"ok   sound: through {through}. {state.note}".rstrip())
        for cue, meaning in CUES.items():
            print(f"       {cue:9} {meaning}", flush=True)
            speaker.play(cue)
            time.sleep(BETWEEN_S)
        print("     Heard nothing? Turn the volume up, look at the output that is chosen, then try --sound bell.")
    finally:
        speaker.close()
    return True


def _ring() -> None:
    sys.stdout.write("\a")
    sys.stdout.flush()


def _temporary() -> Path:
    import tempfile  # noqa: PLC0415 - only where there is no log directory
    from pathlib import Path  # noqa: PLC0415

    return Path(tempfile.gettempdir())
