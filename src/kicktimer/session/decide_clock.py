"""Decisions about a group's clock: start, close, hold, release, adjust, recall, late start, skip and add."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kicktimer.session import arrivals
from kicktimer.session import events as ev
from kicktimer.session.lookup import RefusedError, require_group, require_running
from kicktimer.session.state import MIN_GO_NOTICE_MS, GroupState, Phase
from kicktimer.session.state_updates import go_without_arrivals
from kicktimer.session.transition_table import COMMANDS
from kicktimer.units import show_countdown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kicktimer.session import commands as do
    from kicktimer.session.transition import Transition

MAX_REPS = 500


def start(command: do.Start, transition: Transition) -> None:
    state, t = transition.state, command.t
    if command.group is not None or len(state.groups) == 1:
        group = require_group(state, command)
        if group.phase is not Phase.READY:
            raise RefusedError(COMMANDS["start"].default_refusal)
        if group.held:
            raise RefusedError("the group is held")
        _emit_countdown(transition, group, t, t + group.countdown_ms)
        return
    ready = [
        group
        for group in state.groups.values()
        if group.phase is Phase.READY and group.countdown_at is None and not group.held
    ]
    if not ready:
        raise RefusedError("every group has been started")
    first, *others = ready
    then = {group.name: t + first.countdown_ms + group.start_after_ms - group.countdown_ms for group in others}
    soon = {name: at for name, at in then.items() if at > t}
    _emit_countdown(transition, first, t, t + first.countdown_ms, soon)
    for group in others:
        if group.name not in soon:
            _emit_countdown(transition, group, t, t + first.countdown_ms + group.start_after_ms)


def close(command: do.Close, transition: Transition) -> None:
    group = require_group(transition.state, command)
    run = require_running(group)
    if run.rep.distance_mm is None:
        raise RefusedError("this rep ends by itself")
    if run.closed is not None or run.skipped or arrivals.count_out(run) <= 0:
        raise RefusedError("nobody is out")
    transition.emit(ev.RepClosed(t=command.t, group=group.name, rep=run.rep.number))
    transition.derive([group.name], command.t)


def hold(command: do.Hold, transition: Transition) -> None:
    group = require_group(transition.state, command)
    if group.held:
        raise RefusedError("the group is held already")
    if not group.has_next_rep or (group.phase is Phase.READY and group.countdown_at is None):
        raise RefusedError(COMMANDS["hold"].default_refusal)
    transition.emit(ev.Held(t=command.t, group=group.name))


def release(command: do.Release, transition: Transition) -> None:
    group, t = require_group(transition.state, command), command.t
    waits = group.phase is Phase.RECOVERING and group.go is None
    if not group.held and not waits:
        raise RefusedError(COMMANDS["release"].default_refusal)
    transition.emit(ev.Released(t=t, group=group.name, go=_go_after_release(group, t)))
    start_countdown_if_near(transition, group.name, t)


def _go_after_release(group: GroupState, t: int) -> int | None:
    """Returns the GO of a group that is released at `t`: after a new countdown, or when it was due if that is later.

    Returns None if the group has no GO to come: before its start, or in a rep whose end depends on arrivals.
    """
    if group.phase is Phase.READY or (group.phase is Phase.RUNNING and group.go is None):
        return None
    return max(t + group.countdown_ms, group.go or 0)


def start_countdown_if_near(transition: Transition, name: str, t: int) -> None:
    """Starts the countdown of a released group if GO is at most a countdown away, or its staggered start is overdue."""
    group = transition.state.groups[name]
    near = group.go is not None and group.go <= t + group.countdown_ms
    if group.phase is Phase.READY and group.countdown_at is not None and group.countdown_at <= t:
        _emit_countdown(transition, group, t, t + group.countdown_ms)
    elif near and group.phase in (Phase.COUNTDOWN, Phase.RECOVERING):
        assert group.go is not None
        _emit_countdown(transition, group, t, group.go)


def adjust(command: do.Adjust, transition: Transition) -> None:
    group = require_group(transition.state, command)
    if group.go is None or command.ms == 0:
        raise RefusedError(COMMANDS["adjust"].default_refusal)
    go = max(group.go + command.ms, command.t + MIN_GO_NOTICE_MS)
    if command.ms < 0 and go > group.go:
        raise RefusedError("GO is too near to come earlier")
    since = None if group.newest_run is None else group.newest_run.recovery_since
    transition.emit(
        ev.RecoveryChanged(t=command.t, group=group.name, since=command.t if since is None else since, go=go)
    )


def recall(command: do.Recall, transition: Transition) -> None:
    group = require_group(transition.state, command)
    run = require_running(group)
    if not group.present:
        raise RefusedError("nobody is left to run it again")
    go = command.t + group.countdown_ms
    transition.emit(ev.Recalled(t=command.t, group=group.name, rep=run.rep.number, go=go))
    _emit_countdown(transition, transition.state.groups[group.name], command.t, go)


def late_start(command: do.LateStart, transition: Transition) -> None:
    group, t = require_group(transition.state, command), command.t
    run = require_running(group)
    if run.skipped:
        raise RefusedError(COMMANDS["late_start"].default_refusal)
    assert run.started is not None
    started = run.started + command.ms
    before = next((group.runs[index].started for index in group.valid_indexes() if index < len(group.runs) - 1), None)
    if command.ms == 0 or started > t:
        raise RefusedError("GO would still be to come")
    if any(each.t <= started and each.mark is not None for each in arrivals.valid(run)):
        raise RefusedError("somebody has come in before that GO")
    if before is not None and started <= before:
        raise RefusedError("GO would be before the rep before it")
    if started < 0:
        age, most = show_countdown(t), show_countdown(run.started)
        raise RefusedError(f"the session was opened only {age} ago: GO was {most} earlier at most")
    moved_go = None if run.moved_go is None else run.moved_go + command.ms
    go = go_without_arrivals(group, replace(run, started=started, moved_go=moved_go))
    # A GO that does not depend on this rep's GO stays where it is.
    go = group.go if go is None or group.go is None else max(go, t + MIN_GO_NOTICE_MS)
    transition.emit(ev.GoMoved(t=t, group=group.name, rep=run.rep.number, ms=command.ms, go=go))
    transition.derive([group.name], t)


def skip(command: do.Skip, transition: Transition) -> None:
    group, t = require_group(transition.state, command), command.t
    if group.phase is not Phase.RUNNING:
        go = group.go if group.next_index + 1 < len(group.reps) else None
        transition.emit(
            ev.Skipped(t=t, group=group.name, rep=group.reps[group.next_index].number, running=False, go=go)
        )
        return
    run = require_running(group)
    assert run.started is not None
    rest = run.rep.rest
    go = None
    if group.has_next_rep and group.present and rest.kind != "ready":
        go = max(t + arrivals.recovery_ms(run, t), t + MIN_GO_NOTICE_MS)
        if rest.kind == "send_off":
            go = max(run.started + rest.ms, t + group.countdown_ms)
    transition.emit(ev.Skipped(t=t, group=group.name, rep=run.rep.number, running=True, go=go))
    transition.derive([group.name], t)


def add(command: do.Add, transition: Transition) -> None:
    group = require_group(transition.state, command)
    if len(group.reps) >= MAX_REPS:
        raise RefusedError(f"a workout has at most {MAX_REPS} reps")
    go = group.go
    if group.phase is Phase.RUNNING and not group.has_next_rep:
        go = go_without_arrivals(replace(group, reps=(*group.reps, group.reps[-1])), group.runs[-1])
        if go is not None:
            go = max(go, command.t + group.countdown_ms)
    transition.emit(ev.RepAdded(t=command.t, group=group.name, go=go))
    transition.derive([group.name], command.t)


def _emit_countdown(
    transition: Transition, group: GroupState, t: int, go: int, then: Mapping[str, int] | None = None
) -> None:
    transition.emit(ev.CountdownStarted(t=t, group=group.name, go=go, then=dict(then or {})))
