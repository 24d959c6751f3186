"""Carrying a session on after a time in which the program did not run, or the machine slept.

What fell due in that time is applied with its own moment, but no GO: nobody has heard it. A group whose GO was due, or
is due within `MIN_GO_NOTICE_MS`, is held until the coach releases it, which starts a new countdown. Every other GO
comes when it would have come, and a rep that was running goes on: its times count from its GO.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kicktimer.session import events as ev
from kicktimer.session.deadlines import catch_up
from kicktimer.session.transition import Outcome, Transition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kicktimer.session.state import State


def resume(
    state: State, now: int, *, basis: ev.ClockBasis = "boottime", clock: Mapping[str, Any] | None = None
) -> Outcome:
    """Carries the session on at `now`, which is not before its newest fact.

    `basis` says how `now` is known, `clock` is what the next resumption needs to know of the machine's clock. The
    consequences of the newest fact are derived again first, in case the log ends between a fact and these.
    """
    transition = Transition(state)
    t = max(now, state.now)
    if state.ended is not None:
        return transition.outcome()
    transition.derive(state.groups, state.now)
    overdue = catch_up(transition, t)
    choices = dict.fromkeys(overdue, "hold")
    transition.emit(ev.Resumed(t=t, gap=t - state.now, basis=basis, choices=choices, clock=dict(clock or {})))
    for name in overdue:
        transition.emit(ev.Held(t=t, group=name, by="gap"))
    return transition.outcome()
