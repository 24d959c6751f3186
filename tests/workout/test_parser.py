"""Workouts: the file format, its levels, and the faults of wrong files."""

from __future__ import annotations

import json

import pytest

from kicktimer.errors import Fault, FaultsError
from kicktimer.library import load_workout, shipped_workouts
from kicktimer.plan import PlannedRep, SpokenLine, build_plan, expected_timetable, warnings
from kicktimer.squad import Athlete, Squad, Track, single_athlete_squad
from kicktimer.text import display_width, format_fault
from kicktimer.workout import Workout, dump_workout, parse_workout

FULL = """\
# yaml-language-server: $schema=…
name: 8 x 400 burner            # required
about: Race pace on 30 s. The last two: look relaxed, stay on pace.
by: a name                      # who wrote it
kind: burner                    # burner | strength | tempo | hills | speed | other: reviews count weeks by kind
pace: 1500m                     # default pace of every rep
recovery: 30s
recovery_from: last             # first | last | target (hands-free: the clock runs on target times) | own
splits: 100m
timed: finish
countdown: 10s                  # before the first GO
closing: 2                      # the last N reps of the workout are closing reps
relax: How relaxed can you look at the right pace?    # the reminder of the closing reps
cues: [{at: countdown, say: Shoulders down. Nothing to spend yet.}]
sets:
  - reps: 8                     # n equal reps …
    distance: 400m              # … of a distance (or duration: 3min)
  - repeat: 2                   # or a list of reps, run `repeat` times
    name: ladder
    recovery: 30s
    set_recovery: 4min
    reps:
      - 200m
      - {distance: 300m, pace: 98% 1500m}
      - {distance: 400m, recovery: 45s, target: 64.0}
      - {distance: 400m, last: {distance: 200m, pace: kick}}
      - {distance: 1000m, quiet: [300m, 700m], cues: [{at: 300m, say: Tune out}, {at: 200m to go, say: Tune in}]}
"""
SQUAD = Squad(athletes=(Athlete("Matan", "m", races={1_500_000: 238_200}, goal_last_200_ms=27_200),))


def plan_reps(text: str, squad: Squad = SQUAD) -> tuple[PlannedRep, ...]:
    workout, faults = parse_workout(text, "x.yaml")
    assert faults == ()
    return build_plan(workout, squad).groups[0].reps


def faults_of(text: str | bytes) -> tuple[Fault, ...]:
    with pytest.raises(FaultsError) as caught:
        parse_workout(text, "x.yaml")
    return caught.value.faults


