"""The caller: counts the seconds aloud as athletes come to a timed mark, so that all of them hear their own split.

Each number begins exactly on its second after GO. Counting begins `BEFORE_FIRST_MS` before the first expected arrival,
or with the first arrival if that is a little earlier, and ends with the last arrival or the next GO. Only one group is
counted at a time, since nobody could tell two counted clocks apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kicktimer.cues.model import Cue, current_run
from kicktimer.session import arrivals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kicktimer.session import GroupState, Run

BEFORE_FIRST_MS = 2000
"""Counting begins this long before the first expected arrival."""
MAX_EARLY_ARRIVAL_MS = 10_000
"""An arrival that is earlier than expected by more than this does not start the counting: it is probably a mistake."""
STRAGGLER_MS = 15_000
"""Counting goes on for this long after the last expected arrival while somebody has not arrived."""
NUMBER_LENGTH_MS = 850
"""The length of the longest spoken number."""
LINE_MS_PER_LETTER = 85
"""The speaking time of a line, estimated for a slow voice."""
LINE_CLEAR_MS = 400
"""No number begins in this time after a line."""
MAX_NUMBER = 99
"""The largest number that is recorded."""


@dataclass(frozen=True, slots=True)
class CallingWindow:
    """The time in which a group is counted. All moments are ms on the session's clock."""

    start: int
    expected: int
    """When the last athlete is expected. After it the window is only for stragglers."""
    end: int
    group: str
    go_count: int
    started: int
    """The GO from which the seconds are counted."""
    total_seconds: bool
    """Whether "sixty-four" is counted after 64 s; otherwise "four", the seconds of the current minute."""

    def counts(self) -> Iterator[tuple[int, int]]:
        """Yields a moment and a number for each second. A full minute is counted as the number of minutes."""
        first = -(-(self.start - self.started) // 1000)
        for second in range(max(1, first), (self.end - self.started) // 1000 + 1):
            number = second if self.total_seconds else second % 60 or second // 60
            if number <= MAX_NUMBER:
                yield self.started + 1000 * second, number


def caller_choice(group: GroupState) -> bool | None:
    """Returns whether the workout wants the seconds of the current rep counted; None if it does not say."""
    run = current_run(group)
    own = None if run is None else run.rep.caller
    return group.caller if own is None else own


def find_caller_cues(groups: Iterable[GroupState], lines: Iterable[Cue]) -> Iterator[Cue]:
    """Yields the counted numbers for these groups, without the numbers that would sound during one of the `lines`."""
    taken = [(cue.at - NUMBER_LENGTH_MS, cue.at + LINE_MS_PER_LETTER * len(cue.text) + LINE_CLEAR_MS) for cue in lines]
    groups = tuple(groups)
    # Groups with the same GO share one clock. Its numbers always carry the name of the first of these groups, so that
    # their ids stay the same whoever has not arrived yet.
    owners: dict[int | None, GroupState] = {}
    for group in groups:
        run = current_run(group)
        owners.setdefault(None if run is None else run.started, group)
    windows = [window for group in groups for window in _windows(group)]
    for window in windows:
        owner = owners[window.started]
        rivals = [each for each in windows if each.start <= window.end and window.start <= each.end]
        for at, number in window.counts():
            counted = len(rivals) == 1 or counted_window(rivals, at) is window
            if counted and not any(first < at < end for first, end in taken):
                yield Cue(at, "count", owner.name, owner.go_count, str(number))


def counted_window(windows: Sequence[CallingWindow], at: int) -> CallingWindow | None:
    """Returns the window that is counted at a moment, None if no window is open.

    The window that opened first is counted. A window that is open for stragglers only comes after all others.
    """
    counted: tuple[bool, int, str] | None = None
    found = None
    for window in windows:
        if window.start <= at <= window.end:
            rank = at > window.expected, window.start, window.group
            if counted is None or rank < counted:
                counted, found = rank, window
    return found


def counts_total_seconds(run: Run) -> bool:
    """Returns whether times in this rep are spoken in seconds ("sixty-four") rather than in minutes and seconds.

    The slowest expected finish decides, or the first arrival if nothing is expected, so that the answer stays the same
    during a rep.
    """
    finish = run.rep.distance_mm
    expected = [ms for name in run.present if (ms := run.expected.get(name, {}).get(finish or 0)) is not None]
    finished = [each.t - (run.started or 0) for each in arrivals.valid(run) if each.mark == finish]
    return max(expected, default=min(finished, default=0)) + STRAGGLER_MS <= 1000 * MAX_NUMBER


def _windows(group: GroupState) -> Iterator[CallingWindow]:
    """Yields a window for each timed mark of the current rep. Windows that overlap are merged."""
    run = current_run(group)
    if run is None or not arrivals.is_open(run) or run.started is None:
        return
    total_seconds = counts_total_seconds(run)
    window: CallingWindow | None = None
    for mark in run.marks:
        span = _span(run, mark)
        if span is None or (run.rep.quiet is not None and run.rep.quiet[0] < mark < run.rep.quiet[1]):
            continue
        start, expected, end = span
        if window is not None and start <= window.end:
            start, end = min(window.start, start), max(window.end, end)
        elif window is not None:
            yield window
        window = CallingWindow(start, expected, end, group.name, group.go_count, run.started, total_seconds)
    if window is not None:
        yield window


def _span(run: Run, mark: int) -> tuple[int, int, int] | None:
    """Returns the start, last expected arrival and end of a mark's window; None if nobody is known to come."""
    came = [each.t for each in arrivals.valid(run) if each.mark == mark]
    unnamed = sum(1 for each in arrivals.valid(run) if each.mark == mark and each.athlete is None)
    missing = len(arrivals.awaited_athletes(run, mark)) - unnamed
    expected = [at for name in arrivals.runners(run) if (at := arrivals.expected_at(run, name, mark)) is not None]
    if not expected and not came:
        return None
    earliest = min(expected, default=0) - MAX_EARLY_ARRIVAL_MS
    start = min([*(at - BEFORE_FIRST_MS for at in expected), *(at for at in came if at >= earliest)])
    last = max([*expected, *came])
    if missing <= 0:
        return start, last, max(came, default=start)
    if arrivals.ends_by_target(run.rep) or mark in run.rep.optional:  # no arrival needs to be taken here
        return start, last, last
    return start, last, last + STRAGGLER_MS
