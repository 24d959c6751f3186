"""Writes a session's log. A fact that `on_saved` has acknowledged survives a kill, a power cut and a full disk.

A thread of its own writes the facts that have been appended since its last write with one write and one sync, and then
calls `on_saved(n)`: all facts up to `n` are on the disk.

After an error, a short write or the deletion of the file, the writer never uses that descriptor again, because a kernel
may report a failed sync once and then forget it. It writes the header and all facts from memory to a new file, in the
same directory or else in a fallback directory, and calls `on_trouble` with a message. If no directory works, the
message says so, the facts stay in memory, and the writer retries every `retry_s` seconds.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
import threading
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from kicktimer.errors import KicktimerError
from kicktimer.journal.disk import Disk
from kicktimer.journal.json_lines import LOG_VERSION, MAX_HEADER_BYTES, encode_line
from kicktimer.journal.log_directory import LOG_DIR_HINT, default_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")

RETRY_S = 3.0
CLOSE_TIMEOUT_S = 5.0
MAX_FILES = 50  # of one session in one directory


class JournalWriter:
    """Creates the log of one session and appends facts to it.

    The constructor waits until the file, its header and its name are on the disk, and raises `KicktimerError` if that
    fails. `on_saved` and `on_trouble` are called on the writer's thread; an exception that one raises goes to
    `threading.excepthook`, and saving goes on.
    """

    def __init__(
        self,
        path: Path,
        header: Mapping[str, Any],
        on_saved: Callable[[int], None],
        on_trouble: Callable[[str], None],
        *,
        disk: Disk | None = None,
        fallbacks: Sequence[Path] | None = None,
        retry_s: float = RETRY_S,
    ) -> None:
        if header.get("kicktimer_log") != LOG_VERSION or not isinstance(header.get("id"), str):
            raise ValueError("a header has `kicktimer_log` and `id`")
        self._on_saved = on_saved
        self._on_trouble = on_trouble
        self._disk = disk or Disk()
        self._fallbacks = fallback_directories() if fallbacks is None else tuple(fallbacks)
        self._retry_s = retry_s
        self._first_path = path  # the names of later files are derived from it
        self._path = path
        # Why the last file was given up. It is read only after that; the first value is never shown.
        self._last_error = OSError(errno.EIO, os.strerror(errno.EIO))
        self._reported = ""
        self._lines = [encode_line(header, MAX_HEADER_BYTES)]  # the whole log: line n is fact n
        self._saved = 0
        self._closing = False
        self._condition = threading.Condition()  # guards _lines, _saved and _closing; never held during disk access
        try:
            self._disk.make_directory(path.parent)
            self._descriptor: int | None = self._create_file(path, self._lines[0])
        except OSError as error:
            raise KicktimerError(f"the session cannot be saved as {path}: {error.strerror}", LOG_DIR_HINT) from error
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @property
    def path(self) -> Path:
        """The file that the log is written to at present."""
        return self._path

    @property
    def saved(self) -> int:
        """The number of the last fact on the disk, 0 if there is none."""
        return self._saved

    def append(self, facts: Sequence[Mapping[str, Any]]) -> None:
        """Queues facts for the writer's thread and returns at once.

        Raises ValueError, and queues none of them, if a reader would reject one, if their `n` do not continue the
        sequence 1, 2, 3 …, or if the writer is closed.
        """
        lines = [encode_line(fact) for fact in facts]
        with self._condition:
            if self._closing:
                raise ValueError("the log is closed")
            for n, fact in enumerate(facts, start=len(self._lines)):
                if type(fact.get("n")) is not int or fact["n"] != n:
                    raise ValueError(f"fact {n} is expected, not {fact.get('n')!r}")
                if type(fact.get("t")) is not int or not isinstance(fact.get("event"), str):
                    raise ValueError(f"fact {n} needs `t` (whole ms) and `event`")
            self._lines += lines
            self._condition.notify_all()

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> bool:
        """Accepts no more facts, waits up to `timeout_s`, and returns whether all facts are saved and the file closed.

        If not, the thread keeps trying for as long as the program runs, and `close` can be called again.
        """
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # The methods below run on the writer's thread.

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._closing and self._saved == len(self._lines) - 1:
                    self._condition.wait()
                last = len(self._lines) - 1
                batch = self._lines[self._saved + 1 :]
                if not batch:  # closing, and everything is saved
                    break
            if self._append_to_file(b"".join(batch)) or self._write_new_file(last):
                with self._condition:
                    self._saved = last
                self._call_safely(self._on_saved, last)
            else:
                self._wait_to_retry(self._retry_s)
        if self._descriptor is not None:
            self._close_quietly(self._descriptor)

    def _wait_to_retry(self, seconds: float) -> None:
        """Waits for the next try, or until the writer is closed. New facts do not end the wait."""
        end = monotonic() + seconds
        with self._condition:
            closing = self._closing
            while (left := end - monotonic()) > 0 and self._closing == closing:
                self._condition.wait(left)

    def _append_to_file(self, data: bytes) -> bool:
        """Appends to the present file. Returns False if that fails, or if there is no file at present."""
        if self._descriptor is None:
            return False
        try:
            self._write_and_sync(self._descriptor, data)
        except OSError as error:
            self._last_error = error
            self._close_quietly(self._descriptor)
            self._descriptor = None
            return False
        return True

    def _write_new_file(self, last: int) -> bool:
        """Writes facts 1 to `last` to a new file in the first directory that works. Returns False if none does."""
        with self._condition:
            data = b"".join(self._lines[: last + 1])
        for directory in dict.fromkeys((self._first_path.parent, *self._fallbacks)):
            for number in range(2, MAX_FILES):
                path = directory / f"{self._first_path.stem}-{number}{self._first_path.suffix}"
                try:
                    if directory != self._first_path.parent:  # a log directory that was removed is not created again
                        self._disk.make_directory(directory)
                    self._descriptor = self._create_file(path, data)
                except FileExistsError:
                    continue
                except OSError:
                    break
                old, self._path = self._path, path
                reason = _reason_text(self._last_error)
                self._report_trouble(f"{old} cannot be written ({reason}); the whole session is now saved in {path}")
                return True
        self._report_trouble(
            f"THE SESSION IS NOT SAVED: {self._path} cannot be written ({_reason_text(self._last_error)}), "
            f"nor any other place. It goes on in memory; make room on the disk, it is tried again every "
            f"{self._retry_s:g} s"
        )
        return False

    def _create_file(self, path: Path, data: bytes) -> int:
        """Creates a file with `data`, makes it and its name durable, and returns its descriptor.

        If that fails, removes the file and raises OSError.
        """
        descriptor = self._disk.create(path)
        try:
            # Some file systems count no links; on these a deletion cannot be detected.
            self._counts_links = self._disk.is_linked(descriptor)
            self._write_and_sync(descriptor, data)
            self._disk.sync_directory(path.parent)
        except OSError:
            self._close_quietly(descriptor)
            with contextlib.suppress(OSError):  # a file that stays does no harm: all that it holds is in memory, too
                self._disk.remove(path)
            raise
        return descriptor

    def _write_and_sync(self, descriptor: int, data: bytes) -> None:
        if self._disk.write(descriptor, data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._disk.sync(descriptor)
        if self._counts_links and not self._disk.is_linked(descriptor):
            raise OSError(errno.ENOENT, "the file was deleted")

    def _close_quietly(self, descriptor: int) -> None:
        with contextlib.suppress(OSError):  # an error is irrelevant here: the data was synced, or is known to be lost
            self._disk.close(descriptor)

    def _report_trouble(self, text: str) -> None:
        if text != self._reported:
            self._reported = text
            self._call_safely(self._on_trouble, text)

    def _call_safely(self, callback: Callable[[T], None], value: T) -> None:
        try:
            callback(value)
        except Exception:  # noqa: BLE001 - an error in a callback must not stop the saving
            threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))


def fallback_directories() -> tuple[Path, ...]:
    """Returns the directories to try, in this order, when the log directory fails."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is none
    return (default_directory(), *([home] if home.is_absolute() else []), Path(tempfile.gettempdir()))


def _reason_text(error: OSError) -> str:
    return error.strerror or str(error)
