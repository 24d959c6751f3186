"""Sinks that play cue by cue or run by run, by the clock of the speaker's loop: simpleaudio, the bell, nothing."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kicktimer.sound import priority
from kicktimer.sound.clips import RATE
from kicktimer.sound.mixer import Mixer, silence
from kicktimer.sound.programme import GUARDED, TOGETHER
from kicktimer.sound.sinks import NEVER, SinkError, drained

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable

    from kicktimer.sound.programme import Plan, Programme, Sounding

CLOSE = 0.3
"""Other cues belong to a run where they start less than so many seconds after its end: it is played by one buffer."""
LONGEST = 8.0
"""Seconds of one run at most. A run that a sound server holds up cannot be noticed before its end."""
OVERDUE = 0.5
"""Seconds by which a run may be longer or shorter than it should be before the device counts as hung or lost."""
LEAD = 0.03
"""Seconds of silence before a run, cut to fit at its start: a loop that wakes late by less loses nothing."""
STOPPING = 0.3
"""Seconds for which a run goes on at most that is stopped: what the device has been given is played. Measured: 0.28."""
HEARD = 0.18
"""Seconds for which it goes on at least."""
BEHIND = 0.004
"""Seconds that a run gets that should have begun by now: rendering it, and opening the device, fall into them."""
LATENCY = 0.0
"""Seconds from `play_buffer` to the first sound: 1.5 ms with a sound server, and nothing tells it ahead."""


class _Timed:
    """A sink without a stream: each cue when it is due. `ring` is told its name."""

    freezes = False
    latency = 0.0

    def __init__(self, name: str, device: str, ring: Callable[[str], None]) -> None:
        self.name = name
        self.device = device
        self._ring = ring
        self._programme: Programme | None = None
        self._taken: dict[str, float] = {}
        self._begun: deque[tuple[str, float]] = deque()
        self._missed: deque[str] = deque()

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def follow(self, programme: Programme) -> None:
        self._programme = programme

    def fileno(self) -> int | None:
        return None

    def fault(self, now: float) -> str | None:  # noqa: ARG002
        return None

    def forgive(self, now: float) -> None:
        pass

    def handed(self) -> tuple[list[tuple[str, float]], list[str]]:
        return drained(self._begun), drained(self._missed)

    def pump(self, now: float) -> float:
        while (item := self.next(now)) is not None and item.start <= now:
            self._taken[item.cue.id] = item.start
            self._begun.append((item.cue.id, item.start))
            if self._programme is not None and not self._programme.muted:
                self._ring(item.cue.cue)
        return NEVER if item is None else item.start

    def next(self, now: float) -> Sounding | None:
        """The first cue that is still to be played; those that are too late are given up."""
        if self._programme is None:
            return None
        for ident in [ident for ident, start in self._taken.items() if start < now - 60.0]:
            del self._taken[ident]
        for item in self._programme.plan.window(now - 10.0, NEVER):
            if item.cue.id in self._taken or self._programme.has_begun(item.cue.id):
                continue
            if now - item.start > item.grace:
                self._taken[item.cue.id] = item.start
                self._missed.append(item.cue.id)
                continue
            if item.ready:
                return item
        return None


def off() -> _Timed:
    """Sound that is switched off: cues pass in silence."""
    return _Timed("off", "", lambda _cue: None)


def bell(ring: Callable[[str], None]) -> _Timed:
    """The terminal's bell, rung by whoever has the terminal."""
    return _Timed("bell", "the terminal", ring)


@dataclass(slots=True)
class _Run:
    handle: Any
    end: float
    items: list[Sounding]
    waiting: list[Sounding]
    """Its cues that are still to come."""
    stop_at: float = NEVER
    """When it has to be stopped so that speech in it has ended in time."""


