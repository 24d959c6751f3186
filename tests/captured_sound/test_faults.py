"""A speaker that is killed, and a sound server that dies or stands still, in sessions of the real program.

A short version of `tools/torture_sound.py`: one session through each sink, all three at once.
"""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from harness.scripted_session import Act, Script
from harness.sound_faults import Fault, Outcome, session
from harness.sound_rig import Server, available, is_there

if TYPE_CHECKING:
    from harness.sound_faults import Breaks

pytestmark = pytest.mark.sound

SCRIPT = Script(minutes=0.5, reps=3, step=1.5)
LATE = 0.02  # a machine as late as this loses cues by itself
NOTED = 0.25


def kill_twice(act: Act, _: Server, faults: list[Fault]) -> None:
    for pause in (9.0, 7.3):
        time.sleep(pause)
        speaker = act.speaker()
        assert speaker is not None
        os.kill(speaker, signal.SIGKILL)
        faults.append(Fault(time.monotonic()))


def restart_the_server(_: Act, server: Server, faults: list[Fault]) -> None:
    time.sleep(11.0)
    faults.append(Fault(time.monotonic()))
    server.stop()
    time.sleep(0.7)
    server.start()


def freeze_the_server(_: Act, server: Server, faults: list[Fault]) -> None:
    """Between two pips of the first countdown."""
    time.sleep(5.5)
    faults.append(Fault(time.monotonic()))
    server.freeze(5.0)


WORST: dict[str, tuple[Breaks, str]] = {
    "portaudio": (kill_twice, "started anew"),
    "pipe": (restart_the_server, ""),
    "simpleaudio": (freeze_the_server, "takes no more sound"),  # the one that may freeze with the server
}


@pytest.fixture(scope="module")
def outcomes(own_server: Server) -> dict[str, Outcome]:
    sinks = [sink for sink in WORST if is_there(sink)]
    with ThreadPoolExecutor(len(sinks)) as pool:
        plays = {sink: pool.submit(session, sink, SCRIPT, WORST[sink][0]) for sink in sinks}
        return {sink: future.result() for sink, future in plays.items()}


@pytest.mark.parametrize("sink", WORST)
def test_the_session_goes_on_and_the_cue_after_the_fault_is_heard(sink: str, outcomes: dict[str, Outcome]) -> None:
    available(sink)
    breaks, noted = WORST[sink]
    found = outcomes[sink]
    if trouble(found) and found.canary > LATE:
        found = session(sink, SCRIPT, breaks)
        if trouble(found) and found.canary > LATE:
            pytest.skip(f"the machine was late twice, {found.canary * 1000:.0f} ms the last time: {trouble(found)}")
    print(sink, [round(each, 2) for each in found.silences()], [want.name for want in found.lost()], *found.notes)
    assert trouble(found) == [], found.notes
    assert any(noted in note for note in found.notes)
    following = [each for each in found.verdict.heard if each.want.at > found.faults[-1].until]
    assert len(following) >= 10


def trouble(outcome: Outcome) -> list[str]:
    late = [] if outcome.lateness < NOTED else [f"the app noted what fell due {outcome.lateness:.2f} s late"]
    return outcome.failures() + late
