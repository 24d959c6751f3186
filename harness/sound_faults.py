"""Sessions of the real program whose sound is broken in the middle, and what is heard of them.

`session` plays one while something does its worst, and tells what came of it. After each fault there is no sound until
the app was told that there is again; a cue that fell due in that time may be lost. Everything else is a failure.
"""

from __future__ import annotations

import tempfile
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.expected_cues import Want, wanted
from harness.judge import Verdict, judge
from harness.scripted_session import Act, Script, apart
from harness.sound_rig import Recorder, Server, Watch
from kicktimer.sound.speaker.clips import RATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from kicktimer.journal import Log

    Breaks = Callable[[Act, Server, list["Fault"]], None]

SETTLED = 0.15
"""Seconds after sound is back from which a cue has to be heard: what was given away before is not repeated."""
AHEAD = 0.15
"""Seconds before a fault from which a cue may be lost: streams are a tenth of a second ahead."""
NOTICED = 8.0
LASTS = 1.0
WITHIN = 0.05
SINKS = ("portaudio", "pipe", "simpleaudio")


@dataclass(slots=True)
class Fault:
    """When it was done, and from when on there was sound again."""

    at: float
    until: float = float("inf")


@dataclass(slots=True)
class Outcome:
    begun: float
    faults: list[Fault]
    verdict: Verdict
    wants: list[Want]
    troubles: list[str]
    lateness: float
    """Of the app's notes of what fell due, in seconds."""
    canary: float
    """The same of a bare process."""
    notes: list[str]
    status: int
    """The app's, at its end."""

    def silences(self) -> list[float]:
        return [fault.until - fault.at for fault in self.faults if fault.until < float("inf")]

    def lost(self) -> list[Want]:
        """What fell due in a silence and was not heard."""
        heard = {each.want.id for each in self.verdict.heard}
        return [want for want in self.wants if want.kind == "free" and want.id not in heard]

    def failures(self) -> list[str]:
        missing = {want.id for want in self.verdict.missing}
        found = [f"{want.name} at {want.at - self.begun:.2f} s is missing" for want in self.verdict.missing]
        found += [
            f"a {what} is heard at {at - self.begun:.2f} s that nobody wanted"
            for at, what in self.verdict.extra
            if what in ("go", "pip")
        ]
        if self.status:
            found.append(f"the program has ended with status {self.status}")
        if not self.faults:
            found.append("nothing has broken")
        for number, fault in enumerate(self.faults, start=1):
            if fault.until == float("inf"):
                found.append(f"after fault {number} no sound came back")
                continue
            following = next((w for w in self.wants if w.at > fault.until and w.kind != "free"), None)
            if following is not None and following.id in missing:
                found.append(f"{following.name}, the first cue after fault {number}, is missing")
        return found + self.troubles


def session(sink: str, script: Script, breaks: Breaks | None, **options: Any) -> Outcome:
    """One session in the real program while `breaks` does its work and notes each fault.

    Without one the faults are what the app itself calls one. `options` are those of `Act`.
    """
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
                Act(script, sink, home, server.environment, **options) as act,
                Watch(urgent=False) as watch,
            ):
                if breaks is not None:
                    act.until_sounds(sink)
                act.begin()
                if breaks is not None:
                    threading.Thread(target=breaks, args=(act, server, faults), daemon=True).start()
                act.play()
                states = act.states()
                troubles = act.troubles(WITHIN)
                late = watch.worst(act.begun)
                status = act.leave()
                log = act.log()
        finally:
            server.stop()
        if breaks is None:
            faults = [Fault(moment) for moment, alive, _, note in states if not alive and "started anew" in note]
        for fault in faults:
            fault.until = _back(fault.at, states)
        wants = [in_silence(want, faults) for want in wanted(log, apart(), home, sink) if is_tone(want)]
        verdict = judge(recorder.recording(), wants)
        notes = [f"{moment - act.begun:7.2f} s: {sink or 'no sink'}; {note}" for moment, _, sink, note in states]
        return Outcome(act.begun, faults, verdict, wants, troubles, lateness(log), late, notes, status)


def _back(fault: float, states: list[tuple[float, bool, str, str]]) -> float:
    """When the app was told that there is sound again, and so it stayed; at once, where it never was told of none.

    The terminal's bell is no sound, and a sink that takes some frames while its server stands still is none for long.
    """
    ends = [state[0] for state in states[1:]] + [float("inf")]
    spans = [(moment, end, alive and sink in SINKS) for (moment, alive, sink, _), end in zip(states, ends, strict=True)]
    gone = next((max(begin, fault) for begin, end, sounds in spans if end > fault and not sounds), float("inf"))
    if gone > fault + NOTICED:
        return fault
    return next(
        (begin for begin, end, sounds in spans if sounds and begin > gone and end > begin + LASTS), float("inf")
    )


def is_tone(want: Want) -> bool:
    return not want.item.speech and want.kind != "free"


def in_silence(want: Want, faults: list[Fault]) -> Want:
    """One that fell due while there was no sound may be heard or not."""
    length = want.item.frames / RATE
    silent = any(fault.at - AHEAD < want.at + length and want.at < fault.until + SETTLED for fault in faults)
    return replace(want, kind="free") if silent else want


def lateness(log: Log) -> float:
    """How late the app noted what fell due and what was pressed, at most, in seconds, against the promptest."""
    spent = [
        datetime.fromisoformat(fact["wall"]).timestamp() - fact["t"] / 1000
        for fact in log.facts
        if fact["event"] in ("rep_started", "tapped")
    ]
    return max(spent) - min(spent)
