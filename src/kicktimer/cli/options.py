"""The meaning of what several commands share: `--log-dir`, `--sound` and LOG; the settings of the app."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.errors import KicktimerError, UsageError
from kicktimer.settings import load_settings

if TYPE_CHECKING:
    import argparse

    from kicktimer.settings import Settings
    from kicktimer.settings_store import SettingsStore


def log_directory(options: argparse.Namespace, settings: Settings | None = None) -> Path:
    """Returns the directory of session logs: `--log-dir`, else the one in the settings, else the default one.

    Without `settings` it loads them, and raises `KicktimerError` if the file is wrong.
    """
    if options.log_dir:
        return Path(os.path.expanduser(options.log_dir))  # noqa: PTH111 - Path.expanduser raises for an unknown user
    return (settings or load_settings()).log_directory


def app_settings() -> Settings:
    """Returns the settings for the app, with their keys checked. Raises `KicktimerError` with all faults."""
    from kicktimer.tui.keymap import key_faults  # noqa: PLC0415 - most commands know no keys

    return load_settings(check_keys=key_faults)


def settings_store() -> SettingsStore:
    """Returns the settings for the app, which starts with a wrong file too: the screen says what is wrong."""
    from kicktimer.settings_store import SettingsStore  # noqa: PLC0415 - most commands change no settings
    from kicktimer.tui.keymap import key_faults  # noqa: PLC0415

    return SettingsStore(check_keys=key_faults)


def requested_sink(options: argparse.Namespace) -> str | None:
    """Returns the sound output that `--sound` names, or None. Raises `UsageError` for an unknown name."""
    from kicktimer.sound import SINKS  # noqa: PLC0415 - `list` and `show` need no sound, and start faster without it

    sink: str | None = options.sound or None
    if sink not in (None, *SINKS):
        raise UsageError(f"there is no sound output called {sink!r}", f"one of {', '.join(SINKS)}")
    return sink


def find_log(options: argparse.Namespace) -> Path:
    """Returns the log that LOG names, or the newest log without LOG.

    LOG is a file, an id or its beginning, the number in the list, `today` or a day. Raises `KicktimerError` if no log
    or more than one matches.
    """
    directory = log_directory(options)
    if options.log is not None and os.path.lexists(options.log):
        return Path(options.log)
    from kicktimer.history import History  # noqa: PLC0415 - commands without a log start faster without it

    with History(directory) as history:
        if options.log is not None:
            return history.resolve(options.log, date.today()).path  # noqa: DTZ011 - the user's own day
        entries = [entry for entry in history.entries() if entry.is_log]
    if not entries:
        raise KicktimerError(f"no sessions yet in {directory}", "kicktimer run 8x400-burner")
    return next((entry for entry in entries if not entry.is_empty), entries[0]).path
