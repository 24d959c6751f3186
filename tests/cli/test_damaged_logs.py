"""`list`, `show` and `repair` of logs that are damaged, and of file names that are not what they seem."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kicktimer.cli import main

LOGS = Path(__file__).parents[1] / "journal" / "logs"


@pytest.fixture
def lines() -> list[bytes]:
    """The lines of a log of many facts."""
    return max((path.read_bytes() for path in LOGS.glob("*.jsonl")), key=len).splitlines(keepends=True)


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    out, err = capsys.readouterr()
    return status, out, err


def test_sound_part_of_a_damaged_log_is_shown_and_repaired(
    tmp_path: Path, lines: list[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cut").mkdir()
    cut = tmp_path / "cut" / "log.jsonl"
    cut.write_bytes(b"".join(lines[:30]))
    damaged = tmp_path / "log.jsonl"
    damaged.write_bytes(b"".join([*lines[:30], b"rubbish\n", *lines[31:]]))
    _, expected, _ = shown(capsys, "show", str(cut))
    status, out, err = shown(capsys, "show", str(damaged))
    assert (status, out) == (1, expected)
    assert "log.jsonl:31: this line is damaged: it is not JSON" in err
    assert f"kicktimer repair {damaged}" in err

    status, _, err = shown(capsys, "repair", str(damaged))
    assert status == 0
    assert damaged.read_bytes() == b"".join([*lines[:30], b"rubbish\n", *lines[31:]])
    repaired = tmp_path / "log-repaired.jsonl"
    assert repaired.stat().st_mode & 0o077 == 0
    assert shown(capsys, "show", str(repaired)) == (0, expected, "")
    _, out, _ = shown(capsys, "list", "--json", "--log-dir", str(tmp_path))
    assert [(entry["file"], entry["problem"]) for entry in json.loads(out)] == [(str(repaired), None)]

    status, _, err = shown(capsys, "repair", str(damaged))
    assert status == 1
    assert "is there already" in err
    status, _, err = shown(capsys, "repair", str(repaired))
    assert status == 0
    assert "nothing to repair" in err


def test_fact_that_does_not_fit_ends_the_sound_part(
    tmp_path: Path, lines: list[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log.jsonl"
    stray = {"n": 20, "t": 1, "event": "deleted", "tap": 99_999, "group": "A"}
    path.write_bytes(b"".join([*lines[:20], json.dumps(stray).encode() + b"\n", *lines[21:]]))
    status, _, err = shown(capsys, "show", str(path))
    assert status == 1
    assert "log.jsonl:21: this line is damaged: " in err
    assert "The 19 entries before it are sound" in err
    assert shown(capsys, "repair", str(path))[0] == 0


def test_one_bad_log_hides_no_other(tmp_path: Path, lines: list[bytes], capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "good.jsonl").write_bytes(b"".join(lines))
    header = json.loads(lines[0])
    for name, change in (
        ("a", {"plan": None}), ("b", {"plan": {"name": "x", "groups": [1]}}), ("c", {"plan": {"name": []}}),
        ("d", {"kicktimer_log": 9}), ("e", {"started": 5}), ("f", {"plan": []}),
    ):  # fmt: skip
        (tmp_path / f"{name}.jsonl").write_bytes(json.dumps({**header, "id": name, **change}).encode() + b"\n")
    (tmp_path / "g\x1b]0;title\x07\x9b31m\n.jsonl").write_bytes(b"no log\n")
    (tmp_path / "h\udcff.jsonl").write_bytes(b"")
    status, out, err = shown(capsys, "list", "--log-dir", str(tmp_path))
    assert status == 0
    assert header["id"] in out
    assert len(out.split("\n\n")[0].splitlines()) == 2 + 8, "e, which has no rep, is left out and counted"
    status, out, err = shown(capsys, "list", "--json", "--log-dir", str(tmp_path))
    assert len(json.loads(out)) == 9
    assert all(char == "\n" or char.isprintable() for char in out + err)
    assert shown(capsys, "show", header["id"], "--log-dir", str(tmp_path))[0] == 0
