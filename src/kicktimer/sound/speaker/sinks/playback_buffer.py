"""One buffer of samples that simpleaudio plays, with the clips in it. No clock and no device."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from kicktimer.sound.speaker.clips import RATE
from kicktimer.sound.speaker.mixer import FADE_FRAMES, MAX_SAMPLE, Mixer, silence

if TYPE_CHECKING:
    from kicktimer.sound.speaker.scheduler import ScheduledClip


class PlaybackBuffer:
    """A buffer that is written to while it plays: the device takes samples only a moment before they are heard."""

    def __init__(self, origin: float, frames: int) -> None:
        self.handle: Any = None
        """The library's object for the playback of this buffer."""
        self.stopped = False
        self.threads: frozenset[int] = frozenset()
        """The library's threads that play the buffer."""
        self.waits = 0
        """How often `threads` had waited when they last made progress."""
        self.progress_at = origin
        """The moment at which `threads` last made progress."""
        self.origin = origin
        """The moment at which frame 0 is heard."""
        self.items: list[ScheduledClip] = []
        """All clips in the buffer."""
        self.waiting: list[ScheduledClip] = []
        """The clips in the buffer that have not begun."""
        self.level_limit = (MAX_SAMPLE, 0)
        """(level, frame): before that frame no sample exceeds the level, because another buffer still sounds."""
        self.data = bytearray(2 * frames)
        """The samples, 16 bits each, as the library reads them."""
        self._frames = frames
        self._mixer = Mixer()

    @property
    def end(self) -> float:
        """The moment at which the buffer has been played."""
        return self.origin + self._frames / RATE

    def frame_at(self, moment: float) -> int:
        return round((moment - self.origin) * RATE)

    def place(self, item: ScheduledClip, frame: int) -> None:
        """Lets a clip start at `frame`. It is heard after the next `write`."""
        self.items.append(item)
        self.waiting.append(item)
        self._mixer.place(item.cue.id, frame, item.samples, speech=item.speech)
        if item.cut is not None:
            self._mixer.cut(item.cue.id, frame + round((item.cut - item.start) * RATE))

    def resume(self, item: ScheduledClip, frame: int, offset: int) -> None:
        """Continues at `frame` a clip that another buffer ends there, from the clip's own frame `offset` on."""
        rest = item.samples[offset:]
        for step in range(min(FADE_FRAMES, len(rest))):
            rest[step] = rest[step] * step // FADE_FRAMES
        self.items.append(item)
        self._mixer.place(item.cue.id, frame, rest, speech=item.speech)
        if item.cut is not None:
            self._mixer.cut(item.cue.id, self.frame_at(item.cut))

    def remove(self, item: ScheduledClip, moment: float) -> None:
        """Removes a clip that starts at `moment` or later, and fades out one that is playing then."""
        self._mixer.cut(item.cue.id, 0 if item.start >= moment else self.frame_at(moment))
        self.items.remove(item)

    def shorten(self, item: ScheduledClip, shorter: ScheduledClip, moment: float) -> None:
        """Replaces a clip by `shorter`, the same clip with an earlier cut, and ends it at `moment`."""
        self.items[self.items.index(item)] = shorter
        if item in self.waiting:
            self.waiting[self.waiting.index(item)] = shorter
        self._mixer.cut(item.cue.id, self.frame_at(moment))

    def peak(self, first: float, end: float) -> int:
        """Returns the highest level between two moments."""
        begin, stop = (min(max(0, self.frame_at(moment)), self._frames) for moment in (first, end))
        return max(map(abs, self._mixer.render(begin, stop)), default=0)

    def clear(self) -> None:
        """Overwrites the buffer with silence. What the device has taken already is still heard."""
        self.data[:] = bytes(len(self.data))

    def write(self, first: int, *, muted: bool) -> None:
        """Renders the clips into the buffer from the frame `first` on; silence if `muted`."""
        first = min(max(0, first), self._frames)
        samples = silence(self._frames - first) if muted else self._mixer.render(first, self._frames)
        level, until = self.level_limit
        if first < until:
            gain = min(1.0, level / max(1, *map(abs, samples[: until - first]), 1))
            samples[: until - first] = array("h", [int(value * gain) for value in samples[: until - first]])
        self.data[2 * first :] = samples.tobytes()
