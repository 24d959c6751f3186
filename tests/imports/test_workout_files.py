"""Other programs' workouts: what becomes of each format, faults with their places, and hostile files."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kicktimer.errors import FaultsError
from kicktimer.imports.workout_files import ImportedFile, import_workout
from kicktimer.workout import parse_workout
from kicktimer.workout.resolve import ResolvedRep, resolve_reps
from tests.imports import workout_samples as samples


def read(text: str, file: str = "theirs.txt", wanted: str = "") -> ImportedFile:
    return import_workout(text.encode(), file, wanted)


def reps_of(found: ImportedFile) -> tuple[ResolvedRep, ...]:
    workout, warnings = parse_workout(found.text, "ours.yaml")
    assert not warnings
    return resolve_reps(workout)


def outline(found: ImportedFile) -> list[tuple[str, str]]:
    """Returns each rep's mark, and the rest after all but the last: `90s`, `ready`, or a jog such as `200m/60s`."""
    lines = []
    for rep in reps_of(found):
        mark = f"{rep.distance_mm / 1000:g}m" if rep.distance_mm else f"{(rep.duration_ms or 0) / 1000:g}s"
        rest = f"{rep.rest.ms / 1000:g}s"
        if rep.rest.jog_mm:
            rest = f"{rep.rest.jog_mm / 1000:g}m/{rest}"
        lines.append((mark, "ready" if rep.rest.kind == "ready" else rest))
    return [*lines[:-1], (lines[-1][0], "")]


def faults_of(text: str | bytes, file: str = "theirs.txt", wanted: str = "") -> list[tuple[int, int, str]]:
    with pytest.raises(FaultsError) as caught:
        import_workout(text.encode() if isinstance(text, str) else text, file, wanted)
    assert all(fault.file == file for fault in caught.value.faults)
    return [(fault.line, fault.column, fault.problem) for fault in caught.value.faults]


# -- intervals.icu


def test_text_of_intervals_icu_with_headings() -> None:
    found = read(samples.HILLS_ICU)
    assert outline(found) == [*[("45s", "120s")] * 7, ("45s", "")]
    assert "warmup: 10min\n" in found.text
    assert "cooldown: 10min\n" in found.text
    assert "  - 8x45s r2min\n" in found.text
    assert found.text.startswith("# Imported from theirs.txt, workout text of intervals.icu")
    assert "name: Hill day\n" in found.text
    assert "95-100 % of the threshold pace at every rep" in found.notes


def test_text_of_intervals_icu_with_distances_paces_and_the_lap_button() -> None:
    found = read(samples.MIXED_ICU, "tuesday.txt")
    assert outline(found) == [
        *[("400m", "200m/60s")] * 6, ("1000m", "ready"), ("1000m", "ready"), ("1000m", "ready"), ("1609.34m", ""),
    ]  # fmt: skip
    reps = reps_of(found)
    assert reps[0].pace.text == "4:10/km"
    assert reps[6].pace.text == "3:55-4:05/km"
    assert reps[9].pace.text == "6:40/mile"
    assert "a cadence of 180rpm at reps 7 to 9" in found.notes
    assert "“Stay tall” at rep 10" in found.notes
    assert "2m, or until the lap button in the recovery after reps 7 to 9" in found.notes
    assert "name: tuesday\n" in found.text


def test_a_repeat_that_begins_with_its_recovery() -> None:
    found = read(samples.EASY_FIRST_ICU)
    assert outline(found) == [("180s", "0s"), ("90s", "120s"), ("180s", "0s"), ("90s", "")]
    assert "a rest before the first rep is left out: you start it" in found.notes


def test_easy_steps_between_hard_ones_without_a_repeat() -> None:
    found = read("- 30m Z2 HR\n- 20m 85-90% pace\n- 20m Z2 HR\n- 10m 88% pace\n- 10m Z2 HR\n")
    assert outline(found) == [("1200s", "1200s"), ("600s", "")]
    assert "warmup: 30min\n" in found.text
    assert "cooldown: 10min\n" in found.text


def test_a_run_that_gets_faster_has_no_recovery() -> None:
    assert outline(read("- 10m 80% pace\n- 10m 85% pace\n- 10m 90% pace\n")) == [
        ("600s", "0s"),
        ("600s", "0s"),
        ("600s", ""),
    ]


