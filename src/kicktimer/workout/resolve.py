"""Resolves a workout's levels: applies the settings of workout and set, and the defaults, to each rep.

Distances are whole mm, times whole ms. Distances in laps need the length of a lap, which is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from kicktimer.pace import Pace, parse_pace
from kicktimer.units import DAY_MS, STANDARD_LAP_MM, Length, format_distance
from kicktimer.workout.model import DEFAULT_REMINDER, MAX_REPS, Set, Workout
from kicktimer.workout.recovery import Jog, Percent, TimeRange
from kicktimer.workout.structure import count_reps, run_reps

if TYPE_CHECKING:
    from fractions import Fraction

    from kicktimer.workout.model import CueEntry, Leg, Rep
    from kicktimer.workout.recovery import Recovery
    from kicktimer.workout.structure import DocumentPath, RepPlace
    from kicktimer.workout.values import TargetTime

DEFAULT_RECOVERY_MS = 30_000
DEFAULT_SPLIT_STEP_MM = 100_000
MAX_TOTAL_MM = 320_000_000  # the longest workout: about the world record for 24 h
MAX_MARKS = 5_000  # in all reps of a workout; the plan computes a target for each mark and athlete
CLOSING_MARK_TO_GO_MM = 200_000  # a closing rep has a mark 200 m before its finish, which the kick report needs
DEFAULT_PACE = parse_pace("1500m")
DEFAULT_JOG_PACE = parse_pace("2:00 per 400m")

RestKind = Literal["first", "last", "target", "own", "send_off", "ready"]


@dataclass(frozen=True, slots=True)
class ResolvedLeg:
    """A leg of a pattern: a distance, or a duration in a rep of a duration. `name` is "" where the file has none."""

    distance_mm: int | None
    duration_ms: int | None
    pace: Pace
    name: str = ""


@dataclass(frozen=True, slots=True)
class ResolvedRest:
    """The rest after a rep: the rule for the next GO, and its recovery or send-off in ms.

    With `percent` the recovery is that part of the rep's time, and `ms` is 0; with `jog_mm` it is jogged. `between` is
    the range of times whose middle runs.
    """

    kind: RestKind
    ms: int
    percent: int = 0
    jog_mm: int = 0
    between: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ResolvedRep:
    """One rep with all settings that apply to it.

    `path` is the rep's path in the file's tree. `set` counts each time through a set of `sets`, from 1. `target` is one
    time for everybody in ms, exact, and `band` its ends. `splits` are the marks with a target, the changes of legs
    among them, `timed` those with a time taken by hand, `optional` the timed ones that may stay without a time; all are
    in mm from the start, without the finish. `quiet` is the start and end of the stretch without split cues. The last
    `last_mm` are run at `last_pace`. `legs` are those of a pattern, to the end of the rep.
    """

    path: DocumentPath
    set: int
    set_name: str
    distance_mm: int | None
    duration_ms: int | None
    pace: Pace
    target: Fraction | None
    band: tuple[int, int] | None
    rest: ResolvedRest
    splits: tuple[int, ...]
    timed: tuple[int, ...]
    optional: tuple[int, ...]
    quiet: tuple[int, int] | None
    last_mm: int
    last_pace: Pace | None
    legs: tuple[ResolvedLeg, ...]
    cues: tuple[CueEntry, ...]
    relax: str
    caller: bool | None
    closing: bool
    hands_free: bool
    lap_mm: int


def closing_count(workout: Workout, total: int) -> int:
    """Returns how many of the workout's `total` reps are closing reps."""
    if workout.closing is None:
        return 2 if total >= 6 else 0
    return min(workout.closing, total)


class _Sums(NamedTuple):
    mm: int = 0
    ms: int = 0
    marks: int = 0


