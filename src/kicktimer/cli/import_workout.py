"""`kicktimer import-workout`: another program's workout becomes a workout of kicktimer."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.cli.new_file import create_file
from kicktimer.cli.output import print_message, print_text, printable
from kicktimer.errors import KicktimerError
from kicktimer.imports.source_text import MAX_BYTES
from kicktimer.imports.workout_files import import_workout as read_workout
from kicktimer.library import read_user_file

if TYPE_CHECKING:
    import argparse


def import_workout(options: argparse.Namespace) -> int:
    """Writes the workout to the file of `-o`, or to stdout; says on stderr what had no place in it."""
    if options.output is not None and os.path.lexists(options.output):
        shown = printable(options.output)
        raise KicktimerError(f"{shown} is there already, and stays as it is", "-o FILE names another one")
    data = read_user_file(options.file, MAX_BYTES)
    found = read_workout(data, options.file, options.name or "", lambda name: _read_included(options.file, name))
    if options.output is None:
        print_text(found.text, end="")
    else:
        create_file(options.output, found.text)
    count = "1 rep" if found.reps == 1 else f"{found.reps} reps"
    print_message(f"{printable(options.file)}: {found.tool}, {count}")
    for note in found.notes:
        print_message(f"  {note}: kept as a note")
    if options.output is not None:
        shown = shlex.quote(printable(options.output))
        print_message(f"written: {printable(options.output)}\nnext: kicktimer plan {shown}")
    return 0


def _read_included(file: str, name: str) -> bytes:
    """Returns the bytes of a YAML file that `file` includes, as garmin-workouts does; `name` counts from its folder.

    A file names its neighbours: what lies outside the folder above its own is not opened.
    """
    folder = Path(file).resolve().parent
    path = (folder / name.replace("\\", "/")).resolve() if name.isprintable() else folder
    if path.suffix.lower() not in (".yaml", ".yml") or not path.is_relative_to(folder.parent):
        raise KicktimerError(f"`{printable(name)[:80]}` is no YAML file beside this one", "put its steps here")
    return read_user_file(str(path))
