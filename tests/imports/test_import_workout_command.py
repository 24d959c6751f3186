"""`kicktimer import-workout`: what it writes and prints, and that it never replaces a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.cli import main
from tests.imports import workout_samples as samples

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_file_that_is_written_passes_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in samples.SAMPLES.items():
        source, target = tmp_path / name, tmp_path / f"ours-{name}.yaml"
        source.write_text(text, encoding="utf-8")
        extra = ["--name", "intervals"] if name == "planner.yaml" else []
        assert main(["import-workout", str(source), "-o", str(target), *extra]) == 0
        assert main(["check", "--strict", str(target)]) == 0
        assert main(["plan", str(target), "--json"]) == 0
    assert "kept as a note" in capsys.readouterr().err


def test_without_an_output_the_workout_goes_to_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "hills.txt"
    source.write_text(samples.HILLS_ICU, encoding="utf-8")
    assert main(["import-workout", str(source)]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("# Imported from hills.txt")
    assert "70-75 % of the threshold pace in the warm-up: kept as a note" in printed.err


def test_a_file_that_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "hills.txt", tmp_path / "ours.yaml"
    source.write_text(samples.HILLS_ICU, encoding="utf-8")
    target.write_text("mine", encoding="utf-8")
    assert main(["import-workout", str(source), "-o", str(target)]) == 1
    assert target.read_text(encoding="utf-8") == "mine"
    assert "is there already" in capsys.readouterr().err


def test_nothing_is_written_where_the_file_has_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "bad.txt", tmp_path / "ours.yaml"
    source.write_text("- 5m Z4\n- 3:10/km\n", encoding="utf-8")
    assert main(["import-workout", str(source), "-o", str(target)]) == 1
    assert not target.exists()
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"{source}:2:3: " in printed.err


def test_a_missing_file_or_folder_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "hills.txt"
    assert main(["import-workout", str(source)]) == 1
    source.write_text(samples.HILLS_ICU, encoding="utf-8")
    assert main(["import-workout", str(source), "-o", str(tmp_path / "none" / "ours.yaml")]) == 1
    assert "there is no such folder" in capsys.readouterr().err


def test_included_files_are_looked_for_from_the_folder_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "plan"
    folder.mkdir()
    (tmp_path / "rep.yaml").write_text("- {type: run, duration: 0.4km}\n", encoding="utf-8")
    source = folder / "theirs.yaml"
    source.write_text("name: x\nsteps:\n  - !include ..\\rep.yaml\n", encoding="utf-8")
    assert main(["import-workout", str(source)]) == 0
    assert "- 400\n" in capsys.readouterr().out
    source.write_text("name: x\nsteps:\n  - !include ..\\none.yaml\n  - !include /etc/passwd\n", encoding="utf-8")
    assert main(["import-workout", str(source)]) == 1
    printed = capsys.readouterr().err
    assert f"{source}:3:5: " in printed
    assert "there is no such file" in printed
    assert "`/etc/passwd` is no YAML file" in printed
