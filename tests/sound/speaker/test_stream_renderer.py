"""The stream renderer: the clock of a device, and cues at the frames that belong to their moments."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.sound import ScheduledCue
from kicktimer.sound.speaker.clips import Sound
from kicktimer.sound.speaker.mixer import MAX_SAMPLE
from kicktimer.sound.speaker.scheduler import CueScheduler
from kicktimer.sound.speaker.stream_renderer import HUM_AMPLITUDE, DeviceClock, StreamRenderer, keep_awake_hum
from tests.sound.speaker.test_scheduler import RATE, clip


class TestDeviceClock:
    def test_clock_is_learned_from_the_least_late_moments(self) -> None:
        clock = DeviceClock(RATE)
        for block in range(100):
            clock.observe(50.0 + block * 0.02 + (block * 7 % 5) * 0.001, block * 20)
        assert clock.origin == pytest.approx(50.0)
        assert clock.frame_at(51.0) == 1000

    def test_clock_follows_an_interrupted_device(self) -> None:
        clock = DeviceClock(RATE)
        for block in range(400):
            interruption = 0.05 if block >= 200 else 0.0
            clock.observe(50.0 + interruption + block * 0.02, block * 20)
        assert clock.origin == pytest.approx(50.05)

    def test_clock_follows_a_device_that_runs_at_another_speed(self) -> None:
        clock = DeviceClock(RATE)
        for block in range(50_000):
            clock.observe(block * 0.02 * 1.0001, block * 20)
        assert clock.frame_at(50_000 * 0.02 * 1.0001) == pytest.approx(50_000 * 20, abs=2)


class PromptDevice:
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


class TestStreamRenderer:
    @given(st.lists(st.integers(1500, 8000), min_size=1, max_size=6, unique=True))
    def test_cues_begin_at_their_moment_minus_the_latency(self, moments: list[int]) -> None:
        scheduler = CueScheduler(lambda *_: Sound.from_samples(array("h", [1])), rate=RATE)
        for moment in moments:
            scheduler.add(ScheduledCue(str(moment), moment / RATE, "split"))
        stream = PromptDevice(scheduler)
        stream.until(9.0)
        assert [i for i, value in enumerate(stream.samples) if value] == sorted(moment - 100 for moment in moments)

    def test_cancelled_cue_is_silent(self) -> None:
        scheduler = CueScheduler(clip, rate=RATE)
        scheduler.add(ScheduledCue("go", 2.0, "go"))
        stream = PromptDevice(scheduler)
        stream.until(1.5)
        scheduler.remove("go")
        stream.until(3.0)
        assert stream.onsets() == []

    def test_playing_clip_fades_out_when_it_is_cancelled(self) -> None:
        scheduler = CueScheduler(clip, rate=48_000)
        scheduler.add(ScheduledCue("go", 1.0, "say", text="48000"))
        renderer = StreamRenderer(scheduler, 0.0)
        samples: list[int] = []
        for block in range(150):
            if block == 60:
                scheduler.remove("go")
            scheduler.update_layout(block * 0.02)
            samples += renderer.render(block * 0.02, 960)
        last = max(i for i, value in enumerate(samples) if value)
        assert 1.2 <= last / 48_000 < 1.21

    def test_speech_cut_by_a_countdown_fades_out(self) -> None:
        scheduler = CueScheduler(clip, rate=48_000)
        scheduler.add(ScheduledCue("long", 1.0, "say", text="96000"))
        renderer = StreamRenderer(scheduler, 0.0)
        samples: list[int] = []
        for block in range(100):
            if block == 75:
                scheduler.add(ScheduledCue("pip", 1.7, "pip"))
            scheduler.update_layout(block * 0.02)
            samples += renderer.render(block * 0.02, 960)
            while renderer.begun:
                scheduler.note_begun(*renderer.begun.popleft())
        end = next(i for i in range(72_000, len(samples)) if samples[i] == 0)
        assert end < 1.51 * 48_000
        falls = [samples[i] - samples[i + 1] for i in range(end - 300, end)]
        assert max(falls) < 50, "no click"

    def test_just_begun_result_goes_on_under_a_layout_made_before_it_was_reported(self) -> None:
        scheduler = CueScheduler(clip, rate=48_000)
        result = ScheduledCue("r", 1.0, "result", text="48000")
        scheduler.add(result)
        renderer = StreamRenderer(scheduler, 0.0)
        samples: list[int] = []
        for block in range(110):
            if block == 60:
                for number in range(9):
                    scheduler.add(ScheduledCue(f"over{number}", 1.25 + 2.5 * number, "over", text="96000"))
            scheduler.update_layout(block * 0.02)
            assert block != 60 or "r" not in [item.cue.id for item in scheduler.layout.items]
            samples += renderer.render(block * 0.02, 960)
            while block > 60 and renderer.begun:
                scheduler.note_begun(*renderer.begun.popleft())
        assert set(samples[48_000:59_000]) == {1000}, "the result neither fades nor starts again"
        assert samples[95_000] == 1250, "the result goes on under the tone"

    def test_cue_keeps_its_moment_after_an_interruption_of_the_stream(self) -> None:
        scheduler = CueScheduler(clip, rate=48_000)
        scheduler.add(ScheduledCue("split", 11.9, "split"))
        renderer = StreamRenderer(scheduler, 0.0)
        samples: list[int] = []
        now = 0.0
        for block in range(700):
            now = block * 0.02 + (0.036 if block >= 500 else 0.0)
            scheduler.update_layout(now)
            samples += renderer.render(now, 960)
        heard = samples.index(1000) / 48_000 + 0.036
        assert heard == pytest.approx(11.9, abs=0.002)

    def test_cue_that_is_too_late_is_reported_as_missed(self) -> None:
        scheduler = CueScheduler(clip, rate=RATE)
        stream = PromptDevice(scheduler)
        stream.until(5.0)
        scheduler.add(ScheduledCue("pip", 4.5, "pip"))
        scheduler.add(ScheduledCue("go", 4.8, "go"))
        stream.until(7.0)
        assert list(stream.renderer.missed) == ["pip"]
        assert stream.onsets() == [5000]

    def test_cue_begun_by_another_sink_is_not_begun_again(self) -> None:
        scheduler = CueScheduler(clip, rate=RATE)
        scheduler.add(ScheduledCue("go", 1.0, "go"))
        scheduler.note_begun("go", 1.0)
        stream = PromptDevice(scheduler)
        stream.until(3.0)
        assert stream.onsets() == []

    def test_quiet_hum_keeps_a_loudspeaker_awake(self) -> None:
        scheduler = CueScheduler(clip, rate=RATE, keep_awake=True)
        scheduler.add(ScheduledCue("a", 1.0, "pip"))
        stream = PromptDevice(scheduler)
        stream.until(4.0)
        assert stream.samples[900:1000] == [1000] * 100
        rest = stream.samples[:900] + stream.samples[1000:]
        assert 0 < max(rest) <= HUM_AMPLITUDE < MAX_SAMPLE / 200
        assert max(sum(value == 0 for value in rest[n : n + 1600]) for n in range(0, 2400, 800)) < 40
        scheduler.muted = True
        stream.until(5.0)
        assert any(stream.samples[-1000:])

    @given(st.integers(0, 10**9), st.lists(st.integers(1, 4000), min_size=1, max_size=4))
    def test_hum_is_continuous_across_blocks(self, first: int, sizes: list[int]) -> None:
        pieces, place = [], first
        for size in sizes:
            pieces += keep_awake_hum(place, size)
            place += size
        assert pieces == list(keep_awake_hum(first, sum(sizes)))

    def test_muted_stream_is_silent_and_goes_on(self) -> None:
        scheduler = CueScheduler(clip, rate=RATE)
        scheduler.add(ScheduledCue("a", 1.0, "pip"))
        scheduler.add(ScheduledCue("b", 2.0, "pip"))
        scheduler.muted = True
        stream = PromptDevice(scheduler)
        stream.until(1.5)
        scheduler.muted = False
        stream.until(3.0)
        assert stream.onsets() == [1900]
        assert [ident for ident, _ in stream.renderer.begun] == ["a", "b"]
