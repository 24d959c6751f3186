"""The sinks without a stream: each cue is one call at its moment. The terminal's bell, and sound that is off."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from kicktimer.sound.speaker.sinks.base import NEVER, drain

if TYPE_CHECKING:
    from collections.abc import Callable

    from kicktimer.sound.speaker.scheduler import CueScheduler, ScheduledClip

LOOK_BACK_S = 10.0
"""Cues that start up to this long ago are looked at: they are played late, or reported as missed."""
REMEMBER_S = 60.0
"""How long after its start a cue is remembered as taken."""


class TimedSink:
    """A sink that calls `play(name of the cue)` when a cue is due. The base of `SimpleAudioSink`, too."""

    can_freeze_process = False

    def __init__(self, name: str, device: str, play: Callable[[str], None]) -> None:
        self.name = name
        self.device = device
        self._play_cue = play
        self._scheduler: CueScheduler | None = None
        self._taken: dict[str, float] = {}
        """The starts of the cues that need no further attention, by id: played, in a buffer, or missed."""
        self._begun: deque[tuple[str, float]] = deque()
        self._missed: deque[str] = deque()

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def attach(self, scheduler: CueScheduler) -> None:
        self._scheduler = scheduler

    def fileno(self) -> int | None:
        return None

    def find_fault(self, now: float) -> str | None:  # noqa: ARG002
        return None

    def reset_watchdog(self, now: float) -> None:
        pass

    def take_reports(self) -> tuple[list[tuple[str, float]], list[str]]:
        return drain(self._begun), drain(self._missed)

    def pump(self, now: float) -> float:
        while (item := self._next_clip(now)) is not None and item.start <= now:
            self._taken[item.cue.id] = item.start
            self._begun.append((item.cue.id, item.start))
            if self._scheduler is not None and not self._scheduler.muted:
                self._play_cue(item.cue.cue)
        return NEVER if item is None else item.start

    def _next_clip(self, now: float) -> ScheduledClip | None:
        """Returns the first clip that is still to be played, and reports those before it that are too late."""
        if self._scheduler is None:
            return None
        for ident in [ident for ident, start in self._taken.items() if start < now - REMEMBER_S]:
            del self._taken[ident]
        for item in self._scheduler.layout.window(now - LOOK_BACK_S, NEVER):
            if item.cue.id in self._taken or self._scheduler.has_begun(item.cue.id):
                continue
            if now - item.start > item.grace:
                self._taken[item.cue.id] = item.start
                self._missed.append(item.cue.id)
                continue
            if item.ready:
                return item
        return None


def make_off_sink() -> TimedSink:
    """Returns the sink for sound that is switched off: its cues pass in silence."""
    return TimedSink("off", "", lambda _cue: None)


def make_bell_sink(ring: Callable[[str], None]) -> TimedSink:
    """Returns the sink that calls `ring` with the name of each cue. The parent process rings the terminal's bell."""
    return TimedSink("bell", "the terminal", ring)
