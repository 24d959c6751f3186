"""What undo would take back next, in a few words for the footer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.session import arrivals
from kicktimer.session.undo import newest_step
from kicktimer.view.comparison import format_time, is_hand_time

if TYPE_CHECKING:
    from kicktimer.session import State
    from kicktimer.session.state import UndoStep

_NOUNS = {"assign": "name", "unassign": "unnaming", "insert": "added", "correct": "correction"}


def name_next_undo(state: State) -> str:
    """Returns what undo would take back: `tap Ann`, `tap 1:04.0h` (no name yet), `name Bob`, `close`; "" for nothing.

    The athlete or the time is that of the arrival as it is shown now.
    """
    step = newest_step(state)
    if step is None:
        return ""
    noun = _NOUNS.get(step.kind, step.kind)
    if step.athlete is not None:
        return f"{noun} {step.athlete}"
    number = step.arrivals[0][2].n if step.arrivals else None
    subject = "" if number is None else _describe_arrival(state, step, number)
    return f"{noun} {subject}".rstrip()


def _describe_arrival(state: State, step: UndoStep, number: int) -> str:
    """Returns the athlete of the arrival, or its time if it has no name."""
    group, index, before = step.arrivals[0]
    run = state.groups[group].runs[index]
    arrival = next((each for each in arrivals.valid(run) if each.n == number), before)
    if arrival.athlete is not None:
        return arrival.athlete
    return "" if run.started is None else format_time(arrival.t - run.started, by_hand=is_hand_time(arrival.by))
