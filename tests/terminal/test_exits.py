"""How the program ends in a real terminal: by signals, by faults, and where nobody reads what it draws."""

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
    """The processes that this one has started; none are known where there is no /proc."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = status.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended since it was listed
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
def test_a_signal_leaves_a_saved_session_and_the_terminal_as_it_was(number: signal.Signals, tmp_path: Path) -> None:
    with Terminal(files(tmp_path), tmp_path) as terminal:
        before = terminal.modes_before
        terminal.until("READY")
        terminal.press("space")
        terminal.until("RUN")
        terminal.press("m")
        terminal.until(lambda text: re.search(r"\d\.\dh", text) is not None)  # the key has been taken
        held = children(terminal.process.pid)
        assert held, "the speaker"
        terminal.process.send_signal(number)
        assert terminal.leaves() == 128 + number
        terminal.until(lambda text: "saved: " in text and f"stopped by {number.name}" in text)
        assert LEFT in terminal.raw
        assert termios.tcgetattr(terminal.descriptor)[:4] == before
        assert gone(held)
    _, facts = the_log(tmp_path)
    assert len(named(facts, "tapped")) == 1
    assert not named(facts, "session_ended")


def test_a_terminal_that_is_closed_ends_the_program(tmp_path: Path) -> None:
    with Terminal(files(tmp_path), tmp_path) as terminal:
        terminal.until("READY")
        terminal.press("space")
        terminal.until("RUN")
        held = children(terminal.process.pid)
        terminal.close()
        assert terminal.leaves() == 128 + signal.SIGHUP
        assert gone(held)
    _, facts = the_log(tmp_path)
    assert named(facts, "rep_started")


FAULT = """
import sys
from kicktimer import live
from kicktimer.cli import main

def faulty(*_, **__):
    secret = "a value that nobody else is to see"
    raise OSError("a fault of our own")

live.Live.tap = faulty
sys.exit(main(sys.argv[1:]))
"""


def test_a_fault_is_told_in_two_lines_and_the_session_is_closed(tmp_path: Path) -> None:
    with Terminal(files(tmp_path), tmp_path, program=["-c", FAULT]) as terminal:
        terminal.until("READY")
        terminal.press("space")
        terminal.until("RUN")
        held = children(terminal.process.pid)
        terminal.press("m")
        assert terminal.leaves() == 3
        terminal.until("please send")
        after = terminal.raw.split(LEFT)[-1]
        assert "saved: " in after
        assert "secret" not in after
        assert "Traceback" not in after
        assert gone(held)
        path = re.search(r"please send (\S+)", after)
        assert path is not None
        report = Path(path[1])
        assert "a fault of our own" in report.read_text()
        report.unlink()
    _, facts = the_log(tmp_path)
    assert named(facts, "rep_started")


def test_without_stderr_on_the_terminal_it_says_so(tmp_path: Path) -> None:
    with (tmp_path / "err.txt").open("w+") as told, Terminal(files(tmp_path), tmp_path, stderr=told) as terminal:
        assert terminal.leaves() == 1
        told.seek(0)
        assert "draws on stderr" in told.read()


def test_a_terminal_that_is_not_read_holds_nothing_up(tmp_path: Path) -> None:
    with Terminal([*files(tmp_path)], tmp_path) as terminal:
        terminal.until("READY")
        time.sleep(1)
        terminal.press("space")
        terminal.until("RUN")
        terminal.stall()
        time.sleep(12)  # far more than any buffer on the way holds
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
        terminal.read_again()
        terminal.until(lambda text: "rep 2 of 3" in text and "RUN" in text)
        terminal.press("?")
        terminal.until("that athlete came in")
        terminal.press("escape")
        terminal.until(lambda text: "that athlete came in" not in text)
        terminal.press("ctrl+q")
        terminal.until("END THE SESSION?")
        terminal.press("ctrl+q")
        terminal.until("saved at")
        terminal.press("ctrl+q")
        assert terminal.leaves() == 0


@pytest.mark.parametrize("how", ["keys", "signal"])
def test_it_ends_where_the_terminal_is_never_read_again(how: str, tmp_path: Path) -> None:
    with Terminal(files(tmp_path), tmp_path) as terminal:
        terminal.until("READY")
        terminal.press("space")
        terminal.until("RUN")
        terminal.stall()
        time.sleep(8)
        since = time.monotonic()
        if how == "keys":
            for _ in range(3):
                terminal.press("ctrl+q")
                time.sleep(0.5)
        else:
            terminal.process.send_signal(signal.SIGTERM)
        assert terminal.leaves(15) == (0 if how == "keys" else 128 + signal.SIGTERM)
        print(f"ended after {time.monotonic() - since:.1f} s")
        assert time.monotonic() - since < 8
        terminal.read_again()
        terminal.until("saved: ", 5)
        assert LEFT in terminal.raw
