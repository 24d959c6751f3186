"""Small changes of which larger ones consist: replacing a group, a run or an arrival, and settling a phase.

All functions are pure and return a new state or group.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from kicktimer.session import arrivals
from kicktimer.session.state import Arrival, GroupState, Phase, Run, State

if TYPE_CHECKING:
    from collections.abc import Callable


def with_group(state: State, group: GroupState) -> State:
    """Returns the state with this group in place of the one of the same name."""
    return replace(state, groups={**state.groups, group.name: group})


def set_run(group: GroupState, index: int, change: Callable[[Run], Run]) -> GroupState:
    """Returns the group with the run at `index` changed."""
    runs = group.runs
    return replace(group, runs=(*runs[:index], change(runs[index]), *runs[index + 1 :]))


def find_run_index(group: GroupState, rep: int | None = None) -> int:
    """Returns the index of the newest valid run, or of the newest one of this rep. Raises `IndexError` without one."""
    for index in group.valid_indexes(len(group.runs)):
        if rep is None or group.runs[index].rep.number == rep:
            return index
    raise IndexError(f"no such rep: {rep}")


def find_arrival(state: State, n: int) -> tuple[str, int, Arrival]:
    """Returns the group's name, the run's index and the arrival with number `n`. Raises `KeyError` without one."""
    # Searches the newest runs of all groups first: a long session must not make it slow to find a recent arrival.
    for age in range(1, 1 + max(len(group.runs) for group in state.groups.values()) if 0 < n <= state.n else 1):
        for group in state.groups.values():
            index = len(group.runs) - age
            for arrival in arrivals.valid(group.runs[index]) if index >= 0 else ():
                if arrival.n == n:
                    return group.name, index, arrival
    raise KeyError(n)


def set_arrival(state: State, place: tuple[str, int], arrival: Arrival) -> State:
    """Returns the state with the arrival in a run, where it replaces the one of the same number or is appended.

    `place` is the group's name and the run's index.
    """
    name, index = place

    def change(run: Run) -> Run:
        if any(each.n == arrival.n for each in run.arrivals):
            return replace(run, arrivals=tuple(arrival if each.n == arrival.n else each for each in run.arrivals))
        return replace(run, arrivals=(*run.arrivals, arrival))

    return with_group(state, set_run(state.groups[name], index, change))


def without_name(arrival: Arrival) -> Arrival:
    """Returns the arrival waiting for a name again."""
    return replace(arrival, athlete=None, by="corrected" if arrival.by == "corrected" else "key")


def settle_phase(state: State, name: str) -> State:
    """Returns the state with the group's phase adapted to the arrivals of its newest run.

    A running group is done when its last rep is complete, or when a rep is complete and nobody is left for the next. A
    group runs again when the rep that its arrivals had ended is no longer complete.
    """
    group = state.groups[name]
    index = len(group.runs) - 1
    if index < 0 or not group.runs[index].is_valid or group.runs[index].skipped:
        return state
    run, last = group.runs[index], not group.has_next_rep
    done = arrivals.is_complete(run, last=last)
    if group.phase is Phase.RUNNING and done and (last or not group.present):
        group = replace(group, phase=Phase.DONE, go=None)
        group = set_run(group, index, lambda each: replace(each, ended=state.now))
    elif group.phase is not Phase.RUNNING and not done and run.ended is not None and not run.ended_by_clock:
        group = replace(group, phase=Phase.RUNNING, go=go_without_arrivals(group, run))
        group = set_run(group, index, lambda each: replace(each, ended=None, recovery_since=None, ended_by_clock=False))
    return with_group(state, group)


def go_without_arrivals(group: GroupState, run: Run) -> int | None:
    """Returns the next GO if it follows from the run's GO alone: after a send-off, a target or a rep by time.

    Returns None if the next GO depends on arrivals or on the coach, or if there is none.
    """
    if run.started is None or not group.has_next_rep:
        return None
    rest = run.rep.rest
    match rest.kind:
        case "send_off":
            return run.started + rest.ms
        case "ready":
            return None
        case "first" | "last" | "target" | "own":
            if run.rep.duration_ms is not None:
                return run.started + run.rep.duration_ms + rest.ms
            slowest = arrivals.slowest_target(run) if rest.kind == "target" else None
            return None if slowest is None else slowest + rest.ms
        case _:
            assert_never(rest.kind)
