"""Lookups for the keys that edit arrivals: which ones wait for a name, which are neighbours, whose time to correct."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from kicktimer.results import time_source
from kicktimer.session import arrivals
from kicktimer.session.state import mark_name
from kicktimer.view.comparison import format_time, is_hand_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kicktimer.session import Arrival, GroupState, Run, State

FORGOTTEN_ARRIVAL_AGE_MS = 1000
"""How long before now a forgotten arrival is assumed to have come, if none is selected."""
BEFORE_FIRST_ARRIVAL_MS = 500
"""How long before the first arrival a forgotten one is assumed to have come."""
DEFAULT_CORRECTION_MS = 60_000
"""The time from which the correction of a missing time starts, if nobody has finished the rep."""


@dataclass(frozen=True, slots=True)
class ArrivalPair:
    """An arrival and the next one at the same mark: the numbers of their facts, and the athletes named or proposed."""

    first: int
    second: int
    first_name: str
    second_name: str
    named: bool  # whether the second arrival has a name, and not only a proposal


@dataclass(frozen=True, slots=True)
class CorrectableRep:
    """An athlete's rep whose time at `mark` can be corrected.

    `ms` is the time from GO; if none was taken, a value from which to start the correction. `started` is the moment of
    the rep's GO.
    """

    athlete: str
    rep: int
    ms: int
    was: str  # the time as the screen shows it now, "no time" if none was taken
    mark: Literal["finish"] | int | float = "finish"
    started: int = 0
    just_begun: bool = False  # the rep is running, and the athlete has no time in it


NO_PREFERENCES: Mapping[int, str] = MappingProxyType({})
"""No arrival is preferably some athlete's."""


def proposed_names(run: Run, preferred: Mapping[int, str] = NO_PREFERENCES) -> dict[int, str | None]:
    """Returns the athlete proposed for each arrival without a name, by the arrival's number; None if nobody is left.

    `preferred` says, by the numbers of arrivals, whose the coach's keys suggest that they are. An arrival that is
    proposed to that athlete by order takes the other's proposal in exchange. An athlete who has a time already is not
    preferred.
    """
    proposed = arrivals.proposals(run)
    marks = {each.n: each.mark for each in arrivals.valid(run) if each.athlete is None}
    for n, athlete in preferred.items():
        if n not in proposed or athlete not in run.present or proposed[n] == athlete:
            continue
        mark = marks.get(n)
        if mark is not None and arrivals.is_taken(run, athlete, mark):
            continue
        other = next((each for each, who in proposed.items() if who == athlete and marks.get(each) == mark), None)
        if other is not None:
            proposed[other] = proposed[n]
        proposed[n] = athlete
    return proposed


def selectable_arrivals(state: State, name: str) -> tuple[int, ...]:
    """Returns the fact numbers of the arrivals in the group's last two runs, oldest first."""
    return tuple(each.n for _, each in _recent(state.groups[name]))


def _recent(group: GroupState) -> list[tuple[Run, Arrival]]:
    runs = [group.runs[index] for index in group.valid_indexes(2)]
    found = [(run, each) for run in runs for each in arrivals.valid(run)]
    return sorted(found, key=lambda place: (place[1].t, place[1].n))


def waiting_arrivals(
    state: State, preferred: Mapping[int, str] = NO_PREFERENCES, name: str | None = None
) -> list[tuple[int, str]]:
    """Returns the arrivals without a name in the last two runs of all groups, or of group `name`, oldest first.

    Each is the number of its fact and the proposed athlete, or "" if none is proposed.
    """
    found: list[tuple[int, int, str]] = []
    for group in state.groups.values() if name is None else (state.groups[name],):
        for index in group.valid_indexes(2):
            run = group.runs[index]
            proposed = proposed_names(run, preferred)
            nameless = (each for each in arrivals.valid(run) if each.athlete is None)
            found.extend((each.t, each.n, proposed.get(each.n) or "") for each in nameless)
    return [(n, name) for _, n, name in sorted(found)]


