"""`kicktimer schema`: JSON Schema for editors, made from the models that files are read with.

Draft 7: editors' YAML servers know no later one. A YAML server guesses types where kicktimer reads text, so every
scalar may be a string or what YAML takes it for. What a model accepts its schema accepts; it refuses what is wrong in
structure (keys, levels, lists, two keys that exclude each other) and, by pattern, what reads as no such scalar.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

from kicktimer.cli.schema_descriptions import KEYS, MODELS, SCALARS, SQUAD, WORKOUT
from kicktimer.squad import MAX_ATHLETES, parser
from kicktimer.squad.parser import SquadFile
from kicktimer.units import (
    CLOCK_PATTERN,
    HOURS_MINUTES_PATTERN,
    LAP_UNITS,
    METRIC_UNITS_MM,
    MILE_UNITS,
    NAMED_RACES_MM,
    NUMBER_PATTERN,
    UNITS_PATTERN,
)
from kicktimer.workout import fields, model
from kicktimer.workout.model import Workout

if TYPE_CHECKING:
    import argparse

    from pydantic import BaseModel
    from pydantic_core import core_schema

Schema = dict[str, Any]
DRAFT = "http://json-schema.org/draft-07/schema#"


def schema(options: argparse.Namespace) -> int:
    """Prints one."""
    print(schema_text(options.format))
    return 0


def schema_text(name: str) -> str:
    """The schema of a `workout` or a `squad`, as JSON for a file."""
    return json.dumps(make_schema(name), ensure_ascii=False, indent=1)


def make_schema(name: str) -> Schema:
    """The schema of a `workout` or a `squad`."""
    root: type[BaseModel] = Workout if name == "workout" else SquadFile
    made = root.model_json_schema(schema_generator=_Generate, ref_template="#/definitions/{model}")
    definitions: dict[str, Schema] = made.pop("$defs")
    used: dict[str, Schema] = {}
    _named(made, used)
    _named(definitions, used)
    for key, each in definitions.items():
        _tell(key, each)
        each["description"] = MODELS[key]
    _tell(root.__name__, made)
    _exclude(made, definitions)
    definitions |= used
    title, about = ("kicktimer workout", WORKOUT) if name == "workout" else ("kicktimer squad", SQUAD)
    return {"$schema": DRAFT, **made, "title": title, "description": about, "definitions": definitions}


# -- scalars


def _either(regex: str) -> str:
    """A pattern of kicktimer's for texts that are tidied (lower case, single spaces), as one for any text."""
    found = re.finditer(r"\(\?P<\w+>|\(\?:|\[[^\]]*\]|\\.| \?| |[a-z]|[^a-z ]", regex)
    parts = {" ?": r"\s*", " ": r"\s+"}
    return "".join(
        f"[{part}{part.upper()}]" if len(part) == 1 and part.isalpha() else
        "(?:" if part.startswith("(?P") else parts.get(part, part)
        for part in (match[0] for match in found)
    )  # fmt: skip


def _text(*regexes: str, says: str = "") -> Schema:
    """Text that reads as one of these; `says` is what an editor tells of any other."""
    made = {"type": "string", "pattern": rf"^\s*(?:{'|'.join(_either(each) for each in regexes)})\s*$"}
    return {**made, "patternErrorMessage": says} if says else made


def _scalar(name: str, least: float, *regexes: str, most: float | None = None) -> Schema:
    """What is read as text or, where YAML takes it for one, as a number."""
    number = {"type": "number", "minimum": least, **({} if most is None else {"maximum": most})}
    return {"anyOf": [_text(*regexes, says=SCALARS[name]), number], "description": SCALARS[name]}


def _words(*words: str) -> Schema:
    """A few words: as they are offered, and in any case."""
    return {"anyOf": [{"enum": [*words]}, _text(*words, says=f"One of {', '.join(words)}.")]}


def _whole(least: int, most: int) -> Schema:
    says = f"A whole number from {least} to {most}."
    return {"anyOf": [{"type": "integer", "minimum": least, "maximum": most}, _text("[0-9]{1,9}", says=says)]}


