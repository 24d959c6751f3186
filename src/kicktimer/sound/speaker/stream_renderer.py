"""What a stream is filled with: cues at frame positions, which are derived from the device's clock.

A stream takes frames when its device has room for them. `DeviceClock` learns from these moments which frame belongs to
which moment. `StreamRenderer` gives each cue its frame and renders one block after the other. Positions count frames
since the stream was opened. Nothing here reads a clock: the moment is an argument.
"""

from __future__ import annotations

import math
from array import array
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from kicktimer.sound.speaker.mixer import FADE_FRAMES, Mixer, silence

if TYPE_CHECKING:
    from kicktimer.sound.speaker.scheduler import CueScheduler, Layout, ScheduledClip

HUM_AMPLITUDE = 130
"""The peak of the tone that keeps a loudspeaker awake: -48 dBFS."""
HUM_PERIOD_FRAMES = 1600
"""The period of that tone: 30 Hz at 48 kHz."""
PLACE_AHEAD_S = 1.0
"""A cue gets its frame this long before its start."""
LOOK_BACK_S = 10.0
"""Cues that start up to this long before the current frame are still placed: late, or to be reported as missed."""
SEQUENCE_S = 4.0
"""Cues within this time of a first one are one sequence: their distances are counted in frames from the first one.

A longer sequence would drift, because the clock of the device runs at another speed than the system's.
"""
STARTUP_BURST_S = 0.25
"""For this long after its opening a device fills its buffers. The clock is learned from later moments."""
MAX_DRIFT_S = 0.005
"""When a sequence or the clock is off by more than this, cues are placed anew (the stream was interrupted)."""


@lru_cache(1)
def _hum_period() -> array[int]:
    angles = (2 * math.pi * frame / HUM_PERIOD_FRAMES for frame in range(HUM_PERIOD_FRAMES))
    return array("h", [round(HUM_AMPLITUDE * math.sin(angle)) for angle in angles])


