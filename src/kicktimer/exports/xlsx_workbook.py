"""Sessions as an Excel workbook: a sheet for the season, and a sheet for each session, or for each month of many.

Times and dates are numbers that Excel can compute with; a user's text is never a formula or a link. The rows go to the
disk as they are written, so a workbook may have more of them than fit into memory. The extra `xlsx` writes it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, BinaryIO

from kicktimer.exports.extras import MissingExtraError
from kicktimer.exports.rows import COLUMNS, row_values
from kicktimer.review.session_measures import measure_athlete
from kicktimer.units import round_up_hand_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from kicktimer.review.records import RepRecord, SessionRecord

MAX_SESSION_SHEETS = 100
"""More sessions than this are not looked for among sheets: they have a sheet for each month."""
MAX_ROWS = 1_000_000  # Excel has 1,048,576 in a sheet
MAX_NAME_CHARACTERS = 31
DAY_MS = 86_400_000
FIRST_YEAR = 1900
DATE, TIME, SECONDS = "yyyy-mm-dd hh:mm", "[m]:ss.0", "0.0"
WIDTHS = {"session": 25, "date": 17, "workout": 22, "athlete": 18, "splits": 24, "recovery_ms": 12, "difference_ms": 13}
SEASON = (
    ("date", 17), ("workout", 22), ("kind", 9), ("athlete", 18), ("reps", 6), ("metres", 8), ("distance_m", 11),
    ("mean", 9), ("best", 9), ("against_target_s", 16), ("closing_s", 10), ("on_target", 10), ("with_target", 11),
    ("relaxed", 8),
)  # fmt: skip


def write_workbook(file: BinaryIO, sessions: Iterable[SessionRecord], *, by_month: bool) -> None:
    """Writes the workbook. Raises `MissingExtraError`.

    `by_month` gives a sheet to each month instead of each session; a sheet that is full is followed by another one.
    """
    book = _Workbook(file)
    for session in sessions:
        book.add(session, by_month=by_month)
    book.close()


class _Sheet:
    """A sheet with its head row, to which rows are added."""

    def __init__(self, book: Any, name: str, columns: Sequence[tuple[str, int]], head: Any) -> None:
        self._sheet = book.add_worksheet(name)
        self._columns = len(columns)
        self.rows = 1
        for at, (text, width) in enumerate(columns):
            self._sheet.set_column(at, at, width)
            self._sheet.write_string(0, at, text, head)
        self._sheet.freeze_panes(1, 0)

    def add(self, cells: Sequence[tuple[Any, Any]]) -> None:
        """Adds a row of values with their formats; None leaves a cell empty."""
        for at, (value, style) in enumerate(cells):
            if isinstance(value, str):
                self._sheet.write_string(self.rows, at, value, style)
            elif isinstance(value, (int, float)):
                self._sheet.write_number(self.rows, at, value, style)
            elif value is not None:
                self._sheet.write_datetime(self.rows, at, value, style)
            elif style is not None:  # a shaded row has no gaps
                self._sheet.write_blank(self.rows, at, None, style)
        self.rows += 1

    def finish(self) -> None:
        self._sheet.autofilter(0, 0, self.rows - 1, self._columns - 1)


class _Workbook:
    def __init__(self, file: BinaryIO) -> None:
        try:
            from xlsxwriter import Workbook  # noqa: PLC0415 - an extra
        except ImportError:
            raise MissingExtraError("xlsxwriter") from None
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                   "strings_to_numbers": False}  # fmt: skip
        self._book = Workbook(file, options)
        self._names: set[str] = {"history"}  # Excel keeps this one for itself
        self._head = self._book.add_format({"bold": True, "bottom": 1, "bg_color": "#F3F5F7"})
        self._styles = {
            (number, closing): self._book.add_format(
                ({"num_format": number} if number else {}) | ({"bg_color": "#FFF4D6"} if closing else {})
            )
            for number in ("", DATE, TIME, SECONDS)
            for closing in (False, True)
            if number or closing
        }
        self._styles["", False] = None  # the usual style: such an empty cell need not be written
        self._season = _Sheet(self._book, self._name("Season"), SEASON, self._head)
        self._sheets: dict[str, _Sheet] = {}
        self._done: list[_Sheet] = []

    def _name(self, wanted: str) -> str:
        """Returns a name that Excel allows and no other sheet has."""
        base = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", wanted).strip("' ") or "session"
        name, number = base[:MAX_NAME_CHARACTERS].strip("' "), 1
        while name.casefold() in self._names:
            number += 1
            end = f" {number}"
            name = base[: MAX_NAME_CHARACTERS - len(end)].strip("' ") + end
        self._names.add(name.casefold())
        return name

    def add(self, session: SessionRecord, *, by_month: bool) -> None:
        key = session.date[:7] if by_month else session.id
        sheet = self._sheets.get(key)
        if sheet is None or sheet.rows + len(session.reps) > MAX_ROWS:
            columns = [(name, WIDTHS.get(name, max(9, len(name) + 1))) for name in COLUMNS]
            name = key if by_month else f"{session.date[:10]} {session.workout}"
            sheet = _Sheet(self._book, self._name(name), columns, self._head)
            self._sheets[key] = sheet
            self._done.append(sheet)
        moment = session.moment.replace(tzinfo=None)
        for rep in session.reps:
            sheet.add(self._row(session, rep, moment))
        for name in session.names:
            self._season.add(self._season_row(session, name, moment))

    def _row(self, session: SessionRecord, rep: RepRecord, moment: datetime) -> list[tuple[Any, Any]]:
        cells: list[tuple[Any, Any]] = []
        value: Any
        for name, value in zip(COLUMNS, row_values(session, rep), strict=True):
            number = ""
            if name == "date" and moment.year >= FIRST_YEAR:
                value, number = moment, DATE  # noqa: PLW2901 - the cell of a spreadsheet
            elif name == "time" and rep.time_ms is not None:
                value, number = round_up_hand_time(rep.time_ms) / DAY_MS, TIME  # noqa: PLW2901 - likewise
            cells.append((value, self._styles["" if value is None else number, rep.closing]))
        return cells

    def _season_row(self, session: SessionRecord, name: str, moment: datetime) -> list[tuple[Any, Any]]:
        reps = session.reps_of(name)
        measures = measure_athlete(reps, name)
        own = [rep.time_ms for rep in reps if rep.time_ms is not None and rep.distance_mm == measures.distance_mm]
        timed = [rep for rep in reps if rep.time_ms is not None]
        ratings = [rep.relaxation for rep in reps if rep.relaxation is not None]
        closing = measures.closing_minus_earlier_ms
        against = measures.mean_minus_target_shown_ms
        dated = moment.year >= FIRST_YEAR
        cells: list[tuple[Any, str]] = [
            (moment if dated else session.date, DATE if dated else ""), (session.workout, ""), (session.kind, ""),
            (name, ""), (len(timed), ""), (sum(rep.distance_mm or 0 for rep in timed) / 1000, ""),
            (None if measures.distance_mm is None else measures.distance_mm / 1000, ""),
            (None if measures.mean_shown_ms is None else measures.mean_shown_ms / DAY_MS, TIME),
            (round_up_hand_time(min(own)) / DAY_MS if own else None, TIME),
            (None if against is None else against / 1000, SECONDS),
            (None if closing is None else closing / 1000, SECONDS),
            (measures.on_target, ""), (measures.with_target, ""),
            (sum(ratings) / len(ratings) if ratings else None, SECONDS),
        ]  # fmt: skip
        return [(value, self._styles["" if value is None else number, False]) for value, number in cells]

    def close(self) -> None:
        for sheet in (self._season, *self._done):
            sheet.finish()
        self._book.close()
