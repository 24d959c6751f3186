"""The cues of a group's clock: pips and GO, splits, recovery, ten seconds left, closing and last rep, end, and lines.

Splits and lines at a distance follow the fastest target among the athletes who run the rep.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from kicktimer.cues.model import Cue
from kicktimer.session import Phase, arrivals
from kicktimer.session.deadlines import next_due

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kicktimer.plan import PlannedRep, SpokenLine
    from kicktimer.session import GroupState, Run

PIPS_BEFORE_GO_MS = (3000, 2000, 1000)
TEN_BEFORE_GO_MS = 10_000
REMINDER_BEFORE_GO_MS = 15_000
REP_KIND_AFTER_RECOVERY_MS = 700
"""The cue `closing` or `last` comes this long after the recovery cue."""
REP_KIND_LENGTH_MS = 900
"""The cue `closing` or `last` sounds for about this long; it is left out if it would run into the countdown."""
RECOVERY_CUES_MS = 1500
"""Speech waits this long after the start of a recovery, until the recovery cue and `closing` or `last` have sounded."""
LINE_AFTER_GO_MS = 700
"""A line at the start of a rep waits this long, until GO has sounded."""
LINE_AFTER_SPLIT_MS = 350
"""A line waits this long after a split cue."""
LINE_MS_PER_LETTER = 65
"""The estimated speaking time of a line."""
LINE_PAUSE_MS = 300
"""The pause between two lines."""
LINE_GRACE_MS = 1000
"""A line may begin this long after it was due even if its rep has ended since. After that it is left out."""


def find_clock_cues(group: GroupState) -> Iterator[Cue]:
    """Yields the certain cues of the group's clock."""
    run = group.runs[-1] if group.runs else None
    recovery = recovery_start(group)
    if run is not None and run.started is not None and not run.recalled:
        yield Cue(run.started, "go", group.name, group.go_count - 1)
        yield from _in_run(group, run, recovery)
        if run.ended is not None and group.phase is Phase.DONE:
            yield Cue(run.ended, "over", group.name, group.go_count)
        elif recovery is not None and group.has_next_rep:
            yield Cue(recovery, "recovery", group.name, group.go_count)
        elif recovery is not None:
            yield Cue(recovery, "over", group.name, group.go_count)
    if group.go is None or group.held or not group.has_next_rep:
        return
    first = group.go_count == 0 or group.phase is Phase.COUNTDOWN
    if group.phase is Phase.RUNNING and recovery is None and next_due(group) is None:
        return  # the next GO depends on a finish that has not come yet
    begins = group.go - group.countdown_ms if first else recovery
    yield from _countdown(group, group.go, begins)
    rep = group.reps[group.next_index]
    if group.go_count == 0:
        at = group.go - group.countdown_ms
        yield from _spoken_lines(group, [(at, say) for say in rep.says if say.at == "countdown"], group.go_count)
    elif begins is not None and not first:
        yield from _in_recovery(group, rep, begins, group.go)


def recovery_start(group: GroupState) -> int | None:
    """Returns when the recovery after the latest rep began or will begin; None if that depends on a finish to come."""
    run = group.runs[-1] if group.runs else None
    if run is None or not run.is_valid:
        run = group.newest_run
        return None if run is None else run.ended
    if run.ended is not None:
        return run.ended
    coming = next_due(group)
    return coming[0] if coming is not None and coming[1] == "end" else None


def _countdown(group: GroupState, go: int, begins: int | None) -> Iterator[Cue]:
    """Yields the pips and GO, and the cue for ten seconds if the recovery is longer than that."""
    for before in PIPS_BEFORE_GO_MS:
        if begins is None or go - before >= begins:
            yield Cue(go - before, "pip", group.name, group.go_count)
    if begins is not None and group.phase is not Phase.COUNTDOWN and go - TEN_BEFORE_GO_MS >= begins + RECOVERY_CUES_MS:
        yield Cue(go - TEN_BEFORE_GO_MS, "ten", group.name, group.go_count)
    yield Cue(go, "go", group.name, group.go_count)


