"""The squads that the app makes: a folder of their own, one file for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from platformdirs import user_data_path

from kicktimer.atomic_write import atomic_write
from kicktimer.errors import KicktimerError
from kicktimer.text import clean

if TYPE_CHECKING:
    from pathlib import Path

MAX_NAME_BYTES = 60


def squads_home() -> Path:
    """Returns the folder; it need not exist."""
    return user_data_path("kicktimer", appauthor=False) / "squads"


def new_squad_path(folder: Path, name: str) -> Path:
    """Returns a path for a new squad that no file has: of its name's letters and digits, with hyphens."""
    words = "".join(char if char.isalnum() else " " for char in name.casefold()).split()
    stem = "-".join(words).encode()[:MAX_NAME_BYTES].decode(errors="ignore").strip("-") or "squad"
    number = 1
    while (path := folder / (f"{stem}.yaml" if number == 1 else f"{stem}-{number}.yaml")).exists():
        number += 1
    return path


def save_squad(path: Path, text: str) -> None:
    """Replaces a squad's file. Raises `KicktimerError` if it cannot be written."""
    try:
        atomic_write(path, text.encode())
    except OSError as error:
        raise KicktimerError(
            f"{clean(path.name)} cannot be written: {error.strerror}", clean(str(path.parent))
        ) from error
