"""The judge, tested on recordings that are mixed frame by frame: it reports every change of a recording."""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.expected_cues import ScheduleUpdate, expected_from_updates, read_run_numbers
from harness.judge import judge
from harness.sound_rig import Recording
from kicktimer.sound import ScheduledCue
from kicktimer.sound.speaker.clips import RATE, Clips, Sound, find_sounds_folder
from kicktimer.sound.speaker.mixer import Mixer

if TYPE_CHECKING:
    from harness.expected_cues import ExpectedCue

CLIPS = Clips(find_sounds_folder(), ("A", "B"))
START = 5000.0
LATENCY_S = 0.003  # the latency of a simulated sound server
LENGTH_S = 16


def cues(shift_s: float) -> tuple[ScheduledCue, ...]:
    """Returns countdown, GO, split and further cues of two groups, `shift_s` apart, and a spoken line."""
    found = [ScheduledCue("line", START + 7.5 + 0.7, "say", "A", "Tune out")]
    for group, shift in (("A", 0.0), ("B", shift_s)):
        for at, cue in ((3, "pip"), (4, "pip"), (5, "pip"), (6, "go"), (9, "split"), (11, "recovery"), (12, "closing")):
            found.append(ScheduledCue(f"{group}/{at}", START + at + shift, cue, group))
    return tuple(found)


def expected_cues(shift_s: float) -> list[ExpectedCue]:
    return expected_from_updates([ScheduleUpdate(START, cues(shift_s))], CLIPS)


def mix_recording(played: list[tuple[ExpectedCue, float]]) -> Recording:
    """Mixes a recording in which each cue begins `LATENCY_S` plus its own delay after its expected time."""
    mixer = Mixer()
    for number, (expected, late) in enumerate(played):
        frame = round((expected.at - START + LATENCY_S + late) * RATE)
        mixer.place(str(number), frame, expected.clip.samples, speech=expected.clip.speech)
    return Recording.from_start(START, np.frombuffer(mixer.render(0, LENGTH_S * RATE), dtype=np.int16))


def tone_indexes(shift_s: float) -> list[int]:
    return [number for number, expected in enumerate(expected_cues(shift_s)) if not expected.clip.speech]


GROUP_SHIFTS_S = st.sampled_from([0.0, 0.002, 0.0031, 0.0043, 0.007, 0.013, 0.02, 0.05, 0.31, 0.45])


@settings(max_examples=10, deadline=None)
@given(shift_s=GROUP_SHIFTS_S)
def test_correct_recording_has_no_missing_or_extra_cue(shift_s: float) -> None:
    verdict = judge(mix_recording([(expected, 0.0) for expected in expected_cues(shift_s)]), expected_cues(shift_s))
    assert [expected.name for expected in verdict.missing] == []
    assert verdict.extra == []
    assert len(verdict.detected) == 15
    assert verdict.latency == pytest.approx(LATENCY_S, abs=0.0001)
    assert verdict.errors().max() < 0.0001


@settings(max_examples=12, deadline=None)
@given(shift_s=st.sampled_from([0.05, 0.31, 0.45]), which=st.integers(0, 13))
def test_cue_absent_from_the_recording_is_missing(shift_s: float, which: int) -> None:
    gone = tone_indexes(shift_s)[which]
    plan = expected_cues(shift_s)
    verdict = judge(mix_recording([(expected, 0.0) for number, expected in enumerate(plan) if number != gone]), plan)
    # Of two equal sounds within 50 ms, the judge cannot tell which one is missing.
    assert [expected.clip.sound for expected in verdict.missing] == [plan[gone].clip.sound]
    assert verdict.missing[0].at == pytest.approx(plan[gone].at, abs=0.051)
    assert verdict.extra == []


@settings(max_examples=12, deadline=None)
@given(
    shift_s=st.sampled_from([0.31, 0.45]), which=st.integers(0, 13), late=st.sampled_from([-0.02, 0.004, 0.011, 0.05])
)
def test_displaced_cue_has_its_displacement_as_error(shift_s: float, which: int, late: float) -> None:
    moved = tone_indexes(shift_s)[which]
    plan = expected_cues(shift_s)
    verdict = judge(
        mix_recording([(expected, late if number == moved else 0.0) for number, expected in enumerate(plan)]), plan
    )
    assert verdict.missing == []
    assert verdict.extra == []
    off = {each.expected.id: each.offset - verdict.latency for each in verdict.detected}
    assert off[plan[moved].id] == pytest.approx(late, abs=0.0002)
    assert verdict.errors().max() == pytest.approx(abs(late), abs=0.0002)


