"""A time compared with its target: text, difference, symbol and verdict."""

from __future__ import annotations

import pytest

from kicktimer import view


@pytest.mark.parametrize(
    ("ms", "target", "expected"),
    [
        (63_720, 63_520, ("1:03.8h", "+0.2", "=", "on")),  # the difference is that of the exact times
        (63_520, 63_520, ("1:03.6h", "0.0", "=", "on")),
        (63_500, 63_520, ("1:03.5h", "0.0", "=", "on")),
        (63_869, 63_520, ("1:03.9h", "+0.3", "=", "on")),  # on target, because the difference shows as +0.3
        (63_870, 63_520, ("1:03.9h", "+0.4", "▲", "slow")),
        (63_171, 63_520, ("1:03.2h", "-0.3", "=", "on")),
        (63_170, 63_520, ("1:03.2h", "-0.4", "▼", "fast")),
        (12_320, None, ("12.4h", "", " ", "none")),
    ],
)
def test_time_is_compared_with_its_target(ms: int, target: int | None, expected: tuple[str, str, str, str]) -> None:
    found = view.compare(ms, target)
    assert (found.time, found.difference, found.symbol, found.verdict) == expected
