"""One buffer that simpleaudio plays: cues at moments, and the samples that they come to. No clock, no device."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from kicktimer.sound.speaker.clips import RATE
from kicktimer.sound.speaker.mixer import FADE, LOUDEST, Mixer, silence

if TYPE_CHECKING:
    from kicktimer.sound.speaker.scheduler import ScheduledClip


class PlaybackBuffer:
    """One buffer that plays. It is written to while it does: what lies a moment ahead has not been taken yet."""

    def __init__(self, origin: float, frames: int) -> None:
        self.handle: Any = None
        self.stopped = False
        self.threads: frozenset[int] = frozenset()
        """Those that carry it."""
        self.turns = 0
        """How often they had waited when they last were seen to go on, which was then."""
        self.seen = origin
        self.origin = origin
        """The moment at which frame 0 is heard."""
        self.items: list[ScheduledClip] = []
        self.waiting: list[ScheduledClip] = []
        """Its cues that are still to come."""
        self.quieter = (LOUDEST, 0)
        """Up to that frame it is no louder than so: something else is heard."""
        self.buffer = bytearray(2 * frames)
        self._frames = frames
        self._mixer = Mixer()

    @property
    def end(self) -> float:
        return self.origin + self._frames / RATE

    def frame(self, moment: float) -> int:
        return round((moment - self.origin) * RATE)

    def place(self, item: ScheduledClip, frame: int) -> None:
        self.items.append(item)
        self.waiting.append(item)
        self._mixer.place(item.cue.id, frame, item.samples, speech=item.speech)
        if item.cut is not None:
            self._mixer.cut(item.cue.id, frame + round((item.cut - item.start) * RATE))

    def resume(self, item: ScheduledClip, frame: int, begun: int) -> None:
        """The rest of a cue, from its frame `begun` on, that another run leaves off at `frame`."""
        rest = item.samples[begun:]
        for step in range(min(FADE, len(rest))):
            rest[step] = rest[step] * step // FADE
        self.items.append(item)
        self._mixer.place(item.cue.id, frame, rest, speech=item.speech)
        if item.cut is not None:
            self._mixer.cut(item.cue.id, self.frame(item.cut))

    def drop(self, item: ScheduledClip, moment: float) -> None:
        """Nothing of it is heard from then on."""
        self._mixer.cut(item.cue.id, 0 if item.start >= moment else self.frame(moment))
        self.items.remove(item)

    def shorten(self, item: ScheduledClip, kept: ScheduledClip, moment: float) -> None:
        """Its end has come nearer."""
        self.items[self.items.index(item)] = kept
        if item in self.waiting:
            self.waiting[self.waiting.index(item)] = kept
        self._mixer.cut(item.cue.id, self.frame(moment))

    def peak(self, first: float, end: float) -> int:
        """The loudest that is heard between two moments."""
        begin, stop = (min(max(0, self.frame(moment)), self._frames) for moment in (first, end))
        return max(map(abs, self._mixer.render(begin, stop)), default=0)

    def hush(self) -> None:
        """Nothing more is heard of it than the device has taken already."""
        self.buffer[:] = bytes(len(self.buffer))

    def write(self, first: int, *, muted: bool) -> None:
        """Put what is to be heard into the buffer from a frame on."""
        first = min(max(0, first), self._frames)
        samples = silence(self._frames - first) if muted else self._mixer.render(first, self._frames)
        most, until = self.quieter
        if first < until:
            gain = min(1.0, most / max(1, *map(abs, samples[: until - first]), 1))
            samples[: until - first] = array("h", [int(value * gain) for value in samples[: until - first]])
        self.buffer[2 * first :] = samples.tobytes()
