"""Loads workouts and squads: users' files, shipped workouts and one-liners.

Only regular files of at most 64 KiB are read; a device or a pipe is refused. Every problem with a path raises
`KicktimerError`.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.errors import FaultsError, KicktimerError
from kicktimer.text import clean, closest_match, plain_spaces, remove_invisible
from kicktimer.workout import Workout, parse_workout, read_line
from kicktimer.yaml_document import MAX_BYTES

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from kicktimer.errors import Fault
    from kicktimer.squad import Squad
    from kicktimer.workout import LineReading

_SUFFIXES = (".yaml", ".yml")
# Text that starts like a one-liner or a coach's note: with a digit, `mile`, or a warm-up.
_ONELINER = re.compile(r"\s*(?:[0-9]|mile\b|(?:wu|warm|easy)\b.*[0-9]|wu[0-9])", re.IGNORECASE)


def read_user_file(path: str | os.PathLike[str], max_bytes: int = MAX_BYTES) -> bytes:
    """Returns the content of a user's file, without a byte order mark.

    Raises `KicktimerError` if it is no regular file or longer than `max_bytes`.
    """
    shown = clean(os.fspath(path))
    try:
        # Without these flags opening a FIFO waits for a writer, and a terminal can become the controlling terminal.
        descriptor = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
        )
    except FileNotFoundError:
        raise KicktimerError(f"{shown}: there is no such file", _similar_file_hint(path)) from None
    except PermissionError:
        if Path(path).is_dir():
            raise KicktimerError(f"{shown} is a folder", "name a file in it") from None
        raise KicktimerError(f"{shown}: no permission to read it", f"chmod u+r {shown}") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise KicktimerError(f"{shown} cannot be opened: {reason}", "check the path") from None
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        kind = "a folder" if stat.S_ISDIR(mode) else "a pipe" if stat.S_ISFIFO(mode) else "a device or a socket"
        raise KicktimerError(f"{shown} is {kind}, no file", "name a YAML file")
    with os.fdopen(descriptor, "rb") as file:
        try:
            data = file.read(max_bytes + 1)
        except OSError as error:
            raise KicktimerError(f"{shown} cannot be read: {error.strerror}") from None
    if len(data) > max_bytes:
        raise KicktimerError(f"{shown} is longer than {max_bytes // 1024} KiB", "a workout or a squad is a page or two")
    return data.removeprefix(codecs.BOM_UTF8)


def _similar_file_hint(path: str | os.PathLike[str]) -> str:
    folder = Path(path).parent
    try:
        names = tuple(entry.name for entry in folder.iterdir() if entry.suffix in _SUFFIXES)[:500]
    except (OSError, ValueError):
        return "check the path"
    meant = closest_match(Path(path).name, names)
    return f"did you mean {clean(str(folder / meant))}?" if meant else "check the path"


def shipped_workouts() -> list[tuple[str, bytes]]:
    """Returns the name and the text of each workout that comes with the program, sorted by name."""
    return [(entry.name.removesuffix(".yaml"), entry.read_bytes()) for entry in _shipped_files()]


def shipped_workout_names() -> tuple[str, ...]:
    """Returns the names of the workouts that come with the program, sorted."""
    return tuple(entry.name.removesuffix(".yaml") for entry in _shipped_files())


def _shipped_files() -> list[Traversable]:
    from importlib import resources  # noqa: PLC0415 - only the shipped workouts need it

    packed = resources.files("kicktimer") / "_data" / "workouts"
    # An editable install has no `_data`: there the workouts are in the repository's folder `workouts`.
    folder: Traversable = packed if packed.is_dir() else Path(__file__).parents[2] / "workouts"
    if not folder.is_dir():
        return []
    return sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda entry: entry.name)


@dataclass(frozen=True, slots=True)
class LoadedWorkout:
    """A workout that was loaded, and its warnings. `reading` is set where it was a one-liner or a coach's note."""

    workout: Workout
    faults: tuple[Fault, ...]
    origin: str
    reading: LineReading | None = None


def load_workout(spec: str) -> tuple[Workout, tuple[Fault, ...], str]:
    """Returns a workout, its warnings and its origin for display, as `load_workout_or_line` does."""
    loaded = load_workout_or_line(spec)
    return loaded.workout, loaded.faults, loaded.origin


