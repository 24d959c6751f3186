"""The text of another program's file, and the faults found in it, each with its line and column.

Bytes go in; what comes out is text without a byte order mark, or a `FaultsError`. Lines and columns count from 1,
columns in characters.
"""

from __future__ import annotations

import re

from kicktimer.errors import Fault, FaultsError
from kicktimer.text import clean

MAX_BYTES = 1024 * 1024
MAX_FAULTS = 100
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


class SourceText:
    """A file's text and lines; collects faults. `file` is the name that the faults have."""

    def __init__(self, data: bytes, file: str) -> None:
        """Decodes the file; raises `FaultsError` if it is no UTF-8 text, is empty or too long."""
        self.file = file
        self.faults: list[Fault] = []
        self.lines: list[str] = []
        self.text = self._decode(data)
        self.lines = _LINE_BREAK.split(self.text)

    def _decode(self, data: bytes) -> str:
        if len(data) > MAX_BYTES:
            raise self.fatal(1, 1, "the file is longer than 1 MiB", "one workout is a few pages")
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise self.fatal(1, 1, "the file is UTF-16", "save it as UTF-8")
        nul = data.find(b"\0")
        if nul >= 0:
            self.lines = _LINE_BREAK.split(data[:nul].decode("utf-8", "replace"))
            problem, hint = "a NUL byte: this is no text file", "export the workout as text; FIT files are not read"
            raise self.fatal(len(self.lines), len(self.lines[-1]) + 1, problem, hint)
        try:
            text = data.decode("utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            self.lines = _LINE_BREAK.split(data[: error.start].decode("utf-8") + "\N{REPLACEMENT CHARACTER}")
            problem = f"byte {data[error.start]:#04x} is not UTF-8"
            raise self.fatal(len(self.lines), len(self.lines[-1]), problem, "save the file as UTF-8") from None
        if not text.strip():
            raise self.fatal(1, 1, "the file is empty", "export the workout once more")
        return text

    def add(self, line: int, column: int, problem: str, hint: str = "", width: int = 1) -> None:
        """Records a fault, at most `MAX_FAULTS` of them."""
        if len(self.faults) >= MAX_FAULTS:
            return
        source = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        width = max(1, min(width, len(source) - column + 1))
        fault = Fault(self.file, line, column, clean(problem), clean(hint), source, width)
        if fault not in self.faults:
            self.faults.append(fault)

    def fatal(self, line: int, column: int, problem: str, hint: str = "", width: int = 1) -> FaultsError:
        """Records a fault that ends the reading; returns the exception for the caller to raise."""
        self.add(line, column, problem, hint, width)
        return self.error()

    def error(self) -> FaultsError:
        """Returns an exception with all faults, in the order of their places."""
        return FaultsError(tuple(sorted(self.faults, key=lambda fault: (fault.line, fault.column))))
