"""`kicktimer plan`: every rep with targets, splits, recovery, start line and the expected clock."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from kicktimer.cli.prepare import prepare
from kicktimer.cli.tables import rep_name, table
from kicktimer.plan import dump, expected_ms, start_line, warnings
from kicktimer.units import format_duration, show_clock, show_distance, show_target

if TYPE_CHECKING:
    import argparse

    from kicktimer.plan import GroupPlan, Plan, PlannedRep, Rest, Timetable


def plan(options: argparse.Namespace) -> int:
    """Prints the plan. Notes that a coach would want go to stderr."""
    made = prepare(options).plan
    timetable = expected_ms(made)
    if options.json:
        shown = dump(made)
        shown["expected"] = {
            "go": {name: list(moments) for name, moments in timetable.go_ms.items()},
            "end": dict(timetable.end_ms),
            "total": timetable.total_ms,
        }
        print(json.dumps(shown, ensure_ascii=False, indent=1))
        return 0
    print(_head(made, timetable))
    for group in made.groups:
        print()
        print(_group(made, group, timetable))
    for warning in warnings(made):
        sys.stderr.write(f"note: {warning}\n")
    return 0


def _head(made: Plan, timetable: Timetable) -> str:
    metres = [sum(rep.distance_mm or 0 for rep in group.reps) for group in made.groups]
    total = "" if timetable.total_ms is None else f"{show_clock(timetable.total_ms)} on target"
    distance = " / ".join(dict.fromkeys(show_distance(mm) for mm in metres if mm))
    facts = " · ".join(part for part in (distance, total) if part)
    return "\n".join(part for part in (made.name, made.about, facts) if part)


def _group(made: Plan, group: GroupPlan, timetable: Timetable) -> str:
    lines = start_line(made.track, [rep.distance_mm for rep in group.reps], [_rest_ms(rep.rest) for rep in group.reps])
    several = len({rep.set for rep in group.reps}) > 1
    rows = []
    for rep, line, go in zip(group.reps, lines, timetable.go_ms[group.name], strict=True):
        targets = [_target(rep, name) for name in group.athletes]
        rows.append(
            (
                f"{rep.number}", f"{rep.set}" if several else "", rep_name(rep),
                rep.pace.text if rep.target_ms is None else "", *targets,
                _splits(rep, group.athletes[0]) if len(group.athletes) == 1 else "",
                rest_text(rep.rest) if rep is not group.reps[-1] else "",
                "" if line is None else f"{show_distance(line)}" if line else "line",
                "" if go is None else show_clock(go), "closing" if rep.closing else "",
            )
        )  # fmt: skip
    head = ("rep", "set", "", "pace", *group.athletes, "splits", "recovery", "start", "GO at", "")
    shown = [at for at in range(len(head)) if any(row[at] for row in rows)]
    right = [place for place, at in enumerate(shown) if at in (0, 1, 2) or 4 <= at < 4 + len(group.athletes)]
    title = f"Group {group.name}: {', '.join(group.athletes)}"
    return title + "\n" + table([head[at] for at in shown], [[row[at] for at in shown] for row in rows], right)


def _rest_ms(rest: Rest) -> int | None:
    return rest.ms if rest.kind not in ("ready", "send_off") else None


def rest_text(rest: Rest) -> str:
    """A recovery in words: `30s`, `30s from first`, `on 1:35`, `when ready`."""
    if rest.kind == "ready":
        return "when ready"
    if rest.kind == "send_off":
        return f"on {format_duration(rest.ms)}"
    return format_duration(rest.ms) + ("" if rest.kind in ("last", "own") else f" from {rest.kind}")


def _target(rep: PlannedRep, name: str) -> str:
    target = rep.targets.get(name)
    return "" if target is None else f"{'~' if target.estimated else ''}{show_target(target.ms)}"


def _splits(rep: PlannedRep, name: str) -> str:
    target = rep.targets.get(name)
    if target is None:
        return ""
    return " ".join(show_target(target.marks[mark]) for mark in rep.splits if mark in target.marks)
