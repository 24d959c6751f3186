"""A sound server without a sound card, a recorder, and a canary that tells whether the machine was on time."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from kicktimer.sound import Speaker, SpeakerState

RATE = 48_000
FRAME = 4  # two channels of 16 bits: a mono recording of the monitor misses parts
THRESHOLD = 1500
GAP = 0.08


class Server:
    """PulseAudio with one null sink named "rig" in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        run = folder / "run"
        run.mkdir(mode=0o700)
        self.socket = run / "native"
        self.environment = {
            "XDG_RUNTIME_DIR": str(run),
            "PULSE_SERVER": f"unix:{self.socket}",
            "PULSE_COOKIE": str(folder / "cookie"),
            "PULSE_CLIENTCONFIG": str(folder / "client.conf"),
            "ALSA_CONFIG_PATH": str(folder / "asound.conf"),
        }
        (folder / "client.conf").write_text("autospawn = no\n")
        (folder / "asound.conf").write_text(
            "</usr/share/alsa/alsa.conf>\n"
            f'pcm.!default {{ type pulse server "unix:{self.socket}" hint {{ show on description "rig" }} }}\n'
            f'ctl.!default {{ type pulse server "unix:{self.socket}" }}\n'
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        script = self.folder / "rig.pa"
        script.write_text(
            f"load-module module-null-sink sink_name=rig rate={RATE} channels=2 format=s16le norewinds=1\n"
            "set-default-sink rig\n"
            f"load-module module-native-protocol-unix auth-anonymous=1 socket={self.socket}\n"
        )
        options = "--system=no --daemonize=no -n --exit-idle-time=-1 --disallow-exit --use-pid-file=no --realtime=no"
        self.process = subprocess.Popen(
            ["pulseaudio", *options.split(), "--high-priority=no", f"-F{script}"],
            env=os.environ | self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(100):
            done = subprocess.run(
                ["pactl", "info"], env=os.environ | self.environment, capture_output=True, check=False
            )
            if done.returncode == 0:
                return
            time.sleep(0.05)
        self.stop()
        pytest.skip("PulseAudio does not start here")

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None
        self.socket.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Onset:
    at: float
    length: float
    peak: int


class Recorder:
    """Records the null sink from `with` on, and finds onsets on `time.monotonic()`: the server's latency is in them."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._chunks: list[bytes] = []
        self._size = 0
        self._origin = float("inf")
        self._listening = threading.Event()

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            ["parec", "-d", "rig.monitor", f"--rate={RATE}", "--channels=2", "--format=s16le", "--latency-msec=2",
             "--process-time-msec=2", "--raw"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=os.environ | self._server.environment,
        )  # fmt: skip
        self._thread = threading.Thread(target=self._read)
        self._thread.start()
        assert self._listening.wait(5), "the recorder hears nothing"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._thread.join()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while chunk := os.read(self._process.stdout.fileno(), 65536):
            now = time.monotonic()
            self._chunks.append(chunk)
            self._size += len(chunk)
            if self._size > FRAME * RATE // 2:  # the first half second arrives in bursts
                self._origin = min(self._origin, now - self._size / FRAME / RATE)
            self._listening.set()

    def _samples(self) -> np.ndarray:
        data = b"".join(self._chunks)
        whole = data[: len(data) - len(data) % FRAME]
        return np.frombuffer(whole, dtype="<i2").reshape(-1, 2)[:, 0].astype(np.int32)

    def peak(self, first: float, end: float) -> int:
        """The loudest sample between two moments on `time.monotonic()`."""
        span = [max(0, round((moment - self._origin) * RATE)) for moment in (first, end)]
        return int(np.abs(self._samples()[slice(*span)]).max())

    def onsets(self) -> list[Onset]:
        samples = self._samples()
        loud = np.flatnonzero(np.abs(samples) > THRESHOLD)
        if not len(loud):
            return []
        starts = np.concatenate(([0], np.flatnonzero(np.diff(loud) > GAP * RATE) + 1))
        ends = np.concatenate((starts[1:], [len(loud)])) - 1
        return [
            Onset(self._origin + first / RATE, (last - first) / RATE, int(np.abs(samples[first : last + 1]).max()))
            for first, last in zip(loud[starts], loud[ends], strict=True)
        ]


def wait_for(speaker: Speaker, sink: str, seconds: float = 8.0) -> SpeakerState:
    end = time.monotonic() + seconds
    while not (speaker.state.alive and speaker.state.sink == sink):
        assert time.monotonic() < end, f"no {sink}: {speaker.state}"
        time.sleep(0.02)
    return speaker.state


def available(sink: str) -> None:
    if sink == "simpleaudio" and importlib.util.find_spec("simpleaudio") is None:
        pytest.skip("simpleaudio is not installed")
    if sink == "portaudio":
        try:
            import sounddevice  # noqa: F401
        except OSError as problem:
            pytest.skip(f"PortAudio: {problem}")
