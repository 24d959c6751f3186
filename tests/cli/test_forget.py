"""`kicktimer forget`: a name goes out of every log, and nothing else changes."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.sample_season import save_season
from kicktimer.cli import main
from kicktimer.history import ReviewChoices, load_choices, save_choices
from kicktimer.journal import Disk, has_name, without_names
from tests.exports.records import texts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    save_season(tmp_path / "logs", sessions=4, athletes=5)
    return tmp_path / "logs"


def rows(logs: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    capsys.readouterr()
    assert main(["export", "--all", "--log-dir", str(logs)]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def forget(logs: Path, name: str, *arguments: str) -> int:
    return main(["forget", name, *arguments, "--log-dir", str(logs)])


def mentions(logs: Path, word: str) -> list[str]:
    return [path.name for path in logs.iterdir() if word.encode() in path.read_bytes()]


def test_name_goes_and_the_times_stay(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = rows(logs, capsys)
    assert forget(logs, "dana k", "--sure") == 0
    said = capsys.readouterr().err
    assert "taken out of 4 sessions" in said
    assert not mentions(logs, "Dana")
    assert rows(logs, capsys) == [
        {**row, "athlete": "(removed)"} if row["athlete"] == "Dana K" else row for row in before
    ]
    for path in logs.glob("*.jsonl"):
        header = json.loads(path.read_text().split("\n")[0])
        for athletes in (header["plan"]["athletes"], header["squad"]["athletes"]):
            removed = next(each for each in athletes if each["name"] == "(removed)")
            assert not removed.get("races")
            assert not removed.get("key")
        assert path.stat().st_mode & 0o077 == 0
    assert forget(logs, "Matan", "--sure") == 0
    assert {row["athlete"] for row in rows(logs, capsys)} >= {"(removed)", "(removed 2)"}
    assert main(["kick", "(removed)", "--log-dir", str(logs)]) == 1, "nobody is called so"


def test_spellings_that_were_merged_go_too(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_choices(logs, ReviewChoices(merged={"Matan": "Dana K", "=SUM(A1)": "Sam"}))
    assert forget(logs, "Dana K", "--sure") == 0
    assert not mentions(logs, "Dana")
    assert not mentions(logs, "Matan")
    assert load_choices(logs).merged == {"=SUM(A1)": "Sam"}
    assert {row["athlete"] for row in rows(logs, capsys)} >= {"(removed)", "(removed 2)"}


def test_name_is_asked_for(logs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path: path.read_bytes() for path in logs.glob("*.jsonl")}
    assert forget(logs, "Dana K") == 1, "nobody can be asked"
    for answer, status in (("y\n", 1), ("\n", 1), ("", 1)):
        monkeypatch.setattr(sys, "stdin", type("Terminal", (io.StringIO,), {"isatty": lambda _: True})(answer))
        assert forget(logs, "Dana K") == status
        assert {path: path.read_bytes() for path in logs.glob("*.jsonl")} == before
    assert forget(logs, "Nobody", "--sure") == 1
    assert "is in no saved session" in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdin", type("Terminal", (io.StringIO,), {"isatty": lambda _: True})("Dana K\n"))
    assert forget(logs, "Dana K") == 0
    assert not mentions(logs, "Dana")


def test_damaged_log_is_named_and_left(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damaged, torn, *_ = sorted(logs.glob("*.jsonl"))
    lines = damaged.read_bytes().split(b"\n")
    damaged.write_bytes(b"\n".join([*lines[:5], b"{nonsense", *lines[6:]]))
    torn.write_bytes(torn.read_bytes()[:-20])
    content = damaged.read_bytes()
    assert forget(logs, "Dana K", "--sure") == 1
    said = capsys.readouterr().err
    assert f"the name is still in {damaged.name}: it is damaged in line 6" in said
    assert damaged.read_bytes() == content
    assert mentions(logs, "Dana") == [damaged.name]


def test_log_of_a_running_session_stops_everything(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = sorted(logs.glob("*.jsonl"))[1]
    descriptor = Disk().reopen(path)
    try:
        assert forget(logs, "Dana K", "--sure") == 1
    finally:
        Disk().close(descriptor)
    assert "in use by a session that runs" in capsys.readouterr().err
    assert len([name for name in mentions(logs, "Dana") if name.endswith(".jsonl")]) == 4


def test_write_that_fails_leaves_the_log(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path: path.read_bytes() for path in logs.glob("*.jsonl")}

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kicktimer.cli.forget.atomic_write", full)
    assert forget(logs, "Dana K", "--sure") == 1
    assert {path: path.read_bytes() for path in logs.glob("*.jsonl")} == before


WORDS = ("a", "tapped", "finish", "then", "and", "again", "mile")
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(
    values,
    st.dictionaries(texts, values, max_size=3),
    texts.filter(lambda name: name.casefold() not in WORDS),
)
def test_no_name_is_left_in_a_fact(value: Any, targets: dict[str, Any], name: str) -> None:
    fact = {
        "event": "tapped", "mark": "finish", "note": {"event": f"{name} mile"},
        "text": f"then {name}, and {name} again", "targets": {**targets, name: {name: 1}},
        "reps": [{"targets": {name: 1}, "key": value}], "athlete": {"name": name, "races": {"1500": 1}},
    }  # fmt: skip
    changed = without_names(fact, {name: "\u2205"})
    assert not has_name(changed, [name])
    assert (changed["event"], changed["mark"]) == ("tapped", "finish"), "words of the format"
    assert changed["note"] == {"event": "\u2205 mile"}
    assert changed["text"] == "then \u2205, and \u2205 again"
    assert changed["athlete"] == {"name": "\u2205"}
    assert changed["targets"].keys() >= {"\u2205"}
    assert has_name(fact, [name])


def test_name_inside_another_name_leaves_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    (tmp_path / "a.csv").write_text(
        "date,workout,athlete,distance_m,time\n2026-09-01,Ann's 400s,Ann,400,63\n2026-09-01,Ann's 400s,Ann B,400,64\n"
        "2026-09-01,Ann's 400s,Free,400,65\n"
    )
    logs = tmp_path / "logs"
    assert main(["import", str(tmp_path / "a.csv"), "--log-dir", str(logs)]) == 0
    for name, left in (("Ann", ["(removed)", "Ann B", "Free"]), ("Free", ["(removed)", "Ann B", "(removed 2)"])):
        assert forget(logs, name, "--sure") == 0
        [path] = logs.glob("*.jsonl")
        assert [each["name"] for each in json.loads(path.read_text().split("\n")[0])["squad"]["athletes"]] == left
    assert '"name":"(removed)\'s 400s"' in path.read_text()


def test_name_with_quotes_and_in_the_event_of_a_race_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    logs = tmp_path / "logs"
    race = ["race", "--runner", 'Änn "Q"', "--event", 'Änn "Q" mile', "--time", "4:02.5", "--log-dir", str(logs)]
    assert main(race) == 0
    assert forget(logs, 'Änn "Q"', "--sure") == 0
    [path] = logs.glob("*.jsonl")
    assert "Änn" not in path.read_text()
