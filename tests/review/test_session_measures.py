"""The measures of a session against NumPy and `statistics`."""

import statistics
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.review.records import RepRecord, SessionRecord
from kicktimer.review.session_measures import best_times, measure_athlete, measure_session, on_target


def rep(number, time, *, athlete="Noa", closing=False, distance=400, target=64_000, **more):
    return RepRecord(
        athlete=athlete, group="A", rep=number, set=1, distance_mm=distance * 1000, duration_ms=None, closing=closing,
        started_ms=0, target_ms=target, time_ms=time, by=None if time is None else "key",
        status="missed" if time is None else "timed", **more,
    )  # fmt: skip


def session(*reps, **more):
    return SessionRecord("s", "2026-05-01T18:00:00+02:00", "burner", "burner", "finished", reps=reps, **more)


TIMES = st.lists(st.one_of(st.none(), st.integers(55_000, 80_000)), min_size=4, max_size=12)


@given(TIMES)
def test_every_measure_agrees_with_an_independent_computation(times):
    reps = [rep(n, ms, closing=n > len(times) - 2) for n, ms in enumerate(times, 1)]
    found = measure_athlete(reps, "Noa")
    timed = [(n, ms) for n, ms in enumerate(times, 1) if ms is not None]
    values = [ms for _, ms in timed]
    assert found.missed == times.count(None)
    if not values:
        assert (found.mean_ms, found.sd_ms, found.slope_ms, found.fade) == (None, None, None, None)
        return
    assert found.mean_ms == pytest.approx(statistics.fmean(values), abs=1e-6)
    assert found.mean_minus_target_ms == pytest.approx(statistics.fmean(values) - 64_000, abs=1e-6)
    assert found.range_ms == max(values) - min(values)
    if len(values) > 1:
        assert found.sd_ms == pytest.approx(statistics.stdev(values), abs=1e-6)
        x, y = np.array(timed, dtype=float).T
        assert found.slope_ms == pytest.approx(np.polyfit(x, y, 1)[0], abs=1e-3)
        assert found.decrement == pytest.approx(100 * (sum(values) / (len(values) * min(values)) - 1))
    last = [ms for n, ms in timed if n > len(times) - 2]
    first = [ms for n, ms in timed if n <= len(times) - 2]
    if last and first:
        assert found.closing_minus_earlier_ms == pytest.approx(
            statistics.fmean(last) - statistics.fmean(first), abs=1e-6
        )
        assert found.fade == pytest.approx(statistics.fmean(last) / statistics.fmean(first) - 1)
    else:
        assert found.fade is None


@given(TIMES, st.integers(-3000, 3000))
def test_a_shift_moves_the_mean_and_not_the_spread(times, shift):
    one = measure_athlete([rep(n, ms) for n, ms in enumerate(times, 1)], "Noa")
    other = measure_athlete([rep(n, ms and ms + shift) for n, ms in enumerate(times, 1)], "Noa")
    if one.mean_ms is not None:
        assert other.mean_ms == pytest.approx(one.mean_ms + shift)
        assert other.range_ms == one.range_ms
    if one.sd_ms is not None:
        assert other.sd_ms == pytest.approx(one.sd_ms, abs=1e-6)


@pytest.mark.parametrize(
    ("time", "target", "band", "expected"),
    [
        (64_300, 64_000, None, True), (64_301, 64_000, None, False), (63_700, 64_000, None, True),
        (63_600, 64_000, None, False), (63_900, 63_000, (62_000, 64_000), True),
        (64_001, 63_000, (62_000, 64_000), False),
        (64_000, None, None, None), (None, 64_000, None, None),
    ],
)  # fmt: skip
def test_on_target_is_what_the_coach_sees(time, target, band, expected):
    assert on_target(rep(1, time, target=target, band=band)) is expected


def test_times_that_look_equal_share_a_rank():
    found = measure_session(session(rep(1, 63_910), rep(1, 63_990, athlete="Tal"), rep(1, 64_001, athlete="Gil")))
    assert [cell.rank for cell in found.reps[0].cells] == [1, 1, 3]
    assert found.reps[0].mean_shown_ms == 64_000
    assert found.reps[0].mean_ms == pytest.approx(63_967)


def test_the_previous_rep_is_the_last_one_timed_over_the_distance():
    found = measure_session(session(rep(1, 64_000), rep(2, 31_000, distance=200), rep(3, None), rep(4, 64_650)))
    assert [row.cells[0].against_previous_shown_ms for row in found.reps] == [None, None, None, 700]


def test_the_best_of_the_session_and_of_the_season_are_marked():
    earlier = session(rep(1, 63_500))
    found = measure_session(session(rep(1, 64_000), rep(2, 63_400)), best_times([earlier]))
    assert [(row.cells[0].is_best, row.cells[0].is_season_best) for row in found.reps] == [(False, False), (True, True)]
    both = measure_session(session(rep(1, 63_000), rep(2, 62_000)), best_times([earlier]))
    assert [row.cells[0].is_season_best for row in both.reps] == [False, True]
    slower = measure_session(session(rep(1, 63_600)), best_times([earlier]))
    assert (slower.reps[0].cells[0].is_best, slower.reps[0].cells[0].is_season_best) == (True, False)


def test_fade_compares_reps_of_equal_distance_and_target_only():
    reps = [rep(1, 70_000, target=70_000), rep(2, 64_000), rep(3, 31_000, distance=200), rep(4, 65_280, closing=True)]
    found = measure_athlete(reps, "Noa")
    assert found.fade == pytest.approx(0.02)
    assert measure_athlete([replace(each, closing=True) for each in reps], "Noa").fade is None


def test_active_and_rest_totals_stand_apart():
    reps = [rep(1, 64_000, recovery_ms=30_000), rep(2, None), rep(3, 65_000, recovery_ms=29_000)]
    found = measure_athlete(reps, "Noa")
    assert (found.active_ms, found.rest_ms, found.recoveries_ms) == (129_000, 59_000, (30_000, 29_000))


def test_one_rep_has_a_mean_and_no_spread():
    found = measure_athlete([rep(1, 64_000)], "Noa")
    assert (found.mean_ms, found.range_ms, found.sd_ms, found.slope_ms, found.decrement) == (
        64_000,
        0,
        None,
        None,
        None,
    )
