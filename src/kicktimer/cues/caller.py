"""The caller: seconds counted aloud as athletes come to a timed mark, so that everybody hears their own split.

Each number begins exactly on its second after GO, from `AHEAD_MS` before the first expected arrival (or from the first
one, if that is a little earlier) to the last, or until the next GO. One group is counted at a time: two clocks at once
would be nobody's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kicktimer.cues.model import Cue, newest
from kicktimer.session import arrivals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kicktimer.session import GroupState, Run

AHEAD_MS = 2000
EARLY_MS = 10_000  # an arrival so long before the first expected one is a false one, or says that nothing was known
LATE_MS = 15_000  # so long after the slowest expectation it goes on for who is still out
SPOKEN_MS = 850  # the longest number
LINE_MS_A_LETTER, CLEAR_MS = 85, 400  # a slow voice, and what it keeps clear of a number: a line is not to wait for one
MOST = 99  # the largest number that is spoken


@dataclass(frozen=True, slots=True)
class Window:
    """When a group is counted, in ms on the session's clock. After `expected` it is for stragglers only."""

    start: int
    expected: int
    end: int
    group: str
    go_count: int
    started: int
    plain: bool

    def counts(self) -> Iterator[Cue]:
        first = -(-(self.start - self.started) // 1000)
        for second in range(max(1, first), (self.end - self.started) // 1000 + 1):
            number = second if self.plain else second % 60 or second // 60
            if number <= MOST:
                yield Cue(self.started + 1000 * second, "count", self.group, self.go_count, str(number))


def counts(groups: Iterable[GroupState], lines: Iterable[Cue]) -> Iterator[Cue]:
    """The numbers for these groups. No number falls into one of the `lines` that are spoken."""
    taken = [(cue.at - SPOKEN_MS, cue.at + LINE_MS_A_LETTER * len(cue.text) + CLEAR_MS) for cue in lines]
    groups = tuple(groups)
    # Groups of one GO have one clock: its numbers are the first one's, whoever is still out.
    owner: dict[int | None, GroupState] = {}
    for group in groups:
        run = newest(group)
        owner.setdefault(None if run is None else run.started, group)
    windows = [window for group in groups for window in _windows(group)]
    for window in windows:
        first_of = owner[window.started]
        for cue in window.counts():
            if whose(windows, cue.at) is window and not any(first < cue.at < end for first, end in taken):
                yield replace(cue, group=first_of.name, go_count=first_of.go_count)


def whose(windows: Sequence[Window], at: int) -> Window | None:
    """Which group is counted at a moment: the one whose athletes come first; stragglers while nobody else comes."""
    open_ = [window for window in windows if window.start <= at <= window.end]
    return min(open_, key=lambda each: (at > each.expected, each.start, each.group), default=None)


def plainly(run: Run) -> bool:
    """Whether "sixty-four" is what is called in this rep, not the seconds of a minute that is understood.

    What is expected of the slowest decides, or the first arrival where nothing is: in a rep it does not change.
    """
    finish = run.rep.distance_mm
    due = [ms for name in run.present if (ms := run.expected.get(name, {}).get(finish or 0)) is not None]
    came = [each.t - (run.started or 0) for each in arrivals.valid(run) if each.mark == finish]
    return max(due, default=min(came, default=0)) + LATE_MS <= 1000 * MOST


def _windows(group: GroupState) -> Iterator[Window]:
    """One for each timed mark of the newest rep, together where they overlap."""
    run = newest(group)
    if run is None or not arrivals.is_open(run) or run.started is None:
        return
    plain = plainly(run)
    found: Window | None = None
    for mark in run.marks:
        span = _span(run, mark)
        if span is None or (run.rep.quiet is not None and run.rep.quiet[0] < mark < run.rep.quiet[1]):
            continue
        start, expected, end = span
        if found is not None and start <= found.end:
            start, end = min(found.start, start), max(found.end, end)
        elif found is not None:
            yield found
        found = Window(start, expected, end, group.name, group.go_count, run.started, plain)
    if found is not None:
        yield found


def _span(run: Run, mark: int) -> tuple[int, int, int] | None:
    """From when to when somebody comes to the mark, and when the slowest is expected; None where nothing tells."""
    came = [each.t for each in arrivals.valid(run) if each.mark == mark]
    nameless = sum(1 for each in arrivals.valid(run) if each.mark == mark and each.athlete is None)
    out = len(arrivals.awaited(run, mark)) - nameless
    due = [at for name in arrivals.runners(run) if (at := arrivals.expected_at(run, name, mark)) is not None]
    if not due and not came:
        return None
    soonest = min(due, default=0) - EARLY_MS
    start = min([*(at - AHEAD_MS for at in due), *(at for at in came if at >= soonest)])
    expected = max([*due, *came])
    if out <= 0:
        return start, expected, max(came, default=start)
    if arrivals.by_target(run.rep) or mark in run.rep.optional:  # nobody needs to press a key there
        return start, expected, expected
    return start, expected, expected + LATE_MS
