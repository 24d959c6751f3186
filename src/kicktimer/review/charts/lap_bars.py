"""Lap bars: each athlete's reps of a session as bars of the difference to the target, on one scale for all. Pure.

A bar to the left is faster than the target, one to the right slower. A shaded band shows what is on target: ±0.3 s, or
the band of the rep. A rep without a target is set against the athlete's own mean over its distance, and has no band.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from kicktimer.review.charts.labels import caption_lines, difference_label, rep_label, time_label
from kicktimer.review.charts.scale import DifferenceScale, reach, tick_row, tick_step
from kicktimer.text import fit
from kicktimer.units import mean_shown_time, round_target, round_up_hand_time, show_difference, shown_difference_ms
from kicktimer.view.comparison import ON_TARGET_TOLERANCE_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kicktimer.review.records import RepRecord, SessionRecord

MIN_WIDTH = 36
MAX_WIDTH = 100
"""Longer bars say nothing more, and the eye loses the row."""
MAX_LABEL_WIDTH = 12
MIN_BAR_ROOM = 9
SPARE_CELLS = 5
"""Columns kept for rounding each side of the scale up to whole cells that reach beyond the band."""
TICK_WIDTH = 7


@dataclass(frozen=True, slots=True)
class BarRow:
    """A rep: its label and figures, and what the bar needs in ms. `difference_ms` is None without a time."""

    label: str
    time: str
    difference: str
    difference_ms: int | None
    band: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class _BarArea:
    """The columns of the bars: `before` cells left of the target and `after` right of it. Bars grow by half cells."""

    scale: DifferenceScale
    before: int
    after: int

    def line(self, row: BarRow) -> str:
        cells = [" "] * (self.before + 1 + self.after)
        if row.band is not None:
            first, last = self.scale.band(*row.band)
            for at in range(self.before + first // 2, self.before + last // 2 + 1):
                if 0 <= at < len(cells):
                    cells[at] = "░"
        cells[self.before] = "│" if row.difference_ms is None else "┃"
        if row.difference_ms:
            self._draw(cells, self.halves(row.difference_ms, row.band), slower=row.difference_ms > 0)
        return "".join(cells)

    def halves(self, difference_ms: int, band: tuple[int, int] | None) -> int:
        """Returns the length of a bar in half cells, negative to the left."""
        return self.scale.place(difference_ms, *(band or (difference_ms, difference_ms)))

    def _draw(self, cells: list[str], halves: int, *, slower: bool) -> None:
        room, step = (self.after, 1) if slower else (self.before, -1)
        whole, half = divmod(min(abs(halves), 2 * room), 2)
        for place in range(1, whole + 1):
            cells[self.before + step * place] = "█"
        if half:
            cells[self.before + step * (whole + 1)] = "▌" if slower else "▐"
        if abs(halves) > 2 * room:
            cells[self.before + step * room] = "»" if slower else "«"

    def ticks(self) -> str:
        low, high = -2 * self.before * self.scale.cell_ms, 2 * self.after * self.scale.cell_ms
        step = tick_step(high - low, self.before + self.after, TICK_WIDTH)
        values = [0, *(sign * ms for ms in range(step, ceil(max(-low, high)), step) for sign in (1, -1))]
        values = [ms for ms in values if low <= ms <= high]

        def column(ms: int) -> int:
            return self.before + round(ms / self.scale.cell_ms / 2)

        return tick_row(values, column, show_difference, self.before + 1 + self.after)


def lap_bar_lines(session: SessionRecord, width: int = 80) -> list[str]:
    """Returns the bars of each athlete and a caption in lines of at most `width` columns.

    Without a rep, or in fewer than `MIN_WIDTH` columns, there are none.
    """
    blocks = [(name, bar_rows(session.reps_of(name))) for name in session.names]
    rows = [row for _, own in blocks for row in own]
    if not rows or width < MIN_WIDTH:
        return []
    width = min(width, MAX_WIDTH)
    label_width = min(MAX_LABEL_WIDTH, max(len(row.label) for row in rows))
    time_width = max(len(row.time) for row in rows)
    difference_width = max(len(row.difference) for row in rows)
    room = width - label_width - time_width - difference_width - 3
    if room < MIN_BAR_ROOM:
        room, difference_width = room + difference_width + 1, 0
    area = _bar_area(rows, room)
    lines: list[str] = []
    for name, own in blocks:
        lines += [fit(name, width).rstrip(), f"{'':{label_width}} {area.ticks()}"]
        for row in own:
            figures = f"{row.time:>{time_width}}" + (
                f" {row.difference:>{difference_width}}" if difference_width else ""
            )
            lines.append(f"{fit(row.label, label_width)} {fit(area.line(row), room)} {figures}".rstrip())
        lines.append("")
    return [*lines, *caption_lines(_caption(rows, area), width)]


def bar_rows(reps: Sequence[RepRecord]) -> list[BarRow]:
    """Returns a row for each of an athlete's reps of a session."""
    times: dict[tuple[int | None, int | None], list[int]] = {}
    for each in reps:
        if each.time_ms is not None:
            times.setdefault((each.distance_mm, each.duration_ms), []).append(each.time_ms)
    means = {length: mean_shown_time(found) for length, found in times.items()}
    return [_row(each, means.get((each.distance_mm, each.duration_ms), 0)) for each in reps]


