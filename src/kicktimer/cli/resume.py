"""`kicktimer resume`: the app, on a session whose program has stopped before the session ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.cli.app import open_app
from kicktimer.cli.options import find_log, log_directory, settings_store
from kicktimer.interrupted_session import find_interrupted, load_interrupted
from kicktimer.system_clock import system_clock

if TYPE_CHECKING:
    import argparse


def resume(options: argparse.Namespace) -> int:
    """Opens the app on the session of LOG, or without it on the newest one that was interrupted."""
    clock = system_clock()
    if options.log is None:
        session = find_interrupted(log_directory(options, settings_store().settings), clock)
    else:
        session = load_interrupted(find_log(options), clock)
    return open_app(options, interrupted=session)
