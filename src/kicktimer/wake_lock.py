"""Keeps the machine from sleeping and its screen from going blank while a session runs.

`keep_awake()` starts child processes that suit the system and returns at once. Each child holds one inhibitor for as
long as it lives, and lives until the pipe to it is closed. `WakeLock.close` closes the pipes, and so does the kernel
when this process dies in any way. So no child is left that keeps the machine awake, and the settings of an X server
are always restored.

Nothing here writes to the terminal. The Linux console could be kept from going blank by an escape sequence, but one
written beside a running Textual app might land inside another sequence. `WakeLock.problem` then says what to type.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

CLOSE_TIMEOUT_S = 1.0
SLEEP_STATES = Path("/sys/power/state")
CONSOLE_BLANK = Path("/sys/module/kernel/parameters/consoleblank")

# Runs inside the inhibitor: prints that it holds the inhibitor, then waits until the pipe is closed.
HOLD = ("sh", "-c", "echo held; exec cat")

# The lid switch needs more rights than sleep, which an SSH session lacks: the fallback is to inhibit sleep alone.
SYSTEMD = """
hold() { systemd-inhibit --what="$1" --who=kicktimer --why="a track session is running" sh -c "echo $2; exec cat"; }
hold idle:sleep:handle-lid-switch held || hold idle:sleep no-lid
"""

XSET = """
before=$(xset q) || exit 1
timeout=$(printf '%s\\n' "$before" | awk '/timeout:/ {print $2, $4; exit}')
xset s off -dpms || exit 1
echo held
cat
xset s $timeout
case $before in *'DPMS is Enabled'*) xset +dpms;; esac
"""

MAY_BLANK = "The screen may go blank: switch that off in the system's settings"
MAY_SLEEP = "This machine may fall asleep: switch that off in the system's settings"
MAY_BOTH = "This machine may fall asleep and its screen go blank: switch both off first"
LID = "Keep the lid open: closing it sends this machine to sleep"
OVER_SSH = "Over SSH: keep the computer before you awake yourself"

State = Literal["requested", "held", "no-lid", "failed"]


class InhibitorProcess:
    """A child process that holds an inhibitor. It prints `held` or `no-lid` once it does; its end releases it."""

    def __init__(self, command: tuple[str, ...], environ: Mapping[str, str]) -> None:
        self.state: State = "requested"
        self.output = ""
        # In a session of its own, ctrl+c in the terminal does not reach it, and it cannot ask for a password.
        self._process = subprocess.Popen(
            command,
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._out = self._process.stdout.fileno()
        os.set_blocking(self._out, False)

    def poll(self) -> State:
        """Reads what the child has printed since the last call, without blocking, and returns its state."""
        while self.state != "failed":
            try:
                data = os.read(self._out, 4096)
            except BlockingIOError:
                break
            if not data:
                self.state = "failed"
                break
            self.output = (self.output + data.decode(errors="replace"))[-4096:]
            for word in self.output.splitlines():
                if word == "held":
                    self.state = "held"
                elif word == "no-lid":
                    self.state = "no-lid"
        return self.state

    def wait_until_known(self, seconds: float) -> None:
        """Waits, for `seconds` at most, until it is known whether the child holds its inhibitor."""
        end = monotonic() + seconds
        while self.poll() == "requested" and (left := end - monotonic()) > 0:
            select.select([self._out], [], [], left)

    def release(self) -> None:
        """Closes the pipe, so that the child ends."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def join(self, seconds: float) -> None:
        """Waits for the end of the child, and kills it and its children after `seconds`."""
        try:
            self._process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


