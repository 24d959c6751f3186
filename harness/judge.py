"""Holds a recording against what was wanted: each cue is looked for by a matched filter, and what is left is extra.

The filter is the normalised cross-correlation of the recording with the very samples that a cue means; of what
overlaps, the others are taken off first. `judge` is pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from harness.sound_rig import THRESHOLD
from kicktimer.sound.speaker.clips import RATE
from kicktimer.sound.speaker.mixer import DUCK_ATTACK_FRAMES, DUCK_GAIN, DUCK_RELEASE_FRAMES, KNEE, PEAK_LIMIT, Mixer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.expected_cues import Want
    from harness.sound_rig import Recording

FOUND = 0.6
"""The least correlation of a cue that is found."""
SPOKEN = 0.5
"""The same for speech, which is turned down under cues."""
AUDIBLE = 0.3
"""The least part of speech, by energy, that is heard beside tones where it is to be told by that."""
LOUD = 0.15
"""The least amplitude of a cue that is found, 1 being its own."""
NEARLY = 0.85
"""What is so much as like a cue as the best place may be its place, too."""
ALIKE = 0.6
MOST_PEAKS = 24
REACH = 0.06
"""Seconds on both sides in which a cue is looked for that has to be on time."""
SOON = 1.0
"""Seconds after its moment in which another is looked for."""
WAY = 0.25
"""Seconds that a cue may take which was handed over at the last moment, besides those that it may be late."""
TWINS = 0.001
"""The same sound twice within so many seconds is heard as one."""
WHOLE = 0.8
"""A long tone that is less alike may be one whose end is off."""
END = 0.4
"""The least correlation of such an end."""
HEAD = round(0.6 * RATE)
"""Frames of a long tone that tell where it begins."""
GAP = round(0.08 * RATE)
MARGIN = round(0.03 * RATE)


@dataclass(frozen=True, slots=True)
class Heard:
    """A cue where it was found. `offset` s after its moment: the way through the server is in it."""

    want: Want
    frame: int
    offset: float


@dataclass(slots=True)
class Verdict:
    """What became of the cues. Extra is a list of moments and what seems to be heard there."""

    heard: list[Heard] = field(default_factory=list)
    missing: list[Want] = field(default_factory=list)
    extra: list[tuple[float, str]] = field(default_factory=list)
    constant: float = float("nan")

    def without(self, unfit: Callable[[float], bool]) -> Verdict:
        """Only what falls in moments that say something. The constant is theirs."""
        left = Verdict(
            [each for each in self.heard if not unfit(each.want.at)],
            [each for each in self.missing if not unfit(each.at)],
            [each for each in self.extra if not unfit(each[0])],
        )
        left.constant = _median([each.offset for each in left.heard if each.want.kind == "timed"], self.constant)
        return left

    def errors(self) -> np.ndarray:
        """|onset - due - constant| of the cues that have to be on time, in seconds."""
        return np.array([abs(each.offset - self.constant) for each in self.heard if each.want.kind == "timed"])

    def starts_and_insides(self) -> tuple[np.ndarray, np.ndarray]:
        """Of simpleaudio's runs: where each one begins, from the median of these; where the rest is, from its run's."""
        timed = [each for each in self.heard if each.want.kind == "timed"]
        firsts, insides = [], []
        for number, run in groupby(sorted(timed, key=lambda each: (each.want.run, each.want.at)), lambda e: e.want.run):
            first, *rest = run
            if number:
                firsts.append(first.offset)
                insides += [abs(each.offset - first.offset) for each in rest]
        return np.abs(np.array(firsts) - _median(firsts, 0.0)), np.array(insides)


def judge(recording: Recording, wants: Sequence[Want], *, reach: float = REACH, soon: float = SOON) -> Verdict:
    """Find every cue. `reach` s on both sides of the constant a timed cue is looked for, `soon` s after it another."""
    ear = _Ear(recording)
    kept, twins = _apart(wants)
    rough = [_offset(ear, want) for want in kept if want.kind == "timed"]
    constant = _median([offset for offset in rough if offset is not None], 0.0)
    places = {want.id: round(recording.frame(want.at + constant)) for want in kept}
    sure = {want.id for want in kept if want.kind == "timed"}
    found: dict[str, int] = {}
    for turn in range(3):
        for want in kept:
            others = [
                (other, places[other.id])
                for other in kept
                if other is not want and abs(other.at - want.at) < 6.0 and (other.id in found or other.id in sure)
            ]
            after = reach if want.kind == "timed" else min(soon, want.item.grace + WAY, _until_again(want, kept))
            place = ear.find(want, recording.frame(want.at + constant), others, reach, after)
            found.pop(want.id, None)
            if place is not None:
                found[want.id] = places[want.id] = place
            elif turn:
                sure.discard(want.id)
        _in_order(kept, found, places)
    _side_by_side(ear, kept, found, constant, reach)
    verdict = Verdict()
    for want in kept:
        for each in (want, *twins[want.id]):
            if want.id in found:
                offset = recording.moment(found[want.id]) - each.at
                verdict.heard.append(Heard(each, found[want.id], offset))
            elif each.kind != "free" and f"{each.id}?" not in found:  # where it was to be before, it was heard
                verdict.missing.append(each)
    verdict.constant = _median([each.offset for each in verdict.heard if each.want.kind == "timed"], constant)
    verdict.extra = ear.extra(kept, found, twins, verdict.constant)
    return verdict


def _apart(wants: Sequence[Want]) -> tuple[list[Want], dict[str, list[Want]]]:
    """One of each that is heard as one, and for each the others."""
    kept: list[Want] = []
    twins: dict[str, list[Want]] = {}
    for want in sorted(wants, key=lambda each: each.at):
        twin = next(
            (
                each
                for each in reversed(kept[-12:])
                if each.item.sound is want.item.sound and want.at - each.at < TWINS and each.kind == want.kind
            ),
            None,
        )
        if twin is None:
            kept.append(want)
            twins[want.id] = []
        else:
            twins[twin.id].append(want)
    return kept, twins


def _until_again(want: Want, kept: Sequence[Want]) -> float:
    """Seconds until the same sound is wanted again: what is heard then is not this one, come late."""
    again = [each.at - want.at for each in kept if each.item.sound is want.item.sound and each.at > want.at]
    return max(REACH, min(again, default=float("inf")) - REACH)


def _in_order(kept: Sequence[Want], found: dict[str, int], places: dict[str, int]) -> None:
    """Of the same sound twice, the earlier is the one that was wanted earlier."""
    for number, want in enumerate(kept):
        for other in kept[number + 1 : number + 12]:
            alike = want.item.sound is other.item.sound and want.id in found and other.id in found
            if alike and found[other.id] < found[want.id]:
                found[want.id], found[other.id] = found[other.id], found[want.id]
                places[want.id], places[other.id] = found[want.id], found[other.id]


def _side_by_side(ear: _Ear, kept: Sequence[Want], found: dict[str, int], constant: float, reach: float) -> None:
    """Tones that overlap are bent together, and neither is like itself any more: they are looked for as one sound.

    They are found so where that explains what is heard better than what was found of them.
    """
    tones = [want for want in kept if want.kind == "timed" and not want.item.speech]
    for want in tones:
        length = len(ear.clip(want)) / RATE
        beside = [each for each in tones if each is not want and abs(each.at - want.at) < length]
        if not beside:
            continue
        together = [want, *beside]
        first = min(each.at for each in together)
        whole = {each.id: round((each.at - first) * RATE) for each in together}
        place = ear.place_of(together, whole, first + constant, reach)
        if place is None:
            continue
        whole = {ident: place + offset for ident, offset in whole.items()}
        single = {each.id: found[each.id] for each in together if each.id in found}
        if ear.left(together, whole, first + constant) < 0.999 * ear.left(together, single, first + constant):
            found |= whole


def _offset(ear: _Ear, want: Want) -> float | None:
    """Where a cue seems to be, seen from its moment; None where it is not clear."""
    place = ear.find(want, ear.recording.frame(want.at), [], 0.2, 0.2)
    return None if place is None else ear.recording.moment(place) - want.at


def _median(values: Sequence[float], otherwise: float) -> float:
    return float(np.median(values)) if len(values) else otherwise


class _Ear:
    """The recording, and the samples that cues mean."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._clips: dict[tuple[int, int], np.ndarray] = {}

    def clip(self, want: Want) -> np.ndarray:
        """Its samples, as far as they are wanted."""
        item = want.item
        length = item.frames if item.cut is None else max(0, min(item.frames, round((item.cut - item.start) * RATE)))
        key = (id(item.sound), length)
        if key not in self._clips:
            self._clips[key] = np.frombuffer(item.samples, dtype=np.int16)[:length].astype(np.float32)
        return self._clips[key]

    def _span(self, first: int, length: int) -> np.ndarray:
        samples = self.recording.samples
        span = np.zeros(length, dtype=np.float32)
        start, stop = max(0, first), min(len(samples), first + length)
        if start < stop:
            span[start - first : stop - first] = samples[start:stop]
        return span

    def _sum(self, wants: Sequence[Want], places: dict[str, int], begin: int, length: int) -> np.ndarray:
        """What these come to where they are placed."""
        total = np.zeros(length, dtype=np.float32)
        for want in wants:
            if want.id in places:
                clip, at = self.clip(want), places[want.id] - begin
                start, stop = max(0, at), min(length, at + len(clip))
                if start < stop:
                    total[start:stop] += clip[start - at : stop - at]
        return bent(total)

    def place_of(self, wants: Sequence[Want], offsets: dict[str, int], at: float, reach: float) -> int | None:
        """The frame at which these together begin, `reach` s from that moment at most; None: they are not heard."""
        length = max(offsets[want.id] + len(self.clip(want)) for want in wants)
        first = round(self.recording.frame(at) - reach * RATE)
        heard = self._span(first, length + round(2 * reach * RATE))
        likeness = self._likeness(heard, self._sum(wants, offsets, 0, length))
        best = int(likeness.argmax())
        return first + best if likeness[best] >= FOUND else None

    def left(self, wants: Sequence[Want], places: dict[str, int], at: float) -> float:
        """How much of what is heard from that moment on is not explained by these at their places."""
        begin = round(self.recording.frame(at)) - MARGIN
        length = round((max(want.at for want in wants) - min(want.at for want in wants)) * RATE)
        length += 2 * MARGIN + max(len(self.clip(want)) for want in wants)
        rest = self._span(begin, length) - self._sum(wants, places, begin, length)
        return float((rest.astype(np.float64) ** 2).sum())

    @staticmethod
    def _likeness(heard: np.ndarray, clip: np.ndarray) -> np.ndarray:
        """How like the clip it is, place by place; 0 where that is too soft."""
        likeness, amplitude = matched(heard, clip)
        return np.where(amplitude >= LOUD, likeness, 0.0)

    @staticmethod
    def _beside(heard: np.ndarray, alone: np.ndarray, clip: np.ndarray) -> np.ndarray:
        """How like speech it is where nothing else sounds: under tones it is turned down, and they are bent with it.

        0 where less than `AUDIBLE` of its energy would be heard so, or it is too soft.
        """
        energy, squares = float(np.dot(clip, clip)), correlated(alone, clip**2)
        local = np.maximum(_running(heard, len(clip)), 0.01 * energy)
        clear = np.maximum(squares, AUDIBLE * energy)
        product = correlated(heard, clip)
        return np.where((squares >= clear) & (product >= LOUD * clear), product / np.sqrt(local * clear), 0.0)

    def find(
        self, want: Want, frame: float, others: Sequence[tuple[Want, int]], reach: float, after: float
    ) -> int | None:
        """The frame at which it begins, from `reach` s before `frame` to `after` s after it; None: it is not heard."""
        clip = self.clip(want)
        if len(clip) < RATE // 100:
            return None
        first = round(frame - reach * RATE)
        heard = self._span(first, round((reach + after) * RATE) + len(clip))
        rest, alone = np.zeros_like(heard), np.ones_like(heard)
        tones = [
            (place - first, place - first + len(self.clip(each))) for each, place in others if not each.item.speech
        ]
        ducked = _ducked(tones, len(heard))
        for other, place in others:
            samples = self.clip(other)
            start, stop = max(place, first), min(place + len(samples), first + len(heard))
            if start < stop:
                gain = ducked[start - first : stop - first] if other.item.speech else 1.0
                rest[start - first : stop - first] += samples[start - place : stop - place] * gain
                alone[start - first : stop - first] = 0.0
        least = SPOKEN if want.item.speech else FOUND
        likeness = self._likeness(heard - rest, clip)
        if want.item.speech and not alone.all():
            likeness = np.maximum(likeness, self._beside(heard * alone, alone, clip))
        if likeness.max() < WHOLE and len(clip) > HEAD and not want.item.speech:
            # Where simpleaudio's next buffer carries a tone on, its end is some periods off.
            length = round((reach + after) * RATE) + HEAD
            by_head = self._likeness((heard - rest)[:length], clip[:HEAD])
            begin = int(by_head.argmax()) + HEAD - MARGIN
            end = (heard - rest)[begin : begin + len(clip) - HEAD + 2 * MARGIN]
            if by_head.max() > likeness.max() and self._likeness(end, clip[HEAD:]).max(initial=0.0) >= END:
                clip, likeness, heard, rest = clip[:HEAD], by_head, heard[:length], rest[:length]
        best = int(likeness.argmax())
        if likeness[best] < least:
            return None
        if want.kind != "timed":
            # The same may be heard once more soon after: as good as the best, and the nearest.
            good = np.flatnonzero(likeness >= NEARLY * likeness[best])
            nearest, best = -1, int(good[np.abs(good - reach * RATE).argmin()])
            while nearest != best:
                nearest, begin = best, max(0, best - MARGIN)
                best = begin + int(likeness[begin : nearest + MARGIN].argmax())
            likeness[: max(0, best - MARGIN)] = likeness[best + MARGIN :] = 0.0
        if rest[best : best + len(clip)].any():
            best = _best(heard, rest, clip, likeness, ducked if want.item.speech else np.ones_like(ducked))
        return first + best

    def extra(
        self, kept: Sequence[Want], found: dict[str, int], twins: dict[str, list[Want]], constant: float
    ) -> list[tuple[float, str]]:
        """Sound that no cue explains: outside of all cues anything, inside of them what is a cue of its own."""
        mixer = Mixer()
        covered = np.zeros(len(self.recording.samples), dtype=bool)
        for want in kept:
            length = len(self.clip(want))
            place = found.get(want.id)
            if place is None:
                if want.kind == "free":  # it may have been cut short
                    place = round(self.recording.frame(want.at + constant))
                    covered[max(0, place - MARGIN) : max(0, place + length + round(SOON * RATE))] = True
                continue
            sounding = want.item.frames if want.item.speech else length  # what is cut short goes on for a moment
            covered[max(0, place - MARGIN) : max(0, place + sounding + MARGIN)] = True
            for number in range(1 + len(twins[want.id])):
                mixer.place(f"{want.id}/{number}", place, want.item.samples[:length], speech=want.item.speech)
        rest = self.recording.samples.astype(np.float32)
        edges = sorted(
            (place, place + len(self.clip(want))) for want in kept if (place := found.get(want.id)) is not None
        )
        for first, end in _merged(edges):
            first, end = max(0, first), min(len(rest), end)  # noqa: PLW2901
            rest[first:end] -= np.frombuffer(mixer.render(first, end), dtype=np.int16)
        result = []
        known = {want.item.cue.cue: self.clip(want) for want in kept if not want.item.speech}
        for first, end in _loud(rest):
            name, place = self._named(rest, first, end, known)
            outside = ~covered[first:end] & (np.abs(rest[first:end]) > THRESHOLD)
            if name or outside.sum() > RATE // 1000:
                place = place if name else first + int(outside.argmax())
                result.append((self.recording.moment(place), name or "something"))
        return result

    @staticmethod
    def _named(rest: np.ndarray, first: int, end: int, known: dict[str, np.ndarray]) -> tuple[str, int]:
        """The cue that a stretch sounds like and where it begins there, ("", …) for none."""
        best, name, place = FOUND, "", first
        begin = max(0, first - MARGIN)
        for cue, clip in known.items():
            span = rest[begin : end + MARGIN]
            if len(span) < len(clip):
                span = np.concatenate((span, np.zeros(len(clip) - len(span) + 1, dtype=np.float32)))
            likeness, amplitude = matched(span, clip)
            likeness = np.where(amplitude >= 0.4, likeness, 0.0)
            if likeness.max() > best:
                best, name, place = float(likeness.max()), cue, begin + int(likeness.argmax())
        return name, place


