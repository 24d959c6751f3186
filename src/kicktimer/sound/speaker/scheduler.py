"""What is to sound and when, in seconds: pure, time is an argument.

A `Programme` takes cues as they are wanted and lays them out as `Sounding`s: which samples start when. Its rules:
- Countdown pips and GO are never covered by speech. Speech that would run into one or end less than `CLEAR` s before it
  waits for a quiet place if there is one before its own group's next countdown, and is left out otherwise. Speech
  that sounds already when a countdown is newly wanted is cut.
- Two spoken clips do not talk at once: the later waits.
- A number that is counted aloud ("count") is heard exactly on its second or not at all: it never waits, speech makes
  room for it, and it is left out where it would run into a countdown or another number.
- An announcement and then a result move or displace nothing else, and wait for `max_wait_s` at most. They do not
  begin under a tone nor run into one, but for a split, which is short. One that sounds goes on under a tone, and is cut
  where something else comes to be said.
- Speech is not begun after its `until`.
- A cue that comes too late to mean what it says is left out: after `CueSpec.play_grace_s`.
  Speech that is late begins later, in a place that is as quiet.

`plan` is replaced as a whole and never changed in place, so another thread may read it without a lock.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from kicktimer.cue_table import CUE_SPECS, Priority

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable

    from kicktimer.sound.protocol import ScheduledCue
    from kicktimer.sound.speaker.clips import Sound

COUNTDOWN_GAP_S = 0.5
"""Seconds of quiet between the end of speech and a countdown."""
SPEECH_GAP_S = 0.25
"""Seconds between what is said last and a tone, between two of these, and before what makes it end."""
MAX_PIP_GAP_S = 1.25
"""Pips and GO with less than so many seconds between them are one countdown."""
LATE = 0.15
"""Speech that has not begun this many seconds after its start is laid out anew."""
LONGEST_WAIT_S = max(spec.max_wait_s for spec in CUE_SPECS.values())
SPEECH_OWNER = "\0"
"""The owner of speech."""
TONE_OWNER = "\1"
"""The owner of any other tone than a countdown's: one that is no appointment."""

_Span: TypeAlias = tuple[float, float, str]  # start, end, and the group whose countdown it is
_Limit: TypeAlias = tuple[float, float]  # the end of what is to be heard, and when speech before it has to end


@dataclass(frozen=True, slots=True)
class ScheduledClip:
    """Samples with a moment. `start` and `cut` are seconds on the monotonic clock; `cut` is None where it rings out."""

    cue: ScheduledCue
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
        return self.cue.spec.spoken

    @property
    def ready(self) -> bool:
        """Whether its samples are there. Whoever has a cue to play makes none: it may take longer than there is."""
        return self.sound.unpacked()

    @property
    def grace(self) -> float:
        return self.cue.spec.play_grace_s


@dataclass(frozen=True, slots=True)
class Layout:
    """All that is wanted, by start, and by id."""

    items: tuple[ScheduledClip, ...] = ()
    starts: tuple[float, ...] = ()

    def window(self, first: float, end: float) -> tuple[ScheduledClip, ...]:
        """What starts in [first, end)."""
        return self.items[bisect_left(self.starts, first) : bisect_left(self.starts, end)]


