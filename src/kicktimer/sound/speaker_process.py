"""One speaker process, as its parent sees it: started, spoken to, heard, and ended with all that it has started."""

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


class SpeakerProcess:
    """One speaker process and the pipes to it. Neither end of them ever blocks."""

    def __init__(self, command: Sequence[str], options: SpeakerOptions, log: int) -> None:
        """Start it. Its standard error goes to `log`, a file descriptor. Raises OSError."""
        environment = dict(os.environ)
        environment["MALLOC_ARENA_MAX"] = "1"  # its threads take little: a heap for each of them would be idle memory
        if options.sink == "simpleaudio" or (options.sink == "auto" and len(options.groups) == 1):
            # simpleaudio frees memory without the interpreter's lock, which Python's own allocator does not survive:
            # https://github.com/hamiltron/py-simple-audio/issues/72
            environment["PYTHONMALLOC"] = "malloc"
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            bufsize=0,
            env=environment,
            # A group of its own: the keyboard's signals are the program's, and all that it starts can be killed. No
            # session of its own: Linux schedules each session as a whole (autogroup), and on a loaded machine a new one
            # that mostly sleeps was held back for 0.5 s at a time and lost half of its cues; here, none.
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
        self.trying = ""
        self.sink = ""
        self.guilty = False
        self.send(options.to_line())
        self._lines = LineDecoder()
        self._pings: deque[tuple[int, float]] = deque()
        self._count = 0

    @property
    def suspect(self) -> str:
        """The sink that a hang or a crash is put down to."""
        return self.trying or self.sink

    def send(self, line: bytes) -> None:
        self.outgoing += line

    def flush(self) -> bool:
        """Write what the pipe takes. False where nobody reads it any more."""
        try:
            while self.outgoing:
                del self.outgoing[: os.write(self.stdin, self.outgoing)]
        except BlockingIOError:
            return True
        except BrokenPipeError:
            return False
        return True

    def receive(self) -> list[list[Any]] | None:
        """What it says. None at its end."""
        try:
            data = os.read(self.stdout, 65536)
        except BlockingIOError:
            return []
        return self._lines.feed(data)[0] if data else None

    def ping(self, now: float) -> None:
        self._count += 1
        self._pings.append((self._count, now))
        self.send(encode("ping", self._count))

    def pong(self, number: int) -> None:
        self.answered = True
        while self._pings and self._pings[0][0] <= number:
            self._pings.popleft()

    def silent_for(self, now: float) -> float:
        return now - self._pings[0][1] if self._pings else 0.0

    def why(self, text: str) -> str:
        """`text`, with how the process ended; a crash is put down to the sink, a kill from outside to nobody."""
        self._kill_group()
        try:
            status = self._process.wait(0.3)
        except subprocess.TimeoutExpired:
            return text
        self.guilty = status not in (0, -signal.SIGKILL)
        return f"{text} with status {status}"

    def kill(self) -> None:
        self._kill_group()

    def _kill_group(self) -> None:
        if self._process.returncode is not None:
            return  # it has been waited for, after its group was killed: its number may be another's by now
        with contextlib.suppress(ProcessLookupError, PermissionError):  # gone already (macOS says the latter)
            os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        """End it with everything that it has started, and wait half a second at most until it is gone."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._kill_group()
        try:
            self._process.wait(0.5)
        except subprocess.TimeoutExpired:
            # A busy machine, or a driver that holds it: nobody waits for that, and it is no zombie when it ends.
            threading.Thread(target=self._process.wait, daemon=True).start()
