"""Scales: values in ms to whole cells of a chart, and the labels of the axis. A greater value is never placed before.

`Scale` places values between two ends. `DifferenceScale` counts cells from the target, and keeps what is on target
inside the cells of the band, and everything else outside: the picture never says otherwise than the verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

TICK_STEPS = tuple(step * power for power in (100, 1000, 10_000, 100_000, 1_000_000, 10_000_000) for step in (1, 2, 5))

MIN_REACH_MS = 500
MAX_REACH_MS = 2000
OUTLIER_FACTOR = 4


@dataclass(frozen=True, slots=True)
class Scale:
    """Places `low` in cell 0 and `high` in cell `cells - 1`; `low` < `high`, and `cells` is 1 or more."""

    low: float
    high: float
    cells: int

    def place(self, value: float) -> int:
        """Returns the cell of a value; one beyond an end is placed there."""
        part = (value - self.low) / (self.high - self.low)
        return min(max(0, round(part * (self.cells - 1))), self.cells - 1)


@dataclass(frozen=True, slots=True)
class DifferenceScale:
    """Places differences to a target, in ms, as a number of cells of `cell_ms` from it; negative ones are faster.

    A band begins and ends at a multiple of `grain` cells: a chart that draws half characters shades whole ones.
    """

    cell_ms: float
    grain: int = 1

    def band(self, low_ms: float, high_ms: float) -> tuple[int, int]:
        """Returns the first and the last cell of a band of differences, rounded outwards."""
        unit = self.cell_ms * self.grain
        return floor(low_ms / unit) * self.grain, ceil(high_ms / unit) * self.grain

    def place(self, difference_ms: float, low_ms: float, high_ms: float) -> int:
        """Returns the cell of a difference, inside the cells of the band where it lies in the band, else outside."""
        cell = round(difference_ms / self.cell_ms)
        first, last = self.band(low_ms, high_ms)
        if difference_ms < low_ms:
            return min(cell, first - 1)
        return max(cell, last + 1) if difference_ms > high_ms else min(max(cell, first), last)


def reach(differences_ms: Sequence[float], max_reach_ms: int = MAX_REACH_MS) -> tuple[float, float]:
    """Returns how far a scale goes below and above 0, in ms, to hold the differences, apart from outliers.

    An outlier is beyond `max_reach_ms` and `OUTLIER_FACTOR` times the median: it leaves the scale, so that the others
    stay legible.
    """
    limit = max(max_reach_ms, OUTLIER_FACTOR * median(map(abs, differences_ms))) if differences_ms else MIN_REACH_MS
    low, high = -min(differences_ms, default=0), max(differences_ms, default=0)
    return max(MIN_REACH_MS, min(limit, low)), max(MIN_REACH_MS, min(limit, high))


def tick_step(span: float, room: int, label_width: int) -> int:
    """Returns the smallest step of 1, 2 or 5 times a power of ten (100 or more) at which labels over `span` fit."""
    return next((step for step in TICK_STEPS if span / step * label_width <= room), TICK_STEPS[-1])


def tick_row(values: Iterable[int], place: Callable[[int], int], show: Callable[[int], str], room: int) -> str:
    """Returns the labels of an axis in `room` columns, each centred at its place.

    One without room is left out: the first values are the important ones.
    """
    cells = [" "] * room
    for value in values:
        text = show(value)
        at = min(max(0, place(value) - len(text) // 2), room - len(text))
        if at >= 0 and all(cell == " " for cell in cells[max(0, at - 1) : at + len(text) + 1]):
            cells[at : at + len(text)] = text
    return "".join(cells).rstrip()
