"""The names of keys: as people write them in the settings, and as Textual names them.

`parse_key("Page Down")` is Textual's `pagedown`, `written_key("full_stop")` is `.`. Only keys that every ordinary
terminal sends as themselves can be named: ctrl+i is the tab key there, and ctrl+5 is 5. Letters and digits are the
athletes' keys.
"""

from __future__ import annotations

import re
import string
import unicodedata

_EDITING_KEYS = ("space", "enter", "backspace", "escape", "tab", "insert")
_CURSOR_KEYS = ("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "delete")
_MAX_FUNCTION_KEY = 12
_CTRL_CHARACTERS = {"\\": "backslash", "]": "right_square_bracket"}
"""Characters beside the letters that have a control code of their own, the same in every terminal."""
_SAME_AS = {"i": "tab", "m": "enter", "h": "backspace", "[": "escape"}
"""The key whose code ctrl and this character have."""

_SYNONYMS = {
    "return": "enter", "esc": "escape", "bksp": "backspace", "bs": "backspace", "del": "delete", "ins": "insert",
    "pgup": "pageup", "pgdn": "pagedown", "pgdown": "pagedown", "spacebar": "space", "arrowup": "up", "uparrow": "up",
    "arrowdown": "down", "downarrow": "down", "arrowleft": "left", "leftarrow": "left", "arrowright": "right",
    "rightarrow": "right", "↑": "up", "↓": "down", "←": "left", "→": "right", "backtab": "shift+tab",
    "period": "fullstop", "dot": "fullstop", "hyphen": "minus", "equals": "equalssign", "quote": "apostrophe",
}  # fmt: skip
_WRITTEN = {"pageup": "page up", "pagedown": "page down"}
_TEXTUAL_CHARACTER_NAMES = {
    "solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at", "hyphen_minus": "minus",
    "plus_sign": "plus", "low_line": "underscore",
}  # fmt: skip
"""Characters that Textual names otherwise than Unicode."""


def character_key(char: str) -> str:
    """Returns Textual's name of the key that types this character, neither a letter nor a digit: `full_stop`."""
    name = unicodedata.name(char, char).lower().replace("-", "_").replace(" ", "_")
    return _TEXTUAL_CHARACTER_NAMES.get(name, name)


_CHARACTERS = {
    character_key(char): char for char in [*map(chr, range(33, 256)), "€"] if char.isprintable() and not char.isalnum()
}
"""The characters of European keyboards that are neither letters nor digits."""
_FUNCTION_KEYS = tuple(f"f{number}" for number in range(1, _MAX_FUNCTION_KEY + 1))

NAMED_KEYS = frozenset(
    [
        *_EDITING_KEYS, *_CURSOR_KEYS, *_FUNCTION_KEYS, *_CHARACTERS, "shift+tab",
        *(f"{held}+{key}" for held in ("shift", "ctrl") for key in (*_CURSOR_KEYS, *_FUNCTION_KEYS) if key != "f3"),
        *(f"ctrl+{letter}" for letter in string.ascii_lowercase if letter not in _SAME_AS),
        *(f"ctrl+{name}" for name in _CTRL_CHARACTERS.values()),
    ]
)  # fmt: skip
"""Textual's names of all keys that can be set. Shift and f3 is none: xterm sends a report of its cursor for it."""
_BY_PLAIN_NAME = {key.replace("_", ""): key for key in NAMED_KEYS}


def parse_key(written: str) -> str:
    """Returns Textual's name of a key as people write it: "ctrl+r", "F5", "page down", "." or "full stop".

    Raises ValueError, with the reason, if it is not a key that can be set.
    """
    text = written.strip()
    if text == "" and written:
        return "space"
    is_character = len(text) == 1 and not text.isalnum() and text not in _SYNONYMS
    plain = character_key(text).replace("_", "") if is_character else _plain_name(text)
    if plain in _BY_PLAIN_NAME:
        return _BY_PLAIN_NAME[plain]
    raise ValueError(_refusal(written, plain))


def _plain_name(text: str) -> str:
    """Returns the written name in lower case, without spaces, with the modifiers and names that Textual uses."""
    plain = "".join(text.lower().split()).replace("_", "")
    if len(plain) == 2 and plain[0] == "^":
        plain = f"ctrl+{plain[1]}"
    *modifiers, key = _split(plain.replace("control+", "ctrl+"))
    key = key.replace("-", "") if len(key) > 1 else key
    key = _SYNONYMS.get(key, key)
    if modifiers and key in _CTRL_CHARACTERS:
        key = _CTRL_CHARACTERS[key].replace("_", "")
    return "+".join([*sorted(modifiers), key])


def _split(name: str) -> list[str]:
    """Returns the modifiers and the key, which may be `+` itself."""
    return re.split(r"\+(?=.)", name)


def _refusal(written: str, plain: str) -> str:
    """Returns why a key cannot be set."""
    shown = written if len(written) <= 20 else f"{written[:19]}…"
    *modifiers, key = _split(plain)
    if len(key) == 1 and key.isalnum() and set(modifiers) <= {"shift"}:
        return f"`{shown}` is a letter or digit, and these are the athletes' keys"
    if "alt" in modifiers or "option" in modifiers:
        return f"`{shown}` arrives as Escape and a second key: choose a key without alt"
    if modifiers == ["ctrl"] and key in _SAME_AS:
        return f"`{shown}` arrives as {_SAME_AS[key]}: choose another key"
    if "ctrl" in modifiers and len(key) == 1:
        return f"`{shown}` does not arrive as a key of its own in most terminals: choose ctrl and a letter, or f1 … f12"
    return f"there is no key `{shown}`: `kicktimer doctor` shows the name of each key"


def written_key(key: str) -> str | None:
    """Returns the name with which the settings name a key of Textual's, None for a key that cannot be set."""
    if key not in NAMED_KEYS:
        return None
    *modifiers, name = key.split("+")
    return "+".join([*modifiers, _CHARACTERS.get(name) or _WRITTEN.get(name, name)])
