"""The system's own programs that play raw samples: which of them are installed, and which one a device name selects."""

from __future__ import annotations

import os

PLAYERS = ("pacat", "aplay", "pw-cat")
"""The supported programs, in the order in which they are tried.

`pw-cat` is the last one: its latency is not measured, and the version of Debian 12 (0.3.65) does not know the option
`--raw` and exits at once.
"""


def installed_players() -> list[str]:
    """Returns the programs of `PLAYERS` that are installed, in the same order."""
    return [program for program in PLAYERS if _is_on_path(program)]


def _is_on_path(program: str) -> bool:
    # `shutil.which` would import the compression modules, which take 1 MB of the speaker process.
    return any(os.access(os.path.join(folder, program), os.X_OK) for folder in os.get_exec_path())  # noqa: PTH118


def split_device(device: str) -> tuple[str, str]:
    """Splits "PROGRAM:NAME" into the program and its device, e.g. "pacat:SINK".

    A device that starts with no known program belongs to the first installed one, or to `pacat` if none is installed.
    """
    program, colon, name = device.partition(":")
    if colon and program in PLAYERS:
        return program, name
    return next(iter(installed_players()), "pacat"), device
