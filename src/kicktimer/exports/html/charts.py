"""The charts of the pages, as SVG: lap bars, marks over time, weeks. They say what the charts of the terminal say.

Lengths are in units of the drawing, which is as wide as the page has room for. Faster is to the left, and up.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING, Literal

from kicktimer.exports.html.markup import Markup, element
from kicktimer.review.charts.scale import reach, tick_step
from kicktimer.review.charts.week_columns import LETTERS
from kicktimer.units import show_difference
from kicktimer.view.comparison import ON_TARGET_TOLERANCE_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from kicktimer.review.athlete import Week
    from kicktimer.review.charts.lap_bars import BarRow

INK, DIM, RULE, BAND = "#1b1f24", "#5d6670", "#d5dae0", "#dff1e6"
COLOURS = {"on": "#0b6b3a", "slow": "#b3261e", "fast": "#1f4fb5", "none": "#5d6670"}
KINDS = {
    "burner": "#b3261e", "strength": "#8a5a00", "tempo": "#0b6b3a", "hills": "#6b4fa0", "speed": "#1f4fb5",
    "other": "#8b939c",
}  # fmt: skip
FONT = 11
LINE = 16


def _svg(width: float, height: float, title: str, *parts: str) -> Markup:
    return element(
        "svg", element("title", title), *parts, viewBox=f"0 0 {width:g} {height:g}", role="img", font_size=FONT,
        font_family="system-ui, sans-serif",
    )  # fmt: skip


def _text(
    x: float, y: float, text: str, *, anchor: Literal["start", "middle", "end"] = "start", fill: str = INK
) -> Markup:
    return element("text", text, x=x, y=y, text_anchor=anchor, fill=fill)


def _line(begin: tuple[float, float], end: tuple[float, float], stroke: str = RULE, dash: str | None = None) -> Markup:
    return element("line", x1=begin[0], y1=begin[1], x2=end[0], y2=end[1], stroke=stroke, stroke_dasharray=dash)


@dataclass(frozen=True, slots=True)
class _Axis:
    """Places values from `low` to `high` between `start` and `end` of a drawing; what lies beyond is put at the end."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        part = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + part * (self.end - self.start)

    def ticks(self, label_width: int) -> list[int]:
        step = tick_step(self.high - self.low, int(abs(self.end - self.start)), label_width)
        return list(range(ceil(self.low / step) * step, floor(self.high) + 1, step))


# -- lap bars


def lap_bars(title: str, rows: Sequence[BarRow], axis_ms: tuple[float, float]) -> Markup:
    """Returns an athlete's reps as bars of the difference to the target; `axis_ms` is `bar_axis` of the session."""
    label, bars, figures = 64, 180, 96
    width, height = label + bars + figures, LINE * (len(rows) + 1) + 6
    axis = _Axis(-axis_ms[0], axis_ms[1], label, label + bars)
    zero = axis.place(0)
    parts = [
        _text(axis.place(ms), FONT, show_difference(ms) if ms else "0", anchor="middle", fill=DIM)
        for ms in axis.ticks(34)
    ]
    for at, row in enumerate(rows):
        top = LINE * (at + 1) + 2
        parts.append(_text(0, top + FONT, row.label))
        if row.band is not None:
            left, right = axis.place(row.band[0]), axis.place(row.band[1])
            parts.append(element("rect", x=left, y=top, width=max(1.0, right - left), height=LINE - 2, fill=BAND))
        if row.difference_ms is not None:
            end = axis.place(row.difference_ms)
            parts.append(
                element(
                    "rect", x=min(zero, end), y=top + 2, width=max(1.5, abs(end - zero)), height=LINE - 6,
                    fill=COLOURS[_bar_verdict(row)],
                )
            )  # fmt: skip
        parts.append(_text(width, top + FONT, f"{row.time} {row.difference.strip()}".strip(), anchor="end"))
    parts.append(_line((zero, LINE), (zero, height), INK))
    return _svg(width, height, title, *parts)


def bar_axis(rows: Iterable[BarRow]) -> tuple[float, float]:
    """Returns how far bars reach to the left and to the right of the target, in ms, for one scale of all athletes."""
    found = list(rows)
    low, high = reach([row.difference_ms for row in found if row.difference_ms is not None])
    bands = [row.band for row in found if row.band is not None]
    return max(low, *(-band[0] for band in bands), 0), max(high, *(band[1] for band in bands), 0)


def _bar_verdict(row: BarRow) -> str:
    if row.band is None or row.difference_ms is None:
        return "none"
    return "fast" if row.difference_ms < row.band[0] else "slow" if row.difference_ms > row.band[1] else "on"


# -- marks over time


@dataclass(frozen=True, slots=True)
class Mark:
    """A value at a moment. A `faint` mark is one of several that a stronger one sums up."""

    moment: datetime
    value: float
    kind: str
    faint: bool = False


@dataclass(frozen=True, slots=True)
class ReferenceLine:
    """A value that holds all the time, drawn as a line with its name."""

    value: float
    name: str


MARKS = {"mean": ("circle", INK), "closing": ("square", COLOURS["slow"]), "tired": ("circle", COLOURS["slow"])}


