"""The doctor's part for the keys: which of them the user has chosen, and what each key that is pressed arrives as."""

from __future__ import annotations

import os
import re
import select
import signal
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kicktimer.cli.findings import print_finding
from kicktimer.cli.output import print_text
from kicktimer.keyboard.input_filter import InputFilter
from kicktimer.keyboard.key_names import written_key
from kicktimer.tui.footer_and_help import KeyNames
from kicktimer.tui.keymap import actions_without_key
from kicktimer.tui.keys import ACTION_BY_ID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from textual.message import Message

    from kicktimer.settings import KeySettings
    from kicktimer.tui.keymap import Keymap

QUIET_TIMEOUT_S = 20.0
"""The test of the keys ends after this time without a key."""
NAME_WIDTH = 16
_KITTY_POP = "\x1b[<u"
_ENDING_KEYS = ("enter", "escape")
_MODIFIER = re.compile(r"(left|right)_(shift|control|alt|super|hyper|meta)|.*_lock|iso_level\d_shift")
_READ_BYTES = 4096


def print_keys(settings: KeySettings, keymap: Keymap) -> None:
    """Prints which actions have keys of the user's own, and which actions no key starts."""
    chosen = ", ".join(settings.keys)
    count = f"{len(settings.keys)} action{'s' if len(settings.keys) > 1 else ''}"
    text = f"keys: of your own for {count} ({chosen})" if chosen else "keys: the default ones"
    if settings.preset:
        text = f'keys: the set "{settings.preset}"' + (f", and of your own for {chosen}" if chosen else "")
    print_finding("ok", text)
    if without := actions_without_key(keymap):
        print_finding("tip", f"keys: no key starts {', '.join(without)}: give each one in the settings, under [keys]")


class KeyTest:
    """Prints a line for each key that is pressed. `done` turns True when Enter or Escape has come twice in a row."""

    def __init__(self, keymap: Keymap) -> None:
        self.done = False
        self._keymap = keymap
        self._names = KeyNames(keymap.names())
        self._last = ""
        self._is_held = False

    def press(self, key: str, character: str | None) -> None:
        """Prints what a key arrives as. `key` is Textual's name, `character` what it types."""
        if _MODIFIER.fullmatch(key):
            return
        self.done = key == self._last and key in _ENDING_KEYS
        self._last, self._is_held = key, False
        if character is not None and len(character) == 1 and character.isalnum():
            self._print(character, "an athlete's key")
            return
        name = written_key(key)
        if name is None:
            self._print(ascii(key.replace("_", " "))[1:-1], "cannot be chosen: most terminals do not send it")
        else:
            self._print(name, self._meaning(key))

    def repeat(self) -> None:
        """Prints once that the last key is held down."""
        if not self._is_held:
            self._print("", "held: still one press")
        self._is_held = True

    def show_unknown(self, data: bytes) -> None:
        """Prints bytes that are no key."""
        self._last, self._is_held = "", False
        self._print(ascii(data.decode("latin-1"))[1:-1], "not known as a key: choose another one")

    def _meaning(self, key: str) -> str:
        action_id = self._keymap.action_of(key, "live")
        if action_id is None:
            return "free: does nothing on the live screen"
        action = ACTION_BY_ID[action_id]
        sentence = self._names.fill((ACTION_BY_ID[action.shown_with] if action.shown_with else action).help)
        return f"{action_id}{', with an athlete to follow' if action.then_athlete else ''}: {sentence}"

    def _print(self, name: str, meaning: str) -> None:
        print_text(f"     {name:{NAME_WIDTH}} {meaning}")


def run_key_test(keymap: Keymap) -> None:
    """Shows what each key arrives as, until the user ends it or presses nothing for `QUIET_TIMEOUT_S`.

    stdin and stdout must be a terminal; it is as before afterwards. Raises `KeyboardInterrupt` after ctrl+c.
    """
    from textual import events  # noqa: PLC0415 - slow to load, and only this part needs it

    from kicktimer.tui.key_reader import KeyReader, is_known_sequence  # noqa: PLC0415

    test = KeyTest(keymap)

    def post(message: Message) -> None:
        if isinstance(message, events.Key):
            test.press(message.key, message.character)
            if message.key == "ctrl+c":
                raise KeyboardInterrupt

    reader = KeyReader(post, on_repeat=lambda _: test.repeat(), may_repeat=lambda _: False)
    unknown = InputFilter(is_known_sequence)
    terminal = sys.stdin.fileno()
    with _unbuffered_keys(terminal):
        print_finding("", "Press any keys: you see their names for the settings, and what they do. Enter twice ends.")
        last_s = time.monotonic()
        while not test.done and time.monotonic() - last_s < QUIET_TIMEOUT_S:
            wait_s = reader.wait_s(time.monotonic(), last_s + QUIET_TIMEOUT_S - time.monotonic())
            is_readable = bool(select.select([terminal], [], [], wait_s)[0])
            now = time.monotonic()
            if is_readable:
                data = os.read(terminal, _READ_BYTES)
                if not data:
                    return
                last_s = now
                reader.feed(data, now)
                is_silent = not unknown.feed(data, now) and unknown.timeout_s is None
                if is_silent and not unknown.reports_event_types:
                    test.show_unknown(data)
            reader.tick(now)
            unknown.tick(now)


@contextmanager
def _unbuffered_keys(terminal: int) -> Iterator[None]:
    """Lets the terminal pass on every key at once, unseen, as the app does. Restores it however the block ends.

    A signal that ends the program restores it too.
    """
    import termios  # noqa: PLC0415 - only on a POSIX terminal

    from kicktimer.tui.textual_workarounds import KITTY_PUSH_ALL  # noqa: PLC0415

    before = termios.tcgetattr(terminal)
    now = termios.tcgetattr(terminal)
    now[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    now[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)

    def restore() -> None:
        sys.stdout.write(_KITTY_POP)
        sys.stdout.flush()
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)

    def end(number: int, _frame: FrameType | None) -> None:
        restore()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    handlers = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, now)
        sys.stdout.write(KITTY_PUSH_ALL)
        sys.stdout.flush()
        yield
    finally:
        restore()
        for number, handler in handlers.items():
            signal.signal(number, handler)
