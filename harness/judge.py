"""Compares a recording with the cues that are expected in it: which are detected, missing, late, or extra.

Each expected cue is located by a matched filter: the normalised cross-correlation of the recording with the samples of
that cue, after the other cues that overlap it have been subtracted. Sound that remains in the residual, after all
detected cues have been subtracted, is extra. `judge` is pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from harness.matched_filter import (
    best_placement,
    correlate,
    duck_gain,
    limit,
    loud_spans,
    matched_filter,
    merge_spans,
    sliding_energy,
)
from harness.sound_rig import SOUND_THRESHOLD
from kicktimer.sound.speaker.clips import RATE
from kicktimer.sound.speaker.mixer import Mixer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.expected_cues import ExpectedCue
    from harness.sound_rig import Recording

MIN_CORRELATION = 0.6
"""The correlation from which a tone counts as detected."""
MIN_SPEECH_CORRELATION = 0.5
"""The correlation from which speech counts as detected. It is lower, because the mixer ducks speech under tones."""
MIN_CLEAR_ENERGY = 0.3
"""The least share of the energy of speech that must be clear of tones to detect it by its clear parts alone."""
MIN_AMPLITUDE = 0.15
"""The amplitude, relative to the expected one, from which a cue counts as detected."""
NEAR_BEST = 0.85
"""A place whose correlation is at least this share of the best one may be the place of the cue, too."""
SEARCH_S = 0.06
"""A timed cue is searched for within this time on both sides of its expected time."""
LATE_SEARCH_S = 1.0
"""A cue that is not timed is searched for within this time after its expected time."""
HANDOVER_SLACK_S = 0.25
"""The delay of a cue that was handed over at the last moment, in addition to the lateness that its kind allows."""
TWIN_S = 0.001
"""Two equal sounds within this time are heard as one."""
WHOLE_TONE_CORRELATION = 0.8
"""A long tone with a lower correlation may be one whose end is displaced: it is then located by its head."""
MIN_END_CORRELATION = 0.4
"""The least correlation of such a displaced end."""
HEAD_FRAMES = round(0.6 * RATE)
"""The length of the head of a long tone."""
MARGIN_FRAMES = round(0.03 * RATE)


@dataclass(frozen=True, slots=True)
class DetectedCue:
    """An expected cue and where it begins: at `frame`, `offset` s after its expected time (server latency included)."""

    expected: ExpectedCue
    frame: int
    offset: float


@dataclass(slots=True)
class Verdict:
    """The result of a comparison.

    `extra` holds the time of each unexpected sound with the name of the cue that it resembles, or "something".
    `latency` is the median offset of the timed cues, in seconds: what the sound server takes.
    """

    detected: list[DetectedCue] = field(default_factory=list)
    missing: list[ExpectedCue] = field(default_factory=list)
    extra: list[tuple[float, str]] = field(default_factory=list)
    latency: float = float("nan")

    def without(self, unfit: Callable[[float], bool]) -> Verdict:
        """Returns a verdict without the times for which `unfit` is true, and with the latency of the rest."""
        kept = Verdict(
            [each for each in self.detected if not unfit(each.expected.at)],
            [each for each in self.missing if not unfit(each.at)],
            [each for each in self.extra if not unfit(each[0])],
        )
        kept.latency = _median([each.offset for each in kept.detected if each.expected.kind == "timed"], self.latency)
        return kept

    def errors(self) -> np.ndarray:
        """Returns |offset - latency| of each detected timed cue, in seconds."""
        return np.array([abs(each.offset - self.latency) for each in self.detected if each.expected.kind == "timed"])

    def run_errors(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns the timing errors of simpleaudio's playback buffers, in seconds.

        First the errors of their starts, against the median start; then those of the other cues in each buffer,
        against the first cue in it.
        """
        timed = [each for each in self.detected if each.expected.kind == "timed"]
        firsts, insides = [], []
        for number, run in groupby(
            sorted(timed, key=lambda each: (each.expected.run, each.expected.at)), lambda e: e.expected.run
        ):
            first, *rest = run
            if number:
                firsts.append(first.offset)
                insides += [abs(each.offset - first.offset) for each in rest]
        return np.abs(np.array(firsts) - _median(firsts, 0.0)), np.array(insides)


