"""The filters of the history screen: athlete, workout, kind, distance and month, each set to one value or to all.

One filter at a time is selected, and its value is changed. Pure: the values come from a `History`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kicktimer.history import Filter, FilterValues
from kicktimer.tui.render.text_layout import fit, line_width
from kicktimer.units import show_distance

if TYPE_CHECKING:
    from kicktimer.tui.render.text_layout import Line

LABELS = ("athlete", "workout", "kind", "distance", "month")
ALL = "all"
MAX_VALUE_WIDTH = 24


@dataclass(slots=True)
class HistoryFilters:
    """`places` has the index of each filter's value among its values, 0 for all; `selected` is a filter or None."""

    values: FilterValues = field(default_factory=FilterValues)
    places: list[int] = field(default_factory=lambda: [0] * len(LABELS))
    selected: int | None = None

    def select(self, step: int) -> None:
        """Selects the next filter, or the one before for -1. Beyond the last one none is selected."""
        count = len(LABELS) + 1
        current = len(LABELS) if self.selected is None else self.selected
        place = (current + step) % count
        self.selected = None if place == len(LABELS) else place

    def change(self, step: int) -> None:
        """Sets the selected filter to the next value, or to the one before for -1."""
        if self.selected is not None:
            count = len(self._choices(self.selected)) + 1
            self.places[self.selected] = (self.places[self.selected] + step) % count

    def clear(self) -> None:
        """Sets every filter to all, and selects none."""
        self.places, self.selected = [0] * len(LABELS), None

    @property
    def is_set(self) -> bool:
        """Whether a filter is set to a value, or is selected."""
        return any(self.places) or self.selected is not None

    def to_query(self, text: str) -> Filter:
        """Returns what the history is asked for, with the `text` that is searched."""
        athlete, workout, kind, distance, month = (self._value(index) for index in range(len(LABELS)))
        distance_mm = None if not distance else self.values.distances_mm[self.places[3] - 1]
        return Filter(
            text=text, athlete=athlete, workout=workout, kind=kind, distance_mm=distance_mm, month=month,
            rehearsed=bool(text),
        )  # fmt: skip

    def lines(self, width: int) -> list[Line]:
        """Returns the filters in rows of at most `width` columns: those that are set, and all while one is selected."""
        rows: list[Line] = []
        for index, label in enumerate(LABELS):
            value = fit(self._value(index) or ALL, MAX_VALUE_WIDTH).rstrip()
            piece: Line = ((f" {label} ", "dim"), (f"{value} ", "strong" if self.places[index] else "dim"))
            if index == self.selected:
                piece = ((f" {label} ◂ {value} ▸ ", "selected"),)
            elif not self.places[index] and self.selected is None:
                continue
            if rows and line_width(rows[-1]) + line_width(piece) <= width:
                rows[-1] = (*rows[-1], *piece)
            else:
                rows.append(piece)
        return rows

    def _value(self, index: int) -> str:
        """Returns the value of a filter as it is shown, "" for all."""
        place = self.places[index]
        return self._choices(index)[place - 1] if place else ""

    def _choices(self, index: int) -> tuple[str, ...]:
        values = self.values
        distances = tuple(show_distance(mm) for mm in values.distances_mm)
        return (values.athletes, values.workouts, values.kinds, distances, values.months)[index]
