"""Mean and closing mean against the target, session by session in the order of their dates. Pure.

Faster is up. The line at 0 is the target, the dotted lines ±0.3 s: what stands between or on them is on target.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from kicktimer.review.charts.labels import caption_lines
from kicktimer.review.charts.scale import DifferenceScale, reach
from kicktimer.text import wrap
from kicktimer.units import show_difference
from kicktimer.view.comparison import ON_TARGET_TOLERANCE_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kicktimer.review.athlete import AthleteSession

MIN_WIDTH = 36
LABEL_WIDTH = 5
AXIS_WIDTH = LABEL_WIDTH + 2
DATE_WIDTH = 10
MIN_AREA_WIDTH = 2 * DATE_WIDTH + 1
COLUMN_WIDTHS = (3, 2)
"""Of a session: a column for the mean, one for the closing mean, and a gap if there is room."""
ROW_STEPS_MS = (100, 150, 300, 600, 1500, 3000, 6000, 15_000, 30_000, 60_000, 150_000, 600_000, 3_000_000, 30_000_000)
"""What a row may stand for: the band ends on a row as long as it has rows of its own."""
MIN_HEIGHT = 9
MAX_MEAN_REACH_MS = 1000
"""With this reach a row of the usual height is a tenth of a second: means lie closer together than reps do."""


def target_history_lines(sessions: Sequence[AthleteSession], width: int = 80, height: int = 16) -> list[str]:
    """Returns the chart in lines of at most `width` columns, with at most `height` rows for the marks (9 or more).

    `sessions` are in the order of their dates. Without one that has a target, and without room, there is nothing.
    """
    found = [each for each in sessions if _differences(each) != (None, None)]
    if not found or width < MIN_WIDTH:
        return []
    room = width - AXIS_WIDTH
    column = next((each for each in COLUMN_WIDTHS if len(found) * each <= room), COLUMN_WIDTHS[-1])
    column = max(column, ceil(MIN_AREA_WIDTH / len(found)))  # few sessions are spread out between the two dates
    shown = found[-(room // column) :]
    values = [ms for each in shown for ms in _differences(each) if ms is not None]
    scale, above, below = _rows(values, max(height, MIN_HEIGHT))
    used = len(shown) * column
    tolerance = ON_TARGET_TOLERANCE_MS
    first, last = scale.band(-tolerance, tolerance)
    grid = {row: [{0: "─", first: "┄", last: "┄"}.get(row, " ")] * used for row in range(-above, below + 1)}
    beyond = False
    for place, session in enumerate(shown):
        for at, (ms, mark) in enumerate(zip(_differences(session), "ox", strict=True)):
            if ms is not None:
                row = scale.place(ms, -tolerance, tolerance)
                beyond = beyond or not -above <= row <= below
                inside = min(max(row, -above), below)
                grid[inside][place * column + at] = mark if row == inside else "↑" if row < 0 else "↓"
    lines = wrap("Mean and closing mean against the target, s, by session: faster is up.", width)
    lines += [
        f"{_label(row, scale):>{LABEL_WIDTH}} {'┤' if row == 0 else '│'}{''.join(cells)}".rstrip()
        for row, cells in grid.items()
    ]
    dates = shown[0].date[:DATE_WIDTH] if len(shown) == 1 else _ends(shown, used)
    lines.append(" " * AXIS_WIDTH + dates)
    newest = [
        f"{mark} {show_difference(ms)}"
        for ms, mark in zip(_differences(shown[-1]), "ox", strict=True)
        if ms is not None
    ]
    names = {"o": "mean", "x": "closing mean"}
    drawn = [mark for at, mark in enumerate(names) if any(_differences(each)[at] is not None for each in shown)]
    caption = [*(f"{mark} {names[mark]}" for mark in drawn), "┄ ±0.3 s", f"newest {', '.join(newest)}"]
    caption += ["↑ ↓ beyond the scale"] if beyond else []
    caption += [f"{len(found) - len(shown)} earlier"] if len(found) > len(shown) else []
    caption += [f"{len(sessions) - len(found)} without a target"] if len(sessions) > len(found) else []
    return [*lines, *caption_lines(caption, width)]


def _differences(session: AthleteSession) -> tuple[int | None, int | None]:
    return session.measures.mean_minus_target_shown_ms, session.closing_minus_target_shown_ms


def _rows(values: Sequence[int], height: int) -> tuple[DifferenceScale, int, int]:
    """Returns the scale with the finest rows that fit, and how many there are above and below the target."""
    low, high = reach(values, MAX_MEAN_REACH_MS)
    for step in ROW_STEPS_MS:
        scale = DifferenceScale(step)
        first, last = scale.band(-ON_TARGET_TOLERANCE_MS, ON_TARGET_TOLERANCE_MS)
        above, below = max(ceil(low / step), 1 - first), max(ceil(high / step), 1 + last)
        if above + 1 + below <= height:
            break
    return scale, above, below


def _label(row: int, scale: DifferenceScale) -> str:
    """Returns the difference that a row stands for, where that is a multiple of the tolerance and has room."""
    ms = round(row * scale.cell_ms)
    text = show_difference(ms) if ms % ON_TARGET_TOLERANCE_MS == 0 else ""
    return text if len(text) <= LABEL_WIDTH else ""


def _ends(shown: Sequence[AthleteSession], used: int) -> str:
    first, last = shown[0].date[:DATE_WIDTH], shown[-1].date[:DATE_WIDTH]
    return first + last.rjust(used - DATE_WIDTH)
