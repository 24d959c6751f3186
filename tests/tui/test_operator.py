"""A simulated coach with a person's slips times a few sessions. `tools/simulate_operator.py` plays many."""

from __future__ import annotations

import pytest

from harness.simulated_coach import Mode, Operator, run_session

SESSIONS: dict[str, tuple[Mode, int]] = {
    "names": ("names", 1),
    "names, two groups": ("names", 2),
    "space": ("space", 1),
}
SEEDS = (0, 6, 17)


@pytest.mark.parametrize("name", SESSIONS)
def test_no_time_is_wrong_or_lost_where_the_operator_noticed_every_slip(name: str) -> None:
    mode, groups = SESSIONS[name]
    outcomes = [run_session(seed, mode, groups) for seed in SEEDS]
    assert [(each.seed, fault) for each in outcomes for fault in each.false_though_noticed] == []
    assert sum(count for each in outcomes for (_, noticed), count in each.slips.items() if noticed) > 10
    presses = sum(each.presses for each in outcomes) / sum(each.finishes for each in outcomes)
    assert presses <= (1.2 if mode == "names" else 2.2), "over 500 sessions 1.15 and 2.1 are the most"


def test_operator_who_makes_no_slips_gets_every_time_right(monkeypatch: pytest.MonkeyPatch) -> None:
    for rate in ("WRONG_KEY", "NOBODYS_KEY", "HELD", "DOUBLE", "FORGOTTEN"):
        monkeypatch.setattr(f"harness.simulated_coach.{rate}", 0)
    outcome = run_session(1, "names")
    assert (outcome.finishes, outcome.right, outcome.presses) == (80, 80, 81)


def test_operator_who_notices_nothing_leaves_wrong_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.simulated_coach.NOTICED", 0)
    outcome = run_session(0, "names")
    assert outcome.faults
    assert all(fault.unnoticed and not fault.touched for fault in outcome.faults)


def test_same_seed_gives_the_same_session() -> None:
    first, second = Operator(3, "space"), Operator(3, "space")
    assert first.run() == second.run()
    assert first.trace == second.trace