def judge(
    recording: Recording,
    expected_cues: Sequence[ExpectedCue],
    *,
    search_s: float = SEARCH_S,
    late_search_s: float = LATE_SEARCH_S,
) -> Verdict:
    """Locates every expected cue in the recording, and reports what is missing and what is extra.

    Three passes: each subtracts the cues located by the pass before. The search windows are relative to the latency.
    """
    detector = _Detector(recording)
    kept, twins = _merge_twins(expected_cues)
    rough = [_rough_offset(detector, expected) for expected in kept if expected.kind == "timed"]
    latency = _median([offset for offset in rough if offset is not None], 0.0)
    places = {expected.id: round(recording.frame_at(expected.at + latency)) for expected in kept}
    sure = {expected.id for expected in kept if expected.kind == "timed"}
    found: dict[str, int] = {}
    for turn in range(3):
        for expected in kept:
            others = [
                (other, places[other.id])
                for other in kept
                if other is not expected
                and abs(other.at - expected.at) < 6.0
                and (other.id in found or other.id in sure)
            ]
            after = (
                search_s
                if expected.kind == "timed"
                else min(late_search_s, expected.clip.grace + HANDOVER_SLACK_S, _time_to_next(expected, kept))
            )
            place = detector.find(expected, recording.frame_at(expected.at + latency), others, search_s, after)
            found.pop(expected.id, None)
            if place is not None:
                found[expected.id] = places[expected.id] = place
            elif turn:
                sure.discard(expected.id)
        _swap_out_of_order(kept, found, places)
    _refine_overlapping_tones(detector, kept, found, latency, search_s)
    verdict = Verdict()
    for expected in kept:
        for each in (expected, *twins[expected.id]):
            if expected.id in found:
                offset = recording.time_of(found[expected.id]) - each.at
                verdict.detected.append(DetectedCue(each, found[expected.id], offset))
            elif each.kind != "optional" and f"{each.id}?" not in found:  # not detected at its earlier time either
                verdict.missing.append(each)
    verdict.latency = _median([each.offset for each in verdict.detected if each.expected.kind == "timed"], latency)
    verdict.extra = detector.extra(kept, found, twins, verdict.latency)
    return verdict


def _merge_twins(expected_cues: Sequence[ExpectedCue]) -> tuple[list[ExpectedCue], dict[str, list[ExpectedCue]]]:
    """Returns the cues without twins, and for each kept cue its twins: equal sounds that are heard as one."""
    kept: list[ExpectedCue] = []
    twins: dict[str, list[ExpectedCue]] = {}
    for expected in sorted(expected_cues, key=lambda each: each.at):
        twin = next(
            (
                each
                for each in reversed(kept[-12:])
                if each.clip.sound is expected.clip.sound
                and expected.at - each.at < TWIN_S
                and each.kind == expected.kind
            ),
            None,
        )
        if twin is None:
            kept.append(expected)
            twins[expected.id] = []
        else:
            twins[twin.id].append(expected)
    return kept, twins


def _time_to_next(expected: ExpectedCue, kept: Sequence[ExpectedCue]) -> float:
    """Returns the seconds until the same sound is expected again, when it can no longer be this cue, late."""
    again = [each.at - expected.at for each in kept if each.clip.sound is expected.clip.sound and each.at > expected.at]
    return max(SEARCH_S, min(again, default=float("inf")) - SEARCH_S)


