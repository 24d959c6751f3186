"""Two simple scripts that a user might write instead, measured on a captured sound server like the program.

One is an `asyncio.sleep` loop, which plays each cue of the same session with simpleaudio. The other uses the package
`interval-timer` from PyPI, which ticks each second, and plays each tick with simpleaudio.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from sound_scenes import Take

from harness.expected_cues import DEFAULT_VOICE, ScheduleUpdate, expected_from_updates, load_clips
from harness.sound_rig import LatenessMonitor, Recorder, SoundServer
from kicktimer.cues import cues
from kicktimer.library import load_squad, load_workout
from kicktimer.plan import build_plan
from kicktimer.rehearsal import rehearse_on_target
from kicktimer.session import apply, initial_state
from kicktimer.sound import ScheduledCue
from kicktimer.sound.speaker.clips import find_sounds_folder

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

    from harness.expected_cues import ExpectedCue
    from harness.scripted_session import SessionScript
    from kicktimer.plan import Plan

RIVALS = ("asyncio.sleep loop", "interval-timer")

LOOP = """
import asyncio, json, os, sys, time, wave
import simpleaudio
cues = [(at, simpleaudio.WaveObject.from_wave_file(path)) for at, path in json.load(sys.stdin)]
busy = sys.argv[1] == "c"
def block():
    end = time.monotonic() + 0.3
    while time.monotonic() < end: pass
    asyncio.get_running_loop().call_later(0.7, block)
async def main():
    if busy: block()
    for at, sound in cues:
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        sound.play()
    await asyncio.sleep(1.5)
asyncio.run(main())
os._exit(0)
"""

TICKS = """
import json, os, sys, threading, time
import simpleaudio
from interval_timer import IntervalTimer
cues = json.load(sys.stdin)
sound = simpleaudio.WaveObject.from_wave_file(cues[0][1])
def block():
    while True:
        end = time.monotonic() + 0.3
        while time.monotonic() < end: pass
        time.sleep(0.7)
if sys.argv[1] == "c": threading.Thread(target=block, daemon=True).start()
time.sleep(cues[0][0] - time.monotonic())
for interval in IntervalTimer(1, stop=len(cues)):
    sound.play()
time.sleep(1.5)
os._exit(0)
"""


def installed(packages: Path) -> bool:
    """Installs `interval-timer` into the folder `packages`, and returns whether that succeeded."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(packages)]
    return subprocess.run([*pip, "interval-timer"], check=False, capture_output=True).returncode == 0


def compete(
    name: str,
    load: str,
    *,
    script: SessionScript,
    seconds: float,
    place: Path,
    packages: Path,
    ready: threading.Barrier,
) -> Take:
    """Records the session as one of the rivals plays it."""
    home = place / "home"
    home.mkdir(parents=True)
    server = SoundServer(place)
    server.start()
    environment = os.environ | server.environment | {"PYTHONMALLOC": "malloc"}
    environment["PYTHONPATH"] = os.pathsep.join([str(packages), environment.get("PYTHONPATH", "")])
    try:
        with Recorder(server) as recorder:
            ready.wait()
            ready.wait()
            with LatenessMonitor(urgent=True) as watch:
                time.sleep(2.0)
                start = time.monotonic() + 2.0
                expected_cues = [expected for expected in tones(script, home, start) if expected.at < start + seconds]
                if name == "interval-timer":
                    expected_cues = ticks(expected_cues, start, seconds)
                schedule = [
                    (expected.at, str(find_sounds_folder() / f"{file_of(expected)}.wav")) for expected in expected_cues
                ]
                done = subprocess.run(
                    [sys.executable, "-c", LOOP if name == RIVALS[0] else TICKS, load],
                    input=json.dumps(schedule), text=True, env=environment, check=False,
                )  # fmt: skip
            ready.wait()
    except BaseException:
        ready.abort()
        raise
    finally:
        server.stop()
    take = Take(name, load, recorder.recording(), expected_cues, start, start + seconds + 5.0, watch)
    if done.returncode:
        take.notes.append(f"it ended with status {done.returncode}")
    return take


def tones(script: SessionScript, home: Path, start: float) -> list[ExpectedCue]:
    """Returns the tones of the session when everybody runs on target, from the time `start` on, all known ahead.

    A tone that is due for both groups at the same time is returned once.
    """
    script.write(home)
    squad = load_squad(str(home / "squad.yaml"))[0]
    plan = build_plan(load_workout(str(home / "workout.yaml"))[0], squad)
    expected_cues = expected_from_updates(_schedules(plan, start), load_clips(plan, home))
    once = {
        (expected.clip.cue.cue, round(expected.at, 3)): expected
        for expected in expected_cues
        if not expected.clip.speech
    }
    return [replace(expected, kind="timed") for expected in once.values()]


def _schedules(plan: Plan, start: float) -> Iterator[ScheduleUpdate]:
    state = initial_state(plan)
    for t, events in groupby(rehearse_on_target(plan).events, key=lambda event: event.t):
        for event in events:
            state = apply(state, event)
        found = [
            ScheduledCue(cue.id, start + cue.at / 1000, cue.name, cue.group, cue.text)
            for cue in cues(state, DEFAULT_VOICE)
        ]
        if state.ended is None:
            yield ScheduleUpdate(start + t / 1000, tuple(found))


def ticks(expected_cues: list[ExpectedCue], start: float, seconds: float) -> list[ExpectedCue]:
    """Returns a pip for each second."""
    pip = next(expected for expected in expected_cues if expected.clip.cue.cue == "pip")
    return [replace(pip, id=str(second), at=start + second) for second in range(1, round(seconds) - 2)]


def file_of(expected: ExpectedCue) -> str:
    """Returns the name of the sound file of a cue, without its suffix."""
    cue = expected.clip.cue
    return f"split-{'AB'.index(cue.group) + 1}" if cue.cue == "split" else cue.cue
