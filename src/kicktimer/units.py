"""Parses and formats durations, distances, races and times; internally these are whole milliseconds and millimetres.

`parse_*` functions raise `ScalarError` with a hint; their results are never negative, and at most 24 h or 300 km.
`format_*` functions are exact: parsing their result gives the same value. `show_*` functions round to a tenth of a
second, for display only: times up, targets to the nearest. A difference between shown figures comes from
`shown_difference_ms`, so that time, target and difference always add up on the screen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from kicktimer.errors import ScalarError
from kicktimer.text import clean, plain_spaces, remove_invisible

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY_MS = 24 * 3_600_000
MILE_MM = 1_609_344
STANDARD_LAP_MM = 400_000
MAX_MM = 300_000_000

NUMBER_PATTERN = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
CLOCK_PATTERN = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,4}):([0-9]{1,2})(?:\.([0-9]{1,9}))?")
UNITS_PATTERN = re.compile(
    rf"(?:(?P<h>{NUMBER_PATTERN}) ?h(?:ours?|rs?)? ?)?"
    rf"(?:(?P<min>{NUMBER_PATTERN}) ?(?:min(?:utes?|s)?|['′’]) ?)?"
    rf"(?:(?P<s>{NUMBER_PATTERN}) ?(?:s(?:ec(?:onds?|s)?)?|''|[\"″”])?)?"
)
HOURS_MINUTES_PATTERN = re.compile(r"([0-9]{1,3}) ?h ?([0-5][0-9]) ?(?:m|min)?")
METRIC_UNITS_MM = {"": 1000, "m": 1000, "metres": 1000, "meters": 1000, "km": 1_000_000, "k": 1_000_000}
MILE_UNITS = ("mi", "mile", "miles")
LAP_UNITS = ("lap", "laps")
_LENGTH_PATTERN = re.compile(rf"({NUMBER_PATTERN})? ?([a-z]*)")
NAMED_RACES_MM = {"mile": MILE_MM, "half marathon": 21_097_500, "marathon": 42_195_000}

# Men's world bests (outdoors, 2025), as distance in mm and time in ms. A time that is more than 5 % faster is a typing
# error.
_WORLD_BESTS = (
    (100_000, 9_580), (200_000, 19_190), (300_000, 30_690), (400_000, 43_030), (600_000, 72_810), (800_000, 100_910),
    (1_000_000, 131_960), (1_500_000, 206_000), (MILE_MM, 223_130), (2_000_000, 283_130), (3_000_000, 437_550),
    (5_000_000, 755_360), (10_000_000, 1_571_000), (21_097_500, 3_402_000), (42_195_000, 7_235_000),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Length:
    """A distance: in `mm`, or in thousandths of a lap of a track that is not known yet."""

    mm: int = 0
    laps_milli: int = 0

    def to_mm(self, lap_mm: int) -> int:
        """Returns the distance in mm on a track with a lap of `lap_mm`."""
        return self.mm or (self.laps_milli * lap_mm + 500) // 1000

    def __str__(self) -> str:
        if self.laps_milli:
            return f"{_format_decimal(self.laps_milli, 1000)} {'lap' if self.laps_milli == 1000 else 'laps'}"
        return format_distance(self.mm)


_DECIMAL_COMMA = re.compile(r"(?<![0-9,])([0-9][0-9.:]*),([0-9]+)(?![0-9,])")


def normalize_scalar(text: str) -> str:
    """Returns a value's text in lower case with single ordinary spaces, without invisible characters."""
    return " ".join(remove_invisible(plain_spaces(text)).split()).lower()


def check_decimal_comma(text: str) -> None:
    """Raises `ScalarError` if a number in `text` has a comma, as in `64,5`; the hint has the number with a point."""
    if not re.search(r"[0-9],[0-9]", text):
        return
    meant = _DECIMAL_COMMA.sub(lambda found: f"{found[1].replace('.', '')}.{found[2]}", text)
    hint = "" if re.search(r"[0-9],[0-9]", meant) else f": {clip(meant.lstrip('- '))}"
    raise ScalarError(f"`{clip(text)}` has a comma", f"decimals use a point{hint}")


def _format_decimal(value: int, per: int) -> str:
    """Returns `value / per` as an exact decimal; `per` is a power of ten."""
    whole, rest = divmod(value, per)
    digits = len(str(per)) - 1
    return f"{whole}.{rest:0{digits}d}".rstrip("0") if rest else str(whole)


