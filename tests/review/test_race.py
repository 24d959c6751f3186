"""Questions about a race's figures, and its last 200 m."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.review.race import last_200_ms, race_questions
from kicktimer.review.records import RepRecord, SplitRecord


def test_plausible_figures_ask_nothing():
    assert race_questions(1_500_000, 214_510, {1_300_000: 188_490}) == ()
    assert race_questions(1_500_000, None, {}) == ()


@pytest.mark.parametrize(
    ("finish", "marks", "legs", "words"),
    [
        (214_510, {1_300_000: 192_511}, (), "faster than anybody"),
        (240_000, {1_300_000: 194_999}, (), "slower than a kick"),
        (188_000, {1_300_000: 214_000}, (), "the wrong way round"),
        (214_510, {1_600_000: 180_000}, (), "not inside"),
        (21_451, {}, (), "world record"),
        (214_500, {}, (60_000, 60_000, 60_000, 30_000), "add up to 3:30.0"),
    ],
)
def test_figures_that_cannot_be_are_asked_about(finish, marks, legs, words):
    assert any(words in question for question in race_questions(1_500_000, finish, marks, legs))


def test_rounded_splits_may_miss_their_sum_a_little():
    assert race_questions(1_500_000, 214_500, {}, (60_000, 60_000, 60_000, 34_300)) == ()


@given(st.integers(22_000, 45_000))
def test_the_limits_of_a_last_200_are_allowed(last):
    assert race_questions(1_500_000, 240_000, {1_300_000: 240_000 - last}) == ()


@pytest.mark.parametrize(
    ("distance", "time", "marks", "expected"),
    [
        (1_500_000, 240_000, {1_300_000: 211_000}, 29_000),
        (200_000, 26_000, {}, 26_000),
        (1_500_000, 240_000, {1_200_000: 190_000}, None),
        (1_500_000, 210_000, {1_300_000: 211_000}, None),
        (1_500_000, None, {1_300_000: 211_000}, None),
        (100_000, 13_000, {}, None),
        (None, None, {}, None),
    ],
)
def test_the_last_200(distance, time, marks, expected):
    splits = tuple(SplitRecord(mark, ms, "key") for mark, ms in marks.items())
    record = RepRecord("Noa", "A", 1, 1, distance, None, time_ms=time, by="key" if time else None, splits=splits)
    assert last_200_ms(record) == expected
