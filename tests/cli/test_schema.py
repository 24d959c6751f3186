"""The JSON Schemas accept what the parsers accept, reject a wrong structure, and equal the shipped files."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kicktimer.cli import main
from kicktimer.cli.new import SQUAD, WORKOUT
from kicktimer.cli.schema import SCALAR_SCHEMAS, make_schema, schema_text
from kicktimer.cli.schema_descriptions import KEYS
from kicktimer.errors import FaultsError
from kicktimer.squad import parse_squad
from kicktimer.workout import model, parse_workout
from tests.cli.editor_yaml import load_like_an_editor
from tests.squad import test_parser as squad_tests
from tests.workout import test_parser as workout_tests

ROOT = Path(__file__).parents[2]
VALIDATORS = {name: jsonschema.Draft7Validator(make_schema(name)) for name in ("workout", "squad")}

# Faults that only the parsers find: duplicate keys, sums over the whole file, marks beyond a distance, single values.
PARSER_ONLY_FAULTS = (
    "stands twice", "closing reps, but", "reps are too many", "more than anybody", "over 24 h", "splits are too many",
    "beyond", "the last 4m", "covers no distance", "in a timed rep", "rep by distance", "no pace", "athletes have the",
    "no time for 1500m", "61 characters", "control characters", "no track", "` look",
)  # fmt: skip


@pytest.mark.parametrize("name", ["workout", "squad"])
def test_shipped_schemas_equal_the_printed_ones(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = schema_text(name) + "\n"
    shipped = ROOT / "workouts" / "schema" / f"{name}.json"
    assert shipped.read_text(encoding="utf-8") == text, f"kicktimer schema {name} >workouts/schema/{name}.json"
    assert main(["schema", name]) == 0
    assert capsys.readouterr().out == text
    jsonschema.Draft7Validator.check_schema(make_schema(name))


@pytest.mark.parametrize("path", sorted((ROOT / "workouts").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_workouts_name_their_schema_and_match_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    modeline = "# yaml-language-server: $schema="
    first = text.splitlines()[0]
    assert first.startswith(modeline)
    assert (path.parent / first.removeprefix(modeline)).samefile(ROOT / "workouts" / "schema" / "workout.json")
    VALIDATORS["workout"].validate(load_like_an_editor(text))


def test_schemas_accept_the_example_files() -> None:
    VALIDATORS["workout"].validate(load_like_an_editor(workout_tests.FULL.replace("two: look", "two, look")))
    VALIDATORS["workout"].validate(load_like_an_editor(WORKOUT))
    VALIDATORS["squad"].validate(load_like_an_editor(squad_tests.FULL))
    VALIDATORS["squad"].validate(load_like_an_editor(SQUAD))


@pytest.mark.parametrize(
    "text", [row[0] for row in workout_tests.WRONG if not any(each in row[4] for each in PARSER_ONLY_FAULTS)]
)
def test_schema_rejects_a_workout_that_the_parser_rejects(text: str) -> None:
    assert not VALIDATORS["workout"].is_valid(load_like_an_editor(text))


@pytest.mark.parametrize(
    "text", [row[0] for row in squad_tests.WRONG if not any(each in row[3] for each in PARSER_ONLY_FAULTS)]
)
def test_schema_rejects_a_squad_that_the_parser_rejects(text: str) -> None:
    assert not VALIDATORS["squad"].is_valid(load_like_an_editor(text))


def test_every_key_has_a_description_and_valid_examples() -> None:
    explained: set[str] = set()
    for name, validator in VALIDATORS.items():
        schema = make_schema(name)
        for level in (schema, *schema["definitions"].values()):
            for key, value in level.get("properties", {}).items():
                explained.add(key)
                assert value["description"], key
                assert value["examples"], key
                for example in value["examples"]:
                    validator.evolve(schema={**value, "definitions": schema["definitions"]}).validate(example)
    assert explained == {key.rpartition(".")[2] for key in KEYS}


# The patterns accept more than the parsers, never less.

WORDS = ("ready", "free", "kick", "none", "finish", "splits", "countdown", "recovery", "start", "mile", "marathon")
UNITS = (
    "",
    "m",
    "km",
    "k",
    "s",
    " s",
    "min",
    "h",
    "mi",
    "miles",
    " laps",
    "sec",
    "hours",
    "metres",
    "%",
    " to go",
    "/km",
)
numbers = st.sampled_from(["0", "1", "30", "1.5", "64.0", "400", "1500", "1:04", "3:58.2", "1h05", "98", "00:30"])
scalars = st.one_of(
    st.sampled_from(WORDS),
    st.tuples(numbers, st.sampled_from(UNITS)).map("".join),
    st.tuples(
        numbers, st.sampled_from(UNITS), st.sampled_from([" ", "+", " +", " per ", "/", "% ", " of "]), numbers,
        st.sampled_from(UNITS),
    ).map("".join),
).flatmap(lambda text: st.sampled_from([text, text.upper(), f"  {text} ", text.replace(" ", "  ")]))  # fmt: skip


@given(scalars)
def test_scalar_schema_accepts_every_scalar_that_its_validator_accepts(text: str) -> None:
    for read, schema in SCALAR_SCHEMAS.items():
        assert callable(read)
        with suppress(ValueError):
            read(text)
            assert jsonschema.Draft7Validator(schema).is_valid(text), read


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 6), scalars), max_size=4))
def test_schema_accepts_every_file_that_the_parser_accepts(changes: list[tuple[int, int, str]]) -> None:
    for name, seed, parse in (("workout", WORKOUT, parse_workout), ("squad", SQUAD, parse_squad)):
        text = seed
        for at, cut, piece in changes:
            text = text[:at] + piece + text[at + cut :]
        with suppress(FaultsError, yaml.YAMLError):  # kicktimer reads some texts with a colon that YAML rejects
            parse(text, "x.yaml")
            VALIDATORS[name].validate(load_like_an_editor(text))


def test_closing_may_be_zero_and_reps_may_not() -> None:
    workout = VALIDATORS["workout"]
    assert workout.is_valid({"name": "x", "closing": 0, "sets": ["400"]})
    assert not workout.is_valid({"name": "x", "sets": [{"reps": 0, "distance": 400}]})
    assert not workout.is_valid({"name": "x", "sets": [{"reps": model.MAX_REPS + 1, "distance": 400}]})
