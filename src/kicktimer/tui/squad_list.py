"""The squads on the pick screen: the given one, the folder's `squad.yaml`, and the Runner alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.errors import KicktimerError
from kicktimer.library import load_squad

if TYPE_CHECKING:
    from kicktimer.squad import Squad


@dataclass(frozen=True, slots=True)
class SquadChoice:
    """A squad that can be chosen: `squad` is what `file` held when it was read, or `error` says why it cannot be used.

    Without a file and a squad, the choice is the Runner alone.
    """

    file: str = ""
    squad: Squad | None = None
    error: KicktimerError | None = None

    @property
    def is_runner(self) -> bool:
        """Whether this choice is the Runner alone."""
        return not self.file and self.squad is None

    def read_again(self) -> SquadChoice:
        """Returns the choice with what its file holds now; the same choice if it has no file."""
        return _read(self.file) if self.file else self


def list_squads(folder: Path, given: SquadChoice | None = None) -> list[SquadChoice]:
    """Returns the given squad, the one in the folder's `squad.yaml` if that is another file, and the Runner alone.

    Reads the files: one with a fault is listed with its error.
    """
    found = [given.read_again()] if given is not None else []
    path = folder / "squad.yaml"
    if path.exists() and not (given is not None and given.file and _is_same_file(path, Path(given.file))):
        found.append(_read(str(path)))
    return [*found, SquadChoice()]


def _is_same_file(path: Path, other: Path) -> bool:
    return path.absolute() == other.absolute() or (other.exists() and path.samefile(other))


def _read(file: str) -> SquadChoice:
    try:
        return SquadChoice(file, load_squad(file)[0])
    except KicktimerError as error:
        return SquadChoice(file, error=error)
