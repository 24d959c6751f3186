"""The mixer and what is around it: samples at exact frames, speech that makes room, streams whose clock is learnt."""

from __future__ import annotations

import itertools
import math
from array import array
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.cue_table import CUE_SPECS
from kicktimer.sound import ScheduledCue
from kicktimer.sound.speaker import clips
from kicktimer.sound.speaker.clips import Sound
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
from kicktimer.sound.speaker.scheduler import (
    COUNTDOWN_GAP_S,
    SPEECH_GAP_S,
    CueScheduler,
    Layout,
    countdowns,
    quiet_place,
)
from kicktimer.sound.speaker.stream_renderer import HUM_AMPLITUDE, DeviceClock, StreamRenderer, keep_awake_hum

if TYPE_CHECKING:
    from collections.abc import Sequence

RATE = 1000
SAMPLE = st.integers(MIN_SAMPLE, MAX_SAMPLE)
CLIP = st.lists(SAMPLE, min_size=1, max_size=40).map(lambda values: array("h", values))
PLACED = st.lists(st.tuples(st.integers(0, 150), CLIP), max_size=8)


def mixed(placed: list[tuple[int, array[int]]]) -> Mixer:
    mixer = Mixer()
    for number, (frame, samples) in enumerate(placed):
        mixer.place(str(number), frame, samples)
    return mixer


def in_blocks(mixer: Mixer, sizes: list[int], end: int) -> list[int]:
    out, position, turn = [], 0, 0
    while position < end:
        size = min(sizes[turn % len(sizes)], end - position)
        out += mixer.render(position, position + size)
        position, turn = position + size, turn + 1
        mixer.forget(position)
    return out


class TestMixer:
    @given(PLACED, st.lists(st.integers(1, 64), min_size=1, max_size=5))
    def test_blocks_of_any_size_give_the_same_samples(
        self, placed: list[tuple[int, array[int]]], sizes: list[int]
    ) -> None:
        assert in_blocks(mixed(placed), sizes, 200) == list(mixed(placed).render(0, 200))

    @given(st.lists(st.tuples(st.integers(0, 150), st.lists(st.integers(-2500, 2500), min_size=1)), max_size=8))
    def test_overlaps_are_added(self, placed: list[tuple[int, list[int]]]) -> None:
        expected = [0] * 400
        for frame, values in placed:
            for index, value in enumerate(values):
                if frame + index < 400:
                    expected[frame + index] += value
        mixer = mixed([(frame, array("h", values)) for frame, values in placed])
        assert list(mixer.render(0, 400)) == expected

    @given(PLACED)
    def test_overlaps_stay_below_the_ceiling(self, placed: list[tuple[int, array[int]]]) -> None:
        loud = [(frame, array("h", [29000] * len(samples))) for frame, samples in placed]
        assert all(0 <= value <= PEAK_LIMIT for value in mixed(loud).render(0, 200))

    @given(st.integers(0, 2**17), st.integers(1, 1000))
    def test_what_is_louder_stays_louder(self, total: int, more: int) -> None:
        assert soft_limit(total) <= soft_limit(total + more) <= PEAK_LIMIT
        assert soft_limit(-total) == -soft_limit(total)

    def test_speech_gives_way_to_a_cue_and_comes_back(self) -> None:
        mixer = Mixer()
        mixer.place("s", 0, array("h", [28000] * 20_000), speech=True)
        mixer.place("c", 8000, array("h", [1] * 4000))
        rendered = mixer.render(0, 20_000)
        assert set(rendered[: 8000 - DUCK_ATTACK_FRAMES]) == {28000}
        assert set(rendered[8000:12_000]) == {7001}
        assert set(rendered[12_000 + DUCK_RELEASE_FRAMES :]) == {28000}
        steps = [abs(b - a) for a, b in itertools.pairwise(rendered[: 8000 - 1])]
        assert max(steps) <= 28000 * 0.75 / DUCK_ATTACK_FRAMES + 1

    def test_a_cue_over_speech_keeps_its_level(self) -> None:
        loaded = clips.Clips(clips.folder())
        split, talk = loaded.clip("split", "A", "").samples, loaded.clip("say", "A", "Closing reps").samples
        mixer = Mixer()
        mixer.place("s", 0, talk, speech=True)
        mixer.place("c", 10_000, split)
        over = mixer.render(10_000, 10_000 + len(split))
        assert max(map(abs, over)) <= PEAK_LIMIT
        alone, together = (math.sqrt(sum(v * v for v in each)) for each in (split, over))
        assert abs(20 * math.log10(together / alone)) < 1.0

    @given(st.lists(st.integers(1, 64), min_size=1, max_size=5), st.integers(0, 300), st.integers(0, 300))
    def test_blocks_of_any_size_give_the_same_speech_under_cues(self, sizes: list[int], one: int, two: int) -> None:
        def both() -> Mixer:
            mixer = Mixer()
            mixer.place("s", 50, array("h", range(0, 4000, 4)), speech=True)
            mixer.place("c", one, array("h", [9] * 60))
            mixer.place("d", two, array("h", [9] * 60))
            return mixer

        assert in_blocks(both(), sizes, 3000) == list(both().render(0, 3000))

    def test_the_ground_is_heard_where_no_clip_is(self) -> None:
        mixer = mixed([(3, array("h", [9, 9]))])
        assert list(mixer.render(0, 8, array("h", [1] * 8))) == [1, 1, 1, 9, 9, 1, 1, 1]

    @given(st.integers(0, 150), CLIP, st.integers(0, 20))
    def test_a_clip_begins_at_exactly_its_frame(self, frame: int, samples: array[int], ahead: int) -> None:
        mixer = mixed([(frame, samples)])
        rendered = mixer.render(0, 200)
        assert list(rendered[frame : frame + len(samples)]) == list(samples)
        assert not any(rendered[:frame])
        assert not any(rendered[frame + len(samples) :])
        first = max(0, frame - ahead)
        assert list(mixer.render(first, frame + 1))[-1] == samples[0]

    @given(st.integers(10, 150), CLIP, st.integers(0, 10))
    def test_a_clip_that_is_cut_before_it_begins_is_silent(self, frame: int, samples: array[int], before: int) -> None:
        mixer = mixed([(frame, samples)])
        mixer.cut("0", frame - before)
        assert not any(mixer.render(0, 200))

    def test_a_clip_that_is_cut_fades_and_ends_there(self) -> None:
        mixer = mixed([(0, array("h", [20000] * 5000))])
        mixer.cut("0", 1000)
        rendered = mixer.render(0, 5000)
        assert set(rendered[: 1000 - FADE_FRAMES]) == {20000}
        assert list(rendered[1000 - FADE_FRAMES : 1000]) == sorted(rendered[1000 - FADE_FRAMES : 1000], reverse=True)
        assert not any(rendered[1000:])

    def test_an_id_that_comes_again_is_replaced(self) -> None:
        mixer = mixed([(5, array("h", [1, 1]))])
        mixer.place("0", 20, array("h", [2]))
        assert [index for index, value in enumerate(mixer.render(0, 40)) if value] == [20]


