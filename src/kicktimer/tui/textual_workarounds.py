"""Replacements for behaviour of Textual that would harm a session.

`ContainedApp` keeps errors instead of printing them; `nonblocking_driver` returns a driver that never blocks the event
loop while a terminal does not read.
"""

from __future__ import annotations

import os
import re
import select
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual import constants
from textual.app import App
from textual.worker import WorkerFailed

from kicktimer.keyboard.input_filter import MAX_COLUMNS, MAX_ROWS
from kicktimer.tui.key_reader import KeyReader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.console import RenderableType
    from textual import events
    from textual.driver import Driver


class ContainedApp(App[None], inherit_bindings=False):
    """An app that keeps its errors in `errors`, so that the caller of `run` can raise them.

    Textual prints them instead, with the values of all variables, and `run` returns normally:
    https://github.com/Textualize/textual/issues/4325
    """

    def __init__(self, driver_class: type[Driver] | None = None) -> None:
        super().__init__(driver_class=driver_class)
        self.errors: list[Exception] = []
        self.latin_positions: Mapping[str, str] = {}
        """The Latin character of the key that types a character, as far as the terminal has reported it."""

    def _handle_exception(self, error: Exception) -> None:
        cause = error.error if isinstance(error, WorkerFailed) else error
        self.errors.append(cause if isinstance(cause, Exception) else error)
        self._return_code = 1
        if self._exception is None:
            self._exception = self.errors[0]  # `App.run_test` raises it
            self._exception_event.set()
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:
        """Handles a failure of Textual's input thread, which passes a rendered traceback and no exception."""
        if not self._exit:  # once the terminal is gone both threads fail, and the first one ends the app
            self._handle_exception(RuntimeError(f"Textual gives up: {renderables}"))

    def input_failed(self, error: Exception) -> None:
        """Called when reading keys has failed. The input thread goes on by itself."""

    def note_repeat(self, key: events.Key) -> None:
        """Called for each repeat of a key that is held down. The repeat does nothing else."""

    def may_repeat(self, key: str) -> bool:  # noqa: ARG002 - for the app to decide
        """Whether this key acts again while it is held down. Called on the input thread."""
        return True

    def terminal_gone(self) -> None:
        """Ends the app, as the terminal can no longer be written to."""
        self.exit()


SYNC_END = "\x1b[?2026l"
CANCEL = "\x18"
"""Ends an escape sequence that was cut off."""
MAX_QUEUED_WRITES = 60
"""A frame takes three writes."""
MAX_CONTROL_LENGTH = 32
"""A write of at most this length switches a mode of the terminal and is never dropped, apart from `DROPPABLE`."""
DROPPABLE = ("\x1b[?2026h", SYNC_END, "\x07")
"""The brackets around a frame, and the bell."""
STOP_TIMEOUT_S = 1.0
STDERR = 2
"""The descriptor that Textual draws on."""
INPUT_POLL_S = 0.1
"""The input thread looks this often whether the app has ended."""
READ_BYTES = 4096
_KITTY_PUSH = re.compile(r"\x1b\[>\d+u")
KITTY_PUSH_ALL = "\x1b[>31u"
KITTY_SET_ALL = "\x1b[=31;1u"
"""Asks a terminal that has the kitty keyboard protocol for everything that it knows of a key.

Textual asks for 25; 2 more are event types (a key is held or let go), 4 more the key's place in the Latin layout.
"""


