"""Sessions in a real terminal, with keys pressed at known times."""

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
LATE_S = 0.008  # a measurement is not valid if the canary is later than this
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
    """Converts a time of `time.monotonic()` to boot time, the clock of a session's header."""
    return moment + time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()


def play(home: Path) -> tuple[float, list[tuple[int, str]]]:
    """Plays a session of three reps and two athletes.

    Returns the lateness of the machine in seconds, and for each key the deviation of its saved fact in ms.
    """
    keys: list[tuple[float, str]] = []
    with Terminal(files(home), home) as terminal:
        terminal.wait_for("READY")
        time.sleep(1)  # the app collects garbage right after its first frame
        with Canary() as canary:
            keys.append((terminal.press("space"), "countdown_started"))
            for rep in (1, 2, 3):
                terminal.wait_for(lambda text, rep=rep: "RUN" in text and f"rep {rep} of 3" in text)
                time.sleep(1.9)
                for key in "md":
                    keys.append((terminal.press(key), "tapped"))
                    time.sleep(0.1)
                terminal.wait_for("RECOVERY" if rep < 3 else "DONE")
            # A frame may have been read in part: wait for all six times.
            text = terminal.wait_for(lambda text: "saved" in text and len(re.findall(r"\d\.\dh", text)) == 6)
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
        terminal.wait_for("saved at")
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
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


@pytest.mark.idle_machine(2)
@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="the header's clock is another on this system")
def test_saved_times_equal_the_times_of_the_keys(tmp_path: Path) -> None:
    for number in range(TRIES):
        home = tmp_path / str(number)
        home.mkdir()
        late, apart = play(home)
        print(f"machine late by {late * 1000:.1f} ms; saved minus pressed, in ms: {[ms for ms, _ in apart]}")
        if late <= LATE_S:
            assert max(abs(ms) for ms, _ in apart) <= WITHIN_MS, apart
            return
    pytest.skip(f"the machine was more than {LATE_S * 1000:.0f} ms late in each of {TRIES} tries")


def test_leaving_a_running_session_asks_and_loses_no_arrival(tmp_path: Path) -> None:
    with Terminal(files(tmp_path), tmp_path) as terminal:
        terminal.wait_for("READY")
        terminal.press("space")
        terminal.wait_for("RUN")
        terminal.press("ctrl+q")
        terminal.wait_for("END THE SESSION?")
        terminal.press("m")  # an arrival while the question is open
        terminal.press("ctrl+q")
        terminal.wait_for("saved at")
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
    _, facts = the_log(tmp_path)
    assert [fact["athlete"] for fact in named(facts, "tapped")] == ["Mata[b]n"]
    assert facts[-1]["event"] == "session_ended"
    assert facts[-1]["state"] == "abandoned"


def test_enter_twice_starts_the_demo(tmp_path: Path) -> None:
    with Terminal(["--sound", "off", "--log-dir", str(tmp_path / "logs")], tmp_path) as terminal:
        terminal.wait_for("Demo")
        terminal.press("enter")
        terminal.wait_for("READY")
        terminal.press("enter")
        terminal.wait_for("RUN", 15)
        terminal.press("ctrl+q")
        terminal.wait_for("END THE SESSION?")
        terminal.press("ctrl+q")
        terminal.wait_for("saved at")
        terminal.press("ctrl+q")
        terminal.wait_for("Which workout?")
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
    header, _ = the_log(tmp_path)
    assert json.dumps(header["workout"]).find("Demo") >= 0


def test_killed_program_has_saved_what_the_screen_called_saved(tmp_path: Path) -> None:
    with Terminal(files(tmp_path), tmp_path) as terminal:
        terminal.wait_for("READY")
        terminal.press("space")
        terminal.wait_for("RUN")
        terminal.press("m")
        terminal.wait_for(lambda text: re.search(r"\d\.\dh", text) is not None)
        terminal.wait_for(lambda text: re.search(r"\bsaved\b", text) is not None)
    _, facts = the_log(tmp_path)
    assert len(named(facts, "tapped")) == 1


def test_arrival_is_shown_in_a_small_and_in_a_huge_terminal(tmp_path: Path) -> None:
    for columns, lines in ((40, 12), (300, 90)):
        home = tmp_path / str(columns)
        home.mkdir()
        with Terminal(files(home), home, columns=columns, lines=lines) as terminal:
            terminal.wait_for("READY")
            terminal.press("space")
            terminal.wait_for("RUN")
            terminal.press("m")
            terminal.wait_for(lambda text: re.search(r"\d\.\dh", text) is not None)
