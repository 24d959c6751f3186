"""`kicktimer export`: one session, an athlete's sessions or all of them, for other programs and other people."""

from __future__ import annotations

import sys
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.atomic_write import replace_file
from kicktimer.cli.export_text import Chosen, csv_text, html_text, json_text, markdown_text, own_part
from kicktimer.cli.options import log_directory
from kicktimer.cli.output import print_message, write_text
from kicktimer.cli.progress import with_progress
from kicktimer.errors import KicktimerError, UsageError
from kicktimer.exports.anonymity import Anonymizer
from kicktimer.exports.extras import MissingExtraError
from kicktimer.exports.shown_times import ShownTimes, round_hand_times
from kicktimer.history import Filter, History

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from kicktimer.review.records import SessionRecord

TEXT_FORMATS = {"csv": csv_text, "json": json_text, "md": markdown_text, "html": html_text}


def export(options: argparse.Namespace) -> int:
    """Writes the sessions to the file of `-o`, or to stdout. An interrupted export leaves no half file."""
    several = options.all or options.since is not None
    if several if options.log is not None else not (several or options.athlete is not None):
        raise UsageError(
            "export either one session or several", "kicktimer export today, or export --all, or --athlete NAME"
        )
    if options.output and Path(options.output).suffix == ".jsonl":
        raise UsageError(f"{options.output} would be a session log", f"name the file .{options.to}")
    with History(log_directory(options)) as history:
        chosen = _choose(history, options)
        try:
            if options.to in TEXT_FORMATS:
                _write_text(options.output, TEXT_FORMATS[options.to](chosen))
            else:
                _write_binary(options, chosen)
        except OSError as error:
            where = options.output or "the output"
            raise KicktimerError(f"{where} cannot be written: {error.strerror}", "-o FILE names another one") from error
        except MissingExtraError as error:
            install = f"{sys.executable} -m pip install '{error.requirement}'"
            raise KicktimerError(error.message, f"this installs it: {install}") from None
    return 0


def _write_text(output: str | None, pieces: Iterable[str]) -> None:
    if output is None:
        write_text(pieces)
        return
    with replace_file(Path(output)) as file:
        for piece in pieces:
            file.write(piece.encode("utf-8", "replace"))
    print_message(f"written: {output}")


def _write_binary(options: argparse.Namespace, chosen: Chosen) -> None:
    """Writes a workbook or FIT files, which a terminal cannot show."""
    from kicktimer.cli.export_files import write_fit, write_xlsx  # noqa: PLC0415 - the other formats need none of it

    if options.to == "fit":
        write_fit(chosen, options.output)
        return
    if options.output is None:
        raise UsageError("a workbook needs a file to be written to", "-o FILE.xlsx")
    with replace_file(Path(options.output)) as file:
        write_xlsx(file, chosen)
    print_message(f"written: {options.output}")


def _choose(history: History, options: argparse.Namespace) -> Chosen:
    """Returns what is to be exported. Raises `KicktimerError` where that is nothing."""
    anonymizer = Anonymizer(options.anonymous, history.all_names()) if options.anonymous else None

    def changed(session: SessionRecord) -> SessionRecord:
        if options.times == "hand" and options.to not in ("html", "md"):  # the pages round what they show
            session = round_hand_times(session)
        return session if anonymizer is None else anonymizer.session(session)

    count = 1 if options.log is not None else len(history.entries(_filter(history, options)))
    found = _sessions(history, options)
    first = next(found, None)
    if first is None:
        raise KicktimerError("no session to export", "kicktimer list shows the saved sessions")
    athlete = ""
    if options.athlete:
        athlete = history.find_name(options.athlete) if options.log is None else _name_in(first, options.athlete)
    if anonymizer is not None and athlete:
        athlete = anonymizer.pseudonym(athlete)
    return Chosen(
        count=count,
        sessions=map(changed, with_progress(chain([first], found), count, "sessions")),
        athlete=athlete,
        is_one=options.log is not None,
        with_others=options.others,
        times=ShownTimes(exact=options.times == "exact"),
        races=lambda: map(changed, history.sessions(Filter(rehearsed=options.rehearsed, races=True))),
    )


def _sessions(history: History, options: argparse.Namespace) -> Iterator[SessionRecord]:
    if options.log is not None:
        entry = history.resolve(options.log, date.today())  # noqa: DTZ011 - the user's own day
        record = history.session(entry.id)
        if record is None:
            raise KicktimerError(f"{entry.id} cannot be read: {entry.problem}", "kicktimer repair may help")
        yield record if options.athlete is None else _only(record, options.athlete, with_others=options.others)
        return
    yield from history.sessions(_filter(history, options))


def _filter(history: History, options: argparse.Namespace) -> Filter:
    athlete = history.find_name(options.athlete) if options.athlete else ""
    return Filter(athlete=athlete, since=options.since, rehearsed=options.rehearsed)


def _only(record: SessionRecord, athlete: str, *, with_others: bool) -> SessionRecord:
    """Returns the athlete's own part of a session, or all of it. Raises `KicktimerError` for who was not there."""
    name = _name_in(record, athlete)
    return record if with_others else own_part(record, name)


def _name_in(record: SessionRecord, athlete: str) -> str:
    """Returns the name as the session has it. Raises `KicktimerError` for who was not there."""
    name = next((each for each in record.names if each.casefold() == athlete.casefold()), None)
    if name is None:
        raise KicktimerError(f"{athlete} did not run in that session", f"one of {', '.join(record.names)}")
    return name
