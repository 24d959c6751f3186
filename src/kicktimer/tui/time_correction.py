"""A time that is being put right with the arrows: which of an athlete's reps, and the new time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kicktimer import view

if TYPE_CHECKING:
    from kicktimer.view import CorrectableRep

LEAST_MS = 100


@dataclass(slots=True)
class TimeCorrection:
    """`ms` from GO is the new time; `at` is the stamp of the last key that changed it."""

    choices: tuple[CorrectableRep, ...]
    ms: int
    at: float
    place: int = 0

    @property
    def now(self) -> CorrectableRep:
        return self.choices[self.place]

    def change(self, ms: int, stamp: float) -> None:
        self.ms, self.at = max(LEAST_MS, self.ms + ms), stamp

    def other_rep(self, stamp: float) -> None:
        """The athlete's rep before, and round to the newest."""
        self.place = (self.place + 1) % len(self.choices)
        self.ms, self.at = self.now.ms, stamp

    def __str__(self) -> str:
        now, time = self.now, view.compare(self.ms, None).time
        return f"CORRECT {now.athlete}, rep {now.rep}: {now.was} → {time}"
