"""The squad as frozen data: athletes, pace groups and the track; and the assignment of keys to athletes.

Distances are whole mm, times whole ms. These are plain dataclasses, so that plan and live screen need no pydantic.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping  # noqa: TC003 - pydantic reads the annotations
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from kicktimer.errors import KicktimerError, ScalarError
from kicktimer.keyboard.layouts import appearance
from kicktimer.units import STANDARD_LAP_MM, clip, parse_race_mm, parse_race_time

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_ATHLETES = 36
MAX_GROUPS = 8
DEFAULT_GROUP = "A"
_ASCII_LETTERS = "abcdefghijklmnopqrstuvwxyz"
# How much longer a lap is in lane n than in lane 1: 2 pi (1.22 (n - 1) - 0.10) m. Lanes are 1.22 m wide; lane 1 is
# measured 0.30 m from the kerb, every other lane 0.20 m from its inner line.
_LANE_EXTRA_MM = tuple(
    round(2 * 3.141592653589793 * (1220 * (lane - 1) - 100)) if lane > 1 else 0 for lane in range(1, 11)
)


StartStyle = Literal["standing", "rolling"]


@dataclass(frozen=True, slots=True)
class Athlete:
    """One athlete. `key` is the athlete's key on the live screen, in lower case; `races` maps mm to ms.

    `fresh_200_start` says how the fresh 200 m was started, `fresh_200_on` the day (ISO 8601); None where it is unknown.
    """

    name: str
    key: str = ""
    group: str = "A"
    races: Mapping[int, int] = field(default_factory=dict)
    fresh_200_ms: int | None = None
    goal_last_200_ms: int | None = None
    fresh_200_start: StartStyle | None = None
    fresh_200_on: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A pace group. `workout` names a workout of its own (a one-liner, a file, a shipped one), "" for the session's."""

    name: str
    start_after_ms: int = 0
    workout: str = ""


@dataclass(frozen=True, slots=True)
class Track:
    """The track: the length of a lap in lane 1, in mm, and the lane that the athletes run in (1 is the inside)."""

    length_mm: int = STANDARD_LAP_MM
    lane: int = 1

    @property
    def lap_mm(self) -> int:
        """The length of a lap in the athletes' lane, in mm. Only for a 400 m track does the lane make a difference."""
        return self.length_mm + (_LANE_EXTRA_MM[self.lane - 1] if self.length_mm == STANDARD_LAP_MM else 0)


@dataclass(frozen=True, slots=True)
class Squad:
    """The athletes of a session, their groups in the order of the screen, and the track."""

    name: str = ""
    athletes: tuple[Athlete, ...] = (Athlete("Runner", "r"),)
    groups: tuple[Group, ...] = (Group("A"),)
    track: Track = field(default_factory=Track)


def single_athlete_squad(races: Mapping[int, int]) -> Squad:
    """Returns a squad of one athlete, `Runner`, for a session without a squad file. `races` maps mm to ms."""
    return Squad(athletes=(Athlete("Runner", "r", races=dict(races)),))


def parse_race_option(text: str) -> tuple[int, int]:
    """Returns the distance in mm and the time in ms of text like `1500m=4:20`; raises `KicktimerError`."""
    race, equals, time = text.partition("=")
    if not equals:
        raise KicktimerError(f"`{clip(text)}` is no race with a time", "like 1500m=4:20")
    try:
        mm = parse_race_mm(race)
        return mm, parse_race_time(time, mm)
    except ScalarError as error:
        raise KicktimerError(error.message, error.hint) from error


# -- keys


def assign_keys(athletes: tuple[Athlete, ...], taken: Iterable[str] = ()) -> tuple[Athlete, ...]:
    """Returns the athletes with a key for each who has none: a free letter, never a digit; "" if no letter is free.

    Keys in `taken`, and letters that look like a key on the screen, are not free. An initial of the name is preferred,
    then any letter of it, then any letter. All athletes get their initials first, so that nobody's second letter takes
    the initial of a later athlete.
    """
    used = {appearance(key) for key in (*taken, *(athlete.key for athlete in athletes if athlete.key))}
    given: dict[int, str] = {}
    for choices in (_initial_letters, _ascii_letters, lambda _: _ASCII_LETTERS):
        for number, athlete in enumerate(athletes):
            if athlete.key or number in given:
                continue
            letter = next((letter for letter in choices(athlete.name) if appearance(letter) not in used), "")
            if letter:
                used.add(appearance(letter))
                given[number] = letter
    return tuple(
        replace(athlete, key=given.get(number, "")) if not athlete.key else athlete
        for number, athlete in enumerate(athletes)
    )


def _ascii_letters(name: str) -> str:
    """Returns the letters a to z of a name, without their accents."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", name).lower() if letter in _ASCII_LETTERS)


def _initial_letters(name: str) -> str:
    return "".join(_ascii_letters(word)[:1] for word in name.split())
