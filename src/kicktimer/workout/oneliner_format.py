"""Formats a workout as a one-liner, if a one-liner can express all that matters for running it.

The text is built from the workout's own values and then parsed again. It is returned only if both have equal reps.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kicktimer.errors import FaultsError
from kicktimer.units import MILE_MM, Length, format_duration
from kicktimer.workout.model import Rep, Set, Workout
from kicktimer.workout.oneliner_parser import read_oneliner
from kicktimer.workout.plausibility import find_doubts
from kicktimer.workout.recovery import Jog, recovery_as_option
from kicktimer.workout.resolve import DEFAULT_PACE, DEFAULT_RECOVERY_MS, ResolvedRep, jog_ms, resolve_reps
from kicktimer.workout.structure import iter_sets
from kicktimer.workout.values import Steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from kicktimer.pace import Pace
    from kicktimer.workout.model import Leg, LevelSettings

# The reps must be equal on tracks of both lengths, so that a distance in laps is no accident of one track.
_LAPS_MM = (400_000, 200_000)
_REST = re.compile(r" (?:r|R|on)[0-9a-z]")


def format_oneliner(workout: Workout) -> str | None:
    """Returns a one-liner whose reps are equal to those of `workout`, or None if there is none.

    The comparison ignores the workout's name, description, author, kind, caller and countdown cues, and the names of
    its sets.
    """
    sets = [rep_set for _, rep_set in iter_sets(workout)]
    if sets and sets[-1].repeat == 1:  # nothing follows it
        sets[-1] = sets[-1].model_copy(update={"set_recovery": None})
    parts = [_format_part(rep_set, (workout,)) for rep_set in sets]
    if _REST.search(parts[-1]) and not any(_REST.search(part) for part in parts[:-1]):
        parts[:-1] = [f"{part} r{recovery_as_option(DEFAULT_RECOVERY_MS)}" for part in parts[:-1]]
    text = ", ".join(parts)
    if workout.closing is not None:
        text += f" closing{workout.closing}"
    if workout.warmup is not None:
        text = f"wu{_format_whole(workout.warmup)}, {text}"
    if workout.cooldown is not None:
        text += f", cd{_format_whole(workout.cooldown)}"
    try:
        reparsed = read_oneliner(text)
    except FaultsError:
        return None
    if any(not doubt.warning for doubt in find_doubts(text)):
        return None  # it would be refused as a line that is hardly meant
    if workout.countdown != reparsed.countdown:
        return None
    is_equal = all(_effective_reps(reparsed, lap_mm) == _effective_reps(workout, lap_mm) for lap_mm in _LAPS_MM)
    return text if is_equal else None


def _effective_reps(workout: Workout, lap_mm: int) -> list[ResolvedRep]:
    reps = (replace(rep, path=(), set_name="", caller=None) for rep in resolve_reps(workout, lap_mm))
    # A rep with targets ignores the pace of an outer level, so that pace must not make two reps unequal.
    return [rep if rep.target is None and not rep.legs else replace(rep, pace=DEFAULT_PACE) for rep in reps]


def _format_part(part: Set, outer: tuple[LevelSettings, ...]) -> str:
    """Returns a set with its options; it takes from the levels around it what it has not itself."""
    if isinstance(part.reps, int) and part.repeat == 1:
        count = f"{part.reps}x" if part.reps > 1 else ""
        return " ".join([f"{count}{_format_length(part)}", *_format_options((part, *outer))])
    if isinstance(part.reps, int):
        equal = part.model_copy(update={"repeat": 1, "set_recovery": None})
        block = f"{part.repeat}x({_format_part(equal, outer)})"
        return " ".join([block, *_format_set_recovery((part, *outer))])
    inner = " + ".join(_format_item(item, (part, *outer)) for item in part.reps)
    return " ".join([f"{part.repeat}x({inner})", *_format_options((part, *outer))])


def _format_item(item: Rep, outer: tuple[LevelSettings, ...]) -> str:
    """Returns an item of a set's list with its own options: the others stand after the bracket."""
    if isinstance(item, Set):
        if isinstance(item.reps, int):
            equal = item.model_copy(update={"repeat": 1, "set_recovery": None})
            options = _format_options((item,), outer)
            if item.repeat == 1:
                return " ".join([f"{item.reps}x{_format_length(item)}", *options])
            inside = " ".join([f"{item.reps}x{_format_length(item)}", *_format_options((equal,), outer)])
            return " ".join([f"{item.repeat}x({inside})", *_format_set_recovery((item, *outer))])
        inner = " + ".join(_format_item(each, (item, *outer)) for each in item.reps)
        return " ".join([f"{item.repeat}x({inner})", *_format_options((item,), outer)])
    return " ".join([_format_length(item), *_format_options((item,), outer)])