def keep_awake_hum(first: int, frames: int) -> array[int]:
    """Returns the frames [first, first + frames) of the tone that keeps a loudspeaker awake.

    It has 30 Hz at -48 dBFS, which no small loudspeaker reproduces audibly.
    """
    begin = first % HUM_PERIOD_FRAMES
    return (_hum_period() * (frames // HUM_PERIOD_FRAMES + 2))[begin : begin + frames]


class DeviceClock:
    """Maps moments to frames, learned from the moments at which the device took frames.

    A device can take frames late but never early. So the minimum of (moment - position / rate) over the last seconds is
    the moment of frame 0. The minimum is taken over a sliding window, so that it follows a device whose clock runs at
    another speed or that was interrupted.
    """

    BUCKET_S = 0.5
    """The window moves in steps of this length."""
    BUCKETS = 16
    """The length of the window, in buckets."""
    JUMP_S = 0.004
    """When two buckets in a row are later than the window's minimum by more than this, older buckets are dropped."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._buckets: deque[tuple[float, float]] = deque(maxlen=self.BUCKETS)  # (begin, minimum of the origins in it)
        self.origin = float("nan")
        """The moment of frame 0, as it is estimated now."""

    def observe(self, now: float, position: int) -> None:
        """Notes that the device took the frame `position` at `now`."""
        origin = now - position / self._rate
        if not self._buckets or now >= self._buckets[-1][0] + self.BUCKET_S:
            self._drop_before_jump()
            self._buckets.append((now, origin))
        else:
            begin, least = self._buckets[-1]
            if origin >= least:
                return
            self._buckets[-1] = (begin, origin)
        self.origin = min(least for _, least in self._buckets)

    def _drop_before_jump(self) -> None:
        """Drops the older buckets if the last two (1 s) were late throughout: the device was interrupted."""
        latest = list(self._buckets)[-2:]
        if len(self._buckets) > 2 and min(least for _, least in latest) > self.origin + self.JUMP_S:
            self._buckets.clear()
            self._buckets.extend(latest)

    def frame_at(self, moment: float) -> int:
        return round((moment - self.origin) * self._rate)


@dataclass(slots=True)
class _Placement:
    """A clip and the frame at which it starts."""

    item: ScheduledClip
    frame: int
    begun: bool = False
    missed: bool = False


class StreamRenderer:
    """Renders the blocks of samples of one stream.

    `render` belongs to one thread, which may be the audio library's own; another thread reads the attributes.
    """

    def __init__(self, scheduler: CueScheduler, latency: float) -> None:
        """`latency` is the time in seconds from handing over a frame until it is heard."""
        self.position = 0
        """The frame that is rendered next."""
        self.last_fill_at: float | None = None
        """The moment of the last `render`."""
        self.begun: deque[tuple[str, float]] = deque()
        """Cues whose first frame was handed over, as (id, scheduled start)."""
        self.missed: deque[str] = deque()
        """Ids of cues that were scheduled too late to be played."""
        self.latency = latency
        self._scheduler = scheduler
        self._clock = DeviceClock(scheduler.rate)
        self._mixer = Mixer()
        self._layout: Layout | None = None
        self._placements: dict[str, _Placement] = {}
        self._sequence: tuple[float, int] | None = None  # the start and the frame of the first cue of a sequence
        self._burst_ends: float | None = None  # infinite once the clock was restarted after the burst

    def attach(self, scheduler: CueScheduler) -> None:
        """Plays the cues of this scheduler from the next block on."""
        self._scheduler = scheduler

    def render(self, now: float, frames: int) -> array[int]:
        """Returns the next `frames` samples, for which the device has room at `now`."""
        if self._burst_ends is None:
            self._burst_ends = now + STARTUP_BURST_S
        elif now > self._burst_ends:
            self._burst_ends = float("inf")
            self._clock = DeviceClock(self._scheduler.rate)
        before = self._clock.origin
        self._clock.observe(now, self.position)
        if abs(self._clock.origin - before) > MAX_DRIFT_S:  # the stream was interrupted: later cues get other frames
            self._remove_waiting()
        self.last_fill_at = now
        first, end = self.position, self.position + frames
        layout = self._scheduler.layout
        if layout is not self._layout:
            self._layout = layout
            self._update(layout)
        heard_at = self._clock.origin + end / self._scheduler.rate + self.latency
        for item in layout.window(heard_at - LOOK_BACK_S, heard_at + PLACE_AHEAD_S):
            if item.ready and item.cue.id not in self._placements and not self._scheduler.has_begun(item.cue.id):
                self._place(item)
        for ident, placement in self._placements.items():
            if not placement.begun and placement.frame < end:
                placement.begun = True
                self.begun.append((ident, placement.item.start))
        background = keep_awake_hum(first, frames) if self._scheduler.keep_awake else silence(frames)
        block = background if self._scheduler.muted else self._mixer.render(first, end, background)
        self.position = end
        self._mixer.forget(end)
        return block

    def _remove_waiting(self) -> None:
        """Removes the clips that have not begun, so that each gets a frame anew."""
        for ident, placement in list(self._placements.items()):
            if not placement.begun:
                self._mixer.cut(ident, placement.frame)
                del self._placements[ident]

    def _place(self, item: ScheduledClip) -> None:
        rate = self._scheduler.rate
        frame = self._clock.frame_at(item.start - self.latency)
        in_sequence = False
        if self._sequence is not None and abs(item.start - self._sequence[0]) <= SEQUENCE_S:
            frame_in_sequence = self._sequence[1] + round((item.start - self._sequence[0]) * rate)
            in_sequence = abs(frame_in_sequence - frame) <= MAX_DRIFT_S * rate
            frame = frame_in_sequence if in_sequence else frame
        late_s = (self.position - frame) / rate
        if late_s > 0.0:
            frame = self.position
        elif not in_sequence:
            self._sequence = (item.start, frame)
        self._placements[item.cue.id] = placement = _Placement(item, frame)
        if late_s > item.grace:
            placement.begun = placement.missed = True
            self.missed.append(item.cue.id)
            return
        self._mixer.place(item.cue.id, frame, item.samples, speech=item.speech)
        self._cut(item, frame)

    def _cut(self, item: ScheduledClip, frame: int) -> None:
        """Ends a clip that starts at `frame` where its `cut` says, but not before it could fade out."""
        if item.cut is not None:
            length = round((item.cut - item.start) * self._scheduler.rate)
            self._mixer.cut(item.cue.id, max(frame + length, self.position + FADE_FRAMES))

    def _update(self, layout: Layout) -> None:
        """Applies a new layout: cancels clips, cuts them, and lets those that have moved be placed again."""
        scheduled = {item.cue.id: item for item in layout.items}
        for ident, placement in list(self._placements.items()):
            item = scheduled.get(ident)
            if item is None and placement.begun and self._scheduler.is_wanted(ident):
                continue  # the layout was made before it was known that this cue has begun
            changed = item is None or (item.start, item.cue) != (placement.item.start, placement.item.cue)
            if item is None or (changed and (not placement.begun or placement.missed)):
                # A clip that is playing fades out. A clip that has not begun is removed.
                self._mixer.cut(ident, self.position + FADE_FRAMES if placement.begun else placement.frame)
                del self._placements[ident]
            elif item.cut != placement.item.cut:
                self._cut(item, placement.frame)
                placement.item = item
