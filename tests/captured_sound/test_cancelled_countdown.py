"""Somebody steps into the lane: what is heard after a countdown was stopped, recorded from a real sound server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from harness.canary import Canary
from harness.sound_rig import Recorder, Server, available, wait_for
from kicktimer.sound import ScheduledCue, SpeakerClient

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sound

TRIES = 4
ON_TIME = 0.008
GOES_ON = 0.3
"""Seconds for which a device may still play what it has been given."""
STOPPED = (0.3, 1.05)
"""Seconds before GO at which it is held: just before it, and just before a pip."""


def countdown(go: float, name: str) -> list[ScheduledCue]:
    return [ScheduledCue(f"{name}/{n}", go - n, "pip" if n else "go") for n in (3, 2, 1, 0)]


@pytest.mark.parametrize("sink", ["portaudio", "simpleaudio", "pipe"])
def test_after_a_hold_there_is_silence_and_no_go(sink: str, server: Server, tmp_path: Path) -> None:
    available(sink)
    speaker = SpeakerClient(sink=sink, groups=["A"], log=tmp_path / "log", on_change=lambda _: None)
    with Recorder(server) as recorder:
        speaker.start()
        try:
            wait_for(speaker, sink)
            for before in STOPPED:
                for turn in range(TRIES):
                    with Canary() as canary:
                        begun = time.monotonic()
                        go = begun + before + 1.4
                        speaker.schedule(countdown(go, f"{before}/{turn}"))
                        time.sleep(go - before - time.monotonic())
                        held = time.monotonic()
                        speaker.schedule([])
                        time.sleep(before + 1.0)
                    if canary.worst < ON_TIME:
                        break
                else:
                    pytest.skip(f"the machine was late {TRIES} times, {canary.worst * 1000:.0f} ms the last time")
                heard = [onset for onset in recorder.onsets() if onset.at > begun]
                told = [(round(onset.at - go, 3), round(onset.length, 3)) for onset in heard]
                print(sink, f"held {go - held:.3f} s before GO, canary {canary.worst * 1000:.1f} ms:", *told)
                due = [go - n for n in (3, 2, 1) if begun + 0.3 < go - n < held - 0.13]
                whole = [onset.at for onset in heard if onset.length > 0.1]
                assert all(any(abs(moment - at) < 0.05 for at in whole) for moment in due), told
                assert all(onset.length < 0.14 for onset in heard), told
                assert recorder.peak(held + GOES_ON, go + 0.9) < 100, told
        finally:
            speaker.close()
