"""The meaning of arrivals: which mark each one counts for, who is proposed for it, and when a rep is complete.

Presses of keys are facts; their meaning is computed from a run each time, so that a name, a deletion or an undo changes
everything that depends on it. A valid arrival is one that is not removed (deleted or undone).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kicktimer.plan import PlannedRep
    from kicktimer.session.state import Arrival, GroupState, Run, State

MAX_EARLIER_RUNS = 20
"""How many earlier runs of each group are used to estimate the times of an athlete without a target."""
NO_EXPECTATION_MS = 10**12
"""Sorts an athlete or mark without an expected time after all others."""


@dataclass(frozen=True, slots=True)
class MarkPlace:
    """A mark (mm from GO) of a run. `index` is the run's index in its group's `runs`."""

    group: str
    index: int
    mark: int


def valid(run: Run) -> Iterator[Arrival]:
    """Returns the arrivals that are not removed."""
    return (arrival for arrival in run.arrivals if not arrival.removed)


def find_named(run: Run, athlete: str, mark: int) -> Arrival | None:
    """Returns the athlete's valid arrival at this mark, None if there is none."""
    return next((each for each in valid(run) if each.athlete == athlete and each.mark == mark), None)


def is_taken(run: Run, athlete: str, mark: int) -> bool:
    """Whether the athlete has a time at this mark or at a later one. After a later one, the mark is past."""
    return any(each.athlete == athlete and each.mark is not None and each.mark >= mark for each in valid(run)) or any(
        who == athlete and at >= mark for who, at in run.corrections
    )


def is_open(run: Run, *, closed_too: bool = False) -> bool:
    """Whether the run still takes arrivals. `closed_too`: also if the coach has closed the rep."""
    return run.is_valid and (closed_too or run.closed is None) and not run.skipped and run.rep.distance_mm is not None


def runners(run: Run) -> tuple[str, ...]:
    """Returns the athletes who started the run and have not dropped out during it."""
    return tuple(name for name in run.present if name not in run.dropped)


def expected_at(run: Run, athlete: str, mark: int) -> int | None:
    """Returns when the athlete is expected at the mark (session clock), None without a target or an earlier time."""
    ms = run.expected.get(athlete, {}).get(mark)
    return None if ms is None or run.started is None else run.started + ms


def awaited_athletes(run: Run, mark: int) -> list[str]:
    """Returns the athletes without a time at the mark, in the expected order. Arrivals without a name do not count."""
    rank = {name: place for place, name in enumerate(run.order)}
    names = [name for name in runners(run) if not is_taken(run, name, mark)]
    return sorted(
        names, key=lambda name: (run.expected.get(name, {}).get(mark, NO_EXPECTATION_MS), rank.get(name, len(rank)))
    )


def proposals(run: Run) -> dict[int, str | None]:
    """Returns the athlete proposed for each arrival without a name, by the arrival's number; None if nobody is left.

    An early arrival is proposed to the athlete whose key was pressed, until that athlete has a finish. If no athlete's
    key was pressed, it is proposed to the next awaited athlete for whom no other arrival stands.
    """
    proposed: dict[int, str | None] = {}
    if all(each.athlete is not None for each in valid(run)):
        return proposed
    for mark in run.marks:
        waiting = sorted((a for a in valid(run) if a.athlete is None and a.mark == mark), key=lambda a: (a.t, a.n))
        names = awaited_athletes(run, mark)
        for place, arrival in enumerate(waiting):
            proposed[arrival.n] = names[place] if place < len(names) else None
    for each in valid(run):
        if each.athlete is None and each.mark is None:
            mine = each.early and each.t > (run.started or 0) and each.pressed in (*run.present, *run.absent)
            who = each.pressed if mine else None
            proposed[each.n] = None if who is None or not _untaken_marks(run, who) else who
    _propose_early(run, proposed)
    return proposed