LENGTHS = {
    "pip": 100, "go": 700, "split": 150, "over": 1250, "say": 2000, "count": 400, "announce": 800, "result": 1500,
}  # fmt: skip


def clip(cue: str, _group: str, text: str) -> Sound:
    frames = int(text or LENGTHS[cue])
    sound = Sound(frames, lambda: array("h", [1000] * frames), onset=20 * (cue == "count"))
    sound.unpack()
    return sound


def laid_out(cues: Sequence[ScheduledCue], begun: dict[str, float] | None = None, now: float = 0.0) -> Layout:
    scheduler = CueScheduler(clip, rate=RATE)
    for cue in cues:
        scheduler.add(cue)
    for ident, start in (begun or {}).items():
        scheduler.note_begun(ident, start)
    scheduler.update_layout(now)
    return scheduler.layout


def starts(
    *cues: ScheduledCue, begun: dict[str, float] | None = None, now: float = 0.0
) -> dict[str, tuple[float, float | None]]:
    return {item.cue.id: (item.start, item.cut) for item in laid_out(cues, begun, now).items}


def countdown(go: float, group: str = "A") -> list[ScheduledCue]:
    return [ScheduledCue(f"{group}{n}", go - n, "pip" if n else "go", group) for n in (3, 2, 1, 0)]


