"""Carrying a session on after a kill or a sleep: no time changes, and no GO comes that nobody could hear."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kicktimer.plan import GroupPlan, Plan
from kicktimer.results import replay, results
from kicktimer.session import Phase, State, advance, next_deadline, resume, to_fact
from kicktimer.session.events import Held
from kicktimer.session.state import MIN_GO_NOTICE_MS
from tests.session.driver import GO, Driver, pair, plan, started
from tests.session.test_properties import STEPS, play

GAPS = st.one_of(STEPS, st.integers(0, 120_000), st.integers(0, 10**8))


def times(state: State) -> dict[tuple[str, int, int | None, str], int]:
    """Returns every time that is in the results."""
    return {
        (each.group, each.rep.number, each.started, name): result.time
        for each in results(state).reps
        for name, result in each.athletes.items()
        if result.time is not None
    }


@given(st.data())
def test_gap_changes_no_time_and_brings_no_go(data: st.DataObject) -> None:
    driver = play(data)
    facts = driver.facts[: data.draw(st.integers(0, len(driver.facts)))]
    for _ in range(2):  # the program may stop again
        before = replay(driver.plan, facts)
        now = before.now + data.draw(GAPS)
        outcome = resume(before, now)
        after = outcome.state
        facts += [to_fact(event) for event in outcome.events]
        assert replay(driver.plan, facts) == after
        assert times(before).items() <= times(after).items()
        told = {event.group for event in outcome.events if isinstance(event, Held)}
        for name, group in after.groups.items():
            was = before.groups[name]
            assert group.go_count == was.go_count, "a GO came that nobody heard"
            assert group.held == (was.held or name in told)
            if was.pending_go is not None and was.pending_go < now + MIN_GO_NOTICE_MS:
                assert name in told, "a GO that was due is not held"
            elif was.pending_go is not None:
                assert group.pending_go == was.pending_go, "a GO that was still to come has moved"
            if group.pending_go is not None:
                assert group.pending_go >= now + MIN_GO_NOTICE_MS
        deadline = next_deadline(after)
        assert deadline is None or deadline > now, "something fires in a burst"


def resumed(driver: Driver, now: int) -> list[str]:
    outcome = resume(driver.state, now)
    driver.take(outcome)
    return [event.event for event in outcome.events]


def test_recovery_that_is_not_over_goes_on_unchanged() -> None:
    driver = started()
    driver.must(GO + 64_000, "tap", athlete="Matan")
    assert resumed(driver, GO + 84_000) == ["resumed"]
    assert driver.facts[-1]["gap"] == 20_000
    driver.advance(GO + 95_000)
    assert driver.gos() == [GO, GO + 94_000]


def test_recovery_that_ran_out_is_held_until_the_coach_releases_it() -> None:
    driver = started()
    driver.must(GO + 64_000, "tap", athlete="Matan")
    assert resumed(driver, GO + 200_000) == ["resumed", "held"]
    assert driver.facts[-2]["choices"] == {"A": "hold"}
    driver.advance(GO + 260_000)
    assert driver.gos() == [GO]
    driver.must(GO + 260_000, "release")
    driver.advance(GO + 270_000)
    assert driver.gos() == [GO, GO + 270_000]


def test_go_that_is_too_near_to_be_announced_is_held() -> None:
    driver = started()
    driver.must(GO + 64_000, "tap", athlete="Matan")
    assert resumed(driver, GO + 91_001) == ["resumed", "held"]


def test_go_that_soon_follows_the_end_of_a_rep_is_held() -> None:
    driver = started(rest=("target", 2000), targets=(60_000,))
    assert resumed(driver, GO + 59_500) == ["resumed", "held"]
    driver.advance(GO + 100_000)
    assert driver.gos() == [GO]
    assert driver.group.phase is Phase.RECOVERING


def test_countdown_of_a_staggered_start_that_begins_soon_is_not_held() -> None:
    driver = Driver(two_groups())
    driver.must(0, "start")
    driver.advance(GO)
    assert resumed(driver, GO + 49_000) == ["resumed"]
    driver.advance(GO + 60_000)
    assert driver.state.groups["B"].go_count == 1


def test_missed_send_off_is_held_and_the_rep_still_takes_arrivals() -> None:
    driver = started(rest=("send_off", 95_000))
    assert resumed(driver, GO + 100_000) == ["resumed", "held"]
    driver.must(GO + 101_000, "tap", athlete="Matan")
    assert driver.athlete(1)["time"] == 101_000
    driver.must(GO + 110_000, "release")
    assert driver.group.go == GO + 120_000


def test_timed_rep_with_a_missed_send_off_ends_in_the_gap() -> None:
    driver = started(seconds=60, rest=("send_off", 45_000))
    assert resumed(driver, GO + 70_000) == ["recovery_started", "resumed", "held"]
    assert driver.group.runs[-1].ended == GO + 60_000


def test_timed_rep_ends_in_the_gap_at_its_own_moment() -> None:
    driver = started(seconds=60, rest=("last", 30_000))
    assert resumed(driver, GO + 70_000) == ["recovery_started", "resumed"]
    assert driver.group.runs[-1].ended == GO + 60_000
    assert driver.group.pending_go == GO + 90_000


def test_rep_that_ran_through_the_gap_keeps_its_true_time() -> None:
    driver = pair()
    driver.must(GO + 60_000, "tap", athlete="Dana")
    assert resumed(driver, GO + 63_000) == ["resumed"]
    driver.must(GO + 64_321, "tap", athlete="Matan")
    assert driver.athlete(1)["time"] == 64_321
    assert driver.athlete(1, "Dana")["time"] == 60_000


def test_rep_that_its_target_ends_in_the_gap_ends_then_and_the_next_go_is_held() -> None:
    driver = started(rest=("target", 30_000), targets=(60_000,))
    assert resumed(driver, GO + 500_000) == ["recovery_started", "resumed", "held"]
    assert driver.facts[-3]["t"] == GO + 60_000
    driver.must(GO + 510_000, "release")
    driver.advance(GO + 600_000)
    assert driver.gos() == [GO, GO + 520_000]


def test_undo_after_a_gap_does_not_bring_the_missed_go() -> None:
    driver = started()
    driver.must(GO + 64_000, "tap", athlete="Matan")
    resumed(driver, GO + 200_000)
    driver.must(GO + 201_000, "undo")  # takes back the arrival, not the hold
    driver.advance(GO + 300_000)
    assert driver.gos() == [GO]
    assert driver.group.held


def test_staggered_start_that_fell_into_the_gap_waits_for_the_coach() -> None:
    driver = Driver(two_groups())
    driver.must(0, "start")
    driver.advance(GO)
    assert resumed(driver, GO + 90_000)[-1] == "held"
    assert driver.state.groups["B"].phase is Phase.READY
    driver.must(GO + 91_000, "release", group="B")
    driver.advance(GO + 101_000)
    assert driver.state.groups["B"].go_count == 1


def two_groups() -> Plan:
    """Returns a plan whose group B starts 60 s after group A."""
    one = plan(("Matan",))
    other = plan(("Dana",))
    second = GroupPlan("B", ("Dana",), other.groups[0].reps, 60_000, GO)
    return replace(one, athletes=(*one.athletes, *other.athletes), groups=(*one.groups, second))


def test_ended_session_is_left_alone() -> None:
    driver = started()
    driver.must(GO + 1000, "end")
    assert resumed(driver, GO + 500_000) == []
    assert advance(driver.state, GO + 500_000).events == ()
