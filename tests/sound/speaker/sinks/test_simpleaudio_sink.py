"""simpleaudio's buffers against a device that takes them piece by piece: what is heard, to the frame."""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass, field, replace
from types import ModuleType, SimpleNamespace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kicktimer.cue_table import CUE_SPECS
from kicktimer.sound import ScheduledCue
from kicktimer.sound.speaker import priority
from kicktimer.sound.speaker.clips import RATE, Sound
from kicktimer.sound.speaker.mixer import MAX_SAMPLE, PEAK_LIMIT, Mixer
from kicktimer.sound.speaker.scheduler import CueScheduler
from kicktimer.sound.speaker.sinks import simpleaudio_sink
from kicktimer.sound.speaker.sinks.simpleaudio_sink import (
    DEVICE_BUFFER_S,
    FAULT_AFTER_S,
    REWRITE_AHEAD_S,
    START_OFFSET_S,
    TAIL_S,
    YIELD_S,
    SimpleAudioSink,
)

TICK = 0.005
LENGTHS = {
    "pip": 0.1,
    "go": 0.7,
    "split": 0.15,
    "recovery": 0.5,
    "say": 1.5,
    "count": 0.4,
    "result": 1.0,
    "over": 0.6,
    "short": 0.6,
}
LEVELS = {"pip": 22_000, "go": PEAK_LIMIT, "split": 25_000, "recovery": PEAK_LIMIT, "say": PEAK_LIMIT, "count": 20_000}
SOUNDS = {
    cue: Sound.of(array("h", [LEVELS.get(cue, 20_000)]) * round(length * RATE)) for cue, length in LENGTHS.items()
}


@dataclass
class Play:
    buffer: bytearray
    began: float
    taken: int = 0
    stopped: bool = False


