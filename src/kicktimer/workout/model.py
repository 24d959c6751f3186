"""The workout as it is written: pydantic models of the file's three levels, with every scalar parsed.

Times are whole ms, distances `Length` (mm, or laps of a track that is not known yet). A value that is not written is
None: levels are resolved later. `model_dump(mode="json")` writes the format of the file again, and validating that
gives the same workout.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, PlainSerializer, PlainValidator, Tag

from kicktimer.errors import ScalarError
from kicktimer.pace import Pace, parse_pace
from kicktimer.text import clean, nearest
from kicktimer.units import Length, clip, format_duration, parse_duration, parse_length

MAX_REPS = 500
KINDS = ("burner", "strength", "tempo", "hills", "speed", "other")
RELAX = "How relaxed can you look at the right pace?"

RecoveryFrom: TypeAlias = Literal["first", "last", "target", "own"]
Kind: TypeAlias = Literal["burner", "strength", "tempo", "hills", "speed", "other"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A fault inside one scalar: `offset` characters from its beginning."""

    offset: int
    width: int
    problem: str
    hint: str = ""


class SpotsError(ScalarError):
    """Several faults inside one scalar."""

    def __init__(self, spots: tuple[Spot, ...]) -> None:
        super().__init__(spots[0].problem, spots[0].hint)
        self.spots = spots


_NOWHERE = Length()


@dataclass(frozen=True, slots=True)
class At:
    """When a cue is said: `mark` is a distance from GO, `to_go` one from the finish, `elapsed` ms from GO."""

    kind: Literal["countdown", "recovery", "start", "mark", "to_go", "elapsed"]
    length: Length = _NOWHERE
    ms: int = 0

    def __str__(self) -> str:
        if self.kind == "elapsed":
            return format_duration(self.ms)
        return {"mark": str(self.length), "to_go": f"{self.length} to go"}.get(self.kind, self.kind)


