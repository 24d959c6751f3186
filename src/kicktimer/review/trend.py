"""The trend of a season: a least-squares slope with its 95 % interval, and what may be said about it.

In: points of weeks and ms, one for each session. Out: ms per week. Formulas and sources stand in docs/measures.md. Pure
and without dependencies; Student's t comes from the incomplete beta function (Lentz's continued fraction), to 1e-9.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import exp, lgamma, log, log1p, sqrt
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

TrendVerdict = Literal["progress", "perhaps", "no change seen", "slower", "too few"]

CONFIDENCE = 0.95
POWER = 0.8
HAND_ERROR_MS = 200
"""A change inside this is no progress: two people with stopwatches differ by as much."""
SMALLEST_CHANGE_MS = 500
MIN_SESSIONS = 4
MAX_SESSIONS_NEEDED = 500


@dataclass(frozen=True, slots=True)
class Line:
    """A least-squares line: slope and intercept, the standard error of the slope, and the residuals' sd.

    `error` and `residual_sd` are None with fewer than three points.
    """

    slope: float
    intercept: float
    error: float | None
    residual_sd: float | None
    count: int
    span: float


@dataclass(frozen=True, slots=True)
class Trend:
    """A season's trend in whole ms: the slope per week with its interval, and the interval over the whole season.

    None where the points do not give it. `sessions_needed` is the number of sessions, evenly spread over a season as
    long as this one, that would show a change of 0.5 s in 4 of 5 seasons; None where it is not known.
    """

    per_week: int | None
    low: int | None
    high: int | None
    season: tuple[int, int] | None
    verdict: TrendVerdict
    sessions_needed: int | None = None


def fit_line(points: Sequence[tuple[float, float]]) -> Line | None:
    """Returns the least-squares line; None with fewer than two points, and if all lie at one moment."""
    count = len(points)
    if count < 2:
        return None
    mean_x, mean_y = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    sxx = sum((x - mean_x) ** 2 for x, _ in points)
    if sxx == 0:
        return None
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sxx
    intercept = mean_y - slope * mean_x
    span = max(x for x, _ in points) - min(x for x, _ in points)
    if count < 3:
        return Line(slope, intercept, None, None, count, span)
    # From deviations, as the sum of squares of raw ms would lose the last digits.
    squares = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in points)
    residual_sd = sqrt(squares / (count - 2))
    return Line(slope, intercept, residual_sd / sqrt(sxx), residual_sd, count, span)


def season_trend(points: Sequence[tuple[float, float]]) -> Trend:
    """Returns the trend of sessions at (weeks, ms). The verdict is that of the interval as it is printed."""
    line = fit_line(points)
    if line is None:
        return Trend(None, None, None, None, "too few")
    if line.error is None or line.residual_sd is None:
        return Trend(round(line.slope), None, None, None, "too few")
    half = t_quantile((1 + CONFIDENCE) / 2, line.count - 2) * line.error
    low, high = line.slope - half, line.slope + half
    season = round(low * line.span), round(high * line.span)
    return Trend(
        round(line.slope), round(low), round(high), season,
        "too few" if line.count < MIN_SESSIONS else verdict_of(season), sessions_needed(line.residual_sd),
    )  # fmt: skip


def verdict_of(season: tuple[int, int]) -> TrendVerdict:
    """Returns the verdict for the interval of the change over the season, in ms. Negative is faster."""
    low, high = season
    if high < -HAND_ERROR_MS:
        return "progress"
    if low > HAND_ERROR_MS:
        return "slower"
    return "perhaps" if low > 0 or high < 0 else "no change seen"


def sessions_needed(residual_sd_ms: float, change_ms: float = SMALLEST_CHANGE_MS) -> int | None:
    """Returns how many sessions would show a change of `change_ms`: its interval excludes 0 in 4 of 5 such seasons.

    The sessions are evenly spread, so the change over the season has the standard error sd * sqrt(12 (n - 1) / (n (n +
    1))). None if `MAX_SESSIONS_NEEDED` would not be enough.
    """
    for count in range(MIN_SESSIONS, MAX_SESSIONS_NEEDED + 1):
        error = residual_sd_ms * sqrt(12 * (count - 1) / (count * (count + 1)))
        freedom = count - 2
        if (t_quantile((1 + CONFIDENCE) / 2, freedom) + t_quantile(POWER, freedom)) * error <= change_ms:
            return count
    return None


# -- Student's t


def t_cdf(t: float, freedom: int) -> float:
    """Returns the probability that Student's t with `freedom` degrees of freedom is at most `t`."""
    tail = 0.5 * _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))
    return 1 - tail if t > 0 else tail


@cache
def t_quantile(probability: float, freedom: int) -> float:
    """Returns the t that `t_cdf` maps to `probability`, which lies between 0 and 1; by bisection, which always ends."""
    if not 0 < probability < 1 or freedom < 1:
        raise ValueError("a probability lies between 0 and 1, and there is at least one degree of freedom")
    if probability < 0.5:
        return -t_quantile(1 - probability, freedom)
    low, high = 0.0, 1.0
    while t_cdf(high, freedom) < probability:
        high *= 2
    while high - low > 1e-12 * max(1.0, high):
        middle = (low + high) / 2
        if t_cdf(middle, freedom) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Returns the regularized incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(a, b, x) / a
    return 1 - front * _beta_fraction(b, a, 1 - x) / b


def _beta_fraction(a: float, b: float, x: float) -> float:
    """Returns the continued fraction of the incomplete beta function, by Lentz's method (Numerical Recipes, 6.4)."""
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    found = d
    for m in range(1, 500):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        step = 1.0
        for term in (even, odd):
            d = 1 + term * d
            d = 1 / (d if abs(d) > tiny else tiny)
            c = 1 + term / c
            c = c if abs(c) > tiny else tiny
            step = c * d
            found *= step
        if abs(step - 1) < 1e-15:
            break
    return found
