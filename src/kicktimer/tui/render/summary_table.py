"""The table of the summary: the reps side by side, the athletes one below the other. Pure, from a `view.Summary`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.tui.render.text_layout import fit

if TYPE_CHECKING:
    from kicktimer.tui.render.text_layout import Line, Piece, Role
    from kicktimer.view import Comparison, Summary, SummaryBlock, SummaryCell, SummaryRow

CELL_WIDTH = 8
LABEL_WIDTH = 15


def summary_table(summary: Summary, width: int) -> list[Line]:
    """Returns the times as lines. As many reps as fit stand side by side; the others follow in further blocks."""
    lines: list[Line] = []
    for block in summary.blocks:
        if len(summary.blocks) > 1:
            lines.append(((f" {block.name}", "strong"),))
        if not block.heads:
            lines.append(((" no rep was run", "dim"),))
        reps_in_a_row = max(1, (width - LABEL_WIDTH) // CELL_WIDTH)
        for first in range(0, len(block.heads), reps_in_a_row):
            lines.extend(_reps(block, first, first + reps_in_a_row))
            lines.append(())
    return lines


def _reps(block: SummaryBlock, first: int, end: int) -> list[Line]:
    """Returns the lines of the reps from index `first` up to `end`: the heads, then the athletes."""
    heads = block.heads[first:end]
    lines = [
        _line("    rep", [(f"{number}{'*' if closing else ''}", "head") for number, _, _, closing in heads]),
        _line("", [(length, "dim") for _, length, _, _ in heads]),
    ]
    if len(block.rows) == 1 and any(target for _, _, target, _ in heads):
        lines.append(_line("    target", [(target, "dim") for _, _, target, _ in heads]))
    for row in block.rows:
        lines.extend(_athlete(row, first, end))
    if any(closing for _, _, _, closing in heads):
        lines.append((("    * closing rep   ø mean, against the mean target", "dim"),))
    return lines


def _line(label: str, cells: list[Piece]) -> Line:
    return ((fit(label, LABEL_WIDTH), "dim"), *((fit(text, CELL_WIDTH, right=True), role) for text, role in cells))


def _athlete(row: SummaryRow, first: int, end: int) -> list[Line]:
    """Returns the athlete's times and differences, then the splits, recoveries and ratings if there are any."""
    cells = row.cells[first:end]
    name: list[Piece] = [(f" {row.key.upper() or ' '} ", "key"), (" " + fit(row.name, LABEL_WIDTH - 4), "strong")]
    lines: list[Line] = [(*name, *_line("", [_time(cell) for cell in cells])[1:])]
    mean = "" if row.mean is None else f" ø {row.mean.time} {row.mean.difference}"
    differences = [_difference(cell.result) for cell in cells]
    if mean or any(text for text, _ in differences):
        lines.append(_line(mean, differences))
    marks = dict.fromkeys(at for cell in cells for at, _ in cell.splits)
    lines.extend(_line(f"    {at}", [(dict(cell.splits).get(at, ""), "dim") for cell in cells]) for at in marks)
    if any(cell.recovery for cell in cells):
        lines.append(_line("    recovery", [(cell.recovery, "dim") for cell in cells]))
    if any(cell.rating or cell.is_next_to_rate for cell in cells):
        lines.append(_line("    relaxed", [_rating(cell) for cell in cells]))
    return lines


def _time(cell: SummaryCell) -> Piece:
    return (cell.note, "dim") if cell.result is None else (cell.result.time, "strong")


def _rating(cell: SummaryCell) -> Piece:
    return (cell.rating or ("?" if cell.is_next_to_rate else ""), "selected" if cell.is_next_to_rate else "text")


def _difference(result: Comparison | None) -> Piece:
    if result is None or not result.difference:
        return ("", "text")
    role: Role = "text" if result.verdict == "none" else result.verdict
    return (f"{result.symbol} {result.difference}", role)
