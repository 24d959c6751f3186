"""`export`, `correct` and `kick` on saved sessions."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from kicktimer.cli import main
from kicktimer.exports.rows import COLUMNS

SQUAD = """
name: S
athletes:
  - {name: Ann, races: {1500m: 4:00}, kick: {fresh_200m: 27.0, start: standing, on: 2026-08-20, goal_last_200m: 28.5}}
  - {name: "=Bob", races: {1500m: 4:10}}
"""


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with three sessions of two athletes. They count, as if they had been run."""
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    (tmp_path / "squad.yaml").write_text(SQUAD)
    logs = tmp_path / "logs"
    for day in (1, 8, 15):
        path = logs / f"s{day}.jsonl"
        assert main(["rehearse", "6x200 @1500 r30", "--squad", str(tmp_path / "squad.yaml"), "--log", str(path)]) == 0
        header, facts = path.read_text().split("\n", 1)
        fields = {**json.loads(header), "id": f"s{day}", "started": f"2026-09-{day:02}T18:00:00+02:00", "seq": day}
        fields |= {"app": "kicktimer", "clock": {"name": "boottime"}, "rehearsed": False}
        path.write_text(f"{json.dumps(fields)}\n{facts}")
    return logs


def shown(logs: Path, capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert main([*arguments, "--log-dir", str(logs)]) == status
    return capsys.readouterr()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_has_a_row_for_each_athlete_and_rep(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, _ = shown(logs, capsys, "export", "s1")
    found = rows(text)
    assert tuple(found[0]) == COLUMNS
    assert len(found) == 2 * 6
    first, last = found[0], found[-2]
    assert first | {"session": "s1", "athlete": "Ann", "target_ms": "32000", "time_ms": "32000"} == first
    assert (first["time"], first["difference_ms"], first["distance_m"], first["closing"]) == (
        "32.0h",
        "0",
        "200",
        "no",
    )
    assert (first["recovery_ms"], first["status"], first["by"]) == ("31333", "timed", "key")
    assert last["closing"] == "yes"
    assert found[1]["athlete"] == "'=Bob", "a spreadsheet would take it for a formula"


def test_athlete_and_days_choose_what_is_exported(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, _ = shown(logs, capsys, "export", "--athlete", "Ann", "--since", "2026-09-05")
    assert {(row["session"], row["athlete"]) for row in rows(text)} == {("s8", "Ann"), ("s15", "Ann")}
    text, _ = shown(logs, capsys, "export", "s1", "--athlete", "ann")
    assert {(row["session"], row["athlete"]) for row in rows(text)} == {("s1", "Ann")}
    text, _ = shown(logs, capsys, "export", "--all")
    assert len(rows(text)) == 3 * 2 * 6
    for arguments in (("export",), ("export", "s1", "--all")):
        shown(logs, capsys, *arguments, status=2)
    _, err = shown(logs, capsys, "export", "--athlete", "Zoe", status=1)
    assert "one of =Bob, Ann" in err
    shown(logs, capsys, "export", "s9", status=1)


def test_json_is_one_document(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, _ = shown(logs, capsys, "export", "--all", "--to", "json")
    document: dict[str, Any] = json.loads(text)
    assert document["kicktimer_export"] == 1
    assert [session["id"] for session in document["sessions"]] == ["s15", "s8", "s1"]
    rep = document["sessions"][0]["reps"][-2]
    assert rep | {"athlete": "Ann", "rep": 6, "closing": True, "time_ms": 32000} == rep


def test_export_to_a_file_is_whole_or_not_there(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.csv"
    shown(logs, capsys, "export", "--all", "-o", str(path))
    whole = path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    monkeypatch.setattr("kicktimer.exports.rows._cells", lambda *_: 1 / 0)
    shown(logs, capsys, "export", "--all", "-o", str(path), status=3)
    assert path.read_bytes() == whole
    assert sorted(each.name for each in tmp_path.iterdir() if each.name.startswith(".out")) == []
    monkeypatch.undo()
    shown(logs, capsys, "export", "--all", "-o", str(logs / "s1.jsonl"), status=2)


def test_correction_note_and_rating_are_added_and_the_original_stays(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (logs / "s8.jsonl").read_bytes()
    add = ("correct", "2", "--athlete", "Ann", "--rep", "6")
    shown(logs, capsys, *add, "--time", "31.2", "--rate", "4", "--note", "wind \x1b]0;x\x07in the back straight")
    shown(logs, capsys, *add, "--time", "15.5", "--mark", "100m")
    after = (logs / "s8.jsonl").read_bytes()
    assert after.startswith(before)
    text, _ = shown(logs, capsys, "show", "--json", "s8")
    document = json.loads(text)
    result = document["reps"][-1]["athletes"]["Ann"]
    assert (result["time"], result["splits"], result["by"]) == (31_200, {"100": 15_500}, "corrected")
    assert [rating["relaxation"] for rating in document["ratings"]] == [4]
    assert "\x1b" not in text
    facts = [json.loads(line) for line in after.splitlines()[1:]]
    assert [fact["n"] for fact in facts] == [*range(1, len(facts) + 1)]
    assert {fact["t"] for fact in facts[-4:]} == {facts[-5]["t"]}
    row = next(row for row in rows(shown(logs, capsys, "export", "s8")[0]) if row["rep"] == "6")
    assert row["splits"] == "100=15500"
    assert (row["time"], row["by"], row["relaxation"]) == ("31.2h", "corrected", "4")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ((), 2, "nothing to correct"),
        (("--time", "64"), 2, "whose time"),
        (("--athlete", "Ann", "--rep", "6", "--time", "64,5"), 2, "--time"),
        (("--athlete", "Ann", "--rep", "6", "--time", "0"), 2, "no time of a rep"),
        (("--athlete", "Ann", "--rep", "60", "--time", "64"), 1, "Ann has not run rep 60"),
        (("--athlete", "Zoe", "--rep", "6", "--time", "64"), 1, "Zoe"),
        (("--athlete", "Ann", "--rep", "6", "--time", "64", "--mark", "500m"), 1, "no mark"),
        (("--athlete", "Ann", "--rep", "6", "--time", "64", "--mark", "x"), 2, "--mark"),
        (("--note", " "), 2, "an empty note"),
    ],
)
def test_correction_that_makes_no_sense_changes_nothing(
    logs: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], status: int, message: str
) -> None:
    before = (logs / "s8.jsonl").read_bytes()
    _, err = shown(logs, capsys, "correct", "s8", *arguments, status=status)
    assert message in err
    assert (logs / "s8.jsonl").read_bytes() == before


def test_kick_report_in_words_and_as_json(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, _ = shown(logs, capsys, "kick", "Ann")
    assert "32.0" in text
    assert all(len(line) <= 80 for line in text.splitlines())
    report = json.loads(shown(logs, capsys, "kick", "ann", "--json")[0])
    assert report["athlete"] == "Ann"
    assert report["tired_200"]["mean"] == 32_000
    assert [session["id"] for session in report["tired_200"]["sessions"]] == ["s1", "s8", "s15"]
    assert report["trend"]["verdict"] == "too few"
    assert report["fresh_200"] == {"time": 27_000, "start": "standing", "from": "squad, 2026-08-20"}
    assert report["gap"] == {"to_fresh": 5000, "to_goal": 3500}
    _, err = shown(logs, capsys, "kick", "Zoe", status=1)
    assert "one of" in err


@pytest.mark.parametrize("distance", ["400m", "800m", "1500m", "mile", "3000m", "5k"])
def test_last_200_of_a_race_over_any_distance_is_in_the_report(
    logs: Path, capsys: pytest.CaptureFixture[str], distance: str
) -> None:
    shown(
        logs,
        capsys,
        "race",
        "--runner",
        "Ann",
        "--distance",
        distance,
        "--time",
        "16:00",
        "--last200",
        "29.8",
        "--sure",
    )
    (race,) = json.loads(shown(logs, capsys, "kick", "Ann", "--json")[0])["race_200"]
    assert (race["time"], race["whose"]) == (29_800, "Ann")


def test_race_that_was_typed_in_is_saved_and_set_beside_the_training(
    logs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    ann = ("race", "--runner", "Ann", "--time", "4:02.5", "--last200", "29.8", "--name", "Club", "--date", "2026-09-20")
    shown(logs, capsys, *ann)
    shown(logs, capsys, "race", "--runner", "Kerr", "--time", "3:34.5", "--last200", "26.0", "--name", "Miami")
    report = json.loads(shown(logs, capsys, "kick", "Ann", "--json")[0])
    assert [(race["name"], race["time"], race["whose"]) for race in report["race_200"]] == [
        ("Club", 29_800, "Ann"),
        ("Miami", 26_000, "Kerr"),
    ]
    entries = json.loads(shown(logs, capsys, "list", "--json")[0])
    assert [entry["race"] for entry in entries] == [True, True, False, False, False]
    header = json.loads(Path(entries[1]["file"]).read_text().splitlines()[0])
    assert header["race"] == {"distance": 1500.0, "name": "Club", "event": ""}
    assert header["started"].startswith("2026-09-20T12:00")
    document = json.loads(shown(logs, capsys, "show", "--json", "2")[0])
    result = document["reps"][0]["athletes"]["Ann"]
    assert (result["time"], result["splits"], result["by"]) == (242_500, {"1300": 212_700}, "corrected")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("--time", "3:34.5", "--last200", "16.0"), 1, "faster than anybody"),
        (("--time", "3.58"), 2, "3:58?"),
        (("--time", "3:58", "--last200", "5:00"), 2, "longer than the whole race"),
        (("--distance", "200m"), 2, "no last 200 m"),
        (("--last200", "27"), 2, "needs --time"),
        (("--time", "3:58", "--runner", "A", "--runner", "B"), 2, "one runner's"),
        (("--time", "3:58", "--runner", "A", "--runner", "A"), 2, "name of their own"),
        (("--time", "3:58", "--date", "1.9."), 2, "no day"),
    ],
)
def test_race_whose_figures_cannot_be_is_asked_about(
    logs: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], status: int, message: str
) -> None:
    before = sorted(logs.iterdir())
    _, err = shown(logs, capsys, "race", *arguments, status=status)
    assert message in err
    assert sorted(logs.iterdir()) == before
    if status == 1:
        shown(logs, capsys, "race", *arguments, "--sure")
        assert len(sorted(logs.iterdir())) == len(before) + 1


def test_compare_sessions_athletes_and_seasons(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown(logs, capsys, "correct", "s8", "--athlete", "Ann", "--rep", "1", "--time", "31.2")
    text, _ = shown(logs, capsys, "compare", "s1", "s8")
    assert text.splitlines()[0] == "6x200 @1500 r30"
    first = next(line for line in text.splitlines() if line.startswith("1 200m"))
    assert first.split() == ["1", "200m", "32.0h", "31.3", "~31.2", "32.1", "-0.8"]
    text, _ = shown(logs, capsys, "compare", "ann", "=Bob")
    assert text.splitlines()[0] == "6x200 @1500 r30 · 2026-09-15"
    assert "32.0h" in text
    assert "33.4h" in text
    text, _ = shown(logs, capsys, "compare", "Ann")
    assert "Ann has no time of a rep in 2025" in text
    shown(logs, capsys, "compare", "s1", "s8", "s15", status=2)
    shown(logs, capsys, "compare", "s1", "s9", status=1)
    shown(logs, capsys, "compare", "Zoe", status=1)


def test_show_says_that_a_session_was_resumed(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = logs / "s1.jsonl"
    lines = path.read_text().splitlines()
    last = json.loads(lines[-2])
    resumed = {"n": last["n"] + 1, "t": last["t"], "wall": "", "event": "resumed", "gap": 245_000, "basis": "wall"}
    path.write_text("\n".join([*lines[:-1], json.dumps(resumed)]) + "\n")
    text, _ = shown(logs, capsys, "show", "s1")
    assert text.splitlines()[-1] == "resumed after 4:05 without the program, or asleep"