def _check_common_mistakes(text: str, kind: str) -> None:
    """Raises `ScalarError` for what no kind of value allows: nothing, a negative number, a comma, too many digits."""
    if not text:
        raise ScalarError(f"a {kind} is missing")
    check_decimal_comma(text)
    if text.startswith("-"):
        raise ScalarError(f"a {kind} is never negative", f"write {text.lstrip('- ')}")
    if text.lstrip("+.").startswith(("nan", "inf")):
        raise ScalarError(f"`{text}` is no {kind}", "write a number")
    if len(text) > 60 or re.search(r"[0-9]{10}", text):
        raise ScalarError(f"`{clip(text)}` is far too long for a {kind}")


def clip(text: str, length: int = 40) -> str:
    """Returns `text` cleaned and cut to `length` characters, to be quoted in a message."""
    text = clean(text[: length + 1])
    return text if len(text) <= length else text[: length - 1] + "…"


def _parse_decimal(number: str, kind: str, per: int = 1000) -> int:
    """Returns `number` times `per`; raises `ScalarError` if that is no whole number."""
    value = Fraction(number) * per
    if value.denominator != 1:
        raise ScalarError(f"`{number}` has too many decimals for a {kind}", "at most three decimals")
    return value.numerator


def _parse_clock(text: str, kind: str) -> int | None:
    """Returns text like `1:04`, `1:04.5` or `1:05:00` in ms, or None if it has another form."""
    match = CLOCK_PATTERN.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds, decimals = match.groups()
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
    return ms + (_parse_decimal(f"0.{decimals}", kind) if decimals else 0)


def parse_duration(text: str, kind: str = "duration") -> int:
    """Returns a duration such as `30`, `30s`, `1:04.5`, `3min`, `1h05` or `1'30"` in ms; 0 is a valid duration.

    `kind` names the value in the message of a `ScalarError`.
    """
    normalized = normalize_scalar(text)
    _check_common_mistakes(normalized, kind)
    ms = _parse_clock(normalized, kind)
    if ms is None:
        hours = HOURS_MINUTES_PATTERN.fullmatch(normalized)
        parts = UNITS_PATTERN.fullmatch(normalized)
        if hours:
            ms = (int(hours[1]) * 60 + int(hours[2])) * 60_000
        elif parts:
            per = {"h": 3_600_000, "min": 60_000, "s": 1000}
            ms = sum(_parse_decimal(number, kind, per[unit]) for unit, number in parts.groupdict().items() if number)
        else:
            raise _duration_error(normalized, kind)
    if ms > DAY_MS:
        raise ScalarError(f"a {kind} of `{clip(normalized)}` is longer than a day", "at most 24h")
    return ms


def _duration_error(text: str, kind: str) -> ScalarError:
    metres = re.fullmatch(rf"({NUMBER_PATTERN}) ?m", text)
    if metres:
        return ScalarError(f"`{text}` is no {kind}", f"metres or minutes? write {metres[1]}min")
    other = re.fullmatch(rf"({NUMBER_PATTERN}) ?(km|k|mi|miles?|laps?|metres|meters)", text)
    if other:
        return ScalarError(f"`{text}` is a distance, and a {kind} is wanted", "write for example 30s, 1:30 or 3min")
    point = re.fullmatch(r"([0-9]+)[:.]([0-5][0-9])\.([0-9]+)", text)
    if point:
        return ScalarError(f"`{text}` is no {kind}", f"{point[1]}:{point[2]}.{point[3]}?")
    return ScalarError(f"`{clip(text)}` is no {kind}", "write for example 30s, 1:30 or 3min")


def parse_length(text: str, kind: str = "distance") -> Length:
    """Returns a distance such as `400`, `400m`, `1.5km`, `1mi`, `mile` or `2 laps`: over 0, at most 300 km.

    `kind` names the value in the message of a `ScalarError`.
    """
    normalized = normalize_scalar(text)
    _check_common_mistakes(normalized, kind)
    match = _LENGTH_PATTERN.fullmatch(normalized)
    number, unit = match.groups() if match else ("", "?")
    if unit in LAP_UNITS and number:
        milli = _parse_decimal(number, kind)
        if not 0 < milli <= 1_000_000:
            raise ScalarError(f"`{clip(normalized)}`: from 1 to 1000 laps")
        return Length(laps_milli=milli)
    if unit in MILE_UNITS:
        mm = round(Fraction(number or 1) * MILE_MM)
    elif unit in METRIC_UNITS_MM and number:
        mm = _parse_decimal(number, kind, METRIC_UNITS_MM[unit])
    else:
        raise _length_error(normalized, kind, number or "", unit)
    if mm == 0:
        raise ScalarError(f"a {kind} is over 0", "write for example 400m")
    if mm > MAX_MM:
        raise ScalarError(f"a {kind} of `{clip(normalized)}` is too long", "at most 300km")
    return Length(mm)


