"""Sessions of the real program while the speaker is killed, or the sound server is restarted or stopped.

A short version of `tools/torture_sound.py`: one session for each sink, all three at once.
"""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from harness.scripted_session import ScriptedSession, SessionScript
from harness.sound_faults import Fault, Outcome, run_with_fault
from harness.sound_rig import SoundServer, can_play, require_sink

if TYPE_CHECKING:
    from harness.sound_faults import FaultInjector

pytestmark = [pytest.mark.sound, pytest.mark.idle_machine(1)]

SCRIPT = SessionScript(minutes=0.5, reps=3, split_s=1.5)
MAX_LATENESS_S = 0.02  # a machine that is as late as this loses cues by itself
MAX_FACT_LATENESS_S = 0.25


def kill_twice(session: ScriptedSession, _: SoundServer, faults: list[Fault]) -> None:
    for pause in (9.0, 7.3):
        time.sleep(pause)
        speaker = session.speaker_pid()
        assert speaker is not None
        os.kill(speaker, signal.SIGKILL)
        faults.append(Fault(time.monotonic()))


def restart_the_server(_: ScriptedSession, server: SoundServer, faults: list[Fault]) -> None:
    time.sleep(11.0)
    faults.append(Fault(time.monotonic()))
    server.stop()
    time.sleep(0.7)
    server.start()


def freeze_the_server(_: ScriptedSession, server: SoundServer, faults: list[Fault]) -> None:
    """Stops the server for 5 s, between two pips of the first countdown."""
    time.sleep(5.5)
    faults.append(Fault(time.monotonic()))
    server.freeze(5.0)


WORST: dict[str, tuple[FaultInjector, str]] = {
    "portaudio": (kill_twice, "started anew"),
    "pipe": (restart_the_server, ""),
    "simpleaudio": (freeze_the_server, "takes no more sound"),  # its calls block while the server is stopped
}


@pytest.fixture(scope="module")
def outcomes(own_server: SoundServer) -> dict[str, Outcome]:
    sinks = [sink for sink in WORST if can_play(sink)]
    with ThreadPoolExecutor(len(sinks)) as pool:
        plays = {sink: pool.submit(run_with_fault, sink, SCRIPT, WORST[sink][0]) for sink in sinks}
        return {sink: future.result() for sink, future in plays.items()}


@pytest.mark.parametrize("sink", WORST)
def test_session_goes_on_and_the_first_cue_after_a_fault_is_heard(sink: str, outcomes: dict[str, Outcome]) -> None:
    require_sink(sink)
    inject, noted = WORST[sink]
    found = outcomes[sink]
    if trouble(found) and found.machine_lateness > MAX_LATENESS_S:
        found = run_with_fault(sink, SCRIPT, inject)
        if trouble(found) and found.machine_lateness > MAX_LATENESS_S:
            pytest.skip(
                f"the machine was late twice, {found.machine_lateness * 1000:.0f} ms the last time: {trouble(found)}"
            )
    print(
        sink,
        [round(each, 2) for each in found.silences()],
        [expected.name for expected in found.lost()],
        *found.state_notes,
    )
    assert trouble(found) == [], found.state_notes
    assert any(noted in note for note in found.state_notes)
    following = [each for each in found.verdict.detected if each.expected.at > found.faults[-1].recovered_at]
    assert len(following) >= 10


def trouble(outcome: Outcome) -> list[str]:
    late = (
        []
        if outcome.max_lateness < MAX_FACT_LATENESS_S
        else [f"the app noted what fell due {outcome.max_lateness:.2f} s late"]
    )
    return outcome.failures() + late
