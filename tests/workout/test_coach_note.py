"""Coaches' notes: what they mean, and what is refused with the lines that it may mean."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.errors import FaultsError
from kicktimer.workout import read_line
from kicktimer.workout.coach_note import NoteError, read_note

READ = {
    "8 x 400m @ 1500 pace w/ 90s rest": "8x400 @1500 r90s",
    "6*300 in 46 (60s)": "6x300 @46.0 r60s",
    "8x400/30s": "8x400 r30s",
    "10x200 on 60": "10x200 on60",
    "10 x 400 on the 2:00": "10x400 on2:00",
    "400, 300, 200 w/ 200 jog": "400 r200m, 300 r200m, 200 r200m",
    "4 x 1 mile @ 3k pace, 4-5min rec": "4x1mi @3k r4-5min",
    "4 x (600m, 500m, 400m), 90s after each, 5min between sets": "4x(600+500+400) r90s R5min",
    "5 x 300m w/ 100m walk": "5x300 r100m/60s",
    "3 x 8min @ 5k [2min jog]": "3x8min @5k r2min",
    "1/2/3/2/1 min with 60s": "1x(1min+2min+3min+2min+1min) r60s",
    "2-4-6-4-2 min, half time recovery": "1x(2min r1min + 4min r2min + 6min r3min + 4min r2min + 2min r1min)",
    "2x200, 4x400, equal jog": "2x200 r200m, 4x400 r400m",
    "2 x 90s, 4 x 60s, equal recovery": "2x90s r1:30, 4x60s r1min",
    "5 x 800m, rest 1-2-3-4 min": "5x800 r1min>2min>3min>4min",
    "3 x 1 Mile in 4:24, 4:22, 4:20 w/ 800m jog in 4 min": "3x1mi @4:24>4:22>4:20 r800m/4min",
    "3 sets of 2x400 @ mile + 1x200 @ 800, 400 jog": "3x(2x400 @mile + 200 @800) r400m",
    "3 rounds: 800m (@ 3:30) 3min, 400m (@ 1:45) 1:30": "3x(800 @3:30 r3min + 400 @1:45 r1:30)",
    "800m/4 min rest; 2x400m/2 min rest // 6 minutes rest // repeat": "2x(800 r4min + 2x400 r2min) R6min",
    "1200 all out, 4min, 300 all out, 5min, repeat": "2x(1200 r4min + 300 r5min) @free",
    "4 sets of (3x300) 1' / 5'": "4x(3x300) r1min R5min",
    "25x400 @ threshold, 30s rest": "25x400 @free r30s",
    "6 x 800 off 75s/200m jog": "6x800 r200m/75s",
    "40/20 for 20min": "20x40s r20s",
    "14 x 1min on / 30s float": "14x1min r30s",
    "4 x 4 x 200 in 30, jog 100 in 30s, 5min": "4x(4x200) @30.0 r100m/30s R5min",
    "3 x 300m, 2 x 200m, 3min rec": "3x300 r3min, 2x200 r3min",
    "1K, 800, 600 @ 5k/3k/1500 w/ 3min": "1km @5k r3min, 800 @3k r3min, 600 @1500 r3min",
    "4x(200m/400m) @ 1500 r60/3min": "4x(200+400) @1500 r60 R3min",
    "10 x 100m strides, walk back": "10x100 @free rready",
    "10 x 1 min on 1 min off": "10x1min r1min",
    "6x400m at 1500 effort, 2min standing rest": "6x400 @1500 r2min",
    "2x(4x400m) r=60s R=4min": "2x(4x400) r60s R4min",
    "8 reps of 400m @ 65 w/ 60s": "8x400 @65.0 r60s",
    "4 x 1200m @ 3k-5k pace w/ 3min": "4x1200 @3k-5k r3min",
    "3 x (400m, 300m) + 2 x 1K, 3min rest, 6min between sets, 2min between 1Ks": "3x(400+300) r3min R6min, 2x1km r2min",
}  # fmt: skip

REFUSED = {
    "8x400 @63, 90s": ("8x400 @63.0 r90s", "8x400 @63.0, 90s @1500"),
    "4x150m (18s), 3x300m (41s)": ("4x150 r18s, 3x300 r41s", "4x150 @18.0, 3x300 @41.0"),
    "6 x 1/4 mile, hammer 3 and 5": ("6x0.25mi",),
    "4x200 w/ 200 jog, 2x400, 800": ("4x200 r200m, 2x400 r200m, 800 r200m", "4x200 r200m, 2x400 r30, 800"),
    "5x(300 w/ 100 jog, 200 w/ 3min), 5min": ("5x(300 r100m + 200) R5min", "5x(300 r100m + 200 r3min)"),
    "10x300m at 800/1500 pace": (),
    "8x400 in 64, 65": (),
    "purple": (),
    "": (),
}  # fmt: skip


@pytest.mark.parametrize("note", READ)
def test_note_with_one_meaning_is_read(note: str) -> None:
    assert read_note(note).line == READ[note]


@pytest.mark.parametrize("note", REFUSED)
def test_note_without_one_meaning_is_refused_with_its_lines(note: str) -> None:
    with pytest.raises(NoteError) as caught:
        read_note(note)
    assert caught.value.lines == REFUSED[note]
    assert 0 <= caught.value.start <= caught.value.end <= max(1, len(note))


def test_named_effort_and_missing_rest_are_said() -> None:
    assert read_note("5 x 300m easy w/ 2min").remarks == ("`easy` gives no pace: free",)
    assert read_note("5 x 300m at 5k pace").remarks == ("no rest is said: 30 s",)


SPELLINGS = st.tuples(
    st.sampled_from(["x", " x ", " × ", "*"]), st.sampled_from(["", "m", " m", " metres"]),
    st.sampled_from(["@ 5k", "@5k", "at 5k pace", "@ 5K pace"]), st.sampled_from(["s", " sec", '"', " seconds"]),
    st.sampled_from([" w/ {} rest", ", {} rest", " with {} recovery", " ({} rest)", " w/ {}"]),
)  # fmt: skip


@given(st.integers(2, 12), st.sampled_from([200, 300, 400, 800, 1000]), st.integers(15, 99), SPELLINGS)
def test_spelling_does_not_matter(count: int, mark: int, rest: int, spelling: tuple[str, str, str, str, str]) -> None:
    times, metres, pace, seconds, form = spelling
    note = f"{count}{times}{mark}{metres} {pace}{form.format(f'{rest}{seconds}')}"
    assert read_note(note).line == read_note(note.upper()).line == f"{count}x{mark} @5k r{rest}s"


@given(st.text(st.sampled_from("0123456789 xm@rRs,+()/-:'\"wjogitnmaf."), max_size=60))
def test_any_text_is_read_or_refused(note: str) -> None:
    with suppress(NoteError):
        assert read_note(note).line


@pytest.mark.parametrize(
    ("note", "line"),
    [
        ("3 sets of 400-300-200 w/ 90s / 5min", "3x(400+300+200) r90s R5min"),
        ("3 rounds of 400-300-200 w/ 90s, 5min between rounds", "3x(400+300+200) r90s R5min"),
        ("12x400 with 100 jog in 45", "12x400 r100m/45s"),
        ("1200-800-400 @ 5k, 3k, 1500; 3 min rest", "1x(1200 @5k + 800 @3k + 400 @1500) r3min"),
        ("1200, 800, 400 @ 5k, 3k, 1500 w/ 3 min", "1200 @5k r3min, 800 @3k r3min, 400 @1500 r3min"),
        ("8x200 @ 64 pace r60", "8x200 @64/400m r60"),
        ("8x400 @ 66 w/1:30 r", "8x400 @66.0 r1:30"),
    ],
)
def test_what_was_once_misread_in_silence(note: str, line: str) -> None:
    assert read_line(note).strict == line


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("3x4 laps @ 72 w/ 2min", "3x4laps @72.0/400m r2min"),
        ("12x200m @ 30 / 200m @ 45", "12x(200 @30.0 + 200) @45.0"),
        ("10x200/200", "10x(200+200)"),
        ("5x1k @ 5:00 pace w/ 2 min", "5x1km @5:00/km r2min"),
        ("wu15, 8x400 r60", "wu15min, 8x400 r60"),
        ("3k, 6x1k r90, 2k", "wu3k, 6x1k r90, cd2k"),
    ],
)
def test_what_has_two_meanings_is_offered(line: str, offered: str) -> None:
    with pytest.raises(FaultsError) as raised:
        read_line(line)
    assert offered in [each for fault in raised.value.faults for each in fault.lines]
