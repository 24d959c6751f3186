"""What `list` and `show` take from a session log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kicktimer.errors import KicktimerError
from kicktimer.journal import start_timestamp
from kicktimer.plan import load
from kicktimer.results import replay, results
from kicktimer.text import clean, clean_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kicktimer.journal import Log, SavedSession
    from kicktimer.plan import Plan
    from kicktimer.results import Results

EARLIEST_START = datetime(2020, 1, 1, tzinfo=UTC).timestamp()  # no session can be older than the program


def find_doubtful_dates(newest_first: Sequence[SavedSession]) -> set[Path]:
    """Returns the files of the sessions that started while the machine's wall clock was wrong.

    A start is doubtful if it is before 2020, or earlier than the start of the session before it by `seq`. Sessions
    without `seq` are ordered by their start, so only the year is checked. A start that is no ISO time is not checked.
    """
    doubtful = set()
    previous: float | None = None
    for saved in reversed(newest_first):
        started = start_timestamp(saved.order.started)
        if started is None:
            continue
        if started < EARLIEST_START or (previous is not None and started < previous):
            doubtful.add(saved.path)
        previous = started if saved.order.seq else None
    return doubtful


def replay_log(log: Log, name: str) -> tuple[Plan, Results]:
    """Returns the plan and the results of a session. `name` stands for the log in the message of a `KicktimerError`."""
    try:
        plan = load(clean_json(log.header.get("plan")))
        return plan, results(replay(plan, clean_json([*log.facts])))
    except ValueError as error:
        raise KicktimerError(f"{name}: the header's plan does not read: {str(error).splitlines()[0]}") from None


def start_text(started: str) -> str:
    """Returns the `started` of a header as `2026-11-23 18:30`; where it is no ISO time, its first 20 characters."""
    try:
        return f"{datetime.fromisoformat(started):%Y-%m-%d %H:%M}"
    except ValueError:
        return clean(started)[:20]