class SimpleAudio(_Timed):
    """simpleaudio: one buffer for each run of cues, so that inside a run every frame is where it belongs.

    `play_buffer` opens the device anew with the interpreter's lock held; `fault` says what cannot be played.
    """

    freezes = True

    def __init__(self) -> None:
        super().__init__("simpleaudio", "the default device", lambda _cue: None)
        self._library: Any = None
        self._runs: list[_Run] = []
        self._plan: Plan | None = None
        self._problem = ""

    def open(self) -> None:
        try:
            import simpleaudio  # noqa: PLC0415 - an extra, and one that can crash: loaded by this sink alone
        except ImportError as problem:
            raise SinkError(f"it is not installed ({problem})") from problem
        self._library = simpleaudio
        # 20 ms of silence show whether there is a device: a run that does not end is a hung one.
        self._play(silence(RATE // 50), time.monotonic() + 0.02, [])
        if self._problem:
            raise SinkError(self._problem)

    def close(self) -> None:
        for run in self._runs:
            run.handle.stop()

    def fault(self, now: float) -> str | None:
        for run in list(self._runs):
            playing = run.handle.is_playing()
            if playing and now > run.end + OVERDUE:
                return "it takes no more sound"
            if not playing:
                self._runs.remove(run)
                if now < run.end - OVERDUE:
                    return "the device was lost"
        return self._problem or None

    def forgive(self, now: float) -> None:
        for run in self._runs:
            run.end = max(run.end, now)

    def pump(self, now: float) -> float:
        if self._programme is None:
            return NEVER
        for run in self._runs:
            while run.waiting and run.waiting[0].start <= now:
                begun = run.waiting.pop(0)
                self._begun.append((begun.cue.id, begun.start))
        plan = self._programme.plan
        if plan is not self._plan or self._programme.muted:
            self._plan = plan
            self._heed(plan, muted=self._programme.muted, now=now)
        for run in [run for run in self._runs if run.stop_at <= now]:
            self._stop(run, now)
        item = self.next(now)
        while item is not None and item.start - LATENCY - LEAD <= now:
            self._start(item, plan, muted=self._programme.muted)
            item = self.next(now)
        waiting = [run.waiting[0].start for run in self._runs if run.waiting]
        stops = [run.stop_at for run in self._runs]
        return min([NEVER if item is None else item.start - LATENCY - LEAD, *waiting, *stops])

    def _heed(self, plan: Plan, *, muted: bool, now: float) -> None:
        """Have a run stopped of which something is no longer wanted; the rest of it becomes a run of its own."""
        wanted = {item.cue.id: (item.start, item.cut) for item in plan.items}
        for run in list(self._runs):
            if muted:
                self._stop(run, now)
                continue
            for item in run.items:
                start, cut = wanted.get(item.cue.id, (None, None))
                if (start, cut) == (item.start, item.cut):
                    continue
                if item in run.waiting:
                    # As late as it may be: what comes before it in this run stays as exact as it is.
                    run.stop_at = min(run.stop_at, item.start - STOPPING)
                elif now < item.start + item.frames / RATE and (start is None or cut is not None):
                    # Speech that sounds, when a countdown comes to be wanted after it; or it was taken back.
                    run.stop_at = min(run.stop_at, now if cut is None else cut - STOPPING)

    def _stop(self, run: _Run, now: float) -> None:
        self._runs.remove(run)
        for item in run.waiting:
            if item.start >= now + HEARD:  # else it is heard all the same
                self._taken.pop(item.cue.id, None)
            else:
                self._begun.append((item.cue.id, item.start))
        threading.Thread(target=run.handle.stop, daemon=True).start()  # it takes a while to return

    def _start(self, first: Sounding, plan: Plan, *, muted: bool) -> None:
        """Render the run that begins with this cue, and play it. What is late begins at once, the rest when due."""
        assert self._programme is not None
        items = self._together(first, plan)
        self._taken.update((item.cue.id, item.start) for item in items)
        if muted:
            self._begun.extend((item.cue.id, item.start) for item in items)
            return
        if not first.speech:
            # The device would add the two: where a cue comes up late over speech, the cue has it.
            for run in [run for run in self._runs if run.items[-1].speech and not run.waiting]:
                self._stop(run, time.monotonic())
        origin = max(first.start - LATENCY, time.monotonic() + BEHIND)
        mixer = Mixer()
        for item in items:
            frame = max(0, round((item.start - LATENCY - origin) * RATE))
            mixer.place(item.cue.id, frame, item.samples, speech=item.speech)
            if item.cut is not None:
                mixer.cut(item.cue.id, frame + round((item.cut - item.start) * RATE))
        samples = mixer.render(0, mixer.end)
        early = round((origin - time.monotonic()) * RATE)
        # Where even that was too short, the beginning is left out: what comes after it is on time.
        samples = silence(early) + samples if early >= 0 else samples[-early:]
        self._play(samples, origin + mixer.end / RATE, items)

    def _together(self, first: Sounding, plan: Plan) -> list[Sounding]:
        """The cues that are played by one buffer."""
        items, end = [first], first.start + first.frames / RATE
        for item in plan.window(first.start, first.start + LONGEST):
            if item is first or not item.ready or item.cue.id in self._taken or self._programme_has_begun(item):
                continue
            counted = item.cue.cue in GUARDED and items[-1].cue.cue in GUARDED
            if item.start <= (max(items[-1].start + TOGETHER, end) if counted else end + CLOSE):
                items.append(item)
                end = max(end, item.start + item.frames / RATE)
        return items

    def _programme_has_begun(self, item: Sounding) -> bool:
        return self._programme is not None and self._programme.has_begun(item.cue.id)

    def _play(self, samples: array[int], end: float, items: list[Sounding]) -> None:
        threads = priority.threads()
        try:
            handle = self._library.play_buffer(samples.tobytes(), 1, 2, RATE)
        except Exception as problem:  # noqa: BLE001 - the library raises classes of its own that differ by version
            self._problem = " ".join(str(problem).split()) or type(problem).__name__
        else:
            priority.urge_others(threads)
            self._runs.append(_Run(handle, end, items, list(items)))
