"""Logs that version 0.1.0 wrote still read and give the results that version 0.1.0 showed.

`logs/*.jsonl` are those logs, and `logs/*.json` what `kicktimer show --json` of version 0.1.0 printed for each. Neither
is ever written again: a change that fails here breaks the logs that users have.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kicktimer.cli import main
from kicktimer.journal import read_log
from kicktimer.plan import load
from kicktimer.results import replay
from kicktimer.session import apply, from_fact, initial_state

LOGS = sorted((Path(__file__).parent / "logs").glob("*.jsonl"))


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_show_prints_the_same_document(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(path), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    for rep in printed["reps"]:
        for result in rep["athletes"].values():
            assert result.pop("band") is None  # the version that wrote these documents had no bands
    assert printed == json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_every_fact_applies(path: Path) -> None:
    log = read_log(path)
    assert (log.note is not None) == (path.stem == "torn_line")
    plan = load(log.header["plan"])
    state = initial_state(plan)
    for fact in log.facts:
        state = apply(state, from_fact(fact))
        assert state.n == fact["n"]
    assert replay(plan, log.facts) == state


def test_logs_hold_every_event_that_version_0_1_0_wrote() -> None:
    events = {fact["event"] for path in LOGS for fact in read_log(path).facts}
    assert events == {
        "assigned", "athlete_dropped", "athlete_joined", "athlete_moved", "athlete_returned", "bounced", "corrected",
        "countdown_started", "deleted", "go_moved", "held", "inserted", "noted", "rated", "recalled",
        "recovery_changed", "recovery_started", "released", "rep_added", "rep_closed", "rep_started", "session_ended",
        "skipped", "tapped", "unassigned", "undone",
    }  # fmt: skip