def _prose(most: int, least: int = 0) -> Schema:
    """Any text: `name: 800` and `name: Yes` are text as well. White space is not counted, so there is some room."""
    text = {"type": "string", "maxLength": 4 * most, **({"pattern": r"\S"} if least else {})}
    return {"anyOf": [text, {"type": ["number", "boolean"] if least else ["number", "boolean", "null"]}]}


_TIMES = (CLOCK_PATTERN.pattern, UNITS_PATTERN.pattern, HOURS_MINUTES_PATTERN.pattern)
_FAR = (
    f"{NUMBER_PATTERN} ?(?:{'|'.join(unit for unit in METRIC_UNITS_MM if unit)})?",
    f"(?:{NUMBER_PATTERN} ?)?(?:{'|'.join(MILE_UNITS)})",
)
_LENGTHS = (*_FAR, f"{NUMBER_PATTERN} ?(?:{'|'.join(LAP_UNITS)})")
_RACE = f"(?:{'|'.join((*_FAR, *NAMED_RACES_MM))})"
_PACES = (
    "kick", "free", _RACE, f"{NUMBER_PATTERN} ?% ?(?:of )?{_RACE}", f"{_RACE} ?[+-] ?[0-9.]+ ?s(?: ?(?:/|per) ?400m?)?",
    f"(?:{'|'.join(_TIMES)}) ?(?:/|per) ?(?:{'|'.join(_FAR)}|{'|'.join(unit for unit in METRIC_UNITS_MM if unit)})",
)  # fmt: skip
_MOMENTS = ("countdown", "recovery", "start", *(f"{each} to go" for each in _LENGTHS), *_LENGTHS, *_TIMES)
_SOME_TIME = _scalar("duration", 0.001, *_TIMES, most=86_400)
_RACE_TIME = _scalar("time", 0.001, *_TIMES, most=86_400)
_KEY = r"^\s*(?:[A-Za-z0-9]|[^\u0000-\u007f]{1,3})\s*$"
_LINE = r"^[\s0-9A-Za-z.:,+@%()/×*-]*$"

# By the validator of the field, which is what pydantic knows of a scalar.
READERS: dict[object, Schema] = {
    fields.validate_duration: _scalar("duration", 0, *_TIMES, most=86_400),
    fields.validate_positive_duration: _SOME_TIME,
    fields.validate_recovery: _scalar("recovery", 0, "ready", *_TIMES, most=86_400),
    fields.validate_workout_name: _prose(80, 1),
    fields.validate_cue_moment: _scalar("moment", 0.001, *_MOMENTS),
    fields.validate_length: _scalar("distance", 0.001, *_LENGTHS, most=300_000),
    fields.validate_pace: _scalar("pace", 100, *_PACES),
    fields.validate_splits: _scalar("step", 0.001, "none", *_LENGTHS),
    fields.validate_timed: _words("finish", "splits"),
    model.validate_rep_text: _scalar("mark", 0.001, *_LENGTHS, *_TIMES),
    model.validate_oneliner: {
        "anyOf": [
            {"type": "string", "pattern": _LINE, "patternErrorMessage": SCALARS["line"]},
            {"type": "number", "minimum": 0.001},
        ],
        "description": SCALARS["line"],
    },
    parser.validate_name: _prose(60, 1),
    parser.validate_squad_name: _prose(16_000),
    parser.validate_key: {
        "anyOf": [
            {"type": "string", "pattern": _KEY, "patternErrorMessage": SCALARS["key"]},
            {"type": "integer", "minimum": 0, "maximum": 9},
        ]
    },
    parser.validate_lap: _scalar("lap", 50, *_FAR, most=2000),
    parser.validate_lane: {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 10}, _text("10|[1-9]")]},
    parser.validate_kick_time: _RACE_TIME,
    parser.validate_start_after: _scalar("duration", 0, *_TIMES, most=86_400),
    parser.validate_group_workout: _prose(16_000, 1),
}
_NAMES = {
    "duration": _SOME_TIME,
    "recovery": READERS[fields.validate_recovery],
    "moment": READERS[fields.validate_cue_moment],
    "distance": READERS[fields.validate_length],
    "pace": READERS[fields.validate_pace],
    "step": READERS[fields.validate_splits],
    "mark": READERS[model.validate_rep_text],
    "time": _RACE_TIME,
}


