"""The index of the saved sessions: never a figure that the logs do not have, whatever happens to it or to them."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kicktimer.errors import KicktimerError
from kicktimer.history import Filter, History, ReviewChoices, load_choices, save_choices
from kicktimer.history import index as module
from kicktimer.journal import read_log
from kicktimer.plan import load
from kicktimer.results import replay, results
from kicktimer.review.records import session_record
from kicktimer.text import clean_json

LOGS = sorted((Path(__file__).parents[1] / "journal" / "logs").glob("*.jsonl"))


def save(directory: Path, name: str, source: Path = LOGS[0], **header: Any) -> Path:
    """Writes a log of the earlier ones, under another id."""
    first, facts = source.read_text(encoding="utf-8").split("\n", 1)
    path = directory / f"{name}.jsonl"
    fields = {**json.loads(first), "id": name, "app": "kicktimer", "clock": {"name": "boottime"}, **header}
    path.write_text(f"{json.dumps(fields)}\n{facts}", encoding="utf-8")
    return path


def ids(directory: Path, **wanted: Any) -> list[str]:
    with History(directory) as history:
        return [entry.id for entry in history.entries(Filter(**wanted))]


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_record_from_the_index_is_that_of_a_replay(tmp_path: Path, path: Path) -> None:
    save(tmp_path, "a", path)
    log = read_log(tmp_path / "a.jsonl")
    plan = load(clean_json(log.header["plan"]))
    expected = session_record(clean_json(log.header), plan, results(replay(plan, log.facts)))
    for _ in range(2):  # computed, and from the index
        with History(tmp_path) as history:
            assert history.session("a") == expected
            assert list(history.sessions(Filter())) == [expected]
            entry = history.entries()[0]
    assert entry.athletes == len(expected.names)
    assert entry.reps == len({rep.rep for rep in expected.reps if rep.started_ms is not None})
    assert (entry.workout, entry.kind, entry.state) == (expected.workout, expected.kind, expected.state)


def test_new_changed_replaced_and_deleted_logs_are_noticed(tmp_path: Path) -> None:
    assert ids(tmp_path / "none") == []
    save(tmp_path, "a", seq=1)
    assert ids(tmp_path) == ["a"]
    save(tmp_path, "b", seq=2)
    assert ids(tmp_path) == ["b", "a"]
    status = (tmp_path / "a.jsonl").stat()
    text = (tmp_path / "a.jsonl").read_text()
    new = tmp_path / "new"
    new.write_text(text.replace('"seq": 1', '"seq": 3'))  # another file of the same size and time takes its place
    os.utime(new, ns=(status.st_atime_ns, status.st_mtime_ns))
    new.rename(tmp_path / "a.jsonl")
    assert ids(tmp_path) == ["a", "b"]
    (tmp_path / "a.jsonl").unlink()
    assert ids(tmp_path) == ["b"]
    with (tmp_path / "b.jsonl").open("a") as file:
        file.write("rubbish\n")
    with History(tmp_path) as history:
        assert history.entries()[0].problem.startswith("line ")


def test_session_in_several_files_is_listed_once(tmp_path: Path) -> None:
    whole = save(tmp_path, "a")
    lines = whole.read_text().splitlines(keepends=True)
    (tmp_path / "a-2.jsonl").write_text("".join(lines[:-3]))
    with History(tmp_path) as history:
        assert [entry.path.name for entry in history.entries()] == ["a.jsonl"]
    whole.unlink()
    with History(tmp_path) as history:
        assert [entry.path.name for entry in history.entries()] == ["a-2.jsonl"]


@pytest.mark.parametrize("damage", [b"", b"no database", b"\0" * 9000], ids=["empty", "text", "zeros"])
def test_damaged_index_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    save(tmp_path, "a")
    assert ids(tmp_path) == ["a"]
    index = tmp_path / module.INDEX_NAME
    data = index.read_bytes()
    index.write_bytes(damage)
    assert ids(tmp_path) == ["a"]
    index.write_bytes(data[:5000] + b"\xff" * 3000 + data[8000:])
    with History(tmp_path) as history:
        assert [session.id for session in history.sessions(Filter())] == ["a"]


def pages_of(index: Path) -> dict[str, tuple[int, int]]:
    """Returns where the first page of each table stands in the file: its first byte and its length."""
    with contextlib.closing(sqlite3.connect(index)) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        found = connection.execute("SELECT name, rootpage FROM sqlite_master WHERE rootpage > 0").fetchall()
    return {name: ((page - 1) * size, size) for name, page in found}


@pytest.mark.parametrize("table", ["file", "block", "sqlite_autoindex_file_1"])
def test_damage_that_shows_in_a_query_only_is_mended(tmp_path: Path, table: str) -> None:
    for number in (1, 2):
        save(tmp_path, f"s{number}", seq=number)
    with History(tmp_path) as history:
        expected = list(history.sessions(Filter()))
        names = history.names()
    index = tmp_path / module.INDEX_NAME
    start, size = pages_of(index)[table]
    data = bytearray(index.read_bytes())
    data[start : start + size] = b"\xff" * size
    index.write_bytes(data)
    with History(tmp_path) as history:
        assert list(history.sessions(Filter())) == expected
        assert history.names() == names
        assert [each.reps for each in history.sessions(Filter(athlete=names[0]))] == [
            each.reps_of(names[0]) for each in expected
        ]
        assert [entry.id for entry in history.entries()] == ["s2", "s1"]


def test_disk_that_is_full_while_rows_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, "a")
    real, calls = module.insert_row, []

    def full(connection: sqlite3.Connection, *rest: Any) -> int:
        calls.append(1)
        if connection.execute("PRAGMA database_list").fetchone()[2]:
            raise sqlite3.OperationalError("database or disk is full")
        return real(connection, *rest)

    monkeypatch.setattr(module, "insert_row", full)
    with History(tmp_path) as history:
        assert [session.id for session in history.sessions(Filter())] == ["a"]
    assert len(calls) >= 2


def test_files_that_are_no_logs_hide_no_session(tmp_path: Path) -> None:
    save(tmp_path, "a")
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "link.jsonl").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "notes.txt").write_text("")
    for _ in range(2):
        with History(tmp_path) as history:
            entries = {entry.path.stem: entry.problem for entry in history.entries()}
        assert entries.keys() == {"a", "folder", "link", "pipe"}
        assert [stem for stem, problem in entries.items() if not problem] == ["a"]
    with pytest.raises(KicktimerError):
        History(tmp_path / "notes.txt")


def test_index_of_another_version_is_made_anew(tmp_path: Path) -> None:
    save(tmp_path, "a")
    assert ids(tmp_path) == ["a"]
    with contextlib.closing(sqlite3.connect(tmp_path / module.INDEX_NAME)) as connection:
        connection.execute("DROP TABLE file")
        connection.execute("PRAGMA user_version = 999")
    assert ids(tmp_path) == ["a"]
    with contextlib.closing(sqlite3.connect(tmp_path / module.INDEX_NAME)) as connection:
        assert connection.execute("SELECT count(*) FROM file").fetchone() == (1,)


def test_index_that_cannot_be_written_is_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, "a")
    (tmp_path / module.INDEX_NAME).mkdir()
    assert ids(tmp_path) == ["a"]
    (tmp_path / module.INDEX_NAME).rmdir()
    assert ids(tmp_path) == ["a"]
    save(tmp_path, "b")

    real = module.Index._transaction

    def full(index: module.Index, kind: str) -> Any:
        if kind == "IMMEDIATE" and index._connection.execute("PRAGMA database_list").fetchone()[2]:
            raise sqlite3.OperationalError("database or disk is full")
        return real(index, kind)

    monkeypatch.setattr(module.Index, "_transaction", full)
    assert sorted(ids(tmp_path)) == ["a", "b"]


def test_two_programs_may_index_at_once(tmp_path: Path) -> None:
    for number in range(40):
        save(tmp_path, f"s{number:02}", LOGS[number % len(LOGS)], seq=number + 1)
    script = (
        "import sys; from pathlib import Path; from kicktimer.history import Filter, History\n"
        "with History(Path(sys.argv[1])) as history:\n"
        "    print(len(history.entries()), len(list(history.sessions(Filter()))))"
    )
    programs = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for program in programs:
        out, err = program.communicate(timeout=60)
        assert (out.split(), err) == ([b"40", b"40"], b"")
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(ids(tmp_path)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [40] * 4


def test_sessions_are_filtered(tmp_path: Path) -> None:
    save(tmp_path, "a", seq=1, started="2026-09-01T18:00:00+02:00")
    save(tmp_path, "b", seq=2, started="2026-10-02T18:00:00+02:00", rehearsed=True)
    (tmp_path / "bad.jsonl").write_text("no log\n")
    assert ids(tmp_path) == ["a", "bad.jsonl"]
    assert ids(tmp_path, rehearsed=True) == ["b", "a", "bad.jsonl"]
    with History(tmp_path) as history:
        record = history.session("a")
        assert record is not None
        name = record.names[0]
        for wanted, found in (
            (Filter(athlete=name), ["a"]),
            (Filter(athlete="nobody"), []),
            (Filter(text=f"{name.upper()} {record.workout[:3]}"), ["a"]),
            (Filter(text="zebra"), []),
            (Filter(kind=record.kind, workout=record.workout, month="2026-09"), ["a"]),
            (Filter(month="2026-10"), []),
            (Filter(since=date(2026, 9, 2)), []),
            (Filter(since=date(2026, 9, 2), rehearsed=True), ["b"]),
            (Filter(distance_mm=record.reps[0].distance_mm, rehearsed=True), ["b", "a"]),
        ):
            assert [entry.id for entry in history.entries(wanted)] == found, wanted
        assert [session.reps for session in history.sessions(Filter(athlete=name))] == [record.reps_of(name)]
        assert name in history.names()


def test_sessions_are_called_by_number_day_or_beginning(tmp_path: Path) -> None:
    with History(tmp_path) as history, pytest.raises(KicktimerError, match="no sessions yet"):
        history.resolve("1", date(2026, 9, 1))
    save(tmp_path, "2026-09-01T180000-aaa", seq=1, started="2026-09-01T18:00:00+02:00")
    save(tmp_path, "2026-09-02T180000-bbb", seq=2, started="2026-09-02T18:00:00+02:00")
    save(tmp_path, "2026-09-02T200000-ccc", seq=3, started="2026-09-02T20:00:00+02:00")
    with History(tmp_path) as history:
        today = date(2026, 9, 1)
        for name, found in (
            ("1", "ccc"),
            ("3", "aaa"),
            ("today", "aaa"),
            ("2026-09-01", "aaa"),
            ("2026-09-02T18", "bbb"),
        ):
            assert history.resolve(name, today).id.endswith(found), name
        for name, message in (("4", "no session 4"), ("2026-09-02", "may be 2 sessions"), ("x", "no session x")):
            with pytest.raises(KicktimerError, match=message):
                history.resolve(name, today)


def test_hidden_sessions_and_merged_names_are_the_coachs_choice(tmp_path: Path) -> None:
    save(tmp_path, "a", seq=1)
    save(tmp_path, "b", seq=2)
    with History(tmp_path) as history:
        name, other = history.names()[:2]
    choices = ReviewChoices().hide("a", hidden=True).merge(name, "Zoe")
    save_choices(tmp_path, choices)
    assert load_choices(tmp_path) == choices
    with History(tmp_path) as history:
        assert [session.id for session in history.sessions(Filter())] == ["b"]
        assert history.names() == sorted({*history.names(), "Zoe"} - {name})
        (session,) = history.sessions(Filter(athlete="Zoe"))
        assert session.names == ("Zoe",)
        assert [entry.id for entry in history.entries()] == ["b", "a"], "a hidden session stays in the list"
        assert "Zoe" in (history.session("b") or session).names
        assert name in (history.logged_session("b") or session).names
    save_choices(tmp_path, choices.hide("a", hidden=False).merge(name, other))
    with History(tmp_path) as history:
        assert [session.id for session in history.sessions(Filter())] == ["b", "a"]
        assert name in next(history.sessions(Filter())).names, "two who ran side by side are two"
    save_choices(tmp_path, choices.merge(name, None))
    with History(tmp_path) as history:
        assert name in history.names()


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"hidden": [1]}', '{"merged": {"a": 1}}', '{"merged": []}', "1", "[" * 9999]
)
def test_faulty_choices_are_named_and_never_replaced(tmp_path: Path, text: str) -> None:
    save(tmp_path, "a")
    (tmp_path / "review.json").write_text(text)
    with History(tmp_path) as history:
        assert [entry.id for entry in history.entries()] == ["a"], "the list does not need it"
        with pytest.raises(KicktimerError, match=r"review\.json is damaged"):
            list(history.sessions(Filter()))
    assert (tmp_path / "review.json").read_text() == text
