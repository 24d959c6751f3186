"""The real program under load: one session through one sink, on a sound server of its own, recorded and judged."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.expected_cues import wanted
from harness.judge import Verdict, judge
from harness.scripted_session import Act, Script, apart, cpu_seconds, memory_mb
from harness.sound_rig import Recorder, Recording, Server, Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from harness.expected_cues import Want
    from kicktimer.journal import Log

LOADS = {
    "a": "an idle machine",
    "b": "both cores busy",
    "c": "the app's loop blocked for 300 ms of every second",
    "d": "the terminal not read for 5 s of every 15 s",
}
LATE = 0.010
"""Seconds by which a canary may be late in a minute that counts."""
REACH = 0.12
"""Seconds on both sides of its moment in which a cue counts as heard."""
IDLE = 15.0
"""Seconds over which an idle speaker's CPU is taken: it is counted in hundredths."""
TAIL = 3.0
"""Seconds at the end of a session that is broken off of which nothing is said."""


@dataclass(slots=True)
class Take:
    """A session that was recorded, and what else was seen of it. CPU in % of a core, memory in MB."""

    way: str
    load: str
    recording: Recording
    wants: list[Want]
    begun: float
    end: float
    watch: Watch
    idle: float = float("nan")
    busy: float = float("nan")
    memory: tuple[float, float] = (float("nan"), float("nan"))
    """At the session's end, and at most."""
    troubles: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. Times in ms."""

    way: str
    load: str
    verdict: Verdict
    canary: float
    clean: int
    minutes: int
    take: Take

    @property
    def errors(self) -> np.ndarray:
        return self.verdict.errors() * 1000

    @property
    def all_late(self) -> bool:
        """No minute was clean: the row is of all of them, and says little."""
        return self.clean == 0


def judged(take: Take, reach: float = REACH) -> Row:
    """Hold a take against its wants, in the minutes in which the machine was on time."""
    verdict = judge(take.recording, take.wants, reach=reach).without(lambda at: at > take.end)
    late = {int((begun - take.begun) // 60) for begun, worst in take.watch.seconds if worst > LATE}
    minutes = {int((want.at - take.begun) // 60) for want in take.wants if want.at <= take.end}
    clean = minutes - late
    if clean:
        verdict = verdict.without(lambda at: int((at - take.begun) // 60) not in clean)
    worst = take.watch.worst(take.begun, take.end) * 1000
    return Row(take.way, take.load, verdict, worst, len(clean), len(minutes), take)


@contextmanager
def hogs(load: str) -> Iterator[None]:
    """(b) keeps every core busy."""
    command = [sys.executable, "-c", "while True: pass"]
    running = (
        [subprocess.Popen(command, start_new_session=True) for _ in range(os.cpu_count() or 1)] if load == "b" else []
    )
    try:
        yield
    finally:
        for hog in running:
            hog.kill()
            hog.wait()


@contextmanager
def unread(act: Act, load: str) -> Iterator[None]:
    """(d) leaves the terminal unread again and again."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(5.0):
            act.terminal.stall()
            stop.wait(5.0)
            act.terminal.read_again()
            stop.wait(5.0)

    thread = threading.Thread(target=run)
    if load == "d":
        thread.start()
    try:
        yield
    finally:
        stop.set()
        if load == "d":
            thread.join()


def perform(sink: str, load: str, *, script: Script, seconds: float, place: Path, ready: threading.Barrier) -> Take:
    """One session of so many seconds at most. `ready` is waited at before the load and after it."""
    home = place / "home"
    home.mkdir(parents=True)
    server = Server(place)
    server.start()
    wish = {"block": 0.3} if load == "c" else {}
    try:
        with Recorder(server) as recorder, Act(script, sink, home, server.environment, wish=wish) as act:
            act.until_sounds(sink)
            act.terminal.until("READY")
            ready.wait()
            time.sleep(1.0)
            speaker = act.speaker()
            assert speaker is not None
            idle = _share(speaker, IDLE)
            ready.wait()
            with Watch(urgent=True) as watch, unread(act, load):
                time.sleep(2.0)
                before = cpu_seconds(speaker)
                act.begin()
                act.play(act.begun + seconds)
                end = time.monotonic()
                busy = (cpu_seconds(speaker) - before) / (end - act.begun) * 100
                memory = memory_mb(speaker)
            ready.wait()
            log, states = act.log(), act.states()
            troubles = act.troubles()
            act.leave()
    except BaseException:
        ready.abort()
        raise
    finally:
        server.stop()
    finished = all(each in {f["group"] for f in log.facts} for each in "AB") and _done(log, script)
    take = Take(
        sink, load, recorder.recording(), wanted(act.log(), apart(), home, sink), act.begun,
        end if finished else end - TAIL, watch, idle, busy, memory, troubles,
    )  # fmt: skip
    take.notes = [note for moment, alive, now, note in states[1:] if note or not alive or now != sink]
    return take


def _share(pid: int, seconds: float) -> float:
    before, begun = cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - begun) * 100


def _done(log: Log, script: Script) -> bool:
    return sum(fact["event"] == "tapped" for fact in log.facts) == 4 * script.reps
