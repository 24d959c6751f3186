"""Lines of text with roles: what all painting is made of.

A line is pieces of text, each with a role that the style sheet gives a colour. Text is data here, so markup in a name
shows as what it is. Widths are columns of the terminal.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from kicktimer import text as texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kicktimer.view import Tone

    Role = (
        Tone
        | Literal["text", "dim", "strong", "on", "slow", "fast", "key", "off", "relax", "alert", "bad", "mark", "head"]
    )
    Piece = tuple[str, Role]
    Line = tuple[Piece, ...]

ROLES: tuple[Role, ...] = (
    "ready", "countdown", "run", "recovery", "hold", "done", "text", "dim", "strong", "on", "slow", "fast", "key",
    "off", "relax", "alert", "bad", "mark", "head",
)  # fmt: skip


columns = lru_cache(maxsize=4096)(texts.display_width)
"""The columns of a text; the same few texts are measured again in every picture."""


@lru_cache(maxsize=4096)
def fit(text: str, width: int, *, right: bool = False) -> str:
    """`text` in exactly `width` columns, cut with an ellipsis where it is longer."""
    if width <= 0:
        return ""
    have = columns(text)
    if have > width:
        kept = ""
        for char in text:
            if columns(kept + char) > width - 1:
                break
            kept += char
        text = f"{kept}…"
        have = columns(text)
    space = " " * (width - have)
    return space + text if right else text + space


def wide(pieces: Iterable[Piece]) -> int:
    """The columns of a line."""
    return sum(columns(text) for text, _ in pieces)


def cut(line: Line, width: int) -> Line:
    """The line in at most `width` columns."""
    kept: list[Piece] = []
    for text, role in line:
        room = width - wide(kept)
        if columns(text) > room:
            kept.append((fit(text, room), role))
            break
        kept.append((text, role))
    return tuple(kept)


def spread(left: Line, right: Line, width: int, fill: Role = "text") -> Line:
    """`left` at the left, `right` at the right; the left gives way."""
    right = cut(right, width)
    left = cut(left, max(0, width - wide(right) - 1))
    return (*left, (" " * (width - wide(left) - wide(right)), fill), *right)


def centred(text: str, width: int, role: Role) -> Line:
    """`text` in the middle."""
    text = fit(text, width).rstrip() if columns(text) > width else text
    left = (width - columns(text)) // 2
    return ((" " * left + text + " " * (width - left - columns(text)), role),)


def wrapped(text: str, width: int) -> list[str]:
    """`text` broken between words."""
    rows: list[str] = []
    for word in text.split():
        if rows and columns(f"{rows[-1]} {word}") <= width:
            rows[-1] += f" {word}"
        else:
            rows.append(fit(word, width) if columns(word) > width else word)
    return rows


def flow(items: Iterable[Line], width: int, *, between: int = 2) -> list[Line]:
    """Short lines side by side, as many in a row as fit."""
    rows: list[list[Piece]] = []
    for item in items:
        if rows and wide(rows[-1]) + between + wide(item) <= width:
            rows[-1].extend([(" " * between, "text"), *item])
        else:
            rows.append(list(cut(item, width)))
    return [tuple(row) for row in rows]
