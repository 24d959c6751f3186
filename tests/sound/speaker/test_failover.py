"""The failover with fake sinks and a clock that the test advances."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from kicktimer.sound.protocol import ScheduledCue, SpeakerOptions
from kicktimer.sound.speaker.candidates import SinkCandidate
from kicktimer.sound.speaker.clips import EMPTY_SOUND, RATE
from kicktimer.sound.speaker.contender import CHANGES, Attempt, Contender, SinkState
from kicktimer.sound.speaker.failover import SinkFailover
from kicktimer.sound.speaker.main import ParentPipe, SpeakerLoop
from kicktimer.sound.speaker.scheduler import CueScheduler
from kicktimer.sound.speaker.sinks.base import STREAM_HANG_S, BlockedError, SinkError

if TYPE_CHECKING:
    from collections.abc import Callable

STEP = 0.05
FILLING = 0.1
"""A player takes frames for this long although its device takes none."""


class FakeSink:
    """A sink whose device is "there", "away", "hangs", "mute" (it opens, and soon takes no frames) or "blocked"."""

    def __init__(self, stage: Stage, title: str) -> None:
        self.stage = stage
        self.title = title
        self.device = ""  # known once it is open
        self.name = "bell" if title == "bell" else "pipe"
        self.can_freeze_process = title == "freezing"
        self.begun: list[tuple[str, float]] = []
        self.follows: CueScheduler | None = None

    def open(self) -> None:
        condition = self.stage.conditions[self.title]
        if condition == "hangs":
            threading.Event().wait()
        if condition == "away":
            raise SinkError("away")
        self.device = self.title
        if condition == "blocked" and self.stage.failover.current is not None:
            raise BlockedError("there")

    def close(self) -> None:
        pass

    def attach(self, scheduler: CueScheduler) -> None:
        self.follows = scheduler

    def fileno(self) -> int | None:
        return None

    def pump(self, now: float) -> float:
        return now + 0.1

    def find_fault(self, now: float) -> str | None:
        mute = self.stage.conditions[self.title] == "mute" and now > self.since + FILLING + STREAM_HANG_S
        return "lost" if self.stage.conditions[self.title] == "away" or mute else None

    def reset_watchdog(self, now: float) -> None:
        self.since = now

    def take_reports(self) -> tuple[list[tuple[str, float]], list[str]]:
        begun, self.begun = self.begun, []
        return begun, []


class RecordingPipe(ParentPipe):
    """A pipe that keeps the messages that are sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[object, ...]] = []

    def send(self, *message: object) -> None:
        self.sent.append(message)


class Stage:
    """A failover with fake sinks, and a clock that the test advances. `conditions` holds that of each device."""

    def __init__(self, *, trusted: str = "", **conditions: str) -> None:
        self.conditions = conditions
        self.now = 1000.0
        self.tried: list[tuple[float, str]] = []
        self.played: list[str] = []
        self.reported: list[tuple[str, str, str]] = []
        self.scheduler = CueScheduler(lambda *_: EMPTY_SOUND, rate=RATE)
        self.failover = SinkFailover(
            [SinkCandidate(title, self._maker(title), is_stopgap=title == "bell") for title in conditions],
            self.scheduler,
            report=lambda *state: self.reported.append(state),
            note_trial=lambda _: None,
            note_played=self.played.append,
            trusted=("pipe", trusted),
        )

    def _maker(self, title: str) -> Callable[[], FakeSink]:
        return lambda: FakeSink(self, title)

    def go(self, seconds: float) -> Stage:
        end = self.now + seconds
        while self.now < end:
            self.now += STEP
            self.scheduler.update_layout(self.now)
            before = self.attempt
            self.failover.step(self.now)
            attempt = self.attempt
            if attempt is not None and attempt is not before:
                assert isinstance(attempt.sink, FakeSink)
                self.tried.append((self.now, attempt.sink.title))
                if self.conditions[attempt.sink.title] != "hangs":
                    attempt.thread.join()
            self.failover.pump(self.now)
        return self

    def cue(self, name: str, after: float) -> None:
        self.scheduler.add(ScheduledCue(f"{name}{after}", self.now + after, name))

    @property
    def attempt(self) -> Attempt | None:
        """The attempt of the trial that goes on."""
        trial = self.failover._trial
        return None if trial is None or trial.state is SinkState.PREEMPTING else trial.attempt

    @property
    def plays(self) -> str:
        assert self.failover.current is None or isinstance(self.failover.current, FakeSink)
        return "" if self.failover.current is None else self.failover.current.title


