"""The mixer: samples at exact frame positions, rendered in blocks of any size. No clock, no input or output.

A frame is one signed 16-bit sample of one channel. Positions count frames from 0. These statements always hold:
- A clip that is placed at frame f has its first sample at f.
- Rendering [a, b) and then [b, c) gives the same samples as rendering [a, c).
- A clip that sounds alone is rendered unchanged.
- Where speech overlaps other clips, it is ducked: its level is reduced by 12 dB. The sum of overlapping clips is
  limited softly below `PEAK_LIMIT`, so that nothing clips or wraps around, and a cue keeps its level.
- Where nothing sounds, the samples are 0, and rendering them costs almost nothing.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from itertools import pairwise

MAX_SAMPLE = 32767
MIN_SAMPLE = -32768
PEAK_LIMIT = 29204
"""The peak of the mix, -1 dBFS. Above it, some converters clip between the samples."""
KNEE = 20000
"""Sums up to this level are exact. Higher sums are compressed towards `PEAK_LIMIT`."""
FADE_FRAMES = 240
"""The length of the fade-out where a clip is cut: 5 ms at 48 kHz, long enough to avoid a click."""
DUCK_GAIN = 0.25
"""The gain of speech while a cue sounds, -12 dB."""
DUCK_ATTACK_FRAMES = 480
"""Before a cue, the gain of speech goes down over this many frames: 10 ms at 48 kHz."""
DUCK_RELEASE_FRAMES = 2400
"""After a cue, the gain of speech comes back over this many frames: 50 ms at 48 kHz."""


def silence(frames: int) -> array[int]:
    return array("h", bytes(2 * frames))


def soft_limit(total: int) -> int:
    """Limits a sum of samples: unchanged up to `KNEE`, and above it ever closer to `PEAK_LIMIT`."""
    over = abs(total) - KNEE
    if over <= 0:
        return total
    compressed = KNEE + (PEAK_LIMIT - KNEE) * math.tanh(over / (PEAK_LIMIT - KNEE))
    return round(math.copysign(compressed, total))


@dataclass(slots=True)
class _Placed:
    start: int
    samples: array[int]
    speech: bool
    ducked: array[int] = field(init=False)
    """The samples as they are mixed: with a lower gain where speech is ducked."""
    ducking: list[tuple[int, int]] = field(default_factory=list)
    """The spans [first, end) of the cues that this speech is ducked under: sorted and disjoint."""

    def __post_init__(self) -> None:
        self.ducked = self.samples

    @property
    def end(self) -> int:
        return self.start + len(self.samples)

    def duck(self, cues: list[tuple[int, int]]) -> None:
        """Ducks this clip under the cues with the spans [first, end), which are sorted."""
        merged: list[tuple[int, int]] = []
        for first, end in cues:
            if first - DUCK_ATTACK_FRAMES >= self.end or end + DUCK_RELEASE_FRAMES <= self.start:
                continue
            if merged and first - merged[-1][1] < DUCK_ATTACK_FRAMES + DUCK_RELEASE_FRAMES:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((first, end))
        if merged == self.ducking:
            return
        self.ducking = merged
        self.ducked = self.samples[:] if merged else self.samples
        for first, end in merged:
            self._scale(first - DUCK_ATTACK_FRAMES, first, 1.0, DUCK_GAIN)
            self._scale(first, end, DUCK_GAIN, DUCK_GAIN)
            self._scale(end, end + DUCK_RELEASE_FRAMES, DUCK_GAIN, 1.0)

    def _scale(self, first: int, end: int, gain: float, at_end: float) -> None:
        """Multiplies the frames [first, end) by a gain that changes linearly from `gain` to `at_end`."""
        start, stop = max(first, self.start), min(end, self.end)
        if start >= stop:
            return
        step = (at_end - gain) / (end - first)
        own = slice(start - self.start, stop - self.start)
        place = start - first
        self.ducked[own] = array("h", [int(v * (gain + step * i)) for i, v in enumerate(self.ducked[own], place)])


class Mixer:
    """Mixes clips that are placed at frames. Each clip has an id."""

    def __init__(self) -> None:
        self._placed: dict[str, _Placed] = {}
        self._changed = False

    def place(self, ident: str, frame: int, samples: array[int], *, speech: bool = False) -> None:
        """Lets `samples` start at exactly `frame`, in place of an earlier clip of this id.

        Clips with `speech` are ducked under the clips without it.
        """
        self._placed[ident] = _Placed(frame, samples, speech)
        self._changed = True

    def cut(self, ident: str, frame: int) -> None:
        """Ends a clip at `frame`, with a short fade-out before it; a clip that starts later is removed.

        Ids that are not known are ignored.
        """
        placed = self._placed.get(ident)
        if placed is None or frame >= placed.end:
            return
        self._changed = True
        if frame <= placed.start:
            del self._placed[ident]
            return
        kept = placed.samples[: frame - placed.start]
        length = min(FADE_FRAMES, len(kept))
        for step in range(length):
            kept[-1 - step] = kept[-1 - step] * step // length
        self._placed[ident] = _Placed(placed.start, kept, placed.speech)

    def forget(self, frame: int) -> None:
        """Removes the clips that have ended by `frame`. Frames before it must not be rendered again."""
        # A cue is kept until the gain of the speech around it is back at 1.
        for ident in [ident for ident, placed in self._placed.items() if placed.end + DUCK_RELEASE_FRAMES <= frame]:
            del self._placed[ident]

    def render(self, first: int, end: int, background: array[int] | None = None) -> array[int]:
        """Returns the samples of the frames [first, end).

        `background` has the same length and is heard where no clip sounds; it is modified and returned. By default it
        is silence.
        """
        block = silence(end - first) if background is None else background
        if self._changed:
            self._changed = False
            cues = sorted((each.start, each.end) for each in self._placed.values() if not each.speech)
            for placed in self._placed.values():
                if placed.speech:
                    placed.duck(cues)
        sounding = [placed for placed in self._placed.values() if placed.start < end and placed.end > first]
        edges = {first, end} | {min(max(e, first), end) for each in sounding for e in (each.start, each.end)}
        for start, stop in pairwise(sorted(edges)):
            over = [
                each.ducked[start - each.start : stop - each.start]
                for each in sounding
                if each.start <= start and stop <= each.end
            ]
            if len(over) == 1:
                block[start - first : stop - first] = over[0]
            elif over:
                sums = map(sum, zip(*over, strict=True))
                mixed = [total if -KNEE <= total <= KNEE else soft_limit(total) for total in sums]
                block[start - first : stop - first] = array("h", mixed)
        return block
