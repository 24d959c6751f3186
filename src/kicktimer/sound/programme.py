"""What is to sound and when, in seconds: pure, time is an argument.

A `Programme` takes cues as they are wanted and lays them out as `Sounding`s: which samples start when. Its rules:
- Countdown pips and GO are never covered by speech. Speech that would run into one or end less than `CLEAR` s before it
  waits for a quiet place if there is one before its own group's next countdown, and is left out otherwise. Speech
  that sounds already when a countdown is newly wanted is cut.
- Two spoken clips do not talk at once: the later waits.
- A number that is counted aloud ("count") is heard exactly on its second or not at all: it never waits, speech makes
  room for it, and it is left out where it would run into a countdown or another number.
- A cue that comes too late to mean what it says is left out: a pip after `GRACE["pip"]` s, the others after theirs.

`plan` is replaced as a whole and never changed in place, so another thread may read it without a lock.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable

    from kicktimer.sound.clips import Sound
    from kicktimer.sound.protocol import Scheduled

CLEAR = 0.5
"""Seconds of quiet between the end of speech and a countdown."""
PATIENCE = 6.0
"""Seconds that speech waits for a quiet place before it is left out: later it would be about something else."""
TOGETHER = 1.25
"""Pips and GO with less than so many seconds between them are one countdown."""
GRACE = {"pip": 0.1, "count": 0.1, "split": 0.3, "go": 0.6, "say": 2.0}
"""Seconds by which a cue may be late and still be played (a new speaker comes up, a cue is wanted at once)."""
OTHER_GRACE = 1.0
GUARDED = frozenset({"pip", "go"})
NOBODY = "\0"
"""The owner of what is no group's countdown."""

_Span: TypeAlias = tuple[float, float, str]  # start, end, and the group whose countdown it is


@dataclass(frozen=True, slots=True)
class Sounding:
    """Samples with a moment. `start` and `cut` are seconds on the monotonic clock; `cut` is None where it rings out."""

    cue: Scheduled
    start: float
    sound: Sound
    cut: float | None = None

    @property
    def samples(self) -> array[int]:
        return self.sound.samples

    @property
    def frames(self) -> int:
        return self.sound.frames

    @property
    def speech(self) -> bool:
        """It gives way to cues that sound at the same time."""
        return self.cue.cue in ("say", "count")

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
    """The cues that are wanted. `clip(cue, group, text)` gives the sound; `delay` s everything is played earlier.

    `awake` asks streams for a tone that nobody hears where nothing else sounds.
    """

    def __init__(
        self, clip: Callable[[str, str, str], Sound], *, rate: int, delay: float = 0.0, awake: bool = False
    ) -> None:
        self.rate = rate
        self.muted = False
        self.awake = awake
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

    def renew(self) -> None:
        """The sounds are others than before: lay out anew what has not begun."""
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
        items: list[Sounding] = []
        guarded: list[_Span] = []
        spoken: list[Scheduled] = []
        counted: list[Scheduled] = []
        for cue in self._wanted.values():
            if cue.cue in ("say", "count"):
                (spoken if cue.cue == "say" else counted).append(cue)
                continue
            item = Sounding(cue, cue.at - self._delay, self._clip(cue.cue, cue.group, cue.text))
            items.append(item)
            if cue.cue in GUARDED:
                guarded.append((item.start, item.start + item.frames / self.rate, cue.group))
        guarded = countdowns(guarded)
        numbers = self._lay_counts(sorted(counted, key=lambda cue: cue.at), guarded)
        taken = [(item.start, item.start + item.frames / self.rate, NOBODY) for item in numbers]
        items += numbers
        items += self._lay_speech(sorted(spoken, key=lambda cue: cue.at), sorted(guarded + taken))
        items.sort(key=lambda item: (item.start, item.cue.id))
        return Plan(tuple(items), tuple(item.start for item in items))

    def _lay_counts(self, counted: list[Scheduled], guarded: list[_Span]) -> list[Sounding]:
        laid: list[Sounding] = []
        free = float("-inf")
        for cue in counted:
            sound = self._clip(cue.cue, cue.group, cue.text)
            start = cue.at - self._delay - sound.onset / self.rate
            end = start + sound.frames / self.rate
            clear = all(end + CLEAR <= first or last <= start for first, last, _ in guarded)
            if sound.frames and (cue.id in self._begun or (clear and start >= free)):
                cut = min((first - CLEAR for first, _, _ in guarded if start < first < end + CLEAR), default=None)
                laid.append(Sounding(cue, start, sound, cut))
                free = end
        return laid

    def _lay_speech(self, spoken: list[Scheduled], guarded: list[_Span]) -> list[Sounding]:
        laid: list[Sounding] = []
        free = float("-inf")  # no speech sounds from here on
        for cue in spoken:
            sound = self._clip(cue.cue, cue.group, cue.text)
            length = sound.frames / self.rate
            wanted = cue.at - self._delay
            begun = self._begun.get(cue.id)
            if begun is not None:
                following = min((start for start, _, _ in guarded if start > begun), default=float("inf"))
                cut = following - CLEAR if following - CLEAR < begun + length else None
                laid.append(Sounding(cue, begun, sound, cut))
                free = begun + length if cut is None else cut
                continue
            start = quiet_place(max(wanted, free), length, cue.group, guarded)
            if start is not None and start <= wanted + PATIENCE:
                laid.append(Sounding(cue, start, sound))
                free = start + length
        return laid


def countdowns(guarded: list[_Span]) -> list[_Span]:
    """Pips and GO of one group as one span: nothing is said between two pips."""
    whole: list[_Span] = []
    for first, end, owner in sorted(guarded, key=lambda span: (span[2], span[0])):
        if whole and whole[-1][2] == owner and first - whole[-1][1] < TOGETHER:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]), owner)
        else:
            whole.append((first, end, owner))
    return sorted(whole)


def quiet_place(start: float, length: float, group: str, guarded: list[_Span]) -> float | None:
    """The first moment from `start` on where speech of `length` s clears all countdowns; None: its own come first.

    `guarded` are the countdown pips and GOs, and numbers that are counted, as (start, end, group), in order.
    """
    for first, end, owner in guarded:
        if end <= start:
            continue
        if start + length + CLEAR <= first:
            break
        if owner == group and first >= start:
            return None
        start = max(start, end)
    return start
