"""Facts to save, a disk that fails where a test says, and a screen that waits for what it is told."""

from __future__ import annotations

import errno
import os
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from kicktimer.journal import Disk, encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SOON = 20.0  # seconds; only a broken test waits so long
HEADER: dict[str, Any] = {"kicktimer_log": 1, "id": "2026-11-23T183005-abc", "started": "2026-11-23T18:30:05+01:00"}


def fact(n: int, **more: Any) -> dict[str, Any]:
    return {"n": n, "t": n * 10, "wall": "2026-11-23T18:30:05+01:00", "event": "tapped", **more}


def log_of(facts: list[dict[str, Any]], header: dict[str, Any] = HEADER) -> bytes:
    return b"".join(map(encode, [header, *facts]))


class Screen:
    """Stands for the app: remembers what the writer tells it, and waits for it."""

    def __init__(self) -> None:
        self.saved = 0
        self.troubles: list[str] = []
        self._told = threading.Condition()

    def on_saved(self, n: int) -> None:
        with self._told:
            assert n > self.saved
            self.saved = n
            self._told.notify_all()

    def on_trouble(self, text: str) -> None:
        with self._told:
            self.troubles.append(text)
            self._told.notify_all()

    def wait(self, true: Callable[[], object]) -> None:
        with self._told:
            assert self._told.wait_for(true, SOON), (self.saved, self.troubles)


class FaultyDisk(Disk):
    """Fails where a test says.

    `faults` holds (method, outcome) in order, an outcome being an errno or, for `write`, None for a short write;
    `broken` holds methods that fail for ever, with their errno.
    """

    def __init__(self) -> None:
        self.faults: deque[tuple[str, int | None]] = deque()
        self.broken: dict[str, int] = {}
        self.full: set[Path] = set()  # directories without room
        self.done: list[str] = []
        self.gate = threading.Event()
        self.gate.set()

    def _fails(self, method: str) -> bool:
        """Raises the fault that is due; True for a short write."""
        self.done.append(method)
        if method in self.broken:
            raise OSError(self.broken[method], os.strerror(self.broken[method]))
        if self.faults and self.faults[0][0] == method:
            number = self.faults.popleft()[1]
            if number is None:
                return True
            raise OSError(number, os.strerror(number))
        return False

    def create(self, path: Path) -> int:
        self._fails("create")
        if path.parent in self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().create(path)

    def write(self, descriptor: int, data: bytes) -> int:
        assert self.gate.wait(SOON)
        return super().write(descriptor, data[: len(data) // 2] if self._fails("write") else data)

    def sync(self, descriptor: int) -> None:
        self._fails("sync")
        super().sync(descriptor)

    def sync_directory(self, directory: Path) -> None:
        self._fails("sync_directory")
        super().sync_directory(directory)
