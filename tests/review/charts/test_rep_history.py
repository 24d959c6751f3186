"""The same rep across sessions: a row for each, and a slower time never left of a faster one."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kicktimer.review.athlete import RepPoint
from kicktimer.review.charts.rep_history import MAX_SESSIONS, rep_history_lines
from kicktimer.review.records import RepRecord
from kicktimer.text import display_width
from kicktimer.units import round_up_hand_time, show_time


def point(day: int, time: int | None, **more: object) -> RepPoint:
    record = RepRecord(
        "Ann", "A", 8, 1, 400_000, None, closing=True, target_ms=64_000, time_ms=time,
        by=None if time is None else "key", status="missed" if time is None else "timed",
    )  # fmt: skip
    return RepPoint(f"s{day}", f"2026-{4 + day // 30:02}-{day % 30 + 1:02}T18:00", replace(record, **more))


def mark(line: str) -> int:
    return max(line.rfind(each) for each in "●«»")


def test_a_row_for_each_session() -> None:
    points = [point(0, 64_710), point(7, None), point(14, 63_900), point(21, 64_000, target_ms=None, by="corrected")]
    assert rep_history_lines(points, "8x400", 60) == [
        "Rep 8, 400 m, session by session: 8x400",
        "                           1:03.5   1:04.0       1:04.5",
        "2026-04-01 1:04.8h  +0.8▲              │                   ●",
        "2026-04-08  missed                     │",
        "2026-04-15 1:03.9h! -0.1=            ● │",
        "2026-04-22 ~1:04.0                     ●",
        "● time · │ target · ! best",
    ]


def test_older_sessions_are_counted_with_their_fastest() -> None:
    points = [point(0, 63_000), point(1, None), *(point(day, 64_000 + day) for day in range(2, 2 + MAX_SESSIONS))]
    lines = rep_history_lines(points, "8x400", 80)
    assert len(lines) == MAX_SESSIONS + 3
    assert lines[-1].endswith("2 earlier, the fastest 1:03.0!")
    assert "!" not in "".join(lines[:-1])


def test_one_slow_time_leaves_the_scale() -> None:
    lines = rep_history_lines([*(point(day, 64_000 + 100 * day) for day in range(5)), point(5, 120_000)], "", 80)
    assert lines[-2].endswith("»")
    assert mark(lines[6]) - mark(lines[2]) >= 8
    assert "« » beyond the scale" in lines[-1]


def test_nothing_is_drawn_without_a_session_or_room() -> None:
    assert rep_history_lines([], "8x400", 80) == []
    assert rep_history_lines([point(0, 64_000)], "8x400", 35) == []


@given(
    st.lists(st.none() | st.integers(62_000, 67_000) | st.integers(1, 86_400_000), min_size=1, max_size=40),
    st.sampled_from([None, 64_000, 1, 86_400_000]),
    st.text(st.characters(categories=["L", "N", "S"]), max_size=60),
    st.integers(36, 160),
)
def test_every_session_has_a_row_in_order_on_the_scale(
    times: list[int | None], target: int | None, workout: str, width: int
) -> None:
    points = [point(day, ms, target_ms=target) for day, ms in enumerate(times)]
    lines = rep_history_lines(points, workout, width)
    assert max(map(display_width, lines)) <= width
    rows = {line[:10]: line for line in lines if line.startswith("2026-")}
    shown = points[-MAX_SESSIONS:]
    assert len(rows) == len(shown)
    timed = [each for each in shown if each.record.time_ms is not None]
    for each in shown:
        time = each.record.time_ms
        assert ("missed" if time is None else show_time(time)) in rows[each.date[:10]]
    places = {round_up_hand_time(each.record.time_ms or 0): mark(rows[each.date[:10]]) for each in timed}
    assert all(place > 10 for place in places.values())
    assert [places[time] for time in sorted(places)] == sorted(places.values())
    best = min((round_up_hand_time(ms) for ms in times if ms is not None), default=None)
    for each in timed:
        is_best = round_up_hand_time(each.record.time_ms or 0) == best
        assert ("!" in rows[each.date[:10]]) is is_best
