"""Computes from a session's log which cues must be heard, and when. Times are seconds on `time.monotonic()`.

The log is replayed. After each batch of facts the cues are computed as the live session does, and a `CueScheduler`
lays them out as the speaker does. What the layout holds when the time of a cue has come is expected to be heard.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from kicktimer.cues import VoiceSettings, cues, texts_to_prepare
from kicktimer.plan import load
from kicktimer.session import apply, from_fact, initial_state
from kicktimer.sound import speech
from kicktimer.sound.protocol import ScheduledCue
from kicktimer.sound.speaker.clips import RATE, Clips, find_sounds_folder
from kicktimer.sound.speaker.scheduler import CueScheduler, ScheduledClip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from kicktimer.journal import Log
    from kicktimer.plan import Plan
    from kicktimer.sound.speaker.scheduler import Layout

ON_TIME_NOTICE_S = 0.5
"""A cue that is known at least this long before its time must be on time; a later one must be heard soon."""
STALE_S = 1.0
"""A cue that is first scheduled this long after its time is not played."""
CANCEL_GRACE_S = 0.3
"""A cue that is cancelled less than this before its time may still be heard."""
HANDOVER_S = (0.0, 0.2)
"""The least and the greatest time before its start at which a sink takes a cue. It differs by sink and by moment."""
INAUDIBLE_S = 0.1
"""Speech that is cut shorter than this cannot be recognised."""

DEFAULT_VOICE = VoiceSettings(caller=True, announces=True, results="time")
"""The voice settings of a session without a settings file."""

Kind = Literal["timed", "prompt", "speech", "optional"]


@dataclass(frozen=True, slots=True)
class ExpectedCue:
    """A sound that is expected at the time `at`.

    A `timed` cue must be on time, a `prompt` one must be heard soon after, `speech` must be heard at all, and an
    `optional` cue may be heard or not. `run` is the number of the playback buffer of the simpleaudio sink that holds
    the cue, counted from 1; 0 for another sink.
    """

    id: str
    at: float
    kind: Kind
    clip: ScheduledClip
    run: int = 0

    @property
    def name(self) -> str:
        text = f" {self.clip.cue.text!r}" if self.clip.cue.text else ""
        return f"{self.clip.cue.cue}{text} of {self.clip.cue.group}"


@dataclass(frozen=True, slots=True)
class ScheduleUpdate:
    """The list of cues that was sent to the speaker at the time `now`."""

    now: float
    cues: tuple[ScheduledCue, ...]


def schedule_updates(log: Log, boot_offset: float) -> Iterator[ScheduleUpdate]:
    """Yields the lists of cues that the live session sent. `boot_offset` is boot time minus `time.monotonic()`."""
    opened = log.header["clock"]["at_open"] - boot_offset
    started = datetime.fromisoformat(log.header["started"])
    state = initial_state(load(log.header["plan"]))
    for wall, facts in groupby(log.facts, key=lambda fact: fact["wall"]):
        for fact in facts:
            state = apply(state, from_fact(fact))
        now = opened + (datetime.fromisoformat(wall) - started).total_seconds()
        expected_from_log = [
            ScheduledCue(
                c.id, opened + c.at / 1000, c.name, c.group, c.text,
                until=None if c.until is None else opened + c.until / 1000,
            )
            for c in cues(state, DEFAULT_VOICE)
        ]  # fmt: skip
        yield ScheduleUpdate(now, tuple(expected_from_log))


def load_clips(plan: Plan, cache: Path) -> Clips:
    """Returns the sounds of a session, with the names and lines that the system's voice speaks."""
    clips = Clips(find_sounds_folder(), tuple(group.name for group in plan.groups))
    voice = speech.find_speech_program()
    for text in texts_to_prepare(initial_state(plan), DEFAULT_VOICE):
        if voice is not None and not clips.is_recorded(text):
            clips.add_spoken(text, speech.speak_to_file(text, voice, cache))
    return clips


def expected_from_log(log: Log, boot_offset: float, home: Path, sink: str = "") -> list[ExpectedCue]:
    """Returns the cues of a session in order of time. `home` is the home directory that the app has run with.

    For the simpleaudio sink each cue gets the number of its playback buffer, from the sound log.
    """
    clips = load_clips(load(log.header["plan"]), home / ".cache" / "kicktimer" / "spoken")
    found = expected_from_updates(schedule_updates(log, boot_offset), clips)
    if sink != "simpleaudio":
        return found
    run_numbers = read_run_numbers((home / "logs" / "sound.log").read_text())
    return [replace(expected, run=run_numbers.get(expected.id, 0)) for expected in found]


