"""One line: a one-liner or a note; what is hardly meant is refused with the complete lines that may be meant."""

from __future__ import annotations

import json

import pytest

from kicktimer.cli import main
from kicktimer.errors import FaultsError
from kicktimer.workout import parse_workout, read_line

DOUBTFUL = {
    "8x400 @64,5": ("8x400 @64.5",),
    "8x400 @63, 90s": ("8x400 @63 r90s", "8x400 @63, 90s @1500"),
    "8x400 R60": ("8x400 r60", "8x400"),
    "4x4 r3min": ("4x4min r3min", "4x4km r3min"),
    "5x3m": ("5x3min", "5x3km"),
    "400x8": ("8x400",),
    "6x800 r2": ("6x800 r2min", "6x800 r2s"),
    "8x400s": ("8x400", "8x6:40"),
    "1.000m": ("1000",),
    "6x600 @105": ("6x600 @1:45", "6x600 @105m"),
    "8x400 @64/67": ("8x400 @64-67", "8x400 @64>67"),
    "3x300, 2x200 r3min": ("3x300 r3min, 2x200 r3min", "3x300 r30, 2x200 r3min"),
    "6x300, 60": ("6x300 r60", "6x300, 60m"),
    "800 @5:00": ("800 @5:00/km", "800 @5:00/mi"),
    "8x400 r1:60": ("8x400 r2min",),
    "8x400 @62-60": ("8x400 @60-62", "8x400 @62>60"),
    "8X400 R60 CLOSING2": ("8x400 r60 closing2", "8x400 closing2"),
    "20 x 400m @ 72 off 1:45": ("20x400 @72.0 r1:45", "20x400 @72.0 on1:45"),
}


@pytest.mark.parametrize("line", DOUBTFUL)
def test_line_that_is_hardly_meant_is_refused_with_complete_lines(line: str) -> None:
    with pytest.raises(FaultsError) as caught:
        read_line(line)
    assert tuple(each for fault in caught.value.faults for each in fault.lines) == DOUBTFUL[line]
    for offered in DOUBTFUL[line]:
        assert not read_line(offered).is_note


@pytest.mark.parametrize(
    ("line", "same"),
    [
        ("8x400 ON95", "8x400 on95"), ("400M", "400"), ("8x400 CLOSING2", "8x400 closing2"),
        ("8x400 @1500 r30 closing 2", "8x400 @1500 r30 closing2"), ("8X400 @1500", "8x400 @1500"),
        ("WU2KM, 4x1000 @5K rREADY, CD10MIN", "wu2km, 4x1000 @5k rready, cd10min"),
        ("8x400 @1500 w/ 90s closing 3", "8x400 @1500 r90s closing3"),
    ],
)  # fmt: skip
def test_capitals_and_spaces_do_not_matter(line: str, same: str) -> None:
    read, wanted = read_line(line).workout, read_line(same).workout
    assert (read.sets, read.closing, read.warmup) == (wanted.sets, wanted.closing, wanted.warmup)


def test_jog_like_rest_is_only_a_warning() -> None:
    reading = read_line("10x400 r200")
    assert [(fault.warning, "r200m" in fault.problem) for fault in reading.warnings] == [(True, True)]


def test_a_file_may_hold_what_is_hardly_meant() -> None:
    workout, faults = parse_workout("name: x\nsets: [6x800 r2, 8x400 R60, 2x200]", "x.yaml")
    assert [fault.warning for fault in faults] == [True]
    assert "minutes, or seconds" in faults[0].problem
    assert len(workout.sets) == 3


def test_what_a_note_was_read_as_is_shown_and_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "8 x 400m @ 1500 pace w/ 90s rest", "--json"]) == 0
    printed = capsys.readouterr()
    assert "read as: 8x400 @1500 r90s" in printed.err
    document = json.loads(printed.out)
    assert (document["strict"], document["name"]) == ("8x400 @1500 r90s", "8 x 400m @ 1500 pace w/ 90s rest")
    assert document["about"] == "Read as 8x400 @1500 r90s"  # on the start screen, and in the log's header


def test_refused_line_offers_lines_to_copy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "6x800 r2"]) == 1
    error = capsys.readouterr().err.splitlines()
    assert error[0].startswith("one-liner:1:7: ")
    assert error[2].index("^") - error[1].index("6x800") == 6
    assert error[-2:] == ["  write: 6x800 r2min", "  write: 6x800 r2s"]


def test_plan_as_json_has_legs_rests_lines_and_bands(capsys: pytest.CaptureFixture[str]) -> None:
    line = "1000[200 @33 + 200 @free] r200m/75s, 400 @62-64 r50%, 20min[45s @1500 + 15s @free]"
    assert main(["plan", line, "--json", "--race", "1500m=4:00"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["total_m"] == 1400
    group = document["groups"][0]
    first, second, third = group["reps"]
    assert (group["group"], first["rep"], first["distance_mm"], first["duration_ms"]) == ("A", 1, 1_000_000, None)
    legs = [(leg["distance_mm"], leg["name"], leg["target"]) for leg in first["legs"]]
    assert legs[:2] == [(200_000, "on", 33_000), (200_000, "float", None)]
    assert len(legs) == 5
    assert (first["rest"]["ms"], first["rest"]["jog_mm"], first["targets"]) == (75_000, 200_000, {})
    assert (first["start_mm"], second["start_mm"]) == (0, 0)
    target = second["targets"]["Runner"]
    assert (target["target"], target["band"]) == (63_000, [62_000, 64_000])
    assert target["splits"] == {"100": 15_750, "200": 31_500, "300": 47_250}
    assert second["rest"]["ms"] == 32_000  # half of the target, to the second
    assert [leg["duration_ms"] for leg in third["legs"]] == [45_000, 15_000] * 20
    assert third["rest"] is None
