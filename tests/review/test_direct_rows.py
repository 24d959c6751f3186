"""What is read directly from the facts equals what a replay gives, or is declined."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.library import load_workout, shipped_workout_names
from kicktimer.plan import build_plan, dump, load
from kicktimer.rehearsal import rehearse_on_target
from kicktimer.results import replay_sound, results
from kicktimer.review.direct_rows import direct_rows
from kicktimer.review.records import RepRecord, SplitRecord, make_session, session_record
from kicktimer.session import to_fact
from kicktimer.squad import Athlete, Group, Squad
from kicktimer.text import clean_json
from kicktimer.workout import parse_oneliner
from tests.session.driver import Driver, plans
from tests.session.test_properties import play

if TYPE_CHECKING:
    from kicktimer.plan import Plan
    from kicktimer.review.records import SessionRecord

HEADER = {"id": "s", "started": "2026-05-01T10:00:00+02:00"}


def read_directly(plan: Plan, facts: list[dict[str, Any]]) -> SessionRecord | None:
    rows = direct_rows(plan, facts)
    if rows is None:
        return None
    reps = [
        RepRecord(*_with_splits((athlete, *run.shared, *own))) for run in rows.runs for athlete, *own in run.athletes
    ]
    return make_session(HEADER, plan, rows.state, tuple(reps), tuple(rows.notes))


def _with_splits(row: tuple[Any, ...]) -> list[Any]:
    place = RepRecord.__slots__.index("splits")
    return [tuple(SplitRecord(*each) for each in value) if at == place else value for at, value in enumerate(row)]


def check(plan: Plan, facts: list[dict[str, Any]]) -> bool:
    """Checks a log against its replay. Returns whether it was read directly."""
    lines = json.loads(json.dumps(facts))
    found = read_directly(plan, lines)
    if found is None:
        return False
    replayed = replay_sound(plan, map(clean_json, lines))
    assert replayed.problem == ""
    expected = session_record(HEADER, plan, results(replayed.state))
    assert found == expected
    assert [repr(each) for each in found.reps] == [repr(each) for each in expected.reps], "7 and 7.0 are equal, too"
    return True


def play_ordinary(of: Plan, chance: random.Random) -> Driver:
    """Plays a session as a coach has it: mostly taps, with and without a name, now and then something else."""
    driver, now = Driver(of), 0
    driver.do(0, "start")
    names, groups = list(driver.state.athletes), list(driver.state.groups)
    for _ in range(chance.randrange(1, 60)):
        now += chance.choice([0, 1, 700, 3000, 9000, 21_000])
        driver.advance(now)
        tap = max(1, driver.state.n - chance.randrange(6))
        name, group, rep = chance.choice(names), chance.choice(groups), chance.randrange(1, 4)
        odd = [
            {"do": "assign", "tap": tap, "athlete": name}, {"do": "unassign", "tap": tap},
            {"do": "insert", "at": max(0, now - 900), "athlete": name},
            {"do": "insert", "at": max(0, now - 900), "group": group},
            {"do": "correct", "athlete": name, "rep": rep, "mark": chance.choice(["finish", 100, 150]), "time": 25_000},
            {"do": "delete", "tap": tap}, {"do": "undo"}, {"do": "undo"},
            {"do": "close", "group": group}, {"do": "hold", "group": group}, {"do": "release", "group": group},
            {"do": "adjust", "ms": 5000, "group": group},
            {"do": "rate", "athlete": name, "relaxation": 4}, {"do": "rate", "athlete": name, "effort": 7, "rep": rep},
            {"do": "note", "text": " wind \x1b[31m"},
        ]  # fmt: skip
        usual = [{"do": "tap", "athlete": name}] * 3 + [{"do": "tap", "group": group}]
        command = dict(chance.choice(usual if chance.random() < 0.8 else odd))
        run = driver.state.groups[group].newest_run
        if command["do"] == "tap" and run is not None and run.started is not None and chance.random() < 0.95:
            command |= {} if "group" in command else {"athlete": chance.choice(run.present or names)}
            now = max(now, run.started + 18_000 + chance.randrange(15_000))  # else it is early
            driver.advance(now)
        driver.do(now, command.pop("do"), **command)
    if chance.random() < 0.7:
        driver.do(now, "end")
    if chance.random() < 0.3:
        driver.facts.append({"n": driver.state.n + 1, "t": now, "event": "noted", "text": " typed\tlater "})
    return driver


SEEDS = st.integers(0, 2**32).map(random.Random)


@given(plans(), SEEDS)
def test_random_ordinary_session_is_read_as_a_replay_reads_it(of: Plan, chance: random.Random) -> None:
    driver = play_ordinary(of, chance)
    check(of, driver.facts)
    check(of, driver.facts[: chance.randrange(len(driver.facts) + 1)])


def test_many_sessions_full_of_mishaps_are_not_declined() -> None:
    chance = random.Random(7)
    of = build_plan(parse_oneliner("3x200 @1500 r20"), squad(("Ada", "Ben", "Cleo")))
    read = Counter(check(of, play_ordinary(of, chance).facts) for _ in range(60))
    assert read[True] > 20


@pytest.mark.parametrize("name", [name for name in shipped_workout_names() if name != "demo"])
def test_shipped_workout_is_read_directly(name: str) -> None:
    """On target with several groups, and with what a coach does now and then."""
    workout = load_workout(name)[0]
    for people in (squad(("Ada", "Ben", "Cleo")), squad(("Ada", "Ben", "Cleo", "Dov"), groups=2)):
        of = load(dump(build_plan(workout, people)))
        facts = [to_fact(event) for event in rehearse_on_target(of).events]
        last = facts[-1]
        rated = {"n": last["n"] + 1, "t": last["t"], "event": "rated", "athlete": "Ada", "group": "A", "rep": 1}
        assert check(of, [*facts, {**rated, "relaxation": 4}])
        assert check(of, facts[: len(facts) // 2])


def squad(names: tuple[str, ...], groups: int = 1) -> Squad:
    people = tuple(
        Athlete(name, name[0].lower(), "AB"[at % groups], {1_500_000: 240_000 + 900 * at}, goal_last_200_ms=29_000)
        for at, name in enumerate(names)
    )
    return Squad("test", people, tuple(Group("AB"[at], 10_000 * at) for at in range(groups)))


@given(st.data())
def test_random_session_of_all_commands_is_read_as_a_replay_reads_it_or_declined(data: st.DataObject) -> None:
    driver = play(data)
    for end in (len(driver.facts), data.draw(st.integers(0, len(driver.facts)))):
        check(driver.plan, driver.facts[:end])


VALUES = st.sampled_from(
    [None, True, 0, 1, 2, -1, 1.0, "1", "A", "B", "Ada", "Ada ", "finish", "finish ", 100, 100.0, 200, 10**14, 10**320,
     [], {}, {"A": 1}, "order", "coach", "target", "finished", 1e300]
)  # fmt: skip
KEYS = ("n", "group", "athlete", "rep", "mark", "tap", "by", "go", "since", "at", "time", "state", "then", "pressed",
        "early", "of", "event ", "relaxation", "effort", "text", "wall", "key", "athlete ")  # fmt: skip


@given(st.data(), plans(), SEEDS)
def test_log_that_was_edited_is_read_as_a_replay_reads_it_or_declined(
    data: st.DataObject, of: Plan, chance: random.Random
) -> None:
    facts = [dict(fact) for fact in play_ordinary(of, chance).facts]
    for _ in range(data.draw(st.integers(1, 3))):
        if not facts:
            break
        at = data.draw(st.integers(0, len(facts) - 1))
        match data.draw(st.sampled_from(["drop", "repeat", "swap", "change", "remove", "event", "time", "clean"])):
            case "drop":
                del facts[at]
            case "repeat":
                facts.insert(at, dict(facts[data.draw(st.integers(0, len(facts) - 1))]))
            case "swap":
                other = data.draw(st.integers(0, len(facts) - 1))
                facts[at], facts[other] = facts[other], facts[at]
            case "change":
                facts[at][data.draw(st.sampled_from(KEYS))] = data.draw(VALUES)
            case "remove":
                facts[at].pop(data.draw(st.sampled_from([*facts[at]])))
            case "event":
                facts[at]["event"] = data.draw(
                    st.sampled_from([each["event"] for each in facts if "event" in each] or ["noted"])
                )
    facts = [{"t": 0, "event": "noted", **fact, "n": n} for n, fact in enumerate(facts, start=1)]
    check(of, facts)
