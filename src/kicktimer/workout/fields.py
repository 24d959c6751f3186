"""Pydantic validators for the values in a workout's file, and the annotated field types built from them.

Times are whole ms, distances are `Length` (mm, or laps of a track that is not known yet). A validator raises
`ScalarError` for a wrong value. Validators with a bound are dataclass instances, so that `cli.schema` can read the
bound for the JSON Schema.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Discriminator, PlainSerializer, PlainValidator, Tag

from kicktimer.errors import ScalarError
from kicktimer.pace import Pace, parse_pace
from kicktimer.text import clean, closest_match, remove_invisible
from kicktimer.units import Length, clip, format_duration, parse_duration, parse_length
from kicktimer.workout.recovery import Jog, Percent, Recovery, TimeRange, parse_recovery
from kicktimer.workout.values import EachPace, EachTarget, Steps, TargetTime, format_value, parse_each, parse_target

MAX_VALUES = 500

_NO_LENGTH = Length()


@dataclass(frozen=True, slots=True)
class CueMoment:
    """The moment of a cue. `length` counts from GO for a `mark` and from the finish for `to_go`; `ms` count from GO."""

    kind: Literal["countdown", "recovery", "start", "mark", "to_go", "elapsed"]
    length: Length = _NO_LENGTH
    ms: int = 0

    def __str__(self) -> str:
        if self.kind == "elapsed":
            return format_duration(self.ms)
        return {"mark": str(self.length), "to_go": f"{self.length} to go"}.get(self.kind, self.kind)


def scalar_text(value: object) -> str:
    """Returns a scalar's text, without white space at its ends and without invisible characters.

    Raises `ScalarError` for a list or a mapping.

    Every scalar of a file is text; a dumped workout also has integers.
    """
    if isinstance(value, str):
        return remove_invisible(value).strip()
    if isinstance(value, int):
        return str(value)
    raise ScalarError(f"one value is expected here, no {'list' if isinstance(value, list | tuple) else 'mapping'}")


def validate_duration(value: object) -> int:
    """Returns a duration in ms, which may be 0."""
    return parse_duration(scalar_text(value))


def validate_positive_duration(value: object) -> int:
    """Returns a duration in ms; raises `ScalarError` for 0."""
    ms = parse_duration(scalar_text(value))
    if ms == 0:
        raise ScalarError("a duration of 0 is too short", "more than 0 s")
    return ms


def validate_recovery(value: object) -> Recovery:
    """Returns a recovery."""
    return value if isinstance(value, Jog | Percent | TimeRange) else parse_recovery(scalar_text(value))


def validate_mark(value: object) -> Length | int:
    """Returns a distance, or a duration in ms over 0."""
    text = scalar_text(value)
    if re.search(r"[:'\"′″’”]|[0-9] ?(s|sec|min|h)", text.lower()) and not text.lower().endswith("m"):
        return validate_positive_duration(text)
    return parse_length(text)


def _validate_each(value: object, parse: Callable[[str], Any]) -> Any:
    """Returns one value, the tuple of a list of values, or steps: what the field's type says."""
    if not isinstance(value, list | tuple):
        return parse_each(scalar_text(value), parse)
    if not 1 <= len(value) <= MAX_VALUES:
        raise ScalarError(f"a list of {len(value)} values", f"from 1 to {MAX_VALUES}, one for each rep")
    found = []
    for item, each in enumerate(value):
        try:
            found.append(parse(scalar_text(each)))
        except ScalarError as error:
            raise ScalarError(error.message, error.hint, item) from None
    return tuple(found)


def validate_each_recovery(value: object) -> Any:
    """Returns a recovery, or recoveries for each gap."""
    return _validate_each(value, parse_recovery)


def validate_each_send_off(value: object) -> Any:
    """Returns a send-off in ms, or one for each gap."""
    return _validate_each(value, validate_positive_duration)


def validate_each_pace(value: object) -> EachPace:
    """Returns a pace, or one for each rep."""
    each: EachPace = _validate_each(value, parse_pace)
    return each


def validate_each_target(value: object) -> EachTarget:
    """Returns a target, or one for each rep."""
    each: EachTarget = _validate_each(value, parse_target)
    return each


def validate_target(value: object) -> TargetTime:
    """Returns a target or a band."""
    return parse_target(scalar_text(value))


SWITCH_SYNONYMS = {"true": "on", "yes": "on", "false": "off", "no": "off"}


