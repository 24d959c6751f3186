"""What reaches Textual's parser: keys that a person can have pressed, whatever the terminal sends."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser

from kicktimer.keyboard.input_filter import PASTE_TIMEOUT_S, SEQUENCE_TIMEOUT_S, InputFilter, InputKind


def is_known(sequence: str) -> bool:
    return sequence in ANSI_SEQUENCES_KEYS


def pieces(data: bytes, *, split: int = 0) -> list[str]:
    """What comes of these bytes; Escape as "ESC", a repeat with a leading "+"."""
    filter_ = InputFilter(is_known)
    found = filter_.feed(data[:split], 0.0) + filter_.feed(data[split:], 0.0) + filter_.tick(10.0)
    names = {InputKind.TEXT: "", InputKind.REPEAT: "+"}
    return ["ESC" if each.kind is InputKind.ESCAPE else names[each.kind] + each.data for each in found]


CASES = [
    (b"a", ["a"]),
    ("\u05e9".encode(), ["\u05e9"]),
    (b" ", [" "]),
    (b"\r", ["\r"]),
    (b"\x7f", ["\x7f"]),
    (b"\x11", ["\x11"]),
    # Latin-1, 8-bit Meta and C1 from a terminal that is set so
    (b"\xe4", ["\u00e4"]),
    (b"\xe4x", ["\u00e4", "x"]),
    (b"\xc3", ["\u00c3"]),
    (b"\x84", []),
    (b"\x9bA", ["\x1b[A"]),
    (b"\x8fP", ["\x1bOP"]),
    (b"\xff\xfe", ["\u00ff", "\u00fe"]),
    (b"\xed\xa0\x80", ["\u00ed", "\u00a0"][:1]),
    # escape, alone and with a key behind it
    (b"\x1b", ["ESC"]),
    (b"\x1bm", ["ESC", "m"]),
    (b"\x1b\x1b", ["ESC", "ESC"]),
    (b"\x1b[", ["ESC", "["]),
    (b"\x1b[A", ["\x1b[A"]),
    (b"\x1bOP", ["\x1bOP"]),
    (b"\x1b[[A", ["\x1b[[A"]),
    (b"\x1b[15~", ["\x1b[15~"]),
    (b"\x1b[3~", ["\x1b[3~"]),
    # keypads: application mode and kitty's
    (b"\x1bOp", ["0"]),
    (b"\x1bOM", ["\r"]),
    (b"\x1b[57400u", ["1"]),
    (b"\x1b[57414;129u", ["\r"]),
    (b"\x1b[57419u", ["\x1b[A"]),
    # kitty: text, locks, modifiers by themselves, event types, base layout
    (b"\x1b[97;;97u", ["a"]),
    (b"\x1b[97;2;65u", ["A"]),
    (b"\x1b[97;65;65u", ["A"]),
    (b"\x1b[32;2;32u", [" "]),
    (b"\x1b[97u", ["a"]),
    (b"\x1b[57358;;97u", []),
    (b"\x1b[57441;2u", []),
    (b"\x1b[57360u", []),
    (b"\x1b[97;1:2;97u", ["+a"]),
    (b"\x1b[97;1:3u", []),
    (b"\x1b[13;1:1u", ["\r"]),
    (b"\x1b[127u", ["\x7f"]),
    (b"\x1b[27u", ["ESC"]),
    (b"\x1b[113;5u", ["\x1b[113;5u"]),
    (b"\x1b[113;133u", ["\x1b[113;5u"]),
    (b"\x1b[1081::113;5u", ["\x1b[113;5u"]),
    (b"\x1b[1;1:2A", ["+\x1b[A"]),
    (b"\x1b[1;1:3A", []),
    (b"\x1b[1;129A", ["\x1b[A"]),
    (b"\x1b[15;1:2~", ["+\x1b[15~"]),
    (b"\x1b[9999999999u", []),
    (b"\x1b[1114112u", []),
    (b"\x1b[55296u", []),
    (b"\x1b[97;999u", []),
    (b"\x1b[97;1;1114112u", ["a"]),
    (b"\x1b[27;2;32~", [" "]),
    # what is no key
    (b"\x1b[200~abc\x1b[201~d", ["d"]),
    (b"\x1b[200~abc", []),
    (b"\x1b]11;rgb:0000/0000/0000\x07a", ["a"]),
    (b"\x1bP1$r0m\x1b\\a", ["a"]),
    (b"\x1b[<0;1;1M", []),
    (b"\x1b[M !!a", ["a"]),
    (b"\x1b[?2026;2$y", ["\x1b[?2026;2$y"]),
    (b"\x1b[?9999;2$y", []),
    (b"\x1b[?62;c", []),
    (b"\x1b[99z", []),
    (b"\x1b[1;2;3;4;5;6x", []),
    (b"\x1b[5n", []),
    (b"\x1b[48;24;80;480;800t", ["\x1b[48;24;80;480;800t"]),
    (b"\x1b[48;99999;99999;1;1t", []),
    (b"\x1b[48;0;0;0;0t", []),
    (b"\x1b[48;;;;t", []),
    (b"\x1b[I", ["\x1b[I"]),
    (b"\x1b[O", ["\x1b[O"]),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_what_comes_of_each_sequence(data: bytes, expected: list[str]) -> None:
    assert pieces(data) == expected
    for split in range(len(data)):
        assert pieces(data, split=split) == expected


def test_a_key_after_an_unended_paste_is_a_key() -> None:
    filter_ = InputFilter(is_known)
    assert filter_.feed(b"\x1b[200~pasted", 0.0) == []
    assert [each.data for each in filter_.feed(b"a", PASTE_TIMEOUT_S)] == ["a"]


@pytest.mark.parametrize("key", [*"PX]^_[OmA", "ש"])
def test_keys_typed_right_after_escape_are_kept(key: str) -> None:
    filter_ = InputFilter(is_known)
    found = filter_.feed(b"\x1b", 0.0) + filter_.feed(key.encode(), 0.05) + filter_.feed(b"b", 0.1)
    assert [each.data for each in found + filter_.tick(1.0)] == ["\x1b", key, "b"]


@pytest.mark.parametrize("key", [*"PX]^_[Om"])
def test_alt_and_a_key_are_escape_and_the_key(key: str) -> None:
    filter_ = InputFilter(is_known)
    found = filter_.feed(b"\x1b" + key.encode(), 0.0) + filter_.tick(SEQUENCE_TIMEOUT_S)
    assert [each.data for each in found] == ["\x1b", key]


def test_quick_keys_after_an_unended_paste_are_keys() -> None:
    filter_ = InputFilter(is_known)
    assert filter_.feed(b"\x1b[200~pasted", 0.0) == []
    found = [each for number in range(8) for each in filter_.feed(b"abcdefgh"[number : number + 1], 0.3 * (number + 1))]
    assert "".join(each.data for each in found) == "abcdefgh"


def test_paste_in_several_reads_types_nothing() -> None:
    filter_ = InputFilter(is_known)
    reads = (b"\x1b[200~" + b"x" * 4000, b"y" * 4096, b"z" * 100 + b"\x1b[201~")
    assert [each for number, data in enumerate(reads) for each in filter_.feed(data, 0.05 * number)] == []
    assert [each.data for each in filter_.feed(b"a", 1.0)] == ["a"]


def test_escape_is_told_after_a_moment() -> None:
    filter_ = InputFilter(is_known)
    assert filter_.feed(b"\x1b", 0.0) == []
    assert filter_.tick(SEQUENCE_TIMEOUT_S / 2) == []
    assert [each.kind for each in filter_.tick(SEQUENCE_TIMEOUT_S)] == [InputKind.ESCAPE]


@given(
    st.lists(st.one_of(st.binary(max_size=12), st.sampled_from([data for data, _ in CASES])), max_size=12),
)
@settings(max_examples=600, deadline=None)
def test_whatever_is_sent_the_parser_lives_and_the_next_key_is_kept(data: list[bytes]) -> None:
    filter_, parser = InputFilter(is_known), XTermParser()
    now = 0.0
    for piece in data:
        now += 0.001
        for each in filter_.feed(piece, now):
            if each.kind is not InputKind.ESCAPE:
                list(parser.feed(each.data))
    assert [each.data for each in filter_.feed(b"m", now + 10.0)][-1:] == ["m"]
    keys = [event.key for event in parser.feed("m")]
    assert keys == ["m"]
