"""Volume against pace: every point is a square of dots, faster is up, more is to the right."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kicktimer.review.athlete import VolumePoint
from kicktimer.review.charts.volume_scatter import volume_scatter_lines
from kicktimer.text import display_width


def point(metres: int, pace: float, number: int = 0) -> VolumePoint:
    return VolumePoint(f"s{number}", "2026-04-01T18:00", 400_000, metres * 1000, pace)


def squares(lines: list[str]) -> tuple[int, int]:
    """Returns row and column of the first character of a point, from the top and the left."""
    return next(
        (row, at) for row, line in enumerate(lines) for at, each in enumerate(line) if "\u2800" < each < "\u2900"
    )


def test_points_and_race_paces_on_two_axes() -> None:
    points = [point(3200, 64_000), point(5000, 70_000, 1)]
    assert volume_scatter_lines(points, {1_500_000: 63_500, 5_000_000: 90_000}, 60, 8) == [
        "Metres in reps of one distance in a session, against their",
        "pace per 400 m: faster is up.",
        "     │╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ ╌ 1500m 63.5",
        "     │                           ⠛",
        "65.0 ┤",
        "     │",
        "     │",
        "     │",
        "70.0 ┤                                          ◆",
        "     │",
        "     └───────────────────────────────────────────",
        "      0 m           2000 m          4000 m",
        "◆ newest session · ╌ race pace · other race paces: 5k 90.0",
    ]


def test_race_paces_in_one_row_that_have_no_room_are_named_below() -> None:
    points = [point(3200, 56_000), point(3200, 75_000)]
    lines = volume_scatter_lines(points, {1_500_000: 64_000, 1_609_344: 64_100}, 40)
    assert sum(line.endswith(" 1500m 64.0") for line in lines) == 1
    assert lines[-1] == "other race paces: mile 64.1"
    assert any(
        line.endswith(" 1500m 64.0, mile 64.1")
        for line in volume_scatter_lines(points, {1_500_000: 64_000, 1_609_344: 64_100}, 80)
    )


def test_nothing_is_drawn_without_a_point_or_room() -> None:
    assert volume_scatter_lines([], {1_500_000: 64_000}, 80) == []
    assert volume_scatter_lines([point(3200, 64_000)], {}, 35) == []


paces = st.floats(40_000, 200_000) | st.floats(60_000, 66_000)


@given(
    st.lists(st.tuples(st.integers(1, 40_000), paces), min_size=1, max_size=30),
    st.dictionaries(st.sampled_from([800_000, 1_500_000, 1_609_344, 5_000_000, 21_097_500]), paces),
    st.integers(36, 160),
    st.integers(1, 30),
)
def test_the_chart_keeps_its_size_and_the_newest_session_is_marked(
    given_points: list[tuple[int, float]], goals: dict[int, float], width: int, height: int
) -> None:
    points = [point(metres, pace, number) for number, (metres, pace) in enumerate(given_points)]
    lines = volume_scatter_lines(points, goals, width, height)
    assert max(map(display_width, lines)) <= width
    rows = [line for line in lines if line.lstrip("0123456789. ")[:1] in {"│", "┤"}]
    assert len(rows) == max(4, height)
    assert sum(row.count("◆") for row in rows) == 1
    text = " ".join(" ".join(lines).split())
    assert all(f"{name} " in text for mm, name in ((800_000, "800m"), (1_609_344, "mile")) if mm in goals)


@given(st.lists(st.tuples(st.integers(1, 40_000), paces), min_size=2, max_size=8), st.integers(36, 120))
def test_slower_is_never_above_and_more_never_to_the_left(given_points: list[tuple[int, float]], width: int) -> None:
    places = []
    for metres, pace in given_points:
        # The other points become the newest session one by one: the diamond then says where each of them stands.
        others = [point(*each) for each in given_points]
        lines = volume_scatter_lines([*others, point(metres, pace, 1)], {}, width)
        row = next(row for row, line in enumerate(lines) if "◆" in line and "newest" not in line)
        places.append((pace, row, metres, lines[row].index("◆")))
    for pace, row, metres, column in places:
        for other_pace, other_row, other_metres, other_column in places:
            assert other_row >= row or other_pace < pace
            assert other_column >= column or other_metres < metres


def test_a_point_is_a_square_of_two_by_two_dots() -> None:
    lines = volume_scatter_lines([point(1000, 62_000), point(9000, 70_000, 1)], {}, 80)
    dots = sum((ord(each) - 0x2800).bit_count() for line in lines for each in line if "\u2800" < each < "\u2900")
    diamonds = sum(line.count("◆") for line in lines[:-1])
    assert diamonds == 1
    assert 4 <= dots <= 7, "four dots of the older point, and those of the newer one that its diamond leaves visible"
    assert squares(lines) < (8, 20)
