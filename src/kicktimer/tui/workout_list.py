"""The workouts on the pick screen: the user's own and the shipped ones, and the command that edits one of them."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.errors import Fault, FaultsError, KicktimerError
from kicktimer.library import is_squad_text, load_workout, read_user_file, shipped_workouts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kicktimer.workout import Workout

MAX_OWN_FILES = 200
FIRST_SHIPPED = "demo"
DEFAULT_EDITORS = ("nano", "micro", "pico")
GOTO_EDITORS = ("code", "codium", "code-insiders", "subl", "zed")
"""Editors that take `--goto FILE:LINE`. All others are given `+LINE FILE`."""


@dataclass(frozen=True, slots=True)
class WorkoutEntry:
    """A workout, or a file that cannot be read as one: then `workout` is None, and `fault` says why.

    `spec` is the name of a shipped workout or the path of a file. `faults` are the faults in the file with their lines.
    `own` says whether it is a file of the user's.
    """

    spec: str
    workout: Workout | None
    fault: str = ""
    faults: tuple[Fault, ...] = ()
    own: bool = False


def list_workouts(folder: Path) -> list[WorkoutEntry]:
    """Returns the user's workouts in `folder` and `folder/workouts`, then the shipped ones, the demo first of these.

    A file of the user's that is equal to the shipped workout of its name is listed as shipped only, as in a checkout
    of kicktimer itself.
    """
    shipped = dict(shipped_workouts())
    places = (folder, folder / "workouts")
    paths = [path for place in places for pattern in ("*.yaml", "*.yml") for path in place.glob(pattern)]
    own = [read_entry(str(path), own=True) for path in sorted(paths)[:MAX_OWN_FILES] if _is_own_workout(path, shipped)]
    names = sorted(shipped, key=lambda name: (name != FIRST_SHIPPED, name))
    return [*own, *(read_entry(name) for name in names)]


def _is_own_workout(path: Path, shipped: Mapping[str, bytes]) -> bool:
    try:
        text = read_user_file(path)
    except KicktimerError:
        return True  # listed with its fault
    return not is_squad_text(text) and shipped.get(path.stem) != text


def read_entry(spec: str, *, own: bool = False) -> WorkoutEntry:
    """Returns the entry of a shipped workout or a file, with what the file holds now."""
    try:
        return WorkoutEntry(spec, load_workout(spec)[0], own=own)
    except FaultsError as error:
        first = error.faults[0]
        hint = f" ({first.hint})" if first.hint else ""
        return WorkoutEntry(spec, None, f"line {first.line}: {first.problem}{hint}", error.faults, own=own)
    except KicktimerError as error:
        return WorkoutEntry(spec, None, error.message, own=own)


def editor_command(environ: Mapping[str, str], entry: WorkoutEntry) -> list[str] | None:
    """Returns the command that opens the entry's file at its first fault, None where no editor is found."""
    return file_editor_command(environ, Path(entry.spec), entry.faults[0].line if entry.faults else 1)


def file_editor_command(environ: Mapping[str, str], file: Path, line: int) -> list[str] | None:
    """Returns the command that opens a file at a line, None where no editor is found.

    The editor is that of VISUAL or EDITOR, else the first of `DEFAULT_EDITORS` that is installed.
    """
    path = str(file.absolute())
    configured = environ.get("VISUAL") or environ.get("EDITOR")
    try:
        command = shlex.split(configured) if configured else []
    except ValueError:  # unbalanced quotes
        command = [configured] if configured else []
    if not command:
        installed = next((name for name in DEFAULT_EDITORS if shutil.which(name, path=environ.get("PATH"))), None)
        if installed is None:
            return None
        command = [installed]
    if Path(command[0]).name in GOTO_EDITORS:
        return [*command, "--wait", "--goto", f"{path}:{line}"]
    return [*command, f"+{line}", path]
