"""What the journal asks of the operating system: one small class, so that tests can put faults exactly here.

Every method raises OSError where the system says no; none retries, none hides anything.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL}


class Disk:
    def create(self, path: Path) -> int:
        """A new file that nobody else has, opened to append, readable by its owner only, and locked."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            # Some network disks know no locks. O_EXCL has made the file ours; the lock only keeps out a later resume.
            if error.errno not in NO_LOCKS:
                os.close(descriptor)
                raise
        return descriptor

    def write(self, descriptor: int, data: bytes) -> int:
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Return when what was written is on the disk itself."""
        if sys.platform == "darwin":
            try:
                # fsync on macOS stops at the drive's own cache, which a power cut empties.
                fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            except OSError as error:
                if error.errno not in NO_LOCKS:
                    raise
            else:
                return
            os.fsync(descriptor)
        else:
            os.fdatasync(descriptor)

    def sync_directory(self, directory: Path) -> None:
        """Without this a power cut can take away a new file's name, whatever was synced inside."""
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in NO_LOCKS:  # a network disk that syncs no directories
                raise
        finally:
            os.close(descriptor)

    def has_name(self, descriptor: int) -> bool:
        """False where the file was deleted: writing to it goes well, and nobody will ever find it."""
        return os.fstat(descriptor).st_nlink > 0

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def make_directory(self, directory: Path) -> None:
        """Make `directory` with all that leads to it, each new name synced into its parent."""
        missing = []
        level = directory
        while not level.exists() and level != level.parent:
            missing.append(level)
            level = level.parent
        for each in reversed(missing):
            each.mkdir(mode=0o700, exist_ok=True)
            self.sync_directory(each.parent)
