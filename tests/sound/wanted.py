"""What a saved session asked the loudspeaker for: the log is replayed, and its cues laid out as a speaker would.

Pure. After each batch of facts the cues are computed anew, and a `Programme` lays them out; what it has laid out when a
cue's moment has come is what is wanted. Moments are seconds on `time.monotonic()`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from kicktimer.cues import Voice, cues, texts
from kicktimer.plan import load
from kicktimer.session import apply, from_fact, opening
from kicktimer.sound import speech
from kicktimer.sound.clips import RATE, Clips, folder
from kicktimer.sound.programme import GUARDED, TOGETHER, Programme, Sounding
from kicktimer.sound.protocol import Scheduled
from kicktimer.sound.runs import CLOSE, HEARD, LEAD, LONGEST, STOPPING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from kicktimer.journal import Log
    from kicktimer.plan import Plan
    from kicktimer.sound.programme import Plan as LaidOut

CERTAIN = 0.5
"""Seconds ahead from which a cue has to be on time. One that is known later is to be heard soon."""
STALE = 1.0
TAKEN_BACK = 0.3
"""A cue that was taken back less than so many seconds before its moment may be heard."""
READY = 0.1
"""Seconds before its start at which a sink has taken a cue."""

VOICE = Voice(calls=True, results="time")
"""What is spoken where there are no settings."""

Kind = Literal["timed", "prompt", "speech", "free"]


@dataclass(frozen=True, slots=True)
class Want:
    """One sound at one moment.

    `timed` has to be on time, `prompt` to follow at once, `speech` to be there; `free` may be heard or not. `run`
    numbers the buffers that simpleaudio plays.
    """

    id: str
    at: float
    kind: Kind
    item: Sounding
    run: int = 0

    @property
    def name(self) -> str:
        text = f" {self.item.cue.text!r}" if self.item.cue.text else ""
        return f"{self.item.cue.cue}{text} of {self.item.cue.group}"


@dataclass(frozen=True, slots=True)
class Batch:
    """What was scheduled at one moment, on the speaker's clock."""

    now: float
    cues: tuple[Scheduled, ...]


def batches(log: Log, apart: float) -> Iterator[Batch]:
    """The schedules of a session, as the live shell sent them. `apart` is boot time minus `time.monotonic()`."""
    opened = log.header["clock"]["at_open"] - apart
    started = datetime.fromisoformat(log.header["started"])
    state = opening(load(log.header["plan"]))
    for wall, facts in groupby(log.facts, key=lambda fact: fact["wall"]):
        for fact in facts:
            state = apply(state, from_fact(fact))
        now = opened + (datetime.fromisoformat(wall) - started).total_seconds()
        wanted = [Scheduled(c.id, opened + c.at / 1000, c.name, c.group, c.text) for c in cues(state, VOICE)]
        yield Batch(now, tuple(wanted))


def clips_of(plan: Plan, cache: Path) -> Clips:
    """The sounds of a session, with the names and lines that the system's voice has spoken for it."""
    clips = Clips(folder(), tuple(group.name for group in plan.groups))
    voice = speech.installed()
    for text in texts(opening(plan), VOICE):
        if voice is not None and not clips.recorded(text):
            clips.prepare(text, speech.spoken(text, voice, cache))
    return clips


def wanted(log: Log, apart: float, home: Path, sink: str = "") -> list[Want]:
    """All that the session wanted to be heard through a sink, in order. `home` is where the app has kept its speech."""
    clips = clips_of(load(log.header["plan"]), home / ".cache" / "kicktimer" / "spoken")
    found = laid_out(batches(log, apart), clips)
    return [_ended_by_cues(want, found) for want in found] if sink == "simpleaudio" else found


def _ended_by_cues(want: Want, wants: Iterable[Want]) -> Want:
    """Speech that a cue ends which was not known yet when the speech was given away: no buffer can be changed."""
    item = want.item
    if want.kind != "speech":
        return want
    ends = item.start + item.frames / RATE
    later = [each.at for each in wants if not each.item.speech and each.run != want.run and item.start < each.at < ends]
    cut = min([*later, *([] if item.cut is None else [item.cut])], default=None)
    return replace(want, item=replace(item, cut=cut))


