"""The mixer and what is around it: samples at exact frames, speech that makes room, streams whose clock is learnt."""

from __future__ import annotations

import wave
from array import array
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.sound import Scheduled, clips
from kicktimer.sound.feed import Feed, Timeline
from kicktimer.sound.mixer import FADE, LOUDEST, SOFTEST, Mixer
from kicktimer.sound.programme import CLEAR, Programme, quiet_place

if TYPE_CHECKING:
    from pathlib import Path

RATE = 1000
SAMPLE = st.integers(SOFTEST, LOUDEST)
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

    @given(st.lists(st.tuples(st.integers(0, 150), st.lists(st.integers(-4000, 4000), min_size=1)), max_size=8))
    def test_overlaps_are_added(self, placed: list[tuple[int, list[int]]]) -> None:
        expected = [0] * 400
        for frame, values in placed:
            for index, value in enumerate(values):
                if frame + index < 400:
                    expected[frame + index] += value
        mixer = mixed([(frame, array("h", values)) for frame, values in placed])
        assert list(mixer.render(0, 400)) == expected

    @given(PLACED)
    def test_nothing_wraps(self, placed: list[tuple[int, array[int]]]) -> None:
        loud = [(frame, array("h", [30000] * len(samples))) for frame, samples in placed]
        assert all(0 <= value <= LOUDEST for value in mixed(loud).render(0, 200))

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
        assert set(rendered[: 1000 - FADE]) == {20000}
        assert list(rendered[1000 - FADE : 1000]) == sorted(rendered[1000 - FADE : 1000], reverse=True)
        assert not any(rendered[1000:])

    def test_an_id_that_comes_again_is_replaced(self) -> None:
        mixer = mixed([(5, array("h", [1, 1]))])
        mixer.place("0", 20, array("h", [2]))
        assert [index for index, value in enumerate(mixer.render(0, 40)) if value] == [20]


LENGTHS = {"pip": 100, "go": 700, "split": 150, "say": 2000}


def clip(cue: str, _group: str, text: str) -> array[int]:
    return array("h", [1000] * (int(text) if text else LENGTHS[cue]))


def starts(*cues: Scheduled, begun: dict[str, float] | None = None) -> dict[str, tuple[float, float | None]]:
    programme = Programme(clip, rate=RATE)
    for cue in cues:
        programme.put(cue)
    for ident, start in (begun or {}).items():
        programme.begin(ident, start)
    programme.settle(0.0)
    return {item.cue.id: (item.start, item.cut) for item in programme.plan.items}


def countdown(go: float, group: str = "A") -> list[Scheduled]:
    return [Scheduled(f"{group}{n}", go - n, "pip" if n else "go", group) for n in (3, 2, 1, 0)]


class TestSpeech:
    def test_it_stands_where_it_was_wanted_when_there_is_room(self) -> None:
        assert starts(Scheduled("s", 4.0, "say"), *countdown(10.0))["s"] == (4.0, None)

    def test_it_is_left_out_when_it_would_run_into_its_own_countdown(self) -> None:
        assert "s" not in starts(Scheduled("s", 4.6, "say"), *countdown(10.0))

    def test_it_waits_until_another_group_has_gone(self) -> None:
        assert starts(Scheduled("s", 4.8, "say", "B"), *countdown(10.0))["s"] == (pytest.approx(10.7), None)

    def test_it_is_left_out_when_it_would_wait_too_long(self) -> None:
        assert "s" not in starts(Scheduled("s", 4.6, "say", "B"), *countdown(10.0), *countdown(14.0, "C"))

    def test_it_is_cut_when_a_countdown_is_wanted_after_it_has_begun(self) -> None:
        assert starts(Scheduled("s", 5.5, "say"), *countdown(10.0), begun={"s": 5.5})["s"] == (5.5, 6.5)

    def test_two_do_not_talk_at_once(self) -> None:
        found = starts(Scheduled("s", 4.0, "say"), Scheduled("t", 5.0, "say"))
        assert found == {"s": (4.0, None), "t": (6.0, None)}

    def test_tones_never_move(self) -> None:
        cues = [*countdown(10.0), *countdown(10.2, "B")]
        assert starts(*cues) == {cue.id: (cue.at, None) for cue in cues}

    @given(
        st.floats(0, 30),
        st.floats(0.1, 5),
        st.lists(st.tuples(st.floats(0, 30), st.floats(0.05, 1), st.sampled_from("AB")), max_size=8),
    )
    def test_a_quiet_place_is_quiet(self, wanted: float, length: float, raw: list[tuple[float, float, str]]) -> None:
        guarded = sorted((start, start + size, group) for start, size, group in raw)
        place = quiet_place(wanted, length, "A", guarded)
        if place is not None:
            assert place >= wanted
            for first, end, _ in guarded:
                assert end <= place or place + length + CLEAR <= first


