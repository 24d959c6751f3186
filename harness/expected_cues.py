"""What a saved session asked the loudspeaker for: the log is replayed, and its cues laid out as a speaker would.

Pure. After each batch of facts the cues are computed anew, and a `Programme` lays them out; what it has laid out when a
cue's moment has come is what is wanted. Moments are seconds on `time.monotonic()`.
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

CERTAIN = 0.5
"""Seconds ahead from which a cue has to be on time. One that is known later is to be heard soon."""
STALE = 1.0
TAKEN_BACK = 0.3
"""A cue that was taken back less than so many seconds before its moment may be heard."""
AHEAD = (0.0, 0.2)
"""Seconds before its start at which a sink has taken a cue: something in between, which differs by sink and moment."""
UNHEARD = 0.1
"""Seconds of speech that is cut so short that nobody could tell it."""

VOICE = VoiceSettings(caller=True, announces=True, results="time")
"""What is spoken where there are no settings."""

Kind = Literal["timed", "prompt", "speech", "free"]


@dataclass(frozen=True, slots=True)
class Want:
    """One sound at one moment.

    `timed` has to be on time, `prompt` to follow at once, `speech` to be there; `free` may be heard or not. `run`
    is the number of the buffer that it was given to by simpleaudio's sink, 0 for none.
    """

    id: str
    at: float
    kind: Kind
    item: ScheduledClip
    run: int = 0

    @property
    def name(self) -> str:
        text = f" {self.item.cue.text!r}" if self.item.cue.text else ""
        return f"{self.item.cue.cue}{text} of {self.item.cue.group}"


@dataclass(frozen=True, slots=True)
class Batch:
    """What was scheduled at one moment, on the speaker's clock."""

    now: float
    cues: tuple[ScheduledCue, ...]


def batches(log: Log, apart: float) -> Iterator[Batch]:
    """The schedules of a session, as the live shell sent them. `apart` is boot time minus `time.monotonic()`."""
    opened = log.header["clock"]["at_open"] - apart
    started = datetime.fromisoformat(log.header["started"])
    state = initial_state(load(log.header["plan"]))
    for wall, facts in groupby(log.facts, key=lambda fact: fact["wall"]):
        for fact in facts:
            state = apply(state, from_fact(fact))
        now = opened + (datetime.fromisoformat(wall) - started).total_seconds()
        wanted = [
            ScheduledCue(
                c.id, opened + c.at / 1000, c.name, c.group, c.text,
                until=None if c.until is None else opened + c.until / 1000,
            )
            for c in cues(state, VOICE)
        ]  # fmt: skip
        yield Batch(now, tuple(wanted))


def clips_of(plan: Plan, cache: Path) -> Clips:
    """The sounds of a session, with the names and lines that the system's voice has spoken for it."""
    clips = Clips(find_sounds_folder(), tuple(group.name for group in plan.groups))
    voice = speech.find_speech_program()
    for text in texts_to_prepare(initial_state(plan), VOICE):
        if voice is not None and not clips.is_recorded(text):
            clips.add_spoken(text, speech.speak_to_file(text, voice, cache))
    return clips


def wanted(log: Log, apart: float, home: Path, sink: str = "") -> list[Want]:
    """All that the session wanted to be heard through a sink, in order. `home` is where the app has kept its speech."""
    clips = clips_of(load(log.header["plan"]), home / ".cache" / "kicktimer" / "spoken")
    found = laid_out(batches(log, apart), clips)
    if sink != "simpleaudio":
        return found
    given = runs((home / "logs" / "sound.log").read_text())
    return [replace(want, run=given.get(want.id, 0)) for want in found]