def test_example_of_the_format_is_parsed_completely() -> None:
    reps = plan_reps(FULL)
    assert [rep.set for rep in reps] == [1] * 8 + [2] * 5 + [3] * 5
    assert [rep.rest.ms // 1000 for rep in reps] == [30] * 8 + [30, 30, 45, 30, 240] + [30, 30, 45, 30, 30]
    assert [rep.closing for rep in reps] == [False] * 16 + [True] * 2
    assert reps[0].says == (SpokenLine("countdown", "Shoulders down. Nothing to spend yet."),)
    assert reps[9].pace.text == "98% 1500m"
    assert reps[9].targets["Matan"].ms == 48_612  # 98 % of the speed of 47.64 s
    assert reps[10].targets["Matan"].ms == 64_000
    assert reps[10].targets["Matan"].marks == {100_000: 16_000, 200_000: 32_000, 300_000: 48_000}
    assert reps[11].targets["Matan"].ms == 31_760 + 27_200
    assert reps[11].targets["Matan"].marks[300_000] == 31_760 + 13_600
    assert reps[12].quiet == (300_000, 700_000)
    assert reps[12].says == (SpokenLine("mark", "Tune out", 300_000), SpokenLine("mark", "Tune in", 800_000))
    assert reps[17].relax == "How relaxed can you look at the right pace?"
    assert reps[8].set_name == "ladder"
    assert reps[17].timed == ()  # an explicit `timed` replaces the default mark


def test_dumped_workout_parses_to_an_equal_workout() -> None:
    for text in (FULL, "name: x\nsets: ['8x400 @1500 r30', {reps: 2, duration: 3min, cues: [{at: 1:30, say: half}]}]"):
        workout, _ = parse_workout(text, "x.yaml")
        dumped = json.loads(json.dumps(dump_workout(workout)))
        assert Workout.model_validate(dumped) == workout
        assert parse_workout(json.dumps(dumped), "again.yaml")[0] == workout


def test_defaults_apply_where_keys_are_left_out() -> None:
    reps = plan_reps("name: x\nsets: [{reps: 6, distance: 400m}]")
    assert [rep.closing for rep in reps] == [False] * 4 + [True] * 2
    assert [(rep.rest.kind, rep.rest.ms) for rep in reps] == [("last", 30_000)] * 6
    assert reps[0].pace.text == "1500m"
    assert reps[0].splits == (100_000, 200_000, 300_000)
    assert reps[0].timed == ()
    assert reps[5].timed == reps[5].optional == (200_000,)
    text = "How relaxed can you look at the right pace?"
    assert reps[5].says == (SpokenLine("recovery", text, relax=True), SpokenLine("mark", text, 200_000, relax=True))
    assert not any(rep.closing for rep in plan_reps("name: x\nsets: [{reps: 5, distance: 400m}]"))


def test_nearest_level_overrides_the_others() -> None:
    text = """\
name: x
pace: 800m
send_off: 95s
splits: none
timed: splits
relax: workout
closing: 4
sets:
  - recovery: 1min
    target: 60
    relax: set
    reps: 1
    distance: 400m
  - pace: 1500m
    splits: [150m, 50m]
    reps:
      - 400m
      - {distance: 200m, recovery: ready, target: 30, splits: 50m, timed: [100m], relax: rep}
      - {distance: 100m, recovery_from: first, recovery: 20s, pace: free}
"""
    one, two, three, four = plan_reps(text)
    assert (one.target_ms, one.rest.kind, one.rest.ms, one.splits, one.relax) == (60_000, "last", 60_000, (), "set")
    assert (two.pace.text, two.target_ms, two.rest.kind, two.rest.ms) == ("1500m", None, "send_off", 95_000)
    assert (two.splits, two.timed, two.relax) == ((50_000, 150_000), (50_000, 150_000), "workout")
    assert (three.rest.kind, three.target_ms, three.splits) == ("ready", 30_000, (50_000, 100_000, 150_000))
    assert (three.timed, three.optional, three.relax) == ((100_000,), (), "rep")
    assert (four.rest.kind, four.rest.ms, four.targets, four.splits) == ("first", 20_000, {}, (50_000,))


def test_set_recovery_applies_only_where_another_rep_follows() -> None:
    reps = plan_reps("name: x\nsets: [{reps: 2, distance: 200m, repeat: 2, set_recovery: 3min, send_off: 60s}]")
    kinds = [(rep.set, rep.rest.kind, rep.rest.ms) for rep in reps]
    assert kinds == [(1, "send_off", 60_000), (1, "last", 180_000), (2, "send_off", 60_000), (2, "send_off", 60_000)]


def test_cues_are_planned_at_their_moments() -> None:
    text = """\
name: x
closing: 0
sets:
  - reps: 2
    distance: 400m
    cues: [{at: countdown, say: c}, {at: recovery, say: r}, {at: start, say: s}, {at: 0.5 laps, say: m}]
  - reps: [{distance: 400m, cues: [{at: 400m to go, say: all}, {at: 400m, say: finish}]}]
    cues: [{at: start, say: not heard}]
  - {reps: 1, duration: 3min, cues: [{at: 1:30, say: half}, {at: 60 s, say: minute}]}
"""
    workout, faults = parse_workout(text, "x.yaml")
    assert faults == ()
    reps = build_plan(workout, SQUAD).groups[0].reps
    common = (SpokenLine("recovery", "r"), SpokenLine("start", "s"), SpokenLine("mark", "m", 200_000))
    assert reps[0].says == (SpokenLine("countdown", "c"), *common)
    assert reps[1].says == common
    assert reps[2].says == (SpokenLine("start", "all"), SpokenLine("mark", "finish", 400_000))
    assert reps[3].says == (SpokenLine("elapsed", "half", 90_000), SpokenLine("elapsed", "minute", 60_000))
    assert reps[3].splits == ()


def test_laps_have_the_length_of_the_squads_track() -> None:
    text = "name: x\nclosing: 0\nsets: [{reps: 1, distance: 2 laps, splits: 1 lap}]"
    (rep,) = plan_reps(text, Squad(track=Track(200_000)))
    assert (rep.distance_mm, rep.splits) == (400_000, (200_000,))
    (rep,) = plan_reps(text, Squad(track=Track(400_000, 3)))
    assert rep.distance_mm == 2 * 414_703


def test_closing_rep_by_duration_has_its_reminder_halfway() -> None:
    (rep,) = plan_reps("name: x\nclosing: 1\nsets: [{reps: 1, duration: 3min}]")
    assert [(say.at, say.value) for say in rep.says] == [("recovery", 0), ("elapsed", 90_000)]
    (rep,) = plan_reps("name: x\nclosing: 1\nrelax: none\nsets: [{reps: 1, duration: 3min}]")
    assert rep.says == ()


WRONG = [
    # text, line, column, width, part of the problem, part of the hint
    ("nam: x\nsets: [400]", 1, 1, 3, "`nam` is not known", "did you mean `name`?"),
    ("sets: [400]", 1, 1, 1, "`name` is missing", "name: 8 x 400 burner"),
    ("name: x", 1, 1, 1, "`sets` is missing", "reps: 8"),
    ("name: x\nrecovery: 30m\nsets: [400]", 2, 11, 3, "no duration", "write 30min"),
    ("name: x\nsend_off: 0\nsets: [400]", 2, 11, 1, "of 0 is too short", "more than 0"),
    ("name: x\nrecovery: 3\nsend_off: 9\nsets: [400]", 3, 1, 8, "both `recovery` and `send_off`", "delete one"),
    ("name: x\nsets: [{reps: 1, distance: 4, pace: kick, target: 3}]", 2, 43, 6, "both `pace` and `target`", "delete"),
    ("name: x\nname: y\nsets: [400]", 2, 1, 4, "`name` stands twice", "line 1"),
    ("name: x\nclosing: 9\nsets: [400]", 2, 10, 1, "9 closing reps, but the workout has 1", "closing: 1"),
    ("name: x\ncaller: yes\nsets: [400]", 2, 9, 3, "none of on, off", "`on`"),
    ("name: x\nkind: burnr\nsets: [400]", 2, 7, 5, "none of burner", "`burner`"),
    ("name: x\nrecovery_from: frist\nsets: [400]", 2, 16, 5, "none of first", "`first`"),
    ("name: x\nsets: [{reps: 1, distance: 4, recovery_from: own}]", 2, 46, 3, "whole workout", "top of the file"),
    ("name: x\nsets: [{reps: 1, distance: 4, closing: 1}]", 2, 31, 7, "does not belong here", "top of the file"),
    ("name: x\nreps: 8\nsets: [400]", 2, 1, 4, "does not belong here", "to a set"),
    ("name: x\nsets: [{reps: 8}]", 2, 9, 4, "8 reps of what?", "distance: 400m"),
    ("name: x\nsets: [{distance: 400m}]", 2, 8, 1, "`reps` is missing", "reps: 8"),
    ("name: x\nsets: [{reps: 8, distance: 4, duration: 3min}]", 2, 31, 8, "both `distance` and", "delete one"),
    ("name: x\nsets: [{reps: [400m], distance: 4}]", 2, 23, 8, "belongs to each rep", "{distance: 400m"),
    ("name: x\nsets: [{reps: 3, duration: 3min, target: 60}]", 2, 34, 6, "needs a distance", "delete"),
    ("name: x\nsets: [{reps: 0, distance: 400m}]", 2, 15, 1, "from 1 to 500", "at least 1"),
    ("name: x\nsets: [{reps: 1000000000, distance: 400m}]", 2, 15, 10, "too many", "at most 500"),
    ("name: x\nsets: [{reps: 400, repeat: 2, distance: 400m}]", 2, 1, 4, "800 reps are too many", "at most 500"),
    ("name: x\nsets: [{reps: 2, distance: 400s}]", 2, 28, 4, "is a time", "write 400m"),
    ("name: x\nsets: [{reps: 500, distance: 10km}]", 2, 1, 4, "more than anybody", ""),
    ("name: x\nsets: [{reps: 500, duration: 10min}]", 2, 1, 4, "over 24 h", ""),
    ("name: x\nsplits: 1m\nsets: [10km]", 3, 1, 4, "splits are too many", "longer"),
    ("name: x\nsets: []", 2, 7, 1, "a list without sets", ""),
    ("name: x\nsets: 400m", 2, 7, 4, "a list is expected", "- "),
    ("name: x\nsplits: [200m, 500m]\nsets: [400]", 2, 16, 4, "beyond every rep", "400m"),
    ("name: x\ntimed: [100m, 150s]\nsets: [400]", 2, 15, 4, "is a time", "150m"),
    ("name: x\ntimed: finsh\nsets: [400]", 2, 8, 5, "none of finish", "`finish`"),
    ("name: x\nsplits: 200m, 300m\nsets: [400]", 2, 9, 10, "", "[200m, 300m]"),
    ("name: x\nsets: [{reps: 1, distance: 4, last: {distance: 4, pace: kick}}]", 2, 48, 1, "the last 4m", "shorter"),
    ("name: x\nsets: [{reps: 1, distance: 4, last: {distance: 2}}]", 2, 37, 1, "`pace` is missing", "kick"),
    ("name: x\nsets: [{reps: 1, distance: 400, quiet: [300, 100]}]", 2, 40, 1, "covers no distance", "begins"),
    ("name: x\nsets: [{reps: 1, distance: 400, quiet: [300, 500]}]", 2, 40, 1, "beyond the rep", "400m"),
    ("name: x\nsets: [{reps: 1, distance: 400, quiet: [300]}]", 2, 40, 1, "has 1 marks", "[300m, 700m]"),
    ("name: x\ncues: [{at: start, say: y}]\nsets: [400]", 2, 13, 5, "come at `countdown`", "set or a rep"),
    ("name: x\nsets: [{reps: 1, distance: 4, cues: [{at: 5m, say: y}]}]", 2, 43, 2, "beyond the rep", "4m"),
    ("name: x\nsets: [{reps: 1, distance: 4, cues: [{at: 5m to go, say: y}]}]", 2, 43, 8, "beyond the rep", "4m"),
    ("name: x\nsets: [{reps: 1, duration: 9, cues: [{at: 5m, say: y}]}]", 2, 43, 2, "in a timed rep", "1:30"),
    ("name: x\nsets: [{reps: 1, distance: 4, cues: [{at: 1:30, say: y}]}]", 2, 43, 4, "rep by distance", "300m"),
    ("name: x\nsets: [{reps: 1, distance: 4, cues: [{at: begin, say: y}]}]", 2, 43, 5, "no moment", "countdown"),
    ("name: x\nsets: [{reps: 1, distance: 4, cues: [{at: start}]}]", 2, 38, 1, "`say` is missing", "say:"),
    ("name: x\nsets: [{reps: 1, distance: 4, cues: [{at: start, say: a, b}]}]", 2, 58, 1, "not known", "quotes"),
    ("name: x\nsets: [{reps: 1, distance: 4, target: 0}]", 2, 39, 1, "of 0 is too short", ""),
    ("name: x\npace: 64.0\nsets: [400]", 2, 7, 4, "", "target: 64.0"),
    ("name: x\npace: {a: b}\nsets: [400]", 2, 7, 1, "one value is expected", ""),
    ("name: [x]\nsets: [400]", 1, 7, 1, "one value is expected", ""),
    ("name: ''\nsets: [400]", 1, 7, 2, "the name is empty", ""),
    ("name: x\nsets: [8x400 @150o]", 2, 14, 5, "no pace", "1500m"),
    ("name: x\nsets: ['8x400 @150o']", 2, 8, 13, "no pace", "1500m"),
    ("name: x\nsets: [{reps: [200 m r30], repeat: 2}]", 2, 16, 9, "no distance", "{distance: 300m"),
    ("name: x\nrest: 30\nsets: [400]", 2, 1, 4, "not known", "`recovery`"),
    ("name: x\ncountdown: -5\nsets: [400]", 2, 12, 2, "never negative", "write 5"),
    ("- a\n- b", 1, 1, 1, "a mapping of keys", "name"),
    ("name: x\n<<: {a: b}\nsets: [400]", 2, 1, 2, "merge keys", "write the keys out"),
    ("name: x\nsets: [{reps: 2, distance: 400m, athletes: x}]", 2, 34, 8, "does not belong", "squad"),
]


@pytest.mark.parametrize(("text", "line", "column", "width", "problem", "hint"), WRONG)
def test_fault_is_reported_at_its_position(  # noqa: PLR0917
    text: str, line: int, column: int, width: int, problem: str, hint: str
) -> None:
    fault = faults_of(text)[0]
    assert (fault.line, fault.column, fault.width) == (line, column, width)
    assert problem in fault.problem
    assert hint in fault.hint
    assert fault.source == text.split("\n")[line - 1]


def test_all_faults_of_a_file_are_reported_at_once() -> None:
    text = """\
name: x
recovery: 30m
clossing: 3
closing: 30
sets:
  - reps: 8
    distance: 400s
  - {reps: 1, distance: 400m, quiet: [300m, 200m], cues: [{at: strat, say: x}, {at: start, say: y}]}
  - 8x400 r2m, 2x20o
  - {reps: [200m, 3minn, {distance: 400m, last: {distance: 400m, pace: kick}}]}
"""
    found = [(fault.line, fault.column) for fault in faults_of(text)]
    assert found == [(2, 11), (3, 1), (7, 15), (8, 38), (8, 64), (9, 11), (9, 18), (10, 19), (10, 60)]


def test_faulty_rep_does_not_hide_other_faults() -> None:
    text = """\
name: x
closing: 20
splits: [100m, 900m]
sets:
  - {reps: 8, distance: 400m, cues: [{at: 500m, say: x}]}
  - {reps: 8, distance: 400s, splits: [200m], cues: [{at: 500m, say: x}]}
  - reps: [200m, 3minn]
    cues: [{at: 900m, say: x}]
"""
    found = [(fault.line, fault.column) for fault in faults_of(text)]
    # Nothing is reported for reps of unknown length: they may reach the mark at 900 m, or the cue.
    assert found == [(2, 10), (5, 43), (6, 25), (7, 18)]


@pytest.mark.parametrize(
    "text",
    [
        "name: x\nclosing: 9\nsets: [400, {reps: 0, distance: 400m}]",
        "name: x\nclosing: 9\nsets: [400, 8x40o]",
        "name: x\nclosing: 9\nsets: [400, {reps: 2, repeat: a, distance: 400m}]",
        "name: x\nsplits: [900m]\nsets: [{reps: 2, distance: 400m, splits: 200s}]",
        "name: x\npace: fast\nsets: [{reps: 2, distance: 400m, cues: [{at: 200m, say: x}]}]",
        "name: x\npace: free\nsets: [{reps: 2, distance: 400m, target: x, cues: [{at: 200m, say: x}]}]",
        "name: x\nsets: [{reps: 1, distance: 40o, last: {distance: 200, pace: kick}, quiet: [100, 200]}]",
    ],
)
def test_fault_causes_no_false_fault_elsewhere(text: str) -> None:
    assert len(faults_of(text)) == 1


def test_cue_at_a_distance_without_a_target_is_a_warning() -> None:
    text = "name: x\npace: free\nsets: [{reps: 1, distance: 400m, cues: [{at: 200m, say: x}, {at: start, say: y}]}]"
    _, faults = parse_workout(text, "x.yaml")
    assert [(fault.warning, fault.line, fault.column) for fault in faults] == [(True, 3, 46)]
    for better in ("distance: 400m, target: 64.0", "distance: 400m, pace: 1500m"):
        assert parse_workout(text.replace("distance: 400m", better), "x.yaml")[1] == ()


def test_unclosed_quote_or_bracket_is_reported_where_it_opens() -> None:
    for text, line, column in (
        ("name: x\nsets: [400, {reps: 2, distance: 400m", 2, 13),
        ("name: x\nsets: [400,\n  200\n\n", 2, 7),
        ('name: "x\nsets: [400]\n', 1, 7),
        ("name: 'x", 1, 7),
    ):
        fault = faults_of(text)[0]
        assert (fault.line, fault.column) == (line, column)
        assert "never closed" in fault.problem


def test_send_off_shorter_than_the_target_is_a_warning() -> None:
    """It is said for each set once, where the next GO depends on it: not for the last rep of the workout."""
    text = "name: x\nsets:\n  - {reps: 2, distance: 400m, target: 64s, send_off: 60s}\n  - 2x300 @46.0 on45\n"
    _, faults = parse_workout(text, "x.yaml")
    assert [(fault.warning, fault.line, fault.problem) for fault in faults] == [
        (True, 3, "the send-off of 1min leaves no rest: the target is 1:04.0"),
        (True, 4, "the send-off of 45s leaves no rest: the target is 46.0"),
    ]
    for enough in ("{reps: 2, distance: 400m, target: 64s, send_off: 70s}", "400m @64.0 on60", "2x400 @1500 on60"):
        assert parse_workout(f"name: x\nsets: [{enough}]\n", "x.yaml")[1] == ()


def test_countdown_cue_after_the_first_rep_is_a_warning() -> None:
    text = "name: x\nsets: [200m, {reps: 1, distance: 200m, cues: [{at: countdown, say: x}]}]"
    _, faults = parse_workout(text, "x.yaml")
    assert [(fault.warning, fault.line, fault.column) for fault in faults] == [(True, 2, 52)]


def test_formatted_fault_has_carets_under_its_token() -> None:
    (fault,) = faults_of("name: x\nabout: 漢字\nsets: [200m, 漢字]\n")
    shown = format_fault(fault).split("\n")
    assert shown[0] == "x.yaml:3:14: `漢字` is no distance and no duration"
    assert shown[1] == "   3 | sets: [200m, 漢字]"
    assert shown[2] == "     | " + " " * 13 + "^^^^"
    assert shown[3].startswith("  hint: ")
    long = faults_of("name: " + "x" * 300 + "\nsets: [400]")[0]
    assert max(display_width(line) for line in format_fault(long).split("\n")) < 130


def test_text_with_a_colon_needs_no_quotes() -> None:
    text = """\
name: Tempo: long
about: It's this: go # why
sets:
  - reps: 1
    distance: 400m
    cues:
    - at: start
      say: Now: go
"""
    workout, faults = parse_workout(text, "x.yaml")
    assert faults == ()
    assert (workout.name, workout.about) == ("Tempo: long", "It's this: go")
    fault = faults_of("name: a: b\npace: a: b\nsets: [400]")[0]
    assert (fault.line, "quotes" in fault.hint) == (2, True)


def test_shipped_workouts_can_be_planned() -> None:
    names = [name for name, _ in shipped_workouts()]
    assert {"8x400-burner", "10x200-burner", "6x300-burner", "ladder-200-300-400", "hands-free-12x200", "demo"} <= set(
        names
    )
    for name in names:
        workout, faults, source = load_workout(name)
        assert faults == ()
        assert name in source
        assert len(workout.about) > 80
        plan = build_plan(workout, SQUAD)
        assert warnings(plan) == ()
        assert len(plan.groups[0].reps) > 0


def test_demo_takes_half_a_minute_and_has_splits_and_reminders() -> None:
    workout, _, _ = load_workout("demo")
    plan = build_plan(workout, single_athlete_squad({}))
    total = expected_timetable(plan).total_ms
    assert total is not None
    assert 20_000 <= total <= 40_000
    last = plan.groups[0].reps[-1]
    assert last.closing
    assert last.splits
    assert {say.at for say in last.says} == {"recovery", "mark"}


@pytest.mark.parametrize(
    ("text", "line", "column", "hint"),
    [
        ("name:x\nsets: [400]", 1, 5, "name: …"),
        ("name: x\nsets: [{reps:8, distance: 400m}]", 2, 9, "reps: 8"),
        ("name: x\nsets:\n- reps:8\n  distance:400m", 3, 3, "reps: 8"),
        ("name: x\nsets: [{reps: 8, distance: 400m, cues:}]", 2, 38, "key: value"),
        ("name: x\nabout:y\n  sets: [400]", 2, 6, "about: …"),
    ],
)
def test_missing_space_after_a_colon_is_reported(text: str, line: int, column: int, hint: str) -> None:
    fault = next(fault for fault in faults_of(text) if hint in fault.hint)
    assert (fault.line, fault.column) == (line, column)
