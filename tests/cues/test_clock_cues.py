"""When which cue sounds, from the state alone. Times in ms; GO of the first rep is at 10 000."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kicktimer.cues import Cue, VoiceSettings, cues
from kicktimer.plan import Plan, SpokenLine, build_plan
from kicktimer.session import Phase
from kicktimer.squad import Athlete, parse_race_option, single_athlete_squad
from kicktimer.workout import parse_oneliner
from tests.session.driver import Driver, plan

RELAX = "How relaxed can you look at the right pace?"


def burner(line: str = "8x400 @1500 r30 closing2", race: str = "1500m=4:00") -> Plan:
    return build_plan(parse_oneliner(line), single_athlete_squad(dict([parse_race_option(race)])))


def heard(driver: Driver, name: str | None = None) -> list[Any]:
    """What is certain to sound now."""
    found = cues(driver.state)
    return [(cue.name, cue.at) for cue in found] if name is None else [cue.at for cue in found if cue.name == name]


def before_rep(number: int, plan: Plan | None = None) -> tuple[Driver, int]:
    """In the recovery before this rep, everybody on target, and when that began."""
    driver = Driver(plan or burner())
    driver.must(0, "start")
    at = 0
    for _ in range(number - 1):
        driver.advance(driver.group.go or 0)
        at = (driver.group.runs[-1].started or 0) + 64_000
        driver.must(at, "tap", athlete="Runner")
    return driver, at


def test_the_first_countdown() -> None:
    driver = Driver(burner())
    assert heard(driver) == []
    driver.must(0, "start")
    assert heard(driver) == [("pip", 7000), ("pip", 8000), ("pip", 9000), ("go", 10_000)]


def test_the_splits_of_a_rep_are_known_from_go_on() -> None:
    driver = Driver(burner())
    driver.must(0, "start")
    driver.advance(10_000)
    assert heard(driver, "split") == [26_000, 42_000, 58_000]
    assert heard(driver, "pip") == [], "GO hangs on a finish that is still to come"


def test_a_recovery() -> None:
    driver, at = before_rep(2)
    assert heard(driver) == [
        ("recovery", at), ("ten", at + 20_000), ("pip", at + 27_000), ("pip", at + 28_000), ("pip", at + 29_000),
        ("go", at + 30_000),
    ]  # fmt: skip


def test_the_recovery_before_a_closing_rep_and_the_last_one() -> None:
    driver, at = before_rep(7)
    assert heard(driver, "closing") == [at + 700]
    (say,) = [cue for cue in cues(driver.state) if cue.name == "say"]
    assert (say.at, say.text, say.relax) == (at + 15_000, RELAX, True)
    driver, at = before_rep(8)
    assert heard(driver, "closing") == []
    assert heard(driver, "last") == [at + 700]


def test_the_reminder_half_way_waits_for_the_split_to_be_heard() -> None:
    driver, at = before_rep(7)
    driver.advance(at + 30_000)
    go = at + 30_000
    assert go + 32_000 in heard(driver, "split")
    assert heard(driver, "say") == [go + 32_350]


def test_the_end_of_the_session() -> None:
    driver, at = before_rep(9)
    assert driver.state.finished
    assert heard(driver, "over") == [at]
    assert heard(driver, "go") == []


def test_a_hold_takes_the_countdown_away_and_a_release_gives_it_back() -> None:
    driver, at = before_rep(2)
    driver.must(at + 20_000, "hold")
    assert heard(driver, "go") == heard(driver, "pip") == []
    driver.must(at + 40_000, "release")
    assert heard(driver, "go") == [at + 50_000]
    assert heard(driver, "pip") == [at + 47_000, at + 48_000, at + 49_000]


def test_a_shorter_recovery_moves_what_hangs_on_go_and_nothing_else() -> None:
    driver, at = before_rep(2)
    before = {cue.id: cue for cue in cues(driver.state)}
    driver.must(at + 1000, "adjust", ms=-5000)
    after = {cue.id: cue for cue in cues(driver.state)}
    assert [before[key].name for key in before.keys() & after.keys()] == ["recovery"]
    assert heard(driver, "go") == [at + 25_000]


def test_what_comes_next_is_not_announced_into_the_countdown() -> None:
    driver, at = before_rep(7, burner("8x400 @1500 r4 closing2"))
    assert heard(driver, "closing") == []
    assert heard(driver, "pip") == [at + 1000, at + 2000, at + 3000]


def test_hands_free_everything_is_known_to_the_next_go() -> None:
    plan = build_plan(
        parse_oneliner("4x400 @1500 r30"),
        single_athlete_squad(dict([parse_race_option("1500m=4:00")])),
        hands_free=True,
    )
    driver = Driver(plan)
    driver.must(0, "start")
    driver.advance(10_000)
    assert heard(driver, "recovery") == [74_000]
    assert heard(driver, "go") == [10_000, 104_000]


def test_quiet_marks_have_no_split_cue() -> None:
    plan = burner("1x400 @1500")
    (group,) = plan.groups
    rep = replace(group.reps[0], quiet=(50_000, 250_000))
    driver = Driver(replace(plan, groups=(replace(group, reps=(rep,)),)))
    driver.must(0, "start")
    driver.advance(10_000)
    assert heard(driver, "split") == [58_000]


def test_lines_are_spoken_one_after_the_other() -> None:
    plan = burner("1x400 @1500")
    (group,) = plan.groups
    says = (SpokenLine("start", "Off you go"), SpokenLine("start", "Shoulders down"))
    driver = Driver(replace(plan, groups=(replace(group, reps=(replace(group.reps[0], says=says),)),)))
    driver.must(0, "start")
    driver.advance(10_000)
    first, second = heard(driver, "say")
    assert second >= first + 300


def saying(*says: SpokenLine, line: str = "2x400 @1500 r30") -> Driver:
    """In the first of two reps, in which this is to be said."""
    plan = burner(line)
    (group,) = plan.groups
    reps = (replace(group.reps[0], says=says), group.reps[1])
    driver = Driver(replace(plan, groups=(replace(group, reps=reps),)))
    driver.must(0, "start")
    driver.advance(10_000)
    return driver


def lines(driver: Driver) -> list[tuple[int, int | None]]:
    return [(cue.at, cue.until) for cue in cues(driver.state) if cue.name == "say"]


def test_a_line_of_a_rep_is_not_begun_once_the_rep_is_over() -> None:
    driver = saying(SpokenLine("elapsed", "Tall", value=60_000), SpokenLine("elapsed", "Now", value=63_500))
    assert lines(driver) == [(70_000, None), (73_500, None)]
    driver.must(74_000, "tap", athlete="Runner")
    assert lines(driver) == [(70_000, 74_000), (73_500, 74_500)], "one that is due as the rep ends may be a little late"
    driver.must(74_400, "undo")
    assert lines(driver) == [(70_000, None), (73_500, None)]


def test_a_line_that_waits_for_another_one_is_not_begun_either() -> None:
    driver = saying(SpokenLine("elapsed", "Tall" * 25, value=60_000), SpokenLine("elapsed", "Now", value=63_500))
    driver.must(74_000, "tap", athlete="Runner")
    assert lines(driver) == [(70_000, 74_000)]


def test_the_end_of_a_rep_that_goes_by_the_clock_is_known_ahead() -> None:
    assert lines(saying(SpokenLine("elapsed", "Tall", value=55_000), line="2x60s @1500 r30")) == [(65_000, 70_000)]


@pytest.mark.parametrize("number", [2, 5, 8])
def test_a_cue_keeps_its_id_while_it_is_certain(number: int) -> None:
    """What is told to the speaker once is not told again under another name, nor silenced while it sounds."""
    driver, at = before_rep(number)
    told: dict[str, Cue] = {cue.id: cue for cue in cues(driver.state)}
    driver.must(at + 500, "note", text="wind")
    later = {cue.id: cue for cue in cues(driver.state)}
    assert told.keys() <= later.keys() | {key for key, cue in told.items() if cue.at < at - 4000}


def announced(driver: Driver) -> list[tuple[str, int]]:
    found = cues(driver.state, VoiceSettings(announces=True))
    return [(cue.text, cue.at) for cue in found if cue.name == "announce"]


@pytest.mark.parametrize(("number", "words"), [(2, "Rep 2"), (6, "Rep 6"), (7, "Closing reps"), (8, "Last rep")])
def test_the_next_rep_is_announced_once_its_go_is_certain(number: int, words: str) -> None:
    driver, at = before_rep(number)
    assert announced(driver) == [(words, at + 13_000)]
    driver.advance(at + 30_000)
    assert announced(driver) == [], "in the rep nobody knows when the next one is"


def test_only_the_first_closing_rep_is_announced_as_such() -> None:
    driver, at = before_rep(7, burner("8x400 @1500 r30 closing3"))
    assert announced(driver) == [("Rep 7", at + 13_000)]


def test_half_a_minute_is_announced_where_it_is_news_and_nothing_where_there_is_no_room() -> None:
    driver, at = before_rep(2, burner("8x400 @1500 r45"))
    assert announced(driver) == [("Thirty seconds", at + 15_000), ("Rep 2", at + 28_000)]
    driver, at = before_rep(2, burner("8x400 @1500 r35"))
    assert announced(driver) == [("Rep 2", at + 18_000)]
    driver, at = before_rep(2, burner("8x400 @1500 r16"))
    assert announced(driver) == [("Rep 2", at + 1500)]
    driver, at = before_rep(2, burner("8x400 @1500 r14"))
    assert announced(driver) == []


def test_nothing_is_announced_before_the_first_rep_nor_while_it_is_held() -> None:
    driver = Driver(burner())
    driver.must(0, "start")
    assert announced(driver) == []
    driver, at = before_rep(2)
    driver.must(at + 1000, "hold")
    assert announced(driver) == []


def test_a_number_that_nobody_can_speak_is_not_announced() -> None:
    driver, _ = before_rep(100, burner("105x400 @1500 r30"))
    assert announced(driver) == []


def test_the_end_is_announced_once_all_groups_are_done() -> None:
    driver, at = before_rep(8)
    driver.advance(at + 30_000)
    driver.must(at + 94_000, "tap", athlete="Runner")
    assert announced(driver) == [("Session over", at + 95_400)]
    driver.must(at + 95_000, "undo")
    assert announced(driver) == []


def several(*reps: int, apart: int = 0) -> Driver:
    """Groups of one athlete each, with so many reps, started so many ms after each other, all in from the first one."""
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


def test_groups_of_one_go_are_told_once() -> None:
    assert announced(several(4, 4)) == [("Rep 2", 88_000)]


def test_groups_of_one_go_that_run_different_reps_are_told_nothing() -> None:
    assert announced(several(4, 2)) == []


def test_a_group_before_whose_go_another_one_has_its_own_is_told_nothing() -> None:
    assert announced(several(4, 4, apart=12_000)) == [("Rep 2", 88_000)]
    assert announced(several(4, 4, apart=18_000)) == [("Rep 2", 88_000), ("Rep 2", 106_000)]


def test_the_end_is_not_announced_while_another_group_runs() -> None:
    driver = several(1, 2)
    assert driver.state.groups["A"].phase is Phase.DONE
    assert "Session over" not in [text for text, _ in announced(driver)]
    driver.advance(105_000)
    driver.must(169_000, "tap", athlete="B")
    assert announced(driver) == [("Session over", 170_400)]


def test_the_closing_reps_are_announced_though_the_first_is_skipped() -> None:
    driver, at = before_rep(6, burner("8x400 @1500 r30 closing3"))
    assert announced(driver)[0][0] == "Closing reps"
    driver.must(at + 1000, "skip")
    assert announced(driver)[0][0] == "Closing reps"


def test_after_a_hold_that_ends_in_a_fresh_countdown_nothing_is_announced() -> None:
    driver, at = before_rep(2)
    driver.must(at + 1000, "hold")
    driver.must(at + 28_000, "release")
    assert driver.group.phase is Phase.COUNTDOWN
    assert announced(driver) == []
