"""Two other ways a user could go, played on a captured sound server: an `asyncio.sleep` loop, and `interval-timer`.

The loop calls simpleaudio for each cue of the same session. The package `interval-timer` from PyPI (the one found there
that does this) ticks each second; its ticks are played with simpleaudio.
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

from harness.expected_cues import VOICE, Batch, clips_of, laid_out
from harness.sound_rig import Recorder, Server, Watch
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

    from harness.expected_cues import Want
    from harness.scripted_session import Script
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
    """Whether `interval-timer` could be had, in a folder of its own."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(packages)]
    return subprocess.run([*pip, "interval-timer"], check=False, capture_output=True).returncode == 0


def compete(
    name: str, load: str, *, script: Script, seconds: float, place: Path, packages: Path, ready: threading.Barrier
) -> Take:
    """What a short script of the user's own makes of the session."""
    home = place / "home"
    home.mkdir(parents=True)
    server = Server(place)
    server.start()
    environment = os.environ | server.environment | {"PYTHONMALLOC": "malloc"}
    environment["PYTHONPATH"] = os.pathsep.join([str(packages), environment.get("PYTHONPATH", "")])
    try:
        with Recorder(server) as recorder:
            ready.wait()
            ready.wait()
            with Watch(urgent=True) as watch:
                time.sleep(2.0)
                start = time.monotonic() + 2.0
                wants = [want for want in tones(script, home, start) if want.at < start + seconds]
                if name == "interval-timer":
                    wants = ticks(wants, start, seconds)
                told = [(want.at, str(find_sounds_folder() / f"{file_of(want)}.wav")) for want in wants]
                done = subprocess.run(
                    [sys.executable, "-c", LOOP if name == RIVALS[0] else TICKS, load],
                    input=json.dumps(told), text=True, env=environment, check=False,
                )  # fmt: skip
            ready.wait()
    except BaseException:
        ready.abort()
        raise
    finally:
        server.stop()
    take = Take(name, load, recorder.recording(), wants, start, start + seconds + 5.0, watch)
    if done.returncode:
        take.notes.append(f"it ended with status {done.returncode}")
    return take


def tones(script: Script, home: Path, start: float) -> list[Want]:
    """The session's tones when everybody is on target, from `start` on: such a script knows all of them ahead.

    What both groups want at the same moment it plays once.
    """
    script.write(home)
    squad = load_squad(str(home / "squad.yaml"))[0]
    plan = build_plan(load_workout(str(home / "workout.yaml"))[0], squad)
    wants = laid_out(_schedules(plan, start), clips_of(plan, home))
    once = {(want.item.cue.cue, round(want.at, 3)): want for want in wants if not want.item.speech}
    return [replace(want, kind="timed") for want in once.values()]


def _schedules(plan: Plan, start: float) -> Iterator[Batch]:
    state = initial_state(plan)
    for t, events in groupby(rehearse_on_target(plan).events, key=lambda event: event.t):
        for event in events:
            state = apply(state, event)
        found = [
            ScheduledCue(cue.id, start + cue.at / 1000, cue.name, cue.group, cue.text) for cue in cues(state, VOICE)
        ]
        if state.ended is None:
            yield Batch(start + t / 1000, tuple(found))


def ticks(wants: list[Want], start: float, seconds: float) -> list[Want]:
    """A pip each second."""
    pip = next(want for want in wants if want.item.cue.cue == "pip")
    return [replace(pip, id=str(second), at=start + second) for second in range(1, round(seconds) - 2)]


def file_of(want: Want) -> str:
    """The sound's file, without its ending."""
    cue = want.item.cue
    return f"split-{'AB'.index(cue.group) + 1}" if cue.cue == "split" else cue.cue
