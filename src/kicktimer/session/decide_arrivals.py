"""Decisions about arrivals: tap, bounce, assign, unassign, insert, delete and correct."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.session import arrivals
from kicktimer.session import events as ev
from kicktimer.session.lookup import RefusedError, find_run, require_arrival, require_group, require_group_of
from kicktimer.session.state import GroupState, Run, mark_mm, mark_name

if TYPE_CHECKING:
    from kicktimer.session import commands as do
    from kicktimer.session.transition import Transition


def tap(command: do.Tap, transition: Transition) -> None:
    state, t = transition.state, command.t
    if command.athlete is None:
        group = require_group(state, command)
        _require_started(group, t)
        place = arrivals.find_unnamed_mark(group, t)
        if place is None:
            raise RefusedError("nobody is out")
        _emit_tap(transition, t, place)
        return
    group = require_group_of(state, command.athlete)
    if _has_dropped(group, command.athlete, t):
        run = _require_started(group, t)
        _emit_early_tap(transition, t, group.name, run, command.athlete)
        return
    place = arrivals.find_named_mark(state, command.athlete, t)
    if place is not None:
        _emit_tap(transition, t, place, command.athlete)
        return
    run = _require_started(group, t)
    place = arrivals.find_unnamed_mark(group, t)
    if place is not None:
        _emit_tap(transition, t, place, pressed=command.athlete)
    elif run.rep.distance_mm is None:
        raise RefusedError("this rep is run by time: nobody is timed")
    else:
        transition.emit(ev.Tapped(t=t, group=group.name, rep=run.rep.number, pressed=command.athlete))


def _require_started(group: GroupState, t: int) -> Run:
    """Returns the group's newest valid run. Raises `RefusedError` if `t` is before the group's first GO."""
    run = group.newest_run
    if run is None or run.started is None or (t < run.started and group.go_count == 1):
        raise RefusedError("no GO has come yet")
    return run


def _has_dropped(group: GroupState, athlete: str, t: int) -> bool:
    """Whether the athlete has dropped out of the rep that runs at `t`, and is back at the next one at the earliest."""
    runs = [group.runs[index] for index in arrivals.newest_runs_at(group, t)[:1]]
    timed = any(run.rep.distance_mm is not None for run in runs)
    return timed and (athlete in group.dropped or any(athlete in (*run.dropped, *run.absent) for run in runs))


def _emit_early_tap(transition: Transition, t: int, group: str, run: Run, pressed: str | None) -> None:
    """Records an arrival that counts for nothing until it is named. No clock depends on it."""
    transition.emit(ev.Tapped(t=t, group=group, rep=run.rep.number, pressed=pressed, early=True))


def _emit_tap(
    transition: Transition, t: int, place: arrivals.MarkPlace, athlete: str | None = None, pressed: str | None = None
) -> None:
    run = transition.state.groups[place.group].runs[place.index]
    if arrivals.is_early(run, athlete, t):
        _emit_early_tap(transition, t, place.group, run, athlete or pressed)
        return
    rep = run.rep
    transition.emit(
        ev.Tapped(
            t=t, group=place.group, athlete=athlete, rep=rep.number, mark=mark_name(rep, place.mark), pressed=pressed
        )
    )
    transition.derive([place.group], t, finish=True)


def bounce(command: do.Bounce, transition: Transition) -> None:
    transition.emit(ev.Bounced(t=command.t, group=command.group, athlete=command.athlete, key=command.key))


def assign(command: do.Assign, transition: Transition) -> None:
    state = transition.state
    name, index, arrival = require_arrival(state, command.tap)
    require_group_of(state, command.athlete)
    if arrival.athlete == command.athlete:
        raise RefusedError(f"that arrival is {command.athlete}'s already")
    run = state.groups[name].runs[index]
    place: arrivals.MarkPlace | None = None
    if arrival.mark is None and arrival.early and arrival.t > (run.started or 0):  # `late_start` can move GO past it
        place = arrivals.find_mark_in_run(arrivals.MarkPlace(name, index, 0), run, command.athlete, arrival.t)
    elif arrival.mark is not None and run.is_valid and command.athlete in (*run.present, *run.absent):
        place = arrivals.MarkPlace(name, index, arrival.mark)
    if place is None:
        place = arrivals.find_named_mark(state, command.athlete, arrival.t, any_mark=True)
    if place is None:
        raise RefusedError(f"{command.athlete} ran no rep then")
    to = state.groups[place.group].runs[place.index]
    displaced = arrivals.find_named(to, command.athlete, place.mark)
    transition.emit(
        ev.Assigned(
            t=command.t, tap=arrival.n, athlete=command.athlete, group=place.group, rep=to.rep.number,
            mark=mark_name(to.rep, place.mark),
        )
    )  # fmt: skip
    if displaced is not None:
        transition.emit(ev.Unassigned(t=command.t, tap=displaced.n, athlete=command.athlete, group=place.group))
    transition.derive(dict.fromkeys([name, place.group]), command.t, runs=[(name, index), (place.group, place.index)])


def unassign(command: do.Unassign, transition: Transition) -> None:
    name, index, arrival = require_arrival(transition.state, command.tap)
    if arrival.athlete is None:
        raise RefusedError("that arrival has no name")
    transition.emit(ev.Unassigned(t=command.t, tap=command.tap, athlete=arrival.athlete, group=name))
    transition.derive([name], command.t, runs=[(name, index)])


def insert(command: do.Insert, transition: Transition) -> None:
    state = transition.state
    if command.at > command.t:
        raise RefusedError("that moment is still to come")
    if command.athlete is not None:
        require_group_of(state, command.athlete)
        place = arrivals.find_named_mark(state, command.athlete, command.at, closed_too=True)
        reason = f"{command.athlete} has no mark without a time then"
    else:
        place = arrivals.find_unnamed_mark(require_group(state, command), command.at, closed_too=True)
        reason = "nobody was out then"
    if place is None:
        raise RefusedError(reason)
    rep = state.groups[place.group].runs[place.index].rep
    transition.emit(
        ev.Inserted(
            t=command.t, group=place.group, at=command.at, athlete=command.athlete, rep=rep.number,
            mark=mark_name(rep, place.mark),
        )
    )  # fmt: skip
    transition.derive([place.group], command.t, runs=[(place.group, place.index)])


def delete(command: do.Delete, transition: Transition) -> None:
    name, index, _ = require_arrival(transition.state, command.tap)
    transition.emit(ev.Deleted(t=command.t, tap=command.tap, group=name))
    transition.derive([name], command.t, runs=[(name, index)])


def correct(command: do.Correct, transition: Transition) -> None:
    state = transition.state
    require_group_of(state, command.athlete)
    place = find_run(state, command.athlete, command.rep)
    if place is None:
        raise RefusedError(f"{command.athlete} has not run rep {command.rep}")
    group, index = place
    run = group.runs[index]
    try:
        mark = mark_mm(run.rep, command.mark)
    except ValueError as error:
        raise RefusedError(str(error)) from None
    if run.rep.distance_mm is None or not 0 < mark <= run.rep.distance_mm:
        raise RefusedError(f"rep {command.rep} has no mark at {command.mark}")
    transition.emit(
        ev.Corrected(
            t=command.t, group=group.name, athlete=command.athlete, rep=command.rep,
            mark=mark_name(run.rep, mark), time=command.time,
        )
    )  # fmt: skip
    transition.derive([], command.t, runs=[(group.name, index)])
