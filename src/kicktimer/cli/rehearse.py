"""`kicktimer rehearse`: runs a session on a virtual clock, at once, or in the app at many times real time."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from kicktimer import __version__
from kicktimer.cli.output import print_json, print_message, print_text
from kicktimer.cli.session_options import PreparedSession, prepare_session
from kicktimer.cli.session_print import printed_session
from kicktimer.errors import KicktimerError, UsageError
from kicktimer.journal import LOG_VERSION, new_session_id, write_log
from kicktimer.library import read_user_file
from kicktimer.plan import dump
from kicktimer.rehearsal import OnTargetPlayer, Player, Rehearsal, ScriptPlayer, read_script, rehearse_on_target
from kicktimer.rehearsal import rehearse as run_script
from kicktimer.results import document, results
from kicktimer.session import to_fact
from kicktimer.squad import dump_squad
from kicktimer.workout import dump_workout

if TYPE_CHECKING:
    import argparse

    from kicktimer.session import AnyCommand


def rehearse(options: argparse.Namespace) -> int:
    """Runs the session and prints its results; with `--speed` the app shows it and nothing is printed."""
    if options.speed is not None and options.json:
        raise UsageError("--json prints results, and --speed shows them in the app", "leave one of them out")
    prepared = prepare_session(options)
    script = _script(options, prepared)
    if options.speed is not None:
        return _play(options, prepared, script)
    rehearsal = rehearse_on_target(prepared.plan) if script is None else run_script(prepared.plan, script)
    log_id = new_session_id(datetime.now().astimezone())
    if options.log:
        _write_log(Path(options.log), log_id, prepared, rehearsal)
    found = results(rehearsal.state)
    if options.json:
        print_json(document(prepared.plan, log_id, found, rehearsal.refused))
        return 0
    print_text(printed_session(prepared.plan, found))
    for refused in rehearsal.refused:
        print_message(f"{options.script}:{refused['line']}: {refused['do']} refused: {refused['reason']}")
    return 0


def _script(options: argparse.Namespace, prepared: PreparedSession) -> tuple[tuple[int, AnyCommand], ...] | None:
    """Returns the commands of `--script`, each with its line number; None without a script."""
    if not options.script:
        return None
    try:
        text = read_user_file(options.script).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise KicktimerError(f"{options.script}: a script is UTF-8 text") from None
    return read_script(text, options.script, prepared.plan)


def _play(
    options: argparse.Namespace, prepared: PreparedSession, script: tuple[tuple[int, AnyCommand], ...] | None
) -> int:
    """Runs the rehearsal in the app, with sound. Its log goes to a temporary directory, and from there to `--log`."""
    from kicktimer.cli.app import require_terminal, session_opener  # noqa: PLC0415 - only --speed opens the app
    from kicktimer.cli.options import requested_sink, settings_store  # noqa: PLC0415

    require_terminal()
    store, sink = settings_store(), requested_sink(options)
    if options.log and Path(options.log).exists():
        raise KicktimerError(f"{options.log} is there already", "give another name")
    player: Player = OnTargetPlayer(prepared.plan) if script is None else ScriptPlayer(script)
    from kicktimer.tui import run_app  # noqa: PLC0415 - Textual is loaded for the app alone
    from kicktimer.tui.keymap import build_keymap  # noqa: PLC0415

    with TemporaryDirectory(prefix="kicktimer-") as scratch:
        open_session = partial(
            session_opener,
            directory=Path(scratch),
            settings=store.settings,
            sink=sink,
            speed=options.speed,
            player=player,
        )
        start = open_session(prepared.plan, prepared.workout, prepared.squad)
        closed = run_app(open_session, start=start, keymap=build_keymap(store.settings.keys), settings_store=store)
        if options.log and closed is not None and closed.log_path is not None:
            try:
                Path(options.log).write_bytes(closed.log_path.read_bytes())
            except OSError as error:
                raise KicktimerError(f"{options.log} could not be written: {error.strerror}") from None
    return 0


def _write_log(path: Path, log_id: str, prepared: PreparedSession, rehearsal: Rehearsal) -> None:
    """Writes the events of a rehearsal to `path` as a session log. Raises `KicktimerError` if that fails."""
    header = {
        "kicktimer_log": LOG_VERSION,
        "id": log_id,
        "app": f"kicktimer {__version__} rehearsal",
        "workout": dump_workout(prepared.workout),
        "squad": dump_squad(prepared.squad),
        "plan": dump(prepared.plan),
        "started": datetime.now().astimezone().isoformat(timespec="milliseconds"),
        "clock": {"name": "virtual"},
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_log(path, header, [to_fact(event) for event in rehearsal.events])
    except OSError as error:
        raise KicktimerError(
            f"{path} could not be written: {error.strerror}", "name another file with --log FILE"
        ) from None
