"""Errors that the user can correct: a wrong file, a wrong command line, a path that cannot be opened.

`cli.main` turns each `KicktimerError` into an exit status. An error's message says what is wrong, its hint how to
correct it.
"""

from __future__ import annotations

from dataclasses import dataclass


class KicktimerError(Exception):
    """Base class of errors that the user can correct. `status` is the exit status of the program."""

    status = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message


class UsageError(KicktimerError):
    """Raised for a command line with wrong options or arguments."""

    status = 2


class ScalarError(ValueError):
    """Raised for a text that cannot be parsed as the expected kind of value: a duration, a distance, a pace.

    It is a `ValueError`, so that a pydantic validator can raise it. `item` is the index of the wrong value in a list.
    """

    def __init__(self, message: str, hint: str = "", item: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.item = item


@dataclass(frozen=True, slots=True)
class ScalarFault:
    """A fault inside a scalar's text, `offset` characters from its start and `width` characters wide."""

    offset: int
    width: int
    problem: str
    hint: str = ""


class ScalarFaultsError(ScalarError):
    """Raised for a text with faults at known places, such as a one-liner; its message is that of the first fault."""

    def __init__(self, faults: tuple[ScalarFault, ...]) -> None:
        super().__init__(faults[0].problem, faults[0].hint)
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault at a position in a user's file. `line` and `column` count from 1; `column` counts characters."""

    file: str
    line: int
    column: int
    problem: str
    hint: str = ""
    source: str = ""  # the line of the file, without its line break
    width: int = 1  # number of characters to underline with carets
    warning: bool = False  # True if the file can be used in spite of the fault
    lines: tuple[str, ...] = ()  # at most two complete lines, one of which is probably meant


class FaultsError(KicktimerError):
    """Raised for a file with faults; holds all of them."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(f"{f.file}:{f.line}:{f.column}: {f.problem}" for f in faults))
