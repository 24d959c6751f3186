"""The sink that writes samples through a pipe to one of the system's own programs: `pacat`, `aplay` or `pw-cat`."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kicktimer.sound.speaker import realtime_priority
from kicktimer.sound.speaker.clips import RATE
from kicktimer.sound.speaker.sinks.base import NEVER, SinkError, StreamSink

if TYPE_CHECKING:
    from kicktimer.sound.speaker.scheduler import CueScheduler

BLOCK_FRAMES = 1024
"""Frames of one write, 21 ms: less than a page, so that the pipe takes the whole block or nothing."""
PIPE_BYTES = 4096
"""The capacity of the pipe: one page, 43 ms. A larger pipe would only delay what is cancelled."""


@dataclass(frozen=True, slots=True)
class _Player:
    """How a program is run, and its latency."""

    arguments: str
    device_option: str
    latency_s: float


_PLAYERS = {
    "pacat": _Player(
        f"--playback --raw --rate={RATE} --format=s16le --channels=1 --latency-msec=80 --process-time-msec=20",
        "--device=",
        0.06,
    ),
    "aplay": _Player(f"-q -t raw -f S16_LE -c 1 -r {RATE} --buffer-time=80000 --period-time=20000 -", "--device=", 0.1),
    "pw-cat": _Player(f"--playback --raw --rate={RATE} --format=s16 --channels=1 --latency=80ms -", "--target=", 0.08),
}
"""The programs of `players.PLAYERS`. Latencies were measured on a sound server whose output was recorded; the one of
`pw-cat` is what it is asked for."""


class PipeSink(StreamSink):
    """A stream that a program reads from a pipe and plays."""

    name = "pipe"

    def __init__(self, program: str, device: str = "") -> None:
        """`device` is passed to the program as its output device. "" stands for its default device."""
        player = _PLAYERS[program]
        super().__init__(player.latency_s)
        self._command = [program, *([player.device_option + device] if device else []), *player.arguments.split()]
        self._has_chosen_device = bool(device)
        self.device = f"{program} to {device}" if device else program
        self._process: subprocess.Popen[bytes] | None = None
        self._unwritten = b""
        self._problem = ""

    def attach(self, scheduler: CueScheduler) -> None:
        super().attach(scheduler)
        if self._process is not None:  # the program was started some time ago, so all of its threads exist
            realtime_priority.raise_thread_priority(frozenset(), self._process.pid)

    def open(self) -> None:
        try:
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, bufsize=0)
        except OSError as problem:
            raise SinkError(f"it does not start ({problem.strerror})") from problem
        except ValueError as problem:  # the name contains a zero byte or a lone surrogate
            raise SinkError("no device has such a name") from problem
        number = self.fileno()
        assert number is not None
        os.set_blocking(number, False)
        if hasattr(fcntl, "F_SETPIPE_SZ"):  # Linux only
            fcntl.fcntl(number, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._watched_from = time.monotonic()

    def fileno(self) -> int | None:
        if self._process is None or self._process.stdin is None or self._problem:
            return None
        return self._process.stdin.fileno()

    def pump(self, now: float) -> float:
        number = self.fileno()
        if number is None:
            return NEVER
        try:
            while self._unwritten or select.select((), (number,), (), 0)[1]:
                # A block is rendered only when the pipe has room: that moment tells the renderer the device's clock.
                block = self._unwritten or self.renderer.render(now, BLOCK_FRAMES).tobytes()
                self._unwritten = block
                self._unwritten = block[os.write(number, block) :]
        except BlockingIOError:
            return NEVER  # the rest is written when the pipe has room
        except OSError as problem:
            self._problem = f"it ended ({problem.strerror})"
        return NEVER

    def find_fault(self, now: float) -> str | None:
        if self._process is not None and self._process.poll() is not None:
            hint = ": that device is not there, or it is taken" if self._has_chosen_device else ""
            return f"it ended with status {self._process.returncode}{hint}"
        if self._problem:
            return self._problem
        return "it takes no more sound" if self._is_hung(now) else None

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        process.wait()
