"""The scalars of a workout's file as pydantic reads them: validators, and the types of fields that are made of them.

Times are whole ms, distances `Length` (mm, or laps of a track that is not known yet). Validators that take a bound are
values, so that the JSON Schema for editors can tell it, too. Every refusal is a `ScalarError` with a hint.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Discriminator, PlainSerializer, PlainValidator, Tag

from kicktimer.errors import ScalarError
from kicktimer.pace import Pace, parse_pace
from kicktimer.text import clean, nearest
from kicktimer.units import Length, clip, format_duration, parse_duration, parse_length


@dataclass(frozen=True, slots=True)
class ScalarFault:
    """A fault inside one scalar: `offset` characters from its beginning."""

    offset: int
    width: int
    problem: str
    hint: str = ""


class ScalarFaultsError(ScalarError):
    """Several faults inside one scalar."""

    def __init__(self, spots: tuple[ScalarFault, ...]) -> None:
        super().__init__(spots[0].problem, spots[0].hint)
        self.spots = spots


_NOWHERE = Length()


@dataclass(frozen=True, slots=True)
class CueMoment:
    """When a cue is said: `mark` is a distance from GO, `to_go` one from the finish, `elapsed` ms from GO."""

    kind: Literal["countdown", "recovery", "start", "mark", "to_go", "elapsed"]
    length: Length = _NOWHERE
    ms: int = 0

    def __str__(self) -> str:
        if self.kind == "elapsed":
            return format_duration(self.ms)
        return {"mark": str(self.length), "to_go": f"{self.length} to go"}.get(self.kind, self.kind)


def scalar(value: object) -> str:
    """Everything in a file is text (numbers, in a dump); a list or a mapping in its place is refused in words."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int):
        return str(value)
    raise ScalarError(f"one value is expected here, no {'list' if isinstance(value, list | tuple) else 'mapping'}")


def any_duration(value: object) -> int:
    """A duration, nought among them."""
    return parse_duration(scalar(value))


def some_duration(value: object) -> int:
    """A duration over nought."""
    ms = parse_duration(scalar(value))
    if ms == 0:
        raise ScalarError("a duration of nought is none", "more than 0 s")
    return ms


def read_recovery(value: object) -> int | Literal["ready"]:
    """A duration, or `ready`."""
    text = scalar(value)
    if text.lower() == "ready":
        return "ready"
    try:
        return parse_duration(text)
    except ScalarError as error:
        if re.fullmatch(r"[A-Za-z]+", text):
            raise ScalarError(f"`{clip(text)}` is no recovery", "a duration (30s, 1:30, 3min) or `ready`") from error
        raise