def over_time(
    title: str,
    marks: Sequence[Mark],
    show: Callable[[int], str],
    *,
    levels: Sequence[ReferenceLine] = (),
    band: tuple[float, float] | None = None,
) -> Markup:
    """Returns marks by date: smaller values, which are faster, are higher up. `band` is shaded, and 0 in its middle."""
    width, height, left, right = 640, 220, 52, 110 if levels else 10
    values = [mark.value for mark in marks] + [level.value for level in levels] + list(band or ())
    low, high = min(values), max(values)
    margin = max(100.0, (high - low) * 0.08)
    rows = _Axis(low - margin, high + margin, 8, height - 24)
    first, last = min(mark.moment for mark in marks), max(mark.moment for mark in marks)
    span = max((last - first).total_seconds(), 1.0)
    columns = _Axis(0, span, left + 8, width - right - 8)

    def across(moment: datetime) -> float:
        middle = (left + width - right) / 2
        return middle if first == last else columns.place((moment - first).total_seconds())

    parts = []
    if band is not None:
        top, bottom = rows.place(band[0]), rows.place(band[1])
        parts.append(element("rect", x=left, y=top, width=width - right - left, height=bottom - top, fill=BAND))
    for ms in rows.ticks(28):
        parts += [
            _line((left, rows.place(ms)), (width - right, rows.place(ms))),
            _text(left - 6, rows.place(ms) + 4, show(ms), anchor="end", fill=DIM),
        ]
    for level, at in _spread(levels, rows):
        y = rows.place(level.value)
        parts += [
            _line((left, y), (width - right, y), DIM, "4 3"),
            _text(width - right + 6, at + 4, f"{level.name} {show(round(level.value))}", fill=DIM),
        ]
    for mark in sorted(marks, key=lambda each: not each.faint):
        shape, colour = MARKS[mark.kind]
        x, y, opacity = across(mark.moment), rows.place(mark.value), 0.35 if mark.faint else None
        size = 2.5 if mark.faint else 4.0
        if shape == "circle":
            parts.append(element("circle", cx=x, cy=y, r=size, fill=colour, opacity=opacity))
        else:
            side = 2 * size - 1
            parts.append(element("rect", x=x - size, y=y - size, width=side, height=side, fill=colour, opacity=opacity))
    days = [(first, "start")] if first.date() == last.date() else [(first, "start"), (last, "end")]
    for moment, _ in days:
        at = across(moment)
        anchor: Literal["start", "middle", "end"] = (
            "middle" if len(days) == 1 else "start" if moment == first else "end"
        )
        parts.append(_text(at, height - 6, f"{moment.date()}", anchor=anchor, fill=DIM))
    return _svg(width, height, title, *parts)


def _spread(levels: Sequence[ReferenceLine], rows: _Axis) -> list[tuple[ReferenceLine, float]]:
    """Returns where the name of each level is written: beside its line, or below the one before where they are near."""
    found: list[tuple[ReferenceLine, float]] = []
    for level in sorted(levels, key=lambda each: rows.place(each.value)):
        at = rows.place(level.value)
        found.append((level, max(at, found[-1][1] + FONT + 2) if found else at))
    return found


def differences_over_time(title: str, marks: Sequence[Mark]) -> Markup:
    """Returns differences to the target by date, with the band of what is on target."""
    tolerance = ON_TARGET_TOLERANCE_MS
    return over_time(title, marks, show_difference, band=(-tolerance, tolerance))


# -- weeks


def week_columns(title: str, weeks: Sequence[Week]) -> Markup:
    """Returns a column for each week, with a square for each session in the colour of its kind."""
    most = max(week.count for week in weeks)
    side = 14 if most <= 12 else max(2, 168 // most)
    column = min(24.0, 640 / len(weeks))
    width, height = 640, side * most + 26
    parts = [_line((0, height - 20), (width, height - 20), DIM)]
    for at, week in enumerate(weeks):
        x = at * column
        begins = not at or week.monday.month != weeks[at - 1].monday.month
        if begins and _has_room(weeks, at, column):
            parts.append(_text(x, height - 6, f"{week.monday:%Y-%m}", fill=DIM))
        kinds = sorted(week.kinds.items(), key=lambda item: [*LETTERS].index(item[0]) if item[0] in LETTERS else 9)
        stacked = [kind for kind, count in kinds for _ in range(count)]
        parts += [
            element(
                "rect", x=x + 1, y=height - 20 - side * (place + 1), width=max(1.0, column - 2),
                height=max(1, side - 1), fill=KINDS.get(kind, KINDS["other"]),
            )
            for place, kind in enumerate(stacked)
        ]  # fmt: skip
    return _svg(width, height, title, *parts)


def _has_room(weeks: Sequence[Week], at: int, column: float) -> bool:
    """Whether the name of the week's month has room: it is written for every month, or every third one and so on."""
    months = (weeks[-1].monday.year - weeks[0].monday.year) * 12 + weeks[-1].monday.month - weeks[0].monday.month + 1
    every = max(1, ceil(52 * months / max(column * len(weeks), 1)))
    return (weeks[at].monday.year * 12 + weeks[at].monday.month) % every == 0 and at * column < 600


def kind_legend(weeks: Sequence[Week]) -> Markup:
    """Returns the kinds that occur, each with a square of its colour."""
    kinds = [kind for kind in LETTERS if any(week.kinds.get(kind) for week in weeks)]
    parts: list[str] = []
    for kind in kinds:
        square = element("rect", width=10, height=10, fill=KINDS[kind])
        box = element("svg", square, viewBox="0 0 10 10", style="display:inline;width:.7em;height:.7em")
        parts += [box, Markup(" "), kind, Markup(" &nbsp; ")]
    return element("figcaption", *parts)
