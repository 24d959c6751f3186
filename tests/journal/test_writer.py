"""Writing logs: on a disk with faults, and by a program that is killed."""

from __future__ import annotations

import errno
import threading
from typing import TYPE_CHECKING, Any

import pytest

from kicktimer.errors import KicktimerError
from kicktimer.history import History
from kicktimer.journal import JournalWriter, LogInUseError, SaveTrouble, log_path, read_log
from tests.journal.faulty_disk import HEADER, TIMEOUT_S, FakeApp, FaultyDisk, make_fact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kicktimer.journal import Log


class Rig:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "logs"
        self.fallback = folder / "other" / "place"
        self.app = FakeApp()
        self.disk = FaultyDisk()
        self.writer: JournalWriter | None = None

    def open(self, retry_s: float = TIMEOUT_S, alarm_s: float = TIMEOUT_S, log: Log | None = None) -> JournalWriter:
        self.writer = JournalWriter(
            log_path(self.folder, HEADER["id"]),
            HEADER,
            self.app.on_saved,
            self.app.on_trouble,
            disk=self.disk,
            fallbacks=[self.fallback],
            retry_s=retry_s,
            alarm_s=alarm_s,
            log=log,
        )
        return self.writer

    def save(self, n: int) -> None:
        """Append fact n and wait until it is saved."""
        assert self.writer
        self.writer.append([make_fact(n)])
        self.app.wait(lambda: self.app.saved == n)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    if rig.writer:
        rig.disk.gate.set()
        rig.disk.answer.set()
        rig.disk.broken.clear()
        rig.disk.full.clear()
        assert rig.writer.close(TIMEOUT_S)


def test_constructor_returns_after_file_header_and_name_are_durable(rig: Rig) -> None:
    writer = rig.open()
    calls = [call for call in rig.disk.calls if call != "status"]
    assert calls == ["sync_directory", "create", "write", "sync", "sync_directory"]
    assert read_log(writer.path).header == HEADER
    assert writer.path.stat().st_mode & 0o777 == 0o600
    assert writer.path.parent.stat().st_mode & 0o777 == 0o700


def test_facts_are_saved_in_order_with_one_sync_for_a_batch(rig: Rig) -> None:
    writer = rig.open()
    rig.disk.gate.clear()
    writer.append([make_fact(1)])
    rig.disk.calls.clear()
    writer.append([make_fact(2), make_fact(3)])
    writer.append([])
    writer.append([make_fact(4)])
    rig.disk.gate.set()
    assert writer.close(TIMEOUT_S)
    assert rig.app.saved == writer.saved == 4
    assert rig.disk.calls.count("sync") <= 2
    assert read_log(writer.path).facts == tuple(make_fact(n) for n in range(1, 5))
    assert rig.app.troubles == []
    with pytest.raises(ValueError, match="closed"):
        writer.append([make_fact(5)])


def test_append_does_not_wait_for_the_disk(rig: Rig) -> None:
    writer = rig.open()
    rig.disk.gate.clear()
    for n in range(1, 101):
        writer.append([make_fact(n)])
    assert rig.app.saved == 0
    assert not writer.close(0.0)
    rig.disk.gate.set()
    assert writer.close(TIMEOUT_S)
    assert len(read_log(writer.path).facts) == 100


@pytest.mark.parametrize(
    "bad", [{"n": 2}, {"n": True}, {"t": 0.5}, {"t": None}, {"event": None}, {"x": float("nan")}, {"x": "\ud800"}]
)
def test_append_rejects_all_facts_if_one_is_unreadable(rig: Rig, bad: dict[str, Any]) -> None:
    writer = rig.open()
    with pytest.raises(ValueError):
        writer.append([{**make_fact(1), **bad}])
    with pytest.raises(ValueError):
        writer.append([make_fact(1), {**make_fact(2), **bad, **({"n": 9} if "n" in bad else {})}])
    rig.save(1)
    assert writer.close(TIMEOUT_S)
    assert read_log(writer.path).facts == (make_fact(1),)


@pytest.mark.parametrize(
    ("method", "outcome"),
    [("write", None), ("write", errno.ENOSPC), ("write", errno.EIO), ("sync", errno.EIO), ("sync", errno.ENOSPC)],
)
def test_after_a_disk_fault_a_new_file_holds_all_facts(rig: Rig, method: str, outcome: int | None) -> None:
    first = rig.open().path
    rig.save(1)
    rig.disk.faults.append((method, outcome))
    rig.save(2)
    rig.save(3)
    writer = rig.writer
    assert writer
    assert writer.path == first.with_name(f"{HEADER['id']}-2.jsonl")
    assert read_log(writer.path).facts == (make_fact(1), make_fact(2), make_fact(3))
    assert read_log(first).facts[0] == make_fact(1)
    assert len(rig.app.troubles) == 1
    trouble = rig.app.troubles[0]
    assert trouble is not None
    assert trouble.saved_in == writer.path
    assert str(writer.path) in trouble.sentence()
    # The list shows one session, not two. A fault of the second file moves the log to a third.
    with History(rig.folder) as history:
        assert [entry.path for entry in history.entries()] == [writer.path]
    rig.disk.faults.append((method, outcome))
    rig.save(4)
    assert writer.path.name == f"{HEADER['id']}-3.jsonl"


