"""Plain-text tables for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.text import display_width, wrap

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

GAP = 2  # columns between two cells
MIN_WRAPPED_WIDTH = 12  # a cell that may be wrapped is made no narrower, so that no line of it holds half a word


def format_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int] = (), widths: Sequence[int] | None = None
) -> str:
    """Returns `rows` under `head` and a rule, padded to aligned columns.

    `right` holds the indexes of the columns to align right. A wide (East Asian) character counts as two columns.
    A cell that is wider than its column's `widths` continues on the next line; without `widths` every cell fits.
    """
    if widths is None:
        widths = natural_widths(head, rows)

    def pad(at: int, cell: str) -> str:
        padding = " " * (widths[at] - display_width(cell))
        return padding + cell if at in right else cell + padding

    lines = []
    for row in [head, ["-" * width for width in widths], *rows]:
        cells = [[cell] if display_width(cell) <= widths[at] else wrap(cell, widths[at]) for at, cell in enumerate(row)]
        for number in range(max(map(len, cells))):
            parts = [pad(at, cell[number] if number < len(cell) else "") for at, cell in enumerate(cells)]
            lines.append((" " * GAP).join(parts).rstrip())
    return "\n".join(lines)


def natural_widths(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Returns the width of each column in which no cell is wrapped."""
    return [max(display_width(row[at]) for row in [head, *rows]) for at in range(len(head))]


def table_width(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def narrow_widths(
    head: Sequence[str], rows: Sequence[Sequence[str]], wrapped: Collection[int], width: int
) -> list[int] | None:
    """Returns widths of columns that fit into `width`; None if that cannot be.

    Only the columns whose indexes are in `wrapped` become narrower, the widest first.
    """
    widths = natural_widths(head, rows)
    least = {at: min(widths[at], max(MIN_WRAPPED_WIDTH, display_width(head[at]))) for at in wrapped}
    while table_width(widths) > width:
        loose = [at for at in wrapped if widths[at] > least[at]]
        if not loose:
            return None
        widths[max(loose, key=lambda at: widths[at])] -= 1
    return widths
