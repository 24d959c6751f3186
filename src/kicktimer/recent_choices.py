"""What a coach chose lately: workouts, newest first, and the squad of the last session. A small file, never needed.

It is read and written without a word: where it is damaged, missing or cannot be written, nothing is remembered.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from platformdirs import user_state_path

from kicktimer.atomic_write import atomic_write

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 1 << 16
MAX_WORKOUTS = 30


@dataclass(frozen=True, slots=True)
class RecentChoices:
    """`workouts` are names, paths and lines; `squad` is a path, "" for the Runner alone, None before any session."""

    workouts: tuple[str, ...] = ()
    squad: str | None = None

    def chose(self, workout: str, squad: str) -> RecentChoices:
        """Returns the choices after a session with this workout and this squad's file was opened."""
        workouts = (workout, *(each for each in self.workouts if each != workout))
        return RecentChoices(workouts[:MAX_WORKOUTS], squad)


def recent_path() -> Path:
    return user_state_path("kicktimer", appauthor=False) / "recent.json"


def load_recent(path: Path) -> RecentChoices:
    """Returns the choices; none if the file cannot be read."""
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(MAX_BYTES))
        workouts, squad = found["workouts"], found["squad"]
        if all(isinstance(each, str) for each in workouts) and isinstance(squad, str | None):
            return RecentChoices(tuple(workouts[:MAX_WORKOUTS]), squad)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    return RecentChoices()


def save_recent(path: Path, choices: RecentChoices) -> None:
    """Writes the choices, if that is possible."""
    text = json.dumps({"workouts": choices.workouts, "squad": choices.squad}, ensure_ascii=False)
    with contextlib.suppress(OSError):
        atomic_write(path, text.encode("utf-8", "surrogatepass"))
