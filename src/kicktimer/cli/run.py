"""`kicktimer run`: the app, ready to start one session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.cli.app import open_app
from kicktimer.cli.session_options import prepare_session

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Opens the app on the live screen of the session and returns the exit status."""
    return open_app(options, prepare_session(options))
