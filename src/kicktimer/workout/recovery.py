"""What lies between two reps: a time, a range of times, a jog, a part of the rep's time, or the coach's GO.

`parse_recovery` reads all of them, and `str` writes each as it is read. Times are whole ms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from kicktimer.errors import ScalarError
from kicktimer.units import (
    NUMBER_PATTERN,
    Length,
    check_decimal_comma,
    clip,
    format_duration,
    normalize_scalar,
    parse_duration,
    parse_length,
)

MIN_JOG_MM = 50_000
"""A shorter distance is hardly a jog: `30m` is more likely to mean 30 minutes."""
MAX_PERCENT = 400
MIN_BARE_REST_MS = 10_000
"""A shorter rest is written with its unit, because `r2` is rather meant as 2 min."""
LONG_UNIT = r"(?:km|k|miles?|mi|laps?)"
LENGTH_UNIT = rf"(?:{LONG_UNIT}|met(?:re|er)s|m)"
_JOG = re.compile(rf"((?:{NUMBER_PATTERN} ?)?{LENGTH_UNIT})(?: ?/ ?| in )(.+)|((?:{NUMBER_PATTERN} ?)?{LENGTH_UNIT})")
_PERCENT = re.compile(r"([0-9]{1,9}) ?%(?: of (?:the )?(?:rep|time|run))?")
_RANGE = re.compile(r"(.+?) ?[-–] ?(.+)")
_UNIT_AT_END = re.compile(r"[a-z\"'″′]+$")


@dataclass(frozen=True, slots=True)
class Jog:
    """A jog over `length`. `ms` is the time for it, None where the level's jogging pace gives it."""

    length: Length
    ms: int | None = None

    def __str__(self) -> str:
        return str(self.length) if self.ms is None else f"{self.length} in {format_duration(self.ms)}"


@dataclass(frozen=True, slots=True)
class Percent:
    """A part of the rep's time, from 1 to `MAX_PERCENT` per cent."""

    percent: int

    def __str__(self) -> str:
        return f"{self.percent}%"


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A range of times, `low` to `high`; its middle runs."""

    low: int
    high: int

    @property
    def middle_ms(self) -> int:
        """The middle, to the second; a half is rounded up."""
        return ((self.low + self.high) // 2 + 500) // 1000 * 1000

    def __str__(self) -> str:
        return f"{format_duration(self.low)}-{format_duration(self.high)}"


Recovery: TypeAlias = int | Literal["ready"] | Jog | Percent | TimeRange
"""A time in ms, or one of the others."""


def parse_recovery(text: str) -> Recovery:
    """Returns a recovery such as `30s`, `4-5min`, `200m`, `200m in 75s`, `200m/75s`, `50%` or `ready`.

    A number alone is seconds. Raises `ScalarError` for other text.
    """
    normalized = normalize_scalar(text)
    if normalized == "ready":
        return "ready"
    percent = _PERCENT.fullmatch(normalized)
    if percent:
        value = int(percent[1])
        if not 1 <= value <= MAX_PERCENT:
            raise ScalarError(f"a recovery of `{clip(normalized)}` of the rep", f"from 1% to {MAX_PERCENT}%")
        return Percent(value)
    jog = _JOG.fullmatch(normalized)
    if jog:
        return _parse_jog(normalized, jog[1] or jog[3], jog[2])
    span = _RANGE.fullmatch(normalized)
    if span and span[1][:1].isdecimal():
        return _parse_range(normalized, span[1], span[2])
    try:
        return parse_duration(normalized)
    except ScalarError as error:
        if re.fullmatch(r"[a-z]+", normalized):
            hint = "a duration (30s, 1:30, 3min), a jog (200m in 75s), 50% of the rep, or `ready`"
            raise ScalarError(f"`{clip(normalized)}` is no recovery", hint) from error
        raise


def recovery_as_option(recovery: Recovery) -> str:
    """Returns the recovery as the options `r` and `R` of a one-liner have it, without spaces."""
    if isinstance(recovery, int):
        text = format_duration(recovery)
        return text if 0 < recovery < MIN_BARE_REST_MS else text.removesuffix("s")
    if isinstance(recovery, Jog):
        length = str(recovery.length).replace(" ", "")
        return length if recovery.ms is None else f"{length}/{format_duration(recovery.ms)}"
    return str(recovery)


def _parse_jog(text: str, length_text: str, time: str | None) -> Jog:
    check_decimal_comma(text)
    length = parse_length(length_text, "jog")
    if length.mm and length.mm < MIN_JOG_MM:
        number = _UNIT_AT_END.sub("", length_text).strip()
        problem = f"`{clip(length_text)}` is no duration, and too short for a jog"
        raise ScalarError(problem, f"metres or minutes? write {number}min")
    if time is None:
        return Jog(length)
    ms = parse_duration(time, "time of a jog")
    if not ms:
        raise ScalarError("a jog in no time", "like 200m in 75s")
    return Jog(length, ms)


def _parse_range(text: str, low: str, high: str) -> TimeRange:
    """Returns a range; the unit of its end holds for its beginning too where that has none: `4-5min`."""
    unit = _UNIT_AT_END.search(high)
    if unit and re.fullmatch(r"[0-9.]+", low):
        low = f"{low}{unit[0]}"
    span = TimeRange(parse_duration(low, "recovery"), parse_duration(high, "recovery"))
    if span.low >= span.high:
        swapped = TimeRange(span.high, span.low)
        raise ScalarError(f"`{clip(text)}` goes from long to short", f"write {swapped}")
    return span


def percent_of(ms: int, percent: int) -> int:
    """Returns that part of `ms`, to the second; a half is rounded up."""
    return (2 * Fraction(ms * percent, 100_000) + 1).__floor__() // 2 * 1000
