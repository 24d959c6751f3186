"""What the ledger sends to a speaker process: every cue that is still to come, and no cue twice."""

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


def ledger_after(*cues: ScheduledCue, now: float = 90.0) -> ScheduleLedger:
    """Returns a ledger whose process has been sent these cues."""
    ledger = ScheduleLedger()
    ledger.updates(cues, now)
    return ledger


def test_each_cue_is_sent_once() -> None:
    ledger = ScheduleLedger()
    assert ledger.updates(CUES, 90.0) == [encode_at(cue) for cue in CUES]
    assert ledger.updates(CUES, 90.0) == []


def test_cue_that_is_no_longer_wanted_is_cancelled() -> None:
    assert ledger_after(*CUES).updates(CUES[:2], 90.0) == [encode("cancel", "c2"), encode("cancel", "c3")]


def test_tone_that_has_begun_is_not_cancelled() -> None:
    assert ledger_after(*CUES).updates((), 101.5) == [encode("cancel", "c2"), encode("cancel", "c3")]


def test_cue_that_moved_is_sent_again() -> None:
    moved = ScheduledCue("c3", 110.0, "split")
    assert ledger_after(*CUES).updates((*CUES[:3], moved), 90.0) == [encode_at(moved)]


def test_next_process_is_not_sent_heard_or_past_cues() -> None:
    ledger = ledger_after(*CUES)
    ledger.note_heard("c2")
    ledger.reset_process()
    assert ledger.updates(CUES, 102.5) == [encode_at(CUES[3])]


GO = ScheduledCue("0/A/0/go/100", 100.0, "go")


@pytest.mark.parametrize("acknowledged", [True, False])
@pytest.mark.parametrize("moved", [0.0, -0.5, 0.3, 0.9, -30.0])
def test_heard_go_is_not_sent_again_under_another_id(moved: float, *, acknowledged: bool) -> None:
    ledger = ledger_after(GO)
    if acknowledged:
        ledger.note_heard(GO.id)
    assert ledger.updates([replace(GO, id="1/A/0/go/100", at=100.0 + moved)], 100.2) == []


def test_go_after_a_false_start_is_sent() -> None:
    ledger = ledger_after(GO)
    ledger.note_heard(GO.id)
    again = replace(GO, id="0/A/0/go/104", at=104.0)
    assert ledger.updates([again], 101.0) == [encode_at(again)]


@pytest.mark.parametrize("cue", ["pip", "go", "split", "ten", "count"])
def test_new_cue_that_is_too_late_is_not_sent(cue: str) -> None:
    late = ScheduledCue("late", 100.0, cue)
    assert ledger_after(*CUES).updates([*CUES, late], 100.15) == []
    assert ledger_after(*CUES).updates([*CUES, late], 100.05) == [encode_at(late)]


@pytest.mark.parametrize("cue", [spec.name for spec in CUE_SPECS.values() if spec.send_grace_s > ON_TIME_S])
def test_cue_that_tolerates_lateness_is_sent_late_and_once(cue: str) -> None:
    late = ScheduledCue("late", 100.0, cue)
    ledger = ledger_after()
    assert ledger.updates([late], 100.9) == [encode_at(late)]
    ledger.note_heard("late")
    assert ledger.updates([replace(late, id="other", at=99.95)], 100.92) == []
    assert ledger_after().updates([late], 100.0 + CUE_SPECS[cue].send_grace_s) == []


@pytest.mark.parametrize(("now", "sent"), [(100.25, True), (100.31, False)])
def test_go_that_was_due_between_two_processes_is_still_sent(now: float, *, sent: bool) -> None:
    ledger = ledger_after(GO, now=99.0)
    ledger.reset_process()
    assert ledger.updates([GO], now) == [encode_at(GO)] * sent


@pytest.mark.parametrize("cue", [spec.name for spec in CUE_SPECS.values() if spec.waits])
def test_speech_that_waits_is_cancelled_and_speech_that_was_heard_is_not(cue: str) -> None:
    waiting = ScheduledCue("r", 100.0, cue, text="63.7")
    ledger = ledger_after(waiting)
    assert ledger.updates([], 105.0) == [encode("cancel", "r")]
    ledger = ledger_after(waiting)
    ledger.note_heard("r")
    assert ledger.updates([], 105.0) == []


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[float, str]]:
    """Generates moments with what happens then."""
    waits = draw(
        st.lists(st.tuples(st.floats(0.0, 0.8), st.sampled_from(("update", "rename", "restart"))), max_size=40)
    )
    return [(sum(wait for wait, _ in waits[: place + 1]), what) for place, (_, what) in enumerate(waits)]


@given(st.lists(st.tuples(st.sampled_from(("pip", "go", "split", "say")), st.integers(0, 40)), max_size=6), histories())
def test_every_cue_sounds_exactly_once_across_renames_and_restarts(
    raw: list[tuple[str, int]], happens: list[tuple[float, str]]
) -> None:
    """The simulated process plays and reports each cue at its moment."""
    distinct = {(cue, at): ScheduledCue(f"0/{cue}{at}", float(at), cue) for cue, at in raw}
    wanted = list(distinct.values())
    ledger, scheduled, heard = ScheduleLedger(), {}, []

    def receive(lines: list[bytes], now: float) -> None:
        for line in lines:
            kind, ident, *rest = json.loads(line)
            scheduled.pop(ident, None)
            if kind == "at":
                scheduled[ident] = (max(rest[0], now), (rest[1], rest[0]))

    def play(until: float) -> None:
        for ident, (at, cue) in list(scheduled.items()):
            if at <= until:
                del scheduled[ident]
                heard.append(cue)
                ledger.note_heard(ident)

    receive(ledger.updates(wanted, 0.0), 0.0)
    for turn, (now, what) in enumerate(happens):
        play(now)
        if what == "rename":
            wanted = [replace(cue, id=f"{turn + 1}/{cue.id.partition('/')[2]}") for cue in wanted]
        if what == "restart":
            scheduled.clear()
            ledger.reset_process()
        receive(ledger.updates(wanted, now), now)
    play(1000.0)
    assert sorted(heard) == sorted((cue, float(at)) for cue, at in distinct)


def test_two_pips_of_a_countdown_are_not_taken_for_duplicates() -> None:
    assert ON_TIME_S < CUE_SPECS["pip"].duplicate_s * 2 < 1.0  # pips are a second apart
