"""Undo: recording what a step changes, and taking the newest step back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kicktimer.session import arrivals
from kicktimer.session.state import Arrival, GroupState, Phase, Run, State, UndoStep
from kicktimer.session.state_updates import (
    go_without_arrivals,
    set_arrival,
    set_run,
    settle_phase,
    with_group,
    without_name,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kicktimer.session import events as ev

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
    step = UndoStep(event.n, kind, group, tuple(arrivals), tuple(runs), was, athlete, moved, before.undoable)
    return replace(after, undoable=step)


def _clock(group: GroupState) -> tuple[int | None, bool]:
    """Returns the group's next GO, and whether its newest rep is complete."""
    return group.go, bool(group.runs) and arrivals.is_complete(group.runs[-1], last=not group.has_next_rep)


def drop_step(step: UndoStep | None, kind: str, group: str) -> UndoStep | None:
    """Returns the steps without the newest one of this kind in this group: a released hold cannot be undone."""
    newer: list[UndoStep] = []
    while step is not None and (step.kind != kind or step.group != group):
        newer.append(step)
        step = step.older
    kept = step.older if step is not None else None
    for each in reversed(newer):
        kept = replace(each, older=kept)
    return kept


def undo_step(event: ev.Undone, state: State) -> State:
    """Returns the state with the newest step taken back. Raises `ValueError` if the event names another step."""
    step = state.undoable
    if step is None or step.n != event.of:
        raise ValueError(f"{event.of} is not the newest step")
    after = replace(state, undoable=step.older)
    for name, index, arrival in reversed(step.arrivals):
        for displaced in displaced_arrivals(after.groups[name].runs[index], arrival):
            after = set_arrival(after, (name, index), without_name(displaced))
        after = set_arrival(after, (name, index), arrival)
    for name, index, run in step.runs:
        after = with_group(after, set_run(after.groups[name], index, lambda now, was=run: _as_before(now, was)))  # type: ignore[misc]
    if step.athlete is not None:
        after = _set_dropped(after, step.athlete, dropped=step.kind == "return")
    for was in step.before:
        after = with_group(after, _restore_clock(after.groups[was.name], step, was, event.go))
    for name in affected_groups(step):
        after = settle_phase(after, name)
    return after


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


def _restore_clock(group: GroupState, step: UndoStep, was: GroupState, go: int | None) -> GroupState:
    """Returns the group with its clock as before the step. `go` is the next GO that the undo gives."""
    if step.kind in ("drop", "return") and group.go_count == was.go_count:
        ends = Phase.DONE in (group.phase, was.phase) and was.phase is not Phase.RUNNING
        if ends and group.name == step.group and bool(group.present) == bool(was.present):
            group = replace(group, phase=was.phase, go=go, countdown_at=was.countdown_at)
        elif group.phase is was.phase is Phase.RUNNING:  # the slowest target can be this athlete's
            again = go_without_arrivals(group, group.runs[-1])
            group = group if again is None or group.go is None else replace(group, go=max(again, group.go))
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
