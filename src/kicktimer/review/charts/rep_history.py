"""The same rep across sessions: a row for each with its date, time, difference and a mark on a scale. Pure."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from kicktimer.review.charts.labels import caption_lines, difference_label, time_label
from kicktimer.review.charts.scale import Scale, reach, tick_row, tick_step
from kicktimer.text import fit
from kicktimer.units import (
    round_target,
    round_up_hand_time,
    show_distance,
    show_target,
    show_time,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kicktimer.review.athlete import RepPoint
    from kicktimer.review.records import RepRecord

MIN_WIDTH = 36
MAX_WIDTH = 100
MAX_SESSIONS = 26
MIN_MARK_ROOM = 6
DATE_WIDTH = 10
TICK_WIDTH = 9


def rep_history_lines(points: Sequence[RepPoint], workout: str = "", width: int = 80) -> list[str]:
    """Returns the reps, in the order given, in lines of at most `width` columns; nothing without one, or without room.

    The last `MAX_SESSIONS` have a row; those before them are counted, with their best. `workout` is named in the title.
    """
    if not points or width < MIN_WIDTH:
        return []
    shown = points[-MAX_SESSIONS:]
    record = shown[-1].record
    length = "" if record.distance_mm is None else f", {show_distance(record.distance_mm)}"
    lines = [fit(f"Rep {record.rep}{length}, session by session{f': {workout}' if workout else ''}", width).rstrip()]
    width = min(width, MAX_WIDTH)
    timed = [each for each in points if each.record.time_ms is not None]
    best = min((round_up_hand_time(each.record.time_ms or 0) for each in timed), default=None)
    times = [_time(each.record, best) for each in shown]
    differences = [difference_label(each.record) for each in shown]
    time_width, difference_width = max(map(len, times)), max(map(len, differences))
    room = width - DATE_WIDTH - time_width - difference_width - 4
    if room < MIN_MARK_ROOM:
        room, differences, difference_width = room + difference_width + 1, [""] * len(shown), 0
    scale = _scale([each.record for each in shown], room)
    if scale is not None:
        lines.append(" " * (width - room) + _ticks(scale))
    marks: set[str] = set()
    for point, time, difference in zip(shown, times, differences, strict=True):
        mark_row = "" if scale is None else _marks(point.record, scale)
        marks.update(mark_row)
        figures = f" {difference:>{difference_width}}" if difference_width else ""
        lines.append(f"{point.date[:DATE_WIDTH]} {time:>{time_width}}{figures}  {mark_row}".rstrip())
    caption = [text for text in ("● time", "│ target", "« » beyond the scale") if text[0] in marks or text[2] in marks]
    caption += ["! best"] if best is not None else []
    caption += _earlier(points[:-MAX_SESSIONS], best)
    return [*lines, *caption_lines(caption, width)]


def _time(record: RepRecord, best_ms: int | None) -> str:
    is_best = record.time_ms is not None and round_up_hand_time(record.time_ms) == best_ms
    return f"{time_label(record)}{'!' if is_best else ' '}"


def _scale(records: Sequence[RepRecord], room: int) -> Scale | None:
    """Returns a scale for the times as shown and their targets, apart from outliers; None without a time."""
    times = [round_up_hand_time(each.time_ms) for each in records if each.time_ms is not None]
    if not times:
        return None
    middle = median(times)
    targets = [
        round_target(each.target_ms) for each in records if each.time_ms is not None and each.target_ms is not None
    ]
    low, high = reach([ms - middle for ms in (*times, *targets)])
    return Scale(middle - low, middle + high, room)


def _marks(record: RepRecord, scale: Scale) -> str:
    cells = [" "] * scale.cells
    if record.target_ms is not None and scale.low <= round_target(record.target_ms) <= scale.high:
        cells[scale.place(round_target(record.target_ms))] = "│"
    if record.time_ms is not None:
        time = round_up_hand_time(record.time_ms)
        cells[scale.place(time)] = "«" if time < scale.low else "»" if time > scale.high else "●"
    return "".join(cells)


def _ticks(scale: Scale) -> str:
    step = tick_step(scale.high - scale.low, scale.cells, TICK_WIDTH)
    values = range(-(-int(scale.low) // step) * step, int(scale.high) + 1, step)
    return tick_row(values, scale.place, show_target, scale.cells)


def _earlier(points: Sequence[RepPoint], best_ms: int | None) -> list[str]:
    """Returns what the caption says of the sessions without a row."""
    if not points:
        return []
    times = [each.record.time_ms for each in points if each.record.time_ms is not None]
    if not times:
        return [f"{len(points)} earlier"]
    fastest = min(times)
    mark = "!" if round_up_hand_time(fastest) == best_ms else ""
    return [f"{len(points)} earlier, the fastest {show_time(fastest)}{mark}"]
