"""A jog recovery, recorded from a real sound server: what to do is said soon after the finish, by recorded words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.matched_filter import matched_filter
from harness.sound_rig import Recorder, SoundServer, require_sink
from harness.terminal import Terminal
from kicktimer.cues.clock_cues import RECOVERY_CUES_MS
from kicktimer.sound.speaker.clips import RATE, Clips, find_sounds_folder
from tests.captured_sound.test_resume import facts
from tests.terminal.test_session import boottime

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.sound, pytest.mark.terminal, pytest.mark.idle_machine(2)]

WORKOUT = """
name: jogged
countdown: 4s
splits: none
caller: off
sets: [{reps: 3, distance: 100m, target: 4, recovery: 200m in 40s}]
"""
MIN_CORRELATION = 0.95
"""With another number, as in "400 metre jog", it is 0.84."""
MAX_WAIT_S = 3.0
"""The words wait until the tones of the recovery and the spoken result have sounded."""


def test_jog_is_said_and_shown_when_its_recovery_begins(server: SoundServer, tmp_path: Path) -> None:
    require_sink("pipe")
    (tmp_path / "jogged.yaml").write_text(WORKOUT)
    config = tmp_path / ".config" / "kicktimer"
    config.mkdir(parents=True)
    (config / "settings.toml").write_text('keep_awake = false\nresults = "off"\n')
    arguments = ["run", "jogged.yaml", "--sound", "pipe", "--log-dir", str(tmp_path / "logs")]
    environment = {**server.environment, "HOME": str(tmp_path)}
    with Recorder(server) as recorder, Terminal(arguments, tmp_path, environment=environment) as terminal:
        terminal.wait_for("♪ pipe")
        terminal.press("space")
        terminal.wait_for("RUN")
        time.sleep(3)
        terminal.press("r")
        terminal.wait_for("to GO · 200 m jog")
        header, found = facts(tmp_path)
        since = next(fact["since"] for fact in found if fact["event"] == "recovery_started")
        begin = header["clock"]["at_open"] + since / 1000 - boottime(0.0)
        time.sleep(max(0.0, begin + 6 - time.monotonic()))
        terminal.press("ctrl+q")
        terminal.press("ctrl+q")
        recording = recorder.recording()
    clip = Clips(find_sounds_folder(), ("A",)).clip("announce", "A", "200 metre jog")
    words = np.array(clip.samples, dtype=np.float64)
    first, end = (round(recording.frame_at(begin + at)) for at in (0.0, 6.0))
    correlation, _ = matched_filter(recording.samples[first:end].astype(np.float64), words)
    place = int(correlation.argmax())
    assert correlation[place] >= MIN_CORRELATION
    assert RECOVERY_CUES_MS / 1000 - 0.3 <= place / RATE <= RECOVERY_CUES_MS / 1000 + MAX_WAIT_S
