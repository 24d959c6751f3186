"""What comes out of each sink, recorded from a real sound server: every cue, where it belongs."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import pytest

from kicktimer.sound import Scheduled, Speaker
from tests.canary import Canary
from tests.sound.rig import Onset, Recorder, Server, available, wait_for

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sound

LATE = 0.01
TRIES = 4
ROUNDS = 2
ROUND = (("pip", 0.0), ("pip", 0.3), ("pip", 0.6), ("go", 0.9), ("split", 1.75), ("split", 2.0))
LENGTHS = {"pip": 0.118, "go": 0.69, "split": 0.148}


def rounds(start: float, count: int) -> list[Scheduled]:
    return [
        Scheduled(f"{number}-{index}", start + 2.4 * number + offset, cue)
        for number in range(count)
        for index, (cue, offset) in enumerate(ROUND)
    ]


def played(sink: str, server: Server, log: Path) -> tuple[list[Scheduled], list[Onset], float]:
    speaker = Speaker(sink=sink, groups=["A"], log=log, on_change=lambda _: None)
    with Recorder(server) as recorder:  # first: a recorder that comes later changes the server's buffers
        speaker.start()
        try:
            wait_for(speaker, sink)
            with Canary() as canary:
                cues = rounds(time.monotonic() + 0.8, ROUNDS)
                speaker.schedule(cues)
                time.sleep(cues[-1].at - time.monotonic() + 0.6)
        finally:
            speaker.close()
    return cues, recorder.onsets(), canary.worst


@pytest.mark.parametrize("sink", ["portaudio", "simpleaudio", "pipe"])
def test_every_cue_is_heard_when_it_is_due(sink: str, server: Server, tmp_path: Path) -> None:
    available(sink)
    for _ in range(TRIES):
        cues, onsets, late = played(sink, server, tmp_path / "log")
        print(f"{sink}: canary {late * 1000:.1f} ms late")
        if late < LATE:
            break
    else:
        pytest.skip(f"the machine was late {TRIES} times, {late * 1000:.0f} ms the last time")
    assert len(onsets) == len(cues), (tmp_path / "log").read_text()
    for cue, onset in zip(cues, onsets, strict=True):
        assert onset.length == pytest.approx(LENGTHS[cue.cue], abs=0.01)
    offsets = {cue.id: onset.at - cue.at for cue, onset in zip(cues, onsets, strict=True)}
    pips = [[offsets[f"{number}-{index}"] for index in range(3)] for number in range(ROUNDS)]
    print(f"{sink}: pips' spacing off by {max(max(run) - min(run) for run in pips) * 1000:.3f} ms")
    assert all(max(run) - min(run) <= 0.001 for run in pips)
    gos = [offsets[f"{number}-3"] for number in range(ROUNDS)]
    constant = statistics.median(offsets.values())
    spread = [abs(offset - constant) * 1000 for offset in offsets.values()]
    print(f"{sink}: constant {constant * 1000:.1f} ms, farthest from it {max(spread):.2f} ms")
    assert max(gos) - min(gos) <= 0.03
    assert max(spread) <= 30
