"""What is true of every session, whatever is pressed whenever."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from kicktimer.cues import cues
from kicktimer.results import document, replay, results
from kicktimer.session import Phase, advance, next_deadline
from kicktimer.session import marks as marking
from tests.session.sessions import Driver, commands, plans

STEPS = st.sampled_from([0, 1, 400, 3000, 9000, 20_000, 25_000, 60_000])


def play(data: st.DataObject) -> Driver:
    """A random session, with everything that must hold after each command."""
    driver = Driver(data.draw(plans()))
    now = 0
    for _ in range(data.draw(st.integers(1, 40))):
        now += data.draw(STEPS)
        command = data.draw(commands(driver.plan, driver.state.n, now))
        driver.advance(now)
        before = driver.state
        reason = driver.do(now, command.pop("do"), **command)
        if reason is not None:
            assert reason
            assert driver.state == before, "a refusal has changed something"
        check(driver, now)
    return driver


def check(driver: Driver, now: int) -> None:
    state = driver.state
    deadline = next_deadline(state)
    assert deadline is None or deadline > now or deadline >= state.now
    for group in state.groups.values():
        assert 0 <= group.next <= len(group.reps)
        assert (group.phase is Phase.READY) <= (group.gos == 0)
        if group.phase is Phase.RUNNING:
            assert group.runs[-1].live
        if group.phase is Phase.COUNTDOWN:
            assert group.go is not None
        for run in group.runs:
            named = [(each.athlete, each.mark) for each in marking.arrivals(run) if each.athlete is not None]
            assert len(named) == len(set(named)), "two times for one mark"
    cues(state)


@given(st.data())
def test_replay_is_the_live_state_and_facts_count(data: st.DataObject) -> None:
    driver = play(data)
    assert [fact["n"] for fact in driver.facts] == list(range(1, driver.state.n + 1))
    moments = [fact["t"] for fact in driver.facts]
    assert moments == sorted(moments), "time ran backwards"
    lines = [json.loads(json.dumps(fact)) for fact in driver.facts]
    assert replay(driver.plan, lines) == driver.state
    cut = data.draw(st.integers(0, len(lines)))
    document(driver.plan, "id", results(replay(driver.plan, lines[:cut])))


@given(st.data())
def test_no_time_is_lost_or_invented(data: st.DataObject) -> None:
    driver = play(data)
    driver.do(driver.state.now, "end")
    state = driver.state
    presses = {fact["n"]: fact for fact in driver.facts if fact["event"] in ("tapped", "inserted")}
    kept = {each.n: each for group in state.groups.values() for run in group.runs for each in run.arrivals}
    assert presses.keys() == kept.keys(), "an arrival has vanished"
    corrected = {(fact["athlete"], fact["time"]) for fact in driver.facts if fact["event"] == "corrected"}
    for found in results(state).reps:
        for name, each in found.athletes.items():
            assert (each.time is None) == (each.status != "timed")
            assert (each.by is None) == (each.time is None)
            if each.time is None:
                continue
            at = (found.started or 0) + each.time
            moments = [fact.get("at", fact["t"]) for fact in presses.values()]
            assert at in moments or (name, each.time) in corrected, "a time that nobody took"


@given(st.data())
def test_advance_in_any_steps_is_the_same(data: st.DataObject) -> None:
    driver = play(data)
    end = driver.state.now + data.draw(st.integers(0, 400_000))
    once = advance(driver.state, end)
    stepped, events = driver.state, []
    for moment in sorted(data.draw(st.lists(st.integers(driver.state.now, end), max_size=8))):
        outcome = advance(stepped, moment)
        stepped, events = outcome.state, [*events, *outcome.events]
    outcome = advance(stepped, end)
    assert (outcome.state, (*events, *outcome.events)) == (once.state, once.events)


@given(st.data())
def test_a_go_stands_where_it_was_announced(data: st.DataObject) -> None:
    """Each GO comes when the newest fact about the group's clock had said, and never while it is held."""
    driver = play(data)
    driver.advance(driver.state.now + 200_000)
    for place, fact in enumerate(driver.facts):
        if fact["event"] != "rep_started":
            continue
        before = replay(driver.plan, driver.facts[:place]).groups[fact["group"]]
        assert not before.held
        assert before.go is not None
        assert fact["t"] == max(before.go, driver.facts[place - 1]["t"])
