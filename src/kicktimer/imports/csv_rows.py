"""The rows of a CSV file as times of athletes: each cell is read and checked, and every fault has its place.

The columns are those of the export (docs/exports.md). Needed are `date`, `athlete`, `distance_m` (or `duration_s`) and
`time_ms` or `time`. What stands in other columns is kept as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeVar, get_args

from kicktimer.errors import FaultsError, ScalarError
from kicktimer.exports.rows import COLUMNS, FORMULA_STARTS
from kicktimer.imports.dates import DateOrder, UnclearDateError, order_of, read_date
from kicktimer.results import Status
from kicktimer.text import clean, closest_match
from kicktimer.units import MAX_MM, parse_duration, parse_mm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from kicktimer.errors import Fault
    from kicktimer.imports.csv_table import Table

T = TypeVar("T")

MAX_FAULTS = 100
"""More faults than this are counted and not listed: one wrong column makes a fault in every row."""
MAX_WARNINGS = 20
MAX_ROWS = 1_000_000
MAX_NAME_CHARACTERS = 60
MAX_TEXT_CHARACTERS = 200
MAX_TIME_MS = 86_400_000
MIN_MM = 5000
FASTEST, SLOWEST = 5000, 600_000
"""Times for 100 m in ms beyond which a figure is a mistake."""
ROUNDED_UP_MS = 100
MAX_REPS = 1000
ALIASES = {"name": "athlete", "runner": "athlete", "distance": "distance_m", "duration": "duration_s", "day": "date",
           "rpe": "effort"}  # fmt: skip
COMPUTED = frozenset({"difference_ms", "by"})
"""Columns of the export that follow from others, or that an import sets."""
WORDS: dict[str, Status] = {
    "": "missed", "-": "missed", "–": "missed", "dnf": "dropped", "dns": "dropped", "out": "dropped",
    **{each: each for each in get_args(Status)},
}  # fmt: skip
YES, NO = frozenset({"yes", "y", "true", "1", "x", "closing"}), frozenset({"no", "n", "false", "0", ""})


class Split(NamedTuple):
    """A time in ms at a mark in mm from GO."""

    mark_mm: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file. `date` is as it was written where that is ISO 8601 with a zone. Lengths are mm and ms."""

    line: int
    session: str
    moment: datetime
    date: str
    workout: str
    kind: str
    group: str | None
    set: int
    rep: int | None
    distance_mm: int | None
    duration_ms: int | None
    closing: bool
    athlete: str
    target_ms: int | None
    band: tuple[int, int] | None
    time_ms: int | None
    splits: tuple[Split, ...]
    recovery_ms: int | None
    relaxation: int | None
    effort: float | None
    status: Status
    others: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ReadRows:
    """The rows of a file, and what was not as expected and did not matter."""

    rows: tuple[Row, ...]
    warnings: tuple[Fault, ...]


def read_rows(table: Table, order: DateOrder | None) -> ReadRows:
    """Returns the rows. Raises `FaultsError` with all faults of the file, and `UnclearDatesError`.

    `order` says what comes first in dates like 9/1/26, where no date of the file says so by itself.
    """
    reader = _RowReader(table, order)
    return reader.read()


class UnclearDatesError(FaultsError):
    """Raised where day and month of the file's dates may be either way round, and nothing else is wrong with it."""


