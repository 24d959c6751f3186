"""A session of ten hours, 500 reps and 36 athletes in 8 groups: no time is lost, and it takes seconds."""

from __future__ import annotations

import importlib.util
from collections import deque
from pathlib import Path

from kicktimer.results import results

TOOL = Path(__file__).parents[2] / "tools" / "bench_session.py"


def test_ten_hour_session_loses_no_time() -> None:
    spec = importlib.util.spec_from_file_location("bench_session", TOOL)
    assert spec is not None
    assert spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    state = deque(bench.play(bench.long_plan()), maxlen=1).pop()
    assert state.finished
    assert state.n > 50_000
    reps = results(state).reps
    assert len(reps) == 8 * 500
    assert {each.status for rep in reps for each in rep.athletes.values()} == {"timed"}
    on_target = (each.time == each.target for rep in reps for each in rep.athletes.values())
    assert all(on_target), "a time is not as it was taken"
