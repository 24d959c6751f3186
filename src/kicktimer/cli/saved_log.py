"""What `list` and `show` take from a session log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kicktimer.errors import KicktimerError
from kicktimer.journal import LineFault, start_timestamp
from kicktimer.plan import load
from kicktimer.results import replay_sound, results
from kicktimer.text import clean, clean_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kicktimer.history import SessionEntry
    from kicktimer.journal import Log
    from kicktimer.plan import Plan
    from kicktimer.results import Results
    from kicktimer.session import State

NO_PLAN = "nothing can be read from a log without its plan; a copy of the file may be sound"
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


@dataclass(frozen=True, slots=True)
class ReplayedLog:
    """The sound part of a session: what its facts mean up to the first one that is damaged or does not fit.

    `sound_facts` is the number of those facts. `fault` is the line after them that is wrong, None if there is none.
    """

    plan: Plan
    state: State
    sound_facts: int
    fault: LineFault | None

    @property
    def results(self) -> Results:
        return results(self.state)


def replay_log(log: Log, name: str) -> ReplayedLog:
    """Replays the sound part of a log. `name` stands for the log in the message of a `KicktimerError`."""
    plan = load_plan(log, name)
    replayed = replay_sound(plan, map(clean_json, log.facts))
    fault = LineFault(replayed.sound_facts + 2, clean(replayed.problem)) if replayed.problem else log.fault
    return ReplayedLog(plan, replayed.state, replayed.sound_facts, fault)


def load_plan(log: Log, name: str) -> Plan:
    """Returns the plan in the header of a log. Raises `KicktimerError` with the log's `name` if it has none."""
    try:
        return load(clean_json(log.header.get("plan")))
    except (KicktimerError, ValueError, RecursionError) as error:
        message = error.message if isinstance(error, KicktimerError) else str(error).partition("\n")[0]
        raise KicktimerError(f"{name}:1: the header has no sound plan ({clean(message)})", NO_PLAN) from None


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
