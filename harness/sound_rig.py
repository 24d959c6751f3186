"""Captures sound without a sound card: a PulseAudio server with a null sink, a recorder, and a lateness monitor."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from kicktimer.sound import SpeakerClient, SpeakerState

RATE = 48_000
FRAME_BYTES = 4  # two channels of 16 bits; a mono recording of a sink's monitor loses parts
SOUND_THRESHOLD = 1500
MIN_SILENCE_S = 0.08
BUCKET_S = 1.0
NEIGHBOUR_BUCKETS = 4  # on both sides, whose earliest arrivals together date the frames of a bucket
JUMP_S = 0.005
SINK_MODULE = f"module-null-sink sink_name=rig rate={RATE} channels=2 format=s16le norewinds=1"


class RigError(Exception):
    """Sound cannot be captured on this machine; the message says why."""


class SoundServer:
    """A PulseAudio server with one null sink, "rig". `environment` leads programs to it. Its files are in `folder`."""

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
        self._log = folder / "server.log"

    @property
    def has_died(self) -> bool:
        """True if a started server has ended without being told to."""
        return self.process is not None and self.process.poll() is not None

    def log(self) -> str:
        """Returns the end of what the servers started here have said."""
        return self._log.read_text(errors="replace")[-4000:]

    def start(self) -> None:
        """Starts the server. Raises `RigError` if it does not answer within 5 s."""
        script = self.folder / "rig.pa"
        script.write_text(
            f"load-module {SINK_MODULE}\n"
            "set-default-sink rig\n"
            f"load-module module-native-protocol-unix auth-anonymous=1 socket={self.socket}\n"
        )
        options = "--system=no --daemonize=no -n --exit-idle-time=-1 --disallow-exit --use-pid-file=no"
        # The whole server gets real-time priority if that is allowed. On a loaded machine an ordinary server is up to a
        # tenth of a second late, which would hide the lateness of the program.
        urgent = ["chrt", "--fifo", "8"]
        if (
            shutil.which("chrt") is None
            or subprocess.run([*urgent, "true"], capture_output=True, check=False).returncode
        ):
            urgent = []
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*urgent, "pulseaudio", *options.split(), "--realtime=yes", "--high-priority=yes", f"-F{script}"],
                env=os.environ | self.environment,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        for _ in range(100):
            if self._pactl("info").returncode == 0:
                return
            time.sleep(0.05)
        self.stop()
        raise RigError("PulseAudio does not start here")

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None
        self.socket.unlink(missing_ok=True)

    def freeze(self, seconds: float) -> None:
        """Stops the server's process for `seconds`."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)

    def unload_sink(self) -> None:
        """Removes the sink, as if a loudspeaker were unplugged."""
        self._pactl("unload-module", "module-null-sink").check_returncode()

    def load_sink(self) -> None:
        self._pactl("load-module", *SINK_MODULE.split()).check_returncode()
        self._pactl("set-default-sink", "rig").check_returncode()

    def _pactl(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["pactl", *arguments], env=os.environ | self.environment, capture_output=True, check=False
        )


@dataclass(frozen=True, slots=True)
class Onset:
    """A sound after silence: its beginning and its length in seconds, and its loudest sample."""

    at: float
    length: float
    peak: int