class _RowReader:
    def __init__(self, table: Table, order: DateOrder | None) -> None:
        self._table = table
        self._order = order
        self._faults: list[Fault] = []
        self._unclear: list[Fault] = []
        self._more = 0
        self._line = 1
        self._columns: dict[str, int] = {}
        self._others: dict[str, int] = {}
        self._texts: dict[str, str] = {}
        self._warnings: list[Fault] = []
        self._width = 0
        self._moments: dict[str, tuple[datetime, str]] = {}

    def read(self) -> ReadRows:
        rows = self._table.rows()
        head = next(rows, None)
        if head is None:
            raise FaultsError((self._table.fault(1, 0, "the file is empty", f"its first row is {','.join(COLUMNS)}"),))
        warnings = self._read_head(*head)
        count = self._look_ahead()  # the rows are read twice: to keep their cells would take ten times the memory
        found = [row for line, cells in rows if (row := self._read_row(line, cells)) is not None]
        if not count:
            self._faults.append(self._table.fault(head[0], 0, "there is no row under the names of the columns"))
        if self._more:
            last = self._table.fault(self._line, 0, f"and {self._more} more faults")
            self._faults.append(last)
        if self._faults:
            raise FaultsError(tuple(self._faults))
        if self._unclear:
            raise UnclearDatesError(tuple(self._unclear))
        return ReadRows(tuple(found), (*warnings, *self._warnings))

    def _read_head(self, line: int, cells: Sequence[str]) -> tuple[Fault, ...]:
        """Finds the columns. Raises `FaultsError` where a needed one is missing or one is there twice."""
        self._width = len(cells)
        warnings = []
        for at, cell in enumerate(cells):
            given = clean(cell)
            name = re.sub(r"[^a-z0-9]+", "_", given.casefold()).strip("_")
            name = ALIASES.get(name, name)
            if name in self._columns:
                self._faults.append(self._table.fault(line, at, f"the column {name} is there twice", "rename one"))
            elif name in COLUMNS:
                self._columns[name] = at
            elif given:
                self._others[given[:MAX_NAME_CHARACTERS]] = at
                near = closest_match(name, COLUMNS)
                hint = f"is {near} meant? It is kept as a note" if near else "it is kept as a note"
                warnings.append(
                    self._table.fault(line, at, f"the column {given[:40]} is not known", hint, warning=True)
                )
        for needed in (("date",), ("athlete",), ("distance_m", "duration_s"), ("time_ms", "time")):
            if not any(name in self._columns for name in needed):
                hint = f"the first row has the names of the columns, such as {','.join(COLUMNS[:11])}…"
                self._faults.append(self._table.fault(line, 0, f"there is no column {' or '.join(needed)}", hint))
        if self._faults:
            raise FaultsError(tuple(self._faults))
        return tuple(warnings)

    def _look_ahead(self) -> int:
        """Returns how many rows there are, and takes the order that some date shows, unless others contradict it."""
        at, count = self._columns["date"], -1  # without the head
        orders: set[DateOrder | None] = set()
        for _, cells in self._table.rows():
            count += 1
            if count > MAX_ROWS:
                raise FaultsError((self._table.fault(1, 0, f"more than {MAX_ROWS} rows", "split the file"),))
            if count and at < len(cells):
                orders.add(order_of(cells[at]))
        known = orders - {None}
        if self._order is None and len(known) == 1:
            self._order = known.pop()
        return count

    # -- cells

    def _cell(self, cells: Sequence[str], name: str) -> str:
        at = self._columns.get(name, len(cells))
        return cells[at].strip() if at < len(cells) else ""

    def _text(self, cells: Sequence[str], name: str, most: int = MAX_TEXT_CHARACTERS) -> str:
        text = self._cell(cells, name)
        if text.startswith("'") and text[1:].startswith(FORMULA_STARTS):
            text = text[1:]  # as the export writes it, so that no spreadsheet takes it for a formula
        text = clean(text)
        if len(text) > most:
            self._fault(name, f"{len(text)} characters", f"at most {most}")
        return self._texts.setdefault(text[:most], text[:most])  # most texts stand in many rows

    def _fault(self, name: str, problem: str, hint: str = "") -> None:
        self._add_fault(self._columns.get(name, 0), f"{name}: {problem}", hint)

    def _add_fault(self, cell: int, problem: str, hint: str) -> None:
        if len(self._faults) >= MAX_FAULTS:
            self._more += 1
        else:
            self._faults.append(self._table.fault(self._line, cell, problem, hint))

    def _value(self, cells: Sequence[str], name: str, read: Callable[[str], T]) -> T | None:
        """Returns what `read` makes of a cell, None for an empty one and for one with a fault."""
        text = self._cell(cells, name)
        if not text:
            return None
        try:
            return read(text)
        except ScalarError as error:
            self._fault(name, error.message, error.hint)
            return None

    def _read_row(self, line: int, cells: Sequence[str]) -> Row | None:
        """Returns the row, None if it has a fault."""
        self._line = line
        if any(cell.strip() for cell in cells[self._width :]):
            hint = "a decimal comma in a file with commas? Write 63.5, or save the file with semicolons"
            self._add_fault(self._width, "more cells than columns", hint)
        before = len(self._faults) + self._more + len(self._unclear)
        moment = self._moment(cells)
        athlete = self._text(cells, "athlete", MAX_NAME_CHARACTERS)
        if not athlete:
            self._fault("athlete", "there is no name")
        distance = self._value(cells, "distance_m", _distance)
        duration = self._value(cells, "duration_s", _seconds)
        if distance is None and duration is None and len(self._faults) + self._more == before:
            self._fault("distance_m", "a rep needs a distance or a duration", "like 400")
        time, status = self._time(cells)
        if time is not None and distance is not None and not FASTEST * distance <= time * 100_000 <= SLOWEST * distance:
            self._fault("time", f"nobody runs {distance / 1000:g} m in {time / 1000:g} s", "is it the right unit?")
        if distance is None and duration is not None and time is not None:
            self._fault("time_ms", "a rep by duration has no time of its own", "leave it empty")
        band_from, band_to = self._value(cells, "band_from_ms", _ms), self._value(cells, "band_to_ms", _ms)
        if (band_from is None) != (band_to is None) or (band_from or 0) > (band_to or 0):
            self._fault("band_from_ms", "a band needs two ends, the faster one first")
        rating = self._value(cells, "relaxation", lambda text: _whole(text, 1, 5))
        splits = self._value(cells, "splits", lambda text: _splits(text, distance))
        if time is not None and any(split.time_ms >= time for split in splits or ()):
            self._fault("splits", "a time inside the rep is not before the finish")
        row_set = self._value(cells, "set", lambda text: _whole(text, 1, MAX_REPS))
        rep = self._value(cells, "rep", lambda text: _whole(text, 1, MAX_REPS))
        target = self._value(cells, "target_ms", _ms)
        found = {
            name: text[:MAX_TEXT_CHARACTERS]
            for name, at in self._others.items()
            if at < len(cells) and (text := clean(cells[at]))
        }
        closing, effort = self._value(cells, "closing", _yes), self._value(cells, "effort", _effort)
        recovery = self._value(cells, "recovery_ms", _ms)
        texts = [self._text(cells, name) for name in ("session", "workout", "kind")]
        group = self._text(cells, "group", MAX_NAME_CHARACTERS) or None
        if moment is None or len(self._faults) + self._more + len(self._unclear) > before:
            return None
        return Row(
            line=line, session=texts[0], moment=moment[0], date=moment[1], workout=texts[1], kind=texts[2], group=group,
            set=row_set or 1, rep=rep, distance_mm=distance, duration_ms=None if distance else duration,
            closing=bool(closing), athlete=athlete, target_ms=target,
            band=None if band_from is None or band_to is None else (band_from, band_to), time_ms=time,
            splits=splits or (), recovery_ms=recovery, relaxation=rating, effort=effort, status=status,
            others=tuple(found.items()),
        )  # fmt: skip

    def _moment(self, cells: Sequence[str]) -> tuple[datetime, str] | None:
        """Returns the moment of a row, and its text where that says it exactly."""
        text = self._cell(cells, "date")
        if text in self._moments:
            return self._moments[text]
        try:
            moment = read_date(text, self._order)
        except UnclearDateError as error:
            if len(self._unclear) < MAX_FAULTS:
                place = self._columns["date"]
                self._unclear.append(self._table.fault(self._line, place, f"date: {error.message}", error.hint))
            return None
        except ScalarError as error:
            self._fault("date", error.message, error.hint)
            return None
        is_exact = moment.tzinfo is not None and re.match(r"\d{4}-\d\d-\d\dT", text)
        self._moments[text] = moment, text if is_exact else ""
        return self._moments[text]

    def _time(self, cells: Sequence[str]) -> tuple[int | None, Status]:
        """Returns the time and the status; `time_ms` counts before `time`, which may also be a word like DNF."""
        given = self._cell(cells, "status").casefold()
        if given and given not in get_args(Status):
            self._fault("status", f"`{given[:40]}` is none", f"one of {', '.join(get_args(Status))}")
        time = self._value(cells, "time_ms", _ms)
        text = self._cell(cells, "time")
        word = text.casefold().strip(". ")
        if time is None and not self._cell(cells, "time_ms") and word not in WORDS:
            time = self._value(cells, "time", _time)
        if time is not None and given not in ("", "timed"):
            self._fault("status", f"it is `{given[:40]}`, and there is a time", "leave one of them out")
        if time is not None:
            if text and self._cell(cells, "time_ms"):
                self._check_both(text, time)
            return time, "timed"
        if given == "timed" and not text and not self._cell(cells, "time_ms"):
            self._fault("status", "it is `timed`, and there is no time")
        return None, WORDS.get(given or word, "missed")

    def _check_both(self, text: str, time: int) -> None:
        """Adds a warning where `time` and `time_ms` say different things: the one may be the other, rounded up."""
        try:
            differs = not -1 <= _time(text) - time <= ROUNDED_UP_MS
        except ScalarError:
            differs = True
        if differs and len(self._warnings) < MAX_WARNINGS:
            problem = f"time: `{text[:40]}` is not what `time_ms` says, which counts"
            cell = self._columns["time"]
            self._warnings.append(self._table.fault(self._line, cell, problem, warning=True))