class TestSpeech:
    def test_it_stands_where_it_was_wanted_when_there_is_room(self) -> None:
        assert starts(ScheduledCue("s", 4.0, "say"), *countdown(10.0))["s"] == (4.0, None)

    def test_it_is_left_out_when_it_would_run_into_its_own_countdown(self) -> None:
        assert "s" not in starts(ScheduledCue("s", 4.6, "say"), *countdown(10.0))

    def test_it_waits_until_another_group_has_gone(self) -> None:
        assert starts(ScheduledCue("s", 4.8, "say", "B"), *countdown(10.0))["s"] == (pytest.approx(10.7), None)

    def test_it_is_left_out_when_it_would_wait_too_long(self) -> None:
        assert "s" not in starts(ScheduledCue("s", 4.6, "say", "B"), *countdown(10.0), *countdown(14.0, "C"))

    def test_it_is_cut_when_a_countdown_is_wanted_after_it_has_begun(self) -> None:
        assert starts(ScheduledCue("s", 5.5, "say"), *countdown(10.0), begun={"s": 5.5})["s"] == (5.5, 6.5)

    def test_it_is_cut_when_it_stands_in_a_countdown_that_has_moved_to_there(self) -> None:
        cues = (ScheduledCue("s", 7.1, "say"), *countdown(10.0))
        assert starts(*cues, begun={"s": 7.1})["s"] == (7.1, 7.1)
        assert starts(*cues, begun={"s": 6.9})["s"] == (6.9, 6.9), "taken by a sink, and not heard yet"

    @pytest.mark.parametrize("kind", ["say", "result"])
    def test_it_is_heard_out_where_it_follows_a_countdown_or_a_number(self, kind: str) -> None:
        cues = (ScheduledCue("s", 10.0, kind, "B"), *countdown(10.0))
        begun = {"s": starts(*cues)["s"][0]}
        assert starts(*cues, begun=begun)["s"] == (begun["s"], None) == (pytest.approx(10.7), None)
        cues = (ScheduledCue("s", 15.0, kind, "B"), ScheduledCue("n", 15.0, "count"))
        begun = {"s": starts(*cues)["s"][0]}
        assert starts(*cues, begun=begun)["s"] == (begun["s"], None) == (pytest.approx(15.38), None)

    @pytest.mark.parametrize("kind", ["say", "result"])
    def test_it_is_cut_before_a_number_that_comes_to_be_wanted(self, kind: str) -> None:
        cues = (ScheduledCue("s", 15.0, kind), ScheduledCue("n", 16.0, "count"))
        assert starts(*cues, begun={"s": 15.0})["s"] == (15.0, pytest.approx(15.98 - SPEECH_GAP_S))

    def test_two_do_not_talk_at_once(self) -> None:
        found = starts(ScheduledCue("s", 4.0, "say"), ScheduledCue("t", 5.0, "say"))
        assert found == {"s": (4.0, None), "t": (6.0, None)}

    def test_it_is_not_begun_any_more_when_what_it_is_about_is_over(self) -> None:
        first, late = ScheduledCue("s", 4.0, "say"), ScheduledCue("t", 4.5, "say", until=5.5)
        assert "t" not in starts(first, late), "there is room from 6 s on"
        assert starts(first, replace(late, until=6.0))["t"] == (6.0, None)
        assert starts(late, begun={"t": 5.4}, now=5.6)["t"] == (5.4, None), "what sounds is heard out"

    def test_tones_never_move(self) -> None:
        cues = [*countdown(10.0), *countdown(10.2, "B")]
        assert starts(*cues) == {cue.id: (cue.at, None) for cue in cues}

    def test_a_short_word_does_not_stand_between_two_pips(self) -> None:
        assert starts(ScheduledCue("s", 7.2, "say", "B", "100"), *countdown(10.0))["s"] == (pytest.approx(10.7), None)

    @given(
        st.floats(0, 30),
        st.floats(0.1, 5),
        st.lists(st.tuples(st.floats(0, 30), st.floats(0.05, 1), st.sampled_from("AB")), max_size=8),
    )
    def test_a_quiet_place_is_quiet(self, wanted: float, length: float, raw: list[tuple[float, float, str]]) -> None:
        guarded = sorted((start, start + size, group) for start, size, group in raw)
        place = quiet_place(wanted, length, "A", guarded, since=wanted)
        if place is not None:
            assert place >= wanted
            for first, end, _ in guarded:
                assert end <= place or place + length + COUNTDOWN_GAP_S <= first

    def test_what_is_late_begins_later_in_a_place_that_is_as_quiet(self) -> None:
        cues = (ScheduledCue("s", 4.0, "say"), *countdown(10.0))
        assert starts(*cues, now=4.4)["s"] == (4.4, None)
        assert "s" not in starts(*cues, now=4.6)

    def test_what_nobody_has_begun_is_laid_out_anew(self) -> None:
        scheduler = CueScheduler(clip, rate=RATE)
        for cue in (ScheduledCue("s", 4.0, "say"), *countdown(10.0)):
            scheduler.add(cue)
        found = []
        for now in (0.0, 4.1, 4.3, 4.6):
            scheduler.update_layout(now)
            found.append([item.start for item in scheduler.layout.items if item.cue.id == "s"])
        assert found == [[4.0], [4.0], [4.3], []]

    def test_its_own_countdown_ends_the_wait_even_where_another_one_covers_its_beginning(self) -> None:
        assert "s" not in starts(ScheduledCue("s", 7.0, "say", "B"), *countdown(11.0), *countdown(12.0, "B"))