def test_an_easy_run_is_one_rep() -> None:
    found = read("- 45m Z2 HR\n")
    assert outline(found) == [("2700s", "")]
    assert "pace: free" in found.text


@pytest.mark.parametrize(
    ("line", "mark"),
    [
        ("- 1h5m Z4", "3900s"), ("- 1m30 Z4", "90s"), ("- 5' Z4", "300s"), ('- 1\'30" Z4', "90s"), ("- 90s Z4", "90s"),
        ("- 1.5m Z4", "90s"), ("- 400mtr Z4", "400m"), ("- 0.4km Z4", "400m"), ("- 2 km Z4", "2000m"),
        ("- 0.5mi Z4", "804.672m"), ("- Hard 30s 4:00/km Pace", "30s"), ("- 60% MMP 5m", "300s"),
        ("- First 60^30 Second 120^30 Third 10m Z4", "600s"), ("- 10m 4:10/km-4:20/km Pace", "600s"),
    ],
)  # fmt: skip
def test_lengths_of_intervals_icu(line: str, mark: str) -> None:
    assert outline(read(line + "\n"))[0][0] == mark


def test_faults_of_intervals_icu_all_at_once() -> None:
    text = (
        "Main 5x\n- 800m 105% pace\n- 3:10/km\n- 5m 1:10/km Pace\n- 4x 100mtr Z4\n- 1,5km Z2\n- 1' 30\" Z4\n\n"
        "0x\n- 3m Z4\n"
    )
    assert faults_of(text) == [
        (2, 3, "`800m` is 800 minutes here"),
        (3, 3, "`3:10/km`: a step without a duration and a distance"),
        (4, 3, "nobody runs 1000m in 1:10"),
        (5, 3, "`4x` inside a step"),
        (6, 3, "`1,5km Z2`: a step without a duration and a distance"),
        (7, 3, "`1' 30\"`: two lengths in one step"),
        (9, 1, "`0` repeats: a whole number from 1 on"),
    ]


# -- Zwift


def test_zwo_by_distance() -> None:
    found = read(samples.THRESHOLD_ZWO, "theirs.zwo")
    assert outline(found) == [("6800m", "400m/120s"), *[("200m", "200m/60s")] * 5, ("200m", "")]
    assert [rep.pace.text for rep in reps_of(found)[:2]] == ["90.3% 5k", "114.5% 5k"]
    assert "warmup: 1000m\n" in found.text
    assert "cooldown: 1000m\n" in found.text
    assert 'name: "THRESHOLD & SPEED"\n' in found.text
    assert "no durationType in the file: its durations are read as metres" in found.notes


def test_zwo_by_time_in_lower_case() -> None:
    found = read(samples.TIMED_ZWO, "theirs.zwo")
    four = [("60s", "0s"), ("120s", "0s")] * 4
    assert outline(found) == [*four[:-1], ("120s", "180s"), ("300s", "120s"), ("30s", "")]
    assert "“Over & under” at reps 1, 3, 5 and 7" in found.notes
    assert "a cadence of 180 at reps 1 to 8" in found.notes


def test_zwo_whose_durations_may_be_metres_or_seconds() -> None:
    text = '<workout_file><sportType>run</sportType><workout><SteadyState Duration="{}"/></workout></workout_file>'
    assert faults_of(text.format(600)) == [(1, 41, "are the durations metres or seconds? the file does not say it")]
    assert outline(read(text.format(400))) == [("400m", "")]
    assert outline(read(text.format(90))) == [("90s", "")]


def test_faults_of_zwo() -> None:
    text = """<workout_file><sportType>run</sportType><durationType>time</durationType><workout>
<SteadyState Duration="NaN"/>
<IntervalsT OnDuration="60" OffDuration="60"/>
<Jump Duration="60"/>
</workout></workout_file>"""
    assert faults_of(text) == [
        (2, 1, "`NaN` is no usable number"), (3, 1, "`Repeat` is missing"), (4, 1, "a step `jump` is not known"),
    ]  # fmt: skip
    bike = "<workout_file><sportType>bike</sportType><workout/></workout_file>"
    assert faults_of(bike) == [(1, 15, "a workout for the sport `bike`, not for a run")]


# -- Garmin


