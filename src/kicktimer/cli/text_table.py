"""Plain-text tables for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.text import display_width

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


def format_table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> str:
    """Returns `rows` under `head` and a rule, padded to aligned columns.

    `right` holds the indexes of the columns to align right. A wide (East Asian) character counts as two columns.
    """
    widths = [max(display_width(row[at]) for row in [head, *rows]) for at in range(len(head))]

    def pad(at: int, cell: str) -> str:
        padding = " " * (widths[at] - display_width(cell))
        return padding + cell if at in right else cell + padding

    rule = ["-" * width for width in widths]
    return "\n".join("  ".join(pad(at, cell) for at, cell in enumerate(row)).rstrip() for row in [head, rule, *rows])
