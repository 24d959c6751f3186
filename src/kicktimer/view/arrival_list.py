"""Arrivals as the coach's keys choose among them: who waits, which are neighbours, where a forgotten one belongs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kicktimer.session import arrivals
from kicktimer.view.comparison import compare

if TYPE_CHECKING:
    from kicktimer.session import Arrival, GroupState, Run, State

FORGOTTEN_MS = 1000
"""An arrival that was forgotten just now came in so long ago."""
JUST_BEFORE_MS = 500
"""A forgotten arrival before the first one came in so long before it."""
NOBODY_MS = 60_000


@dataclass(frozen=True, slots=True)
class ArrivalPair:
    """An arrival and the next one at the same mark, by the numbers of their facts, with whose they are taken for."""

    first: int
    second: int
    first_name: str
    second_name: str
    named: bool  # whether the coach has named the second


@dataclass(frozen=True, slots=True)
class Correctable:
    """An athlete's rep whose time can be put right. `ms` is the time from GO, or where to begin if none was taken."""

    athlete: str
    rep: int
    ms: int
    was: str  # as it is shown now


def selectable(state: State, name: str) -> tuple[int, ...]:
    """The arrivals of the group's last two runs, by the numbers of their facts, oldest first."""
    return tuple(each.n for _, each in _recent(state.groups[name]))


def _recent(group: GroupState) -> list[tuple[Run, Arrival]]:
    runs = [group.runs[index] for index in group.live_indexes(2)]
    found = [(run, each) for run in runs for each in arrivals.valid(run)]
    return sorted(found, key=lambda place: (place[1].t, place[1].n))


def waiting(state: State) -> list[tuple[int, str]]:
    """The arrivals of all groups that wait for a name, oldest first, with who is proposed ("" for nobody)."""
    found: list[tuple[int, int, str]] = []
    for group in state.groups.values():
        for index in group.live_indexes(2):
            run = group.runs[index]
            proposed = arrivals.proposals(run)
            nameless = (each for each in arrivals.valid(run) if each.athlete is None)
            found.extend((each.t, each.n, proposed.get(each.n) or "") for each in nameless)
    return [(n, name) for _, n, name in sorted(found)]


def arrival_of(state: State, athlete: str) -> int | None:
    """The newest arrival that is shown as the athlete's, by name or because it only proposes the athlete."""
    found: list[tuple[int, int]] = []
    for group in state.groups.values():
        for index in group.live_indexes(2):
            run = group.runs[index]
            proposed = arrivals.proposals(run)
            mine = (each for each in arrivals.valid(run) if athlete in (each.athlete, proposed.get(each.n)))
            found.extend((each.t, each.n) for each in mine)
    return max(found)[1] if found else None


def pair_of(state: State, name: str, n: int) -> ArrivalPair | None:
    """The group's arrival `n` and the one after it at the same mark; None where there is none or nobody is known."""
    recent = _recent(state.groups[name])
    run, arrival = next(((run, each) for run, each in recent if each.n == n), (None, None))
    if run is None or arrival is None:
        return None
    same = [each for at, each in recent if at is run and each.mark == arrival.mark]
    place = same.index(arrival) + 1
    if place == len(same):
        return None
    proposed = arrivals.proposals(run)
    second = same[place]
    names = [each.athlete or proposed.get(each.n) for each in (arrival, second)]
    if names[0] is None or names[1] is None:
        return None
    return ArrivalPair(n, second.n, names[0], names[1], named=second.athlete is not None)


def forgotten_at(state: State, name: str, selected: int | None, now: int) -> int:
    """When a forgotten arrival came in: half-way between the selected one and the one before; else a moment ago."""
    recent = _recent(state.groups[name])
    place = next((place for place, (_, each) in enumerate(recent) if each.n == selected), None)
    if place is None:
        return max(0, now - FORGOTTEN_MS)
    run, arrival = recent[place]
    before = [each.t for at, each in recent[:place] if at is run]
    return (before[-1] + arrival.t) // 2 if before else max(run.started or 0, arrival.t - JUST_BEFORE_MS)


def correctable(state: State, athlete: str) -> tuple[Correctable, ...]:
    """The athlete's last reps over a distance, the newest first."""
    found: list[tuple[int, Correctable]] = []
    for group in state.groups.values():
        for index in group.live_indexes(2 * len(state.groups)):
            run = group.runs[index]
            finish = run.rep.distance_mm
            if finish is None or run.started is None or athlete not in run.present:
                continue
            ms = arrivals.time_of(run, athlete, finish)
            taken = [] if ms is not None else [each - run.started for each in arrivals.finishes(run)]
            start = ms if ms is not None else max(taken, default=NOBODY_MS)
            was = "no time" if ms is None else compare(ms, None).time
            found.append((run.started, Correctable(athlete, run.rep.number, start, was)))
    found.sort(key=lambda each: -each[0])
    return tuple(each for _, each in found)
