"""Undo and redo: recording what a step changes, taking the newest step back, and doing it again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kicktimer.session import arrivals
from kicktimer.session import events as ev
from kicktimer.session.state import MIN_GO_NOTICE_MS, Arrival, GroupState, Phase, RedoPoint, Run, State, UndoStep
from kicktimer.session.state_updates import (
    find_arrival,
    go_without_arrivals,
    set_arrival,
    set_run,
    settle_phase,
    with_group,
    without_name,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_ALWAYS_MOVES_CLOCK = ("close", "skip", "hold")


def record_step(
    before: State,
    after: State,
    event: ev.AnyEvent,
    *,
    kind: str,
    group: str,
    arrivals: Sequence[tuple[str, int, Arrival]] = (),
    runs: Sequence[tuple[str, int, Run]] = (),
    athlete: str | None = None,
) -> State:
    """Returns `after` with the event as the newest step that undo can take back.

    `arrivals` are what undo puts back, `runs` are runs before the step. A step that changes only arrivals keeps no
    copies of groups.
    """
    names = dict.fromkeys([group, *(name for name, _, _ in runs)])
    was = () if arrivals else tuple(before.groups[name] for name in names)
    moved = kind in _ALWAYS_MOVES_CLOCK or (
        kind == "drop" and any(_clock(each) != _clock(after.groups[each.name]) for each in was)
    )
    step = UndoStep(
        event.n, kind, group, tuple(arrivals), tuple(runs), was, athlete, moved, event.t,
        before.groups[group].go_count, event.n, before.undoable,
    )  # fmt: skip
    return replace(after, undoable=step)


def _clock(group: GroupState) -> tuple[int | None, bool]:
    """Returns the group's next GO, and whether its newest rep is complete."""
    return group.go, bool(group.runs) and arrivals.is_complete(group.runs[-1], last=not group.has_next_rep)


def newest_step(state: State) -> UndoStep | None:
    """Returns the step that the next undo is about, None without one.

    A recall, or the release of a hold, closes the steps before it in its group: these are passed over.
    """
    step = state.undoable
    while step is not None and any(state.groups[name].undo_closed_n > step.n for name in affected_groups(step)):
        step = step.older
    return step


def is_too_old(state: State, step: UndoStep) -> bool:
    """Whether the step was made before the rep before the newest one, so that undo refuses it."""
    return state.groups[step.group].go_count - step.go_count > 1


def why_not_undone(state: State, step: UndoStep) -> str:
    """Returns why undo refuses to take the step back, "" if it does not."""
    if state.passed_by_go(step):
        return f"GO has come since that {step.kind}"
    if is_too_old(state, step):
        return f"that is too long ago: {describe_step(state, step)}"
    return ""


def undo_step(event: ev.Undone, state: State) -> State:
    """Returns the state with a step taken back, and with a point for `redo`. Raises `ValueError` without that step."""
    newer: list[UndoStep] = []
    step = state.undoable
    while step is not None and step.n != event.of:
        newer.append(step)
        step = step.older
    if step is None:
        raise ValueError(f"{event.of} is no step that can be taken back")
    kept = step.older
    for each in reversed(newer):
        kept = replace(each, older=kept)
    redo = RedoPoint(step.n, state, event.t, step.kind, step.group, event.n)
    after = replace(state, undoable=kept, redoable=redo)
    for name, index, arrival in reversed(step.arrivals):
        for displaced in displaced_arrivals(after.groups[name].runs[index], arrival):
            after = set_arrival(after, (name, index), without_name(displaced))
        after = set_arrival(after, (name, index), arrival)
    for name, index, run in step.runs:
        after = with_group(after, set_run(after.groups[name], index, lambda now, was=run: _as_before(now, was)))  # type: ignore[misc]
    if step.athlete is not None:
        after = _set_dropped(after, step.athlete, dropped=step.kind == "return")
    for was in step.before:
        after = with_group(after, _restore_clock(after.groups[was.name], step, was, event))
    for name in affected_groups(step):
        after = settle_phase(after, name)
    return after


