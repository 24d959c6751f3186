"""Dates as people write them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.errors import ScalarError
from kicktimer.imports.dates import UnclearDateError, order_of, read_date

days = st.dates(date(1950, 1, 1), date(2150, 12, 31))


@given(days)
def test_every_unmistakable_way_to_write_a_day_is_read(day: date) -> None:
    ways = [
        "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%B %d, %Y", "%b %d %Y", "%A, %d %B %Y",
        "%d. %B %Y",
    ]  # fmt: skip
    for way in ways:
        assert read_date(day.strftime(way), None) == datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001
    number = (day - date(1899, 12, 30)).days
    if 20_000 <= number < 80_000:
        assert read_date(str(number), None).date() == day


@given(days)
def test_day_and_month_are_never_guessed(day: date) -> None:
    for text, order in ((f"{day:%d/%m/%Y}", "dmy"), (f"{day:%m/%d/%Y}", "mdy"), (f"{day:%m-%d-%Y}", "mdy")):
        assert read_date(text, order).date() == day
        if day.day > 12:
            assert order_of(text) == order
            assert read_date(text, None).date() == day
        elif day.day != day.month:
            assert order_of(text) is None
            with pytest.raises(UnclearDateError):
                read_date(text, None)


def test_time_of_day_and_zone_are_kept() -> None:
    assert read_date("1.9.2026 18:30", None) == datetime(2026, 9, 1, 18, 30)  # noqa: DTZ001
    assert read_date("9/13/26 6:05 pm", None) == datetime(2026, 9, 13, 18, 5)  # noqa: DTZ001
    assert read_date("9/13/26 12:05 AM", None) == datetime(2026, 9, 13, 0, 5)  # noqa: DTZ001
    assert read_date("46266.75", None) == datetime(2026, 9, 1, 18)  # noqa: DTZ001
    assert read_date("2026-09-01T18:00:00+00:00", None) == datetime(2026, 9, 1, 18, tzinfo=UTC)
    assert read_date("2026-09-01T18:00:00+02:00", None).utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "31.2.2026", "2026-13-01", "1/9", "9/13/2026 25:00", "1 Foo 2026", "0001-01-01", "99999",
     "9/13/26 13:00 pm", "12026-01-01"],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ScalarError):
        read_date(text, "dmy")


@given(st.text(st.sampled_from("0123456789./-: ,apmSeptJan1st"), max_size=24))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ScalarError):
        assert 1900 <= read_date(text, "dmy").year <= 2200
