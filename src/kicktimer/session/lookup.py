"""Lookups for decisions: the group, athlete, run or arrival that a command is about.

The `require_` functions raise `RefusedError` if there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.session.state_updates import find_arrival

if TYPE_CHECKING:
    from kicktimer.session import commands as do
    from kicktimer.session.state import Arrival, GroupState, Run, State


class RefusedError(Exception):
    """The command is refused, for the reason in the message. `decide` returns it as a `Refusal`."""


def require_group(state: State, command: do.Command) -> GroupState:
    """Returns the group that the command names, or the only group if it names none."""
    if command.group is not None:
        return state.groups[command.group]
    if len(state.groups) > 1:
        raise RefusedError("which group?")
    return next(iter(state.groups.values()))


def require_running(group: GroupState) -> Run:
    """Returns the group's newest run if it is valid."""
    run = group.runs[-1] if group.runs else None
    if run is None or not run.is_valid:
        raise RefusedError("no rep runs")
    return run


def require_group_of(state: State, athlete: str) -> GroupState:
    """Returns the athlete's group."""
    if athlete not in state.athletes:
        raise RefusedError(f"there is no athlete {athlete}")
    return state.group_of(athlete)


def find_run(state: State, athlete: str, rep: int | None = None) -> tuple[GroupState, int] | None:
    """Returns the group and the index of the newest valid run of `rep` that the athlete was in, None without one.

    Without `rep`, it is the newest run of any rep. The groups that the athlete was in before are searched too.
    """
    found = []
    for group in state.groups.values():
        for index in group.valid_indexes(len(group.runs)):
            run = group.runs[index]
            if athlete in run.present and rep in (None, run.rep.number):
                found.append((run.started or 0, group, index))
                break
    return max(found, key=lambda place: place[0])[1:] if found else None


def require_arrival(state: State, n: int) -> tuple[str, int, Arrival]:
    """Returns the group's name, the run's index and the arrival with number `n`."""
    try:
        return find_arrival(state, n)
    except KeyError:
        raise RefusedError(f"fact {n} is no arrival") from None
