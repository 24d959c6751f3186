"""The plan of a session: every rep of every group, with each athlete's targets. It is built from a workout and a squad.

A plan is frozen data in whole ms and mm. A session log contains its plan, so the log can be read without other files:
`load(dump(plan))` equals `plan`. Each mark's target is computed exactly and rounded once, to the ms.
"""

from kicktimer.plan.build import build_plan
from kicktimer.plan.model import (
    GroupPlan,
    Plan,
    PlannedLeg,
    PlannedRep,
    Rest,
    RestKind,
    SpokenLine,
    Target,
    dump,
    load,
)
from kicktimer.plan.notes import notes, reps_text, warnings
from kicktimer.plan.targets import leg_target_ms, leg_word, legs_of, target_for
from kicktimer.plan.timetable import (
    Timetable,
    expected_rest_ms,
    expected_timetable,
    lines_for_distances,
    start_lines,
    straight_line_mm,
)

__all__ = [
    "GroupPlan",
    "Plan",
    "PlannedLeg",
    "PlannedRep",
    "Rest",
    "RestKind",
    "SpokenLine",
    "Target",
    "Timetable",
    "build_plan",
    "dump",
    "expected_rest_ms",
    "expected_timetable",
    "leg_target_ms",
    "leg_word",
    "legs_of",
    "lines_for_distances",
    "load",
    "notes",
    "reps_text",
    "start_lines",
    "straight_line_mm",
    "target_for",
    "warnings",
]
