"""Sessions whose program has stopped before they ended: how to find them, and what is known of the time since.

A log has clock anchors: in its header, and in each `resumed` fact. If the machine has not been restarted since the
newest one, its boot-time clock gives the present moment of the session. After a restart only the wall clock is left. A
step of that clock cannot be told from a pause, so its answer is a proposal at most, which the coach confirms.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING, Any

from kicktimer.errors import KicktimerError
from kicktimer.history import History
from kicktimer.journal import LogInUseError, read_log
from kicktimer.plan import load
from kicktimer.results import replay_sound
from kicktimer.text import clean, clean_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kicktimer.journal import Log
    from kicktimer.plan import Plan
    from kicktimer.session import State
    from kicktimer.system_clock import SystemClock

MAX_PLAUSIBLE_GAP_MS = 12 * 3_600_000
"""A longer pause is no pause of a session: the wall clock is wrong, or the session is an old one."""


@dataclass(frozen=True, slots=True)
class InterruptedSession:
    """A log without `session_ended`, and the state after its facts. `clock` has the present clocks."""

    path: Path
    log: Log
    plan: Plan
    state: State
    clock: SystemClock

    def known_opening(self) -> float | None:
        """Returns what `clock.boottime` showed at 0 of the session's clock.

        Returns None if that cannot be known: the machine has been restarted since, or nothing tells its boots apart.
        """
        anchor, boot_id = self._anchor, self.clock.boot_id()
        at_open = anchor.get("at_open")
        if not boot_id or not self.clock.counts_sleep or not isinstance(at_open, int | float) or not isfinite(at_open):
            return None
        if (anchor.get("boot_id"), anchor.get("name")) != (boot_id, self.clock.name):
            return None
        return at_open if self.opening_after(0) >= at_open else None

    def opening_after(self, gap_ms: int) -> float:
        """Returns what `clock.boottime` showed at 0 of the session's clock, if the newest fact is `gap_ms` old."""
        return self.clock.boottime() - (self.state.now + gap_ms) / 1000

    @property
    def stopped_at(self) -> datetime | None:
        """The wall time of the newest fact, None if the log does not have it."""
        try:
            wall = datetime.fromisoformat(str(self.log.facts[-1].get("wall")))
        except (IndexError, ValueError):
            return None
        return wall if wall.tzinfo is not None else None

    @property
    def wall_gap_ms(self) -> int | None:
        """How old the newest fact is by the wall clock; None if the log does not say."""
        stopped = self.stopped_at
        return None if stopped is None else round((self.clock.wall() - stopped).total_seconds() * 1000)

    @property
    def plausible_gap_ms(self) -> int | None:
        """How old the newest fact is by the wall clock, None if that is no pause of a session."""
        gap = self.wall_gap_ms
        return gap if gap is not None and 0 <= gap <= MAX_PLAUSIBLE_GAP_MS else None

    @property
    def is_recent(self) -> bool:
        """Whether the newest fact is at most half a day old, by the boot-time clock or else by the wall clock."""
        opening = self.known_opening()
        if opening is None:
            return self.plausible_gap_ms is not None
        return (self.clock.boottime() - opening) * 1000 - self.state.now <= MAX_PLAUSIBLE_GAP_MS

    @property
    def title(self) -> str:
        """The workout's name, and the rep of the group that is ahead."""
        ahead = max(self.state.groups.values(), key=lambda group: (group.go_count, group.next_index))
        if self.state.finished:
            return f"{self.plan.name}, all reps run"
        run = ahead.newest_run
        rep = 1 if run is None else run.rep.number
        return f"{self.plan.name}, rep {rep} of {len(ahead.reps)}"

    @property
    def _anchor(self) -> Mapping[str, Any]:
        found = [fact["clock"] for fact in self.log.facts if fact["event"] == "resumed" and fact.get("clock")]
        anchor = found[-1] if found else self.log.header.get("clock")
        return anchor if isinstance(anchor, dict) else {}


def load_interrupted(path: Path, clock: SystemClock) -> InterruptedSession:
    """Returns the session of a log. Raises `KicktimerError` if it cannot be carried on, and says why."""
    if is_in_use(path):
        raise LogInUseError(path)
    log = read_log(path)
    name, log_id = clean(path.name), clean(log.id)
    if log.header.get("rehearsed") or clean(str(log.header.get("app"))).endswith("rehearsal"):
        raise KicktimerError(f"{name} is a rehearsal, which nobody ran: it is not carried on", "kicktimer run")
    if any(fact["event"] == "session_ended" for fact in log.facts):
        raise KicktimerError(f"{name} has ended: there is nothing to carry on", f"kicktimer show {log_id}")
    if not log.facts:
        raise KicktimerError(f"{name} has not begun: there is nothing to carry on", "kicktimer run")
    try:
        plan = load(clean_json(log.header.get("plan")))
    except (KicktimerError, ValueError, RecursionError):
        raise KicktimerError(f"{name} cannot be carried on: its header has no sound plan") from None
    replayed = replay_sound(plan, map(clean_json, log.facts))
    if replayed.problem:
        raise KicktimerError(
            f"{name} cannot be carried on: line {replayed.sound_facts + 2} does not fit the lines before it",
            f"kicktimer repair {log_id} writes the sound part into a new log",
        )
    return InterruptedSession(path, log, plan, replayed.state, clock)


def find_interrupted(directory: Path, clock: SystemClock) -> InterruptedSession:
    """Returns the newest session of a directory that can be carried on.

    Raises `LogInUseError` if a newer one is still running, and `KicktimerError` if there is none.
    """
    with History(directory) as history:
        paths = [entry.path for entry in history.entries() if entry.is_log and entry.state == "interrupted"]
    for path in paths:
        try:
            return load_interrupted(path, clock)
        except LogInUseError:
            raise
        except KicktimerError:  # an ended or a damaged log does not hide the ones before it
            continue
    raise KicktimerError(
        "no session was interrupted", "kicktimer list shows the saved sessions, kicktimer run opens one"
    )


def interrupted_lately(directory: Path, clock: SystemClock) -> InterruptedSession | None:
    """Returns the session of the log that was written last, if it was interrupted in the last half day.

    Reads that log alone: the app offers the session when it starts, and must not read a whole season for that.
    """
    try:
        paths = [entry for entry in os.scandir(directory) if entry.name.endswith(".jsonl")]
        newest = max(paths, key=lambda entry: entry.stat(follow_symlinks=False).st_mtime, default=None)
        session = None if newest is None else load_interrupted(directory / newest.name, clock)
    except (KicktimerError, OSError):
        return None
    return session if session is not None and session.is_recent else None


def is_in_use(path: Path) -> bool:
    """Whether another program is writing the log."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return False
    finally:
        os.close(descriptor)
    return False
