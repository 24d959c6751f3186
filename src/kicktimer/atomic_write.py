"""Replaces a small file as a whole: whoever reads it sees the old text or the new one, also after a power cut."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path


def atomic_write(path: Path, data: bytes) -> None:
    """Put `data` into the file, made with its folder where it is not there. Raises OSError, and then nothing changed.

    A link stays a link: what it points to is replaced. The file keeps its permissions.
    """
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, since only inside one file system is a rename a single step.
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    trial = Path(name)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - it is open already
            with contextlib.suppress(FileNotFoundError):
                os.fchmod(file.fileno(), stat.S_IMODE(target.stat().st_mode))
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        trial.replace(target)
    except BaseException:
        trial.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Have the new name reach the disk. Some network disks cannot: the file is as it should be all the same."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
