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
    `free`: no target. `between`: the pace `step` / `steps` of the way from `first` to `second`, in time for a distance;
    a `band` is from the one to the other, and its middle is what is computed with.
    """

    kind: Literal["race", "fixed", "kick", "free", "between"]
    text: str
    race_mm: int = 0
    percent_milli: int = 100_000
    plus_ms: int = 0
    fixed_ms: int = 0
    per_mm: int = 0
    first: Pace | None = None
    second: Pace | None = None
    step: int = 0
    steps: int = 1
    band: bool = False

    def __str__(self) -> str:
        return self.text


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
    if pace.first is not None and pace.second is not None:
        ends = speed_for(pace.first, athlete), speed_for(pace.second, athlete)
        if ends[0] is None or ends[1] is None:
            return None
        first, second = ends[0].ms_per_mm, ends[1].ms_per_mm
        between = first + (second - first) * pace.step / pace.steps
        return Speed(between, ends[0].estimated or ends[1].estimated)
    time = estimate_race_time(athlete, pace.race_mm)
    if time is None:
        return None
    per_mm = time[0] / pace.race_mm * 100_000 / pace.percent_milli + Fraction(pace.plus_ms, 400_000)
    return Speed(per_mm, time[1]) if per_mm > 0 else None


def band_speeds(pace: Pace, athlete: Racer) -> tuple[Fraction, Fraction] | None:
    """Returns the ms for each mm at the fast and at the slow end of a band; None for another pace, or without both."""
    if not pace.band or pace.first is None or pace.second is None:
        return None
    ends = speed_for(pace.first, athlete), speed_for(pace.second, athlete)
    if ends[0] is None or ends[1] is None:
        return None
    fast, slow = sorted((ends[0].ms_per_mm, ends[1].ms_per_mm))
    return fast, slow


_BAND_OF_RACES = re.compile(
    r"((?:[0-9.]+ ?(?:km?|mi|miles?|m)?|mile|half marathon|marathon)) ?[-–] ?"
    r"((?:[0-9.]+ ?(?:km|k|mi|miles?|m)|[0-9]{3,}|mile|half marathon|marathon))"
)
_BAND_OF_PERCENT = re.compile(
    r"([0-9]{1,3}(?:\.[0-9]{1,3})?) ?%? ?[-–] ?([0-9]{1,3}(?:\.[0-9]{1,3})?) ?% ?(?:of )?(.*)"
)
_BAND_OF_TIMES = re.compile(r"([0-9:.]+) ?[-–] ?([0-9:.]+) ?(?:/|\bper\b) ?(.*)")
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
    band = _parse_band(normalized)
    if band is not None:
        return band
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


def interpolate_pace(first: Pace, second: Pace, step: int, steps: int) -> Pace:
    """Returns the pace `step` / `steps` of the way from one pace to the other, in equal steps of time."""
    return Pace(
        "between", f"{first.text}>{second.text} {step}/{steps}", first=first, second=second, step=step, steps=steps
    )


def _make_band(first: Pace, second: Pace, text: str) -> Pace:
    return Pace("between", text, first=first, second=second, step=1, steps=2, band=True)


def _parse_band(text: str) -> Pace | None:
    """Returns a band of paces such as `3k-5k`, `105-110% 5k` or `2:40-2:50/km`; None for another pace."""
    percent = _BAND_OF_PERCENT.fullmatch(text)
    if percent:
        low, high = (parse_pace(f"{percent[at]}% {percent[3]}") for at in (1, 2))
        if low.percent_milli >= high.percent_milli:
            raise ScalarError(f"`{clip(text)}` goes from fast to slow", f"{percent[2]}-{percent[1]}% {percent[3]}?")
        if high.percent_milli * 100 > low.percent_milli * 125:
            raise ScalarError(f"the band `{clip(text)}` is very wide", "its end is at most 1.25 times its beginning")
        return _make_band(low, high, f"{_format_percent(low)}-{_format_percent(high)}% {format_race(low.race_mm)}")
    times = _BAND_OF_TIMES.fullmatch(text)
    if times:
        fast, slow = (parse_pace(f"{times[at]}/{times[3]}") for at in (1, 2))
        if fast.fixed_ms >= slow.fixed_ms:
            raise ScalarError(f"`{clip(text)}` goes from slow to fast", f"{times[2]}-{times[1]}/{times[3]}?")
        if slow.fixed_ms * 100 > fast.fixed_ms * 125:
            raise ScalarError(f"the band `{clip(text)}` is very wide", "its end is at most 1.25 times its beginning")
        return _make_band(fast, slow, f"{re.split(' per |/', fast.text)[0]}-{slow.text}")
    races = _BAND_OF_RACES.fullmatch(text)
    if races:
        first, second = (make_race_pace(_parse_race(races[at], text)) for at in (1, 2))
        if first.race_mm >= second.race_mm:
            raise ScalarError(f"`{clip(text)}` goes from slow to fast", f"{races[2]}-{races[1]}?")
        return _make_band(first, second, f"{first.text}-{second.text}")
    return None


def _format_percent(pace: Pace) -> str:
    whole, rest = divmod(pace.percent_milli, 1000)
    return f"{whole}{f'.{rest:03d}'.rstrip('0') if rest else ''}"


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
