"""Each key of the file formats: accepted at its levels, refused elsewhere with a hint, by parser and JSON Schema."""

from __future__ import annotations

import jsonschema
import pytest

from kicktimer.cli.schema import make_schema
from kicktimer.errors import FaultsError
from kicktimer.library import is_squad_text
from kicktimer.pace import parse_pace
from kicktimer.plan import PlannedRep, build_plan
from kicktimer.squad import Squad, parse_squad, single_athlete_squad
from kicktimer.workout import parse_workout
from tests.cli.editor_yaml import load_like_an_editor

LEVELS = {
    "workout": "name: x\n{key}\nsets:\n- {{reps: 6, distance: 800m}}\n",
    "set": "name: x\nsets:\n- reps: 6\n  distance: 800m\n  {key}\n",
    "set of a list": "name: x\nsets:\n- reps: [800m, 800m]\n  {key}\n",
    "rep": "name: x\nsets:\n- reps:\n  - distance: 800m\n    {key}\n",
}
RUNNER = single_athlete_squad({1_500_000: 240_000})
EVERYWHERE = {*LEVELS}
SETS = {"set", "set of a list"}
REPS = {"set", "rep"}  # a set of equal reps takes the keys of a rep
KEYS = [
    ("about: y", {"workout"}), ("by: y", {"workout"}), ("kind: hills", {"workout"}), ("countdown: 5s", {"workout"}),
    ("closing: 1", {"workout"}),
    ("name: y", SETS), ("repeat: 2", SETS), ("set_recovery: 4min", SETS),
    ("target: 2:08", REPS | SETS), ("target: 2:05-2:10", REPS | SETS), ("caller: on", EVERYWHERE),
    ("warmup: 15min", {"workout"}), ("cooldown: 2km", {"workout"}), ("jog: 3:00 per 400m", EVERYWHERE),
    ("pattern: [{distance: 200m, target: 33}, {distance: 200m, pace: free, name: easy}]", REPS),
    ("pace: 105-110% 5k", EVERYWHERE), ("recovery: 200m in 75s", EVERYWHERE),
    ("last: {distance: 200m, pace: kick}", REPS), ("quiet: [100m, 300m]", REPS),
    ("cues: [{at: countdown, say: y}]", EVERYWHERE),
    ("pace: 800m", EVERYWHERE), ("recovery: 45s", EVERYWHERE), ("recovery: ready", EVERYWHERE),
    ("send_off: 4min", EVERYWHERE), ("recovery_from: first", EVERYWHERE), ("recovery_from: target", EVERYWHERE),
    ("recovery_from: last", EVERYWHERE), ("recovery_from: own", {"workout"}), ("splits: 200m", EVERYWHERE),
    ("splits: [200m, 300m]", EVERYWHERE), ("splits: none", EVERYWHERE), ("timed: finish", EVERYWHERE),
    ("timed: splits", EVERYWHERE), ("timed: [200m]", EVERYWHERE), ("relax: y", EVERYWHERE),
    ("cues: [{at: 200m to go, say: y}]", EVERYWHERE - {"workout"}),
]  # fmt: skip


@pytest.mark.parametrize(("key", "allowed"), KEYS, ids=[each[0] for each in KEYS])
@pytest.mark.parametrize("level", LEVELS)
def test_key_is_accepted_only_at_its_levels(level: str, key: str, allowed: set[str]) -> None:
    text = LEVELS[level].format(key=key)
    if level == "workout" and key.startswith("name"):
        return
    schema = jsonschema.Draft7Validator(make_schema("workout"))
    if level in allowed:
        workout, faults = parse_workout(text, "x.yaml")
        assert faults == ()
        assert build_plan(workout, RUNNER).groups
        assert schema.is_valid(load_like_an_editor(text))
        return
    with pytest.raises(FaultsError) as caught:
        parse_workout(text, "x.yaml")
    [fault] = caught.value.faults
    assert fault.hint
    line = text.splitlines()[fault.line - 1]
    name = key.partition(":")[0]
    assert line[fault.column - 1 :].startswith(name) or key.partition(": ")[2].find(line[fault.column - 1 :][:9]) >= 0
    assert not schema.is_valid(load_like_an_editor(text))