def runs(sound_log: str) -> dict[str, int]:
    """The number of the run that each cue was given to, as simpleaudio's sink tells the log. From 1 on."""
    numbers: dict[str, int] = {}
    found: dict[str, int] = {}
    for run, idents in re.findall(r"^[\d.]+ simpleaudio: the run of ([\d.]+) plays (\[.*\])$", sound_log, re.MULTILINE):
        number = numbers.setdefault(run, len(numbers) + 1)
        for ident in json.loads(idents):  # it begins with the number of the schedule
            found[ident.partition("/")[2]] = number  # one that another run could not play is given anew
    return found


def laid_out(schedules: Iterable[Batch], clips: Clips) -> list[Want]:
    """What a sink may play that takes cues at the last moment or well ahead.

    Where it would be something else, the former is wanted if the latter, whose id ends in "?", is not heard.
    """
    stages = [_Stage(CueScheduler(clips.clip, rate=RATE), ahead) for ahead in AHEAD]
    for batch in schedules:
        for stage in stages:
            stage.take(batch)
    for stage in stages:
        stage.reach(float("inf"))
    late, early = (stage.found for stage in stages)
    found = []
    for ident in late | early:
        want = late.get(ident) or early[ident]
        other = early.get(ident)
        elsewhere = other is not None and other.at != want.at
        if ident not in late or other is None or (other.kind == "free" and not elsewhere) or _unheard(other.item):
            want = replace(want, kind="free")
        found.append(want)
        if other is not None and elsewhere:
            found.append(replace(other, id=f"{ident}?", kind="free"))
    return sorted(found, key=lambda want: want.at)


def _unheard(item: ScheduledClip) -> bool:
    return item.cut is not None and item.cut - item.start < UNHEARD


class _Stage:
    """A speaker without sound: schedules in, what it plays out. It takes a cue `ahead` s before its start."""

    def __init__(self, scheduler: CueScheduler, ahead: float) -> None:
        self.found: dict[str, Want] = {}
        self._ahead = ahead
        self._scheduler = scheduler
        self._known: dict[str, float] = {}  # since when a cue has been wanted
        self._wanted: dict[str, ScheduledCue] = {}

    def take(self, batch: Batch) -> None:
        self.reach(batch.now)
        new = {cue.id: cue for cue in batch.cues}
        for ident, cue in list(self._wanted.items()):
            if new.get(ident) == cue:
                continue
            del self._wanted[ident]
            if cue.at > batch.now or (cue.spec.waits and ident not in self.found):
                self._take_back(ident, cue, batch.now)
        for ident, cue in new.items():
            if ident not in self._wanted and ident not in self.found and cue.at > batch.now - STALE:
                self._wanted[ident] = cue
                self._known[ident] = batch.now
                self._scheduler.add(cue)
        self._scheduler.update_layout(batch.now)
        self._cut(self._scheduler.layout)

    def _take_back(self, ident: str, cue: ScheduledCue, now: float) -> None:
        laid = next((item for item in self._scheduler.layout.items if item.cue.id == ident), None)
        self._scheduler.remove(ident)
        if ident in self.found:
            self.found[ident] = replace(self.found[ident], kind="free")
        elif laid is not None and laid.start - now < TAKEN_BACK:
            self.found[ident] = Want(ident, laid.start, "free", laid)

    def _cut(self, plan: Layout) -> None:
        for item in plan.items:
            want = self.found.get(item.cue.id)
            if want is not None and item.cut != want.item.cut:
                self.found[item.cue.id] = replace(want, item=item, kind="free")

    def reach(self, moment: float) -> None:
        """Play until then."""
        for item in self._scheduler.layout.items:
            ident = item.cue.id
            if ident in self.found:
                continue
            known = self._known[ident]
            if item.start - self._ahead > moment:
                continue
            kind: Kind = "timed" if item.cue.at - known >= CERTAIN else "prompt"
            if item.speech and item.cue.cue != "count":
                kind = "speech"
            late = known - item.start
            if late > 0.6 * item.grace:
                kind = "free"  # it may have come too late to be played
            self.found[ident] = Want(ident, item.start, kind, item)
            self._scheduler.note_begun(ident, item.start)
