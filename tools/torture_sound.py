"""Break the sound of a session in every way: `python tools/torture_sound.py [PART …]`, all parts unless some are named.

    kills     the speaker is killed at random moments of one session, --kills times
    restarts  the sound server is restarted five times in one session, through each sink
    crashes   simpleaudio crashes the speaker: with a Python from 3.12 on, and without the workaround (--python)
    freezes   the sound server is stopped for 5 s in countdowns, through each sink
    unplugs   the server's sink is unloaded and loaded again in a session, through each sink
    soak      1,000 plays and 300 exits of a speaker with simpleaudio, for this Python and each --python

All but the last run the real program in a terminal and record what is heard. For each fault, the length of the silence
is printed (until the speaker reported sound again). A cue that was due in it may be lost. Everything else is a failure,
with exit status 1: a cue that is missing at another time, a first cue after a fault that is not heard, an arrival or a
GO in the log that deviates from the keys and the clock.
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

from harness.scripted_session import ScriptedSession, SessionScript, boot_offset
from harness.sound_faults import SINKS, Fault, Outcome, run_with_fault
from harness.sound_rig import SoundServer

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS = ("kills", "restarts", "crashes", "freezes", "unplugs", "soak")
FAULT_INTERVAL_S = (3.0, 8.0)
MAX_FACT_LATENESS_S = 0.25


def kills(count: int) -> Callable[[ScriptedSession, SoundServer, list[Fault]], None]:
    chance = random.Random(7)  # noqa: S311 - no secret

    def work(session: ScriptedSession, _: SoundServer, faults: list[Fault]) -> None:
        while len(faults) < count:
            time.sleep(chance.uniform(*FAULT_INTERVAL_S))
            speaker = session.speaker_pid()
            if speaker is not None:
                os.kill(speaker, signal.SIGKILL)
                faults.append(Fault(time.monotonic()))

    return work


def restarts(_: ScriptedSession, server: SoundServer, faults: list[Fault]) -> None:
    for number in range(5):
        time.sleep(12.0)
        faults.append(Fault(time.monotonic()))
        server.stop()
        time.sleep(0.5 + 0.5 * number)
        server.start()


def unplugs(_: ScriptedSession, server: SoundServer, faults: list[Fault]) -> None:
    for number in range(3):
        time.sleep(15.0)
        faults.append(Fault(time.monotonic()))
        server.unload_sink()
        time.sleep(1.0 + number)
        server.load_sink()


def freezes(session: ScriptedSession, server: SoundServer, faults: list[Fault]) -> None:
    """Stops the server in the second and the fourth countdown of the first group, between two pips."""
    done = 0
    while done < 2:
        time.sleep(0.05)
        facts = session.facts()
        opened = session.log().header["clock"]["at_open"] - boot_offset()
        go_count = [fact["go"] for fact in facts if fact["event"] == "recovery_started" and fact["group"] == "A"]
        if len(go_count) == 2 * done + 1:
            time.sleep(max(0.0, opened + go_count[-1] / 1000 - 2.5 - time.monotonic()))
            faults.append(Fault(time.monotonic()))
            server.freeze(5.0)
            done += 1


def script(minutes: float) -> SessionScript:
    return SessionScript(minutes, split_s=1.5)


def report(title: str, outcome: Outcome) -> bool:
    """Prints the outcome, and returns whether it has no failure."""
    silences = outcome.silences()
    lost = outcome.lost()
    percentiles = ", ".join(f"{each:.2f}" for each in np.percentile(silences, [50, 90, 100])) if silences else "-"
    print(
        f"{title}: {len(outcome.faults)} faults; silence {percentiles} s (p50, p90, max); "
        f"{len(outcome.expected_cues)} tones, {len(lost)} were due in a silence and lost; "
        f"facts recorded {1000 * outcome.max_lateness:.0f} ms late at most, "
        f"canary {1000 * outcome.machine_lateness:.0f} ms"
    )
    if lost:
        print("  lost:", ", ".join(expected.name for expected in lost))
    failures = outcome.failures()
    if outcome.max_lateness > MAX_FACT_LATENESS_S:
        failures.append("the app noted facts too late")
    for failure in failures:
        print("  FAILURE:", failure)
    if failures:
        print("\n".join(f"    {note}" for note in outcome.state_notes))
    sys.stdout.flush()
    return not failures


def ready_python(python: str, place: Path) -> str:
    """Returns a Python with kicktimer and simpleaudio: `python` itself, or a new virtual environment made with it."""
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
        server = SoundServer(Path(name))
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
                minutes = chosen.kills * sum(FAULT_INTERVAL_S) / 2 / 60 + 0.5
                well.append(report(f"kills, {sink}", run_with_fault(sink, script(minutes), kills(chosen.kills))))
        for part, inject, minutes in (
            ("restarts", restarts, 1.8),
            ("freezes", freezes, 1.8),
            ("unplugs", unplugs, 1.6),
        ):
            sinks = chosen.sinks if part in parts else ()
            well += [report(f"{part}, {sink}", run_with_fault(sink, script(minutes), inject)) for sink in sinks]
        if "crashes" in parts and pythons:
            crashed = run_with_fault(
                "simpleaudio", script(2.0), None, launch_options={"without_workarounds": True}, python=pythons[0]
            )
            well.append(report("crashes, simpleaudio", crashed))
        if "soak" in parts:
            well += [soak(each) for each in (sys.executable, *pythons)]
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main())