def _propose_early(run: Run, proposed: dict[int, str | None]) -> None:
    """Adds to `proposed` the next awaited athletes for the early arrivals for which no athlete's key was pressed."""
    waiting = [each for each in valid(run) if each.athlete is None and each.t > (run.started or 0)]
    unpressed = sorted(
        (a for a in waiting if a.early and a.mark is None and a.pressed is None), key=lambda a: (a.t, a.n)
    )
    if not unpressed:
        return
    stands_for = {(a.mark, proposed.get(a.n)) for a in waiting if a.mark is not None}
    pressed = [who for a in waiting if a.mark is None and (who := proposed.get(a.n)) is not None]
    stands_for |= {(mark, who) for who in pressed for mark in _untaken_marks(run, who)[:1]}
    awaited = [
        name
        for mark in run.marks
        for name in awaited_athletes(run, mark)
        if not any((later, name) in stands_for for later in run.marks if later >= mark)
    ]
    for arrival, name in zip(unpressed, awaited, strict=False):
        proposed[arrival.n] = name


def why_early(group: GroupState, run: Run, arrival: Arrival) -> Literal["early", "dropped"] | None:
    """Returns why an arrival waits as an early one, None if it has a name or waits like any other.

    "dropped": the key belongs to an athlete who dropped out. "early": the arrival came long before anybody was
    expected.
    """
    if arrival.athlete is not None or not arrival.early:
        return None
    return "dropped" if arrival.pressed in (*group.dropped, *run.dropped, *run.absent) else "early"


def _untaken_marks(run: Run, athlete: str) -> list[int]:
    return [mark for mark in run.marks if not is_taken(run, athlete, mark)]


def is_early(run: Run, athlete: str | None, t: int) -> bool:
    """Whether an arrival at `t` comes before the midpoint between an athlete's last taken mark and the next one.

    Without a taken mark, the midpoint is taken from GO. Without `athlete`, the athlete is the one who is expected
    first, and arrivals without a name count for the athletes who are proposed for them. An athlete is expected at the
    target or at the mean of earlier reps over the same distance; without either, nothing is early. The pace of other
    distances does not count: a rep of 200 m is run much faster than one of 400 m.
    """
    proposed: dict[tuple[str, int], int] = {}
    if athlete is None:
        names = proposals(run)
        proposed = {(name, a.mark): a.t for a in valid(run) if a.mark is not None and (name := names.get(a.n))}
    spans = [
        span for name in (runners(run) if athlete is None else (athlete,)) if (span := _next_span(run, name, proposed))
    ]
    if not spans:
        return False
    since, expected = min(spans, key=lambda span: span[1])
    return 2 * t < since + expected


def _next_span(run: Run, athlete: str, proposed: Mapping[tuple[str, int], int]) -> tuple[int, int] | None:
    """Returns the moments of the athlete's last taken mark, else of GO, and of the next expected one.

    `proposed` has the moments of arrivals that are proposed to athletes, by athlete and mark. Returns None if no mark
    is left or the next one has no expected moment.
    """
    assert run.started is not None
    since, last = run.started, 0
    taken = {mark: moment for (name, mark), moment in proposed.items() if name == athlete}
    taken |= {a.mark: a.t for a in valid(run) if a.athlete == athlete and a.mark is not None}
    taken |= {mark: run.started + ms for (name, mark), ms in run.corrections.items() if name == athlete}
    if taken:
        last = max(taken)
        since = taken[last]
    following = next((mark for mark in run.marks if mark > last), None)
    ms = None if following is None else run.usual.get(athlete, {}).get(following)
    return None if ms is None else (since, run.started + ms)


def counted_finishes(run: Run) -> list[int]:
    """Returns the moments of the finishes that count for the recovery, sorted.

    These are the finishes with a name, and the first ones without a name, one for each athlete who is still out.
    Corrected times do not count, because a correction moves no clock.
    """
    finish = run.rep.distance_mm
    came = {a.athlete: a.t for a in valid(run) if a.mark == finish and a.athlete in run.present}
    unnamed = sorted(a.t for a in valid(run) if a.mark == finish and a.athlete is None and finish is not None)
    still_out = sum(1 for name in runners(run) if name not in came)
    return sorted([*came.values(), *unnamed[:still_out]])


