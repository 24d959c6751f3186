"""Which keys would be taken now: a key is grey where its command would be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.session import Refusal, advance, commands, decide
from kicktimer.view.arrival_list import forgotten_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kicktimer.session import State


def refusal_reason(state: State, command: commands.AnyCommand) -> str:
    """Why the command would be refused at its moment, "" where it would be taken. What is due by then has come."""
    outcome = decide(advance(state, command.t).state, command)
    return outcome.reason if isinstance(outcome, Refusal) else ""


def legal(state: State, name: str, now: int, selected: int | None = None) -> Mapping[str, bool]:
    """Which of the group's commands would be taken now. `decide` itself is asked, so that the two never differ."""
    t = max(now, state.now)
    asked: dict[str, commands.AnyCommand] = {
        "start": commands.Start(t=t, group=name),
        "tap": commands.Tap(t=t, group=name),
        "insert": commands.Insert(t=t, at=forgotten_at(state, name, selected, t), group=name),
        "undo": commands.Undo(t=t),
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
