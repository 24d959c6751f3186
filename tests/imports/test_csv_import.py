"""`kicktimer import`: what was exported comes back the same, other tables are read, faults have their places."""

from __future__ import annotations

import csv
import io
import json
import sys
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.sample_season import save_season
from kicktimer.cli import main
from kicktimer.errors import FaultsError
from kicktimer.exports.rows import csv_lines
from kicktimer.imports.csv_rows import UnclearDatesError, read_rows
from kicktimer.imports.csv_sessions import gather_sessions
from kicktimer.imports.csv_table import read_table
from kicktimer.imports.session_log import session_log
from kicktimer.plan import load
from kicktimer.results import replay, results
from kicktimer.review.records import SessionRecord, session_record
from tests.exports.records import session_records

if TYPE_CHECKING:
    from pathlib import Path

CHANGED_BY_AN_IMPORT = {"session", "by", "recovery_ms"}


def imported(data: bytes) -> list[SessionRecord]:
    """Returns the records of the logs that a file becomes."""
    table = read_table(data, "file.csv")
    found = []
    for session in gather_sessions(table, read_rows(table, None).rows):
        fields, facts = session_log(session)
        plan = load(json.loads(json.dumps(fields["plan"])))
        header = {"id": "i", "started": session.date or session.moment.isoformat(), "app": "import"}
        found.append(session_record(header, plan, results(replay(plan, json.loads(json.dumps(facts))))))
    return found


def rows(text: str) -> list[dict[str, str]]:
    return [
        {name: cell for name, cell in row.items() if name not in CHANGED_BY_AN_IMPORT}
        for row in csv.DictReader(io.StringIO(text))
    ]


