"""The records of a session, from the real engine."""

from dataclasses import replace

import pytest

from kicktimer.errors import KicktimerError
from kicktimer.plan import build_plan
from kicktimer.rehearsal import rehearse, rehearse_on_target
from kicktimer.results import results
from kicktimer.review.records import counted, merge_names, race_info, resolve_alias, session_record
from kicktimer.session.commands import Correct, Rate, Start, Tap
from kicktimer.squad import Athlete, Group, Squad
from kicktimer.workout import parse_oneliner

HEADER = {"id": "2026-05-01T100000-aa", "started": "2026-05-01T10:00:00.000+02:00", "seq": 4, "app": "kicktimer 1"}


def athlete(name, **more):
    return Athlete(name, name[0].lower(), races={1_500_000: 240_000}, **more)


def plan_of(line, *names):
    return build_plan(
        parse_oneliner(line), Squad(athletes=tuple(athlete(name) for name in names), groups=(Group("A"),))
    )


def test_every_rep_has_its_target_and_its_planned_and_actual_rest():
    plan = plan_of("3x400 @1500 r30", "Matan", "Noa")
    record = session_record(HEADER, plan, results(rehearse_on_target(plan).state))
    own = record.reps_of("Matan")
    assert [each.time_ms for each in own] == [64_000] * 3
    assert [each.recovery_ms for each in own] == [30_000, 30_000, None]
    assert [each.rest_before_ms for each in own] == [None, 30_000, 30_000]
    assert record.names == ("Matan", "Noa")
    assert (record.seq, record.date, record.rehearsed) == (4, HEADER["started"], False)
    assert record.athlete("Matan").pace_1500_ms == 240_000


def test_how_each_time_was_taken_and_the_last_rating_are_kept():
    plan = plan_of("2x400 @1500 r30 closing1", "Matan")
    go, second = 10_000, 10_000 + 64_000 + 30_000
    script = [
        Start(t=0), Tap(t=go + 64_000, athlete="Matan"), Tap(t=second + 32_100, athlete="Matan"),
        Tap(t=second + 63_900, athlete="Matan"), Rate(t=second + 64_000, athlete="Matan", relaxation=2),
        Rate(t=second + 65_000, athlete="Matan", relaxation=5), Rate(t=second + 65_000, athlete="Matan", effort=8),
        Correct(t=second + 66_000, athlete="Matan", rep=2, mark="finish", time=63_500),
    ]  # fmt: skip
    done = rehearse(plan, enumerate(script, 1))
    assert not done.refused
    last = session_record(HEADER, plan, results(done.state)).reps_of("Matan")[-1]
    assert (last.time_ms, last.by, last.by_hand, last.closing) == (63_500, "corrected", False, True)
    split = last.split_at(200_000)
    assert split is not None
    assert (split.time_ms, split.by_hand) == (32_100, True)
    assert (last.relaxation, last.effort) == (5, 8)


def test_rehearsed_and_hidden_sessions_count_only_when_asked():
    plan = plan_of("400 @1500", "Matan")
    real = session_record(HEADER, plan, results(rehearse_on_target(plan).state))
    demo = session_record({**HEADER, "rehearsed": True}, plan, results(rehearse_on_target(plan).state))
    hidden = replace(real, hidden=True)
    assert counted([demo, hidden, real]) == (real,)
    assert set(map(id, counted([demo, hidden, real], rehearsed=True, hidden=True))) == set(
        map(id, [demo, hidden, real])
    )


def test_names_are_merged_but_two_people_never_become_one():
    plan = plan_of("400 @1500", "Matan", "Mattan")
    record = session_record(HEADER, plan, results(rehearse_on_target(plan).state))
    assert merge_names(record, {"Mattan": "Matan"}) == record
    assert merge_names(record, {"Mattan": "Noa"}).names == ("Matan", "Noa")
    assert resolve_alias("a", {"a": "b", "b": "c"}) == "c"
    assert resolve_alias("a", {"a": "b", "b": "a"}) == "b"


@pytest.mark.parametrize("race", [3, {}, {"distance": -5}, {"distance": "fast"}])
def test_a_race_without_a_distance_is_refused(race):
    with pytest.raises(KicktimerError):
        race_info({"race": race})


def test_a_race_header_is_read_with_its_distance_in_metres_or_as_text():
    assert race_info({"race": {"distance": 1500, "name": "Nationals", "event": "Final"}}).distance_mm == 1_500_000
    assert race_info({"race": {"distance": "mile", "place": 2}}).place == 2


@pytest.mark.parametrize("started", [None, "", "yesterday", 5])
def test_a_header_without_a_date_is_refused(started):
    plan = plan_of("400 @1500", "Matan")
    with pytest.raises(KicktimerError, match="no date"):
        session_record({**HEADER, "started": started}, plan, results(rehearse_on_target(plan).state))
