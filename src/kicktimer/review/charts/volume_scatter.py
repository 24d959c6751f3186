"""Rep volume against pace: a dot for each distance of each session, and the race paces as lines. Pure.

To the right is how far the athlete ran in timed reps of one distance in a session, in metres; up is faster, in seconds
for 400 m. A point is a square of two by two dots of Braille characters, which have two by four.
"""

from __future__ import annotations

from itertools import product
from math import ceil, floor
from typing import TYPE_CHECKING

from kicktimer.review.charts.labels import caption_lines
from kicktimer.review.charts.scale import Scale, tick_row, tick_step
from kicktimer.text import wrap
from kicktimer.units import format_race, show_distance, show_target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kicktimer.review.athlete import VolumePoint

MIN_WIDTH = 36
MAX_WIDTH = 100
MIN_HEIGHT = 4
PACE_STEP_MS = 1000
NEAR_SHARE = 0.06
"""A race pace this near to a pace that was run is drawn; one farther away would press the dots together."""
TICK_WIDTH = 10
TICK_ROWS = 3
BRAILLE = 0x2800
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot of a Braille character, by row and column."""


def volume_scatter_lines(
    points: Sequence[VolumePoint], goal_lines_ms: Mapping[int, float], width: int = 80, height: int = 14
) -> list[str]:
    """Returns the chart in lines of at most `width` columns, with `height` rows of dots (4 or more).

    `points` are in the order of their sessions, the newest last. `goal_lines_ms` has race paces, ms for 400 m, by mm.
    Without a point, and without room, there is nothing.
    """
    if not points or width < MIN_WIDTH:
        return []
    lines = wrap("Metres in reps of one distance in a session, against their pace per 400 m: faster is up.", width)
    width, height = min(width, MAX_WIDTH), max(height, MIN_HEIGHT)
    paces = [each.pace_400_ms for each in points]
    near = {
        mm: ms
        for mm, ms in goal_lines_ms.items()
        if min(paces) * (1 - NEAR_SHARE) <= ms <= max(paces) * (1 + NEAR_SHARE)
    }
    low = floor(min([*paces, *near.values()]) / PACE_STEP_MS - 0.5) * PACE_STEP_MS
    high = ceil(max([*paces, *near.values()]) / PACE_STEP_MS + 0.5) * PACE_STEP_MS
    rows = Scale(low, high, height * len(DOTS) - 1)
    labels = _goal_rows(near, rows, width // 3)
    goals = {row: ", ".join(texts) for row, texts in labels.items()}
    written = {text for texts in labels.values() for text in texts}
    others = [text for text in (_goal(mm, ms) for mm, ms in goal_lines_ms.items()) if text not in written]
    step = tick_step(high - low, height, TICK_ROWS)
    ticks = {rows.place(ms) // len(DOTS): _pace(ms) for ms in range(ceil(low / step) * step, high + 1, step)}
    ticks = {row: text for row, text in ticks.items() if row not in goals}  # the pace of a line is the exact one
    left = max(map(len, ticks.values()), default=0)
    room = width - left - 2 - max((len(label) + 1 for label in goals.values()), default=0)
    columns = Scale(0, max(each.volume_mm for each in points), room * len(DOTS[0]) - 1)
    cells = _point_cells(points, rows, columns)
    for row in range(height):
        line = [cells.get((row, at), "╌" if row in goals and at % 2 == 0 else " ") for at in range(room)]
        lines.append(
            f"{ticks.get(row, ''):>{left}} {'┤' if row in ticks else '│'}{''.join(line)} {goals.get(row, '')}".rstrip()
        )
    lines.append(f"{'':{left}} └{'─' * room}")
    step = tick_step(columns.high, room, TICK_WIDTH)
    metres = tick_row(
        range(0, int(columns.high) + 1, step), lambda mm: columns.place(mm) // len(DOTS[0]), show_distance, room
    )
    lines.append(f"{'':{left + 2}}{metres}")
    caption = ["◆ newest session"]
    caption += ["╌ race pace"] if goals else []
    caption += [f"other race paces: {', '.join(others)}"] if others else []
    return [*lines, *caption_lines(caption, width)]


def _pace(ms: float) -> str:
    return show_target(round(ms), minutes=False)


def _goal(mm: int, ms: float) -> str:
    return f"{format_race(mm)} {_pace(ms)}"


def _goal_rows(goals: Mapping[int, float], rows: Scale, room: int) -> dict[int, list[str]]:
    """Returns what is written beside each row with a race pace: all of them, or the first if they have no room."""
    found: dict[int, list[str]] = {}
    for mm, ms in goals.items():
        found.setdefault(rows.place(ms) // len(DOTS), []).append(_goal(mm, ms))
    return {row: texts if len(", ".join(texts)) <= room else texts[:1] for row, texts in found.items()}


def _point_cells(points: Sequence[VolumePoint], rows: Scale, columns: Scale) -> dict[tuple[int, int], str]:
    """Returns the characters of the points by row and column of the chart. Those of the newest session lie on top."""
    bits: dict[tuple[int, int], int] = {}
    newest = {}
    for each in points:
        top, left = rows.place(each.pace_400_ms), columns.place(each.volume_mm)
        if each.id == points[-1].id:
            newest[top // len(DOTS), left // len(DOTS[0])] = "◆"
        for row, column in product((top, top + 1), (left, left + 1)):
            cell = row // len(DOTS), column // len(DOTS[0])
            bits[cell] = bits.get(cell, 0) | DOTS[row % len(DOTS)][column % len(DOTS[0])]
    return {cell: chr(BRAILLE + dots) for cell, dots in bits.items()} | newest
