"""How far a long command is, on a terminal. Nothing is written anywhere else."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, TypeVar

from kicktimer.cli.output import print_over

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")
INTERVAL_S = 0.25


def with_progress(items: Iterable[T], total: int, what: str) -> Iterator[T]:
    """Yields the items, and says every quarter of a second how many there were; the line is gone at the end."""
    if not sys.stderr.isatty():
        yield from items
        return
    said, width = time.monotonic(), 0
    try:
        for number, item in enumerate(items):
            now = time.monotonic()
            if now - said >= INTERVAL_S:
                said = now
                text = f"{number} of {total} {what}"
                width = max(width, len(text))
                print_over(f"{text:<{width}}")
            yield item
    finally:
        if width:
            print_over(" " * width)
