"""`kicktimer compare`: two sessions, two athletes, or an athlete's season and the one before, side by side."""

from __future__ import annotations

from datetime import date
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from kicktimer.cli.options import log_directory
from kicktimer.cli.output import print_text
from kicktimer.errors import KicktimerError, UsageError
from kicktimer.history import Filter, History
from kicktimer.review.compare_text import athlete_comparison, season_comparison, session_comparison

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from kicktimer.review.records import SessionRecord

DEFAULT_WIDTH = 80


def compare(options: argparse.Namespace) -> int:
    """Prints two sessions or two athletes side by side; of one athlete, this season beside the last one."""
    width = get_terminal_size((DEFAULT_WIDTH, 24)).columns
    if len(options.what) > 2:
        raise UsageError("two sessions or two athletes can be compared", "kicktimer compare 2 1")
    with History(log_directory(options)) as history:
        if len(options.what) == 1:
            athlete = history.find_name(options.what[0])
            sessions = [*history.sessions(Filter(athlete=athlete, races=False))]
            head, lines = athlete, season_comparison(athlete, sessions, width)
        elif any(_is_athlete(history, each) for each in options.what):
            head, lines = _compare_athletes(history, options.what, width)
        else:
            left, right = (_session(history, each) for each in options.what)
            head = left.workout if left.workout == right.workout else f"{left.workout} · {right.workout}"
            lines = session_comparison(left, right, width)
    print_text("\n".join([head, "", *lines]))
    return 0


def _is_athlete(history: History, text: str) -> bool:
    return text.casefold() in {name.casefold() for name in history.names()}


def _compare_athletes(history: History, names: Sequence[str], width: int) -> tuple[str, list[str]]:
    """Returns a head line and the lines of two athletes in the newest session that both ran."""
    left, right = map(history.find_name, names)
    session = history.newest_common(left, right)
    if session is None:
        raise KicktimerError(f"{left} and {right} have not run in one session", "two sessions: kicktimer compare 2 1")
    return f"{session.workout} · {session.date[:10]}", athlete_comparison(session, left, right, width)


def _session(history: History, name: str) -> SessionRecord:
    entry = history.resolve(name, date.today())  # noqa: DTZ011 - the user's own day
    record = history.session(entry.id)
    if record is None:
        raise KicktimerError(
            f"{entry.path.name} cannot be read: {entry.problem}", "kicktimer repair writes what is sound"
        )
    return record
