"""The real speaker process without a device: it comes up, keeps to itself, and ends with whoever started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kicktimer.cue_table import CUE_SPECS
from kicktimer.sound import ScheduledCue, SpeakerClient, SpeakerState, speaker_client
from tests.sound.fake_speaker import has_ended, wait_until


def test_it_comes_up_and_goes_away(speaker: SpeakerClient) -> None:
    speaker.start()
    wait_until(lambda: speaker.state.alive)
    assert speaker.state == SpeakerState("off", "", "", alive=True)
    assert speaker._child is not None
    pid = speaker._child._process.pid
    at = time.monotonic() + 0.1
    speaker.schedule([ScheduledCue("go", at, "go"), ScheduledCue("pip", at, "pip", "B")])
    wait_until(lambda: set(speaker._told._heard) == {"go", "pip"})
    assert time.monotonic() >= at
    speaker.close()
    assert has_ended(pid)
    assert not speaker.state.alive


def test_the_bell_rings_when_a_cue_is_due(tmp_path: Path) -> None:
    rung: list[float] = []
    speaker = SpeakerClient(
        sink="bell",
        groups=["A"],
        log=tmp_path / "log",
        on_change=lambda _: None,
        on_bell=lambda: rung.append(time.monotonic()),
    )
    speaker.start()
    wait_until(lambda: speaker.state.alive)
    at = time.monotonic() + 0.2
    speaker.schedule([ScheduledCue("go", at, "go")])
    wait_until(lambda: rung)
    speaker.close()
    assert rung[0] >= at


def test_a_bad_sound_of_ones_own_is_named(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "go.wav").write_bytes(b"no sound at all")
    speaker = SpeakerClient(
        sink="off", groups=["A"], log=tmp_path / "log", on_change=lambda _: None, own_sounds=tmp_path / "own", volume=0.5
    )
    speaker.start()
    wait_until(lambda: "go.wav: it is no WAV file" in speaker.state.note)
    assert speaker.state.alive
    speaker.close()


def test_of_many_bad_ones_those_that_replace_a_sound_are_named_first_and_how_many_more(
    tmp_path: Path,
) -> None:
    (tmp_path / "own").mkdir()
    for name in ("a", "b", "pip", "c", "go"):
        (tmp_path / "own" / f"{name}.wav").write_bytes(b"no sound at all")
    speaker = SpeakerClient(
        sink="off", groups=["A"], log=tmp_path / "log", on_change=lambda _: None, own_sounds=tmp_path / "own"
    )
    speaker.start()
    wait_until(lambda: "more" in speaker.state.note)
    named = [each.partition(":")[0].rpartition(" ")[2] for each in speaker.state.note.split("; ")]
    assert named == ["go.wav", "pip.wav", "a.wav"]
    assert speaker.state.note.endswith("no sound has this name and 2 more")
    speaker.close()


def test_a_folder_of_ones_own_that_is_not_there_is_named(tmp_path: Path) -> None:
    speaker = SpeakerClient(
        sink="off", groups=["A"], log=tmp_path / "l", on_change=lambda _: None, own_sounds=tmp_path / "own"
    )
    speaker.start()
    wait_until(lambda: "No such file" in speaker.state.note)
    speaker.close()


def test_a_sink_that_keeps_nothing_awake_says_so(tmp_path: Path) -> None:
    speaker = SpeakerClient(
        sink="bell", groups=["A"], log=tmp_path / "l", on_change=lambda _: None, on_bell=lambda: None, keep_awake=True
    )
    speaker.start()
    wait_until(lambda: "cannot keep a loudspeaker awake" in speaker.state.note)
    speaker.close()


def test_close_without_start_and_twice(speaker: SpeakerClient) -> None:
    speaker.close()
    speaker.close()
    speaker.play("go")
    speaker.start()


def test_nothing_of_the_squad_stands_on_its_command_line(tmp_path: Path) -> None:
    groups = ["Matan secret", "../../etc/passwd", "-x", "\ud800\n"]
    speaker = SpeakerClient(
        sink="off", groups=groups, log=tmp_path / "log", on_change=lambda _: None, own_sounds=tmp_path / "own secret"
    )
    speaker.start()
    wait_until(lambda: speaker.state.alive)
    assert speaker._child is not None
    process = Path(f"/proc/{speaker._child._process.pid}")
    if process.exists():
        told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        assert b"kicktimer.sound.speaker" in told
        assert b"secret" not in told
        assert b"passwd" not in told
    now = time.monotonic()
    speaker.schedule([ScheduledCue(f"{group}/{cue}", now, cue, group, group) for group in groups for cue in CUE_SPECS])
    tones = {f"{group}/{cue}" for group in groups for cue, spec in CUE_SPECS.items() if not spec.spoken}
    wait_until(lambda: tones <= set(speaker._told._heard))
    speaker.close()


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "zero"])
def test_a_log_that_is_no_file_is_left_alone(tmp_path: Path, kind: str) -> None:
    log, other = tmp_path / "log", tmp_path / "other"
    other.write_text("precious")
    if kind == "link":
        log.symlink_to(other)
    elif kind == "pipe":
        os.mkfifo(log)
    elif kind == "folder":
        log.mkdir()
    else:
        log = tmp_path / "a\0b"
    speaker = SpeakerClient(sink="off", groups=["A"], log=log, on_change=lambda _: None)
    speaker.start()
    wait_until(lambda: speaker.state.alive)
    speaker.close()
    assert other.read_text() == "precious"


def test_a_log_that_has_grown_is_begun_anew(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(bytes(speaker_client.MAX_LOG_BYTES + 1))
    speaker = SpeakerClient(sink="off", groups=["A"], log=log, on_change=lambda _: None)
    speaker.start()
    wait_until(lambda: speaker.state.alive)
    speaker.close()
    assert log.stat().st_size < speaker_client.MAX_LOG_BYTES


def test_a_log_that_cannot_be_written_is_no_reason_to_be_silent(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    speaker = SpeakerClient(sink="off", groups=["A"], log=tmp_path / "file" / "log", on_change=lambda _: None)
    speaker.start()
    wait_until(lambda: speaker.state.alive)
    speaker.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_parent(tmp_path: Path, number: signal.Signals) -> None:
    program = (
        "import sys, time, pathlib\n"
        "from kicktimer.sound import SpeakerClient\n"
        "speaker = SpeakerClient(sink='off', groups=['A'], log=pathlib.Path(sys.argv[1]), on_change=lambda _: None)\n"
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
    wait_until(lambda: has_ended(pid), 2.0)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_it_takes_little_memory(speaker: SpeakerClient) -> None:
    speaker.start()
    wait_until(lambda: speaker.state.alive)
    assert speaker._child is not None
    status = Path(f"/proc/{speaker._child._process.pid}/status").read_text()
    kilobytes = int(status.partition("VmRSS:")[2].split()[0])
    assert kilobytes < 24 * 1024  # what an audio library brings comes on top: 40 MB are the limit


@pytest.mark.parametrize("sink", ["PortAudioSink", "SimpleAudioSink"])
def test_it_is_lean(sink: str) -> None:
    program = (
        "import sys, kicktimer.sound.speaker.main\n"
        "from kicktimer.sound import speech\n"
        "from kicktimer.sound.speaker.sinks.base import SinkError\n"
        "from kicktimer.sound.speaker.sinks.portaudio_sink import PortAudioSink\n"
        "from kicktimer.sound.speaker.sinks.simpleaudio_sink import SimpleAudioSink\n"
        f"try: {sink}().open()\n"
        "except SinkError: pass\n"
        "heavy = {'textual', 'pydantic', 'numpy', 'yaml', 'asyncio', 'rich', 'platformdirs'}\n"
        "print(sorted(heavy & set(sys.modules)), flush=True)\n"
        "import os; os._exit(0)"
    )
    environment = os.environ | {"PYTHONMALLOC": "malloc"}  # see `child`
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "[]"
