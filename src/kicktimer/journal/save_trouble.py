"""What is wrong with saving a session, and the words for it: the reason first, then what it means, then what to do."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NO_ANSWER = "the disk does not answer"
GONE = "the stick or disk is gone"
REASONS = {
    errno.ENOSPC: "no space left",
    errno.EDQUOT: "no space left",
    errno.EFBIG: "no space left",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "no permission to write",
    errno.EPERM: "no permission to write",
    errno.EIO: "the disk is failing",
    errno.ENOENT: "the folder is gone",
    errno.ENODEV: GONE,
    errno.ENXIO: GONE,
    errno.ESTALE: GONE,
    errno.ENOTCONN: GONE,
    errno.ETIMEDOUT: NO_ANSWER,
}
REMEDIES = {
    "no space left": "make room on the disk",
    NO_ANSWER: "put the stick back in, or check the network",
    GONE: "put the stick back in, or check the network",
    "the disk is failing": "put another stick in, or make room on this machine",
}


class FileLostError(OSError):
    """The log is no longer what was written: it was deleted, moved, replaced or changed. The message says which."""


@dataclass(frozen=True, slots=True)
class SaveTrouble:
    """Why the file `path` cannot be written.

    `saved_in` is the file that holds the whole session now; None as long as there is none.
    """

    reason: str
    path: Path
    saved_in: Path | None = None

    @property
    def is_saved(self) -> bool:
        """Whether everything is saved, in another file."""
        return self.saved_in is not None

    @property
    def remedy(self) -> str:
        """What the coach can do about it."""
        return REMEDIES.get(self.reason, "make room on this machine")

    def sentence(self) -> str:
        """Returns the whole story in one sentence or two."""
        if self.saved_in is not None:
            return (
                f"{self.reason}: {self.path.name} was given up, and the whole session is now saved in {self.saved_in}"
            )
        return f"THE SESSION IS NOT SAVED: {self.reason} ({self.path}). It goes on in memory: {self.remedy}"


def reason_text(error: OSError) -> str:
    """Returns the reason of a failed disk operation, in a coach's words."""
    if isinstance(error, FileLostError):
        return str(error)
    return REASONS.get(error.errno or 0, "the disk cannot be written")
