"""What is heard after a countdown was held, recorded from a real sound server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from harness.canary import Canary
from harness.sound_rig import Recorder, SoundServer, require_sink, wait_for_sink
from kicktimer.sound import ScheduledCue, SpeakerClient

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.sound, pytest.mark.idle_machine(2)]

TRIES = 4
MAX_LATENESS_S = 0.008
MAX_TAIL_S = 0.3
"""A device may go on playing for this long, because it buffers sound."""
HELD_BEFORE_S = (0.3, 1.05)
"""How long before GO the countdown is held: just before GO itself, and just before a pip."""


def countdown(go: float, name: str) -> list[ScheduledCue]:
    return [ScheduledCue(f"{name}/{n}", go - n, "pip" if n else "go") for n in (3, 2, 1, 0)]


@pytest.mark.parametrize("sink", ["portaudio", "simpleaudio", "pipe"])
def test_hold_is_followed_by_silence_without_go(sink: str, server: SoundServer, tmp_path: Path) -> None:
    require_sink(sink)
    speaker = SpeakerClient(sink=sink, groups=["A"], log=tmp_path / "log", on_change=lambda _: None)
    with Recorder(server) as recorder:
        speaker.start()
        try:
            wait_for_sink(speaker, sink)
            for before in HELD_BEFORE_S:
                for turn in range(TRIES):
                    with Canary() as canary:
                        begun = time.monotonic()
                        go = begun + before + 1.4
                        speaker.schedule(countdown(go, f"{before}/{turn}"))
                        time.sleep(go - before - time.monotonic())
                        held = time.monotonic()
                        speaker.schedule([])
                        time.sleep(before + 1.0)
                    if canary.worst < MAX_LATENESS_S:
                        break
                else:
                    pytest.skip(f"the machine was late {TRIES} times, {canary.worst * 1000:.0f} ms the last time")
                heard = [onset for onset in recorder.onsets() if onset.at > begun]
                onsets = [(round(onset.at - go, 3), round(onset.length, 3)) for onset in heard]
                print(sink, f"held {go - held:.3f} s before GO, canary {canary.worst * 1000:.1f} ms:", *onsets)
                due = [go - n for n in (3, 2, 1) if begun + 0.3 < go - n < held - 0.13]
                whole = [onset.at for onset in heard if onset.length > 0.1]
                assert all(any(abs(moment - at) < 0.05 for at in whole) for moment in due), onsets
                assert all(onset.length < 0.14 for onset in heard), onsets
                assert recorder.peak(held + MAX_TAIL_S, go + 0.9) < 100, onsets
        finally:
            speaker.close()
