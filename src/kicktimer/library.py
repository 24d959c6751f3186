"""Files of users and the shipped workouts: the one place where workouts and squads come from the disk.

What is read is bounded (a regular file of at most 64 KiB) and everything that can be wrong with a path is a
`KicktimerError` that says so. A path never opens a device or waits at a pipe.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.errors import FaultsError, KicktimerError
from kicktimer.text import clean, nearest
from kicktimer.workout import Workout, parse_oneliner, parse_workout
from kicktimer.yaml_document import MAX_BYTES

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from kicktimer.errors import Fault
    from kicktimer.squad import Squad

_SUFFIXES = (".yaml", ".yml")
_ONELINER = re.compile(
    r"\s*(?:[0-9]+ *[xX×*] *(?:[(0-9]|mile)|[0-9]+(?:\.[0-9]+)? *(?:m|km|k|mi|min|s|h|laps?)?(?:[\s,+@]|$)"
    r"|[0-9]+[:h][0-9]|mile\b)"
)


def read_text_file(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a user's file."""
    shown = clean(os.fspath(path))
    try:
        # A FIFO would wait for a writer, a terminal could become ours: neither does with these flags.
        descriptor = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
        )
    except FileNotFoundError:
        raise KicktimerError(f"{shown}: there is no such file", _near_file(path)) from None
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
            data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise KicktimerError(f"{shown} cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise KicktimerError(f"{shown} is longer than 64 KiB", "a workout or a squad is a page or two")
    return data


def _near_file(path: str | os.PathLike[str]) -> str:
    folder = Path(path).parent
    try:
        names = tuple(entry.name for entry in folder.iterdir() if entry.suffix in _SUFFIXES)[:500]
    except (OSError, ValueError):
        return "check the path"
    meant = nearest(Path(path).name, names)
    return f"did you mean {clean(str(folder / meant))}?" if meant else "check the path"


def shipped_workouts() -> list[tuple[str, bytes]]:
    """The workouts that come with the program, by name."""
    return [(entry.name.removesuffix(".yaml"), entry.read_bytes()) for entry in _entries()]


def shipped_names() -> tuple[str, ...]:
    """Their names alone."""
    return tuple(entry.name.removesuffix(".yaml") for entry in _entries())


def _entries() -> list[Traversable]:
    from importlib import resources  # noqa: PLC0415 - users' own files need none of it

    packed = resources.files("kicktimer") / "_data" / "workouts"
    # In a checkout (an editable install) they stand at the top, where people find them.
    folder: Traversable = packed if packed.is_dir() else Path(__file__).parents[2] / "workouts"
    if not folder.is_dir():
        return []
    return sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda entry: entry.name)


def load_workout(spec: str) -> tuple[Workout, tuple[Fault, ...], str]:
    """A workout from a file, the name of a shipped one, or a one-liner: with its warnings and where it came from."""
    if _is_path(spec):
        text = read_text_file(spec)
        if is_squad(text) and not _has(b"sets", text):
            shown = clean(spec)
            raise KicktimerError(f"{shown} is a squad, and a workout is wanted", f"8x400-burner --squad {shown}")
        return *parse_workout(text, spec), spec
    for entry in _entries():
        if entry.name == f"{spec}.yaml":
            return *parse_workout(entry.read_bytes(), entry.name), f"{spec} (shipped)"
    names = shipped_names()
    meant = nearest(spec, names)
    if _ONELINER.match(spec) and not (meant and " " not in spec and "-" in spec):
        return parse_oneliner(spec), (), "one-liner"
    raise KicktimerError(
        f"`{clean(spec)[:80]}` is no file here, no shipped workout and no one-liner",
        f"did you mean {meant}?"
        if meant
        else f"a file, a one-liner like `8x400 @1500 r30`, or one of {', '.join(names)}",
    )


def _is_path(spec: str) -> bool:
    if not spec or "\0" in spec:
        return False
    looks_like_one = (
        spec.endswith(_SUFFIXES) or spec.startswith((".", "/", "~")) or (os.sep in spec and "@" not in spec)
    )
    return looks_like_one or (_exists(spec) and not _ONELINER.match(spec))


def _exists(spec: str) -> bool:
    try:
        return Path(spec).exists()
    except (OSError, ValueError):
        return False  # too long for a path: a one-liner


def is_squad(text: bytes) -> bool:
    """Whether a file is meant to be a squad: it has `athletes`."""
    return _has(b"athletes", text)


def _has(key: bytes, text: bytes) -> bool:
    return re.search(rb"(?:^|[{,])[ \t]*[\"']?" + key + rb"[\"']?[ \t]*:", text, re.MULTILINE) is not None


def check_file(path: str | os.PathLike[str]) -> tuple[Fault, ...]:
    """All that is wrong or doubtful about a workout's or a squad's file; nothing where it is fine."""
    shown = os.fspath(path)
    text = read_text_file(path)
    try:
        if not is_squad(text):
            return parse_workout(text, shown)[1]
        from kicktimer.squad import parse_squad  # noqa: PLC0415 - a workout is read without

        return parse_squad(text, shown)[1]
    except FaultsError as error:
        return error.faults


def load_squad(path: str | os.PathLike[str]) -> tuple[Squad, tuple[Fault, ...]]:
    """A squad from its file, with its warnings."""
    from kicktimer.squad import parse_squad  # noqa: PLC0415 - a workout is read without

    text = read_text_file(path)
    if _has(b"sets", text) and not is_squad(text):
        raise KicktimerError(
            f"{clean(os.fspath(path))} is a workout, and a squad is wanted", "`kicktimer new squad` writes one"
        )
    return parse_squad(text, os.fspath(path))


def load_group_workouts(squad: Squad, squad_path: str | os.PathLike[str] = "") -> dict[str, Workout]:
    """The workouts of groups that have one of their own: a one-liner, a shipped name, a file next to the squad's."""
    found: dict[str, Workout] = {}
    for group in squad.groups:
        if not group.workout:
            continue
        beside = Path(squad_path).parent / group.workout
        spec = str(beside) if group.workout.endswith(_SUFFIXES) else group.workout
        try:
            found[group.name] = load_workout(spec)[0]
        except FaultsError:
            raise
        except KicktimerError as error:
            raise KicktimerError(f"the workout of group {group.name}: {error.message}", error.hint) from error
    return found