@pytest.mark.parametrize("level", LEVELS)
def test_exclusive_keys_are_refused_at_every_level(level: str) -> None:
    indent = " " * {"workout": 0, "rep": 4}.get(level, 2)
    pairs = [("recovery: 30s", "send_off: 95s"), ("pace: 800m", "target: 2:08")]
    for one, other in pairs[: 2 if level in REPS else 1]:
        with pytest.raises(FaultsError) as caught:
            parse_workout(LEVELS[level].format(key=f"{one}\n{indent}{other}"), "x.yaml")
        assert [fault.hint[-10:] for fault in caught.value.faults] == ["delete one"]
    # At different levels the two keys are allowed: the nearest level wins.
    text = "name: x\nrecovery: 30s\npace: 800m\nsets: [{reps: 1, distance: 400m, send_off: 95s, target: 64.0}]"
    assert parse_workout(text, "x.yaml")[1] == ()


@pytest.mark.parametrize(
    ("at", "fits"),
    [("countdown", "both"), ("recovery", "both"), ("start", "both"), ("300m", "distance"), ("0.5 laps", "distance"),
     ("200m to go", "distance"), ("1:30", "duration"), ("90s", "duration"), ("1:04.5", "duration")],
)  # fmt: skip
def test_cue_moment_is_accepted_only_in_reps_that_have_it(at: str, fits: str) -> None:
    for kind, length in (("distance", "400m"), ("duration", "3min")):
        text = f"name: x\nsets: [{{reps: 1, {kind}: {length}, cues: [{{at: {at}, say: y}}]}}]"
        if fits in ("both", kind):
            assert parse_workout(text, "x.yaml")[1] == ()
            continue
        with pytest.raises(FaultsError) as caught:
            parse_workout(text, "x.yaml")
        assert caught.value.faults[0].hint


def plan_last_rep(text: str) -> PlannedRep:
    return build_plan(parse_workout(text, "x.yaml")[0], Squad()).groups[0].reps[-1]


def test_defaults_are_those_of_the_format() -> None:
    long = plan_last_rep("name: x\nsets: [{reps: 6, distance: 400m}]")
    assert (long.rest.kind, long.rest.ms, long.pace) == ("last", 30_000, parse_pace("1500m"))
    assert (long.splits, long.relax) == ((100_000, 200_000, 300_000), "How relaxed can you look at the right pace?")
    assert (long.closing, long.timed, long.optional) == (True, (200_000,), (200_000,))
    assert (
        plan_last_rep("name: x\nsets: [{reps: 6, distance: 200m}]").timed == ()
    )  # the default mark at 200 m to go needs a longer rep
    assert (
        plan_last_rep("name: x\ntimed: finish\nsets: [{reps: 6, distance: 400m}]").timed == ()
    )  # an explicit `timed` replaces the default mark
    assert not plan_last_rep("name: x\nsets: [{reps: 5, distance: 400m}]").closing
    plan = build_plan(parse_workout("name: x\nsets: [400]", "x.yaml")[0], Squad())
    assert plan.groups[0].countdown_ms == 10_000


SQUAD = "name: Monday squad\n{}\nathletes:\n- {{name: a, {}}}\n- name: b\n{}\n"


@pytest.mark.parametrize(
    ("top", "athlete", "bottom"),
    [
        ("track: {length: 200m}", "key: m", ""), ("track: {lane: 3}", "key: '1'", ""),
        ("track: {length: 1km}", "key: Ü", ""),
        ("", "group: B", "groups: {A: {}, B: {start_after: 10s}}"), ("", "races: {1500m: 3:58.2, 800m: 1:54.0}", ""),
        ("", "races: {1500: 3:58.2, mile: 4:15, 5k: '14:30', 10k: 30:00, 600m: 1:22}", ""),
        ("", "kick: {fresh_200m: 25.6, goal_last_200m: 27.2}", ""), ("", "kick: {fresh_200m: 25.6}", ""),
        ("", "kick: {fresh_200m: 25.6, start: standing, on: 2026-09-01}", ""),
        ("", "group: C", "groups: {C: {workout: 8x300 @1500 r30}}"), ("track:", "races: {}, kick: ", "groups: {A: }"),
    ],
)  # fmt: skip
def test_squad_keys_are_accepted(top: str, athlete: str, bottom: str) -> None:
    text = SQUAD.format(top, athlete, bottom)
    assert is_squad_text(text.encode())
    squad, faults = parse_squad(text, "s.yaml")
    assert faults == ()
    assert len({each.key for each in squad.athletes}) == 2
    jsonschema.Draft7Validator(make_schema("squad")).validate(load_like_an_editor(text))