def find_size_problem(workout: Workout, lap_mm: int = STANDARD_LAP_MM) -> tuple[str, str] | None:
    """Returns a problem and a hint if the workout exceeds a limit on reps, distance, time or marks; else None.

    The reps are counted first, without expanding the repetitions, so a workout of any size costs little.
    """
    total = count_reps(workout)
    if total > MAX_REPS:
        return f"{total} reps are too many", f"at most {MAX_REPS}"
    sums = _Sums()
    for _, place in run_reps(workout):
        distance = place.rep.distance.to_mm(lap_mm) if place.rep.distance else 0
        rest = _resolve_rest(place, "last", lap_mm, last=False)
        marks = sum(_count_marks(place, name, distance, lap_mm) for name in ("splits", "timed"))
        marks += _count_legs(place.rep, distance, lap_mm)
        sums = _Sums(sums.mm + distance, sums.ms + (place.rep.duration or 0) + rest.ms, sums.marks + marks)
    if sums.mm > MAX_TOTAL_MM:
        return f"{sums.mm // 1_000_000} km are more than anybody runs in 24 h", "a session has an end"
    if sums.ms > DAY_MS:
        return "the workout takes over 24 h", "a session has an end"
    if sums.marks > MAX_MARKS:
        return (
            f"{sums.marks} splits are too many",
            f"at most {MAX_MARKS} in a workout: make the step of `splits` longer",
        )
    return None


def _count_marks(place: RepPlace, name: str, distance: int, lap_mm: int) -> int:
    setting = place.nearest(name)
    if setting and isinstance(setting[1], Length):
        return distance // max(1, setting[1].to_mm(lap_mm))
    if setting and isinstance(setting[1], tuple):
        return len(setting[1])
    return distance // DEFAULT_SPLIT_STEP_MM if name == "splits" and setting is None else 0


