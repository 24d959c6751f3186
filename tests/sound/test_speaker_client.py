"""The parent's side of sound: it never waits, and one speaker process is always there."""

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
from tests.sound.fake_speaker import Fake, gone, returns, until

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    fake = Fake(tmp_path)
    monkeypatch.setattr(speaker_client, "COMMAND", fake.command)
    return fake


def test_an_unknown_sink_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        SpeakerClient(sink="gramophone", groups=["A"], log=tmp_path / "log", on_change=lambda _: None)
    assert "portaudio" in caught.value.hint


@pytest.mark.parametrize("options", [{"volume": 1.5}, {"volume": float("nan")}, {"cues": ["gong"]}])
def test_an_option_without_meaning_is_an_error_with_a_hint(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(UsageError) as caught:
        SpeakerClient(sink="off", groups=["A"], log=tmp_path / "log", on_change=lambda _: None, **options)
    assert caught.value.hint


def test_lines_come_in_any_pieces() -> None:
    data = encode("at", "ü\n1", 1.5) + b"{}\nnonsense\n" + encode("ping", 1)
    for cut in range(len(data)):
        lines = LineDecoder()
        first, second = lines.feed(data[:cut]), lines.feed(data[cut:])
        assert first[0] + second[0] == [["at", "ü\n1", 1.5], ["ping", 1]]
        assert first[1] + second[1] == ["{}", "nonsense"]


def test_options_travel_as_one_line() -> None:
    options = SpeakerOptions(
        "pipe", ("A", "B,-c"), (("portaudio", 9.5),), ("bell", "ü"), volume=0.5, own="/ü", bell=True, parent=7
    )
    assert SpeakerOptions.from_line(options.to_line()) == options


class TestWithAFake:
    def test_a_schedule_goes_out_by_difference(self, speaker: SpeakerClient, fake: Fake) -> None:
        at = time.monotonic() + 100
        cues = [ScheduledCue("a", at, "go"), ScheduledCue("b", at + 1, "say", "B", "Last rep\n", at + 2)]
        speaker.schedule(cues)
        speaker.start()
        until(lambda: len(fake.told()) >= 4)
        speaker.schedule(cues[1:])
        until(lambda: ["cancel", "a"] in fake.told())
        assert [message for message in fake.told() if message[0] == "at"] == [
            ["at", "a", at, "go", "A", "", None],
            ["at", "b", at + 1, "say", "B", "Last rep\n", at + 2],
        ]

    def test_a_hung_speaker_is_replaced_and_told_everything(self, speaker: SpeakerClient, fake: Fake) -> None:
        speaker.start()
        at = time.monotonic() + 100
        speaker.schedule([ScheduledCue("a", at, "go"), ScheduledCue("p", at, "pip")])
        speaker.mute(on=True)
        until(lambda: len(fake.told()) >= 5)
        first = fake.pids()[0]
        os.kill(first, signal.SIGSTOP)
        until(lambda: len(fake.pids()) == 2)
        assert gone(first)
        until(lambda: ["at", "a", at, "go", "A", "", None] in fake.since_start())
        assert ["mute", True] in fake.since_start()

    def test_a_killed_speaker_is_replaced_and_its_note_is_shown(self, tmp_path: Path, fake: Fake) -> None:
        states: list[SpeakerState] = []
        speaker = SpeakerClient(sink="off", groups=["A"], log=tmp_path / "log", on_change=states.append)
        speaker.start()
        until(lambda: speaker.state.alive)
        for turn in range(3):
            os.kill(fake.pids()[-1], signal.SIGKILL)
            until(lambda turn=turn: len(fake.pids()) == turn + 2)
        until(lambda: speaker.state.alive)
        speaker.close()
        assert any("anew" in state.note and not state.alive for state in states)
        assert gone(fake.pids()[-1])

    def test_a_crash_is_put_down_to_the_sink(self, tmp_path: Path, fake: Fake) -> None:
        speaker = SpeakerClient(sink="off", groups=["A"], log=tmp_path / "log", on_change=lambda _: None)
        speaker.start()
        until(lambda: speaker.state.alive)
        speaker.play("error")
        until(lambda: len(fake.pids()) == 2)
        speaker.close()
        assert "status -6" in (tmp_path / "log").read_text()

    def test_one_that_sounded_and_is_killed_is_followed_at_once(
        self, speaker: SpeakerClient, fake: Fake, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(speaker_client, "RESTART", (0.0, 3600.0))
        monkeypatch.setattr(speaker_client, "LASTED", 3600.0)
        monkeypatch.setattr(speaker_client, "LASTED_SOUNDING", 0.0)
        speaker.start()
        for turn in range(3):
            until(lambda turn=turn: len(fake.pids()) == turn + 1 and speaker.state.alive)
            os.kill(fake.pids()[-1], signal.SIGKILL)
            until(lambda turn=turn: not speaker.state.alive or len(fake.pids()) > turn + 1)
        until(lambda: len(fake.pids()) == 4)

    def test_what_played_until_its_process_was_killed_is_trusted_and_what_crashed_it_is_not(
        self, speaker: SpeakerClient, fake: Fake
    ) -> None:
        speaker.start()
        until(lambda: speaker.state.alive)
        os.kill(fake.pids()[0], signal.SIGKILL)
        until(lambda: len(fake.pids()) == 2)
        until(lambda: speaker.state.alive)
        speaker.play("error")
        until(lambda: len(fake.options()) == 3)
        assert [options.trusted for options in fake.options()] == [("", ""), ("off", "null"), ("", "")]

    def test_cues_that_are_not_wanted_are_not_sent(self, tmp_path: Path, fake: Fake) -> None:
        speaker = SpeakerClient(
            sink="off", groups=["A"], log=tmp_path / "log", on_change=lambda _: None, cues=["pip", "go", "split"]
        )
        at = time.monotonic() + 100
        speaker.schedule([ScheduledCue("s", at, "say", text="Relax"), ScheduledCue("go", at + 1, "go")])
        speaker.start()
        until(lambda: any(message[0] == "at" for message in fake.told()))
        speaker.close()
        assert [message[1] for message in fake.told() if message[0] == "at"] == ["go"]

    def test_texts_are_prepared_again_by_a_new_speaker(self, speaker: SpeakerClient, fake: Fake) -> None:
        speaker.prepare(["Anna", "-x; rm *\n"])
        speaker.start()
        until(lambda: ["prepare", "Anna", "-x; rm *\n"] in fake.told())
        speaker.prepare(["Bo"])
        until(lambda: ["prepare", "Bo"] in fake.told())
        os.kill(fake.pids()[0], signal.SIGKILL)
        until(lambda: len(fake.pids()) == 2)
        until(lambda: ["prepare", "Anna", "-x; rm *\n", "Bo"] in fake.since_start())

    def test_the_bell_is_rung_by_the_parent(self, tmp_path: Path, fake: Fake) -> None:
        rung: list[int] = []
        speaker = SpeakerClient(
            sink="bell", groups=["A"], log=tmp_path / "log", on_change=lambda _: None, on_bell=lambda: rung.append(1)
        )
        speaker.start()
        until(lambda: speaker.state.alive)
        for cue in ("count", "announce", "result", "go"):  # a bell counts nothing and says no time
            speaker.play(cue)
        until(lambda: rung)
        speaker.close()
        assert rung == [1]

    def test_now_is_never_later(self, speaker: SpeakerClient, fake: Fake) -> None:
        for _ in range(3):
            speaker.play("go")  # nothing sounds yet: whoever asks again has started somebody meanwhile
        speaker.start()
        until(lambda: speaker.state.alive)
        speaker.prepare(["Anna"])
        until(lambda: ["prepare", "Anna"] in fake.told())
        assert not any(message[0] == "now" for message in fake.told())
        speaker.play("go")
        until(lambda: any(message[0] == "now" for message in fake.told()))

    def test_no_call_waits_for_a_speaker_that_does_not_read(self, speaker: SpeakerClient, fake: Fake) -> None:
        speaker.start()
        until(lambda: speaker.state.alive)
        os.kill(fake.pids()[0], signal.SIGSTOP)
        cues = [ScheduledCue(f"c{n}", time.monotonic() + 1000 + n, "split", "A", "x" * 100) for n in range(2000)]

        def calls() -> None:
            for _ in range(50):
                speaker.schedule(cues)
                speaker.play("go")
                speaker.mute(on=False)

        assert returns(calls)

    def test_a_cue_that_was_heard_is_not_sent_to_the_next_speaker(self, speaker: SpeakerClient, fake: Fake) -> None:
        speaker.start()
        now = time.monotonic()
        speaker.schedule([ScheduledCue("p", now, "pip"), ScheduledCue("g", now + 100, "go")])
        until(lambda: speaker._told._heard)
        os.kill(fake.pids()[0], signal.SIGKILL)
        until(lambda: len(fake.pids()) == 2)
        until(lambda: any(message[0] == "at" for message in fake.since_start()))
        assert [message[1] for message in fake.since_start() if message[0] == "at"] == ["g"]

    def test_a_fault_of_our_own_is_said_and_sound_goes_on(
        self, tmp_path: Path, fake: Fake, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(speaker_client, "AGAIN", 0.1)
        states: list[SpeakerState] = []
        speaker = SpeakerClient(sink="off", groups=["A"], log=tmp_path / "log", on_change=states.append)
        speaker.start()
        until(lambda: speaker.state.alive)
        first = fake.pids()[0]
        speaker.schedule([ScheduledCue("a", "soon", "go")])  # type: ignore[arg-type]
        until(lambda: any("TypeError" in state.note for state in states))
        until(lambda: gone(first))
        at = time.monotonic() + 100
        speaker.schedule([ScheduledCue("b", at, "go")])
        until(lambda: ["at", "b", at, "go", "A", "", None] in fake.told())
        until(lambda: speaker.state.alive)
        assert speaker.state.note == ""
        speaker.close()
        assert "Traceback" in (tmp_path / "log").read_text()
        assert all(gone(pid) for pid in fake.pids())

    def test_what_a_speaker_says_is_clean_text(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        script = tmp_path / "fake.py"
        script.write_text(
            'import json, sys, time\nprint(json.dumps(["state", "pipe", "a\\x1b[2Jb", "c\\ud800\\nd"]), flush=True)\n'
            "sys.stdin.read()\n"
        )
        monkeypatch.setattr(speaker_client, "COMMAND", (sys.executable, str(script)))
        speaker = SpeakerClient(sink="off", groups=["A"], log=tmp_path / "log", on_change=lambda _: None)
        speaker.start()
        until(lambda: speaker.state.alive)
        assert (speaker.state.device, speaker.state.note) == ("a[2Jb", "c d")
        speaker.close()

    def test_after_close_nothing_is_written_to_a_descriptor(self, tmp_path: Path, fake: Fake) -> None:
        for started in (True, False):
            reader, writer = os.pipe()
            speaker = SpeakerClient(sink="off", groups=["A"], log=tmp_path / "log", on_change=lambda _: None)
            numbers = speaker._wake_read, speaker._wake_write
            if started:
                speaker.start()
                until(lambda speaker=speaker: speaker.state.alive)
            speaker.close()
            # Both numbers are somebody else's now.
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

    def test_calls_while_it_is_closed_do_no_harm(self, tmp_path: Path, fake: Fake) -> None:
        speaker = SpeakerClient(sink="off", groups=["A"], log=tmp_path / "log", on_change=lambda _: None)
        speaker.start()
        until(lambda: speaker.state.alive)
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

    def test_it_can_be_closed_by_its_own_callback(self, tmp_path: Path, fake: Fake) -> None:
        def close(state: SpeakerState) -> None:
            if state.alive:
                speaker.close()

        speaker = SpeakerClient(sink="off", groups=["A"], log=tmp_path / "log", on_change=close)
        speaker.start()
        assert speaker._thread is not None
        speaker._thread.join(10)
        assert not speaker._thread.is_alive()
        assert all(gone(pid) for pid in fake.pids())
        assert "callback failed" not in (tmp_path / "log").read_text()

    def test_a_callback_that_fails_ends_nothing(self, tmp_path: Path, fake: Fake) -> None:
        def fail(_: SpeakerState) -> None:
            raise RuntimeError("Event loop is closed \ud800")

        speaker = SpeakerClient(sink="off", groups=["A"], log=tmp_path / "log", on_change=fail)
        speaker.start()
        until(lambda: speaker.state.alive)
        speaker.close()
        assert "Event loop is closed" in (tmp_path / "log").read_text()
