"""Which of two outputs a cue is played on, recorded from a real sound server that has both."""

from __future__ import annotations

import array
import os
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Self

import pytest

from harness.sound_rig import RATE, Recorder, SoundServer, require_sink, wait_for_sink
from kicktimer.sound import ScheduledCue, SoundOutput, SpeakerClient, outputs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.sound


def pactl(*arguments: str) -> str:
    return subprocess.run(["pactl", *arguments], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def two(server: SoundServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    """Adds a second sink, "other", and makes it the default output."""
    module = pactl("load-module", "module-null-sink", "sink_name=other", f"rate={RATE}", "channels=2", "format=s16le")
    pactl("set-default-sink", "other")
    config = tmp_path / "asound.conf"
    pulse = f'type pulse server "unix:{server.socket}"'
    config.write_text(
        "</usr/share/alsa/alsa.conf>\n"
        f'pcm.!default {{ {pulse} hint {{ show on description "other" }} }}\n'
        f'pcm.trackside {{ {pulse} device "rig" hint {{ show on description "trackside" }} }}\n'
    )
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(config))
    yield server
    if server.has_died:  # PulseAudio 16 now and then ends where a client leaves; the next test starts another
        return
    pactl("set-default-sink", "rig")
    pactl("unload-module", module)


class SecondRecorder:
    """Records the second sink, "other"."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            ["parec", "-d", "other.monitor", f"--rate={RATE}", "--channels=1", "--format=s16le", "--raw",
             "--latency-msec=20"],
            stdout=subprocess.PIPE,
            bufsize=0,
        )  # fmt: skip
        assert self._process.stdout is not None
        self._data = bytearray(os.read(self._process.stdout.fileno(), 65536))
        self._thread = threading.Thread(target=self._read)
        self._thread.start()
        return self

    def _read(self) -> None:
        assert self._process.stdout is not None
        while chunk := os.read(self._process.stdout.fileno(), 65536):
            self._data += chunk

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._thread.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    @property
    def peak(self) -> int:
        samples = array.array("h", bytes(self._data[: len(self._data) // 2 * 2]))
        return max(map(abs, samples))


@pytest.mark.parametrize(
    ("sink", "device", "chosen"),
    [
        ("portaudio", "trackside", True),
        ("portaudio", "track", True),
        ("portaudio", "nowhere", False),
        ("pipe", "pacat:rig", True),
        ("pipe", "aplay:trackside", True),
        ("pipe", "pacat:nowhere", False),
        ("pipe", "aplay:nowhere", False),
    ],
)
def test_cue_is_played_on_the_chosen_device_only(
    sink: str, device: str, chosen: bool, two: SoundServer, tmp_path: Path
) -> None:
    require_sink(sink)
    speaker = SpeakerClient(sink=sink, device=device, groups=["A"], log=tmp_path / "log", on_change=lambda _: None)
    with Recorder(two) as rig, SecondRecorder() as other:
        speaker.start()
        try:
            state = wait_for_sink(speaker, sink, 15.0)
            speaker.schedule([ScheduledCue("go", time.monotonic() + 0.5, "go")])
            time.sleep(2.0)
        finally:
            speaker.close()
        begun = time.monotonic() - 2.2
        rig_peak, other_peak = rig.peak(begun, time.monotonic()), other.peak
    assert (rig_peak > 10_000, other_peak > 10_000) == (chosen, not chosen), (state, (tmp_path / "log").read_text())
    assert ("nowhere" in state.note) is not chosen, state


def test_all_outputs_are_listed(two: SoundServer) -> None:
    found = outputs()
    assert SoundOutput("pipe", "pacat:rig", "pacat: Null Output (rig)") in found
    assert SoundOutput("pipe", "pacat:other", "pacat: Null Output (other)") in found
    assert SoundOutput("pipe", "aplay:trackside", "aplay: trackside (trackside)") in found
    require_sink("portaudio")
    assert any(output.sink == "portaudio" and output.device == "trackside" for output in found)