def count_out(run: Run) -> int:
    """Returns how many athletes are still out: runners minus finishes with and without a name. 0 for a rep by time."""
    finish = run.rep.distance_mm
    if finish is None:
        return 0
    came = {a.athlete for a in valid(run) if a.mark == finish}
    unnamed = sum(1 for a in valid(run) if a.mark == finish and a.athlete is None)
    return max(0, sum(1 for name in runners(run) if name not in came) - unnamed)


def is_complete(run: Run, *, last: bool) -> bool:
    """Whether the rep's arrivals (or a close or skip) let the clock leave the rep.

    `last`: no rep follows. Then everybody must have finished, also under `recovery_from: first` or `target`.
    """
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
    """Returns the finish from which the recovery is measured, the first or the last one; None without a finish."""
    came = counted_finishes(run)
    if not came:
        return None
    return came[0] if run.rep.rest.kind == "first" and run.closed is None else came[-1]


def recovery_ms(run: Run, since: int) -> int:
    """Returns the recovery after the run in ms. `since` is when it begins, on the session's clock.

    As a part of the rep's time: of the target under `recovery_from: target`, of the time to the finish that counts,
    else of the target, else of the time until now; of a rep by time, of its duration.
    """
    assert run.started is not None
    took = since - run.started
    slowest = slowest_target(run)
    if run.rep.duration_ms is not None:
        took = run.rep.duration_ms
    elif slowest is not None and (run.rep.rest.kind == "target" or recovery_start(run) is None):
        took = slowest - run.started
    return run.rep.rest.after(took)


def ends_by_target(rep: PlannedRep) -> bool:
    """Whether the rep ends at its slowest target, without any arrival."""
    return rep.hands_free or rep.rest.kind == "target"


def slowest_target(run: Run) -> int | None:
    """Returns when the runner with the slowest target should finish (session clock), None if no runner has a target."""
    targets = [run.rep.targets[name].ms for name in runners(run) if name in run.rep.targets]
    return run.started + max(targets) if targets and run.started is not None else None


def find_named_mark(
    state: State, athlete: str, t: int, *, any_mark: bool = False, closed_too: bool = False
) -> MarkPlace | None:
    """Returns the mark that an arrival of this athlete at `t` counts for: the untaken one expected nearest to `t`.

    Searches, in each group, the newest run started by `t` and the one before it, which must not be closed. `closed_too`
    allows that. `any_mark` also allows marks that are taken, and runs that are over or that the athlete left.
    """

    def candidates() -> Iterator[_Candidate]:
        for group in state.groups.values():
            for age, index in enumerate(newest_runs_at(group, t)):
                run = group.runs[index]
                if athlete not in run.present or (
                    not any_mark and (athlete in run.dropped or not is_open(run, closed_too=closed_too or age == 0))
                ):
                    continue
                for mark in run.marks:
                    if any_mark or not is_taken(run, athlete, mark):
                        yield _Candidate(age, MarkPlace(group.name, index, mark), run, athlete)

    return _nearest_mark(candidates(), t)


def find_mark_in_run(place: MarkPlace, run: Run, athlete: str, t: int) -> MarkPlace | None:
    """Returns the athlete's untaken mark in this run that is expected nearest to `t`, None without one.

    Athletes who had dropped out may have run all the same. `place` has the run's group and index.
    """
    if not run.is_valid or athlete not in (*run.present, *run.absent):
        return None
    marks = [replace(place, mark=mark) for mark in _untaken_marks(run, athlete)]
    return _nearest_mark((_Candidate(0, each, run, athlete) for each in marks), t)


