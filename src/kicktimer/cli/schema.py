"""`kicktimer schema`: JSON Schema for editors, generated from the pydantic models that parse the files.

The schema is draft 7, the newest that editors' YAML servers support. Such a server guesses the type of a scalar that
kicktimer reads as text, so the schema accepts a scalar as a string and as every type that YAML may turn it into. It
accepts each file that the models accept. It rejects a wrong structure (keys, levels, lists, keys that exclude each
other) and, by patterns, most scalars of a wrong form; the models alone know the rest.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

from kicktimer.cli.output import print_text
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
from kicktimer.workout.recovery import LONG_UNIT

if TYPE_CHECKING:
    import argparse

    from pydantic import BaseModel
    from pydantic_core import core_schema

Schema = dict[str, Any]
DRAFT = "http://json-schema.org/draft-07/schema#"


def schema(options: argparse.Namespace) -> int:
    """Prints the schema of the format that the options name."""
    print_text(schema_text(options.format))
    return 0


def schema_text(name: str) -> str:
    """Returns the schema of the format `workout` or `squad` as JSON text."""
    return json.dumps(make_schema(name), ensure_ascii=False, indent=1)


def make_schema(name: str) -> Schema:
    """Returns the schema of the format `workout` or `squad`."""
    root: type[BaseModel] = Workout if name == "workout" else SquadFile
    made = root.model_json_schema(schema_generator=_Generate, ref_template="#/definitions/{model}")
    definitions: dict[str, Schema] = made.pop("$defs")
    used: dict[str, Schema] = {}
    _share_scalars(made, used)
    _share_scalars(definitions, used)
    for key, each in definitions.items():
        _add_descriptions(key, each)
        each["description"] = MODELS[key]
    _add_descriptions(root.__name__, made)
    _add_constraints(made, definitions)
    definitions |= used
    title, about = ("kicktimer workout", WORKOUT) if name == "workout" else ("kicktimer squad", SQUAD)
    return {"$schema": DRAFT, **made, "title": title, "description": about, "definitions": definitions}


# Scalars.


def _loosen(regex: str) -> str:
    """Returns a regex that matches in any case and with any white space what `regex` matches in normalised text.

    The parsers match lower-case text with single spaces; an editor matches the text as it was typed.
    """
    tokens = re.finditer(r"\(\?P<\w+>|\(\?:|\[[^\]]*\]|\\.| \?| |[a-z]|[^a-z ]", regex)
    parts = {" ?": r"\s*", " ": r"\s+"}
    return "".join(
        f"[{part}{part.upper()}]" if len(part) == 1 and part.isalpha() else
        "(?:" if part.startswith("(?P") else parts.get(part, part)
        for part in (match[0] for match in tokens)
    )  # fmt: skip


def _text(*regexes: str, error: str = "") -> Schema:
    """Returns the schema of a string that matches one of `regexes`; an editor shows `error` for any other string."""
    made = {"type": "string", "pattern": rf"^\s*(?:{'|'.join(_loosen(each) for each in regexes)})\s*$"}
    return {**made, "patternErrorMessage": error} if error else made


def _scalar(name: str, least: float, *regexes: str, most: float | None = None) -> Schema:
    """Returns the schema of a scalar called `name`: a matching string, or a number from `least` to `most`."""
    number = {"type": "number", "minimum": least, **({} if most is None else {"maximum": most})}
    return {"anyOf": [_text(*regexes, error=SCALARS[name]), number], "description": SCALARS[name]}


def _each(name: str, least: float, *regexes: str, most: float | None = None) -> Schema:
    """Returns the schema of a scalar, or of one for each rep: a list, or values with `>` between them."""
    one = _scalar(name, least, *regexes, most=most)
    steps = _text(_STEPS, error=SCALARS[name])
    return {"anyOf": [one, steps, {"type": "array", "items": one, "minItems": 1, "maxItems": fields.MAX_VALUES}]}


def _words(*words: str) -> Schema:
    """Returns the schema of one of `words`, which an editor offers; other cases are accepted, too."""
    return {"anyOf": [{"enum": [*words]}, _text(*words, error=f"One of {', '.join(words)}.")]}


def _whole(least: int, most: int) -> Schema:
    error = f"A whole number from {least} to {most}."
    return {"anyOf": [{"type": "integer", "minimum": least, "maximum": most}, _text("[0-9]{1,9}", error=error)]}


def _prose(most: int, least: int = 0) -> Schema:
    """Returns the schema of free text of `least` to `most` characters; YAML takes some for a number or a boolean.

    The schema allows four times `most`, because the parsers do not count all white space.
    """
    text = {"type": "string", "maxLength": 4 * most, **({"pattern": r"\S"} if least else {})}
    return {"anyOf": [text, {"type": ["number", "boolean"] if least else ["number", "boolean", "null"]}]}


_TIMES = (CLOCK_PATTERN.pattern, UNITS_PATTERN.pattern, HOURS_MINUTES_PATTERN.pattern)
_FAR = (
    f"{NUMBER_PATTERN} ?(?:{'|'.join(unit for unit in METRIC_UNITS_MM if unit)})?",
    f"(?:{NUMBER_PATTERN} ?)?(?:{'|'.join(MILE_UNITS)})",
)
_LENGTHS = (*_FAR, f"{NUMBER_PATTERN} ?(?:{'|'.join(LAP_UNITS)})")
_RACE = f"(?:{'|'.join((*_FAR, *NAMED_RACES_MM))})"
_PACES_OF_A_TIME = (
    f"(?:{'|'.join(_TIMES)}) ?(?:/|per) ?(?:{'|'.join(_FAR)}|{'|'.join(unit for unit in METRIC_UNITS_MM if unit)})",
)
_JOG_METRES = r"0*(?:[5-9][0-9]|[1-9][0-9]{2,8})(?:\.[0-9]{1,9})? ?(?:m|met(?:re|er)s)"  # from 50 m on
_RECOVERIES = (
    "[0-9]{1,9} ?%(?: of (?:the )?(?:rep|time|run))?",
    f"(?:{_JOG_METRES}|(?:{NUMBER_PATTERN} ?)?{LONG_UNIT})(?:(?: ?/ ?| in )(?:{'|'.join(_TIMES)}))?",
    f"(?:{'|'.join(_TIMES)}) ?[-–] ?(?:{'|'.join(_TIMES)})",
)
_PACES = (
    "kick", "free", _RACE, f"{NUMBER_PATTERN} ?% ?(?:of )?{_RACE}", f"{_RACE} ?[+-] ?[0-9.]+ ?s(?: ?(?:/|per) ?400m?)?",
    *_PACES_OF_A_TIME,
)  # fmt: skip
_NUMBER_OR_UNIT = r"[0-9][0-9.:]*(?: ?[a-z]+)?"
_TARGETS = (*_TIMES, f"(?:{'|'.join(_TIMES)}) ?[-–] ?(?:{'|'.join(_TIMES)})")
_PACE_BANDS = (
    f"{NUMBER_PATTERN} ?%? ?[-–] ?{NUMBER_PATTERN} ?% ?(?:of )?{_RACE}",
    f"{_NUMBER_OR_UNIT} ?[-–] ?{_NUMBER_OR_UNIT}(?: ?(?:/|per) ?{_NUMBER_OR_UNIT}| ?(?:/|per) ?[a-z]+)?",
)
_STEPS = "[^>]+(?:>[^>]+)+"  # the ends of equal steps, or a value for each rep
_MOMENTS = ("countdown", "recovery", "start", *(f"{each} to go" for each in _LENGTHS), *_LENGTHS, *_TIMES)
_SOME_TIME = _scalar("duration", 0.001, *_TIMES, most=86_400)
_RACE_TIME = _scalar("time", 0.001, *_TIMES, most=86_400)
_KEY = r"^\s*(?:[A-Za-z0-9]|[^\u0000-\u007f]{1,3})\s*$"
_LINE = r"^[\s0-9A-Za-z.:,+@%()\[\]>/×*'\"′″’”–-]*$"

# By the validator of a field: pydantic knows nothing else about a scalar.
SCALAR_SCHEMAS: dict[object, Schema] = {
    fields.validate_duration: _scalar("duration", 0, *_TIMES, most=86_400),
    fields.validate_positive_duration: _SOME_TIME,
    fields.validate_recovery: _scalar("recovery", 0, "ready", *_RECOVERIES, *_TIMES, most=86_400),
    fields.validate_jog_pace: _scalar("jog", 1, *_PACES_OF_A_TIME),
    fields.validate_target: _scalar("target", 0.001, *_TARGETS, most=86_400),
    fields.validate_mark: _scalar("mark", 0.001, *_LENGTHS, *_TIMES),
    fields.validate_each_pace: _each("pace", 100, *_PACES, *_PACE_BANDS),
    fields.validate_each_target: _each("target", 0.001, *_TARGETS, most=86_400),
    fields.validate_each_recovery: _each("recovery", 0, "ready", *_RECOVERIES, *_TIMES, most=86_400),
    fields.validate_each_send_off: _each("duration", 0.001, *_TIMES, most=86_400),
    fields.validate_workout_name: _prose(80, 1),
    fields.validate_cue_moment: _scalar("moment", 0.001, *_MOMENTS),
    fields.validate_length: _scalar("distance", 0.001, *_LENGTHS, most=300_000),
    fields.validate_pace: _scalar("pace", 100, *_PACES, *_PACE_BANDS),
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
    parser.validate_start_style: _words("standing", "rolling"),
    parser.validate_day: _text("[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"),
    parser.validate_start_after: _scalar("duration", 0, *_TIMES, most=86_400),
    parser.validate_group_workout: _prose(16_000, 1),
}
_SHARED_SCALARS = {
    "duration": _SOME_TIME,
    "recovery": SCALAR_SCHEMAS[fields.validate_recovery],
    "each_recovery": SCALAR_SCHEMAS[fields.validate_each_recovery],
    "each_pace": SCALAR_SCHEMAS[fields.validate_each_pace],
    "each_target": SCALAR_SCHEMAS[fields.validate_each_target],
    "each_send_off": SCALAR_SCHEMAS[fields.validate_each_send_off],
    "target": SCALAR_SCHEMAS[fields.validate_target],
    "moment": SCALAR_SCHEMAS[fields.validate_cue_moment],
    "distance": SCALAR_SCHEMAS[fields.validate_length],
    "pace": SCALAR_SCHEMAS[fields.validate_pace],
    "step": SCALAR_SCHEMAS[fields.validate_splits],
    "mark": SCALAR_SCHEMAS[model.validate_rep_text],
    "time": _RACE_TIME,
}


# Structure.


class _Generate(GenerateJsonSchema):
    """Generates a schema with scalars from `SCALAR_SCHEMAS`, bounds from the validators, and no titles or defaults."""

    def function_plain_schema(self, schema: core_schema.PlainValidatorFunctionSchema) -> Schema:
        return dict(SCALAR_SCHEMAS[schema["function"]["function"]])

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

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - a title would repeat the key
        return False


def _share_scalars(part: Any, used: dict[str, Schema]) -> Any:
    """Replaces the schemas of common scalars in `part` by references, and adds their definitions to `used`.

    Without it the long patterns would be repeated at every key.
    """
    if isinstance(part, list):
        part[:] = [_share_scalars(each, used) for each in part]
    elif isinstance(part, dict):
        for name, scalar in _SHARED_SCALARS.items():
            if part == scalar:
                used[name] = scalar
                return {"$ref": f"#/definitions/{name}"}
        part |= {key: _share_scalars(each, used) for key, each in part.items()}
    return part


def _add_descriptions(model_name: str, schema: Schema) -> None:
    """Adds a description and examples to each key. A `$ref` goes into `allOf`: draft 7 ignores all keys beside it."""
    schema.pop("title", None)
    for name, value in schema["properties"].items():
        about, examples = KEYS.get(f"{model_name}.{name}") or KEYS[name]
        body = {"allOf": [value]} if "$ref" in value else value
        schema["properties"][name] = {**body, "description": about, "examples": [*examples]}


def _forbid(*names: str) -> Schema:
    return {"properties": dict.fromkeys(names, False)}


def _add_constraints(root: Schema, definitions: dict[str, Schema]) -> None:
    """Adds what the models' own validators check: keys that exclude each other, and keys that belong to one level."""
    if "sets" not in root["properties"]:
        root["properties"]["athletes"] |= {"minItems": 1, "maxItems": MAX_ATHLETES}
        races = {"propertyNames": _text(_RACE, error=SCALARS["race"]), "additionalProperties": _RACE_TIME}
        athlete = definitions["AthleteEntry"]["properties"]
        athlete["races"]["anyOf"] = [{"type": "object", **races}, {"type": "null"}]
        root["properties"]["groups"]["anyOf"][0]["propertyNames"] = {"pattern": r"\S"}
        return
    rep, group = definitions["Rep"], definitions["Set"]
    choices = [
        {"if": {"required": [one]}, "then": _forbid(other)}
        for one, other in (("recovery", "send_off"), ("target", "pace"), ("pattern", "target"), ("pattern", "last"))
    ]
    timed = {
        "if": {"required": ["duration"]},
        "then": _forbid("distance", "target", "last", "quiet"),
        "else": {"required": ["distance"]},
    }
    listed = {"if": {"properties": {"reps": {"type": "array"}}}, "then": _forbid(*model.REP_ONLY_KEYS), "else": timed}
    root["allOf"] = choices[:1]
    rep["allOf"] = [*choices, timed]
    group["allOf"] = [*choices, listed]
    for level in (rep, group):
        level["properties"]["recovery_from"] |= _words("first", "last", "target")
    at = {**_words("countdown"), "description": KEYS["Workout.cues"][0]}
    root["properties"]["cues"]["items"] = {"allOf": [{"$ref": "#/definitions/CueEntry"}, {"properties": {"at": at}}]}
