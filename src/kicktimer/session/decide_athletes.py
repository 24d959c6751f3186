"""Decisions about athletes: drop, return, join, move and rate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kicktimer.errors import KicktimerError
from kicktimer.session import events as ev
from kicktimer.session.late_joiners import dump_athlete, dump_targets, parse_entry
from kicktimer.session.lookup import RefusedError, find_run, require_group_of
from kicktimer.session.undo import affected_groups

if TYPE_CHECKING:
    from kicktimer.session import commands as do
    from kicktimer.session.state import State
    from kicktimer.session.transition import Transition

MAX_ATHLETES = 36


def drop(command: do.Drop, transition: Transition) -> None:
    group = require_group_of(transition.state, command.athlete)
    if command.athlete in group.dropped:
        raise RefusedError(f"{command.athlete} has dropped out already")
    transition.emit(ev.AthleteDropped(t=command.t, athlete=command.athlete, group=group.name))
    assert transition.state.undoable is not None
    transition.derive(affected_groups(transition.state.undoable), command.t)


def return_athlete(command: do.Return, transition: Transition) -> None:
    group = require_group_of(transition.state, command.athlete)
    if command.athlete not in group.dropped:
        raise RefusedError(f"{command.athlete} has not dropped out")
    transition.emit(ev.AthleteReturned(t=command.t, athlete=command.athlete, group=group.name))


def join(command: do.Join, transition: Transition) -> None:
    state = transition.state
    try:
        athlete = parse_entry(command.athlete, tuple(state.athletes.values()))
    except KicktimerError as error:
        raise RefusedError(error.message) from None
    if len(state.athletes) >= MAX_ATHLETES:
        raise RefusedError(f"a squad has at most {MAX_ATHLETES} athletes")
    squad_group = command.group or athlete.group
    if command.group is None and len(state.groups) == 1 and "group" not in command.athlete:
        squad_group = next(iter(state.groups.values())).name
    name, like = _group_of_late_comer(state, athlete.name, squad_group)
    athlete = replace(athlete, group=state.athletes[like].group if like else name)
    targets = dump_targets(state.groups[like or name].reps, athlete)
    transition.emit(
        ev.AthleteJoined(t=command.t, athlete=dump_athlete(athlete), group=name, like=like, targets=targets)
    )


def _group_of_late_comer(state: State, athlete: str, name: str) -> tuple[str, str]:
    """Returns the name of the group that a late-comer to squad group `name` runs in, and "" or a group to copy.

    If each athlete is a group (`recovery_from: own`), the late-comer gets a new group, named after the athlete. It
    copies the reps of the group of the same squad group that has the fewest: reps added for one athlete are not copied.
    """
    of = {name: state.athletes[name].group for name in state.groups if name in state.athletes}
    own = {name: squad_group for name, squad_group in of.items() if squad_group != name}
    if name in state.groups and name not in own:
        return name, ""
    alike = [state.groups[each] for each, squad_group in own.items() if squad_group == own.get(name, name)]
    if not alike:
        raise RefusedError(f"there is no group {name}")
    if athlete in state.groups:
        raise RefusedError(f"there is a group {athlete} already")
    return athlete, min(alike, key=lambda group: len(group.reps)).name


def move(command: do.Move, transition: Transition) -> None:
    state = transition.state
    group = require_group_of(state, command.athlete)
    if command.group is None:
        raise RefusedError("which group?")
    if command.group == group.name:
        raise RefusedError(f"{command.athlete} is in group {group.name} already")
    targets = dump_targets(state.groups[command.group].reps, state.athletes[command.athlete])
    transition.emit(
        ev.AthleteMoved(t=command.t, athlete=command.athlete, group=group.name, to=command.group, targets=targets)
    )
    transition.derive([group.name], command.t)


def rate(command: do.Rate, transition: Transition) -> None:
    state = transition.state
    require_group_of(state, command.athlete)
    if command.relaxation is None and command.effort is None:
        raise RefusedError("a rating needs relaxation or effort")
    place = find_run(state, command.athlete, command.rep)
    if place is None:
        raise RefusedError(f"{command.athlete} has not run that rep")
    group, index = place
    transition.emit(
        ev.Rated(
            t=command.t, athlete=command.athlete, group=group.name, rep=group.runs[index].rep.number,
            relaxation=command.relaxation, effort=command.effort,
        )
    )  # fmt: skip
