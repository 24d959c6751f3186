"""A workout said as one line, where one line says all that matters for running it: `say_oneliner`.

The line is built from what is written and then read back: it is given only where both are run exactly alike.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from kicktimer.errors import FaultsError
from kicktimer.units import MILE_MM, format_duration, format_race_time, format_seconds
from kicktimer.workout.model import OneLiner, Rep, Set, Workout
from kicktimer.workout.oneliner_parser import read_oneliner
from kicktimer.workout.resolve import DEFAULT_PACE, ResolvedRep, flatten

if TYPE_CHECKING:
    from kicktimer.pace import Pace
    from kicktimer.workout.model import LevelSettings

_LAPS_MM = (400_000, 200_000)  # what is said in laps has to agree on any track


def format_oneliner(workout: Workout) -> str | None:
    """The one-liner that is run as `workout` is, rep by rep; None where no line says it all.

    Its name, text, author and kind are no part of that, nor are the names of sets and what is said in the countdown.
    """
    text = ", ".join(_said(workout))
    if workout.closing is not None:
        text += f" closing{workout.closing}"
    try:
        again = read_oneliner(text)
    except FaultsError:
        return None
    if workout.countdown != again.countdown:
        return None
    alike = all(_run(again, lap_mm) == _run(workout, lap_mm) for lap_mm in _LAPS_MM)
    return text if alike else None


def _run(workout: Workout, lap_mm: int) -> list[ResolvedRep]:
    reps = (replace(rep, path=(), set_name="") for rep in flatten(workout, lap_mm))
    # Where there is a target nobody runs at the pace that an outer level gives.
    return [rep if rep.target_ms is None else replace(rep, pace=DEFAULT_PACE) for rep in reps]


def _said(workout: Workout) -> list[str]:
    parts: list[str] = []
    for item in workout.sets:
        parts += [_part(workout, part) for part in (item.sets if isinstance(item, OneLiner) else (item,))]
    return parts


def _part(workout: Workout, part: Set) -> str:
    if isinstance(part.reps, int):
        first: Rep = part
        block = f"{part.reps}x{_mark(part)}" if part.reps > 1 else _mark(part)
        if part.repeat > 1:
            block = f"{part.repeat}x({'+'.join([_mark(part)] * part.reps)})"
    else:
        first = part.reps[0]
        block = f"{part.repeat}x({'+'.join(_mark(rep) for rep in part.reps)})"
    levels = (first, part, workout)
    return " ".join([block, *_options(levels, part)])


def _mark(rep: Rep) -> str:
    if rep.distance is None:
        return format_duration(rep.duration or 0)
    miles, rest = divmod(rep.distance.mm, MILE_MM)
    if miles and not rest:
        return f"{miles}mi"
    return str(rep.distance).removesuffix("m")


def _options(levels: tuple[LevelSettings, ...], part: Set) -> list[str]:
    options = []
    for level in levels:
        target = getattr(level, "target", None)
        if level.pace is not None:
            options.append(f"@{_short(level.pace)}")
        elif target is not None:
            options.append(f"@{format_seconds(target) if target < 100_000 else format_race_time(target)}")
        if options:
            break
    for level in levels:
        if level.recovery is not None:
            options.append(f"r{_time(level.recovery)}")
        elif level.send_off is not None:
            options.append(f"on{_time(level.send_off)}")
        else:
            continue
        break
    if part.set_recovery is not None:
        options.append(f"R{_time(part.set_recovery)}")
    return options


def _short(pace: Pace) -> str:
    text = pace.text.replace(" per ", "/").replace(" ", "")
    return re.sub(r"(?<=[0-9])m(?![a-z])", "", text) if pace.kind == "race" else text


def _time(ms: int | str) -> str:
    return format_duration(ms).removesuffix("s") if isinstance(ms, int) else ms
