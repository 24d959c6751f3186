"""What all decisions share: how a command finds its group, athlete or arrival, and how it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.session import events as ev
from kicktimer.session.state_updates import find_arrival

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kicktimer.session import commands as do
    from kicktimer.session.state import Arrival, GroupState, Run, State
    from kicktimer.session.transition import Transition


class RefusedError(Exception):
    """Ends a decision; `decide` turns it into a `Refusal`."""


def require_group(state: State, command: do.Command) -> GroupState:
    """The group that a command is for: the named one, or the only one."""
    if command.group is not None:
        return state.groups[command.group]
    if len(state.groups) > 1:
        raise RefusedError("which group?")
    return next(iter(state.groups.values()))


def require_running(group: GroupState) -> Run:
    run = group.runs[-1] if group.runs else None
    if run is None or not run.is_valid:
        raise RefusedError("no rep runs")
    return run


def require_group_of(state: State, athlete: str) -> GroupState:
    if athlete not in state.athletes:
        raise RefusedError(f"there is no athlete {athlete}")
    return state.group_of(athlete)


def find_run(state: State, athlete: str, rep: int | None = None) -> tuple[GroupState, int] | None:
    """Where the athlete's run of that rep is, or the last one: the newest of all groups that the athlete ran in."""
    found = []
    for group in state.groups.values():
        for index in group.valid_indexes(len(group.runs)):
            run = group.runs[index]
            if athlete in run.present and rep in (None, run.rep.number):
                found.append((run.started or 0, group, index))
                break
    return max(found, key=lambda place: place[0])[1:] if found else None


def require_arrival(state: State, n: int) -> tuple[str, int, Arrival]:
    try:
        return find_arrival(state, n)
    except KeyError:
        raise RefusedError(f"fact {n} is no arrival") from None


def countdown(
    transition: Transition, group: GroupState, t: int, go: int, then: Mapping[str, int] | None = None
) -> None:
    transition.emit(ev.CountdownStarted(t=t, group=group.name, go=go, then=dict(then or {})))
