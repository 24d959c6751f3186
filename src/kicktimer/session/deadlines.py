"""Deadlines: what a group's clock does next without a command, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kicktimer.session import arrivals
from kicktimer.session import events as ev
from kicktimer.session.state import GroupState, Phase, State
from kicktimer.session.transition import Outcome, Transition

if TYPE_CHECKING:
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
    while transition.state.ended is None:
        pending = [
            (moment[0], place, name, moment[1])
            for place, (name, group) in enumerate(transition.state.groups.items())
            if (moment := next_due(group)) is not None and moment[0] <= now
        ]
        if not pending:
            break
        at, _, name, what = min(pending)
        _apply_deadline(transition, name, what, max(at, transition.state.now), at)
    return transition.outcome()


def resume(state: State, now: int) -> Outcome:
    """Continues a session whose program stopped at any moment.

    Derives the consequences of the last fact again, in case the log ends between a fact and its consequence, and then
    applies the deadlines up to `now`.
    """
    transition = Transition(state)
    t = max(now, state.now)
    transition.emit(ev.Resumed(t=state.now))
    transition.derive(state.groups, state.now)
    advanced = advance(transition.state, t)
    return Outcome((*transition.events, *advanced.events), advanced.state)


def _apply_deadline(transition: Transition, name: str, what: str, t: int, due_at: int) -> None:
    """Emits the event of a deadline at `t`: the moment it was due, or the newest fact's moment if that is later."""
    group = transition.state.groups[name]
    if what == "countdown":
        transition.emit(ev.CountdownStarted(t=t, group=name, go=t + group.countdown_ms))
    elif what == "go":
        transition.emit(ev.RepStarted(t=t, group=name, rep=group.reps[group.next_index].number))
    else:
        run = group.runs[-1]
        if group.has_next_rep and group.present:
            transition.emit(ev.RecoveryStarted(t=t, group=name, rep=run.rep.number, since=due_at, go=group.go))
        else:
            by: Literal["duration", "target"] = "duration" if run.rep.distance_mm is None else "target"
            transition.emit(ev.RepClosed(t=t, group=name, rep=run.rep.number, by=by))
    transition.derive([name], t)
