"""The squad as data: athletes, pace groups, the track, and the keys that athletes get.

Frozen; distances whole mm, times whole ms. Nothing of pydantic's: the live screen and the plan need only this.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping  # noqa: TC003 - pydantic reads the annotations
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kicktimer.errors import KicktimerError, ScalarError
from kicktimer.units import clip, parse_race, parse_race_time

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_ATHLETES = 36
MAX_GROUPS = 8
DEFAULT_GROUP = "A"
STANDARD_LAP_MM = 400_000
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
# 2 pi (1.22 (n - 1) - 0.10) m a lap: lanes are 1.22 m wide, and are measured 0.30 m from the kerb, 0.20 m from a line.
_LANE_MM = tuple(round(2 * 3.141592653589793 * (1220 * (lane - 1) - 100)) if lane > 1 else 0 for lane in range(1, 11))


@dataclass(frozen=True, slots=True)
class Athlete:
    """One athlete. `key` is the live screen's key (lower case); `races` maps a distance in mm to a time in ms."""

    name: str
    key: str = ""
    group: str = "A"
    races: Mapping[int, int] = field(default_factory=dict)
    fresh_200_ms: int | None = None
    goal_last_200_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A pace group as the squad declares it. `workout` is a one-liner or a file of its own, "" for the session's."""

    name: str
    start_after_ms: int = 0
    workout: str = ""


@dataclass(frozen=True, slots=True)
class Track:
    """The track: length of a lap in lane 1, in mm, and the lane that is run in (1 is the inside)."""

    length_mm: int = 400_000
    lane: int = 1

    @property
    def lap_mm(self) -> int:
        """A lap in the lane that is run in. The lanes of other tracks than 400 m are not known: as lane 1."""
        return self.length_mm + (_LANE_MM[self.lane - 1] if self.length_mm == STANDARD_LAP_MM else 0)


@dataclass(frozen=True, slots=True)
class Squad:
    """Everybody who is here. Groups stand in the order of their start on the screen."""

    name: str = ""
    athletes: tuple[Athlete, ...] = (Athlete("Runner", "r"),)
    groups: tuple[Group, ...] = (Group("A"),)
    track: Track = field(default_factory=Track)


def runner(races: Mapping[int, int]) -> Squad:
    """A squad of one, for a session without a squad."""
    return Squad(athletes=(Athlete("Runner", "r", races=dict(races)),))


def parse_race_option(text: str) -> tuple[int, int]:
    """`1500m=4:20` as (mm, ms)."""
    race, equals, time = text.partition("=")
    if not equals:
        raise KicktimerError(f"`{clip(text)}` is no race with a time", "like 1500m=4:20")
    try:
        mm = parse_race(race)
        return mm, parse_race_time(time, mm)
    except ScalarError as error:
        raise KicktimerError(error.message, error.hint) from error


# -- keys


def give_keys(athletes: tuple[Athlete, ...], taken: Iterable[str] = ()) -> tuple[Athlete, ...]:
    """A key for everybody who has none: a letter of the name where one is free, then any letter, never a digit.

    First letters of a name's words go first, for all athletes, so that a later athlete's `m` for `Maya` is not lost
    to the second letter of somebody before. Where no letter is left the key stays empty.
    """
    used = {*taken, *(athlete.key.lower() for athlete in athletes if athlete.key)}
    given: dict[int, str] = {}
    for choices in (_initials, _letters, lambda _: _LETTERS):
        for number, athlete in enumerate(athletes):
            if athlete.key or number in given:
                continue
            letter = next((letter for letter in choices(athlete.name) if letter not in used), "")
            if letter:
                used.add(letter)
                given[number] = letter
    return tuple(
        replace(athlete, key=given.get(number, "")) if not athlete.key else athlete
        for number, athlete in enumerate(athletes)
    )


def _letters(name: str) -> str:
    """The letters of a name that every keyboard has: accents are taken off."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", name).lower() if letter in _LETTERS)


def _initials(name: str) -> str:
    return "".join(_letters(word)[:1] for word in name.split())