def _count_legs(rep: Rep, distance: int, lap_mm: int) -> int:
    if not rep.pattern:
        return 0
    once = sum(leg.distance.to_mm(lap_mm) if leg.distance else leg.duration or 0 for leg in rep.pattern)
    return len(rep.pattern) * (1 + (distance or rep.duration or 0) // max(1, once))


def resolve_reps(
    workout: Workout, lap_mm: int = STANDARD_LAP_MM, *, hands_free: bool = False
) -> tuple[ResolvedRep, ...]:
    """Returns every rep of the workout in order. Call `find_size_problem` first: it bounds the number of reps.

    `hands_free` replaces `recovery_from` by `target` in every rep.
    """
    total = count_reps(workout)
    first_closing = total - closing_count(workout, total)
    return tuple(
        _resolve_rep(
            place,
            set_number=set_number,
            lap_mm=lap_mm,
            last=number == total - 1,
            closing=number >= first_closing,
            hands_free=hands_free,
        )
        for number, (set_number, place) in enumerate(run_reps(workout))
    )


def _resolve_rep(
    place: RepPlace, *, set_number: int, lap_mm: int, last: bool, closing: bool, hands_free: bool
) -> ResolvedRep:
    rep = place.rep
    distance = rep.distance.to_mm(lap_mm) if rep.distance else None
    found = place.nearest("pace")
    pace = cast("Pace", found[1]) if found else DEFAULT_PACE
    target = _resolve_target(place) if distance is not None and not rep.pattern else None
    legs = _resolve_legs(rep, pace, distance, lap_mm)
    splits = resolve_marks(place.nearest("splits"), distance, lap_mm)
    timed, optional = _resolve_timed(place, splits, distance, lap_mm, closing=closing)
    last_part = rep.last if distance is not None else None
    last_mm = last_part.distance.to_mm(lap_mm) if last_part else 0
    if distance is not None and (legs or last_mm):
        changes = _leg_changes(legs) if legs else [distance - last_mm]
        splits = tuple(sorted({*splits, *(mark for mark in changes if 0 < mark < distance)}))
    quiet = tuple(length.to_mm(lap_mm) for length in rep.quiet) if rep.quiet else None
    cues = next((level.settings.cues for level in reversed(place.levels[1:]) if level.settings.cues is not None), ())
    relax_found = place.nearest("relax")
    relax = str(relax_found[1]) if relax_found else DEFAULT_REMINDER
    source = place.nearest("recovery_from")
    kind = "target" if hands_free else str(source[1]) if source else "last"
    caller = place.nearest("caller")
    return ResolvedRep(
        path=place.path,
        set=set_number,
        set_name=_set_name(place),
        distance_mm=distance,
        duration_ms=rep.duration if distance is None else None,
        pace=pace,
        target=None if target is None else target.exact,
        band=(round(target.low), round(target.high)) if target is not None and target.is_band else None,
        rest=_resolve_rest(place, kind, lap_mm, last=last),
        splits=splits,
        timed=timed,
        optional=optional,
        quiet=cast("tuple[int, int] | None", quiet),
        last_mm=last_mm,
        last_pace=last_part.pace if last_part else None,
        legs=legs,
        cues=cues or (),
        relax=relax if closing and relax.lower() != "none" else "",
        caller=None if caller is None else caller[1] == "on",
        closing=closing,
        hands_free=kind == "target",
        lap_mm=lap_mm,
    )


def _resolve_target(place: RepPlace) -> TargetTime | None:
    """Returns the target that one time gives to everybody, None where a pace is nearer."""
    choice = place.nearest("pace", "target")
    return cast("TargetTime", choice[1]) if choice and choice[0] == "target" else None


def _resolve_timed(
    place: RepPlace, splits: tuple[int, ...], distance: int | None, lap_mm: int, *, closing: bool
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Returns the marks whose times are taken, and those of them that may stay without a time."""
    found = place.nearest("timed")
    if found is None and closing and distance is not None and distance > CLOSING_MARK_TO_GO_MM:
        mark = (distance - CLOSING_MARK_TO_GO_MM,)
        return mark, mark
    if found and found[1] == "splits":
        return splits, ()
    return resolve_marks(found, distance, lap_mm, timed=True), ()


def _resolve_legs(rep: Rep, pace: Pace, distance: int | None, lap_mm: int) -> tuple[ResolvedLeg, ...]:
    """Returns the legs of the rep's pattern from its start to its end; the last one is cut there."""
    if not rep.pattern:
        return ()
    end = rep.duration or 0 if distance is None else distance
    once = [_resolve_leg(leg, pace, lap_mm) for leg in rep.pattern]
    legs: list[ResolvedLeg] = []
    at = 0
    while at < end:
        leg = once[len(legs) % len(once)]
        length = leg.duration_ms if distance is None else leg.distance_mm
        length = min(length or end, end - at)  # a leg of the wrong kind is reported by the parser
        legs.append(
            replace(leg, distance_mm=None, duration_ms=length)
            if distance is None
            else replace(leg, distance_mm=length, duration_ms=None)
        )
        at += length
    return tuple(legs)


def _resolve_leg(leg: Leg, pace: Pace, lap_mm: int) -> ResolvedLeg:
    distance = leg.distance.to_mm(lap_mm) if leg.distance else None
    own = leg.pace or pace
    if leg.target is not None and distance is not None:
        exact = leg.target.exact
        text = f"{leg.target} per {format_distance(distance)}"
        own = Pace("fixed", text, fixed_ms=exact.numerator, per_mm=distance * exact.denominator)
    return ResolvedLeg(distance, leg.duration, own, leg.name)


def _leg_changes(legs: tuple[ResolvedLeg, ...]) -> list[int]:
    """Returns the marks at which legs end, in mm from the start."""
    at, marks = 0, []
    for leg in legs:
        at += leg.distance_mm or 0
        marks.append(at)
    return marks


def _set_name(place: RepPlace) -> str:
    """Returns the name of the outermost set that has one, "" if none has."""
    sets = (level.settings for level in place.levels)
    return next((each.name for each in sets if isinstance(each, Set) and each.name), "")


def _resolve_rest(place: RepPlace, kind: str, lap_mm: int, *, last: bool) -> ResolvedRest:
    """Returns the rest after a rep. After the workout's last rep no `set_recovery` counts."""
    between_sets = None if last else place.set_recovery()
    choice = ("recovery", between_sets) if between_sets is not None else place.nearest("recovery", "send_off")
    name, value = choice or ("recovery", DEFAULT_RECOVERY_MS)
    if name == "send_off":
        return ResolvedRest("send_off", cast("int", value))
    rule = cast("RestKind", kind)
    match cast("Recovery", value):
        case "ready":
            return ResolvedRest("ready", 0)
        case Jog() as jog:
            pace = place.nearest("jog")
            ms = jog_ms(jog, lap_mm, cast("Pace", pace[1]) if pace else DEFAULT_JOG_PACE)
            return ResolvedRest(rule, ms, jog_mm=jog.length.to_mm(lap_mm))
        case Percent() as part:
            return ResolvedRest(rule, 0, percent=part.percent)
        case TimeRange() as span:
            return ResolvedRest(rule, span.middle_ms, between=(span.low, span.high))
        case ms:
            return ResolvedRest(rule, ms)


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
