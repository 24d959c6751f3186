"""Lines of text with roles, and functions that fit them to a width. All screens are painted from such lines.

A line is a sequence of pieces of text, each with a role that has a colour in the style sheet. Markup in a text is
shown literally. Widths are columns of the terminal.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from kicktimer import text as text_module

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kicktimer.view import Tone

    Role = (
        Tone
        | Literal[
            "text", "dim", "strong", "on", "slow", "fast", "key", "off", "relax", "alert", "bad", "selected", "head"
        ]
    )
    Piece = tuple[str, Role]
    Line = tuple[Piece, ...]

ROLES: tuple[Role, ...] = (
    "ready", "countdown", "run", "recovery", "hold", "done", "text", "dim", "strong", "on", "slow", "fast", "key",
    "off", "relax", "alert", "bad", "selected", "head",
)  # fmt: skip


display_width = lru_cache(maxsize=4096)(text_module.display_width)
"""Returns the width of a text in columns. Cached: each frame measures the same few texts again."""


fit = lru_cache(maxsize=4096)(text_module.fit)
"""Pads or truncates a text to exactly so many columns. Cached, too."""
wrap = text_module.wrap


def line_width(pieces: Iterable[Piece]) -> int:
    """Returns the width of a line in columns."""
    return sum(display_width(text) for text, _ in pieces)


def truncate(line: Line, width: int) -> Line:
    """Returns the line, truncated with an ellipsis where it is wider than `width` columns."""
    kept: list[Piece] = []
    for text, role in line:
        room = width - line_width(kept)
        if display_width(text) > room:
            kept.append((fit(text, room), role))
            break
        kept.append((text, role))
    return tuple(kept)


def justify(left: Line, right: Line, width: int, fill: Role = "text") -> Line:
    """Returns a line of `width` columns with `left` at its left end and `right` at its right end.

    Where both do not fit, `left` is truncated. `fill` is the role of the space between them.
    """
    right = truncate(right, width)
    left = truncate(left, max(0, width - line_width(right) - 1))
    return (*left, (" " * (width - line_width(left) - line_width(right)), fill), *right)


def bar(text: str, role: Role, width: int) -> Line:
    """Returns a line of `width` columns with `text` at its left end, all of it in one role."""
    return justify(((f" {text}", role),), (), width, role)


def centre(text: str, width: int, role: Role) -> Line:
    """Returns a line of `width` columns with `text` in its middle."""
    text = fit(text, width).rstrip() if display_width(text) > width else text
    left = (width - display_width(text)) // 2
    return ((" " * left + text + " " * (width - left - display_width(text)), role),)


def flow(items: Iterable[Line], width: int, *, between: int = 2) -> list[Line]:
    """Returns the short lines side by side, as many in a row as fit, with `between` columns between them."""
    rows: list[list[Piece]] = []
    for item in items:
        if rows and line_width(rows[-1]) + between + line_width(item) <= width:
            rows[-1].extend([(" " * between, "text"), *item])
        else:
            rows.append(list(truncate(item, width)))
    return [tuple(row) for row in rows]
