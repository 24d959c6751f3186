"""The judge itself: whatever is done to a recording, it says so. Recordings are mixed here, by the frame."""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.expected_cues import Batch, laid_out, runs
from harness.judge import judge
from harness.sound_rig import Recording
from kicktimer.sound import ScheduledCue
from kicktimer.sound.speaker.clips import RATE, Clips, Sound, find_sounds_folder
from kicktimer.sound.speaker.mixer import Mixer

if TYPE_CHECKING:
    from harness.expected_cues import Want

CLIPS = Clips(find_sounds_folder(), ("A", "B"))
START = 5000.0
SERVER = 0.003  # what the server takes
SECONDS = 16


def cues(apart: float) -> tuple[ScheduledCue, ...]:
    """Two groups' countdown, GO and splits, `apart` s from each other, and a line."""
    found = [ScheduledCue("line", START + 7.5 + 0.7, "say", "A", "Tune out")]
    for group, shift in (("A", 0.0), ("B", apart)):
        for at, cue in ((3, "pip"), (4, "pip"), (5, "pip"), (6, "go"), (9, "split"), (11, "recovery"), (12, "closing")):
            found.append(ScheduledCue(f"{group}/{at}", START + at + shift, cue, group))
    return tuple(found)


def wants(apart: float) -> list[Want]:
    return laid_out([Batch(START, cues(apart))], CLIPS)


def recorded(played: list[tuple[Want, float]]) -> Recording:
    """As if each had been heard `SERVER` s, and so much more, after its moment."""
    mixer = Mixer()
    for number, (want, late) in enumerate(played):
        frame = round((want.at - START + SERVER + late) * RATE)
        mixer.place(str(number), frame, want.item.samples, speech=want.item.speech)
    return Recording.starting(START, np.frombuffer(mixer.render(0, SECONDS * RATE), dtype=np.int16))


def tones(apart: float) -> list[int]:
    return [number for number, want in enumerate(wants(apart)) if not want.item.speech]


APART = st.sampled_from([0.0, 0.002, 0.0031, 0.0043, 0.007, 0.013, 0.02, 0.05, 0.31, 0.45])


@settings(max_examples=10, deadline=None)
@given(apart=APART)
def test_what_is_as_it_should_be_is_found_so(apart: float) -> None:
    verdict = judge(recorded([(want, 0.0) for want in wants(apart)]), wants(apart))
    assert [want.name for want in verdict.missing] == []
    assert verdict.extra == []
    assert len(verdict.heard) == 15
    assert verdict.constant == pytest.approx(SERVER, abs=0.0001)
    assert verdict.errors().max() < 0.0001


@settings(max_examples=12, deadline=None)
@given(apart=st.sampled_from([0.05, 0.31, 0.45]), which=st.integers(0, 13))
def test_a_cue_that_is_not_heard_is_missing(apart: float, which: int) -> None:
    gone = tones(apart)[which]
    plan = wants(apart)
    verdict = judge(recorded([(want, 0.0) for number, want in enumerate(plan) if number != gone]), plan)
    # Of the same sound twice within a moment nobody could say which of the two it was.
    assert [want.item.sound for want in verdict.missing] == [plan[gone].item.sound]
    assert verdict.missing[0].at == pytest.approx(plan[gone].at, abs=0.051)
    assert verdict.extra == []


@settings(max_examples=12, deadline=None)
@given(apart=st.sampled_from([0.31, 0.45]), which=st.integers(0, 13), late=st.sampled_from([-0.02, 0.004, 0.011, 0.05]))
def test_a_cue_that_is_heard_at_another_moment_is_off_by_so_much(apart: float, which: int, late: float) -> None:
    moved = tones(apart)[which]
    plan = wants(apart)
    verdict = judge(recorded([(want, late if number == moved else 0.0) for number, want in enumerate(plan)]), plan)
    assert verdict.missing == []
    assert verdict.extra == []
    off = {each.want.id: each.offset - verdict.constant for each in verdict.heard}
    assert off[plan[moved].id] == pytest.approx(late, abs=0.0002)
    assert verdict.errors().max() == pytest.approx(abs(late), abs=0.0002)


@settings(max_examples=12, deadline=None)
@given(apart=st.sampled_from([0.31, 0.45]), what=st.sampled_from(["go", "pip"]), at=st.floats(0.5, 14.0))
@example(apart=0.31, what="pip", at=6.0)
def test_a_cue_that_nobody_wanted_is_extra_even_over_others(apart: float, what: str, at: float) -> None:
    plan = wants(apart)
    other = next(want for want in plan if want.item.cue.cue == what)
    if min(abs(START + at - want.at) for want in plan if want.item.sound is other.item.sound) < 0.1:
        return  # as good as the cue itself
    verdict = judge(recorded([*((want, 0.0) for want in plan), (other, START + at - other.at)]), plan)
    assert all(want.item.speech for want in verdict.missing)  # it may be drowned
    assert what in [what for _, what in verdict.extra]
    assert min(abs(moment - START - at - SERVER) for moment, _ in verdict.extra) < 0.004  # bent under GO


