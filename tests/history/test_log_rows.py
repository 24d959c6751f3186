"""What is read of a log in one pass equals what its replay gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kicktimer.history import Filter, History
from kicktimer.history import log_rows as module
from kicktimer.history.rows import pack_file, unpack_block, unpack_file
from kicktimer.journal import write_log
from kicktimer.library import load_workout, shipped_workout_names
from kicktimer.plan import Plan, build_plan, dump
from kicktimer.rehearsal import rehearse_on_target
from kicktimer.session import to_fact
from kicktimer.squad import Athlete, Squad

LOGS = sorted((Path(__file__).parents[1] / "journal" / "logs").glob("*.jsonl"))
STAMP = (1, 2, 3)
WALL = "2026-09-01T18:00:00.000+02:00"
SQUAD = Squad(
    "Zoë's",
    (
        Athlete("Zoë K", "z", "A", {1_500_000: 240_000}, 26_000, 29_000, "rolling", "2026-08-01"),
        Athlete("Ben", "b", "A", {1_500_000: 250_000}, goal_last_200_ms=30_000),
    ),
)


def write(path: Path, plan: Plan, facts: list[dict[str, Any]], **header: Any) -> Path:
    first = {
        "kicktimer_log": 1, "id": path.stem, "app": "kicktimer", "workout": {}, "squad": {}, "plan": dump(plan),
        "started": WALL, "seq": 7, "clock": {"name": "boottime"}, **header,
    }  # fmt: skip
    write_log(path, first, [{**fact, "wall": WALL} for fact in facts])
    return path


def rehearsed(name: str) -> tuple[Plan, list[dict[str, Any]]]:
    plan = build_plan(load_workout(name)[0], SQUAD)
    facts = [to_fact(event) for event in rehearse_on_target(plan).events]
    note = {"n": len(facts) + 1, "t": facts[-1]["t"], "event": "noted", "text": ' "wind"  \x1b[31m'}
    return plan, [*facts, note]


def check(path: Path) -> bool:
    """Checks the rows of a log against a replay. Returns whether they were read without one."""
    found = module.read_rows(path, STAMP)
    replayed = module.replay_rows(path, module._read_outline(path, STAMP).file)
    if not found.file.has_records:
        return False
    assert found.file == replayed.file
    assert unpack_block(found.file, found.block) == unpack_block(replayed.file, replayed.block)
    assert unpack_file(b"x", *pack_file(b"x", found.file)) == found.file
    return True


@pytest.mark.parametrize("name", [name for name in shipped_workout_names() if name != "demo"])
def test_rehearsed_session_is_read_without_a_replay(tmp_path: Path, name: str) -> None:
    plan, facts = rehearsed(name)
    assert check(write(tmp_path / "a.jsonl", plan, facts))
    assert check(write(tmp_path / "b.jsonl", plan, facts[: len(facts) // 2], app="import", repaired=True, seq=None))


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_log_of_an_earlier_version_is_read_alike(path: Path) -> None:
    check(path)


@pytest.mark.parametrize(
    "header",
    [
        {"started": "yesterday"}, {"race": {"distance": 1500, "name": "Club", "event": "", "place": 3}},
        {"race": {"distance": "x"}}, {"id": "\x1b[31m"}, {"rehearsed": True}, {"seq": 2**70}, {"started": 20260901},
    ],
)  # fmt: skip
def test_odd_header_is_read_alike(tmp_path: Path, header: dict[str, Any]) -> None:
    check(write(tmp_path / "a.jsonl", *rehearsed("8x400-burner"), **header))


def test_damaged_log_is_not_read_directly(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", *rehearsed("8x400-burner"))
    path.write_bytes(path.read_bytes().replace(b'"event":"tapped"', b'"event":"tapped', 1))
    row = module.read_rows(path, STAMP).file
    assert (row.has_records, row.problem[:5]) == (False, "line ")


def test_ordinary_session_is_never_replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.jsonl", *rehearsed("8x400-burner"))
    monkeypatch.setattr(module, "replay_sound", None)
    with History(tmp_path) as history:
        (session,) = history.sessions(Filter(athlete="Ben", distance_mm=400_000))
    assert session.names == ("Ben",)
    assert session.notes == ('"wind" [31m',)
    assert len(json.dumps([each.time_ms for each in session.reps])) > 8