class WakeLock:
    """Keeps the machine awake until `close` is called. Also a context manager."""

    def __init__(
        self, sleep: InhibitorProcess | None, screen: InhibitorProcess | None, sleep_problem: str, screen_problem: str
    ) -> None:
        self._sleep = sleep
        self._screen = screen
        self._sleep_problem = sleep_problem  # what `problem` says without a process, or if it fails
        self._screen_problem = screen_problem
        self._closed = False

    @property
    def problem(self) -> str:
        """A sentence for the coach, "" without a problem or while the result is not known yet. Never blocks."""
        if self._closed:
            return ""
        sleep = self._sleep.poll() if self._sleep else "failed"
        screen = self._screen.poll() if self._screen else "failed"
        may_sleep = self._sleep_problem if sleep == "failed" else ""
        may_blank = self._screen_problem if screen == "failed" else ""
        if may_sleep and may_blank == MAY_BLANK:
            return MAY_BOTH
        return may_sleep or may_blank or (LID if sleep == "no-lid" else "")

    @property
    def detail(self) -> str:
        """What the inhibitors that failed have printed, on one line; "" if none has failed."""
        outputs = [each.output for each in (self._sleep, self._screen) if each and each.poll() == "failed"]
        lines = dict.fromkeys(line.strip() for text in outputs for line in text.splitlines())
        return "".join(char if char.isprintable() else " " for char in "; ".join(lines))

    def wait_until_known(self, seconds: float) -> None:
        """Waits, for `seconds` at most, until it is known which inhibitors are held."""
        end = monotonic() + seconds
        for each in filter(None, (self._sleep, self._screen)):
            each.wait_until_known(max(0.0, end - monotonic()))

    def close(self) -> None:
        """Lets the machine sleep again, within `CLOSE_TIMEOUT_S`. Closing again does nothing."""
        if self._closed:
            return
        self._closed = True
        inhibitors = [each for each in (self._sleep, self._screen) if each]
        for each in inhibitors:
            each.release()
        end = monotonic() + CLOSE_TIMEOUT_S
        for each in inhibitors:
            each.join(end - monotonic())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def keep_awake(environ: Mapping[str, str] | None = None, platform: str = sys.platform) -> WakeLock:
    """Starts the inhibitors of this system and returns at once; `WakeLock.problem` says later if one has failed."""
    environ = os.environ if environ is None else environ
    if platform == "darwin":
        # caffeinate covers it all: d display, i idle, m disk, s system (on mains). Nothing can inhibit the lid.
        inhibitor = _start_inhibitor(("caffeinate", "-dims", *HOLD), environ)
        return WakeLock(inhibitor, None, MAY_BOTH, "")
    sleep = _start_inhibitor(("sh", "-c", SYSTEMD), environ, needs="systemd-inhibit")
    screen, screen_problem = _inhibit_blanking(environ)
    return WakeLock(sleep, screen, MAY_SLEEP if _can_sleep() else "", screen_problem)


def _inhibit_blanking(environ: Mapping[str, str]) -> tuple[InhibitorProcess | None, str]:
    """Starts what keeps the screen on. Returns it (None: nothing can) and the problem if it fails or is None."""
    if environ.get("SSH_CONNECTION"):
        return None, OVER_SSH
    desktop = environ.get("XDG_CURRENT_DESKTOP", "").upper()
    if "GNOME" in desktop:
        inhibit = ("gnome-session-inhibit", "--inhibit", "idle:suspend", "--reason", "a track session is running")
        return _start_inhibitor((*inhibit, *HOLD), environ), MAY_BLANK
    if "KDE" in desktop:
        return _start_inhibitor(("kde-inhibit", "--power", "--screenSaver", *HOLD), environ), MAY_BLANK
    if environ.get("WAYLAND_DISPLAY"):
        return None, MAY_BLANK  # a Wayland compositor accepts an inhibitor only from a program with a window
    if environ.get("DISPLAY"):
        return _start_inhibitor(("sh", "-c", XSET), environ, needs="xset"), MAY_BLANK
    minutes = _console_minutes()
    if minutes:
        return None, f"The console goes blank after {minutes} min: leave, type `setterm --blank 0`, start again"
    return None, ""


def _start_inhibitor(command: tuple[str, ...], environ: Mapping[str, str], needs: str = "") -> InhibitorProcess | None:
    if shutil.which(needs or command[0], path=environ.get("PATH")) is None:
        return None
    with suppress(OSError):  # the system allows no more processes, or the file cannot be executed
        return InhibitorProcess(command, environ)
    return None


def _can_sleep() -> bool:
    """Returns False if the kernel supports no sleep state, as on many servers and single-board computers."""
    try:
        states = SLEEP_STATES.read_text().split()
    except OSError:
        return True
    return bool(states)


def _console_minutes() -> int:
    """Returns after how many minutes the Linux console goes blank; 0, the kernel's default, means never."""
    try:
        return -(-int(CONSOLE_BLANK.read_text()) // 60)
    except (OSError, ValueError):
        return 0
