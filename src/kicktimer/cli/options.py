"""The meaning of the options that several commands share: `--log-dir` and `--sound`; the settings of the app."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.errors import UsageError
from kicktimer.settings import load_settings

if TYPE_CHECKING:
    import argparse

    from kicktimer.settings import Settings


def log_directory(options: argparse.Namespace) -> Path:
    """Returns the directory of session logs: `--log-dir`, else the one in the settings, else the default one."""
    if options.log_dir:
        return Path(os.path.expanduser(options.log_dir))  # noqa: PTH111 - Path.expanduser raises for an unknown user
    return load_settings().log_directory


def app_settings() -> Settings:
    """Returns the settings for the app, with their keys checked. Raises `KicktimerError` with all faults."""
    from kicktimer.tui.keymap import key_faults  # noqa: PLC0415 - most commands know no keys

    return load_settings(check_keys=key_faults)


def requested_sink(options: argparse.Namespace) -> str | None:
    """Returns the sound output that `--sound` names, or None. Raises `UsageError` for an unknown name."""
    from kicktimer.sound import SINKS  # noqa: PLC0415 - `list` and `show` need no sound, and start faster without it

    sink: str | None = options.sound or None
    if sink not in (None, *SINKS):
        raise UsageError(f"there is no sound output called {sink!r}", f"one of {', '.join(SINKS)}")
    return sink
