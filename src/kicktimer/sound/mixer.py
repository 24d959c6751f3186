"""The mixer: samples at exact frame positions, rendered in blocks of any size. No clock, no input or output.

A frame is one sample of one channel, 16 bits signed; positions count frames from 0. Always true: a clip placed at
frame f has its first sample at f; rendering [a, b) and [b, c) gives what [a, c) gives; overlapping clips are added
and saturate, they never wrap; where nothing sounds the samples are 0, and rendering them costs next to nothing.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

LOUDEST = 32767
SOFTEST = -32768
FADE = 240
"""Frames of the fade where a clip is cut: 5 ms at 48 kHz, enough to be no click."""


def silence(frames: int) -> array[int]:
    return array("h", bytes(2 * frames))


@dataclass(slots=True)
class _Placed:
    start: int
    samples: array[int]
    end: int


class Mixer:
    """Clips by id at their frames."""

    def __init__(self) -> None:
        self._placed: dict[str, _Placed] = {}

    def place(self, ident: str, frame: int, samples: array[int]) -> None:
        """Let `samples` start at exactly `frame`. The same id is replaced."""
        self._placed[ident] = _Placed(frame, samples, frame + len(samples))

    def cut(self, ident: str, frame: int) -> None:
        """End a clip at `frame`, with a short fade before it where it has begun. Unknown ids are passed over."""
        placed = self._placed.get(ident)
        if placed is None or frame >= placed.end:
            return
        if frame <= placed.start:
            del self._placed[ident]
            return
        kept = placed.samples[: frame - placed.start]
        length = min(FADE, len(kept))
        for step in range(length):
            kept[-1 - step] = kept[-1 - step] * step // length
        self._placed[ident] = _Placed(placed.start, kept, frame)

    def forget(self, frame: int) -> None:
        """Drop what has ended by `frame`: nothing before it will be rendered again."""
        for ident in [ident for ident, placed in self._placed.items() if placed.end <= frame]:
            del self._placed[ident]

    def __contains__(self, ident: str) -> bool:
        return ident in self._placed

    @property
    def end(self) -> int:
        """The frame after which all is silent; 0 where nothing is placed."""
        return max((placed.end for placed in self._placed.values()), default=0)

    def render(self, first: int, end: int) -> array[int]:
        """The samples of the frames [first, end)."""
        block = silence(end - first)
        filled = first  # before this frame the block may hold samples: only there is adding needed
        sounding = [placed for placed in self._placed.values() if placed.start < end and placed.end > first]
        for placed in sorted(sounding, key=lambda each: each.start):
            start, stop = max(placed.start, first), min(placed.end, end)
            shared = min(max(start, filled), stop)
            for frame in range(start, shared):
                total = block[frame - first] + placed.samples[frame - placed.start]
                block[frame - first] = min(max(total, SOFTEST), LOUDEST)
            block[shared - first : stop - first] = placed.samples[shared - placed.start : stop - placed.start]
            filled = max(filled, stop)
        return block
