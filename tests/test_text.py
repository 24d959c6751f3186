"""Cleaning users' text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.text import clean, clean_json, display_width, is_clean_json, wrap

odd = st.text(st.sampled_from(' \t\n"\\a\u00e9e\u0301\u200b\u202e\u00a0\x1b\x7f\u05d0'), max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | odd,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd, inner, max_size=3),
    max_leaves=6,
)


@given(odd)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(values, st.sampled_from([(",", ":"), (", ", ": ")]))
def test_line_that_is_called_clean_has_nothing_to_clean(value: Any, separators: tuple[str, str]) -> None:
    if is_clean_json(json.dumps(value, ensure_ascii=False, separators=separators)):
        assert clean_json(value) == value


@pytest.mark.parametrize("value", [{"name": "Dana K", "races": {"1500": [1, 2.5, None]}}, ["דנה", "Zoë"], "", {}])
def test_usual_line_is_called_clean(value: Any) -> None:
    assert is_clean_json(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


@pytest.mark.parametrize("text", [" a", "a ", "a  b", "\x7f", "\u202e", "e\u0301", "\u00a0a", 'a"b', "\t"])
def test_line_with_something_to_clean_is_not_called_clean(text: str) -> None:
    assert not is_clean_json(json.dumps({"x": text}, ensure_ascii=False, separators=(",", ":")))


@given(st.text(st.sampled_from("ab 日é"), max_size=80), st.integers(2, 30), st.sampled_from(["", " "]))
def test_wrapped_text_fits_and_loses_nothing(text: str, width: int, indent: str) -> None:
    rows = wrap(text, width + len(indent), indent=indent)
    assert all(display_width(row) <= width + len(indent) for row in rows)
    assert "".join(rows).replace(" ", "") == text.replace(" ", "")