def matched(span: np.ndarray, clip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each place in `span` where `clip` fits: how alike they are there (1: the same), and how loud it is."""
    product = correlated(span, clip)
    energy = float(np.dot(clip, clip))
    local = np.maximum(_running(span, len(clip)), 0.01 * energy)
    return product / np.sqrt(local * energy), product / energy


def correlated(span: np.ndarray, clip: np.ndarray) -> np.ndarray:
    """For each place in `span` where `clip` fits: the sum of their products."""
    size = 1 << (len(span) + len(clip) - 1).bit_length()
    return np.fft.irfft(np.fft.rfft(span, size) * np.conj(np.fft.rfft(clip, size)), size)[: len(span) - len(clip) + 1]


def _running(span: np.ndarray, length: int) -> np.ndarray:
    """The energy of so many samples, from each place in `span` on."""
    sums = np.concatenate(([0.0], np.cumsum(span.astype(np.float64) ** 2)))
    return sums[length:] - sums[: len(sums) - length]


def _ducked(tones: Sequence[tuple[int, int]], length: int) -> np.ndarray:
    """What the mixer leaves of speech under tones, frame by frame; it may differ a little between two tones."""
    back = DUCK_ATTACK_FRAMES + DUCK_RELEASE_FRAMES
    gain = np.ones(length, dtype=np.float32)
    for first, end in _merged(sorted((first, end + back) for first, end in tones)):
        edges = [first - DUCK_ATTACK_FRAMES, first, end - back, end - DUCK_ATTACK_FRAMES]
        gain = np.minimum(
            gain, np.interp(np.arange(length), edges, [1.0, DUCK_GAIN, DUCK_GAIN, 1.0]).astype(np.float32)
        )
    return gain


def _best(heard: np.ndarray, rest: np.ndarray, clip: np.ndarray, likeness: np.ndarray, gain: np.ndarray) -> int:
    """Where `clip` is, of the places that are much alike: the one that explains best what is heard with the rest.

    What overlaps is bent where it would be too loud, and speech is turned down: a tone or a vowel is then most like
    itself some periods off. `gain` is what is left of the clip, frame by frame of what is heard.
    """
    inner = likeness[1:-1]
    peaks = 1 + np.flatnonzero((inner >= likeness[:-2]) & (inner > likeness[2:]) & (inner >= ALIKE * likeness.max()))
    peaks = peaks[np.argsort(-likeness[peaks])][:MOST_PEAKS]

    def error(place: int) -> float:
        mixed = rest.copy()
        mixed[place : place + len(clip)] += clip * gain[place : place + len(clip)]
        return float(((heard - bent(mixed)) ** 2).sum())

    if not len(peaks):
        return int(likeness.argmax())
    place = min((int(peak) for peak in peaks), key=error)
    return min(range(max(0, place - 4), min(len(likeness), place + 5)), key=error)


def bent(total: np.ndarray) -> np.ndarray:
    """The mixer's limit of what adds up."""
    over = np.maximum(np.abs(total) - KNEE, 0.0)
    room = PEAK_LIMIT - KNEE
    return np.where(over > 0.0, np.sign(total) * (KNEE + room * np.tanh(over / room)), total)


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, end in spans:
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((first, end))
    return merged


def _loud(samples: np.ndarray) -> list[tuple[int, int]]:
    """Stretches that are not silent."""
    loud = np.flatnonzero(np.abs(samples) > THRESHOLD)
    if not len(loud):
        return []
    breaks = np.flatnonzero(np.diff(loud) > GAP)
    starts = loud[np.concatenate(([0], breaks + 1))]
    ends = loud[np.concatenate((breaks, [len(loud) - 1]))]
    return [(int(first), int(end) + 1) for first, end in zip(starts, ends, strict=True)]
