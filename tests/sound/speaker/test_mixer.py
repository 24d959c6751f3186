"""The mixer: samples at exact frames, in blocks of any size."""

from __future__ import annotations

import itertools
import math
from array import array

from hypothesis import given
from hypothesis import strategies as st

from kicktimer.sound.speaker import clips
from kicktimer.sound.speaker.mixer import (
    DUCK_ATTACK_FRAMES,
    DUCK_RELEASE_FRAMES,
    FADE_FRAMES,
    MAX_SAMPLE,
    MIN_SAMPLE,
    PEAK_LIMIT,
    Mixer,
    soft_limit,
)

SAMPLE = st.integers(MIN_SAMPLE, MAX_SAMPLE)
CLIP = st.lists(SAMPLE, min_size=1, max_size=40).map(lambda values: array("h", values))
PLACED = st.lists(st.tuples(st.integers(0, 150), CLIP), max_size=8)


def mixer_of(placed: list[tuple[int, array[int]]]) -> Mixer:
    mixer = Mixer()
    for number, (frame, samples) in enumerate(placed):
        mixer.place(str(number), frame, samples)
    return mixer


def render_in_blocks(mixer: Mixer, sizes: list[int], end: int) -> list[int]:
    out, position, number = [], 0, 0
    while position < end:
        size = min(sizes[number % len(sizes)], end - position)
        out += mixer.render(position, position + size)
        position, number = position + size, number + 1
        mixer.forget(position)
    return out


class TestMixer:
    @given(PLACED, st.lists(st.integers(1, 64), min_size=1, max_size=5))
    def test_blocks_of_any_size_give_the_same_samples(
        self, placed: list[tuple[int, array[int]]], sizes: list[int]
    ) -> None:
        assert render_in_blocks(mixer_of(placed), sizes, 200) == list(mixer_of(placed).render(0, 200))

    @given(st.lists(st.tuples(st.integers(0, 150), st.lists(st.integers(-2500, 2500), min_size=1)), max_size=8))
    def test_overlapping_clips_are_added(self, placed: list[tuple[int, list[int]]]) -> None:
        expected = [0] * 400
        for frame, values in placed:
            for index, value in enumerate(values):
                if frame + index < 400:
                    expected[frame + index] += value
        mixer = mixer_of([(frame, array("h", values)) for frame, values in placed])
        assert list(mixer.render(0, 400)) == expected

    @given(PLACED)
    def test_overlapping_clips_stay_below_the_peak_limit(self, placed: list[tuple[int, array[int]]]) -> None:
        loud = [(frame, array("h", [29000] * len(samples))) for frame, samples in placed]
        assert all(0 <= value <= PEAK_LIMIT for value in mixer_of(loud).render(0, 200))

    @given(st.integers(0, 2**17), st.integers(1, 1000))
    def test_soft_limit_is_monotonic_and_symmetric(self, total: int, more: int) -> None:
        assert soft_limit(total) <= soft_limit(total + more) <= PEAK_LIMIT
        assert soft_limit(-total) == -soft_limit(total)

    def test_speech_is_ducked_under_a_cue_and_restored_after_it(self) -> None:
        mixer = Mixer()
        mixer.place("s", 0, array("h", [28000] * 20_000), speech=True)
        mixer.place("c", 8000, array("h", [1] * 4000))
        rendered = mixer.render(0, 20_000)
        assert set(rendered[: 8000 - DUCK_ATTACK_FRAMES]) == {28000}
        assert set(rendered[8000:12_000]) == {7001}
        assert set(rendered[12_000 + DUCK_RELEASE_FRAMES :]) == {28000}
        steps = [abs(b - a) for a, b in itertools.pairwise(rendered[: 8000 - 1])]
        assert max(steps) <= 28000 * 0.75 / DUCK_ATTACK_FRAMES + 1

    def test_cue_over_speech_keeps_its_level(self) -> None:
        loaded = clips.Clips(clips.find_sounds_folder())
        split, talk = loaded.clip("split", "A", "").samples, loaded.clip("say", "A", "Closing reps").samples
        mixer = Mixer()
        mixer.place("s", 0, talk, speech=True)
        mixer.place("c", 10_000, split)
        over = mixer.render(10_000, 10_000 + len(split))
        assert max(map(abs, over)) <= PEAK_LIMIT
        alone, together = (math.sqrt(sum(v * v for v in each)) for each in (split, over))
        assert abs(20 * math.log10(together / alone)) < 1.0

    @given(st.lists(st.integers(1, 64), min_size=1, max_size=5), st.integers(0, 300), st.integers(0, 300))
    def test_blocks_of_any_size_give_the_same_ducked_speech(self, sizes: list[int], one: int, two: int) -> None:
        def both() -> Mixer:
            mixer = Mixer()
            mixer.place("s", 50, array("h", range(0, 4000, 4)), speech=True)
            mixer.place("c", one, array("h", [9] * 60))
            mixer.place("d", two, array("h", [9] * 60))
            return mixer

        assert render_in_blocks(both(), sizes, 3000) == list(both().render(0, 3000))

    def test_background_is_heard_where_no_clip_sounds(self) -> None:
        mixer = mixer_of([(3, array("h", [9, 9]))])
        assert list(mixer.render(0, 8, array("h", [1] * 8))) == [1, 1, 1, 9, 9, 1, 1, 1]

    @given(st.integers(0, 150), CLIP, st.integers(0, 20))
    def test_clip_begins_at_exactly_its_frame(self, frame: int, samples: array[int], ahead: int) -> None:
        mixer = mixer_of([(frame, samples)])
        rendered = mixer.render(0, 200)
        assert list(rendered[frame : frame + len(samples)]) == list(samples)
        assert not any(rendered[:frame])
        assert not any(rendered[frame + len(samples) :])
        first = max(0, frame - ahead)
        assert list(mixer.render(first, frame + 1))[-1] == samples[0]

    @given(st.integers(10, 150), CLIP, st.integers(0, 10))
    def test_clip_cut_before_its_start_is_silent(self, frame: int, samples: array[int], before: int) -> None:
        mixer = mixer_of([(frame, samples)])
        mixer.cut("0", frame - before)
        assert not any(mixer.render(0, 200))

    def test_cut_clip_fades_out_and_ends_at_the_cut(self) -> None:
        mixer = mixer_of([(0, array("h", [20000] * 5000))])
        mixer.cut("0", 1000)
        rendered = mixer.render(0, 5000)
        assert set(rendered[: 1000 - FADE_FRAMES]) == {20000}
        assert list(rendered[1000 - FADE_FRAMES : 1000]) == sorted(rendered[1000 - FADE_FRAMES : 1000], reverse=True)
        assert not any(rendered[1000:])

    def test_placing_a_known_id_replaces_its_clip(self) -> None:
        mixer = mixer_of([(5, array("h", [1, 1]))])
        mixer.place("0", 20, array("h", [2]))
        assert [index for index, value in enumerate(mixer.render(0, 40)) if value] == [20]