def _number(text: str) -> Fraction:
    """Returns a number with a point or a comma before its decimals."""
    if not re.fullmatch(r"[+-]?\d{1,12}(?:[.,]\d{1,9})?", text):
        raise ScalarError(f"`{text[:40]}` is no number")
    return Fraction(text.replace(",", "."))


def _ms(text: str) -> int:
    """Returns a time in ms. A spreadsheet may have given it decimals."""
    found = int(text) if len(text) < 10 and text.isdecimal() else round(_number(text))
    if not 0 < found <= MAX_TIME_MS:
        raise ScalarError(f"{text[:40]} ms is no time", "more than 0 and at most a day")
    return found


@lru_cache(4096)
def _whole(text: str, least: int, most: int) -> int:
    found = _number(text)
    if found.denominator != 1 or not least <= found <= most:
        raise ScalarError(f"`{text[:40]}` is not one of {least} to {most}")
    return int(found)


def _effort(text: str) -> float:
    found = _number(text)
    if not 0 <= found <= 10:
        raise ScalarError(f"`{text[:40]}` is no effort", "0 to 10")
    return float(found)


@lru_cache(4096)
def _distance(text: str) -> int:
    """Returns a distance in mm: `400`, `400,5`, `1.5 km`, `mile`."""
    found = parse_mm(re.sub(r"(?<=\d),(?=\d)", ".", text), "distance")
    if not MIN_MM <= found <= MAX_MM:
        number = re.sub(r"[.,]", "", text)
        raise ScalarError(f"`{text[:40]}` is no distance of a rep", f"{number}?" if number.isdecimal() else "like 400")
    return found


