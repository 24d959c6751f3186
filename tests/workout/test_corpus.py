"""Published workouts: how they are written exactly, and what is read where a coach's words are typed.

`corpus.json` has for each what it is (`structure`), what a coach types (`naive`), how it is `written` here (a one-liner
or a file; null where no single athlete can run it), and the marks and rests that it must give (`expect`; a rest of null
is a jog or a range).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kicktimer.errors import FaultsError
from kicktimer.plan import build_plan, expected_rest_ms
from kicktimer.squad import single_athlete_squad
from kicktimer.units import Length
from kicktimer.workout import parse_workout, read_line
from kicktimer.workout.oneliner_format import format_oneliner

if TYPE_CHECKING:
    from kicktimer.plan import GroupPlan
    from kicktimer.workout import Workout

ROWS = json.loads((Path(__file__).parent / "corpus.json").read_text())
RUNNER = single_athlete_squad(
    {400_000: 53_000, 800_000: 116_000, 1_500_000: 240_000, 1_609_344: 258_000, 3_000_000: 510_000,
     5_000_000: 900_000, 10_000_000: 1_890_000}
)  # fmt: skip
Mark = tuple[str, float]


def mark(distance_mm: int | None, duration_ms: int | None) -> Mark:
    return ("s", (duration_ms or 0) / 1000) if distance_mm is None else ("m", distance_mm / 1000)


def end(part: Length | int | None) -> list[Mark]:
    """Returns a warm-up or cool-down as a mark: the published forms count them as reps."""
    if part is None:
        return []
    return [mark(part.mm, None) if isinstance(part, Length) else mark(None, part)]


def expected(row: dict[str, Any]) -> list[tuple[Mark, float | None]]:
    found: list[tuple[Mark, float | None]] = []
    for length, rest in row["expect"]:
        if isinstance(length, str):
            number, unit = re.fullmatch(r"([0-9.]+)(s|min)", length).groups()  # type: ignore[union-attr]
            found.append((("s", float(number) * (60 if unit == "min" else 1)), rest))
        else:
            found.append((("m", float(length)), rest))
    return found


def fits(workout: Workout, group: GroupPlan, row: dict[str, Any]) -> bool:
    """Whether the plan has the expected marks, legs counting as reps, and the expected rests."""
    wanted = expected(row)
    ends = end(workout.warmup), end(workout.cooldown)
    reps = [mark(rep.distance_mm, rep.duration_ms) for rep in group.reps]
    legs = [mark(leg.distance_mm, leg.duration_ms) for rep in group.reps for leg in rep.legs or (rep,)]
    marks = [length for length, _ in wanted]
    if legs == marks and legs != reps:
        return True
    if marks not in ([*first, *reps, *last] for first in ([], ends[0]) for last in ([], ends[1])):
        return False
    first = len(ends[0]) if marks[:1] == ends[0] and len(marks) > len(reps) else 0
    rests = [expected_rest_ms(rep, group) for rep in group.reps[:-1]]
    return all(
        rest is None or (given is not None and abs(given / 1000 - rest) < 0.01)
        for given, (_, rest) in zip(rests, wanted[first:], strict=False)
    )


@pytest.mark.parametrize("row", [row for row in ROWS if row["written"]], ids=lambda row: row["id"])
def test_published_workout_is_written_exactly(row: dict[str, Any]) -> None:
    written = row["written"]
    if written.startswith("name:"):
        workout = parse_workout(written, "x.yaml")[0]
    else:
        reading = read_line(written)
        assert not reading.is_note
        workout = reading.workout
        again = format_oneliner(workout)
        assert again is not None
        assert read_line(again).workout.sets == workout.sets or format_oneliner(read_line(again).workout) == again
    group = build_plan(workout, RUNNER).groups[0]
    assert not row["expect"] or fits(workout, group, row)


def test_all_but_the_relays_can_be_written() -> None:
    assert [row["id"] for row in ROWS if row["written"] is None] == ["pa1", "pa3"]  # a partner's finish starts the next


def outcome(row: dict[str, Any]) -> str:
    """Returns what becomes of the typed words: `right`, `wrong`, `hint` (an offered line is right) or `stuck`."""
    try:
        workout = read_line(row["naive"]).workout
    except FaultsError as error:
        for line in [line for fault in error.faults for line in fault.lines][:2]:
            offered = read_line(line).workout
            if fits(offered, build_plan(offered, RUNNER).groups[0], row):
                return "hint"
        return "stuck"
    return "right" if fits(workout, build_plan(workout, RUNNER).groups[0], row) else "wrong"


def test_typed_words_never_run_as_another_workout() -> None:
    found = {row["id"]: outcome(row) for row in ROWS if row["naive"] and row["expect"]}
    assert [each for each, kind in found.items() if kind == "wrong"] == []
    assert sum(kind == "right" for kind in found.values()) >= 36
    assert sum(kind in ("right", "hint") for kind in found.values()) >= 46
