"""What all sinks share: the `Sink` protocol, the errors of opening, and the base class of sinks that play a stream.

A sink plays the cues of a `CueScheduler` on one kind of output. `open` and `close` run on a helper thread, because both
can hang. While the sink is open, the speaker's loop calls `pump(now)` whenever `fileno()` is writable, or when the
moment has come that the last `pump` returned. Until `attach(scheduler)` is called, the sink plays silence. All moments
are seconds on `time.monotonic()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from kicktimer.sound.speaker.clips import EMPTY_SOUND, RATE
from kicktimer.sound.speaker.scheduler import CueScheduler
from kicktimer.sound.speaker.stream_renderer import StreamRenderer

if TYPE_CHECKING:
    from collections import deque

STREAM_HANG_S = 0.5
"""A stream that has taken no frames for this long counts as hung."""
NEVER = float("inf")
"""A moment that never comes: `pump` returns it when it need not be called again before something changes."""

T = TypeVar("T")


class SinkError(Exception):
    """The sink cannot be used. The message is part of a sentence for the user and says why."""


class BlockedError(SinkError):
    """The device exists, but it can only be opened after the library's other streams are closed."""


class Sink(Protocol):
    """One output, and the state of playing on it."""

    name: str
    """The kind of sink, as users write it: "portaudio", "simpleaudio", "pipe", "bell" or "off"."""
    device: str
    """The device or program behind the sink. It may be known only after `open`."""
    can_freeze_process: bool
    """A hang in this sink can stop every thread of the process, so that only a signal without a handler ends it."""

    def open(self) -> None:
        """Opens the device. Raises BlockedError if the sink that plays has to be closed first, else SinkError."""

    def close(self) -> None:
        """Closes the device. It may hang and never raises."""

    def attach(self, scheduler: CueScheduler) -> None:
        """From now on, play the cues of this scheduler."""

    def fileno(self) -> int | None:
        """Returns the file descriptor whose being writable calls for `pump`, or None if there is none."""

    def pump(self, now: float) -> float:
        """Plays what is due, and returns the moment of the next call."""

    def find_fault(self, now: float) -> str | None:
        """Returns why the sink no longer works, as part of a sentence, or None if it does."""

    def reset_watchdog(self, now: float) -> None:
        """Starts the detection of hangs anew: the whole process was suspended until `now`."""

    def take_reports(self) -> tuple[list[tuple[str, float]], list[str]]:
        """Returns what has happened since the last call: (id, start) of cues begun, and ids of cues begun too late."""


def drain(queue: deque[T]) -> list[T]:
    """Removes and returns everything that is in the queue. Another thread may append at the same time."""
    items: list[T] = []
    while queue:
        items.append(queue.popleft())
    return items


def empty_scheduler() -> CueScheduler:
    """Returns a scheduler that never has a cue. A sink that is attached to it plays silence."""
    return CueScheduler(lambda *_: EMPTY_SOUND, rate=RATE)


class StreamSink:
    """The base of sinks that take frames without a pause and play silence between cues."""

    can_freeze_process = False

    def __init__(self, latency: float) -> None:
        """`latency` is the time in seconds between handing a frame to the device and hearing it.

        Frames are handed over that much earlier, so that cues are heard when they are due.
        """
        self.renderer = StreamRenderer(empty_scheduler(), latency)
        self._watched_from = NEVER

    def attach(self, scheduler: CueScheduler) -> None:
        self.renderer.attach(scheduler)

    def fileno(self) -> int | None:
        return None

    def reset_watchdog(self, now: float) -> None:
        self._watched_from = now

    def take_reports(self) -> tuple[list[tuple[str, float]], list[str]]:
        return drain(self.renderer.begun), drain(self.renderer.missed)

    def _is_hung(self, now: float) -> bool:
        return now - max(self.renderer.last_fill_at or 0.0, self._watched_from) > STREAM_HANG_S
