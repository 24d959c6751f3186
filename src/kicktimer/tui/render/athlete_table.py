"""The athletes of a group with their times, as lines. Pure, from a `GroupBoard` and a size.

The athletes stand in as many columns as the height demands. Wide columns show earlier reps beside the present one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from kicktimer.tui.render.text_layout import display_width, fit, line_width, truncate

if TYPE_CHECKING:
    from kicktimer.tui.render.text_layout import Line, Piece, Role
    from kicktimer.view import AthleteRow, Comparison, GroupBoard

MIN_ATHLETE_WIDTH = 23
"""The narrowest athlete: key, a part of the name, time, symbol and difference."""
COMPACT_WIDTH = 30
"""In an athlete narrower than this no spaces stand around the symbol."""
TARGET_WIDTH = 36
"""An athlete at least as wide as this shows the target."""
EARLIER_REPS_WIDTH = 56
"""An athlete at least as wide as this shows earlier reps."""
EARLIER_REP_WIDTH = 15
GAP = "  "


class _Columns(NamedTuple):
    """How an athlete's row is divided: the widths of name and target, and how many earlier reps it shows."""

    name: int
    target: int
    earlier_reps: int


@lru_cache(maxsize=32)
def athlete_table(board: GroupBoard, width: int, height: int) -> tuple[Line, ...]:
    """Returns a heading and the athletes in at most `height` rows, in as few columns as possible.

    Where not all athletes fit, the heading says how many are hidden.
    """
    count = len(board.rows)
    if height < 1 or not count:
        return ()
    heading_rows = 1 if height > 1 else 0
    most = _max_columns(width)
    columns = next((n for n in range(1, most + 1) if -(-count // n) <= height - heading_rows), most)
    athlete_width = (width + len(GAP)) // columns - len(GAP)
    rows = min(-(-count // columns), height - heading_rows)
    lines: list[Line] = []
    if heading_rows:
        lines.append(_join([_heading(board, athlete_width)] * columns, athlete_width))
    for row in range(rows):
        athletes = [board.rows[column * rows + row] for column in range(columns) if column * rows + row < count]
        lines.append(_join([_athlete(athlete, board, athlete_width) for athlete in athletes], athlete_width))
    hidden = count - rows * columns
    if hidden > 0:
        more = f" +{hidden} more "
        lines[0] = (*truncate(lines[0], width - len(more)), (more, "alert"))
    return tuple(lines)


def min_table_rows(board: GroupBoard, width: int) -> int:
    """Returns the rows of heading and athletes in as many columns as fit into `width`; 0 without athletes."""
    return 1 + -(-len(board.rows) // _max_columns(width)) if board.rows else 0


def _max_columns(width: int) -> int:
    return max(1, (width + len(GAP)) // (MIN_ATHLETE_WIDTH + len(GAP)))


def _join(cells: list[Line], width: int) -> Line:
    """Returns the cells side by side, each padded to `width`."""
    pieces: list[Piece] = []
    for cell in cells:
        if pieces:
            pieces.append((GAP, "text"))
        pieces.extend(cell)
        pieces.append((" " * max(0, width - line_width(cell)), "text"))
    return tuple(pieces)


@lru_cache(maxsize=32)
def _columns(board: GroupBoard, width: int) -> _Columns:
    rating = 4 if _has_ratings(board) else 0
    target = 8 if width >= TARGET_WIDTH else 0
    rest = width - 4 - target - _result_width(width) - rating
    if width < EARLIER_REPS_WIDTH:
        return _Columns(max(3, rest), target, 0)
    longest = max(display_width(row.name) for row in board.rows)
    name = min(max(8, longest + 1), 24, rest)
    earlier_reps = max((len(row.earlier_results) for row in board.rows), default=0)
    return _Columns(name, target, min(earlier_reps, (rest - name) // EARLIER_REP_WIDTH))


def _result_width(width: int) -> int:
    """Returns the width of time, symbol and difference in an athlete of this width."""
    return 14 if width < COMPACT_WIDTH else 16


@lru_cache(maxsize=32)
def _has_ratings(board: GroupBoard) -> bool:
    return any(row.rating or row.is_next_to_rate for row in board.rows)


def _heading(board: GroupBoard, width: int) -> Line:
    columns = _columns(board, width)
    text = " " * 4 + fit("", columns.name)
    if columns.target:
        text += fit("target", columns.target - 1, right=True) + " "
    this_rep = fit(f"rep {board.rep_numbers[0]}", 8, right=True)
    if not columns.earlier_reps and any(row.result is None for row in board.rows) and board.rep_numbers[1:]:
        this_rep += f" ({board.rep_numbers[1]})"
    text += fit(this_rep, _result_width(width))
    for number in board.rep_numbers[1 : columns.earlier_reps + 1]:
        text += fit(fit(f"rep {number}", 8, right=True), EARLIER_REP_WIDTH)
    if _has_ratings(board):
        text = fit(text, width - 6) + " relax"
    return ((fit(text, width), "head"),)


def _athlete(row: AthleteRow, board: GroupBoard, width: int) -> Line:
    columns = _columns(board, width)
    name_role: Role = "selected" if row.is_next_to_rate else "strong"
    pieces: list[Piece] = [(f" {(row.key or ' ').upper()} ", "key"), (" ", "text")]
    pieces.append((fit(row.name, columns.name), name_role))
    if columns.target:
        pieces.append((fit(row.target, columns.target - 1, right=True) + " ", "dim"))
    pieces.extend(_result(row, _result_width(width), earlier_reps_shown=columns.earlier_reps > 0))
    for result in row.earlier_results[: columns.earlier_reps]:
        pieces.extend(_earlier_result(result))
    if _has_ratings(board):
        pieces.append((" " * max(0, width - line_width(pieces) - 3), "text"))
        pieces.append((f" {row.rating or ('?' if row.is_next_to_rate else ' ')} ", name_role))
    return truncate(tuple(pieces), width)


def _result(row: AthleteRow, width: int, *, earlier_reps_shown: bool) -> list[Piece]:
    """Returns time, symbol and difference of this rep.

    Without a time, returns the reason, or the previous rep's result in brackets if no earlier reps are shown.
    """
    if row.result is not None:
        time = fit(f"{row.result.time}{'?' if row.is_proposed else ''}", 8, right=True)
        difference = _difference(row.result, width - 8)
        if row.is_proposed:
            return [(time, "dim"), (difference, "dim")]
        return [(time, "strong"), (difference, "text" if row.result.verdict == "none" else row.result.verdict)]
    previous = row.earlier_results[0] if row.earlier_results else None
    if row.note in ("", "…") and not earlier_reps_shown and previous is not None:
        text = fit(f"({previous.time}", 8, right=True) + _difference(previous, width - 8).rstrip() + ")"
        return [(fit(text, width), "dim")]
    return [(fit(f" {row.note}", width), "dim")]


def _difference(result: Comparison, width: int) -> str:
    """Returns symbol and difference. A figure is never cut: without room the spaces go, then the tenth."""
    if not result.difference:
        return fit("", width)
    space, whole = " " if width > 6 else "", result.difference.partition(".")[0]
    texts = (
        f"{space}{result.symbol}{space}{result.difference}", f"{result.symbol}{result.difference}",
        f"{result.symbol}{whole}",
    )  # fmt: skip
    return fit(next((text for text in texts if len(text) <= width), texts[-1]), width)


def _earlier_result(result: Comparison | None) -> list[Piece]:
    if result is None:
        return [(fit("       –", EARLIER_REP_WIDTH), "dim")]
    role: Role = "dim" if result.verdict == "none" else result.verdict
    return [(fit(result.time, 8, right=True), "dim"), (_difference(result, EARLIER_REP_WIDTH - 8), role)]
