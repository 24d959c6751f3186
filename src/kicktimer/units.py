"""Scalars as coaches write them: text -> whole milliseconds and millimetres, and back to text for people.

`parse_*` take text and raise `ScalarError` with a hint; what they return is finite, never negative and bounded
(24 h, 300 km). `format_*` write what `parse_*` reads back exactly. `show_*` round, for display only: times that were
taken by hand up to the tenth, targets and differences to the nearest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from kicktimer.errors import ScalarError
from kicktimer.text import clean

DAY_MS = 24 * 3_600_000
MILE_MM = 1_609_344
STANDARD_LAP_MM = 400_000
MAX_MM = 300_000_000

NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
CLOCK = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,4}):([0-9]{1,2})(?:\.([0-9]{1,9}))?")
PARTS = re.compile(
    rf"(?:(?P<h>{NUMBER}) ?h(?:ours?|rs?)? ?)?"
    rf"(?:(?P<min>{NUMBER}) ?min(?:utes?|s)? ?)?"
    rf"(?:(?P<s>{NUMBER}) ?(?:s(?:ec(?:onds?|s)?)?)?)?"
)
HOURS = re.compile(r"([0-9]{1,3}) ?h ?([0-5][0-9]) ?(?:m|min)?")
METRES = {"": 1000, "m": 1000, "metres": 1000, "meters": 1000, "km": 1_000_000, "k": 1_000_000}
MILES = ("mi", "mile", "miles")
LAPS = ("lap", "laps")
_LENGTH = re.compile(rf"({NUMBER})? ?([a-z]*)")
RACES = {"mile": MILE_MM, "half marathon": 21_097_500, "marathon": 42_195_000}

# Men's best times in ms (outdoors, 2025): nobody runs 5 % faster, so whoever writes it has mistyped.
_BEST = (
    (100_000, 9_580), (200_000, 19_190), (300_000, 30_690), (400_000, 43_030), (600_000, 72_810), (800_000, 100_910),
    (1_000_000, 131_960), (1_500_000, 206_000), (MILE_MM, 223_130), (2_000_000, 283_130), (3_000_000, 437_550),
    (5_000_000, 755_360), (10_000_000, 1_571_000), (21_097_500, 3_402_000), (42_195_000, 7_235_000),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Length:
    """A distance: `mm`, or a number of laps (in thousandths) of a track that is not known yet."""

    mm: int = 0
    laps_milli: int = 0

    def on(self, lap_mm: int) -> int:
        """The distance in mm on a track whose lap is `lap_mm`."""
        return self.mm or (self.laps_milli * lap_mm + 500) // 1000

    def __str__(self) -> str:
        if self.laps_milli:
            return f"{_decimal(self.laps_milli, 1000)} {'lap' if self.laps_milli == 1000 else 'laps'}"
        return format_distance(self.mm)


def _tidy(text: str) -> str:
    return " ".join(text.split()).lower()


def _decimal(value: int, per: int) -> str:
    whole, rest = divmod(value, per)
    digits = len(str(per)) - 1
    return f"{whole}.{rest:0{digits}d}".rstrip("0") if rest else str(whole)


def _not_a_number(text: str, kind: str) -> None:
    """Raise for what no kind of scalar may be, in words that fit it."""
    if not text:
        raise ScalarError(f"a {kind} is missing")
    if text.startswith("-"):
        raise ScalarError(f"a {kind} is never negative", f"write {text.lstrip('- ')}")
    if text.lstrip("+.").startswith(("nan", "inf")):
        raise ScalarError(f"`{text}` is no {kind}", "write a number")
    if re.fullmatch(r"[0-9:]+,[0-9]+.*", text):
        raise ScalarError(f"`{clip(text)}` has a comma", f"decimals use a point: {clip(text.replace(',', '.'))}")
    if len(text) > 60 or re.search(r"[0-9]{10}", text):
        raise ScalarError(f"`{clip(text)}` is far too long for a {kind}")


def clip(text: str, length: int = 40) -> str:
    """`text`, cut and made safe for a message."""
    text = clean(text[: length + 1])
    return text if len(text) <= length else text[: length - 1] + "…"


def _milli(number: str, kind: str, per: int = 1000) -> int:
    value = Fraction(number) * per
    if value.denominator != 1:
        raise ScalarError(f"`{number}` is finer than a {kind} is kept", "at most three decimals")
    return value.numerator


def _clock(text: str, kind: str) -> int | None:
    """`1:04`, `1:04.5`, `1:05:00` in ms; None where it is no such thing."""
    found = CLOCK.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds, decimals = found.groups()
    if len(seconds) == 1 or int(seconds) > 59 or (hours and int(minutes) > 59):
        total = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
        hint = (
            format_duration((int(minutes) * 60 + int(seconds)) * 1000) if len(seconds) > 1 else f"{minutes}:0{seconds}"
        )
        raise ScalarError(
            f"`{text}`: minutes and seconds have two digits and stay under 60",
            f"{hint}?" if not hours else f"{total // 3600}:{total // 60 % 60:02d}:{total % 60:02d}?",
        )
    ms = ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000
    return ms + (_milli(f"0.{decimals}", kind) if decimals else 0)


def parse_duration(text: str, kind: str = "duration") -> int:
    """`30`, `30s`, `90 s`, `1:04.5`, `3min`, `1h05` in ms. Zero is a duration; the field says whether it may be."""
    tidy = _tidy(text)
    _not_a_number(tidy, kind)
    ms = _clock(tidy, kind)
    if ms is None:
        hours = HOURS.fullmatch(tidy)
        parts = PARTS.fullmatch(tidy)
        if hours:
            ms = (int(hours[1]) * 60 + int(hours[2])) * 60_000
        elif parts:
            per = {"h": 3_600_000, "min": 60_000, "s": 1000}
            ms = sum(_milli(number, kind, per[unit]) for unit, number in parts.groupdict().items() if number)
        else:
            raise _no_duration(tidy, kind)
    if ms > DAY_MS:
        raise ScalarError(f"a {kind} of `{clip(tidy)}` is longer than a day", "at most 24h")
    return ms


def _no_duration(text: str, kind: str) -> ScalarError:
    metres = re.fullmatch(rf"({NUMBER}) ?m", text)
    if metres:
        return ScalarError(f"`{text}` is no {kind}", f"metres or minutes? write {metres[1]}min")
    other = re.fullmatch(rf"({NUMBER}) ?(km|k|mi|miles?|laps?|metres|meters)", text)
    if other:
        return ScalarError(f"`{text}` is a distance, and a {kind} is wanted", "write for example 30s, 1:30 or 3min")
    point = re.fullmatch(r"([0-9]+)[:.]([0-5][0-9])\.([0-9]+)", text)
    if point:
        return ScalarError(f"`{text}` is no {kind}", f"{point[1]}:{point[2]}.{point[3]}?")
    quotes = re.fullmatch(rf"({NUMBER}) ?(''|\"|'|″|′)", text)
    if quotes:
        unit = "min" if quotes[2] in ("'", "′") else "s"
        return ScalarError(f"`{text}` is no {kind}", f"write {quotes[1]}{unit}")
    return ScalarError(f"`{clip(text)}` is no {kind}", "write for example 30s, 1:30 or 3min")


def parse_length(text: str, kind: str = "distance") -> Length:
    """`400`, `400m`, `1.5km`, `1mi`, `mile`, `2 laps`: always over 0 and at most 300 km."""
    tidy = _tidy(text)
    _not_a_number(tidy, kind)
    found = _LENGTH.fullmatch(tidy)
    number, unit = found.groups() if found else ("", "?")
    if unit in LAPS and number:
        milli = _milli(number, kind)
        if not 0 < milli <= 1_000_000:
            raise ScalarError(f"`{clip(tidy)}`: from 1 to 1000 laps")
        return Length(laps_milli=milli)
    if unit in MILES:
        mm = round(Fraction(number or 1) * MILE_MM)
    elif unit in METRES and number:
        mm = _milli(number, kind, METRES[unit])
    else:
        raise _no_length(tidy, kind, number or "", unit)
    if mm == 0:
        raise ScalarError(f"a {kind} is over 0", "write for example 400m")
    if mm > MAX_MM:
        raise ScalarError(f"a {kind} of `{clip(tidy)}` is too long", "at most 300km")
    return Length(mm)


def _no_length(text: str, kind: str, number: str, unit: str) -> ScalarError:
    if number and unit in ("s", "sec", "secs", "second", "seconds"):
        return ScalarError(f"`{text}` is a time, and a {kind} is wanted", f"metres? write {number}m")
    if ":" in text or unit in ("min", "mins", "minutes", "h"):
        return ScalarError(f"`{clip(text)}` is a time, and a {kind} is wanted", "write for example 400m")
    return ScalarError(f"`{clip(text)}` is no {kind}", "write for example 400m, 1.5km, 1mi or 2 laps")


def parse_mm(text: str, kind: str = "distance") -> int:
    """A distance that needs no track, in mm."""
    length = parse_length(text, kind)
    if length.laps_milli:
        raise ScalarError(f"a {kind} in laps is not known here", "write it in metres: 400m")
    return length.mm


def parse_race(text: str) -> int:
    """A race by its distance, in mm: `800m`, `1500`, `mile`, `5k`, any distance."""
    return RACES.get(_tidy(text)) or parse_mm(text, "race")


def parse_race_time(text: str, race_mm: int) -> int:
    """`3:58.2`, `1:54`, `58.3` in ms, for a race over `race_mm`."""
    tidy = _tidy(text)
    point = re.fullmatch(r"([0-9]{1,2})\.([0-5][0-9])(\.[0-9]+)?", tidy)
    if point:
        # Nobody runs 1500 m in 3.58 s: that is 3:58 typed with a point.
        meant = f"{point[1]}:{point[2]}{point[3] or ''}"
        if point[3] or (plausible(round(Fraction(tidy) * 1000), race_mm) == "fast" and int(point[1])):
            raise ScalarError(f"`{tidy}` is no time for {format_distance(race_mm)}", f"{meant}?")
    ms = parse_duration(tidy, "race time")
    if ms == 0:
        raise ScalarError("a race time is over 0", "write for example 3:58.2")
    return ms


def best_ms(race_mm: int) -> int:
    """About the best time of the world over `race_mm` (between the usual distances by interpolation)."""
    if race_mm <= _BEST[0][0]:
        return _BEST[0][1] * race_mm // _BEST[0][0]
    for (near, near_ms), (far, far_ms) in pairwise(_BEST):
        if race_mm <= far:
            return near_ms + (far_ms - near_ms) * (race_mm - near) // (far - near)
    return _BEST[-1][1] * race_mm // _BEST[-1][0]


def plausible(ms: int, race_mm: int) -> str:
    """'' where somebody may have run that; `fast` or `slow` where it looks like a mistyped time."""
    if ms * 100 < best_ms(race_mm) * 95:
        return "fast"
    return "slow" if ms * 100_000 > 240_000 * race_mm else ""


def format_duration(ms: int) -> str:
    """`30s`, `1:30`, `1:04.5`, `1h`: reads back as exactly `ms`."""
    if ms < 60_000:
        return f"{_decimal(ms, 1000)}s"
    if ms % 3_600_000 == 0:
        return f"{ms // 3_600_000}h"
    if ms % 60_000 == 0 and ms < 3_600_000:
        return f"{ms // 60_000}min"
    return format_race_time(ms)


def format_seconds(ms: int) -> str:
    """`64.0`, `58.35`: exact, without minutes."""
    text = _decimal(ms, 1000)
    return text if "." in text else f"{text}.0"


def format_race_time(ms: int) -> str:
    """`58.3`, `3:58.2`, `1:02:03`: exact."""
    if ms < 60_000:
        return format_seconds(ms)
    rest = _decimal(ms % 60_000, 1000)
    seconds = rest.zfill(2) if "." not in rest else f"{rest.split('.')[0]:>02}.{rest.split('.')[1]}"
    minutes = ms // 60_000
    return f"{minutes}:{seconds}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{seconds}"


def format_distance(mm: int) -> str:
    """`400m`, `1609.344m`: exact."""
    return f"{_decimal(mm, 1000)}m"


def format_race(mm: int) -> str:
    """A race by its name where it has one: `1500m`, `mile`, `10k`."""
    names = {MILE_MM: "mile", 5_000_000: "5k", 10_000_000: "10k", 21_097_500: "half marathon", 42_195_000: "marathon"}
    return names.get(mm) or format_distance(mm)


def hand_ms(ms: int) -> int:
    """A time taken by hand, rounded *up* to the next tenth (12.32 becomes 12.4, an exact tenth stays)."""
    return -(-ms // 100) * 100


def _tenths(tenths: int, *, minutes: bool) -> str:
    if tenths < 600 or not minutes:
        return f"{tenths // 10}.{tenths % 10}"
    whole = tenths // 600
    clock = f"{whole}:" if whole < 60 else f"{whole // 60}:{whole % 60:02d}:"
    return f"{clock}{tenths % 600 // 10:02d}.{tenths % 10}"


def show_time(ms: int, *, minutes: bool = True) -> str:
    """A time taken by hand: `31.8`, `1:03.5`, or `63.5` without `minutes`."""
    return _tenths(hand_ms(ms) // 100, minutes=minutes)


def show_target(ms: int, *, minutes: bool = True) -> str:
    """A target, rounded to the nearest tenth."""
    return _tenths((ms + 50) // 100, minutes=minutes)


def show_difference(ms: int) -> str:
    """`+0.3`, `-0.4`, `0.0`: to the nearest tenth, a half away from nought."""
    tenths = (abs(ms) + 50) // 100
    sign = "" if tenths == 0 else "-" if ms < 0 else "+"
    return f"{sign}{tenths // 10}.{tenths % 10}"


def show_countdown(ms: int) -> str:
    """Whole seconds that are left, rounded up: `0:30` … `0:01`, and `0:00` when it is due."""
    seconds = max(0, -(-ms // 1000))
    if seconds < 3600:
        return f"{seconds // 60}:{seconds % 60:02d}"
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def show_clock(ms: int) -> str:
    """A moment on the session's clock, in whole seconds that have passed: `12:40`, `1:02:03`."""
    return show_countdown(ms // 1000 * 1000)


def show_distance(mm: int) -> str:
    """`400 m`, `1609.3 m`: to the decimetre."""
    return f"{_decimal((mm + 50) // 100, 10)} m"