@dataclass(frozen=True, slots=True)
class WordChoice:
    """A validator that accepts one of `words`, in upper or lower case, and returns it in lower case."""

    words: tuple[str, ...]

    def __call__(self, value: object) -> str:
        text = scalar_text(value).lower()
        if text in self.words:
            return text
        meant = SWITCH_SYNONYMS.get(text) if "on" in self.words else closest_match(text, self.words)
        raise ScalarError(
            f"`{clip(text)}` is none of {', '.join(self.words)}", f"did you mean `{meant}`?" if meant else ""
        )


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """A validator that accepts a whole number from `minimum` to `maximum`. `noun` says in messages what is counted."""

    minimum: int
    maximum: int
    noun: str

    def __call__(self, value: object) -> int:
        text = scalar_text(value)
        if not re.fullmatch(r"[0-9]{1,9}", text):
            if re.fullmatch(r"[0-9]{10,}", text):
                raise ScalarError(f"`{clip(text)}` {self.noun} are too many", f"at most {self.maximum}")
            raise ScalarError(f"`{clip(text)}` is no whole number", f"from {self.minimum} to {self.maximum}")
        number = int(text)
        if not self.minimum <= number <= self.maximum:
            bound = f"at least {self.minimum}" if number < self.minimum else f"at most {self.maximum}"
            raise ScalarError(f"{number} {self.noun}: from {self.minimum} to {self.maximum}", bound)
        return number


@dataclass(frozen=True, slots=True)
class TextLine:
    """A validator that returns text on one line, cleaned, of at most `max_length` characters."""

    max_length: int

    def __call__(self, value: object) -> str:
        text = clean(scalar_text(value))
        if len(text) > self.max_length:
            raise ScalarError(f"{len(text)} characters are too many here", f"at most {self.max_length}")
        return text


@dataclass(frozen=True, slots=True)
class BoundedList:
    """A validator for a list of 1 to `max_items` items; anything but a list passes. `noun` names the items."""

    max_items: int
    noun: str
    empty_hint: str = ""  # the hint for an empty list

    def __call__(self, value: object) -> object:
        if isinstance(value, list | tuple):
            if len(value) > self.max_items:
                raise ScalarError(f"{len(value)} {self.noun} are too many", f"at most {self.max_items}")
            if not value:
                raise ScalarError(f"a list without {self.noun}", self.empty_hint)
        return value


def validate_quiet(value: object) -> object:
    """Checks that `quiet` is a list of two marks, the start and the end; anything but a list passes."""
    if isinstance(value, list | tuple) and len(value) != 2:
        raise ScalarError(f"`quiet` is from where to where, and has {len(value)} marks", "quiet: [300m, 700m]")
    return value


def validate_workout_name(value: object) -> str:
    """Returns a workout's name: 1 to 80 characters on one line."""
    text = clean(scalar_text(value))
    if not text:
        raise ScalarError("the name is empty", "name: 8 x 400 burner")
    if len(text) > 80:
        raise ScalarError(f"a name of {len(text)} characters is too long", "at most 80")
    return text


def validate_cue_moment(value: object) -> CueMoment:
    """Returns the moment of a cue, from text like `recovery`, `300m`, `200m to go` or `1:30`."""
    text = " ".join(scalar_text(value).lower().split())
    if text in ("countdown", "recovery", "start"):
        return CueMoment("countdown" if text == "countdown" else "recovery" if text == "recovery" else "start")
    if text.endswith(" to go"):
        return CueMoment("to_go", parse_length(text.removesuffix(" to go")))
    if re.fullmatch(r"[0-9.]+ ?(s|sec|secs|min|mins|minutes|h)|[0-9]+:[0-9:.]+|[0-9]+h[0-9]+", text):
        return CueMoment("elapsed", ms=validate_positive_duration(text))
    try:
        return CueMoment("mark", parse_length(text))
    except ScalarError as error:
        if re.fullmatch(r"[a-z ]+", text):
            meant = closest_match(text, ("countdown", "recovery", "start", "200m to go"))
            hint = (
                f"did you mean `{meant}`?"
                if meant
                else "countdown, recovery, start, 300m, 200m to go, or 1:30 in a timed rep"
            )
            raise ScalarError(f"`{clip(text)}` is no moment of a rep", hint) from error
        raise


def validate_length(value: object) -> Length:
    """Returns a distance."""
    return parse_length(scalar_text(value))


