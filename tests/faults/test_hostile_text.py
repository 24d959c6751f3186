"""Escape sequences in every input: none of them reaches the terminal, by any command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ESCAPE = "\x1b]0;PLANTED\x07\x9b31m\u202e\u200b\x7f\ud800"
NAME = f"x{ESCAPE}"
FILE_NAME = NAME.replace("\ud800", "\udcff")  # a file's name may hold a byte that is no UTF-8
LOG = max((Path(__file__).parents[1] / "journal" / "logs").glob("*.jsonl"), key=lambda path: path.stat().st_size)


def planted(value: Any) -> Any:
    """Returns a log's record with the escape sequence in every text and every key of a name."""
    if isinstance(value, dict):
        return {key: planted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [planted(item) for item in value]
    return value + ESCAPE if isinstance(value, str) else value


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with hostile files of every kind, with hostile names."""
    lines = LOG.read_text().splitlines()
    records = [json.loads(line) for line in lines]
    logs = tmp_path / "logs"
    logs.mkdir()
    keep = ("event", "kicktimer_log", "started", "wall")
    hostile = [{**planted(each), **{key: each[key] for key in keep if key in each}} for each in records]
    (logs / f"{FILE_NAME}.jsonl").write_text("\n".join(json.dumps(each) for each in hostile) + "\n")
    (logs / f"torn{FILE_NAME}.jsonl").write_text("\n".join(lines[:20]) + '\n{"n":20,"t')
    (logs / f"bad{FILE_NAME}.jsonl").write_text("\n".join([*lines[:20], ESCAPE.replace("\ud800", "")]) + "\n")
    (logs / f"none{FILE_NAME}.jsonl").write_text("no log\n")
    header = {**records[0], "id": NAME, "workout": NAME, "started": NAME, "plan": {**records[0]["plan"], "name": NAME}}
    (logs / f"header{FILE_NAME}.jsonl").write_text(json.dumps(header) + "\n")
    (logs / "noted.jsonl").write_text(
        json.dumps({**records[0], "id": "noted"}) + "\n"
        + json.dumps({"n": 1, "t": 1, "event": "noted", "text": NAME}) + "\n"
    )  # fmt: skip
    text = NAME.replace("\ud800", "")
    quoted = json.dumps(text)
    (tmp_path / f"{FILE_NAME}.yaml").write_text(
        f"name: {quoted}\nabout: {quoted}\nby: {quoted}\nsets:\n  - reps: 2\n    distance: 400m\n"
        f"cues: [{{at: countdown, say: {quoted}}}]\n"
    )
    (tmp_path / f"faulty{FILE_NAME}.yaml").write_text(f"name: {quoted}\n{quoted}: {quoted}\nsets: {quoted}\n")
    (tmp_path / f"raw{FILE_NAME}.yaml").write_text(f"name: {text}\nsets: [8x400 {text}]\n")
    (tmp_path / f"squad{FILE_NAME}.yaml").write_text(
        f"name: {quoted}\nathletes:\n  - {{name: {quoted}, races: {{1500m: 4:00}}}}\n  - {{name: b, group: {quoted}}}\n"
    )
    return tmp_path


COMMANDS = (
    ("list", "--log-dir", "logs"), ("list", "--json", "--log-dir", "logs"), ("list", "--log-dir", NAME),
    ("show", "LOG"), ("show", "--json", "LOG"), ("show", "TORN"), ("show", "BAD"), ("show", "NONE"), ("show", "HEADER"),
    ("show", "logs/noted.jsonl"), ("show", "--json", "logs/noted.jsonl"), ("show", NAME),
    ("repair", "LOG"), ("repair", "BAD"), ("repair", "TORN"), ("repair", "BAD", "-o", f"logs/{FILE_NAME}"),
    ("check", "WORKOUT"), ("check", "FAULTY"), ("check", "RAW"), ("check", "SQUAD"), ("check", NAME), ("check", "."),
    ("plan", "WORKOUT"), ("plan", "WORKOUT", "--json"), ("plan", "WORKOUT", "--share"), ("plan", "FAULTY"),
    ("plan", "WORKOUT", "--squad", "SQUAD"), ("plan", "8x400", "--squad", "SQUAD", "--json"), ("plan", NAME),
    ("plan", "8x400", "--squad", NAME), ("plan", "8x400", "--race", NAME), ("plan", f"8x400 @{NAME}"),
    ("rehearse", "WORKOUT", "--race", "1500m=4:00"), ("rehearse", "WORKOUT", "--json"),
    ("rehearse", "2x400", "--squad", "SQUAD", "--log", "logs"), ("rehearse", "2x400", "--script", NAME),
    ("squad", "SQUAD"), ("squad", "SQUAD", "--json"), ("squad", NAME), ("squad", "SQUAD", "--workout", "WORKOUT"),
    ("new", "workout", f"new{NAME}".replace("\ud800", "")), ("new", "workout", "logs"),
    ("run", NAME), ("run", "8x400", "--sound", NAME), (NAME,), ("list", NAME), ("show", f"--{NAME}"),
)  # fmt: skip


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: ascii(" ".join(arguments))[:60])
def test_no_command_prints_an_escape_sequence(folder: Path, arguments: tuple[str, ...]) -> None:
    places = {
        "LOG": f"logs/{FILE_NAME}.jsonl", "TORN": f"logs/torn{FILE_NAME}.jsonl", "BAD": f"logs/bad{FILE_NAME}.jsonl",
        "NONE": f"logs/none{FILE_NAME}.jsonl", "HEADER": f"logs/header{FILE_NAME}.jsonl",
        "WORKOUT": f"{FILE_NAME}.yaml", "FAULTY": f"faulty{FILE_NAME}.yaml", "RAW": f"raw{FILE_NAME}.yaml",
        "SQUAD": f"squad{FILE_NAME}.yaml",
    }  # fmt: skip
    given = [places.get(each, each).replace("\ud800", "\udcff") for each in arguments]
    environment = {**os.environ, "HOME": str(folder / "home"), "XDG_DATA_HOME": "", "XDG_CONFIG_HOME": ""}
    run = subprocess.run(
        [sys.executable, "-m", "kicktimer", *given],
        cwd=folder, env=environment, capture_output=True, stdin=subprocess.DEVNULL, check=False, timeout=60,
    )  # fmt: skip
    assert run.returncode in (0, 1, 2), run.stderr.decode(errors="replace")
    text = (run.stdout + run.stderr).decode()
    assert text
    unsafe = {char for char in text if char != "\n" and not char.isprintable()}
    assert not unsafe, text
    if "--json" in arguments and run.returncode == 0:
        json.loads(run.stdout)
