"""A session of two groups in the real program, recorded from a real sound server: every cue is heard on time.

A short version of `make bench-sound`: one session for each sink, all three at once.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.expected_cues import expected_from_log
from harness.judge import Verdict, judge
from harness.scripted_session import ScriptedSession, SessionScript, boot_offset
from harness.sound_rig import LatenessMonitor, Recorder, SoundServer, can_play, require_sink

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.sound, pytest.mark.idle_machine(1)]

SINKS = ("portaudio", "simpleaudio", "pipe")
SCRIPT = SessionScript(minutes=0.6, reps=3)
MAX_LATENESS_S = 0.008
FLEXIBLE = ("announce", "result")
"""Cues that wait for a free place. Milliseconds decide whether and where they find one."""


@dataclass(frozen=True)
class Played:
    verdict: Verdict
    log_errors: list[str]
    status: int
    late: float
    log: str


def play(sink: str, place: Path) -> Played:
    home = place / "home"
    home.mkdir(parents=True)
    server = SoundServer(place)
    server.start()
    try:
        with Recorder(server) as recorder, ScriptedSession(SCRIPT, sink, home, server.environment) as session:
            session.wait_for_sink(sink)
            session.terminal.wait_for("READY")
            time.sleep(2.0)  # until the other sessions have started, too
            with LatenessMonitor(urgent=False) as watch:
                session.start()
                session.press_keys()
            log_errors = session.log_errors()
            status = session.leave()
        expected_cues = expected_from_log(session.log(), boot_offset(), home, sink)
        return Played(
            judge(recorder.recording(), expected_cues), log_errors, status, watch.worst(), session.sound_log()
        )
    finally:
        server.stop()


@pytest.fixture(scope="module")
def played(own_server: SoundServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Played]]:
    """The result of the first try of each sink. `own_server` skips the test where no server can be started."""
    sinks = [sink for sink in SINKS if can_play(sink)]
    with ThreadPoolExecutor(len(sinks)) as pool:
        plays = {sink: pool.submit(play, sink, tmp_path_factory.mktemp("kt")) for sink in sinks}
        return {sink: [future.result()] for sink, future in plays.items()}


@pytest.mark.parametrize("sink", SINKS)
def test_exactly_the_expected_cues_are_heard_on_time(
    sink: str, played: dict[str, list[Played]], tmp_path: Path
) -> None:
    require_sink(sink)
    found = played[sink][0]
    if faults(sink, found) and was_late(found):
        found = play(sink, tmp_path)
        if faults(sink, found) and was_late(found):
            pytest.skip(f"the machine was late twice, {found.late * 1000:.0f} ms the last time: {faults(sink, found)}")
    assert not faults(sink, found), found.log
    assert found.log_errors == []
    assert found.status == 0


def was_late(played: Played) -> bool:
    """Whether the machine was late: a monitor saw it, or ALSA ran out of sound although all of a run had been given."""
    return played.late > MAX_LATENESS_S or "underrun occurred" in played.log


def faults(sink: str, played: Played) -> list[str]:
    """Returns the deviations from what must be heard."""
    verdict = played.verdict
    # A flexible cue may be heard at another time than in the replay, or not at all.
    elsewhere = sum(expected.clip.cue.cue in FLEXIBLE for expected in verdict.missing)
    found = [f"{expected.name} is missing" for expected in verdict.missing if expected.clip.cue.cue not in FLEXIBLE]
    strange = [f"{what} is heard at {at:.3f}, and nobody wanted it" for at, what in verdict.extra]
    found += strange if len(strange) > 2 * elsewhere or any("something" not in each for each in strange) else []
    if not any(heard.expected.clip.cue.cue == "result" for heard in verdict.detected):
        found.append("no result is heard")
    if sink == "simpleaudio":
        starts, insides = verdict.run_errors()  # with so few starts the greatest error counts
        found += too_far("the start of a run", starts, 0.010, 0.010, 3) + too_far("inside a run", insides, 0.001, 0.001)
    else:
        found += too_far("a cue", verdict.errors(), 0.002, 0.010)
    return found


def too_far(what: str, errors: np.ndarray, most: float, never: float, least: int = 10) -> list[str]:
    assert len(errors) >= least, f"{len(errors)} times {what}"
    percentile, worst = float(np.percentile(errors, 99)), float(errors.max())
    print(f"{what}: p99 {percentile * 1000:.2f} ms, max {worst * 1000:.2f} ms of {len(errors)}")
    if percentile <= most and worst <= never:
        return []
    return [f"{what} is off by {percentile * 1000:.1f} ms (p99), {worst * 1000:.1f} ms (max)"]
