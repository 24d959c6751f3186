"""Small changes of which larger ones consist: replacing a group, a run or an arrival, and settling a phase.

All functions are pure and return a new state or group.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from kicktimer.session import arrivals
from kicktimer.session.state import MIN_GO_NOTICE_MS, Arrival, GroupState, Phase, Run, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from kicktimer.session.state import TimeSource


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
    by: TimeSource = "corrected" if arrival.by == "corrected" else "key"
    return replace(arrival, athlete=None, by=by, mark=None if arrival.early else arrival.mark)


def settle_phase(state: State, name: str) -> State:
    """Returns the state with the group's phase adapted to the arrivals of its newest run.

    A running group is done when its last rep is complete, or when a rep is complete and nobody is left for the next. A
    group runs again when the rep that its arrivals had ended is no longer complete. If its next GO does not depend on
    arrivals, GO then stays where it was; a GO that commands have moved comes after the shortest notice at the earliest.
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
        go = go_without_arrivals(group, run)
        if go is not None and (go != group.go or run.moved_go is not None):
            go = max(go, state.now + MIN_GO_NOTICE_MS)
        group = replace(group, phase=Phase.RUNNING, go=go)
        group = set_run(group, index, lambda each: replace(each, ended=None, recovery_since=None, ended_by_clock=False))
    return with_group(state, group)


def go_without_arrivals(group: GroupState, run: Run) -> int | None:
    """Returns the next GO if it follows from the run's GO alone: after a send-off, a target or a rep by time.

    If a command has moved that GO, this is the moment where it was moved. Returns None if the next GO depends on
    arrivals or on the coach, or if there is none.
    """
    if run.started is None or not group.has_next_rep:
        return None
    rest = run.rep.rest
    match rest.kind:
        case "send_off":
            return run.started + rest.ms if run.moved_go is None else run.moved_go
        case "ready":
            return None
        case "first" | "last" | "target" | "own":
            end = arrivals.slowest_target(run) if rest.kind == "target" else None
            if run.rep.duration_ms is not None:
                end = run.started + run.rep.duration_ms
            if end is None:
                return None
            return end + arrivals.recovery_ms(run, end) if run.moved_go is None else run.moved_go
        case _:
            assert_never(rest.kind)


def move_go(group: GroupState, go: int | None) -> GroupState:
    """Returns the group with its next GO at `go`, where a command has moved it.

    If the newest run alone had set it, the run keeps the new moment, so that it stays when an arrival is taken back.
    """
    index = len(group.runs) - 1
    if go is not None and index >= 0 and group.runs[index].is_valid:
        planned = go_without_arrivals(group, group.runs[index])
        if planned not in (None, go):
            group = set_run(group, index, lambda run: replace(run, moved_go=go))
    return replace(group, go=go)