def redo_step(event: ev.Redone, state: State) -> State:
    """Returns the state before the last undo, with the notes taken since. Raises `ValueError` if it was another undo.

    A GO that the redo puts back comes after the shortest notice at the earliest.
    """
    redo = state.redoable
    if redo is None or redo.n != event.of:
        raise ValueError(f"{event.of} was not taken back by the last undo")
    groups = {
        name: _with_notice(group, state.groups[name], event.t + MIN_GO_NOTICE_MS)
        for name, group in redo.before.groups.items()
    }
    return replace(redo.before, n=state.n, now=state.now, groups=groups, notes=state.notes)


def _with_notice(group: GroupState, was: GroupState, soonest: int) -> GroupState:
    """Returns the group with its GO at `soonest` at the earliest, unless it has the same GO in `was`."""
    if group.pending_go in (None, was.pending_go):
        return group
    return replace(group, go=max(group.go or 0, soonest))


def follow_commands(before: State, after: State, event: ev.AnyEvent) -> State:
    """Returns `after` with what undo and redo must know about the event, which is not told by the event alone.

    The names that are given by order because of the newest step are kept with the step. The point for `redo` is
    dropped unless the event is a consequence of the undo itself, or a press or note that changes no result.
    """
    step = after.undoable
    if step is not None and step is before.undoable and (step.last_n, step.t) == (event.n - 1, event.t):
        match event:
            case ev.Assigned(by="order"):
                by_order = (*step.by_order, (event.tap, event.athlete))
                after = replace(after, undoable=replace(step, last_n=event.n, by_order=by_order))
            case ev.Unassigned() | ev.RecoveryStarted() | ev.RecoveryChanged():
                after = replace(after, undoable=replace(step, last_n=event.n))
            case _:
                pass
    redo = before.redoable
    if redo is None or isinstance(event, ev.Undone | ev.Redone | ev.Bounced | ev.Noted):
        return after
    if (redo.last_n, redo.t) == (event.n - 1, event.t) and _follows_undo(before, event, redo):
        return replace(after, redoable=replace(redo, last_n=event.n))
    return replace(after, redoable=None)


def _follows_undo(state: State, event: ev.AnyEvent, redo: RedoPoint) -> bool:
    """Whether the event, at the moment of an undo, is a consequence of the undo and not of another command."""
    match event:
        case ev.Assigned():
            return event.by == "order"
        case ev.Unassigned():
            return event.of is not None or find_arrival(state, event.tap)[2].athlete is None
        case ev.RecoveryStarted():
            return True
        case ev.RecoveryChanged():  # `adjust` does not change the moment from which the recovery is measured
            run = state.groups[event.group].newest_run
            return run is not None and run.recovery_since not in (None, event.since)
        case ev.CountdownStarted():  # after a hold is taken back; `start` is about a group whose start is not overdue
            group = state.groups[event.group]
            overdue = group.countdown_at is not None and group.countdown_at <= event.t
            return (redo.kind, redo.group) == ("hold", group.name) and (group.phase is not Phase.READY or overdue)
        case _:
            return False


def names_taken_back(before: State, after: State, step: UndoStep) -> list[tuple[str, int, str]]:
    """Returns the names by order that an undo of the step takes back: group, arrival and athlete.

    `before` and `after` are the states before and after the undo. A name stays if the rep after that of the arrival has
    ended all the same, or if the arrival has been renamed since.
    """
    found = []
    for n, athlete in step.by_order:
        try:
            name, index, arrival = find_arrival(before, n)
        except KeyError:  # the arrival has been deleted
            continue
        runs = after.groups[name].runs
        following = next((run for run in runs[index + 1 :] if run.is_valid), None)
        if arrival.athlete == athlete and (following is None or following.ended is None):
            found.append((name, n, athlete))
    return found