class TestTimeline:
    def test_the_least_lateness_tells_the_clock(self) -> None:
        timeline = Timeline(RATE)
        for turn in range(100):
            timeline.observe(50.0 + turn * 0.02 + (turn * 7 % 5) * 0.001, turn * 20)
        assert timeline.origin == pytest.approx(50.0)
        assert timeline.frame_at(51.0) == 1000

    def test_it_follows_a_device_that_stood_still(self) -> None:
        timeline = Timeline(RATE)
        for turn in range(400):
            stood = 0.05 if turn >= 200 else 0.0
            timeline.observe(50.0 + stood + turn * 0.02, turn * 20)
        assert timeline.origin == pytest.approx(50.05)

    def test_it_follows_a_device_whose_clock_differs(self) -> None:
        timeline = Timeline(RATE)
        for turn in range(50_000):
            timeline.observe(turn * 0.02 * 1.0001, turn * 20)
        assert timeline.frame_at(50_000 * 0.02 * 1.0001) == pytest.approx(50_000 * 20, abs=2)


class Stream:
    """A device that takes blocks of 20 ms on time."""

    def __init__(self, programme: Programme, latency: float = 0.1) -> None:
        self.programme = programme
        self.feed = Feed(programme, latency)
        self.samples: list[int] = []

    def until(self, moment: float) -> None:
        while (now := self.feed.position / RATE) < moment:
            self.programme.settle(now)
            self.samples += self.feed.fill(now, 20)

    def onsets(self) -> list[int]:
        return [i for i, value in enumerate(self.samples) if value and (i == 0 or not self.samples[i - 1])]


class TestFeed:
    @given(st.lists(st.integers(1500, 8000), min_size=1, max_size=6, unique=True))
    def test_cues_begin_at_their_moment_less_the_latency(self, moments: list[int]) -> None:
        programme = Programme(lambda *_: array("h", [1]), rate=RATE)
        for moment in moments:
            programme.put(Scheduled(str(moment), moment / RATE, "split"))
        stream = Stream(programme)
        stream.until(9.0)
        assert [i for i, value in enumerate(stream.samples) if value] == sorted(moment - 100 for moment in moments)

    def test_what_is_no_longer_wanted_is_silent(self) -> None:
        programme = Programme(clip, rate=RATE)
        programme.put(Scheduled("go", 2.0, "go"))
        stream = Stream(programme)
        stream.until(1.5)
        programme.drop("go")
        stream.until(3.0)
        assert stream.onsets() == []

    def test_what_sounds_already_is_cut(self) -> None:
        programme = Programme(clip, rate=48_000)
        programme.put(Scheduled("go", 1.0, "say", text="48000"))
        feed = Feed(programme, 0.0)
        samples: list[int] = []
        for turn in range(150):
            if turn == 60:
                programme.drop("go")
            programme.settle(turn * 0.02)
            samples += feed.fill(turn * 0.02, 960)
        last = max(i for i, value in enumerate(samples) if value)
        assert 1.2 <= last / 48_000 < 1.21

    def test_a_cue_that_is_too_late_is_left_out_and_said(self) -> None:
        programme = Programme(clip, rate=RATE)
        stream = Stream(programme)
        stream.until(5.0)
        programme.put(Scheduled("pip", 4.5, "pip"))
        programme.put(Scheduled("go", 4.8, "go"))
        stream.until(7.0)
        assert list(stream.feed.missed) == ["pip"]
        assert stream.onsets() == [5000]

    def test_what_another_sink_has_begun_is_not_begun_again(self) -> None:
        programme = Programme(clip, rate=RATE)
        programme.put(Scheduled("go", 1.0, "go"))
        programme.begin("go", 1.0)
        stream = Stream(programme)
        stream.until(3.0)
        assert stream.onsets() == []

    def test_muted_is_silent_and_goes_on(self) -> None:
        programme = Programme(clip, rate=RATE)
        programme.put(Scheduled("a", 1.0, "pip"))
        programme.put(Scheduled("b", 2.0, "pip"))
        programme.muted = True
        stream = Stream(programme)
        stream.until(1.5)
        programme.muted = False
        stream.until(3.0)
        assert stream.onsets() == [1900]
        assert [ident for ident, _ in stream.feed.begun] == ["a", "b"]


