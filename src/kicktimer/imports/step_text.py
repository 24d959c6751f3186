"""Parses a step of a Garmin workout maker's YAML: `30sec @P(3:30-4:00)`, `1200m`, `lap`, `0.6km @ 4:25-4:15`.

Text in, a `StepText` out: what ends the step, its pace, its effort, and notes for what has no place on a track. Raises
`ScalarError`. `m` is metres here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from kicktimer.errors import ScalarError
from kicktimer.imports.step_values import (
    NUMBER,
    PACE_TIME,
    UNITS_MM,
    checked_mm,
    checked_ms,
    pace_of_times,
    pace_seconds,
    parse_clock,
    read_paces,
    zone_effort,
)
from kicktimer.text import clean, plain_spaces
from kicktimer.units import clip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kicktimer.imports.imported_steps import Effort

MIN_METRES = 20
LAP_WORDS = ("lap", "lap-button", "lap.button", "lap_button", "lapbutton", "lap button", "button", "open")
_TIME_UNITS_MS = {"h": 3_600_000, "hr": 3_600_000, "hours": 3_600_000, "min": 60_000, "mins": 60_000, "s": 1000}
_TIME_UNITS_MS |= {"sec": 1000, "secs": 1000, "minutes": 60_000, "seconds": 1000, "hour": 3_600_000, "minute": 60_000}
_QUANTITY = re.compile(rf"({NUMBER}) ?([a-z]+)")
_TARGET = re.compile(
    r"@ ?(?:(?P<tag>[a-z]{1,3}) ?\((?P<inside>[^()]*)\)|(?P<hr>hr)\b ?(?P<zone>[^@]*)|(?P<bare>[^@]*))"
)
_ZONE = re.compile(r"z ?([0-7])(?: ?[-–] ?z? ?([0-7]))?( ?hr)?")
_NAMES = {"h": "the heart rate", "w": "the power", "c": "the cadence", "hr": "the heart rate"}


@dataclass(slots=True)
class StepText:
    """What one step's text says."""

    distance_mm: int | None = None
    duration_ms: int | None = None
    until_pressed: bool = False
    pace: str = ""
    effort: Effort | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def jog_ms(self) -> int | None:
        """How long a distance takes at the pace, to the second; None without a pace."""
        if self.distance_mm is None or self.effort is None or self.effort.scale != "speed":
            return None
        return max(1, round(self.distance_mm / 1000 / self.effort.value)) * 1000


def parse_step_text(text: str, definitions: Mapping[str, str], zone_paces: Mapping[str, str]) -> StepText:
    """Returns what a step's text says; `definitions` replace `$NAME`, and `zone_paces` names the paces of zones."""
    replaced = re.sub(r"\$([A-Za-z0-9_.-]+)", lambda found: _defined(found[1], definitions), plain_spaces(text))
    body, _, targets = replaced.lower().partition("@")
    found = StepText()
    end, _, whole = body.strip().partition(" in ")
    read_end(end, found)
    if whole and found.distance_mm is not None:
        ms = parse_clock(whole.strip())
        if ms is None:
            raise ScalarError(f"`{clip(whole)}` is no time for the distance", "like 3km in 15:00")
        seconds_per_km = Fraction(ms, found.distance_mm) * 1000
        found.pace, found.effort, _ = pace_of_times((seconds_per_km,), "km")
    for target in _TARGET.finditer(f"@{targets}" if targets else ""):
        _read_target(target, found, zone_paces)
    return found


def _defined(name: str, definitions: Mapping[str, str]) -> str:
    value = definitions.get(name) or next(
        (each for key, each in definitions.items() if key.lower() == name.lower()), ""
    )
    if not value:
        known = ", ".join(list(definitions)[:8])
        raise ScalarError(f"`${clip(name)}` is not defined", f"known are {known}" if known else "write the pace itself")
    return value


def read_end(text: str, found: StepText) -> None:
    """Reads what ends a step into `found`."""
    text = text.strip().lower()
    if text in LAP_WORDS or not text:
        found.until_pressed = True
        return
    clock = parse_clock(text)
    if clock is not None:
        found.duration_ms = clock
        return
    parts = list(_QUANTITY.finditer(text))
    if not parts or re.sub(r"\s", "", _QUANTITY.sub("", text)):
        hint = "like 400m, 1.2km, 90sec, 3min, 1:30 or lap"
        raise ScalarError(f"`{clip(text)}` is neither a distance nor a time", hint)
    total = Fraction(0)
    for part in parts:
        number, unit = Fraction(part[1]), part[2]
        if unit in _TIME_UNITS_MS:
            total += number * _TIME_UNITS_MS[unit]
        elif unit in UNITS_MM and len(parts) == 1:
            if unit == "m" and number < MIN_METRES:
                raise ScalarError(f"`{clip(text)}` is {part[1]} metres", f"minutes? write {part[1]}min")
            found.distance_mm = checked_mm(number * UNITS_MM[unit])
            return
        else:
            raise ScalarError(f"`{clip(text)}`: `{clip(unit)}` is no unit here", "like 400m, 1.2km, 90sec or 3min")
    found.duration_ms = checked_ms(total)


def _read_target(target: re.Match[str], found: StepText, zone_paces: Mapping[str, str]) -> None:
    tag, inside = target["tag"] or ("hr" if target["hr"] else ""), target["inside"] or ""
    value = (inside or target["zone"] or target["bare"] or "").strip()
    if not value:
        return
    value = re.sub(r" ?(?:mpk|min/km)$", "/km", re.sub(r" ?(?:mpm|min/mi)$", "/mi", value))
    zone = _ZONE.fullmatch(value)
    if tag in ("", "p") and zone and not zone[3] and (pace := zone_paces.get(f"z{zone[1]}")):
        _set_pace(pace, found)
    elif tag in ("", "p") and read_paces(value) is not None:
        _set_pace(value, found)
    elif zone:
        of = _NAMES.get(tag, "the pace" if tag in ("p", "sp") else "the heart rate")
        zones = tuple(int(number) for number in zone.groups()[:2] if number)
        noun = f"zone {zones[0]}" if len(zones) == 1 else f"zones {zones[0]} to {zones[1]}"
        found.notes.append(f"{noun} of {of}")
        found.effort = found.effort or zone_effort(zones, of)
    elif tag == "p":
        raise ScalarError(f"`{clip(value)}` is no pace", "like @P(3:30-4:00), minutes for a kilometre")
    else:
        of = _NAMES.get(tag, "")
        found.notes.append(f"{of.removeprefix('the ')} {clean(value)}" if of else f"the target {clip(clean(value))}")


def _set_pace(text: str, found: StepText) -> None:
    read = read_paces(text)
    if read is None:
        raise ScalarError(f"`{clip(text)}` is no pace", "like 4:25-4:15, minutes for a kilometre")
    found.pace, found.effort, note = read
    if note:
        found.notes.append(note)


def pace_with_margins(text: str, faster: str, slower: str) -> str:
    """Returns a pace such as `5:00` as a band from `faster` under it to `slower` over it, where these are given."""
    if not all(re.fullmatch(PACE_TIME, each) for each in (text, faster, slower)):
        return text  # without margins, or no pace, which is a fault where the zone is used
    middle = pace_seconds(text)
    ends = (middle - pace_seconds(faster), middle + pace_seconds(slower))
    first, second = (f"{int(end) // 60}:{int(end) % 60:02d}" for end in ends)
    return f"{first}-{second}" if ends[0] > 0 else text
