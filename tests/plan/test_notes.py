"""The warnings and notes of a plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kicktimer.plan import build_plan, notes, start_lines, warnings
from kicktimer.squad import Athlete, Group, Squad, Track, single_athlete_squad
from kicktimer.workout import parse_oneliner, parse_workout

A = Athlete("Matan", "m", "A", {1_500_000: 240_000})
B = Athlete("Maya", "a", "B", {1_500_000: 270_000})
TWO = Squad(athletes=(A, B), groups=(Group("A"), Group("B", 10_000)))
ONE = single_athlete_squad({1_500_000: 240_000})


def notes_of(line: str, squad: Squad = ONE) -> tuple[str, ...]:
    return notes(build_plan(parse_oneliner(line), squad))


@pytest.mark.parametrize(
    ("line", "late"),
    [
        ("2x200 r30", "0.3 s late at the 200 m line (rep 2)"),
        ("4x200 r30", "0.3 s late at the 200 m line (reps 2 and 4)"),
        (
            "4x300 r30",
            (
                "0.3 s late at the 100 m line (rep 2), 0.3 s late at the 200 m line (rep 3) "
                "and 0.2 s late at the 300 m line (rep 4)"
            ),
        ),
        ("3x200 r30, 3x400 r30", "0.3 s late at the 200 m line (reps 2 and 4 to 6)"),
    ],
)
def test_how_late_go_is_heard_is_one_note(line: str, late: str) -> None:
    expected = (
        f"with the loudspeaker at the finish GO is heard {late}: "
        "move it nearer, or expect those times to be that much longer"
    )
    assert notes_of(line) == (expected,)
    assert [text for text in notes_of(line, TWO) if "loudspeaker" in text] == [expected]


@pytest.mark.parametrize("line", ["8x400 r30", "4x300 r3min", "4x300 on5min"])  # the athletes walk back
def test_reps_from_the_finish_line_are_not_noted(line: str) -> None:
    assert notes_of(line) == ()


def test_groups_with_other_far_lines_are_named() -> None:
    mixed = {"B": parse_oneliner("3x200 r30, 200 r30")}
    plan = build_plan(parse_oneliner("2x200 r30"), TWO, group_workouts=mixed)
    assert "(rep 2 of group A, reps 2 and 4 of group B)" in notes(plan)[0]


def test_on_a_track_of_unknown_shape_nothing_is_said_of_sound() -> None:
    assert notes_of("2x300 r30", replace(ONE, track=Track(200_000))) == ()


def test_groups_at_one_line_at_one_time_are_noted() -> None:
    # A's GO comes every 94 s from 0:10, B's every 102 s from 0:20: A's third (3:18) meets B's second finish (3:14).
    assert notes_of("8x400 r30", TWO) == (
        (
            "groups A and B share the line at 3:18, 4:56 and 12:14: "
            "whoever comes in there moves outwards, or set the groups apart by start_after in the squad"
        ),
    )
    together = replace(TWO, groups=(Group("A"), Group("B")))
    assert notes_of("2x400 r30", together)[0].startswith("groups A and B share the line at 0:10: ")
    three = replace(together, athletes=(A, B, Athlete("Noa", "n", "C", A.races)), groups=(*together.groups, Group("C")))
    assert notes_of("400 @free", three)[0].startswith("groups A, B and C share the line at 0:10: ")
    assert not [text for text in notes_of("2x400 @64.0 r30", TWO) if "share" in text]


def test_many_groups_at_one_line_are_summed_up() -> None:
    many = Squad(athletes=tuple(Athlete(f"x{number}", races=A.races) for number in range(12)), groups=(Group("A"),))
    workout, _ = parse_workout("name: x\nrecovery_from: own\nsets: [8x400]", "x")
    sharing = [text for text in notes(build_plan(workout, many)) if "share" in text]
    [text] = sharing
    assert "at 0:10, 1:14, 1:44, 2:48 and 12 times more" in text
    assert text.endswith(", and 60 more pairs meet: whoever comes in there moves outwards")


def test_short_rests_are_noted_with_one_that_would_do() -> None:
    assert notes_of("8x400 on75", TWO)[0] == (
        "reps 1 to 7 of group B: the send-off of 1:15 leaves Maya 3.0 s (target 1:12.0): 1:25 would do"
    )
    assert notes_of("3x400 on60") == (
        "reps 1 and 2: the send-off of 1min leaves Runner no rest (target 1:04.0): 1:15 would do",
    )
    assert notes_of("2x3min on2min") == (
        "rep 1: the send-off of 2min leaves no rest (the rep takes 3min): 3:10 would do",
    )
    both = replace(TWO, athletes=(A, replace(B, group="A")))
    workout, _ = parse_workout("name: x\nrecovery_from: first\nsets: [2x400 r15]", "x")
    assert notes(build_plan(workout, both)) == (
        (
            "rep 1: 15s from the first finisher leaves Maya 7.0 s (target 1:12.0): "
            "make it 20s, or rest from the last finisher"
        ),
    )


def test_short_rests_of_several_are_one_note() -> None:
    both = replace(TWO, athletes=(A, replace(B, group="A")))
    assert notes_of("2x400 on70", both) == (
        (
            "rep 1: the send-off of 1:10 leaves Matan 6.0 s (target 1:04.0) and Maya no rest (target 1:12.0): "
            "1:25 would do"
        ),
    )
    assert notes_of("2x3min on2min", TWO)[0].startswith("rep 1: the send-off of 2min leaves no rest")


def test_estimated_targets_and_unknown_moments_are_noted() -> None:
    squad = Squad(athletes=(replace(A, races={800_000: 120_000}), Athlete("Noa", "n")), groups=(Group("A"),))
    plan = build_plan(parse_oneliner("2x400 r30"), squad)
    assert warnings(plan) == ("Noa has no race time, and so no targets: add one in the squad, or with --race",)
    assert notes(plan) == (
        (
            "when group A runs its reps is not known, because Noa has no target: "
            "give that athlete a race time, or the workout a send-off"
        ),
        "Matan has no time over 1500m: targets with ~ are estimated from other races, until the squad has one",
    )


def test_what_several_athletes_lack_is_said_once() -> None:
    many = tuple(Athlete(name, group=group, races={800_000: 120_000}) for name, group in zip("xyz", "AAB", strict=True))
    squad = Squad(athletes=many, groups=(Group("A"), Group("B")))
    assert notes_of("400 @1500", squad)[-1].startswith("x, y and z have no time over 1500m: ")
    [kick] = warnings(build_plan(parse_oneliner("2x400 @kick r30"), squad))
    assert kick.startswith("x, y and z have no goal_last_200m, ")


def test_start_lines_in_an_outer_lane() -> None:
    plan = build_plan(parse_oneliner("3x400 r30"), replace(ONE, track=Track(400_000, 3)))
    assert start_lines(plan, plan.groups[0]) == (0, 14_703, 29_406)
