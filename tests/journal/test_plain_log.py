"""`read_plain_log` returns what `read_log` returns, or nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kicktimer.errors import KicktimerError
from kicktimer.journal import read_log, read_plain_log
from kicktimer.journal.json_lines import decode_line, encode_line, has_plain_numbers
from kicktimer.text import clean_json
from tests.journal.faulty_disk import HEADER, encode_log, make_fact
from tests.journal.test_reader import texts, values

fields = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(-1e9, 1e9) | texts
facts = st.lists(st.fixed_dictionaries({"event": texts, "t": st.integers(-5, 2**40), "x": fields}), max_size=6)
pieces = st.sampled_from(
    [b"\n", b"{", b"}", b"[", b"]", b",", b'"', b'{"n":1,"t":0,"event":"x"}', b'"x":', b"0", b"1e999", b"\\", b"\x00",
     b"\xff", b"NaN", b" ", b"true", b'"n":2,', b"-", b".5"]
)  # fmt: skip


def check(data: bytes) -> bool:
    """Checks what is read from `data`. Returns whether it was read as a plain log."""
    found = read_plain_log(data)
    if found is None:
        return False
    if any(isinstance(value, (list, dict)) or value in (float("inf"), -float("inf")) for fact in found.facts
           for value in fact.values()):  # fmt: skip
        return True  # this is left to the caller
    log = read_log(data)
    assert (log.fault, log.torn_bytes) == (None, 0)
    assert found.facts == list(log.facts)
    assert [[*map(type, fact.values())] for fact in found.facts] == [[*map(type, fact.values())] for fact in log.facts]
    assert found.header == log.header == clean_json(log.header)
    return True


@given(facts)
def test_sound_log_with_a_clean_header_is_plain(bodies: list[dict[str, Any]]) -> None:
    assert check(encode_log([{"n": n, **body} for n, body in enumerate(bodies, start=1)]))


@given(st.dictionaries(texts, values, max_size=3), facts)
def test_header_of_any_text_is_read_alike_or_declined(more: dict[str, Any], bodies: list[dict[str, Any]]) -> None:
    lines = [encode_line({**more, **HEADER}), *(encode_line({"n": n, **each}) for n, each in enumerate(bodies, 1))]
    check(b"".join(lines))


@given(facts, st.lists(st.tuples(st.integers(0, 400), st.integers(0, 12), pieces), max_size=4))
def test_log_that_was_changed_is_read_alike_or_declined(
    bodies: list[dict[str, Any]], changes: list[tuple[int, int, bytes]]
) -> None:
    data = encode_log([{"n": n, **body} for n, body in enumerate(bodies, start=1)])
    for at, length, piece in changes:
        data = data[:at] + piece + data[at + length :]
    try:
        check(data)
    except KicktimerError as error:
        pytest.fail(f"read_log refuses it: {error.message}")


ONE, TWO, THREE = (encode_line(make_fact(n))[:-1] for n in (1, 2, 3))


@pytest.mark.parametrize(
    "lines",
    [
        ONE + b"," + TWO + b"\n" + THREE[:-1] + b"\n" + b"}",
        ONE[:-1] + b"\n" + b',"y":1}',
        ONE + b",0," + TWO,
        ONE + b"\n" + b"\n" + TWO,
        TWO + b"\n" + ONE,
        b"[" + ONE + b"]",
        b'{"n":true,"t":0,"event":"x"}',
        b'{"n":1,"t":0.0,"event":"x"}',
        b'{"n":1,"t":0,"event":1}',
        b'{"n":1,"t":100000000000001,"event":"x"}',
    ],
)
def test_lines_that_are_no_facts_are_declined(lines: bytes) -> None:
    assert read_plain_log(encode_line(HEADER) + lines + b"\n") is None


@given(st.text('0123456789eE.-+" :,[]{}a', max_size=30) | st.integers(0, 10**400).map(str))
@example('{"id":"a-5e3c"}')
@example("1e999")
@example('{"a":-1.5E400}')
@example('["x", 2e400]')
def test_line_of_plain_numbers_has_none_that_is_refused(text: str) -> None:
    line = b'{"x":%b}' % text.encode()
    try:
        json.loads(line)
    except ValueError:
        return
    if has_plain_numbers(line):
        decode_line(line)


def test_session_id_with_a_digit_before_an_e_has_plain_numbers() -> None:
    assert has_plain_numbers(b'{"id":"2026-09-01T180000-15e3c1","boot":"0305e82c","to":"3e"}')
    assert not has_plain_numbers(b'{"id":"a","x":1e400}')
