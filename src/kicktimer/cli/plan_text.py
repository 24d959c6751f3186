"""A plan in words: what its reps, paces and recoveries are called in tables, and a one-line summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.units import format_duration, show_clock, show_countdown, show_distance
from kicktimer.view.comparison import format_pattern, format_rest_time

if TYPE_CHECKING:
    from kicktimer.plan import GroupPlan, Plan, PlannedRep, Rest, Timetable


def rep_text(rep: PlannedRep) -> str:
    """Returns the distance of a rep (`400 m`), or the duration of a timed rep (`3:00`)."""
    return show_distance(rep.distance_mm) if rep.distance_mm is not None else show_countdown(rep.duration_ms or 0)


def pace_text(rep: PlannedRep) -> str:
    """Returns the pace of a rep as the workout writes it, or its legs: `1500m, last 200 m kick`, `200 m at 33.0, …`."""
    if rep.legs:
        return format_pattern(rep)
    if rep.distance_mm is None:
        return ""  # nobody has a target in a timed rep
    begin = "" if rep.target_ms is not None else rep.pace.text
    if rep.finish_pace is None:
        return begin
    return f"{begin}, last {show_distance(rep.finish_mm)} {rep.finish_pace.text}".removeprefix(", ")


def rest_text(rest: Rest) -> str:
    """Returns the rest after a rep: `30s`, `200 m jog in 1:15`, `on 1:35` (a send-off), `when ready`."""
    if rest.kind == "ready":
        return "when ready"
    if rest.kind == "send_off":
        return f"on {format_duration(rest.ms)}"
    length = f"{rest.percent}% of the rep" if rest.percent else format_rest_time(rest)
    if rest.jog_mm:
        length = f"{show_distance(rest.jog_mm)} jog in {length}"
    return length + ("" if rest.kind in ("last", "own") else f" from {rest.kind}")


def summary_text(plan: Plan, timetable: Timetable) -> str:
    """Returns one line: the reps of each group, the share of closing reps, and the total time on target."""
    parts: dict[str, None] = {}  # a dictionary keeps the order, and groups with the same reps are named once
    for group in plan.groups:
        closing, total_mm = closing_reps(group), total_distance_mm(group.reps)
        details = [f"{len(group.reps)} {'rep' if len(group.reps) == 1 else 'reps'}"]
        details += [show_distance(total_mm)] if total_mm and not closing else []
        if closing:
            metres = f", {total_distance_mm(closing) // 1000} of {show_distance(total_mm)}" if total_mm else ""
            details.append(f"closing {len(closing)} of {len(group.reps)}{metres}")
        parts[", ".join(details)] = None
    if timetable.total_ms is not None:
        parts[f"{show_clock(timetable.total_ms)} on target"] = None
    return " · ".join(parts)


def closing_reps(group: GroupPlan) -> tuple[PlannedRep, ...]:
    return tuple(rep for rep in group.reps if rep.closing)


def total_distance_mm(reps: tuple[PlannedRep, ...]) -> int:
    return sum(rep.distance_mm or 0 for rep in reps)
