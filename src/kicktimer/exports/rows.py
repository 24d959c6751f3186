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


def _csv_line(cells: Iterable[object]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(["" if cell is None else cell for cell in cells])
    return buffer.getvalue()


def _cells(session: SessionRecord, rep: RepRecord) -> tuple[object, ...]:
    band = rep.band or (None, None)
    return (
        _safe(session.id), _safe(session.date), _safe(session.workout), _safe(session.kind), _safe(rep.group), rep.set,
        rep.rep, _metres(rep.distance_mm), _seconds(rep.duration_ms), "yes" if rep.closing else "no",
        _safe(rep.athlete), rep.target_ms, *band, rep.time_ms,
        None if rep.time_ms is None else f"{show_time(rep.time_ms)}h", difference_ms(rep),
        ";".join(f"{_metres(split.mark_mm)}={split.time_ms}" for split in rep.splits), rep.recovery_ms,
        rep.relaxation, None if rep.effort is None else f"{rep.effort:g}", rep.status, rep.by,
    )  # fmt: skip


def _safe(text: str) -> str:
    """Returns a user's text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _metres(mm: int | None) -> str | None:
    return None if mm is None else f"{mm / 1000:.3f}".rstrip("0").rstrip(".")


def _seconds(ms: int | None) -> str | None:
    return _metres(ms)


def difference_ms(rep: RepRecord) -> int | None:
    """Returns the exact difference between a time and its target, or the nearer edge of its band; 0 inside a band."""
    if rep.time_ms is None:
        return None
    if rep.band is not None:
        low, high = rep.band
        return min(0, rep.time_ms - low) or max(0, rep.time_ms - high)
    return None if rep.target_ms is None else rep.time_ms - rep.target_ms
