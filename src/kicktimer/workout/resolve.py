"""The levels of a workout resolved: every rep with everything that holds for it, in order.

Pure: the only thing from outside is the length of a lap, for distances in laps. mm and ms throughout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from kicktimer.pace import Pace, parse_pace
from kicktimer.units import DAY_MS, Length
from kicktimer.workout.model import MAX_REPS, RELAX, CueEntry, Last, LevelSettings, OneLiner, Rep, Set, Workout

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_RECOVERY = 30_000
DEFAULT_SPLIT = 100_000
MAX_METRES_MM = 320_000_000  # the best of the world in 24 h
MAX_MARKS = 5_000  # in a whole workout: each has a target for each athlete
TO_GO = 200_000  # the last 200 m of a closing rep are timed: the kick report lives on them
DEFAULT_PACE = parse_pace("1500m")

RestKind = Literal["first", "last", "target", "own", "send_off", "ready"]
Path = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class ResolvedRep:
    """One rep as it will be run. `path` leads to what it was written as, for faults."""

    path: Path
    set: int
    set_name: str
    distance_mm: int | None
    duration_ms: int | None
    pace: Pace
    target_ms: int | None
    rest: RestKind
    rest_ms: int
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
    """How many of the `total` reps are closing reps."""
    if workout.closing is None:
        return 2 if total >= 6 else 0
    return min(workout.closing, total)


def written(workout: Workout) -> Iterator[tuple[Path, Set]]:
    """The sets with the path to each; those of a one-liner share the line's."""
    for number, item in enumerate(workout.sets):
        for part in item.sets if isinstance(item, OneLiner) else (item,):
            yield ("sets", number), part


def once(path: Path, part: Set) -> list[tuple[Path, Rep]]:
    """The reps of one time through a set, each with the path to it."""
    if isinstance(part.reps, int):
        return [(path, part)] * part.reps
    return [((*path, "reps", number), rep) for number, rep in enumerate(part.reps)]


def count(workout: Workout) -> int:
    """The number of reps."""
    return sum(
        part.repeat * (part.reps if isinstance(part.reps, int) else len(part.reps)) for _, part in written(workout)
    )


