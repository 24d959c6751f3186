"""The mixer: samples at exact frame positions, rendered in blocks of any size. No clock, no input or output.

A frame is one sample of one channel, 16 bits signed; positions count frames from 0. Always true: a clip placed at
frame f has its first sample at f; rendering [a, b) and [b, c) gives what [a, c) gives; a clip that sounds alone is
rendered as it is; where clips overlap, speech gives way to the others by 12 dB, and the sum bends softly below
`CEILING`, so that nothing clips or wraps and a cue keeps its level; where nothing sounds the samples are 0, and
rendering them costs next to nothing.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from itertools import pairwise

LOUDEST = 32767
SOFTEST = -32768
CEILING = 29204
"""-1 dBFS: overlapping clips never pass it. Some converters clip above, between the samples."""
KNEE = 20000
"""Sums up to here are exact. From here on they are bent."""
FADE = 240
"""Frames of the fade where a clip is cut: 5 ms at 48 kHz, enough to be no click."""
DUCKED = 0.25
"""What is left of speech under a cue."""
DUCK_DOWN = 480
"""Frames before a cue in which speech gives way: 10 ms at 48 kHz."""
DUCK_UP = 2400
"""Frames after a cue in which it comes back: 50 ms."""


def silence(frames: int) -> array[int]:
    return array("h", bytes(2 * frames))


def limited(total: int) -> int:
    """A sum of overlapping samples: as it is up to the knee, then ever closer to the ceiling."""
    over = abs(total) - KNEE
    if over <= 0:
        return total
    bent = KNEE + (CEILING - KNEE) * math.tanh(over / (CEILING - KNEE))
    return round(math.copysign(bent, total))


@dataclass(slots=True)
class _Placed:
    start: int
    samples: array[int]
    speech: bool
    heard: array[int] = field(init=False)
    """The samples, quieter under cues."""
    under: list[tuple[int, int]] = field(default_factory=list)
    """The cues that it gives way to, as [first, end), in order and apart."""

    def __post_init__(self) -> None:
        self.heard = self.samples

    @property
    def end(self) -> int:
        return self.start + len(self.samples)

    def give_way(self, cues: list[tuple[int, int]]) -> None:
        merged: list[tuple[int, int]] = []
        for first, end in cues:
            if first - DUCK_DOWN >= self.end or end + DUCK_UP <= self.start:
                continue
            if merged and first - merged[-1][1] < DUCK_DOWN + DUCK_UP:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((first, end))
        if merged == self.under:
            return
        self.under = merged
        self.heard = self.samples[:] if merged else self.samples
        for first, end in merged:
            self._scale(first - DUCK_DOWN, first, 1.0, DUCKED)
            self._scale(first, end, DUCKED, DUCKED)
            self._scale(end, end + DUCK_UP, DUCKED, 1.0)

    def _scale(self, first: int, end: int, gain: float, at_end: float) -> None:
        """Multiply [first, end) by a gain that changes evenly."""
        start, stop = max(first, self.start), min(end, self.end)
        if start >= stop:
            return
        step = (at_end - gain) / (end - first)
        own = slice(start - self.start, stop - self.start)
        place = start - first
        self.heard[own] = array("h", [int(v * (gain + step * i)) for i, v in enumerate(self.heard[own], place)])


class Mixer:
    """Clips by id at their frames."""

    def __init__(self) -> None:
        self._placed: dict[str, _Placed] = {}
        self._changed = False

    def place(self, ident: str, frame: int, samples: array[int], *, speech: bool = False) -> None:
        """Let `samples` start at exactly `frame`. The same id is replaced. Speech gives way to what is none."""
        self._placed[ident] = _Placed(frame, samples, speech)
        self._changed = True

    def cut(self, ident: str, frame: int) -> None:
        """End a clip at `frame`, with a short fade before it where it has begun. Unknown ids are passed over."""
        placed = self._placed.get(ident)
        if placed is None or frame >= placed.end:
            return
        self._changed = True
        if frame <= placed.start:
            del self._placed[ident]
            return
        kept = placed.samples[: frame - placed.start]
        length = min(FADE, len(kept))
        for step in range(length):
            kept[-1 - step] = kept[-1 - step] * step // length
        self._placed[ident] = _Placed(placed.start, kept, placed.speech)

    def forget(self, frame: int) -> None:
        """Drop what has ended by `frame`: nothing before it will be rendered again."""
        # Speech comes back for a moment after a cue's end: until then the cue is known.
        for ident in [ident for ident, placed in self._placed.items() if placed.end + DUCK_UP <= frame]:
            del self._placed[ident]

    def __contains__(self, ident: str) -> bool:
        return ident in self._placed

    @property
    def end(self) -> int:
        """The frame after which all is silent; 0 where nothing is placed."""
        return max((placed.end for placed in self._placed.values()), default=0)

    def render(self, first: int, end: int, ground: array[int] | None = None) -> array[int]:
        """The samples of the frames [first, end). `ground`, of the same length, is what is heard where no clip is."""
        block = silence(end - first) if ground is None else ground
        if self._changed:
            self._changed = False
            cues = sorted((each.start, each.end) for each in self._placed.values() if not each.speech)
            for placed in self._placed.values():
                if placed.speech:
                    placed.give_way(cues)
        sounding = [placed for placed in self._placed.values() if placed.start < end and placed.end > first]
        edges = {first, end} | {min(max(e, first), end) for each in sounding for e in (each.start, each.end)}
        for start, stop in pairwise(sorted(edges)):
            over = [
                each.heard[start - each.start : stop - each.start]
                for each in sounding
                if each.start <= start and stop <= each.end
            ]
            if len(over) == 1:
                block[start - first : stop - first] = over[0]
            elif over:
                sums = map(sum, zip(*over, strict=True))
                mixed = [total if -KNEE <= total <= KNEE else limited(total) for total in sums]
                block[start - first : stop - first] = array("h", mixed)
        return block
