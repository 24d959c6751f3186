"""Break the sound of a session in every way: `python tools/torture_sound.py [PART …]`, all parts unless some are named.

    kills     the speaker is killed at random moments of one session, --kills times
    restarts  the sound server is restarted five times in one session, through each sink
    crashes   simpleaudio crashes the speaker: a Python from 3.12 on, without what keeps it from that (--python)
    freezes   the sound server stands still for 5 s in countdowns, through each sink
    unplugs   the server's sink is unloaded and loaded again in a session, through each sink
    soak      1,000 plays and 300 exits of a speaker with simpleaudio, for this Python and each --python

All but the last run the real program in a terminal and record what is heard. For each fault is told for how long there
was no sound (until the app was told that there is again). A cue that fell due in that time may be lost. Everything
else is a failure and ends in status 1: a cue that is missing at another time, a first cue after a fault that is not
heard, a time or a GO in the log that is not where the keys and the clock have it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from tests.sound.judge import Verdict, judge
from tests.sound.rig import Recorder, Server
from tests.sound.stage import Act, Script, apart
from tests.sound.wanted import Want, wanted

from kicktimer.sound.clips import RATE

if TYPE_CHECKING:
    from collections.abc import Callable

SINKS = ("portaudio", "pipe", "simpleaudio")
PARTS = ("kills", "restarts", "crashes", "freezes", "unplugs", "soak")
REST = (3.0, 8.0)
SETTLED = 0.15
"""Seconds after sound is back from which a cue has to be heard: what was given away before is not repeated."""
AHEAD = 0.15
"""Seconds before a fault from which a cue may be lost: streams are a tenth of a second ahead."""
WITHIN = 0.05
LATE_FACT = 0.25


@dataclass(slots=True)
class Fault:
    """When it was done, and from when on there was sound again."""

    at: float
    until: float = float("inf")


@dataclass(slots=True)
class Outcome:
    faults: list[Fault]
    verdict: Verdict
    wants: list[Want]
    troubles: list[str]
    lateness: float
    notes: list[str] = field(default_factory=list)

    def silences(self) -> list[float]:
        return [fault.until - fault.at for fault in self.faults if fault.until < float("inf")]

    def lost(self) -> list[Want]:
        """What fell due in a silence and was not heard."""
        heard = {each.want.id for each in self.verdict.heard}
        return [want for want in self.wants if want.kind == "free" and want.id not in heard]

    def failures(self) -> list[str]:
        missing = {want.id for want in self.verdict.missing}
        found = [f"{want.name} is missing" for want in self.verdict.missing]
        for number, fault in enumerate(self.faults, start=1):
            if fault.until == float("inf"):
                found.append(f"after fault {number} no sound came back")
                continue
            following = next((w for w in self.wants if w.at > fault.until and w.kind != "free"), None)
            if following is not None and following.id in missing:
                found.append(f"{following.name}, the first cue after fault {number}, is missing")
        return found + self.troubles


def session(sink: str, minutes: float, breaks: Callable[[Act, Server, list[Fault]], None], **options: Any) -> Outcome:
    """One session in the real program while `breaks` does its work. It has to note each fault, and end by itself."""
    with tempfile.TemporaryDirectory(prefix="kt-") as name:
        place = Path(name)
        home = place / "home"
        home.mkdir()
        server = Server(place)
        server.start()
        faults: list[Fault] = []
        try:
            with (
                Recorder(server) as recorder,
                Act(Script(minutes, step=1.5), sink, home, server.environment, **options) as act,
            ):
                if not options:
                    act.until_sounds(sink)
                act.begin()
                worker = threading.Thread(target=breaks, args=(act, server, faults), daemon=True)
                worker.start()
                act.play()
                states = act.states()
                troubles = act.troubles(WITHIN)
                act.leave()
                log = act.log()
        finally:
            server.stop()
        if "bare" in options.get("wish", {}):
            faults = [Fault(moment) for moment, alive, _, note in states if not alive and "started anew" in note]
        for fault in faults:
            fault.until = _back(fault.at, states)
        wants = [in_silence(want, faults) for want in wanted(log, apart(), home, sink) if is_tone(want)]
        verdict = judge(recorder.recording(), wants)
        notes = [f"{moment - act.begun:7.2f} s: {sink or 'no sink'}; {note}" for moment, _, sink, note in states]
        return Outcome(faults, verdict, wants, troubles, lateness(log), notes)


def _back(fault: float, states: list[tuple[float, bool, str, str]]) -> float:
    """When the app was told that there is sound again: at once, where it never heard that there was none."""
    gone = next((moment for moment, alive, _, _ in states if not alive and moment > fault), None)
    if gone is None or gone > fault + 8.0:
        return fault
    return next((moment for moment, alive, _, _ in states if alive and moment > gone), float("inf"))


def is_tone(want: Want) -> bool:
    return not want.item.speech and want.kind != "free"


def in_silence(want: Want, faults: list[Fault]) -> Want:
    """One that fell due while there was no sound may be heard or not."""
    length = want.item.frames / RATE
    silent = any(fault.at - AHEAD < want.at + length and want.at < fault.until + SETTLED for fault in faults)
    return replace(want, kind="free") if silent else want


def lateness(log: Any) -> float:
    """How late the app noted what fell due, at most, in seconds: it is noted at once unless something held it up."""
    from datetime import datetime  # noqa: PLC0415

    started = datetime.fromisoformat(log.header["started"])
    return max(
        (datetime.fromisoformat(fact["wall"]) - started).total_seconds() - fact["t"] / 1000
        for fact in log.facts
        if fact["event"] in ("rep_started", "tapped")
    )


def kills(count: int) -> Callable[[Act, Server, list[Fault]], None]:
    chance = random.Random(7)  # noqa: S311 - no secret

    def work(act: Act, _: Server, faults: list[Fault]) -> None:
        while len(faults) < count:
            time.sleep(chance.uniform(*REST))
            speaker = act.speaker()
            if speaker is not None:
                os.kill(speaker, signal.SIGKILL)
                faults.append(Fault(time.monotonic()))

    return work


def restarts(_: Act, server: Server, faults: list[Fault]) -> None:
    for number in range(5):
        time.sleep(12.0)
        faults.append(Fault(time.monotonic()))
        server.stop()
        time.sleep(0.5 + 0.5 * number)
        server.start()


def unplugs(_: Act, server: Server, faults: list[Fault]) -> None:
    for number in range(3):
        time.sleep(15.0)
        faults.append(Fault(time.monotonic()))
        server.unload()
        time.sleep(1.0 + number)
        server.load()


def freezes(act: Act, server: Server, faults: list[Fault]) -> None:
    """In the second and the fourth countdown of the first group, between two pips."""
    done = 0
    while done < 2:
        time.sleep(0.05)
        facts = act.facts()
        opened = act.log().header["clock"]["at_open"] - apart()
        gos = [fact["go"] for fact in facts if fact["event"] == "recovery_started" and fact["group"] == "A"]
        if len(gos) == 2 * done + 1:
            time.sleep(max(0.0, opened + gos[-1] / 1000 - 2.5 - time.monotonic()))
            faults.append(Fault(time.monotonic()))
            server.freeze(5.0)
            done += 1


def nothing(_act: Act, _server: Server, _faults: list[Fault]) -> None:
    """The library does it by itself."""


def told(title: str, outcome: Outcome) -> bool:
    """Print what came of it; whether all was well."""
    silences = outcome.silences()
    lost = outcome.lost()
    percentiles = ", ".join(f"{each:.2f}" for each in np.percentile(silences, [50, 90, 100])) if silences else "-"
    print(
        f"{title}: {len(outcome.faults)} faults; silence {percentiles} s (p50, p90, max); {len(outcome.wants)} tones, "
        f"{len(lost)} fell due in a silence and were lost; "
        f"facts noted {1000 * outcome.lateness:.0f} ms late at most"
    )
    if lost:
        print("  lost:", ", ".join(want.name for want in lost))
    dangerous = [what for _, what in outcome.verdict.extra if what in ("go", "pip")]
    failures = outcome.failures() + [f"a {what} is heard that nobody wanted" for what in dangerous]
    if outcome.lateness > LATE_FACT:
        failures.append("the app noted facts too late")
    for failure in failures:
        print("  FAILURE:", failure)
    if failures:
        print("\n".join(f"    {note}" for note in outcome.notes))
    sys.stdout.flush()
    return not failures


def ready_python(python: str, place: Path) -> str:
    """A Python that has the program and simpleaudio: this one, or an environment made from it."""
    if (
        subprocess.run([python, "-c", "import kicktimer, simpleaudio"], check=False, capture_output=True).returncode
        == 0
    ):
        return python
    made = place / f"venv-{len(list(place.iterdir()))}"
    subprocess.run([python, "-m", "venv", str(made)], check=True)
    checkout = str(Path(__file__).resolve().parents[1])
    pip = [str(made / "bin" / "python"), "-m", "pip", "install", "--quiet", "--editable", checkout, "simpleaudio"]
    subprocess.run(pip, check=True)
    return str(made / "bin" / "python")


def soak(python: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="kt-") as name:
        server = Server(Path(name))
        server.start()
        try:
            done = subprocess.run(
                [python, str(Path(__file__).parent / "sound_soak.py"), "300", "1000", "6", "simpleaudio"],
                env=os.environ | server.environment, capture_output=True, text=True, check=False,
            )  # fmt: skip
        finally:
            server.stop()
    print(f"soak: {done.stdout.strip()}{done.stderr.strip()[-500:]}", flush=True)
    found = json.loads(done.stdout or "{}")
    return found.get("clean") == 300 and found.get("plays", 0) >= 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--sinks", nargs="*", default=list(SINKS))
    parser.add_argument("--python", nargs="*", default=[], help="other Pythons; the first is to crash")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    parts = chosen.parts or list(PARTS)
    well = []
    with tempfile.TemporaryDirectory(prefix="kt-") as name:
        pythons = [ready_python(each, Path(name)) for each in chosen.python]
        if "kills" in parts:
            for sink in chosen.sinks[:1]:
                minutes = chosen.kills * sum(REST) / 2 / 60 + 0.5
                well.append(told(f"kills, {sink}", session(sink, minutes, kills(chosen.kills))))
        for part, breaks, minutes in (
            ("restarts", restarts, 1.8),
            ("freezes", freezes, 1.8),
            ("unplugs", unplugs, 1.6),
        ):
            sinks = chosen.sinks if part in parts else ()
            well += [told(f"{part}, {sink}", session(sink, minutes, breaks)) for sink in sinks]
        if "crashes" in parts and pythons:
            crashed = session("simpleaudio", 2.0, nothing, wish={"bare": True}, python=pythons[0])
            well.append(told("crashes, simpleaudio", crashed) and bool(crashed.faults))
        if "soak" in parts:
            well += [soak(each) for each in (sys.executable, *pythons)]
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main())
