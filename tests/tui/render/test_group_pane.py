"""The lines of panes and tables fit every size, and large digits and letters are readable."""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.still_session import NAMES, StillLive, run_reps, squad, still_session
from kicktimer import view
from kicktimer.session.commands import Start, Tap
from kicktimer.text import display_width
from kicktimer.tui.render.block_font import digits, letters
from kicktimer.tui.render.group_pane import pane_lines
from kicktimer.tui.render.text_layout import fit, line_width, wrap

LONG = ("日本語の名前がとても長い選手です", "Wolfeschlegelsteinhausenbergerdorff", "é", *NAMES)


@cache
def scenes() -> tuple[StillLive, ...]:
    found = []
    for count in (1, 3, 13, 36):
        names = [LONG[place] if place < len(LONG) else f"Athlete {place}" for place in range(count)]
        for reps, later in ((0, 0), (2, 40_000), (6, -12_000), (8, 0)):
            live = still_session(who=squad(names))
            go = run_reps(live, reps)
            live.advance_to(max(live.t, go + later))
            if later == 40_000:
                live.execute(Tap(t=live.t))
                live.execute(Tap(t=live.t + 100, athlete=names[0]))
            found.append(live)
    return tuple(found)


@given(st.integers(0, 15), st.integers(38, 220), st.integers(8, 70))
def test_pane_fits_its_size(scene: int, width: int, height: int) -> None:
    live = scenes()[scene]
    board = view.group_board(live.state, "A")
    clock = view.group_clock(live.state, "A", live.t, board.spoken_lines)
    lines = pane_lines(clock, board, width, height)
    assert len(lines) <= height
    for line in lines:
        assert line_width(line) <= width, line
    text = "\n".join("".join(piece for piece, _ in line) for line in lines)
    assert clock.state_word in text
    if height >= 20 and width >= 78:
        assert "more" not in text  # no athlete is hidden


@given(st.integers(1, 200), st.integers(1, 60), st.from_regex(r"[0-9]{0,2}:?[0-9]{2}(\.[0-9])?", fullmatch=True))
def test_digits_fit_their_size(width: int, height: int, text: str) -> None:
    rows = digits(text, re.sub("[0-9]", "0", text), width, height)
    assert len(rows) <= height
    assert all(display_width(row) <= width for row in rows)
    assert len({len(row) for row in rows}) <= 1


def test_digits_differ_at_every_size() -> None:
    for height in range(3, 20):
        drawn = {digits(str(digit), "0:00.0", 80, height) for digit in range(10)}
        assert len(drawn) == 10, height


def test_size_of_digits_does_not_depend_on_the_time_shown() -> None:
    assert {len(digits(text, "0:00.0", 60, 12)) for text in ("0.0", "59.9", "1:00.0")} == {
        len(digits("9:59.9", "0:00.0", 60, 12))
    }


@given(
    st.text(st.characters(codec="ascii", categories=("L", "N", "P", "Zs")), max_size=60),
    st.integers(4, 200),
    st.integers(1, 40),
)
def test_letters_fit_their_size(text: str, width: int, height: int) -> None:
    rows = letters(text, width, height)
    assert len(rows) <= height
    assert all(display_width(row) <= width for row in rows)


def test_letters_differ() -> None:
    drawn = {letters(char, 20, 3) for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"}
    assert len(drawn) == 35  # only O and 0 are alike
    assert letters("שלום", 80, 20) == ()  # not in the font: the caller shows it in plain letters


@given(st.text(max_size=40), st.integers(0, 40))
def test_fit_returns_exactly_the_width(text: str, width: int) -> None:
    from kicktimer.text import clean

    assert display_width(fit(clean(text), width)) == width


@pytest.mark.parametrize("width", [5, 10, 40])
def test_wrap_fits_the_width(width: int) -> None:
    assert all(display_width(row) <= width for row in wrap("a bc 日本語 defghijklmnop qr", width))


def test_pane_shows_the_previous_result_in_brackets() -> None:
    live = still_session(who=squad(NAMES))
    go = run_reps(live, 1)
    live.advance_to(go + 1000)
    board = view.group_board(live.state, "A")
    text = "\n".join(
        "".join(piece for piece, _ in line)
        for line in pane_lines(view.group_clock(live.state, "A", live.t), board, 80, 20)
    )
    assert "rep 2 (1)" in text
    assert "(1:03.7h = +0.2)" in text


def test_pane_shows_a_countdown_that_has_just_started() -> None:
    live = still_session()
    live.execute(Start(t=0))
    text = "\n".join(
        "".join(piece for piece, _ in line)
        for line in pane_lines(view.group_clock(live.state, "A", 1), view.group_board(live.state, "A"), 80, 20)
    )
    assert "COUNTDOWN" in text


@pytest.mark.parametrize("width", [80, 100, 140])
def test_large_difference_is_not_cut(width: int) -> None:
    live = still_session(who=squad(NAMES[:1]))
    run_reps(live, 3, offsets_ms=(-14_900, 83_900, 12_000))
    board = view.group_board(live.state, "A")
    clock = view.group_clock(live.state, "A", live.t, board.spoken_lines)
    text = "\n".join("".join(piece for piece, _ in line) for line in pane_lines(clock, board, width, 24))
    shown = set(re.findall(r"[▲▼] ?([-+][0-9.]+)", text))
    assert shown <= {"-14.8", "+84.0", "+12.1"}
    assert len(shown) >= 2
    assert "…" not in text
