"""What Textual does otherwise than a session needs it. Each stands here with the place where Textual does it.

`ContainedApp` lets faults out; `steady_driver` is a screen that never holds up the clock.
"""

from __future__ import annotations

import os
import select
import sys
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from textual import constants
from textual.app import App
from textual.worker import WorkerFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType
    from textual.driver import Driver


class ContainedApp(App[None], inherit_bindings=False):
    """An app whose faults are kept in `faults`, for who runs it to raise.

    Textual prints a picture of them, with the values of all variables, and `run` returns as if all was well:
    https://github.com/Textualize/textual/issues/4325
    """

    def __init__(self, driver_class: type[Driver] | None = None) -> None:
        super().__init__(driver_class=driver_class)
        self.faults: list[Exception] = []

    def _handle_exception(self, error: Exception) -> None:
        cause = error.error if isinstance(error, WorkerFailed) else error
        self.faults.append(cause if isinstance(cause, Exception) else error)
        self._return_code = 1
        if self._exception is None:
            self._exception = self.faults[0]  # Textual's own tests raise it
            self._exception_event.set()
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:
        """Textual's input thread has failed, and hands over no more than a picture of the fault."""
        if not self._exit:  # a terminal that has gone takes both threads with it
            self._handle_exception(RuntimeError(f"Textual gives up: {renderables}"))

    def terminal_gone(self) -> None:
        """There is nobody left to show anything to."""
        self.exit()


SYNC_END = "\x1b[?2026l"
CANCEL = "\x18"  # ends an escape sequence that was cut off
MOST_WAITING = 60  # writes; a frame is three
CONTROL = 32  # whatever is as short as this switches a mode and is never dropped, but for frames' brackets and bells
FRAMING = ("\x1b[?2026h", SYNC_END, "\x07")
END_S = 1.0
STDERR = 2  # Textual draws there


class TerminalWriter(threading.Thread):
    """Writes to a terminal; who calls `write` never waits.

    A terminal that does not read gets no more frames, and `on_back` is called once it has read all that it was sent.
    `on_gone` is called where it has gone for good. Textual's own thread blocks the event loop then, and `exit` hangs:
    https://github.com/Textualize/textual/pull/1104
    """

    def __init__(self, terminal: int, on_back: Callable[[], None], on_gone: Callable[[], None]) -> None:
        super().__init__(daemon=True, name="output")
        try:  # an opening of our own: the shell's must not become one that does not block
            self._terminal = os.open(os.ttyname(terminal), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError:
            self._terminal = os.dup(terminal)  # then it is only this thread that waits
        self._on_back, self._on_gone = on_back, on_gone
        self._waiting: deque[str] = deque()
        self._changed = threading.Condition()  # guards _waiting, _behind, _ending
        self._behind = self._ending = self._given_up = False

    def write(self, text: str) -> None:
        with self._changed:
            if not self._behind and len(self._waiting) >= MOST_WAITING:
                self._behind = True
                self._waiting = deque((SYNC_END, *filter(_kept, self._waiting)))
            if not self._behind or _kept(text):
                self._waiting.append(text)
            self._changed.notify()

    def stop(self) -> None:
        """Ends within a bounded time: what the terminal does not take is thrown away, but for what restores it."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self.join(END_S)
        self._given_up = True
        self.join(END_S)

    def run(self) -> None:
        try:
            while (text := self._next()) is not None:
                if not self._put(text.encode(errors="replace")):
                    self._restore()
                    break
        except OSError:
            self._on_gone()
        finally:
            os.close(self._terminal)

    def _next(self) -> str | None:
        with self._changed:
            back = self._behind and not self._waiting
            if back:
                self._behind = False
        if back:
            self._on_back()
        with self._changed:
            while not self._waiting and not self._ending:
                self._changed.wait()
            return self._waiting.popleft() if self._waiting else None

    def _put(self, data: bytes) -> bool:
        while data:
            try:
                data = data[os.write(self._terminal, data) :]
            except BlockingIOError:
                if self._given_up:
                    return False
                select.select([], [self._terminal], [], END_S / 10)
        return True

    def _restore(self) -> None:
        import termios  # noqa: PLC0415 - not on Windows, where none of this is used

        with suppress(BlockingIOError, termios.error):  # then nobody is to see it
            termios.tcflush(self._terminal, termios.TCOFLUSH)
            os.write(self._terminal, "".join((CANCEL, SYNC_END, *filter(_kept, self._waiting))).encode())


def _kept(text: str) -> bool:
    return len(text) <= CONTROL and text not in FRAMING


def nonblocking_driver() -> type[Driver] | None:
    """A driver that writes through an `Output`; None where `TEXTUAL_DRIVER` names another, and on Windows."""
    if constants.DRIVER is not None or sys.platform == "win32":
        return None
    from textual.drivers.linux_driver import LinuxDriver  # noqa: PLC0415 - not on Windows

    class SteadyDriver(LinuxDriver):
        """Textual's driver, whose own writer thread is left with nothing to do."""

        _output: TerminalWriter | None = None

        def start_application_mode(self) -> None:
            app = cast("ContainedApp", self._app)
            self._output = TerminalWriter(
                STDERR, lambda: self._tell(app.refresh), lambda: self._tell(app.terminal_gone)
            )
            self._output.start()
            super().start_application_mode()  # type: ignore[no-untyped-call]

        def write(self, data: str) -> None:
            if self._output is not None:
                self._output.write(data)

        def close(self) -> None:
            output, self._output = self._output, None
            if output is not None:
                output.stop()
            super().close()

        def _tell(self, call: Callable[[], object]) -> None:
            with suppress(RuntimeError):  # the loop has ended: nobody to tell
                self._loop.call_soon_threadsafe(call)

    return SteadyDriver