class Recording:
    """The samples of one channel, and the time of each frame in seconds on `time.monotonic()`.

    While no server runs nothing is recorded; `samples` has one second of silence between two runs of it.
    """

    def __init__(self, samples: np.ndarray, frames: np.ndarray, moments: np.ndarray) -> None:
        """`frames[i]` was heard at `moments[i]`; times in between are interpolated."""
        self.samples = samples
        self._frames = frames
        self._moments = moments

    @classmethod
    def from_start(cls, moment: float, samples: np.ndarray) -> Recording:
        """Returns a recording without gaps whose first frame was heard at `moment`."""
        frames = np.array([0.0, max(1, len(samples))])
        return cls(samples, frames, moment + frames / RATE)

    def frame_at(self, moment: float) -> float:
        first, last = self._moments[0], self._moments[-1]
        inside = float(np.interp(moment, self._moments, self._frames))
        return inside + (min(0.0, moment - first) + max(0.0, moment - last)) * RATE

    def time_of(self, frame: float) -> float:
        first, last = self._frames[0], self._frames[-1]
        inside = float(np.interp(frame, self._frames, self._moments))
        return inside + (min(0.0, frame - first) + max(0.0, frame - last)) / RATE

    def peak(self, first: float, end: float) -> int:
        """Returns the absolute value of the loudest sample between two times."""
        span = slice(max(0, round(self.frame_at(first))), max(0, round(self.frame_at(end))))
        return int(np.abs(self.samples[span].astype(np.int32)).max(initial=0))

    def onsets(self, first: float = float("-inf"), end: float = float("inf")) -> list[Onset]:
        """Returns the sounds that begin after silence between two times."""
        samples = np.abs(self.samples.astype(np.int32))
        loud = np.flatnonzero(samples > SOUND_THRESHOLD)
        if not len(loud):
            return []
        starts = np.concatenate(([0], np.flatnonzero(np.diff(loud) > MIN_SILENCE_S * RATE) + 1))
        ends = np.concatenate((starts[1:], [len(loud)])) - 1
        found = [
            Onset(self.time_of(a), (b - a) / RATE, int(samples[a : b + 1].max()))
            for a, b in zip(loud[starts], loud[ends], strict=True)
        ]
        return [onset for onset in found if first <= onset.at < end]


