"""The caller: seconds counted aloud as athletes come to a timed mark, so that everybody hears their own split.

Each number begins exactly on its second after GO, from `AHEAD_MS` before the first expected arrival (or from the first
one, if that is earlier) to the last. One group is counted at a time: two clocks at once would be nobody's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kicktimer.cues.model import Cue
from kicktimer.session import marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kicktimer.session import GroupState, Run

AHEAD_MS = 2000
LATE_MS = 15_000  # so long after the slowest expectation it goes on for who is still out
SPOKEN_MS = 600  # a number
PLAIN_MS = 90_000  # up to here "sixty-four" is what coaches say; in longer reps the seconds of the minute
MOST = 99  # the largest number that is spoken


@dataclass(frozen=True, slots=True)
class Window:
    """When a group is counted, in ms on the session's clock. After `expected` it is for stragglers only."""

    start: int
    expected: int
    end: int
    group: str
    gos: int
    started: int
    plain: bool

    def counts(self) -> Iterator[Cue]:
        first = -(-(self.start - self.started) // 1000)
        for second in range(max(1, first), (self.end - self.started) // 1000 + 1):
            if self.plain and second > MOST:
                return
            number = second if self.plain else second % 60 or second // 60
            yield Cue(self.started + 1000 * second, "count", self.group, self.gos, str(number))


def counts(groups: Iterable[GroupState], lines: Iterable[Cue], spoken_ms: int) -> Iterator[Cue]:
    """The numbers for these groups. `lines` are spoken for `spoken_ms` a letter: no number falls into one."""
    taken = [(cue.at - SPOKEN_MS, cue.at + spoken_ms * (len(cue.text) + 5)) for cue in lines]
    for window in in_turn(window for group in groups for window in _windows(group)):
        for cue in window.counts():
            if not any(first < cue.at < end for first, end in taken):
                yield cue


def in_turn(windows: Iterable[Window]) -> list[Window]:
    """Those that remain when one group is counted at a time: the one whose athletes come first, then the next."""
    kept: list[Window] = []
    for window in sorted(windows, key=lambda each: (each.start, each.group)):
        before = kept[-1] if kept else None
        if before is not None and before.group != window.group and window.start <= before.end:
            end = min(before.end, max(before.expected, window.start - 1))
            kept[-1] = replace(before, end=end)
            window = replace(window, start=max(window.start, end + 1))  # noqa: PLW2901 - what is left of it
        if window.start <= window.end:
            kept.append(window)
    return kept


def _windows(group: GroupState) -> Iterator[Window]:
    """One for each timed mark of the newest rep, together where they overlap."""
    run = group.runs[-1] if group.runs else None
    if run is None or not marks.is_open(run) or run.started is None:
        return
    found: Window | None = None
    for mark in run.marks:
        span = _span(run, mark)
        if span is None or (run.rep.quiet is not None and run.rep.quiet[0] < mark < run.rep.quiet[1]):
            continue
        start, expected, end = span
        plain = expected - run.started < PLAIN_MS
        window = Window(start, expected, end, group.name, group.gos, run.started, plain)
        if found is not None and window.start <= found.end:
            found = replace(window, start=min(found.start, start), end=max(found.end, end), plain=found.plain and plain)
            continue
        if found is not None:
            yield found
        found = window
    if found is not None:
        yield found


def _span(run: Run, mark: int) -> tuple[int, int, int] | None:
    """From when to when somebody comes to the mark, and when the slowest is expected; None where nothing tells."""
    came = [each.t for each in marks.arrivals(run) if each.mark == mark]
    nameless = sum(1 for each in marks.arrivals(run) if each.mark == mark and each.athlete is None)
    out = len(marks.awaited(run, mark)) - nameless
    due = [at for name in marks.runners(run) if (at := marks.expected_at(run, name, mark)) is not None]
    if not due and not came:
        return None
    start = min([*(at - AHEAD_MS for at in due), *came])
    expected = max([*due, *came])
    if out <= 0:
        return start, expected, max(came, default=start)
    if marks.by_target(run.rep) or mark in run.rep.optional:  # nobody needs to press a key there
        return start, expected, expected
    return start, expected, expected + LATE_MS
