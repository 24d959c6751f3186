"""The file operations of the journal, in one small class that tests replace to inject faults.

Every method raises OSError if the operating system reports an error. None retries or hides one.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

UNSUPPORTED_ERRNOS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL}


class Disk:
    def create(self, path: Path) -> int:
        """Creates a new file, readable by its owner only, and returns its descriptor, opened to append and locked."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        return self._lock(os.open(path, flags, 0o600))

    def reopen(self, path: Path) -> int:
        """Opens an existing file to append, locks it and returns its descriptor.

        Raises `BlockingIOError` if another program has locked it.
        """
        # Without O_NONBLOCK, opening a named pipe would wait forever.
        flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        return self._lock(os.open(path, flags))

    def _lock(self, descriptor: int) -> int:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            # Some network file systems have no locks. O_EXCL alone ensures that no other process has created the file.
            if error.errno not in UNSUPPORTED_ERRNOS:
                os.close(descriptor)
                raise
        return descriptor

    def write(self, descriptor: int, data: bytes) -> int:
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Waits until all written data is on the disk itself."""
        if sys.platform == "darwin":
            try:
                # On macOS, fsync leaves data in the drive's own cache, which is lost in a power cut.
                fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            except OSError as error:
                if error.errno not in UNSUPPORTED_ERRNOS:
                    raise
            else:
                return
            os.fsync(descriptor)
        else:
            os.fdatasync(descriptor)

    def sync_directory(self, directory: Path) -> None:
        """Makes the names of new files in `directory` durable. Otherwise a power cut can remove even a synced file."""
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in UNSUPPORTED_ERRNOS:  # some network file systems cannot sync a directory
                raise
        finally:
            os.close(descriptor)

    def status(self, file: Path | int) -> os.stat_result:
        """Returns the status of a path, not following a link, or of a descriptor."""
        return os.fstat(file) if isinstance(file, int) else os.lstat(file)

    def exists(self, path: Path) -> bool:
        return path.exists()

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def make_directory(self, directory: Path) -> None:
        """Creates `directory` and its missing parents, and makes each new name durable."""
        missing = []
        level = directory
        while not level.exists() and level != level.parent:
            missing.append(level)
            level = level.parent
        for each in reversed(missing):
            each.mkdir(mode=0o700, exist_ok=True)
            self.sync_directory(each.parent)
