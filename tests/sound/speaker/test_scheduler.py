"""The scheduler: tones at their moments, and speech that keeps clear of them and of other speech."""

from __future__ import annotations

import itertools
from array import array
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.cue_table import CUE_SPECS
from kicktimer.sound import ScheduledCue
from kicktimer.sound.speaker.clips import Sound
from kicktimer.sound.speaker.scheduler import (
    COUNTDOWN_GAP_S,
    SPEECH_GAP_S,
    CueScheduler,
    Layout,
    find_quiet_start,
    merge_countdowns,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

RATE = 1000
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
    def test_line_starts_at_its_moment_if_there_is_room(self) -> None:
        assert starts(ScheduledCue("s", 4.0, "say"), *countdown(10.0))["s"] == (4.0, None)

    def test_line_is_left_out_if_it_would_run_into_its_own_countdown(self) -> None:
        assert "s" not in starts(ScheduledCue("s", 4.6, "say"), *countdown(10.0))

    def test_line_waits_until_the_countdown_of_another_group_is_over(self) -> None:
        assert starts(ScheduledCue("s", 4.8, "say", "B"), *countdown(10.0))["s"] == (pytest.approx(10.7), None)

    def test_line_is_left_out_if_it_would_wait_too_long(self) -> None:
        assert "s" not in starts(ScheduledCue("s", 4.6, "say", "B"), *countdown(10.0), *countdown(14.0, "C"))

    def test_playing_line_is_cut_before_a_newly_scheduled_countdown(self) -> None:
        assert starts(ScheduledCue("s", 5.5, "say"), *countdown(10.0), begun={"s": 5.5})["s"] == (5.5, 6.5)

    def test_begun_line_inside_a_moved_countdown_is_cut_at_its_start(self) -> None:
        cues = (ScheduledCue("s", 7.1, "say"), *countdown(10.0))
        assert starts(*cues, begun={"s": 7.1})["s"] == (7.1, 7.1)
        assert starts(*cues, begun={"s": 6.9})["s"] == (6.9, 6.9), "begun by a sink before the countdown"

    @pytest.mark.parametrize("kind", ["say", "result"])
    def test_begun_speech_after_a_countdown_or_number_is_not_cut(self, kind: str) -> None:
        cues = (ScheduledCue("s", 10.0, kind, "B"), *countdown(10.0))
        begun = {"s": starts(*cues)["s"][0]}
        assert starts(*cues, begun=begun)["s"] == (begun["s"], None) == (pytest.approx(10.7), None)
        cues = (ScheduledCue("s", 15.0, kind, "B"), ScheduledCue("n", 15.0, "count"))
        begun = {"s": starts(*cues)["s"][0]}
        assert starts(*cues, begun=begun)["s"] == (begun["s"], None) == (pytest.approx(15.38), None)

    @pytest.mark.parametrize("kind", ["say", "result"])
    def test_playing_speech_is_cut_before_a_newly_scheduled_number(self, kind: str) -> None:
        cues = (ScheduledCue("s", 15.0, kind), ScheduledCue("n", 16.0, "count"))
        assert starts(*cues, begun={"s": 15.0})["s"] == (15.0, pytest.approx(15.98 - SPEECH_GAP_S))

    def test_second_line_waits_for_the_first(self) -> None:
        found = starts(ScheduledCue("s", 4.0, "say"), ScheduledCue("t", 5.0, "say"))
        assert found == {"s": (4.0, None), "t": (6.0, None)}

    def test_line_does_not_begin_after_its_until(self) -> None:
        first, late = ScheduledCue("s", 4.0, "say"), ScheduledCue("t", 4.5, "say", until=5.5)
        assert "t" not in starts(first, late), "there is room from 6 s on"
        assert starts(first, replace(late, until=6.0))["t"] == (6.0, None)
        assert starts(late, begun={"t": 5.4}, now=5.6)["t"] == (5.4, None), "a line that is playing is not cut"

    def test_tones_never_move(self) -> None:
        cues = [*countdown(10.0), *countdown(10.2, "B")]
        assert starts(*cues) == {cue.id: (cue.at, None) for cue in cues}

    def test_short_line_does_not_start_between_two_pips(self) -> None:
        assert starts(ScheduledCue("s", 7.2, "say", "B", "100"), *countdown(10.0))["s"] == (pytest.approx(10.7), None)

    @given(
        st.floats(0, 30),
        st.floats(0.1, 5),
        st.lists(st.tuples(st.floats(0, 30), st.floats(0.05, 1), st.sampled_from("AB")), max_size=8),
    )
    def test_quiet_start_overlaps_with_no_span(
        self, wanted: float, length: float, raw: list[tuple[float, float, str]]
    ) -> None:
        guarded = sorted((start, start + size, group) for start, size, group in raw)
        place = find_quiet_start(wanted, length, "A", guarded, since=wanted)
        if place is not None:
            assert place >= wanted
            for first, end, _ in guarded:
                assert end <= place or place + length + COUNTDOWN_GAP_S <= first

    def test_late_line_starts_later_if_there_is_still_room(self) -> None:
        cues = (ScheduledCue("s", 4.0, "say"), *countdown(10.0))
        assert starts(*cues, now=4.4)["s"] == (4.4, None)
        assert "s" not in starts(*cues, now=4.6)

    def test_overdue_line_is_laid_out_anew(self) -> None:
        scheduler = CueScheduler(clip, rate=RATE)
        for cue in (ScheduledCue("s", 4.0, "say"), *countdown(10.0)):
            scheduler.add(cue)
        found = []
        for now in (0.0, 4.1, 4.3, 4.6):
            scheduler.update_layout(now)
            found.append([item.start for item in scheduler.layout.items if item.cue.id == "s"])
        assert found == [[4.0], [4.0], [4.3], []]

    def test_own_countdown_ends_the_wait_even_if_another_countdown_overlaps_its_beginning(self) -> None:
        assert "s" not in starts(ScheduledCue("s", 7.0, "say", "B"), *countdown(11.0), *countdown(12.0, "B"))


class TestResults:
    def test_result_starts_at_its_moment_if_there_is_room(self) -> None:
        assert starts(ScheduledCue("r", 4.0, "result"), *countdown(10.0))["r"] == (4.0, None)

    def test_result_waits_for_lines_and_numbers(self) -> None:
        cues = [ScheduledCue(f"n{n}", float(n), "count") for n in range(5, 9)]
        found = starts(ScheduledCue("r", 5.0, "result"), ScheduledCue("s", 8.0, "say"), *cues)
        assert found == starts(ScheduledCue("s", 8.0, "say"), *cues) | {"r": (pytest.approx(10.38), None)}

    def test_two_results_are_spoken_in_order(self) -> None:
        found = starts(ScheduledCue("q", 4.1, "result"), ScheduledCue("r", 4.0, "result"))
        assert found == {"r": (4.0, None), "q": (pytest.approx(5.75), None)}

    def test_short_result_overtakes_a_long_one_that_has_no_room(self) -> None:
        cues = [ScheduledCue(f"n{n}", float(n), "count") for n in (4, 7, 9)]
        found = starts(
            ScheduledCue("r", 4.2, "result", text="2500"), ScheduledCue("q", 4.3, "result", text="900"), *cues
        )
        assert (found["r"], found["q"]) == ((pytest.approx(9.38), None), (pytest.approx(4.38), None))

    def test_result_waits_longer_than_a_line(self) -> None:
        cues = [*countdown(10.0), *countdown(14.5, "C")]
        assert starts(ScheduledCue("r", 5.6, "result", "B"), *cues)["r"][0] == pytest.approx(15.2)

    def test_result_is_left_out_after_twenty_seconds(self) -> None:
        cues = [replace(cue, id=str(cue.at)) for n in range(6) for cue in countdown(8.0 + 4 * n, "C")]
        assert starts(ScheduledCue("r", 9.0, "result", "B"), *cues)["r"][0] == pytest.approx(28.7)
        assert "r" not in starts(ScheduledCue("r", 4.0, "result", "B"), *cues)

    def test_result_is_left_out_if_its_own_countdown_comes_first(self) -> None:
        assert "r" not in starts(ScheduledCue("r", 5.1, "result"), *countdown(10.0))
        assert "r" not in starts(ScheduledCue("r", 7.5, "result", "B"), *countdown(11.0), *countdown(12.0, "B"))

    def test_result_scheduled_during_its_own_countdown_is_spoken_after_go(self) -> None:
        assert starts(ScheduledCue("r", 7.5, "result"), *countdown(10.0))["r"] == (pytest.approx(10.7), None)

    def test_playing_result_is_cut_before_a_newly_scheduled_countdown_or_line(self) -> None:
        result = ScheduledCue("r", 5.0, "result")
        assert starts(result, *countdown(9.2), begun={"r": 5.0})["r"] == (5.0, pytest.approx(5.7))
        assert starts(result, ScheduledCue("s", 5.9, "say"), begun={"r": 5.0}) == {
            "r": (5.0, pytest.approx(5.65)),
            "s": (5.9, None),
        }

    def test_result_waits_for_tones_except_splits(self) -> None:
        result = ScheduledCue("r", 4.3, "result")
        assert starts(result, ScheduledCue("o", 4.0, "over", "B"))["r"] == (pytest.approx(5.5), None)
        assert starts(result, ScheduledCue("o", 6.0, "over", "B"))["r"] == (pytest.approx(7.5), None)
        assert starts(result, ScheduledCue("o", 4.0, "over", "B"), now=4.3)["r"] == (pytest.approx(5.5), None)
        assert starts(result, ScheduledCue("o", 6.1, "over", "B"))["r"] == (4.3, None)
        assert starts(result, ScheduledCue("o", 4.4, "split"))["r"] == (4.3, None)

    def test_playing_result_goes_on_under_a_tone(self) -> None:
        found = starts(ScheduledCue("r", 4.0, "result"), ScheduledCue("o", 4.5, "over"), begun={"r": 4.0})
        assert found["r"] == (4.0, None)

    def test_result_begun_during_a_countdown_is_cut_at_its_start(self) -> None:
        assert starts(ScheduledCue("r", 7.0, "result"), *countdown(10.0), begun={"r": 7.0})["r"] == (7.0, 7.0)

    def test_result_keeps_its_begun_start_when_the_layout_had_moved_it(self) -> None:
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

    def test_empty_result_takes_no_place(self) -> None:
        assert starts(ScheduledCue("r", 4.0, "result", text="0"), ScheduledCue("q", 4.0, "result")) == {
            "q": (4.0, None)
        }


class TestAnnouncements:
    def test_announcement_waits_for_lines_and_numbers(self) -> None:
        said = [ScheduledCue("n", 4.0, "count"), ScheduledCue("s", 4.5, "say", text="1000")]
        found = starts(ScheduledCue("a", 3.9, "announce"), *said)
        assert found == starts(*said) | {"a": (pytest.approx(5.5), None)}

    def test_result_waits_for_an_announcement(self) -> None:
        found = starts(ScheduledCue("r", 3.0, "result"), ScheduledCue("a", 4.0, "announce"))
        assert found == {"a": (4.0, None), "r": (pytest.approx(5.05), None)}

    def test_announcement_waits_for_a_playing_result(self) -> None:
        found = starts(ScheduledCue("r", 3.0, "result"), ScheduledCue("a", 4.0, "announce"), begun={"r": 3.0})
        assert found == {"r": (3.0, None), "a": (pytest.approx(4.75), None)}

    def test_announcement_is_left_out_if_it_would_be_late_or_run_into_a_countdown(self) -> None:
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
    """Properties of every layout, whatever cues are scheduled at whatever moments."""

    @staticmethod
    def simulate(
        cues: list[ScheduledCue], waits: list[float], *, with_results: bool = True
    ) -> list[tuple[float, Layout]]:
        """Returns (moment, layout) after each cue is scheduled, while a sink begins what is due.

        `waits` holds the seconds that pass after each cue.
        """
        scheduler, now, layouts = CueScheduler(clip, rate=RATE), 0.0, []
        for cue, wait in zip(cues, waits, strict=False):
            if with_results or cue.cue not in LAST:
                scheduler.add(cue)
            scheduler.update_layout(now)
            layouts.append((now, scheduler.layout))
            now += wait
            for item in scheduler.layout.items:
                if item.start <= now and not scheduler.has_begun(item.cue.id):
                    scheduler.note_begun(item.cue.id, item.start)
        return layouts

    @given(st.lists(CUE, max_size=14), st.lists(st.floats(0, 4), min_size=14, max_size=14))
    def test_speech_never_overlaps_a_countdown(self, cues: list[ScheduledCue], waits: list[float]) -> None:
        for now, layout in self.simulate(cues, waits):
            spans = [(item.start, item.start + item.frames / RATE, item.cue.group) for item in layout.items
                     if item.cue.spec.guarded]  # fmt: skip
            for item in layout.items:
                if not item.speech:
                    continue
                end = item.start + item.frames / RATE if item.cut is None else item.cut
                for first, last, _ in merge_countdowns(spans):
                    # Speech that is already inside a newly scheduled countdown is cut at its start.
                    assert (
                        last <= item.start or end <= max(first - COUNTDOWN_GAP_S, item.start) + 1e-9 or item.start < now
                    )

    @given(st.lists(CUE, max_size=14), st.lists(st.floats(0, 4), min_size=14, max_size=14))
    def test_playing_speech_is_cut_before_a_countdown(self, cues: list[ScheduledCue], waits: list[float]) -> None:
        for _, layout in self.simulate(cues, waits):
            guarded = [(item.start, item.start + item.frames / RATE) for item in layout.items if item.cue.spec.guarded]
            for item in layout.items:
                end = item.start + item.frames / RATE if item.cut is None else item.cut
                for first, last in guarded:
                    assert (
                        not item.speech or last <= item.start or end <= max(first - COUNTDOWN_GAP_S, item.start) + 1e-9
                    )

    @given(st.lists(CUE, max_size=14), st.lists(st.floats(0, 4), min_size=14, max_size=14))
    def test_spoken_clips_never_overlap(self, cues: list[ScheduledCue], waits: list[float]) -> None:
        for now, layout in self.simulate(cues, waits):
            said = [item for item in layout.items if item.speech and item.frames]
            for one, two in itertools.pairwise(said):
                end = one.start + one.frames / RATE if one.cut is None else one.cut
                assert end <= two.start + 1e-9 or one.start < now

    @given(st.lists(CUE, max_size=14), st.lists(st.floats(0, 4), min_size=14, max_size=14))
    def test_results_and_announcements_move_nothing_else(self, cues: list[ScheduledCue], waits: list[float]) -> None:
        def others(layout: Layout) -> list[tuple[str, float, float | None]]:
            return [(item.cue.id, item.start, item.cut) for item in layout.items if item.cue.cue not in LAST]

        layouts, without = (self.simulate(cues, waits, with_results=with_results) for with_results in (True, False))
        assert [others(layout) for _, layout in layouts] == [others(layout) for _, layout in without]

    @given(
        st.lists(CUE.map(lambda cue: replace(cue, at=cue.at / 6)), min_size=4, max_size=14),
        st.lists(st.floats(0, 1), min_size=14, max_size=14),
    )
    def test_results_and_announcements_do_not_begin_during_a_tone(
        self, cues: list[ScheduledCue], waits: list[float]
    ) -> None:
        for now, layout in self.simulate(cues, waits):
            tones = [(item.start, item.start + item.frames / RATE) for item in layout.items if item.cue.cue == "over"]
            for item in layout.items:
                if item.cue.cue in LAST and item.start > now:  # it has not begun
                    assert not any(first <= item.start < end - 1e-9 for first, end in tones)

    @given(st.lists(CUE, max_size=14))
    def test_no_cue_waits_longer_than_max_wait_s(self, cues: list[ScheduledCue]) -> None:
        for item in laid_out(cues).items:
            assert item.start - item.cue.at <= item.cue.spec.max_wait_s + 1e-9

    def test_late_speech_still_ends_before_a_countdown(self) -> None:
        assert max(spec.play_grace_s for spec in CUE_SPECS.values() if spec.spoken) < COUNTDOWN_GAP_S


class TestCounting:
    def test_onset_of_a_number_is_on_its_second(self) -> None:
        assert starts(ScheduledCue("n", 4.0, "count"))["n"] == (pytest.approx(3.98), None)

    def test_numbers_never_move_and_speech_waits_for_them(self) -> None:
        found = starts(
            ScheduledCue("n", 4.0, "count"), ScheduledCue("m", 5.0, "count"), ScheduledCue("s", 3.5, "say", text="300")
        )
        assert found["n"][0] == pytest.approx(3.98)
        assert found["s"][0] == pytest.approx(5.38)

    def test_numbers_before_and_during_a_countdown_are_left_out(self) -> None:
        cues = [ScheduledCue(f"n{n}", float(n), "count", "B") for n in range(5, 13)]
        assert set(starts(*cues, *countdown(10.0))) == {"n5", "n6", "A3", "A2", "A1", "A0", "n11", "n12"}

    def test_second_of_two_overlapping_numbers_is_left_out(self) -> None:
        assert set(starts(ScheduledCue("n", 4.0, "count"), ScheduledCue("m", 4.2, "count", "B"))) == {"n"}

    def test_playing_number_is_cut_before_a_newly_scheduled_countdown(self) -> None:
        cues = (ScheduledCue("n", 6.5, "count"), *countdown(10.2))
        assert starts(*cues, begun={"n": 6.48})["n"] == (pytest.approx(6.48), pytest.approx(6.7))
