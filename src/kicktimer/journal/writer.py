"""Writing a session's log: what `on_saved` has acknowledged survives a kill, a power cut and a full disk.

- `JournalWriter(...)` returns when the file, its header and its name are on the disk, and raises `KicktimerError` where
  that cannot be: a session that starts is a session on the disk. It waits for the disk; everything else does not.
- `append` takes facts whose `n` count 1, 2, 3 …, hands them to the writer's own thread and returns at once.
- The thread writes all that has come in with one write and one sync, then calls `on_saved(n)`: facts to `n` are safe.
- After a short write, an error, or when the file was deleted, that descriptor is never trusted again: a kernel may
  report a failed sync once and then forget it. A new file gets the header and every fact from memory: beside the old
  one, else in the fallback directories. `on_trouble(text)` says where. Where there is no place at all it says that, the
  session goes on in memory, and the writer tries again every `retry_s` seconds.

Both callbacks run on the writer's thread. One that raises is reported as any thread's fault is, and saving goes on.
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
from kicktimer.journal.json_lines import LOG_VERSION, MAX_HEADER, encode
from kicktimer.journal.log_directory import ANOTHER, default_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")

RETRY_S = 3.0
CLOSE_S = 5.0
MOST_FILES = 50  # of one session in one directory


class JournalWriter:
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
        self._first = path  # later files are named after it
        self._path = path
        self._fault = OSError(errno.EIO, os.strerror(errno.EIO))  # why the last file was given up
        self._said = ""
        self._lines = [encode(header, MAX_HEADER)]  # the whole log: line n is fact n
        self._saved = 0
        self._closing = False
        self._changed = threading.Condition()  # guards _lines, _saved, _closing; never held over a call to the disk
        try:
            self._disk.make_directory(path.parent)
            self._descriptor: int | None = self._fill(path, self._lines[0])
        except OSError as error:
            raise KicktimerError(f"the session cannot be saved as {path}: {error.strerror}", ANOTHER) from error
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @property
    def path(self) -> Path:
        """The file that holds the log now."""
        return self._path

    @property
    def saved(self) -> int:
        """The last fact that is safe, 0 for none."""
        return self._saved

    def append(self, facts: Sequence[Mapping[str, Any]]) -> None:
        """Hand over facts; returns at once. Raises ValueError, taking none, for facts that a reader would refuse."""
        lines = [encode(fact) for fact in facts]
        with self._changed:
            if self._closing:
                raise ValueError("the log is closed")
            for n, fact in enumerate(facts, start=len(self._lines)):
                if type(fact.get("n")) is not int or fact["n"] != n:
                    raise ValueError(f"fact {n} is expected, not {fact.get('n')!r}")
                if type(fact.get("t")) is not int or not isinstance(fact.get("event"), str):
                    raise ValueError(f"fact {n} needs `t` (whole ms) and `event`")
            self._lines += lines
            self._changed.notify_all()

    def close(self, timeout_s: float = CLOSE_S) -> bool:
        """Take no more facts, wait up to `timeout_s`, and say whether everything is saved and the file closed.

        Where it is not, the writer keeps trying for as long as the program lives, and `close` can be called again.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # The writer's thread, from here on.

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._closing and self._saved == len(self._lines) - 1:
                    self._changed.wait()
                last = len(self._lines) - 1
                batch = self._lines[self._saved + 1 :]
                if not batch:  # closing, and all is saved
                    break
            if self._write(b"".join(batch)) or self._move(last):
                with self._changed:
                    self._saved = last
                self._tell(self._on_saved, last)
            else:
                self._wait(self._retry_s)
        if self._descriptor is not None:
            self._drop(self._descriptor)

    def _wait(self, seconds: float) -> None:
        """Wait for the next try. New facts do not hasten it: a disk that is full is not helped by asking more often."""
        end = monotonic() + seconds
        with self._changed:
            closing = self._closing
            while (left := end - monotonic()) > 0 and self._closing == closing:
                self._changed.wait(left)

    def _write(self, data: bytes) -> bool:
        """Append to the present file; False where there is none any more."""
        if self._descriptor is None:
            return False
        try:
            self._put(self._descriptor, data)
        except OSError as error:
            self._fault = error
            self._drop(self._descriptor)
            self._descriptor = None
            return False
        return True

    def _move(self, last: int) -> bool:
        """Write facts 1 to `last` to a new file, in the first place that takes them."""
        with self._changed:
            data = b"".join(self._lines[: last + 1])
        for directory in dict.fromkeys((self._first.parent, *self._fallbacks)):
            for number in range(2, MOST_FILES):
                path = directory / f"{self._first.stem}-{number}{self._first.suffix}"
                try:
                    if directory != self._first.parent:  # a place that was asked for and has gone is not made anew
                        self._disk.make_directory(directory)
                    self._descriptor = self._fill(path, data)
                except FileExistsError:
                    continue
                except OSError:
                    break
                old, self._path = self._path, path
                self._say(f"{old} cannot be written ({_reason(self._fault)}); the whole session is now saved in {path}")
                return True
        self._say(
            f"THE SESSION IS NOT SAVED: {self._path} cannot be written ({_reason(self._fault)}), nor any other place. "
            f"It goes on in memory; make room on the disk, it is tried again every {self._retry_s:g} s"
        )
        return False

    def _fill(self, path: Path, data: bytes) -> int:
        """A new file that holds `data`, safe with its name. What cannot be finished is taken away again."""
        descriptor = self._disk.create(path)
        try:
            self._named = self._disk.has_name(
                descriptor
            )  # some file systems count no names: then deletion cannot be seen
            self._put(descriptor, data)
            self._disk.sync_directory(path.parent)
        except OSError:
            self._drop(descriptor)
            with contextlib.suppress(OSError):  # it is ours and holds nothing that is not in memory: no harm in staying
                self._disk.remove(path)
            raise
        return descriptor

    def _put(self, descriptor: int, data: bytes) -> None:
        if self._disk.write(descriptor, data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._disk.sync(descriptor)
        if self._named and not self._disk.has_name(descriptor):
            raise OSError(errno.ENOENT, "the file was deleted")

    def _drop(self, descriptor: int) -> None:
        with contextlib.suppress(OSError):  # all that matters is synced, or known not to be
            self._disk.close(descriptor)

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self._tell(self._on_trouble, text)

    def _tell(self, callback: Callable[[T], None], value: T) -> None:
        try:
            callback(value)
        except Exception:  # noqa: BLE001 - whatever a screen does wrong, the session is saved
            threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))


def fallback_directories() -> tuple[Path, ...]:
    """Where a session goes when its own directory fails, best first."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is none
    return (default_directory(), *([home] if home.is_absolute() else []), Path(tempfile.gettempdir()))


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
