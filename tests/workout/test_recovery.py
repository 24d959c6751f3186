"""Recoveries: jogs, parts of the rep's time, ranges, times as people write them; in plans, sessions and one-liners."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.errors import FaultsError, ScalarError
from kicktimer.plan import build_plan, expected_timetable, start_lines
from kicktimer.rehearsal import rehearse
from kicktimer.results import results
from kicktimer.session.commands import Close, Start, Tap
from kicktimer.squad import Athlete, Squad, Track
from kicktimer.units import Length
from kicktimer.workout import dump_workout, parse_oneliner, parse_workout
from kicktimer.workout.model import Workout
from kicktimer.workout.oneliner_format import format_oneliner
from kicktimer.workout.recovery import Jog, Percent, TimeRange, parse_recovery, percent_of, recovery_as_option

if TYPE_CHECKING:
    from kicktimer.plan import Plan
    from kicktimer.workout.recovery import Recovery

GO = 10_000


def plan_of(line: str, lap_mm: int = 400_000) -> Plan:
    runner = Athlete("Ann", "a", races={1_500_000: 240_000})
    return build_plan(parse_oneliner(line), Squad("x", (runner,), track=Track(lap_mm)))


@pytest.mark.parametrize(
    ("text", "recovery"),
    [
        ("30", 30_000), ('30"', 30_000), ("90 sec", 90_000), ("1'30", 90_000), ("1'30\"", 90_000), ("2 min", 120_000),
        ("ready", "ready"), ("READY", "ready"), ("200m", Jog(Length(200_000))), ("r200", None),
        ("200m in 75s", Jog(Length(200_000), 75_000)), ("200m/75s", Jog(Length(200_000), 75_000)),
        ("200m / 1:15", Jog(Length(200_000), 75_000)), ("1 lap", Jog(Length(laps_milli=1000))),
        ("50%", Percent(50)), ("100 % of the rep", Percent(100)), ("4-5min", TimeRange(240_000, 300_000)),
        ("60-90", TimeRange(60_000, 90_000)), ("1:00-1:30", TimeRange(60_000, 90_000)), ("200", 200_000),
    ],
)  # fmt: skip
def test_recovery_is_read(text: str, recovery: Recovery | None) -> None:
    if recovery is None:
        with pytest.raises(ScalarError):
            parse_recovery(text)
    else:
        assert parse_recovery(text) == recovery


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("30m", "metres or minutes? write 30min"), ("2m", "metres or minutes? write 2min"), ("0%", "from 1% to 400%"),
        ("401%", "from 1% to 400%"), ("5-4min", "write 4min-5min"), ("200m in 0s", "like 200m in 75s"),
        ("later", "a duration (30s, 1:30, 3min), a jog (200m in 75s), 50% of the rep, or `ready`"),
    ],
)  # fmt: skip
def test_wrong_recovery_has_a_hint(text: str, hint: str) -> None:
    with pytest.raises(ScalarError) as caught:
        parse_recovery(text)
    assert caught.value.hint == hint


RECOVERIES = st.one_of(
    st.integers(0, 3600).map(lambda s: s * 1000),
    st.just("ready"),
    st.builds(Jog, st.integers(50, 3000).map(lambda m: Length(m * 1000)), st.none() | st.integers(1, 3600_000)),
    st.builds(Percent, st.integers(1, 400)),
    st.tuples(st.integers(1, 1800), st.integers(1, 1800)).map(lambda ends: TimeRange(ends[0] * 1000, sum(ends) * 1000)),
)


@given(RECOVERIES)
def test_recovery_that_is_written_is_read_again(recovery: Recovery) -> None:
    assert parse_recovery(recovery_as_option(recovery)) == recovery
    if not isinstance(recovery, int):
        assert parse_recovery(str(recovery)) == recovery


@given(RECOVERIES, RECOVERIES)
def test_workout_with_any_recovery_survives_yaml_and_one_liner(first: Recovery, last: Recovery) -> None:
    line = f"2x(300+200) @1500 r{recovery_as_option(first)} R{recovery_as_option(last)}, 400"
    workout = parse_oneliner(line)
    copy = parse_workout(json.dumps({**dump_workout(workout), "name": "x"}), "x.yaml")[0]
    assert build_plan(copy, squad()).groups == build_plan(workout, squad()).groups
    again = format_oneliner(copy)
    assert again is not None
    assert build_plan(parse_oneliner(again), squad()).groups == build_plan(workout, squad()).groups


def squad() -> Squad:
    return Squad("x", (Athlete("Ann", "a", races={1_500_000: 240_000}),))


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 40), st.integers(1, 300)), min_size=1, max_size=8),
    st.sampled_from([200, 300, 400]),
)
def test_start_lines_and_clock_follow_the_jogs(reps: list[tuple[int, int, int]], lap: int) -> None:
    """Reps and jogs of so many times 50 m, a jog of 0 being a rest of so many seconds."""
    parts = [f"{50 * rep} @60.0 r{f'{50 * jog}m/{rest}s' if jog else rest}" for rep, jog, rest in reps]
    plan = plan_of(", ".join(parts), lap * 1000)
    place, clock, lines, moments = 0, GO, [], []
    for rep, jog, rest in reps:
        lines.append(-place % lap * 1000)
        moments.append(clock)
        place = 0 if not jog and rest >= 180 else place + 50 * (rep + jog)  # after 3 min everybody walks back
        clock += 60_000 + rest * 1000
    assert list(start_lines(plan, plan.groups[0])) == lines
    assert list(expected_timetable(plan).go_ms["A"]) == moments


def test_jog_takes_two_minutes_a_lap_or_the_pace_that_is_given() -> None:
    assert plan_of("2x400 r100m").groups[0].reps[0].rest.ms == 30_000
    assert plan_of("2x400 r1.05km").groups[0].reps[0].rest.ms == 315_000
    text = "name: x\njog: 2:30 per 400m\nsets: [{reps: 2, distance: 400m, recovery: 200m}]"
    workout = parse_workout(text, "x.yaml")[0]
    assert build_plan(workout, squad()).groups[0].reps[0].rest.ms == 75_000
    line = format_oneliner(workout)
    assert line == "2x400 r200m/1:15"
    with pytest.raises(FaultsError, match="pace of a jog"):
        parse_workout(text.replace("2:30 per 400m", "1500m"), "x.yaml")


@given(st.integers(1, 600_000), st.integers(1, 400))
def test_part_of_a_time_is_a_whole_second(ms: int, percent: int) -> None:
    found = percent_of(ms, percent)
    assert found % 1000 == 0
    assert abs(Fraction(found) - Fraction(ms * percent, 100)) <= 500


@given(st.integers(40_000, 90_000), st.integers(1, 400))
def test_part_of_the_reps_time_is_fixed_when_the_recovery_begins(ms: int, percent: int) -> None:
    plan = plan_of(f"2x400 @64.0 r{percent}%")
    second = GO + ms + percent_of(ms, percent)
    done = rehearse(plan, [(0, Start(t=0)), (GO + ms, Tap(t=GO + ms, athlete="Ann"))])
    assert [rep.started for rep in results(done.state).reps] == [GO, max(second, GO + ms)]


def test_part_of_the_target_counts_without_a_finish_or_hands_free() -> None:
    plan = plan_of("2x400 @64.0 r50%")
    closed = rehearse(plan, [(0, Start(t=0)), (GO + 80_000, Close(t=GO + 80_000))])
    assert [rep.started for rep in results(closed.state).reps] == [GO, GO + 80_000 + 32_000]
    hands_free = build_plan(parse_oneliner("2x400 @64.0 r50%"), squad(), hands_free=True)
    alone = rehearse(hands_free, [(0, Start(t=0))])
    assert [rep.started for rep in results(alone.state).reps] == [GO, GO + 64_000 + 32_000]
    timed = rehearse(plan_of("2x3min r50%"), [(0, Start(t=0))])
    assert [rep.started for rep in results(timed.state).reps] == [GO, GO + 180_000 + 90_000]


def test_plan_of_an_earlier_version_has_no_jog() -> None:
    from kicktimer.plan import dump, load

    plan = plan_of("2x400 r60")
    saved = dump(plan)
    for rep in saved["groups"][0]["reps"]:
        del rep["rest"]["percent"], rep["rest"]["jog_mm"]
    assert load(saved) == plan
    assert isinstance(parse_oneliner("2x400 r60"), Workout)
