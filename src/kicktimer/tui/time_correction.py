"""`TimeCorrection`: a time that the coach is correcting, by typing it or with the arrow keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kicktimer import view
from kicktimer.errors import ScalarError
from kicktimer.units import parse_duration

if TYPE_CHECKING:
    from kicktimer.view import CorrectableRep

MIN_TIME_MS = 100
MAX_TYPED_CHARACTERS = 10
TYPED_CHARACTERS = "0123456789.,:"
"""The characters that type a time; `,` is a decimal point. While a time is corrected they are nobody's key."""


@dataclass(slots=True)
class TimeCorrection:
    """The new time of one of an athlete's reps.

    `reps` are the reps to choose from, newest first, and `place` is the index of the chosen one. `ms` is the new time
    from GO, and `typed` the text of a time that is being typed, None until then. `changed_at` is the stamp of the last
    key that changed anything.
    """

    reps: tuple[CorrectableRep, ...]
    ms: int
    changed_at: float
    place: int = 0
    typed: str | None = None

    @property
    def rep(self) -> CorrectableRep:
        """The rep whose time is being corrected."""
        return self.reps[self.place]

    @property
    def result(self) -> int | None:
        """The new time in ms, None where what is typed is no time."""
        if self.typed is None:
            return self.ms
        try:
            ms = parse_duration(self.typed.replace(",", "."))
        except ScalarError:
            return None
        return ms if ms >= MIN_TIME_MS else None

    def type(self, character: str, stamp: float) -> None:
        """Adds one of `TYPED_CHARACTERS` to the time. The first one replaces the time that stands there."""
        self.typed, self.changed_at = f"{self.typed or ''}{character}"[:MAX_TYPED_CHARACTERS], stamp

    def delete_character(self, stamp: float) -> None:
        """Deletes the last character of the time."""
        shown = view.format_time(self.ms, by_hand=False).lstrip("~") if self.typed is None else self.typed
        self.typed, self.changed_at = shown[:-1], stamp

    def change(self, ms: int, stamp: float) -> None:
        """Adds `ms` to the new time, which stays at `MIN_TIME_MS` or more. A typed text that is no time is dropped."""
        result = self.ms if self.result is None else self.result
        self.ms, self.typed, self.changed_at = max(MIN_TIME_MS, result + ms), None, stamp

    def choose_earlier_rep(self, stamp: float) -> None:
        """Chooses the rep before this one; after the earliest, the newest. The new time starts at that rep's time."""
        self.place = (self.place + 1) % len(self.reps)
        self.ms, self.typed, self.changed_at = self.rep.ms, None, stamp

    def __str__(self) -> str:
        rep = self.rep
        time = view.format_time(self.ms, by_hand=False) if self.typed is None else f"{self.typed}▁"
        mark = "" if rep.mark == "finish" else f" at {rep.mark} m"
        return f"CORRECT {rep.athlete}, rep {rep.rep}{mark}: {rep.was} → {time}"
