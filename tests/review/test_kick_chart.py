"""The chart of the kick report: where the marks stand, and that it never breaks."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kicktimer.review.kick import Fresh200, KickReport, Tired200, TiredSession, kick_report
from kicktimer.review.kick_chart import chart_lines
from kicktimer.review.race import RaceLast200

EMPTY = kick_report("Ann", [])


def report(*sessions: tuple[str, tuple[int, ...]], fresh: int | None = None, goal: int | None = None) -> KickReport:
    tired = tuple(
        TiredSession(f"s{place}", day, float(place), tuple(Tired200(7, ms, "rolling") for ms in times))
        for place, (day, times) in enumerate(sessions)
    )
    return replace(
        EMPTY, sessions=tired, goal_ms=goal, fresh=None if fresh is None else Fresh200(fresh, "rolling", "squad")
    )


def test_marks_stand_on_one_scale() -> None:
    shown = report(("2026-09-01", (31_000, 32_000)), ("2026-09-08", (30_000, 30_000)), fresh=28_000, goal=29_000)
    shown = replace(shown, races=(RaceLast200("r", "Club", "2026-09-20", "Kerr", 26_000, own=False),))
    lines = chart_lines(shown, 72)
    columns = [line.index(mark) for line, mark in zip(lines[1:4], "WFG", strict=True)]
    assert columns == [11, 11 + 20, 11 + 30]
    assert [lines[4].index("·"), lines[4].index("T"), lines[4].rindex("·")] == [11 + 50, 11 + 55, 11 + 60]
    assert lines[5].index("T") == 11 + 40


def test_nothing_is_drawn_without_a_tired_200_or_without_room() -> None:
    assert chart_lines(EMPTY, 80) == []
    assert chart_lines(report(("2026-09-01", (31_000,))), 39) == []


@given(
    st.lists(st.lists(st.integers(15_000, 200_000), min_size=1, max_size=3), min_size=1, max_size=20),
    st.integers(40, 200),
    st.none() | st.integers(15_000, 60_000),
)
def test_every_session_has_a_row_inside_the_width(sessions: list[list[int]], width: int, goal: int | None) -> None:
    shown = report(*[(f"2026-09-{day:02}", tuple(times)) for day, times in enumerate(sessions, start=1)], goal=goal)
    lines = chart_lines(shown, width)
    assert max(map(len, lines)) <= width
    assert sum(line.startswith("2026") for line in lines) == min(16, len(sessions))
    assert all("T" in line for line in lines if line.startswith("2026"))
