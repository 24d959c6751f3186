"""Durations, distances, races, times and paces: accepted forms, refused forms with their hints, and formatting."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.errors import ScalarError
from kicktimer.pace import make_race_pace, parse_pace, speed_for
from kicktimer.squad import Athlete
from kicktimer.units import (
    Length,
    check_plausibility,
    format_distance,
    format_duration,
    format_race_time,
    parse_duration,
    parse_length,
    parse_race_mm,
    parse_race_time,
    round_up_hand_time,
    show_clock,
    show_countdown,
    show_difference,
    show_distance,
    show_target,
    show_time,
)

if TYPE_CHECKING:
    from collections.abc import Callable

MATAN = Athlete("Matan", "m", races={1_500_000: 238_200}, goal_last_200_ms=27_200)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("30", 30_000), ("30s", 30_000), ("90 s", 90_000), ("1:04", 64_000), ("1:04.5", 64_500), ("3min", 180_000),
        ("1h", 3_600_000), ("1h05", 3_900_000), ("0:30", 30_000), ("1:30", 90_000), ("01:30", 90_000), ("64.0", 64_000),
        ("0", 0), ("1:00:00", 3_600_000), ("1h 05min", 3_900_000), ("3 MIN", 180_000), ("1min30s", 90_000),
        ("0.001", 1), ("90:00", 5_400_000), ("24h", 86_400_000), ('90"', 90_000), ("3'", 180_000), ("90''", 90_000),
        ("1'30", 90_000), ("1'30\"", 90_000), ("1′30″", 90_000),
    ],
)  # fmt: skip
def test_duration_forms_are_parsed_to_ms(text: str, ms: int) -> None:
    assert parse_duration(text) == ms


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("30m", "metres or minutes? write 30min"), ("-30", "write 30"), ("-30s", "write 30s"), ("nan", "a number"),
        ("inf", "a number"), ("", ""), ("30,5", "decimals use a point: 30.5"), ("1:5", "1:05"), ("0:90", "1:30"),
        ("400km", "30s"), ("25h", "24h"), ("0.0001", "three decimals"), ("1e3", "30s"), ("soon", "30s"),
        ("3.58.2", "3:58.2?"), ("99999999999999999999", ""), ("٣٠", "30s"), ("1:2:3:4", "30s"), ("9" * 5000, ""),
        ("+inf", "a number"), (".nan", "a number"),
    ],
)  # fmt: skip
def test_text_that_is_no_duration_is_refused_with_a_hint(text: str, hint: str) -> None:
    with pytest.raises(ScalarError) as caught:
        parse_duration(text)
    assert hint in caught.value.hint
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    ("text", "mm"),
    [
        ("400", 400_000), ("400m", 400_000), ("1.5km", 1_500_000), ("1mi", 1_609_344), ("mile", 1_609_344),
        ("400 m", 400_000), ("0.5 mi", 804_672), ("1609.344m", 1_609_344), ("1 mile", 1_609_344), ("5k", 5_000_000),
    ],
)  # fmt: skip
def test_distance_forms_are_parsed_to_mm(text: str, mm: int) -> None:
    assert parse_length(text) == Length(mm)
    assert parse_race_mm(text) == mm


def test_length_of_laps_depends_on_the_track() -> None:
    assert parse_length("2 laps").to_mm(400_000) == 800_000
    assert parse_length("2 laps").to_mm(200_000) == 400_000
    assert parse_length("0.5 laps").to_mm(400_000) == 200_000
    assert str(parse_length("1 lap")) == "1 lap"
    with pytest.raises(ScalarError):
        parse_race_mm("2 laps")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("400s", "write 400m"), ("0", "400m"), ("-400", "write 400"), ("nan", "a number"), ("3min", "400m"),
        ("4:00", "400m"), ("inf", "a number"), ("400 metre", "400m"), ("", ""), ("999999km", "300km"),
        ("1,5km", "1.5km"),
        ("0m", "400m"), ("lap", "400m"), ("0 laps", ""),
    ],
)  # fmt: skip
def test_text_that_is_no_distance_is_refused_with_a_hint(text: str, hint: str) -> None:
    with pytest.raises(ScalarError) as caught:
        parse_length(text)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "race", "ms"),
    [
        ("3:58.2", 1_500_000, 238_200), ("1:54", 800_000, 114_000), ("58.3", 400_000, 58_300),
        ("13:45", 5_000_000, 825_000),
        ("1:02:03", 21_097_500, 3_723_000), ("25.6", 200_000, 25_600), ("12.32", 100_000, 12_320),
    ],
)  # fmt: skip
def test_race_time_forms_are_parsed_to_ms(text: str, race: int, ms: int) -> None:
    assert parse_race_time(text, race) == ms
    assert check_plausibility(ms, race) == ""


@pytest.mark.parametrize(
    ("text", "race", "hint"),
    [
        ("3.58", 1_500_000, "3:58?"), ("1.54", 800_000, "1:54?"), ("13.45", 5_000_000, "13:45?"),
        ("3.58.2", 1_500_000, "3:58.2?"), ("3:58,2", 1_500_000, "3:58.2"), ("0", 400_000, "3:58.2"),
    ],
)  # fmt: skip
def test_race_time_with_a_point_for_its_colon_gets_a_hint(text: str, race: int, hint: str) -> None:
    with pytest.raises(ScalarError) as caught:
        parse_race_time(text, race)
    assert hint in caught.value.hint


def test_implausible_race_times_are_detected() -> None:
    assert check_plausibility(190_000, 1_500_000) == "fast"
    assert check_plausibility(206_000 * 95 // 100, 1_500_000) == ""
    assert check_plausibility(3_600_000, 1_500_000) == ""
    assert check_plausibility(3_600_001, 1_500_000) == "slow"


@pytest.mark.parametrize(
    ("text", "mm"),
    [("800m", 800_000), ("1500", 1_500_000), ("mile", 1_609_344), ("3000m", 3_000_000), ("5k", 5_000_000),
     ("10k", 10_000_000), ("Half marathon", 21_097_500), ("600m", 600_000)],
)  # fmt: skip
def test_race_forms_are_parsed_to_mm(text: str, mm: int) -> None:
    assert parse_race_mm(text) == mm


@pytest.mark.parametrize(
    ("text", "spelling", "ms_of_400"),
    [
        ("1500m", "1500m", Fraction(63_520)),
        ("1500", "1500m", Fraction(63_520)),
        ("98% 1500m", "98% 1500m", Fraction(63_520 * 100, 98)),
        ("98%1500", "98% 1500m", Fraction(63_520 * 100, 98)),
        ("98% of 1500m", "98% 1500m", Fraction(63_520 * 100, 98)),
        ("97.5% 1500m", "97.5% 1500m", Fraction(63_520 * 1000, 975)),
        ("1500m +1s", "1500m +1s", Fraction(64_520)),
        ("1500m -0.5s", "1500m -0.5s", Fraction(63_020)),
        ("1500+1s", "1500m +1s", Fraction(64_520)),
        ("64.0 per 400m", "64.0 per 400m", Fraction(64_000)),
        ("64.0/400m", "64.0 per 400m", Fraction(64_000)),
        ("2:40/km", "2:40/km", Fraction(64_000)),
        ("4:17.5 per mile", "4:17.5/mile", Fraction(257_500 * 400_000, 1_609_344)),
        ("kick", "kick", Fraction(54_400)),
        ("free", "free", None),
        ("Mile", "mile", None),
        ("5k", "5k", None),
    ],
)
def test_pace_forms_are_parsed_to_one_spelling(text: str, spelling: str, ms_of_400: Fraction | None) -> None:
    pace = parse_pace(text)
    assert pace.text == spelling
    assert parse_pace(pace.text) == pace
    if ms_of_400 is not None:
        found = speed_for(pace, MATAN)
        assert found is not None
        assert found.ms_per_mm * 400_000 == ms_of_400


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "1500m"), ("fast", "1500m"), ("64.0", "target: 64.0"), ("1:04", "target: 1:04"), ("46", "target: 46"),
        ("1500m +1", "write +1s"), ("0% 1500m", "from 20%"), ("500% 1500m", "from 20%"), ("1500m +5min", "write"),
        ("98% kick", "1500m"), ("0 per 400m", ""), ("1.0 per 400m", ""), ("x" * 5000, ""), ("/", ""), ("% %", "1500m"),
    ],
)  # fmt: skip
def test_text_that_is_no_pace_is_refused_with_a_hint(text: str, hint: str) -> None:
    with pytest.raises(ScalarError) as caught:
        parse_pace(text)
    assert hint in caught.value.hint
    assert len(caught.value.message) < 200


def test_show_functions_round_as_documented() -> None:
    assert [
        round_up_hand_time(12_320),
        round_up_hand_time(12_400),
        round_up_hand_time(12_301),
        round_up_hand_time(0),
    ] == [12_400, 12_400, 12_400, 0]
    assert show_time(31_760) == "31.8"
    assert show_time(63_401) == "1:03.5"
    assert show_time(63_401, minutes=False) == "63.5"
    assert show_time(59_901) == "1:00.0"
    assert show_target(63_520) == "1:03.5"
    assert show_target(63_550) == "1:03.6"
    assert show_target(59_949) == "59.9"
    assert show_target(3_723_400) == "1:02:03.4"
    assert [show_difference(ms) for ms in (300, -400, 0, -49, 49, 50, -50)] == [
        "+0.3",
        "-0.4",
        "0.0",
        "0.0",
        "0.0",
        "+0.1",
        "-0.1",
    ]
    left = {30_000: "0:30", 29_001: "0:30", 1: "0:01", 0: "0:00", -5: "0:00", 90_000: "1:30"}
    assert {ms: show_countdown(ms) for ms in left} == left
    assert show_clock(760_999) == "12:40"
    assert show_distance(1_609_344) == "1609.3 m"
    assert show_distance(400_000) == "400 m"
    assert format_race_time(238_200) == "3:58.2"
    assert format_race_time(64_000) == "1:04"
    assert format_race_time(58_300) == "58.3"


@given(st.integers(0, 86_400_000))
def test_formatted_durations_parse_to_the_same_value(ms: int) -> None:
    assert parse_duration(format_duration(ms)) == ms
    assert parse_duration(format_race_time(ms)) == ms


@given(st.integers(1, 300_000_000))
def test_formatted_distances_parse_to_the_same_value(mm: int) -> None:
    assert parse_length(format_distance(mm)) == Length(mm)


@given(st.integers(0, 4_000_000))
def test_hand_times_are_never_rounded_down(ms: int) -> None:
    assert ms <= round_up_hand_time(ms) < ms + 100
    assert round_up_hand_time(ms) % 100 == 0


@given(
    st.integers(50_000, 50_000_000),
    st.one_of(
        st.tuples(st.integers(20_000, 200_000), st.just(0)), st.tuples(st.just(100_000), st.integers(-60_000, 60_000))
    ),
)
def test_race_pace_spelling_parses_to_the_same_pace(race_mm: int, change: tuple[int, int]) -> None:
    pace = make_race_pace(race_mm, *change)
    assert parse_pace(pace.text) == pace


@given(st.text(max_size=80))
def test_parsers_raise_only_scalar_errors_for_any_text(text: str) -> None:
    parsers: tuple[Callable[[str], object], ...] = (
        parse_duration,
        parse_length,
        parse_pace,
        parse_race_mm,
        lambda given: parse_race_time(given, 1_500_000),
    )
    for parse in parsers:
        with suppress(ScalarError):
            parse(text)
