"""A time compared with its target: text, difference, symbol and verdict, all from the figures that are shown."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kicktimer import view
from kicktimer.cli.session_print import printed_session
from kicktimer.cues import VoiceSettings, cues
from kicktimer.plan import Plan, Target, build_plan
from kicktimer.results import results
from kicktimer.review.session_text import NARROW_CELL
from kicktimer.session import Refusal, State, advance, decide, initial_state
from kicktimer.session.commands import AnyCommand, Assign, Correct, Insert, Start, Tap
from kicktimer.squad import Athlete, Squad
from kicktimer.units import mean_shown_target, mean_shown_time, show_difference, show_target, show_time
from kicktimer.workout import parse_workout

GO = 10_000


@pytest.mark.parametrize(
    ("ms", "target", "expected"),
    [
        (11_510, 10_620, ("11.6h", "+1.0", "▲", "slow")),  # 11.6 against 10.6; the exact times differ by 0.89 s
        (63_720, 63_520, ("1:03.8h", "+0.3", "=", "on")),  # 63.8 against 63.5
        (63_520, 63_520, ("1:03.6h", "+0.1", "=", "on")),
        (63_500, 63_520, ("1:03.5h", "0.0", "=", "on")),
        (63_800, 63_520, ("1:03.8h", "+0.3", "=", "on")),
        (63_801, 63_520, ("1:03.9h", "+0.4", "▲", "slow")),
        (63_101, 63_520, ("1:03.2h", "-0.3", "=", "on")),
        (63_100, 63_520, ("1:03.1h", "-0.4", "▼", "fast")),
        (63_100, 63_550, ("1:03.1h", "-0.5", "▼", "fast")),  # 63.55 is shown as 63.6
        (12_320, None, ("12.4h", "", " ", "none")),
    ],
)
def test_time_is_compared_with_its_target(ms: int, target: int | None, expected: tuple[str, str, str, str]) -> None:
    found = view.compare(ms, None if target is None else Target(target), by_hand=True)
    assert (found.time, found.difference, found.symbol, found.verdict) == expected


@pytest.mark.parametrize(("ms", "symbol"), [(61_900, "▼"), (62_000, "="), (63_950, "="), (64_000, "="), (64_010, "▲")])
def test_every_time_in_the_band_is_on_target(ms: int, symbol: str) -> None:
    assert view.compare(ms, Target(63_000, band=(62_000, 64_000)), by_hand=True).symbol == symbol


def test_time_that_was_not_taken_by_hand_is_shown_with_a_tilde() -> None:
    assert view.compare(35_080, Target(35_000), by_hand=False) == view.Comparison("~35.1", "+0.1", "=", "on")
    assert [view.is_hand_time(source) for source in ("key", "order", "corrected", None)] == [True, True, False, False]


def mean_against_target(times: list[int], targets: list[int]) -> tuple[str, str]:
    """Returns a mean as it is shown, and its difference to the mean target."""
    mean = mean_shown_time(times)
    return show_target(mean), show_difference(mean - mean_shown_target(targets))


def test_mean_is_that_of_the_shown_figures() -> None:
    assert mean_against_target([11_510], [10_620]) == ("11.6", "+1.0")
    assert mean_against_target([63_010, 63_110], [63_520, 63_520]) == ("1:03.2", "-0.3")  # 63.1 and 63.2, against 63.5


@given(st.lists(st.integers(1, 600_000), min_size=1, max_size=20))
def test_mean_lies_between_the_shown_times(times: list[int]) -> None:
    mean = tenths(show_target(mean_shown_time(times)))
    shown = [tenths(show_time(ms)) for ms in times]
    assert min(shown) <= mean <= max(shown)
    assert abs(mean * len(shown) - sum(shown)) * 2 <= len(shown)


@given(st.integers(1, 600_000), st.integers(1, 600_000))
def test_mean_of_one_time_is_that_time(ms: int, target: int) -> None:
    one = view.compare(ms, Target(target), by_hand=True)
    assert mean_against_target([ms], [target]) == (one.time.removesuffix("h"), one.difference)
    assert show_target(mean_shown_target([target])) == show_target(target)


# -- every place that shows a difference


def tenths(text: str) -> int:
    """Returns a shown figure such as `~1:03.8h`, `-0.4` or `±0.0` in tenths of a second."""
    sign = -1 if text.startswith("-") else 1
    minutes, _, seconds = text.strip("~h+-±").rpartition(":")
    whole, _, tenth = seconds.partition(".")
    return sign * ((int(minutes or 0) * 60 + int(whole)) * 10 + int(tenth))


def run(target: int, *commands: AnyCommand) -> tuple[Plan, State]:
    """Runs the commands in a session of Ada, 4 x 400 m with that target in ms."""
    text = f"name: x\nsets: [{{reps: 4, distance: 400m, target: {target / 1000:.3f}}}]"
    plan = build_plan(parse_workout(text, "x.yaml")[0], Squad("x", (Athlete("Ada", "a"),)))
    state = initial_state(plan)
    for command in commands:
        outcome = decide(advance(state, command.t).state, command)
        assert not isinstance(outcome, Refusal), outcome
        state = outcome.state
    return plan, state


def spoken(state: State, kind: str) -> str:
    """Returns the spoken result of the newest finish: its "time" or its "difference"."""
    found = [cue for cue in cues(state, VoiceSettings(results=kind)) if cue.name == "result"]  # type: ignore[arg-type]
    return found[-1].text


@given(st.integers(25_000, 180_000), st.integers(25_000, 180_000))
def test_shown_time_minus_shown_target_is_the_shown_difference_everywhere(ms: int, target: int) -> None:
    assume(2 * ms >= target)  # an arrival before that is early, and waits for a name
    plan, state = run(target, Start(t=0), Tap(t=GO + ms, athlete="Ada"))

    row = view.group_board(state, "A").rows[0]
    assert row.result is not None
    assert tenths(row.result.time) - tenths(row.target) == tenths(row.result.difference)

    table = printed_session(plan, results(state))
    time, symbol_and_difference = re.search(r"^1.400m +(\S+)h!? +(\S+)[=▲▼]", table, re.MULTILINE).groups()  # type: ignore[union-attr]
    shown_target = re.search(r"^target +(\S+)", table, re.MULTILINE)
    assert shown_target is not None
    assert tenths(time) - tenths(shown_target[1]) == tenths(symbol_and_difference)
    assert symbol_and_difference == row.result.difference
    mean = re.search(r"^mean +([0-9:]+[.][0-9]) ?([-+]?[0-9:.]+)?$", table, re.MULTILINE)
    assert mean is not None
    assert tenths(mean[1]) == tenths(row.result.time)
    assert mean[2] in (row.result.difference, None if len(mean[1] + row.result.difference) > NARROW_CELL else "")

    assert tenths(spoken(state, "time")) - tenths(row.target) == tenths(spoken(state, "difference"))
    assert (abs(tenths(row.result.difference)) <= 3) == (row.result.verdict == "on")


def test_estimated_and_typed_times_are_nowhere_shown_as_hand_times() -> None:
    """Rep 1 is estimated (an inserted arrival), rep 2 typed over a hand time, rep 3 an estimate without a name yet."""
    plan, state = run(
        35_000,
        Start(t=0),
        Insert(t=GO + 36_000, at=GO + 35_080),
        Assign(t=GO + 37_000, tap=3, athlete="Ada"),
    )
    second = GO + 35_080 + 30_000
    commands = [
        Tap(t=second + 35_400, athlete="Ada"),
        Correct(t=second + 36_000, athlete="Ada", rep=2, time=35_000),
        Insert(t=second + 35_400 + 30_000 + 36_000, at=second + 35_400 + 30_000 + 35_000),
    ]
    assert view.group_board(state, "A").rows[0].result == view.Comparison("~35.1", "+0.1", "=", "on")
    for command in commands:
        outcome = decide(advance(state, command.t).state, command)
        assert not isinstance(outcome, Refusal), outcome
        state = outcome.state

    board = view.group_board(state, "A")
    row = board.rows[0]
    assert row.is_proposed
    assert row.result is not None
    assert [row.result.time, *(each.time for each in row.earlier_results if each)] == ["~35.0", "~35.0", "~35.1"]
    assert [each.time for each in board.arrivals] == ["~35.0"]
    assert [each.was for each in view.correctable_reps(state, "Ada")] == ["no time", "~35.0"]

    table = printed_session(plan, results(state))
    assert len(re.findall("~35.1(?![0-9])", table)) == 1
    assert len(re.findall("~35.0(?![0-9])", table)) == 4  # two reps, the mean and the best
    assert re.findall("35[.][0-9]h", table) == ["35.4h"]
    assert "corrected: Ada, rep 2: 35.0, was 35.4h" in table


def test_estimate_that_was_corrected_is_no_hand_time() -> None:
    plan, state = run(
        35_000,
        Start(t=0),
        Insert(t=GO + 36_000, at=GO + 35_080),
        Assign(t=GO + 37_000, tap=3, athlete="Ada"),
        Correct(t=GO + 38_000, athlete="Ada", rep=1, time=35_500),
    )
    assert results(state).reps[0].athletes["Ada"].replaced == {}
    assert "corrected:" not in printed_session(plan, results(state))


def test_spoken_result_of_a_typed_time_has_no_tilde() -> None:
    typed = Correct(t=GO + 36_000, athlete="Ada", rep=1, time=35_200)
    _, state = run(35_000, Start(t=0), Tap(t=GO + 35_400, athlete="Ada"), typed)
    assert (spoken(state, "time"), spoken(state, "difference")) == ("35.2", "+0.2")


def test_splits_of_a_table_say_whether_they_were_taken_by_hand() -> None:
    text = "name: x\nsets: [{reps: 1, distance: 400m, timed: [200m, 300m], target: 60}]"
    plan = build_plan(parse_workout(text, "x.yaml")[0], Squad("x", (Athlete("Ada", "a"),)))
    state = initial_state(plan)
    for command in (
        Start(t=0),
        Tap(t=GO + 30_050, athlete="Ada"),
        Tap(t=GO + 45_000, athlete="Ada"),
        Correct(t=GO + 46_000, athlete="Ada", rep=1, mark=300, time=45_500),
    ):
        outcome = decide(advance(state, command.t).state, command)
        assert not isinstance(outcome, Refusal), outcome
        state = outcome.state
    assert view.group_board(state, "A").rows[0].note == "300 m ~45.5"
    table = printed_session(plan, results(state))
    assert re.search(r"^  200m +30\.1h$", table, re.MULTILINE)
    assert re.search(r"^  300m +~45\.5$", table, re.MULTILINE)
