"""The grid of a session: what stands in it, and that it fits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.review.records import RepRecord, SessionRecord, SplitRecord
from kicktimer.review.session_measures import measure_session
from kicktimer.review.session_text import session_grid, session_lines
from kicktimer.text import display_width


def session(*names: str, reps: int = 3, group: str = "A") -> SessionRecord:
    """Returns a session of 400 m reps. Each athlete is 0.7 s slower than the one before, and each rep 0.2 s."""
    records = tuple(
        RepRecord(
            name, group, rep, 1, 400_000, None, closing=rep == reps, target_ms=64_000, by="key", recovery_ms=30_000,
            time_ms=64_000 + 700 * place + 200 * (rep - 1), started_ms=100_000 * rep,
        )
        for rep in range(1, reps + 1)
        for place, name in enumerate(names)
    )  # fmt: skip
    return SessionRecord("s", "2026-09-01T18:00:00+02:00", "3x400", "burner", "finished", reps=records, notes=("wind",))


def lines(of: SessionRecord, width: int) -> list[str]:
    return session_lines(of, measure_session(of), width)


def test_narrow_grid() -> None:
    assert lines(session("Ann", "Bea"), 40) == [
        "        Ann         Bea",
        "1 400m  1:04.0 0.0  1:04.7 +0.7",
        "2 400m  1:04.2 +0.2 1:04.9 +0.9",
        "3*400m  1:04.4 +0.4 1:05.1 +1.1",
        "-----------------------",
        "target  1:04.0      1:04.0",
        "mean    1:04.2 +0.2 1:04.9 +0.9",
        "best    1:04.0      1:04.7",
        "spread  0.20        0.20",
        "pacing  0.3 %       0.3 %",
        "closing +0.3        +0.3",
        "in ±0.3 2 of 3      0 of 3",
        "rest    30.0        30.0",
        "running 3:12        3:14",
        "resting 1:30        1:30",
        "",
        "times by hand · ~ typed or estimated",
        "? named by order · * closing rep",
        "pacing: % decrement",
        "",
        "note: wind",
    ]


def test_wide_grid_has_rank_and_the_difference_to_the_rep_before() -> None:
    shown = lines(session("Ann", "Bea"), 140)
    assert shown[1].split("  ")[0] == "1 400m"
    assert "1:04.0h!   0.0= 1." in shown[1]
    assert "1:04.9h  +0.9▲ 2. (+0.2)" in shown[3]
    assert shown[2].split() == shown[4].split() == ["rest", "30.0", "30.0"]


def test_how_a_time_was_taken_and_why_there_is_none() -> None:
    of = session("Ann", "Bea")
    reps = list(of.reps)
    reps[0] = replace(reps[0], by="corrected", relaxation=4)
    reps[1] = replace(reps[1], by="order")
    reps[2] = replace(reps[2], time_ms=None, by=None, status="missed")
    reps[3] = replace(reps[3], time_ms=None, by=None, status="dropped")
    shown = lines(replace(of, reps=tuple(reps)), 40)
    assert shown[1:3] == ["1 400m  ~1:04.0 0.0 1:04.7?+0.7", "2 400m  missed      out"]
    assert "relaxed 1:4" in shown
    assert any(line.startswith("mean    ~1:04.2+0.2 ") for line in shown), "a mean of a typed time is marked like it"


def test_marks_inside_a_rep_and_estimated_targets() -> None:
    of = session("Ann", "Bea", reps=1)
    reps = (
        replace(of.reps[0], splits=(SplitRecord(200_000, 31_410, "key"), SplitRecord(300_000, 47_500, "corrected"))),
        replace(of.reps[1], splits=(SplitRecord(200_000, 32_000, "order"),), estimated=True, effort=7.5),
    )
    shown = lines(replace(of, reps=reps), 40)
    assert shown[1:4] == ["1*400m  1:04.0 0.0  1:04.7 +0.7", "  200m  31.5h       32.0h", "  300m  ~47.5"]
    assert "target  1:04.0      ~1:04.0" in shown
    assert "effort              7.5" in shown


@pytest.mark.parametrize(("width", "blocks"), [(80, 1), (79, 1), (78, 2), (40, 3), (140, 1), (200, 1), (10, 6)])
def test_six_athletes_fit_80_columns(width: int, blocks: int) -> None:
    shown = lines(session("Ann", "Bea", "Cy", "Dov", "Eve", "Finn"), width)
    assert sum(line.startswith("1 400m") for line in shown) == blocks


@given(
    st.lists(
        st.text(st.characters(categories=["L", "N", "S"]), min_size=1, max_size=60), min_size=1, max_size=9, unique=True
    ),
    st.integers(20, 220),
)
def test_no_line_is_wider_than_asked_for(names: list[str], width: int) -> None:
    assert max(display_width(line) for line in lines(session(*names), width)) <= width


def test_groups_stand_below_each_other() -> None:
    both = replace(session("Ann"), reps=(*session("Ann").reps, *session("Bea", group="B").reps))
    shown = lines(both, 80)
    assert [line.split()[:2] for line in shown if line.startswith("group")] == [["group", "A"], ["group", "B"]]
    assert lines(replace(both, reps=()), 80)[0] == "no rep was run"


def test_no_figure_is_cut() -> None:
    of = session("Ann")
    for time, by, text in (
        (76_300, "key", "1:16.3+12.3"), (76_300, "order", "1:16.3?"), (604_700, "key", "10:04.7"),
        (54_000, "order", "54.0?-10.0"),
    ):  # fmt: skip
        reps = tuple(replace(rep, time_ms=time, by=by) for rep in of.reps)
        assert text in lines(replace(of, reps=reps), 20)[1]


def test_corrected_time_stands_beside_what_the_key_took() -> None:
    of = session("Ann", "Bea")
    first = replace(
        of.reps[0], by="corrected", original_ms=65_210, splits=(SplitRecord(200_000, 1_000, "corrected", 31_410),)
    )
    shown = lines(replace(of, reps=(first, *of.reps[1:])), 80)
    assert "corrected: Ann, rep 1: 1:04.0, was 1:05.3h" in shown
    assert "corrected: Ann, rep 1 at 200 m: 1.0, was 31.5h" in shown


def test_season_best_is_marked() -> None:
    of = session("Ann", "Bea")
    bests = {("Ann", 400_000): 64_001, ("Bea", 400_000): 64_000}
    shown = session_lines(of, measure_session(of, bests), 40)
    assert "best    1:04.0 SB   1:04.7" in shown
    assert "SB: season's best" in " · ".join(shown)
    assert not any("SB" in line for line in lines(of, 40)), "without the season's bests nothing is claimed"


def test_roles_of_the_grid_say_what_the_figures_say() -> None:
    of = session("Ann", "Bea")
    missed = replace(of.reps[2], time_ms=None, by=None, status="missed")
    grid = [*session_grid(replace(of, reps=(*of.reps[:2], missed, *of.reps[3:])), measure_session(of), 40)]
    assert [(text.strip(), role) for text, role in grid[1] if text.strip()] == [
        ("1 400m", "dim"), ("1:04.0 0.0", "on"), ("1:04.7 +0.7", "slow"),
    ]  # fmt: skip
    assert grid[3][0] == ("3*400m ", "strong")


def test_long_note_is_wrapped() -> None:
    of = replace(session("Ann"), notes=("wind from the left " * 10 + "x" * 90,))
    assert max(display_width(line) for line in lines(of, 60)) <= 60
    assert "".join(lines(of, 60)).count("wind from the left") >= 5


def test_rests_and_ratings_without_room_are_shortened_and_not_cut() -> None:
    of = session("Ann", reps=8)
    reps = tuple(replace(rep, recovery_ms=181_000 + 700 * rep.rep, relaxation=4, effort=7.5) for rep in of.reps)
    narrow = lines(replace(of, reps=reps), 20)
    assert [line for line in narrow if line.startswith(("rest ", "relaxed", "effort"))] == [
        "rest    3:01-3:06", "relaxed 44444444", "effort  mean 7.5",
    ]  # fmt: skip
    wide = lines(replace(of, reps=reps), 60)
    assert "rest    3:01.7-3:06.6" in wide
    assert wide[2] == "  rest   3:01.7  relaxed 4"


def test_of_equal_times_the_first_is_the_best() -> None:
    of = session("Ann", reps=4)
    equal = tuple(replace(rep, time_ms=64_000) for rep in of.reps)
    assert "\n".join(lines(replace(of, reps=equal), 60)).count("h!") == 1
