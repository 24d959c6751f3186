"""What a speaker process is told: everything that is to come, and nothing twice."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.cue_table import CUE_SPECS
from kicktimer.sound import ScheduledCue
from kicktimer.sound.ledger import ON_TIME_S, ScheduleLedger
from kicktimer.sound.protocol import encode, encode_at

CUES = tuple(ScheduledCue(f"c{n}", 100.0 + n, "split") for n in range(4))


def told(*cues: ScheduledCue, now: float = 90.0) -> ScheduleLedger:
    """One whose process knows these."""
    ledger = ScheduleLedger()
    ledger.lines(cues, now)
    return ledger


def test_everything_at_first_and_nothing_twice() -> None:
    ledger = ScheduleLedger()
    assert ledger.lines(CUES, 90.0) == [encode_at(cue) for cue in CUES]
    assert ledger.lines(CUES, 90.0) == []


def test_what_is_no_longer_wanted_is_cancelled() -> None:
    assert told(*CUES).lines(CUES[:2], 90.0) == [encode("cancel", "c2"), encode("cancel", "c3")]


def test_what_has_begun_is_not_taken_back() -> None:
    assert told(*CUES).lines((), 101.5) == [encode("cancel", "c2"), encode("cancel", "c3")]


def test_a_cue_that_moved_is_sent_again() -> None:
    moved = ScheduledCue("c3", 110.0, "split")
    assert told(*CUES).lines((*CUES[:3], moved), 90.0) == [encode_at(moved)]


def test_what_was_played_or_is_past_is_not_sent_to_the_next_process() -> None:
    ledger = told(*CUES)
    ledger.played("c2")
    ledger.renew()
    assert ledger.lines(CUES, 102.5) == [encode_at(CUES[3])]


GO = ScheduledCue("0/A/0/go/100", 100.0, "go")


@pytest.mark.parametrize("acknowledged", [True, False])
@pytest.mark.parametrize("moved", [0.0, -0.5, 0.3, 0.9, -30.0])
def test_a_go_that_sounded_does_not_sound_again_under_another_id(moved: float, *, acknowledged: bool) -> None:
    ledger = told(GO)
    if acknowledged:
        ledger.played(GO.id)
    assert ledger.lines([replace(GO, id="1/A/0/go/100", at=100.0 + moved)], 100.2) == []


def test_a_go_after_a_false_start_sounds() -> None:
    ledger = told(GO)
    ledger.played(GO.id)
    again = replace(GO, id="0/A/0/go/104", at=104.0)
    assert ledger.lines([again], 101.0) == [encode_at(again)]


@pytest.mark.parametrize("cue", ["pip", "go", "split", "ten", "count"])
def test_a_new_cue_whose_moment_is_past_is_not_sent(cue: str) -> None:
    late = ScheduledCue("late", 100.0, cue)
    assert told(*CUES).lines([*CUES, late], 100.15) == []
    assert told(*CUES).lines([*CUES, late], 100.05) == [encode_at(late)]


@pytest.mark.parametrize("cue", [spec.name for spec in CUE_SPECS.values() if spec.send_grace_s > ON_TIME_S])
def test_what_is_of_use_late_is_sent_late_and_once(cue: str) -> None:
    late = ScheduledCue("late", 100.0, cue)
    ledger = told()
    assert ledger.lines([late], 100.9) == [encode_at(late)]
    ledger.played("late")
    assert ledger.lines([replace(late, id="other", at=99.95)], 100.92) == []
    assert told().lines([late], 100.0 + CUE_SPECS[cue].send_grace_s) == []


@pytest.mark.parametrize(("now", "sent"), [(100.25, True), (100.31, False)])
def test_a_go_that_fell_due_while_there_was_no_process_is_still_sent(now: float, *, sent: bool) -> None:
    ledger = told(GO, now=99.0)
    ledger.renew()
    assert ledger.lines([GO], now) == [encode_at(GO)] * sent


@pytest.mark.parametrize("cue", [spec.name for spec in CUE_SPECS.values() if spec.waits])
def test_speech_that_still_waits_is_taken_back(cue: str) -> None:
    waiting = ScheduledCue("r", 100.0, cue, text="63.7")
    ledger = told(waiting)
    assert ledger.lines([], 105.0) == [encode("cancel", "r")]
    ledger = told(waiting)
    ledger.played("r")
    assert ledger.lines([], 105.0) == []


@st.composite
def days(draw: st.DrawFn) -> list[tuple[float, str]]:
    """Moments, and what happens then."""
    waits = draw(st.lists(st.tuples(st.floats(0.0, 0.8), st.sampled_from(("look", "rename", "restart"))), max_size=40))
    return [(sum(wait for wait, _ in waits[: place + 1]), what) for place, (_, what) in enumerate(waits)]


@given(st.lists(st.tuples(st.sampled_from(("pip", "go", "split", "say")), st.integers(0, 40)), max_size=6), days())
def test_whatever_happens_nothing_sounds_twice_and_everything_once(
    raw: list[tuple[str, int]], happens: list[tuple[float, str]]
) -> None:
    """A process that plays each cue at its moment, and says so; renamings and restarts as they come."""
    apart = {(cue, at): ScheduledCue(f"0/{cue}{at}", float(at), cue) for cue, at in raw}
    wanted = list(apart.values())
    ledger, knows, heard = ScheduleLedger(), {}, []

    def told_by(lines: list[bytes], now: float) -> None:
        for line in lines:
            kind, ident, *rest = json.loads(line)
            knows.pop(ident, None)
            if kind == "at":
                knows[ident] = (max(rest[0], now), (rest[1], rest[0]))

    def plays(until: float) -> None:
        for ident, (at, cue) in list(knows.items()):
            if at <= until:
                del knows[ident]
                heard.append(cue)
                ledger.played(ident)

    told_by(ledger.lines(wanted, 0.0), 0.0)
    for turn, (now, what) in enumerate(happens):
        plays(now)
        if what == "rename":
            wanted = [replace(cue, id=f"{turn + 1}/{cue.id.partition('/')[2]}") for cue in wanted]
        if what == "restart":
            knows.clear()
            ledger.renew()
        told_by(ledger.lines(wanted, now), now)
    plays(1000.0)
    assert sorted(heard) == sorted((cue, float(at)) for cue, at in apart)


def test_two_cues_that_are_alike_are_as_far_apart_as_in_a_session() -> None:
    assert ON_TIME_S < CUE_SPECS["pip"].duplicate_s * 2 < 1.0  # pips are a second apart