@dataclass
class Device:
    """A device that reads `DEVICE_BUFFER_S` of each buffer in advance and adds up buffers without a limit.

    Its clock is advanced by the test.
    """

    opening: float = 0.003
    alone: bool = False
    hangs: float = float("inf")
    """From then on it takes nothing, and lets nothing end."""
    refuses: bool = False
    now: float = 100.0
    plays: list[Play] = field(default_factory=list)
    heard: dict[int, int] = field(default_factory=dict)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """A run that was begun is left to the server, before anything more is mixed."""
        assert seconds == YIELD_S
        assert self.now == self.plays[-1].began - START_OFFSET_S
        self.now += seconds
        self.take()

    def play_buffer(self, buffer: bytearray, channels: int, width: int, rate: int) -> SimpleNamespace:
        assert (channels, width, rate) == (1, 2, RATE)
        if self.alone and any(self.playing(play) for play in self.plays):
            raise RuntimeError("Device or resource busy")
        if self.refuses:
            raise RuntimeError("Connection refused")
        self.now += self.opening
        play = Play(buffer, self.now + START_OFFSET_S)
        self.plays.append(play)
        self.take()

        def stop() -> None:
            play.stopped = True

        return SimpleNamespace(is_playing=lambda: self.playing(play), stop=stop)

    def playing(self, play: Play) -> bool:
        if self.now >= self.hangs:
            return True
        return not play.stopped and self.now < play.began + len(play.buffer) / 2 / RATE

    def count_waits(self, _threads: frozenset[int]) -> int:
        """How often threads have waited that it wakes 40 times in a second."""
        return int(min(self.now, self.hangs) * 40)

    def take(self) -> None:
        if self.now >= self.hangs:
            return
        for play in self.plays:
            end = min(len(play.buffer) // 2, round((self.now + DEVICE_BUFFER_S - play.began) * RATE))
            if play.stopped or end <= play.taken:
                continue
            samples = array("h", bytes(play.buffer[2 * play.taken : 2 * end]))
            first = round(play.began * RATE) + play.taken
            for place, sample in enumerate(samples, first):
                if sample:
                    self.heard[place] = self.heard.get(place, 0) + sample
            play.taken = end


class Desk:
    """A speaker's loop with this device."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.scheduler = CueScheduler(lambda cue, _group, text: SOUNDS.get(text, SOUNDS[cue]), rate=RATE)
        self.sink = SimpleAudioSink()
        self.sink.open()
        self.begun: list[str] = []
        self.missed: list[str] = []
        self.pass_(0.5)
        self.sink.attach(self.scheduler)
        self.start = device.now

    def want(self, *cues: ScheduledCue) -> None:
        for cue in cues:
            self.scheduler.add(cue)

    def pass_(self, seconds: float) -> None:
        end = self.device.now + seconds
        while self.device.now < end:
            now = self.device.now
            self.scheduler.update_layout(now)
            self.sink.pump(now)
            begun, missed = self.sink.take_reports()
            for ident, start in begun:
                self.begun.append(ident)
                self.scheduler.note_begun(ident, start)
            self.missed += missed
            assert self.sink.find_fault(now) is None
            self.device.take()
            self.device.now = max(self.device.now, now) + TICK

    def sounds(self) -> list[tuple[float, float, int]]:
        """Stretches of sound: beginning and length in seconds from the start, and the loudest sample."""
        found: list[tuple[float, float, int]] = []
        places = sorted(self.device.heard)
        begin = 0
        for index in range(1, len(places) + 1):
            if index == len(places) or places[index] > places[index - 1] + 5:
                stretch = places[begin:index]
                loudest = max(abs(self.device.heard[place]) for place in stretch)
                found.append((stretch[0] / RATE - self.start, len(stretch) / RATE, loudest))
                begin = index
        return found


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return stage(monkeypatch, Device())


def stage(monkeypatch: pytest.MonkeyPatch, device: Device) -> Desk:
    library = ModuleType("simpleaudio")
    library.play_buffer = device.play_buffer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "simpleaudio", library)
    monkeypatch.setattr(simpleaudio_sink, "time", SimpleNamespace(monotonic=device.monotonic, sleep=device.sleep))
    return Desk(device)


def countdown(go: float) -> list[ScheduledCue]:
    return [ScheduledCue(f"{go}/{n}", go - n, "pip" if n else "go") for n in (3, 2, 1, 0)]


@pytest.mark.parametrize("opening", [0.0, 0.003, 0.04, 0.15])
def test_however_long_the_device_takes_to_open_cues_are_on_time(
    monkeypatch: pytest.MonkeyPatch, opening: float
) -> None:
    desk = stage(monkeypatch, Device(opening))
    desk.want(*countdown(desk.start + 4.0), ScheduledCue("s", desk.start + 7.0, "split"))
    desk.pass_(8.0)
    found = desk.sounds()
    assert [begin for begin, _, _ in found] == pytest.approx([1.0, 2.0, 3.0, 4.0, 7.0], abs=2 / RATE)
    assert [length for _, length, _ in found] == pytest.approx([0.1, 0.1, 0.1, 0.7, 0.15], abs=2 / RATE)
    assert len(desk.device.plays) == 2
    assert (len(desk.begun), desk.missed) == (5, [])


@pytest.mark.parametrize("before", [0.2, 0.3, 0.9, 1.05, 2.5])
def test_after_a_hold_nothing_is_heard(desk: Desk, before: float) -> None:
    cues = countdown(desk.start + 4.0)
    desk.want(*cues)
    desk.pass_(4.0 - before)
    for cue in cues:
        desk.scheduler.remove(cue.id)
    desk.pass_(3.0)
    assert len(desk.sounds()) == sum(cue.at < desk.start + 4.0 - before + DEVICE_BUFFER_S for cue in cues)
    assert all(begin + length <= 4.0 - before + REWRITE_AHEAD_S + 0.01 for begin, length, _ in desk.sounds())


def test_what_is_left_of_a_run_keeps_its_place(desk: Desk) -> None:
    cues = countdown(desk.start + 4.0)
    desk.want(*cues)
    desk.pass_(2.5)
    desk.scheduler.remove(cues[2].id)
    desk.pass_(3.0)
    assert [begin for begin, _, _ in desk.sounds()] == pytest.approx([1.0, 2.0, 4.0], abs=2 / RATE)
    assert len(desk.device.plays) == 2


def test_a_countdown_that_is_wanted_while_somebody_speaks_cuts_the_speech(desk: Desk) -> None:
    desk.want(ScheduledCue("s", desk.start + 1.0, "say"))
    desk.pass_(1.6)
    desk.want(*countdown(desk.start + 5.3))
    desk.pass_(5.0)
    found = desk.sounds()[:2]
    assert [begin for begin, _, _ in found] == pytest.approx([1.0, 2.3], abs=2 / RATE)
    assert [length for _, length, _ in found] == pytest.approx([0.8, 0.1], abs=2 / RATE)


@pytest.mark.parametrize("notice", [0.0, 0.1, 0.2, 0.4])
def test_a_cue_over_speech_is_on_time_and_the_speech_goes_on_below_it(desk: Desk, notice: float) -> None:
    desk.want(ScheduledCue("s", desk.start + 1.0, "say"))
    desk.pass_(1.8 - notice)
    desk.want(ScheduledCue("r", desk.start + 1.8, "recovery"))
    desk.pass_(3.0)
    level = {moment: desk.device.heard.get(round((desk.start + moment) * RATE), 0) for moment in (1.5, 2.1, 2.4, 2.495)}
    late = max(0.0, REWRITE_AHEAD_S - notice)  # it would be drowned else
    assert level[1.5] == PEAK_LIMIT
    assert level[2.1] > 0.9 * PEAK_LIMIT
    assert (level[2.4] == PEAK_LIMIT) is (late == 0.0)
    assert level[2.495] == PEAK_LIMIT or late > 0.14
    assert max(loudest for _, _, loudest in desk.sounds()) <= MAX_SAMPLE
    assert desk.sounds()[-1][0] + desk.sounds()[-1][1] == pytest.approx(2.5, abs=0.001)


@pytest.mark.parametrize("room", [True, False])
def test_a_cue_that_waits_so_as_not_to_be_drowned_is_heard_where_the_plan_changes(desk: Desk, room: bool) -> None:
    desk.want(ScheduledCue("first", desk.start + 1.0, "recovery"))
    if not room:  # what is left of that run after 4.9 s is too little
        desk.want(ScheduledCue("second", desk.start + 4.9, "recovery"))
    at = 1.1 if room else 5.1
    desk.pass_(at)
    desk.want(ScheduledCue("now", desk.device.now, "recovery"))
    desk.pass_(0.02)
    desk.want(ScheduledCue("later", desk.device.now + 3.0, "go"))
    desk.pass_(4.5)
    assert len(desk.device.plays) == (2 if room else 3)
    assert desk.begun.count("now") == 1
    assert desk.device.heard.get(round((desk.start + at + 0.55) * RATE), 0) == PEAK_LIMIT


@pytest.mark.parametrize("notice", [0.02, 0.1, 0.14, 0.2])
def test_a_result_that_was_to_wait_for_a_tone_is_spoken_whole(desk: Desk, notice: float) -> None:
    desk.want(ScheduledCue("r", desk.start + 1.0, "result"))
    desk.pass_(1.0 - notice)
    desk.want(ScheduledCue("now", desk.device.now, "recovery"))
    desk.pass_(4.0)
    assert sorted(desk.begun) == ["now", "r"]
    *_, (begin, length, _) = desk.sounds()
    assert begin + length == pytest.approx(
        2.0 if notice < REWRITE_AHEAD_S else 1.0 - notice + 0.5 + 0.25 + 1.0, abs=TICK + 0.001
    )


@pytest.mark.parametrize("go", [4.4, 4.8])
@pytest.mark.parametrize("notice", [0.02, 0.1, 0.14, 0.2])
def test_a_result_for_which_a_tone_leaves_no_room_is_spoken_whole_or_not_at_all(
    desk: Desk, notice: float, go: float
) -> None:
    desk.want(ScheduledCue("r", desk.start + 1.0, "result"))
    desk.pass_(1.0 - notice)
    now = desk.device.now
    desk.want(ScheduledCue("now", now, "recovery"), *countdown(now + go))  # a result is 1 s long, and keeps 0.5 s clear
    desk.pass_(go - 3.1)
    pips = now - desk.start + go - 3.0
    *_, end = (begin + length for begin, length, _ in desk.sounds() if begin < pips - TICK)
    if notice < REWRITE_AHEAD_S:
        assert end == pytest.approx(min(2.0, pips - 0.5), abs=TICK + 0.001)
    else:
        assert desk.begun == ["now"]
        assert end == pytest.approx(now - desk.start + 0.5, abs=0.2), "the tone alone"


def test_a_result_that_goes_on_is_not_spoken_over(desk: Desk) -> None:
    desk.want(
        ScheduledCue("r", desk.start + 1.0, "result"), ScheduledCue("q", desk.start + 1.02, "result", "A", "short")
    )
    desk.pass_(0.92)
    desk.want(*countdown(desk.start + 5.22))  # room for the second one alone, but the first has been taken
    desk.pass_(1.2)
    begin, length, level = desk.sounds()[0]
    assert begin + length == pytest.approx(1.72, abs=TICK + 0.001)
    assert level == 20_000, "one voice"


def test_a_result_that_begins_as_a_countdown_takes_its_room_is_cut_before_that(desk: Desk) -> None:
    desk.want(ScheduledCue("r", desk.start + 1.0, "result"))
    desk.pass_(1.0 - TICK / 2)
    desk.device.now += TICK  # the loop comes a little late
    desk.want(*countdown(desk.start + 5.4))
    desk.pass_(1.3)
    begin, length, _ = desk.sounds()[0]
    assert begin + length == pytest.approx(1.9, abs=TICK + 0.001)


def test_silence_is_heard_at_once_and_sound_again(desk: Desk) -> None:
    cues = countdown(desk.start + 4.0)
    desk.want(*cues)
    desk.pass_(1.5)
    desk.scheduler.muted = True
    desk.pass_(1.0)
    desk.scheduler.muted = False
    desk.pass_(3.0)
    assert [begin for begin, _, _ in desk.sounds()] == pytest.approx([1.0, 3.0, 4.0], abs=2 / RATE)
    assert desk.begun == [cue.id for cue in cues]


def test_a_device_for_one_at_a_time_plays_one_run_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = stage(monkeypatch, Device(alone=True))
    cues = [ScheduledCue(str(n), desk.start + 1.0 + 0.9 * n, "count") for n in range(14)]
    desk.want(*cues)
    desk.pass_(5.0)
    desk.want(ScheduledCue("now", desk.device.now, "split"))
    desk.pass_(12.0)
    assert desk.missed == []
    assert len(desk.begun) == 15
    found = [begin for begin, _, _ in desk.sounds()]
    on_time = [cue for cue in cues if any(abs(cue.at - desk.start - begin) < 0.005 for begin in found)]
    assert len(on_time) >= 12, found


def noticed(desk: Desk, within: float) -> str | None:
    """What the sink calls a fault, once it does."""
    end = desk.device.now + within
    while desk.device.now < end:
        desk.scheduler.update_layout(desk.device.now)
        desk.sink.pump(desk.device.now)
        if (found := desk.sink.find_fault(desk.device.now)) is not None:
            return found
        desk.device.now += TICK
    return None


def test_a_run_that_makes_no_progress_is_noticed_long_before_its_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(priority, "count_waits", desk.device.count_waits)
    desk.want(*countdown(desk.start + 4.0))
    desk.pass_(1.5)
    desk.device.hangs = desk.device.now
    assert noticed(desk, FAULT_AFTER_S - 0.05) is None
    assert noticed(desk, 0.1) == "it takes no more sound"


def test_what_was_given_up_is_not_heard_once_its_device_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priority, "count_waits", desk.device.count_waits)
    desk.want(*countdown(desk.start + 4.0))
    desk.pass_(1.5)
    desk.device.hangs = desk.device.now
    assert noticed(desk, 1.0)
    desk.sink.close()
    desk.device.hangs = float("inf")
    for play in desk.device.plays:
        play.stopped = False  # the library looks only now and then
    desk.device.now += 5.0
    desk.device.take()
    assert [begin for begin, _, _ in desk.sounds()] == pytest.approx([1.0], abs=2 / RATE)


def test_where_no_system_tells_of_progress_a_run_that_hangs_is_noticed_at_its_end(desk: Desk) -> None:
    desk.want(*countdown(desk.start + 4.0))
    desk.pass_(1.5)
    desk.device.hangs = desk.device.now
    assert noticed(desk, 3.0) is None
    assert noticed(desk, TAIL_S + FAULT_AFTER_S + 1.0) == "it takes no more sound"


def test_a_device_that_is_refused_while_an_old_run_does_not_end_is_lost(desk: Desk) -> None:
    desk.want(*countdown(desk.start + 4.0))
    desk.pass_(1.5)
    desk.device.hangs = desk.device.now
    desk.device.refuses = True
    desk.want(ScheduledCue("s", desk.device.now, "split"))
    assert noticed(desk, FAULT_AFTER_S + 0.1) == "Connection refused"


def test_what_comes_to_be_wanted_while_a_run_plays_is_written_into_it(desk: Desk) -> None:
    desk.want(ScheduledCue("1", desk.start + 1.0, "count"))
    desk.pass_(1.2)
    for number in range(2, 5):
        desk.want(ScheduledCue(str(number), desk.start + number, "count"))
        desk.pass_(1.0)
    desk.pass_(1.0)
    assert [begin for begin, _, _ in desk.sounds()] == pytest.approx([1.0, 2.0, 3.0, 4.0], abs=2 / RATE)
    assert len(desk.device.plays) == 2


@pytest.mark.parametrize("apart", [0.1, 0.2, 0.464, 0.6])
@pytest.mark.parametrize("early", [0.3, 1.0, 3.0])
def test_a_cue_that_overlaps_with_another_is_heard_whole_and_when_due(desk: Desk, apart: float, early: float) -> None:
    """However much room the run of the other has left for it, and whatever run has ended a moment ago."""
    mixer = Mixer()
    for number in range(12):
        go = desk.start + 2.0 + 1.7 * number
        desk.pass_(go - early - desk.device.now)
        for cue, at in (("go", go), ("split", go + apart)):
            desk.want(ScheduledCue(f"{cue}/{number}", at, cue))
            mixer.place(f"{cue}/{number}", round((at - desk.start) * RATE), SOUNDS[cue].samples, speech=False)
    desk.pass_(5.0)
    wanted = mixer.render(0, 26 * RATE)
    base = round(desk.start * RATE)
    wrong = [n for n in range(0, len(wanted), 100) if abs(desk.device.heard.get(base + n, 0) - wanted[n]) > 1]
    assert len(wrong) <= 2 * 24, wrong  # the frame in which a run begins is a frame or two off


CUES = st.lists(
    st.tuples(
        st.sampled_from(sorted(set(LENGTHS) & set(CUE_SPECS))), st.integers(0, 250), st.integers(0, 250), st.booleans()
    ),
    max_size=4,
)


@settings(max_examples=150, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(CUES, st.sampled_from((0.0, 0.003)))
def test_whatever_is_wanted_and_taken_back_nothing_clips_and_every_cue_is_begun(
    raw: list[tuple[str, int, int, bool]], opening: float
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        desk = stage(patch, Device(opening))
        cues = [
            (desk.start + known / 100, ScheduledCue(f"{n}", desk.start + max(at, known) / 100, cue, text="1"), back)
            for n, (cue, at, known, back) in enumerate(raw)
        ]
        for known, cue, back in sorted(cues, key=lambda each: each[0]):
            desk.pass_(max(0.0, known - desk.device.now))
            desk.want(replace(cue, at=max(cue.at, desk.device.now)))
            if back:
                desk.pass_(0.3)
                desk.scheduler.remove(cue.id)
        desk.pass_(9.0)  # four lines, one after the other
    assert all(abs(sample) <= MAX_SAMPLE for sample in desk.device.heard.values())
    laid = {item.cue.id for item in desk.scheduler.layout.items}
    assert laid <= set(desk.begun) | set(desk.missed)
    assert not {cue.id for _, cue, _ in cues if cue.cue in ("go", "pip")} & set(desk.missed)


TONES = st.lists(
    st.tuples(st.sampled_from(("go", "recovery", "split")), st.integers(0, 900), st.integers(40, 400)),
    min_size=2,
    max_size=14,
)


@settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(TONES)
def test_however_tones_overlap_each_is_heard_from_its_beginning_on(raw: list[tuple[str, int, int]]) -> None:
    """What was known early is not drowned by what another run plays. (A hand-over makes a hole of 30 ms elsewhere.)"""
    with pytest.MonkeyPatch.context() as patch:
        desk = stage(patch, Device())
        mixer = Mixer()
        base = round(desk.start * RATE)
        cues = [(max(0, at - early), at, cue, str(n)) for n, (cue, at, early) in enumerate(raw)]
        for known, at, cue, ident in sorted(cues):
            desk.pass_(desk.start + known / 100 - desk.device.now)
            at = max(at, known + 40)  # noqa: PLW2901
            desk.want(ScheduledCue(ident, desk.start + at / 100, cue))
            mixer.place(ident, round(at / 100 * RATE), SOUNDS[cue].samples, speech=False)
        desk.pass_(11.0)
        wanted = mixer.render(0, 13 * RATE)
    drowned = []
    for known, at, cue, ident in cues:
        begin = round(max(at, known + 40) / 100 * RATE)
        beginning = range(begin + RATE // 100, begin + RATE * 14 // 100, RATE // 100)
        if sum(desk.device.heard.get(base + n, 0) < 0.9 * wanted[n] for n in beginning) > 4:
            drowned.append((cue, at, ident))
    assert drowned == []
