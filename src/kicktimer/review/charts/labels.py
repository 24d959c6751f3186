"""Pieces of text that tables and charts of the review share: labels of reps, words, captions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.review.session_measures import on_target
from kicktimer.text import pack, wrap
from kicktimer.units import format_duration, show_difference, show_distance, shown_difference_ms
from kicktimer.view.comparison import SYMBOLS, format_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kicktimer.review.records import RepRecord
    from kicktimer.view.comparison import Verdict

STATUS_WORDS = {"missed": "missed", "skipped": "skipped", "dropped": "out", "untimed": "·", "timed": ""}
"""What stands in place of a time that nobody took."""


def compact_distance(mm: int) -> str:
    """Returns a distance without a space, like `400m`."""
    return show_distance(mm).replace(" ", "")


def length_label(record: RepRecord) -> str:
    """Returns the rep's distance or duration, like `400m` or `3min`."""
    return (
        format_duration(record.duration_ms or 0) if record.distance_mm is None else compact_distance(record.distance_mm)
    )


def rep_label(record: RepRecord) -> str:
    """Returns the rep's number, `*` for a closing rep, and its distance or duration, like `7*400m`."""
    return f"{record.rep}{'*' if record.closing else ' '}{length_label(record)}"


def time_label(record: RepRecord) -> str:
    """Returns the time of a rep, like `1:03.8h`, with `?` if named by order; without a time, the word for that."""
    if record.time_ms is None:
        return STATUS_WORDS[record.status]
    return f"{format_time(record.time_ms, by_hand=record.by_hand)}{'?' if record.by == 'order' else ''}"


def difference_label(record: RepRecord) -> str:
    """Returns the difference to the target with the symbol of its verdict, like `+0.4▲`; "" without time or target."""
    if record.time_ms is None or record.target_ms is None:
        return ""
    ms = shown_difference_ms(record.time_ms, record.target_ms)
    verdict: Verdict = "on" if on_target(record) else "slow" if ms > 0 else "fast"
    return f"{show_difference(ms)}{SYMBOLS[verdict]}"


def count_label(number: int, what: str) -> str:
    """Returns text like `1 week` or `4 weeks`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def caption_lines(parts: Sequence[str], width: int) -> list[str]:
    """Returns the parts of a caption in lines of at most `width` columns, with a middle dot between those of a line."""
    return pack([line for part in parts for line in wrap(part, width)], " · ", width)
