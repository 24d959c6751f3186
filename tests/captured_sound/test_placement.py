"""Cues, speech and counting placed against each other, recorded from a real sound server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from harness.canary import Canary
from harness.sound_rig import Onset, Recorder, SoundServer, require_sink, wait_for_sink
from kicktimer.sound import ScheduledCue, SpeakerClient
from kicktimer.sound.speaker.mixer import PEAK_LIMIT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.sound, pytest.mark.idle_machine(2)]

MAX_LATENESS_S = 0.008
TRIES = 4


def scene(sink: str, server: SoundServer, log: Path) -> tuple[float, Recorder, float]:
    """Plays all kinds of cues through one speaker. Returns the start, the recorder and the lateness of the machine."""
    speaker = SpeakerClient(sink=sink, groups=["A"], log=log, on_change=lambda _: None)
    with Recorder(server) as recorder:
        speaker.start()
        try:
            wait_for_sink(speaker, sink)
            time.sleep(0.5)
            with Canary() as canary:
                time.sleep(0.2)
                start = time.monotonic()
                expected_from_log = [
                    ScheduledCue(f"late{n}", start + 0.4 * n, "go" if n == 3 else "pip") for n in range(4)
                ]
                expected_from_log += [
                    ScheduledCue(f"count{n}", start + 2.1 + n, "count", text=str(31 + n)) for n in range(2)
                ]
                expected_from_log += [
                    ScheduledCue("talk", start + 3.9, "say", text="How relaxed can you look at the right pace?")
                ]
                expected_from_log += [ScheduledCue(f"over{n}", start + 4.4 + 0.4 * n, "split") for n in range(2)]
                speaker.schedule(expected_from_log)
                time.sleep(start + 4.6 - time.monotonic())
                # While the sentence is spoken, a countdown is scheduled whose first pip is 1.4 s away.
                expected_from_log += [
                    ScheduledCue(f"new{n}", start + 6.0 + 0.3 * n, "go" if n == 2 else "pip") for n in range(3)
                ]
                speaker.schedule(expected_from_log)
                time.sleep(start + 7.3 - time.monotonic())
        finally:
            speaker.close()
    return start, recorder, canary.worst


def near(onsets: list[Onset], moment: float) -> Onset:
    return min(onsets, key=lambda onset: abs(onset.at - moment))


@pytest.mark.parametrize("sink", ["portaudio", "simpleaudio"])  # "pipe" is a stream like "portaudio"
def test_cues_speech_and_counting_do_not_collide(sink: str, server: SoundServer, tmp_path: Path) -> None:
    require_sink(sink)
    for _ in range(TRIES):
        start, recorder, late = scene(sink, server, tmp_path / "log")
        if late < MAX_LATENESS_S:
            break
    else:
        pytest.skip(f"the machine was late {TRIES} times, {late * 1000:.0f} ms the last time")
    onsets = recorder.onsets()
    found = [(round(onset.at - start, 4), round(onset.length, 3), onset.peak) for onset in onsets]
    print(sink, f"canary {late * 1000:.1f} ms", *found, sep="\n")

    # The first pip was due before the sink could play it; the later ones are on time.
    later = [near(onsets, start + moment).at - start - moment for moment in (0.4, 0.8, 1.2)]
    assert max(later) - min(later) <= 0.002, later
    counted = [near(onsets, start + moment).at - start - moment for moment in (2.1, 3.1)]
    assert all(abs(offset - later[-1]) <= 0.01 for offset in counted), (later, counted)

    # Nothing exceeds -1 dBFS, not even the two splits over the sentence.
    assert max(onset.peak for onset in onsets) <= PEAK_LIMIT
    assert recorder.peak(start + 4.4, start + 4.55) > 20_000

    # The sentence would end at 6.46 s. It is cut, so that half a second of silence precedes the pip at 6.0 s.
    assert recorder.peak(start + 5.1, start + 5.25) > 3000
    quiet = recorder.peak(start + 5.55, start + 5.97)
    assert quiet < 300, quiet
    new = [near(onsets, start + moment) for moment in (6.0, 6.3, 6.6)]
    assert [onset.length for onset in new] == pytest.approx([0.118, 0.118, 0.69], abs=0.012)