def _swap_out_of_order(kept: Sequence[ExpectedCue], found: dict[str, int], places: dict[str, int]) -> None:
    """Swaps the places of two equal sounds that were located in the wrong order."""
    for number, expected in enumerate(kept):
        for other in kept[number + 1 : number + 12]:
            alike = expected.clip.sound is other.clip.sound and expected.id in found and other.id in found
            if alike and found[other.id] < found[expected.id]:
                found[expected.id], found[other.id] = found[other.id], found[expected.id]
                places[expected.id], places[other.id] = found[expected.id], found[other.id]


def _refine_overlapping_tones(
    detector: _Detector, kept: Sequence[ExpectedCue], found: dict[str, int], latency: float, search_s: float
) -> None:
    """Locates overlapping tones as one sound, and keeps these places if they leave less residual energy.

    The limiter distorts a sum of tones, so each of them alone correlates less well.
    """
    tones = [expected for expected in kept if expected.kind == "timed" and not expected.clip.speech]
    for expected in tones:
        length = len(detector.samples_of(expected)) / RATE
        beside = [each for each in tones if each is not expected and abs(each.at - expected.at) < length]
        if not beside:
            continue
        together = [expected, *beside]
        first = min(each.at for each in together)
        whole = {each.id: round((each.at - first) * RATE) for each in together}
        place = detector.locate_together(together, whole, first + latency, search_s)
        if place is None:
            continue
        whole = {ident: place + offset for ident, offset in whole.items()}
        single = {each.id: found[each.id] for each in together if each.id in found}
        if detector.residual_energy(together, whole, first + latency) < 0.999 * detector.residual_energy(
            together, single, first + latency
        ):
            found |= whole


def _rough_offset(detector: _Detector, expected: ExpectedCue) -> float | None:
    """Returns the offset of a cue found without regard to others, in seconds; None if it is not detected."""
    place = detector.find(expected, detector.recording.frame_at(expected.at), [], 0.2, 0.2)
    return None if place is None else detector.recording.time_of(place) - expected.at


def _median(values: Sequence[float], otherwise: float) -> float:
    return float(np.median(values)) if len(values) else otherwise