def _seconds(text: str) -> int:
    return _time(text)


def _time(text: str) -> int:
    """Returns a time in ms: `1:03.5`, `63,5`, `63.5h`, `~1:03.5?` as the export shows it."""
    bare = re.sub(r"^~|[?!]$", "", text).strip()
    bare = re.sub(r"(?<=\d)h?[?!]?$", "", bare)
    found = parse_duration(re.sub(r"(?<=\d),(?=\d)", ".", bare), "time")
    if not 0 < found <= MAX_TIME_MS:
        raise ScalarError(f"`{text[:40]}` is no time", "more than 0 and at most a day")
    return found


def _splits(text: str, distance: int | None) -> tuple[Split, ...]:
    """Returns times at marks, like `200=31800;300=47600` or `200=31.8`."""
    found: dict[int, int] = {}
    for part in re.split(r"[;|]", text):
        mark, equals, time = part.partition("=")
        if not equals:
            raise ScalarError(f"`{part[:40]}` is no time at a mark", "like 200=31800;300=47600")
        mm = _distance(mark.strip())
        if distance is not None and mm >= distance:
            raise ScalarError(f"the mark at {mark.strip()[:20]} is not inside the rep")
        found[mm] = _ms(time.strip()) if re.fullmatch(r"\d{4,}", time.strip()) else _time(time.strip())
    return tuple(Split(mm, ms) for mm, ms in sorted(found.items()))


def _yes(text: str) -> bool:
    word = text.casefold()
    if word not in YES | NO:
        raise ScalarError(f"`{text[:40]}` is neither yes nor no")
    return word in YES