def too_large(workout: Workout, lap_mm: int = 400_000) -> tuple[str, str] | None:
    """What is too large about a workout (a problem and a hint), before anything is expanded; None where it fits."""
    total = count(workout)
    if total > MAX_REPS:
        return f"{total} reps are too many", f"at most {MAX_REPS}"
    metres = inside = at_least = 0
    for path, part in written(workout):
        for _, rep in once(path, part):
            levels = (workout, part) if rep is part else (workout, part, rep)
            distance = rep.distance.on(lap_mm) if rep.distance else 0
            metres += part.repeat * distance
            at_least += part.repeat * (rep.duration or 0)
            rest = _rest(_nearest(levels, "recovery", "send_off"), "last", None)
            at_least += part.repeat * rest[1]
            for name in ("splits", "timed"):
                found = _nearest(levels, name)
                if found and isinstance(found[1], Length):
                    inside += part.repeat * (distance // max(1, found[1].on(lap_mm)))
                elif found and isinstance(found[1], tuple):
                    inside += part.repeat * len(found[1])
                elif name == "splits" and found is None:
                    inside += part.repeat * (distance // DEFAULT_SPLIT)
    if metres > MAX_METRES_MM:
        return f"{metres // 1_000_000} km are more than anybody runs in 24 h", "a session has an end"
    if at_least > DAY_MS:
        return "the workout takes over 24 h", "a session has an end"
    if inside > MAX_MARKS:
        return f"{inside} splits are too many", f"at most {MAX_MARKS} in a workout: make the step of `splits` longer"
    return None


def flatten(workout: Workout, lap_mm: int = 400_000, *, hands_free: bool = False) -> tuple[ResolvedRep, ...]:
    """Every rep of the workout. A bounded number of them: `count` is checked when the file is read."""
    total = count(workout)
    first_closing = total - closing_count(workout, total)
    flat: list[ResolvedRep] = []
    times = 0
    for path, part in written(workout):
        reps = once(path, part)
        for _ in range(part.repeat):
            times += 1
            for index, (where, rep) in enumerate(reps):
                levels = (workout, part) if rep is part else (workout, part, rep)
                number = len(flat)
                set_recovery = part.set_recovery if index == len(reps) - 1 and number < total - 1 else None
                flat.append(
                    _flat(
                        where,
                        levels,
                        rep,
                        times=times,
                        lap_mm=lap_mm,
                        set_recovery=set_recovery,
                        closing=number >= first_closing,
                        hands_free=hands_free,
                    )
                )
    return tuple(flat)


def _nearest(levels: tuple[LevelSettings, ...], *names: str) -> tuple[str, object] | None:
    """What the nearest level says under one of these names (they are one choice)."""
    for level in reversed(levels):
        for name in names:
            value = getattr(level, name, None)
            if value is not None:
                return name, value
    return None


def _flat(
    path: Path,
    levels: tuple[LevelSettings, ...],
    rep: Rep,
    *,
    times: int,
    lap_mm: int,
    set_recovery: int | Literal["ready"] | None,
    closing: bool,
    hands_free: bool,
) -> ResolvedRep:
    distance = rep.distance.on(lap_mm) if rep.distance else None
    splits = marks(_nearest(levels, "splits"), distance, lap_mm)
    timed_found = _nearest(levels, "timed")
    timed = splits if timed_found and timed_found[1] == "splits" else marks(timed_found, distance, lap_mm, timed=True)
    optional: tuple[int, ...] = ()
    if closing and timed_found is None and distance is not None and distance > TO_GO:
        optional = (distance - TO_GO,)
        timed = optional
    choice = _nearest(levels, "pace", "target")
    target_ms = cast("int", choice[1]) if choice and choice[0] == "target" and distance else None
    paces = _nearest(levels, "pace")
    quiet = tuple(length.on(lap_mm) for length in rep.quiet) if rep.quiet else None
    last: Last | None = rep.last if distance is not None else None
    cue_found = _nearest(tuple(level for level in levels if not isinstance(level, Workout)), "cues")
    relax_found = _nearest(levels, "relax")
    relax = str(relax_found[1]) if relax_found else RELAX
    source = _nearest(levels, "recovery_from")
    kind = "target" if hands_free else str(source[1]) if source else "last"
    rest, rest_ms = _rest(_nearest(levels, "recovery", "send_off"), kind, set_recovery)
    return ResolvedRep(
        path=path,
        set=times,
        set_name=part_name(levels),
        distance_mm=distance,
        duration_ms=rep.duration if distance is None else None,
        pace=cast("Pace", paces[1]) if paces else DEFAULT_PACE,
        target_ms=target_ms,
        rest=rest,
        rest_ms=rest_ms,
        splits=splits,
        timed=timed,
        optional=optional,
        quiet=cast("tuple[int, int] | None", quiet),
        last_mm=last.distance.on(lap_mm) if last else 0,
        last_pace=last.pace if last else None,
        cues=cast("tuple[CueEntry, ...]", cue_found[1]) if cue_found else (),
        relax=relax if closing and relax.lower() != "none" else "",
        closing=closing,
        hands_free=kind == "target",
        lap_mm=lap_mm,
    )


def part_name(levels: tuple[LevelSettings, ...]) -> str:
    """The name of the set among the levels."""
    return next((level.name for level in levels if isinstance(level, Set)), "")


def _rest(
    choice: tuple[str, object] | None, kind: str, set_recovery: int | Literal["ready"] | None
) -> tuple[RestKind, int]:
    if set_recovery is not None:
        choice = "recovery", set_recovery
    name, value = choice or ("recovery", DEFAULT_RECOVERY)
    if value == "ready":
        return "ready", 0
    return ("send_off" if name == "send_off" else cast("RestKind", kind)), cast("int", value)


def marks(
    found: tuple[str, object] | None, distance: int | None, lap_mm: int, *, timed: bool = False
) -> tuple[int, ...]:
    """The marks inside a rep, in order: of a step, of a list, or none."""
    if distance is None:
        return ()
    value = found[1] if found else ("finish" if timed else None)
    if isinstance(value, tuple):
        lengths = cast("tuple[Length, ...]", value)
        return tuple(sorted({mm for mm in (length.on(lap_mm) for length in lengths) if mm < distance}))
    if value in ("none", "finish"):
        return ()
    step = DEFAULT_SPLIT if value is None else cast("Length", value).on(lap_mm)
    return tuple(range(step, distance, step))
