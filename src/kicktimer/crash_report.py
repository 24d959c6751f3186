"""Reports of internal errors, written to a file that a user can send."""

from __future__ import annotations

import platform
import tempfile
import traceback

from kicktimer import __version__


def write_crash_report(error: BaseException) -> str:
    """Writes the versions and the traceback of `error` to a new temporary file, and returns its path."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="kicktimer-fault-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
    ) as file:
        file.write(f"kicktimer {__version__}, Python {platform.python_version()}, {platform.platform()}\n")
        traceback.print_exception(error, file=file)
    return file.name
