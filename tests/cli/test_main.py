"""The command line: what it prints on stdout and stderr, and its exit status. No error shows a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from kicktimer.cli import main

if TYPE_CHECKING:
    from pathlib import Path

BURNER = "8x400 @1500 r30 closing2"


@pytest.fixture(autouse=True)
def _use_temporary_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


def rehearse(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main(["rehearse", *arguments, "--json"]) == 0
    out: dict[str, object] = json.loads(capsys.readouterr().out)
    return out


def test_rehearsing_the_burner_on_target(capsys: pytest.CaptureFixture[str]) -> None:
    found = rehearse(capsys, "8x400-burner", "--race", "1500m=3:58.2")
    reps = found["reps"]
    assert isinstance(reps, list)
    assert found["state"] == "finished"
    assert [rep["athletes"]["Runner"]["target"] for rep in reps] == [63_520] * 8
    go_count = [rep["started"] for rep in reps]
    assert {after - before for before, after in pairwise(go_count)} == {93_520}
    assert [rep["closing"] for rep in reps] == [False] * 6 + [True] * 2
    assert [rep["athletes"]["Runner"]["recovery"] for rep in reps] == [30_000] * 7 + [None]


def test_refused_command_of_a_script_is_listed_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "script.jsonl"
    lines = [
        {"t": 0, "do": "start"}, {"t": 5000, "do": "tap", "athlete": "Runner"},
        {"t": 74_000, "do": "tap", "athlete": "Runner"},
    ]  # fmt: skip
    script.write_text("\n".join(json.dumps(line) for line in lines))
    found = rehearse(capsys, "1x400", "--script", str(script))
    assert found["refused"] == [{"line": 2, "t": 5000, "do": "tap", "reason": "no GO has come yet"}]
    reps = found["reps"]
    assert isinstance(reps, list)
    assert reps[0]["athletes"]["Runner"]["time"] == 64_000


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"t": 0, "do": "jump"}', "script.jsonl:1: unknown command 'jump'"),
        ('{"t": 0, "do": "tap", "athlete": "Nobody"}', "script.jsonl:1: unknown athlete 'Nobody'"),
        ('{"t": 5, "do": "start"}\n{"t": 4, "do": "undo"}', "script.jsonl:2: t falls from 5 to 4"),
        ('{"t": -1, "do": "start"}', "script.jsonl:1: t:"),
        ("not json", "script.jsonl:1: not a JSON object"),
        ("[1]", "script.jsonl:1:"),
        ('{"do": "start"}', "script.jsonl:1: t:"),
    ],
)
def test_invalid_script_is_reported_with_file_and_line(
    line: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "script.jsonl").write_text(line)
    assert main(["rehearse", "1x400", "--script", "script.jsonl"]) == 1
    assert message in capsys.readouterr().err


def test_list_and_show_read_a_rehearsed_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs").mkdir()
    main(["rehearse", BURNER, "--race", "1500m=4:00", "--log", "logs/one.jsonl", "--json"])
    rehearsed = json.loads(capsys.readouterr().out)
    assert main(["list", "--log-dir", "logs"]) == 0
    assert rehearsed["id"] in capsys.readouterr().out
    assert main(["show", "--log-dir", "logs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == rehearsed
    assert main(["show", "--log-dir", "logs"]) == 0
    shown = capsys.readouterr().out
    assert "1:04.0" in shown
    assert "closing" in shown
    assert "mean" in shown


def test_show_reads_a_torn_log_and_names_the_bad_line_of_a_broken_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["rehearse", BURNER, "--race", "1500m=4:00", "--log", "one.jsonl"])
    whole = (tmp_path / "one.jsonl").read_bytes()
    capsys.readouterr()
    (tmp_path / "torn.jsonl").write_bytes(whole[:-10])
    assert main(["show", "torn.jsonl", "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["state"] == "interrupted"
    assert "torn.jsonl" in captured.err
    lines = whole.splitlines(keepends=True)
    lines[5] = b"nonsense\n"
    (tmp_path / "broken.jsonl").write_bytes(b"".join(lines))
    assert main(["show", "broken.jsonl"]) == 1
    assert "6" in capsys.readouterr().err


def test_log_with_altered_facts_is_reported_without_a_crash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["rehearse", "1x400", "--race", "1500m=4:00", "--log", "one.jsonl"])
    text = (tmp_path / "one.jsonl").read_text()
    capsys.readouterr()
    for old, new in (('"group":"A"', '"group":"Z"'), ('"rep":1', '"rep":"x"'), ('"go":10000', '"go":"soon"')):
        head, facts = text.split("\n", 1)
        (tmp_path / "bad.jsonl").write_text(head + "\n" + facts.replace(old, new))
        assert main(["show", "bad.jsonl"]) == 1, new
        assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["plan", "nothing-like-it"], 1, "no shipped workout"),
        (["plan", "8x400-burnr"], 1, "did you mean 8x400-burner?"),
        (["plan", "missing.yaml"], 1, "there is no such file"),
        (["plan", "8x400", "--race", "1500m=3.58"], 1, "3:58?"),
        (["plan", "8x400", "--race", "1500m"], 1, "1500m=4:20"),
        (["plan", "8x400", "--squad", "s.yaml", "--race", "1500m=4:00"], 2, "--race"),
        (["rehearse", "8x400"], 1, "--race"),
        (["show"], 1, "no sessions yet"),
        (["show", "nothing.jsonl"], 1, "no session"),
        (["fly"], 2, "fly"),
        (["plan"], 2, "WORKOUT"),
        (["run", "8x400"], 1, "needs a terminal"),
        (["doctor", "--sound", "trumpet"], 2, "trumpet"),
    ],
)
def test_bad_input_prints_a_message_and_a_hint(
    arguments: list[str], status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == status
    captured = capsys.readouterr()
    assert message in captured.err
    assert "hint:" in captured.err
    assert not captured.out or arguments[0] == "doctor"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02\xff",
        b"name: x\nsets: [{reps: 3, distance: 400s}]\n",
        b"nmae: x\n",
        b"\xff\xfe",
        b"just words",
    ],
)
def test_unreadable_workout_is_reported_with_its_line(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.yaml").write_bytes(content)
    for command in ("check", "plan"):
        assert main([command, "bad.yaml"]) == 1
        err = capsys.readouterr().err
        assert "bad.yaml:1:" in err or "bad.yaml:2:" in err
        assert "Traceback" not in err


def test_without_a_terminal_the_app_names_commands_that_need_none() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kicktimer"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "kicktimer plan" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_doctor_reports_a_log_directory_without_permission(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs").mkdir(mode=0o500)
    assert main(["doctor", "--sound", "off", "--log-dir", "logs"]) == 1
    assert "--log-dir" in capsys.readouterr().out


def test_doctor_reports_a_log_directory_that_is_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs").write_text("")
    assert main(["doctor", "--sound", "off", "--log-dir", "logs"]) == 1
    assert "--log-dir" in capsys.readouterr().out


def test_internal_error_writes_a_crash_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: object) -> int:
        raise RuntimeError("a fault of our own")

    monkeypatch.setattr("kicktimer.cli.plan.plan", broken)
    assert main(["plan", "8x400"]) == 3
    err = capsys.readouterr().err
    report = err.split("please send ")[1].strip()
    with open(report) as file:  # noqa: PTH123
        assert "a fault of our own" in file.read()
    os.unlink(report)  # noqa: PTH108


def test_help_lists_the_main_commands_first(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    out = capsys.readouterr().out
    assert out.index("run") < out.index("rehearse")


def test_escape_sequences_in_a_log_are_not_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = {"t": 0, "do": "note", "text": "wind\x1b]0;mine\x07\u202e"}
    (tmp_path / "script.jsonl").write_text(json.dumps(script))
    main(["rehearse", "1x400", "--script", "script.jsonl", "--log", "one.jsonl"])
    assert "\x1b" not in capsys.readouterr().out
    text = (tmp_path / "one.jsonl").read_text()
    for old, new in (("wind", "wind\\u001b[2J"), ("Runner", "Run\\u001b[31mner"), ('"id":"', '"id":"\\u001b[1m')):
        text = text.replace(old, new)
    (tmp_path / "two.jsonl").write_text(text)
    for command in (["show", "two.jsonl"], ["list", "--log-dir", "."], ["show", "two.jsonl", "--json"]):
        assert main(command) == 0
        assert "\x1b" not in capsys.readouterr().out


def test_line_separator_in_a_note_becomes_a_space(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "script.jsonl").write_text('{"t": 0, "do": "note", "text": "wind\u2028and rain"}\n', encoding="utf-8")
    found = rehearse(capsys, "1x400", "--script", "script.jsonl")
    assert found["notes"] == [{"t": 0, "text": "wind and rain"}]


@pytest.mark.parametrize("arguments", [["list", "--log-dir", "~nobody-of-this-name"], ["show", "a" * 300]])
def test_impossible_path_is_no_internal_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) in (0, 1)
    assert "fault in the program" not in capsys.readouterr().err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")  # noqa: PTH110
def test_full_disk_behind_stdout_is_reported() -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "kicktimer", "plan", "8x400"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "No space left" in done.stderr


def test_name_outside_the_terminals_encoding_is_printed(tmp_path: Path) -> None:
    (tmp_path / "squad.yaml").write_text("athletes: [{name: מתן}]", encoding="utf-8")
    environ = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(
        [sys.executable, "-m", "kicktimer", "plan", "8x400", "--squad", "squad.yaml"],
        env=environ, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["--log-dir", "here", "list"], ["list", "--log-dir", "here"], ["--sound", "off", "--log-dir", "here", "list"]],
)
def test_options_before_the_command_hold_for_it(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    log = tmp_path / "here" / "one.jsonl"
    log.parent.mkdir()
    log.write_text("no log\n")
    main(arguments)
    said = capsys.readouterr()
    assert "one.jsonl" in said.out + said.err
