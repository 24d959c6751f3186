"""`SpeakerProcess`: one speaker process with its pipes, as the parent sees it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from kicktimer.sound.protocol import LineDecoder, SpeakerOptions, encode

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_TIMEOUT_S = 0.5
"""`close` waits at most this long for a killed process; a driver may hold it longer."""
EXIT_STATUS_TIMEOUT_S = 0.3
"""`describe_exit` waits at most this long for the exit status."""


class SpeakerProcess:
    """A speaker process and the pipes to it. Reading and writing never block."""

    def __init__(self, command: Sequence[str], options: SpeakerOptions, log: int) -> None:
        """Starts the process. Its standard error goes to `log`, a file descriptor. Raises OSError."""
        environment = dict(os.environ)
        environment["MALLOC_ARENA_MAX"] = "1"  # an arena for each of its threads would be unused memory
        if options.sink == "simpleaudio" or (options.sink == "auto" and len(options.groups) == 1):
            # simpleaudio frees memory without holding the GIL, which crashes Python's own allocator:
            # https://github.com/hamiltron/py-simple-audio/issues/72
            environment["PYTHONMALLOC"] = "malloc"
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            bufsize=0,
            env=environment,
            # In a process group of its own it does not get the keyboard's signals, and can be killed with its
            # children. It has no session of its own, since Linux schedules each session as a whole (autogroup): on a
            # loaded machine a new session that mostly sleeps was held back for 0.5 s at a time and lost half of its
            # cues; in the parent's session it lost none.
            process_group=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.stdin = self._process.stdin.fileno()
        self.stdout = self._process.stdout.fileno()
        os.set_blocking(self.stdin, False)
        os.set_blocking(self.stdout, False)
        self.outgoing = bytearray()
        self.answered = False
        """Whether it has answered a ping."""
        self.opening_sink = ""
        """The sink that it is opening; "" if none."""
        self.sink = ""
        """The sink that plays; "" until the process has reported one."""
        self.failed = False
        """Whether it crashed or hung, rather than being killed from outside."""
        self.send(options.to_line())
        self._decoder = LineDecoder()
        self._pings: deque[tuple[int, float]] = deque()
        self._ping_count = 0

    @property
    def suspected_sink(self) -> str:
        """The sink that most likely caused a hang or a crash: the one being opened, or else the one that plays."""
        return self.opening_sink or self.sink

    def send(self, line: bytes) -> None:
        """Queues a message. `flush` writes it."""
        self.outgoing += line

    def flush(self) -> bool:
        """Writes as many queued messages as the pipe takes. Returns False if the process no longer reads."""
        try:
            while self.outgoing:
                del self.outgoing[: os.write(self.stdin, self.outgoing)]
        except BlockingIOError:
            return True
        except BrokenPipeError:
            return False
        return True

    def receive(self) -> list[list[Any]] | None:
        """Returns the messages that have arrived, None at the end of the output."""
        try:
            data = os.read(self.stdout, 65536)
        except BlockingIOError:
            return []
        return self._decoder.feed(data)[0] if data else None

    def ping(self, now: float) -> None:
        """Queues a ping."""
        self._ping_count += 1
        self._pings.append((self._ping_count, now))
        self.send(encode("ping", self._ping_count))

    def note_pong(self, number: int) -> None:
        """Records the answer to a ping, which also answers all earlier ones."""
        self.answered = True
        while self._pings and self._pings[0][0] <= number:
            self._pings.popleft()

    def silent_for(self, now: float) -> float:
        """Returns how long the oldest ping has been unanswered, in seconds."""
        return now - self._pings[0][1] if self._pings else 0.0

    def describe_exit(self, text: str) -> str:
        """Kills the process and returns `text` with its exit status.

        Sets `failed` unless the process ended by itself without an error or was killed by SIGKILL from outside.
        """
        self.kill()
        try:
            status = self._process.wait(EXIT_STATUS_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return text
        self.failed = status not in (0, -signal.SIGKILL)
        return f"{text} with status {status}"

    def kill(self) -> None:
        """Kills the process and all its children."""
        if self._process.returncode is not None:
            return  # it was waited for, after its group was killed; another process may have its id by now
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it has ended (macOS raises the latter)
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Kills the process and all its children, and waits for its end for at most `EXIT_TIMEOUT_S`."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self.kill()
        try:
            self._process.wait(EXIT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            # A thread goes on waiting, so that the process does not stay a zombie.
            threading.Thread(target=self._process.wait, daemon=True).start()
