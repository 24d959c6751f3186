"""Sinks that play cue by cue or run by run, by the clock of the speaker's loop: simpleaudio, the bell, nothing."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kicktimer.sound.speaker import priority
from kicktimer.sound.speaker.clips import RATE
from kicktimer.sound.speaker.mixer import CEILING, FADE, LOUDEST
from kicktimer.sound.speaker.scheduler import TOGETHER
from kicktimer.sound.speaker.sinks.playback_buffer import PlaybackBuffer
from kicktimer.sound.speaker.sinks.portaudio_sink import NEVER, SinkError, drained

if TYPE_CHECKING:
    from collections.abc import Callable

    from kicktimer.sound.speaker.scheduler import CueScheduler, Layout, ScheduledClip

CLOSE = 0.6
"""Other cues belong to a run where they start less than so many seconds after its end: it is played by one buffer."""
LONGEST = 8.0
"""Seconds of one run's cues at most."""
TAIL = 4.0
"""Seconds of silence after them, for what comes to be wanted: it need not be carried on by another run."""
OVERDUE = 0.5
"""Seconds by which a run may be longer or shorter than it should be before the device counts as hung or lost."""
LEAD = 0.35
"""Seconds before its first cue at which a run's device is opened. Opening takes 1 to 40 ms: nothing tells it ahead."""
LEAST_LEAD = 0.03
"""The same where a run that plays ends so late: many devices are there for one at a time."""
SERVED = 0.02
"""Seconds that a sound server, which mostly is an ordinary program, has the processors for after a run was begun:
to go on in real time at once kept it from starting the run by up to 11 ms, measured."""
FREED = 0.03
"""Seconds that a device takes to be free again."""
STARTED = -0.0005
"""Seconds from the return of `play_buffer` to the first sound: within 1 ms idle and 2 ms under load, measured."""
HEARD = 0.1
"""Seconds that a device has taken in advance at any moment: simpleaudio asks for so many."""
STOPPING = HEARD + 0.05
"""What is written into a buffer that plays is heard if it lies so many seconds ahead."""
TURNS = 3
"""So often a run's threads have to wait for the device in `OVERDUE` s, or it takes nothing: it is 20 times or more."""
BEHIND = 0.004
"""Seconds that the opening is held to take for what cannot wait for its end."""
SLACK = 0.02
"""Seconds of silence at the end of a buffer, and round a moment that two runs have in common."""


class _Timed:
    """A sink without a stream: each cue when it is due. `ring` is told its name."""

    freezes = False
    latency = 0.0

    def __init__(self, name: str, device: str, ring: Callable[[str], None]) -> None:
        self.name = name
        self.device = device
        self._ring = ring
        self._scheduler: CueScheduler | None = None
        self._taken: dict[str, float] = {}
        self._begun: deque[tuple[str, float]] = deque()
        self._missed: deque[str] = deque()

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def follow(self, scheduler: CueScheduler) -> None:
        self._scheduler = scheduler

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
            if self._scheduler is not None and not self._scheduler.muted:
                self._ring(item.cue.cue)
        return NEVER if item is None else item.start

    def next(self, now: float) -> ScheduledClip | None:
        """The first cue that is still to be played; those that are too late are given up."""
        if self._scheduler is None:
            return None
        for ident in [ident for ident, start in self._taken.items() if start < now - 60.0]:
            del self._taken[ident]
        for item in self._scheduler.plan.window(now - 10.0, NEVER):
            if item.cue.id in self._taken or self._scheduler.has_begun(item.cue.id):
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


