"""The small changes that every larger one is made of.

A group, a run, an arrival is replaced, and a clock brought in line with what arrivals make true. Pure; all of it
returns a new state or group.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kicktimer.session import arrivals
from kicktimer.session.state import Arrival, GroupState, Phase, Run, State

if TYPE_CHECKING:
    from collections.abc import Callable


def with_group(state: State, group: GroupState) -> State:
    return replace(state, groups={**state.groups, group.name: group})


def set_run(group: GroupState, index: int, change: Callable[[Run], Run]) -> GroupState:
    runs = group.runs
    return replace(group, runs=(*runs[:index], change(runs[index]), *runs[index + 1 :]))


def find_run_index(group: GroupState, rep: int | None = None) -> int:
    """Where the newest run that stands is, or the newest one of this rep. Raises `IndexError`."""
    for index in group.valid_indexes(len(group.runs)):
        if rep is None or group.runs[index].rep.number == rep:
            return index
    raise IndexError(f"no such rep: {rep}")


def find_arrival(state: State, n: int) -> tuple[str, int, Arrival]:
    """The group, the index of the run and the arrival with fact number n. Raises `KeyError`."""
    # Newest runs first, all groups side by side: what is looked for is seldom old, however long the session is.
    for age in range(1, 1 + max(len(group.runs) for group in state.groups.values()) if 0 < n <= state.n else 1):
        for group in state.groups.values():
            index = len(group.runs) - age
            for arrival in arrivals.valid(group.runs[index]) if index >= 0 else ():
                if arrival.n == n:
                    return group.name, index, arrival
    raise KeyError(n)


def set_arrival(state: State, place: tuple[str, int], arrival: Arrival) -> State:
    """Puts the arrival into a run, in the place of the one with the same number."""
    name, index = place

    def change(run: Run) -> Run:
        if any(each.n == arrival.n for each in run.arrivals):
            return replace(run, arrivals=tuple(arrival if each.n == arrival.n else each for each in run.arrivals))
        return replace(run, arrivals=(*run.arrivals, arrival))

    return with_group(state, set_run(state.groups[name], index, change))


def without_name(arrival: Arrival) -> Arrival:
    return replace(arrival, athlete=None, by="corrected" if arrival.by == "corrected" else "key")


def settle_phase(state: State, name: str) -> State:
    """Brings a group's phase in line with the arrivals of its running rep."""
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
    """The next GO where it hangs on the running rep's GO alone (send-off, target, timed rep).

    None where it hangs on arrivals.
    """
    if run.started is None or not group.has_next_rep:
        return None
    rest = run.rep.rest
    if rest.kind == "send_off":
        return run.started + rest.ms
    if rest.kind == "ready":
        return None
    if run.rep.duration_ms is not None:
        return run.started + run.rep.duration_ms + rest.ms
    if rest.kind == "target":
        slowest = arrivals.slowest_target(run)
        return None if slowest is None else slowest + rest.ms
    return None
