"""The wake lock with fake commands on PATH: which are called, which problems are reported, and that all end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from kicktimer import wake_lock
from kicktimer.wake_lock import WakeLock, keep_awake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TIMEOUT_S = 20.0  # only a test that fails waits so long
INHIBIT = 'echo "$*" >>"$NOTES"; while [ "${1#--}" != "$1" ]; do shift; done; "$@"'


class Machine:
    """A PATH that holds only `sh`, `cat`, `awk` and the commands that a test installs."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.notes = folder / "notes"
        self.notes.touch()
        for name in ("sh", "cat", "awk"):
            found = shutil.which(name, path="/bin:/usr/bin")
            assert found
            (self.bin / name).symlink_to(found)
        self.environ = {"PATH": str(self.bin), "NOTES": str(self.notes)}

    def install(self, name: str, script: str) -> None:
        path = self.bin / name
        path.write_text(f"#!{self.bin}/sh\n{script}\n")
        path.chmod(0o755)

    def calls(self) -> str:
        return self.notes.read_text()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    states = tmp_path / "states"
    states.write_text("freeze mem\n")
    monkeypatch.setattr(wake_lock, "SLEEP_STATES", states)
    monkeypatch.setattr(wake_lock, "CONSOLE_BLANK", tmp_path / "none")
    return Machine(tmp_path)


@pytest.fixture
def keep(machine: Machine) -> Iterator[Callable[..., WakeLock]]:
    kept: list[WakeLock] = []

    def start(platform: str = "linux", **environ: str) -> WakeLock:
        held = keep_awake({**machine.environ, **environ}, platform)
        kept.append(held)
        held.wait_until_known(TIMEOUT_S)
        return held

    yield start
    for each in kept:
        each.close()


def test_systemd_inhibits_sleep_and_the_lid(machine: Machine, keep: Callable[..., WakeLock]) -> None:
    machine.install("systemd-inhibit", INHIBIT)
    held = keep()
    assert held.problem == ""
    assert held.detail == ""
    assert machine.calls().startswith("--what=idle:sleep:handle-lid-switch")
    held.close()
    held.close()
    assert held.problem == ""


def test_sleep_is_inhibited_where_the_lid_is_refused(machine: Machine, keep: Callable[..., WakeLock]) -> None:
    machine.install("systemd-inhibit", f'case "$1" in *lid*) echo "Access denied" >&2; exit 1;; esac; {INHIBIT}')
    assert keep().problem == wake_lock.LID


def test_inhibitor_that_fails_at_once_is_reported(machine: Machine, keep: Callable[..., WakeLock]) -> None:
    machine.install("systemd-inhibit", 'echo "Failed to connect to \x1b[31mbus" >&2; exit 1')
    held = keep()
    assert held.problem == wake_lock.MAY_SLEEP
    assert held.detail == "Failed to connect to  [31mbus"


def test_missing_inhibitors_are_reported(keep: Callable[..., WakeLock]) -> None:
    assert keep().problem == wake_lock.MAY_SLEEP
    assert keep(DISPLAY=":0").problem == wake_lock.MAY_BOTH
    assert keep(WAYLAND_DISPLAY="wayland-0").problem == wake_lock.MAY_BOTH
    assert keep("darwin").problem == wake_lock.MAY_BOTH


def test_machine_without_sleep_states_has_no_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: Callable[..., WakeLock]
) -> None:
    (tmp_path / "states").write_text("\n")
    assert keep().problem == ""
    monkeypatch.setattr(wake_lock, "CONSOLE_BLANK", tmp_path / "blank")
    (tmp_path / "blank").write_text("600\n")
    assert "10 min" in keep().problem
    (tmp_path / "blank").write_text("0\n")
    assert keep().problem == ""
    assert keep(SSH_CONNECTION="192.0.2.1 1 192.0.2.2 22", DISPLAY=":10").problem == wake_lock.OVER_SSH


@pytest.mark.parametrize(
    ("platform", "command", "environ", "word"),
    [
        ("darwin", "caffeinate", {}, "-dims"),
        ("linux", "gnome-session-inhibit", {"XDG_CURRENT_DESKTOP": "ubuntu:GNOME"}, "--inhibit idle:suspend"),
        ("linux", "kde-inhibit", {"XDG_CURRENT_DESKTOP": "KDE"}, "--screenSaver"),
    ],
)
def test_each_desktop_uses_its_own_inhibitor(  # noqa: PLR0917
    machine: Machine, keep: Callable[..., WakeLock], platform: str, command: str, environ: dict[str, str], word: str
) -> None:
    machine.install("systemd-inhibit", INHIBIT)
    machine.install(command, 'echo "$*" >>"$NOTES"; while [ "$1" != sh ]; do shift; done; "$@"')
    held = keep(platform, **environ)
    assert held.problem == ""
    assert word in machine.calls()


def test_settings_of_an_x_server_are_restored(machine: Machine, keep: Callable[..., WakeLock]) -> None:
    machine.install("systemd-inhibit", INHIBIT)
    status = (
        "Screen Saver:\n  prefer blanking:  yes\n  timeout:  540    cycle:  600\nDPMS (Energy Star):\n  DPMS is Enabled"
    )
    machine.install("xset", f'echo "xset $*" >>"$NOTES"; [ "$1" = q ] && echo "{status}"; exit 0')
    held = keep(DISPLAY=":0")
    assert held.problem == ""
    assert machine.calls().endswith("xset s off -dpms\n")
    held.close()
    assert machine.calls().endswith("xset s 540 600\nxset +dpms\n")


def test_inhibitor_that_ends_early_is_reported(machine: Machine, keep: Callable[..., WakeLock]) -> None:
    machine.install("systemd-inhibit", "echo held; echo ended >&2; exit 0")
    held = keep()
    held._sleep._process.wait(TIMEOUT_S)
    assert held.problem == wake_lock.MAY_SLEEP


def test_hanging_inhibitor_is_killed(
    machine: Machine, keep: Callable[..., WakeLock], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wake_lock, "CLOSE_TIMEOUT_S", 0.0)
    machine.install("systemd-inhibit", "trap '' TERM HUP INT; echo held; while :; do :; done")
    held = keep()
    assert held.problem == ""
    held.close()
    assert held._sleep._process.returncode == -signal.SIGKILL


def test_inhibitors_end_when_the_program_is_killed(machine: Machine, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    machine.install("systemd-inhibit", f'exec 9>"{pipe}"; {INHIBIT}; echo "let go" >&9')
    code = (
        "import os, sys\nfrom kicktimer.wake_lock import keep_awake\n"
        "with keep_awake(dict(os.environ), 'linux') as held:\n"
        f"    held.wait_until_known({TIMEOUT_S})\n    print(held.problem or 'held', flush=True)\n    sys.stdin.read()\n"
    )
    left = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with (
        os.fdopen(left) as holders,
        subprocess.Popen(
            [sys.executable, "-c", code],
            env=machine.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as program,
    ):
        assert program.stdout is not None
        assert program.stdout.readline() == "held\n"
        os.set_blocking(left, True)
        program.send_signal(signal.SIGKILL)
        # All children of the inhibitor hold the pipe open, so its end of file means that none is left.
        assert holders.read() == "let go\n"
