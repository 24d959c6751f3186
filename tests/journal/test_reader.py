"""Reading logs: complete ones, torn ones, damaged ones, and files that are no logs."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kicktimer.errors import KicktimerError
from kicktimer.journal import encode_line, read_log
from kicktimer.journal.json_lines import MAX_FACT_BYTES, decode_line
from tests.journal.faulty_disk import HEADER, encode_log, make_fact

if TYPE_CHECKING:
    from pathlib import Path

texts = st.text(st.characters(exclude_categories=["Cs"]))
plain = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | texts
)
values = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)
bodies = st.lists(st.fixed_dictionaries({"event": texts, "t": st.integers(-5, 2**40), "x": values}), max_size=6)


@given(values)
def test_encoded_value_is_one_line_and_decodes_to_itself(value: Any) -> None:
    line = encode_line({"x": value})
    assert line.count(b"\n") == 1
    assert decode_line(line[:-1]) == {"x": value}


@given(bodies, st.data())
@example([{"event": "é\u2028\n", "t": 0, "x": None}], None)
def test_log_cut_at_any_byte_reads_as_a_prefix_of_its_facts(bodies: list[dict[str, Any]], data: Any) -> None:
    facts = [{"n": n, **body} for n, body in enumerate(bodies, start=1)]
    whole = encode_log(facts)
    cuts = range(len(whole) + 1) if data is None else [data.draw(st.integers(0, len(whole)))]
    for cut in cuts:
        if cut < len(encode_line(HEADER)):
            with pytest.raises(KicktimerError):
                read_log(whole[:cut])
            continue
        log = read_log(whole[:cut])
        complete = whole[:cut].count(b"\n") - 1
        assert list(log.facts) == facts[:complete]
        assert log.header == HEADER
        assert (log.note is None) == whole[:cut].endswith(b"\n")


@given(st.binary())
def test_arbitrary_bytes_read_as_a_log_or_raise(data: bytes) -> None:
    for candidate in (data, encode_log([make_fact(1)]) + data):
        try:
            numbers = [each["n"] for each in read_log(candidate).facts]
        except KicktimerError:
            continue
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"{", "log:3: a bad line: it is not JSON"),
        (b"", "log:3: a bad line: it is not JSON"),
        (b"[]", "log:3: a bad line: it is not a JSON object"),
        (b"\xff", "log:3: a bad line: it is not text"),
        (b'{"n":2,"t":0,"event":"x","y":NaN}', "log:3: a bad line: NaN"),
        (b'{"n":2,"t":0,"event":"x","y":1e999}', "log:3: a bad line: 1e999"),
        (b'{"n":2,"t":0,"event":"x","y":' + b"9" * 5000 + b"}", "log:3: a bad line"),
        (b"[" * 200_000, "log:3: a bad line: it is nested too deep"),
        (b'{"n":3,"t":0,"event":"x"}', "log:3: fact 2 is expected here, not 3"),
        (b'{"n":true,"t":0,"event":"x"}', "log:3: fact 2 is expected here, not True"),
        (b'{"n":2,"t":0.5,"event":"x"}', "log:3: fact 2 has no time"),
        (b'{"n":2,"t":0}', "log:3: fact 2 has no `event`"),
        (b'{"n":2,"t":0,"event":"' + b"x" * MAX_FACT_BYTES + b'"}', "log:3: a bad line: it is longer than"),
    ],
)
def test_bad_line_raises_with_its_number(line: bytes, problem: str) -> None:
    with pytest.raises(KicktimerError) as caught:
        read_log(encode_log([make_fact(1)]) + line + b"\n" + encode_line(make_fact(3)), "log")
    assert caught.value.message.startswith(problem)
    # The same bytes without a newline are a torn last line, and are dropped.
    assert len(read_log(encode_log([make_fact(1)]) + line).facts) == 1


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "is empty"),
        (b"reps: 8\n", "is no session log"),
        (b"\x00" * 99, "is no session log"),
        (b"{}\n", "no `kicktimer_log`"),
        (b'{"kicktimer_log":true,"id":"x"}\n', "no `kicktimer_log`"),
        (b'{"kicktimer_log":2,"id":"x"}\n', "written by a newer kicktimer"),
        (b'{"kicktimer_log":1}\n', "has no `id`"),
        (b'{"kicktimer_log":1,"id', "header is torn"),
    ],
)
def test_file_that_is_no_log_raises(data: bytes, problem: str) -> None:
    with pytest.raises(KicktimerError, match=problem):
        read_log(data)


def test_file_that_cannot_be_opened_raises(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, problem in (("none", "cannot be read"), ("", "cannot be read|not a file"), ("pipe", "is not a file")):
        with pytest.raises(KicktimerError, match=problem):
            read_log(tmp_path / path)


def test_unknown_events_and_fields_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(encode_log([make_fact(1, event="of tomorrow", more={"a": [1]})]))
    assert read_log(path).facts == (make_fact(1, event="of tomorrow", more={"a": [1]}),)
    assert read_log(str(path)).id == HEADER["id"]


def test_nan_and_infinity_are_not_encoded() -> None:
    for number in (float("nan"), float("inf")):
        with pytest.raises(ValueError):
            encode_line({"x": number})
    assert json.loads(encode_line({"name": "Ōé"})) == {"name": "Ōé"}
    assert "Ōé".encode() in encode_line({"name": "Ōé"})
