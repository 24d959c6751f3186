"""`TimeCorrection`: a time that the coach is correcting with the arrow keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kicktimer import view

if TYPE_CHECKING:
    from kicktimer.view import CorrectableRep

MIN_TIME_MS = 100


@dataclass(slots=True)
class TimeCorrection:
    """The new time of one of an athlete's reps.

    `reps` are the reps to choose from, newest first, and `place` is the index of the chosen one. `ms` is the new time
    from GO. `changed_at` is the stamp of the last key that changed anything.
    """

    reps: tuple[CorrectableRep, ...]
    ms: int
    changed_at: float
    place: int = 0

    @property
    def rep(self) -> CorrectableRep:
        """The rep whose time is being corrected."""
        return self.reps[self.place]

    def change(self, ms: int, stamp: float) -> None:
        """Adds `ms` to the new time, which stays at `MIN_TIME_MS` or more."""
        self.ms, self.changed_at = max(MIN_TIME_MS, self.ms + ms), stamp

    def choose_earlier_rep(self, stamp: float) -> None:
        """Chooses the rep before this one; after the earliest, the newest. The new time starts at that rep's time."""
        self.place = (self.place + 1) % len(self.reps)
        self.ms, self.changed_at = self.rep.ms, stamp

    def __str__(self) -> str:
        rep, time = self.rep, view.format_time(self.ms, by_hand=False)
        return f"CORRECT {rep.athlete}, rep {rep.rep}: {rep.was} → {time}"
