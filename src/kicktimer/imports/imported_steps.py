"""What the readers of other programs' workouts return: a tree of steps and repeats, each with its place in the file.

Times are whole ms, distances whole mm. Nothing here knows a file format, and nothing knows how a track session runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

StepKind: TypeAlias = Literal["warmup", "cooldown", "rep", "recovery", "rest", "run"]
"""`recovery` is easy running and `rest` is standing; a `run` is hard or easy, which its effort has to tell."""

EASIER = 0.85
"""A step is a recovery after another if it is run at no more than this part of the other's speed or power."""
EASY_ZONE = 2


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard a step is. Only efforts of one `scale` are compared by `value`; `is_easy` is None if it cannot tell."""

    scale: str
    value: float
    is_easy: bool | None = None

    def is_easier_than(self, other: Effort) -> bool:
        """Whether a step of this effort is a recovery after one of the `other` effort."""
        if self.scale != other.scale:
            return self.is_easy is True and other.is_easy is not True
        if "zone" in self.scale:
            return self.value <= EASY_ZONE and self.value < other.value
        return self.value <= EASIER * other.value


@dataclass(frozen=True, slots=True)
class Step:
    """One step. Without a distance and a duration it lasts until somebody presses a button (`until_pressed`).

    `pace` is a pace as a workout of kicktimer writes it. `notes` say what has no place in such a workout.
    """

    kind: StepKind
    line: int
    column: int
    distance_mm: int | None = None
    duration_ms: int | None = None
    until_pressed: bool = False
    planned: str = ""  # the length of a step that has one and ends at the lap button all the same
    pace: str = ""
    jog_ms: int | None = None  # how long an easy step of a distance takes, where its pace says it
    effort: Effort | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeat:
    """Steps that are run `count` times. With `skips_last_rest` the last time ends without its last recovery."""

    count: int
    items: tuple[Step | Repeat, ...]
    line: int
    column: int
    skips_last_rest: bool = False


@dataclass(frozen=True, slots=True)
class ImportedWorkout:
    """A workout of another program. `tool` names the program; `notes` concern the workout as a whole."""

    tool: str
    name: str
    items: tuple[Step | Repeat, ...]
    about: str = ""
    by: str = ""
    notes: tuple[str, ...] = ()