class TestResults:
    def test_it_stands_where_it_was_wanted_when_there_is_room(self) -> None:
        assert starts(ScheduledCue("r", 4.0, "result"), *countdown(10.0))["r"] == (4.0, None)

    def test_it_waits_for_what_is_said_and_counted(self) -> None:
        cues = [ScheduledCue(f"n{n}", float(n), "count") for n in range(5, 9)]
        found = starts(ScheduledCue("r", 5.0, "result"), ScheduledCue("s", 8.0, "say"), *cues)
        assert found == starts(ScheduledCue("s", 8.0, "say"), *cues) | {"r": (pytest.approx(10.38), None)}

    def test_two_are_spoken_in_their_order(self) -> None:
        found = starts(ScheduledCue("q", 4.1, "result"), ScheduledCue("r", 4.0, "result"))
        assert found == {"r": (4.0, None), "q": (pytest.approx(5.75), None)}

    def test_a_short_one_is_spoken_where_a_longer_one_has_no_room(self) -> None:
        cues = [ScheduledCue(f"n{n}", float(n), "count") for n in (4, 7, 9)]
        found = starts(
            ScheduledCue("r", 4.2, "result", text="2500"), ScheduledCue("q", 4.3, "result", text="900"), *cues
        )
        assert (found["r"], found["q"]) == ((pytest.approx(9.38), None), (pytest.approx(4.38), None))

    def test_it_waits_longer_than_a_line_does(self) -> None:
        cues = [*countdown(10.0), *countdown(14.5, "C")]
        assert starts(ScheduledCue("r", 5.6, "result", "B"), *cues)["r"][0] == pytest.approx(15.2)

    def test_it_is_left_out_after_twenty_seconds(self) -> None:
        cues = [replace(cue, id=str(cue.at)) for n in range(6) for cue in countdown(8.0 + 4 * n, "C")]
        assert starts(ScheduledCue("r", 9.0, "result", "B"), *cues)["r"][0] == pytest.approx(28.7)
        assert "r" not in starts(ScheduledCue("r", 4.0, "result", "B"), *cues)

    def test_it_is_left_out_where_its_own_countdown_comes_first(self) -> None:
        assert "r" not in starts(ScheduledCue("r", 5.1, "result"), *countdown(10.0))
        assert "r" not in starts(ScheduledCue("r", 7.5, "result", "B"), *countdown(11.0), *countdown(12.0, "B"))

    def test_one_that_comes_in_its_own_countdown_is_spoken_after_go(self) -> None:
        assert starts(ScheduledCue("r", 7.5, "result"), *countdown(10.0))["r"] == (pytest.approx(10.7), None)

    def test_one_that_sounds_is_cut_when_a_countdown_or_a_line_is_wanted(self) -> None:
        result = ScheduledCue("r", 5.0, "result")
        assert starts(result, *countdown(9.2), begun={"r": 5.0})["r"] == (5.0, pytest.approx(5.7))
        assert starts(result, ScheduledCue("s", 5.9, "say"), begun={"r": 5.0}) == {
            "r": (5.0, pytest.approx(5.65)),
            "s": (5.9, None),
        }

    def test_it_waits_until_a_tone_has_sounded_but_for_a_split(self) -> None:
        result = ScheduledCue("r", 4.3, "result")
        assert starts(result, ScheduledCue("o", 4.0, "over", "B"))["r"] == (pytest.approx(5.5), None)
        assert starts(result, ScheduledCue("o", 6.0, "over", "B"))["r"] == (pytest.approx(7.5), None)
        assert starts(result, ScheduledCue("o", 4.0, "over", "B"), now=4.3)["r"] == (pytest.approx(5.5), None)
        assert starts(result, ScheduledCue("o", 6.1, "over", "B"))["r"] == (4.3, None)
        assert starts(result, ScheduledCue("o", 4.4, "split"))["r"] == (4.3, None)

    def test_one_that_sounds_goes_on_under_a_tone(self) -> None:
        found = starts(ScheduledCue("r", 4.0, "result"), ScheduledCue("o", 4.5, "over"), begun={"r": 4.0})
        assert found["r"] == (4.0, None)

    def test_one_that_begins_with_a_countdown_ends_at_once(self) -> None:
        assert starts(ScheduledCue("r", 7.0, "result"), *countdown(10.0), begun={"r": 7.0})["r"] == (7.0, 7.0)

    def test_one_that_was_begun_before_it_was_moved_is_cut_as_it_was_begun(self) -> None:
        scheduler = CueScheduler(clip, rate=RATE)
        scheduler.add(ScheduledCue("r", 4.0, "result"))
        scheduler.update_layout(3.9)
        for cue in countdown(8.2):
            scheduler.add(cue)
        scheduler.update_layout(3.95)
        assert "r" not in [item.cue.id for item in scheduler.layout.items]
        scheduler.note_begun("r", 4.0)
        scheduler.update_layout(3.97)
        assert [(item.start, item.cut) for item in scheduler.layout.items if item.cue.id == "r"] == [
            (4.0, pytest.approx(4.7))
        ]

    def test_one_that_nobody_can_speak_takes_no_place(self) -> None:
        assert starts(ScheduledCue("r", 4.0, "result", text="0"), ScheduledCue("q", 4.0, "result")) == {
            "q": (4.0, None)
        }