class TerminalWriter(threading.Thread):
    """Writes to a terminal from a queue, so that `write` never blocks.

    While the terminal does not read, frames are dropped. Once it has read everything that was queued, `on_recovered` is
    called, to paint the screen in full. `on_gone` is called when the terminal is closed. Both run in this thread.

    Textual's own writer thread blocks the event loop instead, and `exit` hangs:
    https://github.com/Textualize/textual/pull/1104
    """

    def __init__(self, terminal: int, on_recovered: Callable[[], None], on_gone: Callable[[], None]) -> None:
        super().__init__(daemon=True, name="output")
        try:  # opened anew, as O_NONBLOCK on the inherited descriptor would affect the shell too
            self._terminal = os.open(os.ttyname(terminal), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError:
            self._terminal = os.dup(terminal)  # this one blocks, but only this thread
        self._on_recovered, self._on_gone = on_recovered, on_gone
        self._queue: deque[str] = deque()
        self._changed = threading.Condition()  # guards _queue, _behind, _stopping
        self._behind = self._stopping = self._given_up = False

    def write(self, text: str) -> None:
        with self._changed:
            if not self._behind and len(self._queue) >= MAX_QUEUED_WRITES:
                self._behind = True
                self._queue = deque((SYNC_END, *filter(_must_be_written, self._queue)))
            if not self._behind or _must_be_written(text):
                self._queue.append(text)
            self._changed.notify()

    def stop(self) -> None:
        """Stops the thread within twice `STOP_TIMEOUT_S`.

        Frames that the terminal has not read by then are discarded; the sequences that restore it are still written.
        """
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self.join(STOP_TIMEOUT_S)
        self._given_up = True
        self.join(STOP_TIMEOUT_S)

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
        """Waits for the next text to write. Returns None once the thread is to stop and the queue is empty."""
        with self._changed:
            recovered = self._behind and not self._queue
            if recovered:
                self._behind = False
        if recovered:
            self._on_recovered()
        with self._changed:
            while not self._queue and not self._stopping:
                self._changed.wait()
            return self._queue.popleft() if self._queue else None

    def _put(self, data: bytes) -> bool:
        """Writes the data as the terminal reads it. Returns False where `stop` has given up waiting for that."""
        while data:
            try:
                data = data[os.write(self._terminal, data) :]
            except BlockingIOError:
                if self._given_up:
                    return False
                select.select([], [self._terminal], [], STOP_TIMEOUT_S / 10)
        return True

    def _restore(self) -> None:
        """Discards what the terminal has not read, and writes the queued sequences that restore it."""
        import termios  # noqa: PLC0415 - does not exist on Windows, where this class is not used

        with suppress(BlockingIOError, termios.error):  # the terminal still does not read: nothing more can be done
            termios.tcflush(self._terminal, termios.TCOFLUSH)
            os.write(self._terminal, "".join((CANCEL, SYNC_END, *filter(_must_be_written, self._queue))).encode())


def _must_be_written(text: str) -> bool:
    return len(text) <= MAX_CONTROL_LENGTH and text not in DROPPABLE


def nonblocking_driver() -> type[Driver] | None:
    """Returns a driver class that writes through a `TerminalWriter`.

    Returns None, for Textual's own choice, on Windows and where `TEXTUAL_DRIVER` is set.
    """
    if constants.DRIVER is not None or sys.platform == "win32":
        return None
    import termios  # noqa: PLC0415 - does not exist on Windows

    from textual.drivers.linux_driver import LinuxDriver  # noqa: PLC0415 - cannot be imported on Windows

    class NonblockingDriver(LinuxDriver):
        """Textual's driver with a `TerminalWriter` in place of its own writer thread, which stays idle."""

        _output: TerminalWriter | None = None
        _starting: list[str] | None = None
        _modes: tuple[str, ...] = ()
        _attributes: list[Any] | None = None

        def start_application_mode(self) -> None:
            app = cast("ContainedApp", self._app)
            if self._output is not None:  # the last start gave up, as the program was in the background
                self._output.stop()
            self._output = TerminalWriter(
                STDERR, lambda: self._call_in_loop(app.refresh), lambda: self._call_in_loop(app.terminal_gone)
            )
            self._output.start()
            self._starting = []
            super().start_application_mode()  # type: ignore[no-untyped-call]
            self._modes, self._starting = tuple(self._starting), None
            with suppress(termios.error):  # it is no terminal
                self._attributes = termios.tcgetattr(self.fileno)

        def _sigcont_application(self, *_: object) -> None:
            """Goes on after a stop. After SIGSTOP, which cannot be caught, only the terminal's modes are set again.

            Textual would start its threads a second time, and two of them would read the keys. A terminal that closes
            sends SIGCONT, too.
            """
            if self._must_signal_resume:  # the stop was a SIGTSTP, before which the threads were ended
                super()._sigcont_application()
            elif self._output is not None:
                if self._attributes is not None:
                    with suppress(termios.error):  # the terminal is closed
                        termios.tcsetattr(self.fileno, termios.TCSANOW, self._attributes)
                for text in self._modes:
                    self._output.write(text)
                self._call_in_loop(self._app.refresh)

        def write(self, data: str) -> None:
            if self._output is None:
                return
            if self._starting is not None:
                # A second push would outlive the program: what is written again sets the modes that one push has set.
                self._starting.append(_KITTY_PUSH.sub(KITTY_SET_ALL, data))
            self._output.write(_KITTY_PUSH.sub(KITTY_PUSH_ALL, data))

        def _get_terminal_size(self) -> tuple[int, int]:
            width, height = super()._get_terminal_size()
            return min(width, MAX_COLUMNS), min(height, MAX_ROWS)

        def _run_input_thread(self) -> None:
            """Reads keys until the app ends. After an error it goes on: a session without keys is lost."""
            app = cast("ContainedApp", self._app)
            while not self.exit_event.is_set():
                try:
                    self.run_input_thread()
                except OSError:  # the terminal is closed
                    self._call_in_loop(app.terminal_gone)
                    return
                except Exception as error:  # noqa: BLE001 - reported, not lost
                    self._call_in_loop(partial(app.input_failed, error))
                    self.exit_event.wait(INPUT_POLL_S)  # an error that comes at once again does not take the processor

        def run_input_thread(self) -> None:
            """Passes what the terminal sends through a `KeyReader`. Textual's own loop dies of one bad byte."""
            app = cast("ContainedApp", self._app)
            reader = KeyReader(
                self.process_message,
                on_repeat=lambda key: self._call_in_loop(partial(app.note_repeat, key)),
                may_repeat=app.may_repeat,
            )
            app.latin_positions = reader.positions
            while not self.exit_event.is_set():
                wait_s = reader.wait_s(time.monotonic(), INPUT_POLL_S)
                is_readable = bool(select.select([self.fileno], [], [], wait_s)[0])
                now = time.monotonic()
                if is_readable and (data := os.read(self.fileno, READ_BYTES)):
                    reader.feed(data, now)
                elif is_readable:  # the end of the input: the writer's thread notices a terminal that is closed
                    self.exit_event.wait(INPUT_POLL_S)
                reader.tick(now)

        def close(self) -> None:
            output, self._output = self._output, None
            if output is not None:
                output.stop()
            super().close()

        def _call_in_loop(self, call: Callable[[], object]) -> None:
            with suppress(RuntimeError):  # the loop is closed: the app has ended
                self._loop.call_soon_threadsafe(call)

    return NonblockingDriver
