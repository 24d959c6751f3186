"""What the coach types to correct a time, to rate a rep, and to add a note."""

from __future__ import annotations

import pytest

from kicktimer.errors import KicktimerError
from kicktimer.session.commands import Correct, Note, Rate
from kicktimer.tui.typed_amendment import read_amendment

NAMES = ("Ann", "ann", "Ann 2", "Runner 2", "Dana Katz")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dana Katz 3 1:03.5", Correct(t=0, athlete="Dana Katz", rep=3, time=63_500)),
        ("dan 3 63,5", Correct(t=0, athlete="Dana Katz", rep=3, time=63_500)),
        ("Dana 3 200m 31.8", Correct(t=0, athlete="Dana Katz", rep=3, mark=200, time=31_800)),
        ("Runner 2 3 1:03.5", Correct(t=0, athlete="Runner 2", rep=3, time=63_500)),
        ("Ann 2 3 63.5", Correct(t=0, athlete="Ann 2", rep=3, time=63_500)),
        ("Ann 3 63.5", Correct(t=0, athlete="Ann", rep=3, time=63_500)),
        ("ann 3 63.5", Correct(t=0, athlete="ann", rep=3, time=63_500)),
    ],
)
def test_correction(text: str, expected: Correct) -> None:
    assert read_amendment("correct", text, NAMES) == expected


def test_one_athlete_needs_no_name() -> None:
    assert read_amendment("correct", "3 63.5", ("Ann",)) == Correct(t=0, athlete="Ann", rep=3, time=63_500)
    assert read_amendment("rate", "8 4", ("Ann",)) == Rate(t=0, athlete="Ann", rep=8, relaxation=4)
    assert read_amendment("note", " wind \x1b[2J ", ()) == Note(t=0, text="wind [2J")


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        ("correct", "", "whose?"), ("correct", "A 3 63", "whose?"), ("correct", "Zoe 3 63", "nobody called Zoe ran"),
        ("correct", "Dana 3", "in which rep"), ("correct", "Dana 3 soon", "is no time"),
        ("correct", "Dana 3 0", "no time"),
        ("correct", "Dana 3 200x 31", "no mark"), ("correct", "Dana 99999 31", "no number of a rep"),
        ("rate", "Dana 8 6", "6 is no rating"), ("rate", "Dana 8", "which rep"), ("note", "\x1b", "an empty note"),
    ],
)  # fmt: skip
def test_what_is_not_understood_says_how_to_write_it(kind: str, text: str, problem: str) -> None:
    with pytest.raises(KicktimerError, match=problem) as caught:
        read_amendment(kind, text, NAMES)  # type: ignore[arg-type]
    assert caught.value.hint
