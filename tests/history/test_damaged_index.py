"""A damaged index never gives a wrong figure: it is made anew."""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from kicktimer.history import Filter, History
from kicktimer.history.index import INDEX_NAME
from tests.history.test_log_rows import LOGS, rehearsed, write

if TYPE_CHECKING:
    from pathlib import Path

FLIPS = 700


def answers(directory: Path) -> list[Any]:
    """Returns what every query says."""
    with History(directory) as history:
        entries = history.entries(Filter(rehearsed=True, empty=True))
        names = history.names()
        sessions = [asdict(each) for each in history.sessions(Filter(rehearsed=True, empty=True))]
        return [
            entries, names, sessions,
            [asdict(each) for name in names for each in history.sessions(Filter(athlete=name))],
            [history.session(entry.id) for entry in entries],
            history.entries(Filter(distance_mm=400_000, text="burner")),
            history.entries(Filter(athlete="Ben", kind="burner")),
        ]  # fmt: skip


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Returns a directory of logs, one of which only a replay reads, with its index."""
    logs = tmp_path / "logs"
    logs.mkdir()
    for name in ("8x400-burner", "ladder-200-300-400", "6x300-burner"):
        write(logs / f"{name}.jsonl", *rehearsed(name))
    shutil.copy(LOGS[0], logs / "old.jsonl")
    (logs / "bad.jsonl").write_text("no log\n")
    answers(logs)
    return logs


def test_flipped_bit_anywhere_gives_no_wrong_figure(directory: Path) -> None:
    truth = answers(directory)
    index = directory / INDEX_NAME
    sound = index.read_bytes()
    chance = random.Random(1)
    kept = 0
    for number in range(FLIPS):
        data = bytearray(sound)
        at = number if number < 100 else chance.randrange(len(sound))  # the header of the file, and anywhere
        data[at] ^= 1 << chance.randrange(8)
        index.write_bytes(data)
        assert answers(directory) == truth, f"byte {at}"
        kept += index.read_bytes() == bytes(data)
    assert 0 < kept < FLIPS, "some damage is noticed, and some is in free space"


def test_zeroed_and_exchanged_pages_give_no_wrong_figure(directory: Path) -> None:
    truth = answers(directory)
    index = directory / INDEX_NAME
    sound = index.read_bytes()
    pages = [sound[start : start + 4096] for start in range(0, len(sound), 4096)]
    assert len(pages) > 4
    for one in range(len(pages)):
        for other in (None, *range(one)):
            mixed = list(pages)
            mixed[one] = bytes(4096) if other is None else pages[other]
            index.write_bytes(b"".join(mixed))
            assert answers(directory) == truth, (one, other)


def test_page_of_an_earlier_time_gives_no_wrong_figure(directory: Path) -> None:
    """As after a power cut that has lost a write."""
    index = directory / INDEX_NAME
    earlier = index.read_bytes()
    plan, facts = rehearsed("8x400-burner")
    (directory / "8x400-burner.jsonl").unlink()
    changed = [{**fact, "t": fact["t"] + 3} if fact["event"] == "tapped" else fact for fact in facts]
    write(directory / "8x400-burner.jsonl", plan, changed)
    truth = answers(directory)
    later = index.read_bytes()
    assert len(later) >= len(earlier)
    for start in range(0, len(earlier), 4096):
        if earlier[start : start + 4096] != later[start : start + 4096]:
            index.write_bytes(later[:start] + earlier[start : start + 4096] + later[start + 4096 :])
            assert answers(directory) == truth, start


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE block SET data = (SELECT data FROM block ORDER BY file DESC LIMIT 1)",
        "DELETE FROM block WHERE file = 3",
        "UPDATE file SET record = replace(record, '400', '401')",
        "UPDATE file SET checksum = checksum + 1 WHERE id = 4",
        "UPDATE block SET data = CAST(data AS TEXT)",
        "DELETE FROM file WHERE id = 2",
        "UPDATE file SET name = name || 'x' WHERE id = 3",
        "ALTER TABLE file RENAME COLUMN record TO records",
        "DROP TABLE file",
    ],
)
def test_changed_table_gives_no_wrong_figure(directory: Path, change: str) -> None:
    truth = answers(directory)
    with contextlib.closing(sqlite3.connect(directory / INDEX_NAME)) as connection:
        with contextlib.suppress(sqlite3.IntegrityError):
            connection.execute(change)
        connection.commit()
    assert answers(directory) == truth
    with contextlib.closing(sqlite3.connect(directory / INDEX_NAME)) as connection:
        assert connection.execute("SELECT count(record) FROM file").fetchone() == (5,), "it was made anew in its place"
