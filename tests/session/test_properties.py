"""Properties of every session, with random commands at random moments."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import assume, given
from hypothesis import strategies as st

from kicktimer.cues import cues
from kicktimer.outline import SessionOutline, outline
from kicktimer.plan import dump
from kicktimer.results import document, replay, results
from kicktimer.session import Phase, advance, apply, arrivals, from_fact, initial_state, next_deadline, resume
from kicktimer.session.state import MIN_GO_NOTICE_MS
from kicktimer.session.transition_table import ALWAYS, COMMANDS, FOLLOWS
from tests.session.driver import COUNTDOWN, Driver, commands, exchanges, plans

if TYPE_CHECKING:
    from collections.abc import Callable

    from kicktimer.plan import GroupPlan, PlannedRep
    from kicktimer.session.state import State

TOOL = Path(__file__).parents[2] / "tools" / "soak_session.py"
STEPS = st.sampled_from([0, 1, 400, 3000, 9000, 20_000, 25_000, 60_000])


def play(data: st.DataObject, check_step: Callable[[set[str], State, State], None] | None = None) -> Driver:
    """Plays a random session and checks what must hold after each command.

    A step is one command, or in one of ten cases two moves at one moment that exchange two athletes. `check_step` gets
    the names of a step's commands and the states before and after the step.
    """
    driver = Driver(data.draw(plans()))
    now = 0
    for _ in range(data.draw(st.integers(1, 40))):
        now += data.draw(STEPS)
        driver.advance(now)
        before_step = driver.state
        step = data.draw(
            st.one_of([st.lists(commands(driver.state, now), min_size=1, max_size=1)] * 9 + [exchanges(driver.state)])
        )
        names = {str(command["do"]) for command in step}
        for command in step:
            before, name, known = driver.state, command.pop("do"), len(driver.facts)
            reason = driver.do(now, name, **command)
            check_against_table(name, reason, before, driver.facts[known:])
            if reason is not None:
                assert driver.state == before, "a refused command changed the state"
            check(driver, now)
        if check_step is not None:
            check_step(names, before_step, driver.state)
    return driver


def check_against_table(name: str, reason: str | None, before: State, facts: list[dict[str, Any]]) -> None:
    """Checks that a command's refusal or facts, and the phases of the groups, are in the transition table."""
    rule = COMMANDS[name]
    if reason is not None:
        known = [re.escape(each).replace(re.escape("{}"), ".+") for each in (*ALWAYS, *rule.refused)]
        assert any(re.fullmatch(each, reason) for each in known), reason
        return
    for fact in facts:
        assert fact["event"] in (*rule.events, *FOLLOWS), fact
        group = before.groups.get(fact.get("group", ""))
        if fact["event"] in rule.events and group is not None:
            assert group.phase in rule.phases, (group.phase, fact)


def check(driver: Driver, now: int) -> None:
    state = driver.state
    deadline = next_deadline(state)
    assert deadline is None or deadline > now or deadline >= state.now
    for group in state.groups.values():
        assert 0 <= group.next_index <= len(group.reps)
        assert (group.phase is Phase.READY) <= (group.go_count == 0)
        if group.phase is Phase.RUNNING:
            assert group.runs[-1].is_valid
        if group.phase is Phase.COUNTDOWN:
            assert group.go is not None
        for run in group.runs:
            named = [(each.athlete, each.mark) for each in arrivals.valid(run) if each.athlete is not None]
            assert len(named) == len(set(named)), "two times for one mark"
    cues(state)


@given(st.data())
def test_replay_gives_the_live_state_and_facts_are_numbered(data: st.DataObject) -> None:
    driver = play(data)
    assert [fact["n"] for fact in driver.facts] == list(range(1, driver.state.n + 1))
    moments = [fact["t"] for fact in driver.facts]
    assert moments == sorted(moments), "time ran backwards"
    lines = [json.loads(json.dumps(fact)) for fact in driver.facts]
    assert replay(driver.plan, lines) == driver.state


@given(st.data())
def test_any_prefix_of_a_log_can_be_resumed(data: st.DataObject) -> None:
    driver = play(data)
    state = replay(driver.plan, driver.facts[: data.draw(st.integers(0, len(driver.facts)))])
    document(driver.plan, "id", results(state))
    driver.state = state
    driver.take(resume(state, state.now + data.draw(STEPS)))
    for group in driver.state.groups.values():
        if group.phase is Phase.RUNNING:
            assert not arrivals.is_complete(group.runs[-1], last=not group.has_next_rep), (
                "a complete rep is still running"
            )
        if group.phase is Phase.COUNTDOWN:
            assert group.go is not None
    now = driver.state.now
    for _ in range(data.draw(st.integers(0, 5))):
        now += data.draw(STEPS)
        command = data.draw(commands(driver.state, now))
        driver.do(now, command.pop("do"), **command)
        check(driver, now)