def test_full_directory_moves_the_log_to_a_fallback(rig: Rig) -> None:
    writer = rig.open()
    rig.save(1)
    rig.disk.full.add(rig.folder)
    rig.disk.faults.append(("write", errno.ENOSPC))
    rig.save(2)
    assert writer.path.parent == rig.fallback
    assert read_log(writer.path).facts == (make_fact(1), make_fact(2))


def test_unfinished_file_is_removed(rig: Rig) -> None:
    writer = rig.open()
    rig.save(1)
    rig.disk.faults.extend([("write", errno.ENOSPC), ("write", None)])
    rig.save(2)
    assert writer.path.parent == rig.fallback
    assert len(list(rig.folder.iterdir())) == 1


def test_deleted_log_is_written_to_a_new_file(rig: Rig) -> None:
    writer = rig.open()
    rig.save(1)
    first = writer.path
    first.unlink()
    rig.save(2)
    assert read_log(writer.path).facts == (make_fact(1), make_fact(2))
    assert writer.path == first, "the place is free"


def test_removed_directory_is_not_created_again(rig: Rig) -> None:
    writer = rig.open()
    writer.path.unlink()
    rig.folder.rmdir()
    rig.save(1)
    assert writer.path.parent == rig.fallback
    assert not rig.folder.exists()


def test_moved_replaced_or_changed_log_is_written_anew(rig: Rig) -> None:
    writer = rig.open()
    rig.save(1)
    writer.path.rename(rig.folder / "moved")
    rig.save(2)
    assert writer.path.name == f"{HEADER['id']}.jsonl"
    writer.path.unlink()
    writer.path.write_bytes(b"another file")
    rig.save(3)
    assert writer.path.name == f"{HEADER['id']}-2.jsonl"
    with writer.path.open("ab") as file:
        file.truncate(10)
    rig.save(4)
    assert writer.path.name == f"{HEADER['id']}-3.jsonl"
    with writer.path.open("ab") as file:
        file.write(b"{}\n")
    rig.save(5)
    assert read_log(writer.path).facts == tuple(make_fact(n) for n in range(1, 6))
    assert [trouble.reason for trouble in rig.app.troubles if trouble] == [
        "the file was moved",
        "the file was replaced by another one",
        "the file was changed by another program",
        "the file was changed by another program",
    ]
    assert (rig.folder / f"{HEADER['id']}.jsonl").read_bytes() == b"another file"


def test_renamed_directory_moves_the_log_to_a_fallback(rig: Rig) -> None:
    writer = rig.open()
    rig.save(1)
    rig.folder.rename(rig.folder.parent / "renamed")
    rig.folder.mkdir()
    rig.save(2)
    assert writer.path.parent == rig.fallback
    assert read_log(writer.path).facts == (make_fact(1), make_fact(2))