def test_yaml_with_steps_that_are_mappings() -> None:
    found = read(samples.LADDER_YAML)
    once = [
        ("15s", "45s"),
        ("30s", "30s"),
        ("45s", "15s"),
        ("60s", "60s"),
        ("45s", "15s"),
        ("30s", "30s"),
        ("15s", "300s"),
    ]
    assert outline(found) == [*(once * 3)[:-1], ("15s", "")]
    assert "zone 5 of the heart rate at reps 4, 11 and 18" in found.notes
    assert "warmup: 10min\n" in found.text
    assert "cooldown: 10min\n" in found.text


def test_yaml_with_names_of_race_paces() -> None:
    found = read(samples.RACE_PACE_YAML)
    assert [mark for mark, _ in outline(found)] == ["1200m", "800m", "800m"] * 2
    assert {rep.pace.text for rep in reps_of(found)} == {"5k"}
    assert "the target AEROBIC_PACE in the warm-up" in found.notes


def test_nested_repeats_with_a_longer_rest_between_sets() -> None:
    found = read(samples.NESTED_QUICK_PLAN)
    four = [("600m", "60s"), ("600m", "60s"), ("600m", "60s"), ("600m", "300s")]
    assert outline(found) == [*four, *four[:3], ("600m", "")]
    assert "  - 2x(4x600 @4:15-4:25/km r1min) R5min\n" in found.text
    assert "a cool-down until the lap button" in found.notes


def test_yaml_of_a_planner_with_several_workouts() -> None:
    found = read(samples.PLANNER_YAML, wanted="intervals")
    assert outline(found) == [*[("30s", "1200m/360s")] * 7, ("30s", "")]
    assert reps_of(found)[0].pace.text == "3:30-4:00/km"
    assert [problem for *_, problem in faults_of(samples.PLANNER_YAML)] == ["the file has 2 workouts: intervals, easy"]
    [(*_, problem)] = faults_of(samples.PLANNER_YAML, wanted="interval")
    assert problem == "the file has no workout called `interval`"


def test_yaml_with_paces_of_zones() -> None:
    found = read(samples.ZONES_YAML)
    assert outline(found) == [*[("400m", "120s")] * 5, ("3000m", "")]
    assert [rep.pace.text for rep in reps_of(found)[4:]] == ["4:25-4:35/km", "4:00/km"]


def test_json_of_garmin_connect() -> None:
    found = read(samples.KILOMETRES_JSON)
    assert outline(found) == [*[("1000m", "120s")] * 5, ("1000m", "")]
    assert reps_of(found)[0].pace.text == "3:33/km"
    assert "warmup: 5000m\n" in found.text


def test_json_with_sets_and_lap_buttons() -> None:
    found = read(samples.SETS_JSON)
    four = [("400m", "100m/40s")] * 3 + [("400m", "ready")]
    assert outline(found) == [*four * 3, ("1609.34m", "")]
    assert "zone 4 of the heart rate at reps 1 to 12" in found.notes
    assert "\x1b" not in found.text


def test_a_repeat_that_skips_its_last_rest() -> None:
    step = {"endCondition": {"conditionTypeKey": "distance"}, "endConditionValue": 400}
    rest = {"stepType": {"stepTypeKey": "rest"}, "endCondition": {"conditionTypeKey": "time"}, "endConditionValue": 60}
    hard = {"stepType": {"stepTypeKey": "interval"}, **step}
    repeat = {"type": "RepeatGroupDTO", "numberOfIterations": 2, "skipLastRestStep": True, "workoutSteps": [hard, rest]}
    text = json.dumps({"workoutSegments": [{"workoutSteps": [repeat, hard]}]})
    assert outline(read(text)) == [("400m", "60s"), ("400m", "0s"), ("400m", "")]


def test_faults_of_yaml_all_at_once() -> None:
    text = """workouts:
  x:
    - warmup: lap
    - run: lap @H(z2)
    - repeat(3):
      - run: 5m
      - run: 400m @P($nope)
      - recovery: 90
      - jump: 3min
    - repeat(x):
      - run: 5min @P(fast)
    - !include warm.yaml
"""
    assert faults_of(text) == [
        (4, 7, "a rep until the lap button has no length on a track"),
        (6, 14, "`5m` is 5 metres"),
        (7, 14, "`$nope` is not defined"),
        (8, 19, "`90` is neither a distance nor a time"),
        (9, 9, "`jump` is no step"),
        (10, 7, "`x` is no number"),
        (12, 7, "`warm.yaml`: other files are not read here"),
    ]


