"""Text as people type and paste it: byte order marks, spaces of other kinds and decimal commas, wherever they occur."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kicktimer.cli import main
from kicktimer.errors import FaultsError, KicktimerError, ScalarError
from kicktimer.journal import read_log
from kicktimer.library import check_file, load_squad, load_workout
from kicktimer.pace import parse_pace
from kicktimer.settings import load_settings
from kicktimer.settings_store import save_settings
from kicktimer.squad import parse_race_option, parse_squad
from kicktimer.units import parse_duration, parse_length, parse_race_time
from kicktimer.workout import parse_oneliner, parse_workout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kicktimer.errors import Fault

BOM = "\ufeff"
SPACES = ("\u00a0", "\u202f", "\u2009")
WORKOUT = "name: x\nsets:\n  - reps: 8\n    distance: 400m\n    recovery: 30s\n"
SQUAD = "athletes:\n  - name: Ada\n    races:\n      1500m: 3:58.2\n"


def faults(parse: Callable[[str, str], object], text: str) -> list[tuple[int, int, str, str]]:
    """Returns line, column, problem and hint of each fault."""
    with pytest.raises(FaultsError) as caught:
        parse(text, "file.yaml")
    return [_place_and_text(fault) for fault in caught.value.faults]


def oneliner_faults(text: str) -> list[tuple[int, int, str, str]]:
    with pytest.raises(FaultsError) as caught:
        parse_oneliner(text)
    return [_place_and_text(fault) for fault in caught.value.faults]


def _place_and_text(fault: Fault) -> tuple[int, int, str, str]:
    return fault.line, fault.column, fault.problem, fault.hint


# -- byte order marks


def test_byte_order_mark_is_no_fault_in_any_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workout, squad, script = (tmp_path / name for name in ("w.yaml", "s.yaml", "script.jsonl"))
    workout.write_text(BOM + WORKOUT, encoding="utf-8")
    squad.write_text(BOM + SQUAD, encoding="utf-8")
    script.write_text(BOM + '{"t": 0, "do": "start"}\n', encoding="utf-8")
    assert check_file(workout) == check_file(squad) == ()
    assert load_workout(str(workout))[0].name == "x"
    assert load_squad(squad)[0].athletes[0].races == {1_500_000: 238_200}

    log = tmp_path / "log.jsonl"
    arguments = ["rehearse", str(workout), "--squad", str(squad), "--script", str(script), "--log", str(log), "--json"]
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out)["reps"]
    log.write_bytes(BOM.encode() + log.read_bytes())
    assert read_log(log).facts

    settings = tmp_path / "settings.toml"
    settings.write_text(f"{BOM}volume = 50\n", encoding="utf-8")
    assert load_settings(settings).volume == 50
    assert save_settings({"volume": 60}, settings).volume == 60


@pytest.mark.parametrize("text", [f"{BOM}8x400 @64.5 r30", "8x400\u200b @64.5 r30", f"8x400 @64.5 r30{BOM}"])
def test_invisible_characters_of_a_pasted_line_mean_nothing(text: str) -> None:
    assert load_workout(text)[0] == load_workout("8x400 @64.5 r30")[0]


def test_fault_after_an_invisible_character_is_in_its_own_column() -> None:
    assert oneliner_faults("\u200b8x400 @64,5")[0][:2] == (1, 9)


# -- spaces


@pytest.mark.parametrize("space", SPACES)
def test_spaces_of_any_kind_are_accepted_inside_values(space: str) -> None:
    assert parse_duration(f"1{space}min") == 60_000
    assert parse_length(f"400{space}m") == parse_length("400 m")
    assert parse_pace(f"98{space}%{space}1500m") == parse_pace("98% 1500m")
    assert parse_race_option(f"1500m={space}3:58.2") == (1_500_000, 238_200)
    assert load_workout(f"8{space}×{space}400 @1500 r30")[0] == load_workout("8 × 400 @1500 r30")[0]
    for text in (
        WORKOUT.replace("30s", f"30{space}s"),
        WORKOUT.replace("\n", f"{space}\n"),
        WORKOUT.replace("sets:", f"{space}\n{space}# a comment\nsets:"),
    ):
        assert parse_workout(text, "w.yaml")[0] == parse_workout(WORKOUT, "w.yaml")[0]
    flow = "name: x\nsets: [{reps: 8, distance: 400m}]\n"
    assert parse_workout(flow.replace(", ", f",{space}"), "w.yaml")[0] == parse_workout(flow, "w.yaml")[0]


@pytest.mark.parametrize(
    ("old", "new", "place", "word"),
    [
        ("distance: 400m", "distance:\u00a0400m", (4, 14), "400m"),
        ("    distance", "  \u00a0 distance", (4, 3), "distance"),
        ("  - reps", "\u00a0\u00a0- reps", (3, 1), "-"),
        ("name: x", "name:\u00a0x", (1, 6), "x"),
        ("- reps: 8\n    distance: 400m\n    recovery: 30s", "-\u00a08x400", (3, 4), "8x400"),
        ("recovery: 30s", "recovery: 30s\u00a0# why", (5, 18), "#"),
        ("sets:\n", "sets:\n  - {reps: 2, distance:\u00a0400m}\n", (3, 24), "400m"),
    ],
)
def test_no_break_space_is_named_where_it_breaks_a_line(old: str, new: str, place: tuple[int, int], word: str) -> None:
    text = WORKOUT.replace(old, new)
    named = (*place, f"there is a no-break space before `{word}`", "replace it by a space")
    assert named in faults(parse_workout, text)
    if "#" not in new:
        narrow = faults(parse_workout, text.replace("\u00a0", "\u202f"))
        assert f"there is a narrow no-break space before `{word}`" in [problem for _, _, problem, _ in narrow]


def test_no_break_space_is_named_in_a_squad() -> None:
    text = SQUAD.replace("name: Ada", "name:\u00a0Ada")
    assert faults(parse_squad, text)[0] == (
        2, 10, "there is a no-break space before `Ada`", "replace it by a space",
    )  # fmt: skip


def test_no_break_space_in_text_is_no_fault() -> None:
    about = "about: Deux choses\u00a0: relax\u00a0! Note:\u00a0no # here"
    assert parse_workout(f"{about}\n{WORKOUT}", "w.yaml")[0].about.startswith("Deux choses : relax ! Note: no")
    assert faults(parse_workout, f"{about}\n{WORKOUT.replace('30s', '30m')}")[0][:2] == (6, 15)  # the fault's own place


def test_no_break_space_is_named_in_settings_and_scripts(tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('sound = "off"\nvolume\u00a0= 50\n', encoding="utf-8")
    with pytest.raises(KicktimerError) as caught:
        load_settings(settings)
    assert str(caught.value).endswith("line 2: there is a no-break space before `=`\n  hint: replace it by a space")
    script = tmp_path / "s.jsonl"
    script.write_text('{"t": 0,\u00a0"do": "start"}\n', encoding="utf-8")
    assert script_error(script).hint == "there is a no-break space at character 9: replace it by a space"


def script_error(script: Path) -> KicktimerError:
    from kicktimer.plan import build_plan
    from kicktimer.rehearsal import read_script
    from kicktimer.squad import single_athlete_squad

    plan = build_plan(parse_oneliner("8x400"), single_athlete_squad({}))
    with pytest.raises(KicktimerError) as caught:
        read_script(script.read_text(encoding="utf-8"), script.name, plan)
    return caught.value


# -- decimal commas


@pytest.mark.parametrize(
    ("parse", "text", "hint"),
    [
        (parse_duration, "64,5", "64.5"),
        (parse_duration, "1,5 min", "1.5 min"),
        (parse_duration, "1:04,5", "1:04.5"),
        (parse_duration, "1.000,5", "1000.5"),
        (parse_duration, "-1,5", "1.5"),
        (parse_length, "1,5km", "1.5km"),
        (parse_length, "0,5 laps", "0.5 laps"),
        (parse_pace, "98,5% 1500m", "98.5% 1500m"),
        (parse_pace, "1500m +0,5s", "1500m +0.5s"),
        (parse_pace, "64,5 per 400m", "64.5 per 400m"),
        (parse_pace, "2:40,5/km", "2:40.5/km"),
        (parse_pace, "64,5", "64.5"),
    ],
)
def test_decimal_comma_has_a_hint_in_every_kind_of_value(parse: Callable[[str], object], text: str, hint: str) -> None:
    with pytest.raises(ScalarError) as caught:
        parse(text)
    assert (caught.value.message, caught.value.hint) == (f"`{text}` has a comma", f"decimals use a point: {hint}")


@pytest.mark.parametrize(
    ("text", "hint"),
    [("3:58,2", "decimals use a point: 3:58.2"), ("3,58", "3:58?"), ("58,3", "decimals use a point: 58.3")],
)
def test_decimal_comma_in_a_race_time_has_a_hint(text: str, hint: str) -> None:
    with pytest.raises(ScalarError) as caught:
        parse_race_time(text, 1_500_000)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("text", "column", "number", "meant"),
    [
        ("8x400 @64,5", 8, "64,5", "64.5"),
        ("8x400 @64,5 r30", 8, "64,5", "64.5"),
        ("8x400 @1:04,5", 8, "1:04,5", "1:04.5"),
        ("8x400 @1500 r30,5", 14, "30,5", "30.5"),
        ("8x400 r1,5min, 5x200", 8, "1,5", "1.5"),
        ("8x400 on95,5", 9, "95,5", "95.5"),
        ("6x300 @98,5%1500", 8, "98,5", "98.5"),
        ("8x400 @64,25/400m", 8, "64,25", "64.25"),
        ("8x400 @1500+0,5s", 13, "0,5", "0.5"),
        ("3x1,5km r90", 3, "1,5", "1.5"),
        ("2x(1,5km+400)", 4, "1,5", "1.5"),
        ("1,609km", 1, "1,609", "1.609"),
        ("4x1,000", 3, "1,000", "1000"),
    ],
)
def test_decimal_comma_in_a_one_liner_is_refused(text: str, column: int, number: str, meant: str) -> None:
    expected = (f"`{number}` has a comma", f"{meant}? a comma separates parts")
    assert oneliner_faults(text) == [(1, column, *expected)]
    in_list = f"name: x\nsets:\n  - {text}\n"
    if ", " not in text:
        assert faults(parse_workout, in_list) == [(3, column + 4, *expected)]
        if "(" not in text:
            assert (2, column + 7, *expected) in faults(parse_workout, f"name: x\nsets: [{text}]\n")


@pytest.mark.parametrize(
    "text",
    [
        "400,300,200",
        "400,80,60",
        "8x400,3x200",
        "8x400 @1500 r30,5x200",
        "8x400 @1500 r30, 5km",
        "3:00, 400",
        "400 ,300",
    ],
)
def test_comma_between_parts_is_no_decimal_comma(text: str) -> None:
    parse_oneliner(text)


def test_list_of_distances_is_no_number_with_a_comma() -> None:
    parse_workout("name: x\nsets: [400,300,{repeat: 2, reps: [400,300,200]}]\n", "w.yaml")
    assert faults(parse_workout, "name: x\nsets: [{repeat: 2, reps: [1,5km]}]\n")[0] == (
        2, 27, "`1,5` has a comma", "1.5? a comma separates parts",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("parse", "text", "column", "number"),
    [
        (parse_workout, "sets: [{reps: 2, distance: 400m, target: 64,5}]", 42, "64,5"),
        (parse_workout, "sets: [{reps: 2, distance: 400m, send_off: 1:35,5}]", 44, "1:35,5"),
        (parse_workout, "sets: [{reps: 2, distance: 400m, pace: 98,5% 1500m}]", 40, "98,5"),
        (parse_squad, "athletes: [{name: A, races: {1500m: 3:58,2}}]", 37, "3:58,2"),
        (parse_squad, "athletes: [{name: A, kick: {fresh_200m: 25,6, goal_last_200m: 27.2}}]", 41, "25,6"),
    ],
)
def test_decimal_comma_in_braces_has_the_hint(
    parse: Callable[[str, str], object], text: str, column: int, number: str
) -> None:
    found = faults(parse, f"name: x\n{text}\n")
    expected = (2, column, f"`{number}` has a comma", f"decimals use a point: {number.replace(',', '.')}")
    assert expected in found
    assert not any("known" in problem for _, _, problem, _ in found)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("volume = 64,5", "a whole number: volume = 64"),
        ("delay = 0,25", "decimals use a point: delay = 0.25"),
        ('delay = "0,25s"', "decimals use a point: 0.25s"),
        ('delay = "250,5ms"', "decimals use a point: 250.5ms"),
    ],
)
def test_decimal_comma_in_the_settings_has_a_hint(tmp_path: Path, line: str, hint: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f"keep_awake = true\n{line}\n")
    with pytest.raises(KicktimerError) as caught:
        load_settings(path)
    assert "has a comma" in caught.value.message
    assert hint in str(caught.value)


def test_decimal_comma_on_the_command_line_and_in_a_script_has_a_hint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "8x400 @1500 r30", "--race", "1500m=3:58,2"]) == 1
    assert "decimals use a point: 3:58.2" in capsys.readouterr().err
    assert main(["rehearse", "demo", "--speed", "1,5"]) == 2
    assert "decimals use a point: 1.5" in capsys.readouterr().err
    script = tmp_path / "s.jsonl"
    script.write_text('{"t": 64,5, "do": "start"}\n')
    assert script_error(script).hint == "`64,5` has a comma: times are whole ms"
