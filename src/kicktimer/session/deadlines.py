"""Deadlines: what a group's clock does next without a command, and when."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from kicktimer.session import arrivals
from kicktimer.session import events as ev
from kicktimer.session.state import MIN_GO_NOTICE_MS, GroupState, Phase, State
from kicktimer.session.transition import Outcome, Transition

if TYPE_CHECKING:
    from collections.abc import Collection

    Due = tuple[int, Literal["countdown", "end", "go"]]


def next_due(group: GroupState) -> Due | None:
    """Returns the moment and the kind of the group's next deadline, None if the group waits for a person."""
    if group.phase is Phase.READY:
        return None if group.countdown_at is None or group.held else (group.countdown_at, "countdown")
    go: Due | None = None if group.pending_go is None else (group.pending_go, "go")
    if group.phase is not Phase.RUNNING:
        return go
    run = group.runs[-1]
    assert run.started is not None
    end = None
    if run.rep.duration_ms is not None:
        end = run.started + run.rep.duration_ms
    elif arrivals.ends_by_target(run.rep):
        end = arrivals.slowest_target(run)
    if end is not None and (go is None or end <= go[0]):
        return end, "end"
    return go if run.rep.rest.kind == "send_off" else None


def next_deadline(state: State) -> int | None:
    """Returns when the session must be advanced next, in ms on its clock; None if no deadline is set."""
    if state.ended is not None:
        return None
    moments = [moment[0] for group in state.groups.values() if (moment := next_due(group)) is not None]
    return max(min(moments), state.now) if moments else None


def advance(state: State, now: int) -> Outcome:
    """Applies every deadline up to and including `now`, each with its own moment.

    However late the call is, the events are the same: `advance(a)` and then `advance(b)` gives what `advance(b)` gives.
    """
    transition = Transition(state)
    while (due := _first_due(transition.state, now)) is not None:
        _apply_deadline(transition, *due)
    return transition.outcome()


def catch_up(transition: Transition, now: int) -> tuple[str, ...]:
    """Applies the deadlines up to `now` of a time in which the program did not run, but no GO and no countdown.

    Returns the groups whose GO, or whose own countdown, was due in that time or is too near to be announced: nobody has
    heard it, so it must not come. They are to be held.
    """
    overdue = tuple(name for name, group in transition.state.groups.items() if _go_is_overdue(group, now))
    while (due := _first_due(transition.state, now, overdue)) is not None:
        _apply_deadline(transition, *due)
    return overdue


def _go_is_overdue(group: GroupState, now: int) -> bool:
    """Whether the group's next GO can no longer come with its countdown, or with the shortest notice."""
    if group.phase is Phase.READY:
        at = None if group.held else group.countdown_at
        return at is not None and (at <= now or at + group.countdown_ms < now + MIN_GO_NOTICE_MS)
    return group.pending_go is not None and group.pending_go < now + MIN_GO_NOTICE_MS


class _Deadline(NamedTuple):
    """A group's deadline: when it was due, the group, and what it is."""

    at: int
    group: str
    what: Literal["countdown", "end", "go"]


def _first_due(state: State, now: int, held: Collection[str] = ()) -> _Deadline | None:
    """Returns the first deadline up to `now`, as if the groups `held` were held.

    Of several deadlines at one moment, that of the first group comes first.
    """
    if state.ended is not None:
        return None
    pending = [
        (moment[0], place, _Deadline(moment[0], name, moment[1]))
        for place, (name, group) in enumerate(state.groups.items())
        if (moment := next_due(replace(group, held=True) if name in held else group)) is not None and moment[0] <= now
    ]
    return min(pending)[2] if pending else None


def _apply_deadline(transition: Transition, at: int, name: str, what: str) -> None:
    """Emits the event of a deadline with the moment it was due, or the newest fact's moment if that is later."""
    t = max(at, transition.state.now)
    group = transition.state.groups[name]
    if what == "countdown":
        transition.emit(ev.CountdownStarted(t=t, group=name, go=t + group.countdown_ms))
    elif what == "go":
        transition.emit(ev.RepStarted(t=t, group=name, rep=group.reps[group.next_index].number))
    else:
        run = group.runs[-1]
        if group.has_next_rep and group.present:
            transition.emit(ev.RecoveryStarted(t=t, group=name, rep=run.rep.number, since=at, go=group.go))
        else:
            by: Literal["duration", "target"] = "duration" if run.rep.distance_mm is None else "target"
            transition.emit(ev.RepClosed(t=t, group=name, rep=run.rep.number, by=by))
    transition.derive([name], t)
