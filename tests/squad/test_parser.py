"""Squads: the file format, the keys of athletes, and the faults of wrong files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.errors import Fault, FaultsError, KicktimerError
from kicktimer.library import is_squad_text
from kicktimer.squad import (
    Athlete,
    Group,
    Squad,
    Track,
    assign_keys,
    dump_squad,
    parse_race_option,
    parse_squad,
    single_athlete_squad,
)

FULL = """\
name: Monday squad
track: {length: 400m, lane: 1}
athletes:
  - name: Matan                 # required, the only required field
    key: m                      # one letter or digit
    group: A
    races: {1500m: 3:58.2, 800m: 1:54.0}
    kick: {fresh_200m: 25.6, goal_last_200m: 27.2}
groups:
  A: {}
  B: {start_after: 10s}         # its first GO, 10 s after the first group's; then its own clock
  C: {workout: 8x300 @1500 r30} # a one-liner or file of its own instead of the session's workout
"""


def faults_of(text: str) -> tuple[Fault, ...]:
    with pytest.raises(FaultsError) as caught:
        parse_squad(text, "s.yaml")
    return caught.value.faults


def test_example_of_the_format_is_parsed_completely() -> None:
    squad, faults = parse_squad(FULL, "s.yaml")
    assert faults == ()
    assert squad == Squad(
        "Monday squad",
        (Athlete("Matan", "m", "A", {1_500_000: 238_200, 800_000: 114_000}, 25_600, 27_200),),
        (Group("A"), Group("B", 10_000), Group("C", workout="8x300 @1500 r30")),
        Track(400_000, 1),
    )


def test_athlete_needs_only_a_name() -> None:
    squad, faults = parse_squad("athletes:\n  - name: Noa\n  - {name: Dan, group: Q}\n", "s.yaml")
    assert faults == ()
    assert [(athlete.name, athlete.group, athlete.races) for athlete in squad.athletes] == [
        ("Noa", "A", {}),
        ("Dan", "Q", {}),
    ]
    assert [group.name for group in squad.groups] == ["A", "Q"]
    assert squad.track == Track(400_000, 1)


def test_declared_groups_come_before_the_others() -> None:
    text = "groups: {B: {start_after: 5}, A: }\n"
    text += "athletes: [{name: x, group: Z}, {name: y, group: Y}, {name: z}, {name: w, group: B}]"
    squad, _ = parse_squad(text, "s.yaml")
    assert [group.name for group in squad.groups] == ["B", "A", "Z", "Y"]


def test_names_lose_unsafe_characters() -> None:
    squad, _ = parse_squad(
        'athletes: [{name: "\\u202eevil\\u200f"}, {name: "[red]x[/]"}, {name: " Jo  Ann "}]', "s.yaml"
    )
    assert [athlete.name for athlete in squad.athletes] == ["evil", "[red]x[/]", "Jo Ann"]


WRONG = [
    ("athletes: [{name: a}, {name: a}]", 1, 30, "two athletes have the name", "line 1"),
    ("athletes: [{name: a, key: q}, {name: b, key: Q}]", 1, 46, "two athletes have the key", "change one"),
    ("athletes: [{name: a, key: ı}, {name: b, key: I}]", 1, 46, "the keys `ı` and `i` look alike", "change one"),
    ("athletes: [{name: a, key: \u0430}, {name: b, key: A}]", 1, 46, "the keys `\u0430` and `a` look", "change one"),
    ("athletes: [{name: a, key: qq}]", 1, 27, "`qq` is no key", "one letter"),
    ('athletes: [{name: a, key: " "}]', 1, 27, "no key", "one letter"),
    ("athletes: [{name: a, key: '!'}]", 1, 27, "no key", "one letter"),
    ("athletes: [{name: a, races: {1500m: 3.58}}]", 1, 37, "no time for 1500m", "3:58?"),
    ("athletes: [{name: a, races: {1500s: 3:58}}]", 1, 30, "is a time", "1500m"),
    ("athletes: [{name: a, races: {1500: 4:00, 1500m: 4:01}}]", 1, 42, "stands twice", "delete"),
    ("athletes: [{name: a, races: [1500]}]", 1, 29, "a mapping", ""),
    ("athletes: [{name: a, races: {1500m: [1]}}]", 1, 37, "one time", "3:58.2"),
    ("athletes: [{name: a, kick: {fresh: 25}}]", 1, 29, "not known", "`fresh_200m`"),
    ("athletes: [{name: a, kick: {start: flying}}]", 1, 36, "is no start", "standing or rolling"),
    ("athletes: [{name: a, kick: {on: 1.9.2026}}]", 1, 33, "is no day", "2026-09-01"),
    ("athletes: [{name: a, kick: {fresh_200m: 30m}}]", 1, 41, "no race time", "30min"),
    ("athletes: [{name: a, start_after: 3}]", 1, 22, "does not belong", "to a group"),
    ("athletes: []", 1, 11, "without athletes", "name"),
    ("athletes: {name: a}", 1, 11, "a list is expected", ""),
    ("athletes: [Matan]", 1, 12, "a mapping", ""),
    ("athletes: [{name: ''}]", 1, 19, "name is empty", ""),
    (f"athletes: [{{name: {'x' * 61}}}]", 1, 19, "61 characters", "at most 60"),
    ('athletes: [{name: "a\\e[2Jb"}]', 1, 19, "control characters", "delete"),
    ("athletes: [{name: a}]\ntrack: {length: 1m}", 2, 17, "no track", "400m"),
    ("athletes: [{name: a}]\ntrack: {lane: 0}", 2, 15, "no lane", "1 (the inside)"),
    ("athletes: [{name: a}]\ntrak: {lane: 1}", 2, 1, "not known", "`track`"),
    ("athletes: [{name: a}]\ngroups: {A: {start_aftr: 3}}", 2, 14, "not known", "`start_after`"),
    ("athletes: [{name: a}]\ngroups: {A: {start_after: 3m}}", 2, 27, "no duration", "3min"),
    ("athletes: [{name: a}]\ngroups: {A: {workout: }}", 2, 23, "empty", "one-liner"),
    ("name: x\ngroups: {}", 1, 1, "`athletes` is missing", "Matan"),
    ("athletes: [{name: a, group: 'x\\0'}]\ngroups: {'': {}}", 2, 10, "1 to 60 characters", "like A"),
]


@pytest.mark.parametrize(("text", "line", "column", "problem", "hint"), WRONG)
def test_fault_is_reported_at_its_position(text: str, line: int, column: int, problem: str, hint: str) -> None:
    found = [fault for fault in faults_of(text) if problem in fault.problem]
    assert found, faults_of(text)
    assert (found[0].line, found[0].column) == (line, column)
    assert hint in found[0].hint


def test_too_many_athletes_or_groups_are_refused() -> None:
    many = ", ".join(f"{{name: x{number}}}" for number in range(37))
    assert "37 athletes are too many" in faults_of(f"athletes: [{many}]")[0].problem
    groups = ", ".join(f"{{name: x{number}, group: g{number}}}" for number in range(9))
    assert "9 groups are too many" in faults_of(f"athletes: [{groups}]")[0].problem


def test_doubtful_values_are_warnings() -> None:
    text = """\
