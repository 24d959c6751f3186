"""What the commands print, safe on any terminal. Nothing else in `cli` writes to stdout or stderr.

Users' text, names of files and arguments may hold escape sequences, and a terminal may answer one with key presses.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def print_text(text: str = "", *, end: str = "\n") -> None:
    """Prints `text` on stdout. A character that a terminal may act on becomes a replacement character."""
    sys.stdout.write(printable_lines(text))
    sys.stdout.write(end)
    sys.stdout.flush()


def print_message(text: str) -> None:
    """Prints `text` on stderr, in the same way."""
    try:
        sys.stderr.write(printable_lines(text) + "\n")
        sys.stderr.flush()
    except OSError:  # the terminal was closed: discard this message, and keep later flushes from failing
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def print_over(text: str) -> None:
    """Prints `text` on stderr over the line that stands there, and goes back to its beginning."""
    sys.stderr.write(f"\r{printable(text)}\r")
    sys.stderr.flush()


def write_text(pieces: Iterable[str]) -> None:
    """Writes pieces of text on stdout, for another program: on a terminal they are made safe."""
    for piece in pieces:
        sys.stdout.write(printable_lines(piece) if sys.stdout.isatty() else piece)
    sys.stdout.flush()


def print_json(document: Any) -> None:
    """Prints JSON on stdout. Characters that a terminal may act on are escaped, so it stays the same document."""
    text = json.dumps(document, ensure_ascii=False, indent=1)
    sys.stdout.write(
        "".join(char if char == "\n" or char.isprintable() else _json_escape(char) for char in text) + "\n"
    )


def printable_lines(text: str) -> str:
    """Returns `text` with each of its lines `printable`."""
    if text.replace("\n", "").isprintable():
        return text
    return "\n".join(printable(line) for line in text.split("\n"))


def printable(name: str) -> str:
    """Returns `name`, such as that of a file, with a replacement character for each character that cannot be shown."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in name)


def _json_escape(char: str) -> str:
    return json.dumps(char)[1:-1]