def describe_step(state: State, step: UndoStep) -> str:
    """Returns what undo takes back as a phrase, such as "the arrival of Dana in rep 3" or "the hold"."""
    if step.arrivals:
        return _describe_arrival_step(state, step)
    rep = f" rep {step.runs[0][2].rep.number}" if step.runs else ""
    match step.kind:
        case "close":
            return f"the close of{rep}"
        case "correct":
            return f"the correction in{rep}"
        case "drop" | "return":
            return f"the {step.kind} of {step.athlete}"
        case _:
            return f"the {step.kind}"


def _describe_arrival_step(state: State, step: UndoStep) -> str:
    name, index, was = step.arrivals[0]
    try:
        now: Arrival | None = find_arrival(state, was.n)[2]
    except KeyError:  # the step deleted the arrival
        now = None
    who = (now or was).athlete or was.athlete
    rep = f"rep {state.groups[name].runs[index].rep.number}"
    arrival = f"the arrival of {who} in {rep}" if who else f"an arrival without a name in {rep}"
    match step.kind:
        case "assign":
            return f"the name {who} of an arrival in {rep}"
        case "unassign":
            return f"the removal of the name {was.athlete} in {rep}"
        case "delete":
            return f"the deletion of {arrival}"
        case "insert":
            return f"the insertion of {arrival}"
        case _:
            return arrival


def affected_groups(step: UndoStep) -> tuple[str, ...]:
    """Returns the names of the groups that taking the step back can change."""
    return tuple(
        dict.fromkeys([step.group, *(name for name, _, _ in step.arrivals), *(was.name for was in step.before)])
    )


def displaced_arrivals(run: Run, arrival: Arrival) -> list[Arrival]:
    """Returns the arrivals that lose their name when `arrival` is restored, because they were assigned to its mark."""
    if arrival.removed or arrival.athlete is None or arrival.mark is None:
        return []
    found = arrivals.find_named(run, arrival.athlete, arrival.mark)
    return [] if found is None or found.n == arrival.n else [found]


def _as_before(run: Run, was: Run) -> Run:
    """Returns the run with the fields that a step can change as they were before the step.

    Steps are taken back newest first, so these values of `was` are still the ones before this step.
    """
    return replace(run, closed=was.closed, dropped=was.dropped, corrections=was.corrections)


def _set_dropped(state: State, athlete: str, *, dropped: bool) -> State:
    """Records that the athlete has dropped out or has not, in the group that the athlete belongs to now."""
    group = state.group_of(athlete)
    names = group.dropped | {athlete} if dropped else group.dropped - {athlete}
    return with_group(state, replace(group, dropped=names))


def _restore_clock(group: GroupState, step: UndoStep, was: GroupState, event: ev.Undone) -> GroupState:
    """Returns the group with its clock as before the step. `event.go` is the next GO that the undo gives."""
    go = event.go
    if step.kind in ("drop", "return") and group.go_count == was.go_count:
        ends = Phase.DONE in (group.phase, was.phase) and was.phase is not Phase.RUNNING
        if ends and group.name == step.group and bool(group.present) == bool(was.present):
            go = None if was.phase is Phase.DONE else go
            group = replace(group, phase=was.phase, go=go, countdown_at=was.countdown_at)
        elif group.phase is was.phase is Phase.RUNNING:  # the slowest target can be this athlete's
            again = go_without_arrivals(group, group.runs[-1])
            if again is not None and group.go is not None and again > group.go:
                group = replace(group, go=max(again, event.t + MIN_GO_NOTICE_MS))
    if step.kind == "hold":
        group = replace(group, held=False, go=go)
    if step.kind == "skip":
        if len(was.runs) == len(group.runs):  # it ended the running rep; presses since then stay
            runs = (*group.runs[:-1], replace(was.runs[-1], arrivals=group.runs[-1].arrivals))
        else:
            runs = group.runs[:-1]
        group = replace(group, runs=runs, next_index=was.next_index, go=go)
        if Phase.DONE is group.phase or was.phase is Phase.RUNNING:
            group = replace(group, phase=was.phase, countdown_at=was.countdown_at)
    return group
