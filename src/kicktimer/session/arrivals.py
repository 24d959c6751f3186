"""What arrivals mean: whose mark a tap belongs to, who is proposed for one without a name, when a rep is complete.

Raw taps are facts; this is their interpretation, computed anew from a run whenever it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kicktimer.plan import PlannedRep
    from kicktimer.session.state import Arrival, GroupState, Run, State

MAX_EARLIER_RUNS = 20  # earlier runs that tell what is expected of an athlete without a target


@dataclass(frozen=True, slots=True)
class MarkPlace:
    """A mark of a run. `index` is the run's place in its group's `runs`."""

    group: str
    index: int
    mark: int


def valid(run: Run) -> Iterator[Arrival]:
    """The arrivals that stand."""
    return (arrival for arrival in run.arrivals if not arrival.removed)


def find_named(run: Run, athlete: str, mark: int) -> Arrival | None:
    """The arrival that is this athlete's at this mark."""
    return next((each for each in valid(run) if each.athlete == athlete and each.mark == mark), None)


def is_taken(run: Run, athlete: str, mark: int) -> bool:
    """Whether the athlete's mark has a time, or is past.

    A mark before one that was taken cannot be reached any more.
    """
    return any(each.athlete == athlete and each.mark is not None and each.mark >= mark for each in valid(run)) or any(
        who == athlete and at >= mark for who, at in run.corrections
    )


def is_open(run: Run, *, closed_too: bool = False) -> bool:
    """Whether arrivals still belong to this run."""
    return run.is_valid and (closed_too or run.closed is None) and not run.skipped and run.rep.distance_mm is not None


def runners(run: Run) -> tuple[str, ...]:
    """Who started the run and has not been dropped in it."""
    return tuple(name for name in run.present if name not in run.dropped)


def expected_at(run: Run, athlete: str, mark: int) -> int | None:
    """When the athlete is expected at the mark, None where nothing tells."""
    ms = run.expected.get(athlete, {}).get(mark)
    return None if ms is None or run.started is None else run.started + ms


def awaited_athletes(run: Run, mark: int) -> list[str]:
    """Who has not come to the mark by name, in the order in which they are expected."""
    rank = {name: place for place, name in enumerate(run.order)}
    out = [name for name in runners(run) if not is_taken(run, name, mark)]
    return sorted(out, key=lambda name: (run.expected.get(name, {}).get(mark, 10**12), rank.get(name, len(rank))))


def proposals(run: Run) -> dict[int, str | None]:
    """For each arrival that waits for a name (by number): the athlete who is proposed, None where nobody is left."""
    proposed: dict[int, str | None] = {}
    if all(each.athlete is not None for each in valid(run)):
        return proposed
    for mark in run.marks:
        waiting = sorted((a for a in valid(run) if a.athlete is None and a.mark == mark), key=lambda a: (a.t, a.n))
        names = awaited_athletes(run, mark)
        for place, arrival in enumerate(waiting):
            proposed[arrival.n] = names[place] if place < len(names) else None
    proposed.update({a.n: None for a in valid(run) if a.athlete is None and a.mark is None})
    return proposed


def counted_finishes(run: Run) -> list[int]:
    """The moments of the finishes that count for the clock, in order.

    The named ones, and as many others as athletes are out. A corrected time is none: it moves no clock.
    """
    finish = run.rep.distance_mm
    came = {a.athlete: a.t for a in valid(run) if a.mark == finish and a.athlete in run.present}
    nameless = sorted(a.t for a in valid(run) if a.mark == finish and a.athlete is None and finish is not None)
    still_out = sum(1 for name in runners(run) if name not in came)
    return sorted([*came.values(), *nameless[:still_out]])


def count_out(run: Run) -> int:
    """How many athletes have not finished: neither by name nor by an arrival that waits for one."""
    finish = run.rep.distance_mm
    if finish is None:
        return 0
    came = {a.athlete for a in valid(run) if a.mark == finish}
    nameless = sum(1 for a in valid(run) if a.mark == finish and a.athlete is None)
    return max(0, sum(1 for name in runners(run) if name not in came) - nameless)


def is_complete(run: Run, *, last: bool) -> bool:
    """Whether the rep is over for the clock by its arrivals. `last`: no rep follows, so that everybody must be in."""
    if run.closed is not None or run.skipped or not runners(run):
        return True
    if run.rep.distance_mm is None:
        return False
    if ends_by_target(run.rep) and not last and slowest_target(run) is not None:
        return False
    if run.rep.rest.kind == "first" and not last:
        return bool(counted_finishes(run))
    return count_out(run) == 0


def recovery_start(run: Run) -> int | None:
    """What the recovery runs from where arrivals tell: the first or the last finish, None where there is none."""
    came = counted_finishes(run)
    if not came:
        return None
    return came[0] if run.rep.rest.kind == "first" and run.closed is None else came[-1]


