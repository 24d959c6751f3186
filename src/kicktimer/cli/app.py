"""`kicktimer` and `kicktimer run`: the app, on the pick screen or on a session.

What would spoil a session is said before it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from kicktimer.cli.saved import directory_of
from kicktimer.errors import KicktimerError, UsageError
from kicktimer.journal import probe
from kicktimer.settings import load_settings
from kicktimer.sound import SINKS

if TYPE_CHECKING:
    import argparse

    from kicktimer.cli.prepare import Prepared


def app(options: argparse.Namespace) -> int:
    """The app, with everything to choose from."""
    return _open(options, None)


def run(options: argparse.Namespace) -> int:
    """The app, ready to start one session."""
    from kicktimer.cli.prepare import prepare  # noqa: PLC0415 - the workout's faults come before anything else

    return _open(options, prepare(options))


def _open(options: argparse.Namespace, prepared: Prepared | None) -> int:
    need_terminal()
    sound = sound_of(options)
    directory = directory_of(options)
    probe(directory)
    from kicktimer.tui import open_app  # noqa: PLC0415 - Textual is loaded for the app alone

    return open_app(directory, sound, prepared)


def sound_of(options: argparse.Namespace) -> str:
    """The sound output that is asked for. Raises `UsageError`."""
    sound: str = options.sound or load_settings().sound
    if sound not in SINKS:
        raise UsageError(f"there is no sound output called {sound!r}", f"one of {', '.join(SINKS)}")
    return sound


def need_terminal() -> None:
    """Raises `KicktimerError` where there is no terminal that the app could use."""
    hint = "`kicktimer plan` and `kicktimer rehearse` need none"
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise KicktimerError("the app needs a terminal to show itself in and to take keys from", hint)
    if os.environ.get("TERM", "dumb") == "dumb":
        raise KicktimerError("this terminal cannot move its cursor (TERM is dumb or not set)", hint)
