"""`kicktimer check`: validates workout and squad files, and prints all faults of a file at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.cli.output import print_message, printable
from kicktimer.cli.session_options import print_reading
from kicktimer.errors import FaultsError, KicktimerError
from kicktimer.library import check_file, is_line, load_workout_or_line
from kicktimer.text import format_fault

if TYPE_CHECKING:
    import argparse

    from kicktimer.errors import Fault


def check(options: argparse.Namespace) -> int:
    """Prints the faults of all files on stderr. Returns 1 if a file has one; with `--strict` a warning counts."""
    bad = [name for name in dict.fromkeys(options.files) if not _check(name, strict=options.strict)]
    if bad and len(options.files) > 1:
        print_message(f"{len(bad)} of {len(options.files)} files cannot be used as they are")
    return 1 if bad else 0


def _check(name: str, *, strict: bool) -> bool:
    """Prints the faults of one file, or that it is ok. Returns whether it can be used."""
    try:
        if is_line(name):
            loaded = load_workout_or_line(name)
            faults = loaded.faults
            if loaded.reading is not None:
                print_reading(loaded.reading)
        else:
            faults = check_file(name)
    except FaultsError as error:
        faults = error.faults
    except KicktimerError as error:  # the file cannot be read: it is missing, a folder, too long
        print_message(error.message + (f"\n  hint: {error.hint}" if error.hint else ""))
        return False
    for fault in faults:
        print_message(format_fault(fault))
    wrong = sum(strict or not fault.warning for fault in faults)
    if not wrong:
        print_message(f"{printable(name)}: ok{_warning_count(faults)}")
    return not wrong


def _warning_count(faults: tuple[Fault, ...]) -> str:
    return "" if not faults else ", with a warning" if len(faults) == 1 else f", with {len(faults)} warnings"