def laid_out(schedules: Iterable[Batch], clips: Clips) -> list[Want]:
    stage = _Stage(Programme(clips.clip, rate=RATE))
    for batch in schedules:
        stage.take(batch)
    stage.reach(float("inf"))
    return sorted(stage.found.values(), key=lambda want: want.at)


class _Stage:
    """A speaker without sound: schedules in, what it plays out."""

    def __init__(self, programme: Programme) -> None:
        self.found: dict[str, Want] = {}
        self._programme = programme
        self._known: dict[str, float] = {}  # since when a cue has been wanted
        self._wanted: dict[str, Scheduled] = {}
        self._runs: dict[str, int] = {}
        self._count = 0

    def take(self, batch: Batch) -> None:
        self.reach(batch.now)
        new = {cue.id: cue for cue in batch.cues}
        for ident, cue in list(self._wanted.items()):
            if new.get(ident) == cue:
                continue
            del self._wanted[ident]
            if cue.at > batch.now or (cue.cue == "result" and ident not in self.found):
                self._take_back(ident, cue, batch.now)
        for ident, cue in new.items():
            if ident not in self._wanted and ident not in self.found and cue.at > batch.now - STALE:
                self._wanted[ident] = cue
                self._known[ident] = batch.now
                self._programme.put(cue)
        self._programme.settle(batch.now)
        self._cut(self._programme.plan)

    def _take_back(self, ident: str, cue: Scheduled, now: float) -> None:
        laid = next((item for item in self._programme.plan.items if item.cue.id == ident), None)
        self._programme.drop(ident)
        if ident in self.found:
            self.found[ident] = replace(self.found[ident], kind="free")
        elif laid is not None and laid.start - now < TAKEN_BACK:
            self.found[ident] = Want(ident, laid.start, "free", laid)
        run = self._runs.pop(ident, None)
        for other in [other for other, number in self._runs.items() if number == run]:
            # That run is stopped: what is still to come of it is a new one.
            item = next((item for item in self._programme.plan.items if item.cue.id == other), None)
            if item is not None and item.start >= max(now, cue.at - STOPPING) + HEARD:
                del self._runs[other]

    def _cut(self, plan: LaidOut) -> None:
        for item in plan.items:
            want = self.found.get(item.cue.id)
            if want is not None and item.cut != want.item.cut:
                self.found[item.cue.id] = replace(want, item=item, kind="free")

    def reach(self, moment: float) -> None:
        """Play until then."""
        for item in self._programme.plan.items:
            ident = item.cue.id
            if ident in self.found:
                continue
            known = self._known[ident]
            if item.start - LEAD <= moment and ident not in self._runs:
                self._begin_run(item)
            if item.start - READY > moment:
                continue
            kind: Kind = "timed" if item.cue.at - known >= CERTAIN else "prompt"
            if item.speech and item.cue.cue != "count":
                kind = "speech"
            late = known - item.start
            if late > 0.6 * item.grace:
                kind = "free"  # it may have come too late to be played
            self.found[ident] = Want(ident, item.start, kind, item, self._runs.get(ident, 0))
            self._programme.begin(ident, item.start)

    def _begin_run(self, first: Sounding) -> None:
        """The cues that are played by one buffer with it."""
        self._count += 1
        self._runs[first.cue.id] = self._count
        before, end = first, first.start + first.frames / RATE
        for item in self._programme.plan.window(first.start, first.start + LONGEST):
            if item.cue.id in self._runs:
                continue
            counted = item.cue.cue in GUARDED and before.cue.cue in GUARDED
            if item.start <= (max(before.start + TOGETHER, end) if counted else end + CLOSE):
                self._runs[item.cue.id] = self._count
                before, end = item, max(end, item.start + item.frames / RATE)
