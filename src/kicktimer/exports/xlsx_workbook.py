"""Sessions as an Excel workbook: a sheet for the season, and a sheet for each session, or for each month of many.

Times and dates are numbers that Excel can compute with; a user's text is never a formula or a link. The rows go to a
temporary folder as they are written, so a workbook may have more of them than fit into memory. The extra `xlsx` writes
it. Raises OSError where the disk is full.
"""

from __future__ import annotations

import re
from contextlib import suppress
from tempfile import TemporaryDirectory
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
MAX_MONTH_SHEETS = 100
"""Older months share a sheet for each year: every sheet is an open file, of which macOS gives a program 256."""
MAX_ROWS = 1_000_000  # Excel has 1,048,576 in a sheet
MAX_NAME_LENGTH = 31  # in UTF-16, where an emoji is two
NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""What no XML may hold, and XlsxWriter does not escape."""
DAY_MS = 86_400_000
FIRST_YEAR = 1900
DATE, TIME, SECONDS = "yyyy-mm-dd hh:mm", "[m]:ss.0", "0.0"
_WIDTHS = {
    "session": 25,
    "date": 17,
    "workout": 22,
    "athlete": 18,
    "splits": 24,
    "recovery_ms": 12,
    "difference_ms": 13,
}
COLUMN_WIDTHS = [(name, _WIDTHS.get(name, max(9, len(name) + 1))) for name in COLUMNS]
SEASON = (
    ("date", 17), ("workout", 22), ("kind", 9), ("athlete", 18), ("reps", 6), ("metres", 8), ("distance_m", 11),
    ("mean", 9), ("best", 9), ("against_target_s", 16), ("closing_s", 10), ("on_target", 10), ("with_target", 11),
    ("relaxed", 8),
)  # fmt: skip


def write_workbook(file: BinaryIO, sessions: Iterable[SessionRecord], *, by_month: bool) -> None:
    """Writes the workbook. Raises `MissingExtraError`.

    `by_month` gives a sheet to each month instead of each session; a sheet that is full is followed by another one.
    """
    output = _Output(file)
    # The library forgets its temporary files, with everybody's names, where it is interrupted.
    with TemporaryDirectory(prefix="kicktimer-") as folder, output:
        book = _Workbook(output, folder, by_month=by_month)
        try:
            for session in sessions:
                book.add(session)
            book.close()
        finally:
            book.close_rows()


class _Output:
    """The file as `ZipFile` writes it. After an error it takes nothing more.

    ZipFile goes on to write when it is deleted, and that error would be printed over what the command says.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._error: BaseException | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self._error = self._error or error
        if isinstance(self._error, OSError):
            raise self._error

    def write(self, data: bytes) -> int:
        if self._error is None:
            try:
                return self._file.write(data)
            except OSError as error:
                self._error = error
        return len(data)

    def tell(self) -> int:
        return 0 if self._error else self._file.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0 if self._error else self._file.seek(offset, whence)

    def flush(self) -> None:
        """Leaves the file to who opened it."""


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
                self._sheet.write_string(self.rows, at, NO_XML.sub("\N{REPLACEMENT CHARACTER}", value), style)
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
    def __init__(self, output: _Output, folder: str, *, by_month: bool) -> None:
        try:
            from xlsxwriter import Workbook, exceptions  # noqa: PLC0415 - an extra
        except ImportError:
            raise MissingExtraError("xlsxwriter") from None
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                   "strings_to_numbers": False, "tmpdir": folder}  # fmt: skip
        self._book = Workbook(output, options)
        self._write_error = exceptions.FileCreateError
        self._by_month = by_month
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
        self._sheets: dict[str, _Sheet] = {}
        self._made: list[_Sheet] = []
        self._sheet("Season", "Season", SEASON, 0)

    def _name(self, wanted: str) -> str:
        """Returns a name that Excel allows and no other sheet has."""
        base = re.sub(r"[\[\]:*?/\\\x00-\x1f\ud800-\udfff\ufffe\uffff]", " ", wanted).strip("' ") or "session"
        name, number = _cut(base, MAX_NAME_LENGTH), 1
        while name.casefold() in self._names:
            number += 1
            end = f" {number}"
            name = _cut(base, MAX_NAME_LENGTH - len(end)) + end
        self._names.add(name.casefold())
        return name

    def _sheet(self, key: str, name: str, columns: Sequence[tuple[str, int]], rows: int) -> _Sheet:
        """Returns the sheet of the key, with place for some more rows."""
        sheet = self._sheets.get(key)
        if sheet is None or sheet.rows + rows > MAX_ROWS:
            sheet = self._sheets[key] = _Sheet(self._book, self._name(name), columns, self._head)
            self._made.append(sheet)
        return sheet

    def add(self, session: SessionRecord) -> None:
        moment = session.moment.replace(tzinfo=None)
        day = moment.date().isoformat()
        key, name = session.id, f"{day} {session.workout}"
        if self._by_month:
            key = name = day[:7] if day[:7] in self._sheets or len(self._sheets) <= MAX_MONTH_SHEETS else day[:4]
        sheet = self._sheet(key, name, COLUMN_WIDTHS, len(session.reps))
        for rep in session.reps:
            sheet.add(self._row(session, rep, moment))
        season = self._sheet("Season", "Season", SEASON, len(session.names))
        for athlete in session.names:
            season.add(self._season_row(session, athlete, moment))

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
        for sheet in self._made:
            sheet.finish()
        try:
            self._book.close()
        except self._write_error as error:  # it wraps the OSError
            raise OSError(*error.args[0].args) from error

    def close_rows(self) -> None:
        """Closes the files of the rows, which the library leaves open where it is interrupted."""
        for sheet in self._book.worksheets():
            with suppress(OSError):  # the disk is full
                sheet.row_data_fh.close()


def _cut(text: str, length: int) -> str:
    """Returns a text that takes so many units of UTF-16 at most, without an apostrophe or a space at its end."""
    return text.encode("utf-16-le")[: 2 * length].decode("utf-16-le", "ignore").strip("' ")