def _length_error(text: str, kind: str, number: str, unit: str) -> ScalarError:
    if number and unit in ("s", "sec", "secs", "second", "seconds"):
        return ScalarError(f"`{text}` is a time, and a {kind} is wanted", f"metres? write {number}m")
    if ":" in text or unit in ("min", "mins", "minutes", "h"):
        return ScalarError(f"`{clip(text)}` is a time, and a {kind} is wanted", "write for example 400m")
    return ScalarError(f"`{clip(text)}` is no {kind}", "write for example 400m, 1.5km, 1mi or 2 laps")


def parse_mm(text: str, kind: str = "distance") -> int:
    """Returns a distance in mm; raises `ScalarError` for a distance in laps, because the track is unknown."""
    length = parse_length(text, kind)
    if length.laps_milli:
        raise ScalarError(f"a {kind} in laps is not known here", "write it in metres: 400m")
    return length.mm


def parse_race_mm(text: str) -> int:
    """Returns the distance in mm of a race such as `800m`, `1500`, `mile` or `5k`; any distance is a race."""
    return NAMED_RACES_MM.get(normalize_scalar(text)) or parse_mm(text, "race")


def parse_race_time(text: str, race_mm: int) -> int:
    """Returns a time such as `3:58.2`, `1:54` or `58.3` in ms, for a race over `race_mm`."""
    normalized = normalize_scalar(text)
    point = re.fullmatch(r"([0-9]{1,2})[.,]([0-5][0-9])([.,][0-9]+)?", normalized)
    if point:
        # Nobody runs 1500 m in 3.58 s: this is 3:58 with a point (or a comma) instead of the colon.
        meant = f"{point[1]}:{point[2]}{point[3] or ''}".replace(",", ".")
        seconds = Fraction(f"{point[1]}.{point[2]}")
        if point[3] or (check_plausibility(round(seconds * 1000), race_mm) == "fast" and int(point[1])):
            raise ScalarError(f"`{normalized}` is no time for {format_distance(race_mm)}", f"{meant}?")
    ms = parse_duration(normalized, "race time")
    if ms == 0:
        raise ScalarError("a race time is over 0", "write for example 3:58.2")
    return ms


def best_time_ms(race_mm: int) -> int:
    """Returns about the world best over `race_mm` in ms, by linear interpolation between the usual distances."""
    if race_mm <= _WORLD_BESTS[0][0]:
        return _WORLD_BESTS[0][1] * race_mm // _WORLD_BESTS[0][0]
    for (near, near_ms), (far, far_ms) in pairwise(_WORLD_BESTS):
        if race_mm <= far:
            return near_ms + (far_ms - near_ms) * (race_mm - near) // (far - near)
    return _WORLD_BESTS[-1][1] * race_mm // _WORLD_BESTS[-1][0]


def check_plausibility(ms: int, race_mm: int) -> str:
    """Returns "fast" or "slow" for a time that is probably a typing error, "" for a plausible one.

    "fast" is more than 5 % under the world best, "slow" over 4 min for each 100 m.
    """
    if ms * 100 < best_time_ms(race_mm) * 95:
        return "fast"
    return "slow" if ms * 100_000 > 240_000 * race_mm else ""


def format_duration(ms: int) -> str:
    """Returns text like `30s`, `1:30`, `1:04.5` or `1h`, exactly."""
    if ms < 60_000:
        return f"{_format_decimal(ms, 1000)}s"
    if ms % 3_600_000 == 0:
        return f"{ms // 3_600_000}h"
    if ms % 60_000 == 0 and ms < 3_600_000:
        return f"{ms // 60_000}min"
    return format_race_time(ms)


def format_seconds(ms: int) -> str:
    """Returns text like `64.0` or `58.35`: seconds only, exactly."""
    text = _format_decimal(ms, 1000)
    return text if "." in text else f"{text}.0"


