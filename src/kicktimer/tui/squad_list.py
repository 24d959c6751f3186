"""The squads that can be chosen: the given one, those of the working directory and of the squads' home, the Runner."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.errors import KicktimerError
from kicktimer.library import is_squad_text, load_squad, read_user_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kicktimer.squad import Squad

MAX_FILES = 200


@dataclass(frozen=True, slots=True)
class SquadChoice:
    """A squad that can be chosen: `squad` is what `file` held when it was read, or `error` says why it cannot be used.

    Without a file and a squad, the choice is the Runner alone. `absent` are the athletes who are not here today.
    """

    file: str = ""
    squad: Squad | None = None
    error: KicktimerError | None = None
    absent: frozenset[str] = frozenset()

    @property
    def is_runner(self) -> bool:
        """Whether this choice is the Runner alone."""
        return not self.file and self.squad is None

    @property
    def present(self) -> Squad | None:
        """The squad of those who are here today; None for the Runner alone and for a file with a fault."""
        if self.squad is None or not self.absent:
            return self.squad
        return replace(self.squad, athletes=tuple(each for each in self.squad.athletes if each.name not in self.absent))

    def read_again(self) -> SquadChoice:
        """Returns the choice with what its file holds now; the same choice if it has no file."""
        return replace(read_squad_file(self.file), absent=self.absent) if self.file else self


def list_squads(folder: Path, home: Path, given: SquadChoice | None = None) -> list[SquadChoice]:
    """Returns the given squad, the folder's `squad.yaml`, its other squads, those of the home, and the Runner alone.

    Reads the files: one with a fault is listed with its error.
    """
    found = [given.read_again()] if given is not None else []
    for path in _squad_files(folder, home):
        if not any(each.file and _is_same_file(path, Path(each.file)) for each in found):
            found.append(read_squad_file(str(path)))
    return [*found, SquadChoice()]


def _squad_files(folder: Path, home: Path) -> Iterator[Path]:
    first = folder / "squad.yaml"
    if first.exists():
        yield first
    for place in (folder, home):
        paths = sorted(path for pattern in ("*.yaml", "*.yml") for path in place.glob(pattern))
        yield from (path for path in paths[:MAX_FILES] if path != first and (place == home or _holds_a_squad(path)))


def _holds_a_squad(path: Path) -> bool:
    try:
        return is_squad_text(read_user_file(path))
    except KicktimerError:
        return False  # as a workout it is listed with its fault


def _is_same_file(path: Path, other: Path) -> bool:
    return path.absolute() == other.absolute() or (other.exists() and path.samefile(other))


def read_squad_file(file: str) -> SquadChoice:
    """Returns the choice of a file with what it holds now, or with its error."""
    try:
        return SquadChoice(file, load_squad(file)[0])
    except KicktimerError as error:
        return SquadChoice(file, error=error)