def load_workout_or_line(spec: str) -> LoadedWorkout:
    """Returns a workout with its warnings, and what a line was read as.

    `spec` is a path, the name of a shipped workout, a one-liner or a coach's note. Raises `KicktimerError`, or
    `FaultsError` if the file or the line has faults.
    """
    if _is_path(spec):
        text = read_user_file(spec)
        if is_squad_text(text) and not _has_key(b"sets", text):
            shown = clean(spec)
            raise KicktimerError(f"{shown} is a squad, and a workout is wanted", f"8x400-burner --squad {shown}")
        return LoadedWorkout(*parse_workout(text, spec), spec)
    for entry in _shipped_files():
        if entry.name == f"{spec}.yaml":
            return LoadedWorkout(*parse_workout(entry.read_bytes(), entry.name), f"{spec} (shipped)")
    names = shipped_workout_names()
    meant = closest_match(spec, names)
    if _is_oneliner(spec) and not (meant and " " not in spec and "-" in spec):
        reading = read_line(spec)
        return LoadedWorkout(reading.workout, reading.warnings, "one-liner", reading)
    raise KicktimerError(
        f"`{clean(spec)[:80]}` is no file here, no shipped workout and no one-liner",
        f"did you mean {meant}?"
        if meant
        else f"a file, a one-liner like `8x400 @1500 r30`, or one of {', '.join(names)}",
    )


def _is_path(spec: str) -> bool:
    if not spec or "\0" in spec:
        return False
    if spec.lower().endswith(_SUFFIXES) or spec.startswith((".", "/", "~")):
        return True
    if _is_oneliner(spec):  # `8x400/30s` is no path, whatever the separator of folders is
        return False
    return (os.sep in spec and "@" not in spec) or _path_exists(spec)


def _is_oneliner(spec: str) -> bool:
    return _ONELINER.match(plain_spaces(remove_invisible(spec))) is not None


def is_line(spec: str) -> bool:
    """Whether `spec` is a one-liner or a note, and neither a file nor the name of a shipped workout."""
    return _is_oneliner(spec) and not _is_path(spec) and not _path_exists(spec) and spec not in shipped_workout_names()


def _path_exists(spec: str) -> bool:
    try:
        return Path(spec).exists()
    except (OSError, ValueError):
        return False  # too long for a path, so it is a one-liner


def is_squad_text(text: bytes) -> bool:
    """Whether a file's text is a squad and not a workout: it has a key `athletes`."""
    return _has_key(b"athletes", text)


def _has_key(key: bytes, text: bytes) -> bool:
    return re.search(rb"(?:^|[{,])[ \t]*[\"']?" + key + rb"[\"']?[ \t]*:", text, re.MULTILINE) is not None


def check_file(path: str | os.PathLike[str]) -> tuple[Fault, ...]:
    """Returns all faults and warnings of a workout's or a squad's file; empty if it is correct."""
    shown = os.fspath(path)
    text = read_user_file(path)
    try:
        if not is_squad_text(text):
            return parse_workout(text, shown)[1]
        from kicktimer.squad import parse_squad  # noqa: PLC0415 - workouts alone need no squads

        return parse_squad(text, shown)[1]
    except FaultsError as error:
        return error.faults


def load_squad(path: str | os.PathLike[str]) -> tuple[Squad, tuple[Fault, ...]]:
    """Returns the squad of a file and its warnings."""
    from kicktimer.squad import parse_squad  # noqa: PLC0415 - workouts alone need no squads

    text = read_user_file(path)
    if _has_key(b"sets", text) and not is_squad_text(text):
        raise KicktimerError(
            f"{clean(os.fspath(path))} is a workout, and a squad is wanted", "`kicktimer new squad` writes one"
        )
    return parse_squad(text, os.fspath(path))


def load_group_workouts(squad: Squad, squad_path: str | os.PathLike[str] = "") -> dict[str, Workout]:
    """Returns the workouts of groups that have their own, by group name.

    Each is a one-liner, the name of a shipped workout, or a file relative to the folder of `squad_path`.
    """
    found: dict[str, Workout] = {}
    for group in squad.groups:
        if not group.workout:
            continue
        beside = Path(squad_path).parent / group.workout
        spec = str(beside) if group.workout.endswith(_SUFFIXES) else group.workout
        try:
            loaded = load_workout_or_line(spec)
        except FaultsError:
            raise
        except KicktimerError as error:
            raise KicktimerError(f"the workout of group {group.name}: {error.message}", error.hint) from error
        if loaded.reading is not None and loaded.reading.is_note:  # nobody would see what it was read as
            problem = f"the workout of group {group.name} is a note: `{group.workout}`"
            raise KicktimerError(problem, f"write it into the squad as `{loaded.reading.strict}`")
        found[group.name] = loaded.workout
    return found