class TestAnnouncements:
    def test_one_makes_room_for_what_is_said_and_counted(self) -> None:
        said = [ScheduledCue("n", 4.0, "count"), ScheduledCue("s", 4.5, "say", text="1000")]
        found = starts(ScheduledCue("a", 3.9, "announce"), *said)
        assert found == starts(*said) | {"a": (pytest.approx(5.5), None)}

    def test_a_result_waits_for_it(self) -> None:
        found = starts(ScheduledCue("r", 3.0, "result"), ScheduledCue("a", 4.0, "announce"))
        assert found == {"a": (4.0, None), "r": (pytest.approx(5.05), None)}

    def test_it_waits_for_a_result_that_sounds(self) -> None:
        found = starts(ScheduledCue("r", 3.0, "result"), ScheduledCue("a", 4.0, "announce"), begun={"r": 3.0})
        assert found == {"r": (3.0, None), "a": (pytest.approx(4.75), None)}

    def test_it_is_left_out_where_it_would_be_late_or_run_into_a_countdown(self) -> None:
        assert "a" not in starts(ScheduledCue("a", 4.0, "announce"), ScheduledCue("s", 4.0, "say", text="2100"))
        assert "a" not in starts(ScheduledCue("a", 6.0, "announce"), *countdown(10.0))
        assert "a" in starts(ScheduledCue("a", 5.6, "announce"), *countdown(10.0))


LAST = ("announce", "result")
CUE = st.builds(
    ScheduledCue,
    id=st.uuids().map(str),
    at=st.integers(0, 3000).map(lambda at: at / 100),
    cue=st.sampled_from(("pip", "go", "split", "over", "say", "count", "announce", "result")),
    group=st.sampled_from("ABC"),
    text=st.sampled_from(("", "0", "80", "300", "2500")),
)