def format_race_time(ms: int) -> str:
    """Returns text like `58.3`, `3:58.2` or `1:02:03`, exactly."""
    if ms < 60_000:
        return format_seconds(ms)
    rest = _format_decimal(ms % 60_000, 1000)
    seconds = rest.zfill(2) if "." not in rest else f"{rest.split('.')[0]:>02}.{rest.split('.')[1]}"
    minutes = ms // 60_000
    return f"{minutes}:{seconds}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{seconds}"


def format_distance(mm: int) -> str:
    """Returns text like `400m` or `1609.344m`, exactly."""
    return f"{_format_decimal(mm, 1000)}m"


def format_race(mm: int) -> str:
    """Returns a race's name or distance, like `mile`, `10k` or `1500m`, exactly."""
    names = {MILE_MM: "mile", 5_000_000: "5k", 10_000_000: "10k", 21_097_500: "half marathon", 42_195_000: "marathon"}
    return names.get(mm) or format_distance(mm)


def round_up_hand_time(ms: int) -> int:
    """Returns a time taken by hand, in ms, rounded up to the next tenth of a second: 12.32 s becomes 12.4 s."""
    return -(-ms // 100) * 100


def round_target(ms: int) -> int:
    """Returns a target in ms, rounded to the nearest tenth of a second: 63.52 s becomes 63.5 s. A half rounds up."""
    return (ms + 50) // 100 * 100


def shown_difference_ms(time_ms: int, target_ms: int) -> int:
    """Returns the difference between a time and its target as people see it, in ms: a whole number of tenths.

    It is the shown time minus the shown target: 11.51 s against 10.62 s is 11.6 against 10.6, so +1.0. Every screen,
    table and voice uses this function, and means of shown figures are built on the same rounding. Saved values stay
    exact.
    """
    return round_up_hand_time(time_ms) - round_target(target_ms)


def mean_shown_time(times_ms: Sequence[int]) -> int:
    """Returns the mean of the shown times in ms, to the nearest tenth of a second; of one time, that shown time."""
    return _mean_in_tenths([round_up_hand_time(ms) for ms in times_ms])


def mean_shown_target(targets_ms: Sequence[int]) -> int:
    """Returns the mean of the shown targets in ms, to the nearest tenth of a second; of one, that shown target."""
    return _mean_in_tenths([round_target(ms) for ms in targets_ms])


def _mean_in_tenths(values_ms: Sequence[int]) -> int:
    """Returns the mean in ms, rounded to the nearest tenth of a second; a half rounds up. Computes in integers."""
    count = len(values_ms)
    return (2 * sum(values_ms) + 100 * count) // (200 * count) * 100


def _format_tenths(tenths: int, *, minutes: bool) -> str:
    if tenths < 600 or not minutes:
        return f"{tenths // 10}.{tenths % 10}"
    whole = tenths // 600
    clock = f"{whole}:" if whole < 60 else f"{whole // 60}:{whole % 60:02d}:"
    return f"{clock}{tenths % 600 // 10:02d}.{tenths % 10}"


def show_time(ms: int, *, minutes: bool = True) -> str:
    """Returns an athlete's time, rounded up to a tenth: `31.8`, `1:03.5`, or `63.5` without `minutes`."""
    return _format_tenths(round_up_hand_time(ms) // 100, minutes=minutes)


def show_target(ms: int, *, minutes: bool = True) -> str:
    """Returns a target rounded to the nearest tenth of a second: `31.8`, `1:03.5`, or `63.5` without `minutes`."""
    return _format_tenths(round_target(ms) // 100, minutes=minutes)


def show_difference(ms: int) -> str:
    """Returns a difference such as `+0.3`, `-0.4` or `0.0`, to the nearest tenth; a half rounds away from zero."""
    tenths = (abs(ms) + 50) // 100
    sign = "" if tenths == 0 else "-" if ms < 0 else "+"
    return f"{sign}{tenths // 10}.{tenths % 10}"


def show_countdown(ms: int) -> str:
    """Returns the time left in whole seconds, rounded up: `0:30`, `1:02:03`; `0:00` for none or a negative time."""
    seconds = max(0, -(-ms // 1000))
    if seconds < 3600:
        return f"{seconds // 60}:{seconds % 60:02d}"
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def show_clock(ms: int) -> str:
    """Returns a time that has passed, in whole seconds, rounded down: `12:40`, `1:02:03`."""
    return show_countdown(ms // 1000 * 1000)


def show_distance(mm: int) -> str:
    """Returns a distance such as `400 m` or `1609.3 m`, to the nearest decimetre."""
    return f"{_format_decimal((mm + 50) // 100, 10)} m"
