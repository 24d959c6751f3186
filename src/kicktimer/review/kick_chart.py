"""The last 200 m of an athlete on one scale of text: tired in each session, fresh, the goal's and races'. Pure.

A row for each session has a dot for each tired 200 m and `T` for their mean. The rows above have `F` for the fresh
200 m, `G` for what the goal race asks for, `R` for the athlete's own races and `W` for winners.
"""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

from kicktimer.review.charts.scale import Scale, tick_row, tick_step
from kicktimer.text import pack
from kicktimer.units import show_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kicktimer.review.kick import KickReport

LABEL_WIDTH = 11  # a date and a space
MIN_WIDTH = 40
MAX_SESSIONS = 16
STEP_MS = 1000
TICK_WIDTH = 8
LEGEND = ("T tired (mean)", "· each rep", "F fresh", "G the goal race asks for", "R own race", "W winner")


def chart_lines(report: KickReport, width: int) -> list[str]:
    """Returns the chart in lines of at most `width` columns; nothing without a tired 200 m or in a narrow window."""
    sessions = report.sessions[-MAX_SESSIONS:]
    if not sessions or width < MIN_WIDTH:
        return []
    fixed = [("F", report.fresh.time_ms)] if report.fresh is not None else []
    fixed += [("G", report.goal_ms)] if report.goal_ms is not None else []
    fixed += [("R" if race.own else "W", race.time_ms) for race in report.races]
    times = [ms for _, ms in fixed] + [each.time_ms for session in sessions for each in session.tired]
    low, high = floor(min(times) / STEP_MS) * STEP_MS, ceil(max(times) / STEP_MS) * STEP_MS
    high = max(high, low + STEP_MS)
    room = width - LABEL_WIDTH
    place = Scale(low, high, room).place
    step = max(STEP_MS, tick_step(high - low, room, TICK_WIDTH))
    lines = [" " * LABEL_WIDTH + tick_row(range(low, high + 1, step), place, show_target, room)]
    lines += [_line("", [(place(ms), mark)], room) for mark, ms in sorted(fixed, key=lambda each: each[1])]
    for session in sessions:
        dots = [(place(each.time_ms), "·") for each in session.tired]
        lines.append(_line(session.date[:10], [*dots, (place(session.mean_ms), "T")], room))
    return [*lines, *pack(LEGEND, "   ", width)]


def _line(label: str, marks: Sequence[tuple[int, str]], room: int) -> str:
    """Returns a row of the chart. Of marks at one place the last one is shown."""
    cells = [" "] * room
    for at, mark in marks:
        cells[at] = mark
    return (label.ljust(LABEL_WIDTH) + "".join(cells)).rstrip()
