"""The counted seconds and the spoken results. Times are in ms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.cues import VoiceSettings, cues, texts_to_prepare
from kicktimer.cues.caller import (
    MAX_EARLY_ARRIVAL_MS,
    MAX_NUMBER,
    STRAGGLER_MS,
    CallingWindow,
    counted_window,
    counts_total_seconds,
)
from kicktimer.cues.spoken_results import spoken_time
from kicktimer.plan import SpokenLine, build_plan
from kicktimer.results import document, results
from kicktimer.session import arrivals
from kicktimer.squad import parse_squad
from kicktimer.workout import parse_oneliner, parse_workout
from tests.session.driver import GO, Driver, plan
from tests.session.test_properties import play

if TYPE_CHECKING:
    from kicktimer.cues import Cue
    from kicktimer.plan import Plan

VOICE = VoiceSettings(caller=True, results="time")
THREE = ("Matan", "Noam", "Ziv")


def cues_named(driver: Driver, name: str, voice: VoiceSettings = VOICE) -> list[Cue]:
    return [cue for cue in cues(driver.state, voice) if cue.name == name]


def counted(driver: Driver, voice: VoiceSettings = VOICE) -> list[str]:
    return [cue.text for cue in cues_named(driver, "count", voice)]


def spoken(driver: Driver, voice: VoiceSettings = VOICE) -> list[str]:
    return [cue.text for cue in cues_named(driver, "result", voice)]


def running(**kind: Any) -> Driver:
    """Returns a driver whose group runs its first rep."""
    driver = Driver(plan(kind.pop("athletes", THREE), **kind))
    driver.must(0, "start")
    driver.advance(GO)
    return driver


def test_counting_starts_two_seconds_before_the_first_target_and_ends_with_the_last_arrival() -> None:
    driver = running(targets=(63_520, 66_000, 70_000))
    assert counted(driver) == [str(second) for second in range(62, 86)], "counting goes on for stragglers"
    assert [cue.at for cue in cues_named(driver, "count")][:2] == [GO + 62_000, GO + 63_000]
    for name, at in (("Matan", 63_700), ("Noam", 66_400)):
        driver.must(GO + at, "tap", athlete=name)
    assert counted(driver)[-1] == "85"
    driver.must(GO + 70_900, "tap", athlete="Ziv")
    assert counted(driver) == [str(second) for second in range(66, 71)], "counting ends with the last arrival"


def test_long_times_are_counted_in_seconds_of_the_minute() -> None:
    driver = running(athletes=("Matan",), targets=(86_000,))
    assert counted(driver) == [str(second) for second in range(24, 42)]


def test_early_arrival_starts_the_counting() -> None:
    driver = running(targets=(63_520, 66_000, 70_000))
    driver.must(GO + 58_400, "tap", athlete="Ziv")
    assert counted(driver)[:2] == ["59", "60"]


def test_unnamed_arrival_counts_as_an_arrived_athlete() -> None:
    driver = running(athletes=("Matan",), targets=(63_520,))
    driver.must(GO + 64_300, "tap")
    assert counted(driver) == ["62", "63", "64"]


def test_without_targets_counting_starts_with_the_first_arrival() -> None:
    driver = running()
    assert counted(driver) == []
    driver.must(GO + 61_500, "tap", athlete="Matan")
    assert counted(driver)[0] == "62"


def test_times_of_the_last_rep_are_expected_in_the_next_one() -> None:
    driver = running(athletes=("Matan",))
    driver.must(GO + 65_000, "tap", athlete="Matan")
    driver.advance(GO + 95_000)
    assert counted(driver)[0] == "63"


def test_counting_ends_with_the_slowest_target_if_no_arrivals_are_taken() -> None:
    driver = running(athletes=("Matan", "Noam"), targets=(63_520, 66_000), rest=("target", 30_000))
    assert counted(driver) == ["62", "63", "64", "65", "66"]


def test_timed_marks_are_counted() -> None:
    driver = running(athletes=("Matan",), targets=(64_000,), timed=(200,))
    assert counted(driver)[:5] == ["30", "31", "32", "33", "34"]
    assert "62" in counted(driver)
    driver.must(GO + 32_400, "tap", athlete="Matan")
    assert counted(driver)[:4] == ["30", "31", "32", "62"]


def test_counting_at_an_optional_mark_ignores_stragglers() -> None:
    driver = running(athletes=("Matan",), targets=(64_000,), timed=(200,), optional=(200,))
    assert counted(driver)[:4] == ["30", "31", "32", "62"]


def test_full_minute_is_counted_as_the_number_of_minutes() -> None:
    driver = running(athletes=("Matan",), targets=(178_000,), metres=1000)
    assert counted(driver)[:8] == ["56", "57", "58", "59", "3", "1", "2", "3"]


def test_no_number_is_counted_during_a_line() -> None:
    driver = running(athletes=("Matan",), targets=(64_000,))
    line = SpokenLine("mark", "Run tall", 390_000)
    run = driver.group.runs[-1]
    target = replace(run.rep.targets["Matan"], marks={400_000: 64_000, 390_000: 62_400})
    changed = replace(run, rep=replace(run.rep, says=(line,), targets={"Matan": target}))
    group = replace(driver.group, runs=(changed,))
    driver.state = replace(driver.state, groups={"A": group})
    assert counted(driver)[:3] == ["64", "65", "66"], "the line begins at 62.4 and is not interrupted"
    assert counted(driver, replace(VOICE, lines=False))[0] == "62"


def squad_of_two(workout: str = "8x400 @1500 r30") -> Plan:
    squad, _ = parse_squad(
        "athletes: [{name: Matan, group: A, races: {1500m: 4:00}}, {name: Noa, group: B, races: {1500m: 4:00}}]\n"
        f"groups: {{A: {{}}, B: {{start_after: 3s, workout: {workout!r}}}}}",
        "squad.yaml",
    )
    return build_plan(parse_oneliner(workout), squad)


def test_only_one_group_is_counted_at_a_time() -> None:
    driver = Driver(squad_of_two())
    driver.must(0, "start")
    driver.advance(GO + 3000)
    counted_cues = [(cue.group, cue.at - GO) for cue in cues_named(driver, "count")]
    assert counted_cues[:4] == [("A", 62_000), ("A", 63_000), ("A", 64_000), ("B", 65_000)]
    assert [group for group, at in counted_cues if at > 67_000][:3] == ["A", "A", "A"], "then the stragglers"
    assert len({at for _, at in counted_cues}) == len(counted_cues)


windows = st.builds(
    lambda start, longer, late, group: CallingWindow(
        start, start + longer, start + longer + late, group, 1, start % 1000, total_seconds=True
    ),
    st.integers(0, 60_000), st.integers(0, 9000), st.integers(0, 15_000), st.sampled_from("ABCD"),
)  # fmt: skip


@given(st.lists(windows, max_size=6), st.integers(0, 90_000))
def test_an_open_window_is_always_counted_and_stragglers_come_last(some: list[CallingWindow], at: int) -> None:
    open_windows = [window for window in some if window.start <= at <= window.end]
    chosen = counted_window(some, at)
    assert (chosen is None) == (not open_windows)
    if chosen is not None:
        assert chosen in open_windows
        assert at <= chosen.expected or all(at > window.expected for window in open_windows)


def test_straggler_is_counted_after_another_group_has_finished() -> None:
    """Each athlete is a group; Matan has not finished when Noam and Ziv have."""
    squad, _ = parse_squad(
        "athletes: [{name: Matan, races: {400m: 64.0}}, {name: Noam, races: {400m: 66.0}},"
        " {name: Ziv, races: {400m: 67.0}}]",
        "squad.yaml",
    )
    workout, _ = parse_workout("name: x\nrecovery_from: own\npace: 400m\nsets: [4x400]", "x.yaml")
    driver = Driver(build_plan(workout, squad))
    driver.must(0, "start")
    driver.advance(GO)
    for name, at in (("Noam", 66_000), ("Ziv", 67_500)):
        driver.must(GO + at, "tap", athlete=name)
    assert counted(driver)[-1] == "79"
    assert [int(text) for text in counted(driver)] == list(range(63, 80)), "no second is missing"


def test_groups_with_the_same_go_share_their_numbers() -> None:
    squad, _ = parse_squad(
        "athletes: [{name: Matan, group: A, races: {400m: 64.0}}, {name: Noa, group: B, races: {400m: 66.0}}]", "s.yaml"
    )
    driver = Driver(build_plan(parse_oneliner("4x400 @400m r30"), squad))
    driver.must(0, "start")
    driver.advance(GO)
    before = {cue.id for cue in cues_named(driver, "count")}
    driver.must(GO + 64_100, "tap", athlete="Matan")
    after = {cue.id for cue in cues_named(driver, "count")}
    assert after <= before, "no second is counted again for the other group"
    assert counted(driver)[0] == "62"


def test_way_of_counting_does_not_change_during_a_rep() -> None:
    driver = running(targets=(86_000, 87_000, 88_000), metres=500)
    before = {cue.at: cue.text for cue in cues_named(driver, "count")}
    assert before[GO + 86_000] == "26"
    driver.must(GO + 91_200, "tap", athlete="Matan")
    after = {cue.at: cue.text for cue in cues_named(driver, "count")}
    assert all(after[at] == text for at, text in before.items() if at in after)
    assert spoken(driver) == ["Matan\n1:31.2"], "the result is spoken in the same way"


def test_false_arrival_does_not_start_the_counting() -> None:
    driver = running(targets=(63_520, 66_000, 70_000))
    driver.must(GO + 5000, "tap", athlete="Matan")
    assert counted(driver)[0] == "62"


def test_skipping_the_next_rep_does_not_end_the_counting() -> None:
    driver = running(targets=(63_520, 66_000, 70_000), rest=("first", 30_000), reps=4)
    driver.must(GO + 63_600, "tap", athlete="Matan")
    before = counted(driver), spoken(driver)
    assert before[1] == ["Matan\n63.6"]
    driver.must(GO + 64_000, "skip")
    assert (counted(driver), spoken(driver)) == before


def test_recalled_rep_is_not_counted_and_has_no_results() -> None:
    driver = running(targets=(63_520, 66_000, 70_000))
    driver.must(GO + 63_600, "tap", athlete="Matan")
    driver.must(GO + 64_000, "recall")
    assert (counted(driver), spoken(driver)) == ([], [])


def test_finish_after_the_next_go_is_spoken() -> None:
    driver = running(targets=(63_520, 66_000, 70_000), rest=("send_off", 68_000))
    driver.must(GO + 63_600, "tap", athlete="Matan")
    driver.advance(GO + 68_000)
    assert spoken(driver) == []
    driver.must(GO + 69_000, "tap", athlete="Noam")
    assert spoken(driver) == ["Noam\n69.0"]


def test_inserted_arrival_is_not_spoken() -> None:
    driver = running(targets=(63_520, 66_000, 70_000))
    driver.must(GO + 68_000, "insert", at=GO + 66_000, athlete="Noam")
    assert spoken(driver) == []


def test_unnamed_finish_of_the_only_runner_is_spoken_with_the_name() -> None:
    driver = Driver(squad_of_two())
    driver.must(0, "start")
    driver.advance(GO + 3000)
    driver.must(GO + 64_000, "tap", group="A")
    assert spoken(driver) == ["Matan\n64.0"]


@given(st.data())
def test_numbers_are_exactly_on_seconds_of_an_open_rep(data: st.DataObject) -> None:
    driver = play(data)
    for cue in cues_named(driver, "count"):
        clock = next(run for run in reversed(driver.state.groups[cue.group].runs) if run.started is not None)
        assert clock.started is not None
        runs = [
            run for group in driver.state.groups.values() for run in group.runs
            if run.started == clock.started and arrivals.is_open(run)
        ]  # fmt: skip
        assert runs, "no rep is open"
        assert (cue.at - clock.started) % 1000 == 0
        second = (cue.at - clock.started) // 1000
        assert cue.text in {str(second if counts_total_seconds(run) else second % 60 or second // 60) for run in runs}
        assert 0 < int(cue.text) <= MAX_NUMBER
        due = [
            at for run in runs for name in arrivals.runners(run) for mark in run.marks
            if (at := arrivals.expected_at(run, name, mark)) is not None
        ]  # fmt: skip
        came = [each.t for run in runs for each in arrivals.valid(run)]
        assert cue.at <= max([*due, *came]) + STRAGGLER_MS
        assert cue.at >= min([*due, *came]) - MAX_EARLY_ARRIVAL_MS


@given(st.data())
def test_spoken_results_are_the_saved_times(data: st.DataObject) -> None:
    driver = play(data)
    saved = document(driver.plan, "x", results(driver.state))["reps"]
    for cue in cues_named(driver, "result"):
        *name, words = cue.text.split("\n")
        if name:
            times = [
                rep["athletes"][name[0]]["time"] for rep in saved
                if rep["group"] == cue.group and name[0] in rep["athletes"]
            ]  # fmt: skip
            assert any(
                words in (spoken_time(ms, in_seconds=True), spoken_time(ms, in_seconds=False)) for ms in times if ms
            )
        runs = [run for run in driver.state.groups[cue.group].runs if run.is_valid]
        assert any(each.n == cue.fact and each.t <= cue.at for run in runs for each in arrivals.valid(run))


@pytest.mark.parametrize(
    ("ms", "words"),
    [(63_700, "63.7"), (63_701, "63.8"), (64_000, "64.0"), (99_900, "99.9"), (99_901, "1:40.0"), (125_300, "2:05.3")],
)
def test_spoken_time_is_rounded_up_and_has_minutes_from_a_hundred_seconds_on(ms: int, words: str) -> None:
    assert spoken_time(ms, in_seconds=True) == words
    assert spoken_time(63_700, in_seconds=False) == "1:03.7"


def test_results_of_several_athletes_have_names_and_follow_the_recovery_cues() -> None:
    driver = running(athletes=("Matan", "Noam"), targets=(63_520, 66_000))
    driver.must(GO + 63_700, "tap", athlete="Matan")
    driver.must(GO + 66_100, "tap")
    first, second = cues_named(driver, "result")
    assert (first.text, first.at) == ("Matan\n63.7", GO + 64_000)
    assert (second.text, second.at) == ("66.1", GO + 67_600)
    assert second.id == replace(second, text="Noam\n66.1").id, "the id does not depend on the name"


def test_difference_is_spoken_for_athletes_with_a_target() -> None:
    voice = VoiceSettings(results="difference")
    driver = running(athletes=("Matan", "Noam", "Ziv"), targets=(63_520, None, 64_000))
    for at, name in ((63_700, "Matan"), (64_000, "Ziv"), (66_100, "Noam")):
        driver.must(GO + at, "tap", athlete=name)
    assert spoken(driver, voice) == ["Matan\n+0.2", "Ziv\n±0.0", "Noam\n66.1"]


def test_undone_result_is_silent_and_corrected_result_is_spoken_as_corrected() -> None:
    driver = running(athletes=("Matan",), targets=(63_520,))
    driver.must(GO + 63_700, "tap")
    driver.must(GO + 64_000, "undo")
    assert spoken(driver) == []
    driver.must(GO + 65_000, "tap", athlete="Matan")
    driver.must(GO + 65_500, "correct", athlete="Matan", rep=1, mark="finish", time=64_200)
    assert spoken(driver) == ["64.2"]


def test_results_end_at_the_next_go() -> None:
    driver = running(athletes=("Matan",), targets=(63_520,))
    driver.must(GO + 63_700, "tap")
    driver.advance(GO + 93_699)
    assert spoken(driver) == ["63.7"]
    driver.advance(GO + 93_700)
    assert spoken(driver) == []


@pytest.mark.parametrize(
    ("line", "caller", "forced", "heard"),
    [("", True, None, True), ("", False, None, False), ("caller: on\n", False, None, True),
     ("caller: off\n", True, None, False), ("caller: OFF\n", True, True, True), ("caller: on\n", True, False, False)],
)  # fmt: skip
def test_workout_overrides_the_caller_setting_and_the_key_overrides_both(
    line: str, *, caller: bool, forced: bool | None, heard: bool
) -> None:
    squad, _ = parse_squad("athletes: [{name: Matan, races: {1500m: 4:00}}]", "squad.yaml")
    workout, _ = parse_workout(f"name: x\n{line}sets: [4x400]", "x.yaml")
    driver = Driver(build_plan(workout, squad))
    driver.must(0, "start")
    driver.advance(GO)
    assert bool(counted(driver, VoiceSettings(caller=caller, forced=forced))) is heard


def test_group_with_its_own_workout_uses_the_caller_choice_of_the_session() -> None:
    squad, _ = parse_squad(
        "athletes: [{name: Matan, group: A}, {name: Noa, group: B}]\ngroups: {B: {workout: 3x300 @46.0}}", "squad.yaml"
    )
    workout, _ = parse_workout("name: x\ncaller: off\nsets: [4x400]", "x.yaml")
    assert [group.caller for group in build_plan(workout, squad).groups] == [False, False]


def test_texts_to_prepare_are_the_lines_and_the_names() -> None:
    state = Driver(squad_of_two()).state
    assert texts_to_prepare(state, VOICE) == ("How relaxed can you look at the right pace?", "Matan", "Noa")
    assert texts_to_prepare(state, VoiceSettings(results="off")) == ("How relaxed can you look at the right pace?",)
