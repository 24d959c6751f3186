"""The kick report: what counts as a tired 200 m, like starts, what is missing, and the words."""

import json
from dataclasses import replace
from fractions import Fraction
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.review.kick import document, kick_report, tired_200s
from kicktimer.review.kick_sentences import THESIS, kick_sentences
from kicktimer.review.records import AthleteRecord, RaceInfo, RepRecord, SessionRecord, SplitRecord

NOA = AthleteRecord("Noa", {1_500_000: 240_000}, 27_000, "rolling", "2026-03-01", 30_000)


def rep(number=7, *, distance=400, closing=True, time=64_000, split=32_000, by="key", split_by="key", **more):
    marks = () if split is None or distance == 200 else (SplitRecord((distance - 200) * 1000, split, split_by),)
    values = {"target_ms": 160 * distance, "started_ms": 0, **more}
    return RepRecord(
        athlete="Noa", group="A", rep=number, set=1, distance_mm=distance * 1000, duration_ms=None, closing=closing,
        time_ms=time, by=None if time is None else by, splits=marks, **values,
    )  # fmt: skip


def session(*reps, day=1, athlete=NOA, **more):
    return SessionRecord(
        id=f"s{day}", date=f"2026-05-{day:02}T18:00:00.000+02:00", workout="burner", kind="burner", state="finished",
        athletes=(athlete,), reps=reps, **more,
    )  # fmt: skip


def race(*runners, place=None):
    return session(
        *(
            replace(rep(1, distance=1500, closing=False, time=time, split=split, by="corrected"), athlete=name)
            for name, time, split in runners
        ),
        day=20, race=RaceInfo(1_500_000, "Nationals", "final", place),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("record", "times"),
    [
        (rep(), [32_000]),
        (rep(closing=False), []),
        (rep(split=None), []),
        (rep(time=None), []),
        (rep(by="order"), [32_000]),
        (rep(by="corrected"), []),
        (rep(split_by="corrected"), []),
        (rep(distance=200, time=31_900), [31_900]),
        (rep(distance=200, time=31_900, by="corrected"), []),
        (rep(distance=300, time=47_000, split=16_000), [31_000]),
        (rep(distance=100, time=15_000), []),
        (rep(target_ms=None), []),
        (rep(target_ms=70_400), [32_000]),  # exactly 10 % slower than 1500 m pace
        (rep(target_ms=70_401), []),
        (rep(target_ms=57_600), [32_000]),
        (rep(target_ms=57_599), []),
        (rep(split=64_000), []),
    ],
)
def test_what_a_tired_200_is(record, times):
    assert [each.time_ms for each in tired_200s(session(record), "Noa", 240_000)] == times


def test_an_athlete_without_any_race_has_no_tired_200_and_is_told_why():
    stranger = AthleteRecord("Noa")
    report = kick_report("Noa", [session(rep(), athlete=stranger)])
    assert report.mean_ms is None
    assert "1500 m pace is not known" in report.missing[0]


@given(st.lists(st.lists(st.integers(28_000, 40_000), min_size=1, max_size=4), min_size=1, max_size=12))
def test_the_figures_are_those_of_an_independent_computation(seasons):
    sessions = [
        session(*(rep(n, time=64_000, split=64_000 - last) for n, last in enumerate(lasts, 1)), day=day)
        for day, lasts in enumerate(seasons, 1)
    ]
    report = kick_report("Noa", sessions)
    flat = [last for lasts in seasons for last in lasts]
    mean = Fraction(sum(flat), len(flat))
    assert abs(report.mean_ms - mean) <= Fraction(1, 2)
    assert abs(report.mean_ms - fmean(flat)) <= 0.5001
    assert report.gap_to_goal_ms == report.mean_ms - 30_000
    assert report.gap_to_fresh_ms == report.mean_ms - 27_000
    assert report.retention == pytest.approx(100 * 27_000 / float(mean), abs=0.06)
    assert [each.weeks for each in report.sessions] == pytest.approx([day / 7 for day in range(len(seasons))])
    json.dumps(document(report), allow_nan=False)


def test_unlike_starts_are_never_subtracted():
    standing = replace(NOA, fresh_start="standing")
    report = kick_report("Noa", [session(rep(), athlete=standing)])
    assert (report.gap_to_fresh_ms, report.retention) == (None, None)
    assert any("rolling" in text for text in report.missing)
    mixed = kick_report("Noa", [session(rep(), rep(8, distance=200, time=31_000), athlete=standing)])
    assert mixed.gap_to_fresh_ms == 4_000  # only the closing 200 m, which also began standing
    assert any("Only the 1 tired" in text for text in kick_sentences(mixed))
    assert any("1 are reps of 200 m from GO" in text for text in kick_sentences(mixed))


