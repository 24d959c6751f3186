"""Announcements: a jog, the next rep, the first closing rep, the last rep, half a minute left, the end of the session.

The speaker leaves out an announcement for which there is no room: the tones give the same information. With several
groups, an announcement that another group could take for its own is left out here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.cues.caller import MAX_NUMBER
from kicktimer.cues.clock_cues import RECOVERY_CUES_MS, recovery_start
from kicktimer.cues.model import Cue
from kicktimer.session import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kicktimer.session import GroupState, State

MIN_RECOVERY_MS = 15_000
"""There are no announcements in a shorter recovery."""
NEXT_REP_BEFORE_GO_MS = 17_000
"""The next rep is announced this long before GO: the reminder to relax and the cue for ten seconds follow."""
MIN_JOG_MS = 30_000
"""In a shorter recovery there is no time to say that it is a jog."""
HALF_MINUTE_MS = 30_000
MIN_BEFORE_HALF_MINUTE_MS = 10_000
""""Thirty seconds" is left out if the recovery began less than this before it."""
AFTER_OVER_MS = 1400
""""Session over" waits this long after the end of the session, until the tone has sounded."""


def find_announcements(state: State) -> Iterator[Cue]:
    """Yields what is announced before each certain GO, and the end of the session once all groups are done."""
    groups = state.groups.values()
    found = [(group.go, cue) for group in groups if group.go is not None for cue in _before_go(group, group.go)]
    announced: set[tuple[int, str]] = set()
    for go, cue in found:
        other_go_first = any(group.go is not None and cue.at < group.go < go for group in groups)
        contradicted = any(at == go and other.at == cue.at and other.text != cue.text for at, other in found)
        repeated = (go, cue.text) in announced  # groups with the same GO share one announcement
        if not (other_go_first or contradicted or repeated):
            announced.add((go, cue.text))
            yield cue
    if all(group.phase is Phase.DONE for group in groups):
        ends = [(run.ended, group) for group in groups for run in group.runs if run.ended is not None]
        if ends:
            ended, last = max(ends, key=lambda end: end[0])
            yield Cue(ended + AFTER_OVER_MS, "announce", last.name, last.go_count, "Session over")


def _before_go(group: GroupState, go: int) -> Iterator[Cue]:
    """Yields the announcements in the group's recovery before this GO."""
    begins = recovery_start(group)
    if begins is None or group.held or not group.has_next_rep or group.phase is Phase.COUNTDOWN:
        return
    if go - begins < MIN_RECOVERY_MS:
        return
    run = group.newest_run
    if run is not None and run.rep.rest.jog_mm and go - begins >= MIN_JOG_MS:
        text = f"{run.rep.rest.jog_mm // 1000} metre jog"
        yield Cue(begins + RECOVERY_CUES_MS, "announce", group.name, group.go_count, text)
    if go - HALF_MINUTE_MS >= begins + MIN_BEFORE_HALF_MINUTE_MS:
        yield Cue(go - HALF_MINUTE_MS, "announce", group.name, group.go_count, "Thirty seconds")
    if text := _next_rep_text(group):
        at = max(go - NEXT_REP_BEFORE_GO_MS, begins + RECOVERY_CUES_MS)
        yield Cue(at, "announce", group.name, group.go_count, text)


def _next_rep_text(group: GroupState) -> str:
    """Returns how the next rep is announced; "" if its number is too large to be spoken."""
    rep = group.reps[group.next_index]
    if group.next_index == len(group.reps) - 1:
        return "Last rep"
    if rep.closing and not any(run.rep.closing and run.started is not None for run in group.runs):
        return "Closing reps"
    return f"Rep {rep.number}" if rep.number <= MAX_NUMBER else ""
