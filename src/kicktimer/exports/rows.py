"""Sessions as rows, one for each athlete and rep, and as CSV. Pure: records in, lines out, one session after the other.

docs/exports.md documents every column. Times are exact, in whole ms, except the column `time`, which is as a stopwatch
is read by hand: rounded up to a tenth, with `h`. Who took it stands in `by`.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from kicktimer.units import show_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kicktimer.review.records import RepRecord, SessionRecord

COLUMNS = (
    "session", "date", "workout", "kind", "group", "set", "rep", "distance_m", "duration_s", "closing", "athlete",
    "target_ms", "band_from_ms", "band_to_ms", "time_ms", "time", "difference_ms", "splits", "recovery_ms",
    "relaxation", "effort", "status", "by",
)  # fmt: skip
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula, even if it is quoted."""


def csv_lines(sessions: Iterable[SessionRecord]) -> Iterator[str]:
    """Yields the header, and then a line for each athlete and rep."""
    yield _csv_line(COLUMNS)
    for session in sessions:
        for rep in session.reps:
            yield _csv_line(_cells(session, rep))


def _csv_line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue()


def row_values(session: SessionRecord, rep: RepRecord) -> tuple[str | int | float | None, ...]:
    """Returns what stands in the columns, numbers as numbers. A whole number of metres or seconds is an int."""
    band = rep.band or (None, None)
    return (
        session.id, session.date, session.workout, session.kind, rep.group, rep.set, rep.rep,
        _thousandths(rep.distance_mm), _thousandths(rep.duration_ms), "yes" if rep.closing else "no",
        rep.athlete, rep.target_ms, *band, rep.time_ms, None if rep.time_ms is None else f"{show_time(rep.time_ms)}h",
        difference_ms(rep),
        ";".join(f"{_thousandths(split.mark_mm)}={split.time_ms}" for split in rep.splits), rep.recovery_ms,
        rep.relaxation, rep.effort, rep.status, rep.by,
    )  # fmt: skip


def _cells(session: SessionRecord, rep: RepRecord) -> Iterator[str]:
    for value in row_values(session, rep):
        if isinstance(value, str):
            yield f"'{value}" if value.startswith(FORMULA_STARTS) else value
        elif isinstance(value, float):
            yield f"{value:.3f}".rstrip("0").rstrip(".")
        else:
            yield "" if value is None else str(value)


def _thousandths(value: int | None) -> int | float | None:
    """Returns mm as metres, or ms as seconds."""
    if value is None:
        return None
    return value // 1000 if value % 1000 == 0 else value / 1000


def difference_ms(rep: RepRecord) -> int | None:
    """Returns the exact difference between a time and its target, or the nearer edge of its band; 0 inside a band."""
    if rep.time_ms is None:
        return None
    if rep.band is not None:
        low, high = rep.band
        return min(0, rep.time_ms - low) or max(0, rep.time_ms - high)
    return None if rep.target_ms is None else rep.time_ms - rep.target_ms