SWITCHES = {"true": "on", "yes": "on", "false": "off", "no": "off"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words, in either case."""

    words: tuple[str, ...]

    def __call__(self, value: object) -> str:
        text = scalar(value).lower()
        if text in self.words:
            return text
        meant = SWITCHES.get(text) if "on" in self.words else nearest(text, self.words)
        raise ScalarError(
            f"`{clip(text)}` is none of {', '.join(self.words)}", f"did you mean `{meant}`?" if meant else ""
        )


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """A whole number of something."""

    least: int
    most: int
    what: str

    def __call__(self, value: object) -> int:
        text = scalar(value)
        if not re.fullmatch(r"[0-9]{1,9}", text):
            if re.fullmatch(r"[0-9]{10,}", text):
                raise ScalarError(f"`{clip(text)}` {self.what} are too many", f"at most {self.most}")
            raise ScalarError(f"`{clip(text)}` is no whole number", f"from {self.least} to {self.most}")
        number = int(text)
        if not self.least <= number <= self.most:
            bound = f"at least {self.least}" if number < self.least else f"at most {self.most}"
            raise ScalarError(f"{number} {self.what}: from {self.least} to {self.most}", bound)
        return number


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text of at most so many characters, cleaned."""

    most: int

    def __call__(self, value: object) -> str:
        text = clean(scalar(value))
        if len(text) > self.most:
            raise ScalarError(f"{len(text)} characters are too many here", f"at most {self.most}")
        return text


@dataclass(frozen=True, slots=True)
class BoundedList:
    """A list of one to so many items."""

    most: int
    what: str
    instead: str = ""  # of an empty list

    def __call__(self, value: object) -> object:
        if isinstance(value, list | tuple):
            if len(value) > self.most:
                raise ScalarError(f"{len(value)} {self.what} are too many", f"at most {self.most}")
            if not value:
                raise ScalarError(f"a list without {self.what}", self.instead)
        return value


def pair(value: object) -> object:
    """From where to where."""
    if isinstance(value, list | tuple) and len(value) != 2:
        raise ScalarError(f"`quiet` is from where to where, and has {len(value)} marks", "quiet: [300m, 700m]")
    return value


def read_name(value: object) -> str:
    """The name of a workout."""
    text = clean(scalar(value))
    if not text:
        raise ScalarError("the name is empty", "name: 8 x 400 burner")
    if len(text) > 80:
        raise ScalarError(f"a name of {len(text)} characters is too long", "at most 80")
    return text


def read_at(value: object) -> CueMoment:
    """The moment of a cue."""
    text = " ".join(scalar(value).lower().split())
    if text in ("countdown", "recovery", "start"):
        return CueMoment("countdown" if text == "countdown" else "recovery" if text == "recovery" else "start")
    if text.endswith(" to go"):
        return CueMoment("to_go", parse_length(text.removesuffix(" to go")))
    if re.fullmatch(r"[0-9.]+ ?(s|sec|secs|min|mins|minutes|h)|[0-9]+:[0-9:.]+|[0-9]+h[0-9]+", text):
        return CueMoment("elapsed", ms=some_duration(text))
    try:
        return CueMoment("mark", parse_length(text))
    except ScalarError as error:
        if re.fullmatch(r"[a-z ]+", text):
            meant = nearest(text, ("countdown", "recovery", "start", "200m to go"))
            hint = (
                f"did you mean `{meant}`?"
                if meant
                else "countdown, recovery, start, 300m, 200m to go, or 1:30 in a timed rep"
            )
            raise ScalarError(f"`{clip(text)}` is no moment of a rep", hint) from error
        raise


def read_length(value: object) -> Length:
    """A distance."""
    return parse_length(scalar(value))


def read_pace(value: object) -> Pace:
    """A pace."""
    return parse_pace(scalar(value))


def word_or_list(value: object) -> str:
    """The tag of the union's member."""
    return "-list" if isinstance(value, list | tuple) else "-word"


def splits_word(value: object) -> Length | Literal["none"]:
    """A step, or `none`."""
    text = scalar(value)
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


def timed_word(value: object) -> Literal["finish", "splits"]:
    """`finish` or `splits`."""
    text = scalar(value).lower()
    if text in ("finish", "splits"):
        return "finish" if text == "finish" else "splits"
    meant = nearest(text, ("finish", "splits"))
    hint = f"did you mean `{meant}`?" if meant else f"a list of marks: [{clip(text)}]" if text[:1].isdigit() else ""
    raise ScalarError(f"`{clip(text)}` is none of finish, splits or a list of marks", hint)


as_text = PlainSerializer(str, when_used="json")
_ms_text = PlainSerializer(lambda ms: format_duration(ms) if isinstance(ms, int) else ms, when_used="json-unless-none")

LengthField: TypeAlias = Annotated[Length, PlainValidator(read_length), as_text]
SomeDuration: TypeAlias = Annotated[int, PlainValidator(some_duration), _ms_text]
Countdown: TypeAlias = Annotated[int, PlainValidator(any_duration), _ms_text]
Recovery: TypeAlias = Annotated[int | Literal["ready"], PlainValidator(read_recovery), _ms_text]
PaceField: TypeAlias = Annotated[
    Pace, PlainValidator(read_pace), PlainSerializer(lambda pace: pace.text, when_used="json")
]
Marks: TypeAlias = Annotated[
    tuple[LengthField, ...],
    BeforeValidator(BoundedList(100, "marks", "leave the key out, or write none")),
    Tag("-list"),
]
Splits: TypeAlias = Annotated[
    Marks
    | Annotated[
        Length | Literal["none"], PlainValidator(splits_word), PlainSerializer(str, when_used="json"), Tag("-word")
    ],
    Discriminator(word_or_list),
]
Timed: TypeAlias = Annotated[
    Marks | Annotated[Literal["finish", "splits"], PlainValidator(timed_word), Tag("-word")],
    Discriminator(word_or_list),
]