def _format_length(rep: Rep) -> str:
    mark = rep.distance or rep.duration or 0
    if not rep.pattern:
        return _format_mark(mark)
    return f"{_format_mark(mark)}[{' + '.join(_format_leg(leg) for leg in rep.pattern)}]"


def _format_leg(leg: Leg) -> str:
    mark = _format_mark(leg.distance or leg.duration or 0)
    if leg.target is not None:
        return f"{mark} @{leg.target}"
    return mark if leg.pace is None else f"{mark} @{_format_pace(leg.pace)}"


def _format_mark(mark: Length | int) -> str:
    if isinstance(mark, int):
        return format_duration(mark)
    quarters, rest = divmod(4 * mark.mm, MILE_MM)
    if quarters and not rest:
        return f"{quarters / 4:g}mi"
    return str(mark).removesuffix("m")


def _format_whole(mark: Length | int) -> str:
    """Returns the length of a warm-up or cool-down, with its unit."""
    return format_duration(mark) if isinstance(mark, int) else str(mark).replace(" ", "")


def _format_options(levels: tuple[LevelSettings, ...], around: tuple[LevelSettings, ...] = ()) -> list[str]:
    """Returns the options of the innermost of `levels`, from whichever level has them.

    The levels `around` have options of their own; only their jogging pace counts.
    """
    options = []
    for level in levels:
        target = getattr(level, "target", None)
        if level.pace is not None:
            options.append(f"@{_format_each(level.pace, _format_pace)}")
        elif target is not None:
            options.append(f"@{_format_each(target, str)}")
        if options:
            break
    for level in levels:
        if level.recovery is not None:
            options.append(f"r{_format_each(level.recovery, _recovery_formatter((*levels, *around)))}")
        elif level.send_off is not None:
            options.append(f"on{_format_each(level.send_off, recovery_as_option)}")
        else:
            continue
        break
    return options + _format_set_recovery((*levels, *around))


def _format_set_recovery(levels: tuple[LevelSettings, ...]) -> list[str]:
    part = levels[0]
    if not isinstance(part, Set) or part.set_recovery is None:
        return []
    return [f"R{_recovery_formatter(levels)(part.set_recovery)}"]


def _format_each(value: Any, format_one: Callable[[Any], str]) -> str:
    """Returns one value, or several with `>` between them."""
    values = (value.first, value.last) if isinstance(value, Steps) else value if isinstance(value, tuple) else (value,)
    return ">".join(format_one(each) for each in values)


def _format_pace(pace: Pace) -> str:
    text = pace.text.replace(" per ", "/").replace(" ", "")
    return re.sub(r"(?<=[0-9])m(?![a-z])", "", text) if pace.kind in ("race", "between") else text


def _recovery_formatter(levels: tuple[LevelSettings, ...]) -> Callable[[Any], str]:
    """Returns a function that formats a recovery.

    A jog whose time a level's pace gives gets that time, which a one-liner has no word for.
    """
    pace = next((level.jog for level in levels if level.jog is not None), None)

    def format_recovery(recovery: Any) -> str:
        if isinstance(recovery, Jog) and recovery.ms is None and pace is not None and recovery.length.mm:
            recovery = Jog(recovery.length, jog_ms(recovery, recovery.length.mm, pace))
        return recovery_as_option(recovery)

    return format_recovery
