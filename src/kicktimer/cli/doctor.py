"""`kicktimer doctor`: checks disk, terminal, clock, date, pins, keys and sound, and says how to mend each fault."""

from __future__ import annotations

import os
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer import RELEASE_YEAR, __version__
from kicktimer.cli.findings import print_finding
from kicktimer.cli.key_test import print_keys, run_key_test
from kicktimer.cli.options import app_settings, log_directory, requested_sink
from kicktimer.cli.output import print_text
from kicktimer.cli.saved_log import start_text
from kicktimer.cli.sound_test import SoundTest, create_speaker
from kicktimer.errors import KicktimerError
from kicktimer.journal import check_writable, newest_start, start_timestamp
from kicktimer.system_clock import local_time, system_clock
from kicktimer.tui.keymap import build_keymap

if TYPE_CHECKING:
    import argparse

    from kicktimer.gpio_settings import GpioSettings
    from kicktimer.settings import Settings

MIN_COLUMNS, MIN_LINES = 80, 24  # the smallest terminal on which the live screen shows everything


def doctor(options: argparse.Namespace) -> int:
    """Runs all checks. Returns 1 if one fails or where the coach says that nothing is heard."""
    settings = _settings(options)
    directory = log_directory(options)
    print_text(f"kicktimer {__version__}, Python {sys.version.split()[0]}")
    checks = {"disk": _disk(directory), "terminal": _terminal(), "clock": _clock(), "date": _date(directory)}
    if settings.gpio is not None:
        checks["pins"] = _pins(settings.gpio)
    for name, (ok, text) in checks.items():
        print_finding("ok" if ok else "MEND", f"{name}: {text}")
    keymap = build_keymap(settings.keys)
    print_keys(settings.keys, keymap)
    log = directory / "sound.log" if directory.is_dir() else Path(os.devnull)
    ring = _ring if sys.stdout.isatty() else None
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    try:
        heard = SoundTest(settings, partial(create_speaker, log=log, ring=ring), _ask if interactive else None).run()
        if interactive:
            run_key_test(keymap)
    except KeyboardInterrupt:
        print_text()  # the terminal has echoed ^C behind a question or a cue
        raise
    return 0 if heard and all(ok for ok, _ in checks.values()) else 1


def _settings(options: argparse.Namespace) -> Settings:
    """Returns the settings with the output of `--sound`. Another output drops the device, which belonged to the old."""
    settings = app_settings()
    sound = requested_sink(options) or settings.sound
    return settings if sound == settings.sound else settings.model_copy(update={"sound": sound, "device": ""})


def _disk(directory: Path) -> tuple[bool, str]:
    try:
        check_writable(directory)
    except KicktimerError as error:
        return False, f"{error.message}: {error.hint}"
    free = shutil.disk_usage(directory).free // 1_000_000
    return True, f"sessions are saved in {directory}, {free} MB free"


def _terminal() -> tuple[bool, str]:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False, "there is none here: start kicktimer in a terminal window"
    size = shutil.get_terminal_size()
    shown = f"{size.columns} x {size.lines}, TERM={os.environ.get('TERM', '')}"
    if size.columns < MIN_COLUMNS or size.lines < MIN_LINES:
        return False, f"{shown}: smaller than {MIN_COLUMNS} x {MIN_LINES}, use a smaller font or a larger window"
    return True, shown


def _clock() -> tuple[bool, str]:
    if system_clock().counts_sleep:
        return True, "counts while the lid is closed, too"
    return True, "counts while the machine is awake: keep the lid open"


def _pins(settings: GpioSettings) -> tuple[bool, str]:
    """Opens the buttons and the horn for a moment."""
    from kicktimer.gpio import Gpio, GpioError  # noqa: PLC0415 - hardly anybody has buttons on pins

    try:
        Gpio(settings).close()
    except GpioError as error:
        return False, f"{error.message}: {error.hint}"
    buttons = [f"GPIO {pin} is {key or 'space'}" for pin, key in settings.keys.items()]
    horn = [] if settings.horn is None else [f"GPIO {settings.horn} is the horn"]
    return True, ", ".join([*buttons, *horn])


def _date(directory: Path) -> tuple[bool, str]:
    """Checks the wall clock, which a machine without a battery loses: it must not be behind a date that has been."""
    now = local_time()
    shown = f"{now:%Y-%m-%d %H:%M}"
    last_start = newest_start(directory)
    last = start_timestamp(last_start)
    if now.year < RELEASE_YEAR:
        reason = "and this program is newer"
    elif last is not None and now.timestamp() < last:
        reason = f"and the last session is from {start_text(last_start)}"
    else:
        return True, shown
    return False, (
        f"the date is {shown}, {reason}: set it, else sessions carry a wrong date (their order is right all the same): "
        f"{_date_command(sys.platform)}"
    )


def _date_command(platform: str) -> str:
    """Returns the command that sets the wall clock. `timedatectl set-time` is refused where NTP is switched on."""
    if platform == "darwin":
        return "sudo date MMDDhhmmYYYY"
    by_hand = "sudo date -s 'YYYY-MM-DD hh:mm'"
    return f"{by_hand}, or with a network sudo timedatectl set-ntp true" if shutil.which("timedatectl") else by_hand


def _ask(question: str) -> str:
    """Returns the answer typed after `question`, without what was typed before it. Raises EOFError after ctrl+d."""
    import termios  # noqa: PLC0415 - only on a POSIX terminal

    termios.tcflush(sys.stdin, termios.TCIFLUSH)
    return input(question).strip()


def _ring() -> None:
    sys.stdout.write("\a")
    sys.stdout.flush()
