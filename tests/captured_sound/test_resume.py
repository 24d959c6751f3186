"""What is heard of a session whose program is killed and carried on, recorded from a real sound server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from harness.canary import Canary
from harness.sound_rig import Recorder, SoundServer, require_sink
from harness.terminal import Terminal
from kicktimer.cue_table import CUE_SPECS
from kicktimer.journal import read_log
from tests.terminal.test_session import boottime

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.sound, pytest.mark.terminal, pytest.mark.idle_machine(2)]

WORKOUT = """
name: resumed
countdown: 4s
recovery: 12s
splits: none
caller: off
sets: [{reps: 3, distance: 40m, target: 2}]
"""
TRIES = 3
MAX_LATENESS_S = 0.02
TOLERANCE_S = 0.06
"""The latency of the rig is constant, but not known; a GO that is not kept would be seconds off."""
MAX_TAIL_S = 0.4
"""A device may go on playing for this long, because it buffers sound."""


def facts(home: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    (path,) = (home / "logs").glob("*.jsonl")
    log = read_log(path)
    return log.header, list(log.facts)


def killed_in_recovery(home: Path, server: SoundServer, before_go: float) -> tuple[float, float]:
    """Runs a session until its first recovery, and kills the app. Returns the kill and the next GO, in monotonic time.

    With `before_go` it is killed so many seconds before that GO; 0 kills it at once.
    """
    config = home / ".config" / "kicktimer"
    config.mkdir(parents=True)
    off = [cue for cue, spec in CUE_SPECS.items() if cue not in ("go", "pip") and not spec.off_hint]
    (config / "settings.toml").write_text(f'cues_off = {off}\nresults = "off"\nkeep_awake = false\n')
    (home / "resumed.yaml").write_text(WORKOUT)
    arguments = ["run", "resumed.yaml", "--sound", "pipe", "--log-dir", str(home / "logs")]
    with Terminal(arguments, home, environment={**server.environment, "HOME": str(home)}) as terminal:
        terminal.wait_for("♪ pipe")
        terminal.press("space")
        terminal.wait_for("RUN")
        time.sleep(2)
        terminal.press("r")
        terminal.wait_for("RECOVERY")
        terminal.wait_for("saved")
        header, found = facts(home)
        go_ms = next(fact["go"] for fact in found if fact["event"] == "recovery_started")
        go = header["clock"]["at_open"] + go_ms / 1000 - (boottime(0.0))
        if before_go:
            time.sleep(max(0.0, go - before_go - time.monotonic()))
        terminal.process.kill()
        killed = time.monotonic()
        terminal.process.wait()
    return killed, go


def test_go_sounds_when_it_would_have_come_and_only_once(server: SoundServer, tmp_path: Path) -> None:
    require_sink("pipe")
    for turn in range(TRIES):
        home = tmp_path / f"{turn}"
        home.mkdir()
        with Recorder(server) as recorder, Canary() as canary:
            _, go = killed_in_recovery(home, server, 0)
            arguments = ["resume", "--sound", "pipe", "--log-dir", str(home / "logs")]
            with Terminal(arguments, home, environment={**server.environment, "HOME": str(home)}) as terminal:
                terminal.wait_for("RECOVERY")
                terminal.wait_for("RUN")
                time.sleep(1)
        heard = [onset.at - go for onset in recorder.onsets() if go - 5 < onset.at < go + 1]
        print(f"canary {canary.worst * 1000:.1f} ms:", *(f"{at:+.3f}" for at in heard))
        if canary.worst < MAX_LATENESS_S:
            break
    else:
        pytest.skip("the machine was late each time")
    assert len(heard) == 4, "three pips and GO"
    assert all(abs(at - due) < TOLERANCE_S for at, due in zip(heard, (-3, -2, -1, 0), strict=True)), heard
    started = [fact for fact in facts(home)[1] if fact["event"] == "rep_started"]
    assert len(started) == 2


def test_killed_program_leaves_nobody_who_sounds_go(server: SoundServer, tmp_path: Path) -> None:
    require_sink("pipe")
    with Recorder(server) as recorder:
        killed, go = killed_in_recovery(tmp_path, server, 2.5)
        time.sleep(max(0.0, go + 0.5 - time.monotonic()))
    assert recorder.peak(killed - 1, killed) > 1000, "the first pip was heard"
    assert recorder.peak(killed + MAX_TAIL_S, go + 0.4) < 100
