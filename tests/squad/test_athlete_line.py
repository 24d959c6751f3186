"""An athlete typed on one line, and the squad's file that it goes into."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.errors import KicktimerError, ScalarError
from kicktimer.squad import parse_squad
from kicktimer.squad.athlete_line import AthleteLine, read_athlete_line
from kicktimer.squad.squad_file import new_squad, with_athlete, with_field, with_races, without_athlete
from kicktimer.text import clean
from kicktimer.units import format_race_time

ODD = ("Dana", "Dana Kay", "yes", "~", "null", "=x: y", "a #b", "{x}", "- y", "'q'", '"', "Zoë", "&a", "*a", "!t", ":0")
names = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).map(clean).filter(bool),
)
times_1500 = st.integers(2100, 4000).map(lambda tenths: tenths * 100)


@pytest.mark.parametrize(
    ("text", "name", "races"),
    [
        ("Dana 4:05", "Dana", {1_500_000: 245_000}),
        ("  Dana   Kay  4:05.5 ", "Dana Kay", {1_500_000: 245_500}),
        ("Dana 800 2:08", "Dana", {800_000: 128_000}),
        ("Dana 800m 2:08 1500m 4:20", "Dana", {800_000: 128_000, 1_500_000: 260_000}),
        ("Mo 5k 13:10,5", "Mo", {5_000_000: 790_500}),
        ("Dana mile 4:50", "Dana", {1_609_344: 290_000}),
        ("Dana", "Dana", {}),
        ("R2 D2", "R2 D2", {}),
    ],
)
def test_line_is_a_name_and_race_times(text: str, name: str, races: dict[int, int]) -> None:
    assert read_athlete_line(text) == AthleteLine(name, races)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Dana 405", "4:05?"), ("Dana 4.05", "4:05?"), ("4:05", "Dana 4:05"), ("Dana 2:08", "800 2:08?"),
        ("Dana 800", "800 and the time"), ("Dana 1500 4:05 1500 4:06", "Dana 4:05"), ("", "name: Matan"),
        ("x" * 61, "at most 60"),
    ],
)  # fmt: skip
def test_what_is_typed_wrong_is_never_a_name(text: str, hint: str) -> None:
    with pytest.raises(ScalarError) as raised:
        read_athlete_line(text)
    assert hint in raised.value.hint


@given(st.lists(st.tuples(names, st.none() | times_1500), min_size=1, max_size=8, unique_by=lambda each: each[0]))
def test_squad_is_what_was_added(people: list[tuple[str, int | None]]) -> None:
    lines = [AthleteLine(name, {} if ms is None else {1_500_000: ms}) for name, ms in people]
    text = new_squad("My squad", lines[0])
    for line in lines[1:]:
        text = with_athlete(text, line)
    squad, _ = parse_squad(text, "squad")
    assert [(each.name, dict(each.races)) for each in squad.athletes] == [(line.name, line.races) for line in lines]
    with pytest.raises(KicktimerError, match="already"):
        with_athlete(text, lines[0])
    for line in lines[:-1]:
        text = without_athlete(text, line.name)
    assert [each.name for each in parse_squad(text, "squad")[0].athletes] == [lines[-1].name]
    with pytest.raises(KicktimerError, match="last one"):
        without_athlete(text, lines[-1].name)


COMMENTED = """\
# ours
name: M   # Mondays
athletes:
  - name: Matan          # only the name is required
    key: m               # his
    races: {1500m: 3:58.2, 800m: 1:54.0}
  - {name: Maya, group: B, races: {1500m: 4:30}}
# after the athletes
groups:
  A: {}
  B: {start_after: 10s}  # later
"""


@given(times_1500, st.sampled_from(["A", "B", "C"]))
def test_comments_and_order_stay(ms: int, group: str) -> None:
    text = with_field(COMMENTED, "Maya", "group", group)
    text = with_races(text, AthleteLine("Matan", {1_500_000: ms}))
    text = with_athlete(text, AthleteLine("Zoë"), group)
    for comment in ("# ours", "# Mondays", "# only the name is required", "# his", "# after the athletes", "# later"):
        assert comment in text
    squad, _ = parse_squad(text, "squad")
    assert [each.name for each in squad.athletes] == ["Matan", "Maya", "Zoë"]
    assert squad.athletes[0].races == {1_500_000: ms, 800_000: 114_000}
    assert format_race_time(ms) in text
    assert (squad.athletes[1].group, squad.athletes[2].group) == (group, group)


def test_key_that_is_taken_is_refused() -> None:
    with pytest.raises(KicktimerError, match="have the key"):
        with_field(COMMENTED, "Maya", "key", "m")
