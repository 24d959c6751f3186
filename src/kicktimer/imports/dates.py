"""Dates as people write them: `2026-09-01 18:30`, `1.9.2026`, `9/1/26`, `1 Sep 2026`, and the numbers of spreadsheets.

Whether `9/1/26` begins with the day or the month cannot be seen from it alone: the other dates of the file may say, or
the user has to.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Literal

from kicktimer.errors import ScalarError

DateOrder = Literal["dmy", "mdy"]
HINT = "like 2026-09-01, 1.9.2026 or 1 Sep 2026"
NOON = 12
FIRST_YEAR, LAST_YEAR = 1900, 2200
SPREADSHEET_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a date of somebody's calendar has no zone
"""Day 0 of a spreadsheet's dates, as they are written where a cell lost its format."""
SPREADSHEET_DAYS = range(20_000, 80_000)
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan", "feb", "mar mär mrz", "apr", "may mai", "jun", "jul", "aug", "sep", "oct okt", "nov", "dec dez des"), 1
    )
    for name in names.split()
}
_CLOCK = r"(?:[ ,T]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?:\.\d+)?\s*(?P<half>[ap]m)?)?"
_NUMBERS = re.compile(rf"(?P<a>\d{{1,4}})(?P<sep>[./-])(?P<b>\d{{1,2}})(?P=sep)(?P<c>\d{{1,4}}){_CLOCK}", re.IGNORECASE)
_WEEKDAY, _DAY = r"(?:[^\W\d]+\.?,? )?", r"(?P<day>\d{1,2})\.?(?:st|nd|rd|th)?"
_MONTH, _YEAR = r"(?P<month>[^\W\d]+)\.?", r"(?P<year>\d{4}|\d\d)"
_DAY_FIRST = re.compile(rf"{_WEEKDAY}{_DAY}[ -]{_MONTH},?[ -]{_YEAR}{_CLOCK}", re.IGNORECASE)
_MONTH_FIRST = re.compile(rf"{_WEEKDAY}{_MONTH} {_DAY},? {_YEAR}{_CLOCK}", re.IGNORECASE)


class UnclearDateError(ScalarError):
    """Raised for a date that may begin with its day or with its month."""


def order_of(text: str) -> DateOrder | None:
    """Returns whether a date of three numbers shows by itself that its day or its month comes first."""
    match = _NUMBERS.fullmatch(text.strip())
    if match is None or match["sep"] == "." or len(match["a"]) > 2:
        return None
    first, second = int(match["a"]), int(match["b"])
    if first > 12 >= second:
        return "dmy"
    return "mdy" if second > 12 >= first else None


def read_date(text: str, order: DateOrder | None) -> datetime:
    """Returns the moment; without a time of day it is noon, without a zone it has none.

    Raises `UnclearDateError` if day and month may be either way round and `order` does not say, and `ScalarError` for
    what is no date.
    """
    text = " ".join(text.split())
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = _read_other(text, order)
    else:
        found = found.replace(hour=NOON) if re.fullmatch(r"[0-9-]{8,10}", text) else found
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ScalarError(f"`{text[:40]}` is in the year {found.year}", HINT)
    return found


def _read_other(text: str, order: DateOrder | None) -> datetime:
    match = _NUMBERS.fullmatch(text)
    if match is not None:
        return _moment(_year_month_day(match, order), match, text)
    for pattern in (_DAY_FIRST, _MONTH_FIRST):
        match = pattern.fullmatch(text)
        month = None if match is None else _MONTHS.get(match["month"].lower()[:3])
        if match is not None and month is not None:
            return _moment((_year(match["year"]), month, int(match["day"])), match, text)
    number = re.fullmatch(r"(\d{5})(?:[.,](\d{1,10}))?", text)
    if number is not None and int(number[1]) in SPREADSHEET_DAYS:
        part = float(f"0.{number[2]}") if number[2] else NOON / 24
        return SPREADSHEET_EPOCH + timedelta(days=int(number[1]), seconds=round(part * 86_400))
    raise ScalarError(f"`{text[:40]}` is no date", HINT)


def _year_month_day(match: re.Match[str], order: DateOrder | None) -> tuple[int, int, int]:
    first, second, third = int(match["a"]), int(match["b"]), match["c"]
    if len(match["a"]) == 4 and len(third) <= 2:
        return first, second, int(third)
    if len(match["a"]) > 2 or len(third) not in (2, 4):
        raise ScalarError(f"`{match[0][:40]}` is no date", HINT)
    if match["sep"] == ".":
        order = "dmy"
    order = order or order_of(match[0]) or ("dmy" if first == second else None)
    if order is None:
        raise UnclearDateError(f"`{match[0][:40]}` may be the {first}. of month {second} or the other way round")
    day, month = (first, second) if order == "dmy" else (second, first)
    return _year(third), month, day


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)


def _moment(day: tuple[int, int, int], match: re.Match[str], text: str) -> datetime:
    hour = NOON if match["hour"] is None else int(match["hour"])
    half = (match["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        raise ScalarError(f"`{text[:40]}` has no such hour", HINT)
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return datetime(*day, hour, int(match["minute"] or 0), int(match["second"] or 0))  # noqa: DTZ001 - likewise
    except ValueError:
        raise ScalarError(f"`{text[:40]}` is no date: there is no such day", HINT) from None
