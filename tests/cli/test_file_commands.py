"""The commands `check`, `new`, `squad`, `plan` and `schema`, run through `main`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kicktimer.cli import main
from kicktimer.cli.plan_markdown import escape, fenced
from kicktimer.squad import parse_squad
from kicktimer.workout import parse_workout

SQUAD = """\
name: Monday squad
athletes:
  - {name: Matan, races: {1500m: 3:58.2}, kick: {fresh_200m: 25.6, goal_last_200m: 27.2}}
  - {name: Maya, group: B, races: {1500m: 4:30}}
  - {name: Dana, group: B, races: {800m: 2:08}}
groups: {A: {}, B: {start_after: 10s}}
"""


@pytest.fixture
def squad(tmp_path: Path) -> str:
    path = tmp_path / "squad.yaml"
    path.write_text(SQUAD)
    return str(path)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    return status, *capsys.readouterr()


def test_check_reports_a_valid_file_as_ok(capsys: pytest.CaptureFixture[str], squad: str) -> None:
    assert run(capsys, "check", squad) == (0, "", f"{squad}: ok\n")


def test_check_reports_all_faults_of_all_files(capsys: pytest.CaptureFixture[str], tmp_path: Path, squad: str) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: x\nrecovery: 30m\nsets: [{reps: 2, distance: 400s}]\n")
    status, out, err = run(capsys, "check", str(bad), squad, str(tmp_path), str(tmp_path / "none.yaml"))
    assert (status, out) == (1, "")
    assert f"{bad}:2:11: `30m` is no duration" in err
    assert f"{bad}:3:28: `400s` is a time" in err
    assert "     |           ^^^\n  hint: metres or minutes? write 30min" in err
    assert f"{squad}: ok" in err
    assert f"{tmp_path} is a folder" in err
    assert "there is no such file" in err
    assert err.endswith("3 of 4 files cannot be used as they are\n")


def test_strict_counts_warnings_as_faults(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("athletes: [{name: a, races: {1500m: 3:00}}]\n")
    status, _, err = run(capsys, "check", str(path))
    assert (status, "warning: " in err, err.endswith(": ok, with a warning\n")) == (0, True, True)
    status, _, err = run(capsys, "check", "--strict", str(path))
    assert (status, ": ok" in err) == (1, False)


@pytest.mark.parametrize("kind", ["workout", "squad"])
def test_new_file_passes_check_and_is_never_overwritten(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "my own.yaml"
    status, out, err = run(capsys, "new", kind, str(path))
    assert (status, out) == (0, "")
    assert f"written: {path}" in err
    assert f"'{path}'" in path.read_text()  # the commands in its comments name the file, quoted for a shell
    assert run(capsys, "check", "--strict", str(path))[0] == 0
    for again in (path, tmp_path / "link.yaml"):
        if again != path:
            again.symlink_to(tmp_path / "nowhere")
        before = path.read_text()
        status, _, err = run(capsys, "new", kind, str(again))
        assert (status, path.read_text()) == (1, before)
        assert "is there already" in err
    assert not (tmp_path / "nowhere").exists()
    assert run(capsys, "new", kind, str(tmp_path / "no" / "x.yaml"))[0] == 1
    assert run(capsys, "new", kind, "a\0b")[0] == 1


@pytest.mark.parametrize("kind", ["workout", "squad"])
def test_new_without_a_file_name_prints_the_text(capsys: pytest.CaptureFixture[str], tmp_path: Path, kind: str) -> None:
    status, out, err = run(capsys, "new", kind)
    assert (status, err) == (0, "")
    path = tmp_path / "x.yaml"
    path.write_text(out)
    assert run(capsys, "check", "--strict", str(path))[0] == 0


def test_commented_lines_of_a_new_file_are_valid(capsys: pytest.CaptureFixture[str]) -> None:
    text = run(capsys, "new", "workout")[1]
    offered = re.sub(r"^#(?=  )|^# (?=(?:recovery_from|splits|relax|cues):)", "", text, flags=re.MULTILINE)
    workout, faults = parse_workout(offered, "x.yaml")
    assert faults == ()
    assert (len(workout.sets), workout.recovery_from, len(workout.cues or ())) == (3, "first", 1)
    offered = re.sub(r"^#(?=  )", "", run(capsys, "new", "squad")[1], flags=re.MULTILINE)
    squad, faults = parse_squad(offered, "s.yaml")
    assert faults == ()
    assert [group.name for group in squad.groups] == ["A", "B", "C"]


def test_squad_prints_keys_groups_and_targets(capsys: pytest.CaptureFixture[str], squad: str) -> None:
    status, out, err = run(capsys, "squad", squad)
    assert (status, err) == (0, "")
    assert [line.split() for line in out.splitlines()[3:]] == [
        ["m", "Matan", "A", "1500m", "3:58.2", "25.6", "27.2", "31.8", "47.6", "1:03.5"],
        ["a", "Maya", "B", "+10s", "1500m", "4:30", "36.0", "54.0", "1:12.0"],
        ["d", "Dana", "B", "+10s", "800m", "2:08", "~33.2", "~49.8", "~1:06.5"],
    ]
    status, out, err = run(capsys, "squad", squad, "--workout", "400", "@kick")
    assert status == 0
    assert "54.4" in out
    assert "Maya and Dana have no goal_last_200m" in err


def test_squad_json(capsys: pytest.CaptureFixture[str], squad: str) -> None:
    found = json.loads(run(capsys, "squad", squad, "--json", "--workout", "2x200 @800")[1])
    assert found["groups"][1] == {"name": "B", "start_after": 10_000, "workout": None}
    assert found["track"] == {"length": 400_000, "lane": 1, "lap": 400_000}
    dana = found["athletes"][2]
    assert (dana["key"], dana["races"]) == ("d", {"800m": 128_000})
    assert dana["targets"] == [
        {"distance": 200_000, "pace": "800m", "target": 32_000, "estimated": False, "marks": {"100000": 16_000}}
    ]


def test_plan_prints_summary_notes_and_estimates(capsys: pytest.CaptureFixture[str], squad: str) -> None:
    status, out, err = run(capsys, "plan", "8x200 r30 closing2", "--squad", squad)
    assert status == 0
    assert "8 reps, closing 2 of 8, 400 of 1600 m · 8:38 on target" in out
    said = " ".join(err.split())
    assert "GO is heard 0.3 s late at the 200 m line (reps 2, 4, 6 and 8)" in said
    assert "note: Dana has no time over 1500m: targets with ~ are estimated from other races" in said
    assert "~33.2" in out


def test_plan_json_holds_start_lines_clock_and_notes(capsys: pytest.CaptureFixture[str], squad: str) -> None:
    status, out, err = run(capsys, "plan", "2x200 r30 closing1", "--squad", squad, "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert found["expected"]["go"]["A"] == [10_000, 10_000 + 31_760 + 30_000]
    assert found["expected"]["start_lines"] == {"A": [0, 200_000], "B": [0, 200_000]}
    assert found["expected"]["distance"] == {"A": 400_000, "B": 400_000}
    assert found["expected"]["closing"]["B"] == {"reps": 1, "distance": 200_000}
    assert found["expected"]["total"] == 20_000 + 36_000 * 2 + 30_000
    assert "0.3 s late at the 200 m line (rep 2)" in found["notes"][0]


def test_plan_share_prints_the_one_liner_and_the_targets(capsys: pytest.CaptureFixture[str], squad: str) -> None:
    out = run(capsys, "plan", "8x400-burner", "--squad", squad, "--share")[1]
    assert out.startswith("**8 x 400 burner**\n\nFor 800 m to 3000 m runners")
    assert "\n```\n8x400 @1500 r30 closing2\n```\n" in out
    assert "| rep |  | pace | recovery | Maya | Dana |" in out
    assert r"| 1 to 6 | 400 m | 1500m | 30s | 1:12.0 | \~1:06.5 |" in out


def test_plan_share_prints_valid_yaml_where_no_one_liner_exists(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "plan", "hills-10x45s", "--share")[1]
    fence = re.search(r"^(`{3,})yaml\n(.*?)\n\1$", out, re.MULTILINE | re.DOTALL)
    assert fence
    workout, faults = parse_workout(fence[2], "again.yaml")
    assert (workout.name, faults) == ("10 x 45 s hills", ())


def test_plan_share_escapes_users_text(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    name = "a|b`c*d_e<b>[x](http://y)~#&amp;"
    people = tmp_path / "s.yaml"
    people.write_text(json.dumps({"athletes": [{"name": name, "races": {"1500m": "4:00"}}]}))
    workout = tmp_path / "w.yaml"
    fields = {"name": f"# {name}", "about": f"- {name}\n\n```\n# out", "by": name, "pace": "1500m", "countdown": "5s"}
    workout.write_text(json.dumps({**fields, "sets": [{"reps": 2, "distance": "400m", "name": "````"}]}))
    out = run(capsys, "plan", str(workout), "--squad", str(people), "--share")[1]
    fence = re.search(r"^(`{3,})yaml$", out, re.MULTILINE)
    assert fence
    before, block, after = re.split(rf"^{fence[1]}(?:yaml)?$", out, maxsplit=2, flags=re.MULTILINE)
    assert "````" in block
    assert fence[1] == "`" * 5
    for part in (before, after):
        assert not re.search(r"(?<!\\)[`<\[]|(?<!\\)_", part)
    [head] = [line for line in after.splitlines() if "Runner" in line or "rep |" in line]
    assert len(re.findall(r"(?<!\\)\|", head)) == 6  # the bar in the name is escaped and opens no cell


def test_escape_and_fenced() -> None:
    assert escape("- a 1.") == r"\- a 1."
    assert escape("1. a") == r"1\. a"
    assert escape("a\n\n# b") == r"a \# b"
    assert escape("see http://x.y and www.x.y") == r"see http\://x.y and www\.x.y"
    assert escape("Émile 漢字 (B)") == "Émile 漢字 (B)"
    assert fenced("a ```` b").startswith("`````\n")


@pytest.mark.parametrize(
    "arguments",
    [["check", "workouts/8x400-burner.yaml"], ["plan", "8x400"], ["plan", "8x400-burner", "--share"],
     ["plan", "demo", "--json"], ["new", "workout"], ["schema", "squad"], ["list"]],
    ids=" ".join,
)  # fmt: skip
def test_commands_without_a_screen_import_no_screen_or_sound(arguments: list[str], tmp_path: Path) -> None:
    code = (
        "import sys; from kicktimer.cli import main; status = main(sys.argv[1:]); "
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr); sys.exit(status)"
    )
    more = ["--log-dir", str(tmp_path)] if arguments == ["list"] else []
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments, *more],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = set(done.stderr.splitlines()[-1].split())
    assert loaded.isdisjoint({"textual", "rich", "asyncio", "sounddevice", "simpleaudio", "numpy"})
    assert "pydantic" in loaded or arguments[0] in ("new", "list")


def test_swapped_squad_and_workout_are_reported(capsys: pytest.CaptureFixture[str], tmp_path: Path, squad: str) -> None:
    status, _, err = run(capsys, "plan", squad)
    assert (status, "is a squad, and a workout is wanted" in err, err.count("\n")) == (1, True, 2)
    workout = tmp_path / "w.yaml"
    workout.write_text("name: x\nsets: [400m]\n")
    status, _, err = run(capsys, "squad", str(workout))
    assert (status, "is a workout, and a squad is wanted" in err, err.count("\n")) == (1, True, 2)


def test_wrong_usage_hints_at_the_help_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "schema", "wrkout")
    assert (status, err.endswith("hint: kicktimer schema --help\n")) == (2, True)
