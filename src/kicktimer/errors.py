"""Everything that can be a user's own doing, told in one way.

One base class, one place (`cli.main`) that maps it to an exit status. A message says what is wrong; the hint says how
to mend it.
"""

from __future__ import annotations

from dataclasses import dataclass


class KicktimerError(Exception):
    """Something that the user can mend. `hint` says how; `status` is the exit status of the program."""

    status = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message


class UsageError(KicktimerError):
    """The command line itself is wrong."""

    status = 2


class ScalarError(ValueError):
    """A text that does not read as what it should be. pydantic understands it as a `ValueError`."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a user's file. `line` and `column` count from 1; `column` counts characters."""

    file: str
    line: int
    column: int
    problem: str
    hint: str = ""
    source: str = ""  # the line of the file, without its end
    width: int = 1  # characters under the caret
    warning: bool = False


class FaultsError(KicktimerError):
    """All the faults of a file at once."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(f"{f.file}:{f.line}:{f.column}: {f.problem}" for f in faults))
