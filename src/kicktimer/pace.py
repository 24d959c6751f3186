"""How fast a rep is to be run, and what that means for one athlete.

Distances are whole millimetres, times whole milliseconds; a speed is an exact `Fraction` of ms per mm, so that
nothing is rounded before it is shown or stored. `parse_pace` reads what coaches write and keeps it in one spelling
(`Pace.text`), so that two ways of writing the same pace are equal.
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
    clip,
    format_distance,
    format_race,
    format_race_time,
    format_seconds,
    parse_duration,
    parse_mm,
    parse_race,
    parse_race_time,
    plausible,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

RIEGEL = 1.06  # P. Riegel, "Athletic Records and Human Endurance", American Scientist 69 (1981)
KICK_MM = 200_000


@dataclass(frozen=True, slots=True)
class Pace:
    """A pace as the coach writes it.

    kind `race`: even pace of a race over `race_mm`, at `percent_milli` thousandths of a percent of its *speed*, then
    `plus_ms` more (or less) for each 400 m. kind `fixed`: `fixed_ms` for `per_mm`. kind `kick`: the athlete's goal
    for the last 200 m. kind `free`: no target.
    """

    kind: Literal["race", "fixed", "kick", "free"]
    text: str
    race_mm: int = 0
    percent_milli: int = 100_000
    plus_ms: int = 0
    fixed_ms: int = 0
    per_mm: int = 0


class Racer(Protocol):
    """What a pace needs to know of an athlete (`squad.Athlete` is one)."""

    @property
    def races(self) -> Mapping[int, int]: ...
    @property
    def goal_last_200_ms(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Speed:
    """`ms_per_mm` unrounded; `estimated` where it stands on a race that the athlete has not run."""

    ms_per_mm: Fraction
    estimated: bool = False


def race_time(athlete: Racer, race_mm: int) -> tuple[Fraction, bool] | None:
    """The athlete's time over `race_mm` in ms, and whether it is an estimate; None where no race is known.

    Estimates follow Riegel, T2 = T1 x (D2 / D1)^1.06, from the nearest known distance (nearest in log distance).
    """
    if race_mm in athlete.races:
        return Fraction(athlete.races[race_mm]), False
    if not athlete.races:
        return None
    nearest = min(athlete.races, key=lambda mm: (abs(log(mm / race_mm)), mm))
    return Fraction(athlete.races[nearest] * (race_mm / nearest) ** RIEGEL), True


def speed(pace: Pace, athlete: Racer) -> Speed | None:
    """What `pace` means for `athlete`; None where there is no target (free, or nothing known of the athlete)."""
    if pace.kind == "fixed":
        return Speed(Fraction(pace.fixed_ms, pace.per_mm))
    if pace.kind == "kick":
        goal = athlete.goal_last_200_ms
        return None if goal is None else Speed(Fraction(goal, KICK_MM))
    if pace.kind == "free":
        return None
    time = race_time(athlete, pace.race_mm)
    if time is None:
        return None
    per_mm = time[0] / pace.race_mm * 100_000 / pace.percent_milli + Fraction(pace.plus_ms, 400_000)
    return Speed(per_mm, time[1]) if per_mm > 0 else None


_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3})?) ?% ?(?:of )?(.*)")
_PLUS = re.compile(r"(.*?) ?([+-]) ?([0-9.]+) ?(s?)(?: ?(?:/|per) ?400m?)?")
_PER = re.compile(r"(.*?) ?(?:/|\bper\b) ?(.*)")
_HINT = "write for example 1500m, 98% 1500m, 1500m +1s, 64.0 per 400m, 2:40/km, kick or free"


def race_pace(race_mm: int, percent_milli: int = 100_000, plus_ms: int = 0) -> Pace:
    """The pace of a race, in its one spelling."""
    text = format_race(race_mm)
    if percent_milli != 100_000:
        whole, rest = divmod(percent_milli, 1000)
        text = f"{whole}{f'.{rest:03d}'.rstrip('0') if rest else ''}% {text}"
    if plus_ms:
        text = f"{text} {'-' if plus_ms < 0 else '+'}{format_seconds(abs(plus_ms)).removesuffix('.0')}s"
    return Pace("race", text, race_mm, percent_milli, plus_ms)


def fixed_pace(ms: int, per_mm: int) -> Pace:
    """A time for a distance, in its one spelling."""
    unit = {1_000_000: "/km", MILE_MM: "/mile"}.get(per_mm, f" per {format_distance(per_mm)}")
    time = format_seconds(ms) if ms < 100_000 else format_race_time(ms)
    return Pace("fixed", f"{time}{unit}", fixed_ms=ms, per_mm=per_mm)


def parse_pace(text: str) -> Pace:
    """Every form of a pace in the formats; raises `ScalarError`."""
    tidy = " ".join(text.split()).lower()
    if tidy in ("kick", "free"):
        return Pace("kick" if tidy == "kick" else "free", tidy)
    if not tidy:
        raise ScalarError("a pace is missing", _HINT)
    percent = _PERCENT.fullmatch(tidy)
    if percent:
        milli = round(Fraction(percent[1]) * 1000)
        if not 20_000 <= milli <= 200_000:
            raise ScalarError(
                f"`{percent[1]}%` is no sensible part of a race's speed", "from 20% to 200%, like 98% 1500m"
            )
        return race_pace(_race(percent[2], tidy), milli)
    plus = _PLUS.fullmatch(tidy)
    if plus and plus[1]:
        race_mm = _race(plus[1], tidy)
        if not plus[4]:
            raise ScalarError(
                f"`{clip(tidy)}`: {plus[2]}{plus[3]} of what?", f"seconds per 400 m: write {plus[2]}{plus[3]}s"
            )
        plus_ms = parse_duration(plus[3])
        if plus_ms > 60_000:
            raise ScalarError(f"`{clip(tidy)}`: {plus[3]} s per 400 m is too much", "at most 60s")
        return race_pace(race_mm, plus_ms=-plus_ms if plus[2] == "-" else plus_ms)
    per = _PER.fullmatch(tidy)
    if per:
        return _fixed(per[1], per[2])
    return race_pace(_race(tidy, tidy))


def _race(text: str, whole: str) -> int:
    try:
        mm = parse_race(text)
    except ScalarError as error:
        raise ScalarError(f"`{clip(whole)}` is no pace", _pace_hint(text)) from error
    if mm < 50_000 or (mm < 100_000 and re.fullmatch(r"[0-9.]+", text)):
        # A race of 46 m is a target time in the wrong field; so is a bare 64.0, as in one-liners.
        raise ScalarError(
            f"`{clip(whole)}`: {format_distance(mm)} is no race", f"a time for the rep? target: {clip(text)}"
        )
    return mm


def _pace_hint(text: str) -> str:
    try:
        parse_duration(text)
    except ScalarError:
        return _HINT
    return f"a time for the rep? target: {text}; a time for a distance? {text} per 400m"


def _fixed(time: str, distance: str) -> Pace:
    if re.fullmatch(r"[a-z]+", distance):
        distance = f"1{distance}"  # `/km`, `per mile`
    mm = parse_mm(distance)
    ms = parse_race_time(time, mm)
    problem = plausible(ms, mm)
    if mm >= 100_000 and problem == "fast":
        raise ScalarError(
            f"nobody runs {format_distance(mm)} in {format_race_time(ms)}", "a time for a distance, like 64.0 per 400m"
        )
    if ms == 0 or ms * 100_000 > 3_600_000 * mm:
        raise ScalarError(
            f"{format_race_time(ms)} per {format_distance(mm)} is no pace", "like 64.0 per 400m or 2:40/km"
        )
    return fixed_pace(ms, mm)
