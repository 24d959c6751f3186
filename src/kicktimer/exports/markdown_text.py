"""Pieces of Markdown: escaped text, code blocks, tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKUP = re.compile(r"[\\`*_\[\]<>#|~&$]|:(?=//)|(?<=www)\.")
_LIST_MARKER = re.compile(r"^(?:[-+]|[0-9]+(?=[.)]))")


def escape(text: str) -> str:
    """Returns `text` on one line, escaped so that Markdown shows it unchanged: no link, table cell, list or HTML."""
    safe = _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))
    return _LIST_MARKER.sub(lambda match: f"\\{match[0]}" if match[0] in "-+" else f"{match[0]}\\", safe)


def fenced(text: str, language: str = "") -> str:
    """Returns `text` as a code block. The fence has more backticks than any run of them in `text`."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"


def markdown_table(rows: Sequence[Sequence[str]], right: int) -> str:
    """Returns a table whose first row is its head. The columns from `right` on are aligned right."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("---" if at < right else "---:" for at in range(len(rows[0]))) + "|")
    return "\n".join(lines)
