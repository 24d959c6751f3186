"""Rehearsals of scripts: whole documents, and messages about faulty lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kicktimer.cli import main

if TYPE_CHECKING:
    from pathlib import Path

SQUAD = """
athletes:
  - {name: Matan, group: A, races: {1500m: 4:00.0}}
  - {name: Dana, group: A, races: {1500m: 4:30.0}}
  - {name: Noa, group: B}
groups:
  A: {}
  B: {start_after: 20s, workout: 2x200 r20}
"""


@pytest.fixture
def rehearse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*script: dict[str, Any] | str, workout: str = "2x400 @1500 r30", squad: str = SQUAD) -> Any:
        (tmp_path / "squad.yaml").write_text(squad)
        lines = [line if isinstance(line, str) else json.dumps(line) for line in script]
        (tmp_path / "script.jsonl").write_text("\n".join(lines))
        options = ["--squad", str(tmp_path / "squad.yaml"), "--script", str(tmp_path / "script.jsonl"), "--json"]
        status = main(["rehearse", workout, *options])
        output = capsys.readouterr()
        return json.loads(output.out) if status == 0 else (status, output.err)

    return run


def athlete(target: int | None, time: int | None, by: str | None, recovery: int | None, status: str = "timed") -> dict:
    return {
        "target": target, "band": None, "estimated": False, "time": time, "splits": {}, "recovery": recovery,
        "status": status, "by": by,
    }  # fmt: skip


def rep(number: int, group: str, started: int | None, distance: int, **athletes: dict) -> dict:
    return {
        "rep": number, "set": 1, "distance": distance, "duration": None, "closing": False, "group": group,
        "started": started, "athletes": athletes,
    }  # fmt: skip


def test_a_script_for_two_groups_gives_the_whole_document(rehearse: Any) -> None:
    found = rehearse(
        {"t": 0, "do": "start"},
        {"t": 1000, "do": "tap", "athlete": "Matan"},  # refused: before GO
        {"t": 64_000, "do": "tap", "athlete": "Noa"},  # 34 s after the GO of B
        {"t": 74_200, "do": "tap", "group": "A"},  # never named, so assigned by order
        {"t": 82_500, "do": "tap", "athlete": "Dana"},
        {"t": 84_000, "do": "drop", "athlete": "Noa"},  # rep 2 of B runs already
        {"t": 112_500, "do": "adjust", "group": "A", "ms": 5000},  # refused: GO has come
        {"t": 176_600, "do": "tap", "athlete": "Matan"},
        {"t": 190_000, "do": "close", "group": "A"},
        {"t": 191_000, "do": "correct", "athlete": "Matan", "rep": 2, "mark": "finish", "time": 64_000},
        {"t": 192_000, "do": "rate", "athlete": "Matan", "relaxation": 4},
        {"t": 193_000, "do": "note", "text": "wind"},
    )
    del found["id"]
    assert found == {
        "workout": "2x400 @1500 r30",
        "state": "finished",
        "reps": [
            rep(
                1, "A", 10_000, 400,
                Matan=athlete(64_000, 64_200, "order", 38_300), Dana=athlete(72_000, 72_500, "key", 30_000),
            ),
            rep(1, "B", 30_000, 200, Noa=athlete(None, 34_000, "key", 20_000)),
            rep(2, "B", 84_000, 200, Noa=athlete(None, None, None, None, "dropped")),
            rep(
                2, "A", 112_500, 400,
                Matan=athlete(64_000, 64_000, "corrected", None), Dana=athlete(72_000, None, None, None, "missed"),
            ),
        ],
        "ratings": [{"t": 192_000, "athlete": "Matan", "group": "A", "rep": 2, "relaxation": 4}],
        "notes": [{"t": 193_000, "text": "wind"}],
        "refused": [
            {"line": 2, "t": 1000, "do": "tap", "reason": "no GO has come yet"},
            {"line": 7, "t": 112_500, "do": "adjust", "reason": "no recovery runs"},
        ],
    }  # fmt: skip


ONE = "athletes: [{name: Matan, races: {1500m: 4:00.0}}]"


def test_skipped_reps_are_in_their_place(rehearse: Any) -> None:
    found = rehearse(
        {"t": 0, "do": "start"},
        {"t": 74_000, "do": "tap", "athlete": "Matan"},
        {"t": 80_000, "do": "skip"},  # rep 2 is not run, rep 3 takes its GO
        {"t": 110_000, "do": "skip"},  # rep 3 runs and ends
        {"t": 120_000, "do": "insert", "at": 74_500, "athlete": "Matan"},  # refused: rep 1 has its time
        {"t": 150_000, "do": "end"},
        workout="4x400 @1500 r30",
        squad=ONE,
    )
    assert found["reps"] == [
        rep(1, "A", 10_000, 400, Matan=athlete(64_000, 64_000, "key", 30_000)),
        rep(2, "A", None, 400, Matan=athlete(64_000, None, None, None, "skipped")),
        rep(3, "A", 104_000, 400, Matan=athlete(64_000, None, None, None, "skipped")),
        rep(4, "A", 140_000, 400, Matan=athlete(64_000, None, None, None, "missed")),
    ]
    assert found["state"] == "abandoned"
    assert [(each["line"], each["do"]) for each in found["refused"]] == [(5, "insert")]


def test_a_session_without_an_end_is_interrupted(rehearse: Any) -> None:
    assert rehearse({"t": 0, "do": "start"}, squad=ONE)["state"] == "interrupted"


def test_hands_free_a_rep_without_a_tap_is_untimed(rehearse: Any, tmp_path: Path) -> None:
    path = tmp_path / "free.yaml"
    path.write_text("name: free\nrecovery_from: target\ncountdown: 5s\nsets: [{reps: 2, distance: 400m}]\n")
    found = rehearse(
        {"t": 0, "do": "start"}, {"t": 160_000, "do": "tap", "athlete": "Matan"}, workout=str(path), squad=ONE
    )
    assert found["reps"] == [
        rep(1, "A", 5000, 400, Matan=athlete(64_000, None, None, None, "untimed")),
        rep(2, "A", 99_000, 400, Matan=athlete(64_000, 61_000, "key", None)),
    ]
    assert found["state"] == "finished"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"t": 5, "do": "note", "text": "x"}, "t falls from 10 to 5"),
        ({"t": 20, "do": "jump"}, "unknown command 'jump'"),
        ({"t": 20, "do": "tap", "athlete": "Nobody"}, "unknown athlete 'Nobody'"),
        ({"t": 20, "do": "assign", "tap": 1}, "athlete: Field required"),
        ({"t": "20", "do": "undo"}, "t: Input should be a valid integer"),
        ({"t": 20}, "the field 'do' is missing"),
        ("{", "not a JSON object"),
        ("[]", ""),
    ],
)
def test_a_faulty_line_of_a_script_is_named(rehearse: Any, line: dict[str, Any] | str, problem: str) -> None:
    status, message = rehearse({"t": 0, "do": "start"}, "", {"t": 10, "do": "note", "text": "x"}, line)
    assert status == 1
    assert "script.jsonl:4:" in message
    assert problem in message


def test_on_target_an_athlete_is_missed_where_the_next_go_comes_before_the_finish(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Matan's target of 64.0 s is longer than the send-off of 60 s: no time is invented, but for the last rep."""
    squad = tmp_path / "squad.yaml"
    squad.write_text("athletes: [{name: Matan, races: {1500m: 4:00.0}}, {name: Dana, races: {1500m: 3:45.0}}]\n")
    assert main(["rehearse", "3x400 @1500 on60", "--squad", str(squad), "--json"]) == 0
    reps = json.loads(capsys.readouterr().out)["reps"]
    assert [rep["started"] for rep in reps] == [10_000, 70_000, 130_000]
    found = [[(each["status"], each["time"]) for each in rep["athletes"].values()] for rep in reps]
    assert found == [
        [("missed", None), ("timed", 60_000)],
        [("missed", None), ("timed", 60_000)],
        [("timed", 64_000), ("timed", 60_000)],
    ]