def by_place(found: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(found, key=lambda row: (row["group"], int(row["rep"]), row["athlete"]))


@given(session_records())
def test_export_comes_back_the_same(session: SessionRecord) -> None:
    text = "".join(csv_lines([session]))
    again = imported(text.encode())
    assert by_place(rows("".join(csv_lines(again)))) == by_place(rows(text))
    assert all(rep.by in ("corrected", None) for rep in again[0].reps)
    assert again[0].imported


@given(
    session_records(), st.sampled_from([";", "\t"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.booleans()
)
def test_file_of_a_spreadsheet_says_the_same(session: SessionRecord, delimiter: str, code: str, returns: bool) -> None:
    text = "".join(csv_lines([session]))
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n" if returns else "\n")
    writer.writerows(csv.reader(io.StringIO(text)))
    assert imported(buffer.getvalue().encode(code)) == imported(text.encode())


@given(session_records(), st.data())
def test_who_joins_late_moves_or_returns_comes_back(session: SessionRecord, data: st.DataObject) -> None:
    reps = tuple(replace(rep, closing=False) for rep in session.reps if data.draw(st.integers(0, 3))) or session.reps
    moved = replace(session, reps=reps)
    text = "".join(csv_lines([moved]))
    found = by_place(rows("".join(csv_lines(imported(text.encode())))))
    kept = {(row["group"], row["rep"], row["athlete"]) for row in rows(text)}
    assert [row for row in found if (row["group"], row["rep"], row["athlete"]) in kept] == by_place(rows(text))
    assert all(row["status"] == "dropped" for row in found if (row["group"], row["rep"], row["athlete"]) not in kept)


# -- the program


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("TZ", "UTC")
    return tmp_path


def run(home: Path, text: str | bytes, *arguments: str, logs: str = "logs") -> int:
    file = home / "file.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return main(["import", str(file), *arguments, "--log-dir", str(home / logs)])


def shown(home: Path, capsys: pytest.CaptureFixture[str], *arguments: str, logs: str = "logs") -> str:
    capsys.readouterr()
    assert main([*arguments, "--log-dir", str(home / logs)]) == 0
    return capsys.readouterr().out


def test_season_is_the_same_in_another_place(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_season(home / "logs", sessions=5, athletes=7)
    text = shown(home, capsys, "export", "--all")
    assert run(home, text, logs="other") == 0
    assert by_session(shown(home, capsys, "export", "--all", logs="other")) == by_session(text)
    files = sorted((home / "other").glob("*.jsonl"))
    assert len(files) == 5
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)
    for logs in ("other", "logs"):
        assert run(home, text, logs=logs) == 0, "the same file again"
        assert run(home, text.replace("\n", "\r\n"), logs=logs) == 0
    assert sorted((home / "other").glob("*.jsonl")) == files
    assert not [path for path in (home / "other").iterdir() if path.name.startswith(".new-")]


def by_session(text: str) -> list[dict[str, str]]:
    return sorted(rows(text), key=lambda row: (row["date"], row["group"], int(row["rep"]), row["athlete"]))


def test_table_of_a_coach_is_read(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = (
        "\ufeffDate;Name;Distance;Time;Weather\r\n1.9.2026;Dana;400;63,5;windy\r\n1.9.2026;Dana;400;1:04,1;windy\r\n"
        "1.9.2026;Matan;400 m;61.2h;windy\r\n;;;;\r\n1.9.2026;Matan;400;DNF;calm\r\n"
    )
    assert run(home, table) == 0
    assert "1 session with 3 times" in capsys.readouterr().err
    found = rows(shown(home, capsys, "export", "--all"))
    assert [(row["athlete"], row["rep"], row["time_ms"], row["status"]) for row in found] == [
        ("Dana", "1", "63500", "timed"), ("Matan", "1", "61200", "timed"), ("Dana", "2", "64100", "timed"),
        ("Matan", "2", "", "dropped"),
    ]  # fmt: skip
    assert {row["date"][:16] for row in found} == {"2026-09-01T12:00"}
    assert "note: Weather, Matan, rep 2: calm" in shown(home, capsys, "show")


def test_different_distances_are_different_groups(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = "date,athlete,distance_m,time\n2026-09-01,Dana,400,63\n2026-09-01,Matan,600,99\n2026-09-01,Matan,200,30\n"
    assert run(home, table) == 0
    found = {(row["athlete"], row["group"]) for row in rows(shown(home, capsys, "export", "--all"))}
    assert found == {("Dana", "Dana"), ("Matan", "Matan")}


def test_every_fault_is_named_with_its_place_and_nothing_is_imported(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = "date,athlete,distance_m,time_ms,relaxation\n2026-09-01,Dana,400,63000,3\n31.2.2026,,four,-1,9\n"
    assert run(home, table) == 1
    said = capsys.readouterr().err
    assert [line.split(" ")[0] for line in said.splitlines() if line.startswith("file.csv:")] == [
        "file.csv:3:1:", "file.csv:3:11:", "file.csv:3:12:", "file.csv:3:17:", "file.csv:3:20:",
    ]  # fmt: skip
    assert not (home / "logs").exists()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "the file is empty"),
        ("date,athlete,distance_m,time\n", "there is no row"),
        ("athlete,time\nDana,63\n", "there is no column date"),
        ("date,athlete,distance_m,time,time\n2026-09-01,D,400,63,63\n", "is there twice"),
        ("date,athlete,distance_m,time,rep\n2026-09-01,D,400,63,1\n2026-09-01,D,400,64,1\n", "twice, also in line 2"),
        (
            "date,athlete,distance_m,time,group,rep\n2026-09-01,D,400,63,A,1\n2026-09-01,E,600,64,A,1\n",
            "another length",
        ),
        ('date,athlete,distance_m,time\n2026-09-01,D,400,"63\n', "cannot be read"),
        (b"\x00\x01PK", "is no text"),
        ("date,athlete,distance_m,time\n2026-09-01,D,400,63,5\n", "more cells than columns"),
        ("date,athlete,distance_m,time_ms\n2026-09-01,D,400,63.5\n", "nobody runs 400 m in"),
        ("date,athlete,distance_m,time\n2026-09-01,D,400,63500\n", "nobody runs 400 m in"),
        ("date;athlete;distance_m;time\n2026-09-01;D;1,500;240\n", "1500?"),
        ("date,athlete,distance_m,time,splits\n2026-09-01,D,400,63,200=70000\n", "is not before the finish"),
        ("date,athlete,distance_m,time,status\n2026-09-01,D,400,63,missed\n", "and there is a time"),
    ],
)
def test_table_with_a_fault_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str], table: str | bytes, said: str
) -> None:
    status = run(home, table)
    assert said in capsys.readouterr().err
    assert status == 1


UNCLEAR = "date,athlete,distance_m,time\n9/1/2026,Dana,400,63.5\n"


def test_unclear_dates_are_asked_about(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(home, UNCLEAR) == 1
    assert "--dates dmy" in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdin", type("Terminal", (io.StringIO,), {"isatty": lambda _: True})("m\n"))
    assert run(home, UNCLEAR) == 0
    assert "Do its dates begin with the day or with the month?" in capsys.readouterr().err
    assert rows(shown(home, capsys, "export", "--all"))[0]["date"].startswith("2026-09-01")
    assert run(home, UNCLEAR, "--dates", "dmy", logs="other") == 0
    assert rows(shown(home, capsys, "export", "--all", logs="other"))[0]["date"].startswith("2026-01-09")
    assert run(home, UNCLEAR + "13/1/2026,Dana,400,63.5\n", logs="third") == 0, "another date of the file says it"


def test_text_that_is_no_utf_8_is_read_as_windows_text(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "date;athlete;distance_m;time\n2026-09-01;Söhne;400;63,5\n".encode("cp1252")) == 0
    assert "is no UTF-8" in capsys.readouterr().err
    assert rows(shown(home, capsys, "export", "--all"))[0]["athlete"] == "Söhne"


def test_session_that_was_imported_with_other_times_stays(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_season(home / "logs", sessions=1, athletes=2)
    text = shown(home, capsys, "export", "--all")
    assert run(home, text, logs="other") == 0
    first = rows(text)[0]["time_ms"]
    assert run(home, text.replace(f",{first},", ",99999,", 1), logs="other") == 0
    assert "imported before, with other times" in capsys.readouterr().err
    assert len(list((home / "other").glob("*.jsonl"))) == 1


# -- hostile files

PIECES = (
    ",", ";", '"', "\n", "\r", "'", "=", ":", ".", "-", "0", "9" * 30, "e5", "\t", "\0", "é", "dropped", "skipped",
    "0x1", "nan", "inf", "2026-02-30", "1/2/3", "\u202e", " ", "200=1", "\ufeff",
)  # fmt: skip
SAMPLE = (
    "session,date,workout,group,set,rep,distance_m,duration_s,closing,athlete,target_ms,time_ms,time,splits,effort,"
    "status,wind\ns1,2026-09-01T18:00:00+02:00,8x400,A,1,1,400,,no,Dana,63520,63700,1:03.7h,200=31800,7,timed,+1\n"
    "s1,2026-09-01T18:00:00+02:00,8x400,A,1,2,400,,yes,Dana,63520,,,,,missed,\n"
    's2,2.9.2026,6x200,A,1,1,200,,no,Matan,,"31,2",,,,,\n'
)


@st.composite
def changed_files(draw: st.DrawFn) -> bytes:
    """Draws the sample with one to four changes of its characters, and at times of its bytes."""
    text = SAMPLE
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(text)))
        end = min(len(text), begin + draw(st.integers(0, 6)))
        text = text[:begin] + draw(st.sampled_from(PIECES)) + text[end:]
    data = text.encode(draw(st.sampled_from(["utf-8", "utf-16", "cp1252"])), "replace")
    at = draw(st.integers(0, len(data)))
    return data[:at] + draw(st.binary(max_size=2)) + data[at:]


@given(changed_files())
def test_changed_file_becomes_sessions_or_faults(data: bytes) -> None:
    with suppress(FaultsError, UnclearDatesError):
        for record in imported(data):
            assert record.reps
