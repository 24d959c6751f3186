"""Writes a session's log. A fact that `on_saved` has acknowledged survives a kill, a power cut and a full disk.

A thread writes the facts that have been appended since its last write with one write and one sync, compares the file
with what it should be, and then calls `on_saved(n)`: all facts up to `n` are on the disk.

After an error, a short write, or when the file is no longer what was written (deleted, moved, replaced, cut), that file
is given up. The thread writes the header and all facts from memory to a new file: in the same directory if that is
still there, or else in a fallback directory.

A disk may also not answer at all: a stick was pulled, a network share is gone. A second thread watches for that. After
`ALARM_S` it calls `on_trouble` and starts a thread that writes everything to the next directory. The file that is
complete first is the session's, so a disk that was merely slow goes on as before. A thread that waits for a dead disk
is left alone; if it ever returns, it closes its file and ends.

`on_trouble` gets a `SaveTrouble` when saving fails, another one when everything is saved in another file, and None when
a slow disk has answered after all. If no directory works, the facts stay in memory, and the writer retries every
`retry_s` seconds.
"""

from __future__ import annotations

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
from kicktimer.journal.file_thread import FileThread
from kicktimer.journal.json_lines import LOG_VERSION, MAX_HEADER_BYTES, encode_line
from kicktimer.journal.log_directory import LOG_DIR_HINT, default_directory
from kicktimer.journal.save_trouble import NO_ANSWER, SaveTrouble, reason_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kicktimer.journal.log_file import LogFile
    from kicktimer.journal.reader import Log

T = TypeVar("T")

RETRY_S = 3.0
ALARM_S = 0.7  # a slow memory card syncs in a few tenths of a second
IDLE_CHECK_S = 2.0  # how often the file is compared with what it should be while there is nothing to write
OPEN_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 4.0


