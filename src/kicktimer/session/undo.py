"""Undo: what a step remembers, and how it is taken back. Steps go newest first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kicktimer.session import marks
from kicktimer.session.change import set_arrival, settle, with_group
from kicktimer.session.model import Arrival, GroupState, Phase, State, Undoable

if TYPE_CHECKING:
    from kicktimer.session import events as ev


def remember(
    before: State,
    after: State,
    event: ev.Event,
    *,
    kind: str,
    group: str,
    touched: tuple[tuple[str, int, Arrival], ...] = (),
) -> State:
    """Puts the step on the list for undo. Steps that touch arrivals alone need no copy of their group."""
    was = before.groups[group]
    moved = kind in ("close", "skip", "hold") or (kind == "drop" and _ended(before, group) != _ended(after, group))
    step = Undoable(event.n, kind, group, was.gos, touched, None if touched else was, moved, before.undoable)
    return replace(after, undoable=step)


def _ended(state: State, name: str) -> bool:
    """Whether the group's running rep is over for the clock."""
    group = state.groups[name]
    return bool(group.runs) and marks.complete(group.runs[-1], last=not group.rest_of_run)


def forget(step: Undoable | None, kind: str, group: str) -> Undoable | None:
    """The steps without the newest one of this kind: a hold that was released needs no undo."""
    newer: list[Undoable] = []
    while step is not None and (step.kind != kind or step.group != group):
        newer.append(step)
        step = step.older
    kept = step.older if step is not None else None
    for each in reversed(newer):
        kept = replace(each, older=kept)
    return kept


def take_back(event: ev.Undone, state: State) -> State:
    """The state without the newest step. Raises `ValueError` where the event names another."""
    step = state.undoable
    if step is None or step.n != event.of:
        raise ValueError(f"{event.of} is not the newest step")
    after = replace(state, undoable=step.older)
    for name, index, arrival in reversed(step.arrivals):
        after = set_arrival(after, (name, index), arrival)
    if step.before is not None:
        after = with_group(after, _taken_back(after.groups[step.group], step, step.before, event.go))
    for name in dict.fromkeys([step.group, *(name for name, _, _ in step.arrivals)]):
        after = settle(after, name)
    return after


def _taken_back(group: GroupState, step: Undoable, was: GroupState, go: int | None) -> GroupState:
    """What an undo gives back to a group besides arrivals.

    Steps are taken back newest first, so that what `was` holds of runs is still what stood before this step.
    """
    if step.kind in ("close", "correct", "drop"):
        runs = tuple(
            replace(run, closed=old.closed, dropped=old.dropped, corrections=old.corrections)
            for run, old in zip(group.runs, was.runs, strict=False)
        )
        group = replace(group, runs=(*runs, *group.runs[len(runs) :]))
    if step.kind in ("drop", "return"):
        group = replace(group, dropped=was.dropped)
    ends = Phase.DONE in (group.phase, was.phase) and was.phase is not Phase.RUNNING
    if step.kind in ("drop", "return") and ends and group.gos == was.gos and bool(group.present) == bool(was.present):
        group = replace(group, phase=was.phase, go=go, countdown_at=was.countdown_at)
    if step.kind == "hold":
        group = replace(group, held=False, go=go)
    if step.kind == "skip":
        if len(was.runs) == len(group.runs):  # it had ended the running rep, which keeps what has been pressed since
            runs = (*group.runs[:-1], replace(was.runs[-1], arrivals=group.runs[-1].arrivals))
        else:
            runs = group.runs[:-1]
        group = replace(group, runs=runs, next=was.next, go=go)
        if Phase.DONE is group.phase or was.phase is Phase.RUNNING:
            group = replace(group, phase=was.phase, countdown_at=was.countdown_at)
    return group