def test_change_of_the_file_is_noticed_while_nothing_is_written(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kicktimer.journal.writer.IDLE_CHECK_S", 0.001)
    writer = rig.open()
    rig.save(1)
    writer.path.unlink()
    rig.app.wait(lambda: rig.app.troubles)
    assert read_log(writer.path).facts == (make_fact(1),)


def test_disk_that_does_not_answer_is_reported_and_a_fallback_takes_over(rig: Rig) -> None:
    writer = rig.open(alarm_s=0.01)
    first = writer.path
    rig.save(1)
    rig.disk.hung.add(rig.folder)
    rig.save(2)
    assert rig.app.troubles == [
        SaveTrouble("the disk does not answer", first),
        SaveTrouble("the disk does not answer", first, writer.path),
    ]
    assert writer.path.parent == rig.fallback
    rig.save(3)
    rig.disk.answer.set()  # the thread that waited must not disturb the other one
    rig.save(4)
    assert writer.close(TIMEOUT_S)
    assert read_log(writer.path).facts == tuple(make_fact(n) for n in range(1, 5))
    assert len(rig.app.troubles) == 2
    assert read_log(first).facts[0] == make_fact(1)


def test_disk_that_was_only_slow_keeps_the_log(rig: Rig) -> None:
    writer = rig.open(alarm_s=0.01)
    first = writer.path
    rig.save(1)
    rig.disk.hung |= {rig.folder, rig.fallback}
    writer.append([make_fact(2)])
    rig.app.wait(lambda: rig.app.troubles)
    rig.disk.hung.discard(rig.folder)
    rig.disk.answer.set()
    rig.app.wait(lambda: rig.app.saved == 2 and writer.path in (first, rig.fallback / first.name))
    rig.save(3)
    assert writer.close(TIMEOUT_S)
    assert read_log(writer.path).facts == tuple(make_fact(n) for n in range(1, 4))
    assert rig.app.troubles[0] == SaveTrouble("the disk does not answer", first)
    assert rig.app.troubles[-1] in (None, SaveTrouble("the disk does not answer", first, writer.path))


def test_close_does_not_wait_for_a_disk_that_does_not_answer(rig: Rig) -> None:
    writer = rig.open(alarm_s=0.01)
    rig.save(1)
    rig.disk.hung |= {rig.folder, rig.fallback}
    writer.append([make_fact(2)])
    assert not writer.close(0.05)
    assert writer.saved == 1
    rig.disk.answer.set()
    assert writer.close(TIMEOUT_S)
    assert writer.saved == 2


def test_constructor_does_not_wait_for_a_disk_that_does_not_answer(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kicktimer.journal.writer.OPEN_TIMEOUT_S", 0.05)
    rig.disk.hung.add(rig.folder)
    with pytest.raises(KicktimerError, match="does not answer"):
        rig.open()
    rig.disk.answer.set()


def test_log_is_carried_on_in_the_same_file(rig: Rig) -> None:
    writer = rig.open()
    rig.save(1)
    with pytest.raises(LogInUseError, match="still running"):
        JournalWriter(writer.path, HEADER, print, print, log=read_log(writer.path))
    assert writer.close(TIMEOUT_S)
    before = writer.path.read_bytes()
    writer = rig.open(log=read_log(writer.path))
    assert writer.saved == 1
    rig.save(2)
    assert writer.close(TIMEOUT_S)
    assert writer.path.read_bytes().startswith(before)
    assert read_log(writer.path).facts == (make_fact(1), make_fact(2))
    assert rig.app.troubles == []


@pytest.mark.parametrize("tail", [b'{"n":2,"t', b"rubbish\n", b"\0" * 99])
def test_log_with_a_damaged_end_is_carried_on_in_a_new_file(rig: Rig, tail: bytes) -> None:
    first = rig.open().path
    rig.save(1)
    assert rig.writer
    assert rig.writer.close(TIMEOUT_S)
    with first.open("ab") as file:
        file.write(tail)
    damaged = first.read_bytes()
    writer = rig.open(log=read_log(first))
    rig.save(2)
    assert writer.path != first
    assert first.read_bytes() == damaged
    assert read_log(writer.path).facts == (make_fact(1), make_fact(2))


def test_without_a_working_directory_the_writer_reports_and_retries(rig: Rig) -> None:
    writer = rig.open(retry_s=0.001)
    rig.save(1)
    rig.disk.broken["sync"] = errno.EIO
    writer.append([make_fact(2)])
    rig.app.wait(lambda: rig.app.troubles)
    assert rig.app.troubles[0] == SaveTrouble("the disk is failing", writer.path)
    assert "NOT SAVED" in rig.app.troubles[0].sentence()
    writer.append([make_fact(3)])
    assert not writer.close(0.0)
    del rig.disk.broken["sync"]
    assert writer.close(TIMEOUT_S)
    assert rig.app.saved == 3
    assert read_log(writer.path).facts == (make_fact(1), make_fact(2), make_fact(3))
    assert [trouble.saved_in for trouble in rig.app.troubles if trouble] == [None, writer.path]


def test_constructor_raises_if_the_log_cannot_be_created(rig: Rig) -> None:
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
        rig.writer = None
        assert "--log-dir" in caught.value.hint
        assert list(rig.folder.iterdir()) == []


def test_existing_file_or_link_is_never_overwritten(rig: Rig) -> None:
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
    rig.writer = None
    assert not (rig.folder / "elsewhere").exists()


def test_exception_in_a_callback_does_not_stop_the_saving(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    exceptions: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", exceptions.append)
    writer = rig.open()
    monkeypatch.setattr(writer, "_on_saved", lambda n: 1 // 0)
    writer.append([make_fact(1)])
    assert writer.close(TIMEOUT_S)
    assert exceptions[0].exc_type is ZeroDivisionError
    assert len(read_log(writer.path).facts) == 1


def test_error_in_the_program_does_not_stop_the_saving(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    exceptions: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", exceptions.append)
    writer = rig.open(retry_s=0.001)
    rig.save(1)
    with monkeypatch.context() as patch:
        patch.setattr("kicktimer.journal.log_file.LogFile.append", lambda *_: 1 // 0)
        writer.append([make_fact(2)])
        rig.app.wait(lambda: rig.app.saved == 2)
    assert exceptions[0].exc_type is ZeroDivisionError
    assert [trouble.reason for trouble in rig.app.troubles if trouble] == ["a fault in the program itself"] * 2
    assert read_log(writer.path).facts == (make_fact(1), make_fact(2))
