"""Computes an athlete's target in a rep, and the times at its marks, over its legs.

A rep without a pattern is one leg, or two where its last part has a pace of its own. Times are exact fractions of a ms
and rounded once, half up.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - a dataclass has it
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from kicktimer.pace import Speed, band_speeds, speed_for
from kicktimer.plan.model import PlannedLeg, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kicktimer.plan.model import PlannedRep
    from kicktimer.squad import Athlete


def target_for(rep: PlannedRep, athlete: Athlete) -> Target | None:
    """Returns the athlete's target in `rep`.

    Returns None for a rep by time, and where the pace of the rep or of one of its legs is free or unknown.
    """
    course = _course(rep, athlete)
    if rep.distance_mm is None or not course or any(leg.speed is None for leg in course):
        return None
    times = _times_at(course, (*_marks(rep), rep.distance_mm))
    estimated = any(leg.speed.estimated for leg in course if leg.speed is not None)
    return Target(times.pop(rep.distance_mm), estimated, times, _band(rep, athlete))


def early_marks_for(rep: PlannedRep, athlete: Athlete) -> Mapping[int, int]:
    """Returns the times at the marks that come before the first leg without a known pace, in ms from GO."""
    return _times_at(_course(rep, athlete), _marks(rep))


def legs_of(rep: PlannedRep) -> tuple[PlannedLeg, ...]:
    """Returns the legs of a rep with a pattern or a last part; () for a rep at one pace."""
    if rep.legs or rep.distance_mm is None or rep.finish_pace is None:
        return rep.legs
    return (
        PlannedLeg(rep.distance_mm - rep.finish_mm, None, rep.pace),
        PlannedLeg(rep.finish_mm, None, rep.finish_pace),
    )


def leg_target_ms(rep: PlannedRep, index: int) -> int | None:
    """Returns the target of a leg; None for one by time, without a pace, or where it is not the same for everybody."""
    legs = legs_of(rep)
    if legs[index].distance_mm is None:
        return None
    begin = sum(leg.distance_mm or 0 for leg in legs[:index])
    end = begin + (legs[index].distance_mm or 0)
    if legs[index].pace.kind == "fixed" and rep.target_ms is None:
        return half_up(Fraction(legs[index].pace.fixed_ms * (end - begin), legs[index].pace.per_mm))
    times = {
        target.marks.get(end, target.ms if end == rep.distance_mm else None): target.marks.get(begin, 0)
        for target in rep.targets.values()
    }
    if end == begin or len(times) != 1:
        return None
    finish, start = times.popitem()
    return None if finish is None else finish - start


def half_up(value: Fraction) -> int:
    """Returns the nearest integer; a half is rounded up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def leg_word(legs: Sequence[PlannedLeg], index: int) -> str:
    """Returns what is shown and spoken as a leg begins: its name, `float` for a slower leg, `on` for a faster one."""
    leg, before = legs[index], legs[index - 1]
    if leg.name:
        return leg.name
    speed, speed_before = (speed_for(each.pace, _ANYBODY) for each in (leg, before))
    if speed is None or (speed_before is not None and speed.ms_per_mm > speed_before.ms_per_mm):
        return "float"
    return "on"


@dataclass(frozen=True, slots=True)
class _Anybody:
    """An athlete whose paces only tell which of two legs is the faster one."""

    races: Mapping[int, int] = field(default_factory=lambda: {1_500_000: 240_000})
    goal_last_200_ms: int | None = 28_000


_ANYBODY = _Anybody()


class _CourseLeg(NamedTuple):
    length_mm: int
    speed: Speed | None


def _course(rep: PlannedRep, athlete: Athlete) -> list[_CourseLeg]:
    """Returns the legs that the athlete runs, with their speeds; a speed is None where it is free or unknown."""
    if rep.distance_mm is None:
        return []
    whole = rep.exact_target
    legs = legs_of(rep)
    if not legs:
        return [_CourseLeg(rep.distance_mm, speed_for(rep.pace, athlete) if whole is None else _even(rep, whole))]
    course = [_CourseLeg(leg.distance_mm or 0, speed_for(leg.pace, athlete)) for leg in legs]
    if whole is None:
        return course
    # The target is the time of the whole rep, so the first part gets what the last part leaves.
    first, last = course
    if last.speed is None:
        return [_CourseLeg(rep.distance_mm, _even(rep, whole))]
    left = whole - last.speed.ms_per_mm * last.length_mm
    if left <= 0:
        return [_CourseLeg(rep.distance_mm, _even(rep, whole))]
    return [_CourseLeg(first.length_mm, Speed(left / first.length_mm)), last]


def _even(rep: PlannedRep, whole: Fraction) -> Speed:
    return Speed(whole / (rep.distance_mm or 1))


def _marks(rep: PlannedRep) -> list[int]:
    return sorted({*rep.splits, *rep.timed, *(line.mark for line in rep.says if line.mark is not None)})


def _times_at(course: list[_CourseLeg], marks: Iterable[int]) -> dict[int, int]:
    """Returns the time in ms at each mark, up to the first leg without a speed."""
    times: dict[int, int] = {}
    begin, passed = 0, Fraction(0)
    waiting = sorted(marks)
    for length, speed in course:
        if speed is None:
            break
        while waiting and waiting[0] <= begin + length:
            mark = waiting.pop(0)
            times[mark] = half_up(passed + speed.ms_per_mm * (mark - begin))
        begin += length
        passed += speed.ms_per_mm * length
    return times


def _band(rep: PlannedRep, athlete: Athlete) -> tuple[int, int] | None:
    """Returns the times between which a finish is on target; None where the target is no band."""
    if rep.target_ms is not None:
        return rep.target_band
    speeds = (
        None if rep.legs or rep.distance_mm is None or rep.finish_pace is not None else band_speeds(rep.pace, athlete)
    )
    if speeds is None:
        return None
    return half_up(speeds[0] * (rep.distance_mm or 0)), half_up(speeds[1] * (rep.distance_mm or 0))