def find_unnamed_mark(group: GroupState, t: int, *, closed_too: bool = False) -> MarkPlace | None:
    """Returns the mark that an arrival without a name at `t` counts for, None if nobody is out.

    Each mark is rated by its next awaited athlete: the one after those whom earlier arrivals without a name stand for.
    Nobody is awaited at a mark before an arrival that is proposed to them.
    """

    def candidates() -> Iterator[_Candidate]:
        for age, index in enumerate(newest_runs_at(group, t)):
            run = group.runs[index]
            if not is_open(run, closed_too=closed_too):
                continue
            unnamed_marks = {a.n: a.mark for a in valid(run) if a.athlete is None and a.mark is not None}
            names = proposals(run)
            for mark in run.marks:
                past = {names[n] for n, at in unnamed_marks.items() if at > mark}
                unnamed = sum(1 for at in unnamed_marks.values() if at == mark)
                awaited = [athlete for athlete in awaited_athletes(run, mark) if athlete not in past]
                for athlete in awaited[unnamed : unnamed + 1]:
                    yield _Candidate(age, MarkPlace(group.name, index, mark), run, athlete)

    return _nearest_mark(candidates(), t)


class _Candidate(NamedTuple):
    """A mark that an arrival may count for. `age` is 0 for the newest run, `athlete` is expected at the mark."""

    age: int
    place: MarkPlace
    run: Run
    athlete: str


def _nearest_mark(candidates: Iterable[_Candidate], t: int) -> MarkPlace | None:
    """Returns the mark whose athlete is expected nearest to `t`; of equally near ones, that of the newer run.

    Without an expected time, an optional mark is left out, a mark of the newest run is as near as can be, and a mark of
    an older run is the last choice.
    """
    best: tuple[tuple[int, int, int], MarkPlace] | None = None
    for age, place, run, athlete in candidates:
        expected = expected_at(run, athlete, place.mark)
        if expected is None and place.mark in run.rep.optional:
            continue
        unknown = 0 if age == 0 else NO_EXPECTATION_MS
        key = (unknown if expected is None else abs(expected - t), age, place.mark)
        if best is None or key < best[0]:
            best = key, place
    return best[1] if best else None


def newest_runs_at(group: GroupState, t: int) -> list[int]:
    """Returns the indexes of the last two valid runs that had been started by `t`, the newest first."""
    found: list[int] = []
    for index in group.valid_indexes(len(group.runs)):
        started = group.runs[index].started
        if started is not None and started <= t:
            found.append(index)
            if len(found) == 2:
                break
    return found


def has_no_times(run: Run) -> bool:
    """Whether the run has neither a correction nor an arrival, not counting early ones without a name."""
    return not run.corrections and all(each.early and each.athlete is None for each in valid(run))


def expected_times(
    state: State, rep: PlannedRep, athletes: tuple[str, ...], *, same_distance: bool = False
) -> dict[str, Mapping[int, int]]:
    """Returns when each athlete is expected at each mark of a rep that starts now, in ms from GO.

    This is the target, or without one the mean pace of the athlete's earlier reps in any group. Athletes with neither
    are left out. `same_distance`: reps over other distances do not count.
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
            if finish is not None and time is not None and (not same_distance or finish == rep.distance_mm):
                ms, mm = ms + time, mm + finish
        if mm:
            found[name] = {mark: round(mark * ms / mm) for mark in marks}
    return found


def time_of(run: Run, athlete: str, mark: int) -> int | None:
    """Returns the athlete's time in ms from GO to the mark, None if it was not taken."""
    corrected = run.corrections.get((athlete, mark))
    if corrected is not None:
        return corrected
    arrival = find_named(run, athlete, mark)
    return None if arrival is None or run.started is None else arrival.t - run.started


def finish_order(run: Run | None, athletes: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the athletes in the order of their finishes in `run`; those without a finish come last."""
    if run is None or run.rep.distance_mm is None:
        return athletes
    times = {name: time_of(run, name, run.rep.distance_mm) for name in athletes}
    return tuple(sorted(athletes, key=lambda name: (times[name] is None, times[name] or 0)))
