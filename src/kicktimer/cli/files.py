"""`kicktimer check`: every fault of every file, at once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kicktimer.errors import FaultsError, KicktimerError
from kicktimer.library import read_text_file
from kicktimer.squad import is_squad, parse_squad
from kicktimer.text import show_fault
from kicktimer.workout import parse_workout

if TYPE_CHECKING:
    import argparse

    from kicktimer.errors import Fault


def check(options: argparse.Namespace) -> int:
    """0 where every file is sound; warnings count as faults with `--strict`."""
    status = 0
    for name in options.files:
        faults = _faults(name)
        for fault in faults:
            sys.stderr.write(show_fault(fault) + "\n")
        if any(options.strict or not fault.warning for fault in faults):
            status = 1
        elif not faults:
            sys.stderr.write(f"{show_name(name)}: sound\n")
    return status


def show_name(name: str) -> str:
    """A file's name as it may be shown."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in name)


def _faults(name: str) -> tuple[Fault, ...]:
    from kicktimer.errors import Fault  # noqa: PLC0415 - for the one place that makes one

    try:
        text = read_text_file(name)
        return (parse_squad if is_squad(text) else parse_workout)(text, name)[1]
    except FaultsError as error:
        return error.faults
    except KicktimerError as error:
        return (Fault(show_name(name), 1, 1, error.message, error.hint),)