class TestClips:
    def test_every_cue_has_a_sound_of_its_own(self) -> None:
        loaded = clips.load(clips.folder(), groups=("A", "B"))
        assert loaded.faults == ()
        sounds = [
            loaded.clip(cue, "A", "").tobytes()
            for cue in ("pip", "go", "split", "recovery", "ten", "closing", "last", "over", "error")
        ]
        sounds += [
            loaded.clip("split", "B", "").tobytes(),
            loaded.clip("say", "A", "How relaxed can you look").tobytes(),
        ]
        assert all(sounds)
        assert len(set(sounds)) == len(sounds)

    def test_they_are_loud_and_do_not_clip(self) -> None:
        for name, samples in clips.load(clips.folder()).sounds.items():
            peak = max(abs(value) for value in samples)
            assert 0.45 * LOUDEST < peak <= LOUDEST * 10 ** (-1 / 20), name
            assert len(samples) < 3 * clips.RATE, name

    def test_go_begins_at_once(self) -> None:
        assert abs(clips.load(clips.folder()).sounds["go"][0]) > LOUDEST // 2

    @pytest.mark.parametrize("text", ["Last rep", " last  REP! ", "last rep."])
    def test_speech_is_found_by_its_text(self, text: str) -> None:
        assert clips.load(clips.folder()).name("say", "A", text) == "say-last-rep"

    def test_a_text_without_a_clip_is_a_chime(self) -> None:
        assert clips.load(clips.folder()).name("say", "A", "../../etc/passwd") == "chime"

    @pytest.mark.parametrize("width", [1, 2, 3, 4])
    @pytest.mark.parametrize("channels", [1, 2])
    def test_any_wav_is_read(self, tmp_path: Path, width: int, channels: int) -> None:
        path = tmp_path / "pip.wav"
        frame = (b"\xc0" if width == 1 else b"\0" * (width - 1) + b"\x40") * channels  # half of the loudest
        with wave.open(str(path), "wb") as out:
            out.setparams((channels, width, 24_000, 0, "NONE", ""))
            out.writeframes(frame * 1000)
        samples = clips.samples_of(path, 48_000)
        assert len(samples) == pytest.approx(2000, abs=2)
        assert set(samples) == {16384}

    def test_a_bad_file_is_named_and_the_rest_is_there(self, tmp_path: Path) -> None:
        (tmp_path / "go.wav").write_bytes(b"no sound at all")
        (tmp_path / "chime.wav").write_bytes((clips.folder() / "chime.wav").read_bytes())
        loaded = clips.load(tmp_path)
        assert any(fault.startswith("go.wav") for fault in loaded.faults)
        assert loaded.clip("go", "A", "") == loaded.sounds["chime"]
