"""A disk that fails at any of its operations: the coach is told, no acknowledged fact is lost, and the rest follows."""

from __future__ import annotations

import errno
import random
import threading
import time
from typing import TYPE_CHECKING

import pytest

from kicktimer.journal import JournalWriter, SaveTrouble, read_log
from kicktimer.journal.disk import Disk
from tests.faults import scaled
from tests.journal.faulty_disk import HEADER, TIMEOUT_S, FakeApp, make_fact

if TYPE_CHECKING:
    import os
    from pathlib import Path

FACTS = 12
HANG = "hang"
SHORT = "short write"


class FailingDisk(Disk):
    """A disk whose operation number `at` fails: with an errno, by a short write, or by not answering until `answer`.

    With `for_good`, every later operation in the same directory fails as well.
    """

    def __init__(self, at: int, fault: int | str, *, for_good: bool) -> None:
        self.answer = threading.Event()
        self.failed_at: float | None = None
        self.operations = 0
        self._at = at
        self._fault = fault
        self._for_good = for_good
        self._directory: Path | None = None
        self._paths: dict[int, Path] = {}
        self._counting = threading.Lock()

    def _begin(self, directory: Path, *, writes: bool = False) -> bool:
        """Counts an operation and fails if it is its turn. Returns whether it is to be a short write."""
        with self._counting:
            number = self.operations
            self.operations += 1
            first = number == self._at
            if first:
                self._directory, self.failed_at = directory, time.monotonic()
        if not first and not (self._for_good and directory == self._directory):
            return False
        if self._fault == HANG:
            assert self.answer.wait(TIMEOUT_S)
            return False
        if self._fault == SHORT:
            return writes
        raise OSError(self._fault, "injected")

    def create(self, path: Path) -> int:
        self._begin(path.parent)
        descriptor = super().create(path)
        self._paths[descriptor] = path
        return descriptor

    def write(self, descriptor: int, data: bytes) -> int:
        short = self._begin(self._paths[descriptor].parent, writes=True)
        return super().write(descriptor, data[: len(data) // 2] if short else data)

    def sync(self, descriptor: int) -> None:
        self._begin(self._paths[descriptor].parent)
        super().sync(descriptor)

    def sync_directory(self, directory: Path) -> None:
        self._begin(directory)
        super().sync_directory(directory)

    def status(self, file: Path | int) -> os.stat_result:
        if not isinstance(file, int):
            self._begin(file.parent)
        return super().status(file)


def opened(folder: Path, disk: FailingDisk, app: FakeApp, **times: float) -> JournalWriter:
    return JournalWriter(
        folder / "logs" / "x.jsonl", HEADER, app.on_saved, app.on_trouble, disk=disk,
        fallbacks=[folder / "other"], **times,
    )  # fmt: skip


def operations_of_a_session(folder: Path) -> tuple[int, int]:
    """Returns how many disk operations the opening of a session takes, and how many the whole session."""
    disk, app = FailingDisk(-1, HANG, for_good=False), FakeApp()
    writer = opened(folder, disk, app)
    opening = disk.operations
    for n in range(1, FACTS + 1):
        writer.append([make_fact(n)])
        app.wait_for_saved(n)
    assert writer.close(TIMEOUT_S)
    return opening, disk.operations


@pytest.mark.parametrize("for_good", [False, True])
@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EIO, errno.EROFS, SHORT, HANG])
def test_disk_that_fails_at_any_operation_loses_nothing(tmp_path: Path, fault: int | str, *, for_good: bool) -> None:
    opening, whole = operations_of_a_session(tmp_path / "counted")
    places = range(opening, whole)
    chosen = sorted(random.Random(1).sample(places, min(len(places), scaled(8, 1000))))
    for at in chosen:
        folder = tmp_path / f"{at}"
        disk, app = FailingDisk(at, fault, for_good=for_good), FakeApp()
        writer = opened(folder, disk, app, alarm_s=0.02, retry_s=0.01)
        for n in range(1, FACTS + 1):
            writer.append([make_fact(n)])
            app.wait_for_saved(n)
            assert len(read_log(writer.path).facts) >= n, (
                at,
                "an acknowledged fact is not where the log is said to be",
            )
        disk.answer.set()
        assert writer.close(TIMEOUT_S), at
        assert read_log(writer.path).facts == tuple(make_fact(n) for n in range(1, FACTS + 1)), at
        if for_good and at < whole - 3 and fault != SHORT:
            assert writer.path.parent == folder / "other", at
            assert app.troubles, at
            last = app.troubles[-1]
            assert last is not None
            assert last.saved_in == writer.path


def test_alarm_comes_within_a_second_and_nothing_is_acknowledged_meanwhile(tmp_path: Path) -> None:
    """With the real times. The disk and the fallback both stop answering; a canary says how late the machine is."""
    for _ in range(3):
        folder = tmp_path / f"{time.monotonic_ns()}"
        disk, app = FailingDisk(-1, HANG, for_good=True), FakeApp()
        writer = opened(folder, disk, app)
        (folder / "other").touch()  # the fallback is no directory: there is no other place
        writer.append([make_fact(1)])
        app.wait_for_saved(1)
        disk._at = disk.operations
        began = time.monotonic()
        writer.append([make_fact(2)])
        lateness = 0.0
        while not app.troubles and time.monotonic() - began < TIMEOUT_S:
            before = time.monotonic()
            time.sleep(0.005)
            lateness = max(lateness, time.monotonic() - before - 0.005)
        alarm = time.monotonic() - began
        assert app.troubles[0] == SaveTrouble("the disk does not answer", writer.path)
        assert app.saved == writer.saved == 1
        assert not writer.close(0.1)
        disk.answer.set()
        assert writer.close(TIMEOUT_S)
        assert app.saved == 2
        if alarm < 1.0:
            return
        assert lateness > 0.1, f"the alarm took {alarm:.2f} s on a machine that was {lateness:.3f} s late at most"
    pytest.skip("the machine was late three times")
