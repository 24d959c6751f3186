"""The names of keys: what people may write, and that a terminal sends each key that can be named."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.keys import _character_to_key

from kicktimer.keyboard.key_names import NAMED_KEYS, character_key, parse_key, written_key
from kicktimer.tui.key_reader import KeyReader

PLAIN = {
    "space": " ", "enter": "\r", "backspace": "\x7f", "escape": "\x1b", "tab": "\t", "shift+tab": "\x1b[Z",
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
    "insert": "\x1b[2~", "delete": "\x1b[3~", "pageup": "\x1b[5~", "pagedown": "\x1b[6~",
    "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS",
    **{f"f{n}": f"\x1b[{code}~" for n, code in zip(range(5, 13), (15, 17, 18, 19, 20, 21, 23, 24), strict=True)},
    "ctrl+backslash": "\x1c", "ctrl+right_square_bracket": "\x1d",
    **{f"ctrl+{letter}": chr(number) for number, letter in enumerate(string.ascii_lowercase, 1)},
}  # fmt: skip
"""What xterm sends (its ctlseqs, "PC-Style Function Keys")."""
MODIFIERS = {"shift": 2, "ctrl": 5}


def xterm_bytes(key: str) -> bytes:
    """Returns what xterm sends for a key: a key with a modifier has its number as the second parameter."""
    if key in PLAIN:
        return PLAIN[key].encode()
    if "+" not in key:
        return (written_key(key) or "").encode()
    modifier, name = key.split("+")
    plain = PLAIN[name]
    if plain.endswith("~"):
        return f"{plain[:-1]};{MODIFIERS[modifier]}~".encode()
    return f"\x1b[1;{MODIFIERS[modifier]}{plain[-1]}".encode()


def arrived(data: bytes) -> list[str]:
    """Returns Textual's names of the keys that arrive with these bytes."""
    keys: list[str] = []
    reader = KeyReader(
        lambda message: keys.append(message.key) if isinstance(message, events.Key) else None,
        on_repeat=lambda _: None,
        may_repeat=lambda _: True,
    )
    reader.feed(data, 0.0)
    reader.tick(1.0)
    return keys


@pytest.mark.parametrize("key", sorted(NAMED_KEYS))
def test_every_key_that_can_be_named_arrives_from_an_ordinary_terminal(key: str) -> None:
    assert arrived(xterm_bytes(key)) == [key]


@pytest.mark.parametrize("key", sorted(NAMED_KEYS))
def test_every_key_has_a_written_name_that_is_read_again(key: str) -> None:
    written = written_key(key)
    assert written is not None
    for name in (written, written.upper(), f"  {written} "):
        assert parse_key(name) == key
    if "+" in key:
        assert parse_key(written.replace("+", " + ")) == key


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Page Down", "pagedown"), ("PgDn", "pagedown"), ("page_down", "pagedown"), ("page-down", "pagedown"),
        ("F 5", "f5"), ("Ctrl+R", "ctrl+r"), ("^r", "ctrl+r"), ("control+r", "ctrl+r"), ("shift + F5", "shift+f5"),
        ("esc", "escape"), ("Return", "enter"), ("Del", "delete"), ("Ins", "insert"), ("backtab", "shift+tab"),
        (" ", "space"), ("space bar", "space"), (".", "full_stop"), ("full stop", "full_stop"), ("dot", "full_stop"),
        ("left arrow", "left"), ("↑", "up"), ("ctrl+\\", "ctrl+backslash"), ("ctrl + ]", "ctrl+right_square_bracket"),
        ("§", "section_sign"), ("+", "plus"), ("=", "equals_sign"), ("Question Mark", "question_mark"),
    ],
)  # fmt: skip
def test_keys_are_read_as_people_write_them(written: str, key: str) -> None:
    assert parse_key(written) == key


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("q", "the athletes' keys"), ("Q", "the athletes' keys"), ("7", "the athletes' keys"),
        ("é", "the athletes' keys"), ("shift+q", "the athletes' keys"),
        ("alt+x", "without alt"), ("option+f1", "without alt"),
        ("ctrl+i", "arrives as tab"), ("ctrl+m", "arrives as enter"), ("^h", "arrives as backspace"),
        ("ctrl+[", "arrives as escape"), ("ctrl+5", "most terminals"), ("ctrl+shift+a", "most terminals"),
        ("ctrl+;", "most terminals"), ("ctrl++", "most terminals"),
        ("cmd+k", "there is no key `cmd+k`"), ("", "there is no key"), ("f13", "there is no key"),
        ("page", "there is no key"), ("x" * 200, "there is no key"),
    ],
)  # fmt: skip
def test_other_keys_are_refused_with_the_reason(written: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        parse_key(written)


@pytest.mark.parametrize("key", ["f13", "alt+up", "ctrl+shift+a", "left_shift", "media_play", "a", "5", "kp_begin"])
def test_keys_that_few_keyboards_have_cannot_be_named(key: str) -> None:
    assert written_key(key) is None


@given(st.characters(categories=("P", "S")))
def test_characters_have_the_names_that_textual_gives_them(char: str) -> None:
    assert character_key(char) == _character_to_key(char)


@given(st.text(max_size=12))
def test_any_text_is_a_key_or_is_refused(text: str) -> None:
    try:
        key = parse_key(text)
    except ValueError:
        return
    assert written_key(key) is not None