class LogInUseError(KicktimerError):
    """Another program is writing the log."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path.name} is still running in another window or program", "go on there, or end it there")


class JournalWriter:
    """Creates the log of one session and appends facts to it.

    The constructor waits until the file, its header and its name are on the disk, and raises `KicktimerError` if that
    fails. `on_saved` and `on_trouble` are called on one of the writer's threads; an exception that one raises goes to
    `threading.excepthook`, and saving goes on.

    With `log`, which was read from `path`, the writer carries that log on: `header` and the sound facts are those of
    `log`. It appends to the same file, unless that has a torn or damaged end or cannot be written: then it writes the
    sound part to a new file beside it. Raises `LogInUseError` if another program is writing it.
    """

    def __init__(
        self,
        path: Path,
        header: Mapping[str, Any],
        on_saved: Callable[[int], None],
        on_trouble: Callable[[SaveTrouble | None], None],
        *,
        log: Log | None = None,
        disk: Disk | None = None,
        fallbacks: Sequence[Path] | None = None,
        retry_s: float = RETRY_S,
        alarm_s: float = ALARM_S,
    ) -> None:
        if header.get("kicktimer_log") != LOG_VERSION or not isinstance(header.get("id"), str):
            raise ValueError("a header has `kicktimer_log` and `id`")
        self._on_saved = on_saved
        self._on_trouble = on_trouble
        self.disk = disk or Disk()
        self._fallbacks = fallback_directories() if fallbacks is None else tuple(fallbacks)
        self._retry_s = retry_s
        self._alarm_s = alarm_s
        self._first_path = path  # the names of later files are derived from it
        self._path = path
        self._lines = [encode_line(header, MAX_HEADER_BYTES)]  # the whole log: line n is fact n
        self._lines += [encode_line(fact) for fact in log.facts] if log is not None else []
        self._saved = len(self._lines) - 1
        self._closing = False
        self._reported: SaveTrouble | None = None
        self.opening_error: OSError | None = None
        self._directory_id: tuple[int, int] | None = None
        # Guards everything here that changes, and the fields of the threads; never held during disk access.
        self.condition = threading.Condition()
        self._owner: FileThread | None = None  # the thread whose file is the session's
        self._threads: list[FileThread] = []
        self._start_thread(FileThread(self, is_first=True, log=log))
        self._wait_until_open()
        threading.Thread(target=self._watch, name="journal-watch", daemon=True).start()

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
        with self.condition:
            if self._closing:
                raise ValueError("the log is closed")
            for n, fact in enumerate(facts, start=len(self._lines)):
                if type(fact.get("n")) is not int or fact["n"] != n:
                    raise ValueError(f"fact {n} is expected, not {fact.get('n')!r}")
                if type(fact.get("t")) is not int or not isinstance(fact.get("event"), str):
                    raise ValueError(f"fact {n} needs `t` (whole ms) and `event`")
            self._lines += lines
            self.condition.notify_all()

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> bool:
        """Accepts no more facts, waits up to `timeout_s` for the file to be closed, and returns whether all is saved.

        A log without facts is removed. If not all is saved, the threads keep trying for as long as the program runs,
        and `close` can be called again.
        """
        with self.condition:
            self._closing = True
            self.condition.notify_all()
            self.condition.wait_for(lambda: not any(thread.is_current for thread in self._threads), timeout_s)
            return self._saved == len(self._lines) - 1

    def _wait_until_open(self) -> None:
        """Waits until the first file is open. Raises `KicktimerError` if that fails or takes too long."""
        with self.condition:
            self.condition.wait_for(lambda: self._owner is not None or self.opening_error, OPEN_TIMEOUT_S)
            if self._owner is not None:
                return
            error = self.opening_error
            if error is None:
                self.opening_error = TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
            for thread in self._threads:
                thread.is_current = False  # a file that it opens later is closed and removed
        if isinstance(error, BlockingIOError):
            raise LogInUseError(self._first_path)
        reason = NO_ANSWER if error is None else reason_text(error)
        raise KicktimerError(f"the session cannot be saved as {self._first_path}: {reason}", LOG_DIR_HINT) from error

    # -- the watching thread

    def _watch(self) -> None:
        """Starts another thread whenever all threads that could write the log wait for a disk that does not answer."""
        while True:
            with self.condition:
                current = [thread for thread in self._threads if thread.is_current]
                if not current:
                    return
                began = [thread.busy_since for thread in current if thread.busy_since is not None]
                if len(began) < len(current):
                    self.condition.wait()
                    continue
                wait = max(began) + self._alarm_s - monotonic()
                if wait > 0:
                    self.condition.wait(wait)
                    continue
                hung = {thread.directory for thread in self._threads if thread.busy_since is not None}
                has_choice = not {self._first_path.parent, *self._fallbacks} <= hung
            self._report(SaveTrouble(NO_ANSWER, self._path))
            with self.condition:
                if has_choice:
                    self._start_thread(FileThread(self))
                else:
                    self.condition.wait(self._retry_s)

    def _start_thread(self, thread: FileThread) -> None:
        self._threads.append(thread)
        thread.start()

    # -- what the threads that write need

    def next_batch(self, thread: FileThread) -> tuple[bytes, int] | None:
        """Waits for facts to write. Returns them and the last one's number, or b"" when the file is to be checked.

        Returns None if the thread's file is no longer the session's, or the log is closed and all is saved.
        """
        with self.condition:
            self.condition.wait_for(
                lambda: self._closing or self._saved < len(self._lines) - 1 or not thread.is_current, IDLE_CHECK_S
            )
            last = len(self._lines) - 1
            if not thread.is_current or (self._closing and self._saved == last):
                return None
            return b"".join(self._lines[self._saved + 1 :]), last

    def all_lines(self) -> tuple[bytes, int]:
        """Returns the whole log and the number of its last fact."""
        with self.condition:
            return b"".join(self._lines), len(self._lines) - 1

    @property
    def is_empty(self) -> bool:
        """Whether the session has no facts."""
        return len(self._lines) == 1

    @property
    def opening_failed(self) -> bool:
        return self.opening_error is not None

    def note_directory(self, directory: Path) -> None:
        """Notes which directory the first file is in, to tell whether another one takes its place later."""
        status = self.disk.status(directory)
        self._directory_id = status.st_dev, status.st_ino

    def free_directories(self, thread: FileThread) -> list[tuple[Path, bool]]:
        """Returns where a new file can be tried, and whether that is the log directory: not where a disk hangs.

        The log directory comes last if it is no longer the same one: a stick was taken out, and what is at its place is
        not seen any more once it is back.
        """
        with self.condition:
            hung = {each.directory for each in self._threads if each is not thread and each.busy_since is not None}
        first = self._first_path.parent
        is_same = first not in hung
        if is_same:
            try:
                with thread.access(first):
                    status = self.disk.status(first)
                is_same = (status.st_dev, status.st_ino) == self._directory_id
            except OSError:
                is_same = False
        ordered = [first, *self._fallbacks] if is_same else [*self._fallbacks, first]
        return [(each, each == first) for each in dict.fromkeys(ordered) if each not in hung]

    def numbered_path(self, directory: Path, number: int) -> Path:
        """Returns the path of the session's file in a directory; from 2 on, the number is part of the name."""
        suffix = "" if number == 1 else f"-{number}"
        return directory / f"{self._first_path.stem}{suffix}{self._first_path.suffix}"

    def take_over(self, thread: FileThread, file: LogFile, last: int) -> bool:
        """Makes the file of a thread, which holds all facts up to `last`, the session's.

        Returns False if it is too late: a slow disk has answered, and the session goes on in its file.
        """
        with self.condition:
            if not thread.is_current:
                return False
            self._keep_only(thread)
            moved = self._owner is not None or file.path != self._first_path
            self._owner = thread
            is_new = last > self._saved
            self._path, self._saved = file.path, max(self._saved, last)
            self.condition.notify_all()
        if moved:
            self._report(SaveTrouble(thread.reason, self._first_path, file.path))
        if is_new:
            _call_safely(self._on_saved, last)
        return True

    def acknowledge(self, thread: FileThread, last: int) -> bool:
        """Notes that the thread's file holds all facts up to `last`. Returns False if it is no longer the session's."""
        with self.condition:
            if not thread.is_current:
                return False
            self._keep_only(thread)
            is_new, self._saved = last > self._saved, last
            recovered = self._reported is not None and not self._reported.is_saved
            self.condition.notify_all()
        if recovered:
            self._report(None)
        if is_new:
            _call_safely(self._on_saved, last)
        return True

    def _keep_only(self, thread: FileThread) -> None:
        for each in self._threads:
            each.is_current = each is thread

    def note_failure(self, thread: FileThread) -> None:
        """Reports that no directory works, and waits for the next try, or until the writer is closed."""
        self._report(SaveTrouble(thread.reason, self._path))
        with self.condition:
            closing = self._closing
            self.condition.wait_for(lambda: self._closing != closing or not thread.is_current, self._retry_s)

    def note_end(self, thread: FileThread) -> None:
        """Notes that a thread has closed its file and ends."""
        with self.condition:
            thread.is_current = False
            self._threads.remove(thread)
            self.condition.notify_all()

    def replace_crashed(self, thread: FileThread) -> None:
        """Starts another thread in the place of one that an error in the program has ended."""
        self.note_failure(thread)
        with self.condition:
            if thread.is_current and self._owner is not None:
                new = FileThread(self)
                new.reason = thread.reason
                self._start_thread(new)
        self.note_end(thread)

    def _report(self, trouble: SaveTrouble | None) -> None:
        with self.condition:
            is_new, self._reported = trouble != self._reported, trouble
        if is_new:
            _call_safely(self._on_trouble, trouble)


def _call_safely(callback: Callable[[T], None], value: T) -> None:
    try:
        callback(value)
    except Exception:  # noqa: BLE001 - an error in a callback must not stop the saving
        threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))


def fallback_directories() -> tuple[Path, ...]:
    """Returns the directories to try, in this order, when the log directory fails."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is none
    return (default_directory(), *([home] if home.is_absolute() else []), Path(tempfile.gettempdir()))