class TestLayout:
    """Whatever is wanted, and whenever it comes to be wanted."""

    @staticmethod
    def played(cues: list[ScheduledCue], heard: list[float], *, results: bool = True) -> list[tuple[float, Layout]]:
        """The plans of a programme that is given a cue at each moment, and whose sink begins what is due."""
        scheduler, now, plans = CueScheduler(clip, rate=RATE), 0.0, []
        for cue, wait in zip(cues, heard, strict=False):
            if results or cue.cue not in LAST:
                scheduler.add(cue)
            scheduler.update_layout(now)
            plans.append((now, scheduler.layout))
            now += wait
            for item in scheduler.layout.items:
                if item.start <= now and not scheduler.has_begun(item.cue.id):
                    scheduler.note_begun(item.cue.id, item.start)
        return plans

    @given(st.lists(CUE, max_size=14), st.lists(st.floats(0, 4), min_size=14, max_size=14))
    def test_speech_is_never_over_a_countdown(self, cues: list[ScheduledCue], heard: list[float]) -> None:
        for now, plan in self.played(cues, heard):
            spans = [(item.start, item.start + item.frames / RATE, item.cue.group) for item in plan.items
                     if item.cue.spec.guarded]  # fmt: skip
            for item in plan.items:
                if not item.speech:
                    continue
                end = item.start + item.frames / RATE if item.cut is None else item.cut
                for first, last, _ in countdowns(spans):
                    # What sounds already when a countdown comes to be wanted ends at once where it cannot end before.
                    assert (
                        last <= item.start or end <= max(first - COUNTDOWN_GAP_S, item.start) + 1e-9 or item.start < now
                    )

    @given(st.lists(CUE, max_size=14), st.lists(st.floats(0, 4), min_size=14, max_size=14))
    def test_what_sounds_already_is_cut_before_a_countdown(self, cues: list[ScheduledCue], heard: list[float]) -> None:
        for _, plan in self.played(cues, heard):
            guarded = [(item.start, item.start + item.frames / RATE) for item in plan.items if item.cue.spec.guarded]
            for item in plan.items:
                end = item.start + item.frames / RATE if item.cut is None else item.cut
                for first, last in guarded:
                    assert (
                        not item.speech or last <= item.start or end <= max(first - COUNTDOWN_GAP_S, item.start) + 1e-9
                    )

    @given(st.lists(CUE, max_size=14), st.lists(st.floats(0, 4), min_size=14, max_size=14))
    def test_nobody_speaks_while_somebody_does(self, cues: list[ScheduledCue], heard: list[float]) -> None:
        for now, plan in self.played(cues, heard):
            said = [item for item in plan.items if item.speech and item.frames]
            for one, two in itertools.pairwise(said):
                end = one.start + one.frames / RATE if one.cut is None else one.cut
                assert end <= two.start + 1e-9 or one.start < now

    @given(st.lists(CUE, max_size=14), st.lists(st.floats(0, 4), min_size=14, max_size=14))
    def test_a_result_and_an_announcement_move_nothing_else(self, cues: list[ScheduledCue], heard: list[float]) -> None:
        def others(plan: Layout) -> list[tuple[str, float, float | None]]:
            return [(item.cue.id, item.start, item.cut) for item in plan.items if item.cue.cue not in LAST]

        plans, without = (self.played(cues, heard, results=results) for results in (True, False))
        assert [others(plan) for _, plan in plans] == [others(plan) for _, plan in without]

    @given(
        st.lists(CUE.map(lambda cue: replace(cue, at=cue.at / 6)), min_size=4, max_size=14),
        st.lists(st.floats(0, 1), min_size=14, max_size=14),
    )
    def test_a_result_and_an_announcement_are_not_begun_under_a_tone(
        self, cues: list[ScheduledCue], heard: list[float]
    ) -> None:
        for now, plan in self.played(cues, heard):
            tones = [(item.start, item.start + item.frames / RATE) for item in plan.items if item.cue.cue == "over"]
            for item in plan.items:
                if item.cue.cue in LAST and item.start > now:  # it has not begun
                    assert not any(first <= item.start < end - 1e-9 for first, end in tones)

    @given(st.lists(CUE, max_size=14))
    def test_patience_has_an_end(self, cues: list[ScheduledCue]) -> None:
        for item in laid_out(cues).items:
            assert item.start - item.cue.at <= item.cue.spec.max_wait_s + 1e-9

    def test_speech_that_is_late_still_ends_before_a_countdown(self) -> None:
        assert max(spec.play_grace_s for spec in CUE_SPECS.values() if spec.spoken) < COUNTDOWN_GAP_S


class TestCounting:
    def test_a_number_is_heard_on_its_second(self) -> None:
        assert starts(ScheduledCue("n", 4.0, "count"))["n"] == (pytest.approx(3.98), None)

    def test_it_never_moves_and_speech_makes_room(self) -> None:
        found = starts(
            ScheduledCue("n", 4.0, "count"), ScheduledCue("m", 5.0, "count"), ScheduledCue("s", 3.5, "say", text="300")
        )
        assert found["n"][0] == pytest.approx(3.98)
        assert found["s"][0] == pytest.approx(5.38)

    def test_it_is_left_out_before_and_in_a_countdown(self) -> None:
        cues = [ScheduledCue(f"n{n}", float(n), "count", "B") for n in range(5, 13)]
        assert set(starts(*cues, *countdown(10.0))) == {"n5", "n6", "A3", "A2", "A1", "A0", "n11", "n12"}

    def test_two_groups_do_not_count_at_once(self) -> None:
        assert set(starts(ScheduledCue("n", 4.0, "count"), ScheduledCue("m", 4.2, "count", "B"))) == {"n"}

    def test_one_that_sounds_is_cut_when_a_countdown_is_wanted(self) -> None:
        cues = (ScheduledCue("n", 6.5, "count"), *countdown(10.2))
        assert starts(*cues, begun={"n": 6.48})["n"] == (pytest.approx(6.48), pytest.approx(6.7))


