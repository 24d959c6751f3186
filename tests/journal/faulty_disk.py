"""Test helpers for the journal: facts and logs, a fake app that waits for acknowledgements, and a disk with faults."""

from __future__ import annotations

import errno
import os
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from kicktimer.journal import Disk, encode_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kicktimer.journal import SaveTrouble

TIMEOUT_S = 20.0  # only a test that fails waits so long
HEADER: dict[str, Any] = {"kicktimer_log": 1, "id": "2026-11-23T183005-abc", "started": "2026-11-23T18:30:05+01:00"}


def make_fact(n: int, **more: Any) -> dict[str, Any]:
    return {"n": n, "t": n * 10, "wall": "2026-11-23T18:30:05+01:00", "event": "tapped", **more}


def encode_log(facts: list[dict[str, Any]], header: dict[str, Any] = HEADER) -> bytes:
    return b"".join(map(encode_line, [header, *facts]))


class FakeApp:
    """Receives the writer's callbacks in place of the app, and waits for them."""

    def __init__(self) -> None:
        self.saved = 0
        self.troubles: list[SaveTrouble | None] = []
        self._called = threading.Condition()

    def on_saved(self, n: int) -> None:
        with self._called:
            assert n > self.saved
            self.saved = n
            self._called.notify_all()

    def on_trouble(self, trouble: SaveTrouble | None) -> None:
        with self._called:
            self.troubles.append(trouble)
            self._called.notify_all()

    def wait(self, true: Callable[[], object]) -> None:
        with self._called:
            assert self._called.wait_for(true, TIMEOUT_S), (self.saved, self.troubles)

    def wait_for_saved(self, n: int) -> None:
        self.wait(lambda: self.saved == n)


class FaultyDisk(Disk):
    """A disk with injected faults.

    `faults` holds (method, outcome) in order: each makes one call fail with the errno `outcome`; for `write`, None
    makes it a short write. `broken` maps methods that always fail to their errno. While `gate` is cleared, `write`
    waits. In a directory of `hung`, every access waits until `answer` is set, as on a disk that does not answer.
    """

    def __init__(self) -> None:
        self.faults: deque[tuple[str, int | None]] = deque()
        self.broken: dict[str, int] = {}
        self.full: set[Path] = set()  # directories in which no file can be created
        self.calls: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.hung: set[Path] = set()
        self.answer = threading.Event()
        self._paths: dict[int, Path] = {}

    def _fails(self, method: str) -> bool:
        """Raises the fault that is due for `method`. Returns True if it is a short write."""
        self.calls.append(method)
        if method in self.broken:
            raise OSError(self.broken[method], os.strerror(self.broken[method]))
        if self.faults and self.faults[0][0] == method:
            number = self.faults.popleft()[1]
            if number is None:
                return True
            raise OSError(number, os.strerror(number))
        return False

    def _wait(self, path: Path) -> None:
        if any(directory in self.hung for directory in (path, path.parent)):
            assert self.answer.wait(TIMEOUT_S)

    def create(self, path: Path) -> int:
        self._wait(path)
        self._fails("create")
        if path.parent in self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._note(super().create(path), path)

    def reopen(self, path: Path) -> int:
        self._wait(path)
        self._fails("reopen")
        return self._note(super().reopen(path), path)

    def _note(self, descriptor: int, path: Path) -> int:
        self._paths[descriptor] = path
        return descriptor

    def write(self, descriptor: int, data: bytes) -> int:
        self._wait(self._paths[descriptor])
        assert self.gate.wait(TIMEOUT_S)
        return super().write(descriptor, data[: len(data) // 2] if self._fails("write") else data)

    def sync(self, descriptor: int) -> None:
        self._wait(self._paths[descriptor])
        self._fails("sync")
        super().sync(descriptor)

    def status(self, file: Path | int) -> os.stat_result:
        if not isinstance(file, int):
            self._wait(file)
        return super().status(file)

    def sync_directory(self, directory: Path) -> None:
        self._fails("sync_directory")
        super().sync_directory(directory)

    def make_directory(self, directory: Path) -> None:
        self._wait(directory)
        super().make_directory(directory)
