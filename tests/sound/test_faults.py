"""What happens to the sound when somebody stops it in time, and when a speaker or a sound server dies."""

from __future__ import annotations

import itertools
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from kicktimer.sound import Scheduled, Speaker
from kicktimer.sound.programme import GRACE
from tests.canary import Canary
from tests.sound.rig import Recorder, Server, available, wait_for

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sound


def countdown(go: float) -> list[Scheduled]:
    return [*(Scheduled(f"pip{n}", go - 0.4 * n, "pip") for n in (3, 2, 1)), Scheduled("go", go, "go")]


@pytest.mark.parametrize("sink", ["portaudio", "simpleaudio", "pipe"])
def test_a_hold_a_third_of_a_second_before_go_is_followed_by_no_go(sink: str, server: Server, tmp_path: Path) -> None:
    available(sink)
    speaker = Speaker(sink=sink, groups=["A"], log=tmp_path / "log", on_change=lambda _: None)
    with Recorder(server) as recorder:
        speaker.start()
        try:
            wait_for(speaker, sink)
            for _ in range(4):
                with Canary() as canary:
                    go = time.monotonic() + 1.8
                    speaker.schedule(countdown(go))
                    time.sleep(go - 0.3 - time.monotonic())
                    speaker.schedule([])
                    time.sleep(1.0)
                if canary.worst < 0.01:
                    break
        finally:
            speaker.close()
    lengths = [onset.length for onset in recorder.onsets() if onset.at > go - 1.5]
    assert lengths == pytest.approx([0.118] * 3, abs=0.01)


@pytest.mark.parametrize("sink", ["portaudio"])
def test_cues_are_heard_again_after_the_speaker_and_the_server_died(sink: str, server: Server, tmp_path: Path) -> None:
    available(sink)
    states: list[str] = []
    speaker = Speaker(sink=sink, groups=["A"], log=tmp_path / "log", on_change=lambda state: states.append(state.note))
    speaker.start()
    try:
        wait_for(speaker, sink)
        start = time.monotonic() + 0.2
        speaker.schedule([Scheduled(str(n), start + 0.5 * n, "split") for n in range(60)])
        assert speaker._child is not None
        os.kill(speaker._child._process.pid, signal.SIGKILL)
        time.sleep(0.1)
        wait_for(speaker, sink)
        server.stop()
        time.sleep(1.0)
        assert not speaker.state.alive
        server.start()
        end = time.monotonic() + 10
        while not speaker.state.alive and time.monotonic() < end:
            time.sleep(0.05)
        with Recorder(server) as recorder:
            time.sleep(2.6)
    finally:
        speaker.close()
    assert any("started anew" in note for note in states)
    assert any("no sound" in note for note in states)
    found = [onset.at - start for onset in recorder.onsets() if onset.length > 0.14]
    assert len(found) >= 4, (states, (tmp_path / "log").read_text())


def test_a_speaker_that_is_killed_again_and_again_is_always_back(server: Server, tmp_path: Path) -> None:
    speaker = Speaker(sink="pipe", groups=["A"], log=tmp_path / "log", on_change=lambda _: None)
    speaker.start()
    heard = []
    try:
        wait_for(speaker, "pipe")
        start = time.monotonic()
        speaker.schedule([Scheduled(str(n), start + 0.4 * n, "split") for n in range(60)])
        with Recorder(server) as recorder:
            for turn in range(3):
                assert speaker._child is not None
                os.kill(speaker._child._process.pid, signal.SIGKILL)
                time.sleep(0.1)  # the death has been seen: what is alive from here on is the new one
                wait_for(speaker, "pipe")
                time.sleep(0.6 + 0.13 * turn)  # the next one dies at another moment of a cue
                heard.append(time.monotonic())
        onsets = [onset.at for onset in recorder.onsets()]
    finally:
        speaker.close()
    for moment in heard:
        assert any(moment - 0.6 < onset < moment for onset in onsets), (onsets, heard)
    # A new speaker plays a split that it is late for by its grace at most; none comes early or twice.
    late = [(onset - start + 0.05) % 0.4 - 0.05 for onset in onsets]
    assert max(late) < GRACE["split"] + 0.05, late
    assert min(b - a for a, b in itertools.pairwise(onsets)) > 0.1


@pytest.mark.parametrize("sink", ["simpleaudio"])  # the one that freezes with the server
def test_a_server_that_stands_still_in_a_countdown_is_not_noticed(sink: str, server: Server, tmp_path: Path) -> None:
    available(sink)
    speaker = Speaker(sink=sink, groups=["A"], log=tmp_path / "log", on_change=lambda _: None)
    speaker.start()
    try:
        wait_for(speaker, sink)
        assert server.process is not None
        start = time.monotonic() + 0.3
        cues = [Scheduled(str(n), start + 0.5 * n, "pip") for n in range(60)]
        speaker.schedule(cues)
        time.sleep(0.6)
        server.process.send_signal(signal.SIGSTOP)
        spent = []
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            begun = time.monotonic()
            speaker.schedule(cues)
            spent.append(time.monotonic() - begun)
            time.sleep(0.02)
        server.process.send_signal(signal.SIGCONT)
        assert sorted(spent)[len(spent) // 2] < 0.001
        again = time.monotonic()
        while not speaker.state.alive and time.monotonic() < again + 8:
            time.sleep(0.02)
        with Recorder(server) as recorder:
            time.sleep(1.6)
    finally:
        speaker.close()
    assert len([onset for onset in recorder.onsets() if onset.length > 0.1]) >= 2, (tmp_path / "log").read_text()
