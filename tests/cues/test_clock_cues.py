"""The moments of the clock cues and the announcements. Times are in ms; the first GO is at 10 000."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kicktimer.cues import Cue, VoiceSettings, cues
from kicktimer.cues.clock_cues import RECOVERY_CUES_MS
from kicktimer.plan import Plan, SpokenLine, build_plan
from kicktimer.session import Phase
from kicktimer.squad import Athlete, parse_race_option, single_athlete_squad
from kicktimer.workout import parse_oneliner
from tests.session.driver import Driver, plan

RELAX = "How relaxed can you look at the right pace?"


def burner(line: str = "8x400 @1500 r30 closing2", race: str = "1500m=4:00") -> Plan:
    return build_plan(parse_oneliner(line), single_athlete_squad(dict([parse_race_option(race)])))


def cue_times(driver: Driver, name: str | None = None) -> list[Any]:
    """Returns the names and moments of all certain cues, or the moments of the cues of one name."""
    found = cues(driver.state)
    return [(cue.name, cue.at) for cue in found] if name is None else [cue.at for cue in found if cue.name == name]


def before_rep(number: int, plan: Plan | None = None) -> tuple[Driver, int]:
    """Returns a driver in the recovery before this rep, after reps on target, and when the recovery began."""
    driver = Driver(plan or burner())
    driver.must(0, "start")
    at = 0
    for _ in range(number - 1):
        driver.advance(driver.group.go or 0)
        at = (driver.group.runs[-1].started or 0) + 64_000
        driver.must(at, "tap", athlete="Runner")
    return driver, at


def test_start_schedules_the_first_countdown() -> None:
    driver = Driver(burner())
    assert cue_times(driver) == []
    driver.must(0, "start")
    assert cue_times(driver) == [("pip", 7000), ("pip", 8000), ("pip", 9000), ("go", 10_000)]


def test_splits_are_certain_from_go_on() -> None:
    driver = Driver(burner())
    driver.must(0, "start")
    driver.advance(10_000)
    assert cue_times(driver, "split") == [26_000, 42_000, 58_000]
    assert cue_times(driver, "pip") == [], "the next GO depends on a finish that has not come yet"


def test_cues_of_a_recovery() -> None:
    driver, at = before_rep(2)
    assert cue_times(driver) == [
        ("recovery", at), ("ten", at + 20_000), ("pip", at + 27_000), ("pip", at + 28_000), ("pip", at + 29_000),
        ("go", at + 30_000),
    ]  # fmt: skip


def test_closing_and_last_reps_are_signalled_in_the_recovery_before() -> None:
    driver, at = before_rep(7)
    assert cue_times(driver, "closing") == [at + 700]
    (say,) = [cue for cue in cues(driver.state) if cue.name == "say"]
    assert (say.at, say.text, say.relax) == (at + 15_000, RELAX, True)
    driver, at = before_rep(8)
    assert cue_times(driver, "closing") == []
    assert cue_times(driver, "last") == [at + 700]


def test_line_at_a_split_follows_the_split_cue() -> None:
    driver, at = before_rep(7)
    driver.advance(at + 30_000)
    go = at + 30_000
    assert go + 32_000 in cue_times(driver, "split")
    assert cue_times(driver, "say") == [go + 32_350]


def test_last_finish_has_the_cue_over() -> None:
    driver, at = before_rep(9)
    assert driver.state.finished
    assert cue_times(driver, "over") == [at]
    assert cue_times(driver, "go") == []


def test_hold_removes_the_countdown_and_release_restores_it() -> None:
    driver, at = before_rep(2)
    driver.must(at + 20_000, "hold")
    assert cue_times(driver, "go") == cue_times(driver, "pip") == []
    driver.must(at + 40_000, "release")
    assert cue_times(driver, "go") == [at + 50_000]
    assert cue_times(driver, "pip") == [at + 47_000, at + 48_000, at + 49_000]


def test_adjusted_recovery_moves_only_the_cues_that_depend_on_go() -> None:
    driver, at = before_rep(2)
    before = {cue.id: cue for cue in cues(driver.state)}
    driver.must(at + 1000, "adjust", ms=-5000)
    after = {cue.id: cue for cue in cues(driver.state)}
    assert [before[key].name for key in before.keys() & after.keys()] == ["recovery"]
    assert cue_times(driver, "go") == [at + 25_000]


def test_closing_cue_is_left_out_if_it_would_run_into_the_countdown() -> None:
    driver, at = before_rep(7, burner("8x400 @1500 r4 closing2"))
    assert cue_times(driver, "closing") == []
    assert cue_times(driver, "pip") == [at + 1000, at + 2000, at + 3000]


def test_hands_free_rep_has_its_recovery_and_next_go_from_the_start() -> None:
    plan = build_plan(
        parse_oneliner("4x400 @1500 r30"),
        single_athlete_squad(dict([parse_race_option("1500m=4:00")])),
        hands_free=True,
    )
    driver = Driver(plan)
    driver.must(0, "start")
    driver.advance(10_000)
    assert cue_times(driver, "recovery") == [74_000]
    assert cue_times(driver, "go") == [10_000, 104_000]


def test_no_split_cue_in_the_quiet_part_of_a_rep() -> None:
    plan = burner("1x400 @1500")
    (group,) = plan.groups
    rep = replace(group.reps[0], quiet=(50_000, 250_000))
    driver = Driver(replace(plan, groups=(replace(group, reps=(rep,)),)))
    driver.must(0, "start")
    driver.advance(10_000)
    assert cue_times(driver, "split") == [58_000]


def test_lines_due_at_once_are_spoken_one_after_the_other() -> None:
    plan = burner("1x400 @1500")
    (group,) = plan.groups
    says = (SpokenLine("start", "Off you go"), SpokenLine("start", "Shoulders down"))
    driver = Driver(replace(plan, groups=(replace(group, reps=(replace(group.reps[0], says=says),)),)))
    driver.must(0, "start")
    driver.advance(10_000)
    first, second = cue_times(driver, "say")
    assert second >= first + 300


def running_with_lines(*says: SpokenLine, line: str = "2x400 @1500 r30") -> Driver:
    """Returns a driver in the first of two reps, with these lines in that rep."""
    plan = burner(line)
    (group,) = plan.groups
    reps = (replace(group.reps[0], says=says), group.reps[1])
    driver = Driver(replace(plan, groups=(replace(group, reps=reps),)))
    driver.must(0, "start")
    driver.advance(10_000)
    return driver


def lines(driver: Driver) -> list[tuple[int, int | None]]:
    """Returns the moments of the lines, each with the moment after which the line is not begun."""
    return [(cue.at, cue.until) for cue in cues(driver.state) if cue.name == "say"]


def test_line_is_not_begun_after_the_end_of_its_rep() -> None:
    driver = running_with_lines(SpokenLine("elapsed", "Tall", value=60_000), SpokenLine("elapsed", "Now", value=63_500))
    assert lines(driver) == [(70_000, None), (73_500, None)]
    driver.must(74_000, "tap", athlete="Runner")
    assert lines(driver) == [(70_000, 74_000), (73_500, 74_500)], (
        "a line that is due just before the end may begin 1 s late"
    )
    driver.must(74_400, "undo")
    assert lines(driver) == [(70_000, None), (73_500, None)]


def test_line_that_waits_for_another_line_is_left_out_after_the_end_of_its_rep() -> None:
    driver = running_with_lines(
        SpokenLine("elapsed", "Tall" * 25, value=60_000), SpokenLine("elapsed", "Now", value=63_500)
    )
    driver.must(74_000, "tap", athlete="Runner")
    assert lines(driver) == [(70_000, 74_000)]


def test_lines_of_a_timed_rep_have_its_end_from_the_start() -> None:
    assert lines(running_with_lines(SpokenLine("elapsed", "Tall", value=55_000), line="2x60s @1500 r30")) == [
        (65_000, 70_000)
    ]


@pytest.mark.parametrize("number", [2, 5, 8])
def test_certain_cue_keeps_its_id(number: int) -> None:
    driver, at = before_rep(number)
    before: dict[str, Cue] = {cue.id: cue for cue in cues(driver.state)}
    driver.must(at + 500, "note", text="wind")
    later = {cue.id: cue for cue in cues(driver.state)}
    assert before.keys() <= later.keys() | {key for key, cue in before.items() if cue.at < at - 4000}


def announced(driver: Driver) -> list[tuple[str, int]]:
    """Returns the texts and moments of the announcements."""
    found = cues(driver.state, VoiceSettings(announces=True))
    return [(cue.text, cue.at) for cue in found if cue.name == "announce"]


@pytest.mark.parametrize(("number", "words"), [(2, "Rep 2"), (6, "Rep 6"), (7, "Closing reps"), (8, "Last rep")])
def test_next_rep_is_announced_when_its_go_is_certain(number: int, words: str) -> None:
    driver, at = before_rep(number)
    assert announced(driver) == [(words, at + 13_000)]
    driver.advance(at + 30_000)
    assert announced(driver) == [], "during the rep the next GO is not certain"


def test_only_the_first_closing_rep_is_announced_as_closing() -> None:
    driver, at = before_rep(7, burner("8x400 @1500 r30 closing3"))
    assert announced(driver) == [("Rep 7", at + 13_000)]


def test_jog_is_announced_when_its_recovery_is_long_enough() -> None:
    driver, at = before_rep(2, burner("8x400 @1500 r200m/75s"))
    assert announced(driver) == [
        ("200 metre jog", at + RECOVERY_CUES_MS), ("Thirty seconds", at + 45_000), ("Rep 2", at + 58_000),
    ]  # fmt: skip
    driver, at = before_rep(2, burner("8x400 @1500 r100m/25s"))
    assert [text for text, _ in announced(driver)] == ["Rep 2"]


def test_half_a_minute_is_announced_in_long_recoveries_and_nothing_in_short_ones() -> None:
    driver, at = before_rep(2, burner("8x400 @1500 r45"))
    assert announced(driver) == [("Thirty seconds", at + 15_000), ("Rep 2", at + 28_000)]
    driver, at = before_rep(2, burner("8x400 @1500 r35"))
    assert announced(driver) == [("Rep 2", at + 18_000)]
    driver, at = before_rep(2, burner("8x400 @1500 r16"))
    assert announced(driver) == [("Rep 2", at + 1500)]
    driver, at = before_rep(2, burner("8x400 @1500 r14"))
    assert announced(driver) == []


def test_nothing_is_announced_before_the_first_rep_or_during_a_hold() -> None:
    driver = Driver(burner())
    driver.must(0, "start")
    assert announced(driver) == []
    driver, at = before_rep(2)
    driver.must(at + 1000, "hold")
    assert announced(driver) == []


def test_rep_number_above_99_is_not_announced() -> None:
    driver, _ = before_rep(100, burner("105x400 @1500 r30"))
    assert announced(driver) == []


def test_end_is_announced_when_all_groups_are_done() -> None:
    driver, at = before_rep(8)
    driver.advance(at + 30_000)
    driver.must(at + 94_000, "tap", athlete="Runner")
    assert announced(driver) == [("Session over", at + 95_400)]
    driver.must(at + 95_000, "undo")
    assert announced(driver) == []


def several(*reps: int, apart: int = 0) -> Driver:
    """Returns a driver with groups of one athlete each, all of which have finished their first rep.

    `reps` are the numbers of reps of the groups. Each group starts `apart` ms after the one before.
    """
    names = "ABCD"[: len(reps)]
    groups = [
        replace(
            plan([name], count, rest=("send_off", 95_000), targets=[64_000]).groups[0],
            name=name,
            start_after_ms=place * apart,
        )
        for place, (name, count) in enumerate(zip(names, reps, strict=True))
    ]
    athletes = tuple(Athlete(name, name.lower()) for name in names)
    driver = Driver(replace(plan(), athletes=athletes, groups=tuple(groups)))
    driver.must(0, "start")
    for place, name in enumerate(names):
        driver.must(74_000 + place * apart, "tap", athlete=name)
    return driver


def test_groups_with_the_same_go_share_one_announcement() -> None:
    assert announced(several(4, 4)) == [("Rep 2", 88_000)]


def test_nothing_is_announced_to_groups_with_the_same_go_and_different_reps() -> None:
    assert announced(several(4, 2)) == []


def test_nothing_is_announced_to_a_group_if_another_group_has_its_go_first() -> None:
    assert announced(several(4, 4, apart=12_000)) == [("Rep 2", 88_000)]
    assert announced(several(4, 4, apart=18_000)) == [("Rep 2", 88_000), ("Rep 2", 106_000)]


def test_end_is_not_announced_while_another_group_runs() -> None:
    driver = several(1, 2)
    assert driver.state.groups["A"].phase is Phase.DONE
    assert "Session over" not in [text for text, _ in announced(driver)]
    driver.advance(105_000)
    driver.must(169_000, "tap", athlete="B")
    assert announced(driver) == [("Session over", 170_400)]


def test_closing_reps_are_announced_even_if_the_first_one_is_skipped() -> None:
    driver, at = before_rep(6, burner("8x400 @1500 r30 closing3"))
    assert announced(driver)[0][0] == "Closing reps"
    driver.must(at + 1000, "skip")
    assert announced(driver)[0][0] == "Closing reps"


def test_nothing_is_announced_in_the_countdown_after_a_hold() -> None:
    driver, at = before_rep(2)
    driver.must(at + 1000, "hold")
    driver.must(at + 28_000, "release")
    assert driver.group.phase is Phase.COUNTDOWN
    assert announced(driver) == []
