"""`caller` at a set or a rep: the seconds are counted in its reps alone."""

from __future__ import annotations

import pytest

from kicktimer.cues import VoiceSettings, cues
from kicktimer.plan import build_plan
from kicktimer.session import Refusal, advance, decide, initial_state
from kicktimer.session.commands import Start, Tap
from kicktimer.squad import Athlete, Squad
from kicktimer.workout import parse_workout

FILE = """
name: x
caller: {top}
recovery: 10s
sets:
- {{reps: 1, distance: 200m, target: 30.0, caller: {first}}}
- {{reps: 1, distance: 200m, target: 30.0}}
"""


@pytest.mark.parametrize(("top", "first", "counted"), [("off", "on", (True, False)), ("on", "off", (False, True))])
def test_seconds_are_counted_in_the_reps_that_have_the_caller(top: str, first: str, counted: tuple[bool, bool]) -> None:
    workout = parse_workout(FILE.format(top=top, first=first), "x.yaml")[0]
    squad = Squad("x", (Athlete("Ann", "a"),))
    state = initial_state(build_plan(workout, squad))
    found = []
    for command in (Start(t=0), Tap(t=40_000, athlete="Ann")):
        outcome = decide(advance(state, command.t).state, command)
        assert not isinstance(outcome, Refusal)
        state = advance(outcome.state, 25_000 if command.t == 0 else 60_000).state
        found.append(any(cue.name == "count" for cue in cues(state, VoiceSettings(lines=True))))
    assert tuple(found) == counted