def test_an_unknown_start_is_asked_for_and_not_compared():
    report = kick_report("Noa", [session(rep(), athlete=replace(NOA, fresh_start=None))])
    assert (report.fresh.start, report.gap_to_fresh_ms) == ("unknown", None)
    assert any("start: standing or start: rolling" in text for text in report.missing)


def test_a_rep_at_full_recovery_serves_as_fresh_and_is_named():
    athlete = replace(NOA, fresh_200_ms=None, fresh_start=None)
    first = rep(1, distance=200, closing=False, time=26_500, target_ms=None, recovery_ms=300_000)
    after_rest = rep(2, distance=200, closing=False, time=26_000, target_ms=None, recovery_ms=299_999)
    too_soon = rep(3, distance=200, closing=False, time=25_000, target_ms=None)
    report = kick_report(
        "Noa", [session(first, after_rest, too_soon, rep(4, distance=200, time=31_000), athlete=athlete)]
    )
    assert (report.fresh.time_ms, report.fresh.start, report.fresh.source) == (
        26_000,
        "standing",
        "rep 2 of session s1",
    )
    assert report.gap_to_fresh_ms == 5_000


def test_a_rep_held_back_to_race_pace_is_no_fresh_200():
    athlete = replace(NOA, fresh_200_ms=None)
    report = kick_report("Noa", [session(rep(1, distance=200, closing=False, time=32_000), athlete=athlete)])
    assert report.fresh is None


def test_nothing_at_all_gives_a_report_in_which_everything_is_missing():
    report = kick_report("Noa", [])
    assert document(report) == {
        "athlete": "Noa",
        "tired_200": {"mean": None, "count": 0, "sessions": []},
        "fresh_200": None, "goal_200": None, "race_200": [], "gap": {"to_fresh": None, "to_goal": None},
        "retention": None,
        "trend": {"per_week": None, "low": None, "high": None, "season": None, "verdict": "too few"},
        "relaxed_on_pace": {"share": None, "count": 0}, "missing": list(report.missing),
    }  # fmt: skip
    assert len(report.missing) == 4
    assert kick_sentences(report) == (THESIS,)


def test_relaxed_on_pace_counts_rated_closing_reps():
    reps = [
        rep(5, relaxation=5), rep(6, relaxation=4, time=64_300), rep(7, relaxation=5, time=64_301),
        rep(8, relaxation=3), rep(9), rep(3, relaxation=5, closing=False),
    ]  # fmt: skip
    report = kick_report("Noa", [session(*reps)])
    assert (report.relaxed_share, report.relaxed_count) == (0.5, 4)


def test_the_winner_and_the_own_last_200_stand_in_the_report():
    report = kick_report("Noa", [session(rep()), race(("Noa", 241_000, 211_000), ("Kip", 240_000, 211_500))])
    assert [(each.runner, each.time_ms, each.own) for each in report.races] == [
        ("Noa", 30_000, True),
        ("Kip", 28_500, False),
    ]
    text = " ".join(kick_sentences(report))
    assert "the winner, Kip, ran the last 200 m in 28.5" in text
    assert "slower than you think: you have already run it fresh, 1.5 s faster" in text
    assert report.times_ms == (32_000,)  # a race is no session


def test_a_single_runner_who_did_not_win_is_no_winner():
    assert kick_report("Noa", [race(("Kip", 240_000, 211_500), place=4)]).races == ()


def test_a_difference_in_words_is_that_of_the_figures_shown():
    report = kick_report("Noa", [session(rep(split=31_949), athlete=replace(NOA, goal_last_200_ms=30_049))])
    assert report.gap_to_goal_ms == 2_002
    text = " ".join(kick_sentences(report))
    assert "Tired 200 m: 32.1" in text
    assert "asks for 30.0 over the last 200 m: 2.1 s are" in text


def test_no_change_says_how_many_sessions_it_would_take():
    lasts = [32_000, 32_300, 31_800, 32_200, 31_900, 32_100]
    report = kick_report("Noa", [session(rep(split=64_000 - last), day=day) for day, last in enumerate(lasts, 1)])
    assert report.trend.verdict == "no change seen"
    assert any(f"about {report.trend.sessions_needed} sessions" in text for text in kick_sentences(report))


def test_a_race_gives_no_tired_200_whatever_its_reps_say():
    meet = session(rep(), day=20, race=RaceInfo(400_000, "Meet", ""))
    report = kick_report("Noa", [meet])
    assert report.times_ms == ()
    assert [each.time_ms for each in report.races] == [32_000]
