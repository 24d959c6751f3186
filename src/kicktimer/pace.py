"""Parses paces, and computes the speed that a pace means for an athlete.

Distances are whole mm, times whole ms. A speed is an exact `Fraction`, so that only the shown or saved time is rounded.
`Pace.text` is a canonical spelling: two ways to write the same pace give equal paces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import log
from typing import TYPE_CHECKING, Literal, Protocol

from kicktimer.errors import ScalarError
from kicktimer.units import (
    MILE_MM,
    check_decimal_comma,
    check_plausibility,
    clip,
    format_distance,
    format_race,
    format_race_time,
    format_seconds,
    normalize_scalar,
    parse_duration,
    parse_mm,
    parse_race_mm,
    parse_race_time,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

RIEGEL_EXPONENT = 1.06  # P. Riegel, "Athletic Records and Human Endurance", American Scientist 69 (1981)
KICK_MM = 200_000


@dataclass(frozen=True, slots=True)
class Pace:
    """A pace, for any athlete. `text` is its canonical spelling; the kind says which other fields count.

    `race`: the even pace of a race over `race_mm`, at `percent_milli` thousandths of a percent of its speed, plus
    `plus_ms` for each 400 m. `fixed`: `fixed_ms` for each `per_mm`. `kick`: the athlete's goal for the last 200 m.
    `free`: no target.
    """

    kind: Literal["race", "fixed", "kick", "free"]
    text: str
    race_mm: int = 0
    percent_milli: int = 100_000
    plus_ms: int = 0
    fixed_ms: int = 0
    per_mm: int = 0


class Racer(Protocol):
    """The part of an athlete that a pace depends on: race times in ms by distance in mm, and the goal for 200 m."""

    @property
    def races(self) -> Mapping[int, int]: ...
    @property
    def goal_last_200_ms(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Speed:
    """An unrounded speed. `estimated` is true if it is based on an estimated race time."""

    ms_per_mm: Fraction
    estimated: bool = False


def estimate_race_time(athlete: Racer, race_mm: int) -> tuple[Fraction, bool] | None:
    """Returns the athlete's time over `race_mm` in ms and whether it is an estimate; None if no race time is known.

    The estimate is Riegel's, T2 = T1 x (D2 / D1)^1.06, from the known race that is nearest in log distance.
    """
    if race_mm in athlete.races:
        return Fraction(athlete.races[race_mm]), False
    if not athlete.races:
        return None
    nearest_mm = min(athlete.races, key=lambda mm: (abs(log(mm / race_mm)), mm))
    return Fraction(athlete.races[nearest_mm] * (race_mm / nearest_mm) ** RIEGEL_EXPONENT), True


def speed_for(pace: Pace, athlete: Racer) -> Speed | None:
    """Returns the speed that `pace` means for `athlete`, or None if it gives no target.

    A free pace gives none, nor does a pace that depends on a race time or goal which the athlete does not have.
    """
    if pace.kind == "fixed":
        return Speed(Fraction(pace.fixed_ms, pace.per_mm))
    if pace.kind == "kick":
        goal = athlete.goal_last_200_ms
        return None if goal is None else Speed(Fraction(goal, KICK_MM))
    if pace.kind == "free":
        return None
    time = estimate_race_time(athlete, pace.race_mm)
    if time is None:
        return None
    per_mm = time[0] / pace.race_mm * 100_000 / pace.percent_milli + Fraction(pace.plus_ms, 400_000)
    return Speed(per_mm, time[1]) if per_mm > 0 else None


_PERCENT_PATTERN = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3})?) ?% ?(?:of )?(.*)")
_PLUS_PATTERN = re.compile(r"(.*?) ?([+-]) ?([0-9.]+) ?(s?)(?: ?(?:/|per) ?400m?)?")
_TIME_PER_DISTANCE_PATTERN = re.compile(r"(.*?) ?(?:/|\bper\b) ?(.*)")
_EXAMPLES_HINT = "write for example 1500m, 98% 1500m, 1500m +1s, 64.0 per 400m, 2:40/km, kick or free"


def make_race_pace(race_mm: int, percent_milli: int = 100_000, plus_ms: int = 0) -> Pace:
    """Returns the even pace of a race, changed by a percentage of its speed or by ms for each 400 m."""
    text = format_race(race_mm)
    if percent_milli != 100_000:
        whole, rest = divmod(percent_milli, 1000)
        text = f"{whole}{f'.{rest:03d}'.rstrip('0') if rest else ''}% {text}"
    if plus_ms:
        text = f"{text} {'-' if plus_ms < 0 else '+'}{format_seconds(abs(plus_ms)).removesuffix('.0')}s"
    return Pace("race", text, race_mm, percent_milli, plus_ms)


def make_fixed_pace(ms: int, per_mm: int) -> Pace:
    """Returns the pace of `ms` for each `per_mm`."""
    unit = {1_000_000: "/km", MILE_MM: "/mile"}.get(per_mm, f" per {format_distance(per_mm)}")
    time = format_seconds(ms) if ms < 100_000 else format_race_time(ms)
    return Pace("fixed", f"{time}{unit}", fixed_ms=ms, per_mm=per_mm)


def parse_pace(text: str) -> Pace:
    """Returns a pace such as `1500m`, `98% 1500m`, `1500m +1s`, `64.0 per 400m`, `2:40/km`, `kick` or `free`.

    Raises `ScalarError` for any other text.
    """
    normalized = normalize_scalar(text)
    check_decimal_comma(normalized)
    if normalized in ("kick", "free"):
        return Pace("kick" if normalized == "kick" else "free", normalized)
    if not normalized:
        raise ScalarError("a pace is missing", _EXAMPLES_HINT)
    percent = _PERCENT_PATTERN.fullmatch(normalized)
    if percent:
        milli = round(Fraction(percent[1]) * 1000)
        if not 20_000 <= milli <= 200_000:
            raise ScalarError(
                f"`{percent[1]}%` is no sensible part of a race's speed", "from 20% to 200%, like 98% 1500m"
            )
        return make_race_pace(_parse_race(percent[2], normalized), milli)
    plus = _PLUS_PATTERN.fullmatch(normalized)
    if plus and plus[1]:
        race_mm = _parse_race(plus[1], normalized)
        if not plus[4]:
            raise ScalarError(
                f"`{clip(normalized)}`: {plus[2]}{plus[3]} of what?", f"seconds per 400 m: write {plus[2]}{plus[3]}s"
            )
        plus_ms = parse_duration(plus[3])
        if plus_ms > 60_000:
            raise ScalarError(f"`{clip(normalized)}`: {plus[3]} s per 400 m is too much", "at most 60s")
        return make_race_pace(race_mm, plus_ms=-plus_ms if plus[2] == "-" else plus_ms)
    per = _TIME_PER_DISTANCE_PATTERN.fullmatch(normalized)
    if per:
        return _parse_fixed_pace(per[1], per[2])
    return make_race_pace(_parse_race(normalized, normalized))


def _parse_race(text: str, pace_text: str) -> int:
    try:
        mm = parse_race_mm(text)
    except ScalarError as error:
        raise ScalarError(f"`{clip(pace_text)}` is no pace", _hint_for_wrong_pace(text)) from error
    if mm < 50_000 or (mm < 100_000 and re.fullmatch(r"[0-9.]+", text)):
        # No race is this short: a bare number like `46` or `64.0` is a target time in the wrong field.
        raise ScalarError(
            f"`{clip(pace_text)}`: {format_distance(mm)} is no race", f"a time for the rep? target: {clip(text)}"
        )
    return mm


def _hint_for_wrong_pace(text: str) -> str:
    try:
        parse_duration(text)
    except ScalarError:
        return _EXAMPLES_HINT
    return f"a time for the rep? target: {text}; a time for a distance? {text} per 400m"


def _parse_fixed_pace(time: str, distance: str) -> Pace:
    if re.fullmatch(r"[a-z]+", distance):
        distance = f"1{distance}"  # `/km` and `per mile` mean one of that unit
    mm = parse_mm(distance)
    ms = parse_race_time(time, mm)
    problem = check_plausibility(ms, mm)
    if mm >= 100_000 and problem == "fast":
        raise ScalarError(
            f"nobody runs {format_distance(mm)} in {format_race_time(ms)}", "a time for a distance, like 64.0 per 400m"
        )
    if ms == 0 or ms * 100_000 > 3_600_000 * mm:
        raise ScalarError(
            f"{format_race_time(ms)} per {format_distance(mm)} is no pace", "like 64.0 per 400m or 2:40/km"
        )
    return make_fixed_pace(ms, mm)
