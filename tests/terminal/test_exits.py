"""How the program ends in a real terminal: after signals, after internal errors, and while its output is not read."""

from __future__ import annotations

import re
import signal
import termios
import time
from pathlib import Path

import pytest

from harness.terminal import Terminal
from tests.terminal.test_session import boottime, files, named, the_log

pytestmark = pytest.mark.terminal

LEFT = "\x1b[?1049l"


def children(pid: int) -> list[int]:
    """Returns the children of a process; none on a system without /proc."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = status.read_text().rpartition(")")[2].split()
        except OSError:  # the process has ended since it was listed
            continue
        if int(words[1]) == pid:
            found.append(int(status.parent.name))
    return found


def gone(pids: list[int], seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_saves_the_session_and_restores_the_terminal(number: signal.Signals, tmp_path: Path) -> None:
    with Terminal(files(tmp_path), tmp_path) as terminal:
        before = terminal.modes_before
        terminal.wait_for("READY")
        terminal.press("space")
        terminal.wait_for("RUN")
        terminal.press("m")
        terminal.wait_for(lambda text: re.search(r"\d\.\dh", text) is not None)  # the arrival is shown
        held = children(terminal.process.pid)
        assert held, "the speaker"
        terminal.process.send_signal(number)
        assert terminal.wait_for_exit() == 128 + number
        terminal.wait_for(lambda text: "saved: " in text and f"stopped by {number.name}" in text)
        assert LEFT in terminal.raw
        assert termios.tcgetattr(terminal.descriptor)[:4] == before
        assert gone(held)
    _, facts = the_log(tmp_path)
    assert len(named(facts, "tapped")) == 1
    assert not named(facts, "session_ended")


def test_closing_the_terminal_ends_the_program(tmp_path: Path) -> None:
    with Terminal(files(tmp_path), tmp_path) as terminal:
        terminal.wait_for("READY")
        terminal.press("space")
        terminal.wait_for("RUN")
        held = children(terminal.process.pid)
        terminal.close()
        assert terminal.wait_for_exit() == 128 + signal.SIGHUP
        assert gone(held)
    _, facts = the_log(tmp_path)
    assert named(facts, "rep_started")


CRASHING_PROGRAM = """
import sys
from kicktimer import live_session
from kicktimer.cli import main

def crash(*_, **__):
    secret = "a value that nobody else is to see"
    raise OSError("an injected error")

live_session.LiveSession.tap = crash
sys.exit(main(sys.argv[1:]))
"""


def test_internal_error_is_reported_without_a_traceback_and_the_session_is_closed(tmp_path: Path) -> None:
    with Terminal(files(tmp_path), tmp_path, program=["-c", CRASHING_PROGRAM]) as terminal:
        terminal.wait_for("READY")
        terminal.press("space")
        terminal.wait_for("RUN")
        held = children(terminal.process.pid)
        terminal.press("m")
        assert terminal.wait_for_exit() == 3
        terminal.wait_for("please send")
        after = terminal.raw.split(LEFT)[-1]
        assert "saved: " in after
        assert "secret" not in after
        assert "Traceback" not in after
        assert gone(held)
        path = re.search(r"please send (\S+)", after)
        assert path is not None
        report = Path(path[1])
        assert "an injected error" in report.read_text()
        report.unlink()
    _, facts = the_log(tmp_path)
    assert named(facts, "rep_started")


def test_redirected_stderr_is_reported(tmp_path: Path) -> None:
    with (tmp_path / "err.txt").open("w+") as stderr, Terminal(files(tmp_path), tmp_path, stderr=stderr) as terminal:
        assert terminal.wait_for_exit() == 1
        stderr.seek(0)
        assert "draws on stderr" in stderr.read()


@pytest.mark.idle_machine(2)
def test_unread_terminal_does_not_delay_clock_or_keys(tmp_path: Path) -> None:
    with Terminal([*files(tmp_path)], tmp_path) as terminal:
        terminal.wait_for("READY")
        time.sleep(1)
        terminal.press("space")
        terminal.wait_for("RUN")
        terminal.stop_reading()
        time.sleep(12)  # long enough to fill every buffer between the app and the terminal
        keys = [terminal.press("m"), terminal.press("d")]
        time.sleep(4)
        header, facts = the_log(tmp_path)
        assert len(named(facts, "rep_started")) >= 1
        opened = header["clock"]["at_open"]
        taps = [fact["t"] for fact in named(facts, "tapped")]
        apart = [t - (boottime(moment) - opened) * 1000 for t, moment in zip(taps, keys, strict=True)]
        assert max(abs(ms) for ms in apart) <= 50, apart
        starts = named(facts, "rep_started")
        assert len(starts) == 2, "the recovery ended and the next rep began on time"
        terminal.resume_reading()
        terminal.wait_for(lambda text: "rep 2 of 3" in text and "RUN" in text)
        terminal.press("?")
        terminal.wait_for("that athlete came in")
        terminal.press("escape")
        terminal.wait_for(lambda text: "that athlete came in" not in text)
        terminal.press("ctrl+q")
        terminal.wait_for("END THE SESSION?")
        terminal.press("ctrl+q")
        terminal.wait_for("saved at")
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0


@pytest.mark.parametrize("how", ["keys", "signal"])
def test_program_ends_while_the_terminal_stays_unread(how: str, tmp_path: Path) -> None:
    with Terminal(files(tmp_path), tmp_path) as terminal:
        terminal.wait_for("READY")
        terminal.press("space")
        terminal.wait_for("RUN")
        terminal.stop_reading()
        time.sleep(8)
        since = time.monotonic()
        if how == "keys":
            for _ in range(3):
                terminal.press("ctrl+q")
                time.sleep(0.5)
        else:
            terminal.process.send_signal(signal.SIGTERM)
        assert terminal.wait_for_exit(15) == (0 if how == "keys" else 128 + signal.SIGTERM)
        print(f"ended after {time.monotonic() - since:.1f} s")
        assert time.monotonic() - since < 8
        terminal.resume_reading()
        terminal.wait_for("saved: ", 5)
        assert LEFT in terminal.raw
