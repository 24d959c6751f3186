"""Measure cues on a captured sound server: `python tools/bench_sound.py [--minutes 2] [--sinks …] [--loads abc]`.

For each way to sound and each load it plays 8 x 400 m for two pace groups at real speed on shortened reps, and prints
one row: how many cues were found, missed and heard without having been asked for, and |onset - due - constant| in ms,
where the constant is the row's median (the server's latency). Loads: (a) none, (b) both cores busy, (c) the program's
interpreter busy for 300 ms of every second. Of (d), a terminal that is not read, nothing could be seen here: this
program has none, and the speaker has no terminal either.

Beside it, two other ways a user could go: a plain `asyncio.sleep` loop that calls simpleaudio for each cue, and the
package `interval-timer` from PyPI (the one found there that does this), its ticks played with simpleaudio.

A canary sleeps to deadlines every 5 ms. Minutes in which it was late by more than 10 ms say nothing and are left out
("clean" says how many are left; where none is, the row is of all minutes and marked with "!").
Needs what the tests need: pulseaudio, pactl, parec, numpy, and simpleaudio.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.sound.rig import Onset, Recorder, Server, wait_for

from kicktimer.sound import Scheduled, Speaker
from kicktimer.sound.clips import Clips, folder

if TYPE_CHECKING:
    from collections.abc import Iterator

SINKS = ("portaudio", "pipe", "simpleaudio")
RIVALS = ("asyncio.sleep loop", "interval-timer")
GROUPS = ("A", "B")
OFFSET = 7.25  # of the second group: no cue of one begins while one of the other sounds
REP = 14.0
REPS = 8
NEAR = 0.12  # s between a cue and its onset at most
LATE = 0.010
AHEAD = 20.0

CANARY = """
import sys, time
worst, due, begun = 0.0, time.monotonic(), time.monotonic()
while True:
    due += 0.005
    time.sleep(max(0.0, due - time.monotonic()))
    worst = max(worst, time.monotonic() - due)
    due = max(due, time.monotonic() - 0.005)
    if time.monotonic() - begun >= 1.0:
        print(begun, worst, flush=True)
        worst, begun = 0.0, time.monotonic()
"""

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
import json, os, sys, time
import simpleaudio
from interval_timer import IntervalTimer
cues = json.load(sys.stdin)
sound = simpleaudio.WaveObject.from_wave_file(cues[0][1])
time.sleep(cues[0][0] - time.monotonic())
for interval in IntervalTimer(1, stop=len(cues)):
    sound.play()
time.sleep(1.5)
os._exit(0)
"""


def session(start: float) -> list[Scheduled]:
    """The cues of eight reps for two groups. GO of the first group is at `start`."""
    found = []
    for group, shift in zip(GROUPS, (0.0, OFFSET), strict=True):
        for rep in range(REPS):
            go = start + shift + REP * rep
            plan = [(-3.0, "pip"), (-2.0, "pip"), (-1.0, "pip"), (0.0, "go")]
            plan += [(2.0, "split"), (4.0, "split"), (6.0, "split"), (8.1, "over" if rep == REPS - 1 else "recovery")]
            if rep >= REPS - 3 and rep < REPS - 1:
                plan.append((10.0 if group == "A" else 9.75, "last" if rep == REPS - 2 else "closing"))
            found += [Scheduled(f"{group}{rep}{cue}{at}", go + at, cue, group) for at, cue in plan]
    return sorted(found, key=lambda cue: cue.at)


def sessions(start: float, minutes: float) -> list[Scheduled]:
    """As many sessions as fit, at least one; the last is cut short."""
    found: list[Scheduled] = []
    while not found or found[-1].at + 14.0 < start + 60 * minutes:
        begun = start + 4.0 if not found else found[-1].at + 8.0
        found += [Scheduled(f"{len(found)}/{cue.id}", cue.at, cue.cue, cue.group) for cue in session(begun)]
    return [cue for cue in found if cue.at < start + 60 * minutes]