def newest_arrival_of(state: State, athlete: str, preferred: Mapping[int, str] = NO_PREFERENCES) -> int | None:
    """Returns the fact number of the newest arrival that is named for, or proposed to, the athlete.

    Looks at the last two runs of each group; returns None if there is no such arrival.
    """
    found: list[tuple[int, int]] = []
    for group in state.groups.values():
        for index in group.valid_indexes(2):
            run = group.runs[index]
            proposed = proposed_names(run, preferred)
            mine = (each for each in arrivals.valid(run) if athlete in (each.athlete, proposed.get(each.n)))
            found.extend((each.t, each.n) for each in mine)
    return max(found)[1] if found else None


def arrival_pair(state: State, name: str, n: int, preferred: Mapping[int, str] = NO_PREFERENCES) -> ArrivalPair | None:
    """Returns the group's arrival `n` and the next one at the same mark.

    Returns None if one of the two does not exist, or has neither a name nor a proposal.
    """
    recent = _recent(state.groups[name])
    run, arrival = next(((run, each) for run, each in recent if each.n == n), (None, None))
    if run is None or arrival is None:
        return None
    same = [each for at, each in recent if at is run and each.mark == arrival.mark]
    place = same.index(arrival) + 1
    if place == len(same):
        return None
    proposed = proposed_names(run, preferred)
    second = same[place]
    names = [each.athlete or proposed.get(each.n) for each in (arrival, second)]
    if names[0] is None or names[1] is None:
        return None
    return ArrivalPair(n, second.n, names[0], names[1], named=second.athlete is not None)


def estimate_forgotten_arrival(state: State, name: str, selected: int | None, now: int) -> int:
    """Returns the assumed moment of a forgotten arrival: halfway between the selected one and the one before it.

    If the selected arrival is its run's first, that is shortly before it; if none is selected, shortly before `now`.
    """
    recent = _recent(state.groups[name])
    place = next((place for place, (_, each) in enumerate(recent) if each.n == selected), None)
    if place is None:
        return max(0, now - FORGOTTEN_ARRIVAL_AGE_MS)
    run, arrival = recent[place]
    before = [each.t for at, each in recent[:place] if at is run]
    return (before[-1] + arrival.t) // 2 if before else max(run.started or 0, arrival.t - BEFORE_FIRST_ARRIVAL_MS)


def correctable_reps(state: State, athlete: str, arrival: Arrival | None = None) -> tuple[CorrectableRep, ...]:
    """Returns the athlete's last reps over a distance that have started, newest first.

    The rep of `arrival`, one of the athlete's, comes before all others, with the mark of the arrival.
    """
    found: list[tuple[bool, int, CorrectableRep]] = []
    for group in state.groups.values():
        for index in group.valid_indexes(2 * len(state.groups)):
            run = group.runs[index]
            if run.rep.distance_mm is None or run.started is None or athlete not in run.present:
                continue
            chosen = arrival is not None and any(each.n == arrival.n for each in arrivals.valid(run))
            mark = arrival.mark if chosen and arrival is not None and arrival.mark is not None else run.rep.distance_mm
            found.append((not chosen, -run.started, _correctable_rep(run, run.started, athlete, mark)))
    return tuple(each for *_, each in sorted(found, key=lambda each: each[:2]))


def _correctable_rep(run: Run, started: int, athlete: str, mark: int) -> CorrectableRep:
    ms = arrivals.time_of(run, athlete, mark)
    taken = [] if ms is not None else [each - started for each in arrivals.counted_finishes(run)]
    start = ms if ms is not None else max(taken, default=DEFAULT_CORRECTION_MS)
    was = "no time" if ms is None else format_time(ms, by_hand=is_hand_time(time_source(run, athlete, mark)))
    just_begun = ms is None and run.ended is None
    name = mark_name(run.rep, mark)
    at: Literal["finish"] | int | float = "finish" if isinstance(name, str) else name
    return CorrectableRep(athlete, run.rep.number, start, was, at, started, just_begun)
