"""`kicktimer plan`: every rep with targets, splits, recovery, start line and the expected clock."""

from __future__ import annotations

from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

from kicktimer.cli.output import print_json, print_message, print_text
from kicktimer.cli.plan_markdown import plan_markdown
from kicktimer.cli.plan_table import group_lines
from kicktimer.cli.plan_text import closing_reps, summary_text, total_distance_mm
from kicktimer.cli.session_options import prepare_session
from kicktimer.plan import (
    dump,
    expected_rest_ms,
    expected_timetable,
    leg_target_ms,
    leg_word,
    legs_of,
    notes,
    start_lines,
    warnings,
)
from kicktimer.session.state import mark_name
from kicktimer.text import wrap
from kicktimer.workout.oneliner_format import format_oneliner

if TYPE_CHECKING:
    import argparse

    from kicktimer.plan import GroupPlan, Plan, PlannedRep, Timetable

DEFAULT_WIDTH = 80
MIN_WIDTH = 30  # columns; a narrower terminal wraps the lines


def plan(options: argparse.Namespace) -> int:
    """Prints the plan as tables that fit the terminal, as JSON, or as a Markdown block; notes go to stderr."""
    prepared = prepare_session(options)
    made = prepared.plan
    timetable = expected_timetable(made)
    if options.json:
        document = _document(made, timetable)
        document["strict"] = prepared.strict or format_oneliner(prepared.workout)
        print_json(document)
        return 0
    if options.share:
        print_text(plan_markdown(prepared.workout, made))
        return 0
    width = max(MIN_WIDTH, get_terminal_size((DEFAULT_WIDTH, 24)).columns)
    for part in (made.name, made.about, summary_text(made, timetable)):
        if part:
            print_text("\n".join(wrap(part, width)))
    for group in made.groups:
        print_text()
        print_text("\n".join(group_lines(made, group, timetable, width)))
    for note in (*warnings(made), *notes(made)):
        print_message("\n".join(wrap(f"note: {note}", width, indent="  ")))
    return 0


def _document(made: Plan, timetable: Timetable) -> dict[str, Any]:
    """Returns the plan in ms and mm, with `expected`: the session's course if everybody runs on target."""
    document = dump(made)
    for described, group in zip(document["groups"], made.groups, strict=True):
        lines, moments = start_lines(made, group), timetable.go_ms[group.name]
        described["group"] = group.name
        described["reps"] = [
            each | _rep_document(each, rep, group, line, go)
            for each, rep, line, go in zip(described["reps"], group.reps, lines, moments, strict=True)
        ]
    document["expected"] = {
        "go": {name: list(moments) for name, moments in timetable.go_ms.items()},
        "end": dict(timetable.end_ms),
        "total": timetable.total_ms,
        "start_lines": {group.name: list(start_lines(made, group)) for group in made.groups},
        "distance": {group.name: total_distance_mm(group.reps) for group in made.groups},
        "closing": {
            group.name: {"reps": len(closing_reps(group)), "distance": total_distance_mm(closing_reps(group))}
            for group in made.groups
        },
    }
    document["total_ms"] = timetable.total_ms
    document["total_m"] = max(total_distance_mm(group.reps) for group in made.groups) / 1000
    document["notes"] = [*warnings(made), *notes(made)]
    return document


def _rep_document(
    described: dict[str, Any], rep: PlannedRep, group: GroupPlan, line: int | None, go: int | None
) -> dict[str, Any]:
    """Returns what is told of a rep beside `described`, what the plan holds. `line` is where it starts, `go` when."""
    is_last = rep is group.reps[-1]
    return {
        "rep": rep.number,
        "legs": [
            {
                "distance_mm": leg.distance_mm, "duration_ms": leg.duration_ms, "pace": leg.pace.text,
                "name": leg_word(legs_of(rep), number), "target": leg_target_ms(rep, number),
            }
            for number, leg in enumerate(legs_of(rep))
        ],
        "rest": None if is_last else _rest_document(described["rest"], rep, group),
        "start_mm": line,
        "clock_ms": go,
        "targets": {
            name: {
                "target": target.ms, "band": None if target.band is None else list(target.band),
                "splits": {str(mark_name(rep, mark)): ms for mark, ms in target.marks.items()},
                "ms": target.ms, "estimated": target.estimated,
                "marks": {str(mark): ms for mark, ms in target.marks.items()},
            }
            for name, target in rep.targets.items()
        },
    }  # fmt: skip


def _rest_document(described: dict[str, Any], rep: PlannedRep, group: GroupPlan) -> dict[str, Any]:
    """Returns a rest; a part of the rep's time has the ms that the targets give."""
    return described | {"ms": expected_rest_ms(rep, group)} if rep.rest.percent else described
