"""A session in a real terminal, with keys at known moments."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from harness.canary import Canary
from harness.terminal import Terminal
from kicktimer.journal import read_log
from kicktimer.units import show_time

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.terminal

WORKOUT = """
name: Short
countdown: 3s
recovery: 2s
closing: 1
sets: [{reps: 3, distance: 20m, target: 2s, splits: none}]
"""
SQUAD = """
name: Two
athletes:
  - {name: "Mata[b]n", key: m}
  - {name: Dana, key: d}
"""
TRIES = 5
LATE_S = 0.008  # a machine later than this beside the measurement says nothing about the program
WITHIN_MS = 20


def files(home: Path) -> list[str]:
    (home / "short.yaml").write_text(WORKOUT)
    (home / "squad.yaml").write_text(SQUAD)
    return ["run", "short.yaml", "--squad", "squad.yaml", "--sound", "off", "--log-dir", str(home / "logs")]


def the_log(home: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    (path,) = (home / "logs").glob("*.jsonl")
    log = read_log(path)
    return log.header, list(log.facts)


def boottime(moment: float) -> float:
    """A moment of `time.monotonic()` on the clock of a session's header."""
    return moment + time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()


def play(home: Path) -> tuple[float, list[tuple[int, str]]]:
    """Three reps, two athletes. How late the machine was, and for each key how far the saved fact is from it, in ms."""
    keys: list[tuple[float, str]] = []
    with Terminal(files(home), home) as terminal:
        terminal.until("READY")
        time.sleep(1)  # the app tidies its memory behind the first picture, before anybody can have read it
        with Canary() as canary:
            keys.append((terminal.press("space"), "countdown_started"))
            for rep in (1, 2, 3):
                terminal.until(lambda text, rep=rep: "RUN" in text and f"rep {rep} of 3" in text)
                time.sleep(1.9)
                for key in "md":
                    keys.append((terminal.press(key), "tapped"))
                    time.sleep(0.1)
                terminal.until("RECOVERY" if rep < 3 else "DONE")
            # What is read may be half a picture: all six times are waited for.
            text = terminal.until(lambda text: "saved" in text and len(re.findall(r"\d\.\dh", text)) == 6)
        assert "Mata[b]n" in text, "names are data, not markup"
        header, facts = the_log(home)
        shown = [
            show_time(fact["t"] - go["t"])
            for go, pair in zip(named(facts, "rep_started"), pairs(named(facts, "tapped")), strict=True)
            for fact in pair
        ]
        for time_shown in shown[-2:]:
            assert f"{time_shown}h" in text, f"{time_shown} is not on the screen:\n{text}"
        terminal.press("ctrl+q")
        terminal.until("saved at")
        terminal.press("ctrl+q")
        assert terminal.leaves() == 0
    opened = header["clock"]["at_open"]
    found = named(facts, "countdown_started") + named(facts, "tapped")
    apart = [
        (round(fact["t"] - (boottime(moment) - opened) * 1000), event)
        for (moment, event), fact in zip(keys, found, strict=True)
    ]
    return canary.worst, apart


def named(facts: list[dict[str, Any]], event: str) -> list[dict[str, Any]]:
    return [fact for fact in facts if fact["event"] == event]


def pairs(facts: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return list(zip(facts[::2], facts[1::2], strict=True))


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="the header's clock is another on this system")
def test_saved_times_are_those_of_the_keys(tmp_path: Path) -> None:
    for number in range(TRIES):
        home = tmp_path / str(number)
        home.mkdir()
        late, apart = play(home)
        print(f"machine late by {late * 1000:.1f} ms; saved minus pressed, in ms: {[ms for ms, _ in apart]}")
        if late <= LATE_S:
            assert max(abs(ms) for ms, _ in apart) <= WITHIN_MS, apart
            return
    pytest.skip(f"the machine was more than {LATE_S * 1000:.0f} ms late in each of {TRIES} tries")


def test_leaving_in_the_middle_asks_and_loses_nothing(tmp_path: Path) -> None:
    with Terminal(files(tmp_path), tmp_path) as terminal:
        terminal.until("READY")
        terminal.press("space")
        terminal.until("RUN")
        terminal.press("ctrl+q")
        terminal.until("END THE SESSION?")
        terminal.press("m")  # somebody comes in while it asks
        terminal.press("ctrl+q")
        terminal.until("saved at")
        terminal.press("ctrl+q")
        assert terminal.leaves() == 0
    _, facts = the_log(tmp_path)
    assert [fact["athlete"] for fact in named(facts, "tapped")] == ["Mata[b]n"]
    assert facts[-1]["event"] == "session_ended"
    assert facts[-1]["state"] == "abandoned"


def test_enter_enter_plays_the_demo(tmp_path: Path) -> None:
    with Terminal(["--sound", "off", "--log-dir", str(tmp_path / "logs")], tmp_path) as terminal:
        terminal.until("Demo")
        terminal.press("enter")
        terminal.until("READY")
        terminal.press("enter")
        terminal.until("RUN", 15)
        terminal.press("ctrl+q")
        terminal.until("END THE SESSION?")
        terminal.press("ctrl+q")
        terminal.until("saved at")
        terminal.press("ctrl+q")
        terminal.until("Which workout?")
        terminal.press("ctrl+q")
        assert terminal.leaves() == 0
    header, _ = the_log(tmp_path)
    assert json.dumps(header["workout"]).find("Demo") >= 0


def test_a_killed_program_has_saved_what_it_said_it_had(tmp_path: Path) -> None:
    with Terminal(files(tmp_path), tmp_path) as terminal:
        terminal.until("READY")
        terminal.press("space")
        terminal.until("RUN")
        terminal.press("m")
        terminal.until(lambda text: re.search(r"\d\.\dh", text) is not None)
        terminal.until(lambda text: re.search(r"\bsaved\b", text) is not None)
    _, facts = the_log(tmp_path)
    assert len(named(facts, "tapped")) == 1


def test_a_small_terminal_and_a_huge_one(tmp_path: Path) -> None:
    for columns, lines in ((40, 12), (300, 90)):
        home = tmp_path / str(columns)
        home.mkdir()
        with Terminal(files(home), home, columns=columns, lines=lines) as terminal:
            terminal.until("READY")
            terminal.press("space")
            terminal.until("RUN")
            terminal.press("m")
            terminal.until(lambda text: re.search(r"\d\.\dh", text) is not None)
