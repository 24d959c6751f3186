"""Runs the real program in a pseudo-terminal, whose output a terminal emulator reads on a thread of its own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from typing import IO, TYPE_CHECKING, Self

import pyte

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

KEYS = {"enter": b"\r", "space": b" ", "backspace": b"\x7f", "ctrl+q": b"\x11", "escape": b"\x1b", "f4": b"\x1bOS"}


def _set_up_child() -> None:
    """Gives the program the terminal, and the default signal handlers: a background job of a shell ignores some."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class Terminal:
    """A program in a terminal of its own.

    `text` is the screen, `raw` everything that the program has written. `stop_reading` leaves its output unread, like
    an SSH link without a network, until `resume_reading`.
    """

    def __init__(
        self,
        arguments: list[str],
        home: Path,
        *,
        columns: int = 80,
        lines: int = 24,
        program: Sequence[str] = ("-m", "kicktimer"),
        stderr: IO[str] | None = None,
        python: str = sys.executable,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._reading = threading.Event()
        self._reading.set()
        self._stop = False
        self._raw = bytearray()
        self._keys, other = pty.openpty()
        self.modes_before = termios.tcgetattr(other)[:4]
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        environ = {
            name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "TEXTUAL", "NO_COLOR"))
        }
        environ |= {"TERM": "xterm-256color", "HOME": str(home), "COLUMNS": str(columns), "LINES": str(lines)}
        environ["PYTHONFAULTHANDLER"] = "1"
        environ |= environment or {}
        self.process = subprocess.Popen(
            [python, *program, *arguments],
            stdin=other, stdout=other, stderr=stderr or other, env=environ, cwd=home, start_new_session=True,
            preexec_fn=_set_up_child,  # noqa: PLW1509 - the forked child has no other thread
        )  # fmt: skip
        self.descriptor = other
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.close()

    def close(self) -> None:
        """Closes the terminal, as if its window were closed."""
        if self._keys >= 0:
            os.close(self.descriptor)
            self._stop = True
            self._reading.set()
            self._reader.join(5)
            os.close(self._keys)
            self._keys = -1

    def stop_reading(self) -> None:
        self._reading.clear()

    def resume_reading(self) -> None:
        self._reading.set()

    @property
    def raw(self) -> str:
        with self._lock:
            return self._raw.decode(errors="replace")

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # the program has closed its end of the terminal
            while not self._stop:
                self._reading.wait()
                if not select.select([self._keys], [], [], 0.1)[0] or not self._reading.is_set():
                    continue
                data = os.read(self._keys, 65_536)
                if not data:
                    return
                with self._changed:
                    self._raw += data
                    self._stream.feed(data)
                    self._changed.notify_all()

    @property
    def text(self) -> str:
        with self._lock:
            return "\n".join(line.rstrip() for line in self._screen.display)

    def press(self, key: str) -> float:
        """Presses a key and returns when, on `time.monotonic()`."""
        return self.send(KEYS.get(key, key.encode()))

    def send(self, data: bytes) -> float:
        """Sends these bytes as the terminal's input, and returns when, on `time.monotonic()`."""
        moment = time.monotonic()
        while data:
            data = data[os.write(self._keys, data) :]
        return moment

    def wait_for(self, shown: str | Callable[[str], bool], seconds: float = 20) -> str:
        """Waits until the screen shows `shown`, or until `shown(text)` is true, and returns the screen.

        Raises AssertionError after `seconds`, or if the program ends.
        """
        end = time.monotonic() + seconds
        while True:
            text = self.text
            if shown in text if isinstance(shown, str) else shown(text):
                return text
            left = end - time.monotonic()
            assert left > 0, f"{shown!r} is not shown:\n{text}"
            assert self.process.poll() is None or left > seconds - 1, f"the program has ended:\n{text}"
            with self._changed:
                self._changed.wait(min(left, 0.2))

    def wait_for_exit(self, seconds: float = 10) -> int:
        """Waits for the end of the program and returns its exit status.

        After `seconds` it makes the program dump the stacks of its threads, and raises AssertionError with them.
        """
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.resume_reading()
            self.process.send_signal(signal.SIGABRT)  # `faulthandler` then prints all stacks
            time.sleep(1.0)
            raise AssertionError(f"it has not ended in {seconds} s:\n{self.raw[-8000:]}") from None
