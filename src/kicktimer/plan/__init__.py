"""The plan: what is to be run, rep by rep, with every athlete's targets. Workout + squad -> `Plan`.

All of it is data (frozen, whole ms and mm), so that a session log can carry it and be read alone: `load(dump(plan))`
is the same plan. A target is computed unrounded and rounded once, to the ms, for each mark on its own.
"""

from kicktimer.plan.build import build_plan, target_for
from kicktimer.plan.model import (
    GroupPlan,
    Plan,
    PlannedRep,
    Rest,
    RestKind,
    SpokenLine,
    Target,
    dump,
    load,
)
from kicktimer.plan.notes import notes, warnings
from kicktimer.plan.timetable import Timetable, expected_ms, start_line, start_lines, straight_line_mm

__all__ = [
    "GroupPlan",
    "Plan",
    "PlannedRep",
    "Rest",
    "RestKind",
    "SpokenLine",
    "Target",
    "Timetable",
    "build_plan",
    "dump",
    "expected_ms",
    "load",
    "notes",
    "start_line",
    "start_lines",
    "straight_line_mm",
    "target_for",
    "warnings",
]
