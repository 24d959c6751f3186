"""Reading logs: complete ones, torn ones, damaged ones, and files that are no logs."""

from __future__ import annotations

import codecs
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kicktimer.errors import KicktimerError
from kicktimer.journal import encode_line, read_log, reader
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
        assert log.sound_bytes + log.torn_bytes == cut


@given(st.binary())
def test_arbitrary_bytes_read_as_a_log_or_raise(data: bytes) -> None:
    for candidate in (data, encode_log([make_fact(1)]) + data):
        try:
            numbers = [each["n"] for each in read_log(candidate).facts]
        except KicktimerError:
            continue
        assert numbers == list(range(1, len(numbers) + 1))


@given(bodies, st.integers(1, 200), st.sampled_from([b"", b"\n", b"\n\0\0\n{}\n"]))
def test_log_with_a_zeroed_tail_reads_as_the_facts_before_it(
    bodies: list[dict[str, Any]], zeros: int, more: bytes
) -> None:
    facts = [{"n": n, **body} for n, body in enumerate(bodies, start=1)]
    whole = encode_log(facts)
    for cut in range(len(encode_line(HEADER)), len(whole) + 1):
        log = read_log(whole[:cut] + b"\0" * zeros + more)
        assert list(log.facts) == facts[: whole[:cut].count(b"\n") - 1]
        assert log.sound_bytes == whole[:cut].rfind(b"\n") + 1


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"{", "it is not JSON"),
        (b"", "it is empty"),
        (b"\0" * 512, "it has zero bytes only"),
        (b"[]", "it is not a JSON object"),
        (b"\xff", "it is not text"),
        (b'{"n":2,"t":0,"event":"x","y":NaN}', "it has NaN"),
        (b'{"n":2,"t":0,"event":"x","y":1e999}', "it has a number that is too large"),
        (b'{"n":2,"t":0,"event":"x","y":' + b"9" * 900_000 + b"}", "it has a number of too many digits"),
        (b"[" * 200_000, "it is nested too deep"),
        (b'{"n":3,"t":0,"event":"x"}', "fact 2 is expected, and fact 3 is there"),
        (b'{"n":1,"t":0,"event":"x"}', "fact 1 comes a second time"),
        (b'{"n":' + b"9" * 200 + b',"t":0,"event":"x"}', "fact 2 is expected, and something else"),
        (b'{"n":true,"t":0,"event":"x"}', "fact 2 is expected, and something else"),
        (b'{"n":2,"t":0.5,"event":"x"}', "fact 2 has no time"),
        (b'{"n":2,"t":' + b"9" * 200 + b',"event":"x"}', "fact 2 has no time"),
        (b'{"n":2,"t":0}', "fact 2 has no `event`"),
        (b'{"n":2,"t":0,"event":"' + b"x" * MAX_FACT_BYTES + b'"}', "it is longer than"),
    ],
)
def test_bad_line_ends_the_sound_part_and_is_named(line: bytes, problem: str) -> None:
    sound = encode_log([make_fact(1)])
    log = read_log(sound + line + b"\n" + encode_line(make_fact(3)), "log")
    assert log.facts == (make_fact(1),)
    assert log.sound_bytes == len(sound)
    assert log.fault is not None
    assert log.fault.line == 3
    assert log.fault.problem.startswith(problem)
    # The same bytes without a newline are a torn last line, and no fault.
    torn = read_log(sound + line)
    assert (torn.facts, torn.fault, torn.sound_bytes) == (log.facts, None, len(sound))


def test_lines_that_windows_ended_and_a_byte_order_mark_are_read() -> None:
    data = codecs.BOM_UTF8 + encode_log([make_fact(1), make_fact(2)]).replace(b"\n", b"\r\n")
    assert read_log(data).facts == (make_fact(1), make_fact(2))


def test_more_facts_than_any_session_has_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_FACTS", 3)
    log = read_log(encode_log([make_fact(n) for n in range(1, 6)]))
    assert len(log.facts) == 3
    assert log.fault == (5, "no session has more than 3 facts")


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
        (b'{"kicktimer_log":' + b"1" * 250 + b',"id":"x"}\n', "written by a newer kicktimer\n"),
        (b'{"kicktimer_log":1,"id":"x","plan":[' + b"[]," * 300_000 + b"0]}\n", "more values than any plan"),
    ],
)
def test_file_that_is_no_log_raises(data: bytes, problem: str) -> None:
    with pytest.raises(KicktimerError, match=problem):
        read_log(data)


def test_file_that_cannot_be_opened_raises(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(200 << 20)
    for path, problem in (
        ("none", "cannot be read"), ("", "cannot be read|not a file"), ("pipe", "is not a file"),
        ("a\0b", "no name of a file"), ("large", "larger than any session log"), ("x" * 300, "cannot be read"),
    ):  # fmt: skip
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
