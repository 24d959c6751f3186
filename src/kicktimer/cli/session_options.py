"""Loads the session that a command line describes: workout, squad, races, and the plan made from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kicktimer.cli.output import print_message
from kicktimer.errors import UsageError
from kicktimer.library import load_group_workouts, load_squad, load_workout_or_line
from kicktimer.plan import Plan, build_plan
from kicktimer.squad import Squad, parse_race_option, single_athlete_squad
from kicktimer.text import format_fault

if TYPE_CHECKING:
    import argparse

    from kicktimer.workout import LineReading, Workout


@dataclass(frozen=True, slots=True)
class PreparedSession:
    """A session that is ready to run. The log's header keeps `workout` and `squad` beside the plan."""

    workout: Workout
    squad: Squad
    plan: Plan
    strict: str | None = None  # the one-liner that a line was read as


def prepare_session(options: argparse.Namespace) -> PreparedSession:
    """Returns the session that `options` describe, and prints its warnings on stderr.

    Raises `KicktimerError` if a file cannot be read, and `FaultsError` if one cannot be used.
    """
    if options.squad and options.race:
        raise UsageError("--race is for a session without a squad", "write the races into the squad's file")
    loaded = load_workout_or_line(" ".join(options.workout))
    workout, faults = loaded.workout, loaded.faults
    group_workouts: dict[str, Workout] = {}
    if options.squad:
        squad, more = load_squad(options.squad)
        faults += more
        group_workouts = load_group_workouts(squad, options.squad)
    else:
        squad = single_athlete_squad(dict(parse_race_option(race) for race in options.race))
    if loaded.reading is not None:
        print_reading(loaded.reading)
    for fault in faults:
        print_message(format_fault(fault))
    hands_free = getattr(options, "hands_free", False)
    plan = build_plan(workout, squad, hands_free=hands_free, group_workouts=group_workouts)
    return PreparedSession(workout, squad, plan, None if loaded.reading is None else loaded.reading.strict)


def print_reading(reading: LineReading) -> None:
    """Prints on stderr what a coach's note was read as; nothing for a one-liner."""
    if reading.is_note:
        print_message(f"read as: {reading.strict}")
        for remark in reading.remarks:
            print_message(f"note: {remark}")