def test_a_moment_that_says_nothing_is_left_out() -> None:
    plan = wants(0.31)
    verdict = judge(recorded([(want, 0.0) for want in plan if want.item.cue.cue != "closing"]), plan)
    assert {want.item.cue.cue for want in verdict.missing} == {"closing"}
    assert verdict.without(lambda at: at > START + 11.9).missing == []


def test_what_is_taken_back_in_time_is_not_wanted() -> None:
    later = Batch(START + 4.2, tuple(cue for cue in cues(0.31) if cue.id not in ("A/5", "A/6")))
    found = laid_out([Batch(START, cues(0.31)), later], CLIPS)
    assert {want.id for want in wants(0.31)} - {want.id for want in found} == {"A/5", "A/6"}
    assert all(want.kind in ("timed", "speech") for want in found)


def test_one_that_comes_late_is_not_taken_for_the_next_of_its_sound() -> None:
    at = (START + 3.0, START + 4.0)
    known = Batch(START, ())
    prompt = [Batch(moment, (ScheduledCue(str(moment), moment, "recovery", "A"),)) for moment in at]
    plan = laid_out([known, *prompt], CLIPS)
    assert [want.kind for want in plan] == ["prompt", "prompt"]
    verdict = judge(recorded([(plan[0], 0.15), (plan[1], 0.0)]), plan)
    assert (verdict.missing, verdict.extra) == ([], [])
    assert [each.offset for each in verdict.heard] == pytest.approx([0.15 + SERVER, SERVER], abs=0.001)


def test_which_run_a_cue_was_in_is_what_the_log_says_last() -> None:
    log = (
        "1.000 speaker 7 for simpleaudio: real-time priority\n"
        '5.000 simpleaudio: the run of 4.998 plays ["0/A/go/1/", "0/A/say/2/Tune \\"out\\" [now]"]\n'
        '6.000 simpleaudio: the run of 4.998 plays ["0/A/split/3/"]\n'
        '8.000 simpleaudio: the run of 7.998 plays ["0/A/split/3/", "0/B/go/4/"]\n'
    )
    assert runs(log) == {"A/go/1/": 1, 'A/say/2/Tune "out" [now]': 1, "A/split/3/": 2, "B/go/4/": 2}


def alone(cue: str, text: str = "", at: float = START + 3.0) -> list[Want]:
    return laid_out([Batch(START, (ScheduledCue(f"{cue}{text}", at, cue, "A", text),))], CLIPS)


def test_other_words_are_not_those_that_were_wanted() -> None:
    (wanted,), (other,) = alone("say", "63.7"), alone("say", "63.2")
    assert judge(recorded([(wanted, 0.0)]), [wanted]).missing == []
    assert judge(recorded([(other, 0.0)]), [wanted]).missing == [wanted]


def test_a_tone_whose_end_was_carried_on_a_little_off_is_found_by_its_beginning() -> None:
    (over,) = alone("over")
    mixer = Mixer()
    first, cut, off = round((over.at - START) * RATE), round(0.65 * RATE), 280
    mixer.place("head", first, over.item.samples[:cut])
    mixer.place("tail", first + cut + off, over.item.samples[cut:])
    heard = Recording.starting(START, np.frombuffer(mixer.render(0, SECONDS * RATE), dtype=np.int16))
    verdict = judge(heard, [over])
    assert verdict.missing == []
    assert verdict.heard[0].offset == pytest.approx(0.0, abs=0.001)


def test_a_long_tone_that_is_late_is_not_taken_for_one_on_time() -> None:
    plan = [*alone("over"), *alone("pip", at=START + 8.0), *alone("go", at=START + 10.0)]
    over = plan[0]
    verdict = judge(recorded([(over, 0.5), *((want, 0.0) for want in plan[1:])]), plan)
    assert verdict.missing == [over]
    assert verdict.extra