def read_run_numbers(sound_log: str) -> dict[str, int]:
    """Returns the number of the playback buffer of each cue id, counted from 1, from the log of simpleaudio's sink."""
    numbers: dict[str, int] = {}
    found: dict[str, int] = {}
    for run, idents in re.findall(r"^[\d.]+ simpleaudio: the run of ([\d.]+) plays (\[.*\])$", sound_log, re.MULTILINE):
        number = numbers.setdefault(run, len(numbers) + 1)
        for ident in json.loads(idents):  # each begins with the number of the schedule
            found[ident.partition("/")[2]] = number  # a cue that one buffer could not play is in a later one, too
    return found


def expected_from_updates(schedules: Iterable[ScheduleUpdate], clips: Clips) -> list[ExpectedCue]:
    """Returns the cues that a sink is expected to play, whether it takes them at the last moment or well ahead.

    Where the two differ in time, both are returned: the earlier decision is optional and its id ends in "?"; the other
    is required unless that one is heard.
    """
    speakers = [_SimulatedSpeaker(CueScheduler(clips.clip, rate=RATE), ahead) for ahead in HANDOVER_S]
    for batch in schedules:
        for speaker in speakers:
            speaker.take(batch)
    for speaker in speakers:
        speaker.reach(float("inf"))
    late, early = (speaker.found for speaker in speakers)
    found = []
    for ident in late | early:
        expected = late.get(ident) or early[ident]
        other = early.get(ident)
        elsewhere = other is not None and other.at != expected.at
        if (
            ident not in late
            or other is None
            or (other.kind == "optional" and not elsewhere)
            or _is_inaudible(other.clip)
        ):
            expected = replace(expected, kind="optional")
        found.append(expected)
        if other is not None and elsewhere:
            found.append(replace(other, id=f"{ident}?", kind="optional"))
    return sorted(found, key=lambda expected: expected.at)


def _is_inaudible(item: ScheduledClip) -> bool:
    return item.cut is not None and item.cut - item.start < INAUDIBLE_S


class _SimulatedSpeaker:
    """A speaker without sound, which takes each cue `handover_s` before its start. `found` holds what it plays."""

    def __init__(self, scheduler: CueScheduler, ahead: float) -> None:
        self.found: dict[str, ExpectedCue] = {}
        self._handover_s = ahead
        self._scheduler = scheduler
        self._known_since: dict[str, float] = {}  # when each cue was first scheduled
        self._scheduled: dict[str, ScheduledCue] = {}

    def take(self, batch: ScheduleUpdate) -> None:
        self.reach(batch.now)
        new = {cue.id: cue for cue in batch.cues}
        for ident, cue in list(self._scheduled.items()):
            if new.get(ident) == cue:
                continue
            del self._scheduled[ident]
            if cue.at > batch.now or (cue.spec.waits and ident not in self.found):
                self._cancel(ident, cue, batch.now)
        for ident, cue in new.items():
            if ident not in self._scheduled and ident not in self.found and cue.at > batch.now - STALE_S:
                self._scheduled[ident] = cue
                self._known_since[ident] = batch.now
                self._scheduler.add(cue)
        self._scheduler.update_layout(batch.now)
        self._note_cuts(self._scheduler.layout)

    def _cancel(self, ident: str, cue: ScheduledCue, now: float) -> None:
        laid = next((item for item in self._scheduler.layout.items if item.cue.id == ident), None)
        self._scheduler.remove(ident)
        if ident in self.found:
            self.found[ident] = replace(self.found[ident], kind="optional")
        elif laid is not None and laid.start - now < CANCEL_GRACE_S:
            self.found[ident] = ExpectedCue(ident, laid.start, "optional", laid)

    def _note_cuts(self, plan: Layout) -> None:
        for item in plan.items:
            expected = self.found.get(item.cue.id)
            if expected is not None and item.cut != expected.clip.cut:
                self.found[item.cue.id] = replace(expected, clip=item, kind="optional")

    def reach(self, moment: float) -> None:
        """Plays all cues that the sink takes until the time `moment`."""
        for item in self._scheduler.layout.items:
            ident = item.cue.id
            if ident in self.found:
                continue
            known = self._known_since[ident]
            if item.start - self._handover_s > moment:
                continue
            kind: Kind = "timed" if item.cue.at - known >= ON_TIME_NOTICE_S else "prompt"
            if item.speech and item.cue.cue != "count":
                kind = "speech"
            late = known - item.start
            if late > 0.6 * item.grace:
                kind = "optional"  # it may have been too late to be played
            self.found[ident] = ExpectedCue(ident, item.start, kind, item)
            self._scheduler.note_begun(ident, item.start)
