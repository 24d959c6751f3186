"""The directory of session logs: each session is one file, `<id>.jsonl`.

An id is made from the time and a random number, never from users' text, so it is safe as a file name.
"""

from __future__ import annotations

import errno
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from platformdirs import user_data_path

from kicktimer.errors import KicktimerError
from kicktimer.journal.disk import Disk
from kicktimer.journal.json_lines import MAX_HEADER_BYTES, encode_line
from kicktimer.journal.reader import HeaderOrder, Log, header_order, read_header_order, read_log
from kicktimer.journal.sequence import SUFFIX, start_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

MIN_FREE_BYTES = 4 << 20  # a long session with many athletes needs about one MiB
LOG_DIR_HINT = "choose another place with --log-dir DIRECTORY"


@dataclass(frozen=True, slots=True)
class SavedSession:
    """A log file and what it holds. If the file cannot be read, `log` is None and `problem` says why.

    `order` is known for a damaged log, too, if its header can be read.
    """

    path: Path
    log: Log | None
    order: HeaderOrder
    problem: str = ""


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


def write_log(path: Path, header: Mapping[str, Any], facts: Iterable[Mapping[str, Any]]) -> None:
    """Writes a new log that is complete at once, and makes it durable.

    Raises `FileExistsError` if there is such a file, and another `OSError`, after removing the file, if writing fails.
    """
    disk = Disk()
    data = b"".join([encode_line(header, MAX_HEADER_BYTES), *map(encode_line, facts)])
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


def list_sessions(directory: Path) -> list[SavedSession]:
    """Returns the sessions in `directory`, newest first; none if the directory does not exist.

    Sessions are ordered by the `seq` of their headers. Those without one are older, and ordered by `started`.
    Unreadable logs are included. Of a session that has several files, because a disk failed or a log was
    repaired, the repaired log is returned, else the longest.
    Raises `KicktimerError` if the directory cannot be read.
    """
    try:
        paths = [path for path in directory.iterdir() if path.name.endswith(SUFFIX)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise KicktimerError(f"{directory} cannot be read: {error.strerror}", LOG_DIR_HINT) from error
    found: dict[str, SavedSession] = {}
    for path in sorted(paths):
        saved = _read(path)
        key = saved.log.id if saved.log else str(path)
        known = found.get(key)
        # When the disk fails during a session, the writer starts a second file with all facts; the first stays shorter.
        if known is None or _completeness(saved) > _completeness(known):
            found[key] = saved
    return sorted(found.values(), key=_sort_key, reverse=True)


def _read(path: Path) -> SavedSession:
    try:
        log = read_log(path)
    except KicktimerError as error:
        return SavedSession(path, None, read_header_order(path), error.message)
    return SavedSession(path, log, header_order(log.header))


def _completeness(saved: SavedSession) -> tuple[bool, int, bool]:
    """Returns a key by which the best of several logs of one session comes last: a repaired one, else the longest."""
    if saved.log is None:
        return False, -1, False
    return "repaired" in saved.log.header, len(saved.log.facts), saved.log.fault is None


def _sort_key(saved: SavedSession) -> tuple[int, float, str]:
    """Returns `seq`, the start in Unix time (else when the file was modified), and the id (else the file's name)."""
    name = saved.log.id if saved.log else saved.path.name
    started = start_timestamp(saved.order.started)
    if started is None:
        try:
            started = saved.path.lstat().st_mtime
        except OSError:  # the file was removed after it was listed
            started = 0.0
    return saved.order.seq, started, name
