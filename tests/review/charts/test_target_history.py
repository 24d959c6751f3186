"""Mean and closing mean over time: faster is up, and what stands between the dotted lines is on target."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kicktimer.review.athlete import AthleteSession
from kicktimer.review.charts.target_history import target_history_lines
from kicktimer.review.session_measures import measure_athlete
from kicktimer.text import display_width

NOTHING = measure_athlete([], "Ann")


def session(day: int, mean: int | None, closing: int | None) -> AthleteSession:
    measures = replace(NOTHING, mean_minus_target_shown_ms=mean)
    return AthleteSession(
        f"s{day}", f"2026-{4 + day // 30:02}-{day % 30 + 1:02}T18:00", "8x400", "burner", measures, None, None, 0, None,
        closing_minus_target_shown_ms=closing,
    )  # fmt: skip


def marks(lines: list[str]) -> dict[tuple[int, str], int]:
    """Returns the row of each mark, by its column and symbol."""
    rows = [line for line in lines if line[6:7] in {"│", "┤"}]
    return {(at, cell): row for row, line in enumerate(rows) for at, cell in enumerate(line[7:]) if cell in "ox↑↓"}


def band_rows(lines: list[str]) -> list[int]:
    rows = [line for line in lines if line[6:7] in {"│", "┤"}]
    return [row for row, line in enumerate(rows) if "┄" in line]


def test_two_series_around_the_target() -> None:
    sessions = [session(0, 500, -100), session(7, 300, None), session(14, None, None), session(21, 0, -400)]
    assert target_history_lines(sessions, 80) == [
        "Mean and closing mean against the target, s, by session: faster is up.",
        "      │",
        "      │               x",
        " -0.3 │┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄",
        "      │",
        "      │ x",
        "  0.0 ┤──────────────o──────",
        "      │",
        "      │",
        " +0.3 │┄┄┄┄┄┄┄o┄┄┄┄┄┄┄┄┄┄┄┄┄",
        "      │",
        "      │o",
        "       2026-04-01 2026-04-22",
        "o mean · x closing mean · ┄ ±0.3 s · newest o 0.0, x -0.4 · 1 without a target",
    ]


def test_one_session_has_one_date() -> None:
    lines = target_history_lines([session(0, 100, None)], 80)
    assert lines[-2].split() == ["2026-04-01"]


def test_an_outlier_stands_at_the_edge_with_an_arrow() -> None:
    sessions = [*(session(day, 100, None) for day in range(5)), session(5, 9000, None)]
    lines = target_history_lines(sessions, 80)
    assert [key for key in marks(lines) if key[1] == "↓"] == [(20, "↓")]
    assert "↑ ↓ beyond the scale" in lines[-1]


def test_nothing_is_drawn_without_a_target_or_room() -> None:
    assert target_history_lines([], 80) == []
    assert target_history_lines([session(0, None, None)], 80) == []
    assert target_history_lines([session(0, 100, 100)], 35) == []


tenths = st.integers(-20_000, 20_000).map(lambda each: each * 100) | st.integers(-12, 12).map(lambda each: each * 100)


@given(
    st.lists(st.tuples(st.none() | tenths, st.none() | tenths), min_size=1, max_size=60),
    st.integers(36, 160),
    st.integers(1, 40),
)
def test_every_shown_session_is_marked_in_its_place(
    differences: list[tuple[int | None, int | None]], width: int, height: int
) -> None:
    lines = target_history_lines([session(day, *each) for day, each in enumerate(differences)], width, height)
    found = [each for each in differences if each != (None, None)]
    if not found:
        assert lines == []
        return
    assert max(map(display_width, lines)) <= width
    placed = marks(lines)
    step = next(step for step in (3, 2) if len(found) * step <= width - 7 or step == 2)
    step = max(step, -(-21 // len(found)))
    shown = found[-((width - 7) // step) :]
    rows = {}
    for place, pair in enumerate(shown):
        for at, (ms, mark) in enumerate(zip(pair, "ox", strict=True)):
            if ms is not None:
                row = [placed.get((place * step + at, each)) for each in (mark, "↑", "↓")]
                assert sum(each is not None for each in row) == 1
                rows[ms] = next(each for each in row if each is not None)
    assert len(placed) == sum(ms is not None for pair in shown for ms in pair)
    assert [rows[ms] for ms in sorted(rows)] == sorted(rows.values())
    first, last = band_rows(lines)
    for ms, row in rows.items():
        assert (first <= row <= last) is (abs(ms) <= 300)
