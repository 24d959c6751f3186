"""The sessions of a list, and which of them are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """A file of the directory as a list shows it. `problem` says what is wrong with it, "" if nothing is.

    Of a file that cannot be read as a log only `path` and `problem` are known.
    """

    path: Path
    id: str
    seq: int
    started: str
    problem: str
    workout: str = ""
    kind: str = ""
    state: str = ""
    reps: int = 0
    athletes: int = 0
    rehearsed: bool = False
    race: bool = False
    imported: bool = False

    @property
    def is_log(self) -> bool:
        """Whether the file has a header that can be read."""
        return bool(self.workout)

    @property
    def is_empty(self) -> bool:
        """Whether it is a session in which no rep was started."""
        return not self.problem and not self.reps


@dataclass(frozen=True, slots=True)
class Filter:
    """Which sessions are wanted. Each field that is set has to hold; `text` has words that are all to be found.

    `month` is like 2026-11. `since` is a day. `distance_mm` is that of one of the reps.
    `races` asks for races alone, or for none.
    """

    text: str = ""
    athlete: str = ""
    workout: str = ""
    kind: str = ""
    distance_mm: int | None = None
    month: str = ""
    since: date | None = None
    races: bool | None = None
    rehearsed: bool = False
    empty: bool = False


@dataclass(frozen=True, slots=True)
class FilterValues:
    """What a filter can be set to: workouts and kinds by how often, months newest first."""

    athletes: tuple[str, ...] = ()
    workouts: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    distances_mm: tuple[int, ...] = ()
    months: tuple[str, ...] = ()


EVERYTHING = Filter(rehearsed=True, empty=True)


def conditions(wanted: Filter, names: Sequence[str]) -> tuple[str, list[Any]]:
    """Returns the conditions of a query, each with `AND` before it, and their values. `names` are the athlete's."""
    parts: list[str] = []
    values: list[Any] = []

    def need(condition: str, *given: Any) -> None:
        parts.append(f" AND {condition}")
        values.extend(given)

    for word in wanted.text.lower().split():
        need("instr(coalesce(search, lower(id)), ?)", word)
    if names:
        need(f"name IN (SELECT file FROM rep WHERE athlete IN ({', '.join('?' * len(names))}))", *names)  # noqa: S608
    if wanted.workout:
        need("workout = ?", wanted.workout)
    if wanted.kind:
        need("kind = ?", wanted.kind)
    if wanted.distance_mm is not None:
        need("name IN (SELECT file FROM rep WHERE distance_mm = ?)", wanted.distance_mm)
    if wanted.month:
        need("substr(started, 1, 7) = ?", wanted.month)
    if wanted.since is not None:
        need("substr(started, 1, 10) >= ?", wanted.since.isoformat())
    if wanted.races is not None:
        need("race IS NOT NULL" if wanted.races else "race IS NULL")
    if not wanted.rehearsed:
        need("NOT coalesce(rehearsed, 0)")
    if not wanted.empty:
        need("(reps > 0 OR problem != '')")
    return "".join(parts), values
