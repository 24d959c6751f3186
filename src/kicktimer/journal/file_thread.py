"""The thread that writes a session's log to one file. `writer` decides which of several threads counts."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from kicktimer.journal.log_file import LogFile
from kicktimer.journal.save_trouble import NO_ANSWER, reason_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kicktimer.journal.reader import Log
    from kicktimer.journal.writer import JournalWriter

MAX_FILES = 50  # of one session in one directory


class FileThread(threading.Thread):
    """A thread that writes the log to a file of its own. The first one opens `path` itself, the others begin anew.

    These fields are guarded by the writer's condition. `is_current` is False once another thread's file is the
    session's: then the thread closes its file and ends. `busy_since` is the moment when its disk access began, None
    while there is none, and `directory` is where that is. `reason` says why the log is not in its first file.
    """

    def __init__(self, writer: JournalWriter, *, is_first: bool = False, log: Log | None = None) -> None:
        super().__init__(name="journal", daemon=True)
        self.is_current = True
        self.busy_since: float | None = None
        self.directory: Path | None = None
        self.reason = NO_ANSWER
        self._writer = writer
        self._is_first = is_first
        self._log = log

    def run(self) -> None:
        try:
            self._write()
        except Exception:  # noqa: BLE001 - a bug: the session must be saved all the same
            threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), self)))
            self.reason = "a fault in the program itself"
            self._writer.replace_crashed(self)

    def _write(self) -> None:
        writer = self._writer
        file = self._open_first() if self._is_first else None
        while True:
            if file is None:
                if not self.is_current or writer.opening_failed:
                    break
                file = self._write_new_file()
                continue
            batch = writer.next_batch(self)
            if batch is None:
                break
            data, last = batch
            try:
                with self.access(file.path.parent):
                    if data:
                        file.append(data)
                    else:
                        file.check()
            except OSError as error:
                self.reason = reason_text(error)
                with self.access(file.path.parent):
                    file.close()
                file = None
                continue
            if not writer.acknowledge(self, last):
                break
        if file is not None:
            with self.access(file.path.parent):
                if writer.is_empty:
                    file.remove()
                else:
                    file.close()
        writer.note_end(self)

    @contextmanager
    def access(self, directory: Path) -> Iterator[None]:
        """Marks the time of a disk access, for the thread that watches for a disk that does not answer."""
        with self._writer.condition:
            self.busy_since, self.directory = monotonic(), directory
            self._writer.condition.notify_all()
        try:
            yield
        finally:
            with self._writer.condition:
                self.busy_since = None
                self._writer.condition.notify_all()

    def _open_first(self) -> LogFile | None:
        """Opens the session's first file. Returns None if that fails: then the session is not opened.

        A log that is carried on is written anew if the file has a torn or damaged end, or cannot be opened.
        """
        writer, path, log = self._writer, self._writer.path, self._log
        data, last = writer.all_lines()
        try:
            with self.access(path.parent):
                if log is None:
                    writer.disk.make_directory(path.parent)
                writer.note_directory(path.parent)
                if log is None:
                    file = LogFile.create(writer.disk, path, data)
                else:
                    file = LogFile.reopen(writer.disk, path, log.sound_bytes)
        except BlockingIOError as error:
            writer.opening_error = error
        except OSError as error:
            if log is not None:
                self.reason = reason_text(error)
                return None
            writer.opening_error = error
        else:
            return file if writer.take_over(self, file, last) else None
        return None

    def _write_new_file(self) -> LogFile | None:
        """Writes all facts to a new file in the first directory that works. Returns None after waiting if none does."""
        writer = self._writer
        data, last = writer.all_lines()
        for directory, is_first in writer.free_directories(self):
            for number in range(1, MAX_FILES):
                path = writer.numbered_path(directory, number)
                try:
                    with self.access(directory):
                        if not is_first:  # a log directory that was removed is not created again
                            writer.disk.make_directory(directory)
                        file = LogFile.create(writer.disk, path, data)
                except FileExistsError:
                    continue
                except OSError:
                    break
                if writer.take_over(self, file, last):
                    return file
                with self.access(directory):
                    file.remove()
                return None
        writer.note_failure(self)
        return None
