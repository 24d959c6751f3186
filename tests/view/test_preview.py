"""The preview of a workout: reps, targets, total time and warnings."""

from __future__ import annotations

from kicktimer import view
from kicktimer.library import load_workout
from kicktimer.plan import build_plan
from kicktimer.squad import Athlete, Squad

WORKOUT = load_workout("8x400-burner")[0]
ATHLETES = (Athlete("Matan", "m", races={1_500_000: 238_200}), Athlete("Gil", "g", races={1_500_000: 250_000}))


def test_preview_has_reps_targets_and_total() -> None:
    found = view.workout_preview(build_plan(WORKOUT, Squad("Monday", ATHLETES)))
    assert (found.count, found.total) == ("8 reps, 3200 m", "12:34")
    assert found.reps[1] == ("2 × 400 m", "1:03.5 – 1:06.7 · 1500m pace · recovery 30s · closing")
    assert found.targets[0] == ("m", "Matan", "400 m 1:03.5")
    alone = view.workout_preview(build_plan(WORKOUT, Squad(athletes=(Athlete("Runner", "r"),))))
    assert alone.total == ""
    assert alone.targets == (("r", "Runner", "no targets"),)
    assert alone.warnings