class TestTimeline:
    def test_the_least_lateness_tells_the_clock(self) -> None:
        timeline = DeviceClock(RATE)
        for turn in range(100):
            timeline.observe(50.0 + turn * 0.02 + (turn * 7 % 5) * 0.001, turn * 20)
        assert timeline.origin == pytest.approx(50.0)
        assert timeline.frame_at(51.0) == 1000

    def test_it_follows_a_device_that_stood_still(self) -> None:
        timeline = DeviceClock(RATE)
        for turn in range(400):
            stood = 0.05 if turn >= 200 else 0.0
            timeline.observe(50.0 + stood + turn * 0.02, turn * 20)
        assert timeline.origin == pytest.approx(50.05)

    def test_it_follows_a_device_whose_clock_differs(self) -> None:
        timeline = DeviceClock(RATE)
        for turn in range(50_000):
            timeline.observe(turn * 0.02 * 1.0001, turn * 20)
        assert timeline.frame_at(50_000 * 0.02 * 1.0001) == pytest.approx(50_000 * 20, abs=2)


class Stream:
    """A device that takes blocks of 20 ms on time."""

    def __init__(self, scheduler: CueScheduler, latency: float = 0.1) -> None:
        self.scheduler = scheduler
        self.renderer = StreamRenderer(scheduler, latency)
        self.samples: list[int] = []

    def until(self, moment: float) -> None:
        while (now := self.renderer.position / RATE) < moment:
            self.scheduler.update_layout(now)
            self.samples += self.renderer.render(now, 20)

    def onsets(self) -> list[int]:
        return [i for i, value in enumerate(self.samples) if value and (i == 0 or not self.samples[i - 1])]


