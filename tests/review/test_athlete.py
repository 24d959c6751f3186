"""One athlete over time, and two things side by side."""

from dataclasses import replace
from datetime import date

import pytest

from kicktimer.review.athlete import athlete_review, same_rep
from kicktimer.review.compare import compare_athletes, compare_seasons, compare_sessions
from kicktimer.review.records import AthleteRecord, RaceInfo, RepRecord, SessionRecord

NOA = AthleteRecord("Noa", {1_500_000: 240_000, 800_000: 120_000})


def rep(number, time, *, distance=400, athlete="Noa", **more):
    values = {"status": "missed" if time is None else "timed", "target_ms": distance * 160, "started_ms": 0, **more}
    return RepRecord(
        athlete, "A", number, 1, distance * 1000, None, time_ms=time, by=None if time is None else "key", **values
    )


def session(day, *reps, kind="burner", workout="8x400", **more):
    return SessionRecord(day, f"{day}T18:00:00+02:00", workout, kind, "finished", athletes=(NOA,), reps=reps, **more)


def test_weeks_are_counted_by_kind_and_empty_weeks_stay():
    review = athlete_review("Noa", [
        session("2026-05-17", rep(1, 64_000)), session("2026-04-27", rep(1, 64_000)),
        session("2026-05-03", rep(1, None), kind="strength"), session("2026-05-04", rep(1, 64_000, athlete="Tal")),
        session("2026-05-05", rep(1, 240_000, distance=1500), race=RaceInfo(1_500_000, "Meet", "")),
    ])  # fmt: skip
    assert [(week.monday, dict(week.kinds)) for week in review.weeks] == [
        (date(2026, 4, 27), {"burner": 1, "strength": 1}), (date(2026, 5, 4), {}), (date(2026, 5, 11), {"burner": 1}),
    ]  # fmt: skip
    assert [week.count for week in review.weeks] == [2, 0, 1]


def test_a_session_late_on_sunday_belongs_to_the_week_where_it_was_run():
    late = replace(session("2026-05-03", rep(1, 64_000)), date="2026-05-03T23:30:00-05:00")
    assert athlete_review("Noa", [late]).weeks[0].monday == date(2026, 4, 27)


def test_the_same_workout_and_the_same_rep_across_sessions():
    first = session("2026-05-01", rep(7, 64_100), rep(8, 64_900, closing=True, relaxation=3))
    second = session("2026-05-08", rep(8, None, closing=True))
    other = session("2026-05-10", rep(8, 32_000, distance=200), workout="10x200")
    review = athlete_review("Noa", [second, other, first])
    assert [each.date[:10] for each in review.same_workout("8x400")] == ["2026-05-01", "2026-05-08"]
    assert review.workouts == ("8x400", "10x200")
    assert review.sessions[0].closing_mean_ms == 64_900
    assert review.sessions[0].closing_target_ms == 64_000
    assert review.sessions[0].relaxation_mean == 3
    points = same_rep("Noa", [second, other, first], 8, 400_000)
    assert [(each.id, each.record.time_ms) for each in points] == [("2026-05-01", 64_900), ("2026-05-08", None)]


def test_bests_volume_and_goal_lines():
    one = session("2026-05-01", rep(1, 64_000), rep(2, 63_000), rep(3, 31_000, distance=200))
    two = session("2026-05-08", rep(1, 63_000))
    review = athlete_review("Noa", [one, two])
    assert [(best.distance_mm, best.time_ms, best.id, best.rep) for best in review.bests] == [
        (200_000, 31_000, "2026-05-01", 3), (400_000, 63_000, "2026-05-01", 2),
    ]  # fmt: skip
    assert [(each.distance_mm, each.volume_mm, each.pace_400_ms) for each in review.volume if each.id == one.id] == [
        (200_000, 200_000, 62_000), (400_000, 800_000, 63_500),
    ]  # fmt: skip
    assert review.goal_lines_ms == {800_000: 60_000, 1_500_000: 64_000}


def test_the_last_closing_rep_of_the_usual_workout():
    first = session("2026-05-01", rep(7, 64_100, closing=True), rep(8, 64_900, closing=True))
    second = session("2026-05-08", rep(8, None, closing=True))
    other = session("2026-05-10", rep(9, 32_000, distance=200, closing=True), workout="10x200")
    review = athlete_review("Noa", [second, other, first])
    assert [(each.id, each.record.time_ms) for each in review.last_closing_rep] == [
        ("2026-05-01", 64_900), ("2026-05-08", None),
    ]  # fmt: skip
    assert athlete_review("Noa", [session("2026-05-01", rep(1, 64_000))]).last_closing_rep == ()


def test_the_closing_mean_against_its_targets_is_that_of_the_figures_as_shown():
    ran = session(
        "2026-05-01", rep(6, 70_000), rep(7, 64_010, closing=True), rep(8, 63_810, closing=True),
        rep(9, 90_000, closing=True, target_ms=None),
    )  # fmt: skip
    assert athlete_review("Noa", [ran]).sessions[0].closing_minus_target_shown_ms == 0  # 64.1 and 63.9 against 64.0
    assert (
        athlete_review("Noa", [session("2026-05-01", rep(1, 64_000))]).sessions[0].closing_minus_target_shown_ms is None
    )


def test_a_stranger_has_an_empty_review():
    review = athlete_review("Gil", [session("2026-05-01", rep(1, 64_000))])
    assert (review.weeks, review.sessions, review.bests, review.volume, review.goal_lines_ms) == ((), (), (), (), {})


def test_two_sessions_side_by_side_with_times_and_recoveries():
    left = session("2026-05-01", rep(1, 64_010, recovery_ms=30_000), rep(2, 64_000), rep(3, 46_000, distance=300))
    right = session("2026-05-08", rep(1, 63_999, recovery_ms=45_000), rep(3, 64_000), rep(1, 70_000, athlete="Tal"))
    pairs = compare_sessions(left, right)
    assert [pair.left_name for pair in pairs] == ["Noa", "Tal"]
    first, second, third = pairs[0].reps
    assert (first.difference_shown_ms, first.recovery_difference_ms) == (-100, 15_000)
    assert (second.right, second.difference_shown_ms) == (None, None)
    assert third.difference_shown_ms is None  # 300 m and 400 m
    assert pairs[0].left.mean_ms == pytest.approx(64_005)


def test_a_comparison_turned_round_has_the_opposite_sign():
    one = session("2026-05-01", rep(1, 64_010), rep(1, 66_000, athlete="Tal"))
    there = compare_athletes(one, "Noa", one, "Tal").reps[0].difference_shown_ms
    assert there == 1_900
    assert compare_athletes(one, "Tal", one, "Noa").reps[0].difference_shown_ms == -there


def test_two_seasons_by_distance():
    last = [session("2025-05-01", rep(1, 66_000, recovery_ms=30_000), rep(8, 68_000, closing=True))]
    this = [
        session(
            "2026-05-01", rep(1, 64_000, recovery_ms=40_000), rep(8, 64_000, closing=True), rep(9, 31_000, distance=200)
        )
    ]
    short, long = compare_seasons("Noa", last, this)
    assert (short.distance_mm, short.left_count, short.difference_shown_ms) == (200_000, 0, None)
    assert (long.difference_shown_ms, long.closing_difference_shown_ms) == (-3_000, -4_000)
    assert (long.left_recovery_ms, long.right_recovery_ms) == (30_000, 40_000)
