"""`kicktimer squad`: the athletes of a squad with their keys, groups, races and targets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kicktimer.cli.output import print_json, print_message, print_text
from kicktimer.cli.plan_text import pace_text, rep_text
from kicktimer.cli.text_table import format_table
from kicktimer.library import load_group_workouts, load_squad, load_workout
from kicktimer.plan import build_plan, warnings
from kicktimer.text import format_fault
from kicktimer.units import format_duration, format_race, format_race_time, show_distance, show_target
from kicktimer.view.comparison import format_target

if TYPE_CHECKING:
    import argparse

    from kicktimer.plan import Plan, PlannedRep
    from kicktimer.squad import Athlete, Squad

DEFAULT_REPS = "200, 300, 400"  # the reps whose targets are shown without --workout, at 1500 m pace


def squad(options: argparse.Namespace) -> int:
    """Prints the squad as a table or as JSON. Warnings go to stderr, such as an athlete without a target."""
    loaded, faults = load_squad(options.file)
    for fault in faults:
        print_message(format_fault(fault))
    if options.workout:
        workout, more, _ = load_workout(" ".join(options.workout))
        for fault in more:
            print_message(format_fault(fault))
        plan = build_plan(workout, loaded, group_workouts=load_group_workouts(loaded, options.file))
    else:
        common = replace(loaded, groups=tuple(replace(group, workout="") for group in loaded.groups))
        plan = build_plan(load_workout(DEFAULT_REPS)[0], common)
    if options.json:
        print_json(_document(loaded, plan))
        return 0
    print_text(_head(loaded, plan, workout=bool(options.workout)))
    print_text(_table(loaded, plan))
    for text in warnings(plan):
        print_message(f"note: {text}")
    return 0


def _head(squad: Squad, plan: Plan, *, workout: bool) -> str:
    size = f"{len(squad.athletes)} {'athlete' if len(squad.athletes) == 1 else 'athletes'}"
    lane = f", lane {squad.track.lane}" if squad.track.lane > 1 else ""
    track = f"track of {show_distance(squad.track.length_mm)}{lane}"
    targets = f"targets for {plan.name}" if workout else "targets at 1500m pace"
    return " · ".join(part for part in (squad.name, size, track, targets) if part)


def _distinct_reps(plan: Plan) -> dict[str, dict[str, PlannedRep]]:
    """Returns one entry for each column of targets: its title, and by athlete the first such rep of the own group."""
    columns: dict[str, dict[str, PlannedRep]] = {}
    same_pace = len({pace_text(rep) for group in plan.groups for rep in group.reps}) == 1
    for group in plan.groups:
        for rep in group.reps:
            if not rep.targets:
                continue
            title = rep_text(rep) if same_pace else f"{rep_text(rep)} {pace_text(rep)}".strip()
            if rep.target_ms is not None:
                title = f"{rep_text(rep)} in {show_target(rep.target_ms)}"
            for athlete in group.athletes:
                columns.setdefault(title, {}).setdefault(athlete, rep)
    return columns


def _table(squad: Squad, plan: Plan) -> str:
    columns = _distinct_reps(plan)
    starts = {
        group.name: "".join(
            part
            for part in (
                f" +{format_duration(group.start_after_ms)}" if group.start_after_ms else "",
                f" ({group.workout})" if group.workout else "",
            )
        )
        for group in squad.groups
    }
    rows = [
        (
            athlete.key or "none", athlete.name, f"{athlete.group}{starts[athlete.group]}", _races(athlete),
            "" if athlete.fresh_200_ms is None else format_race_time(athlete.fresh_200_ms),
            "" if athlete.goal_last_200_ms is None else format_race_time(athlete.goal_last_200_ms),
            *(
                format_target(reps[athlete.name].targets.get(athlete.name)) if athlete.name in reps else ""
                for reps in columns.values()
            ),
        )
        for athlete in squad.athletes
    ]  # fmt: skip
    head = ("key", "name", "group", "races", "fresh 200", "goal last 200", *columns)
    shown = [at for at in range(len(head)) if any(row[at] for row in rows)]
    right = [place for place, at in enumerate(shown) if at > 3]
    return format_table([head[at] for at in shown], [[row[at] for at in shown] for row in rows], right)


def _races(athlete: Athlete) -> str:
    return ", ".join(f"{format_race(mm)} {format_race_time(ms)}" for mm, ms in sorted(athlete.races.items()))


def _document(squad: Squad, plan: Plan) -> dict[str, Any]:
    """Returns the squad with the assigned keys, and each athlete's targets, in ms and mm as in a plan."""
    columns = _distinct_reps(plan)
    return {
        "name": squad.name,
        "track": {"length": squad.track.length_mm, "lane": squad.track.lane, "lap": squad.track.lap_mm},
        "groups": [
            {"name": group.name, "start_after": group.start_after_ms, "workout": group.workout or None}
            for group in squad.groups
        ],
        "athletes": [
            {
                "name": athlete.name,
                "key": athlete.key or None,
                "group": athlete.group,
                "races": {format_race(mm): ms for mm, ms in sorted(athlete.races.items())},
                "fresh_200m": athlete.fresh_200_ms,
                "goal_last_200m": athlete.goal_last_200_ms,
                "targets": [
                    _target(reps[athlete.name], athlete.name)
                    for reps in columns.values()
                    if athlete.name in reps and athlete.name in reps[athlete.name].targets
                ],
            }
            for athlete in squad.athletes
        ],
    }


def _target(rep: PlannedRep, name: str) -> dict[str, Any]:
    target = rep.targets[name]
    return {
        "distance": rep.distance_mm,
        "pace": pace_text(rep) or None,
        "target": target.ms,
        "estimated": target.estimated,
        "marks": {str(mm): ms for mm, ms in target.marks.items()},
    }
