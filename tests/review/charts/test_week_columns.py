"""Weeks by kind: every session is a letter, every gap is seen, and what has no room is counted."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kicktimer.review.athlete import Week
from kicktimer.review.charts.week_columns import LETTERS, MAX_ROWS, MAX_WEEKS, week_lines
from kicktimer.text import display_width

FIRST = date(2026, 4, 27)


def weeks(*kinds: dict[str, int]) -> list[Week]:
    return [Week(FIRST + timedelta(weeks=place), each) for place, each in enumerate(kinds)]


def test_letters_stand_on_each_other_and_a_gap_is_seen() -> None:
    given_weeks = weeks({"tempo": 1, "burner": 2}, {}, {"burner": 1}, {"jogging": 1, "speed": 1})
    assert week_lines(given_weeks, 80) == [
        "Sessions by week, 2026-04-27 to 2026-05-24, weeks from Monday.",
        "3 T",
        "2 B        O",
        "1 B  -  B  P",
        "     May",
        "B burner · T tempo · P speed · O other · - no session",
    ]


def test_the_last_weeks_that_fit_are_shown_and_the_others_counted() -> None:
    lines = week_lines(weeks(*[{"burner": 2}] * 30), 80)
    assert lines[2].count("B") == MAX_WEEKS
    assert lines[-1].endswith("before: 4 weeks, 8 sessions")
    assert week_lines(weeks(*[{"burner": 1}] * 27), 80)[-1].endswith("before: 1 week, 1 session")


def test_a_week_with_more_sessions_than_rows_says_so() -> None:
    lines = week_lines(weeks({"burner": MAX_ROWS + 1}), 80)
    assert lines[1] == f"{MAX_ROWS} +"
    assert "+ more than have room" in lines[-1]


def test_nothing_is_drawn_without_a_week_or_room() -> None:
    assert week_lines([], 80) == []
    assert week_lines(weeks({"burner": 1}), 19) == []


@given(
    st.lists(
        st.dictionaries(st.sampled_from([*LETTERS, "jogging"]), st.integers(1, 2), max_size=4), min_size=1, max_size=40
    ),
    st.integers(20, 160),
)
def test_each_session_of_a_shown_week_is_a_letter_inside_the_width(kinds: list[dict[str, int]], width: int) -> None:
    lines = week_lines(weeks(*kinds), width)
    assert max(map(display_width, lines)) <= width
    rows = [line[2:] for line in lines if line[:2] in {f"{row} " for row in range(1, MAX_ROWS + 1)}]
    marks = "".join(rows).replace(" ", "")
    columns = sum(cell != " " for cell in rows[-1])
    shown = kinds[-columns:]
    assert columns <= MAX_WEEKS
    assert marks.count("-") == sum(not each for each in shown)
    assert len(marks) - marks.count("-") == sum(sum(each.values()) for each in shown)
    if columns < len(kinds):
        assert "before: " in " ".join(lines)
