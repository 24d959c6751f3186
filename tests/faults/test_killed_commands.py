"""Commands that write many files, killed at any moment: every log stays whole, no export is there by half."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from random import Random
from typing import TYPE_CHECKING

import pytest

from harness.sample_season import save_season
from kicktimer.cli import main
from kicktimer.journal import read_log
from kicktimer.saved_session import replay_log
from tests.faults import scaled

if TYPE_CHECKING:
    from pathlib import Path

SESSIONS = 12


def start(*arguments: str, home: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {name: str(home) for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
    command = [sys.executable, "-m", "kicktimer", *arguments]
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def duration(*arguments: str, home: Path) -> float:
    begun = time.monotonic()
    start(*arguments, home=home).wait()
    return time.monotonic() - begun


def kill(process: subprocess.Popen[bytes], after: float) -> None:
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.wait()


def check(logs: Path) -> int:
    """Returns how many logs there are; all of them are whole and have ended."""
    paths = sorted(logs.glob("*.jsonl"))
    for path in paths:
        replayed = replay_log(read_log(path), path.name)
        assert replayed.fault is None
        assert replayed.state.ended is not None
    return len(paths)


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("season")
    save_season(folder / "logs", sessions=SESSIONS, athletes=6)
    assert main(["export", "--all", "--log-dir", str(folder / "logs"), "-o", str(folder / "all.csv")]) == 0
    return folder


def test_killed_import_leaves_whole_logs_and_can_be_repeated(season: Path, tmp_path: Path) -> None:
    arguments = ["import", str(season / "all.csv"), "--log-dir"]
    usual = duration(*arguments, str(tmp_path / "first"), home=tmp_path)
    chance = Random(1)
    for number in range(scaled(6, 100)):
        logs = tmp_path / f"logs{number}"
        kill(start(*arguments, str(logs), home=tmp_path), chance.uniform(0.3, 1.0) * usual)
        check(logs)
        assert main([*arguments, str(logs)]) == 0
        assert check(logs) == SESSIONS


def test_killed_forget_leaves_whole_logs_and_can_be_repeated(season: Path, tmp_path: Path) -> None:
    shutil.copytree(season / "logs", tmp_path / "first")
    usual = duration("forget", "Dana K", "--sure", "--log-dir", str(tmp_path / "first"), home=tmp_path)
    chance = Random(2)
    for number in range(scaled(6, 100)):
        logs = tmp_path / f"logs{number}"
        shutil.copytree(season / "logs", logs)
        kill(start("forget", "Dana K", "--sure", "--log-dir", str(logs), home=tmp_path), chance.uniform(0.4, 1) * usual)
        assert check(logs) == SESSIONS
        left = [path for path in logs.glob("*.jsonl") if b"Dana K" in path.read_bytes()]
        assert main(["forget", "Dana K", "--sure", "--log-dir", str(logs)]) == (0 if left else 1)
        assert check(logs) == SESSIONS
        assert not [path for path in logs.glob("*.jsonl") if b"Dana K" in path.read_bytes()]


@pytest.mark.parametrize("to", ["csv", "html"])
def test_killed_export_leaves_the_old_file_or_the_new_one(season: Path, tmp_path: Path, to: str) -> None:
    file = tmp_path / f"all.{to}"
    arguments = ["export", "--all", "--to", to, "-o", str(file), "--log-dir", str(season / "logs")]
    usual = duration(*arguments, home=tmp_path)
    whole = file.read_bytes()
    chance = Random(3)
    for _ in range(scaled(4, 60)):
        file.write_text("old")
        kill(start(*arguments, home=tmp_path), chance.uniform(0.5, 1.0) * usual)
        assert file.read_bytes() in (b"old", whole)
