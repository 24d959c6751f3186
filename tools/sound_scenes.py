"""Records one session of the real program under load, through one sink, and judges the recording."""

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

from harness.expected_cues import expected_from_log
from harness.judge import Verdict, judge
from harness.scripted_session import ScriptedSession, SessionScript, boot_offset, cpu_seconds, memory_mb
from harness.sound_rig import LatenessMonitor, Recorder, Recording, SoundServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from harness.expected_cues import ExpectedCue
    from kicktimer.journal import Log

LOADS = {
    "a": "an idle machine",
    "b": "both cores busy",
    "c": "the app's loop blocked for 300 ms of every second",
    "d": "the terminal not read for 5 s of every 15 s",
}
MAX_LATENESS_S = 0.010
"""A minute in which the canary was later than this is left out."""
SEARCH_S = 0.12
"""A cue counts as heard within this time on both sides of its expected time."""
IDLE_S = 15.0
"""The time over which the CPU use of an idle speaker is measured: the kernel counts it in hundredths of a second."""
TAIL_S = 3.0
"""The end of an unfinished session that is not judged."""


@dataclass(slots=True)
class Take:
    """A recorded session with its measurements. CPU is in % of a core, memory in MB."""

    way: str
    load: str
    recording: Recording
    expected_cues: list[ExpectedCue]
    begun: float
    end: float
    watch: LatenessMonitor
    idle: float = float("nan")
    busy: float = float("nan")
    memory: tuple[float, float] = (float("nan"), float("nan"))
    """At the end of the session, and the maximum."""
    log_errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table. Times are in ms."""

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
        """Whether no minute was clean, so that the row is computed from all of them."""
        return self.clean == 0


def judged(take: Take, search_s: float = SEARCH_S) -> Row:
    """Judges a take in the minutes in which the machine was on time, or in all if there is none."""
    verdict = judge(take.recording, take.expected_cues, search_s=search_s).without(lambda at: at > take.end)
    late = {int((begun - take.begun) // 60) for begun, worst in take.watch.seconds if worst > MAX_LATENESS_S}
    minutes = {int((expected.at - take.begun) // 60) for expected in take.expected_cues if expected.at <= take.end}
    clean = minutes - late
    if clean:
        verdict = verdict.without(lambda at: int((at - take.begun) // 60) not in clean)
    worst = take.watch.worst(take.begun, take.end) * 1000
    return Row(take.way, take.load, verdict, worst, len(clean), len(minutes), take)


@contextmanager
def hogs(load: str) -> Iterator[None]:
    """Keeps every core busy under load (b)."""
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
def unread(session: ScriptedSession, load: str) -> Iterator[None]:
    """Leaves the terminal unread for 5 s of every 15 s under load (d)."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(5.0):
            session.terminal.stop_reading()
            stop.wait(5.0)
            session.terminal.resume_reading()
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


def perform(
    sink: str, load: str, *, script: SessionScript, seconds: float, place: Path, ready: threading.Barrier
) -> Take:
    """Records one session of `seconds` at most. Waits at the barrier `ready` before the load begins and after it."""
    home = place / "home"
    home.mkdir(parents=True)
    server = SoundServer(place)
    server.start()
    launch_options = {"block_loop_s": 0.3} if load == "c" else {}
    try:
        with (
            Recorder(server) as recorder,
            ScriptedSession(script, sink, home, server.environment, launch_options=launch_options) as session,
        ):
            session.wait_for_sink(sink)
            session.terminal.wait_for("READY")
            ready.wait()
            time.sleep(1.0)
            speaker = session.speaker_pid()
            assert speaker is not None
            idle = _share(speaker, IDLE_S)
            ready.wait()
            with LatenessMonitor(urgent=True) as watch, unread(session, load):
                time.sleep(2.0)
                before = cpu_seconds(speaker)
                session.start()
                session.press_keys(session.started + seconds)
                end = time.monotonic()
                busy = (cpu_seconds(speaker) - before) / (end - session.started) * 100
                memory = memory_mb(speaker)
            ready.wait()
            log, states = session.log(), session.speaker_states()
            log_errors = session.log_errors()
            session.leave()
    except BaseException:
        ready.abort()
        raise
    finally:
        server.stop()
    finished = all(each in {f["group"] for f in log.facts} for each in "AB") and _done(log, script)
    take = Take(
        sink, load, recorder.recording(), expected_from_log(session.log(), boot_offset(), home, sink), session.started,
        end if finished else end - TAIL_S, watch, idle, busy, memory, log_errors,
    )  # fmt: skip
    take.notes = [note for moment, alive, now, note in states[1:] if note or not alive or now != sink]
    return take


def _share(pid: int, seconds: float) -> float:
    before, begun = cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - begun) * 100


def _done(log: Log, script: SessionScript) -> bool:
    return sum(fact["event"] == "tapped" for fact in log.facts) == 4 * script.reps
