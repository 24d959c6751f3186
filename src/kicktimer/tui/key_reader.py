"""`KeyReader`: from a terminal's bytes to Textual's key events, on the driver's input thread.

The bytes pass `keyboard.input_filter` before Textual's parser sees them, and each key passes `keyboard.debounce`, so
that a key that is held down acts once. Textual stamps a key when it is parsed; here every key carries the moment at
which its byte was read, also where it was kept back.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual._xterm_parser import XTermParser

from kicktimer.keyboard.debounce import KeyDebouncer, Press
from kicktimer.keyboard.input_filter import Input, InputFilter, InputKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from textual.message import Message

    from kicktimer.keyboard.debounce import Decided

_FUNCTIONAL_SEQUENCE = re.compile(r"\x1b\[(?P<code>\d*)(?:;\d+)?(?P<final>[u~A-HPQRS])")


def is_known_sequence(sequence: str) -> bool:
    """Whether Textual's parser knows this escape sequence as a key."""
    if sequence in ANSI_SEQUENCES_KEYS:
        return True
    match = _FUNCTIONAL_SEQUENCE.fullmatch(sequence)
    return match is not None and f"{match['code'] or 1}{match['final']}" in FUNCTIONAL_KEYS


class KeyReader:
    """Posts what the terminal sends. All methods are for one thread; times are seconds on `time.monotonic()`.

    `post` takes keys that act and the terminal's answers, `on_repeat` the repeats of a key that is held.
    `may_repeat(key)` says whether a key acts again while it is held: arrows, and all keys where text is typed.
    """

    def __init__(
        self,
        post: Callable[[Message], None],
        *,
        on_repeat: Callable[[events.Key], None],
        may_repeat: Callable[[str], bool],
    ) -> None:
        self._post = post
        self._on_repeat = on_repeat
        self._may_repeat = may_repeat
        self._filter = InputFilter(is_known_sequence)
        self.positions = self._filter.positions
        """The character that a key types in the Latin layout, for each character that the terminal has told it of."""
        self._debouncer: KeyDebouncer[events.Key] = KeyDebouncer()

    def feed(self, data: bytes, now: float) -> None:
        """Takes bytes that were read at `now`."""
        self._take(self._filter.feed(data, now), now)

    def tick(self, now: float) -> None:
        """Posts what was waiting for something to follow it, where nothing has."""
        self._take(self._filter.tick(now), now)
        self._settle(self._debouncer.tick(now))

    def wait_s(self, now: float, longest: float) -> float:
        """Seconds until `tick` may have something to do, at most `longest`."""
        waits = [longest]
        if (timeout := self._filter.timeout_s) is not None:
            waits.append(timeout)
        if (deadline := self._debouncer.deadline) is not None:
            waits.append(deadline - now)
        return max(0.0, min(waits))

    def _take(self, inputs: Iterable[Input], now: float) -> None:
        for each in inputs:
            for message in _parsed(each):
                if isinstance(message, events.Key):
                    message.time = now
                    self.take_key(message, is_repeat=each.kind is InputKind.REPEAT)
                else:
                    self._post(message)

    def take_key(self, key: events.Key, *, is_repeat: bool = False) -> None:
        """Takes a key with the stamp of its press. `is_repeat`: the terminal says that the key is held down."""
        may_repeat = self._may_repeat(key.key)
        if self._filter.reports_event_types:
            self._settle(self._debouncer.flush())
            if is_repeat and not may_repeat:
                self._on_repeat(key)
            else:
                self._post(key)
            return
        self._settle(self._debouncer.press(Press(key.key, key.time, key), may_repeat=may_repeat))

    def _settle(self, decided: Iterable[Decided[events.Key]]) -> None:
        for each in decided:
            if each.is_repeat:
                self._on_repeat(each.press.event)
            else:
                self._post(each.press.event)


def _parsed(piece: Input) -> Iterator[Message]:
    if piece.kind is InputKind.ESCAPE:
        yield events.Key("escape", "\x1b")
    else:
        # A parser of its own for each piece: none is ever left in the middle of a sequence or a paste.
        yield from XTermParser().feed(piece.data)
