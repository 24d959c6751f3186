"""Plain-text tables for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.text import columns

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


def format_table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> str:
    """Returns `rows` under `head` and a rule, padded to aligned columns.

    `right` holds the indexes of the columns to align right. A wide (East Asian) character counts as two columns.
    """
    widths = [max(columns(row[at]) for row in [head, *rows]) for at in range(len(head))]
    lines = [
        "  ".join(
            " " * (widths[at] - columns(cell)) + cell if at in right else cell + " " * (widths[at] - columns(cell))
            for at, cell in enumerate(row)
        ).rstrip()
        for row in [head, ["-" * width for width in widths], *rows]
    ]
    return "\n".join(lines)
