"""`SpeakerClient`: it never blocks its caller, and keeps one speaker process running."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from kicktimer.errors import UsageError
from kicktimer.sound import ScheduledCue, SpeakerClient, SpeakerState, speaker_client
from kicktimer.sound.protocol import LineDecoder, SpeakerOptions, encode
from tests.sound.fake_speaker import FakeSpeaker, has_ended, returns, wait_until

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSpeaker:
    fake = FakeSpeaker(tmp_path)
    monkeypatch.setattr(speaker_client, "COMMAND", fake.command)
    return fake


def test_unknown_sink_raises_a_usage_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        SpeakerClient(sink="gramophone", groups=["A"], log=tmp_path / "log", on_change=lambda _: None)
    assert "portaudio" in caught.value.hint


@pytest.mark.parametrize("options", [{"volume": 1.5}, {"volume": float("nan")}, {"cues": ["gong"]}])
def test_meaningless_option_raises_a_usage_error_with_a_hint(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(UsageError) as caught:
        SpeakerClient(sink="off", groups=["A"], log=tmp_path / "log", on_change=lambda _: None, **options)
    assert caught.value.hint


def test_decoder_accepts_lines_in_any_pieces() -> None:
    data = encode("at", "ü\n1", 1.5) + b"{}\nnonsense\n" + encode("ping", 1)
    for cut in range(len(data)):
        decoder = LineDecoder()
        first, second = decoder.feed(data[:cut]), decoder.feed(data[cut:])
        assert first[0] + second[0] == [["at", "ü\n1", 1.5], ["ping", 1]]
        assert first[1] + second[1] == ["{}", "nonsense"]


def test_options_survive_encoding() -> None:
    options = SpeakerOptions(
        "pipe", ("A", "B,-c"), (("portaudio", 9.5),), ("bell", "ü"), volume=0.5, own_sounds="/ü", bell=True, parent=7
    )
    assert SpeakerOptions.from_line(options.to_line()) == options


class TestWithFakeSpeaker:
    def test_only_changes_of_the_schedule_are_sent(self, speaker: SpeakerClient, fake: FakeSpeaker) -> None:
        at = time.monotonic() + 100
        cues = [ScheduledCue("a", at, "go"), ScheduledCue("b", at + 1, "say", "B", "Last rep\n", at + 2)]
        speaker.schedule(cues)
        speaker.start()
        wait_until(lambda: len(fake.messages()) >= 4)
        speaker.schedule(cues[1:])
        wait_until(lambda: ["cancel", "a"] in fake.messages())
        assert [message for message in fake.messages() if message[0] == "at"] == [
            ["at", "a", at, "go", "A", "", None],
            ["at", "b", at + 1, "say", "B", "Last rep\n", at + 2],
        ]

    def test_hung_process_is_replaced_and_sent_the_whole_schedule(
        self, speaker: SpeakerClient, fake: FakeSpeaker
    ) -> None:
        speaker.start()
        at = time.monotonic() + 100
        speaker.schedule([ScheduledCue("a", at, "go"), ScheduledCue("p", at, "pip")])
        speaker.mute(on=True)
        wait_until(lambda: len(fake.messages()) >= 5)
        first = fake.pids()[0]
        os.kill(first, signal.SIGSTOP)
        wait_until(lambda: len(fake.pids()) == 2)
        assert has_ended(first)
        wait_until(lambda: ["at", "a", at, "go", "A", "", None] in fake.messages_to_last())
        assert ["mute", True] in fake.messages_to_last()

    def test_killed_process_is_replaced_and_the_note_says_so(self, tmp_path: Path, fake: FakeSpeaker) -> None:
        states: list[SpeakerState] = []
        speaker = SpeakerClient(sink="off", groups=["A"], log=tmp_path / "log", on_change=states.append)
        speaker.start()
        wait_until(lambda: speaker.state.alive)
        for turn in range(3):
            os.kill(fake.pids()[-1], signal.SIGKILL)
            wait_until(lambda turn=turn: len(fake.pids()) == turn + 2)
        wait_until(lambda: speaker.state.alive)
        speaker.close()
        assert any("anew" in state.note and not state.alive for state in states)
        assert has_ended(fake.pids()[-1])

    def test_exit_status_of_a_crash_is_logged(self, tmp_path: Path, fake: FakeSpeaker) -> None:
        speaker = SpeakerClient(sink="off", groups=["A"], log=tmp_path / "log", on_change=lambda _: None)
        speaker.start()
        wait_until(lambda: speaker.state.alive)
        speaker.play("error")
        wait_until(lambda: len(fake.pids()) == 2)
        speaker.close()
        assert "status -6" in (tmp_path / "log").read_text()

    def test_killed_process_that_had_a_sink_is_replaced_without_backoff(
        self, speaker: SpeakerClient, fake: FakeSpeaker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(speaker_client, "RESTART_BACKOFF_S", (0.0, 3600.0))
        monkeypatch.setattr(speaker_client, "BACKOFF_RESET_UPTIME_S", 3600.0)
        monkeypatch.setattr(speaker_client, "BACKOFF_RESET_UPTIME_KILLED_S", 0.0)
        speaker.start()
        for turn in range(3):
            wait_until(lambda turn=turn: len(fake.pids()) == turn + 1 and speaker.state.alive)
            os.kill(fake.pids()[-1], signal.SIGKILL)
            wait_until(lambda turn=turn: not speaker.state.alive or len(fake.pids()) > turn + 1)
        wait_until(lambda: len(fake.pids()) == 4)

    def test_sink_is_trusted_after_a_kill_and_not_after_a_crash(
        self, speaker: SpeakerClient, fake: FakeSpeaker
    ) -> None:
        speaker.start()
        wait_until(lambda: speaker.state.alive)
        os.kill(fake.pids()[0], signal.SIGKILL)
        wait_until(lambda: len(fake.pids()) == 2)
        wait_until(lambda: speaker.state.alive)
        wait_until(lambda: speaker.play("error") or len(fake.options()) > 2)  # a late one is dropped, so it is repeated
        assert [options.trusted for options in fake.options()[:3]] == [("", ""), ("off", "null"), ("", "")]

    def test_cues_that_are_switched_off_are_not_sent(self, tmp_path: Path, fake: FakeSpeaker) -> None:
        speaker = SpeakerClient(
            sink="off", groups=["A"], log=tmp_path / "log", on_change=lambda _: None, cues=["pip", "go", "split"]
        )
        at = time.monotonic() + 100
        speaker.schedule([ScheduledCue("s", at, "say", text="Relax"), ScheduledCue("go", at + 1, "go")])
        speaker.start()
        wait_until(lambda: any(message[0] == "at" for message in fake.messages()))
        speaker.close()
        assert [message[1] for message in fake.messages() if message[0] == "at"] == ["go"]

    def test_new_process_is_sent_all_texts_to_prepare(self, speaker: SpeakerClient, fake: FakeSpeaker) -> None:
        speaker.prepare(["Anna", "-x; rm *\n"])
        speaker.start()
        wait_until(lambda: ["prepare", "Anna", "-x; rm *\n"] in fake.messages())
        speaker.prepare(["Bo"])
        wait_until(lambda: ["prepare", "Bo"] in fake.messages())
        os.kill(fake.pids()[0], signal.SIGKILL)
        wait_until(lambda: len(fake.pids()) == 2)
        wait_until(lambda: ["prepare", "Anna", "-x; rm *\n", "Bo"] in fake.messages_to_last())

    def test_parent_rings_the_bell_for_cues_that_have_one(self, tmp_path: Path, fake: FakeSpeaker) -> None:
        rung: list[int] = []
        speaker = SpeakerClient(
            sink="bell", groups=["A"], log=tmp_path / "log", on_change=lambda _: None, on_bell=lambda: rung.append(1)
        )
        speaker.start()
        wait_until(lambda: speaker.state.alive)
        for cue in ("count", "announce", "result", "go"):
            speaker.play(cue)
        wait_until(lambda: rung)
        speaker.close()
        assert rung == [1]

    def test_play_drops_cues_while_there_is_no_sound(self, speaker: SpeakerClient, fake: FakeSpeaker) -> None:
        for _ in range(3):
            speaker.play("go")
        speaker.start()
        wait_until(lambda: speaker.state.alive)
        speaker.prepare(["Anna"])
        wait_until(lambda: ["prepare", "Anna"] in fake.messages())
        assert not any(message[0] == "now" for message in fake.messages())
        speaker.play("go")
        wait_until(lambda: any(message[0] == "now" for message in fake.messages()))

    def test_calls_return_while_the_process_does_not_read(self, speaker: SpeakerClient, fake: FakeSpeaker) -> None:
        speaker.start()
        wait_until(lambda: speaker.state.alive)
        os.kill(fake.pids()[0], signal.SIGSTOP)
        cues = [ScheduledCue(f"c{n}", time.monotonic() + 1000 + n, "split", "A", "x" * 100) for n in range(2000)]

        def calls() -> None:
            for _ in range(50):
                speaker.schedule(cues)
                speaker.play("go")
                speaker.mute(on=False)

        assert returns(calls)

    def test_next_process_is_not_sent_a_heard_cue(self, speaker: SpeakerClient, fake: FakeSpeaker) -> None:
        speaker.start()
        now = time.monotonic()
        speaker.schedule([ScheduledCue("p", now, "pip"), ScheduledCue("g", now + 100, "go")])
        wait_until(lambda: speaker._ledger._heard)
        os.kill(fake.pids()[0], signal.SIGKILL)
        wait_until(lambda: len(fake.pids()) == 2)
        wait_until(lambda: any(message[0] == "at" for message in fake.messages_to_last()))
        assert [message[1] for message in fake.messages_to_last() if message[0] == "at"] == ["g"]

    def test_exception_in_the_thread_is_noted_and_sound_goes_on(
        self, tmp_path: Path, fake: FakeSpeaker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(speaker_client, "ERROR_RETRY_S", 0.1)
        states: list[SpeakerState] = []
        speaker = SpeakerClient(sink="off", groups=["A"], log=tmp_path / "log", on_change=states.append)
        speaker.start()
        wait_until(lambda: speaker.state.alive)
        first = fake.pids()[0]
        speaker.schedule([ScheduledCue("a", "soon", "go")])  # type: ignore[arg-type]
        wait_until(lambda: any("an error in the program" in state.note for state in states))
        wait_until(lambda: has_ended(first))
        at = time.monotonic() + 100
        speaker.schedule([ScheduledCue("b", at, "go")])
        wait_until(lambda: ["at", "b", at, "go", "A", "", None] in fake.messages())
        wait_until(lambda: speaker.state.alive)
        assert speaker.state.note == ""
        speaker.close()
        assert "TypeError" in (tmp_path / "log").read_text()
        assert all(has_ended(pid) for pid in fake.pids())

    def test_device_and_note_of_the_process_are_cleaned(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        script = tmp_path / "fake.py"
        script.write_text(
            'import json, sys, time\nprint(json.dumps(["state", "pipe", "a\\x1b[2Jb", "c\\ud800\\nd"]), flush=True)\n'
            "sys.stdin.read()\n"
        )
        monkeypatch.setattr(speaker_client, "COMMAND", (sys.executable, str(script)))
        speaker = SpeakerClient(sink="off", groups=["A"], log=tmp_path / "log", on_change=lambda _: None)
        speaker.start()
        wait_until(lambda: speaker.state.alive)
        assert (speaker.state.device, speaker.state.note) == ("a[2Jb", "c d")
        speaker.close()

    def test_calls_after_close_write_to_no_descriptor(self, tmp_path: Path, fake: FakeSpeaker) -> None:
        for started in (True, False):
            reader, writer = os.pipe()
            speaker = SpeakerClient(sink="off", groups=["A"], log=tmp_path / "log", on_change=lambda _: None)
            numbers = speaker._wake_read, speaker._wake_write
            if started:
                speaker.start()
                wait_until(lambda speaker=speaker: speaker.state.alive)
            speaker.close()
            # Both descriptors now belong to another file.
            taken = [os.dup2(writer, number) for number in numbers]
            os.set_blocking(reader, False)
            speaker.play("go")
            speaker.schedule([])
            speaker.mute(on=True)
            speaker.prepare(["Anna"])
            speaker.close()
            with pytest.raises(BlockingIOError):
                os.read(reader, 1)
            for number in {reader, writer, *taken}:
                os.close(number)

    def test_calls_during_close_raise_nothing(self, tmp_path: Path, fake: FakeSpeaker) -> None:
        speaker = SpeakerClient(sink="off", groups=["A"], log=tmp_path / "log", on_change=lambda _: None)
        speaker.start()
        wait_until(lambda: speaker.state.alive)
        faults: list[OSError] = []
        stop = threading.Event()

        def call() -> None:
            while not stop.is_set():
                try:
                    speaker.play("go")
                    speaker.mute(on=False)
                except OSError as problem:
                    faults.append(problem)

        callers = [threading.Thread(target=call) for _ in range(3)]
        for caller in callers:
            caller.start()
        speaker.close()
        stop.set()
        for caller in callers:
            caller.join()
        assert faults == []

    def test_callback_can_close_the_client(self, tmp_path: Path, fake: FakeSpeaker) -> None:
        def close(state: SpeakerState) -> None:
            if state.alive:
                speaker.close()

        speaker = SpeakerClient(sink="off", groups=["A"], log=tmp_path / "log", on_change=close)
        speaker.start()
        assert speaker._thread is not None
        speaker._thread.join(10)
        assert not speaker._thread.is_alive()
        assert all(has_ended(pid) for pid in fake.pids())
        assert "callback failed" not in (tmp_path / "log").read_text()

    def test_exception_in_a_callback_is_logged_and_sound_goes_on(self, tmp_path: Path, fake: FakeSpeaker) -> None:
        def fail(_: SpeakerState) -> None:
            raise RuntimeError("Event loop is closed \ud800")

        speaker = SpeakerClient(sink="off", groups=["A"], log=tmp_path / "log", on_change=fail)
        speaker.start()
        wait_until(lambda: speaker.state.alive)
        speaker.close()
        assert "Event loop is closed" in (tmp_path / "log").read_text()
