"""The scheduler: which clip starts when. All moments are seconds on `time.monotonic()`, and the time is an argument.

A `CueScheduler` holds the cues that the app has sent, and lays them out as `ScheduledClip`s by these rules:
- A tone starts at its moment.
- Speech never covers a countdown, which is its pips and GO. Speech that would run into a countdown, or end less than
  `COUNTDOWN_GAP_S` before it, waits for a quiet place before the next countdown of its own group. If there is none, it
  is left out. Speech that is already playing when a countdown is scheduled is cut.
- Two spoken clips never sound at the same time: the later one waits.
- A counted number ("count") is heard exactly on its second. It never waits; lines, announcements and results keep clear
  of it. It is left out if it would run into a countdown or another number.
- Announcements, and after them results, never move or displace anything else. They wait for `CueSpec.max_wait_s` at
  most. They do not begin during a tone or run into one, except for a split, which is short. One that is playing goes on
  during a new tone, and is cut before other speech and before a countdown.
- Speech never begins after its `until`.
- A cue that is too late is left out: after `CueSpec.play_grace_s`. Speech that is late begins later, in a quiet place.

`layout` is replaced as a whole and never modified, so another thread can read it without a lock.
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
"""The silence after speech, before a countdown or before other speech that was placed first."""
SPEECH_GAP_S = 0.25
"""The silence between an announcement or result and a tone or another one, and before the speech that cuts it."""
MAX_PIP_GAP_S = 1.25
"""Pips and GO of a group that follow each other within this time are one countdown."""
OVERDUE_S = 0.15
"""Speech that has not begun this long after its start is laid out anew."""
LONGEST_WAIT_S = max(spec.max_wait_s for spec in CUE_SPECS.values())
KEEP_S = 30.0
"""A cue is removed this long after its moment."""
SPEECH_OWNER = "\0"
"""The owner of a span of speech, in place of a group."""
TONE_OWNER = "\1"
"""The owner of the span of a tone that belongs to no countdown."""

_Span: TypeAlias = tuple[float, float, str]  # start, end, and the group whose countdown it is or another owner
_Limit: TypeAlias = tuple[float, float]  # the end of a span, and the moment at which speech before it has to end


@dataclass(frozen=True, slots=True)
class ScheduledClip:
    """A cue with its sound and its start. `cut` is the moment at which it is cut off, None if it plays to its end."""

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
        """Whether the clip is speech, which is ducked under tones."""
        return self.cue.spec.spoken

    @property
    def ready(self) -> bool:
        """Whether the samples are unpacked. Sinks do not unpack them, because that could take too long."""
        return self.sound.is_unpacked()

    @property
    def grace(self) -> float:
        """The clip is still played if it is at most this many seconds late."""
        return self.cue.spec.play_grace_s


@dataclass(frozen=True, slots=True)
class Layout:
    """The clips to play, sorted by start."""

    items: tuple[ScheduledClip, ...] = ()
    starts: tuple[float, ...] = ()
    """The start of each item."""

    def window(self, first: float, end: float) -> tuple[ScheduledClip, ...]:
        """Returns the clips that start in [first, end)."""
        return self.items[bisect_left(self.starts, first) : bisect_left(self.starts, end)]


class CueScheduler:
    """The scheduled cues, and their `Layout`: which clip starts when, and where it is cut to make room for another."""

    def __init__(
        self, clip: Callable[[str, str, str], Sound], *, rate: int, delay: float = 0.0, keep_awake: bool = False
    ) -> None:
        """`clip(cue, group, text)` returns the sound of a cue. Everything is played `delay` seconds earlier.

        `keep_awake` asks streams to play an inaudible tone between cues.
        """
        self.rate = rate
        self.muted = False
        self.keep_awake = keep_awake
        self.layout = Layout()
        self._clip = clip
        self._delay = delay
        self._cues: dict[str, ScheduledCue] = {}
        self._begun: dict[str, float] = {}
        """The starts of the cues that a sink has begun, by id."""
        self._dirty = False

    def add(self, cue: ScheduledCue) -> None:
        """Schedules a cue, in place of an earlier one with its id."""
        self._cues[cue.id] = cue
        self._dirty = True

    def remove(self, ident: str) -> None:
        if self._cues.pop(ident, None) is not None:
            self._dirty = True

    def invalidate(self) -> None:
        """Requests a new layout, because the sounds of cues have changed."""
        self._dirty = True

    def note_begun(self, ident: str, start: float) -> None:
        """Notes that a sink has begun a cue. From now on the cue keeps this start in every layout."""
        self._begun[ident] = start
        if ident in self._cues and not any(each.cue.id == ident and each.start == start for each in self.layout.items):
            self._dirty = True

    def is_wanted(self, ident: str) -> bool:
        """Whether the cue is scheduled, even if the layout has left it out."""
        return ident in self._cues

    def has_begun(self, ident: str) -> bool:
        return ident in self._begun

    def update_layout(self, now: float) -> None:
        """Replaces the layout if cues have changed or speech is overdue. Removes cues that are over."""
        past = [ident for ident, cue in self._cues.items() if cue.at < now - KEEP_S]
        for ident in past:
            del self._cues[ident]
            self._begun.pop(ident, None)
        if self._dirty or past or self._has_overdue_speech(now):
            self._dirty = False
            self.layout = self._lay_out(now)

    def _has_overdue_speech(self, now: float) -> bool:
        """Whether speech has not begun `OVERDUE_S` after its start. It would end later than in the layout."""
        first = now - LONGEST_WAIT_S - OVERDUE_S
        return any(
            item.cue.spec.waits and item.cue.id not in self._begun
            for item in self.layout.window(first, now - OVERDUE_S)
        )

    def _lay_out(self, now: float) -> Layout:
        items: list[ScheduledClip] = []
        guarded: list[_Span] = []
        tones: list[_Span] = []
        spoken: dict[Priority, list[ScheduledCue]] = {priority: [] for priority in Priority}
        for cue in sorted(self._cues.values(), key=lambda cue: cue.at):
            if cue.spec.spoken:
                spoken[cue.spec.priority].append(cue)
                continue
            item = ScheduledClip(cue, cue.at - self._delay, self._clip(cue.cue, cue.group, cue.text))
            items.append(item)
            if cue.spec.guarded:
                guarded.append((item.start, item.start + item.frames / self.rate, cue.group))
            elif cue.spec.blocks_announcements:
                tones.append((item.start, item.start + item.frames / self.rate + SPEECH_GAP_S, TONE_OWNER))
        guarded = merge_countdowns(guarded)
        limits: list[_Limit] = [(end, first - COUNTDOWN_GAP_S) for first, end, _ in guarded]
        # Speech is placed in the order of priority. `taken` and `limits` grow by what was placed before.
        numbers = self._place_numbers(spoken[Priority.COUNT], guarded, limits)
        taken = sorted(guarded + [self._span(item) for item in numbers])
        limits += [(end, first - SPEECH_GAP_S) for first, end, _ in map(self._span, numbers)]
        lines = self._place_lines(spoken[Priority.LINE], taken, limits, now)
        taken = sorted(taken + tones + [self._span(item) for item in lines])
        limits += [(end, first - SPEECH_GAP_S) for first, end, _ in map(self._span, lines)]
        last = spoken[Priority.ANNOUNCEMENT] + spoken[Priority.RESULT]
        items += numbers + lines + self._place_announcements(last, taken, limits, now)
        items.sort(key=lambda item: (item.start, item.cue.id))
        return Layout(tuple(items), tuple(item.start for item in items))

    def _place_numbers(
        self, counted: list[ScheduledCue], guarded: list[_Span], limits: list[_Limit]
    ) -> list[ScheduledClip]:
        """Places the counted numbers that keep clear of countdowns and of each other."""
        placed: list[ScheduledClip] = []
        free_from = float("-inf")
        for cue in counted:
            sound = self._clip(cue.cue, cue.group, cue.text)
            start = cue.at - self._delay - sound.onset / self.rate
            end = start + sound.frames / self.rate
            clear = all(end + COUNTDOWN_GAP_S <= first or last <= start for first, last, _ in guarded)
            if sound.frames and (cue.id in self._begun or (clear and start >= free_from)):
                placed.append(ScheduledClip(cue, start, sound, self._find_cut(start, sound, limits)))
                free_from = end
        return placed

    def _place_lines(
        self, spoken: list[ScheduledCue], taken: list[_Span], limits: list[_Limit], now: float
    ) -> list[ScheduledClip]:
        """Places lines in their order: no line starts before an earlier one has ended."""
        placed = self._place_begun(spoken, limits)
        free_from = max((end for _, end, _ in map(self._span, placed)), default=float("-inf"))
        for cue in spoken:
            if cue.id in self._begun:
                continue
            item = self._place_in_quiet(cue, max(now, free_from), taken)
            if item is not None:
                placed.append(item)
                free_from = item.start + item.frames / self.rate
        return placed

    def _place_announcements(
        self, spoken: list[ScheduledCue], taken: list[_Span], limits: list[_Limit], now: float
    ) -> list[ScheduledClip]:
        """Places announcements and results, each in the first quiet place. A short one may overtake a longer one."""
        placed = self._place_begun(spoken, limits)
        taken = sorted(taken + [self._span(item, SPEECH_GAP_S) for item in placed])
        for cue in spoken:
            if cue.id in self._begun:
                continue
            item = self._place_in_quiet(cue, now, taken)
            if item is not None:
                placed.append(item)
                insort(taken, self._span(item, SPEECH_GAP_S))
        return placed

    def _place_begun(self, spoken: list[ScheduledCue], limits: list[_Limit]) -> list[ScheduledClip]:
        """Returns the speech that a sink has begun, at its start. It is cut before what has priority."""
        placed = []
        for cue in spoken:
            start = self._begun.get(cue.id)
            if start is not None:
                sound = self._clip(cue.cue, cue.group, cue.text)
                placed.append(ScheduledClip(cue, start, sound, self._find_cut(start, sound, limits)))
        return placed

    def _find_cut(self, start: float, sound: Sound, limits: list[_Limit]) -> float | None:
        """Returns the moment at which begun speech is cut, or None. Speech inside of what has priority ends at once."""
        cut = max(start, min((limit for end, limit in limits if end > start), default=float("inf")))
        return cut if cut < start + sound.frames / self.rate else None

    def _place_in_quiet(self, cue: ScheduledCue, earliest: float, taken: list[_Span]) -> ScheduledClip | None:
        """Places speech in the first quiet place from `earliest` on. Returns None if there is none in time."""
        sound = self._clip(cue.cue, cue.group, cue.text)
        wanted = cue.at - self._delay
        start = find_quiet_start(max(wanted, earliest), sound.frames / self.rate, cue.group, taken, since=wanted)
        latest = wanted + cue.spec.max_wait_s
        if cue.until is not None:
            latest = min(latest, cue.until - self._delay)
        if start is None or start > latest or not sound.frames:
            return None
        return ScheduledClip(cue, start, sound)

    def _span(self, item: ScheduledClip, pause: float = 0.0) -> _Span:
        """Returns the span of a spoken clip, with `pause` seconds of silence after it."""
        end = item.start + item.frames / self.rate if item.cut is None else item.cut
        return item.start, end + pause, SPEECH_OWNER


def merge_countdowns(guarded: list[_Span]) -> list[_Span]:
    """Merges the spans of pips and GO into one span for each countdown, so that nothing is said between two pips."""
    whole: list[_Span] = []
    for first, end, owner in sorted(guarded, key=lambda span: (span[2], span[0])):
        if whole and whole[-1][2] == owner and first - whole[-1][1] < MAX_PIP_GAP_S:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]), owner)
        else:
            whole.append((first, end, owner))
    return sorted(whole)


def find_quiet_start(start: float, length: float, group: str, taken: list[_Span], *, since: float) -> float | None:
    """Returns the first moment from `start` on at which speech of `length` seconds overlaps with no taken span.

    `taken` is sorted and holds countdowns, tones and other speech. Speech ends `COUNTDOWN_GAP_S` before a span, or
    `SPEECH_GAP_S` before a tone. The result is None if a countdown of `group` starts between `since` and that moment.
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
