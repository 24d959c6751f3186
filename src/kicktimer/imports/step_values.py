"""Parses the values of other programs' steps: durations, distances, paces and zones.

Text or numbers go in, whole ms, whole mm and paces as kicktimer writes them come out. Raises `ScalarError` for a value
that is wrong or too large.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

from kicktimer.errors import ScalarError
from kicktimer.imports.imported_steps import Effort
from kicktimer.pace import parse_pace
from kicktimer.units import DAY_MS, MAX_MM, MILE_MM, clip, format_race_time

MAX_REPEATS = 500
YARD_MM = Fraction(9144, 10)
TOO_WIDE = "is too wide for a target"
WIDEST_BAND = Fraction(5, 4)
MIN_SPEED_M_PER_S, MAX_SPEED_M_PER_S = 1.0, 12.0
EASY_SHARE = 0.8
"""Up to this part of the threshold, or of the maximum heart rate, a step is easy."""
NUMBER = r"[0-9]{1,7}(?:\.[0-9]{1,9})?"
UNITS_MM = {
    "mtr": Fraction(1000), "m": Fraction(1000), "metre": Fraction(1000), "meter": Fraction(1000),
    "metres": Fraction(1000), "meters": Fraction(1000), "km": Fraction(1_000_000), "k": Fraction(1_000_000),
    "mi": Fraction(MILE_MM), "mile": Fraction(MILE_MM), "miles": Fraction(MILE_MM),
    "y": YARD_MM, "yd": YARD_MM, "yrd": YARD_MM, "yard": YARD_MM, "yards": YARD_MM,
}  # fmt: skip
PACE_TIME = r"[0-9]{1,2}:[0-5][0-9](?:\.[0-9]{1,3})?"
PACE_UNIT = r"/ ?(?:[0-9]{1,4} ?(?:m|mtr|y|yd|k|km)|km?|mi|mile)\b"
PACES = re.compile(
    rf"(?P<one>{PACE_TIME}) ?(?P<unit>{PACE_UNIT})?(?: ?[-–] ?(?P<two>{PACE_TIME}) ?(?P<unit2>{PACE_UNIT})?)?"
)


def checked_ms(ms: Fraction | int) -> int:
    """Returns a duration rounded to whole ms; raises `ScalarError` unless it is from 1 ms to a day."""
    whole = round(ms)
    if whole <= 0:
        raise ScalarError("a duration of 0 is too short", "more than 0 s")
    if whole > DAY_MS:
        raise ScalarError("a duration is longer than a day", "at most 24h")
    return whole


def checked_mm(mm: Fraction | int) -> int:
    """Returns a distance rounded to whole mm; raises `ScalarError` unless it is from 1 m to 300 km."""
    whole = round(mm)
    if whole < 1000:
        raise ScalarError("a distance of under 1 m is too short", "at least 1 m")
    if whole > MAX_MM:
        raise ScalarError("a distance is too long", "at most 300 km")
    return whole


def parse_number(text: str) -> Fraction:
    """Returns a number such as `600`, `0.65` or `1.2e3`; raises `ScalarError` for NaN, infinity and other text."""
    try:
        value = float(text)
    except ValueError:
        raise ScalarError(f"`{clip(text)}` is no number", "like 600 or 1.5") from None
    if not math.isfinite(value) or abs(value) > 1e12:
        raise ScalarError(f"`{clip(text)}` is no usable number", "like 600 or 1.5")
    return Fraction(value).limit_denominator(1_000_000)


def parse_count(text: str) -> int:
    """Returns how often steps are repeated: from 1 to 500."""
    value = parse_number(text)
    if value.denominator != 1 or value < 1:
        raise ScalarError(f"`{clip(text)}` repeats: a whole number from 1 on", "like 8")
    if value > MAX_REPEATS:
        raise ScalarError(f"`{clip(text)}` repeats are too many", f"at most {MAX_REPEATS}")
    return value.numerator


def parse_clock(text: str) -> int | None:
    """Returns text such as `3:30`, `0:10:00` or `20:00` in ms, None for other text."""
    found = re.fullmatch(r"(?:([0-9]{1,2}):)?([0-9]{1,3}):([0-5][0-9])(\.[0-9]{1,3})?", text)
    if found is None:
        return None
    seconds = (int(found[1] or 0) * 60 + int(found[2])) * 60 + int(found[3])
    return checked_ms((seconds + Fraction(f"0{found[4]}" if found[4] else 0)) * 1000)


def pace_of_times(times_s: tuple[Fraction, ...], unit: str) -> tuple[str, Effort, str]:
    """Returns the pace, its effort and a note for one time or two for a unit such as `km`, `mi` or `400 m`.

    A band that is too wide for a target gives no pace, and the note says so.
    """
    fast, slow = min(times_s), max(times_s)
    per_mm = _unit_mm(unit)
    if fast <= 0:
        raise ScalarError("a pace of 0 is no pace", "like 4:10/km")
    effort = Effort("speed", float(per_mm / 1000 / ((fast + slow) / 2)))
    shown = "km" if per_mm == 1_000_000 else "mile" if per_mm == MILE_MM else f"{round(per_mm) // 1000}m"
    if per_mm.denominator != 1 or (round(per_mm) % 1000 and per_mm != MILE_MM):  # yards
        fast, slow, shown = (fast * 1_000_000 / per_mm, slow * 1_000_000 / per_mm, "km")
    texts = [format_race_time(round(time * 10) * 100) for time in (fast, slow)]
    join = "/" if shown in ("km", "mile") else " per "
    if texts[0] == texts[1]:
        pace, note = f"{texts[0]}{join}{shown}", ""
    else:
        pace, note = f"{texts[0]}-{texts[1]}{join}{shown}", ""
        if slow > WIDEST_BAND * fast * Fraction(999, 1000):
            parse_pace(f"{texts[0]}{join}{shown}")
            return "", effort, f"{pace} {TOO_WIDE}"
    parse_pace(pace)
    return pace, effort, note


def pace_of_speeds(speeds: tuple[Fraction, ...]) -> tuple[str, Effort | None, str]:
    """Returns the pace, its effort and a note for one speed or two in m/s."""
    if not all(MIN_SPEED_M_PER_S <= speed <= MAX_SPEED_M_PER_S for speed in speeds):
        values = " to ".join(f"{float(speed):g}" for speed in speeds)
        return "", None, f"the speed {values} m/s is none of a runner"
    return pace_of_times(tuple(1000 / speed for speed in speeds), "km")


def read_paces(text: str, default_unit: str = "km") -> tuple[str, Effort, str] | None:
    """Returns what `pace_of_times` makes of text such as `4:10/km` or `4:25-4:15`; None for other text."""
    found = PACES.fullmatch(text.strip())
    if found is None:
        return None
    unit = (found["unit"] or found["unit2"] or f"/{default_unit}").lstrip("/ ")
    if found["unit"] and found["unit2"] and _unit_mm(found["unit"][1:]) != _unit_mm(found["unit2"][1:]):
        raise ScalarError(f"`{clip(text)}` has two units", "one unit for both paces")
    times = tuple(pace_seconds(found[name]) for name in ("one", "two") if found[name])
    return pace_of_times(times, unit)


def pace_seconds(text: str) -> Fraction:
    """Returns a pace's time in s. The text matches `PACE_TIME`: a `Fraction` of `1e999999999` would take all memory."""
    minutes, seconds = text.split(":")
    return int(minutes) * 60 + Fraction(seconds)


def _unit_mm(unit: str) -> Fraction:
    found = re.fullmatch(r" ?([0-9]{0,4}) ?([a-z]+)", unit.lower())
    if found is None or found[2] not in UNITS_MM:
        raise ScalarError(f"`/{clip(unit)}` is no unit of a pace", "like /km, /mi or /400m")
    mm = int(found[1] or 1) * UNITS_MM[found[2]]
    if mm < 50_000:
        raise ScalarError(f"`/{clip(unit)}` is no unit of a pace", "like /km, /mi or /400m")
    return mm


def format_share(low: Fraction, high: Fraction) -> str:
    """Returns text such as `95-100 %`."""
    one, two = (f"{float(value):g}" for value in sorted((low, high)))
    return f"{one} %" if one == two else f"{one}-{two} %"


def zone_effort(zones: tuple[int, ...], of: str) -> Effort:
    """Returns the effort of one zone or two."""
    middle = sum(zones) / len(zones)
    return Effort(f"zone of {of}", middle, middle <= 2)


def share_effort(low: Fraction, high: Fraction, of: str) -> Effort:
    """Returns the effort of a part of something, in percent."""
    middle = float(low + high) / 200
    return Effort(of, middle, middle <= EASY_SHARE)
