"""What can be picked: the user's own workouts and the shipped ones, and how one's own is opened in an editor."""

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

MOST_FILES = 200
SHIPPED_FIRST = "demo"
USUAL_EDITORS = ("nano", "vim", "vi")
GO_TO = ("code", "codium", "code-insiders", "subl", "zed")  # these take FILE:LINE, the others +LINE FILE


@dataclass(frozen=True, slots=True)
class WorkoutEntry:
    """A workout that may be picked, or a file that cannot be (`fault` says why, `faults` where)."""

    spec: str
    workout: Workout | None
    fault: str = ""
    faults: tuple[Fault, ...] = ()
    own: bool = False


def entries(folder: Path) -> list[WorkoutEntry]:
    """The user's workouts of `folder` and its `workouts`, then the shipped ones, of which the demo comes first.

    In a checkout the user's and the shipped ones are the same files: those stand here once.
    """
    shipped = dict(shipped_workouts())
    places = (folder, folder / "workouts")
    paths = [path for place in places for pattern in ("*.yaml", "*.yml") for path in place.glob(pattern)]
    own = [_entry(str(path), own=True) for path in sorted(paths)[:MOST_FILES] if _is_own_workout(path, shipped)]
    names = sorted(shipped, key=lambda name: (name != SHIPPED_FIRST, name))
    return [*own, *(_entry(name) for name in names)]


def _is_own_workout(path: Path, shipped: Mapping[str, bytes]) -> bool:
    try:
        text = read_user_file(path)
    except KicktimerError:
        return True  # it is listed, with what is wrong
    return not is_squad_text(text) and shipped.get(path.stem) != text


def _entry(spec: str, *, own: bool = False) -> WorkoutEntry:
    try:
        return WorkoutEntry(spec, load_workout(spec)[0], own=own)
    except FaultsError as error:
        first = error.faults[0]
        hint = f" ({first.hint})" if first.hint else ""
        return WorkoutEntry(spec, None, f"line {first.line}: {first.problem}{hint}", error.faults, own=own)
    except KicktimerError as error:
        return WorkoutEntry(spec, None, error.message, own=own)


def editor_of(environ: Mapping[str, str], entry: WorkoutEntry) -> list[str] | None:
    """The command that opens the entry's file at its first fault; None where no editor is found."""
    line = entry.faults[0].line if entry.faults else 1
    path = str(Path(entry.spec).absolute())
    wanted = environ.get("VISUAL") or environ.get("EDITOR")
    try:
        command = shlex.split(wanted) if wanted else []
    except ValueError:
        command = [wanted] if wanted else []
    if not command:
        found = next((name for name in USUAL_EDITORS if shutil.which(name, path=environ.get("PATH"))), None)
        if found is None:
            return None
        command = [found]
    if Path(command[0]).name in GO_TO:
        return [*command, "--wait", "--goto", f"{path}:{line}"]
    return [*command, f"+{line}", path]
