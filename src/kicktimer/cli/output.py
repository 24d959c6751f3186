"""Messages for people, safe to print on a terminal."""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def print_message(text: str) -> None:
    """Prints `text` on stderr, which may hold users' text: a control character becomes a replacement character."""
    try:
        sys.stderr.write("\n".join(printable(line) for line in text.split("\n")) + "\n")
        sys.stderr.flush()
    except OSError:  # the terminal was closed: discard this message, and keep later flushes from failing
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def printable(name: str) -> str:
    """Returns `name`, such as that of a file, with a replacement character for each character that cannot be shown."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in name)


def print_json(document: Any) -> None:
    """Prints JSON on stdout. Characters that a terminal may act on are escaped, so it stays the same document."""
    text = json.dumps(document, ensure_ascii=False, indent=1)
    print("".join(char if char == "\n" or char.isprintable() else _json_escape(char) for char in text))


def _json_escape(char: str) -> str:
    return json.dumps(char)[1:-1]
