"""`decide(state, command)`: returns the facts that follow from a command, or why it is refused.

It is pure, and the state must have been advanced to `command.t`. `transition_table.COMMANDS` says in which phases a
command is legal. This module calls the function that decides a command: those in `decide_arrivals`, `decide_athletes`
and `decide_clock`, and its own for undo, redo, note and end, which can concern anything.
"""

from __future__ import annotations

from typing import assert_never

from kicktimer.session import commands as do
from kicktimer.session import decide_arrivals, decide_athletes, decide_clock
from kicktimer.session import events as ev
from kicktimer.session.lookup import RefusedError, require_group
from kicktimer.session.state import MIN_GO_NOTICE_MS, GroupState, Phase, State
from kicktimer.session.state_updates import find_arrival
from kicktimer.session.transition import Outcome, Refusal, Transition
from kicktimer.session.transition_table import COMMANDS
from kicktimer.session.undo import (
    affected_groups,
    displaced_arrivals,
    names_taken_back,
    newest_step,
    why_not_undone,
)

_GROUP_COMMANDS = ("close", "hold", "release", "adjust", "recall", "late_start", "skip", "add")


def decide(state: State, command: do.AnyCommand) -> Outcome | Refusal:
    """Returns the facts of the command and the state after them, or a refusal, which changes nothing."""
    transition = Transition(state)
    try:
        _require_legal(state, command)
        _dispatch(command, transition)
    except RefusedError as refused:
        return Refusal(str(refused))
    return transition.outcome()


def _require_legal(state: State, command: do.AnyCommand) -> None:
    """Raises `RefusedError` if the session is over, the group is unknown, or the group's phase excludes the command."""
    if state.ended is not None:
        raise RefusedError("the session is over")
    if command.group is not None and command.group not in state.groups and command.do != "join":
        raise RefusedError(f"there is no group {command.group}")
    if command.do in _GROUP_COMMANDS:
        rule = COMMANDS[command.do]
        if require_group(state, command).phase not in rule.phases:
            raise RefusedError(rule.default_refusal)


def _dispatch(command: do.AnyCommand, transition: Transition) -> None:  # noqa: PLR0915 - a case for each command
    """Calls the function that decides this kind of command. A kind without one is a type error."""
    match command:
        case do.Start():
            decide_clock.start(command, transition)
        case do.Tap():
            decide_arrivals.tap(command, transition)
        case do.Bounce():
            decide_arrivals.bounce(command, transition)
        case do.Assign():
            decide_arrivals.assign(command, transition)
        case do.Unassign():
            decide_arrivals.unassign(command, transition)
        case do.Insert():
            decide_arrivals.insert(command, transition)
        case do.Delete():
            decide_arrivals.delete(command, transition)
        case do.Undo():
            _undo(command, transition)
        case do.Redo():
            _redo(command, transition)
        case do.Correct():
            decide_arrivals.correct(command, transition)
        case do.Close():
            decide_clock.close(command, transition)
        case do.Hold():
            decide_clock.hold(command, transition)
        case do.Release():
            decide_clock.release(command, transition)
        case do.Adjust():
            decide_clock.adjust(command, transition)
        case do.Recall():
            decide_clock.recall(command, transition)
        case do.LateStart():
            decide_clock.late_start(command, transition)
        case do.Skip():
            decide_clock.skip(command, transition)
        case do.Add():
            decide_clock.add(command, transition)
        case do.Drop():
            decide_athletes.drop(command, transition)
        case do.Return():
            decide_athletes.return_athlete(command, transition)
        case do.Join():
            decide_athletes.join(command, transition)
        case do.Move():
            decide_athletes.move(command, transition)
        case do.Rate():
            decide_athletes.rate(command, transition)
        case do.Note():
            _note(command, transition)
        case do.End():
            _end(command, transition)
        case _:
            assert_never(command)


def _note(command: do.Note, transition: Transition) -> None:
    transition.emit(ev.Noted(t=command.t, text=command.text))


def _end(command: do.End, transition: Transition) -> None:
    done = transition.state.finished
    transition.name_all_by_order(command.t)
    transition.emit(ev.SessionEnded(t=command.t, state="finished" if done else "abandoned"))


def _undo(command: do.Undo, transition: Transition) -> None:
    state, t = transition.state, command.t
    step = newest_step(state)
    if step is None:
        raise RefusedError("nothing to undo")
    group = state.groups[step.group]
    reason = why_not_undone(state, step)
    if reason:
        raise RefusedError(reason)
    go = group.go
    if step.kind == "hold":
        go = _restored_go(group, t, fresh=True)
    elif step.kind in ("skip", "drop", "return"):
        was = step.before[0]
        if (group.phase is Phase.DONE or was.phase is Phase.RUNNING) and group.go_count == was.go_count:
            go = _restored_go(was, t, fresh=False)
    all_displaced = [
        (name, displaced)
        for name, index, arrival in step.arrivals
        for displaced in displaced_arrivals(state.groups[name].runs[index], arrival)
    ]
    transition.emit(ev.Undone(t=t, of=step.n, kind=step.kind, group=step.group, go=go))
    for name, displaced in all_displaced:
        if find_arrival(transition.state, displaced.n)[2].athlete is None:
            transition.emit(ev.Unassigned(t=t, tap=displaced.n, athlete=str(displaced.athlete), group=name))
    for name, n, athlete in names_taken_back(state, transition.state, step):
        transition.emit(ev.Unassigned(t=t, tap=n, athlete=athlete, group=name, of=step.n))
    if step.kind == "hold":
        decide_clock.start_countdown_if_near(transition, step.group, t)
    transition.derive(affected_groups(step), t, runs=[(name, index) for name, index, _ in step.arrivals])


def _redo(command: do.Redo, transition: Transition) -> None:
    redo = transition.state.redoable
    if redo is None:
        raise RefusedError("nothing to redo")
    transition.emit(ev.Redone(t=command.t, of=redo.n))


def _restored_go(group: GroupState, t: int, *, fresh: bool) -> int | None:
    """Returns the GO of a group whose clock an undo restores at `t`: when it was due, unless that is too near or past.

    Then it comes after a whole countdown (`fresh`), or after the shortest notice.
    """
    if group.go is None or group.go >= t + MIN_GO_NOTICE_MS:
        return group.go
    return t + (group.countdown_ms if fresh else MIN_GO_NOTICE_MS)
