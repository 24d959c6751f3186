"""An event loop that is blocked by a terminal that nobody reads: every key is kept, in order, with its true moment."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from harness.canary import Canary
from harness.terminal import Terminal
from tests.faults import LONG, scaled
from tests.terminal.test_session import boottime, named, the_log

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.terminal, pytest.mark.idle_machine(1)]

MAX_LATENESS_S = 0.02
BUSY = "while True: pass"


def test_keys_pressed_while_the_terminal_is_unread_are_all_kept(tmp_path: Path) -> None:
    allowed_ms = 50 if LONG else 20
    for attempt in range(3):
        home = tmp_path / f"{attempt}"
        home.mkdir()
        with Canary() as canary:
            lateness = worst_lateness(home)
        if lateness <= allowed_ms:
            return
        assert canary.worst > MAX_LATENESS_S, f"a stamp was {lateness:.1f} ms off, on a machine that was on time"
    pytest.skip("the machine was late three times")


def worst_lateness(home: Path) -> float:
    """Presses keys while nothing reads the terminal. Returns by how many ms the worst stamp is off."""
    keys, seconds = scaled(40, 200), scaled(6, 60)
    load = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(scaled(0, 2))]
    try:
        arguments = ["run", "1x1000", "@5:00", "--sound", "off", "--log-dir", str(home / "logs")]
        with Terminal(arguments, home) as terminal:
            terminal.wait_for("READY")
            terminal.press("space")
            terminal.wait_for("RUN")
            terminal.stop_reading()
            pressed = []
            for number in range(keys):
                time.sleep(seconds / keys)
                # Nobody's keys are arrivals without a name. They come so early that none of them ends the rep.
                pressed.append(terminal.press("z" if number % 2 else "y"))
            time.sleep(1)
            header, facts = the_log(home)
    finally:
        for process in load:
            process.kill()
            process.wait()
    opened = header["clock"]["at_open"]
    taken = [fact["t"] for fact in facts if fact["event"] in ("tapped", "bounced")]
    assert taken == sorted(taken)
    assert len(named(facts, "tapped")) + len(named(facts, "bounced")) == keys, "a key is missing"
    return max(abs(t - (boottime(moment) - opened) * 1000) for t, moment in zip(taken, pressed, strict=True))