def _in_recovery(group: GroupState, rep: PlannedRep, begins: int, go: int) -> Iterator[Cue]:
    """Yields the cue for a closing or last rep, and the lines of the recovery before that rep."""
    last = group.next_index == len(group.reps) - 1
    if (last or rep.closing) and begins + REP_KIND_AFTER_RECOVERY_MS + REP_KIND_LENGTH_MS <= go - PIPS_BEFORE_GO_MS[0]:
        at = begins + REP_KIND_AFTER_RECOVERY_MS
        yield Cue(at, "last" if last else "closing", group.name, group.go_count)
    at = max(go - REMINDER_BEFORE_GO_MS, begins + RECOVERY_CUES_MS)
    yield from _spoken_lines(group, [(at, say) for say in rep.says if say.at == "recovery"], group.go_count)


def _in_run(group: GroupState, run: Run, end: int | None) -> Iterator[Cue]:
    """Yields the splits and lines of a run. `end` is when the rep ends or ended, None if that is not known."""
    assert run.started is not None
    ended = run.ended
    rep = run.rep
    quiet = rep.quiet or (0, 0)
    splits = [
        run.started + ms
        for mark in rep.splits
        if (ms := _fastest(run, mark)) is not None and not (quiet[0] < mark < quiet[1])
    ]
    splits += [run.started + say.value for say in rep.says if say.leg and say.at == "elapsed"]
    splits = [at for at in splits if ended is None or at <= ended]
    yield from (Cue(at, "split", group.name, group.go_count) for at in splits)
    lines: list[tuple[int, SpokenLine]] = []
    for say in rep.says:
        match say.at:
            case "countdown" | "recovery":
                pass  # spoken before the rep
            case "start":
                lines.append((run.started + LINE_AFTER_GO_MS, say))
            case "elapsed":
                lines.append((run.started + say.value, say))
            case "mark":
                if (ms := _fastest(run, say.value, say)) is not None:
                    lines.append((run.started + ms, say))
            case _:
                assert_never(say.at)
    kept = [(_after_splits(at, splits), say) for at, say in lines if ended is None or at <= ended]
    for cue in _spoken_lines(group, kept, group.go_count):
        until = None if end is None else max(end, min(cue.at, end) + LINE_GRACE_MS)
        if until is None or cue.at <= until:
            yield replace(cue, until=until)


def _after_splits(at: int, splits: list[int]) -> int:
    """Returns when a line that is due at `at` may begin, so that a split cue is heard first."""
    return max([at, *(split + LINE_AFTER_SPLIT_MS for split in splits if at - LINE_AFTER_SPLIT_MS < split <= at)])


def _fastest(run: Run, mark: int, say: SpokenLine | None = None) -> int | None:
    """Returns when the athlete with the fastest target reaches the mark, in ms from GO; None without a target.

    For the reminder to relax, the times that earlier reps let expect replace missing targets.
    """
    names = arrivals.runners(run)
    targets = [ms for name in names if (ms := _target_marks(run.rep, name).get(mark)) is not None]
    if targets or say is None or not say.relax:
        return min(targets, default=None)
    distance = run.rep.distance_mm
    means = [run.expected[name][distance] for name in names if distance is not None and name in run.expected]
    return round(min(means) * mark / distance) if means and distance else None


def _target_marks(rep: PlannedRep, name: str) -> Mapping[int, int]:
    """Returns the athlete's target at each mark; without a target those at the marks before a leg without a pace."""
    target = rep.targets.get(name)
    return rep.early_marks.get(name, {}) if target is None else target.marks


def _spoken_lines(group: GroupState, lines: list[tuple[int, SpokenLine]], go_count: int) -> Iterator[Cue]:
    """Yields lines as cues. A line that is due while another one is spoken comes after it."""
    free = 0
    for at, say in sorted(lines, key=lambda line: line[0]):
        start = max(at, free)
        yield Cue(start, "say", group.name, go_count, say.text, say.relax)
        free = start + LINE_MS_PER_LETTER * len(say.text) + LINE_PAUSE_MS
