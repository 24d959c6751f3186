"""A pattern of legs, recorded from a real sound server: each change sounds like a split, and its word follows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.matched_filter import matched_filter
from harness.sound_rig import Recorder, SoundServer, require_sink
from harness.terminal import Terminal
from kicktimer.cues.clock_cues import LINE_AFTER_SPLIT_MS
from kicktimer.sound.speaker.clips import RATE, Clips, find_sounds_folder
from tests.captured_sound.test_resume import facts
from tests.terminal.test_session import boottime

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.sound, pytest.mark.terminal, pytest.mark.idle_machine(2)]

LINE = "13s[4s @1500 + 4s @free]"
CHANGES = {"Float": 4.0, "On": 8.0, "float": 12.0}
MIN_CORRELATION = 0.95
TOLERANCE_S = 0.3
"""The voice may wait a little; the tones may not, and their exactness has tests of its own."""


def test_change_of_legs_sounds_and_is_said(server: SoundServer, tmp_path: Path) -> None:
    require_sink("pipe")
    config = tmp_path / ".config" / "kicktimer"
    config.mkdir(parents=True)
    (config / "settings.toml").write_text("keep_awake = false\n")
    arguments = ["run", LINE, "--sound", "pipe", "--log-dir", str(tmp_path / "logs")]
    environment = {**server.environment, "HOME": str(tmp_path)}
    with Recorder(server) as recorder, Terminal(arguments, tmp_path, environment=environment) as terminal:
        terminal.wait_for("♪ pipe")
        terminal.press("space")
        terminal.wait_for("RUN")
        header, found = facts(tmp_path)
        go = next(fact["t"] for fact in found if fact["event"] == "rep_started")
        begin = header["clock"]["at_open"] + go / 1000 - boottime(0.0)
        terminal.wait_for("on in")
        time.sleep(max(0.0, begin + 15 - time.monotonic()))
        recording = recorder.recording()
    clips = Clips(find_sounds_folder(), ("A",))
    for word, due in CHANGES.items():
        tone, speech = clips.clip("split", "A", ""), clips.clip("say", "A", word)
        for clip, after in ((tone, 0.0), (speech, LINE_AFTER_SPLIT_MS / 1000)):
            first, end = (round(recording.frame_at(begin + due + after + at)) for at in (-1.0, 2.0))
            samples = np.array(clip.samples, dtype=np.float64)
            correlation, _ = matched_filter(recording.samples[first:end].astype(np.float64), samples)
            place = int(correlation.argmax())
            assert correlation[place] >= MIN_CORRELATION, (word, float(correlation[place]))
            assert abs(place / RATE - 1.0) <= TOLERANCE_S, (word, place / RATE)
