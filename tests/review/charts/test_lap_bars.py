"""Lap bars: what the picture says is what the figures say, and it fits."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kicktimer.review.charts.lap_bars import MIN_WIDTH, lap_bar_lines
from kicktimer.review.records import RepRecord, SessionRecord
from kicktimer.review.session_measures import on_target
from kicktimer.text import display_width
from kicktimer.units import round_up_hand_time, show_time


def rep(number: int, time: int | None, name: str = "Ann", **more: object) -> RepRecord:
    given_values = RepRecord(
        name, "A", number, 1, 400_000, None, target_ms=64_000, time_ms=time, by=None if time is None else "key",
        status="missed" if time is None else "timed",
    )  # fmt: skip
    return replace(given_values, **more)


def session(*reps: RepRecord) -> SessionRecord:
    return SessionRecord("s", "2026-09-01T18:00:00+02:00", "8x400", "burner", "finished", reps=reps)


def end_in_half_cells(line: str) -> int:
    """Returns where the bar of a row ends, in half cells from the target; negative is left of it."""
    target = line.index("┃")
    right = line[target + 1 :].partition(" ")[0].rstrip("░")
    left = line[:target].rpartition(" ")[2].lstrip("░")
    return 2 * len(right) - right.count("▌") - 2 * len(left) + left.count("▐")


def shaded_half_cells(line: str) -> tuple[int, int]:
    """Returns the band in half cells from the target, as far as the bar leaves it visible."""
    target = line.index("┃")
    return -2 * line[:target].count("░"), 2 * line[target:].count("░")


def test_a_session_of_one_athlete() -> None:
    of = session(
        rep(1, 64_000), rep(2, 64_300), rep(3, 65_000), rep(4, None), rep(5, 63_700, by="order"),
        rep(6, 63_400, by="corrected", closing=True),
    )  # fmt: skip
    assert lap_bar_lines(of, 50) == [
        "Ann",
        "       -0.5    0.0   +0.5   +1.0",
        "1 400m     ░░░░░┃░░░░░               1:04.0h  0.0=",
        "2 400m     ░░░░░┃████▌               1:04.3h +0.3=",
        "3 400m     ░░░░░┃██████████████▌     1:05.0h +1.0▲",
        "4 400m     ░░░░░│░░░░░                missed",
        "5 400m     ▐████┃░░░░░              1:03.7h? -0.3=",
        "6*400m ▐████████┃░░░░░               ~1:03.4 -0.6▼",
        "",
        "s to the target, faster to the left",
        "░ on target: ±0.3 s · * closing rep",
    ]


def test_a_band_of_the_rep_is_drawn_at_its_own_place() -> None:
    of = session(rep(1, 65_000, band=(62_000, 66_000)), rep(2, 65_000))
    wide, narrow = lap_bar_lines(of, 80)[2:4]
    assert end_in_half_cells(wide) == end_in_half_cells(narrow)
    assert (wide.rstrip()[-1], narrow.rstrip()[-1]) == ("=", "▲")
    assert wide.count("░") > narrow.count("░")
    assert "░" in wide[wide.rindex("█") :], "the bar ends inside the band"
    assert "░" not in narrow[narrow.rindex("█") :]
    assert "░ on target: ±0.3 s, or the rep's band" in "\n".join(lap_bar_lines(of, 80))


def test_without_a_target_a_rep_is_set_against_the_own_mean_and_nothing_is_on_target() -> None:
    reps = [rep(1, 64_000, target_ms=None), rep(2, 66_000, target_ms=None), rep(3, 30_000, "Bea", target_ms=None)]
    shown = lap_bar_lines(session(*reps), 80)
    assert [line.split()[-1] for line in shown if "┃" in line] == ["m-1.0", "m+1.0", "m0.0"]
    assert "░" not in "".join(shown)
    assert "own mean" in "\n".join(shown)


def test_one_outlier_leaves_the_scale_and_the_others_stay_legible() -> None:
    shown = lap_bar_lines(session(rep(1, 64_100), rep(2, 64_400), rep(3, 90_000)), 80)
    assert "»" in shown[4]
    assert end_in_half_cells(shown[3]) - end_in_half_cells(shown[2]) >= 4
    assert "« » beyond the scale" in "\n".join(shown)


def test_nothing_is_drawn_without_a_rep_or_room() -> None:
    assert lap_bar_lines(session(), 80) == []
    assert lap_bar_lines(session(rep(1, 64_000)), MIN_WIDTH - 1) == []


times = st.integers(1, 86_400_000) | st.integers(62_000, 67_000) | st.none()
NAMES = st.text(st.characters(categories=["L", "N", "S"]), min_size=1, max_size=60)


@given(
    st.lists(times, min_size=1, max_size=12),
    st.sampled_from([None, 64_000, 64_049, 7_200_000]),
    st.none() | st.tuples(st.integers(50_000, 64_000), st.integers(64_000, 80_000)),
    st.integers(MIN_WIDTH, 160),
    NAMES,
)
def test_every_rep_has_a_row_inside_the_width(
    ran: list[int | None], target: int | None, band: tuple[int, int] | None, width: int, name: str
) -> None:
    reps = [
        rep(number, ms, name, target_ms=target, band=band if target == 64_000 else None)
        for number, ms in enumerate(ran, start=490)
    ]
    lines = lap_bar_lines(session(*reps), width)
    assert max(map(display_width, lines)) <= width
    rows = lines[2 : 2 + len(reps)]
    for each, line in zip(reps, rows, strict=True):
        assert line.startswith(f"{each.rep} 400m")
        assert (" missed" if each.time_ms is None else f" {show_time(each.time_ms)}h") in line


@given(st.lists(st.integers(58_000, 72_000), min_size=2, max_size=12), st.integers(MIN_WIDTH, 120))
def test_a_slower_rep_never_ends_left_of_a_faster_one_and_only_one_on_target_ends_in_the_band(
    ran: list[int], width: int
) -> None:
    reps = [rep(number, ms) for number, ms in enumerate([*ran, 64_000], start=1)]
    rows = [line for line in lap_bar_lines(session(*reps), width) if "┃" in line]
    ends = {each.rep: end_in_half_cells(line) for each, line in zip(reps, rows, strict=True)}
    ordered = sorted(reps, key=lambda each: round_up_hand_time(each.time_ms or 0))
    assert [ends[each.rep] for each in ordered] == sorted(ends.values())
    first, last = shaded_half_cells(rows[-1])
    for each in reps:
        assert (first <= ends[each.rep] <= last) is on_target(each)