def _row(record: RepRecord, mean_ms: int) -> BarRow:
    """Returns the row of a rep. `mean_ms` is the athlete's mean over the distance, as shown."""
    label = rep_label(record)
    band = None
    if record.target_ms is not None:
        target = round_target(record.target_ms)
        tolerance = ON_TARGET_TOLERANCE_MS
        band = (-tolerance, tolerance) if record.band is None else (record.band[0] - target, record.band[1] - target)
    time = time_label(record)
    if record.time_ms is None:
        return BarRow(label, time, "", None, band)
    if record.target_ms is None:
        ms = round_up_hand_time(record.time_ms) - mean_ms
        return BarRow(label, time, f"m{show_difference(ms)} ", ms, None)
    ms = shown_difference_ms(record.time_ms, record.target_ms)
    return BarRow(label, time, difference_label(record), ms, band)


def _bar_area(rows: Sequence[BarRow], room: int) -> _BarArea:
    """Returns the columns of the bars: each side of the target gets what its bars and bands need, together `room`."""
    found = [row.difference_ms for row in rows if row.difference_ms is not None]
    bands = [row.band for row in rows if row.band is not None]
    low, high = reach(found)
    low, high = max(low, *(-band[0] for band in bands), 0), max(high, *(band[1] for band in bands), 0)
    scale = DifferenceScale((low + high) / (2 * (room - SPARE_CELLS)), grain=2)
    sides = [ceil(reach / scale.cell_ms / 2) for reach in (low, high)]
    for first, last in (scale.band(*band) for band in bands):
        sides = [max(sides[0], 1 - first // 2), max(sides[1], 1 + last // 2)]
    return _BarArea(scale, sides[0], sides[1])


def _caption(rows: Sequence[BarRow], area: _BarArea) -> list[str]:
    """Returns the parts of the caption: only what the chart has."""
    bands = {row.band for row in rows}
    parts = ["s to the target, faster to the left"] if bands != {None} else ["faster to the left"]
    if bands - {None}:
        own = bands - {None, (-ON_TARGET_TOLERANCE_MS, ON_TARGET_TOLERANCE_MS)}
        parts.append("░ on target: ±0.3 s, or the rep's band" if own else "░ on target: ±0.3 s")
    if any(row.difference.startswith("m") for row in rows):
        parts.append("m no target: s to the athlete's own mean over the distance")
    if any("*" in row.label for row in rows):
        parts.append("* closing rep")
    lengths = [area.halves(row.difference_ms, row.band) for row in rows if row.difference_ms is not None]
    if any(not -2 * area.before <= length <= 2 * area.after for length in lengths):
        parts.append("« » beyond the scale")
    return parts
