"""`kicktimer` and `kicktimer run`: the app, on the pick screen or on a session.

What would spoil a session is said before it.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from kicktimer.cli.options import log_directory, requested_sink
from kicktimer.cli.output import print_message
from kicktimer.errors import KicktimerError
from kicktimer.journal import probe
from kicktimer.settings import load_settings

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from kicktimer.cli.session_options import PreparedSession
    from kicktimer.plan import Plan
    from kicktimer.rehearsal import Player
    from kicktimer.settings import Settings
    from kicktimer.squad import Squad
    from kicktimer.tui.app import ClosedSession, SessionOpener
    from kicktimer.workout import Workout


def app(options: argparse.Namespace) -> int:
    """The app, with everything to choose from."""
    from kicktimer.library import load_squad  # noqa: PLC0415 - as `prepare` in `run`

    return _open(options, None, load_squad(options.squad)[0] if options.squad else None)


def run(options: argparse.Namespace) -> int:
    """The app, ready to start one session."""
    from kicktimer.cli.session_options import prepare  # noqa: PLC0415 - the workout's faults come before anything else

    return _open(options, prepare(options))


def _open(options: argparse.Namespace, prepared: PreparedSession | None, squad: Squad | None = None) -> int:
    """The exit status. What was said on the screen about saving is said again after it."""
    need_terminal()
    settings, sink = load_settings(), requested_sink(options)
    directory = log_directory(options)
    probe(directory)
    from kicktimer.tui import play  # noqa: PLC0415 - Textual is loaded for the app alone

    def open_live(plan: Plan, workout: Workout, of: Squad) -> SessionOpener:
        return opener(plan, workout, of, directory=directory, settings=settings, sink=sink)

    start = None if prepared is None else open_live(prepared.plan, prepared.workout, prepared.squad)
    left = play(open_live, start=start, squad=squad, squad_file=options.squad or "", on_left=tell)
    return 0 if left is None or left.log_path is None or left.saved else 1


def tell(left: ClosedSession) -> None:
    """What became of the session, on stderr. Times that no disk has taken are written out."""
    if left.trouble:
        print_message(f"kicktimer: {left.trouble}")
    if left.log_path is None:
        return
    if left.saved:
        print_message(f"saved: {left.log_path}")
        return
    from kicktimer.cli.result_tables import session_table  # noqa: PLC0415 - only where there is nothing better
    from kicktimer.results import results  # noqa: PLC0415

    print_message(session_table(left.plan, results(left.state)))
    print_message("kicktimer: the session could not be saved in full; its times are above")


def opener(
    plan: Plan,
    workout: Workout,
    squad: Squad,
    *,
    directory: Path,
    settings: Settings,
    sink: str | None,
    speed: float = 1.0,
    player: Player | None = None,
) -> SessionOpener:
    """What makes the live session once the app runs; a rehearsal has a `speed` and a `player`."""
    from kicktimer.live_session import LiveSession  # noqa: PLC0415 - it brings the event loop
    from kicktimer.squad import dump_squad  # noqa: PLC0415
    from kicktimer.workout import dump_workout  # noqa: PLC0415

    return partial(
        LiveSession,
        plan,
        workout=dump_workout(workout),
        squad=dump_squad(squad),
        log_dir=directory,
        settings=settings,
        sink=sink,
        speed=speed,
        player=player,
    )


def need_terminal() -> None:
    """Raises `KicktimerError` where there is no terminal that the app could use."""
    hint = "`kicktimer plan` and `kicktimer rehearse` need none"
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise KicktimerError("the app needs a terminal to show itself in and to take keys from", hint)
    if not sys.stderr.isatty():
        raise KicktimerError("the app draws on stderr, and that is no terminal", "run it without `2>`")
    if os.environ.get("TERM", "dumb") == "dumb":
        raise KicktimerError("this terminal cannot move its cursor (TERM is dumb or not set)", hint)
