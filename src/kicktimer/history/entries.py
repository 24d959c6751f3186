"""The sessions of a list, and which of them are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from kicktimer.history.rows import FileRow


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


def matches(wanted: Filter, row: FileRow, names: Sequence[str]) -> bool:
    """Whether a file of the index is wanted. `names` are the spellings of the athlete's name."""
    searched = row.id.lower() if row.workout is None else row.search
    return (
        all(word in searched for word in wanted.text.lower().split())
        and (not names or row.has_rep_of(names))
        and (not wanted.workout or row.workout == wanted.workout)
        and (not wanted.kind or row.kind == wanted.kind)
        and (wanted.distance_mm is None or wanted.distance_mm in row.distances)
        and (not wanted.month or row.started[:7] == wanted.month)
        and (wanted.since is None or row.started[:10] >= wanted.since.isoformat())
        and (wanted.races is None or wanted.races == (row.race is not None))
        and (wanted.rehearsed or not row.rehearsed)
        and (wanted.empty or row.reps > 0 or bool(row.problem))
    )
