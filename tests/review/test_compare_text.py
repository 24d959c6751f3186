"""Two sessions, two athletes and two seasons side by side: the figures, and that they fit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.review.compare_text import MIN_WIDTH, athlete_comparison, season_comparison, session_comparison
from kicktimer.review.records import RepRecord, SessionRecord
from kicktimer.text import display_width


def session(day: str, *times: int | None, name: str = "Ann", closing_from: int = 99) -> SessionRecord:
    reps = tuple(
        RepRecord(
            name, "A", rep, 1, 400_000, None, closing=rep >= closing_from, target_ms=64_000, time_ms=ms,
            by=None if ms is None else "key", started_ms=rep * 100_000, recovery_ms=30_000 + rep * 100,
            status="missed" if ms is None else "timed",
        )
        for rep, ms in enumerate(times, 1)
    )  # fmt: skip
    return SessionRecord(day, f"{day}T18:00:00+02:00", "2x400", "burner", "finished", reps=reps)


def test_two_sessions_side_by_side() -> None:
    left, right = session("2026-09-01", 64_510, 65_000), session("2026-09-08", 63_920, None)
    assert session_comparison(left, right, 80) == [
        "Ann",
        "           2026-09-01  rest  2026-09-08  rest",
        "1 400m        1:04.6h  30.1     1:04.0h  30.1  -0.6",
        "2 400m        1:05.0h  30.2      missed  30.2",
        "mean           1:04.8            1:04.0        -0.8",
        "to target        +0.8               0.0",
        "spread           0.35",
    ]


def test_sessions_without_a_common_athlete() -> None:
    assert session_comparison(session("2026-09-01", 64_000), session("2026-09-08", 64_000, name="Bea"), 80) == [
        "nobody ran in both sessions"
    ]


def test_two_athletes_of_a_session() -> None:
    ann, bea = session("2026-09-01", 64_510), session("2026-09-01", 66_000, name="Bea")
    shown = athlete_comparison(replace(ann, reps=(*ann.reps, *bea.reps)), "Ann", "Bea", 80)
    assert shown[:2] == ["               Ann  rest      Bea  rest", "1 400m     1:04.6h  30.1  1:06.0h  30.1  +1.4"]


def test_different_distances_are_not_compared() -> None:
    left, right = session("2026-09-01", 64_510), session("2026-09-08", 47_000)
    right = replace(right, reps=(replace(right.reps[0], distance_mm=300_000),))
    assert session_comparison(left, right, 80)[2] == "1 400m/300m     1:04.6h  30.1       47.0h  30.1"
    assert not any(line.startswith("mean") and line.endswith("6") for line in session_comparison(left, right, 80))


def test_season_and_the_one_before() -> None:
    sessions = [
        session("2025-09-01", 66_000, 66_400, closing_from=2),
        session("2026-09-01", 64_000, 63_000, closing_from=2),
        session("2026-09-08", 64_200, 63_000, closing_from=2),
    ]
    assert season_comparison("Ann", sessions, 80) == [
        "                2025  rest        2026  rest",
        "400m      1:06.2 (2)  30.2  1:03.6 (4)  30.2  -2.6",
        " closing      1:06.4            1:03.0        -3.4",
    ]
    assert season_comparison("Ann", sessions[1:], 80) == ["Ann has no time of a rep in 2025"]
    assert season_comparison("Ann", [*sessions, session("2027-01-05", None)], 80) == [
        "Ann has no time of a rep in 2027"
    ]
    assert season_comparison("Ann", [], 80) == ["Ann has not run yet"]


def test_typed_times_and_names_by_order_are_marked() -> None:
    left, right = session("2026-09-01", 64_000, 65_000), session("2026-09-08", 63_000, 64_000)
    left = replace(left, reps=(replace(left.reps[0], by="corrected"), left.reps[1]))
    right = replace(right, reps=(replace(right.reps[0], by="order"), right.reps[1]))
    shown = session_comparison(left, right, 80)
    assert shown[2].split() == ["1", "400m", "~1:04.0", "30.1", "1:03.0h?", "30.1", "-1.0"]
    assert next(line for line in shown if line.startswith("mean")).split() == ["mean", "~1:04.5", "1:03.5", "-1.0"]
    before = replace(left, date="2025-09-01T18:00:00+02:00")
    assert season_comparison("Ann", [before, right], 80)[1].split()[1] == "~1:04.5"


def test_rep_by_time_has_its_length() -> None:
    both = [session(day, None) for day in ("2026-09-01", "2026-09-08")]
    both = [replace(each, reps=(replace(each.reps[0], distance_mm=None, duration_ms=180_000),)) for each in both]
    assert session_comparison(both[0], both[1], 80)[2].startswith("1 3min")


@given(
    st.integers(MIN_WIDTH, 120), st.text(min_size=1, max_size=60), st.lists(st.integers(20_000, 200_000), max_size=4)
)
def test_no_line_is_wider_than_asked_for(width: int, name: str, times: list[int]) -> None:
    both = [session(day, *times, name=name) for day in ("2026-09-01", "2026-09-02")]
    shown = athlete_comparison(both[0], name, name, width)
    assert max(map(display_width, shown)) <= width


@pytest.mark.parametrize("width", [40, 60, 100])
def test_recoveries_are_left_out_first(width: int) -> None:
    shown = session_comparison(session("2026-09-01", 64_510), session("2026-09-08", 63_920), width)
    assert ("rest" in shown[1]) == (width >= 60)
    assert shown[2].endswith("-0.6")
