"""Runs a session with two pace groups in the real program: in a terminal, with keys pressed at known times.

`ScriptedSession` reads in the log when each rep has begun, and presses the key of each athlete at about the target
time. `log_errors` compares the saved log with the keys and the clock.
"""

from __future__ import annotations

import json
import os
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from harness.terminal import Terminal
from kicktimer.journal import read_log

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kicktimer.journal import Log

LAUNCHER = str(Path(__file__).parent / "faulty_launch.py")
COUNTDOWN = 8
ATHLETES = (("Ana", "a", "A", 42.0), ("Bea", "b", "A", 42.3), ("Cleo", "c", "B", 45.0), ("Dora", "d", "B", 45.4))
"""Name, key, group, and time for 400 m in seconds."""
SLOWEST = 45.4
LAST_RESULTS_S = 7.0  # the time in which the results after the last arrivals are spoken
CLOCK_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class SessionScript:
    """A workout like 8 x 400 m, with reps so short that the session takes about `minutes`.

    Splits are about `split_s` apart.
    """

    minutes: float
    reps: int = 8
    split_s: float = 2.0

    @property
    def seconds(self) -> float:
        return max(9.5, (60 * self.minutes - COUNTDOWN) / (self.reps - 0.35))

    @property
    def recovery(self) -> int:
        return min(30, max(5, round(0.42 * self.seconds)))

    @property
    def distance(self) -> int:
        return 5 * round((self.seconds - self.recovery - 0.3) / SLOWEST * 80)

    def targets(self) -> dict[str, float]:
        return {name: each * self.distance / 400 for name, _, _, each in ATHLETES}

    def write(self, home: Path) -> list[str]:
        """Writes the workout and the squad to `home`, and returns the arguments that open the session."""
        split = max(5, 5 * round(self.split_s * 400 / SLOWEST / 5))
        (home / "workout.yaml").write_text(
            f"name: {self.reps} x 400 on short reps\npace: 400m\nrecovery: {self.recovery}s\ncountdown: {COUNTDOWN}s\n"
            f"closing: 2\nsplits: {split}m\nrelax: How relaxed can you look at the right pace?\n"
            "cues: [{at: countdown, say: Relax}]\n"
            f"sets:\n  - reps: {self.reps}\n    distance: {self.distance}m\n"
            "    cues: [{at: start, say: Tune out}, {at: recovery, say: Thirty seconds}]\n"
        )
        lines = [
            f"  - {{name: {name}, key: {key}, group: {group}, races: {{400m: {time}}}}}\n"
            for name, key, group, time in ATHLETES
        ]
        (home / "squad.yaml").write_text("name: Two groups\nathletes:\n" + "".join(lines))
        return ["run", "workout.yaml", "--squad", "squad.yaml"]


