"""The squad: who runs, in which pace group, with which races, on which track."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


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


@dataclass(frozen=True, slots=True)
class Squad:
    """Everybody who is here. Groups stand in the order of their start on the screen."""

    name: str = ""
    athletes: tuple[Athlete, ...] = (Athlete("Runner", "r"),)
    groups: tuple[Group, ...] = (Group("A"),)
    track: Track = field(default_factory=Track)
