"""The `seq` of a session's header: the order of the sessions in a directory, whatever the wall clock says."""

from __future__ import annotations

import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from kicktimer.history import History, SessionEntry
from kicktimer.journal import JournalWriter, newest_start, next_seq, read_log, sequence
from kicktimer.journal.sequence import CACHE_NAME, MAX_UNCACHED_LOGS, read_header_orders
from tests.journal.faulty_disk import HEADER, FakeApp, FaultyDisk, encode_log, make_fact

if TYPE_CHECKING:
    from pathlib import Path


def save(directory: Path, name: str, **fields: Any) -> Path:
    """Writes a log with one fact; `fields` are put into its header."""
    path = directory / f"{name}.jsonl"
    path.write_bytes(encode_log([make_fact(1)], {**HEADER, "id": name, **fields}))
    return path


def save_many(directory: Path, count: int) -> None:
    for number in range(1, count + 1):
        save(directory, f"log{number:04}", seq=number)


@pytest.fixture
def headers_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the logs whose header was read from the file, not from the cache."""
    names: list[str] = []
    read = sequence.read_header_order

    def read_and_record(path: Path) -> Any:
        names.append(path.name)
        return read(path)

    monkeypatch.setattr(sequence, "read_header_order", read_and_record)
    return names


def test_next_seq_is_one_more_than_the_highest(tmp_path: Path) -> None:
    assert next_seq(tmp_path / "none") == 1
    assert next_seq(tmp_path) == 1
    save(tmp_path, "2026-11-23T183005-aaaaaa", seq=7)
    save(tmp_path, "1970-01-01T000020-bbbbbb", seq=8)
    save(tmp_path, "2031-01-01T000000-cccccc", seq=3)
    save(tmp_path, "2026-11-24T183005-dddddd")
    assert next_seq(tmp_path) == 9


def test_logs_without_a_valid_seq_count_as_zero(tmp_path: Path) -> None:
    for number, seq in enumerate([True, "5", 5.0, -3, 0, None, [9]]):
        save(tmp_path, f"bad{number}", seq=seq)
    (tmp_path / "torn.jsonl").write_text('{"kicktimer_log":1,"id":"torn","seq":9}')
    (tmp_path / "no_log.jsonl").write_text('{"seq":9}\n')
    (tmp_path / "nonsense.jsonl").write_bytes(b"\xff\n")
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "link.jsonl").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "other.txt").write_text('{"kicktimer_log":1,"id":"other","seq":9}\n')
    assert next_seq(tmp_path) == 1


def test_only_the_first_line_is_read(tmp_path: Path) -> None:
    os.truncate(save(tmp_path, "large", seq=4), 1 << 40)  # a sparse file: no machine can hold it in memory
    assert next_seq(tmp_path) == 5


def listed(directory: Path) -> list[SessionEntry]:
    with History(directory) as history:
        return history.entries()


def test_damaged_log_keeps_its_place(tmp_path: Path) -> None:
    save(tmp_path, "a", seq=1)
    with save(tmp_path, "b", seq=2).open("a") as file:
        file.write("nonsense\n")
    save(tmp_path, "c", seq=3)
    assert [entry.path.stem for entry in listed(tmp_path)] == ["c", "b", "a"]


def test_sessions_are_listed_by_seq_and_before_those_without(tmp_path: Path) -> None:
    save(tmp_path, "old_early", started="2026-01-01T10:00:00+00:00")
    save(tmp_path, "old_late", started="2026-09-01T10:00:00+00:00")
    save(tmp_path, "first", seq=1, started="2031-01-01T10:00:00+00:00")
    save(tmp_path, "second", seq=2, started="1970-01-01T00:00:20+00:00")
    save(tmp_path, "third", seq=3, started="2026-11-23T18:30:05+01:00")
    expected = ["third", "second", "first", "old_late", "old_early"]
    assert [entry.path.stem for entry in listed(tmp_path)] == expected


def test_sessions_of_one_seq_are_ordered_by_start_and_then_by_id(tmp_path: Path) -> None:
    save(tmp_path, "a", seq=1, started="2026-11-23T18:30:07+01:00")
    save(tmp_path, "b", seq=1, started="2026-11-23T18:30:06+01:00")
    save(tmp_path, "c", seq=1, started="2026-11-23T18:30:06+01:00")
    assert [entry.path.stem for entry in listed(tmp_path)] == ["a", "c", "b"]
    assert newest_start(tmp_path) == "2026-11-23T18:30:07+01:00"


def test_newest_start_is_that_of_the_highest_seq(tmp_path: Path) -> None:
    assert newest_start(tmp_path) == ""
    save(tmp_path, "a", started="2026-11-23T18:30:05+01:00")
    save(tmp_path, "b", started="2026-11-22T18:30:05+01:00")
    assert newest_start(tmp_path) == "2026-11-23T18:30:05+01:00"
    save(tmp_path, "c", seq=1, started="2026-11-01T18:30:05+01:00")
    assert newest_start(tmp_path) == "2026-11-01T18:30:05+01:00"


def test_session_continued_in_a_second_file_keeps_its_seq_and_is_one_entry(tmp_path: Path) -> None:
    save(tmp_path, "before", seq=1)
    disk, app = FaultyDisk(), FakeApp()
    header = {**HEADER, "seq": next_seq(tmp_path)}
    writer = JournalWriter(tmp_path / "moved.jsonl", header, app.on_saved, app.on_trouble, disk=disk, fallbacks=())
    writer.append([make_fact(1)])
    app.wait(lambda: app.saved == 1)
    disk.faults.append(("sync", errno.EIO))
    writer.append([make_fact(2)])
    assert writer.close()
    assert writer.path.name == "moved-2.jsonl"
    assert read_log(writer.path).header == header
    assert next_seq(tmp_path) == 3
    save(tmp_path, "after", seq=3)
    entries = listed(tmp_path)
    assert [entry.path.name for entry in entries] == ["after.jsonl", "moved-2.jsonl", "before.jsonl"]
    assert entries[1].seq == 2


def test_small_directory_gets_no_cache(tmp_path: Path) -> None:
    save_many(tmp_path, MAX_UNCACHED_LOGS)
    assert next_seq(tmp_path) == MAX_UNCACHED_LOGS + 1
    assert not (tmp_path / CACHE_NAME).exists()


def test_large_directory_is_read_once(tmp_path: Path, headers_read: list[str]) -> None:
    count = MAX_UNCACHED_LOGS + 10
    save_many(tmp_path, count)
    assert next_seq(tmp_path) == count + 1
    assert len(headers_read) == count
    headers_read.clear()
    save(tmp_path, "0000-newest", seq=count + 1)
    assert next_seq(tmp_path) == count + 2
    assert headers_read == ["0000-newest.jsonl"]


def test_cache_notices_headers_that_were_edited_and_logs_that_were_removed(tmp_path: Path) -> None:
    count = MAX_UNCACHED_LOGS + 10
    save_many(tmp_path, count)
    before = read_header_orders(tmp_path)
    save(tmp_path, "log0003", seq=900)
    assert next_seq(tmp_path) == 901
    (tmp_path / "log0003.jsonl").unlink()
    assert next_seq(tmp_path) == count + 1
    os.utime(save(tmp_path, "log0004", seq=9), ns=(1, 1))  # of the same length, and older by its date
    assert read_header_orders(tmp_path)["log0004.jsonl"].seq == 9 != before["log0004.jsonl"].seq


@pytest.mark.parametrize(
    "content",
    ["", "nonsense", "[1]", '{"log0001.jsonl":7}', '{"log0001.jsonl":[1,2]}', '{"log0001.jsonl":[1,2,', "\0" * 99],
)
def test_damaged_cache_is_ignored_and_replaced(tmp_path: Path, content: str, headers_read: list[str]) -> None:
    count = MAX_UNCACHED_LOGS + 10
    save_many(tmp_path, count)
    (tmp_path / CACHE_NAME).write_text(content)
    assert next_seq(tmp_path) == count + 1
    assert len(json.loads((tmp_path / CACHE_NAME).read_text())) == count
    headers_read.clear()
    assert next_seq(tmp_path) == count + 1
    assert not headers_read


def test_cache_that_cannot_be_written_is_left_out(tmp_path: Path) -> None:
    save_many(tmp_path, MAX_UNCACHED_LOGS + 10)
    (tmp_path / CACHE_NAME).mkdir()
    assert next_seq(tmp_path) == MAX_UNCACHED_LOGS + 11
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".jsonl"] == [CACHE_NAME]


def test_programs_that_start_at_once_agree_on_the_highest_seq(tmp_path: Path) -> None:
    count = MAX_UNCACHED_LOGS + 10
    save_many(tmp_path, count)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(next_seq, [tmp_path] * 40)) == {count + 1}
    assert {path.suffix for path in tmp_path.iterdir()} == {".jsonl", ".json"}, "no temporary file is left"
