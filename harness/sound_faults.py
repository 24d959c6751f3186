"""Runs sessions of the real program while faults are injected into its sound, and checks what is heard.

A fault silences the sound until the speaker reports that it plays again. A cue that is due in this silence may be lost;
any other loss is a failure.
"""

from __future__ import annotations

import tempfile
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.expected_cues import ExpectedCue, expected_from_log
from harness.judge import Verdict, judge
from harness.scripted_session import ScriptedSession, SessionScript, boot_offset
from harness.sound_rig import LatenessMonitor, Recorder, SoundServer
from kicktimer.sound.speaker.clips import RATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from kicktimer.journal import Log

    FaultInjector = Callable[[ScriptedSession, SoundServer, list["Fault"]], None]

SETTLE_S = 0.15
"""A cue may be lost until this long after sound is back: cues that were handed over before are not repeated."""
FAULT_LEAD_S = 0.15
"""A cue may be lost from this long before a fault on: streams buffer a tenth of a second."""
NOTICE_TIMEOUT_S = 8.0
"""A fault that the app has not noticed after this time did not interrupt the sound."""
MIN_PLAYING_S = 1.0
"""Sound counts as back once it has played for this long."""
LOG_TOLERANCE_S = 0.05
SINKS = ("portaudio", "pipe", "simpleaudio")


@dataclass(slots=True)
class Fault:
    """An injected fault: its time, and the time from which there was sound again."""

    at: float
    recovered_at: float = float("inf")


@dataclass(slots=True)
class Outcome:
    started: float
    faults: list[Fault]
    verdict: Verdict
    expected_cues: list[ExpectedCue]
    log_errors: list[str]
    max_lateness: float
    """The greatest lateness with which the app has recorded a fact, in seconds."""
    machine_lateness: float
    """The greatest lateness of the canary, in seconds."""
    state_notes: list[str]
    status: int
    """The exit status of the app."""

    def silences(self) -> list[float]:
        return [fault.recovered_at - fault.at for fault in self.faults if fault.recovered_at < float("inf")]

    def lost(self) -> list[ExpectedCue]:
        """Returns the cues that were due in a silence and not heard."""
        heard = {each.expected.id for each in self.verdict.detected}
        return [expected for expected in self.expected_cues if expected.kind == "optional" and expected.id not in heard]

    def failures(self) -> list[str]:
        missing = {expected.id for expected in self.verdict.missing}
        found = [
            f"{expected.name} at {expected.at - self.started:.2f} s is missing" for expected in self.verdict.missing
        ]
        found += [
            f"a {what} is heard at {at - self.started:.2f} s that nobody wanted"
            for at, what in self.verdict.extra
            if what in ("go", "pip")
        ]
        if self.status:
            found.append(f"the program has ended with status {self.status}")
        if not self.faults:
            found.append("nothing has broken")
        for number, fault in enumerate(self.faults, start=1):
            if fault.recovered_at == float("inf"):
                found.append(f"after fault {number} no sound came back")
                continue
            following = next(
                (w for w in self.expected_cues if w.at > fault.recovered_at and w.kind != "optional"), None
            )
            if following is not None and following.id in missing:
                found.append(f"{following.name}, the first cue after fault {number}, is missing")
        return found + self.log_errors


def run_with_fault(sink: str, script: SessionScript, inject: FaultInjector | None, **options: Any) -> Outcome:
    """Runs one session while `inject` injects faults and appends each to a list.

    Without `inject` the faults are the restarts of the speaker that the app has reported. `options` go to
    `ScriptedSession`.
    """
    with tempfile.TemporaryDirectory(prefix="kt-") as name:
        place = Path(name)
        home = place / "home"
        home.mkdir()
        server = SoundServer(place)
        server.start()
        faults: list[Fault] = []
        try:
            with (
                Recorder(server) as recorder,
                ScriptedSession(script, sink, home, server.environment, **options) as session,
                LatenessMonitor(urgent=False) as watch,
            ):
                if inject is not None:
                    session.wait_for_sink(sink)
                session.start()
                if inject is not None:
                    threading.Thread(target=inject, args=(session, server, faults), daemon=True).start()
                session.press_keys()
                states = session.speaker_states()
                log_errors = session.log_errors(LOG_TOLERANCE_S)
                machine_lateness = watch.worst(session.started)
                status = session.leave()
                log = session.log()
        finally:
            server.stop()
        if inject is None:
            faults = [Fault(moment) for moment, alive, _, note in states if not alive and "started anew" in note]
        for fault in faults:
            fault.recovered_at = _playing_again_at(fault.at, states)
        expected_cues = [
            allow_loss_in_silence(expected, faults)
            for expected in expected_from_log(log, boot_offset(), home, sink)
            if is_tone(expected)
        ]
        verdict = judge(recorder.recording(), expected_cues)
        state_notes = [
            f"{moment - session.started:7.2f} s: {sink or 'no sink'}; {note}" for moment, _, sink, note in states
        ]
        return Outcome(
            session.started,
            faults,
            verdict,
            expected_cues,
            log_errors,
            max_lateness(log),
            machine_lateness,
            state_notes,
            status,
        )


def _playing_again_at(fault: float, states: list[tuple[float, bool, str, str]]) -> float:
    """Returns when the sound was back after a fault and stayed; the time of the fault if it was never interrupted.

    The terminal's bell does not count as sound, nor does a sink that plays for less than `MIN_PLAYING_S`.
    """
    ends = [state[0] for state in states[1:]] + [float("inf")]
    spans = [(moment, end, alive and sink in SINKS) for (moment, alive, sink, _), end in zip(states, ends, strict=True)]
    gone = next((max(begin, fault) for begin, end, sounds in spans if end > fault and not sounds), float("inf"))
    if gone > fault + NOTICE_TIMEOUT_S:
        return fault
    return next(
        (begin for begin, end, sounds in spans if sounds and begin > gone and end > begin + MIN_PLAYING_S), float("inf")
    )


def is_tone(expected: ExpectedCue) -> bool:
    return not expected.clip.speech and expected.kind != "optional"


def allow_loss_in_silence(expected: ExpectedCue, faults: list[Fault]) -> ExpectedCue:
    """Returns the cue as an optional one if it was due during a silence."""
    length = expected.clip.frames / RATE
    silent = any(
        fault.at - FAULT_LEAD_S < expected.at + length and expected.at < fault.recovered_at + SETTLE_S
        for fault in faults
    )
    return replace(expected, kind="optional") if silent else expected


def max_lateness(log: Log) -> float:
    """Returns the greatest lateness, in seconds, with which the app recorded a GO or an arrival, against the least."""
    spent = [
        datetime.fromisoformat(fact["wall"]).timestamp() - fact["t"] / 1000
        for fact in log.facts
        if fact["event"] in ("rep_started", "tapped")
    ]
    return max(spent) - min(spent)
