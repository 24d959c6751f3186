"""Signals and sizes of the terminal on every screen: nothing is lost or left over, and the terminal is restored."""

from __future__ import annotations

import fcntl
import random
import signal
import struct
import termios
import time
from pathlib import Path

import pytest

from harness.terminal import Terminal
from tests.faults import scaled
from tests.terminal.test_exits import LEFT, children, gone
from tests.terminal.test_session import files, named, the_log

pytestmark = pytest.mark.terminal


def go_to(terminal: Terminal, place: str, home: Path) -> None:
    """Brings the app to a screen of a session that has begun, with two arrivals in the log."""
    terminal.wait_for("READY")
    terminal.press("space")
    terminal.wait_for("RUN")
    terminal.press("m")
    terminal.press("d")
    terminal.wait_for(lambda _: len(named(the_log(home)[1], "tapped")) == 2)
    if place == "run":
        return
    terminal.wait_for("RECOVERY")
    if place == "help":
        terminal.press("?")
        terminal.wait_for("that athlete came in")
    if place == "summary":
        terminal.press("ctrl+q")
        terminal.wait_for("END THE SESSION?")
        terminal.press("ctrl+q")
        terminal.wait_for("saved at")


def resize(terminal: Terminal, columns: int, lines: int) -> None:
    fcntl.ioctl(terminal.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    terminal.process.send_signal(signal.SIGWINCH)


@pytest.mark.parametrize("place", ["help", "summary"])  # tests/terminal/test_exits.py has the running session
def test_signal_on_any_screen_loses_nothing(place: str, tmp_path: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)[: scaled(1, 3)]:
        home = tmp_path / number.name
        home.mkdir()
        with Terminal(files(home), home) as terminal:
            before = terminal.modes_before
            go_to(terminal, place, home)
            held = children(terminal.process.pid)
            terminal.process.send_signal(number)
            assert terminal.wait_for_exit() == 128 + number
            assert LEFT in terminal.raw
            assert "\x1b[?25h" in terminal.raw[terminal.raw.rindex(LEFT) - 200 :], "the cursor is shown again"
            assert termios.tcgetattr(terminal.descriptor)[:4] == before
            assert gone(held), "a process is left over"
        assert len(named(the_log(home)[1], "tapped")) == 2


def test_signal_on_the_pick_screen_ends_the_program(tmp_path: Path) -> None:
    with Terminal(["--sound", "off"], tmp_path) as terminal:
        terminal.wait_for("Which workout?")
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.wait_for_exit() == 128 + signal.SIGTERM
        assert LEFT in terminal.raw
        assert termios.tcgetattr(terminal.descriptor)[:4] == terminal.modes_before


def count_threads(pid: int) -> int:
    """Returns how many threads a process has; 0 on a system without /proc."""
    return len(list(Path(f"/proc/{pid}/task").glob("*")))


def test_program_that_is_stopped_and_continued_goes_on(tmp_path: Path) -> None:
    with Terminal(files(tmp_path), tmp_path) as terminal:
        go_to(terminal, "run", tmp_path)
        modes = termios.tcgetattr(terminal.descriptor)
        threads = count_threads(terminal.process.pid)
        terminal.process.send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        cooked = [*terminal.modes_before, *modes[4:]]
        termios.tcsetattr(terminal.descriptor, termios.TCSANOW, cooked)  # as a shell does meanwhile
        written = len(terminal.raw)
        for _ in range(3):  # a program that runs may get it, too
            terminal.process.send_signal(signal.SIGCONT)
            time.sleep(0.2)
        terminal.press("?")
        terminal.wait_for("that athlete came in")
        assert termios.tcgetattr(terminal.descriptor)[:4] == modes[:4]
        assert count_threads(terminal.process.pid) <= threads, "no second thread may read the keys"
        again = terminal.raw[written:]
        assert "\x1b[?1049h" in again, "the alternate screen is entered again"
        assert "\x1b[=31;1u" in again, "the keyboard's modes are set again"
        assert "\x1b[>31u" not in again, "and not pushed, as they are popped once"
        terminal.process.send_signal(signal.SIGTSTP)
        time.sleep(1)
        terminal.process.send_signal(signal.SIGCONT)
        terminal.wait_for(lambda _: termios.tcgetattr(terminal.descriptor)[:4] == modes[:4])
        terminal.press("escape")
        terminal.wait_for(lambda text: "that athlete came in" not in text)
        assert count_threads(terminal.process.pid) <= threads
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.wait_for_exit() == 128 + signal.SIGTERM
    assert len(named(the_log(tmp_path)[1], "tapped")) == 2


def test_storm_of_sizes_ends_nothing_and_loses_no_key(tmp_path: Path) -> None:
    chance = random.Random(3)
    sizes = [(1, 1), (2, 1), (1, 200), (500, 300), (39, 11), (40, 12), (80, 24)]
    with Terminal(files(tmp_path), tmp_path) as terminal:
        terminal.wait_for("READY")
        terminal.press("space")
        terminal.wait_for("RUN")
        for number in range(scaled(60, 3000)):
            resize(terminal, *chance.choice(sizes))
            if number == 30:
                terminal.press("m")
            time.sleep(0.01)
        resize(terminal, 1, 1)
        time.sleep(0.3)
        terminal.press("d")
        resize(terminal, 80, 24)
        terminal.wait_for(lambda _: len(named(the_log(tmp_path)[1], "tapped")) == 2)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.wait_for_exit() == 128 + signal.SIGTERM
    assert len(named(the_log(tmp_path)[1], "tapped")) == 2


def test_log_of_a_running_program_is_not_carried_on_by_another(tmp_path: Path) -> None:
    with Terminal(files(tmp_path), tmp_path) as first:
        go_to(first, "run", tmp_path)
        time.sleep(0.5)
        with Terminal(["resume", "--log-dir", str(tmp_path / "logs")], tmp_path) as second:
            assert second.wait_for_exit() == 1
            second.wait_for("still running")
        with Terminal(files(tmp_path), tmp_path) as third:  # a session of its own in the same directory is fine
            third.wait_for("READY")
            third.press("ctrl+q")
            assert third.wait_for_exit() == 0
        first.process.send_signal(signal.SIGTERM)
        assert first.wait_for_exit() == 128 + signal.SIGTERM
