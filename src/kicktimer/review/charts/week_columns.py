"""Weeks by kind: a column for each week, with a letter for each session and a dash for a week without one. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kicktimer.review.charts.labels import caption_lines, count_label
from kicktimer.review.charts.scale import tick_row
from kicktimer.text import wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kicktimer.review.athlete import Week

LETTERS = {"burner": "B", "strength": "S", "tempo": "T", "hills": "H", "speed": "P", "other": "O"}
"""In the order in which they stand on each other, from below."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MAX_WEEKS = 26
MAX_ROWS = 9
COLUMN_WIDTHS = (3, 2)
AXIS_WIDTH = 2
MIN_WIDTH = 20


def week_lines(weeks: Sequence[Week], width: int = 80) -> list[str]:
    """Returns the last weeks, oldest to the left, in lines of at most `width` columns; nothing without a week or room.

    At most `MAX_WEEKS` are drawn, or as many as there is room for; those before them are counted below.
    """
    if not weeks or width < MIN_WIDTH:
        return []
    column = next((each for each in COLUMN_WIDTHS if len(weeks[-MAX_WEEKS:]) * each <= width - AXIS_WIDTH), 2)
    shown = weeks[-min(MAX_WEEKS, (width - AXIS_WIDTH) // column) :]
    stacks = [_stack(week) for week in shown]
    rows = max(1, *(len(stack) for stack in stacks))
    first, last = shown[0].monday, shown[-1].monday + timedelta(days=6)
    lines = wrap(f"Sessions by week, {first} to {last}, weeks from Monday.", width)
    for row in range(rows, 0, -1):
        cells = (stack[row - 1] if row <= len(stack) else "-" if row == 1 else " " for stack in stacks)
        lines.append(f"{row} " + "".join(f"{cell:{column}}" for cell in cells).rstrip())
    starts = [
        place for place, week in enumerate(shown) if not place or week.monday.month != shown[place - 1].monday.month
    ]
    months = tick_row(
        [*starts[1:], *starts[:1]],  # the first month may have a single week, and no room for its name
        lambda place: place * column + 1,
        lambda place: MONTHS[shown[place].monday.month - 1],
        max(len(shown) * column, 3),
    )
    lines.append(" " * AXIS_WIDTH + months)
    present = {letter for stack in stacks for letter in stack}
    caption = [f"{letter} {kind}" for kind, letter in LETTERS.items() if letter in present]
    caption += ["- no session"] if not all(stacks) else []
    caption += ["+ more than have room"] if "+" in present else []
    older = weeks[: -len(shown)]
    if older:
        count = sum(week.count for week in older)
        caption.append(f"before: {count_label(len(older), 'week')}, {count_label(count, 'session')}")
    return [*lines, *caption_lines(caption, width)]


def _stack(week: Week) -> str:
    """Returns a letter for each session of a week, from below; `+` on top if some have no room."""
    known = {kind: count for kind, count in week.kinds.items() if kind in LETTERS}
    known["other"] = week.count - sum(count for kind, count in known.items() if kind != "other")
    letters = "".join(letter * known.get(kind, 0) for kind, letter in LETTERS.items())
    return letters if len(letters) <= MAX_ROWS else letters[: MAX_ROWS - 1] + "+"