class _Detector:
    """Searches a recording for the samples of cues."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._clips: dict[tuple[int, int], np.ndarray] = {}

    def samples_of(self, expected: ExpectedCue) -> np.ndarray:
        """Returns the samples of a cue, up to the point where it is cut."""
        item = expected.clip
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

    def _sum(self, expected_cues: Sequence[ExpectedCue], places: dict[str, int], begin: int, length: int) -> np.ndarray:
        """Returns the mix of the placed cues, in `length` frames from the frame `begin` on."""
        total = np.zeros(length, dtype=np.float32)
        for expected in expected_cues:
            if expected.id in places:
                clip, at = self.samples_of(expected), places[expected.id] - begin
                start, stop = max(0, at), min(length, at + len(clip))
                if start < stop:
                    total[start:stop] += clip[start - at : stop - at]
        return limit(total)

    def locate_together(
        self, expected_cues: Sequence[ExpectedCue], offsets: dict[str, int], at: float, search_s: float
    ) -> int | None:
        """Returns the frame at which the mix of the cues begins, within `search_s` of the time `at`; None: nowhere."""
        length = max(offsets[expected.id] + len(self.samples_of(expected)) for expected in expected_cues)
        first = round(self.recording.frame_at(at) - search_s * RATE)
        recorded = self._span(first, length + round(2 * search_s * RATE))
        correlation = self._correlate_tone(recorded, self._sum(expected_cues, offsets, 0, length))
        best = int(correlation.argmax())
        return first + best if correlation[best] >= MIN_CORRELATION else None

    def residual_energy(self, expected_cues: Sequence[ExpectedCue], places: dict[str, int], at: float) -> float:
        """Returns the energy of the recording around the time `at` after the placed cues have been subtracted."""
        begin = round(self.recording.frame_at(at)) - MARGIN_FRAMES
        length = round(
            (max(expected.at for expected in expected_cues) - min(expected.at for expected in expected_cues)) * RATE
        )
        length += 2 * MARGIN_FRAMES + max(len(self.samples_of(expected)) for expected in expected_cues)
        rest = self._span(begin, length) - self._sum(expected_cues, places, begin, length)
        return float((rest.astype(np.float64) ** 2).sum())

    @staticmethod
    def _correlate_tone(recorded: np.ndarray, clip: np.ndarray) -> np.ndarray:
        """Returns the correlation with `clip` for each place in `recorded`, 0 where the amplitude is too low."""
        correlation, amplitude = matched_filter(recorded, clip)
        return np.where(amplitude >= MIN_AMPLITUDE, correlation, 0.0)

    @staticmethod
    def _correlate_clear_parts(recorded: np.ndarray, alone: np.ndarray, clip: np.ndarray) -> np.ndarray:
        """Returns the correlation with speech for each place, computed only where no tone sounds (`alone` is 1).

        Under tones speech is ducked and distorted by the limiter. The correlation is 0 where less than
        `MIN_CLEAR_ENERGY` of the speech is clear of tones, or where its amplitude is too low.
        """
        energy, squares = float(np.dot(clip, clip)), correlate(alone, clip**2)
        local = np.maximum(sliding_energy(recorded, len(clip)), 0.01 * energy)
        clear = np.maximum(squares, MIN_CLEAR_ENERGY * energy)
        product = correlate(recorded, clip)
        return np.where((squares >= clear) & (product >= MIN_AMPLITUDE * clear), product / np.sqrt(local * clear), 0.0)

    def find(
        self,
        expected: ExpectedCue,
        frame: float,
        others: Sequence[tuple[ExpectedCue, int]],
        search_s: float,
        after: float,
    ) -> int | None:
        """Returns the frame at which a cue begins, from `search_s` before `frame` to `after` s later; None: nowhere.

        `others` are cues that may overlap it, with their places.
        """
        clip = self.samples_of(expected)
        if len(clip) < RATE // 100:
            return None
        first = round(frame - search_s * RATE)
        recorded = self._span(first, round((search_s + after) * RATE) + len(clip))
        rest, alone = np.zeros_like(recorded), np.ones_like(recorded)
        tones = [
            (place - first, place - first + len(self.samples_of(each)))
            for each, place in others
            if not each.clip.speech
        ]
        ducked = duck_gain(tones, len(recorded))
        for other, place in others:
            samples = self.samples_of(other)
            start, stop = max(place, first), min(place + len(samples), first + len(recorded))
            if start < stop:
                gain = ducked[start - first : stop - first] if other.clip.speech else 1.0
                rest[start - first : stop - first] += samples[start - place : stop - place] * gain
                alone[start - first : stop - first] = 0.0
        least = MIN_SPEECH_CORRELATION if expected.clip.speech else MIN_CORRELATION
        correlation = self._correlate_tone(recorded - rest, clip)
        if expected.clip.speech and not alone.all():
            correlation = np.maximum(correlation, self._correlate_clear_parts(recorded * alone, alone, clip))
        if correlation.max() < WHOLE_TONE_CORRELATION and len(clip) > HEAD_FRAMES and not expected.clip.speech:
            # Where a tone continues in simpleaudio's next buffer, its end is displaced by some periods.
            length = round((search_s + after) * RATE) + HEAD_FRAMES
            by_head = self._correlate_tone((recorded - rest)[:length], clip[:HEAD_FRAMES])
            begin = int(by_head.argmax()) + HEAD_FRAMES - MARGIN_FRAMES
            end = (recorded - rest)[begin : begin + len(clip) - HEAD_FRAMES + 2 * MARGIN_FRAMES]
            if (
                by_head.max() > correlation.max()
                and self._correlate_tone(end, clip[HEAD_FRAMES:]).max(initial=0.0) >= MIN_END_CORRELATION
            ):
                clip, correlation, recorded, rest = clip[:HEAD_FRAMES], by_head, recorded[:length], rest[:length]
        best = int(correlation.argmax())
        if correlation[best] < least:
            return None
        if expected.kind != "timed":
            # The same sound may follow soon: of the places that are about as good as the best, take the nearest.
            good = np.flatnonzero(correlation >= NEAR_BEST * correlation[best])
            nearest, best = -1, int(good[np.abs(good - search_s * RATE).argmin()])
            while nearest != best:
                nearest, begin = best, max(0, best - MARGIN_FRAMES)
                best = begin + int(correlation[begin : nearest + MARGIN_FRAMES].argmax())
            correlation[: max(0, best - MARGIN_FRAMES)] = correlation[best + MARGIN_FRAMES :] = 0.0
        if rest[best : best + len(clip)].any():
            best = best_placement(
                recorded, rest, clip, correlation, ducked if expected.clip.speech else np.ones_like(ducked)
            )
        return first + best

    def extra(
        self, kept: Sequence[ExpectedCue], found: dict[str, int], twins: dict[str, list[ExpectedCue]], latency: float
    ) -> list[tuple[float, str]]:
        """Returns the time and name of each sound in the residual.

        Outside all cues every sound counts; inside a cue, only one that resembles another cue.
        """
        mixer = Mixer()
        covered = np.zeros(len(self.recording.samples), dtype=bool)
        for expected in kept:
            length = len(self.samples_of(expected))
            place = found.get(expected.id)
            if place is None:
                if expected.kind == "optional":  # it may have been cut short
                    place = round(self.recording.frame_at(expected.at + latency))
                    covered[max(0, place - MARGIN_FRAMES) : max(0, place + length + round(LATE_SEARCH_S * RATE))] = True
                continue
            sounding = expected.clip.frames if expected.clip.speech else length  # cut speech goes on for a moment
            covered[max(0, place - MARGIN_FRAMES) : max(0, place + sounding + MARGIN_FRAMES)] = True
            for number in range(1 + len(twins[expected.id])):
                mixer.place(
                    f"{expected.id}/{number}", place, expected.clip.samples[:length], speech=expected.clip.speech
                )
        rest = self.recording.samples.astype(np.float32)
        edges = sorted(
            (place, place + len(self.samples_of(expected)))
            for expected in kept
            if (place := found.get(expected.id)) is not None
        )
        for first, end in merge_spans(edges):
            first, end = max(0, first), min(len(rest), end)  # noqa: PLW2901
            rest[first:end] -= np.frombuffer(mixer.render(first, end), dtype=np.int16)
        result = []
        known = {expected.clip.cue.cue: self.samples_of(expected) for expected in kept if not expected.clip.speech}
        for first, end in loud_spans(rest):
            name, place = self._identify(rest, first, end, known)
            outside = ~covered[first:end] & (np.abs(rest[first:end]) > SOUND_THRESHOLD)
            if name or outside.sum() > RATE // 1000:
                place = place if name else first + int(outside.argmax())
                result.append((self.recording.time_of(place), name or "something"))
        return result

    @staticmethod
    def _identify(rest: np.ndarray, first: int, end: int, known: dict[str, np.ndarray]) -> tuple[str, int]:
        """Returns the name of the cue that a span of the residual resembles, and its first frame; "" for none."""
        best, name, place = MIN_CORRELATION, "", first
        begin = max(0, first - MARGIN_FRAMES)
        for cue, clip in known.items():
            span = rest[begin : end + MARGIN_FRAMES]
            if len(span) < len(clip):
                span = np.concatenate((span, np.zeros(len(clip) - len(span) + 1, dtype=np.float32)))
            correlation, amplitude = matched_filter(span, clip)
            correlation = np.where(amplitude >= 0.4, correlation, 0.0)
            if correlation.max() > best:
                best, name, place = float(correlation.max()), cue, begin + int(correlation.argmax())
        return name, place