@pytest.mark.parametrize("said", ["How relaxed can you look at the right pace?", "Thirty seconds"])
def test_a_line_under_tones_of_which_one_stood_still_is_told_by_what_is_heard_beside_them(said: str) -> None:
    (line,) = alone("say", "How relaxed can you look at the right pace?", START + 7.5)
    (heard,) = alone("say", said, START + 7.5)
    (over,), (other,) = alone("over", at=START + 6.612), alone("over", at=START + 7.513)
    other = replace(other, id="B")
    mixer = Mixer()
    first, cut, off = round((over.at - START + 0.069) * RATE), round(0.75 * RATE), 1206
    mixer.place("head", first, over.item.samples[:cut])
    mixer.place("tail", first + cut + off, over.item.samples[cut:])
    mixer.place("B", round((other.at - START + 0.056) * RATE), over.item.samples)
    mixer.place("line", round(7.57 * RATE), heard.item.samples, speech=True)
    recording = Recording.starting(START, np.frombuffer(mixer.render(0, SECONDS * RATE), dtype=np.int16))
    assert judge(recording, [over, other, line]).missing == ([] if heard.item.sound is line.item.sound else [line])


@pytest.mark.parametrize("ahead", [0.15, 0.1, 0.05])
def test_a_result_that_a_tone_puts_off_at_the_last_moment_may_have_begun(ahead: float) -> None:
    result = ScheduledCue("r", START + 3.0, "result", "A", "63.7")
    tone = ScheduledCue("now", START + 3.0 - ahead, "recovery", "A")
    found = laid_out([Batch(START, (result,)), Batch(START + 3.0 - ahead, (result, tone))], CLIPS)
    assert [(want.id, want.kind) for want in found] == [("now", "prompt"), ("r?", "free"), ("r", "speech")]
    now, before, after = found
    for heard, missing in ((before, []), (after, []), (None, [after])):
        verdict = judge(recorded([(want, 0.0) for want in (now, heard) if want is not None]), found)
        assert verdict.missing == missing
        assert verdict.extra == []


@pytest.mark.parametrize("ahead", [0.29, 0.18])
def test_a_line_that_a_number_puts_off_and_that_is_never_said_is_missing(ahead: float) -> None:
    line = ScheduledCue("line", START + 4.0, "say", "A", "Tune out")
    number = ScheduledCue("n", START + 4.6, "count", "A", "32")
    found = laid_out([Batch(START, (line,)), Batch(START + 4.0 - ahead, (line, number))], CLIPS)
    wanted = next(want for want in found if want.id == "line")
    assert (wanted.kind, wanted.at > number.at) == ("speech", True)
    heard = [want for want in found if want.id == "n"]
    assert judge(recorded([(want, 0.0) for want in heard]), found).missing == [wanted]


def test_a_result_that_a_tone_leaves_no_room_at_the_last_moment_may_be_left_out() -> None:
    result = ScheduledCue("r", START + 3.0, "result", "A", "63.7")
    pips = tuple(ScheduledCue(f"pip/{at}", START + at, "pip", "A") for at in (5.0, 6.0))
    tone = ScheduledCue("now", START + 2.904, "recovery", "A")
    found = laid_out([Batch(START, (result, *pips)), Batch(START + 2.904, (result, tone, *pips))], CLIPS)
    assert {want.id: want.kind for want in found} == {
        "now": "prompt",
        "r": "free",
        "pip/5.0": "timed",
        "pip/6.0": "timed",
    }
    for heard in (found, [want for want in found if want.id != "r"]):
        verdict = judge(recorded([(want, 0.0) for want in heard]), found)
        assert (verdict.missing, verdict.extra) == ([], [])


@settings(max_examples=40, deadline=None)
@given(
    number=st.integers(0, 59),
    apart=st.sampled_from([0.03, 0.06, 0.09, 0.12, 0.2, 0.3]),
    tone=st.sampled_from(["recovery", "split", "over"]),
)
@example(number=4, apart=0.06, tone="recovery")
@example(number=12, apart=0.09, tone="recovery")
@example(number=10, apart=0.12, tone="split")
def test_a_number_that_a_tone_runs_into_is_found_where_it_is(number: int, apart: float, tone: str) -> None:
    """Its beginning is all that is clear of it: a vowel that is turned down is most like itself some periods off."""
    at = (START + 8.0, START + 8.0 + apart)
    spoken = (ScheduledCue("n", at[0], "count", "A", str(number)), ScheduledCue("t", at[1], tone, "A"))
    plan = laid_out([Batch(START, (*cues(0.31)[1:5], *spoken))], CLIPS)
    verdict = judge(recorded([(want, 0.0) for want in plan]), plan)
    assert (verdict.missing, verdict.extra) == ([], [])
    assert verdict.errors().max() < 0.0002


def test_a_line_that_is_much_too_soft_is_missing_beside_a_tone_too() -> None:
    (line,) = alone("say", "How relaxed can you look at the right pace?", START + 7.5)
    (over,) = alone("over", at=START + 6.612)
    soft = array("h", [round(0.1 * sample) for sample in line.item.samples])
    played = replace(line, item=replace(line.item, sound=Sound.from_samples(soft)))
    assert judge(recorded([(over, 0.0), (played, 0.0)]), [over, line]).missing == [line]
