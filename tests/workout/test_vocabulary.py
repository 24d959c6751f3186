"""Nested sets, lists of values, bands, patterns, warm-up: against a small computation of its own, and written again."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.errors import FaultsError
from kicktimer.plan import PlannedRep, build_plan, dump, leg_word, load, start_lines
from kicktimer.squad import Athlete, Squad
from kicktimer.units import Length
from kicktimer.workout import dump_workout, parse_oneliner, parse_workout
from kicktimer.workout.oneliner_format import format_oneliner

ANN = Athlete("Ann", "a", races={1_500_000: 240_000, 5_000_000: 900_000}, goal_last_200_ms=29_000)
SQUAD = Squad("x", (ANN,))
RACE_MS_PER_M = {"1500": Fraction(240_000, 1500), "5k": Fraction(900_000, 5000)}


def reps_of(line: str) -> tuple[PlannedRep, ...]:
    return build_plan(parse_oneliner(line), SQUAD).groups[0].reps


def half_up(value: Fraction) -> int:
    return int((value + Fraction(1, 2)).__floor__())


def seconds(ms: int) -> int:
    """Returns the ms to the second, a half rounded up."""
    return half_up(Fraction(ms, 1000)) * 1000


# -- sets inside sets


@st.composite
def trees(draw: st.DrawFn, depth: int = 0) -> dict[str, Any]:
    """A set: `count` times its items, which are distances or sets, with `rest` and `between` in seconds."""
    kinds = st.integers(1, 8).map(lambda n: n * 50 + 50)
    items = st.one_of(kinds, trees(depth + 1)) if depth < 2 else kinds
    return {
        "count": draw(st.integers(1, 3)), "items": draw(st.lists(items, min_size=1, max_size=3)),
        "rest": draw(st.none() | st.integers(10, 90)), "between": draw(st.none() | st.integers(100, 170)),
    }  # fmt: skip


def write(tree: dict[str, Any]) -> str:
    items = [f"{item}" if isinstance(item, int) else write(item) for item in tree["items"]]
    rest = "" if tree["rest"] is None else f" r{tree['rest']}"
    return f"{tree['count']}x({' + '.join(items)}){rest}" + (f" R{tree['between']}s" if tree["between"] else "")


def run(tree: dict[str, Any], rest: int) -> list[list[int]]:
    """Returns pairs of metres and rest. The rest between sets is put on later by the sets around: they count."""
    rest = tree["rest"] or rest
    found: list[list[int]] = []
    for _ in range(tree["count"]):
        once: list[list[int]] = []
        for item in tree["items"]:
            once += [[item, rest]] if isinstance(item, int) else run(item, rest)
        if tree["between"]:
            once[-1][1] = tree["between"]
        found += once
    return found


@given(trees())
def test_sets_inside_sets_run_as_written(tree: dict[str, Any]) -> None:
    line = write(tree)
    wanted = run(tree, 30)
    reps = reps_of(line)
    assert [[(rep.distance_mm or 0) // 1000, rep.rest.ms // 1000] for rep in reps][:-1] == wanted[:-1]
    assert reps[-1].distance_mm == wanted[-1][0] * 1000
    copy = parse_workout(json.dumps({**dump_workout(parse_oneliner(line)), "name": "x"}), "x.yaml")[0]
    assert build_plan(copy, SQUAD).groups[0].reps == reps
    again = format_oneliner(copy)
    if again is not None:  # a line that is hardly meant is not written
        assert reps_of(again) == reps


def test_the_outermost_set_that_has_a_rest_counts_where_several_end() -> None:
    reps = reps_of("2x(2x(400 + 300) r30 R2min) R5min, 200")
    assert [rep.rest.ms // 1000 for rep in reps[:-1]] == [30, 120, 30, 300, 30, 120, 30, 300]
    assert [rep.set for rep in reps] == [1, 1, 1, 1, 2, 2, 2, 2, 3]  # inner sets do not count
    reps = reps_of("2x(2x(400 + 300) r30 R2min), 200")
    assert [rep.rest.ms // 1000 for rep in reps[:-1]] == [30, 120] * 4


def test_brackets_deeper_than_four_are_refused() -> None:
    assert len(reps_of("2x(2x(2x(2x(100 + 200))))")) == 32
    with pytest.raises(FaultsError) as caught:
        reps_of("2x(2x(2x(2x(2x(100)))))")
    assert "4 deep" in caught.value.faults[0].problem


# -- values for each rep


@given(st.integers(2, 30), st.integers(400, 900), st.integers(400, 900), st.integers(10, 300), st.integers(10, 300))
def test_equal_steps(count: int, first: int, last: int, rest: int, last_rest: int) -> None:
    """Targets in tenths of a second, rests in seconds."""
    line = f"{count}x400 @{first // 10}.{first % 10}>{last // 10}.{last % 10} r{rest}s>{last_rest}s, 100"
    reps = reps_of(line)[:-1]
    for index, rep in enumerate(reps):
        exact = Fraction(first * 100) + Fraction((last - first) * 100 * index, count - 1)
        assert rep.exact_target == exact
        assert rep.targets["Ann"].ms == half_up(exact)
        assert rep.targets["Ann"].marks[200_000] == half_up(exact / 2)
        gaps = count - 1 if count == 2 else count - 2
        step = min(index, gaps)
        wanted = Fraction(rest) + Fraction((last_rest - rest) * step, gaps) if gaps else Fraction(last_rest)
        assert rep.rest.ms == half_up(wanted) * 1000
    plan = build_plan(parse_oneliner(line), SQUAD)
    assert load(json.loads(json.dumps(dump(plan)))) == plan


def test_values_for_each_rep_of_equal_and_of_unequal_reps() -> None:
    assert [rep.target_ms for rep in reps_of("4x300 @50>48>46>45 r60>45>30")] == [50_000, 48_000, 46_000, 45_000]
    assert [rep.rest.ms for rep in reps_of("4x300 @50>48>46>45 r60>45>30")][:3] == [60_000, 45_000, 30_000]
    assert [rep.pace.text for rep in reps_of("1x(400 + 300) @5k>1500")] == ["5k", "1500m"]
    races = [half_up((RACE_MS_PER_M["5k"] * (3 - k) + RACE_MS_PER_M["1500"] * k) / 3 * 400) for k in range(4)]
    assert [rep.targets["Ann"].ms for rep in reps_of("4x400 @5k>1500 r60")] == races


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("4x300 @50>48>46", "3 values for 4 reps"), ("400 @64>60", "a value for each rep, and there is one rep"),
        ("2x(400+200) @64>30", "the set runs several times"), ("3x400 @64>5k", "target times and paces in one list"),
        ("5x400 @free>5k", "no equal steps"), ("5x400 r60>ready", "no equal steps"),
        ("3x(400+200) R60>30", "a list of recoveries after the set"),
    ],
)  # fmt: skip
def test_list_that_does_not_fit_is_refused(line: str, problem: str) -> None:
    with pytest.raises(FaultsError) as caught:
        reps_of(line)
    assert problem in caught.value.faults[0].problem


# -- bands


def test_target_of_a_band_is_its_middle() -> None:
    target = reps_of("8x400 @62-64 r100%")[0].targets["Ann"]
    assert (target.ms, target.band, target.marks[200_000]) == (63_000, (62_000, 64_000), 31_500)
    paced = reps_of("8x400 @1500-5k")[0].targets["Ann"]
    assert paced.band == (64_000, 72_000)
    assert paced.ms == 68_000
    percent = reps_of("3x1000 @100-110%5k")[0].targets["Ann"]
    assert percent.band == (half_up(Fraction(180_000 * 100, 110)), 180_000)


@pytest.mark.parametrize(("line", "hint"), [("8x400 @64-62", "62-64"), ("8x400 @60-80", "1.25")])
def test_wrong_band_is_refused(line: str, hint: str) -> None:
    with pytest.raises(FaultsError) as caught:
        reps_of(line)
    assert hint in caught.value.faults[0].hint


# -- patterns


@given(
    st.integers(1, 40).map(lambda n: 100 * n),
    st.lists(st.tuples(st.integers(1, 8).map(lambda n: 50 * n), st.integers(160, 400)), min_size=1, max_size=4),
)
def test_pattern_repeats_to_the_end_of_the_rep(length: int, legs: list[tuple[int, int]]) -> None:
    """Legs of so many metres, in so many ms for each metre."""
    texts = [f"{metres} @{metres * pace // 1000}.{metres * pace % 1000:03}" for metres, pace in legs]
    rep = reps_of(f"{length}[{' + '.join(texts)}]")[0]
    at, clock, wanted, times = 0, 0, [], {}
    while at < length:
        metres, pace = legs[len(wanted) % len(legs)]
        metres = min(metres, length - at)
        for mark in range(at, at + metres + 1):
            times[mark] = clock + (mark - at) * pace
        at, clock = at + metres, clock + metres * pace
        wanted.append(metres)
    assert [(leg.distance_mm or 0) // 1000 for leg in rep.legs] == wanted
    target = rep.targets["Ann"]
    assert target.ms == clock
    assert target.marks == {mark: times[mark // 1000] for mark in target.marks}
    assert {sum(wanted[:n]) * 1000 for n in range(1, len(wanted))} <= set(rep.splits) | {length * 1000}


def test_free_leg_ends_the_target_and_the_later_cues() -> None:
    rep = reps_of("1000[400 @1500 + 200 @free + 400 @1500]")[0]
    assert rep.targets == {}
    assert rep.early_marks["Ann"] == {100_000: 16_000, 200_000: 32_000, 300_000: 48_000, 400_000: 64_000}


def test_last_part_is_a_pattern_of_two_legs() -> None:
    text = "name: x\nsets: [{{reps: 1, distance: 400m, {}last: {{distance: 200m, pace: kick}}}}]"
    paced = build_plan(parse_workout(text.format(""), "x.yaml")[0], SQUAD).groups[0].reps[0]
    assert paced.targets["Ann"].ms == 32_000 + 29_000
    whole = build_plan(parse_workout(text.format("target: 64.0, "), "x.yaml")[0], SQUAD).groups[0].reps[0]
    assert (whole.targets["Ann"].ms, whole.targets["Ann"].marks[200_000]) == (64_000, 35_000)
    assert 200_000 in whole.splits


def test_legs_are_called_by_their_name_or_by_what_changes() -> None:
    rep = reps_of("20min[45s @5k + 15s @free]")[0]
    assert len(rep.legs) == 40
    assert [leg_word(rep.legs, index) for index in range(1, 4)] == ["float", "on", "float"]
    says = [(say.value, say.text) for say in rep.says if say.leg]
    assert says[:3] == [(45_000, "float"), (60_000, "on"), (105_000, "float")]
    text = "name: x\nsets: [{reps: 1, distance: 800m, pattern: [{distance: 200m}, {distance: 200m, name: surge}]}]"
    named = build_plan(parse_workout(text, "x.yaml")[0], SQUAD).groups[0].reps[0]
    assert [say.text for say in named.says if say.leg] == ["surge", "on", "surge"]


@pytest.mark.parametrize(
    "line", ["800[200 r30]", "800[45s]", "20min[200]", "800[200", "800[200 @33 + ]", "8x400[200 @33] @64.0", "800[]"]
)
def test_wrong_pattern_is_refused(line: str) -> None:
    with pytest.raises(FaultsError) as caught:
        reps_of(line)
    assert caught.value.faults[0].hint


# -- warm-up and cool-down, jogs


def test_warm_up_and_cool_down_are_no_reps() -> None:
    workout = parse_oneliner("wu2km, 4x1000 @5k rready, cd10min")
    assert (workout.warmup, workout.cooldown) == (Length(2_000_000), 600_000)
    group = build_plan(workout, SQUAD).groups[0]
    assert (len(group.reps), group.warmup, group.cooldown) == (4, "2000m", "10min")
    assert format_oneliner(workout) == "wu2000m, 4x1000 @5k rready, cd10min"


def test_a_jog_after_a_pattern_moves_the_start() -> None:
    plan = build_plan(parse_oneliner("1000[200 @33 + 200 @38] r300m/90s, 400"), SQUAD)
    assert start_lines(plan, plan.groups[0]) == (0, 300_000)


# -- spelling


SPELLINGS = st.tuples(
    st.sampled_from(["x", " x ", "X", "×", " × ", "*"]), st.sampled_from(["", " "]),
    st.sampled_from(["r60", "r60s", "r1min", "r1:00", "r60sec", 'r60"']), st.sampled_from(["m", "", "M"]),
)  # fmt: skip


@given(SPELLINGS, st.permutations(["@1500", "r", "R4:00"]), st.booleans())
def test_spelling_and_order_of_options_do_not_matter(
    spelling: tuple[str, str, str, str], order: list[str], capital: bool
) -> None:
    times, space, rest, metres = spelling
    options = " ".join(rest if option == "r" else option for option in order)
    line = f"2{times}(300{metres}{space}+{space}200{metres}) {options}, 4{times}200{metres} closing2"
    if capital:
        line = line.replace("closing", "CLOSING").replace("min", "MIN")
    assert reps_of(line) == reps_of("2x(300+200) @1500 r60 R4:00, 4x200 closing2")
