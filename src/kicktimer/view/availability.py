"""Tells which commands the session would accept now: the screens dim the key of a command that it would refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.session import Refusal, advance, commands, decide
from kicktimer.view.arrival_list import estimate_forgotten_arrival

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kicktimer.session import State


def refusal_reason(state: State, command: commands.AnyCommand) -> str:
    """Returns why the session would refuse the command, "" if it would accept it.

    What is due up to the command's moment is applied to the state first.
    """
    outcome = decide(advance(state, command.t).state, command)
    return outcome.reason if isinstance(outcome, Refusal) else ""


def available_commands(state: State, name: str, now: int, selected: int | None = None) -> Mapping[str, bool]:
    """Returns for each kind of command whether the session would accept it for the group `name` now.

    The answers come from `decide` itself, so that they always agree with it.
    """
    t = max(now, state.now)
    asked: dict[str, commands.AnyCommand] = {
        "start": commands.Start(t=t, group=name),
        "tap": commands.Tap(t=t, group=name),
        "insert": commands.Insert(t=t, at=estimate_forgotten_arrival(state, name, selected, t), group=name),
        "undo": commands.Undo(t=t),
        "redo": commands.Redo(t=t),
        "close": commands.Close(t=t, group=name),
        "hold": commands.Hold(t=t, group=name),
        "release": commands.Release(t=t, group=name),
        "adjust": commands.Adjust(t=t, group=name, ms=5000),
        "skip": commands.Skip(t=t, group=name),
        "recall": commands.Recall(t=t, group=name),
        "late": commands.LateStart(t=t, group=name, ms=-1000),
        "later": commands.LateStart(t=t, group=name, ms=1000),
        "add": commands.Add(t=t, group=name),
    }
    return {what: not isinstance(decide(state, command), Refusal) for what, command in asked.items()}