def test_a_repeat_of_too_many_reps_has_a_place() -> None:
    assert faults_of("- 5m Z4\n\n500x\n- 10s Z5\n- 5s Z5\n") == [(3, 1, "1000 reps are too many")]


# -- any file


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_a_byte_order_mark_and_other_line_breaks_change_nothing(name: str) -> None:
    text, wanted = samples.SAMPLES[name], "intervals" if name == "planner.yaml" else ""
    plain = import_workout(text.encode(), name, wanted)
    marked = import_workout(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(), name, wanted)
    assert marked == plain


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"\xff\xfe-\x00 \x005\x00m\x00", "the file is UTF-16"),
        (b"\x89PNG\r\n", "byte 0x89 is not UTF-8"),
        (b"\x0e\x10.FIT\x00", "a NUL byte: this is no text file"),
        (b"hello world", "the file is no workout of a known format"),
        (b"<gpx></gpx>", "the file is XML, and no workout of Zwift"),
        (b"x" * (1024 * 1024 + 1), "the file is longer than 1 MiB"),
        (b"name: x\nsets:\n  - 8x400\n", "the file is one of kicktimer already"),
        (b'{"a": 1}', "the file has no workout that is understood"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><workout_file/>', "a document type (DOCTYPE) is not read"),
        (b"<workout_file>" + b"<a>" * 30, "elements are nested over 20 deep"),
        (b"[" * 100_000, "nested over 40 levels deep"),
        (b'{"workoutSteps": [', "the JSON ends too early"),
        (b'{"workoutSteps": [{"workoutSteps": [], "numberOfIterations": ' + b"9" * 5000 + b"}]}", "`999999"),
        (b"- 5m\n" * 6000, "more than 5000 steps"),
        (b"- 5m " + b"5% " * 1000, "a line of 3005 characters"),
    ],
)
def test_hostile_and_foreign_files(data: bytes, problem: str) -> None:
    [(line, column, found)] = faults_of(data)
    assert found.startswith(problem)
    assert line >= 1
    assert column >= 1


def test_nested_yaml_aliases_are_refused_before_they_expand() -> None:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    lines += [f"{name}: &{name} [{','.join([f'*{of}'] * 9)}]" for of, name in zip("abcd", "bcde", strict=True)]
    [(*_, problem)] = faults_of("\n".join([*lines, "steps: [*e]"]))
    assert problem == "more than 10,000 values, with aliases expanded"


def test_control_characters_are_removed() -> None:
    found = read("Name \x1b[31mred\x07\n- 5m Z4 \u202eevil\n", "a\x1b.txt")
    assert all(char.isprintable() or char == "\n" for char in found.text)
    assert all(note.isprintable() for note in found.notes)


def check_file(data: bytes, name: str) -> None:
    """Asserts that the file gives a workout that passes `check` without a warning, or faults with places."""
    try:
        found = import_workout(data, name, "intervals" if name == "planner.yaml" else "")
    except FaultsError as error:
        faults = error.faults
    else:
        assert len(reps_of(found)) == found.reps
        return
    assert all(fault.line >= 1 and fault.column >= 1 and fault.problem for fault in faults)


PIECES = st.sampled_from([b"", b"9", b"\n", b"- ", b"  ", b"\x00", b"\xff", b"lap", b'"']) | st.binary(max_size=4)
EDITS = st.tuples(st.floats(0, 1), st.integers(0, 12), PIECES)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(samples.SAMPLES)), st.lists(EDITS, min_size=1, max_size=4))
def test_any_changed_file_gives_a_clean_workout_or_faults(name: str, edits: list[tuple[float, int, bytes]]) -> None:
    data = samples.SAMPLES[name].encode()
    for where, cut, added in edits:
        at = int(where * len(data))
        data = data[:at] + added + data[at + cut :]
    check_file(data, name)


