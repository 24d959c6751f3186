"""The trend against NumPy and the printed tables of Student's t."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.review.trend import fit_line, season_trend, sessions_needed, t_cdf, t_quantile, verdict_of


@pytest.mark.parametrize(
    ("freedom", "p", "t"),
    [
        (1, 0.975, 12.7062), (2, 0.975, 4.30265), (3, 0.975, 3.18245), (4, 0.975, 2.77645), (5, 0.95, 2.01505),
        (10, 0.975, 2.22814), (10, 0.8, 0.87906), (22, 0.975, 2.07387), (30, 0.995, 2.74999), (120, 0.975, 1.97993),
    ],
)  # fmt: skip
def test_the_quantile_is_that_of_the_tables(freedom, p, t):
    assert t_quantile(p, freedom) == pytest.approx(t, rel=3e-6)
    assert t_quantile(1 - p, freedom) == pytest.approx(-t, rel=3e-6)


@given(st.floats(0.01, 0.99), st.integers(1, 300))
def test_the_quantile_inverts_the_distribution(p, freedom):
    assert t_cdf(t_quantile(p, freedom), freedom) == pytest.approx(p, abs=1e-10)


def test_the_distribution_agrees_with_simulated_t():
    drawn = np.random.default_rng(3).standard_t(7, 400_000)
    for t in (-2.0, -0.5, 0.0, 1.3, 2.4):
        assert t_cdf(t, 7) == pytest.approx(float(np.mean(drawn <= t)), abs=0.003)


POINTS = st.lists(st.tuples(st.integers(0, 250), st.integers(20_000, 45_000)), min_size=3, max_size=40).filter(
    lambda points: len({x for x, _ in points}) > 1
)


@given(POINTS)
def test_slope_and_error_agree_with_numpy(raw):
    points = [(day / 7, float(ms)) for day, ms in raw]
    line = fit_line(points)
    x, y = np.array(points).T
    slope, intercept = np.polyfit(x, y, 1)
    assert line.slope == pytest.approx(slope, abs=1e-3)
    assert line.intercept == pytest.approx(intercept, abs=1e-2)
    residual = y - line.slope * x - line.intercept
    expected = np.sqrt(np.sum(residual**2) / (len(x) - 2) / np.sum((x - x.mean()) ** 2))
    assert line.error == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("season", "verdict"),
    [
        ((-900, -201), "progress"), ((-900, -200), "perhaps"), ((-900, -1), "perhaps"), ((-900, 0), "no change seen"),
        ((-10, 10), "no change seen"), ((0, 10), "no change seen"), ((1, 900), "perhaps"), ((200, 900), "perhaps"),
        ((201, 900), "slower"),
    ],
)  # fmt: skip
def test_the_verdict_is_that_of_the_interval(season, verdict):
    assert verdict_of(season) == verdict


def test_too_few_sessions_have_no_verdict():
    assert season_trend([]).verdict == "too few"
    assert season_trend([(0, 32_000)]).per_week is None
    two = season_trend([(0, 32_000), (2, 31_000)])
    assert (two.per_week, two.low, two.season, two.verdict) == (-500, None, None, "too few")
    assert season_trend([(0, 32_000), (1, 31_000), (2, 30_000)]).verdict == "too few"
    assert season_trend([(1, 32_000), (1, 31_000), (1, 30_000), (1, 30_500)]).verdict == "too few"


def test_a_season_without_any_variation_has_an_interval_of_width_zero():
    same = season_trend([(week, 32_000) for week in range(6)])
    assert (same.per_week, same.season, same.verdict) == (0, (0, 0), "no change seen")
    straight = season_trend([(week, 32_000 - 100 * week) for week in range(6)])
    assert (straight.season, straight.verdict) == ((-500, -500), "progress")


@given(st.floats(1, 800), st.floats(1, 800))
def test_more_variation_needs_more_sessions(one, other):
    few, many = sorted((one, other))
    need = sessions_needed(many)
    assert need is None or (sessions_needed(few) or 999) <= need


def test_the_sessions_needed_show_the_change_in_four_of_five_seasons():
    rng = np.random.default_rng(5)
    count = sessions_needed(300)
    weeks = np.linspace(0, 12, count)
    seen = 0
    for _ in range(1500):
        times = 32_000 - 500 * weeks / 12 + rng.normal(0, 300, count)
        low, high = season_trend(list(zip(weeks, times, strict=True))).season
        seen += high < 0 or low > 0
    assert 0.76 <= seen / 1500 <= 0.84


def test_the_interval_is_the_error_times_the_tabulated_t():
    times = [32_000, 32_310, 31_750, 32_120, 31_640, 31_990]
    x, y = np.arange(6.0), np.array(times, dtype=float)
    slope, intercept = np.polyfit(x, y, 1)
    half = 2.77645 * np.sqrt(np.sum((y - slope * x - intercept) ** 2) / 4 / 17.5)
    found = season_trend(list(enumerate(times)))
    assert (found.per_week, found.low, found.high) == (round(slope), round(slope - half), round(slope + half))
    assert found.season == (round(5 * (slope - half)), round(5 * (slope + half)))
