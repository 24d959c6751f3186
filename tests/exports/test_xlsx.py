"""Workbooks, read back by openpyxl: real numbers and times, no text that is a formula, names that Excel allows."""

from __future__ import annotations

import csv
import errno
import io
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import given, settings

from kicktimer.exports.rows import COLUMNS, csv_lines, row_values
from kicktimer.exports.xlsx_workbook import write_workbook
from kicktimer.review.records import RepRecord, SessionRecord
from kicktimer.units import round_up_hand_time
from tests.exports.records import NASTY, session_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def workbook(sessions: Iterable[SessionRecord], *, by_month: bool = False) -> Any:
    file = io.BytesIO()
    write_workbook(file, sessions, by_month=by_month)
    return openpyxl.load_workbook(file)


@settings(max_examples=40)
@given(session_records())
def test_every_cell_is_what_the_session_says(session: SessionRecord) -> None:
    book = workbook([session])
    sheet = book.worksheets[1]
    head, *rows = sheet.iter_rows()
    assert tuple(cell.value for cell in head) == COLUMNS
    assert len(rows) == len(session.reps)
    for cells, rep in zip(rows, session.reps, strict=True):
        for cell, name, value in zip(cells, COLUMNS, row_values(session, rep), strict=True):
            assert cell.data_type != "f"
            if name == "date":
                assert cell.value == datetime(2026, 9, 1, 18, 0)  # noqa: DTZ001 - a spreadsheet knows no zones
            elif name == "time" and rep.time_ms is not None:
                assert cell.number_format == "[m]:ss.0"
                assert abs(cell.value - timedelta(milliseconds=round_up_hand_time(rep.time_ms))) < timedelta(
                    milliseconds=1
                )
            elif isinstance(value, str):
                assert (cell.value or "") == value
            else:
                assert cell.value == value
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref.startswith("A1:")
    season = book.worksheets[0]
    assert season.title == "Season"
    assert [row[3].value for row in list(season.iter_rows())[1:]] == list(session.names)
    assert len(list(csv.reader(io.StringIO("".join(csv_lines([session])))))) == sheet.max_row


def test_names_of_sheets_are_allowed_and_different() -> None:
    session = session_of()
    names = [*NASTY, "History", "a/b:c*d?[e]\\f", "'quoted'", "x" * 60, "x" * 60, "", "X" * 60, "\N{RUNNER}" * 30,
             "a\ud800\uffff"]  # fmt: skip
    book = workbook([replace(session, id=f"s{at}", workout=name) for at, name in enumerate(names)])
    titles = book.sheetnames
    assert len(titles) == len(names) + 1
    assert len({title.casefold() for title in titles}) == len(titles)
    for title in titles:
        assert 0 < len(title.encode("utf-16-le")) <= 2 * 31
        assert not set(title) & set("[]:*?/\\")
        assert not title.startswith("'")
        assert not title.endswith("'")
        assert title.casefold() != "history"


def test_many_sessions_have_a_sheet_for_each_month() -> None:
    session = session_of()
    days = [f"2026-{month:02}-{day:02}T18:00:00+02:00" for month in (4, 5) for day in (1, 8, 15)]
    book = workbook([replace(session, id=day, date=day) for day in days], by_month=True)
    assert book.sheetnames == ["Season", "2026-04", "2026-05"]
    assert [book[name].max_row for name in ("2026-04", "2026-05")] == [1 + 3 * len(session.reps)] * 2


def test_name_of_a_sheet_has_the_day_however_the_date_is_written() -> None:
    for date in ("20260901/18:00:00", "2026-W36-2T18:00:00", "20260901T180000+0200"):
        session = replace(session_of(), date=date)
        assert workbook([session]).sheetnames == ["Season", "2026-09-01 w"]
        assert workbook([session], by_month=True).sheetnames == ["Season", "2026-09"]


def test_months_beyond_the_newest_share_a_sheet_for_each_year() -> None:
    session = session_of()
    days = [f"{year}-{month:02}-01T18:00:00+00:00" for year in range(2026, 2016, -1) for month in range(12, 0, -1)]
    names = workbook([replace(session, id=day, date=day) for day in days], by_month=True).sheetnames
    assert names == ["Season", *(day[:7] for day in days[:100]), "2018", "2017"]


def test_text_that_xml_forbids_is_replaced() -> None:
    book = workbook([replace(session_of(), workout="a\ufffe\ud800b\x01c_x0041_")])
    assert book.worksheets[1]["C2"].value == "a\ufffd\ufffdb_x0001_c_x005F_x0041_"  # as Excel escapes them


def test_full_disk_is_an_error_of_the_disk() -> None:
    class Full(io.BytesIO):
        def write(self, data: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_workbook(Full(), [session_of()], by_month=False)


def test_interrupted_workbook_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def sessions() -> Iterator[SessionRecord]:
        yield session_of()
        assert list(tmp_path.iterdir()), "its rows are in the temporary folder"
        raise KeyboardInterrupt

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        write_workbook(io.BytesIO(), sessions(), by_month=False)
    assert not list(tmp_path.iterdir())


def session_of() -> SessionRecord:
    rep = RepRecord("Dana", "A", 1, 1, 400_000, None, time_ms=63_482, by="key", target_ms=63_520)
    return SessionRecord("s", "2026-09-01T18:00:00+02:00", "w", "burner", "finished", reps=(rep,))