# A tree is a list of items that begins with a rep: a rep (metres), a rest (s) after it, or a repeat.
TREES = st.recursive(
    st.tuples(st.integers(1, 9), st.integers(1, 9)).map(lambda pair: [("rep", pair[0] * 100), ("rest", pair[1] * 10)]),
    lambda inner: st.lists(
        st.tuples(st.just("repeat"), st.integers(2, 3), inner) | st.integers(1, 9).map(lambda n: ("rep", n * 100)),
        min_size=1, max_size=3,
    ),
    max_leaves=6,
)  # fmt: skip


def to_steps(tree: list) -> list:
    steps = []
    for item in tree:
        if item[0] == "repeat":
            inner = to_steps(item[2])
            steps.append({"type": "RepeatGroupDTO", "numberOfIterations": item[1], "workoutSteps": inner})
        else:
            kind, end = ("interval", "distance") if item[0] == "rep" else ("rest", "time")
            steps.append(
                {
                    "stepType": {"stepTypeKey": kind},
                    "endCondition": {"conditionTypeKey": end},
                    "endConditionValue": item[1],
                }
            )
    return steps


def flatten(tree: list) -> list[list[int]]:
    """Returns each rep's metres and the seconds of rest after it."""
    reps: list[list[int]] = []
    for item in tree:
        if item[0] == "rep":
            reps.append([item[1], 0])
        elif item[0] == "rest":
            reps[-1][1] += item[1]
        else:
            reps += [rep[:] for _ in range(item[1]) for rep in flatten(item[2])]
    return reps


@settings(max_examples=200, deadline=None)
@given(TREES)
def test_sets_run_as_the_steps_of_the_file(tree: list) -> None:
    expected = flatten(tree)
    text = json.dumps({"workoutSegments": [{"workoutSteps": to_steps(tree)}]})
    reps = reps_of(read(text))
    assert [rep.distance_mm for rep in reps] == [metres * 1000 for metres, _ in expected]
    assert [Fraction(rep.rest.ms, 1000) for rep in reps[:-1]] == [rest for _, rest in expected[:-1]]


INCLUDING = """\
name: "3_5"
sport: running
steps:
  - !include ..\\inc\\warmup.yaml
  - !include ..\\inc\\1200.yaml
  - !include ..\\inc\\800.yaml
  - !include ..\\inc\\800.yaml
"""
REP = "- {{type: run, duration: {}, target: 5KM_PACE}}\n- {{type: recovery, duration: '2:00'}}\n"
INCLUDED = {
    "..\\inc\\warmup.yaml": "{type: warmup, duration: 3km}\n",
    "..\\inc\\1200.yaml": REP.format("1.2km"),
    "..\\inc\\800.yaml": REP.format("0.8km"),
}


def test_included_files_are_read_once_each() -> None:
    asked = []

    def read_included(name: str) -> bytes:
        asked.append(name)
        return INCLUDED[name].encode()

    found = import_workout(INCLUDING.encode(), "theirs.yaml", "", read_included)
    assert outline(found) == [("1200m", "120s"), ("800m", "120s"), ("800m", "")]
    assert "warmup: 3000m\n" in found.text
    assert asked == list(INCLUDED)


def test_a_fault_in_an_included_file_names_it() -> None:
    texts = {**INCLUDED, "..\\inc\\800.yaml": "- {type: run, duration: 90}\n- !include x.yaml\n"}
    with pytest.raises(FaultsError) as caught:
        import_workout(INCLUDING.encode(), "theirs.yaml", "", lambda name: texts[name].encode())
    faults = [(fault.file, fault.line, fault.problem) for fault in caught.value.faults]
    assert faults == [
        ("..\\inc\\800.yaml", 1, "`90` is neither a distance nor a time"),
        ("..\\inc\\800.yaml", 2, "`x.yaml`: other files are not read here"),
    ]


def test_front_matter_gives_the_name() -> None:
    found = read(
        "---\nsport: Run\nname: Broken miles\n---\n\n- 400mtr 4:10/km Pace\n- 60s 9:00/km Pace\n- 400mtr 4:10/km Pace\n"
    )
    assert "name: Broken miles\n" in found.text
    assert outline(found) == [("400m", "60s"), ("400m", "")]


def test_a_huge_exponent_in_a_zone_is_a_fault_and_no_number() -> None:
    text = samples.ZONES_YAML.replace("4:30", "4:1e999999999")
    assert faults_of(text) == [(8, 19, "`4:1e999999999` is no pace")]
