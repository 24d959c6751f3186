"""What is announced: the next rep by its number, the first closing rep, the last rep, half a minute left, the end.

All of it is spoken where there is room, and left out where there is none: the tones have told the athletes already.
With several groups on the track it is left out, too, where somebody else could take it for theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.cues.caller import MOST
from kicktimer.cues.clock_cues import SPEAK_MS, recovery_of
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


def announced(state: State) -> Iterator[Cue]:
    """What comes next, as soon as its GO is certain; and the end, once all groups are done."""
    groups = state.groups.values()
    found = [(group.go, cue) for group in groups if group.go is not None for cue in _next(group, group.go)]
    said: set[tuple[int, str]] = set()
    for go, cue in found:
        nearer = any(group.go is not None and cue.at < group.go < go for group in groups)
        unlike = any(at == go and other.at == cue.at and other.text != cue.text for at, other in found)
        if not (nearer or unlike or (go, cue.text) in said):  # groups of one GO are told once
            said.add((go, cue.text))
            yield cue
    if all(group.phase is Phase.DONE for group in groups):
        ends = [(run.ended, group) for group in groups for run in group.runs if run.ended is not None]
        if ends:
            ended, last = max(ends, key=lambda end: end[0])
            yield Cue(ended + OVER_MS, "announce", last.name, last.go_count, "Session over")


def _next(group: GroupState, go: int) -> Iterator[Cue]:
    begins = recovery_of(group)
    if begins is None or group.held or not group.has_next_rep or group.phase is Phase.COUNTDOWN:
        return
    if go - begins < LEAST_MS:
        return
    if go - HALF_MINUTE_MS >= begins + NEWS_MS:
        yield Cue(go - HALF_MINUTE_MS, "announce", group.name, group.go_count, "Thirty seconds")
    if words := _words(group):
        yield Cue(max(go - NEXT_MS, begins + SPEAK_MS), "announce", group.name, group.go_count, words)


def _words(group: GroupState) -> str:
    """How the next rep is called. "" where nobody can speak its number."""
    rep = group.reps[group.next]
    if group.next == len(group.reps) - 1:
        return "Last rep"
    if rep.closing and not any(run.rep.closing and run.started is not None for run in group.runs):
        return "Closing reps"
    return f"Rep {rep.number}" if rep.number <= MOST else ""
