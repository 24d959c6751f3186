"""`kicktimer export`: one session, an athlete's sessions or all of them, for a spreadsheet or a program."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.atomic_write import replace_file
from kicktimer.cli.options import log_directory
from kicktimer.cli.output import print_message, write_text
from kicktimer.errors import KicktimerError, UsageError
from kicktimer.export import csv_lines, json_pieces
from kicktimer.history import Filter, History

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from kicktimer.review.records import SessionRecord

WRITERS = {"csv": csv_lines, "json": json_pieces}


def export(options: argparse.Namespace) -> int:
    """Writes the sessions to the file of `-o`, or to stdout. An interrupted export leaves no half file."""
    if (options.log is None) == (not options.all and options.athlete is None and options.since is None):
        raise UsageError(
            "export either one session or several", "kicktimer export today, or export --all, or --athlete NAME"
        )
    with History(log_directory(options)) as history:
        found = _sessions(history, options)
        first = next(found, None)
        if first is None:
            raise KicktimerError("no session to export", "kicktimer list shows the saved sessions")
        pieces = WRITERS[options.to](chain([first], found))
        if options.output is None:
            write_text(pieces)
        else:
            _write_file(Path(options.output), pieces)
    return 0


def _sessions(history: History, options: argparse.Namespace) -> Iterator[SessionRecord]:
    if options.log is not None:
        entry = history.resolve(options.log, date.today())  # noqa: DTZ011 - the user's own day
        record = history.session(entry.id)
        if record is None:
            raise KicktimerError(f"{entry.id} cannot be read: {entry.problem}", "kicktimer repair may help")
        yield _only(record, options.athlete)
        return
    wanted = Filter(athlete=options.athlete or "", since=options.since, rehearsed=options.rehearsed)
    if options.athlete and options.athlete not in history.names():
        raise KicktimerError(f"nobody called {options.athlete} has run", _known(history.names()))
    yield from history.sessions(wanted)


def _only(record: SessionRecord, athlete: str | None) -> SessionRecord:
    if athlete is None:
        return record
    if athlete not in record.names:
        raise KicktimerError(f"{athlete} did not run in that session", _known(record.names))
    return replace(record, reps=record.reps_of(athlete))


def _known(names: Iterable[str]) -> str:
    return f"one of {', '.join(names)}"


def _write_file(path: Path, pieces: Iterable[str]) -> None:
    if path.suffix == ".jsonl":
        raise UsageError(f"{path} would be a session log", "name the file .csv or .json")
    try:
        with replace_file(path) as file:
            for piece in pieces:
                file.write(piece.encode("utf-8", "replace"))
    except OSError as error:
        raise KicktimerError(f"{path} cannot be written: {error.strerror}", "-o FILE names another one") from error
    print_message(f"written: {path}")
