"""Giving back memory that is held for nothing.

PortAudio asks ALSA for every device that has a name, and ALSA loads what stands behind it: with Debian's usual plugins
a whole film encoder, 20 MB of code that is never called again. Such pages are clean copies of files, and the system
brings back those that are needed at the cost of a few microseconds.
"""

from __future__ import annotations

import sys

MADV_DONTNEED = 4


def trim() -> int:
    """Drop the untouched pages of libraries, where the system can (Linux). Says how many kB of them were there.

    Takes some 10 ms: not to be called while a cue sounds.
    """
    if sys.platform != "linux":
        return 0
    try:
        import ctypes  # noqa: PLC0415 - not every Python is built with it

        madvise = ctypes.CDLL(None).madvise
        with open("/proc/self/smaps", encoding="utf-8", errors="replace") as told:  # noqa: PTH123 - no `Path` needed
            found = clean_code(told.read())
    except (ImportError, OSError, AttributeError, ValueError, IndexError):
        return 0  # it is a courtesy
    return sum(
        size // 1024
        for start, size in found
        if madvise(ctypes.c_void_p(start), ctypes.c_size_t(size), MADV_DONTNEED) == 0
    )


def clean_code(smaps: str) -> list[tuple[int, int]]:
    """Where libraries lie that cannot have been changed, as (start, bytes): what is dropped there comes back the same.

    A piece that can be written to, or of which a page is the process's own (`Anonymous`), is left alone.
    """
    found: list[tuple[int, int]] = []
    piece: tuple[int, int] | None = None
    for line in smaps.splitlines():
        key, _, rest = line.partition(" ")
        if not key.endswith(":"):
            first, _, last = key.partition("-")
            fields = rest.split(None, 4)
            mode, path = fields[0], fields[4] if len(fields) > 4 else ""
            library = path.startswith("/") and ".so" in path and "(deleted)" not in path
            piece = (int(first, 16), int(last, 16) - int(first, 16)) if library and "w" not in mode else None
        elif key == "Anonymous:" and piece is not None and rest.split() == ["0", "kB"]:
            found.append(piece)
    return found
