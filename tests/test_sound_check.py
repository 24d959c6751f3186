"""The record of the outputs that were heard today."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.errors import KicktimerError
from kicktimer.sound_check import MAX_OUTPUTS, heard_path, heard_today, note_heard

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 5, 4)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tmp_path in heard_path().parents
    return tmp_path


def test_confirmation_is_for_one_output_and_one_day() -> None:
    assert not heard_today("pipe", "pacat", TODAY)
    note_heard("pipe", "pacat", TODAY)
    assert heard_today("pipe", "pacat", TODAY)
    assert not heard_today("pipe", "aplay", TODAY)
    assert not heard_today("portaudio", "pacat", TODAY)
    assert not heard_today("pipe", "pacat", TODAY + timedelta(1))
    assert not heard_today("pipe", "pacat", TODAY - timedelta(1))  # the machine's date was corrected


def test_new_day_discards_the_outputs_of_the_day_before() -> None:
    note_heard("pipe", "pacat", TODAY)
    note_heard("portaudio", "Köln \U0001f50a", TODAY)
    assert heard_today("pipe", "pacat", TODAY)
    assert heard_today("portaudio", "Köln \U0001f50a", TODAY)
    note_heard("bell", "", TODAY + timedelta(1))
    assert heard_today("bell", "", TODAY + timedelta(1))
    assert not heard_today("pipe", "pacat", TODAY + timedelta(1))


def test_file_keeps_a_limited_number_of_outputs() -> None:
    for number in range(3 * MAX_OUTPUTS):
        note_heard("pipe", str(number), TODAY)
        note_heard("pipe", "always", TODAY)
    assert heard_today("pipe", "always", TODAY)
    assert len(json.loads(heard_path().read_bytes())["outputs"]) == MAX_OUTPUTS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.just("2026-05-04"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["day", "outputs", "x"]), inner),
    max_leaves=8,
)


@given(JSON.map(json.dumps).map(str.encode) | st.binary(max_size=30) | st.just(b"[" * 10_000))
def test_broken_file_counts_as_empty_and_is_replaced(data: bytes) -> None:
    heard_path().parent.mkdir(parents=True, exist_ok=True)
    heard_path().write_bytes(data)
    assert not heard_today("pipe", "pacat", TODAY)
    note_heard("pipe", "pacat", TODAY)
    assert heard_today("pipe", "pacat", TODAY)


def test_unwritable_directory_raises_an_error_that_names_the_file(state: Path) -> None:
    heard_path().parent.parent.mkdir(parents=True, exist_ok=True)
    heard_path().parent.write_text("a file instead of a directory")
    assert not heard_today("pipe", "pacat", TODAY)
    with pytest.raises(KicktimerError, match=r"cannot be kept in .*heard\.json"):
        note_heard("pipe", "pacat", TODAY)


def test_failed_write_keeps_the_old_file(monkeypatch: pytest.MonkeyPatch) -> None:
    note_heard("pipe", "pacat", TODAY)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KicktimerError, match="No space left"):
        note_heard("pipe", "aplay", TODAY)
    assert heard_today("pipe", "pacat", TODAY)
    assert os.listdir(heard_path().parent) == ["heard.json"]  # noqa: PTH208
