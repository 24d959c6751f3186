"""Target times, and values that change from rep to rep: full lists, and `a>b`, which goes in equal steps.

A full list is a tuple with one value for each rep, or for each gap between reps; `Steps` holds the ends of `a>b`.
Times are ms: whole where they were written, exact fractions where they lie between two that were written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from kicktimer.errors import ScalarError
from kicktimer.pace import Pace, interpolate_pace
from kicktimer.units import (
    Length,
    clip,
    format_duration,
    format_race_time,
    format_seconds,
    normalize_scalar,
    parse_duration,
)
from kicktimer.workout.recovery import Jog

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BAND_PERCENT = 125
"""The upper end of a band is at most this much of its lower end."""
_BAND = re.compile(r"([0-9][^-–]*?) ?[-–] ?(.+)")


@dataclass(frozen=True, slots=True)
class TargetTime:
    """A target in ms, or a band from `low` to `high`. `low` and `high` are equal where it is no band."""

    low: int | Fraction
    high: int | Fraction

    @property
    def exact(self) -> Fraction:
        """The time that is computed with: the middle of a band."""
        return Fraction(self.low + self.high) / 2

    @property
    def is_band(self) -> bool:
        return self.low != self.high

    def __str__(self) -> str:
        low, high = (_format_target(round(ms)) for ms in (self.low, self.high))
        return low if low == high else f"{low}-{high}"


@dataclass(frozen=True, slots=True)
class Steps:
    """Values from `first` to `last` in equal steps. With only two reps these two are a full list."""

    first: Any
    last: Any

    def __str__(self) -> str:
        return f"{self.first}>{self.last}"


EachTarget: TypeAlias = TargetTime | Steps | tuple[TargetTime, ...]
EachPace: TypeAlias = Pace | Steps | tuple[Pace, ...]


def parse_target(text: str) -> TargetTime:
    """Returns a target such as `64.0` or `1:04`, or a band such as `62-64`. Raises `ScalarError` for other text."""
    normalized = normalize_scalar(text)
    band = _BAND.fullmatch(normalized)
    if band is None:
        ms = parse_duration(normalized, "target")
        if ms == 0:
            raise ScalarError("a target of 0 is too short", "like 46.0")
        return TargetTime(ms, ms)
    low, high = parse_duration(band[1], "target"), parse_duration(band[2], "target")
    if low >= high:
        hint = f"{band[1]}?" if low == high else f"{band[2]}-{band[1]}? {band[1]}>{band[2]}?"
        raise ScalarError(f"the band `{clip(normalized)}` goes from slow to fast", hint)
    check_band_width(normalized, low, high)
    return TargetTime(low, high)


def check_band_width(text: str, low: int, high: int) -> None:
    """Raises `ScalarError` if a band from `low` to `high` (ms) is too wide to be meant, or begins at 0."""
    if high * 100 > low * MAX_BAND_PERCENT:
        raise ScalarError(
            f"the band `{clip(text)}` is very wide", f"its end is at most {MAX_BAND_PERCENT / 100} times its beginning"
        )


def parse_each(text: str, parse: Callable[[str], Any]) -> Any:
    """Returns the value that `parse` makes of `text`, or for values with `>` between them their list or steps."""
    if ">" not in text:
        return parse(text)
    values = tuple(parse(each) for each in text.split(">"))
    return Steps(*values) if len(values) == 2 else values


def find_problem(value: Any, count: int, *, gaps: bool) -> tuple[str, str] | None:
    """Returns a problem and a hint if a list or steps cannot give values to `count` reps; None if they can.

    `gaps` says that the values stand between reps. A single value is no problem.
    """
    if not isinstance(value, Steps | tuple):
        return None
    if count == 1:
        return "a value for each rep, and there is one rep", "write one value"
    if isinstance(value, tuple):
        fits = len(value) == count or (gaps and len(value) == count - 1)
        noun = f"{count - 1} or {count}" if gaps else f"{count}"
        return None if fits else (f"{len(value)} values for {count} reps", f"{noun} values, or from>to in equal steps")
    if count == 2:
        return None
    try:
        value_at(value, 1, count, gaps=gaps)
    except ScalarError as error:
        return error.message, error.hint
    return None


def value_at(value: Any, index: int, count: int, *, gaps: bool) -> Any:
    """Returns the value for the rep `index` of `count`. The last gap repeats where a list has none for it.

    Raises `ScalarError` for steps between values that have no steps.
    """
    if isinstance(value, tuple):
        return value[min(index, len(value) - 1)]
    if not isinstance(value, Steps):
        return value
    steps = count - 1 if not gaps or count == 2 else count - 2
    if steps == 0 or index >= steps:
        return value.last
    return value.first if index == 0 else _between(value, index, steps)


def _between(ends: Steps, step: int, steps: int) -> Any:
    match ends.first, ends.last:
        case (TargetTime() as first, TargetTime() as last) if not (first.is_band or last.is_band):
            exact = first.exact + (last.exact - first.exact) * step / steps
            return TargetTime(exact, exact)
        case (Pace() as first, Pace() as last) if first.kind == last.kind and first.kind in ("race", "fixed"):
            return interpolate_pace(first, last, step, steps)
        case (int() as first, int() as last):
            return _rounded(first, last, step, steps)
        case (Jog() as first, Jog() as last) if (
            first.length.mm and last.length.mm and (first.ms is None) == (last.ms is None)
        ):
            ms = None if first.ms is None or last.ms is None else _rounded(first.ms, last.ms, step, steps)
            return replace(first, length=Length(_rounded(first.length.mm, last.length.mm, step, steps)), ms=ms)
    raise ScalarError(
        f"`{clip(str(ends))}` has no equal steps",
        "from and to are two times, two jogs or two races; else write a value for each rep",
    )


def _rounded(first: int, last: int, step: int, steps: int) -> int:
    """Returns the value at a step, to the second or the metre; a half is rounded up."""
    exact = Fraction(first) + Fraction((last - first) * step, steps)
    return (exact / 1000 + Fraction(1, 2)).__floor__() * 1000


def _format_target(ms: int) -> str:
    return format_seconds(ms) if ms < 100_000 else format_race_time(ms)


def format_value(value: object) -> str:
    """Returns a value as a file writes it; an integer is a duration in ms."""
    if isinstance(value, int):
        return format_duration(value)
    if isinstance(value, Steps):
        return f"{format_value(value.first)}>{format_value(value.last)}"
    return str(value)
