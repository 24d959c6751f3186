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
    ("line", "expected"),
    [
        ("8x400 r30", ()),
        ("2x200 r30", ("rep 2 starts at the 200 m line, 112 m away: GO arrives 0.3 s late",)),
        ("4x200 r30", ("reps 2 and 4 start at the 200 m line, 112 m away: GO arrives 0.3 s late",)),
        (
            "4x300 r30",
            (
                "rep 2 starts at the 100 m line, 100 m away: GO arrives 0.3 s late",
                "rep 3 starts at the 200 m line, 112 m away: GO arrives 0.3 s late",
                "rep 4 starts at the 300 m line, 72 m away: GO arrives 0.2 s late",
            ),
        ),
        ("4x300 r3min", ()),  # the athletes walk back
        ("4x300 on5min", ()),  # here too
        ("3x200 r30, 3x400 r30", (
            "reps 2 and 4 to 6 start at the 200 m line, 112 m away: GO arrives 0.3 s late",
        )),
    ],
)  # fmt: skip
def test_lines_far_from_the_loudspeaker_are_noted(line: str, expected: tuple[str, ...]) -> None:
    assert notes_of(line) == expected


def test_on_a_non_standard_track_the_delay_is_left_out() -> None:
    assert notes_of("2x300 r30", replace(ONE, track=Track(200_000))) == ("rep 2 starts at the 100 m line",)


def test_groups_at_one_line_at_one_time_are_noted() -> None:
    # A's GO comes every 94 s from 0:10, B's every 102 s from 0:20: A's third (3:18) meets B's second finish (3:14).
    assert "groups A and B share the line at 3:18, 4:56, 12:14" in notes_of("8x400 r30", TWO)
    together = replace(TWO, groups=(Group("A"), Group("B")))
    assert "groups A and B share the line at 0:10" in notes_of("2x400 r30", together)
    assert not [text for text in notes_of("2x400 @64.0 r30", TWO) if "share" in text]


def test_many_groups_at_one_line_are_summed_up() -> None:
    many = Squad(athletes=tuple(Athlete(f"x{number}", races=A.races) for number in range(12)), groups=(Group("A"),))
    workout, _ = parse_workout("name: x\nrecovery_from: own\nsets: [8x400]", "x")
    sharing = [text for text in notes(build_plan(workout, many)) if "share" in text]
    assert len(sharing) == 7
    assert sharing[0].endswith("at 0:10, 1:14, 1:44, 2:48 and 12 times more")
    assert sharing[-1] == "60 more pairs of groups share a line at times"


def test_short_rests_are_noted() -> None:
    assert notes_of("8x400 on75", TWO)[0] == (
        "reps 1 to 7 of group B: the send-off of 1:15 leaves Maya 3.0 s: the target is 1:12.0"
    )
    assert notes_of("3x400 on60") == ("reps 1 and 2: the send-off of 1min leaves Runner no rest: the target is 1:04.0",)
    assert notes_of("2x3min on2min") == ("rep 1: the send-off of 2min leaves no rest: the rep takes 3min",)
    both = replace(TWO, athletes=(A, replace(B, group="A")))
    workout, _ = parse_workout("name: x\nrecovery_from: first\nsets: [2x400 r15]", "x")
    assert notes(build_plan(workout, both)) == (
        "rep 1: 15s from the first finisher leaves Maya 7.0 s: the target is 1:12.0",
    )


def test_estimated_targets_and_unknown_moments_are_noted() -> None:
    squad = Squad(athletes=(replace(A, races={800_000: 120_000}), Athlete("Noa", "n")), groups=(Group("A"),))
    plan = build_plan(parse_oneliner("2x400 r30"), squad)
    assert warnings(plan) == ("Noa has no race time, and so no targets",)
    assert notes(plan) == (
        "when group A runs its reps is not known, because Noa may come in at any time",
        "Matan has no time over 1500m: targets with ~ are estimated from other races",
    )


def test_start_lines_in_an_outer_lane() -> None:
    plan = build_plan(parse_oneliner("3x400 r30"), replace(ONE, track=Track(400_000, 3)))
    assert start_lines(plan, plan.groups[0]) == (0, 14_703, 29_406)
