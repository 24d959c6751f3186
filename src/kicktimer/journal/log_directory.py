"""The directory of session logs: each session is one file, `<id>.jsonl`.

An id is made from the time and a random number, never from users' text, so it is safe as a file name.
"""

from __future__ import annotations

import errno
import os
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_data_path

from kicktimer.errors import KicktimerError
from kicktimer.journal.disk import Disk
from kicktimer.journal.json_lines import MAX_HEADER_BYTES, encode_line
from kicktimer.journal.sequence import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

MIN_FREE_BYTES = 4 << 20  # a long session with many athletes needs about one MiB
LOG_DIR_HINT = "choose another place with --log-dir DIRECTORY"


def default_directory() -> Path:
    return user_data_path("kicktimer", appauthor=False) / "sessions"


def new_session_id(now: datetime) -> str:
    """Returns a new id. Ids sort by time; a random suffix distinguishes two sessions of the same second."""
    return f"{now:%Y-%m-%dT%H%M%S}-{secrets.token_hex(3)}"


def log_path(directory: Path, session_id: str) -> Path:
    return directory / f"{session_id}{SUFFIX}"


def check_writable(directory: Path, disk: Disk | None = None) -> None:
    """Raises `KicktimerError` if a session cannot be saved in `directory`, which is created if it is missing.

    It writes, syncs and removes a file, because permissions alone do not show a read-only or a full disk.
    """
    disk = disk or Disk()
    try:
        disk.make_directory(directory)
        if not directory.is_dir():
            raise KicktimerError(f"sessions cannot be saved in {directory}: it is not a directory", LOG_DIR_HINT)
        trial = directory / f".probe-{secrets.token_hex(6)}"
        descriptor = disk.create(trial)
        try:
            block = b"\n" * 65_536
            if disk.write(descriptor, block) != len(block):
                raise KicktimerError(f"sessions cannot be saved in {directory}: the disk is full", LOG_DIR_HINT)
            disk.sync(descriptor)
        finally:
            disk.close(descriptor)
            disk.remove(trial)
        about = os.statvfs(directory)
    except OSError as error:
        raise KicktimerError(f"sessions cannot be saved in {directory}: {error.strerror}", LOG_DIR_HINT) from error
    if about.f_blocks and about.f_bavail * about.f_frsize < MIN_FREE_BYTES:
        raise KicktimerError(f"sessions cannot be saved in {directory}: the disk is nearly full", LOG_DIR_HINT)


def encode_log(header: Mapping[str, Any], facts: Iterable[Mapping[str, Any]]) -> bytes:
    """Returns the content of a log's file."""
    return b"".join([encode_line(header, MAX_HEADER_BYTES), *map(encode_line, facts)])


def is_in_use(path: Path) -> bool:
    """Whether a running session writes to the log."""
    disk = Disk()
    try:
        disk.close(disk.reopen(path))
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def write_log(path: Path, header: Mapping[str, Any], facts: Iterable[Mapping[str, Any]]) -> None:
    """Writes a new log that is complete at once, and makes it durable.

    Raises `FileExistsError` if there is such a file, and another `OSError`, after removing the file, if writing fails.
    """
    disk = Disk()
    data = encode_log(header, facts)
    descriptor = disk.create(path)
    try:
        try:
            if disk.write(descriptor, data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            disk.sync(descriptor)
        finally:
            disk.close(descriptor)
        disk.sync_directory(path.parent)
    except BaseException:
        disk.remove(path)
        raise


def write_logs(
    directory: Path, logs: Iterable[tuple[str, Mapping[str, Any], Iterable[Mapping[str, Any]]]]
) -> list[Path]:
    """Writes several new logs, given as id, header and facts, and returns their paths.

    They are written elsewhere first, and get their names once all of them are whole: an error, a full disk or a kill
    before that leaves none. Raises `OSError`.
    """
    disk = Disk()
    disk.make_directory(directory)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=directory) as folder:
        written = []
        for session_id, header, facts in logs:
            path = Path(folder) / f"{session_id}{SUFFIX}"
            write_log(path, header, facts)
            written.append(path)
        found = []
        for path in written:
            found.append(directory / path.name)
            path.rename(found[-1])
        disk.sync_directory(directory)
    return found
