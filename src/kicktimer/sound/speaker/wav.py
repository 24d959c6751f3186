"""Reads WAV files into 16-bit samples of one channel, and resamples them.

It supports 8, 16, 24 and 32 bits, floating point and µ-law, plain and "extensible" headers, up to 8 channels, and rates
from 4 to 192 kHz. The standard module `wave` supports neither floating point nor, before Python 3.12, the extensible
header that editors write for 24 bits. Files are limited to `MAX_BYTES` and `MAX_DURATION_S`.
"""

from __future__ import annotations

import struct
import sys
from array import array
from bisect import bisect_left
from functools import lru_cache
from itertools import pairwise
from math import cos, gcd, pi, sin
from operator import mul
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

MAX_BYTES = 8_000_000
MAX_DURATION_S = 10.0
PCM, FLOAT, MULAW, EXTENSIBLE = 1, 3, 7, 0xFFFE
TAPS = 16
"""The number of samples that a resampled one is computed from, unless the rate is lowered."""
MAX_PHASES = 1024
"""The maximum number of positions between two samples. If two rates would need more, the nearest one is used."""


class WavError(ValueError):
    """The file cannot be played. The message is part of a sentence for the user and says why."""


def read(path: Path) -> tuple[int, array[int]]:
    """Returns the rate and the samples of a file. Raises WavError or OSError."""
    with path.open("rb") as source:
        data = source.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise WavError(f"it is larger than {MAX_BYTES // 1_000_000} MB")
    return parse(data)


def parse(data: bytes) -> tuple[int, array[int]]:
    """Returns the rate and the samples of a file's content, mixed to one channel. Raises WavError."""
    form, channels, rate, width, sound = read_chunks(memoryview(data))
    if not 1 <= channels <= 8:
        raise WavError(f"it has {channels} channels")
    if not 4000 <= rate <= 192_000:
        raise WavError(f"it has {rate} frames a second")
    sound = sound[: len(sound) - len(sound) % (width * channels)]
    if not len(sound):
        raise WavError("there is no sound in it")
    if len(sound) > MAX_DURATION_S * rate * width * channels:
        raise WavError(f"it is longer than {MAX_DURATION_S:.0f} s")
    samples = _to_16_bits(bytes(sound), form, width)
    if channels > 1:
        each = [samples[channel::channels] for channel in range(channels)]
        samples = array("h", [total // channels for total in map(sum, zip(*each, strict=True))])
    return rate, samples


def read_chunks(data: memoryview) -> tuple[int, int, int, int, memoryview]:
    """Returns the format, the channels, the rate, the bytes of one sample, and the sound data. Raises WavError."""
    if data[:4].tobytes() != b"RIFF" or data[8:12].tobytes() != b"WAVE":
        raise WavError("it is no WAV file")
    header, sound, place = data[:0], None, 12
    while place + 8 <= len(data):
        name, size = data[place : place + 4].tobytes(), int.from_bytes(data[place + 4 : place + 8], "little")
        if name == b"fmt ":
            header = data[place + 8 : place + 8 + size]
        elif name == b"data":
            sound = data[
                place + 8 : place + 8 + size
            ]  # the size may be too large, as written by programs that write to a pipe
        place += 8 + size + size % 2
    if len(header) < 16:
        raise WavError("its header is not complete")
    if sound is None:
        raise WavError("there is no sound in it")
    form, channels, rate, _, _, bits = struct.unpack("<HHIIHH", header[:16])
    if form == EXTENSIBLE and len(header) >= 26:
        form = int.from_bytes(header[24:26], "little")
    width = (bits + 7) // 8
    if width not in {PCM: (1, 2, 3, 4), FLOAT: (4, 8), MULAW: (1,)}.get(form, ()):
        raise WavError(f"it holds sound of a kind that is not played here (format {form}, {bits} bits)")
    return form, channels, rate, width, sound


def _to_16_bits(data: bytes, form: int, width: int) -> array[int]:
    if form == MULAW:
        return array("h", map(mulaw_levels().__getitem__, data))
    if form == FLOAT:
        values = array("f" if width == 4 else "d", data)
        if sys.byteorder == "big":
            values.byteswap()
        return array("h", [_clamp(value * 32767.0) if value == value else 0 for value in values])  # noqa: PLR0124 - NaN
    if width == 1:  # the only unsigned width of WAV
        return array("h", [(byte - 128) << 8 for byte in data])
    kept = bytearray(2 * (len(data) // width))
    kept[0::2] = data[width - 2 :: width]  # little-endian: the two highest bytes are the last ones
    kept[1::2] = data[width - 1 :: width]
    samples = array("h", bytes(kept))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _clamp(value: float) -> int:
    return round(min(max(value, -32768.0), 32767.0))


@lru_cache(1)
def mulaw_levels() -> tuple[int, ...]:
    """Returns the sample that each byte of G.711 µ-law stands for."""
    found = []
    for byte in range(256):
        code = ~byte & 0xFF
        size = (((code & 15) << 3) + 132 << (code >> 4 & 7)) - 132
        found.append(-size if code & 128 else size)
    return tuple(found)


def encode_mulaw(samples: Iterable[int]) -> bytes:
    """Encodes each sample as the µ-law byte with the nearest value."""
    known = sorted((value, byte) for byte, value in enumerate(mulaw_levels()))
    values = [value for value, _ in known]
    middles = [(one + two) / 2 for one, two in pairwise(values)]
    return bytes(known[bisect_left(middles, sample)][1] for sample in samples)


def resample(samples: Sequence[int], rate: int, wanted: int) -> array[int]:
    """Converts samples from `rate` to the rate `wanted`, by windowed-sinc interpolation. Aliases stay below -50 dB.

    It takes about 50 ms for one second of sound.
    """
    if rate == wanted or not samples:
        return array("h", samples)
    divisor = gcd(rate, wanted)
    phases = min(wanted // divisor, MAX_PHASES)
    # For a lower rate, the kernel is wider in proportion, so that it suppresses aliases.
    size = TAPS if wanted >= rate else min(64, 2 * (TAPS * rate // wanted // 2))
    taps = sinc_kernel(phases, min(1.0, wanted / rate), size)
    around = array("h", bytes(size))  # size / 2 samples of two bytes each
    padded = around + array("h", samples) + around + around
    out = array("h", bytes(2 * (len(samples) * wanted // rate)))
    for index in range(len(out)):
        place, rest = divmod(index * rate, wanted)
        phase = (rest * phases + wanted // 2) // wanted
        if phase == phases:
            place, phase = place + 1, 0
        out[index] = _clamp(sum(map(mul, taps[phase], padded[place + 1 : place + 1 + size])))
    return out


@lru_cache(4)
def sinc_kernel(phases: int, cutoff: float, size: int) -> tuple[tuple[float, ...], ...]:
    """Returns, for each position between two samples, the weights of the `size` samples around it. Their sum is 1."""
    table = []
    half = size / 2
    for phase in range(phases):
        weights = []
        for tap in range(size):
            away = tap - (size // 2 - 1) - phase / phases
            x = pi * away * cutoff
            window = cos(pi * away / (2 * half)) ** 2 if abs(away) < half else 0.0
            weights.append((sin(x) / x if x else 1.0) * window)
        total = sum(weights)
        table.append(tuple(weight / total for weight in weights))
    return tuple(table)
