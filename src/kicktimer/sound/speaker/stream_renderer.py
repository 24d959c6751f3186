"""What a stream is filled with: frame positions against the clock. Pure: the moment is an argument.

A stream takes frames when its device has room for them. `Timeline` learns from these moments which frame is taken
when; `Feed` places each cue at its frame and renders block after block. Positions count frames since the stream was
opened.
"""

from __future__ import annotations

import math
from array import array
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from kicktimer.sound.speaker.mixer import FADE, Mixer, silence

if TYPE_CHECKING:
    from kicktimer.sound.speaker.scheduler import CueScheduler, Layout, ScheduledClip

HUM = 130
HUM_PERIOD = 1600
AHEAD = 1.0
"""Seconds before its start at which a cue gets its frame."""
RUN = 4.0
"""Cues within so many seconds of a first one are one run: placed by frames from it, not by the clock. No longer: a
device's clock is another than ours."""
BURST = 0.25
"""Seconds after the opening in which a device fills its buffers: what is learnt then says little about the clock."""
STRAY = 0.005
"""Seconds by which a run may part from the clock before it is placed anew (a stream that stood still)."""


@lru_cache(1)
def _wave() -> array[int]:
    return array("h", [round(HUM * math.sin(2 * math.pi * frame / HUM_PERIOD)) for frame in range(HUM_PERIOD)])


def hum(first: int, frames: int) -> array[int]:
    """The keep-awake tone of the frames from `first` on: 30 Hz at -48 dBFS. No small loudspeaker can make it heard."""
    begin = first % HUM_PERIOD
    return (_wave() * (frames // HUM_PERIOD + 2))[begin : begin + frames]


class Timeline:
    """Which moment a frame belongs to, learnt from the moments at which the device took frames.

    A device can be served late, never early: so the least (moment - position / rate) of the last seconds is the moment
    of frame 0. A window that moves follows a device whose clock differs, and one that stood still for a moment.
    """

    BUCKET = 0.5
    BUCKETS = 16
    JUMP = 0.004

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._buckets: deque[tuple[float, float]] = deque(maxlen=self.BUCKETS)  # (its beginning, its least origin)
        self.origin = float("nan")

    def observe(self, now: float, position: int) -> None:
        origin = now - position / self._rate
        if not self._buckets or now >= self._buckets[-1][0] + self.BUCKET:
            self._drop_what_jumped()
            self._buckets.append((now, origin))
        else:
            begun, least = self._buckets[-1]
            if origin >= least:
                return
            self._buckets[-1] = (begun, origin)
        self.origin = min(least for _, least in self._buckets)

    def _drop_what_jumped(self) -> None:
        """A second that was never on time: the device stood still or has other buffers; what was before is void."""
        latest = list(self._buckets)[-2:]
        if len(self._buckets) > 2 and min(least for _, least in latest) > self.origin + self.JUMP:
            self._buckets.clear()
            self._buckets.extend(latest)

    def frame_at(self, moment: float) -> int:
        return round((moment - self.origin) * self._rate)


@dataclass(slots=True)
class _Place:
    item: ScheduledClip
    frame: int
    begun: bool = False
    missed: bool = False


class StreamRenderer:
    """Blocks of samples for one stream. `latency` s pass between a frame's being taken and its being heard.

    `fill` belongs to one thread, which may be the audio library's own; the rest is read by another.
    """

    def __init__(self, scheduler: CueScheduler, latency: float) -> None:
        self.position = 0
        self.taken: float | None = None
        """When frames were last taken."""
        self.begun: deque[tuple[str, float]] = deque()
        """Cues that were handed over, by id, with the start that they had."""
        self.missed: deque[str] = deque()
        """Cues that came too late to be played."""
        self.latency = latency
        self._scheduler = scheduler
        self._timeline = Timeline(scheduler.rate)
        self._mixer = Mixer()
        self._plan: Layout | None = None
        self._places: dict[str, _Place] = {}
        self._run: tuple[float, int] | None = None  # start and frame of the first cue of a run
        self._even_from: float | None = None  # when the stream's first burst is over

    def follow(self, scheduler: CueScheduler) -> None:
        """Play what this programme wants, from the next block on. Until then a stream is silent."""
        self._scheduler = scheduler

    def fill(self, now: float, frames: int) -> array[int]:
        """The next `frames` samples, which the device has room for at `now`."""
        if self._even_from is None:
            self._even_from = now + BURST
        elif now > self._even_from:
            self._even_from = float("inf")
            self._timeline = Timeline(self._scheduler.rate)
        before = self._timeline.origin
        self._timeline.observe(now, self.position)
        if abs(self._timeline.origin - before) > STRAY:  # the stream stood still: what waits has its place elsewhere
            self._unplace()
        self.taken = now
        first, end = self.position, self.position + frames
        plan = self._scheduler.plan
        if plan is not self._plan:
            self._plan = plan
            self._reconcile(plan)
        reach = self._timeline.origin + end / self._scheduler.rate + self.latency
        for item in plan.window(reach - 10.0, reach + AHEAD):
            if item.ready and item.cue.id not in self._places and not self._scheduler.has_begun(item.cue.id):
                self._place(item)
        for ident, place in self._places.items():
            if not place.begun and place.frame < end:
                place.begun = True
                self.begun.append((ident, place.item.start))
        ground = hum(first, frames) if self._scheduler.awake else silence(frames)
        block = ground if self._scheduler.muted else self._mixer.render(first, end, ground)
        self.position = end
        self._mixer.forget(end)
        return block

    def _unplace(self) -> None:
        """What has not begun gets its frame anew."""
        for ident, place in list(self._places.items()):
            if not place.begun:
                self._mixer.cut(ident, place.frame)
                del self._places[ident]

    def _place(self, item: ScheduledClip) -> None:
        rate = self._scheduler.rate
        frame = self._timeline.frame_at(item.start - self.latency)
        follows = False
        if self._run is not None and abs(item.start - self._run[0]) <= RUN:
            followed = self._run[1] + round((item.start - self._run[0]) * rate)
            follows = abs(followed - frame) <= STRAY * rate
            frame = followed if follows else frame
        late = (self.position - frame) / rate
        if late > 0.0:
            frame = self.position
        elif not follows:
            self._run = (item.start, frame)
        self._places[item.cue.id] = place = _Place(item, frame)
        if late > item.grace:
            place.begun = place.missed = True
            self.missed.append(item.cue.id)
            return
        self._mixer.place(item.cue.id, frame, item.samples, speech=item.speech)
        self._cut(item, frame)

    def _cut(self, item: ScheduledClip, frame: int) -> None:
        if item.cut is not None:
            length = round((item.cut - item.start) * self._scheduler.rate)
            self._mixer.cut(item.cue.id, max(frame + length, self.position + FADE))

    def _reconcile(self, plan: Layout) -> None:
        """What is no longer wanted is cut; what has moved and not begun is placed again."""
        wanted = {item.cue.id: item for item in plan.items}
        for ident, place in list(self._places.items()):
            item = wanted.get(ident)
            if item is None and place.begun and self._scheduler.wants(ident):
                continue  # whoever made this plan did not know yet that it was begun
            changed = item is None or (item.start, item.cue) != (place.item.start, place.item.cue)
            if item is None or (changed and (not place.begun or place.missed)):
                # What sounds already is faded out, what has not begun never begins.
                self._mixer.cut(ident, self.position + FADE if place.begun else place.frame)
                del self._places[ident]
            elif item.cut != place.item.cut:
                self._cut(item, place.frame)
                place.item = item
