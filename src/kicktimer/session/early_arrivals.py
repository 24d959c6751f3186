"""Judges a run's early arrivals again after its GO has moved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kicktimer.session import arrivals
from kicktimer.session.state_updates import set_run

if TYPE_CHECKING:
    from kicktimer.session.state import Arrival, GroupState, Run


def judge_again(group: GroupState, index: int) -> GroupState:
    """Returns the group after those early arrivals of a run that are no longer early have got their marks.

    Each is then as if it had come after the run's new GO: it has the name of the athlete whose key was pressed, or
    without a key waits for a name and counts for the recovery. `index` is the run's index in the group's `runs`.
    """
    waiting = [each for each in arrivals.valid(group.runs[index]) if each.early and each.athlete is None]
    for arrival in sorted(waiting, key=lambda each: (each.t, each.n)):
        judged = _judge(group, index, arrival)
        group = set_run(group, index, lambda run, judged=judged: _with_arrival(run, judged))  # type: ignore[misc]
    return group


def _judge(group: GroupState, index: int, arrival: Arrival) -> Arrival:
    """Returns the arrival with its mark, or unchanged if it is still early or its athlete has dropped out."""
    run, athlete = group.runs[index], arrival.pressed
    if run.started is None or arrival.t <= run.started or arrivals.why_early(group, run, arrival) == "dropped":
        return arrival
    place: arrivals.MarkPlace | None = None
    if athlete is not None:
        place = arrivals.find_mark_in_run(arrivals.MarkPlace(group.name, index, 0), run, athlete, arrival.t)
    if place is None:
        athlete = None
        place = arrivals.find_unnamed_mark(replace(group, runs=(run,)), arrival.t, closed_too=True)
    if place is None or arrivals.is_early(run, athlete, arrival.t):
        return arrival
    return replace(arrival, athlete=athlete, mark=place.mark, early=False)


def _with_arrival(run: Run, arrival: Arrival) -> Run:
    return replace(run, arrivals=tuple(arrival if each.n == arrival.n else each for each in run.arrivals))
