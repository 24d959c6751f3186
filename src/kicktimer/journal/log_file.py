"""One file of a log on the disk: created, appended to, and compared with what was written.

Every method blocks for as long as the disk takes, and raises OSError. After an error the file must not be used again,
because a kernel may report a failed sync once and then forget it.
"""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

from kicktimer.journal.save_trouble import GONE, FileLostError

if TYPE_CHECKING:
    from pathlib import Path

    from kicktimer.journal.disk import Disk


class LogFile:
    """A log that is open for appending. `size` is its length in bytes as far as it was written and synced."""

    def __init__(self, disk: Disk, path: Path, descriptor: int, size: int) -> None:
        self.path = path
        self._disk = disk
        self._descriptor = descriptor
        self._size = size
        # On some network file systems a file's number is not the one of its name: there, nothing can be compared.
        self._comparable = True
        self._comparable = self._difference() is None

    @classmethod
    def create(cls, disk: Disk, path: Path, data: bytes) -> LogFile:
        """Creates a file with `data` and makes it and its name durable. If that fails, removes it."""
        descriptor = disk.create(path)
        try:
            _write(disk, descriptor, data)
            disk.sync_directory(path.parent)
            return cls(disk, path, descriptor, len(data))
        except OSError:
            with contextlib.suppress(OSError):  # the error that counts is the first one
                disk.close(descriptor)
            with contextlib.suppress(OSError):  # a file that stays does no harm: all that it holds is in memory, too
                disk.remove(path)
            raise

    @classmethod
    def reopen(cls, disk: Disk, path: Path, size: int) -> LogFile:
        """Opens an existing log that is `size` bytes long, and locks it.

        Raises `BlockingIOError` if another program has locked it, and `FileLostError` if it has another length.
        """
        descriptor = disk.reopen(path)
        try:
            if disk.status(descriptor).st_size != size:
                raise FileLostError("the file does not end where its sound part ends")
            return cls(disk, path, descriptor, size)
        except OSError:
            with contextlib.suppress(OSError):
                disk.close(descriptor)
            raise

    def append(self, data: bytes) -> None:
        """Appends, syncs, and checks that the path still names this file."""
        _write(self._disk, self._descriptor, data)
        self._size += len(data)
        self.check()

    def check(self) -> None:
        """Raises `FileLostError` if the path no longer names this file, or the file was cut or extended."""
        difference = self._difference() if self._comparable else None
        if difference is not None:
            raise FileLostError(difference)

    def close(self) -> None:
        with contextlib.suppress(OSError):  # the data was synced, or is known to be lost
            self._disk.close(self._descriptor)

    def remove(self) -> None:
        """Closes the file and removes it, where that is possible."""
        self.close()
        with contextlib.suppress(OSError):
            self._disk.remove(self.path)

    def _difference(self) -> str | None:
        """Returns what has happened to the file, None if it is as it was written."""
        own = self._disk.status(self._descriptor)
        try:
            found = self._disk.status(self.path)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                raise
            if not own.st_nlink:
                return "the file was deleted"
            folder = next(level for level in self.path.absolute().parents if self._disk.exists(level))
            if self._disk.status(folder).st_dev != own.st_dev:
                return GONE
            return "the file was moved" if folder == self.path.parent else "the folder was moved or deleted"
        if not os.path.samestat(own, found):
            return GONE if found.st_dev != own.st_dev else "the file was replaced by another one"
        if found.st_size != self._size:
            return "the file was changed by another program"
        return None


def _write(disk: Disk, descriptor: int, data: bytes) -> None:
    if disk.write(descriptor, data) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    disk.sync(descriptor)
