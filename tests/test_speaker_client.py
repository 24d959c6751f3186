"""The parent's side of sound: it never waits, and one speaker process is always there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kicktimer.errors import UsageError
from kicktimer.sound import Scheduled, Speaker, SpeakerState, client
from kicktimer.sound.client import _difference
from kicktimer.sound.protocol import Lines, Options, at_line, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FAKE = """
import json, os, sys
log = open(sys.argv[1], "a", buffering=1)
log.write(json.dumps(["started", os.getpid()]) + "\\n")
print(json.dumps(["state", "off", "", ""]), flush=True)
for line in sys.stdin:
    message = json.loads(line)
    if message[0] == "ping":
        print(json.dumps(["pong", message[1]]), flush=True)
        continue
    log.write(line)
    if message[0] == "now":
        if message[2] == "error":
            os.abort()
        print(json.dumps(["bell", message[2]]), flush=True)
    if message[0] == "at" and message[3] == "pip":
        print(json.dumps(["played", message[1]]), flush=True)
"""


def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


class Fake:
    """A speaker that writes down what it is told, in place of the real one."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "told"
        self.path.touch()
        script = folder / "fake.py"
        script.write_text(FAKE)
        self.command = (sys.executable, str(script), str(self.path))

    def told(self) -> list[list[object]]:
        return [json.loads(line) for line in self.path.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def pids(self) -> list[int]:
        return [message[1] for message in self.told() if message[0] == "started"]

    def since_start(self) -> list[list[object]]:
        told = self.told()
        last = max(index for index, message in enumerate(told) if message[0] == "started")
        return told[last + 1 :]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    fake = Fake(tmp_path)
    monkeypatch.setattr(client, "COMMAND", fake.command)
    return fake


@pytest.fixture
def speaker(tmp_path: Path) -> Iterator[Speaker]:
    speaker = Speaker(sink="off", groups=["A", "B"], log=tmp_path / "logs" / "speaker.log", on_change=lambda _: None)
    yield speaker
    begun = time.monotonic()
    speaker.close()
    assert time.monotonic() - begun < 1.0


def test_an_unknown_sink_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        Speaker(sink="gramophone", groups=["A"], log=tmp_path / "log", on_change=lambda _: None)
    assert "portaudio" in caught.value.hint


@pytest.mark.parametrize("options", [{"volume": 1.5}, {"volume": float("nan")}, {"cues": ["gong"]}])
def test_an_option_without_meaning_is_an_error_with_a_hint(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(UsageError) as caught:
        Speaker(sink="off", groups=["A"], log=tmp_path / "log", on_change=lambda _: None, **options)
    assert caught.value.hint


class TestDifference:
    CUES = tuple(Scheduled(f"c{n}", 100.0 + n, "split") for n in range(4))

    def test_everything_at_first_and_nothing_twice(self) -> None:
        sent: dict[str, Scheduled] = {}
        assert _difference(sent, self.CUES, set(), 90.0) == [at_line(cue) for cue in self.CUES]
        assert _difference(sent, self.CUES, set(), 90.0) == []

    def test_what_is_no_longer_wanted_is_cancelled(self) -> None:
        sent = {cue.id: cue for cue in self.CUES}
        assert _difference(sent, self.CUES[:2], set(), 90.0) == [encode("cancel", "c2"), encode("cancel", "c3")]

    def test_what_has_begun_is_not_taken_back(self) -> None:
        sent = {cue.id: cue for cue in self.CUES}
        assert _difference(sent, (), set(), 101.5) == [encode("cancel", "c2"), encode("cancel", "c3")]

    def test_a_cue_that_moved_is_sent_again(self) -> None:
        sent = {cue.id: cue for cue in self.CUES}
        moved = Scheduled("c3", 110.0, "split")
        assert _difference(sent, (*self.CUES[:3], moved), set(), 90.0) == [at_line(moved)]

    def test_what_was_played_or_is_past_is_not_sent(self) -> None:
        assert _difference({}, self.CUES, {"c2"}, 102.5) == [at_line(self.CUES[3])]


def test_lines_come_in_any_pieces() -> None:
    data = encode("at", "ü\n1", 1.5) + b"{}\nnonsense\n" + encode("ping", 1)
    for cut in range(len(data)):
        lines = Lines()
        first, second = lines.feed(data[:cut]), lines.feed(data[cut:])
        assert first[0] + second[0] == [["at", "ü\n1", 1.5], ["ping", 1]]
        assert first[1] + second[1] == ["{}", "nonsense"]


def test_options_travel_as_one_argument() -> None:
    options = Options("pipe", ("A", "B,-c"), (("portaudio", 9.5),), 0.5, 0.2, own="/ü", bell=True, parent=7)
    assert Options.from_argument(options.to_argument()) == options


class TestWithAFake:
    def test_a_schedule_goes_out_by_difference(self, speaker: Speaker, fake: Fake) -> None:
        at = time.monotonic() + 100
        cues = [Scheduled("a", at, "go"), Scheduled("b", at + 1, "say", "B", "Last rep\n")]
        speaker.schedule(cues)
        speaker.start()
        until(lambda: len(fake.told()) >= 4)
        speaker.schedule(cues[1:])
        until(lambda: ["cancel", "a"] in fake.told())
        assert [message for message in fake.told() if message[0] == "at"] == [
            ["at", "a", at, "go", "A", ""],
            ["at", "b", at + 1, "say", "B", "Last rep\n"],
        ]

    def test_a_hung_speaker_is_replaced_and_told_everything(self, speaker: Speaker, fake: Fake) -> None:
        speaker.start()
        at = time.monotonic() + 100
        speaker.schedule([Scheduled("a", at, "go"), Scheduled("p", at, "pip")])
        speaker.mute(on=True)
        until(lambda: len(fake.told()) >= 5)
        first = fake.pids()[0]
        os.kill(first, signal.SIGSTOP)
        begun = time.monotonic()
        until(lambda: len(fake.pids()) == 2)
        assert time.monotonic() - begun < 3.0
        assert gone(first)
        until(lambda: ["at", "a", at, "go", "A", ""] in fake.since_start())
        assert ["mute", True] in fake.since_start()

    def test_a_killed_speaker_is_replaced_and_its_note_is_shown(self, tmp_path: Path, fake: Fake) -> None:
        states: list[SpeakerState] = []
        speaker = Speaker(sink="off", groups=["A"], log=tmp_path / "log", on_change=states.append)
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
        speaker = Speaker(sink="off", groups=["A"], log=tmp_path / "log", on_change=lambda _: None)
        speaker.start()
        until(lambda: speaker.state.alive)
        speaker.play("error")
        until(lambda: len(fake.pids()) == 2)
        speaker.close()
        assert "status -6" in (tmp_path / "log").read_text()

    def test_cues_that_are_not_wanted_are_not_sent(self, tmp_path: Path, fake: Fake) -> None:
        speaker = Speaker(
            sink="off", groups=["A"], log=tmp_path / "log", on_change=lambda _: None, cues=["pip", "go", "split"]
        )
        at = time.monotonic() + 100
        speaker.schedule([Scheduled("s", at, "say", text="Relax"), Scheduled("go", at + 1, "go")])
        speaker.start()
        until(lambda: any(message[0] == "at" for message in fake.told()))
        speaker.close()
        assert [message[1] for message in fake.told() if message[0] == "at"] == ["go"]

    def test_texts_are_prepared_again_by_a_new_speaker(self, speaker: Speaker, fake: Fake) -> None:
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
        speaker = Speaker(
            sink="bell", groups=["A"], log=tmp_path / "log", on_change=lambda _: None, on_bell=lambda: rung.append(1)
        )
        speaker.start()
        speaker.play("go")
        until(lambda: rung)
        speaker.close()

    def test_no_call_waits_for_a_speaker_that_does_not_read(self, speaker: Speaker, fake: Fake) -> None:
        speaker.start()
        until(lambda: speaker.state.alive)
        os.kill(fake.pids()[0], signal.SIGSTOP)
        cues = [Scheduled(f"c{n}", time.monotonic() + 1000 + n, "split", "A", "x" * 100) for n in range(2000)]
        spent = []
        for _ in range(50):
            begun = time.perf_counter()
            speaker.schedule(cues)
            speaker.play("go")
            speaker.mute(on=False)
            spent.append(time.perf_counter() - begun)
        assert sorted(spent)[25] < 0.001

    def test_a_callback_that_fails_ends_nothing(self, tmp_path: Path, fake: Fake) -> None:
        def fail(_: SpeakerState) -> None:
            raise RuntimeError("Event loop is closed")

        speaker = Speaker(sink="off", groups=["A"], log=tmp_path / "log", on_change=fail)
        speaker.start()
        until(lambda: speaker.state.alive)
        speaker.close()
        assert "Event loop is closed" in (tmp_path / "log").read_text()


class TestTheRealOne:
    def test_it_comes_up_and_goes_away(self, speaker: Speaker) -> None:
        speaker.start()
        until(lambda: speaker.state.alive)
        assert speaker.state == SpeakerState("off", "", "", alive=True)
        assert speaker._child is not None
        pid = speaker._child._process.pid
        at = time.monotonic() + 0.1
        speaker.schedule([Scheduled("go", at, "go"), Scheduled("pip", at, "pip", "B")])
        until(lambda: speaker._child is not None and speaker._child.played == {"go", "pip"})
        assert time.monotonic() >= at
        speaker.close()
        assert gone(pid)
        assert not speaker.state.alive

    def test_the_bell_rings_when_a_cue_is_due(self, tmp_path: Path) -> None:
        rung: list[float] = []
        speaker = Speaker(
            sink="bell",
            groups=["A"],
            log=tmp_path / "log",
            on_change=lambda _: None,
            on_bell=lambda: rung.append(time.monotonic()),
        )
        speaker.start()
        until(lambda: speaker.state.alive)
        at = time.monotonic() + 0.2
        speaker.schedule([Scheduled("go", at, "go")])
        until(lambda: rung)
        speaker.close()
        assert rung[0] >= at

    def test_a_bad_sound_of_ones_own_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "own").mkdir()
        (tmp_path / "own" / "go.wav").write_bytes(b"no sound at all")
        speaker = Speaker(
            sink="off", groups=["A"], log=tmp_path / "log", on_change=lambda _: None, own=tmp_path / "own", volume=0.5
        )
        speaker.start()
        until(lambda: "go.wav: it is no WAV file" in speaker.state.note)
        assert speaker.state.alive
        speaker.close()

    def test_a_folder_of_ones_own_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        speaker = Speaker(sink="off", groups=["A"], log=tmp_path / "l", on_change=lambda _: None, own=tmp_path / "own")
        speaker.start()
        until(lambda: "No such file" in speaker.state.note)
        speaker.close()

    def test_a_sink_that_keeps_nothing_awake_says_so(self, tmp_path: Path) -> None:
        speaker = Speaker(
            sink="bell", groups=["A"], log=tmp_path / "l", on_change=lambda _: None, on_bell=lambda: None, awake=True
        )
        speaker.start()
        until(lambda: "cannot keep a loudspeaker awake" in speaker.state.note)
        speaker.close()

    def test_close_without_start_and_twice(self, speaker: Speaker) -> None:
        speaker.close()
        speaker.close()
        speaker.play("go")
        speaker.start()

    def test_a_log_that_cannot_be_written_is_no_reason_to_be_silent(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        speaker = Speaker(sink="off", groups=["A"], log=tmp_path / "file" / "log", on_change=lambda _: None)
        speaker.start()
        until(lambda: speaker.state.alive)
        speaker.close()

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
    def test_it_ends_with_its_parent(self, tmp_path: Path, number: signal.Signals) -> None:
        program = (
            "import sys, time, pathlib\n"
            "from kicktimer.sound import Speaker\n"
            "speaker = Speaker(sink='off', groups=['A'], log=pathlib.Path(sys.argv[1]), on_change=lambda _: None)\n"
            "speaker.start()\n"
            "while not speaker.state.alive: time.sleep(0.01)\n"
            "print(speaker._child._process.pid, flush=True)\n"
            "time.sleep(60)\n"
        )
        parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "log")], stdout=subprocess.PIPE)
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.send_signal(number)
        parent.wait()
        parent.stdout.close()
        until(lambda: gone(pid), 2.0)

    @pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
    def test_it_takes_little_memory(self, speaker: Speaker) -> None:
        speaker.start()
        until(lambda: speaker.state.alive)
        assert speaker._child is not None
        status = Path(f"/proc/{speaker._child._process.pid}/status").read_text()
        kilobytes = int(status.partition("VmRSS:")[2].split()[0])
        assert kilobytes < 24 * 1024  # what an audio library brings comes on top: 40 MB are the limit

    def test_it_is_lean(self) -> None:
        program = (
            "import sys, kicktimer.sound.speaker\n"
            "heavy = {'textual', 'pydantic', 'numpy', 'yaml', 'asyncio', 'rich', 'sounddevice', 'simpleaudio'}\n"
            "print(sorted(heavy & set(sys.modules)))"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"