@settings(max_examples=12, deadline=None)
@given(shift_s=st.sampled_from([0.31, 0.45]), what=st.sampled_from(["go", "pip"]), at=st.floats(0.5, 14.0))
@example(shift_s=0.31, what="pip", at=6.0)
def test_unexpected_cue_is_extra_even_over_other_cues(shift_s: float, what: str, at: float) -> None:
    plan = expected_cues(shift_s)
    other = next(expected for expected in plan if expected.clip.cue.cue == what)
    if min(abs(START + at - expected.at) for expected in plan if expected.clip.sound is other.clip.sound) < 0.1:
        return  # too close to an expected cue of the same sound
    verdict = judge(mix_recording([*((expected, 0.0) for expected in plan), (other, START + at - other.at)]), plan)
    assert all(expected.clip.speech for expected in verdict.missing)  # the extra cue may mask speech
    assert what in [what for _, what in verdict.extra]
    assert (
        min(abs(moment - START - at - LATENCY_S) for moment, _ in verdict.extra) < 0.004
    )  # the limiter distorts it under GO


def test_without_leaves_out_the_given_times() -> None:
    plan = expected_cues(0.31)
    verdict = judge(mix_recording([(expected, 0.0) for expected in plan if expected.clip.cue.cue != "closing"]), plan)
    assert {expected.clip.cue.cue for expected in verdict.missing} == {"closing"}
    assert verdict.without(lambda at: at > START + 11.9).missing == []


def test_cue_cancelled_in_time_is_not_expected() -> None:
    later = ScheduleUpdate(START + 4.2, tuple(cue for cue in cues(0.31) if cue.id not in ("A/5", "A/6")))
    found = expected_from_updates([ScheduleUpdate(START, cues(0.31)), later], CLIPS)
    assert {expected.id for expected in expected_cues(0.31)} - {expected.id for expected in found} == {"A/5", "A/6"}
    assert all(expected.kind in ("timed", "speech") for expected in found)


def test_late_cue_is_not_taken_for_the_next_equal_one() -> None:
    at = (START + 3.0, START + 4.0)
    known = ScheduleUpdate(START, ())
    prompt = [ScheduleUpdate(moment, (ScheduledCue(str(moment), moment, "recovery", "A"),)) for moment in at]
    plan = expected_from_updates([known, *prompt], CLIPS)
    assert [expected.kind for expected in plan] == ["prompt", "prompt"]
    verdict = judge(mix_recording([(plan[0], 0.15), (plan[1], 0.0)]), plan)
    assert (verdict.missing, verdict.extra) == ([], [])
    assert [each.offset for each in verdict.detected] == pytest.approx([0.15 + LATENCY_S, LATENCY_S], abs=0.001)


def test_run_number_is_that_of_the_last_buffer_in_the_log() -> None:
    log = (
        "1.000 speaker 7 for simpleaudio: real-time priority\n"
        '5.000 simpleaudio: the run of 4.998 plays ["0/A/go/1/", "0/A/say/2/Tune \\"out\\" [now]"]\n'
        '6.000 simpleaudio: the run of 4.998 plays ["0/A/split/3/"]\n'
        '8.000 simpleaudio: the run of 7.998 plays ["0/A/split/3/", "0/B/go/4/"]\n'
    )
    assert read_run_numbers(log) == {"A/go/1/": 1, 'A/say/2/Tune "out" [now]': 1, "A/split/3/": 2, "B/go/4/": 2}


def one_cue(cue: str, text: str = "", at: float = START + 3.0) -> list[ExpectedCue]:
    return expected_from_updates([ScheduleUpdate(START, (ScheduledCue(f"{cue}{text}", at, cue, "A", text),))], CLIPS)


def test_other_words_are_not_detected_as_the_expected_ones() -> None:
    (expected_from_log,), (other,) = one_cue("say", "63.7"), one_cue("say", "63.2")
    assert judge(mix_recording([(expected_from_log, 0.0)]), [expected_from_log]).missing == []
    assert judge(mix_recording([(other, 0.0)]), [expected_from_log]).missing == [expected_from_log]


def test_tone_with_a_displaced_end_is_located_by_its_head() -> None:
    (over,) = one_cue("over")
    mixer = Mixer()
    first, cut, off = round((over.at - START) * RATE), round(0.65 * RATE), 280
    mixer.place("head", first, over.clip.samples[:cut])
    mixer.place("tail", first + cut + off, over.clip.samples[cut:])
    heard = Recording.from_start(START, np.frombuffer(mixer.render(0, LENGTH_S * RATE), dtype=np.int16))
    verdict = judge(heard, [over])
    assert verdict.missing == []
    assert verdict.detected[0].offset == pytest.approx(0.0, abs=0.001)


def test_late_long_tone_is_missing() -> None:
    plan = [*one_cue("over"), *one_cue("pip", at=START + 8.0), *one_cue("go", at=START + 10.0)]
    over = plan[0]
    verdict = judge(mix_recording([(over, 0.5), *((expected, 0.0) for expected in plan[1:])]), plan)
    assert verdict.missing == [over]
    assert verdict.extra