class TestFeed:
    @given(st.lists(st.integers(1500, 8000), min_size=1, max_size=6, unique=True))
    def test_cues_begin_at_their_moment_less_the_latency(self, moments: list[int]) -> None:
        scheduler = CueScheduler(lambda *_: Sound.of(array("h", [1])), rate=RATE)
        for moment in moments:
            scheduler.add(ScheduledCue(str(moment), moment / RATE, "split"))
        stream = Stream(scheduler)
        stream.until(9.0)
        assert [i for i, value in enumerate(stream.samples) if value] == sorted(moment - 100 for moment in moments)

    def test_what_is_no_longer_wanted_is_silent(self) -> None:
        scheduler = CueScheduler(clip, rate=RATE)
        scheduler.add(ScheduledCue("go", 2.0, "go"))
        stream = Stream(scheduler)
        stream.until(1.5)
        scheduler.remove("go")
        stream.until(3.0)
        assert stream.onsets() == []

    def test_what_sounds_already_is_cut(self) -> None:
        scheduler = CueScheduler(clip, rate=48_000)
        scheduler.add(ScheduledCue("go", 1.0, "say", text="48000"))
        renderer = StreamRenderer(scheduler, 0.0)
        samples: list[int] = []
        for turn in range(150):
            if turn == 60:
                scheduler.remove("go")
            scheduler.update_layout(turn * 0.02)
            samples += renderer.render(turn * 0.02, 960)
        last = max(i for i, value in enumerate(samples) if value)
        assert 1.2 <= last / 48_000 < 1.21

    def test_speech_that_a_countdown_cuts_at_once_fades(self) -> None:
        scheduler = CueScheduler(clip, rate=48_000)
        scheduler.add(ScheduledCue("long", 1.0, "say", text="96000"))
        renderer = StreamRenderer(scheduler, 0.0)
        samples: list[int] = []
        for turn in range(100):
            if turn == 75:
                scheduler.add(ScheduledCue("pip", 1.7, "pip"))
            scheduler.update_layout(turn * 0.02)
            samples += renderer.render(turn * 0.02, 960)
            while renderer.begun:
                scheduler.note_begun(*renderer.begun.popleft())
        end = next(i for i in range(72_000, len(samples)) if samples[i] == 0)
        assert end < 1.51 * 48_000
        falls = [samples[i] - samples[i + 1] for i in range(end - 300, end)]
        assert max(falls) < 50, "no click"

    def test_what_was_just_begun_goes_on_where_a_plan_that_knows_it_not_leaves_it_out(self) -> None:
        scheduler = CueScheduler(clip, rate=48_000)
        result = ScheduledCue("r", 1.0, "result", text="48000")
        scheduler.add(result)
        renderer = StreamRenderer(scheduler, 0.0)
        samples: list[int] = []
        for turn in range(110):
            if turn == 60:
                for number in range(9):
                    scheduler.add(ScheduledCue(f"over{number}", 1.25 + 2.5 * number, "over", text="96000"))
            scheduler.update_layout(turn * 0.02)
            assert turn != 60 or "r" not in [item.cue.id for item in scheduler.layout.items]
            samples += renderer.render(turn * 0.02, 960)
            while turn > 60 and renderer.begun:
                scheduler.note_begun(*renderer.begun.popleft())
        assert set(samples[48_000:59_000]) == {1000}, "neither faded nor begun anew"
        assert samples[95_000] == 1250, "under the tone"

    def test_a_cue_keeps_its_moment_where_the_stream_stood_still_a_second_before(self) -> None:
        scheduler = CueScheduler(clip, rate=48_000)
        scheduler.add(ScheduledCue("split", 11.9, "split"))
        renderer = StreamRenderer(scheduler, 0.0)
        samples: list[int] = []
        now = 0.0
        for turn in range(700):
            now = turn * 0.02 + (0.036 if turn >= 500 else 0.0)
            scheduler.update_layout(now)
            samples += renderer.render(now, 960)
        heard = samples.index(1000) / 48_000 + 0.036
        assert heard == pytest.approx(11.9, abs=0.002)

    def test_a_cue_that_is_too_late_is_left_out_and_said(self) -> None:
        scheduler = CueScheduler(clip, rate=RATE)
        stream = Stream(scheduler)
        stream.until(5.0)
        scheduler.add(ScheduledCue("pip", 4.5, "pip"))
        scheduler.add(ScheduledCue("go", 4.8, "go"))
        stream.until(7.0)
        assert list(stream.renderer.missed) == ["pip"]
        assert stream.onsets() == [5000]

    def test_what_another_sink_has_begun_is_not_begun_again(self) -> None:
        scheduler = CueScheduler(clip, rate=RATE)
        scheduler.add(ScheduledCue("go", 1.0, "go"))
        scheduler.note_begun("go", 1.0)
        stream = Stream(scheduler)
        stream.until(3.0)
        assert stream.onsets() == []

    def test_a_loudspeaker_is_kept_awake_by_what_nobody_hears(self) -> None:
        scheduler = CueScheduler(clip, rate=RATE, keep_awake=True)
        scheduler.add(ScheduledCue("a", 1.0, "pip"))
        stream = Stream(scheduler)
        stream.until(4.0)
        assert stream.samples[900:1000] == [1000] * 100
        rest = stream.samples[:900] + stream.samples[1000:]
        assert 0 < max(rest) <= HUM_AMPLITUDE < MAX_SAMPLE / 200
        assert max(sum(value == 0 for value in rest[n : n + 1600]) for n in range(0, 2400, 800)) < 40
        scheduler.muted = True
        stream.until(5.0)
        assert any(stream.samples[-1000:])

    @given(st.integers(0, 10**9), st.lists(st.integers(1, 4000), min_size=1, max_size=4))
    def test_that_tone_has_no_seams(self, first: int, sizes: list[int]) -> None:
        pieces, place = [], first
        for size in sizes:
            pieces += keep_awake_hum(place, size)
            place += size
        assert pieces == list(keep_awake_hum(first, sum(sizes)))

    def test_muted_is_silent_and_goes_on(self) -> None:
        scheduler = CueScheduler(clip, rate=RATE)
        scheduler.add(ScheduledCue("a", 1.0, "pip"))
        scheduler.add(ScheduledCue("b", 2.0, "pip"))
        scheduler.muted = True
        stream = Stream(scheduler)
        stream.until(1.5)
        scheduler.muted = False
        stream.until(3.0)
        assert stream.onsets() == [1900]
        assert [ident for ident, _ in stream.renderer.begun] == ["a", "b"]
