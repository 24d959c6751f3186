"""A key that is held down acts once, two presses act twice, and the order of presses stays."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from kicktimer.keyboard.debounce import HOLD_BACK_S, REPEAT_DELAY_S, KeyDebouncer, Press

DELAY_S = st.floats(0.25, 0.7)
RATE_S = st.floats(0.02, 0.06)
JITTER_S = st.floats(-0.005, 0.02)


def decide(
    presses: list[tuple[str, float]], *, ticks: bool = True
) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:
    """The presses that act and those that are repeats, as (key, stamp)."""
    debouncer: KeyDebouncer[None] = KeyDebouncer()
    acted: list[tuple[str, float]] = []
    repeats: list[tuple[str, float]] = []

    def note(decided):
        for each in decided:
            (repeats if each.is_repeat else acted).append((each.press.key, each.press.at))

    for key, at in presses:
        if ticks:
            note(debouncer.tick(at - 1e-6))
        note(debouncer.press(Press(key, at, None)))
    note(debouncer.tick(presses[-1][1] + HOLD_BACK_S + 1e-6))
    return acted, repeats


@given(DELAY_S, RATE_S, st.lists(JITTER_S, min_size=2, max_size=40), st.booleans())
def test_a_hold_that_yields_two_repeats_or_more_acts_once(delay, rate, jitters, ticks):
    at = [0.0, delay]
    for jitter in jitters[1:]:
        at.append(at[-1] + max(0.0, rate + jitter))
    acted, repeats = decide([("a", each) for each in at], ticks=ticks)
    assert acted == [("a", 0.0)]
    assert repeats == [("a", each) for each in at[1:]]


@given(DELAY_S, RATE_S, st.integers(4, 30), st.data())
def test_a_hold_acts_once_through_stalls_that_join_repeats(delay, rate, count, data):
    """After a stall several repeats are read at one moment. No stall leaves a repeat alone: that could be a finger."""
    sent = [delay + rate * number for number in range(count)]
    read: list[float] = []
    while sent:
        size = data.draw(st.integers(2, max(2, min(6, len(sent)))))
        joined, sent = sent[:size], sent[size:]
        if len(sent) == 1:
            joined, sent = [*joined, *sent], []
        read += [joined[-1]] * len(joined)
    assume(read[0] < REPEAT_DELAY_S)
    acted, _ = decide([("a", 0.0), *(("a", each) for each in read)], ticks=True)
    assert acted == [("a", 0.0)]


@given(st.floats(0.12, 5.0), st.booleans())
def test_two_presses_act_twice_with_their_own_stamps(apart, ticks):
    assert decide([("a", 0.0), ("a", apart)], ticks=ticks)[0] == [("a", 0.0), ("a", apart)]


@given(DELAY_S, RATE_S, st.integers(2, 20), st.floats(0.12, 2.0))
def test_a_press_after_a_hold_acts(delay, rate, count, pause):
    held = [0.0, *(delay + rate * number for number in range(count))]
    again = held[-1] + pause
    assert decide([("a", each) for each in [*held, again]])[0] == [("a", 0.0), ("a", again)]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.0, 0.8)), min_size=1, max_size=60))
def test_every_press_is_decided_once_and_in_order(steps):
    at, presses = 0.0, []
    for key, step in steps:
        at += step
        presses.append((key, at))
    debouncer: KeyDebouncer[None] = KeyDebouncer()
    out = []
    for key, when in presses:
        out += debouncer.tick(when)
        out += debouncer.press(Press(key, when, None))
    out += debouncer.flush()
    assert [(each.press.key, each.press.at) for each in out] == presses
    assert not out[0].is_repeat
