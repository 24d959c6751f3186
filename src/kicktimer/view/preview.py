"""The preview of a workout on the pick screen: its reps, each athlete's targets, the total time and the warnings."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from kicktimer.plan import expected_timetable, warnings
from kicktimer.units import show_countdown
from kicktimer.view.comparison import format_pattern, format_rep_length, format_rest, format_target, format_target_range

if TYPE_CHECKING:
    from kicktimer.plan import GroupPlan, Plan, PlannedRep

MAX_PREVIEW_LINES = 40
"""How many lines of reps a preview has at most."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A planned workout as text. `count` is the number of reps with their distance, `total` the expected duration."""

    name: str
    about: str
    total: str  # "" if it is unknown
    count: str
    reps: tuple[tuple[str, str], ...]  # a line for each series of equal reps: `8 × 400 m` and its details
    targets: tuple[tuple[str, str, str], ...]  # each athlete's key, name and targets
    warnings: tuple[str, ...]


def workout_preview(plan: Plan) -> Preview:
    """Returns the preview of a plan."""
    total = expected_timetable(plan).total_ms
    reps = [line for group in plan.groups for line in _format_reps(group, named=len(plan.groups) > 1)]
    first = plan.groups[0]
    metres = sum(rep.distance_mm or 0 for rep in first.reps) // 1000
    return Preview(
        name=plan.name,
        about=plan.about,
        total="" if total is None else show_countdown(total),
        count=f"{len(first.reps)} {'rep' if len(first.reps) == 1 else 'reps'}{f', {metres} m' if metres else ''}",
        reps=(*reps[:MAX_PREVIEW_LINES], *([("…", "")] if len(reps) > MAX_PREVIEW_LINES else [])),
        targets=tuple(
            (athlete.key, athlete.name, _format_targets(group, athlete.name))
            for group in plan.groups
            for athlete in plan.athletes
            if athlete.name in group.athletes
        ),
        warnings=warnings(plan),
    )


def _format_reps(group: GroupPlan, *, named: bool) -> list[tuple[str, str]]:
    """Returns pairs like (`8 × 400 m`, `1:03.5 · recovery 30s`), one for each series of equal reps.

    The group's name is added to the first text if `named` is true.
    """

    def kind(rep: PlannedRep) -> tuple[object, ...]:
        return rep.distance_mm, rep.duration_ms, rep.pace.text, rep.target_ms, rep.closing, rep.finish_pace, rep.legs

    lines: list[tuple[str, str]] = []
    for _, some in groupby(group.reps, kind):
        reps = list(some)
        rep = reps[0]
        title = (
            f"{f'{group.name}: ' if named else ''}{f'{len(reps)} × ' if len(reps) > 1 else ''}{format_rep_length(rep)}"
        )
        details = [
            format_target_range(rep, group.athletes) or ("" if rep.distance_mm is None else "no target"),
            format_pattern(rep) if rep.legs else "",
            "" if rep.target_ms is not None or rep.distance_mm is None or rep.legs else f"{rep.pace.text} pace",
            "" if rep.number == len(group.reps) else format_rest(rep.rest),
            "closing" if rep.closing else "",
        ]
        lines.append((title, " · ".join(word for word in details if word)))
    return lines


def _format_targets(group: GroupPlan, name: str) -> str:
    """Returns the athlete's different targets, like `400 m 1:03.5 · 200 m 31.8`, at most six."""
    found: dict[str, None] = {}
    for rep in group.reps:
        if name in rep.targets:
            found[f"{format_rep_length(rep)} {format_target(rep.targets[name])}"] = None
    return " · ".join(list(found)[:6]) or "no targets"
