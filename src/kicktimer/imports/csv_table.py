"""A CSV file as rows of cells, however a spreadsheet has saved it: comma, semicolon or tab; UTF-8, UTF-16 or Windows.

Rows are read one after the other, and every cell can be found again by line and column.
"""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kicktimer.errors import Fault, FaultsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DELIMITERS = ",;\t"
MAX_BYTES = 128 << 20
MAX_CELLS = 200
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Table:
    """The text of the file, its lines and what parts the cells. `encoding` is that of Windows where it is no UTF-8."""

    file: str
    lines: Sequence[str]
    delimiter: str
    encoding: str

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yields each row that has a text, with its first line's number. Raises `FaultsError` for a broken one."""
        reader = csv.reader(self.lines, delimiter=self.delimiter, strict=True)
        line = 1
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                fault = self.fault(line, 0, f"the row cannot be read: {error}", 'is a `"` without its second one?')
                raise FaultsError((fault,)) from None
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield line, cells[:MAX_CELLS]
            line = reader.line_num + 1

    def fault(self, line: int, cell: int, problem: str, hint: str = "", *, warning: bool = False) -> Fault:
        """Returns a fault at a cell of the row that begins in `line`."""
        source = self.lines[line - 1].rstrip("\r\n") if line <= len(self.lines) else ""
        start, width = self._place(source, cell)
        return Fault(self.file, line, start + 1, problem, hint, source[:300], max(1, min(width, 300 - start)), warning)

    def _place(self, source: str, cell: int) -> tuple[int, int]:
        """Returns where a cell begins in a line, and how wide it is."""
        starts, quoted = [0], False
        for at, char in enumerate(source):
            if char == '"':
                quoted = not quoted
            elif char == self.delimiter and not quoted:
                starts.append(at + 1)
        if cell >= len(starts):
            return 0, max(1, len(source))
        end = starts[cell + 1] - 1 if cell + 1 < len(starts) else len(source)
        return starts[cell], end - starts[cell]


def read_table(data: bytes, file: str) -> Table:
    """Returns the table. Raises `FaultsError` for a file that is none."""
    if len(data) > MAX_BYTES:
        raise FaultsError((Fault(file, 1, 1, "the file is too large", f"at most {MAX_BYTES >> 20} MB; split it"),))
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise FaultsError((Fault(file, 1, 1, "the file is no text", "save it as CSV UTF-8"),)) from None
        encoding = "cp1252"  # what Excel saves as plain CSV
        text = data.decode(encoding, "replace")
    if "\0" in text:
        raise FaultsError((Fault(file, 1, 1, "the file is no text", "a spreadsheet's own file? save it as CSV"),))
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)  # a row ends with \n, \r\n or \r, and nothing else
    if lines and re.fullmatch(r"sep=.\s*", lines[0]):  # a line by which Excel is told the delimiter
        return Table(file, ["\n", *lines[1:]], lines[0][4], encoding)
    head = next((line for line in lines if line.strip()), "")
    return Table(file, lines, max(DELIMITERS, key=head.count), encoding)
