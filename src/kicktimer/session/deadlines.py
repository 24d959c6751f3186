"""What falls due. `advance` brings it about at the moment when it was due, however late it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kicktimer.session import arrivals
from kicktimer.session import events as ev
from kicktimer.session.state import GroupState, Phase, State
from kicktimer.session.transition import Outcome, Transition

if TYPE_CHECKING:
    Due = tuple[int, Literal["countdown", "end", "go"]]


def next_due(group: GroupState) -> Due | None:
    """The next thing that the group's clock brings, and when; None where it waits for somebody."""
    if group.phase is Phase.READY:
        return None if group.countdown_at is None or group.held else (group.countdown_at, "countdown")
    go: Due | None = None if group.go is None or group.held or not group.present else (group.go, "go")
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
    """When the session must be advanced next, in ms on its clock; None where nothing is due."""
    if state.ended is not None:
        return None
    moments = [moment[0] for group in state.groups.values() if (moment := next_due(group)) is not None]
    return max(min(moments), state.now) if moments else None


def advance(state: State, now: int) -> Outcome:
    """Everything that fell due until `now`, included.

    `advance(a)` and then `advance(b)` is the same as `advance(b)`.
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
        _bring(transition, name, what, max(at, transition.state.now), at)
    return transition.outcome()


def resume(state: State, now: int) -> Outcome:
    """A session goes on after its program had stopped at any moment.

    What its last fact entailed comes about now where the log had been cut between the two; then what fell due.
    """
    transition = Transition(state)
    t = max(now, state.now)
    transition.emit(ev.Resumed(t=state.now))
    transition.derive(state.groups, state.now)
    due_since = advance(transition.state, t)
    return Outcome((*transition.events, *due_since.events), due_since.state)


def _bring(transition: Transition, name: str, what: str, t: int, due_at: int) -> None:
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