class CueScheduler:
    """The cues that are wanted. `clip(cue, group, text)` gives the sound; `delay` s everything is played earlier.

    `awake` asks streams for a tone that nobody hears where nothing else sounds.
    """

    def __init__(
        self, clip: Callable[[str, str, str], Sound], *, rate: int, delay: float = 0.0, keep_awake: bool = False
    ) -> None:
        self.rate = rate
        self.muted = False
        self.keep_awake = keep_awake
        self.layout = Layout()
        self._clip = clip
        self._delay = delay
        self._wanted: dict[str, ScheduledCue] = {}
        self._begun: dict[str, float] = {}
        self._dirty = False

    def add(self, cue: ScheduledCue) -> None:
        self._wanted[cue.id] = cue
        self._dirty = True

    def remove(self, ident: str) -> None:
        if self._wanted.pop(ident, None) is not None:
            self._dirty = True

    def invalidate(self) -> None:
        """The sounds are others than before: lay out anew what has not begun."""
        self._dirty = True

    def note_begun(self, ident: str, start: float) -> None:
        """A sink has begun this cue: from now on it keeps its place, and the others go by that."""
        self._begun[ident] = start
        if ident in self._wanted and not any(
            each.cue.id == ident and each.start == start for each in self.layout.items
        ):
            self._dirty = True

    def is_wanted(self, ident: str) -> bool:
        """Whether nobody has taken it back, laid out or not."""
        return ident in self._wanted

    def has_begun(self, ident: str) -> bool:
        return ident in self._begun

    def update_layout(self, now: float) -> None:
        """Lay out anew where anything has changed, and forget what is over."""
        over = [ident for ident, cue in self._wanted.items() if cue.at < now - 30.0]
        for ident in over:
            del self._wanted[ident]
            self._begun.pop(ident, None)
        if self._dirty or over or self._overslept(now):
            self._dirty = False
            self.layout = self._lay_out(now)

    def _overslept(self, now: float) -> bool:
        """Speech that should have begun and has not: where it would end now need not be quiet."""
        first = now - LONGEST_WAIT_S - LATE
        return any(
            item.cue.spec.waits and item.cue.id not in self._begun for item in self.layout.window(first, now - LATE)
        )

    def _lay_out(self, now: float) -> Layout:
        items: list[ScheduledClip] = []
        guarded: list[_Span] = []
        tones: list[_Span] = []
        spoken: dict[Priority, list[ScheduledCue]] = {priority: [] for priority in Priority}
        for cue in sorted(self._wanted.values(), key=lambda cue: cue.at):
            if cue.spec.spoken:
                spoken[cue.spec.priority].append(cue)
                continue
            item = ScheduledClip(cue, cue.at - self._delay, self._clip(cue.cue, cue.group, cue.text))
            items.append(item)
            if cue.spec.guarded:
                guarded.append((item.start, item.start + item.frames / self.rate, cue.group))
            elif cue.spec.blocks_announcements:
                tones.append((item.start, item.start + item.frames / self.rate + SPEECH_GAP_S, TONE_OWNER))
        guarded = countdowns(guarded)
        limits: list[_Limit] = [(end, first - COUNTDOWN_GAP_S) for first, end, _ in guarded]
        numbers = self._lay_counts(spoken[Priority.COUNT], guarded, limits)
        taken = sorted(guarded + [self._span(item) for item in numbers])
        limits += [(end, first - SPEECH_GAP_S) for first, end, _ in map(self._span, numbers)]
        said = self._lay_speech(spoken[Priority.LINE], taken, limits, now)
        taken = sorted(taken + tones + [self._span(item) for item in said])
        limits += [(end, first - SPEECH_GAP_S) for first, end, _ in map(self._span, said)]
        last = spoken[Priority.ANNOUNCEMENT] + spoken[Priority.RESULT]
        items += numbers + said + self._lay_last(last, taken, limits, now)
        items.sort(key=lambda item: (item.start, item.cue.id))
        return Layout(tuple(items), tuple(item.start for item in items))

    def _lay_counts(
        self, counted: list[ScheduledCue], guarded: list[_Span], limits: list[_Limit]
    ) -> list[ScheduledClip]:
        laid: list[ScheduledClip] = []
        free = float("-inf")
        for cue in counted:
            sound = self._clip(cue.cue, cue.group, cue.text)
            start = cue.at - self._delay - sound.onset / self.rate
            end = start + sound.frames / self.rate
            clear = all(end + COUNTDOWN_GAP_S <= first or last <= start for first, last, _ in guarded)
            if sound.frames and (cue.id in self._begun or (clear and start >= free)):
                laid.append(ScheduledClip(cue, start, sound, self._cut(start, sound, limits)))
                free = end
        return laid

    def _lay_speech(
        self, spoken: list[ScheduledCue], taken: list[_Span], limits: list[_Limit], now: float
    ) -> list[ScheduledClip]:
        """Lines that are said, in their order: none overtakes another."""
        begun = self._going_on(spoken, limits)
        laid = list(begun)
        free = max((end for _, end, _ in map(self._span, begun)), default=float("-inf"))  # nobody speaks from here on
        for cue in spoken:
            if cue.id in self._begun:
                continue
            item = self._waiting(cue, max(now, free), taken)
            if item is not None:
                laid.append(item)
                free = item.start + item.frames / self.rate
        return laid

    def _lay_last(
        self, spoken: list[ScheduledCue], taken: list[_Span], limits: list[_Limit], now: float
    ) -> list[ScheduledClip]:
        """Each in the first place that is still quiet: a short one may find one before a longer one does."""
        laid = self._going_on(spoken, limits)
        taken = sorted(taken + [self._span(item, SPEECH_GAP_S) for item in laid])
        for cue in spoken:
            if cue.id in self._begun:
                continue
            item = self._waiting(cue, now, taken)
            if item is not None:
                laid.append(item)
                insort(taken, self._span(item, SPEECH_GAP_S))
        return laid

    def _going_on(self, spoken: list[ScheduledCue], limits: list[_Limit]) -> list[ScheduledClip]:
        """What sounds already. It ends before anything else that is to be heard."""
        laid = []
        for cue in spoken:
            start = self._begun.get(cue.id)
            if start is not None:
                sound = self._clip(cue.cue, cue.group, cue.text)
                laid.append(ScheduledClip(cue, start, sound, self._cut(start, sound, limits)))
        return laid

    def _cut(self, start: float, sound: Sound, limits: list[_Limit]) -> float | None:
        """Where speech that has been begun has to end: at once where it stands in what else is to be heard."""
        cut = max(start, min((limit for end, limit in limits if end > start), default=float("inf")))
        return cut if cut < start + sound.frames / self.rate else None

    def _waiting(self, cue: ScheduledCue, earliest: float, taken: list[_Span]) -> ScheduledClip | None:
        """Speech in the first quiet place for it, None where there is none in time."""
        sound = self._clip(cue.cue, cue.group, cue.text)
        wanted = cue.at - self._delay
        start = quiet_place(max(wanted, earliest), sound.frames / self.rate, cue.group, taken, since=wanted)
        latest = wanted + cue.spec.max_wait_s
        if cue.until is not None:
            latest = min(latest, cue.until - self._delay)
        if start is None or start > latest or not sound.frames:
            return None
        return ScheduledClip(cue, start, sound)

    def _span(self, item: ScheduledClip, pause: float = 0.0) -> _Span:
        end = item.start + item.frames / self.rate if item.cut is None else item.cut
        return item.start, end + pause, SPEECH_OWNER


def countdowns(guarded: list[_Span]) -> list[_Span]:
    """Pips and GO of one group as one span: nothing is said between two pips."""
    whole: list[_Span] = []
    for first, end, owner in sorted(guarded, key=lambda span: (span[2], span[0])):
        if whole and whole[-1][2] == owner and first - whole[-1][1] < MAX_PIP_GAP_S:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]), owner)
        else:
            whole.append((first, end, owner))
    return sorted(whole)


def quiet_place(start: float, length: float, group: str, taken: list[_Span], *, since: float) -> float | None:
    """The first moment from `start` on where speech of `length` s clears everything that is heard.

    `taken` are countdowns, tones and what else is said, as (start, end, owner), in order. None where a countdown of its
    own group begins from `since` on and before that moment.
    """
    for first, end, owner in taken:
        if end <= start:
            if owner == group and first >= since:
                return None
            continue
        if start + length + (SPEECH_GAP_S if owner == TONE_OWNER else COUNTDOWN_GAP_S) <= first:
            break
        if owner == group and first >= since:
            return None
        start = max(start, end)
    return start