def test_result_that_a_stream_has_just_begun_stays_in_the_layout() -> None:
    speaker = SpeakerLoop(SpeakerOptions(sink="off"), RecordingPipe())
    stream = FakeSink(Stage(pipe="there"), "pipe")
    stream.reset_watchdog(1000.0)
    playing = Contender(0, SinkCandidate("pipe", lambda: stream), Attempt(stream), SinkState.PLAYING)
    speaker.failover._playing = playing
    speaker.handle(["at", "r", 1000.3, "result", "A", "63.7", None], 1000.0)
    speaker.step(1000.0)
    stream.begun.append(("r", 1000.3))  # as the stream's own thread does
    speaker.handle(["at", "now", 1000.25, "recovery", "A", "", None], 1000.25)
    for number in range(3):
        speaker.handle(["at", f"pip{number}", 1002.0 + number, "pip", "A", "", None], 1000.25)
    speaker.step(1000.25)
    assert "r" in {item.cue.id for item in speaker.scheduler.layout.items}


def test_speaker_that_follows_a_hung_one_reports_at_once_that_nothing_plays() -> None:
    link = RecordingPipe()
    SpeakerLoop(SpeakerOptions(sink="simpleaudio", avoid=(("simpleaudio", 60.0),)), link)
    assert link.sent == [("state", "", "", "no sound yet (simpleaudio: it hung or crashed a moment ago)")]
    link = RecordingPipe()
    SpeakerLoop(SpeakerOptions(sink="simpleaudio"), link)
    assert link.sent == [], "there is nothing to report yet"


@pytest.mark.parametrize(("until", "laid"), [(None, True), (1003.0, True), (1001.5, False)])
def test_speaker_begins_no_line_after_its_until(until: float | None, laid: bool) -> None:
    speaker = SpeakerLoop(SpeakerOptions(sink="off"), RecordingPipe())
    speaker.handle(["at", "go", 1001.0, "go", "A", "", None], 1000.0)
    speaker.handle(["at", "line", 1001.1, "say", "B", "Relax", until], 1000.0)
    speaker.step(1000.0)
    starts = {item.cue.id: item.start for item in speaker.scheduler.layout.items}
    assert ("line" in starts) is laid
    if laid:
        assert 1001.5 < starts["line"] < 1003.0, "it waits until GO is over"


def test_bell_rings_due_cues_while_a_device_takes_long_to_open() -> None:
    stage = Stage(one="hangs", two="there", bell="there").go(2.0)
    assert stage.plays == "", "no cue is due"
    stage.cue("go", 0.5)
    assert stage.go(0.4).plays == "bell"
    assert [sink for sink, _, _ in stage.reported] == ["bell"]
    assert stage.go(4.0).plays == "two"


def test_bell_is_not_used_if_the_trial_is_short() -> None:
    stage = Stage(trusted="one", one="there", bell="there")
    stage.cue("go", 0.3)
    assert stage.go(1.0).plays == "one"
    assert [sink for sink, _, _ in stage.reported] == ["pipe"]


def test_bell_is_tried_although_other_sinks_take_long_to_fail() -> None:
    assert Stage(one="hangs", two="hangs", three="mute", bell="there").go(12.0).plays == "bell"


def test_loss_is_reported_at_once_while_the_next_sink_hangs() -> None:
    stage = Stage(one="there", two="hangs").go(2.0)
    assert stage.reported[-1] == ("pipe", "one", "")
    stage.conditions["one"] = "away"
    stage.go(2 * STEP)
    assert stage.reported[-1] == ("", "", "no sound yet (one: lost)")


def test_only_the_trusted_device_plays_without_a_canary() -> None:
    assert Stage(one="there", two="there", trusted="one").go(2 * STEP).plays == "one"
    assert Stage(one="there", two="there", trusted="two").go(2 * STEP).plays == ""


def test_trust_ends_when_opening_fails() -> None:
    stage = Stage(one="away", bell="there", trusted="one").go(3 * STEP)
    assert stage.plays == "bell"
    stage.conditions["one"] = "mute"
    stage.go(3.0)
    assert stage.plays == "bell"


def test_trust_ends_with_the_first_fault_while_playing() -> None:
    stage = Stage(one="mute", trusted="one").go(2 * STEP)
    assert stage.plays == "one"
    assert stage.go(STREAM_HANG_S + FILLING + 2 * STEP).plays == ""
    stage.conditions["one"] = "there"
    assert stage.go(1.0 + 3 * STEP).plays == ""
    assert stage.go(1.0).plays == "one"


def test_sink_that_takes_no_frames_does_not_replace_the_bell() -> None:
    stage = Stage(one="away", bell="there").go(3.0)
    stage.conditions["one"] = "mute"
    tried = len(stage.tried)
    stage.go(5.0)
    assert len(stage.tried) > tried
    assert {title for _, title in stage.tried[tried:]} == {"one"}
    assert stage.plays == "bell"


def test_sinks_are_tried_by_the_age_of_their_failure() -> None:
    stage = Stage(one="hangs", two="hangs", three="hangs").go(30.0)
    assert [title for _, title in stage.tried][:6] == ["one", "two", "three"] * 2


