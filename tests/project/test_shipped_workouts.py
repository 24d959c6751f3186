"""The shipped workouts: each has a description, a reasonable length and what its kind promises."""

from __future__ import annotations

import re

import pytest

from kicktimer.library import load_workout, shipped_workout_names
from kicktimer.plan import build_plan, expected_timetable, notes, start_lines
from kicktimer.squad import Athlete, Squad, Track
from kicktimer.workout.oneliner_format import format_oneliner

NAMES = [name for name in shipped_workout_names() if name != "demo"]
SLOW, FAST = (
    Squad(athletes=(Athlete("x", races={1_500_000: ms}, goal_last_200_ms=ms // 8),)) for ms in (330_000, 220_000)
)


def test_every_kind_has_enough_workouts() -> None:
    kinds = [load_workout(name)[0].kind for name in NAMES]
    assert len(kinds) >= 14
    assert {"burner", "strength", "tempo", "hills", "speed"} <= set(kinds)
    assert kinds.count("burner") >= 6


@pytest.mark.parametrize("name", NAMES)
def test_description_says_for_whom_the_workout_is(name: str) -> None:
    workout = load_workout(name)[0]
    assert workout.about.startswith("For ")
    assert 2 <= len(re.findall(r"[.:!?](?: |$)", workout.about)) <= 6
    assert 80 < len(workout.about) < 400
    assert workout.kind != "other"
    assert len(workout.name) <= 30


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("squad", [SLOW, FAST], ids=["slow", "fast"])
def test_workout_has_a_reasonable_length_and_rests(name: str, squad: Squad) -> None:
    group = build_plan(load_workout(name)[0], squad).groups[0]
    total = expected_timetable(build_plan(load_workout(name)[0], squad)).total_ms
    assert total is not None
    assert 6 * 60_000 <= total <= 40 * 60_000
    assert sum(rep.distance_mm or 0 for rep in group.reps) <= 6_000_000
    for rep in group.reps[:-1]:
        target = rep.duration_ms or rep.targets["x"].ms
        rest = rep.rest.ms - target if rep.rest.kind == "send_off" else rep.rest.ms
        assert 25_000 <= rest <= 240_000, rep
    assert not [note for note in notes(build_plan(load_workout(name)[0], squad)) if "leaves" in note]
    assert [rep.closing for rep in group.reps].count(True) <= 2


def test_burners_have_race_pace_and_short_recoveries() -> None:
    for name in NAMES:
        workout = load_workout(name)[0]
        if workout.kind == "burner":
            reps = build_plan(workout, FAST).groups[0].reps
            assert {rep.pace.text for rep in reps} == {"1500m"}, name
            assert min(rep.rest.ms for rep in reps) <= 40_000, name
            assert reps[-1].closing, name


def test_indoor_workout_starts_every_rep_at_one_line() -> None:
    plan = build_plan(load_workout("indoor-200-track")[0], Squad(athletes=FAST.athletes, track=Track(200_000)))
    assert {rep.distance_mm for rep in plan.groups[0].reps} == {200_000, 400_000}
    assert set(start_lines(plan, plan.groups[0])) == {0}
    assert notes(plan) == ()


def test_at_least_seven_workouts_have_a_one_liner() -> None:
    assert sum(format_oneliner(load_workout(name)[0]) is not None for name in NAMES) >= 7
