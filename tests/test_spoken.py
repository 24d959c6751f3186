"""The seconds that are counted aloud, and the results that are spoken. Times in ms."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.cues import Voice, cues, texts
from kicktimer.cues.caller import AHEAD_MS, LATE_MS, Window, in_turn
from kicktimer.cues.spoken import time_words
from kicktimer.plan import Say, build_plan
from kicktimer.session import marks
from kicktimer.squad import parse_squad
from kicktimer.workout import parse_oneliner, parse_workout
from tests.session.sessions import GO, Driver, plan
from tests.session.test_properties import play

if TYPE_CHECKING:
    from kicktimer.cues import Cue
    from kicktimer.plan import Plan

ALL = Voice(calls=True, results="time")
THREE = ("Matan", "Noam", "Ziv")


def found(driver: Driver, name: str, voice: Voice = ALL) -> list[Cue]:
    return [cue for cue in cues(driver.state, voice) if cue.name == name]


def counted(driver: Driver, voice: Voice = ALL) -> list[str]:
    return [cue.text for cue in found(driver, "count", voice)]


def spoken(driver: Driver, voice: Voice = ALL) -> list[str]:
    return [cue.text for cue in found(driver, "result", voice)]


def running(**kind: Any) -> Driver:
    """A group in its first rep."""
    driver = Driver(plan(kind.pop("athletes", THREE), **kind))
    driver.must(0, "start")
    driver.advance(GO)
    return driver


def test_counting_begins_two_seconds_before_the_first_target_and_ends_with_the_last_arrival() -> None:
    driver = running(targets=(63_520, 66_000, 70_000))
    assert counted(driver) == [str(second) for second in range(62, 86)], "goes on for who is late"
    assert [cue.at for cue in found(driver, "count")][:2] == [GO + 62_000, GO + 63_000]
    for name, at in (("Matan", 63_700), ("Noam", 66_400)):
        driver.must(GO + at, "tap", athlete=name)
    assert counted(driver)[-1] == "85"
    driver.must(GO + 70_900, "tap", athlete="Ziv")
    assert counted(driver) == [str(second) for second in range(66, 71)], "the last arrival ends it"


def test_who_comes_early_is_counted_from_the_first_arrival_on() -> None:
    driver = running(targets=(63_520, 66_000, 70_000))
    driver.must(GO + 58_400, "tap", athlete="Ziv")
    assert counted(driver)[:2] == ["59", "60"]


def test_an_arrival_without_a_name_is_one_that_is_in() -> None:
    driver = running(athletes=("Matan",), targets=(63_520,))
    driver.must(GO + 64_300, "tap")
    assert counted(driver) == ["62", "63", "64"]


def test_without_a_target_it_begins_with_the_first_arrival() -> None:
    driver = running()
    assert counted(driver) == []
    driver.must(GO + 61_500, "tap", athlete="Matan")
    assert counted(driver)[0] == "62"


def test_the_next_rep_expects_what_was_run() -> None:
    driver = running(athletes=("Matan",))
    driver.must(GO + 65_000, "tap", athlete="Matan")
    driver.advance(GO + 95_000)
    assert counted(driver)[0] == "63"


def test_nobody_taps_where_the_clock_runs_on_targets() -> None:
    driver = running(athletes=("Matan", "Noam"), targets=(63_520, 66_000), rest=("target", 30_000))
    assert counted(driver) == ["62", "63", "64", "65", "66"]


def test_marks_that_are_timed_are_counted_too() -> None:
    driver = running(athletes=("Matan",), targets=(64_000,), timed=(200,))
    assert counted(driver)[:5] == ["30", "31", "32", "33", "34"]
    assert "62" in counted(driver)
    driver.must(GO + 32_400, "tap", athlete="Matan")
    assert counted(driver)[:4] == ["30", "31", "32", "62"]


def test_a_mark_where_no_tap_is_no_fault_is_left_soon() -> None:
    driver = running(athletes=("Matan",), targets=(64_000,), timed=(200,), optional=(200,))
    assert counted(driver)[:4] == ["30", "31", "32", "62"]


def test_long_reps_are_called_by_the_seconds_of_the_minute() -> None:
    driver = running(athletes=("Matan",), targets=(178_000,), metres=1000)
    assert counted(driver)[:8] == ["56", "57", "58", "59", "3", "1", "2", "3"]


def test_no_number_falls_into_a_line() -> None:
    driver = running(athletes=("Matan",), targets=(64_000,))
    line = Say("mark", "Run tall", 390_000)
    run = driver.group.runs[-1]
    target = replace(run.rep.targets["Matan"], marks={400_000: 64_000, 390_000: 62_400})
    changed = replace(run, rep=replace(run.rep, says=(line,), targets={"Matan": target}))
    group = replace(driver.group, runs=(changed,))
    driver.state = replace(driver.state, groups={"A": group})
    assert counted(driver)[:3] == ["64", "65", "66"], "the line, from 62.4 on, is heard to its end"


def squad_of_two(workout: str = "8x400 @1500 r30") -> Plan:
    squad, _ = parse_squad(
        "athletes: [{name: Matan, group: A, races: {1500m: 4:00}}, {name: Noa, group: B, races: {1500m: 4:00}}]\n"
        f"groups: {{A: {{}}, B: {{start_after: 3s, workout: {workout!r}}}}}",
        "squad.yaml",
    )
    return build_plan(parse_oneliner(workout), squad)


def test_one_group_is_counted_at_a_time() -> None:
    driver = Driver(squad_of_two())
    driver.must(0, "start")
    driver.advance(GO + 3000)
    found_ = [(cue.group, cue.at - GO) for cue in found(driver, "count")]
    assert found_[:4] == [("A", 62_000), ("A", 63_000), ("A", 64_000), ("B", 65_000)]
    assert {group for group, at in found_ if at > 65_000} == {"B"}


@given(
    st.lists(
        st.tuples(st.integers(0, 60_000), st.integers(0, 9_000), st.integers(0, 15_000), st.sampled_from("ABCD")),
        max_size=6,
    )
)
def test_windows_in_turn_never_overlap_and_lose_nobody(raw: list[tuple[int, int, int, str]]) -> None:
    windows = [Window(a, a + b, a + b + c, group, 1, 0, plain=True) for a, b, c, group in raw]
    kept = in_turn(windows)
    for one, other in pairwise(kept):
        assert one.group == other.group or one.end < other.start
    earliest = min(windows, key=lambda each: each.start, default=None)
    assert earliest is None or any(each.start == earliest.start for each in kept)
    assert all(any(k.group == w.group and w.start <= k.start and k.end <= w.end for w in windows) for k in kept)


@given(st.data())
def test_numbers_are_on_their_seconds_and_never_without_an_open_rep(data: st.DataObject) -> None:
    driver = play(data)
    for cue in found(driver, "count"):
        run = driver.state.groups[cue.group].runs[-1]
        assert run.started is not None
        assert (cue.at - run.started) % 1000 == 0
        assert marks.is_open(run)
        second = (cue.at - run.started) // 1000
        assert cue.text in (str(second), str(second % 60), str(second // 60))
        latest = max([*(at for name in marks.runners(run) for mark in run.marks
                       if (at := marks.expected_at(run, name, mark)) is not None),
                      *(each.t for each in marks.arrivals(run))])  # fmt: skip
        assert cue.at <= latest + LATE_MS
        assert cue.at >= run.started + 1000 >= run.started + 1000 - AHEAD_MS


@given(st.data())
def test_what_is_spoken_is_what_is_saved(data: st.DataObject) -> None:
    driver = play(data)
    for cue in found(driver, "result"):
        run = driver.state.groups[cue.group].runs[-1]
        (arrival,) = [each for each in marks.arrivals(run) if each.n == cue.fact]
        *name, words = cue.text.split("\n")
        assert name == ([arrival.athlete] if arrival.athlete and len(driver.state.athletes) > 1 else [])
        ms = marks.time_of(run, arrival.athlete, arrival.mark or 0) if arrival.athlete else None
        assert words == time_words(arrival.t - (run.started or 0) if ms is None else ms)
        assert cue.at >= arrival.t


@pytest.mark.parametrize(
    ("ms", "words"),
    [(63_700, "63.7"), (63_701, "63.8"), (64_000, "64.0"), (99_900, "99.9"), (99_901, "1:40.0"), (125_300, "2:05.3")],
)
def test_times_as_they_are_called_at_a_track(ms: int, words: str) -> None:
    assert time_words(ms) == words


def test_results_wait_for_the_recovery_cues_and_have_names_where_there_are_several() -> None:
    driver = running(athletes=("Matan", "Noam"), targets=(63_520, 66_000))
    driver.must(GO + 63_700, "tap", athlete="Matan")
    driver.must(GO + 66_100, "tap")
    first, second = found(driver, "result")
    assert (first.text, first.at) == ("Matan\n63.7", GO + 64_000)
    assert (second.text, second.at) == ("66.1", GO + 67_600)
    assert second.id == replace(second, text="Noam\n66.1").id, "a name that comes later does not say it again"


def test_the_difference_where_there_is_a_target() -> None:
    voice = Voice(results="difference")
    driver = running(athletes=("Matan", "Noam", "Ziv"), targets=(63_520, None, 64_000))
    for at, name in ((63_700, "Matan"), (64_010, "Ziv"), (66_100, "Noam")):
        driver.must(GO + at, "tap", athlete=name)
    assert spoken(driver, voice) == ["Matan\n+0.2", "Ziv\n±0.0", "Noam\n66.1"]


def test_what_was_taken_back_or_corrected_is_not_spoken_as_it_was() -> None:
    driver = running(athletes=("Matan",), targets=(63_520,))
    driver.must(GO + 63_700, "tap")
    driver.must(GO + 64_000, "undo")
    assert spoken(driver) == []
    driver.must(GO + 65_000, "tap", athlete="Matan")
    driver.must(GO + 65_500, "correct", athlete="Matan", rep=1, mark="finish", time=64_200)
    assert spoken(driver) == ["64.2"]


def test_results_end_with_the_next_go() -> None:
    driver = running(athletes=("Matan",), targets=(63_520,))
    driver.must(GO + 63_700, "tap")
    driver.advance(GO + 93_699)
    assert spoken(driver) == ["63.7"]
    driver.advance(GO + 93_700)
    assert spoken(driver) == []


@pytest.mark.parametrize(
    ("line", "calls", "forced", "heard"),
    [("", True, None, True), ("", False, None, False), ("caller: on\n", False, None, True),
     ("caller: off\n", True, None, False), ("caller: OFF\n", True, True, True), ("caller: on\n", True, False, False)],
)  # fmt: skip
def test_the_workout_goes_before_the_setting_and_the_key_before_both(
    line: str, *, calls: bool, forced: bool | None, heard: bool
) -> None:
    squad, _ = parse_squad("athletes: [{name: Matan, races: {1500m: 4:00}}]", "squad.yaml")
    workout, _ = parse_workout(f"name: x\n{line}sets: [4x400]", "x.yaml")
    driver = Driver(build_plan(workout, squad))
    driver.must(0, "start")
    driver.advance(GO)
    assert bool(counted(driver, Voice(calls=calls, forced=forced))) is heard


def test_a_group_with_a_line_of_its_own_is_called_as_the_session_says() -> None:
    squad, _ = parse_squad(
        "athletes: [{name: Matan, group: A}, {name: Noa, group: B}]\ngroups: {B: {workout: 3x300 @46.0}}", "squad.yaml"
    )
    workout, _ = parse_workout("name: x\ncaller: off\nsets: [4x400]", "x.yaml")
    assert [group.caller for group in build_plan(workout, squad).groups] == [False, False]


def test_names_and_lines_are_made_ready() -> None:
    state = Driver(squad_of_two()).state
    assert texts(state, ALL) == ("How relaxed can you look at the right pace?", "Matan", "Noa")
    assert texts(state, Voice(results="off")) == ("How relaxed can you look at the right pace?",)
