"""Signal processing for the judge: the matched filter, and models of the mixer's ducking and limiter. All pure.

Signals are arrays of samples at the mixer's rate, in the range of 16 bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.sound_rig import SOUND_THRESHOLD
from kicktimer.sound.speaker.clips import RATE
from kicktimer.sound.speaker.mixer import DUCK_ATTACK_FRAMES, DUCK_GAIN, DUCK_RELEASE_FRAMES, KNEE, PEAK_LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence

PEAK_THRESHOLD = 0.6
"""A peak of the correlation is a candidate if it reaches this share of the highest one."""
MAX_PEAKS = 24
GAP_FRAMES = round(0.08 * RATE)
"""A shorter silence does not end a span of sound."""


def matched_filter(span: np.ndarray, clip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns, for each place in `span` where `clip` fits, their correlation (1: equal) and the relative amplitude."""
    product = correlate(span, clip)
    energy = float(np.dot(clip, clip))
    local = np.maximum(sliding_energy(span, len(clip)), 0.01 * energy)
    return product / np.sqrt(local * energy), product / energy


def correlate(span: np.ndarray, clip: np.ndarray) -> np.ndarray:
    """Returns, for each place in `span` where `clip` fits, the sum of the products of their samples."""
    size = 1 << (len(span) + len(clip) - 1).bit_length()
    return np.fft.irfft(np.fft.rfft(span, size) * np.conj(np.fft.rfft(clip, size)), size)[: len(span) - len(clip) + 1]


def sliding_energy(span: np.ndarray, length: int) -> np.ndarray:
    """Returns, for each place in `span`, the energy of the next `length` samples."""
    sums = np.concatenate(([0.0], np.cumsum(span.astype(np.float64) ** 2)))
    return sums[length:] - sums[: len(sums) - length]


def duck_gain(tones: Sequence[tuple[int, int]], length: int) -> np.ndarray:
    """Returns the gain of speech for each frame, as the mixer ducks it under tones; approximate between two tones."""
    back = DUCK_ATTACK_FRAMES + DUCK_RELEASE_FRAMES
    gain = np.ones(length, dtype=np.float32)
    for first, end in merge_spans(sorted((first, end + back) for first, end in tones)):
        edges = [first - DUCK_ATTACK_FRAMES, first, end - back, end - DUCK_ATTACK_FRAMES]
        gain = np.minimum(
            gain, np.interp(np.arange(length), edges, [1.0, DUCK_GAIN, DUCK_GAIN, 1.0]).astype(np.float32)
        )
    return gain


def best_placement(
    recorded: np.ndarray, rest: np.ndarray, clip: np.ndarray, correlation: np.ndarray, gain: np.ndarray
) -> int:
    """Returns the place of `clip`, among the peaks of the correlation, whose mix with `rest` fits the recording best.

    The limiter and the ducking distort overlapping sounds, so a tone or a vowel may correlate best some periods off its
    true place. `gain` is applied to the clip, frame by frame of the recording.
    """
    inner = correlation[1:-1]
    peaks = 1 + np.flatnonzero(
        (inner >= correlation[:-2]) & (inner > correlation[2:]) & (inner >= PEAK_THRESHOLD * correlation.max())
    )
    peaks = peaks[np.argsort(-correlation[peaks])][:MAX_PEAKS]

    def error(place: int) -> float:
        mixed = rest.copy()
        mixed[place : place + len(clip)] += clip * gain[place : place + len(clip)]
        return float(((recorded - limit(mixed)) ** 2).sum())

    if not len(peaks):
        return int(correlation.argmax())
    place = min((int(peak) for peak in peaks), key=error)
    return min(range(max(0, place - 4), min(len(correlation), place + 5)), key=error)


def limit(total: np.ndarray) -> np.ndarray:
    """Returns the sum of samples as the mixer's limiter shapes it."""
    over = np.maximum(np.abs(total) - KNEE, 0.0)
    room = PEAK_LIMIT - KNEE
    return np.where(over > 0.0, np.sign(total) * (KNEE + room * np.tanh(over / room)), total)


def merge_spans(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, end in spans:
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((first, end))
    return merged


def loud_spans(samples: np.ndarray) -> list[tuple[int, int]]:
    """Returns the spans (first frame, end) above the sound threshold; gaps shorter than `GAP_FRAMES` are bridged."""
    loud = np.flatnonzero(np.abs(samples) > SOUND_THRESHOLD)
    if not len(loud):
        return []
    breaks = np.flatnonzero(np.diff(loud) > GAP_FRAMES)
    starts = loud[np.concatenate(([0], breaks + 1))]
    ends = loud[np.concatenate((breaks, [len(loud) - 1]))]
    return [(int(first), int(end) + 1) for first, end in zip(starts, ends, strict=True)]
