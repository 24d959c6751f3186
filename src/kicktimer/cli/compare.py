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

    from kicktimer.review.records import SessionRecord

DEFAULT_WIDTH = 80


def compare(options: argparse.Namespace) -> int:
    """Prints two sessions or two athletes side by side; of one athlete, this season beside the last one."""
    width = get_terminal_size((DEFAULT_WIDTH, 24)).columns
    today = date.today()  # noqa: DTZ011 - the user's own day
    with History(log_directory(options)) as history:
        names = {name.casefold(): name for name in history.names()}
        athletes = [names.get(each.casefold()) for each in options.what]
        if len(options.what) == 1:
            athlete = history.find_name(options.what[0])
            sessions = [*history.sessions(Filter(athlete=athlete, races=False))]
            head, lines = athlete, season_comparison(athlete, sessions, today.year, width)
        elif len(options.what) != 2:
            raise UsageError("two sessions or two athletes can be compared", "kicktimer compare 2 1")
        elif athletes[0] is not None and athletes[1] is not None:
            session = history.newest_common(athletes[0], athletes[1])
            if session is None:
                both = f"{athletes[0]} and {athletes[1]}"
                raise KicktimerError(f"{both} have not run in one session", "two sessions: kicktimer compare 2 1")
            head = f"{session.workout} · {session.date[:10]}"
            lines = athlete_comparison(session, athletes[0], athletes[1], width)
        else:
            left, right = (_session(history, each, today) for each in options.what)
            head = left.workout if left.workout == right.workout else f"{left.workout} · {right.workout}"
            lines = session_comparison(left, right, width)
    print_text("\n".join([head, "", *lines]))
    return 0


def _session(history: History, name: str, today: date) -> SessionRecord:
    entry = history.resolve(name, today)
    record = history.session(entry.id)
    if record is None:
        raise KicktimerError(
            f"{entry.path.name} cannot be read: {entry.problem}", "kicktimer repair writes what is sound"
        )
    return record