@given(st.data())
def test_no_time_is_lost_or_invented(data: st.DataObject) -> None:
    driver = play(data)
    driver.do(driver.state.now, "end")
    state = driver.state
    presses = {fact["n"]: fact for fact in driver.facts if fact["event"] in ("tapped", "inserted")}
    kept = {each.n: each for group in state.groups.values() for run in group.runs for each in run.arrivals}
    assert presses.keys() == kept.keys(), "an arrival is lost"
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
def test_advancing_in_any_steps_gives_the_same_events(data: st.DataObject) -> None:
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
def test_go_comes_at_the_announced_moment_and_never_while_held(data: st.DataObject) -> None:
    """Each GO comes at the `go` of the state before it, or directly after a fact that was later."""
    driver = play(data)
    driver.advance(driver.state.now + 200_000)
    for place, fact in enumerate(driver.facts):
        if fact["event"] != "rep_started":
            continue
        before = replay(driver.plan, driver.facts[:place]).groups[fact["group"]]
        assert not before.held
        assert before.go is not None
        assert fact["t"] == max(before.go, driver.facts[place - 1]["t"])


@given(st.data())
def test_no_go_without_its_pips_or_three_seconds_of_notice(data: st.DataObject) -> None:
    """Each GO comes at least 3 s after the last fact that moved it, unless a finish moved it."""
    driver = play(data)
    driver.advance(driver.state.now + 200_000)
    watch = soak_session().GoWatch(driver.plan)
    for fact in driver.facts:
        watch.take(from_fact(fact))
    assert watch.faults == []


@cache
def soak_session() -> Any:
    spec = importlib.util.spec_from_file_location("soak_session", TOOL)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = tool  # its dataclasses are looked up there
    spec.loader.exec_module(tool)
    return tool


@given(st.data())
def test_redo_gives_the_state_before_the_undo(data: st.DataObject) -> None:
    """All undos are taken, and then as many redos: only a GO that is too near is another one."""
    driver = play(data)
    states = [driver.state]
    while driver.do(driver.state.now, "undo") is None:
        n = driver.state.n
        driver.advance(driver.state.now)
        assume(driver.state.n == n)  # a rep that is open again may end by its clock at once: something has come since
        states.append(driver.state)
    states.pop()
    for before in reversed(states):
        assert driver.do(driver.state.now, "redo") is None
        assert without_bookkeeping(driver.state) == without_bookkeeping(before)
        for group in driver.state.groups.values():
            assert group.go in (before.groups[group.name].go, driver.state.now + MIN_GO_NOTICE_MS)
    assert replay(driver.plan, driver.facts) == driver.state


def without_bookkeeping(state: State) -> State:
    """Returns the state without its count of facts, its points for redo and its GOs."""
    groups = {name: replace(group, go=None) for name, group in state.groups.items()}
    return replace(state, n=0, now=0, redoable=None, groups=groups)


@given(st.data())
def test_an_early_arrival_changes_no_clock_and_no_result(data: st.DataObject) -> None:
    driver = play(data)
    now = driver.state.now
    for _ in range(data.draw(st.integers(1, 6))):
        now += data.draw(STEPS)
        driver.advance(now)
        before = driver.state
        athlete = data.draw(st.sampled_from(list(before.athletes)))
        fields = data.draw(
            st.sampled_from([{"athlete": athlete}, {"group": data.draw(st.sampled_from(list(before.groups)))}])
        )
        if driver.do(now, "tap", **fields) is None and driver.facts[-1].get("early"):
            assert clocks(driver.state) == clocks(before)
            assert next_deadline(driver.state) == next_deadline(before)
            assert document(driver.plan, "id", results(driver.state)) == document(driver.plan, "id", results(before))


def clocks(state: State) -> list[tuple[Phase, int | None, int]]:
    return [(group.phase, group.go, group.next_index) for group in state.groups.values()]


@given(st.data())
def test_a_due_go_is_only_removed_for_a_stated_reason(data: st.DataObject) -> None:
    """A GO that was due after a countdown or a recovery stays due, unless:

    the next rep was the only one left and is skipped; nobody is left in the group; or the finish that had started the
    recovery does not count any more, so that the rep runs again.
    """
    play(data, check_that_gos_stay)