class SimpleAudio(_Timed):
    """simpleaudio: one buffer for each run of cues, so that inside a run every frame is where it belongs.

    `play_buffer` opens the device anew, with the interpreter's lock held and for as long as that takes; it neither
    copies the buffer nor takes more of it than the device has room for. So a run is begun early, with silence, and
    filled in when it is known when it began; and what changes later is written over. `fault` says what
    cannot be played. A server that begins to play a run late makes all of it late: nothing tells that.
    """

    freezes = True

    def __init__(self) -> None:
        super().__init__("simpleaudio", "the default device", lambda _cue: None)
        self._library: Any = None
        self._runs: list[PlaybackBuffer] = []
        self._plan: Layout | None = None
        self._muted = False
        self._problem = ""
        self._again = 0.0
        """When to try again to have the device."""
        self._alone = False
        """The device has been refused while another run played: perhaps it is for one at a time."""
        self._refused = NEVER
        """Since when it has not been had."""

    def open(self) -> None:
        try:
            import simpleaudio  # noqa: PLC0415 - an extra, and one that can crash: loaded by this sink alone
        except ImportError as problem:
            raise SinkError(f"it is not installed ({problem})") from problem
        self._library = simpleaudio
        # 20 ms of silence show whether there is a device: a run that does not end is a hung one.
        self._play(PlaybackBuffer(time.monotonic(), RATE // 50))
        if self._problem:
            raise SinkError(self._problem)

    def close(self) -> None:
        for run in self._runs:
            run.hush()  # stopping takes a while, and where a server stood still it plays on once that goes on
        for run in self._runs:
            run.handle.stop()

    def fault(self, now: float) -> str | None:
        for run in list(self._runs):
            playing = run.handle.is_playing()
            if playing and not run.stopped and self._stuck(run, now):
                return "it takes no more sound"
            if not playing:
                self._runs.remove(run)
                if now < run.end - OVERDUE and not run.stopped:
                    return "the device was lost"
        return self._problem or None

    def _stuck(self, run: PlaybackBuffer, now: float) -> bool:
        """Whether it ends too late; or before, where the system tells what its threads do, has long stood still."""
        turns = priority.turns(run.threads)
        if turns >= run.turns + TURNS or not turns or now > run.end - 2 * HEARD:
            run.turns, run.seen = turns, now
        return now - max(min(run.seen, run.end), self._forgiven) > OVERDUE

    _forgiven = 0.0

    def forgive(self, now: float) -> None:
        self._forgiven = now

    def pump(self, now: float) -> float:
        if self._scheduler is None:
            return NEVER
        for run in self._runs:
            while run.waiting and run.waiting[0].start <= now:
                begun = run.waiting.pop(0)
                self._begun.append((begun.cue.id, begun.start))
        plan, muted = self._scheduler.plan, self._scheduler.muted
        if plan is not self._plan or muted is not self._muted:
            self._heed(plan, now, turned=muted is not self._muted)
            self._plan, self._muted = plan, muted
            if self._begun:
                return now  # of what goes on the plan may not know: nothing is begun before it is laid out anew
        if muted:
            return super().pump(now)
        item = self.next(now)
        while item is not None and self._opening(item) <= now:
            if not self._begin(item, plan):
                self._again = now + FREED
                break
            item = self.next(now)
        waiting = [run.waiting[0].start for run in self._runs if run.waiting]
        return min([NEVER if item is None else self._opening(item), *waiting])

    def _opening(self, item: ScheduledClip) -> float:
        """When to see to a cue: where a run that plays has no room for it, after the end of that."""
        begin = min([item.start, *(other.start for _, other in self._beside(item))])
        free = max((run.end + FREED for run in self._runs if self._alone and run.end < begin), default=0.0)
        return max(min(max(begin - LEAD, free), begin - LEAST_LEAD), self._again)

    def _beside(self, item: ScheduledClip) -> list[tuple[PlaybackBuffer, ScheduledClip]]:
        """The cues still to come in the runs that overlap with it. In one buffer, they need no hand-over."""
        end = item.start + item.frames / RATE + SLACK
        return [
            (run, other)
            for run in self._runs
            for other in run.waiting
            if other.start < end and item.start < other.start + other.frames / RATE + SLACK
        ]

    def _heed(self, plan: Layout, now: float, *, turned: bool) -> None:
        """Write over what has changed in the runs that play. `turned`: sound was switched off or on."""
        until = now + STOPPING + FADE / RATE  # what is cut fades out before
        wanted = {item.cue.id: item for item in plan.items}
        for run in self._runs:
            changed = turned
            for item in list(run.items):
                new = wanted.get(item.cue.id)
                moved = new is None or new.start != item.start
                if item in run.waiting and moved and item.start < until and self._still_wanted(item):
                    run.waiting.remove(item)
                    self._begun.append((item.cue.id, item.start))  # it goes on: half a word would be all of it
                elif item in run.waiting and moved:
                    run.waiting.remove(item)
                    run.drop(item, until)
                    if item.start >= until:
                        del self._taken[item.cue.id]
                    else:
                        self._begun.append((item.cue.id, item.start))  # its beginning is heard
                    changed = True
                elif new is None and not self._still_wanted(item):
                    run.drop(item, until)
                    changed = True
                elif new is not None and not moved and new.cut is not None and new.cut != item.cut:
                    run.shorten(item, new, max(new.cut, until))
                    changed = True
            if changed:
                run.write(run.frame(now + STOPPING), muted=self._scheduler is not None and self._scheduler.muted)

    def _begin(self, first: ScheduledClip, plan: Layout) -> bool:
        """Have a cue played, with those that follow it at once: in a run that plays, else in a new one.

        False where the device is not to be had now.
        """
        now = time.monotonic()
        items = self._together(first, plan)  # a countdown is never parted
        soonest = now + STOPPING
        later = soonest + BEHIND + SLACK
        drowned = self._peak(min(first.start, now) - SLACK, soonest) > LOUDEST - CEILING
        if drowned and not any(item.start < soonest and item.cue.spec.exact for item in items):
            items = [item if item.start >= soonest else replace(item, start=later) for item in items]
        first = items[0]
        end = max(item.start + item.frames / RATE for item in items)
        for run in self._runs:
            if run.stopped:
                continue
            others = (other for other in self._runs if other is not run)
            room = soonest <= first.start and end <= run.end
            if room and not any(other.peak(first.start - SLACK, end + SLACK) for other in others):
                for item in items:
                    run.place(item, run.frame(item.start))
                    self._taken[item.cue.id] = item.start
                run.waiting.sort(key=lambda item: item.start)
                run.write(run.frame(now + STOPPING), muted=False)
                self._note(run, items)
                break
        else:
            found = self._start(items, now)
            if found is None:
                return False
            run = found
        for item in [item for item in run.waiting if item.start == later]:
            run.waiting.remove(item)  # it begins, as far as anything can change that
            self._begun.append((item.cue.id, item.start))
        return True

    def _drawn(self, items: list[ScheduledClip], now: float) -> list[ScheduledClip]:
        """Them, and what overlaps with them in the runs and can still be taken from there."""
        until = now + STOPPING
        beside = [each for item in items for each in self._beside(item) if each[1].start >= until + BEHIND + SLACK]
        moved = {other.cue.id: (run, other) for run, other in beside}
        for run, other in moved.values():
            run.drop(other, until)
            run.waiting.remove(other)
            run.write(run.frame(until), muted=False)
        return sorted([*items, *(other for _, other in moved.values())], key=lambda item: item.start)

    def _peak(self, first: float, end: float) -> int:
        """The loudest that the runs may add up to between two moments."""
        return sum(run.peak(first, end) for run in self._runs)

    def _start(self, items: list[ScheduledClip], now: float) -> PlaybackBuffer | None:
        """Play a new run. What is late begins at once, the rest when due."""
        items = self._drawn(items, now)
        self._taken.update((item.cue.id, item.start) for item in items)
        first, end = items[0].start, max(item.start + item.frames / RATE for item in items)
        # The device would only add up two runs: from `over` on, what still sounds in others is carried on by this one.
        over = max(first, now + STOPPING + BEHIND + SLACK)
        peak = self._peak(min(first, now) - SLACK, over + SLACK)
        on = [item for run in self._runs for item in run.items if item.start < over < item.start + item.frames / RATE]
        end = max([end, *(item.start + item.frames / RATE for item in on)])
        carried = {item.cue.id: item for run in self._runs for item in self._leave_off(run, over - SLACK, end)}
        run = PlaybackBuffer(now + BEHIND, round((end - now + (SLACK if self._alone else TAIL)) * RATE))
        for item in items:
            if item.start < over:
                run.place(item, max(0, run.frame(item.start)))
        if peak > LOUDEST - CEILING:
            run.quieter = (max(0, LOUDEST - peak), run.frame(over))
        run.write(0, muted=False)
        if not self._play(run):
            for item in items:
                del self._taken[item.cue.id]
            return None
        time.sleep(SERVED)
        safe = max(run.frame(run.origin + STOPPING), run.frame(over))
        for item in items:
            if item not in run.items:
                run.place(item, max(safe, run.frame(item.start)))
        for item in carried.values():
            run.resume(item, safe, max(0, safe - run.frame(item.start)))
        run.write(safe, muted=False)
        self._note(run, items)
        return run

    @staticmethod
    def _note(run: PlaybackBuffer, items: list[ScheduledClip]) -> None:
        """Tell the log which cues are given to which run."""
        idents = json.dumps([item.cue.id for item in items])
        sys.stderr.write(f"{time.monotonic():.3f} simpleaudio: the run of {run.origin:.3f} plays {idents}\n")

    def _leave_off(self, run: PlaybackBuffer, moment: float, end: float) -> list[ScheduledClip]:
        """End what sounds in a run at that moment, and what of it begins from then on and before `end`."""
        found = []
        for item in list(run.items):
            last = item.start + item.frames / RATE if item.cut is None else item.cut
            if item.start >= end or last <= moment:
                continue
            if item in run.waiting and item.start >= moment:
                run.drop(item, moment)
                run.waiting.remove(item)
                del self._taken[item.cue.id]  # it gets a place in this run or the next
            else:
                run.shorten(item, replace(item, cut=moment), moment)
                found.append(item)
        run.write(run.frame(moment) - FADE, muted=False)
        return found

    def _together(self, first: ScheduledClip, plan: Layout) -> list[ScheduledClip]:
        """The cues that are played by one buffer."""
        items, end = [first], first.start + first.frames / RATE
        for item in plan.window(first.start, first.start + LONGEST):
            if item is first or not item.ready or item.cue.id in self._taken or self._programme_has_begun(item):
                continue
            counted = item.cue.spec.guarded and items[-1].cue.spec.guarded
            if item.start <= (max(items[-1].start + TOGETHER, end) if counted else end + CLOSE):
                items.append(item)
                end = max(end, item.start + item.frames / RATE)
        return items

    def _still_wanted(self, item: ScheduledClip) -> bool:
        return self._scheduler is not None and self._scheduler.wants(item.cue.id)

    def _programme_has_begun(self, item: ScheduledClip) -> bool:
        return self._scheduler is not None and self._scheduler.has_begun(item.cue.id)

    def _play(self, run: PlaybackBuffer) -> bool:
        """Begin it now. False where the device is not to be had: what plays is stopped, or there is a problem."""
        threads = priority.threads()
        try:
            run.handle = self._library.play_buffer(run.buffer, 1, 2, RATE)
        except Exception as problem:  # noqa: BLE001 - the library raises classes of its own that differ by version
            told = " ".join(str(problem).split()) or type(problem).__name__
            sys.stderr.write(f"{time.monotonic():.3f} simpleaudio: {told}\n")
            self._refused = min(self._refused, time.monotonic())
            if not self._runs or time.monotonic() > self._refused + OVERDUE:
                self._problem = told
            self._alone = self._alone or bool(self._runs)
            for other in self._runs:  # a device for one at a time: the rest of that run becomes one of its own
                for item in other.waiting:
                    self._taken.pop(item.cue.id, None)
                other.waiting.clear()
                threading.Thread(target=other.handle.stop, daemon=True).start()  # it takes a while to return
                other.stopped = True
            return False
        self._refused = NEVER
        run.origin = run.seen = time.monotonic() + STARTED
        run.threads = priority.threads() - threads
        priority.urge_others(threads)
        self._runs.append(run)
        return True
