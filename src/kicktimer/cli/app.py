"""`kicktimer` without a command: the app on the pick screen. Also what `run` and `rehearse --speed` share with it.

Whatever would keep a session from being run or saved is reported before the app opens.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from kicktimer.cli.options import log_directory, requested_sink, settings_store
from kicktimer.cli.output import print_message
from kicktimer.errors import KicktimerError
from kicktimer.interrupted_session import interrupted_lately
from kicktimer.journal import check_writable
from kicktimer.system_clock import system_clock

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from pathlib import Path

    from kicktimer.cli.session_options import PreparedSession
    from kicktimer.gpio import Gpio
    from kicktimer.history import History
    from kicktimer.interrupted_session import InterruptedSession
    from kicktimer.plan import Plan
    from kicktimer.rehearsal import Player
    from kicktimer.session.events import ClockBasis
    from kicktimer.settings import Settings
    from kicktimer.squad import Squad
    from kicktimer.tui.session_app import ClosedSession, SessionOpener
    from kicktimer.workout import Workout


def app(options: argparse.Namespace) -> int:
    """Opens the app on the pick screen and returns the exit status."""
    if not options.squad:
        return open_app(options)
    from kicktimer.library import load_squad  # noqa: PLC0415 - without --squad the app opens faster

    return open_app(options, squad=load_squad(options.squad)[0])


def open_app(
    options: argparse.Namespace,
    prepared: PreparedSession | None = None,
    *,
    squad: Squad | None = None,
    interrupted: InterruptedSession | None = None,
    header: Mapping[str, Any] | None = None,
) -> int:
    """Opens the app on `prepared`, on the session `interrupted`, or on the pick screen with `squad` chosen.

    `header` has further fields of the log of `prepared`. Returns 1 if a session is not saved.

    Raises `KicktimerError` before the app opens if there is no usable terminal or no place to save a session.
    """
    require_terminal()
    store, sink = settings_store(), requested_sink(options)

    def directory() -> Path:
        """Returns where sessions are saved now: the settings screen may change it."""
        return log_directory(options, store.settings)

    check_writable(directory())
    from kicktimer.tui import run_app  # noqa: PLC0415 - Textual is loaded for the app alone
    from kicktimer.tui.keymap import build_keymap  # noqa: PLC0415

    def open_session(plan: Plan, workout: Workout, squad: Squad, **more: Any) -> SessionOpener:
        return session_opener(plan, workout, squad, directory=directory(), settings=store.settings, sink=sink, **more)

    def resume_session(session: InterruptedSession, opened_at: float, basis: ClockBasis) -> SessionOpener:
        return session_resumer(session, opened_at, basis, settings=store.settings, sink=sink)

    clock = system_clock()
    start = (
        None if prepared is None else open_session(prepared.plan, prepared.workout, prepared.squad, more_header=header)
    )
    pins, pins_problem = open_pins(store.settings)
    try:
        closed = run_app(
            open_session,
            resume_session,
            start=start,
            interrupted=interrupted,
            find_interrupted=lambda: interrupted_lately(directory(), clock),
            squad=squad,
            squad_file=options.squad or "",
            keymap=build_keymap(store.settings.keys),
            open_history=lambda: open_history(directory()),
            settings_store=store,
            pins=pins,
            pins_problem=pins_problem,
            on_closed=report_closed_session,
        )
    finally:
        if pins is not None:
            pins.close()
    return 0 if closed is None or closed.log_path is None or closed.saved else 1


def open_pins(settings: Settings) -> tuple[Gpio | None, str]:
    """Opens the buttons and the horn of the settings. Returns them, or None and a sentence that says why not, if any.

    What to do about it is printed on stderr, where it stands when the app is closed.
    """
    if settings.gpio is None:
        return None, ""
    from kicktimer.gpio import Gpio, GpioError  # noqa: PLC0415 - hardly anybody has buttons on pins

    try:
        return Gpio(settings.gpio), ""
    except GpioError as error:
        print_message(f"kicktimer: {error}")
        return None, f"{error.message} (kicktimer doctor)"


def open_history(directory: Path) -> History:
    """Returns the history of a directory."""
    from kicktimer.history import History  # noqa: PLC0415 - a session needs no history

    return History(directory)


def report_closed_session(closed: ClosedSession) -> None:
    """Prints on stderr where a session is saved. If it is not saved in full, prints its times instead."""
    if closed.trouble is not None:
        print_message(f"kicktimer: {closed.trouble.sentence()}")
    if closed.log_path is None:
        return
    if closed.saved:
        print_message(f"saved: {closed.log_path}")
        if closed.state.ended is None:
            print_message("the session has not ended: `kicktimer resume` goes on with it")
        return
    from kicktimer.cli.session_print import printed_session  # noqa: PLC0415 - hardly ever needed
    from kicktimer.results import results  # noqa: PLC0415

    print_message(printed_session(closed.plan, results(closed.state)))
    lost = closed.unsaved_facts
    print_message(
        "kicktimer: the session could not be saved in full; its times are above. "
        f"{closed.log_path} lacks {f'the entries {lost[0]} to {lost[-1]}' if lost else 'its end'}"
    )


def session_opener(
    plan: Plan,
    workout: Workout,
    squad: Squad,
    *,
    directory: Path,
    settings: Settings,
    sink: str | None,
    speed: float = 1.0,
    player: Player | None = None,
    more_header: Mapping[str, Any] | None = None,
) -> SessionOpener:
    """Returns a function that creates the `LiveSession` once the app's event loop runs.

    Only a rehearsal has a `speed` other than 1 and a `player`, which presses the keys.
    """
    from kicktimer.live_session import LiveSession  # noqa: PLC0415 - asyncio is loaded only once the app is to open
    from kicktimer.squad import dump_squad  # noqa: PLC0415
    from kicktimer.workout import dump_workout  # noqa: PLC0415

    return partial(
        LiveSession.open,
        plan,
        workout=dump_workout(workout),
        squad=dump_squad(squad),
        log_dir=directory,
        settings=settings,
        sink=sink,
        speed=speed,
        player=player,
        more_header=more_header,
    )


def session_resumer(
    session: InterruptedSession, opened_at: float, basis: ClockBasis, *, settings: Settings, sink: str | None
) -> SessionOpener:
    """Returns a function that carries the session on once the app's event loop runs."""
    from kicktimer.live_session import LiveSession  # noqa: PLC0415 - as above

    return partial(LiveSession.resume, session, opened_at, basis, settings=settings, sink=sink)


def require_terminal() -> None:
    """Raises `KicktimerError` unless stdin, stdout and stderr are a terminal whose cursor can be moved."""
    hint = "`kicktimer plan` and `kicktimer rehearse` need none"
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise KicktimerError("the app needs a terminal to show itself in and to take keys from", hint)
    if not sys.stderr.isatty():
        raise KicktimerError("the app draws on stderr, and that is no terminal", "run it without `2>`")
    if os.environ.get("TERM", "dumb") == "dumb":
        raise KicktimerError("this terminal cannot move its cursor (TERM is dumb or not set)", hint)