@pytest.mark.parametrize("said", ["How relaxed can you look at the right pace?", "Thirty seconds"])
def test_line_under_a_displaced_tone_is_detected_by_its_clear_parts(said: str) -> None:
    (line,) = one_cue("say", "How relaxed can you look at the right pace?", START + 7.5)
    (heard,) = one_cue("say", said, START + 7.5)
    (over,), (other,) = one_cue("over", at=START + 6.612), one_cue("over", at=START + 7.513)
    other = replace(other, id="B")
    mixer = Mixer()
    first, cut, off = round((over.at - START + 0.069) * RATE), round(0.75 * RATE), 1206
    mixer.place("head", first, over.clip.samples[:cut])
    mixer.place("tail", first + cut + off, over.clip.samples[cut:])
    mixer.place("B", round((other.at - START + 0.056) * RATE), over.clip.samples)
    mixer.place("line", round(7.57 * RATE), heard.clip.samples, speech=True)
    recording = Recording.from_start(START, np.frombuffer(mixer.render(0, LENGTH_S * RATE), dtype=np.int16))
    assert judge(recording, [over, other, line]).missing == ([] if heard.clip.sound is line.clip.sound else [line])


@pytest.mark.parametrize("ahead", [0.15, 0.1, 0.05])
def test_result_postponed_at_the_last_moment_is_accepted_at_either_time(ahead: float) -> None:
    result = ScheduledCue("r", START + 3.0, "result", "A", "63.7")
    tone = ScheduledCue("now", START + 3.0 - ahead, "recovery", "A")
    found = expected_from_updates(
        [ScheduleUpdate(START, (result,)), ScheduleUpdate(START + 3.0 - ahead, (result, tone))], CLIPS
    )
    assert [(expected.id, expected.kind) for expected in found] == [
        ("now", "prompt"),
        ("r?", "optional"),
        ("r", "speech"),
    ]
    now, before, after = found
    for heard, missing in ((before, []), (after, []), (None, [after])):
        verdict = judge(mix_recording([(expected, 0.0) for expected in (now, heard) if expected is not None]), found)
        assert verdict.missing == missing
        assert verdict.extra == []


@pytest.mark.parametrize("ahead", [0.29, 0.18])
def test_line_postponed_by_a_number_and_never_spoken_is_missing(ahead: float) -> None:
    line = ScheduledCue("line", START + 4.0, "say", "A", "Tune out")
    number = ScheduledCue("n", START + 4.6, "count", "A", "32")
    found = expected_from_updates(
        [ScheduleUpdate(START, (line,)), ScheduleUpdate(START + 4.0 - ahead, (line, number))], CLIPS
    )
    expected_from_log = next(expected for expected in found if expected.id == "line")
    assert (expected_from_log.kind, expected_from_log.at > number.at) == ("speech", True)
    heard = [expected for expected in found if expected.id == "n"]
    assert judge(mix_recording([(expected, 0.0) for expected in heard]), found).missing == [expected_from_log]


def test_result_dropped_at_the_last_moment_is_optional() -> None:
    result = ScheduledCue("r", START + 3.0, "result", "A", "63.7")
    pips = tuple(ScheduledCue(f"pip/{at}", START + at, "pip", "A") for at in (5.0, 6.0))
    tone = ScheduledCue("now", START + 2.904, "recovery", "A")
    found = expected_from_updates(
        [ScheduleUpdate(START, (result, *pips)), ScheduleUpdate(START + 2.904, (result, tone, *pips))], CLIPS
    )
    assert {expected.id: expected.kind for expected in found} == {
        "now": "prompt",
        "r": "optional",
        "pip/5.0": "timed",
        "pip/6.0": "timed",
    }
    for heard in (found, [expected for expected in found if expected.id != "r"]):
        verdict = judge(mix_recording([(expected, 0.0) for expected in heard]), found)
        assert (verdict.missing, verdict.extra) == ([], [])


@settings(max_examples=40, deadline=None)
@given(
    number=st.integers(0, 59),
    shift_s=st.sampled_from([0.03, 0.06, 0.09, 0.12, 0.2, 0.3]),
    tone=st.sampled_from(["recovery", "split", "over"]),
)
@example(number=4, shift_s=0.06, tone="recovery")
@example(number=12, shift_s=0.09, tone="recovery")
@example(number=10, shift_s=0.12, tone="split")
def test_number_ducked_by_a_tone_is_located_exactly(number: int, shift_s: float, tone: str) -> None:
    """Only its beginning is clear of the tone, and a ducked vowel correlates best some periods off its place."""
    at = (START + 8.0, START + 8.0 + shift_s)
    spoken = (ScheduledCue("n", at[0], "count", "A", str(number)), ScheduledCue("t", at[1], tone, "A"))
    plan = expected_from_updates([ScheduleUpdate(START, (*cues(0.31)[1:5], *spoken))], CLIPS)
    verdict = judge(mix_recording([(expected, 0.0) for expected in plan]), plan)
    assert (verdict.missing, verdict.extra) == ([], [])
    assert verdict.errors().max() < 0.0002


def test_line_that_is_much_too_soft_is_missing() -> None:
    (line,) = one_cue("say", "How relaxed can you look at the right pace?", START + 7.5)
    (over,) = one_cue("over", at=START + 6.612)
    soft = array("h", [round(0.1 * sample) for sample in line.clip.samples])
    played = replace(line, clip=replace(line.clip, sound=Sound.from_samples(soft)))
    assert judge(mix_recording([(over, 0.0), (played, 0.0)]), [over, line]).missing == [line]