def ends_by_target(rep: PlannedRep) -> bool:
    """Whether the rep is over for the clock when the slowest target is up: nobody needs to tap."""
    return rep.hands_free or rep.rest.kind == "target"


def slowest_target(run: Run) -> int | None:
    """When the slowest present athlete's target is up."""
    targets = [run.rep.targets[name].ms for name in runners(run) if name in run.rep.targets]
    return run.started + max(targets) if targets and run.started is not None else None


def find_named_mark(
    state: State, athlete: str, t: int, *, any_mark: bool = False, closed_too: bool = False
) -> MarkPlace | None:
    """The athlete's untaken mark whose expected moment is nearest to t; `any_mark`: also a taken one.

    It is looked for in the newest run that had been started by then, closed or not, and in the one before it unless
    that was closed (`closed_too`: or was); without an expectation it is the newest run's next mark.
    """
    best: tuple[tuple[int, int, int], MarkPlace] | None = None
    for group in state.groups.values():
        for age, index in enumerate(_runs_before(group, t)):
            run = group.runs[index]
            if athlete not in run.present or (
                not any_mark and (athlete in run.dropped or not is_open(run, closed_too=closed_too or age == 0))
            ):
                continue
            for mark in run.marks:
                if not any_mark and is_taken(run, athlete, mark):
                    continue
                due = expected_at(run, athlete, mark)
                if due is None and mark in run.rep.optional:
                    continue
                far = abs(due - t) if due is not None else 0 if age == 0 else 10**12
                key = (far, age, mark)
                if best is None or key < best[0]:
                    best = key, MarkPlace(group.name, index, mark)
    return best[1] if best else None


def find_unnamed_mark(group: GroupState, t: int, *, closed_too: bool = False) -> MarkPlace | None:
    """Where an arrival without a name belongs: the open place whose next awaited athlete is nearest to t."""
    best: tuple[tuple[int, int, int], MarkPlace] | None = None
    for age, index in enumerate(_runs_before(group, t)):
        run = group.runs[index]
        if not is_open(run, closed_too=closed_too):
            continue
        for mark in run.marks:
            names = awaited_athletes(run, mark)[sum(1 for a in valid(run) if a.athlete is None and a.mark == mark) :]
            if not names:
                continue
            due = expected_at(run, names[0], mark)
            if due is None and mark in run.rep.optional:
                continue
            far = abs(due - t) if due is not None else 0 if age == 0 else 10**12
            key = (far, age, mark)
            if best is None or key < best[0]:
                best = key, MarkPlace(group.name, index, mark)
    return best[1] if best else None


def _runs_before(group: GroupState, t: int) -> list[int]:
    """The last two runs that stand and had been started at t, the newest first."""
    found: list[int] = []
    for index in group.valid_indexes(len(group.runs)):
        started = group.runs[index].started
        if started is not None and started <= t:
            found.append(index)
            if len(found) == 2:
                break
    return found


def has_no_times(run: Run) -> bool:
    """Whether no time at all was taken in the run."""
    return not run.corrections and not any(valid(run))


def expected_times(state: State, rep: PlannedRep, athletes: tuple[str, ...]) -> dict[str, Mapping[int, int]]:
    """What is expected of each athlete in a rep about to start, in ms from GO by mark.

    The target, else the mean pace of the athlete's earlier reps, in whichever group.
    """
    if rep.distance_mm is None:
        return {}
    marks = (*rep.timed, rep.distance_mm)
    found: dict[str, Mapping[int, int]] = {}
    for name in athletes:
        target = rep.targets.get(name)
        if target is not None:
            found[name] = {mark: target.marks.get(mark, target.ms) for mark in marks}
            continue
        ms = mm = 0
        for run in (
            group.runs[index] for group in state.groups.values() for index in group.valid_indexes(MAX_EARLIER_RUNS)
        ):
            finish = run.rep.distance_mm
            time = None if finish is None or name not in run.present else time_of(run, name, finish)
            if finish is not None and time is not None:
                ms, mm = ms + time, mm + finish
        if mm:
            found[name] = {mark: round(mark * ms / mm) for mark in marks}
    return found


def time_of(run: Run, athlete: str, mark: int) -> int | None:
    """The athlete's time in ms from GO to the mark, None where it was not taken."""
    corrected = run.corrections.get((athlete, mark))
    if corrected is not None:
        return corrected
    arrival = find_named(run, athlete, mark)
    return None if arrival is None or run.started is None else arrival.t - run.started


def finish_order(run: Run | None, athletes: tuple[str, ...]) -> tuple[str, ...]:
    """The athletes in the order of their finishes in `run`; who has none comes last, in the group's order."""
    if run is None or run.rep.distance_mm is None:
        return athletes
    times = {name: time_of(run, name, run.rep.distance_mm) for name in athletes}
    return tuple(sorted(athletes, key=lambda name: (times[name] is None, times[name] or 0)))