# -- structure


class _Generate(GenerateJsonSchema):
    """Takes scalars from the table, bounds from the validators, and leaves out what a file never says."""

    def function_plain_schema(self, schema: core_schema.PlainValidatorFunctionSchema) -> Schema:
        return dict(READERS[schema["function"]["function"]])

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> Schema:
        check: object = schema["function"]["function"]
        if isinstance(check, fields.WordChoice):
            return _words(*check.words)
        if isinstance(check, fields.WholeNumber):
            return _whole(check.minimum, check.maximum)
        if isinstance(check, fields.TextLine):
            return _prose(check.max_length)
        inner: Schema = super().function_before_schema(schema)
        if isinstance(check, fields.BoundedList):
            return {**inner, "minItems": 1, "maxItems": check.max_items}
        if check is fields.validate_quiet:
            return {**inner, "minItems": 2, "maxItems": 2}
        assert check is parser.empty_to_mapping, check
        return {"anyOf": [inner, {"type": "null"}]}

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> Schema:
        made: Schema = super().tagged_union_schema(schema)
        return {"anyOf": made["oneOf"]}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> Schema:
        return dict(self.generate_inner(schema["schema"]))

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        return dict(self.generate_inner(schema["schema"]))

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the key says it
        return False


def _named(part: Any, used: dict[str, Schema]) -> Any:
    """`part` with a reference for each scalar that has a name, which is noted in `used`: the patterns are long."""
    if isinstance(part, list):
        part[:] = [_named(each, used) for each in part]
    elif isinstance(part, dict):
        for name, scalar in _NAMES.items():
            if part == scalar:
                used[name] = scalar
                return {"$ref": f"#/definitions/{name}"}
        part |= {key: _named(each, used) for key, each in part.items()}
    return part


def _tell(key: str, each: Schema) -> None:
    """Descriptions and examples for each key. In draft 7 nothing counts beside a `$ref`."""
    each.pop("title", None)
    for name, value in each["properties"].items():
        about, examples = KEYS.get(f"{key}.{name}") or KEYS[name]
        body = {"allOf": [value]} if "$ref" in value else value
        each["properties"][name] = {**body, "description": about, "examples": [*examples]}


def _never(*names: str) -> Schema:
    return {"properties": dict.fromkeys(names, False)}


def _exclude(root: Schema, definitions: dict[str, Schema]) -> None:
    """What pydantic does not know: keys that exclude each other, and levels."""
    if "sets" not in root["properties"]:
        root["properties"]["athletes"] |= {"minItems": 1, "maxItems": MAX_ATHLETES}
        races = {"propertyNames": _text(_RACE, says=SCALARS["race"]), "additionalProperties": _RACE_TIME}
        athlete = definitions["AthleteEntry"]["properties"]
        athlete["races"]["anyOf"] = [{"type": "object", **races}, {"type": "null"}]
        root["properties"]["groups"]["anyOf"][0]["propertyNames"] = {"pattern": r"\S"}
        return
    rep, group = definitions["Rep"], definitions["Set"]
    choices = [
        {"if": {"required": [one]}, "then": _never(other)}
        for one, other in (("recovery", "send_off"), ("target", "pace"))
    ]
    timed = {
        "if": {"required": ["duration"]},
        "then": _never("distance", "target", "last", "quiet"),
        "else": {"required": ["distance"]},
    }
    listed = {"if": {"properties": {"reps": {"type": "array"}}}, "then": _never(*model.REP_ONLY_KEYS), "else": timed}
    root["allOf"] = choices[:1]
    rep["allOf"] = [*choices, timed]
    group["allOf"] = [*choices, listed]
    for level in (rep, group):
        level["properties"]["recovery_from"] |= _words("first", "last", "target")
    at = {**_words("countdown"), "description": KEYS["Workout.cues"][0]}
    root["properties"]["cues"]["items"] = {"allOf": [{"$ref": "#/definitions/CueEntry"}, {"properties": {"at": at}}]}