class Recorder:
    """Records the null sink while the context is active, also after the server has been restarted.

    The times of the recording include the server's latency.
    """

    def __init__(self, server: SoundServer) -> None:
        self._server = server
        self._segments: list[tuple[list[bytes], list[tuple[float, int]]]] = []
        self._listening = threading.Event()
        self._stop = False
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._listening.wait(10), "the recorder hears nothing"
        return self

    def __exit__(self, *_: object) -> None:
        self._stop = True
        if self._process is not None:
            self._process.kill()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop:
            self._process = subprocess.Popen(
                ["parec", "-d", "rig.monitor", f"--rate={RATE}", "--channels=2", "--format=s16le", "--latency-msec=2",
                 "--process-time-msec=2", "--raw"],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env=os.environ | self._server.environment,
            )  # fmt: skip
            assert self._process.stdout is not None
            self._read(self._process.stdout.fileno())
            self._process.stdout.close()
            self._process.wait()
            if not self._stop:
                time.sleep(0.05)

    def _read(self, pipe: int) -> None:
        chunks: list[bytes] = []
        arrivals: list[tuple[float, int]] = []
        size = 0
        while chunk := os.read(pipe, 65536):
            now = time.monotonic()
            if not chunks:
                self._segments.append((chunks, arrivals))
            chunks.append(chunk)
            size += len(chunk)
            arrivals.append((now, size // FRAME_BYTES))
            self._listening.set()

    def onsets(self) -> list[Onset]:
        return self.recording().onsets()

    def peak(self, first: float, end: float) -> int:
        return self.recording().peak(first, end)

    def recording(self) -> Recording:
        """Returns everything that was recorded so far."""
        samples, frames, moments = [], [], []
        first = 0
        for chunks, arrivals in self._segments:
            data = b"".join(chunks)
            heard = np.frombuffer(data[: len(data) - len(data) % FRAME_BYTES], dtype="<i2")[::2]
            if len(heard) < RATE // 2:
                continue
            knots = _timeline(arrivals[: len(chunks)], len(heard))
            samples += [heard, np.zeros(RATE, dtype="<i2")]
            frames += [first + frame for frame, _ in knots]
            moments += [moment for _, moment in knots]
            first += len(heard) + RATE
        assert samples, "nothing was recorded"
        return Recording(np.concatenate(samples), np.array(frames), np.maximum.accumulate(np.array(moments)))


def _timeline(arrivals: list[tuple[float, int]], length: int) -> list[tuple[float, float]]:
    """Returns pairs of a frame and its time, derived from when chunks arrived. A chunk can arrive late, never early."""
    earliest: dict[int, float] = {}
    last: dict[int, int] = {}
    for now, size in arrivals:
        if size > RATE // 2 or length < 2 * RATE:  # skip the first half second, which arrives in bursts
            bucket = int((now - arrivals[0][0]) / BUCKET_S)
            earliest[bucket] = min(earliest.get(bucket, float("inf")), now - size / RATE)
            last[bucket] = size
    buckets = sorted(earliest)
    stretches = [[buckets[0]]]
    for bucket in buckets[1:]:
        # Three late buckets in a row: the server has skipped, so the earlier buckets cannot date these frames.
        coming = [earliest[each] for each in buckets if bucket <= each < bucket + 3]
        so_far = min(earliest[each] for each in stretches[-1][-NEIGHBOUR_BUCKETS:])
        if min(coming) > so_far + JUMP_S or max(coming) < so_far - JUMP_S:
            stretches.append([])
        stretches[-1].append(bucket)
    knots: list[tuple[float, float]] = []
    begun = 0
    for stretch in stretches:
        for bucket in stretch:
            origin = min(earliest[each] for each in stretch if abs(each - bucket) <= NEIGHBOUR_BUCKETS)
            first = begun if bucket == stretch[0] else begun + 1
            knots += [(first, origin + first / RATE), (last[bucket], origin + last[bucket] / RATE)]
            begun = last[bucket]
    return knots


MONITOR_PROGRAM = """
import os, sys, time
from kicktimer.sound.speaker.realtime_priority import raise_priority
if sys.argv[1] == "urgent": raise_priority()
worst, due, begun = 0.0, time.monotonic(), time.monotonic()
while os.getppid() == int(sys.argv[2]):
    due += 0.005
    time.sleep(max(0.0, due - time.monotonic()))
    worst = max(worst, time.monotonic() - due)
    due = max(due, time.monotonic() - 0.005)
    if time.monotonic() - begun >= 1.0:
        print(begun, worst, flush=True)
        worst, begun = 0.0, time.monotonic()
"""


class LatenessMonitor:
    """Runs a canary and records, for each second, when it began and the greatest lateness, both in seconds.

    With `urgent` the canary has the priority of a speaker process, so that only the machine itself can make it late.
    """

    def __init__(self, *, urgent: bool) -> None:
        self._urgent = urgent
        self.seconds: list[tuple[float, float]] = []

    def __enter__(self) -> Self:
        how = "urgent" if self._urgent else "ordinary"
        self._process = subprocess.Popen(
            [sys.executable, "-c", MONITOR_PROGRAM, how, str(os.getpid())], stdout=subprocess.PIPE, text=True
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            begun, worst = line.split()
            self.seconds.append((float(begun), float(worst)))

    def __exit__(self, *_: object) -> None:
        is_alive = self._process.poll() is None
        self._process.kill()
        self._process.wait()
        self._thread.join()
        assert self._process.stdout is not None
        self._process.stdout.close()
        assert is_alive, "the canary has ended by itself"

    def worst(self, first: float = float("-inf"), end: float = float("inf")) -> float:
        return max((late for begun, late in self.seconds if first <= begun + 1.0 and begun < end), default=0.0)


def wait_for_sink(speaker: SpeakerClient, sink: str, seconds: float = 8.0) -> SpeakerState:
    end = time.monotonic() + seconds
    while not (speaker.state.alive and speaker.state.sink == sink):
        assert time.monotonic() < end, f"no {sink}: {speaker.state}"
        time.sleep(0.02)
    return speaker.state


def require_sink(sink: str) -> None:
    """Skips the test if the library of this sink is not installed."""
    if sink == "simpleaudio" and importlib.util.find_spec("simpleaudio") is None:
        pytest.skip("simpleaudio is not installed")
    if sink == "portaudio":
        try:
            import sounddevice  # noqa: F401
        except OSError as problem:
            pytest.skip(f"PortAudio: {problem}")


def can_play(sink: str) -> bool:
    """Returns whether the library of this sink is installed."""
    try:
        require_sink(sink)
    except pytest.skip.Exception:
        return False
    return True