def validate_pace(value: object) -> Pace:
    """Returns a pace."""
    return parse_pace(scalar_text(value))


def validate_jog_pace(value: object) -> Pace:
    """Returns the pace of jogs: a time for a distance."""
    pace = parse_pace(scalar_text(value))
    if pace.kind != "fixed":
        raise ScalarError(f"`{clip(pace.text)}` is no pace of a jog", "a time for a distance: 2:00 per 400m")
    return pace


def scalar_or_list_tag(value: object) -> str:
    """Returns the union tag for a field that may be a list or a single value (pydantic's `Discriminator`)."""
    return "-list" if isinstance(value, list | tuple) else "-word"


def validate_splits(value: object) -> Length | Literal["none"]:
    """Returns the value of `splits` where it is no list: the distance between two splits, or `none`."""
    text = scalar_text(value)
    if text.lower() == "none":
        return "none"
    try:
        return parse_length(text, "step")
    except ScalarError as error:
        hint = (
            f"a list of marks: [{clip(text)}]"
            if "," in text
            else error.hint or "a step (100m), a list ([200m, 300m]) or none"
        )
        raise ScalarError(error.message, hint) from error


def validate_timed(value: object) -> Literal["finish", "splits"]:
    """Returns the value of `timed` where it is no list: `finish` or `splits`."""
    text = scalar_text(value).lower()
    if text in ("finish", "splits"):
        return "finish" if text == "finish" else "splits"
    meant = closest_match(text, ("finish", "splits"))
    hint = f"did you mean `{meant}`?" if meant else f"a list of marks: [{clip(text)}]" if text[:1].isdigit() else ""
    raise ScalarError(f"`{clip(text)}` is none of finish, splits or a list of marks", hint)


serialize_as_text = PlainSerializer(str, when_used="json")
_serialize_ms = PlainSerializer(
    lambda value: format_duration(value) if isinstance(value, int) else str(value), when_used="json-unless-none"
)

LengthField: TypeAlias = Annotated[Length, PlainValidator(validate_length), serialize_as_text]
PositiveDurationField: TypeAlias = Annotated[int, PlainValidator(validate_positive_duration), _serialize_ms]
DurationField: TypeAlias = Annotated[int, PlainValidator(validate_duration), _serialize_ms]
_serialize_each = PlainSerializer(
    lambda value: [format_value(each) for each in value] if isinstance(value, tuple) else format_value(value),
    when_used="json-unless-none",
)
MarkField: TypeAlias = Annotated[Length | int, PlainValidator(validate_mark), _serialize_ms]
EachRecoveryField: TypeAlias = Annotated[
    Recovery | Steps | tuple[Recovery, ...], PlainValidator(validate_each_recovery), _serialize_each
]
EachSendOffField: TypeAlias = Annotated[
    int | Steps | tuple[int, ...], PlainValidator(validate_each_send_off), _serialize_each
]
EachPaceField: TypeAlias = Annotated[EachPace, PlainValidator(validate_each_pace), _serialize_each]
EachTargetField: TypeAlias = Annotated[EachTarget, PlainValidator(validate_each_target), _serialize_each]
TargetField: TypeAlias = Annotated[TargetTime, PlainValidator(validate_target), _serialize_each]
RecoveryField: TypeAlias = Annotated[Recovery, PlainValidator(validate_recovery), _serialize_ms]
PaceField: TypeAlias = Annotated[
    Pace, PlainValidator(validate_pace), PlainSerializer(lambda pace: pace.text, when_used="json")
]
JogPaceField: TypeAlias = Annotated[
    Pace, PlainValidator(validate_jog_pace), PlainSerializer(lambda pace: pace.text, when_used="json")
]
MarksField: TypeAlias = Annotated[
    tuple[LengthField, ...],
    BeforeValidator(BoundedList(100, "marks", "leave the key out, or write none")),
    Tag("-list"),
]
SplitsField: TypeAlias = Annotated[
    MarksField
    | Annotated[
        Length | Literal["none"], PlainValidator(validate_splits), PlainSerializer(str, when_used="json"), Tag("-word")
    ],
    Discriminator(scalar_or_list_tag),
]
TimedField: TypeAlias = Annotated[
    MarksField | Annotated[Literal["finish", "splits"], PlainValidator(validate_timed), Tag("-word")],
    Discriminator(scalar_or_list_tag),
]
