"""Resolves a workout's levels: applies the settings of workout and set, and the defaults, to each rep.

Distances are whole mm, times whole ms. Distances in laps need the length of a lap, which is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from kicktimer.pace import Pace, parse_pace
from kicktimer.units import DAY_MS, STANDARD_LAP_MM, Length
from kicktimer.workout.model import (
    DEFAULT_REMINDER,
    MAX_REPS,
    CueEntry,
    Last,
    LevelSettings,
    OneLiner,
    Rep,
    Set,
    Workout,
)
from kicktimer.workout.recovery import Jog, Percent, TimeRange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kicktimer.workout.recovery import Recovery

DEFAULT_RECOVERY_MS = 30_000
DEFAULT_SPLIT_STEP_MM = 100_000
MAX_TOTAL_MM = 320_000_000  # the longest workout: about the world record for 24 h
MAX_MARKS = 5_000  # in all reps of a workout; the plan computes a target for each mark and athlete
CLOSING_MARK_TO_GO_MM = 200_000  # a closing rep has a mark 200 m before its finish, which the kick report needs
DEFAULT_PACE = parse_pace("1500m")
DEFAULT_JOG_PACE = parse_pace("2:00 per 400m")

RestKind = Literal["first", "last", "target", "own", "send_off", "ready"]
DocumentPath = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class ResolvedRep:
    """One rep with all settings that apply to it.

    `path` is the rep's path in the file's tree. `set` counts each time through a set, from 1. `rest` is the rule for
    the next GO and `rest_ms` its recovery or send-off; with `rest_percent` the recovery is that part of the rep's time,
    and with `jog_mm` it is jogged. `splits` are the marks with a target, `timed` those with a time
    taken by hand, `optional` the timed ones that may stay without a time; all are in mm from the start, without the
    finish. `quiet` is the start and end of the stretch without split cues. The last `last_mm` are run at `last_pace`.
    """

    path: DocumentPath
    set: int
    set_name: str
    distance_mm: int | None
    duration_ms: int | None
    pace: Pace
    target_ms: int | None
    rest: RestKind
    rest_ms: int
    rest_percent: int
    jog_mm: int
    splits: tuple[int, ...]
    timed: tuple[int, ...]
    optional: tuple[int, ...]
    quiet: tuple[int, int] | None
    last_mm: int
    last_pace: Pace | None
    cues: tuple[CueEntry, ...]
    relax: str
    closing: bool
    hands_free: bool
    lap_mm: int


def closing_count(workout: Workout, total: int) -> int:
    """Returns how many of the workout's `total` reps are closing reps."""
    if workout.closing is None:
        return 2 if total >= 6 else 0
    return min(workout.closing, total)


def iter_sets(workout: Workout) -> Iterator[tuple[DocumentPath, Set]]:
    """Yields the workout's sets, each with its path in the file's tree; all sets of a one-liner have its path."""
    for number, item in enumerate(workout.sets):
        for rep_set in item.sets if isinstance(item, OneLiner) else (item,):
            yield ("sets", number), rep_set


def reps_of_set(path: DocumentPath, rep_set: Set) -> list[tuple[DocumentPath, Rep]]:
    """Returns the reps of one time through a set (without `repeat`), each with its path in the file's tree."""
    if isinstance(rep_set.reps, int):
        return [(path, rep_set)] * rep_set.reps
    return [((*path, "reps", number), rep) for number, rep in enumerate(rep_set.reps)]


def count_reps(workout: Workout) -> int:
    """Returns the number of reps of the whole workout, with repetitions."""
    return sum(
        rep_set.repeat * (rep_set.reps if isinstance(rep_set.reps, int) else len(rep_set.reps))
        for _, rep_set in iter_sets(workout)
    )


