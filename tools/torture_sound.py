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
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from harness.scripted_session import Act, Script, apart
from harness.sound_faults import SINKS, Fault, Outcome, session
from harness.sound_rig import Server

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS = ("kills", "restarts", "crashes", "freezes", "unplugs", "soak")
REST = (3.0, 8.0)
LATE_FACT = 0.25


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
        go_count = [fact["go"] for fact in facts if fact["event"] == "recovery_started" and fact["group"] == "A"]
        if len(go_count) == 2 * done + 1:
            time.sleep(max(0.0, opened + go_count[-1] / 1000 - 2.5 - time.monotonic()))
            faults.append(Fault(time.monotonic()))
            server.freeze(5.0)
            done += 1


def script(minutes: float) -> Script:
    return Script(minutes, step=1.5)


def told(title: str, outcome: Outcome) -> bool:
    """Print what came of it; whether all was well."""
    silences = outcome.silences()
    lost = outcome.lost()
    percentiles = ", ".join(f"{each:.2f}" for each in np.percentile(silences, [50, 90, 100])) if silences else "-"
    print(
        f"{title}: {len(outcome.faults)} faults; silence {percentiles} s (p50, p90, max); {len(outcome.wants)} tones, "
        f"{len(lost)} fell due in a silence and were lost; "
        f"facts noted {1000 * outcome.lateness:.0f} ms late at most, canary {1000 * outcome.canary:.0f} ms"
    )
    if lost:
        print("  lost:", ", ".join(want.name for want in lost))
    failures = outcome.failures()
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
                well.append(told(f"kills, {sink}", session(sink, script(minutes), kills(chosen.kills))))
        for part, breaks, minutes in (
            ("restarts", restarts, 1.8),
            ("freezes", freezes, 1.8),
            ("unplugs", unplugs, 1.6),
        ):
            sinks = chosen.sinks if part in parts else ()
            well += [told(f"{part}, {sink}", session(sink, script(minutes), breaks)) for sink in sinks]
        if "crashes" in parts and pythons:
            crashed = session("simpleaudio", script(2.0), None, wish={"bare": True}, python=pythons[0])
            well.append(told("crashes, simpleaudio", crashed))
        if "soak" in parts:
            well += [soak(each) for each in (sys.executable, *pythons)]
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main())
