"""Formats a workout as a one-liner, if a one-liner can express all that matters for running it.

The text is built from the workout's own values and then parsed again. It is returned only if both have equal reps.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from kicktimer.errors import FaultsError
from kicktimer.units import MILE_MM, format_duration, format_race_time, format_seconds
from kicktimer.workout.model import OneLiner, Rep, Set, Workout
from kicktimer.workout.oneliner_parser import read_oneliner
from kicktimer.workout.recovery import Jog, recovery_as_option
from kicktimer.workout.resolve import DEFAULT_PACE, ResolvedRep, jog_ms, resolve_reps

if TYPE_CHECKING:
    from kicktimer.pace import Pace
    from kicktimer.workout.model import LevelSettings
    from kicktimer.workout.recovery import Recovery

# The reps must be equal on tracks of both lengths, so that a distance in laps is no accident of one track.
_LAPS_MM = (400_000, 200_000)


def format_oneliner(workout: Workout) -> str | None:
    """Returns a one-liner whose reps are equal to those of `workout`, or None if there is none.

    The comparison ignores the workout's name, description, author, kind, caller and countdown cues, and the names of
    its sets.
    """
    text = ", ".join(_format_sets(workout))
    if workout.closing is not None:
        text += f" closing{workout.closing}"
    try:
        reparsed = read_oneliner(text)
    except FaultsError:
        return None
    if workout.countdown != reparsed.countdown:
        return None
    is_equal = all(_effective_reps(reparsed, lap_mm) == _effective_reps(workout, lap_mm) for lap_mm in _LAPS_MM)
    return text if is_equal else None


def _effective_reps(workout: Workout, lap_mm: int) -> list[ResolvedRep]:
    reps = (replace(rep, path=(), set_name="") for rep in resolve_reps(workout, lap_mm))
    # A rep with a target ignores the pace of an outer level, so that pace must not make two reps unequal.
    return [rep if rep.target_ms is None else replace(rep, pace=DEFAULT_PACE) for rep in reps]


def _format_sets(workout: Workout) -> list[str]:
    parts: list[str] = []
    for item in workout.sets:
        parts += [_format_set(workout, part) for part in (item.sets if isinstance(item, OneLiner) else (item,))]
    return parts


def _format_set(workout: Workout, part: Set) -> str:
    if isinstance(part.reps, int):
        first: Rep = part
        block = f"{part.reps}x{_format_mark(part)}" if part.reps > 1 else _format_mark(part)
        if part.repeat > 1:
            block = f"{part.repeat}x({'+'.join([_format_mark(part)] * part.reps)})"
    else:
        first = part.reps[0]
        block = f"{part.repeat}x({'+'.join(_format_mark(rep) for rep in part.reps)})"
    levels = (first, part, workout)
    return " ".join([block, *_format_options(levels, part)])


def _format_mark(rep: Rep) -> str:
    if rep.distance is None:
        return format_duration(rep.duration or 0)
    miles, rest = divmod(rep.distance.mm, MILE_MM)
    if miles and not rest:
        return f"{miles}mi"
    return str(rep.distance).removesuffix("m")


def _format_options(levels: tuple[LevelSettings, ...], part: Set) -> list[str]:
    options = []
    for level in levels:
        target = getattr(level, "target", None)
        if level.pace is not None:
            options.append(f"@{_format_pace(level.pace)}")
        elif target is not None:
            options.append(f"@{format_seconds(target) if target < 100_000 else format_race_time(target)}")
        if options:
            break
    for level in levels:
        if level.recovery is not None:
            options.append(f"r{recovery_as_option(_fixed_jog(level.recovery, levels))}")
        elif level.send_off is not None:
            options.append(f"on{recovery_as_option(level.send_off)}")
        else:
            continue
        break
    if part.set_recovery is not None:
        options.append(f"R{recovery_as_option(_fixed_jog(part.set_recovery, levels))}")
    return options


def _format_pace(pace: Pace) -> str:
    text = pace.text.replace(" per ", "/").replace(" ", "")
    return re.sub(r"(?<=[0-9])m(?![a-z])", "", text) if pace.kind == "race" else text


def _fixed_jog(recovery: Recovery, levels: tuple[LevelSettings, ...]) -> Recovery:
    """Returns the recovery; a jog whose time a level's pace gives gets that time, which a one-liner has no word for."""
    pace = next((level.jog for level in levels if level.jog is not None), None)
    if not isinstance(recovery, Jog) or recovery.ms is not None or pace is None or not recovery.length.mm:
        return recovery
    return Jog(recovery.length, jog_ms(recovery, recovery.length.mm, pace))
