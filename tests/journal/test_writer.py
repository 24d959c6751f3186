"""What is saved on a disk that fails, and by a program that is killed."""

from __future__ import annotations

import errno
import random
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from kicktimer.errors import KicktimerError
from kicktimer.journal import JournalWriter, log_path, read_log, sessions
from tests.journal.faulty_disk import HEADER, SOON, FaultyDisk, Screen, fact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Rig:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "logs"
        self.fallback = folder / "other" / "place"
        self.screen = Screen()
        self.disk = FaultyDisk()
        self.writer: JournalWriter | None = None

    def open(self, retry_s: float = SOON) -> JournalWriter:
        self.writer = JournalWriter(
            log_path(self.folder, HEADER["id"]),
            HEADER,
            self.screen.on_saved,
            self.screen.on_trouble,
            disk=self.disk,
            fallbacks=[self.fallback],
            retry_s=retry_s,
        )
        return self.writer

    def save(self, n: int) -> None:
        """Append fact n and wait until it is saved."""
        assert self.writer
        self.writer.append([fact(n)])
        self.screen.wait(lambda: self.screen.saved == n)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    if rig.writer:
        rig.disk.gate.set()
        rig.disk.broken.clear()
        rig.disk.full.clear()
        assert rig.writer.close(SOON)


def test_a_session_that_starts_is_a_session_on_the_disk(rig: Rig) -> None:
    writer = rig.open()
    assert rig.disk.done == ["sync_directory", "create", "write", "sync", "sync_directory"]
    assert read_log(writer.path).header == HEADER
    assert writer.path.stat().st_mode & 0o777 == 0o600
    assert writer.path.parent.stat().st_mode & 0o777 == 0o700


def test_facts_are_saved_in_order_and_whole_batches_at_once(rig: Rig) -> None:
    writer = rig.open()
    rig.disk.gate.clear()
    writer.append([fact(1)])
    rig.disk.done.clear()
    writer.append([fact(2), fact(3)])
    writer.append([])
    writer.append([fact(4)])
    rig.disk.gate.set()
    assert writer.close(SOON)
    assert rig.screen.saved == writer.saved == 4
    assert rig.disk.done.count("sync") <= 2
    assert read_log(writer.path).facts == tuple(fact(n) for n in range(1, 5))
    assert rig.screen.troubles == []
    with pytest.raises(ValueError, match="closed"):
        writer.append([fact(5)])


def test_append_does_not_wait_for_the_disk(rig: Rig) -> None:
    writer = rig.open()
    rig.disk.gate.clear()
    for n in range(1, 101):
        writer.append([fact(n)])
    assert rig.screen.saved == 0
    assert not writer.close(0.0)
    rig.disk.gate.set()
    assert writer.close(SOON)
    assert len(read_log(writer.path).facts) == 100


@pytest.mark.parametrize(
    "bad", [{"n": 2}, {"n": True}, {"t": 0.5}, {"t": None}, {"event": None}, {"x": float("nan")}, {"x": "\ud800"}]
)
def test_facts_that_could_not_be_read_again_are_refused_whole(rig: Rig, bad: dict[str, Any]) -> None:
    writer = rig.open()
    with pytest.raises(ValueError):
        writer.append([{**fact(1), **bad}])
    with pytest.raises(ValueError):
        writer.append([fact(1), {**fact(2), **bad, **({"n": 9} if "n" in bad else {})}])
    rig.save(1)
    assert writer.close(SOON)
    assert read_log(writer.path).facts == (fact(1),)


@pytest.mark.parametrize(
    ("method", "outcome"),
    [("write", None), ("write", errno.ENOSPC), ("write", errno.EIO), ("sync", errno.EIO), ("sync", errno.ENOSPC)],
)
def test_after_a_fault_a_new_file_beside_it_has_everything(rig: Rig, method: str, outcome: int | None) -> None:
    first = rig.open().path
    rig.save(1)
    rig.disk.faults.append((method, outcome))
    rig.save(2)
    rig.save(3)
    writer = rig.writer
    assert writer
    assert writer.path == first.with_name(f"{HEADER['id']}-2.jsonl")
    assert read_log(writer.path).facts == (fact(1), fact(2), fact(3))
    assert read_log(first).facts[0] == fact(1)
    assert len(rig.screen.troubles) == 1
    assert str(writer.path) in rig.screen.troubles[0]
    # One session, not two; and it moves on where that file fails as well.
    assert [each.path for each in sessions(rig.folder)] == [writer.path]
    rig.disk.faults.append((method, outcome))
    rig.save(4)
    assert writer.path.name == f"{HEADER['id']}-3.jsonl"


