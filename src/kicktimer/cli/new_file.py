"""Creates a file for what a command writes, and never replaces one."""

from __future__ import annotations

import contextlib
import os

from kicktimer.cli.output import printable
from kicktimer.errors import KicktimerError


def create_file(name: str, text: str) -> None:
    """Creates the file. Raises `KicktimerError`, also where a file or a link of that name exists."""
    shown = printable(name)
    try:
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o666)
    except FileExistsError:
        raise KicktimerError(f"{shown} is there already, and stays as it is", "give another name") from None
    except FileNotFoundError:
        raise KicktimerError(f"{shown}: there is no such folder", "make it first, or give another name") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise KicktimerError(f"{shown} cannot be written: {reason}", "give another name") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108 - the name may be one that Path changes
        raise KicktimerError(f"{shown} cannot be written: {error.strerror}", "give another name") from None
