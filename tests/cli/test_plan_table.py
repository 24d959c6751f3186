"""The tables of `kicktimer plan`: they fit the terminal, lose no target, and fold only what is alike."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.cli.plan_table import fold_reps, group_lines, shorten_names
from kicktimer.cli.plan_text import pace_text
from kicktimer.plan import GroupPlan, Plan, build_plan, expected_timetable, start_lines
from kicktimer.squad import Athlete, Group, Squad
from kicktimer.text import display_width
from kicktimer.units import show_target
from kicktimer.view.comparison import format_target
from kicktimer.workout import parse_oneliner

LINES = (
    "8x400 @1500 r30 closing2",
    "10x200 @1500 r30",
    "6x300 @1500 on95",
    "2x(200 @1500 r30 + 300 @1500 r30 + 400 @1500 r4min)",
    "5x1000 @3k r3min",
    "6x400 @65>58 r200m/75s",
    "5x1000 @62-64 r90s",
    "2x1600[400 @70 + 400 @65] r3min, 3x200 @33",
    "4x3min r2min",
    "8x100 @free rready",
)
NAMES = (
    "Ann", "Bea", "Cy", "Dov", "Eve", "Finn", "Gal", "Hadas-Maximiliane von Bergen", "Idan", "Jo",
    "漢字漢字漢字漢字", "Lea", "Moritz-Alexander Hohenlohe the Elder", "Noa", "Ola", "Pit",
)  # fmt: skip


def squad_of(count: int, groups: int, unknown: int = 0) -> Squad:
    athletes = tuple(
        Athlete(
            name,
            group="AB"[number * groups // count],
            races={} if number < unknown else {1_500_000: 238_200 + 2_300 * number},
        )
        for number, name in enumerate(NAMES[:count])
    )
    return Squad(athletes=athletes, groups=tuple(Group(name) for name in "AB"[:groups]))


def athlete_cells(lines: list[str], shown: str) -> list[str]:
    """Returns what stands behind an athlete's name, over all blocks."""
    return [cell for line in lines if line.startswith(f"{shown} ") for cell in line.removeprefix(shown).split()]


def expected_cells(group: GroupPlan, name: str) -> list[str]:
    """Returns an athlete's splits and target for each distinct row of targets of the whole group, once."""
    found: dict[object, list[str]] = {}
    for rep in group.reps:
        shown = {
            each: [
                *(show_target(target.marks[mark]) for mark in rep.splits if mark in target.marks),
                format_target(target),
            ]
            for each, target in rep.targets.items()
        }
        exact = [(target.ms, *(target.marks.get(mark) for mark in rep.splits)) for target in rep.targets.values()]
        found[rep.distance_mm, rep.splits, tuple(exact)] = shown.get(name, [])
    return [cell for cells in found.values() for cell in cells]


def made(line: str, squad: Squad) -> Plan:
    return build_plan(parse_oneliner(line), squad)


@given(
    line=st.sampled_from(LINES), count=st.sampled_from((1, 2, 6, 10, 16)), groups=st.sampled_from((1, 2)),
    unknown=st.integers(0, 2), width=st.sampled_from((30, 40, 80, 140)) | st.integers(30, 200),
)  # fmt: skip
def test_no_line_is_wider_than_the_terminal(line: str, count: int, groups: int, unknown: int, width: int) -> None:
    plan = made(line, squad_of(count, min(groups, count), unknown))
    for group in plan.groups:
        lines = group_lines(plan, group, expected_timetable(plan), width)
        assert max(map(display_width, lines)) <= width, "\n".join(lines)


@given(
    line=st.sampled_from(LINES[:5]), count=st.sampled_from((6, 10, 16)), groups=st.sampled_from((1, 2)),
    unknown=st.integers(0, 2), width=st.sampled_from((40, 80)),
)  # fmt: skip
def test_every_split_and_target_is_there_once(line: str, count: int, groups: int, unknown: int, width: int) -> None:
    plan = made(line, squad_of(count, groups, unknown))
    for group in plan.groups:
        lines = group_lines(plan, group, expected_timetable(plan), width)
        names = shorten_names(group.athletes, max(10, width // 5))
        for name, shown in zip(group.athletes, names, strict=True):
            assert athlete_cells(lines, shown) == expected_cells(group, name)


@given(line=st.sampled_from(LINES), count=st.sampled_from((1, 6)), unknown=st.integers(0, 1))
def test_the_expanded_rows_are_the_plan(line: str, count: int, unknown: int) -> None:
    plan = made(line, squad_of(count, 1, unknown))
    [group] = plan.groups
    timetable = expected_timetable(plan)
    folds = fold_reps(plan, group, timetable)
    expanded = [
        (rep.number, rep.set, rep.closing, rep.targets, pace_text(rep), rep.rest, fold.line, go)
        for fold in folds
        for rep, go in zip([fold.reps[0]] * len(fold.reps), fold.go_ms, strict=True)
    ]
    for shown, rep, line_mm, go in zip(
        expanded, group.reps, start_lines(plan, group), timetable.go_ms[group.name], strict=True
    ):
        assert shown[1:5] == (rep.set, rep.closing, rep.targets, pace_text(rep))
        assert shown[5] == rep.rest or rep is group.reps[-1]
        assert shown[6:] == (line_mm, go)
    for fold in folds:  # so that the first and the last GO of a row give the others
        known = [go for go in fold.go_ms if go is not None]
        assert len({after - go for go, after in itertools.pairwise(known)}) <= 1
        assert [rep.number for rep in fold.reps] == [*range(fold.reps[0].number, fold.reps[-1].number + 1)]


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        ("8x400 @1500 r30 closing0", ["1 to 8"]),
        ("8x400 @1500 r30 closing2", ["1 to 6", "7 to 8"]),
        ("4x400 @1500 r30, 3x400 @1500 r60 closing0", ["1 to 4", "5 to 7"]),
        ("4x400 @68 r30, 4x400 @66 r30 closing0", ["1 to 4", "5 to 8"]),
        ("4x200 @1500 r30 closing0", ["1", "2", "3", "4"]),  # every other one starts on the back straight
    ],
)
def test_rows_end_where_something_changes(line: str, rows: list[str]) -> None:
    plan = made(line, squad_of(1, 1))
    lines = group_lines(plan, plan.groups[0], expected_timetable(plan), 140)
    assert [found[1] for text in lines if (found := re.match(r" *(\d+(?: to \d+)?)  ", text))] == rows


def test_cut_names_stay_apart() -> None:
    shown = shorten_names(["Ann-Kathrin Schmidt", "Ann-Kathrin Schultz", "Bea"], 10)
    assert len(set(shown)) == 3
    assert max(map(display_width, shown)) <= 10
    assert shown[2] == "Bea"
    assert "…" in shown[0]
