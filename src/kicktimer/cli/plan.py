"""`kicktimer plan`: every rep with targets, splits, recovery, start line and the expected clock."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from kicktimer.cli.result_tables import rep_name, table
from kicktimer.cli.session_options import prepare
from kicktimer.plan import dump, expected_ms, notes, start_lines, warnings
from kicktimer.units import format_duration, show_clock, show_distance, show_target

if TYPE_CHECKING:
    import argparse

    from kicktimer.plan import GroupPlan, Plan, PlannedRep, Rest, Timetable


def plan(options: argparse.Namespace) -> int:
    """Prints the plan: a table with notes, JSON, or a Markdown block to post."""
    prepared = prepare(options)
    made = prepared.plan
    timetable = expected_ms(made)
    if options.json:
        print(json.dumps(_document(made, timetable), ensure_ascii=False, indent=1))
        return 0
    if options.share:
        from kicktimer.cli.plan_markdown import share  # noqa: PLC0415 - only where something is posted

        print(share(prepared.workout, made))
        return 0
    print("\n".join(part for part in (made.name, made.about, facts(made, timetable)) if part))
    for group in made.groups:
        print()
        print(_group(made, group, timetable))
    for note in (*warnings(made), *notes(made)):
        sys.stderr.write(f"note: {note}\n")
    return 0


def _document(made: Plan, timetable: Timetable) -> dict[str, Any]:
    """The plan, and under `expected` what follows from it if everybody runs on target. ms and mm, as everywhere."""
    shown = dump(made)
    shown["expected"] = {
        "go": {name: list(moments) for name, moments in timetable.go_ms.items()},
        "end": dict(timetable.end_ms),
        "total": timetable.total_ms,
        "start_lines": {group.name: list(start_lines(made, group)) for group in made.groups},
        "distance": {group.name: _metres(group.reps) for group in made.groups},
        "closing": {
            group.name: {"reps": len(_closing(group)), "distance": _metres(_closing(group))} for group in made.groups
        },
    }
    shown["notes"] = [*warnings(made), *notes(made)]
    return shown


def _metres(reps: tuple[PlannedRep, ...]) -> int:
    return sum(rep.distance_mm or 0 for rep in reps)


def _closing(group: GroupPlan) -> tuple[PlannedRep, ...]:
    return tuple(rep for rep in group.reps if rep.closing)


def facts(made: Plan, timetable: Timetable) -> str:
    """Metres, time and the share of closing reps in one line."""
    told: dict[str, None] = {}
    for group in made.groups:
        closing, total = _closing(group), _metres(group.reps)
        parts = [f"{len(group.reps)} {'rep' if len(group.reps) == 1 else 'reps'}"]
        parts += [show_distance(total)] if total and not closing else []
        if closing:
            metres = f", {_metres(closing) // 1000} of {show_distance(total)}" if total else ""
            parts.append(f"closing {len(closing)} of {len(group.reps)}{metres}")
        told[", ".join(parts)] = None
    if timetable.total_ms is not None:
        told[f"{show_clock(timetable.total_ms)} on target"] = None
    return " · ".join(told)


def _group(made: Plan, group: GroupPlan, timetable: Timetable) -> str:
    several = len({rep.set for rep in group.reps}) > 1
    rows = []
    for rep, line, go in zip(group.reps, start_lines(made, group), timetable.go_ms[group.name], strict=True):
        targets = [target_text(rep, name) for name in group.athletes]
        rows.append(
            (
                f"{rep.number}", _set(rep) if several else "", rep_name(rep), pace_text(rep), *targets,
                _splits(rep, group.athletes[0]) if len(group.athletes) == 1 else "",
                rest_text(rep.rest) if rep is not group.reps[-1] else "",
                "" if line is None else f"{show_distance(line)}" if line else "line",
                "" if go is None else show_clock(go), "closing" if rep.closing else "",
            )
        )  # fmt: skip
    head = ("rep", "set", "", "pace", *group.athletes, "splits", "recovery", "start", "GO at", "")
    shown = [at for at in range(len(head)) if any(row[at] for row in rows)]
    right = [place for place, at in enumerate(shown) if at in (0, 2) or 4 <= at < 4 + len(group.athletes)]
    title = f"Group {group.name}: {', '.join(group.athletes)}"
    return title + "\n" + table([head[at] for at in shown], [[row[at] for at in shown] for row in rows], right)


def _set(rep: PlannedRep) -> str:
    return f"{rep.set} {rep.set_name}".strip()


def pace_text(rep: PlannedRep) -> str:
    """How fast, in the coach's words: the pace, and that of the rep's last part."""
    if rep.distance_mm is None:
        return ""  # nobody has a target in a timed rep
    begin = "" if rep.target_ms is not None else rep.pace.text
    if rep.finish_pace is None:
        return begin
    return f"{begin}, last {show_distance(rep.finish_mm)} {rep.finish_pace.text}".removeprefix(", ")


def rest_text(rest: Rest) -> str:
    """A recovery in words: `30s`, `30s from first`, `on 1:35`, `when ready`."""
    if rest.kind == "ready":
        return "when ready"
    if rest.kind == "send_off":
        return f"on {format_duration(rest.ms)}"
    return format_duration(rest.ms) + ("" if rest.kind in ("last", "own") else f" from {rest.kind}")


def target_text(rep: PlannedRep, name: str) -> str:
    """An athlete's target: an estimate with `~`, nothing where there is none."""
    target = rep.targets.get(name)
    return "" if target is None else f"{'~' if target.estimated else ''}{show_target(target.ms)}"


def _splits(rep: PlannedRep, name: str) -> str:
    target = rep.targets.get(name)
    if target is None:
        return ""
    return " ".join(show_target(target.marks[mark]) for mark in rep.splits if mark in target.marks)
