"""The tones and lines that a group's clock brings: pips and GO, splits, what is said at moments of a rep.

A group's split and distance cues run on its fastest present target.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kicktimer.cues.model import Cue
from kicktimer.session import Phase, arrivals
from kicktimer.session.deadlines import due

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kicktimer.plan import PlannedRep, SpokenLine
    from kicktimer.session import GroupState, Run

PIPS_MS = (3000, 2000, 1000)
TEN_MS = 10_000
REMIND_MS = 15_000
ANNOUNCE_MS = 700  # after the recovery cue: what kind of rep comes next
ANNOUNCED_MS = 900  # so long it sounds: over the countdown it would not be heard, nor the countdown
SPEAK_MS = 1500  # speech that is due with the recovery cue waits until that and the announcement have sounded
AFTER_GO_MS = 700  # speech at a rep's start waits for GO to have sounded
SPLIT_MS = 350  # a split cue, and a breath
SPEECH_MS_A_LETTER = 65
ENDED_MS = 1000  # a line that is due as its rep ends may be so late; one that waited longer is about nothing any more


def by_the_clock(group: GroupState) -> Iterator[Cue]:
    """A group's cues that are certain."""
    run = group.runs[-1] if group.runs else None
    recovery = recovery_of(group)
    if run is not None and run.started is not None and not run.void:
        yield Cue(run.started, "go", group.name, group.go_count - 1)
        yield from _of_run(group, run, recovery)
        if run.ended is not None and group.phase is Phase.DONE:
            yield Cue(run.ended, "over", group.name, group.go_count)
        elif recovery is not None and group.has_next_rep:
            yield Cue(recovery, "recovery", group.name, group.go_count)
        elif recovery is not None:
            yield Cue(recovery, "over", group.name, group.go_count)
    if group.go is None or group.held or not group.has_next_rep:
        return
    first = group.go_count == 0 or group.phase is Phase.COUNTDOWN
    if group.phase is Phase.RUNNING and recovery is None and due(group) is None:
        return  # GO hangs on a finish that is still to come
    begins = group.go - group.countdown_ms if first else recovery
    yield from _of_go(group, group.go, begins)
    rep = group.reps[group.next]
    if group.go_count == 0:
        at = group.go - group.countdown_ms
        yield from _spoken(group, [(at, say) for say in rep.says if say.at == "countdown"], group.go_count)
    elif begins is not None and not first:
        yield from _before(group, rep, begins, group.go)


def recovery_of(group: GroupState) -> int | None:
    """When the recovery of the running rep began, or will begin by the clock; None where that hangs on a finish."""
    run = group.runs[-1] if group.runs else None
    if run is None or not run.live:
        run = group.run
        return None if run is None else run.ended
    if run.ended is not None:
        return run.ended
    coming = due(group)
    return coming[0] if coming is not None and coming[1] == "end" else None


def _of_go(group: GroupState, go: int, begins: int | None) -> Iterator[Cue]:
    """The countdown pips and GO, and ten seconds left where the recovery is long enough for that to be news."""
    for before in PIPS_MS:
        if begins is None or go - before >= begins:
            yield Cue(go - before, "pip", group.name, group.go_count)
    if begins is not None and group.phase is not Phase.COUNTDOWN and go - TEN_MS >= begins + SPEAK_MS:
        yield Cue(go - TEN_MS, "ten", group.name, group.go_count)
    yield Cue(go, "go", group.name, group.go_count)


def _before(group: GroupState, rep: PlannedRep, begins: int, go: int) -> Iterator[Cue]:
    """What is said in the recovery before a rep: its kind as soon as the recovery cue is over, then the reminders."""
    last = group.next == len(group.reps) - 1
    if (last or rep.closing) and begins + ANNOUNCE_MS + ANNOUNCED_MS <= go - PIPS_MS[0]:
        yield Cue(begins + ANNOUNCE_MS, "last" if last else "closing", group.name, group.go_count)
    at = max(go - REMIND_MS, begins + SPEAK_MS)
    yield from _spoken(group, [(at, say) for say in rep.says if say.at == "recovery"], group.go_count)


def _of_run(group: GroupState, run: Run, over: int | None) -> Iterator[Cue]:
    """The splits of the newest rep and what is said in it. It is `over` then, as far as that is known."""
    assert run.started is not None
    until = run.ended
    rep = run.rep
    quiet = rep.quiet or (0, 0)
    splits = [
        run.started + ms
        for mark in rep.splits
        if (ms := _fastest(run, mark)) is not None
        and not (quiet[0] < mark < quiet[1])
        and (until is None or run.started + ms <= until)
    ]
    yield from (Cue(at, "split", group.name, group.go_count) for at in splits)
    lines: list[tuple[int, SpokenLine]] = []
    for say in rep.says:
        if say.at == "start":
            lines.append((run.started + AFTER_GO_MS, say))
        elif say.at == "elapsed":
            lines.append((run.started + say.value, say))
        elif say.at == "mark" and (ms := _fastest(run, say.value, say)) is not None:
            lines.append((run.started + ms, say))
    kept = [(_after_split(at, splits), say) for at, say in lines if until is None or at <= until]
    for cue in _spoken(group, kept, group.go_count):
        last = None if over is None else max(over, min(cue.at, over) + ENDED_MS)
        if last is None or cue.at <= last:
            yield replace(cue, until=last)


def _after_split(at: int, splits: list[int]) -> int:
    """When a line that is due at `at` is spoken: a split cue that sounds then is heard out first."""
    return max([at, *(split + SPLIT_MS for split in splits if at - SPLIT_MS < split <= at)])


def _fastest(run: Run, mark: int, say: SpokenLine | None = None) -> int | None:
    """When the fastest present target comes to the mark, in ms from GO.

    The relaxation reminder comes without a target too, where earlier reps tell how fast the athletes are.
    """
    names = arrivals.runners(run)
    targets = [run.rep.targets[name].marks[mark] for name in names if mark in _marks_of(run.rep, name)]
    if targets or say is None or not say.relax:
        return min(targets, default=None)
    distance = run.rep.distance_mm
    means = [run.expected[name][distance] for name in names if distance is not None and name in run.expected]
    return round(min(means) * mark / distance) if means and distance else None


def _marks_of(rep: PlannedRep, name: str) -> frozenset[int]:
    target = rep.targets.get(name)
    return frozenset() if target is None else frozenset(target.marks)


def _spoken(group: GroupState, lines: list[tuple[int, SpokenLine]], go_count: int) -> Iterator[Cue]:
    """Lines one after the other: a line that would start while another is spoken waits for its end."""
    free = 0
    for at, say in sorted(lines, key=lambda line: line[0]):
        start = max(at, free)
        yield Cue(start, "say", group.name, go_count, say.text, say.relax)
        free = start + SPEECH_MS_A_LETTER * len(say.text) + 300
