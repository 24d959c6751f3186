"""The keyboard in a real terminal: held keys, foreign input, a full queue, and an input thread that fails."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from harness.keyboard_fuzz import ENDING, mutated_inputs
from harness.terminal import Terminal
from tests.terminal.test_session import named, the_log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.terminal

FUZZ_INPUTS = int(os.environ.get("KICKTIMER_FUZZ_INPUTS", "300"))
"""2,000 were sent before this was set; a run of the tests sends fewer."""
BATCH = 20
HELD_BACK_S = 1.0
"""After this time a key that is pressed again is no repeat, and one that was kept back has acted."""
WORKOUT = """
name: Long
countdown: 3s
recovery: 2min
sets: [{reps: 400, distance: 400m, pace: free}]
"""
SQUAD = "athletes: [{name: Matan, key: m}, {name: Dana, key: d}, {name: Gil, key: g}]"


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """A session whose first rep runs."""
    (tmp_path / "long.yaml").write_text(WORKOUT)
    (tmp_path / "squad.yaml").write_text(SQUAD)
    arguments = ["run", "long.yaml", "--squad", "squad.yaml", "--sound", "off", "--log-dir", str(tmp_path / "logs")]
    with Terminal(arguments, tmp_path) as terminal:
        terminal.wait_for("READY")
        terminal.press("space")
        terminal.wait_for(lambda text: "RUN" in text and "rep 1 of 400" in text)
        yield terminal


def facts_of(terminal: Terminal, home: Path, event: str, count: int) -> list[dict[str, Any]]:
    """Waits until the log has `count` facts of this kind, and returns them."""
    end = time.monotonic() + 20
    while len(found := named(the_log(home)[1], event)) < count:
        assert time.monotonic() < end, f"{len(found)} of {count} {event}:\n{terminal.text}"
        assert terminal.process.poll() is None, terminal.text
        time.sleep(0.05)
    return found


def test_held_key_is_one_arrival_and_its_repeats_are_bounced(terminal: Terminal, tmp_path: Path) -> None:
    terminal.send(b"m")
    time.sleep(0.5)
    for _ in range(10):
        terminal.send(b"m")
        time.sleep(0.03)
    bounced = facts_of(terminal, tmp_path, "bounced", 10)
    assert {(each["key"], each["athlete"]) for each in bounced} == {("m", "Matan")}
    assert len(named(the_log(tmp_path)[1], "tapped")) == 1


def test_terminal_that_reports_repeats_needs_no_guess(terminal: Terminal, tmp_path: Path) -> None:
    assert "\x1b[>31u" in terminal.raw, "event types are asked for"
    terminal.send(b"\x1b[109;1:1;109u\x1b[109;1:2;109u\x1b[109;1:2;109u\x1b[109;1:3u\x1b[100;1:1;100u\x1b[100;1:3u")
    assert [each["athlete"] for each in facts_of(terminal, tmp_path, "tapped", 2)] == ["Matan", "Dana"]
    assert len(facts_of(terminal, tmp_path, "bounced", 2)) == 2


NO_KEYS = {
    "the key @": b"@",
    "Latin-1": b"\xe4",
    "a C1 control": b"\x84",
    "a code point beyond Unicode": b"\x1b[1114112u",
    "a repeat": b"\x1b[103;1:2u",
    "a size": b"\x1b[48;99999;99999;1;1t",
    "caps lock": b"\x1b[57358;;97u",
    "escapes": b"\x1b\x1b\x1b",
    "bytes": b"\xff" * 100,
    "a long control sequence": b"\x1b[" + b"9" * 5000,
    "a long string": b"\x1b]" + b"x" * 5000,
    "a paste without an end": b"\x1b[200~never ended",
}


def test_input_that_is_no_key_leaves_the_next_key_working(terminal: Terminal, tmp_path: Path) -> None:
    for name, data in NO_KEYS.items():
        terminal.send(data)
        time.sleep(HELD_BACK_S)
        before = sum(_is_press_of_m(each) for each in the_log(tmp_path)[1])
        terminal.send(b"m")
        end = time.monotonic() + 10
        while sum(_is_press_of_m(each) for each in the_log(tmp_path)[1]) == before:
            assert time.monotonic() < end, f"the key after {name} is lost:\n{terminal.text}"
            assert terminal.process.poll() is None, f"{name} has ended the program:\n{terminal.text}"
            time.sleep(0.05)


def test_mutated_input_never_ends_the_program_nor_loses_the_next_tap(terminal: Terminal, tmp_path: Path) -> None:
    inputs = [data for data in mutated_inputs(7, FUZZ_INPUTS) if not any(each in data for each in ENDING)]
    for start in range(0, len(inputs), BATCH):
        for data in inputs[start : start + BATCH]:
            terminal.send(data)
            time.sleep(0.005)
        time.sleep(HELD_BACK_S)
        terminal.send(b"\x1b")  # leaves whatever the input has opened
        time.sleep(0.3)
        terminal.send(b"\x1b")
        time.sleep(0.3)
        before = sum(_is_press_of_m(each) for each in the_log(tmp_path)[1])
        terminal.send(b"m")
        end = time.monotonic() + 20
        while sum(_is_press_of_m(each) for each in the_log(tmp_path)[1]) == before:
            batch = b" ".join(inputs[start : start + BATCH])
            assert time.monotonic() < end, f"a tap is lost after {batch!r}:\n{terminal.text}"
            assert terminal.process.poll() is None, f"the program has ended after {batch!r}:\n{terminal.text}"
            time.sleep(0.05)


def _is_press_of_m(fact: dict[str, Any]) -> bool:
    return fact["event"] in ("tapped", "bounced") and "Matan" in (fact.get("athlete"), fact.get("pressed"))


def test_ten_thousand_keys_at_once_are_all_in_the_log(terminal: Terminal, tmp_path: Path) -> None:
    keys = b"mdg" * 3333 + b"m"
    begun = time.monotonic()
    terminal.send(keys)
    end = begun + 60
    while len(presses := [each for each in the_log(tmp_path)[1] if each["event"] in ("tapped", "bounced")]) < len(keys):
        assert time.monotonic() < end, f"{len(presses)} of {len(keys)} presses are in the log"
        time.sleep(0.2)
    print(f"{1000 * (time.monotonic() - begun) / len(keys):.2f} ms for each key, to the log")


def test_sigterm_ends_the_program_behind_thousands_of_keys(terminal: Terminal, tmp_path: Path) -> None:
    terminal.send(b"mdg" * 1000)
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.wait_for_exit(10) == 128 + signal.SIGTERM


def test_input_thread_that_fails_goes_on(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from kicktimer.cli import main\n"
        "from kicktimer.tui.key_reader import KeyReader\n"
        "feed = KeyReader.feed\n"
        "def broken(self, data, now):\n"
        "    if data == b'x':\n"
        "        raise ValueError('a key that breaks the reader')\n"
        "    feed(self, data, now)\n"
        "KeyReader.feed = broken\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    (tmp_path / "long.yaml").write_text(WORKOUT)
    (tmp_path / "squad.yaml").write_text(SQUAD)
    arguments = ["run", "long.yaml", "--squad", "squad.yaml", "--sound", "off", "--log-dir", str(tmp_path / "logs")]
    with Terminal(arguments, tmp_path, program=("-c", program), environment={"TMPDIR": str(tmp_path)}) as terminal:
        terminal.wait_for("READY")
        terminal.press("space")
        terminal.wait_for("RUN")
        terminal.send(b"x")
        terminal.wait_for("a key could not be read")
        terminal.send(b"m")
        assert facts_of(terminal, tmp_path, "tapped", 1)[0]["athlete"] == "Matan"
        assert len(list(tmp_path.glob("kicktimer-fault-*.txt"))) == 1