def check_that_gos_stay(names: set[str], before: State, after: State) -> None:
    for was in before.groups.values():
        group = after.groups[was.name]
        if was.go is None or was.phase not in (Phase.COUNTDOWN, Phase.RECOVERING):
            continue
        if group.held and not was.held:
            assert names == {"hold"}, (was, group)
        if group.go is not None:
            assert group.phase is not Phase.DONE, (was, group)
        elif group.phase is Phase.RUNNING:
            assert names <= {"undo", "redo", "delete", "assign", "unassign"}, (was, group)
        elif names in ({"skip"}, {"redo"}) and group.present:
            assert not group.has_next_rep, (was, group)
        else:  # undo can take back a return
            assert names <= {"drop", "move", "undo", "redo"}, (was, group)
            assert not group.present, (was, group)


@given(st.data())
def test_every_rep_of_every_athlete_has_one_status(data: st.DataObject) -> None:
    """The members of a group at a GO have one result in that rep, and nobody else has one."""
    driver = play(data)
    state, members = initial_state(driver.plan), {}
    for fact in driver.facts:
        state = apply(state, from_fact(fact))
        if fact["event"] == "rep_started":
            members[fact["group"], fact["rep"]] = set(state.groups[fact["group"]].athletes)
        if fact["event"] == "recalled":
            del members[fact["group"], fact["rep"]]
    found = {(each.group, each.rep.number): each for each in results(state).reps}
    assert len(found) == len(results(state).reps), "a rep has two results"
    started = {place: set(each.athletes) for place, each in found.items() if each.started is not None}
    assert started == members


@given(st.data())
def test_go_follows_the_recovery_rule(data: st.DataObject) -> None:
    """With taps as the only commands, each GO is where the plan and the taps put it."""
    driver = Driver(data.draw(plans()))
    driver.must(0, "start")
    now = 0
    for _ in range(data.draw(st.integers(0, 60))):
        now += data.draw(STEPS)
        group = driver.state.groups[data.draw(st.sampled_from(list(driver.state.groups)))]
        tap = (
            {"athlete": data.draw(st.sampled_from(group.athletes))}
            if data.draw(st.booleans())
            else {"group": group.name}
        )
        driver.do(now, "tap", **tap)
    driver.advance(now + 500_000)
    _first, *others = driver.plan.groups
    for group in driver.plan.groups:
        started = [fact for fact in driver.events("rep_started") if fact["group"] == group.name]
        gos = [fact["t"] for fact in started]
        assert gos[0] == COUNTDOWN + (group.start_after_ms if group in others else 0)
        for rep, go, after in zip(group.reps, gos, [*started[1:], None], strict=False):
            rule = None if rep is group.reps[-1] else _next_go(driver, group, rep, go, after)
            assert rule == (None if after is None else after["t"])


def _next_go(driver: Driver, group: GroupPlan, rep: PlannedRep, go: int, after: dict[str, Any] | None) -> int | None:
    """Returns the GO after `rep` by its rule. An arrival without a name counts for an athlete without a named one."""
    rest = rep.rest
    taps = [
        fact
        for fact in driver.events("tapped")
        if (fact["group"], fact.get("rep"), fact.get("mark")) == (group.name, rep.number, "finish")
        and (after is None or fact["n"] < after["n"])
    ]
    named = [fact["t"] for fact in taps if "athlete" in fact]
    unnamed = [fact["t"] for fact in taps if "athlete" not in fact]
    came = sorted([*named, *unnamed[: len(group.athletes) - len(named)]])
    if rest.kind == "send_off":
        return go + rest.ms
    if rest.kind == "ready":
        return None
    if rep.duration_ms is not None:
        return go + rep.duration_ms + rest.ms
    if rest.kind == "target":
        return go + max(target.ms for target in rep.targets.values()) + rest.ms
    if len(came) < (1 if rest.kind == "first" else len(group.athletes)):
        return None
    return (came[0] if rest.kind == "first" else came[-1]) + rest.ms


@given(st.data())
def test_outline_of_a_log_agrees_with_its_results(data: st.DataObject) -> None:
    driver = play(data)
    facts = driver.facts[: data.draw(st.integers(0, len(driver.facts)))]
    state = replay(driver.plan, facts)
    found = results(state)
    shown = outline({"plan": dump(driver.plan)}, facts)
    assert shown == SessionOutline(
        "random",
        found.state,
        len({each.rep.number for each in found.reps if each.started is not None}),
        frozenset(name for each in found.reps for name in each.athletes),
    )
