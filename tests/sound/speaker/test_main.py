"""The real speaker process without a device: how it starts, what it loads, and that it ends with its parent."""

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


def test_speaker_starts_plays_and_ends(speaker: SpeakerClient) -> None:
    speaker.start()
    wait_until(lambda: speaker.state.alive)
    assert speaker.state == SpeakerState("off", "", "", alive=True)
    assert speaker._child is not None
    pid = speaker._child._process.pid
    at = time.monotonic() + 0.1
    speaker.schedule([ScheduledCue("go", at, "go"), ScheduledCue("pip", at, "pip", "B")])
    wait_until(lambda: set(speaker._ledger._heard) == {"go", "pip"})
    assert time.monotonic() >= at
    speaker.close()
    assert has_ended(pid)
    assert not speaker.state.alive


def test_bell_rings_when_a_cue_is_due(tmp_path: Path) -> None:
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


def test_faulty_own_sound_is_named(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "go.wav").write_bytes(b"no sound at all")
    speaker = SpeakerClient(
        sink="off",
        groups=["A"],
        log=tmp_path / "log",
        on_change=lambda _: None,
        own_sounds=tmp_path / "own",
        volume=0.5,
    )
    speaker.start()
    wait_until(lambda: "go.wav: it is no WAV file" in speaker.state.note)
    assert speaker.state.alive
    speaker.close()


def test_faulty_replacements_are_named_first_and_the_rest_is_counted(
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


def test_missing_folder_of_own_sounds_is_named(tmp_path: Path) -> None:
    speaker = SpeakerClient(
        sink="off", groups=["A"], log=tmp_path / "l", on_change=lambda _: None, own_sounds=tmp_path / "own"
    )
    speaker.start()
    wait_until(lambda: "No such file" in speaker.state.note)
    speaker.close()


def test_sink_that_cannot_keep_a_loudspeaker_awake_says_so(tmp_path: Path) -> None:
    speaker = SpeakerClient(
        sink="bell", groups=["A"], log=tmp_path / "l", on_change=lambda _: None, on_bell=lambda: None, keep_awake=True
    )
    speaker.start()
    wait_until(lambda: "cannot keep a loudspeaker awake" in speaker.state.note)
    speaker.close()


def test_close_works_without_start_and_twice(speaker: SpeakerClient) -> None:
    speaker.close()
    speaker.close()
    speaker.play("go")
    speaker.start()


def test_command_line_and_environment_hold_no_names(tmp_path: Path) -> None:
    groups = ["Matan secret", "../../etc/passwd", "-x", "\ud800\n"]
    speaker = SpeakerClient(
        sink="off", groups=groups, log=tmp_path / "log", on_change=lambda _: None, own_sounds=tmp_path / "own secret"
    )
    speaker.start()
    wait_until(lambda: speaker.state.alive)
    assert speaker._child is not None
    process = Path(f"/proc/{speaker._child._process.pid}")
    if process.exists():
        visible = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        assert b"kicktimer.sound.speaker" in visible
        assert b"secret" not in visible
        assert b"passwd" not in visible
    now = time.monotonic()
    speaker.schedule([ScheduledCue(f"{group}/{cue}", now, cue, group, group) for group in groups for cue in CUE_SPECS])
    tones = {f"{group}/{cue}" for group in groups for cue, spec in CUE_SPECS.items() if not spec.spoken}
    wait_until(lambda: tones <= set(speaker._ledger._heard))
    speaker.close()


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "zero"])
def test_log_path_that_is_no_file_is_not_written(tmp_path: Path, kind: str) -> None:
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


def test_large_log_is_emptied(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(bytes(speaker_client.MAX_LOG_BYTES + 1))
    speaker = SpeakerClient(sink="off", groups=["A"], log=log, on_change=lambda _: None)
    speaker.start()
    wait_until(lambda: speaker.state.alive)
    speaker.close()
    assert log.stat().st_size < speaker_client.MAX_LOG_BYTES


def test_speaker_plays_without_a_writable_log(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    speaker = SpeakerClient(sink="off", groups=["A"], log=tmp_path / "file" / "log", on_change=lambda _: None)
    speaker.start()
    wait_until(lambda: speaker.state.alive)
    speaker.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_speaker_ends_with_its_parent(tmp_path: Path, number: signal.Signals) -> None:
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
def test_speaker_takes_little_memory(speaker: SpeakerClient) -> None:
    speaker.start()
    wait_until(lambda: speaker.state.alive)
    assert speaker._child is not None
    status = Path(f"/proc/{speaker._child._process.pid}/status").read_text()
    kilobytes = int(status.partition("VmRSS:")[2].split()[0])
    assert kilobytes < 24 * 1024  # an audio library adds to this: the limit is 40 MB


@pytest.mark.parametrize("sink", ["PortAudioSink", "SimpleAudioSink"])
def test_speaker_loads_no_heavy_packages(sink: str) -> None:
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
    environment = os.environ | {"PYTHONMALLOC": "malloc"}  # as `SpeakerProcess` sets it for simpleaudio
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "[]"
