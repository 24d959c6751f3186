"""The wheel: built from the checkout, it holds the program, the workouts and the sounds, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [wheel] = folder.glob("kicktimer-*-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_every_module_is_in_it(names: set[str]) -> None:
    sources = {str(path.relative_to(ROOT / "src")) for path in (ROOT / "src").rglob("*.py")}
    assert sources <= names
    assert "kicktimer/py.typed" in names


def test_workouts_and_sounds_travel_inside(names: set[str]) -> None:
    for folder in ("workouts", "sounds"):
        here = {path.name for path in (ROOT / folder).rglob("*") if path.is_file()}
        inside = {name.rpartition("/")[2] for name in names if name.startswith(f"kicktimer/_data/{folder}/")}
        assert here == inside
        assert here


def test_nothing_else_is_in_it(names: set[str]) -> None:
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"kicktimer"}
    assert not [name for name in names if name.endswith((".jsonl", ".log", ".pyc"))]
