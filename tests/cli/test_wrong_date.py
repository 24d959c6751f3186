"""A wall clock that is wrong, as on a Raspberry Pi without a battery: `list`, `show` and the doctor."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kicktimer import RELEASE_YEAR
from kicktimer.cli import doctor, main
from kicktimer.cli.doctor import _date_command
from kicktimer.system_clock import system_clock

SAVED_LOG = Path(__file__).parents[1] / "journal/logs/arrivals_change.jsonl"


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty log directory. Settings and data of the user are not read."""
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    return tmp_path


def save(directory: Path, name: str, seq: int | None, started: str) -> None:
    """Writes a log that can be shown, with another header."""
    header, facts = SAVED_LOG.read_text(encoding="utf-8").split("\n", 1)
    fields = {**json.loads(header), "id": name, "started": started, **({} if seq is None else {"seq": seq})}
    (directory / f"{name}.jsonl").write_text(f"{json.dumps(fields)}\n{facts}", encoding="utf-8")


def save_five(directory: Path) -> None:
    save(directory, "older", None, "2026-09-01T18:30:00+02:00")
    save(directory, "right", 1, "2026-11-20T18:30:00+01:00")
    save(directory, "ahead", 2, "2031-01-01T18:30:00+01:00")
    save(directory, "behind", 3, "2026-11-22T18:30:00+01:00")
    save(directory, "last", 4, "1970-01-01T01:00:20+01:00")


def list_json(directory: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    assert main(["list", "--log-dir", str(directory), "--json"]) == 0
    entries: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return entries


def test_list_orders_by_seq_and_flags_dates_that_cannot_be_right(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_five(logs)
    assert [(entry["id"], entry["seq"], entry["date_doubtful"]) for entry in list_json(logs, capsys)] == [
        ("last", 4, True), ("behind", 3, True), ("ahead", 2, False), ("right", 1, False), ("older", None, False),
    ]  # fmt: skip
    assert main(["list", "--log-dir", str(logs)]) == 0
    table, note = capsys.readouterr().out.split("\n\n")
    assert [row.split()[3] == "?" for row in table.splitlines()[2:]] == [True, True, False, False, False]
    assert table.splitlines()[2].split("  ", 1)[1].startswith("1970-01-01 01:00 ?  ")
    assert note.startswith("? the machine's clock was wrong: this date is before 2020, or earlier than that\n")
    assert "The order of the sessions is right all the same." in " ".join(note.split())
    assert all(len(line) <= 80 for line in note.splitlines())


def test_list_has_no_note_where_all_dates_can_be_right(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(logs, "a", None, "2026-09-01T18:30:00+02:00")
    save(logs, "b", 1, "2026-08-01T18:30:00+02:00")  # the order of sessions with and without `seq` says nothing
    save(logs, "c", 2, "no date")
    save(logs, "d", 3, "2026-08-01T18:30:00+02:00")
    save(logs, "e", 3, "2026-08-01T18:30:00+02:00")
    assert main(["list", "--log-dir", str(logs)]) == 0
    assert "?" not in capsys.readouterr().out


def test_old_log_without_seq_is_flagged_by_its_year(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(logs, "a", None, "1970-01-01T01:00:20+01:00")
    assert [entry["date_doubtful"] for entry in list_json(logs, capsys)] == [True]


def test_show_without_an_argument_shows_the_highest_seq(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_five(logs)
    assert main(["show", "--log-dir", str(logs), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "last"


def set_wall_clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(doctor, "local_time", lambda: now)


def run_doctor(directory: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Runs the doctor without sound, and returns its output as one line."""
    main(["doctor", "--sound", "off", "--log-dir", str(directory)])
    return " ".join(capsys.readouterr().out.split())


def test_doctor_accepts_a_date_that_can_be_right(
    logs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(RELEASE_YEAR, 12, 30, 18, 30).astimezone()
    set_wall_clock(monkeypatch, now)
    assert f"ok date: {RELEASE_YEAR}-12-30 18:30" in run_doctor(logs, capsys)
    save(logs, "a", 1, (now - timedelta(seconds=1)).isoformat())
    assert f"ok date: {RELEASE_YEAR}-12-30 18:30" in run_doctor(logs, capsys)


def test_doctor_reports_a_year_before_the_release(
    logs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_wall_clock(monkeypatch, datetime(1970, 1, 1, 1, 0, 20).astimezone())
    out = run_doctor(logs, capsys)
    assert "MEND date: the date is 1970-01-01 01:00, and this program is newer: set it, else sessions carry" in out
    assert "(their order is right all the same)" in out
    assert "sudo date" in out


def test_doctor_reports_a_date_before_the_last_session(
    logs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(RELEASE_YEAR, 12, 30, 18, 30).astimezone()
    set_wall_clock(monkeypatch, now)
    save(logs, "last", 2, (now + timedelta(days=1)).isoformat())
    save(logs, "first", 1, (now - timedelta(days=1)).isoformat())
    out = run_doctor(logs, capsys)
    assert (
        f"MEND date: the date is {RELEASE_YEAR}-12-30 18:30, and the last session is from {RELEASE_YEAR}-12-31" in out
    )
    save(logs, "last", 2, "9999-12-31T23:59:59-14:00")
    assert "the last session is from 9999-12-31 23:59" in run_doctor(logs, capsys)


@pytest.mark.parametrize(
    ("platform", "text"),
    [
        ("darwin", "clock: counts while the lid is closed, too"),
        ("freebsd14", "clock: counts while the machine is awake: keep the lid open"),
    ],
)
def test_doctor_says_whether_a_closed_lid_counts(
    platform: str, text: str, logs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = SimpleNamespace(monotonic=lambda: 5.0, clock_gettime=lambda _: 7.0, CLOCK_MONOTONIC_RAW=4)
    monkeypatch.setattr(doctor, "system_clock", lambda: system_clock(platform, module))
    assert f"ok {text}" in run_doctor(logs, capsys)


def test_command_that_sets_the_date(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _date_command("darwin") == "sudo date MMDDhhmmYYYY"
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert _date_command("linux") == "sudo date -s 'YYYY-MM-DD hh:mm', or with a network sudo timedatectl set-ntp true"
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert _date_command("linux") == "sudo date -s 'YYYY-MM-DD hh:mm'"