def find_size_problem(workout: Workout, lap_mm: int = STANDARD_LAP_MM) -> tuple[str, str] | None:
    """Returns a problem and a hint if the workout exceeds a limit on reps, distance, time or marks; else None.

    It computes the sums without expanding the repetitions, so a workout of any size costs little.
    """
    total = count_reps(workout)
    if total > MAX_REPS:
        return f"{total} reps are too many", f"at most {MAX_REPS}"
    total_mm = mark_count = total_ms = 0
    for path, rep_set in iter_sets(workout):
        for _, rep in reps_of_set(path, rep_set):
            levels = (workout, rep_set) if rep is rep_set else (workout, rep_set, rep)
            distance = rep.distance.to_mm(lap_mm) if rep.distance else 0
            total_mm += rep_set.repeat * distance
            total_ms += rep_set.repeat * (rep.duration or 0)
            rest = _resolve_rest(levels, "last", None, lap_mm)
            total_ms += rep_set.repeat * rest.ms
            for name in ("splits", "timed"):
                setting = _nearest_setting(levels, name)
                if setting and isinstance(setting[1], Length):
                    mark_count += rep_set.repeat * (distance // max(1, setting[1].to_mm(lap_mm)))
                elif setting and isinstance(setting[1], tuple):
                    mark_count += rep_set.repeat * len(setting[1])
                elif name == "splits" and setting is None:
                    mark_count += rep_set.repeat * (distance // DEFAULT_SPLIT_STEP_MM)
    if total_mm > MAX_TOTAL_MM:
        return f"{total_mm // 1_000_000} km are more than anybody runs in 24 h", "a session has an end"
    if total_ms > DAY_MS:
        return "the workout takes over 24 h", "a session has an end"
    if mark_count > MAX_MARKS:
        return (
            f"{mark_count} splits are too many",
            f"at most {MAX_MARKS} in a workout: make the step of `splits` longer",
        )
    return None


def resolve_reps(
    workout: Workout, lap_mm: int = STANDARD_LAP_MM, *, hands_free: bool = False
) -> tuple[ResolvedRep, ...]:
    """Returns every rep of the workout in order. Call `find_size_problem` first: it bounds the number of reps.

    `hands_free` replaces `recovery_from` by `target` in every rep.
    """
    total = count_reps(workout)
    first_closing = total - closing_count(workout, total)
    resolved: list[ResolvedRep] = []
    set_number = 0
    for path, rep_set in iter_sets(workout):
        reps = reps_of_set(path, rep_set)
        for _ in range(rep_set.repeat):
            set_number += 1
            for index, (rep_path, rep) in enumerate(reps):
                levels = (workout, rep_set) if rep is rep_set else (workout, rep_set, rep)
                number = len(resolved)
                set_recovery = rep_set.set_recovery if index == len(reps) - 1 and number < total - 1 else None
                resolved.append(
                    _resolve_rep(
                        rep_path,
                        levels,
                        rep,
                        set_number=set_number,
                        lap_mm=lap_mm,
                        set_recovery=set_recovery,
                        closing=number >= first_closing,
                        hands_free=hands_free,
                    )
                )
    return tuple(resolved)


def _nearest_setting(levels: tuple[LevelSettings, ...], *names: str) -> tuple[str, object] | None:
    """Returns the key and value that the innermost level has for one of the keys `names`; None if no level has one.

    `levels` goes from the workout inwards. Keys that exclude each other are looked up together.
    """
    for level in reversed(levels):
        for name in names:
            value = getattr(level, name, None)
            if value is not None:
                return name, value
    return None


def _resolve_rep(
    path: DocumentPath,
    levels: tuple[LevelSettings, ...],
    rep: Rep,
    *,
    set_number: int,
    lap_mm: int,
    set_recovery: Recovery | None,
    closing: bool,
    hands_free: bool,
) -> ResolvedRep:
    distance = rep.distance.to_mm(lap_mm) if rep.distance else None
    splits = resolve_marks(_nearest_setting(levels, "splits"), distance, lap_mm)
    timed_found = _nearest_setting(levels, "timed")
    timed = (
        splits
        if timed_found and timed_found[1] == "splits"
        else resolve_marks(timed_found, distance, lap_mm, timed=True)
    )
    optional: tuple[int, ...] = ()
    if closing and timed_found is None and distance is not None and distance > CLOSING_MARK_TO_GO_MM:
        optional = (distance - CLOSING_MARK_TO_GO_MM,)
        timed = optional
    choice = _nearest_setting(levels, "pace", "target")
    target_ms = cast("int", choice[1]) if choice and choice[0] == "target" and distance else None
    paces = _nearest_setting(levels, "pace")
    quiet = tuple(length.to_mm(lap_mm) for length in rep.quiet) if rep.quiet else None
    last: Last | None = rep.last if distance is not None else None
    cue_found = _nearest_setting(tuple(level for level in levels if not isinstance(level, Workout)), "cues")
    relax_found = _nearest_setting(levels, "relax")
    relax = str(relax_found[1]) if relax_found else DEFAULT_REMINDER
    source = _nearest_setting(levels, "recovery_from")
    kind = "target" if hands_free else str(source[1]) if source else "last"
    rest = _resolve_rest(levels, kind, set_recovery, lap_mm)
    return ResolvedRep(
        path=path,
        set=set_number,
        set_name=_set_name(levels),
        distance_mm=distance,
        duration_ms=rep.duration if distance is None else None,
        pace=cast("Pace", paces[1]) if paces else DEFAULT_PACE,
        target_ms=target_ms,
        rest=rest.kind,
        rest_ms=rest.ms,
        rest_percent=rest.percent,
        jog_mm=rest.jog_mm,
        splits=splits,
        timed=timed,
        optional=optional,
        quiet=cast("tuple[int, int] | None", quiet),
        last_mm=last.distance.to_mm(lap_mm) if last else 0,
        last_pace=last.pace if last else None,
        cues=cast("tuple[CueEntry, ...]", cue_found[1]) if cue_found else (),
        relax=relax if closing and relax.lower() != "none" else "",
        closing=closing,
        hands_free=kind == "target",
        lap_mm=lap_mm,
    )


def _set_name(levels: tuple[LevelSettings, ...]) -> str:
    """Returns the name of the set among the levels, "" if it has none."""
    return next((level.name for level in levels if isinstance(level, Set)), "")


class _ResolvedRest(NamedTuple):
    kind: RestKind
    ms: int
    percent: int = 0
    jog_mm: int = 0


def _resolve_rest(
    levels: tuple[LevelSettings, ...], kind: str, set_recovery: Recovery | None, lap_mm: int
) -> _ResolvedRest:
    """Returns the rest after a rep with these levels. `set_recovery` replaces what they say, if it is not None."""
    choice = _nearest_setting(levels, "recovery", "send_off")
    if set_recovery is not None:
        choice = "recovery", set_recovery
    name, value = choice or ("recovery", DEFAULT_RECOVERY_MS)
    if name == "send_off":
        return _ResolvedRest("send_off", cast("int", value))
    match cast("Recovery", value):
        case "ready":
            return _ResolvedRest("ready", 0)
        case Jog() as jog:
            pace = _nearest_setting(levels, "jog")
            ms = jog_ms(jog, lap_mm, cast("Pace", pace[1]) if pace else DEFAULT_JOG_PACE)
            return _ResolvedRest(cast("RestKind", kind), ms, jog_mm=jog.length.to_mm(lap_mm))
        case Percent() as part:
            return _ResolvedRest(cast("RestKind", kind), 0, percent=part.percent)
        case TimeRange() as span:
            return _ResolvedRest(cast("RestKind", kind), span.middle_ms)
        case ms:
            return _ResolvedRest(cast("RestKind", kind), ms)


def jog_ms(jog: Jog, lap_mm: int, pace: Pace) -> int:
    """Returns the time of a jog in ms: the one given, else that of the pace, to the second; a half is rounded up."""
    if jog.ms is not None:
        return jog.ms
    return (2 * jog.length.to_mm(lap_mm) * pace.fixed_ms // pace.per_mm + 1000) // 2000 * 1000


def resolve_marks(
    setting: tuple[str, object] | None, distance: int | None, lap_mm: int, *, timed: bool = False
) -> tuple[int, ...]:
    """Returns the marks of `splits` or `timed` (key and value) that are inside the rep, in order, in mm.

    The value is a step, a list of marks or a word; without a setting the default applies. A rep by duration (without a
    `distance`) has no marks.
    """
    if distance is None:
        return ()
    value = setting[1] if setting else ("finish" if timed else None)
    if isinstance(value, tuple):
        lengths = cast("tuple[Length, ...]", value)
        return tuple(sorted({mm for mm in (length.to_mm(lap_mm) for length in lengths) if mm < distance}))
    if value in ("none", "finish"):
        return ()
    step = DEFAULT_SPLIT_STEP_MM if value is None else cast("Length", value).to_mm(lap_mm)
    return tuple(range(step, distance, step))