def test_no_sink_is_tried_near_a_pip_or_go_while_the_bell_plays() -> None:
    stage = Stage(one="away", bell="there").go(3.0)
    due = [stage.now + 2.0, stage.now + 3.0, stage.now + 4.0]
    for after in (2.0, 3.0):
        stage.cue("pip", after)
    stage.cue("go", 4.0)
    tried = len(stage.tried)
    stage.go(8.0)
    moments = [moment for moment, _ in stage.tried[tried:]]
    assert any(moment > due[-1] for moment in moments)
    assert not [moment for moment in moments if any(-0.5 < moment - each < 0.3 for each in due)]
    assert any(due[0] < moment < due[-1] for moment in moments), "a sink is tried between two pips"


def test_sink_that_can_freeze_the_process_is_tried_between_cues_only_after_eight_seconds_without_a_stream() -> None:
    stage = Stage(freezing="there", bell="there").go(2.0)
    assert stage.plays == "freezing"
    stage.conditions["freezing"] = "away"
    begun = stage.now
    for second in range(1, 40):
        stage.cue("split", float(second))
    stage.go(0.2)
    stage.conditions["freezing"] = "there"
    stage.go(15.0)
    assert stage.plays == "freezing"
    assert 8.0 < stage.tried[-1][0] - begun < 12.0


def test_stream_takes_over_from_the_bell_only_between_two_cues() -> None:
    stage = Stage(one="away", bell="there").go(3.0)
    stage.conditions["one"] = "there"
    while stage.failover._trial is None:
        stage.go(STEP)
    stage.cue("split", 0.6)
    stage.go(0.6)
    assert stage.plays == "bell"
    assert isinstance(stage.failover.current, FakeSink)
    stage.failover.current.begun.append(("split0.6", stage.now))
    stage.go(0.2)
    assert stage.plays == "one"


def stage_with_trial() -> Stage:
    """Returns a stage on which one stream plays and a better one is on trial."""
    stage = Stage(one="away", two="there").go(3.0)
    assert stage.plays == "two"
    stage.conditions["one"] = "there"
    while stage.failover._trial is None:
        stage.go(STEP)
    return stage


def test_countdown_scheduled_during_a_trial_is_played_to_its_end() -> None:
    stage = stage_with_trial()
    for after in (0.5, 1.5, 2.5):
        stage.cue("pip", after)
    stage.go(3.4)
    assert stage.plays == "two"
    stage.go(0.3)
    assert stage.plays == "one"


def test_sink_that_fails_while_ready_is_not_promoted() -> None:
    stage = stage_with_trial()
    stage.cue("pip", 1.0)
    stage.go(0.8)
    stage.conditions["one"] = "away"
    stage.go(3.0)
    assert stage.plays == "two"


def test_cue_begun_by_the_former_sink_is_not_begun_again() -> None:
    stage = stage_with_trial()
    former = stage.failover.current
    assert isinstance(former, FakeSink)
    stage.cue("split", -2.0)
    while stage.plays == "two":
        former.begun.append(("split-2.0", 0.0))
        stage.now += STEP
        stage.scheduler.update_layout(stage.now)
        stage.failover.step(stage.now)
    assert stage.played == ["split-2.0"] * len(stage.played) != []
    assert stage.scheduler.has_begun("split-2.0")
    assert former.follows is not stage.scheduler


def test_playing_sink_is_preempted_by_a_blocked_better_one() -> None:
    stage = Stage(one="away", two="there").go(3.0)
    stage.conditions["one"] = "blocked"
    while stage.failover._trial is None:
        stage.go(STEP)
    stage.cue("split", 2.0)
    stage.go(2.9)
    assert stage.plays == "two"
    stage.go(0.2)
    assert stage.plays == ""
    stage.go(0.7)
    assert stage.plays == "one"


def test_sink_that_fails_after_preempting_does_not_preempt_again_soon() -> None:
    stage = Stage(one="away", two="there").go(3.0)
    stage.conditions["one"] = "blocked"
    while stage.plays == "two":
        stage.go(STEP)
    stage.conditions["one"] = "away"
    stage.go(3.0)
    assert stage.plays == "two"
    tried = len(stage.tried)
    stage.go(300.0)
    assert len(stage.tried) == tried


@pytest.mark.parametrize("state", SinkState)
def test_contender_refuses_every_change_of_state_that_is_not_in_the_table(state: SinkState) -> None:
    targets = {change.event: change.to for change in CHANGES if change.of is state}
    for event in {change.event for change in CHANGES}:
        sink = FakeSink(Stage(pipe="there"), "pipe")
        contender = Contender(0, SinkCandidate("pipe", lambda sink=sink: sink), Attempt(sink), state)
        if event in targets:
            contender.change(event, 1000.0)
            assert contender.state is targets[event]
        else:
            with pytest.raises(ValueError, match=event):
                contender.change(event, 1000.0)