def _scalar(value: object) -> str:
    """Everything in a file is text (numbers, in a dump); a list or a mapping in its place is refused in words."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int):
        return str(value)
    raise ScalarError(f"one value is expected here, no {'list' if isinstance(value, list | tuple) else 'mapping'}")


def _some_duration(value: object) -> int:
    ms = parse_duration(_scalar(value))
    if ms == 0:
        raise ScalarError("a duration of nought is none", "more than 0 s")
    return ms


def _recovery(value: object) -> int | Literal["ready"]:
    text = _scalar(value)
    if text.lower() == "ready":
        return "ready"
    try:
        return parse_duration(text)
    except ScalarError as error:
        if re.fullmatch(r"[A-Za-z]+", text):
            raise ScalarError(f"`{clip(text)}` is no recovery", "a duration (30s, 1:30, 3min) or `ready`") from error
        raise


def _choice(*choices: str) -> BeforeValidator:
    def check(value: object) -> str:
        text = _scalar(value).lower()
        if text in choices:
            return text
        meant = nearest(text, choices)
        raise ScalarError(
            f"`{clip(text)}` is none of {', '.join(choices)}", f"did you mean `{meant}`?" if meant else ""
        )

    return BeforeValidator(check)


def _whole(least: int, most: int, what: str) -> BeforeValidator:
    def check(value: object) -> int:
        text = _scalar(value)
        if not re.fullmatch(r"[0-9]{1,9}", text):
            if re.fullmatch(r"[0-9]{10,}", text):
                raise ScalarError(f"`{clip(text)}` {what} are too many", f"at most {most}")
            raise ScalarError(f"`{clip(text)}` is no whole number", f"from {least} to {most}")
        number = int(text)
        if not least <= number <= most:
            bound = f"at least {least}" if number < least else f"at most {most}"
            raise ScalarError(f"{number} {what}: from {least} to {most}", bound)
        return number

    return BeforeValidator(check)


def _line(most: int) -> BeforeValidator:
    def check(value: object) -> str:
        text = clean(_scalar(value))
        if len(text) > most:
            raise ScalarError(f"{len(text)} characters are too many here", f"at most {most}")
        return text

    return BeforeValidator(check)


def _name(value: object) -> str:
    text = clean(_scalar(value))
    if not text:
        raise ScalarError("the name is empty", "name: 8 x 400 burner")
    if len(text) > 80:
        raise ScalarError(f"a name of {len(text)} characters is too long", "at most 80")
    return text


def _at(value: object) -> At:
    text = " ".join(_scalar(value).lower().split())
    if text in ("countdown", "recovery", "start"):
        return At("countdown" if text == "countdown" else "recovery" if text == "recovery" else "start")
    if text.endswith(" to go"):
        return At("to_go", parse_length(text.removesuffix(" to go")))
    if re.fullmatch(r"[0-9.]+ ?(s|sec|secs|min|mins|minutes|h)|[0-9]+:[0-9:.]+|[0-9]+h[0-9]+", text):
        return At("elapsed", ms=_some_duration(text))
    try:
        return At("mark", parse_length(text))
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


def _length(value: object) -> Length:
    return parse_length(_scalar(value))


def _pace(value: object) -> Pace:
    return parse_pace(_scalar(value))


def _word_or_list(value: object) -> str:
    return "-list" if isinstance(value, list | tuple) else "-word"


def _splits_word(value: object) -> Length | Literal["none"]:
    text = _scalar(value)
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


def _timed_word(value: object) -> Literal["finish", "splits"]:
    text = _scalar(value).lower()
    if text in ("finish", "splits"):
        return "finish" if text == "finish" else "splits"
    meant = nearest(text, ("finish", "splits"))
    hint = f"did you mean `{meant}`?" if meant else f"a list of marks: [{clip(text)}]" if text[:1].isdigit() else ""
    raise ScalarError(f"`{clip(text)}` is none of finish, splits or a list of marks", hint)


_as_text = PlainSerializer(str, when_used="json")
_ms_text = PlainSerializer(lambda ms: format_duration(ms) if isinstance(ms, int) else ms, when_used="json-unless-none")

LengthField: TypeAlias = Annotated[Length, PlainValidator(_length), _as_text]
SomeDuration: TypeAlias = Annotated[int, PlainValidator(_some_duration), _ms_text]
Countdown: TypeAlias = Annotated[int, PlainValidator(lambda value: parse_duration(_scalar(value))), _ms_text]
Recovery: TypeAlias = Annotated[int | Literal["ready"], PlainValidator(_recovery), _ms_text]
PaceField: TypeAlias = Annotated[Pace, PlainValidator(_pace), PlainSerializer(lambda pace: pace.text, when_used="json")]
Marks: TypeAlias = Annotated[
    tuple[LengthField, ...], BeforeValidator(lambda value: _few(value, 100, "marks")), Tag("-list")
]
Splits: TypeAlias = Annotated[
    Marks
    | Annotated[
        Length | Literal["none"], PlainValidator(_splits_word), PlainSerializer(str, when_used="json"), Tag("-word")
    ],
    Discriminator(_word_or_list),
]
Timed: TypeAlias = Annotated[
    Marks | Annotated[Literal["finish", "splits"], PlainValidator(_timed_word), Tag("-word")],
    Discriminator(_word_or_list),
]
Text: TypeAlias = Annotated[str, _line(500)]


class _Level(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cue(_Level):
    """Something to be said at a moment of a rep."""

    at: Annotated[At, PlainValidator(_at), _as_text]
    say: Annotated[str, _line(200)]


class Last(_Level):
    """The last part of a rep at another pace."""

    distance: LengthField
    pace: PaceField


class Settings(_Level):
    """What may stand at any level; the nearest wins."""

    pace: PaceField | None = None
    recovery: Recovery | None = None
    send_off: SomeDuration | None = None
    recovery_from: Annotated[RecoveryFrom, _choice("first", "last", "target", "own")] | None = None
    splits: Splits | None = None
    timed: Timed | None = None
    relax: Annotated[str, _line(200)] | None = None
    cues: Annotated[tuple[Cue, ...], BeforeValidator(lambda value: _few(value, 50, "cues"))] | None = None


def _pair(value: object) -> object:
    if isinstance(value, list | tuple) and len(value) != 2:
        raise ScalarError(f"`quiet` is from where to where, and has {len(value)} marks", "quiet: [300m, 700m]")
    return value


class Rep(Settings):
    """One rep: a distance or a duration."""

    distance: LengthField | None = None
    duration: SomeDuration | None = None
    target: SomeDuration | None = None
    last: Last | None = None
    quiet: Annotated[tuple[LengthField, ...], BeforeValidator(_pair)] | None = None


def _few(value: object, most: int, what: str) -> object:
    if isinstance(value, list | tuple):
        if len(value) > most:
            raise ScalarError(f"{len(value)} {what} are too many", f"at most {most}")
        if not value:
            raise ScalarError(f"a list without {what}", "leave the key out, or write none" if what == "marks" else "")
    return value


def _mark(value: object) -> Rep:
    """A rep as one word: `200m`, `3min`."""
    text = _scalar(value)
    if re.search(r"[:]|[0-9] ?(s|sec|min|h)", text.lower()) and not text.lower().endswith("m"):
        return Rep.model_construct(duration=_some_duration(text))
    try:
        return Rep.model_construct(distance=parse_length(text))
    except ScalarError as error:
        if " " in text:
            raise ScalarError(
                f"`{clip(text)}` is no distance", "in a list write {distance: 300m, pace: 98% 1500m}"
            ) from error
        raise


class Set(Rep):
    """Equal reps (`reps` is a number) or a list of reps, run `repeat` times."""

    name: Annotated[str, _line(80)] = ""
    repeat: Annotated[int, _whole(1, MAX_REPS, "times")] = 1
    set_recovery: Recovery | None = None
    reps: Annotated[
        Annotated[int, _whole(1, MAX_REPS, "reps"), Tag("-word")]
        | Annotated[
            tuple[
                Annotated[
                    Annotated[Rep, Tag("-rep")] | Annotated[Rep, PlainValidator(_mark), Tag("-mark")],
                    Discriminator(lambda value: "-mark" if isinstance(value, str) else "-rep"),
                ],
                ...,
            ],
            BeforeValidator(lambda value: _few(value, MAX_REPS, "reps")),
            Tag("-list"),
        ],
        Discriminator(_word_or_list),
    ]


@dataclass(frozen=True, slots=True)
class Line:
    """A one-liner: its text, its sets, and how many closing reps it asks for (None: by default)."""

    text: str
    sets: tuple[Set, ...]
    closing: int | None = None


def _parse_line(value: object) -> Line:
    from kicktimer.workout.oneliner import parse_line  # noqa: PLC0415 - it builds these models

    return parse_line(_scalar(value), closing=False)


class Workout(Settings):
    """A whole workout."""

    name: Annotated[str, PlainValidator(_name)]
    about: Annotated[str, _line(2000)] = ""
    by: Annotated[str, _line(80)] = ""
    kind: Annotated[Kind, _choice(*KINDS)] = "other"
    countdown: Countdown = 10_000
    closing: Annotated[int, _whole(0, MAX_REPS, "closing reps")] | None = None
    sets: Annotated[
        tuple[
            Annotated[
                Annotated[Set, Tag("-set")]
                | Annotated[Line, PlainValidator(_parse_line), PlainSerializer(lambda line: line.text), Tag("-line")],
                Discriminator(lambda value: "-line" if isinstance(value, str | Line) else "-set"),
            ],
            ...,
        ],
        BeforeValidator(lambda value: _few(value, MAX_REPS, "sets")),
    ]


def dump_workout(workout: Workout) -> dict[str, Any]:
    """The workout in the format of its file, as JSON data."""
    return workout.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
