"""What each terminal sends for the keys of the table, and which key arrives.

Sources of the bytes: terminfo (`infocmp -1 -x` of ncurses 6.4: xterm-256color, rxvt-unicode-256color, linux,
tmux-256color, nsterm-256color) for the function and cursor keys; for kitty, its documentation "Comprehensive keyboard
handling in terminals", with the progressive enhancement flags that the app asks for. Control characters and printable
characters are the same in all terminals but kitty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.keys import _character_to_key

from kicktimer.tui.key_reader import KeyReader
from kicktimer.tui.keys import ACTIONS

if TYPE_CHECKING:
    from textual import events

COMMON = {
    "enter": b"\r", "tab": b"\t", "space": b" ", "backspace": b"\x7f", "escape": b"\x1b", "shift+tab": b"\x1b[Z",
    "insert": b"\x1b[2~", "delete": b"\x1b[3~", "pageup": b"\x1b[5~", "pagedown": b"\x1b[6~",
    "f5": b"\x1b[15~", "f6": b"\x1b[17~", "f7": b"\x1b[18~", "f8": b"\x1b[19~", "f9": b"\x1b[20~", "f10": b"\x1b[21~",
    "f11": b"\x1b[23~", "f12": b"\x1b[24~", "ctrl+right_square_bracket": b"\x1d",
    **{f"ctrl+{letter}": bytes([ord(letter) - 96]) for letter in "abcdefgklnopqrstuvwxyz"},
}  # fmt: skip
XTERM = COMMON | {
    "up": b"\x1bOA", "down": b"\x1bOB", "right": b"\x1bOC", "left": b"\x1bOD", "home": b"\x1bOH", "end": b"\x1bOF",
    "f1": b"\x1bOP", "f2": b"\x1bOQ", "f3": b"\x1bOR", "f4": b"\x1bOS",
}  # fmt: skip
ARROWS = {"up": b"\x1b[A", "down": b"\x1b[B", "right": b"\x1b[C", "left": b"\x1b[D"}
TERMINALS: dict[str, dict[str, bytes]] = {
    "xterm": XTERM,
    "xterm, normal cursor keys": XTERM | ARROWS | {"home": b"\x1b[H", "end": b"\x1b[F"},
    "rxvt": COMMON | ARROWS | {
        "home": b"\x1b[7~", "end": b"\x1b[8~",
        "f1": b"\x1b[11~", "f2": b"\x1b[12~", "f3": b"\x1b[13~", "f4": b"\x1b[14~",
    },
    "linux": COMMON | ARROWS | {
        "home": b"\x1b[1~", "end": b"\x1b[4~",
        "f1": b"\x1b[[A", "f2": b"\x1b[[B", "f3": b"\x1b[[C", "f4": b"\x1b[[D", "f5": b"\x1b[[E",
    },
    "tmux": XTERM | {"home": b"\x1b[1~", "end": b"\x1b[4~"},
    "macOS Terminal": XTERM,
    "kitty": COMMON | ARROWS | {
        "enter": b"\x1b[13u", "tab": b"\x1b[9u", "space": b"\x1b[32;;32u", "backspace": b"\x1b[127u",
        "escape": b"\x1b[27u", "shift+tab": b"\x1b[9;2u", "home": b"\x1b[H", "end": b"\x1b[F",
        "f1": b"\x1b[P", "f2": b"\x1b[Q", "f3": b"\x1b[13~", "f4": b"\x1b[S",
        **{f"ctrl+{letter}": b"\x1b[%d;5u" % ord(letter) for letter in "abcdefgklnopqrstuvwxyz"},
        "ctrl+right_square_bracket": b"\x1b[93;5u",
    },
}  # fmt: skip


def bytes_of(terminal: str, key: str) -> bytes:
    """What the terminal sends for a key. Characters that are typed are themselves, or kitty's form of them."""
    known = TERMINALS[terminal].get(key)
    if known is not None:
        return known
    character = next(char for char in map(chr, range(33, 127)) if _character_to_key(char) == key)
    return b"\x1b[%d;;%du" % (ord(character), ord(character)) if terminal == "kitty" else character.encode()


def pressed(data: bytes) -> list[str]:
    """The keys that arrive."""
    keys: list[events.Key] = []
    reader = KeyReader(keys.append, on_repeat=keys.append, may_repeat=lambda _: True)  # type: ignore[arg-type]
    reader.feed(data, 0.0)
    reader.tick(1.0)
    return [key.key for key in keys]


@pytest.mark.parametrize("terminal", TERMINALS)
def test_every_key_of_the_table_arrives_as_itself(terminal: str) -> None:
    for key in sorted({key for action in ACTIONS for key in action.keys}):
        assert pressed(bytes_of(terminal, key)) == [key], f"{key} in {terminal}"
