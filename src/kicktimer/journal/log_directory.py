"""Where session logs live: one directory, one `<id>.jsonl` for each session, and no other file of that kind.

Names come from ids, ids from the moment and from chance: never from a user's text. `sessions` shows every file that is
there, broken ones with what is wrong with them, and one entry for a session that had to move to another file.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from platformdirs import user_data_path

from kicktimer.errors import KicktimerError
from kicktimer.journal.disk import Disk
from kicktimer.journal.reader import Log, read_log

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX = ".jsonl"
ROOM = 4 << 20  # bytes: a long session with many athletes needs about one MiB
ANOTHER = "choose another place with --log-dir DIRECTORY"


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved session. Where the file cannot be read `log` is None and `problem` says why."""

    path: Path
    log: Log | None
    problem: str = ""


def default_directory() -> Path:
    return user_data_path("kicktimer", appauthor=False) / "sessions"


def new_id(now: datetime) -> str:
    """An id that sorts by time; chance keeps two sessions of one second apart."""
    return f"{now:%Y-%m-%dT%H%M%S}-{secrets.token_hex(3)}"


def log_path(directory: Path, session_id: str) -> Path:
    return directory / f"{session_id}{SUFFIX}"


def probe(directory: Path, disk: Disk | None = None) -> None:
    """Return where a session can be saved in `directory` (made if it is missing), else raise `KicktimerError`.

    It is tried, not asked: permissions do not tell of a read-only or a full disk.
    """
    disk = disk or Disk()
    try:
        disk.make_directory(directory)
        if not directory.is_dir():
            raise KicktimerError(f"sessions cannot be saved in {directory}: it is not a directory", ANOTHER)
        trial = directory / f".probe-{secrets.token_hex(6)}"
        descriptor = disk.create(trial)
        try:
            block = b"\n" * 65_536
            if disk.write(descriptor, block) != len(block):
                raise KicktimerError(f"sessions cannot be saved in {directory}: the disk is full", ANOTHER)
            disk.sync(descriptor)
        finally:
            disk.close(descriptor)
            disk.remove(trial)
        about = os.statvfs(directory)
    except OSError as error:
        raise KicktimerError(f"sessions cannot be saved in {directory}: {error.strerror}", ANOTHER) from error
    if about.f_blocks and about.f_bavail * about.f_frsize < ROOM:
        raise KicktimerError(f"sessions cannot be saved in {directory}: the disk is nearly full", ANOTHER)


def sessions(directory: Path) -> list[Saved]:
    """The sessions in `directory`, newest first; none where there is no such directory."""
    try:
        paths = [path for path in directory.iterdir() if path.name.endswith(SUFFIX)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise KicktimerError(f"{directory} cannot be read: {error.strerror}", ANOTHER) from error
    found: dict[str, Saved] = {}
    for path in sorted(paths):
        saved = _read(path)
        key = saved.log.id if saved.log else str(path)
        known = found.get(key)
        # A disk that failed in mid-session leaves the beginning in one file and everything in another.
        if known is None or _length(saved) > _length(known):
            found[key] = saved
    return sorted(found.values(), key=_when, reverse=True)


def _read(path: Path) -> Saved:
    try:
        return Saved(path, read_log(path))
    except KicktimerError as error:
        return Saved(path, None, error.message)


def _length(saved: Saved) -> int:
    return len(saved.log.facts) if saved.log else -1


def _when(saved: Saved) -> tuple[float, str]:
    """Seconds since 1970: what the header says, else the file's own time."""
    if saved.log:
        with contextlib.suppress(ValueError, TypeError, OverflowError):
            return datetime.fromisoformat(saved.log.header.get("started", "")).timestamp(), saved.path.name
    try:
        return saved.path.lstat().st_mtime, saved.path.name
    except OSError:  # gone since it was listed
        return 0.0, saved.path.name