class ScriptedSession:
    """A session in the real program: `start` begins it, `press_keys` takes the arrivals, `leave` ends it."""

    def __init__(
        self,
        script: SessionScript,
        sink: str,
        home: Path,
        environment: Mapping[str, str],
        *,
        launch_options: Mapping[str, Any] | None = None,
        python: str = "",
    ) -> None:
        """Opens the app. `environment` leads it to the sound server; `faulty_launch` explains `launch_options`."""
        self.script = script
        self.home = home
        self.state_log = home / "state_log"
        arguments = [*script.write(home), "--sound", sink, "--log-dir", str(home / "logs")]
        told = json.dumps({"state_log": str(self.state_log), **(launch_options or {})})
        given: dict[str, Any] = {"python": python} if python else {}
        # HOME comes last, so that the app finds its settings in `home` whatever the server's environment says.
        self.terminal = Terminal(
            [told, *arguments], home, program=(LAUNCHER,), environment={**environment, "HOME": str(home)}, **given
        )
        self.presses: list[tuple[float, str, int]] = []
        self.started = 0.0
        self._random = random.Random(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.terminal.__exit__(*exception)

    # The speaker.

    def speaker_states(self) -> list[tuple[float, bool, str, str]]:
        """Returns each change of the speaker's state that the app has received: time, alive, sink, note."""
        lines = self.state_log.read_text().splitlines() if self.state_log.exists() else []
        return [tuple(json.loads(line)) for line in lines if line.endswith("]")]

    def plays_through(self, sink: str) -> bool:
        states = self.speaker_states()
        return bool(states) and states[-1][1] and states[-1][2] == sink

    def wait_for_sink(self, sink: str, seconds: float = 15.0) -> None:
        end = time.monotonic() + seconds
        while not self.plays_through(sink):
            assert time.monotonic() < end, f"no {sink}: {self.speaker_states()}\n{self.sound_log()}"
            time.sleep(0.02)

    def sound_log(self) -> str:
        path = self.home / "logs" / "sound.log"
        return path.read_text() if path.exists() else ""

    def speaker_pid(self) -> int | None:
        """Returns the id of the speaker process, None if none runs at present."""
        for child in children(self.terminal.process.pid):
            try:
                if b"kicktimer.sound.speaker" in Path(f"/proc/{child}/cmdline").read_bytes():
                    return child
            except OSError:
                continue
        return None

    # The session.

    def start(self) -> None:
        self.terminal.wait_for("READY")
        self.started = self.terminal.press("space")

    def facts(self) -> list[dict[str, Any]]:
        """Returns the facts saved so far."""
        (path,) = (self.home / "logs").glob("*.jsonl")
        return list(read_log(path).facts)

    def log(self) -> Log:
        (path,) = (self.home / "logs").glob("*.jsonl")
        return read_log(path)

    def press_keys(self, until: float = float("inf")) -> None:
        """Presses the athletes' keys until all reps are over and their results spoken, or until the time `until`."""
        targets = self.script.targets()
        waiting: list[tuple[float, str, int]] = []
        while not list((self.home / "logs").glob("*.jsonl")):
            time.sleep(0.02)
        opened = self.log().header["clock"]["at_open"] - boot_offset()
        known, over = 0, 0.0
        while time.monotonic() < until:
            assert self.terminal.process.poll() is None, f"the program has ended:\n{self.terminal.text}"
            facts = self.facts()
            for fact in facts[known:]:
                if fact["event"] == "rep_started":
                    for name, key, group, _ in ATHLETES:
                        if group == fact["group"]:
                            finish = opened + fact["t"] / 1000 + targets[name] + self._random.uniform(-0.1, 0.4)
                            waiting.append((finish, key, fact["rep"]))
            known = len(facts)
            now = time.monotonic()
            for press in sorted(each for each in waiting if each[0] <= now):
                waiting.remove(press)
                self.presses.append((self.terminal.press(press[1]), press[1], press[2]))
                over = time.monotonic() + LAST_RESULTS_S
            if len(self.presses) == self.script.reps * len(ATHLETES) and time.monotonic() > over:
                return
            ahead = min((each[0] for each in waiting), default=now + 1.0)
            time.sleep(min(0.1, max(0.002, ahead - time.monotonic())))

    def leave(self) -> int:
        """Ends the session and the app, and returns the exit status."""
        for _ in range(4):
            self.terminal.press("ctrl+q")
            time.sleep(1.0)
            if self.terminal.process.poll() is not None:
                break
        return self.terminal.wait_for_exit()

    def log_errors(self, within: float = 0.03) -> list[str]:
        """Returns each deviation of the log from the keys and the clock.

        That is an arrival that is missing, doubled or more than `within` s off its key, and a GO that is not on time.
        """
        log = self.log()
        opened = log.header["clock"]["at_open"] - boot_offset()
        found = []
        keys = {key: name for name, key, _, _ in ATHLETES}
        taps = {(each["athlete"], each["rep"]): each for each in log.facts if each["event"] == "tapped"}
        if (count := sum(each["event"] == "tapped" for each in log.facts)) != len(self.presses):
            found.append(f"{len(self.presses)} keys were pressed and {count} saved")
        for moment, key, rep in self.presses:
            fact = taps.get((keys[key], rep))
            off = float("inf") if fact is None else opened + fact["t"] / 1000 - moment
            if abs(off) > within:
                found.append(f"{keys[key]}'s rep {rep} is saved {1000 * off:.0f} ms after its key")
        go: dict[str, int | None] = {}
        for fact in log.facts:
            if fact["event"] == "rep_started" and go.get(fact["group"]) != fact["t"]:
                found.append(
                    f"GO of {fact['group']}'s rep {fact['rep']} at {fact['t']}, due at {go.get(fact['group'])}"
                )
            if "go" in fact:
                go[fact["group"]] = fact["go"]
                go |= fact.get("then", {})
        return found


def boot_offset() -> float:
    """Returns boot time, which is the clock of a session, minus `time.monotonic()`."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text().split()]
        except OSError:  # the thread has just ended
            continue
    return found


def cpu_seconds(pid: int) -> float:
    """Returns the CPU time of a process and its children; NaN if it has ended."""
    total = 0.0
    for each in (pid, *children(pid)):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        except FileNotFoundError:
            total += float("nan") if each == pid else 0.0
        else:
            total += (int(fields[11]) + int(fields[12])) / CLOCK_TICKS_PER_S
    return total


def memory_mb(pid: int) -> tuple[float, float]:
    """Returns the present and the greatest memory use of a process without its children; NaN if it has ended."""
    path = Path(f"/proc/{pid}/status")
    lines = dict(line.split(":", 1) for line in (path.read_text().splitlines() if path.exists() else []))
    if "VmRSS" not in lines:
        return float("nan"), float("nan")
    return int(lines["VmRSS"].split()[0]) / 1024, int(lines["VmHWM"].split()[0]) / 1024
