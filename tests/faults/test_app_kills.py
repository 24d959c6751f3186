"""Kills of the whole app in a real terminal, with taps going on, and while it carries a session on.

Each kill is one of a chain: the app goes on with the session that the kill before it has left.
"""

from __future__ import annotations

import time
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from harness.terminal import Terminal
from kicktimer.journal import read_log
from kicktimer.plan import load
from kicktimer.results import replay
from kicktimer.session.state import MIN_GO_NOTICE_MS
from tests.faults import scaled
from tests.terminal.test_session import boottime

if TYPE_CHECKING:
    from pathlib import Path

    from kicktimer.session import State

pytestmark = pytest.mark.terminal

WORKOUT = """
name: kills
countdown: 3s
recovery: 10s
splits: none
sets: [{reps: 400, distance: 40m, target: 2}]
"""
SESSION_KILLS = scaled(3, 200)
RESUME_KILLS = scaled(2, 100)
KILLS_IN_ONE_SESSION = 25
WAIT_FOR_GO_EVERY = 3
"""Of so many resumed sessions, one is watched until its next GO."""
CLOCK_TOLERANCE_MS = 5


def the_log(home: Path) -> Path:
    (path,) = (home / "logs").glob("*.jsonl")
    return path


def replayed(path: Path) -> tuple[State, list[dict[str, Any]]]:
    log = read_log(path)
    assert log.fault is None
    return replay(load(log.header["plan"]), log.facts), list(log.facts)


def tap(terminal: Terminal, chance: Random, seconds: float) -> None:
    """Presses the athlete's key and the space bar at random moments, and `,` while the group is held."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        is_held = "HOLD" in terminal.text
        terminal.press("," if is_held else chance.choice(("r", "r", "space", "enter")))
        time.sleep(chance.uniform(0.01, 0.25))


def tap_until_recovery(terminal: Terminal, chance: Random) -> None:
    end = time.monotonic() + 60
    while "RECOVERY" not in terminal.text:
        assert time.monotonic() < end, terminal.text
        tap(terminal, chance, 0.3)


def saved_part(terminal: Terminal, path: Path) -> bytes:
    """Returns what the file holds while the screen says that everything is saved: it must outlive any kill."""
    for _ in range(200):
        data = path.read_bytes()
        if " saved" in terminal.text.split("\n", 1)[0]:
            return data[: data.rfind(b"\n") + 1]
        time.sleep(0.01)
    return b""


def check_resumed(path: Path, kept: bytes, before: float, after: float) -> int | None:
    """Checks the log after a resume that happened between the boot times `before` and `after` (seconds).

    Returns the next GO if it was ahead.
    """
    assert path.read_bytes().startswith(kept), "an acknowledged fact is missing"
    log = read_log(path)
    place = max(n for n, fact in enumerate(log.facts) if fact["event"] == "resumed")
    resumed = log.facts[place]
    opened_at = log.header["clock"]["at_open"]
    at_ms = [(moment - opened_at) * 1000 for moment in (before, after)]
    assert at_ms[0] - CLOCK_TOLERANCE_MS <= resumed["t"] <= at_ms[1] + CLOCK_TOLERANCE_MS, "the clock is wrong"
    assert resumed["basis"] == "boottime"
    plan = load(log.header["plan"])
    group = replay(plan, log.facts[:place]).groups["A"]
    following = log.facts[place + 1 :]
    if group.pending_go is None:
        return None
    if group.pending_go >= resumed["t"] + MIN_GO_NOTICE_MS:
        assert not resumed.get("choices"), "a GO that was ahead is held"
        assert replay(plan, log.facts[: place + 1]).groups["A"].pending_go == group.pending_go
        return group.pending_go
    assert resumed["choices"] == {"A": "hold"}
    assert following[0]["event"] == "held"
    return None


def check_go(path: Path, go: int) -> None:
    """Waits for the GO that was ahead at the newest resume, and checks that it comes when it would have come."""
    end = time.monotonic() + 20
    while True:
        facts = read_log(path).facts
        place = max(n for n, fact in enumerate(facts) if fact["event"] == "resumed")
        if found := [fact["t"] for fact in facts[place:] if fact["event"] == "rep_started"]:
            assert found == [go]
            return
        assert time.monotonic() < end, "GO does not come"
        time.sleep(0.05)


def wait_until_resumed(terminal: Terminal, path: Path, size: int) -> None:
    end = time.monotonic() + 30
    while b'"resumed"' not in path.read_bytes()[size:]:
        assert time.monotonic() < end, terminal.text
        time.sleep(0.02)


def new_session(home: Path, chance: Random) -> bytes:
    """Runs a new session for a while and kills the app. Returns what it had saved."""
    home.mkdir()
    (home / "kills.yaml").write_text(WORKOUT)
    arguments = ["run", "kills.yaml", "--sound", "off", "--log-dir", str(home / "logs")]
    with Terminal(arguments, home) as terminal:
        terminal.wait_for("READY", 30)
        terminal.press("space")
        terminal.wait_for("RUN", 30)
        tap(terminal, chance, 2)
        kept = saved_part(terminal, the_log(home))
        terminal.process.kill()
        terminal.process.wait()
    return kept


def resume(home: Path) -> Terminal:
    return Terminal(["resume", "--sound", "off", "--log-dir", str(home / "logs")], home)


def test_kills_with_taps_going_on(tmp_path: Path) -> None:
    chance, kept, home = Random(1), b"", tmp_path
    for number in range(SESSION_KILLS):
        if number % KILLS_IN_ONE_SESSION == 0:
            home = tmp_path / f"session {number}"
            kept = new_session(home, chance)
        path, size, before = the_log(home), the_log(home).stat().st_size, boottime(time.monotonic())
        with resume(home) as terminal:
            wait_until_resumed(terminal, path, size)
            go = check_resumed(path, kept, before, boottime(time.monotonic()))
            terminal.wait_for(" saved")
            if go is not None and (number % WAIT_FOR_GO_EVERY == 0):
                check_go(path, go)
            tap(terminal, chance, chance.uniform(0.5, 3))
            if number % 2:  # of two kills, one comes with GO ahead
                tap_until_recovery(terminal, chance)
            kept = saved_part(terminal, path)
            assert kept
            tap(terminal, chance, chance.uniform(0, 0.2))
            terminal.process.kill()
            terminal.process.wait()
        replayed(path)
        assert path.read_bytes().startswith(kept)


def test_kills_while_a_session_is_carried_on(tmp_path: Path) -> None:
    chance, kept, home = Random(2), b"", tmp_path
    for number in range(RESUME_KILLS):
        if number % KILLS_IN_ONE_SESSION == 0:
            home = tmp_path / f"session {number}"
            kept = new_session(home, chance)
        path = the_log(home)
        with resume(home) as terminal:
            time.sleep(chance.uniform(0.2, 2.5))
            terminal.process.kill()
            terminal.process.wait()
        assert path.read_bytes().startswith(kept)
        replayed(path)
    size, before = path.stat().st_size, boottime(time.monotonic())
    with resume(home) as terminal:
        wait_until_resumed(terminal, path, size)
        check_resumed(path, kept, before, boottime(time.monotonic()))
