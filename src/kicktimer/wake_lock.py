"""Keeping the machine from sleeping and its screen from going blank while a session runs.

`keep_awake()` starts what this system has for that and returns at once: a few child processes, each of which holds one
inhibition for as long as it lives. A child lives until the pipe to it is closed, which `Awake.close` does, and the
kernel too when this process dies in any way: no orphan keeps a machine awake, and a changed X server is put back.

`Awake.problem` is one sentence for the screen, "" where all is well (or not yet known: a child that does not say at
once that it holds has failed, and that can take a moment). It never blocks and may be asked at every repaint.

Nothing here writes to the terminal. The Linux console is kept awake by an escape sequence, and one that is written
beside a running Textual app can land inside one of its own; so where the console goes blank, the sentence says what to
type before.
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

CLOSE_S = 1.0
SLEEP_STATES = Path("/sys/power/state")
CONSOLE_BLANK = Path("/sys/module/kernel/parameters/consoleblank")

# Runs inside the inhibitor: says that it holds, then waits for the end of the pipe.
HOLD = ("sh", "-c", "echo held; exec cat")

# The lid needs more rights than sleep does (not given over SSH, for one), so it is let go before sleep is.
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
AFAR = "Over SSH: keep the computer before you awake yourself"

State = Literal["asked", "held", "no-lid", "failed"]


class InhibitorProcess:
    """A child that holds an inhibition. Its first word says so; when it falls silent it holds no more."""

    def __init__(self, command: tuple[str, ...], environ: Mapping[str, str]) -> None:
        self.state: State = "asked"
        self.said = ""
        # A session of its own: ctrl+c in the terminal is not for it, and no tool can ask for a password over the app.
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

    def look(self) -> State:
        """What the child has said by now."""
        while self.state != "failed":
            try:
                data = os.read(self._out, 4096)
            except BlockingIOError:
                break
            if not data:
                self.state = "failed"
                break
            self.said = (self.said + data.decode(errors="replace"))[-4096:]
            for word in self.said.splitlines():
                if word == "held":
                    self.state = "held"
                elif word == "no-lid":
                    self.state = "no-lid"
        return self.state

    def settle(self, seconds: float) -> None:
        end = monotonic() + seconds
        while self.look() == "asked" and (left := end - monotonic()) > 0:
            select.select([self._out], [], [], left)

    def let_go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()

    def end(self, seconds: float) -> None:
        try:
            self._process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


class WakeLock:
    """What keeps the machine awake, until `close`. Also a context manager."""

    def __init__(
        self, sleep: InhibitorProcess | None, screen: InhibitorProcess | None, sleep_problem: str, screen_problem: str
    ) -> None:
        self._sleep = sleep
        self._screen = screen
        self._sleep_problem = sleep_problem  # the sentence where there is no holder, or when it fails
        self._screen_problem = screen_problem
        self._closed = False

    @property
    def problem(self) -> str:
        if self._closed:
            return ""
        sleep = self._sleep.look() if self._sleep else "failed"
        screen = self._screen.look() if self._screen else "failed"
        may_sleep = self._sleep_problem if sleep == "failed" else ""
        may_blank = self._screen_problem if screen == "failed" else ""
        if may_sleep and may_blank == MAY_BLANK:
            return MAY_BOTH
        return may_sleep or may_blank or (LID if sleep == "no-lid" else "")

    @property
    def detail(self) -> str:
        """What a system said that refused, on one line, for the doctor; "" where none did."""
        said = [each.said for each in (self._sleep, self._screen) if each and each.look() == "failed"]
        lines = dict.fromkeys(line.strip() for text in said for line in text.splitlines())
        return "".join(char if char.isprintable() else " " for char in "; ".join(lines))

    def settle(self, seconds: float) -> None:
        """Wait until everything has said whether it holds, `seconds` at the most."""
        end = monotonic() + seconds
        for each in filter(None, (self._sleep, self._screen)):
            each.settle(max(0.0, end - monotonic()))

    def close(self) -> None:
        """Let the machine sleep again; within `CLOSE_S`. Closing again does nothing."""
        if self._closed:
            return
        self._closed = True
        holders = [each for each in (self._sleep, self._screen) if each]
        for each in holders:
            each.let_go()
        end = monotonic() + CLOSE_S
        for each in holders:
            each.end(end - monotonic())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def keep_awake(environ: Mapping[str, str] | None = None, platform: str = sys.platform) -> WakeLock:
    environ = os.environ if environ is None else environ
    if platform == "darwin":
        # One assertion does it all here: d display, i idle, m disk, s system (on mains). The lid cannot be helped.
        holder = _holder(("caffeinate", "-dims", *HOLD), environ)
        return WakeLock(holder, None, MAY_BOTH, "")
    sleep = _holder(("sh", "-c", SYSTEMD), environ, needs="systemd-inhibit")
    screen, screen_problem = _screen(environ)
    return WakeLock(sleep, screen, MAY_SLEEP if _can_sleep() else "", screen_problem)


def _screen(environ: Mapping[str, str]) -> tuple[InhibitorProcess | None, str]:
    """What keeps the screen on, and the sentence for when nothing does."""
    if environ.get("SSH_CONNECTION"):
        return None, AFAR
    desktop = environ.get("XDG_CURRENT_DESKTOP", "").upper()
    if "GNOME" in desktop:
        inhibit = ("gnome-session-inhibit", "--inhibit", "idle:suspend", "--reason", "a track session is running")
        return _holder((*inhibit, *HOLD), environ), MAY_BLANK
    if "KDE" in desktop:
        return _holder(("kde-inhibit", "--power", "--screenSaver", *HOLD), environ), MAY_BLANK
    if environ.get("WAYLAND_DISPLAY"):
        return None, MAY_BLANK  # only a window of one's own can ask a compositor
    if environ.get("DISPLAY"):
        return _holder(("sh", "-c", XSET), environ, needs="xset"), MAY_BLANK
    minutes = _console_minutes()
    if minutes:
        return None, f"The console goes blank after {minutes} min: leave, type `setterm --blank 0`, start again"
    return None, ""


def _holder(command: tuple[str, ...], environ: Mapping[str, str], needs: str = "") -> InhibitorProcess | None:
    if shutil.which(needs or command[0], path=environ.get("PATH")) is None:
        return None
    with suppress(OSError):  # no process to be had, or a file that is no program: as good as not installed
        return InhibitorProcess(command, environ)
    return None


def _can_sleep() -> bool:
    """False where the kernel knows no sleep, as on many servers and boards."""
    try:
        states = SLEEP_STATES.read_text().split()
    except OSError:
        return True
    return bool(states)


def _console_minutes() -> int:
    """After how many minutes the Linux console goes blank, 0 for never (the kernel's default)."""
    try:
        return -(-int(CONSOLE_BLANK.read_text()) // 60)
    except (OSError, ValueError):
        return 0
