"""The examples in docs/workouts.md pass `check --strict`, and its one-liners read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kicktimer.cli import main
from kicktimer.library import load_workout
from kicktimer.pace import parse_pace
from kicktimer.units import parse_duration, parse_length
from kicktimer.workout import read_line

PAGE = (Path(__file__).parents[2] / "docs" / "workouts.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_passes_the_strict_check(number: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(EXAMPLES[number], encoding="utf-8")
    assert main(["check", "--strict", str(path)]) == 0
    assert capsys.readouterr().err == f"{path}: ok\n"


def test_the_tables_read() -> None:
    assert len(EXAMPLES) == 3
    lines = re.findall(r"^\| ((?:`(?:[0-9]|wu)[^`]*`(?:, )?)+) \|", PAGE, re.MULTILINE)
    assert len(lines) >= 24
    for line in (each for cell in lines for each in re.findall(r"`([^`]*)`", cell)):
        load_workout(line)
    notes = re.findall(r"^\| `([^`]*)` \| `([^`]*)` \|$", PAGE, re.MULTILINE)
    assert len(notes) >= 6
    assert [read_line(note).strict for note, _ in notes] == [strict for _, strict in notes]
    for kind, read in (("a time", parse_duration), ("a distance", parse_length), ("a pace", parse_pace)):
        [row] = re.findall(rf"^\| {kind} \| (.*?)(?:\(never.*)?\|$", PAGE, re.MULTILINE)
        for text in re.findall(r"`([^`]*)`", row):
            read(text)
