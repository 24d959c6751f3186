"""`kicktimer export`: one session, an athlete's sessions or all of them, for other programs and other people."""

from __future__ import annotations

from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.atomic_write import replace_file
from kicktimer.cli.export_text import Chosen, csv_text, html_text, json_text, markdown_text, own_part
from kicktimer.cli.options import log_directory
from kicktimer.cli.output import print_message, write_text
from kicktimer.errors import KicktimerError, UsageError
from kicktimer.exports.anonymity import Anonymizer
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
    with History(log_directory(options)) as history:
        chosen = _choose(history, options)
        pieces = TEXT_FORMATS[options.to](chosen)
        if options.output is None:
            write_text(pieces)
        else:
            _write_file(Path(options.output), pieces)
    return 0


def _choose(history: History, options: argparse.Namespace) -> Chosen:
    """Returns what is to be exported. Raises `KicktimerError` where that is nothing."""
    anonymizer = Anonymizer(options.anonymous) if options.anonymous else None

    def changed(session: SessionRecord) -> SessionRecord:
        if options.times == "hand" and options.to not in ("html", "md"):  # the pages round what they show
            session = round_hand_times(session)
        return session if anonymizer is None else anonymizer.session(session)

    found = _sessions(history, options)
    first = next(found, None)
    if first is None:
        raise KicktimerError("no session to export", "kicktimer list shows the saved sessions")
    athlete = "" if options.log is not None or not options.athlete else history.find_name(options.athlete)
    if anonymizer is not None and athlete:
        athlete = anonymizer.pseudonym(athlete)
    return Chosen(
        sessions=map(changed, chain([first], found)),
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
    athlete = history.find_name(options.athlete) if options.athlete else ""
    yield from history.sessions(Filter(athlete=athlete, since=options.since, rehearsed=options.rehearsed))


def _only(record: SessionRecord, athlete: str, *, with_others: bool) -> SessionRecord:
    """Returns the athlete's own part of a session, or all of it. Raises `KicktimerError` for who was not there."""
    name = next((each for each in record.names if each.casefold() == athlete.casefold()), None)
    if name is None:
        raise KicktimerError(f"{athlete} did not run in that session", f"one of {', '.join(record.names)}")
    return record if with_others else own_part(record, name)


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
