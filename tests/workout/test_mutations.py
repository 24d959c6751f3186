"""Changed one-liners and notes: read or refused, never anything else, and what is accepted is read again alike."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from kicktimer.errors import FaultsError
from kicktimer.workout import read_line
from kicktimer.workout.resolve import ResolvedRep, find_size_problem, resolve_reps

if TYPE_CHECKING:
    from kicktimer.workout import Workout

ROWS = json.loads((Path(__file__).parent / "corpus.json").read_text())
LINES = [row[name] for row in ROWS for name in ("naive", "written") if row[name] and not row[name].startswith("name:")]
PIECES = (
    "x", " ", ",", "+", "(", ")", "[", "]", "@", "r", "R", "on", "m", "km", "min", "s", ":", ".", "/", ">", "-", "%",
    "jog", "rest", "w/", "closing2", "wu", "cd", "60", "400", "1500", "5k", "mile", "'", '"', "200", "3", "with", "in",
    "of", "sets", "then", "easy", "equal", "half", "walk", "0", "\u00a0", "×",
)  # fmt: skip


@st.composite
def changed_lines(draw: st.DrawFn) -> str:
    """Draws a line with one to four changes: something removed, put in, doubled, or taken from another line."""
    line: str = draw(st.sampled_from(LINES))
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(line)))
        end = min(len(line), begin + draw(st.integers(0, 4)))
        match draw(st.integers(0, 3)):
            case 0:
                line = line[:begin] + line[end:]
            case 1:
                line = line[:begin] + draw(st.sampled_from(PIECES)) + line[end:]
            case 2:
                line = line[:begin] + line[begin:end] * 2 + line[end:]
            case _:
                other = draw(st.sampled_from(LINES))
                first = draw(st.integers(0, len(other)))
                line = line[:begin] + other[first : first + 12] + line[begin:]
    return line


def effective_reps(workout: Workout) -> list[ResolvedRep]:
    return [replace(rep, path=(), set_name="") for rep in resolve_reps(workout)]


@given(changed_lines())
def test_changed_line_is_refused_or_its_strict_form_means_the_same(line: str) -> None:
    try:
        reading = read_line(line)
    except FaultsError as error:
        for offered in (each for fault in error.faults for each in fault.lines):
            assert not read_line(offered).is_note
        return
    again = read_line(reading.strict)
    assert not again.is_note
    if find_size_problem(reading.workout) is None:
        assert effective_reps(again.workout) == effective_reps(reading.workout)


@given(st.text(st.sampled_from("0123456789 xm@rRs,+()[]/-:'\"wjogitnmafk.%>"), max_size=60))
def test_any_text_is_read_or_refused(line: str) -> None:
    with suppress(FaultsError):
        assert read_line(line).strict
