"""What is to sound and when, in seconds: pure, time is an argument.

A `Programme` takes cues as they are wanted and lays them out as `Sounding`s: which samples start when. Its rules:
- Countdown pips and GO are never covered by speech. Speech that would run into one or end less than `CLEAR` s before it
  waits for a quiet place if there is one before its own group's next countdown, and is left out otherwise. Speech
  that sounds already when a countdown is newly wanted is cut.
- Two spoken clips do not talk at once: the later waits.
- A cue that comes too late to mean what it says is left out: a pip after `GRACE["pip"]` s, the others after theirs.

`plan` is replaced as a whole and never changed in place, so another thread may read it without a lock.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable

    from kicktimer.sound.protocol import Scheduled

CLEAR = 0.5
"""Seconds of quiet between the end of speech and a countdown."""
PATIENCE = 6.0
"""Seconds that speech waits for a quiet place before it is left out: later it would be about something else."""
GRACE = {"pip": 0.1, "split": 0.3, "go": 0.6, "say": 2.0}
"""Seconds by which a cue may be late and still be played (a new speaker comes up, a cue is wanted at once)."""
OTHER_GRACE = 1.0
GUARDED = frozenset({"pip", "go"})


@dataclass(frozen=True, slots=True)
class Sounding:
    """Samples with a moment. `start` and `cut` are seconds on the monotonic clock; `cut` is None where it rings out."""

    cue: Scheduled
    start: float
    samples: array[int]
    cut: float | None = None

    @property
    def grace(self) -> float:
        return GRACE.get(self.cue.cue, OTHER_GRACE)


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is wanted, by start, and by id."""

    items: tuple[Sounding, ...] = ()
    starts: tuple[float, ...] = ()

    def window(self, first: float, end: float) -> tuple[Sounding, ...]:
        """What starts in [first, end)."""
        return self.items[bisect_left(self.starts, first) : bisect_left(self.starts, end)]


class Programme:
    """The cues that are wanted. `clip(cue, group, text)` gives the samples; `delay` s everything is played earlier."""

    def __init__(self, clip: Callable[[str, str, str], array[int]], *, rate: int, delay: float = 0.0) -> None:
        self.rate = rate
        self.muted = False
        self.plan = Plan()
        self._clip = clip
        self._delay = delay
        self._wanted: dict[str, Scheduled] = {}
        self._begun: dict[str, float] = {}
        self._dirty = False

    def put(self, cue: Scheduled) -> None:
        self._wanted[cue.id] = cue
        self._dirty = True

    def drop(self, ident: str) -> None:
        if self._wanted.pop(ident, None) is not None:
            self._dirty = True

    def begin(self, ident: str, start: float) -> None:
        """A sink has begun this cue: from now on it keeps its place."""
        self._begun[ident] = start

    def has_begun(self, ident: str) -> bool:
        return ident in self._begun

    def settle(self, now: float) -> None:
        """Lay out anew where anything has changed, and forget what is over."""
        over = [ident for ident, cue in self._wanted.items() if cue.at < now - 30.0]
        for ident in over:
            del self._wanted[ident]
            self._begun.pop(ident, None)
        if self._dirty or over:
            self._dirty = False
            self.plan = self._lay_out()

    def _lay_out(self) -> Plan:
        tones: list[Sounding] = []
        guarded: list[tuple[float, float, str]] = []
        spoken: list[Scheduled] = []
        for cue in self._wanted.values():
            if cue.cue == "say":
                spoken.append(cue)
                continue
            samples = self._clip(cue.cue, cue.group, cue.text)
            start = cue.at - self._delay
            tones.append(Sounding(cue, start, samples))
            if cue.cue in GUARDED:
                guarded.append((start, start + len(samples) / self.rate, cue.group))
        guarded.sort()
        items = tones + self._lay_speech(sorted(spoken, key=lambda cue: cue.at), guarded)
        items.sort(key=lambda item: (item.start, item.cue.id))
        return Plan(tuple(items), tuple(item.start for item in items))

    def _lay_speech(self, spoken: list[Scheduled], guarded: list[tuple[float, float, str]]) -> list[Sounding]:
        laid: list[Sounding] = []
        free = float("-inf")  # no speech sounds from here on
        for cue in spoken:
            samples = self._clip(cue.cue, cue.group, cue.text)
            length = len(samples) / self.rate
            wanted = cue.at - self._delay
            begun = self._begun.get(cue.id)
            if begun is not None:
                following = min((start for start, _, _ in guarded if start > begun), default=float("inf"))
                cut = following - CLEAR if following - CLEAR < begun + length else None
                laid.append(Sounding(cue, begun, samples, cut))
                free = begun + length if cut is None else cut
                continue
            start = quiet_place(max(wanted, free), length, cue.group, guarded)
            if start is not None and start <= wanted + PATIENCE:
                laid.append(Sounding(cue, start, samples))
                free = start + length
        return laid


def quiet_place(start: float, length: float, group: str, guarded: list[tuple[float, float, str]]) -> float | None:
    """The first moment from `start` on where speech of `length` s clears all countdowns; None: its own come first.

    `guarded` are the countdown pips and GOs as (start, end, group), in order.
    """
    for first, end, owner in guarded:
        if end <= start:
            continue
        if start + length + CLEAR <= first:
            break
        if owner == group and first >= start:
            return None
        start = end
    return start
