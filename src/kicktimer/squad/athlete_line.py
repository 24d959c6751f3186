"""An athlete typed on one line: `Dana 4:05` (the 1500 m), `Dana 800 2:08`, `Dana Kay 1500m 4:05 800m 2:08`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kicktimer.errors import ScalarError
from kicktimer.squad.parser import validate_name
from kicktimer.units import check_plausibility, clip, format_race, format_race_time, parse_race_mm, parse_race_time

if TYPE_CHECKING:
    from collections.abc import Mapping

RACE_1500_MM = 1_500_000
EXAMPLE = "like Dana 4:05, or Dana 800 2:08"
_TIME = re.compile(r"\d{1,2}[:.,'’]\d{1,2}(?:[:.,]\d+)*\"?")
_BARE_TIME = re.compile(r"[2-9]\d{2}(?:[.,]\d)?")
_DISTANCE = re.compile(r"\d+(?:\.\d+)?(?:m|k|km)?|mile|\dmi", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AthleteLine:
    """A name and race times, ms by mm; none where only the name was typed."""

    name: str
    races: Mapping[int, int] = field(default_factory=dict)


def read_athlete_line(text: str) -> AthleteLine:
    """Returns the athlete. Raises `ScalarError` with a hint for what is no name, and for a time that cannot be."""
    words = text.split()
    place = next((at for at, word in enumerate(words) if at and _begins_races(words, at)), len(words))
    name = validate_name(" ".join(words[:place]))
    if _begins_races(words, 0) and len(words) <= 2:
        raise ScalarError(f"`{clip(text)}` has no name", EXAMPLE)
    races: dict[int, int] = {}
    rest = words[place:]
    while rest:
        if len(rest) > 1 and _DISTANCE.fullmatch(rest[0]) and not _TIME.fullmatch(rest[0]):
            mm, time, rest = parse_race_mm(rest[0]), rest[1], rest[2:]
        else:
            mm, time, rest = RACE_1500_MM, rest[0], rest[1:]
        if mm in races:
            raise ScalarError(f"{format_race(mm)} stands twice", EXAMPLE)
        races[mm] = _race_time(time, mm)
    return AthleteLine(name, races)


def _begins_races(words: list[str], at: int) -> bool:
    """Whether a time stands at a place of the words, or a distance with its time."""
    if _TIME.fullmatch(words[at]) or (_BARE_TIME.fullmatch(words[at]) and at == len(words) - 1):
        return True
    following = words[at + 1] if at + 1 < len(words) else ""
    return bool(_DISTANCE.fullmatch(words[at]) and re.match(r"\d", following))


def _race_time(text: str, mm: int) -> int:
    """Returns a race time in ms. What can be no time of such a race is refused: it is typed wrong."""
    if text in ("400", "600", "800"):
        raise ScalarError(f"`{text}` is a distance, and its time is missing", f"{text} and the time, {EXAMPLE}")
    if _BARE_TIME.fullmatch(text) and mm >= RACE_1500_MM // 2:
        raise ScalarError(f"`{text}` is no race time", f"{text[0]}:{text[1:]}?")
    ms = parse_race_time(text.replace(",", "."), mm)
    doubt = check_plausibility(ms, mm)
    if doubt:
        what = "faster than anybody has run" if doubt == "fast" else "slower than a walk"
        hint = f"800 {text}?" if mm == RACE_1500_MM and doubt == "fast" else "minutes and seconds, like 4:05"
        raise ScalarError(f"{format_race_time(ms)} for {format_race(mm)} is {what}", hint)
    return ms