athletes:
  - {name: a, races: {1500m: 3:00}, group: c}
  - {name: b, races: {400m: 20min}}
groups: {C: {}}
track: {length: 200m, lane: 3}
"""
    squad, faults = parse_squad(text, "s.yaml")
    assert len(squad.athletes) == 2
    assert [(fault.line, fault.warning) for fault in faults] == [(2, True), (2, True), (3, True), (5, True)]
    assert "world record" in faults[0].problem
    assert "did you mean C?" in faults[1].hint
    assert "4 min per 100 m" in faults[2].problem


def test_keys_are_assigned_from_names() -> None:
    names = ("Matan", "Maya", "Noa", "Émile", "דוד", "Matan B")
    athletes = assign_keys(tuple(Athlete(name) for name in names))
    assert [athlete.key for athlete in athletes] == ["m", "a", "n", "e", "c", "b"]


def test_taken_keys_are_not_assigned() -> None:
    assert assign_keys((Athlete("Ida"), Athlete("Işıl", "ı")))[0].key == "d", "`i` would look like `ı`"
    athletes = assign_keys((Athlete("Matan"), Athlete("Noa", "m"), Athlete("Zoe")), taken={"z"})
    assert [athlete.key for athlete in athletes] == ["a", "m", "o"]


@given(st.lists(st.tuples(st.text(min_size=1, max_size=8), st.booleans()), min_size=1, max_size=36))
def test_assigned_keys_are_unique_letters(names: list[tuple[str, bool]]) -> None:
    digits = iter("0123456789")
    given_keys = [next(digits, "") if own else "" for _, own in names]
    athletes = assign_keys(tuple(Athlete(name, key) for (name, _), key in zip(names, given_keys, strict=True)))
    keys = [athlete.key for athlete in athletes if athlete.key]
    assert len({key.lower() for key in keys}) == len(keys)
    for athlete, own in zip(athletes, given_keys, strict=True):
        assert athlete.key == own if own else not athlete.key.isdigit()
    assert sum(not athlete.key for athlete in athletes) == max(0, sum(not key for key in given_keys) - 26)


def test_race_option_is_parsed() -> None:
    assert parse_race_option("1500m=4:20") == (1_500_000, 260_000)
    assert parse_race_option("mile=4:40") == (1_609_344, 280_000)
    assert single_athlete_squad({1_500_000: 260_000}).athletes == (Athlete("Runner", "r", races={1_500_000: 260_000}),)
    for text, hint in (("1500m", "1500m=4:20"), ("1500m=4.20", "4:20?"), ("1500s=4:20", "1500m"), ("=", "")):
        with pytest.raises(KicktimerError) as caught:
            parse_race_option(text)
        assert hint in caught.value.hint


def test_outer_lanes_lengthen_the_lap_of_a_standard_track() -> None:
    added = [Track(400_000, lane).lap_mm - 400_000 for lane in range(1, 9)]
    assert added[:3] == [0, 7_037, 14_703]
    assert Track(200_000, 3).lap_mm == 200_000


def test_squad_text_is_recognized_and_squad_is_dumped() -> None:
    assert is_squad_text(FULL.encode())
    assert is_squad_text(b"{athletes: []}")
    assert not is_squad_text(b"name: athletes\nsets: [400]")
    assert dump_squad(parse_squad(FULL, "s.yaml")[0])["athletes"][0]["races"] != {}
