"""Tells a key that is held down from a key that is pressed twice. Pure: time is an argument.

A keyboard repeats a key that is held after 0.25 to 0.7 s, then every 20 to 60 ms. Most terminals do not say which
presses are repeats. So a key that comes again soon is kept back for a moment: if the same key follows as fast as only
a keyboard can, it was a repeat and never acts; else it acts, with the stamp of its own press. Nothing that has acted is
ever taken back.

Times are seconds on `time.monotonic()`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

REPEAT_DELAY_S = 0.75
"""A key that comes again within this time may be the first repeat: keyboards wait 0.25 to 0.7 s (X11 0.66)."""
HOLD_BACK_S = 0.1
"""A press that may be a repeat is kept back for this time."""
REPEAT_INTERVAL_S = 0.09
"""Two repeats are at most this far apart, fingers at least 0.12 s. A stall puts several repeats into one moment."""

MAX_KEYS = 200
"""Keys whose last press is remembered. A keyboard has about 100."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Press(Generic[T]):
    """A press of a key. `event` is whatever the caller wants back with it."""

    key: str
    at: float
    event: T


@dataclass(frozen=True, slots=True)
class Decided(Generic[T]):
    """A press that either acts or was a repeat (`is_repeat`) and does nothing."""

    press: Press[T]
    is_repeat: bool


class KeyDebouncer(Generic[T]):
    """Decides for each press whether it acts. Presses come out in the order in which they went in."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}  # the last press of each key, repeats included
        self._held_key: str | None = None  # the key that is known to be held down
        self._pending: Press[T] | None = None

    @property
    def deadline(self) -> float | None:
        """When `tick` has something to decide; None where nothing is kept back."""
        return None if self._pending is None else self._pending.at + HOLD_BACK_S

    def press(self, press: Press[T], *, may_repeat: bool = False) -> list[Decided[T]]:
        """What is decided by this press. `may_repeat`: a repeat of this key acts too (an arrow, text being typed)."""
        pending, self._pending = self._pending, None
        last = self._last.get(press.key)
        if len(self._last) >= MAX_KEYS:
            self._last = {key: at for key, at in self._last.items() if press.at - at < REPEAT_DELAY_S}
        self._last[press.key] = press.at
        since = float("inf") if last is None else press.at - last
        is_fast = since <= REPEAT_INTERVAL_S
        decided: list[Decided[T]] = []
        if pending is not None:
            is_hold = pending.key == press.key and is_fast
            decided.append(Decided(pending, is_repeat=is_hold))
            self._held_key = press.key if is_hold else None
        if may_repeat:
            self._held_key = None
            return [*decided, Decided(press, is_repeat=False)]
        if self._held_key == press.key and is_fast:
            return [*decided, Decided(press, is_repeat=True)]
        self._held_key = None
        if since < REPEAT_DELAY_S:
            self._pending = press
            return decided
        return [*decided, Decided(press, is_repeat=False)]

    def tick(self, now: float) -> list[Decided[T]]:
        """The press that was kept back, once nothing has followed it in time."""
        deadline = self.deadline
        if deadline is None or now < deadline:
            return []
        return self.flush()

    def flush(self) -> list[Decided[T]]:
        """The press that is kept back acts now."""
        pending, self._pending = self._pending, None
        return [] if pending is None else [Decided(pending, is_repeat=False)]
