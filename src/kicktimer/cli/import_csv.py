"""`kicktimer import`: times from a spreadsheet become sessions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kicktimer.cli.options import log_directory
from kicktimer.cli.output import print_message
from kicktimer.errors import KicktimerError
from kicktimer.history import Filter, History
from kicktimer.imports.csv_rows import UnclearDatesError, read_rows
from kicktimer.imports.csv_sessions import gather_sessions
from kicktimer.imports.csv_table import MAX_BYTES, read_table
from kicktimer.imports.session_log import session_log
from kicktimer.journal import LOG_VERSION, new_session_id, next_seq, read_header, write_logs
from kicktimer.review.charts.labels import count_label
from kicktimer.system_clock import local_time
from kicktimer.text import clean, format_fault

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from kicktimer.imports.csv_rows import ReadRows
    from kicktimer.imports.csv_sessions import ImportedSession
    from kicktimer.imports.csv_table import Table
    from kicktimer.imports.dates import DateOrder

ORDERS: dict[str, DateOrder] = {"d": "dmy", "day": "dmy", "m": "mdy", "month": "mdy"}


def import_csv(options: argparse.Namespace) -> int:
    """Saves the sessions of the file that are not here yet. Nothing is saved if anything in the file is wrong."""
    path = Path(options.file)
    table = read_table(_read(path), path.name)
    if table.encoding == "cp1252":
        print_message(f"{path.name} is no UTF-8: it is read as Windows text. Are the names right?")
    read = _rows(table, options.dates)
    for warning in read.warnings:
        print_message(format_fault(warning))
    sessions = gather_sessions(table, read.rows)
    directory = log_directory(options)
    new = _new_ones(directory, sessions)
    if not new:
        print_message(f"nothing to import: {count_label(len(sessions), 'session')} of {path.name} are here already")
        return 0
    try:
        written = write_logs(directory, _logs(new, directory, path.name))
    except OSError as error:
        raise KicktimerError(
            f"nothing was imported: {directory} cannot be written ({error.strerror})", "--log-dir DIRECTORY"
        ) from None
    times = sum(row.time_ms is not None for each in new for rep in each.reps for row in rep.rows)
    print_message(f"imported: {count_label(len(written), 'session')} with {count_label(times, 'time')}")
    if len(sessions) > len(new):
        print_message(f"left out: {count_label(len(sessions) - len(new), 'session')} that were here already")
    print_message("kicktimer review shows them, kicktimer list names them")
    return 0


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise KicktimerError(f"{path} cannot be read: {error.strerror}", "the name of a CSV file") from error


def _rows(table: Table, order: DateOrder | None) -> ReadRows:
    """Returns the rows; asks whether dates begin with the day or the month where that is unclear."""
    try:
        return read_rows(table, order)
    except UnclearDatesError as error:
        if not sys.stdin.isatty():
            hint = "--dates dmy (day first) or --dates mdy (month first)"
            raise KicktimerError(f"{table.file}: {error.faults[0].problem.removeprefix('date: ')}", hint) from None
        print_message(format_fault(error.faults[0]))
        print_message("Do its dates begin with the day or with the month? d or m")
        answer = ORDERS.get(sys.stdin.readline().strip().lower())
        if answer is None:
            raise KicktimerError("nothing was imported", "d for day first, m for month first") from None
        return read_rows(table, answer)


def _new_ones(directory: Path, sessions: Sequence[ImportedSession]) -> list[ImportedSession]:
    """Returns the sessions that are not here: neither under their id, nor imported from another file."""
    with History(directory) as history:
        entries = history.entries(Filter(rehearsed=True))
    ids = {entry.id for entry in entries}
    headers = [read_header(entry.path).get("import") for entry in entries if entry.imported]
    imported = [each for each in headers if isinstance(each, dict)]
    fingerprints = {each.get("fingerprint") for each in imported}
    sources = {each.get("session") for each in imported} - {"", None}
    new = []
    for session in sessions:
        if session.source_id in sources and session.fingerprint not in fingerprints:
            print_message(
                f"session {session.source_id} was imported before, with other times: it stays as it is here"
                " (kicktimer correct changes a time)"
            )
        if session.source_id not in ids | sources and session.fingerprint not in fingerprints:
            new.append(session)
    return new


def _logs(
    sessions: Sequence[ImportedSession], directory: Path, file: str
) -> Iterator[tuple[str, dict[str, Any], list[dict[str, Any]]]]:
    seq = next_seq(directory)
    for number, session in enumerate(sessions):
        moment = session.moment if session.moment.tzinfo else session.moment.astimezone()
        session_id = new_session_id(moment)
        fields, facts = session_log(session)
        header = {
            "kicktimer_log": LOG_VERSION, "id": session_id, "app": "import", "workout": {}, **fields,
            "started": session.date or moment.isoformat(timespec="milliseconds"), "seq": seq + number,
            "clock": {"name": "typed"},
            "import": {"file": clean(file), "session": session.source_id, "fingerprint": session.fingerprint},
        }  # fmt: skip
        wall = local_time().isoformat(timespec="milliseconds")
        yield session_id, header, [{**fact, "wall": wall} for fact in facts]
