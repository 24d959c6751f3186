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
from kicktimer.exports.json_document import json_pieces
from kicktimer.exports.rows import csv_lines
from kicktimer.history import Filter, History

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from kicktimer.review.records import SessionRecord

WRITERS = {"csv": csv_lines, "json": json_pieces}


def export(options: argparse.Namespace) -> int:
    """Writes the sessions to the file of `-o`, or to stdout. An interrupted export leaves no half file."""
    several = options.all or options.since is not None
    if several if options.log is not None else not (several or options.athlete is not None):
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
    athlete = history.find_name(options.athlete) if options.athlete else ""
    yield from history.sessions(Filter(athlete=athlete, since=options.since, rehearsed=options.rehearsed))


def _only(record: SessionRecord, athlete: str | None) -> SessionRecord:
    if athlete is None:
        return record
    name = next((each for each in record.names if each.casefold() == athlete.casefold()), None)
    if name is None:
        raise KicktimerError(f"{athlete} did not run in that session", f"one of {', '.join(record.names)}")
    return replace(record, reps=record.reps_of(name))


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
