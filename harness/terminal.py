"""The real program in a real terminal: a pty whose other end is read by a terminal emulator in a thread."""

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


def _as_from_a_shell() -> None:
    """A terminal of its own, and the signals that whoever runs the tests ignores (`nohup`, a job in the background)."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class Terminal:
    """A program on a terminal of its own. `press` returns the moment of the key on `time.monotonic()`.

    `raw` is all that it has written. `stall` stops reading it, as a link does that has no net, until `read_again`.
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
        self._left = 0.0
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
            preexec_fn=_as_from_a_shell,  # noqa: PLW1509 - no thread of ours is in there
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
        """Closes the terminal's window."""
        if self._keys >= 0:
            os.close(self.descriptor)
            self._stop = True
            self._reading.set()
            self._reader.join(5)
            os.close(self._keys)
            self._keys = -1

    def stall(self) -> None:
        self._reading.clear()

    def read_again(self) -> None:
        self._reading.set()

    @property
    def raw(self) -> str:
        with self._lock:
            return self._raw.decode(errors="replace")

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # the program has left its terminal
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
        if key == "ctrl+q":  # a person lets the key go in between: one that is held is not pressed again
            time.sleep(max(0.0, self._left + 0.8 - time.monotonic()))
            self._left = time.monotonic()
        moment = time.monotonic()
        os.write(self._keys, KEYS.get(key, key.encode()))
        return moment

    def until(self, shown: str | Callable[[str], bool], seconds: float = 20) -> str:
        """The screen once it shows that. Fails where it does not come."""
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

    def leaves(self, seconds: float = 10) -> int:
        """The program's exit status once it has ended. One that does not end has to say where its threads are."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.read_again()
            self.process.send_signal(signal.SIGABRT)  # what `faulthandler` answers with all stacks
            time.sleep(1.0)
            raise AssertionError(f"it has not ended in {seconds} s:\n{self.raw[-8000:]}") from None