class Canary:
    """How late the machine was, second by second."""

    def __enter__(self) -> Self:
        self.seconds: list[tuple[float, float]] = []
        self._process = subprocess.Popen([sys.executable, "-c", CANARY], stdout=subprocess.PIPE, text=True)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            begun, worst = line.split()
            self.seconds.append((float(begun), float(worst)))

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._thread.join()

    def late_minutes(self, start: float) -> set[int]:
        return {int((begun - start) // 60) for begun, worst in self.seconds if worst > LATE}

    @property
    def worst(self) -> float:
        return max((worst for _, worst in self.seconds), default=0.0)


@contextmanager
def load(kind: str) -> Iterator[None]:
    """(b) keeps every core busy, (c) this interpreter."""
    hogs = (
        [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
        if kind == "b"
        else []
    )
    stop = threading.Event()

    def busy() -> None:
        while not stop.wait(0.7):
            end = time.monotonic() + 0.3
            while time.monotonic() < end:
                pass

    if kind == "c":
        threading.Thread(target=busy, daemon=True).start()
    try:
        yield
    finally:
        stop.set()
        for hog in hogs:
            hog.kill()
            hog.wait()


def play(sink: str, minutes: float, log: Path) -> tuple[list[Scheduled], float]:
    """Schedule as the live shell does: what is certain for the next seconds, again and again."""
    speaker = Speaker(sink=sink, groups=GROUPS, log=log, on_change=lambda _: None)
    speaker.start()
    try:
        wait_for(speaker, sink)
        start = time.monotonic() + 0.5
        cues = sessions(start, minutes)
        while (now := time.monotonic()) < cues[-1].at + 1.5:
            speaker.schedule([cue for cue in cues if now - 5.0 < cue.at < now + AHEAD])
            time.sleep(0.5)
    finally:
        speaker.close()
    return cues, start


def rival(name: str, minutes: float, kind: str, packages: str) -> tuple[list[Scheduled], float]:
    """What a short script of the user's own would do."""
    start = time.monotonic() + 1.5
    cues = sessions(start, minutes)
    if name == "interval-timer":
        cues = [Scheduled(str(second), start + 1.0 + second, "pip") for second in range(round(60 * minutes) - 2)]
    names = Clips(folder(), GROUPS)
    told = [(cue.at, str(folder() / f"{names.name(cue.cue, cue.group)}.wav")) for cue in cues]
    script = LOOP if name == "asyncio.sleep loop" else TICKS
    environment = os.environ | {"PYTHONMALLOC": "malloc", "PYTHONPATH": packages}
    done = subprocess.run(
        [sys.executable, "-c", script, kind], input=json.dumps(told), text=True, env=environment, check=False
    )
    if done.returncode:
        print(f"  {name} ended with status {done.returncode}")
    return cues, start


@dataclass(frozen=True, slots=True)
class Row:
    found: int
    missing: int
    extra: int
    constant: float
    p50: float
    p99: float
    worst: float


def judged(cues: list[Scheduled], onsets: list[Onset]) -> Row:
    """Each cue with the nearest onset. Values in ms."""
    left = sorted(onsets, key=lambda onset: onset.at)
    offsets, missing = [], 0
    for cue in cues:
        best = min(left, key=lambda onset: abs(onset.at - cue.at), default=None)
        if best is None or abs(best.at - cue.at) > NEAR:
            missing += 1
            continue
        left.remove(best)
        offsets.append(1000 * (best.at - cue.at))
    first, last = cues[0].at - 1.0, cues[-1].at + 1.0
    # A tune of several notes, and a second tick, are no cue of their own.
    inside = [(cue.at, cue.at + 1.2) for cue in cues if cue.cue in ("over", "recovery", "last", "closing", "split")]
    extra = sum(first < o.at < last and not any(a <= o.at < b for a, b in inside) for o in left)
    if not offsets:
        return Row(0, missing, extra, *[float("nan")] * 4)
    constant = float(np.median(offsets))
    spread = np.abs(np.array(offsets) - constant)
    p50, p99 = np.percentile(spread, [50, 99])
    return Row(len(offsets), missing, extra, constant, float(p50), float(p99), float(spread.max()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=2.0, help="of each row; of load (a) five times as many")
    parser.add_argument("--even", action="store_true", help="as many minutes for load (a) as for the others")
    parser.add_argument("--sinks", nargs="*", default=[*SINKS, *RIVALS])
    parser.add_argument("--loads", default="abc")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kt-") as name, ExitStack() as stack:
        place = Path(name)
        packages = place / "packages"
        server = Server(place)
        os.environ.update(server.environment)
        if "interval-timer" in chosen.sinks:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(packages)]
            if subprocess.run([*pip, "interval-timer"], check=False, capture_output=True).returncode:
                print("interval-timer could not be installed: no row for it")
                chosen.sinks.remove("interval-timer")
        server.start()
        stack.callback(server.stop)
        print(f"{'through':20} load   cues missing extra   constant      p50      p99      max  canary  clean minutes")
        for way in chosen.sinks:
            for kind in chosen.loads:
                minutes = chosen.minutes * (5 if kind == "a" and not chosen.even else 1)
                with Recorder(server) as recorder, load(kind), Canary() as canary:
                    time.sleep(1.0)
                    if way in RIVALS:
                        cues, start = rival(way, minutes, kind, str(packages))
                    else:
                        cues, start = play(way, minutes, place / "log")
                late = canary.late_minutes(start)
                total = {int((cue.at - start) // 60) for cue in cues}
                clean = [cue for cue in cues if int((cue.at - start) // 60) not in late]
                onsets = recorder.onsets()
                if clean:
                    onsets = [onset for onset in onsets if int((onset.at - start) // 60) not in late]
                row = judged(clean or cues, onsets)
                print(
                    f"{way:20} ({kind})  {row.found:5} {row.missing:7} {row.extra:5} {row.constant:7.1f} ms "
                    f"{row.p50:5.2f} ms {row.p99:5.2f} ms {row.worst:5.2f} ms {canary.worst * 1000:4.0f} ms "
                    f"{len(total - late):3} of {len(total)}{'' if clean else ' !'}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
