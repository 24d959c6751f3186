"""What the clock says of legs, bands, a warm-up and a cool-down."""

from __future__ import annotations

import pytest

from kicktimer.cues import cues
from kicktimer.plan import build_plan
from kicktimer.session import Refusal, State, advance, decide, initial_state
from kicktimer.session.commands import AnyCommand, Start, Tap
from kicktimer.squad import Athlete, Squad
from kicktimer.view import group_clock
from kicktimer.workout import parse_oneliner

ANN = Athlete("Ann", "a", races={1_500_000: 240_000})
GO = 10_000


def session(line: str, *commands: AnyCommand) -> State:
    state = initial_state(build_plan(parse_oneliner(line), Squad("x", (ANN,))))
    for command in commands:
        state = advance(state, command.t).state
        outcome = decide(state, command)
        assert not isinstance(outcome, Refusal)
        state = outcome.state
    return state


def cue_moments(state: State, *names: str) -> list[tuple[int, str]]:
    return [(cue.at - GO, cue.text) for cue in cues(advance(state, GO).state) if cue.name in names]


@pytest.mark.parametrize(
    ("line", "seconds", "shown"),
    [
        ("1000[200 @33 + 200 @38]", 10, "100 m at 16.5 · in 0:07"),
        ("1000[200 @33 + 200 @38]", 20, "200 m at 33.0 · in 0:13, then float"),
        ("1000[200 @33 + 200 @38]", 60, "400 m at 1:11.0 · in 0:11, then on"),
        ("20min[45s @1500 + 15s @free]", 50, "on in 0:10 · ends in 19:10"),
        ("600[200 @1500 + 200 @free + 200 @1500]", 20, "200 m at 32.0 · in 0:12"),
        ("600[200 @1500 + 200 @free + 200 @1500]", 40, "finish at 600 m · no target"),
        ("400 @62-64", 50, "finish at 1:02.0–1:04.0 · in 0:13"),
    ],
)
def test_next_mark_tells_the_next_leg_and_the_band(line: str, seconds: int, shown: str) -> None:
    state = advance(session(line, Start(t=0)), GO + seconds * 1000).state
    assert group_clock(state, "A", GO + seconds * 1000).next_split == shown


def test_change_of_legs_sounds_like_a_split_and_is_spoken() -> None:
    line = "800[200 @33 + 200 @38]"
    state = advance(session(line, Start(t=0)), GO).state
    assert [at for at, _ in cue_moments(state, "split")] == [16_500, 33_000, 52_000, 71_000, 87_500, 104_000, 123_000]
    assert cue_moments(state, "say") == [(33_350, "float"), (71_350, "on"), (104_350, "float")]
    timed = advance(session("2min[45s @1500 + 15s @free]", Start(t=0)), GO).state
    assert [at for at, _ in cue_moments(timed, "split")] == [45_000, 60_000, 105_000]
    free = advance(session("600[200 @1500 + 200 @free + 200 @1500]", Start(t=0)), GO).state
    assert [at for at, _ in cue_moments(free, "split")] == [16_000, 32_000]


def test_warm_up_is_counted_up_and_the_cool_down_after_the_end() -> None:
    state = session("wu15min, 400 @64.0, cd10min")
    face = group_clock(state, "A", 65_000)
    assert (face.digits, face.caption) == ("1:05", "warm-up of 15min")
    done = session("wu15min, 400 @64.0, cd10min", Start(t=100_000), Tap(t=174_000, athlete="Ann"))
    assert group_clock(done, "A", 240_000).caption == "1:04 from the first GO · cool-down of 10min: 1:06"