def test_where_its_directory_is_full_the_session_goes_to_another(rig: Rig) -> None:
    writer = rig.open()
    rig.save(1)
    rig.disk.full.add(rig.folder)
    rig.disk.faults.append(("write", errno.ENOSPC))
    rig.save(2)
    assert writer.path.parent == rig.fallback
    assert read_log(writer.path).facts == (fact(1), fact(2))


def test_a_file_that_cannot_be_finished_is_taken_away(rig: Rig) -> None:
    writer = rig.open()
    rig.save(1)
    rig.disk.faults.extend([("write", errno.ENOSPC), ("write", None)])
    rig.save(2)
    assert writer.path.parent == rig.fallback
    assert len(list(rig.folder.iterdir())) == 1


def test_a_deleted_log_is_written_anew(rig: Rig) -> None:
    writer = rig.open()
    rig.save(1)
    first = writer.path
    first.unlink()
    rig.save(2)
    assert read_log(writer.path).facts == (fact(1), fact(2))
    assert writer.path != first


def test_where_the_directory_has_gone_it_is_not_made_anew(rig: Rig) -> None:
    writer = rig.open()
    writer.path.unlink()
    rig.folder.rmdir()
    rig.save(1)
    assert writer.path.parent == rig.fallback
    assert not rig.folder.exists()


def test_where_there_is_no_place_it_says_so_and_keeps_trying(rig: Rig) -> None:
    writer = rig.open(retry_s=0.001)
    rig.save(1)
    rig.disk.broken["sync"] = errno.EIO
    writer.append([fact(2)])
    rig.screen.wait(lambda: rig.screen.troubles)
    assert "NOT SAVED" in rig.screen.troubles[0]
    writer.append([fact(3)])
    assert not writer.close(0.0)
    del rig.disk.broken["sync"]
    assert writer.close(SOON)
    assert rig.screen.saved == 3
    assert read_log(writer.path).facts == (fact(1), fact(2), fact(3))
    assert len(rig.screen.troubles) == 2
    assert str(writer.path) in rig.screen.troubles[1]


def test_a_session_that_cannot_be_saved_does_not_start(rig: Rig) -> None:
    for method, outcome in (
        ("create", errno.EROFS),
        ("write", errno.ENOSPC),
        ("write", None),
        ("sync", errno.EIO),
        ("sync_directory", errno.EIO),
    ):
        rig.folder.mkdir(parents=True, exist_ok=True)
        rig.disk.faults.append((method, outcome))
        with pytest.raises(KicktimerError, match="cannot be saved") as caught:
            rig.open()
        assert "--log-dir" in caught.value.hint
        assert list(rig.folder.iterdir()) == []


def test_a_log_is_never_written_over_nor_through_a_link(rig: Rig) -> None:
    rig.folder.mkdir()
    path = log_path(rig.folder, HEADER["id"])
    path.write_text("mine")
    with pytest.raises(KicktimerError):
        rig.open()
    assert path.read_text() == "mine"
    path.unlink()
    path.symlink_to(rig.folder / "elsewhere")
    with pytest.raises(KicktimerError):
        rig.open()
    assert not (rig.folder / "elsewhere").exists()


def test_a_screen_that_fails_does_not_stop_the_saving(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    writer = rig.open()
    monkeypatch.setattr(writer, "_on_saved", lambda n: 1 // 0)
    writer.append([fact(1)])
    assert writer.close(SOON)
    assert told[0].exc_type is ZeroDivisionError
    assert len(read_log(writer.path).facts) == 1


WRITE_FOR_EVER = """
import os, sys
from pathlib import Path
from kicktimer.journal import JournalWriter
header = {"kicktimer_log": 1, "id": "x"}
writer = JournalWriter(Path(sys.argv[1]), header, lambda n: os.write(1, b"%d\\n" % n), lambda text: os._exit(9))
n = 1
while True:
    count = 1 + n % 7
    writer.append([{"n": n + i, "t": n + i, "event": "tapped", "pad": "x" * (n * 37 % 900)} for i in range(count)])
    n += count
    while n - writer.saved > 200:
        pass
"""


@pytest.mark.parametrize("seed", range(20))
def test_no_acknowledged_fact_is_lost_when_the_program_is_killed(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "log.jsonl"
    lines = random.Random(seed).randint(0, 60)
    with subprocess.Popen(
        [sys.executable, "-c", WRITE_FOR_EVER, str(path)], stdout=subprocess.PIPE, bufsize=0
    ) as child:
        assert child.stdout
        acknowledged = [child.stdout.readline() for _ in range(lines)]
        child.send_signal(signal.SIGKILL)
        acknowledged += child.stdout.read().splitlines(keepends=True)
    whole = [int(line) for line in acknowledged if line.endswith(b"\n")]
    if whole:
        assert len(read_log(path).facts) >= whole[-1]
