"""`kicktimer check`: every fault of every file, at once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kicktimer.cli.output import printable
from kicktimer.errors import KicktimerError
from kicktimer.library import check_file
from kicktimer.text import show_fault

if TYPE_CHECKING:
    import argparse

    from kicktimer.errors import Fault


def check(options: argparse.Namespace) -> int:
    """0 where every file can be used; warnings count as faults with `--strict`. What is said goes to stderr."""
    bad = [name for name in dict.fromkeys(options.files) if not _check(name, strict=options.strict)]
    if bad and len(options.files) > 1:
        sys.stderr.write(f"{len(bad)} of {len(options.files)} files cannot be used as they are\n")
    return 1 if bad else 0


def _check(name: str, *, strict: bool) -> bool:
    try:
        faults = check_file(name)
    except KicktimerError as error:  # the file itself: it is missing, a folder, too long
        sys.stderr.write(f"{error.message}\n" + (f"  hint: {error.hint}\n" if error.hint else ""))
        return False
    for fault in faults:
        sys.stderr.write(show_fault(fault) + "\n")
    wrong = sum(strict or not fault.warning for fault in faults)
    if not wrong:
        sys.stderr.write(f"{printable(name)}: ok{_doubts(faults)}\n")
    return not wrong


def _doubts(faults: tuple[Fault, ...]) -> str:
    return "" if not faults else ", with a warning" if len(faults) == 1 else f", with {len(faults)} warnings"
