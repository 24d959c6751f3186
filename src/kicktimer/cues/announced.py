"""What is announced: the next rep by its number, the first closing rep, the last rep, half a minute left, the end.

All of it is spoken where there is room, and left out where there is none: the tones have told the athletes already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.cues.clock import SPEAK_MS, recovery_of
from kicktimer.cues.model import Cue
from kicktimer.session import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kicktimer.session import GroupState, State

LEAST_MS = 15_000  # a shorter recovery has no room for talk
NEXT_MS = 17_000  # before GO: the relaxation reminder follows, then ten seconds left
HALF_MINUTE_MS = 30_000
NEWS_MS = 10_000  # a recovery that is hardly longer than half a minute begins with it
OVER_MS = 1400  # after the end: its tone is heard out
MOST = 99  # the largest number that is spoken


def announced(state: State) -> Iterator[Cue]:
    """For each group what comes next, as soon as its GO is certain; and the end, once all groups are done."""
    for group in state.groups.values():
        yield from _next(group)
    if all(group.phase is Phase.DONE for group in state.groups.values()):
        ends = [(run.ended, group) for group in state.groups.values() for run in group.runs if run.ended is not None]
        if ends:
            ended, last = max(ends, key=lambda end: end[0])
            yield Cue(ended + OVER_MS, "announce", last.name, last.gos, "Session over")


def _next(group: GroupState) -> Iterator[Cue]:
    begins, go = recovery_of(group), group.go
    if go is None or begins is None or group.held or not group.rest_of_run or group.phase is Phase.COUNTDOWN:
        return
    if go - begins < LEAST_MS:
        return
    if go - HALF_MINUTE_MS >= begins + NEWS_MS:
        yield Cue(go - HALF_MINUTE_MS, "announce", group.name, group.gos, "Thirty seconds")
    if words := _words(group):
        yield Cue(max(go - NEXT_MS, begins + SPEAK_MS), "announce", group.name, group.gos, words)


def _words(group: GroupState) -> str:
    """How the next rep is called. "" where nobody can speak its number."""
    rep, before = group.reps[group.next], group.reps[: group.next]
    if group.next == len(group.reps) - 1:
        return "Last rep"
    if rep.closing and not any(each.closing for each in before):
        return "Closing reps"
    return f"Rep {rep.number}" if rep.number <= MOST else ""
