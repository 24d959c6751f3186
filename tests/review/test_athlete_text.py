"""Everything about an athlete as text: the order of its parts, and that it fits."""

from __future__ import annotations

from itertools import pairwise

import pytest

from harness.seasons import NAME, draw_season, records_of
from kicktimer.review.athlete import athlete_review
from kicktimer.review.athlete_text import athlete_lines
from kicktimer.review.kick import kick_report
from kicktimer.text import display_width

SEASON = records_of(draw_season("text", -500))
REVIEW, REPORT = athlete_review(NAME, SEASON), kick_report(NAME, SEASON)
PARTS = ("Tired 200 m", "date ", "Mean and closing mean", "24 sessions in", "Sessions by week", "Metres in reps",
         "Best in training", "Rep 8, 400 m")  # fmt: skip


@pytest.mark.parametrize("width", [39, 79, 139])
def test_the_parts_follow_each_other_and_fit(width: int) -> None:
    lines = athlete_lines(REVIEW, REPORT, width)
    places = [next(row for row, line in enumerate(lines) if line.startswith(part)) for part in PARTS]
    assert places == sorted(places)
    assert max(map(display_width, lines)) <= width
    assert lines[0]
    assert lines[-1]
    assert not any(first == second == "" for first, second in pairwise(lines))


def test_in_a_very_narrow_window_the_charts_are_left_out() -> None:
    lines = athlete_lines(REVIEW, REPORT, 20)
    assert not any(line.startswith(("Mean and", "Metres", "Rep 8")) for line in lines)
    assert max(map(display_width, lines)) <= 30, "the table keeps its date and eight columns of the workout"


def test_a_stranger_gets_what_is_missing_and_no_chart() -> None:
    lines = athlete_lines(athlete_review("Gil", SEASON), kick_report("Gil", SEASON), 80)
    assert "Missing:" in lines
    assert not any(each in line for line in lines for each in "┤│")
