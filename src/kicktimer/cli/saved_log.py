"""What `list` and `show` take from a session log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kicktimer.journal import LineFault, start_timestamp
from kicktimer.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kicktimer.history import SessionEntry

EARLIEST_START = datetime(2020, 1, 1, tzinfo=UTC).timestamp()  # no session can be older than the program


def find_doubtful_dates(newest_first: Sequence[SessionEntry]) -> set[Path]:
    """Returns the files of the sessions that started while the machine's wall clock was wrong.

    A start is doubtful if it is before 2020, or earlier than the start of the session before it by `seq`. Sessions
    without `seq` are ordered by their start, so only the year is checked. A start that is no ISO time is not checked.
    """
    doubtful = set()
    previous: float | None = None
    for saved in reversed(newest_first):
        started = start_timestamp(saved.started)
        if started is None:
            continue
        if started < EARLIEST_START or (previous is not None and started < previous):
            doubtful.add(saved.path)
        previous = started if saved.seq else None
    return doubtful


def damage_text(name: str, fault: LineFault) -> str:
    """Returns which line of a log is damaged, and why."""
    return f"{name}:{fault.line}: this line is damaged: {fault.problem}"


def sound_text(count: int) -> str:
    """Returns how much of a damaged log is sound."""
    return {0: "Nothing before it is sound", 1: "The entry before it is sound"}.get(
        count, f"The {count} entries before it are sound"
    )


def start_text(started: str) -> str:
    """Returns the `started` of a header as `2026-11-23 18:30`; where it is no ISO time, its first 20 characters."""
    try:
        return f"{datetime.fromisoformat(started):%Y-%m-%d %H:%M}"
    except ValueError:
        return clean(started)[:20]
