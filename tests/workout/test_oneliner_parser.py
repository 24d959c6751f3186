"""One-liners: the grammar, faults with their columns, and equality with the same workout in YAML."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.errors import FaultsError
from kicktimer.plan import PlannedRep, build_plan, dump
from kicktimer.squad import Athlete, Squad
from kicktimer.workout import Workout, parse_oneliner, parse_workout
from kicktimer.workout.oneliner_format import format_oneliner
from kicktimer.workout.plausibility import find_doubts
from kicktimer.workout.resolve import DEFAULT_PACE

SQUAD = Squad(athletes=(Athlete("Matan", "m", races={1_500_000: 238_200}, goal_last_200_ms=27_200),))


def planned_reps(line: str) -> tuple[PlannedRep, ...]:
    return build_plan(parse_oneliner(line), SQUAD).groups[0].reps


def summarize_reps(line: str) -> list[str]:
    return [
        f"{rep.distance_mm // 1000 if rep.distance_mm else f'{(rep.duration_ms or 0) // 1000}s'}"
        f" {rep.target_ms or rep.pace.text} {rep.rest.kind} {rep.rest.ms // 1000} {rep.set}"
        f"{' closing' if rep.closing else ''}"
        for rep in planned_reps(line)
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("8x400 @1500 r30", ["400 1500m last 30 1"] * 6 + ["400 1500m last 30 1 closing"] * 2),
        ("8 x 400 @1500 r30", ["400 1500m last 30 1"] * 6 + ["400 1500m last 30 1 closing"] * 2),
        (
            "2x(200+300+400) @98%1500 r30 R4:00 closing0",
            [
                f"{distance} 98% 1500m last {rest} {time}"
                for time, last in ((1, 240), (2, 30))
                for distance, rest in ((200, 30), (300, 30), (400, last))
            ],
        ),
        ("3x200 @1500 on60", ["200 1500m send_off 60 1"] * 3),
        ("3x3min r2min", ["180s 1500m last 120 1"] * 3),
        ("2x300 @46.0 r30 closing2", ["300 46000 last 30 1 closing"] * 2),
        ("400", ["400 1500m last 30 1"]),
        ("1mi @mile", ["1609 mile last 30 1"]),
        ("mile", ["1609 1500m last 30 1"]),
        ("2xmile r3min", ["1609 1500m last 180 1"] * 2),
        ("400 r30, 200 @kick", ["400 1500m last 30 1", "200 kick last 30 2"]),
        (
            "2x(200 + 200) @31 r20",
            ["200 31000 last 20 1", "200 31000 last 20 1", "200 31000 last 20 2", "200 31000 last 20 2"],
        ),
        ("1km @2:40/km", ["1000 2:40/km last 30 1"]),
        ("400 @64.0/400m", ["400 64.0 per 400m last 30 1"]),
        ("400 @1500+1s , 400 @1500-0.5s", ["400 1500m +1s last 30 1", "400 1500m -0.5s last 30 2"]),
        ("5k @free", ["5000 free last 30 1"]),
        ("2x1:30 r0", ["90s 1500m last 0 1"] * 2),
        ("2x400 R2min, 200", ["400 1500m last 30 1", "400 1500m last 120 1", "200 1500m last 30 2"]),
        ("2 laps", ["800 1500m last 30 1"]),
        ("400 @1:04", ["400 64000 last 30 1"]),
        ("1h05", ["3900s 1500m last 30 1"]),
    ],
)
def test_one_liner_gives_these_reps(line: str, expected: list[str]) -> None:
    assert summarize_reps(line) == expected


@pytest.mark.parametrize(
    ("line", "column", "hint"),
    [
        ("8x400 r2m", 7, "metres or minutes? write 2min"),
        ("200+300 @1500", 4, "separate the parts with `,`"),
        ("2x(200+300) @46.0", 13, "a target for each rep"),
        ("8x400 closing2, 4x200", 7, "once, at the very end"),
        ("8x400 closing9", 7, "closing2"),
        ("8x400 closing", 7, "closing2"),
        ("8x400 r30 on60", 11, "one of the two"),
        ("8x400 @1500 @800", 13, "one pace"),
        ("8x400 r30 r40", 11, "one for each part"),
        ("8x(400+200", 3, "close it"),
        ("8x(400,200)", 7, "with `+`"),
        ("(400+200)", 1, "1x("),
        ("1000000000x400", 1, "at most 500"),
        ("501x400", 1, "at most 500"),
        ("300x400, 300x400", 1, "at most 500"),
        ("0x400", 1, "500"),
        ("8x400 @", 7, "@1500"),
        ("8x400 r 30", 7, "without a space"),
        ("8x400 @nan", 7, "1500m"),
        ("8x400r30", 3, "400 r30"),
        ("8x400 200", 7, "with `,`"),
        ("8x400 fast", 7, "options are"),
        ("", 1, "reads like"),
        ("8x400,", 6, "reads like"),
        ("3x3min @46.0", 8, "leave it out"),
        ("8x0", 3, "400m"),
        ("8x400 @0.0", 7, "46.0"),
        ("8x400 r-5", 7, "write 5"),
        ("8x30m r1m", 7, "1min"),
        ("\x1b[31m", 1, "reads like"),
    ],
)
def test_wrong_one_liner_is_refused_at_its_column(line: str, column: int, hint: str) -> None:
    with pytest.raises(FaultsError) as caught:
        parse_oneliner(line)
    fault = caught.value.faults[0]
    assert fault.column == column
    assert hint in fault.hint
    assert "\x1b" not in fault.problem + fault.hint


def test_each_part_reports_its_own_fault() -> None:
    with pytest.raises(FaultsError) as caught:
        parse_oneliner("8x40o, 4x200 r2m, 2x200 @x")
    assert [fault.column for fault in caught.value.faults] == [3, 14, 25]


def test_closing_option_is_refused_inside_sets() -> None:
    with pytest.raises(FaultsError) as caught:
        parse_workout("name: x\nsets: [8x400 r30 closing2]\n", "x.yaml")
    fault = caught.value.faults[0]
    assert (fault.line, fault.column, fault.width) == (2, 18, 7)


def test_one_liner_inside_sets_takes_the_files_defaults() -> None:
    workout, _ = parse_workout("name: x\npace: 800m\nrecovery: 45s\nsets: [4x200, 2x400 @1500 r1min]\n", "x.yaml")
    planned = build_plan(workout, SQUAD).groups[0].reps
    assert [(rep.pace.text, rep.rest.ms) for rep in planned] == [("800m", 45_000)] * 4 + [("1500m", 60_000)] * 2


# -- one-liners against YAML

lengths = st.sampled_from(["200", "300m", "400", "1km", "1mi", "2 laps", "3min", "1:30", "90s"])
paces = st.sampled_from(
    ["1500", "800m", "98%1500", "1500+1s", "5k-0.5s", "64.0/400m", "2:40/km", "kick", "free", "mile"]
)
rest_options = st.sampled_from([("r", "recovery"), ("on", "send_off")])
durations = st.sampled_from(["30", "0:45", "2min", "1:30", "95s"])


@st.composite
def one_liner_parts(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    """Draws a part of a one-liner, and the set of a file that means the same."""
    count = draw(st.integers(1, 6))
    options: dict[str, object] = {}
    if draw(st.booleans()):
        some = draw(st.lists(lengths, min_size=1, max_size=3))
        line = f"{count}x({'+'.join(some)})"
        options = {"repeat": count, "reps": [_length_key(mark) for mark in some]}
    else:
        mark = draw(lengths)
        line = f"{count}x{mark}"
        options = {"reps": count, **_length_key(mark)}
    if draw(st.booleans()):
        pace = draw(paces)
        line += f" @{pace}"
        options["pace"] = pace.replace("/400m", " per 400m").replace("%", "% ")
    elif "distance" in options and draw(st.booleans()):
        target = draw(st.sampled_from(["46.0", "64", "1:04.5", "160.5"]))
        line += f" @{target}"
        options["target"] = target
    if draw(st.booleans()):
        (sign, key), time = draw(rest_options), draw(durations)
        line += f" {sign}{time}"
        options[key] = time
    if draw(st.booleans()):
        time = draw(durations)
        line += f" R{time}"
        options["set_recovery"] = time
    return line, options


def _length_key(mark: str) -> dict[str, object]:
    return {"duration" if (mark.endswith(("min", "s")) and "lap" not in mark) or ":" in mark else "distance": mark}


@given(st.lists(one_liner_parts(), min_size=1, max_size=4), st.integers(0, 2))
def test_one_liner_and_equivalent_yaml_give_the_same_plan(
    parts: list[tuple[str, dict[str, object]]], closing: int
) -> None:
    total = len(build_plan(parse_oneliner(", ".join(line for line, _ in parts)), SQUAD).groups[0].reps)
    count = min(closing, total)
    text = ", ".join(line for line, _ in parts) + f" closing{count}"
    one = build_plan(parse_oneliner(text), SQUAD)
    file = {"name": parse_oneliner(text).name, "closing": count, "sets": [options for _, options in parts]}
    workout, warnings = parse_workout(json.dumps(file), "same.yaml")
    assert all("leaves no rest" in warning.problem for warning in warnings)
    assert build_plan(workout, SQUAD) == one
    inside, _ = parse_workout(json.dumps({**file, "sets": [line for line, _ in parts]}), "inside.yaml")
    assert dump(build_plan(inside, SQUAD)) == dump(one)


# Keys of a file for its top level or a set; a one-liner cannot express some of them or their values.
file_keys: list[dict[str, object]] = [
    {"recovery_from": "first"}, {"recovery": "ready"}, {"splits": "50m"}, {"timed": "splits"}, {"relax": "Loose"},
    {"pace": "800m"}, {"recovery": "45s"}, {"send_off": "3min"}, {"countdown": "5s"},
]  # fmt: skip


@given(
    st.lists(one_liner_parts(), min_size=1, max_size=3),
    st.integers(0, 2),
    st.dictionaries(st.booleans(), st.sampled_from(file_keys)),
)
def test_formatted_one_liner_has_the_workouts_reps(
    parts: list[tuple[str, dict[str, object]]], closing: int, more: dict[bool, dict[str, object]]
) -> None:
    sets = [{**options} for _, options in parts]
    inside = {key: value for key, value in more.get(False, {}).items() if key != "countdown"}
    if not ({"recovery", "send_off"} & {*inside} and {"recovery", "send_off"} & {*sets[0]}):
        sets[0] = inside | sets[0]
    if {"pace", "target"} <= {*sets[0]}:
        del sets[0]["pace"]
    file = {"name": "x", "closing": closing, **more.get(True, {}), "sets": sets}
    try:
        workout, _ = parse_workout(json.dumps(file), "generated.yaml")
    except FaultsError:  # the workout has more closing reps than reps
        return
    line = format_oneliner(workout)
    is_expressible = not more or not any(
        {*each} - {"pace", "recovery", "send_off"} or "ready" in each.values() for each in more.values()
    )
    is_doubtful = any(not doubt.warning for doubt in find_doubts(", ".join(line for line, _ in parts)))
    assert line is not None or not is_expressible or is_doubtful
    if line is not None:
        reparsed, expected = (_effective_reps(each) for each in (parse_oneliner(line), workout))
        assert reparsed == expected
        assert format_oneliner(parse_oneliner(line)) == line


def _effective_reps(workout: Workout) -> list[PlannedRep]:
    """Returns the planned reps with one pace for all that have a target: those ignore the pace of an outer level."""
    planned = build_plan(workout, SQUAD).groups[0].reps
    return [rep if rep.target_ms is None else replace(rep, pace=DEFAULT_PACE) for rep in planned]


def test_workout_that_no_one_liner_expresses_has_none() -> None:
    for text in (
        "name: x\nsets: [{reps: 2, distance: 400m, cues: [{at: start, say: go}]}]",
        "name: x\nsets: [{reps: 2, distance: 400m, quiet: [100m, 200m]}]",
        "name: x\npace: half marathon\nsets: [400m]",
        "name: x\ncountdown: 5s\nsets: [400m]",
        "name: x\nsets: [{reps: 1, distance: 400m, last: {distance: 200m, pace: kick}}]",
    ):
        assert format_oneliner(parse_workout(text, "x.yaml")[0]) is None
    workout, _ = parse_workout(
        "name: x\nby: y\nkind: hills\ncues: [{at: countdown, say: z}]\nsets: [2xmile @mile]", "x"
    )
    assert format_oneliner(workout) == "2x1mi @mile"


@given(st.text(alphabet="0123456789x(+), @%rRonclosingmkis:./", max_size=40))
def test_one_liner_parser_raises_only_faults_for_any_text(text: str) -> None:
    with suppress(FaultsError):
        build_plan(parse_oneliner(text), SQUAD)
