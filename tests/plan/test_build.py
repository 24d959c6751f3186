"""Plans: targets, groups, expected moments, start lines, and the conversion to JSON and back."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.errors import KicktimerError
from kicktimer.library import load_workout
from kicktimer.pace import estimate_race_time, make_race_pace, parse_pace
from kicktimer.plan import (
    PlannedRep,
    Rest,
    build_plan,
    dump,
    expected_timetable,
    lines_for_distances,
    load,
    straight_line_mm,
    target_for,
    warnings,
)
from kicktimer.squad import Athlete, Group, Squad, Track, single_athlete_squad
from kicktimer.workout import parse_oneliner, parse_workout

MATAN = Athlete("Matan", "m", races={1_500_000: 238_200})
MAYA = Athlete("Maya", "a", group="B", races={1_500_000: 270_000})
TWO = Squad(athletes=(MATAN, MAYA), groups=(Group("A"), Group("B", 10_000)))


def rep(distance_mm: int, pace: str = "1500m", **fields: object) -> PlannedRep:
    return PlannedRep(1, 1, "", distance_mm, None, Rest("last", 30_000), parse_pace(pace), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("race_ms", "targets"),
    [
        (238_200, [15_880, 31_760, 47_640, 63_520]),
        (240_000, [16_000, 32_000, 48_000, 64_000]),
        (270_000, [18_000, 36_000, 54_000, 72_000]),
    ],
)
def test_targets_at_an_even_pace(race_ms: int, targets: list[int]) -> None:
    target = target_for(rep(400_000, splits=(100_000, 200_000, 300_000)), Athlete("x", races={1_500_000: race_ms}))
    assert target is not None
    assert [*target.marks.values(), target.ms] == targets
    assert not target.estimated


def test_percent_of_a_pace_is_percent_of_speed() -> None:
    target = target_for(rep(400_000, "98% 1500m"), Athlete("x", races={1_500_000: 240_000}))
    assert target is not None
    assert target.ms == 65_306


def test_an_unknown_race_is_estimated_from_the_nearest_known_one() -> None:
    target = target_for(rep(400_000, "800m"), MATAN)
    assert target is not None
    assert target.estimated
    assert target.ms == round(238_200 * (800 / 1500) ** 1.06 / 2)
    athlete = Athlete("x", races={400_000: 50_000, 1_500_000: 240_000})
    # 800 m: nearer to 1500 m (log 1.875) than to 400 m (log 2).
    assert estimate_race_time(athlete, 800_000) == (Fraction(240_000 * (800 / 1500) ** 1.06), True)


def test_without_a_race_there_is_no_target() -> None:
    nobody = Athlete("x")
    assert target_for(rep(400_000), nobody) is None
    assert target_for(rep(400_000, "kick"), MATAN) is None
    assert target_for(rep(400_000, "free"), MATAN) is None
    assert target_for(rep(400_000, "64.0 per 400m"), nobody) is not None
    assert target_for(rep(400_000, target_ms=64_000), nobody) is not None
    assert target_for(PlannedRep(1, 1, "", None, 60_000, Rest("last", 0), parse_pace("1500m")), MATAN) is None


def test_targets_with_a_faster_last_part() -> None:
    kicker = Athlete("x", races={1_500_000: 240_000}, goal_last_200_ms=27_000)
    found = target_for(
        rep(400_000, finish_mm=200_000, finish_pace=parse_pace("kick"), splits=(100_000, 300_000)), kicker
    )
    assert found is not None
    assert (found.marks, found.ms) == ({100_000: 16_000, 300_000: 45_500}, 59_000)
    # A target is the time for the whole rep: the first part has what the kick leaves.
    whole = rep(400_000, finish_mm=200_000, finish_pace=parse_pace("kick"), splits=(200_000,), target_ms=64_000)
    found = target_for(whole, kicker)
    assert found is not None
    assert (found.marks, found.ms) == ({200_000: 37_000}, 64_000)


@given(st.integers(1, 10_000_000), st.integers(100_000, 4_000_000), st.integers(1_000, 3_000_000))
def test_each_split_is_rounded_once_and_splits_never_fall(race_ms: int, race_mm: int, distance_mm: int) -> None:
    athlete = Athlete("x", races={race_mm: race_ms})
    marks = tuple(range(100_000, distance_mm, 100_000))
    planned = PlannedRep(1, 1, "", distance_mm, None, Rest("last", 0), make_race_pace(race_mm), splits=marks)
    target = target_for(planned, athlete)
    assert target is not None
    for mark, ms in {**target.marks, distance_mm: target.ms}.items():
        assert abs(Fraction(race_ms * mark, race_mm) - ms) <= Fraction(1, 2)
    times = [*target.marks.values(), target.ms]
    assert times == sorted(times)


# -- groups and clocks


def test_each_group_has_its_own_expected_moments() -> None:
    plan = build_plan(parse_oneliner("2x400 r30"), TWO)
    assert [(group.name, group.athletes, group.start_after_ms) for group in plan.groups] == [
        ("A", ("Matan",), 0),
        ("B", ("Maya",), 10_000),
    ]
    table = expected_timetable(plan)
    assert table.go_ms == {"A": (10_000, 10_000 + 63_520 + 30_000), "B": (20_000, 20_000 + 72_000 + 30_000)}
    assert table.total_ms == 122_000 + 72_000


def test_recovery_from_own_makes_each_athlete_a_group() -> None:
    workout, _ = parse_workout("name: x\nrecovery_from: own\nsets: [2x400]", "x")
    squad = Squad(athletes=(MAYA, MATAN, Athlete("Noa", "n")), groups=(Group("A"), Group("B", 5_000)))
    plan = build_plan(workout, squad)
    assert [(group.name, group.athletes, group.start_after_ms) for group in plan.groups] == [
        ("Matan", ("Matan",), 0),
        ("Noa", ("Noa",), 0),
        ("Maya", ("Maya",), 5_000),
    ]
    assert plan.groups[0].reps[0].rest == Rest("own", 30_000)
    assert expected_timetable(plan).total_ms is None
    free = build_plan(workout, Squad(athletes=(MATAN, MAYA), groups=squad.groups), hands_free=True)
    assert [group.name for group in free.groups] == ["A", "B"]


def test_a_group_can_have_its_own_workout() -> None:
    squad = Squad(athletes=(MATAN, MAYA), groups=(Group("A"), Group("B", workout="3x200 @800 r20")))
    plan = build_plan(parse_oneliner("2x400"), squad)
    assert [len(group.reps) for group in plan.groups] == [2, 3]
    plan = build_plan(parse_oneliner("2x400"), squad, group_workouts={"B": parse_oneliner("5x100")})
    assert [len(group.reps) for group in plan.groups] == [2, 5]
    with pytest.raises(KicktimerError, match="group B"):
        build_plan(parse_oneliner("400"), Squad(athletes=(MAYA,), groups=(Group("B", workout="x.yaml"),)))


def test_groups_without_athletes_are_left_out() -> None:
    plan = build_plan(parse_oneliner("400"), Squad(athletes=(MAYA,), groups=(Group("A"), Group("B"))))
    assert [group.name for group in plan.groups] == ["B"]
    with pytest.raises(KicktimerError):
        build_plan(parse_oneliner("400"), Squad(athletes=()))


def test_hands_free_sets_recovery_from_target_at_every_level() -> None:
    plan = build_plan(parse_oneliner("2x400 r30"), single_athlete_squad({1_500_000: 240_000}), hands_free=True)
    assert [each.rest.kind for each in plan.groups[0].reps] == ["target", "target"]
    assert all(each.hands_free for each in plan.groups[0].reps)
    sent = build_plan(parse_oneliner("2x400 on95"), single_athlete_squad({1_500_000: 240_000}), hands_free=True)
    assert [(each.rest.kind, each.hands_free) for each in sent.groups[0].reps] == [("send_off", True)] * 2
    for line in ("2x400 r30", "2x400 on95", "2x400 @free"):
        with pytest.raises(KicktimerError) as caught:
            build_plan(parse_oneliner(line), single_athlete_squad({}), hands_free=True)
        assert "--race" in caught.value.hint
    build_plan(parse_oneliner("2x3min r1min"), single_athlete_squad({}), hands_free=True)
    build_plan(parse_oneliner("2x400 @64.0"), single_athlete_squad({}), hands_free=True)


@pytest.mark.parametrize(
    ("text", "moments", "total"),
    [
        ("2x400 r30", (10_000, 104_000), 168_000),
        ("2x400 on95", (10_000, 105_000), 169_000),
        ("2x3min r1min", (10_000, 250_000), 430_000),
        ("2x400 @free", (10_000, None), None),
    ],
)
def test_expected_moments_of_each_rep(text: str, moments: tuple[int | None, ...], total: int | None) -> None:
    table = expected_timetable(build_plan(parse_oneliner(text), single_athlete_squad({1_500_000: 240_000})))
    assert (table.go_ms["A"], table.total_ms) == (moments, total)


def test_recovery_is_measured_from_the_configured_finish() -> None:
    squad = Squad(athletes=(Athlete("x", races={1_500_000: 240_000}), Athlete("y", races={1_500_000: 270_000})))
    for source, second in (("first", 104_000), ("last", 112_000), ("target", 112_000)):
        workout, _ = parse_workout(f"name: x\nrecovery_from: {source}\nsets: [2x400]", "x")
        assert expected_timetable(build_plan(workout, squad)).go_ms["A"][1] == second
    ready, _ = parse_workout("name: x\nrecovery: ready\nsets: [2x400]", "x")
    plan = build_plan(ready, squad)
    assert plan.groups[0].reps[0].rest == Rest("ready", 0)
    assert expected_timetable(plan).go_ms["A"] == (10_000, None)


def test_a_session_longer_than_a_day_is_refused() -> None:
    with pytest.raises(KicktimerError, match="24 h is the most"):
        build_plan(parse_oneliner("30x10km @20:00/km"), single_athlete_squad({}))
    with pytest.raises(KicktimerError, match="more than anybody"):
        build_plan(parse_oneliner("200x2 laps"), Squad(track=Track(2_000_000)))


def test_missing_targets_give_warnings() -> None:
    workout, _ = parse_workout(
        "name: x\nsets: [{reps: 1, distance: 400m, pace: kick, cues: [{at: 200m, say: go}]}, 400]", "x"
    )
    found = warnings(build_plan(workout, TWO))
    assert any("Matan and Maya have no goal_last_200m" in text for text in found)
    assert any("cue at 200m" in text for text in found)
    assert warnings(build_plan(parse_oneliner("400"), single_athlete_squad({}))) == (
        "Runner has no race time, and so no targets: add one in the squad, or with --race",
    )
    assert warnings(build_plan(parse_oneliner("400 @free"), single_athlete_squad({}))) == ()


# -- the track


def test_each_rep_starts_where_the_last_one_ended() -> None:
    outdoor, indoor = Track(), Track(200_000)
    assert lines_for_distances(outdoor, [400_000] * 3) == (0, 0, 0)
    assert lines_for_distances(outdoor, [200_000] * 4) == (0, 200_000, 0, 200_000)
    assert lines_for_distances(outdoor, [300_000] * 5) == (0, 100_000, 200_000, 300_000, 0)
    assert lines_for_distances(indoor, [200_000, 400_000]) == (0, 0)
    assert lines_for_distances(indoor, [300_000] * 3) == (0, 100_000, 0)
    assert lines_for_distances(outdoor, [300_000, 300_000, 300_000], [30_000, 240_000, 0]) == (0, 100_000, 0)
    assert lines_for_distances(outdoor, [None, 200_000, 200_000], [0, 240_000, 0]) == (0, None, 0)


def test_straight_distance_to_a_line() -> None:
    assert [round((straight_line_mm(Track(), mm) or 0) / 1000) for mm in (0, 200_000, 300_000)] == [0, 112, 72]
    assert straight_line_mm(Track(200_000), 100_000) is None


# -- JSON

names = st.text(st.characters(codec="utf-8", categories=["L", "N", "S", "Zs"]), min_size=1, max_size=10)
athletes = st.lists(
    st.builds(
        Athlete,
        names,
        st.sampled_from("abc"),
        st.sampled_from(["A", "B"]),
        st.dictionaries(st.sampled_from([400_000, 800_000, 1_500_000]), st.integers(40_000, 400_000)),
        st.none() | st.integers(20_000, 40_000),
        st.none() | st.integers(20_000, 40_000),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda athlete: athlete.name,
)
lines = st.sampled_from(
    [
        "8x400 r30",
        "2x(200+300+400) @98%1500 R4min",
        "3x3min r2min",
        "4x200 @kick on60",
        "6x300 @46.0 closing3",
        "5k @free",
    ]
)


@given(athletes, lines, st.sampled_from([200_000, 400_000]), st.integers(1, 3))
def test_a_plan_survives_json(people: list[Athlete], line: str, lap_mm: int, lane: int) -> None:
    squad = Squad("s", tuple(people), (Group("A"), Group("B", 5_000)), Track(lap_mm, lane))
    plan = build_plan(parse_oneliner(line), squad)
    again = load(json.loads(json.dumps(dump(plan))))
    assert again == plan
    assert dump(again) == dump(plan)


def test_a_shipped_plan_survives_json() -> None:
    workout, _, _ = load_workout("8x400-burner")
    plan = build_plan(workout, TWO)
    assert load(json.loads(json.dumps(dump(plan)))) == plan


def test_data_that_is_no_plan_is_refused() -> None:
    for wrong in ({}, [], None, {"name": 1}, "plan"):
        with pytest.raises(KicktimerError, match="no plan"):
            load(wrong)
