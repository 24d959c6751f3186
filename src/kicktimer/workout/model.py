"""Pydantic models of a workout's file: workout, set and rep, with every scalar parsed.

Times are whole ms, distances are `Length` (mm, or laps of a track that is not known yet). A key that the file leaves
out is None: `resolve` applies the levels and the defaults. Validating what `dump_workout` returns gives an equal
workout.
"""

# No `from __future__ import annotations` here: pydantic would have to compile every annotation again at each start.
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, PlainSerializer, PlainValidator, Tag

from kicktimer.errors import ScalarError
from kicktimer.units import Length, clip
from kicktimer.workout.fields import (
    BoundedList,
    CueMoment,
    DurationField,
    EachPaceField,
    EachRecoveryField,
    EachSendOffField,
    EachTargetField,
    JogPaceField,
    LengthField,
    MarkField,
    PaceField,
    PositiveDurationField,
    RecoveryField,
    SplitsField,
    TargetField,
    TextLine,
    TimedField,
    WholeNumber,
    WordChoice,
    scalar_or_list_tag,
    scalar_text,
    serialize_as_text,
    validate_cue_moment,
    validate_mark,
    validate_quiet,
    validate_workout_name,
)

MAX_REPS = 500
WORKOUT_KINDS = ("burner", "strength", "tempo", "hills", "speed", "other")
# In a set whose `reps` is a list these keys belong to each rep and not to the set.
REP_ONLY_KEYS = ("distance", "duration", "last", "pattern", "quiet")
DEFAULT_REMINDER = "How relaxed can you look at the right pace?"

RecoveryFrom: TypeAlias = Literal["first", "last", "target", "own"]
Kind: TypeAlias = Literal["burner", "strength", "tempo", "hills", "speed", "other"]


class _StrictModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class CueEntry(_StrictModel):
    """A line of text for the screen and the voice at a moment of a rep."""

    at: Annotated[CueMoment, PlainValidator(validate_cue_moment), serialize_as_text]
    say: Annotated[str, BeforeValidator(TextLine(200))]


class Last(_StrictModel):
    """The last part of a rep, when it has a pace of its own."""

    distance: LengthField
    pace: PaceField


class Leg(_StrictModel):
    """One leg of a pattern: a distance or a duration, with a pace or a target of its own."""

    distance: LengthField | None = None
    duration: PositiveDurationField | None = None
    pace: PaceField | None = None
    target: TargetField | None = None
    name: Annotated[str, BeforeValidator(TextLine(40))] = ""


class LevelSettings(_StrictModel):
    """Keys that are allowed at every level. A rep's value overrides its set's, and a set's value the workout's."""

    pace: EachPaceField | None = None
    recovery: EachRecoveryField | None = None
    jog: JogPaceField | None = None
    send_off: EachSendOffField | None = None
    recovery_from: Annotated[RecoveryFrom, BeforeValidator(WordChoice(("first", "last", "target", "own")))] | None = (
        None
    )
    splits: SplitsField | None = None
    timed: TimedField | None = None
    relax: Annotated[str, BeforeValidator(TextLine(200))] | None = None
    caller: Annotated[Literal["on", "off"], BeforeValidator(WordChoice(("on", "off")))] | None = None
    cues: Annotated[tuple[CueEntry, ...], BeforeValidator(BoundedList(50, "cues"))] | None = None


class Rep(LevelSettings):
    """One rep: a distance or a duration."""

    distance: LengthField | None = None
    duration: PositiveDurationField | None = None
    target: EachTargetField | None = None
    last: Last | None = None
    pattern: Annotated[tuple[Leg, ...], BeforeValidator(BoundedList(100, "legs"))] | None = None
    quiet: Annotated[tuple[LengthField, ...], BeforeValidator(validate_quiet)] | None = None


def validate_rep_text(value: object) -> Rep:
    """Returns the rep that a single value such as `200m` or `3min` stands for in a list of reps."""
    text = scalar_text(value)
    try:
        mark = validate_mark(text)
        return Rep.model_construct(duration=mark) if isinstance(mark, int) else Rep.model_construct(distance=mark)
    except ScalarError as error:
        if " " in text:
            raise ScalarError(
                f"`{clip(text)}` is no distance", "in a list write {distance: 300m, pace: 98% 1500m}"
            ) from error
        raise


def _rep_tag(value: object) -> str:
    """Returns the union tag of an item in a list of reps: a rep, a rep as text, or a set inside the set."""
    if isinstance(value, str):
        return "-text"
    inner = isinstance(value, Set) or (isinstance(value, dict) and "reps" in value)
    return "-set" if inner else "-rep"


class Set(Rep):
    """A set: a number of equal reps or a list of reps and sets, run `repeat` times."""

    name: Annotated[str, BeforeValidator(TextLine(80))] = ""
    repeat: Annotated[int, BeforeValidator(WholeNumber(1, MAX_REPS, "times"))] = 1
    set_recovery: RecoveryField | None = None
    reps: Annotated[
        Annotated[int, BeforeValidator(WholeNumber(1, MAX_REPS, "reps")), Tag("-word")]
        | Annotated[
            tuple[
                Annotated[
                    Annotated[Rep, Tag("-rep")]
                    | Annotated[Rep, PlainValidator(validate_rep_text), Tag("-text")]
                    | Annotated["Set", Tag("-set")],
                    Discriminator(_rep_tag),
                ],
                ...,
            ],
            BeforeValidator(BoundedList(MAX_REPS, "reps")),
            Tag("-list"),
        ],
        Discriminator(scalar_or_list_tag),
    ]


@dataclass(frozen=True, slots=True)
class OneLiner:
    """A parsed one-liner. `closing` is its number of closing reps, None for the default number."""

    text: str
    sets: tuple[Set, ...]
    closing: int | None = None
    warmup: Length | int | None = None
    cooldown: Length | int | None = None


def validate_oneliner(value: object) -> OneLiner:
    """Returns the one-liner that an item of `sets` holds."""
    from kicktimer.workout.oneliner_parser import scan_oneliner  # noqa: PLC0415 - that module imports this one

    text = scalar_text(value)
    pair = re.match(r"([a-z_]+):(\S*)", text)
    if pair:
        raise ScalarError(
            f"`{clip(text)}` is no one-liner", f"a space is missing after the colon: {pair[1]}: {clip(pair[2])}"
        )
    return scan_oneliner(text, closing=False)


class Workout(LevelSettings):
    """A whole workout, from a file or a one-liner."""

    name: Annotated[str, PlainValidator(validate_workout_name)]
    about: Annotated[str, BeforeValidator(TextLine(2000))] = ""
    by: Annotated[str, BeforeValidator(TextLine(80))] = ""
    kind: Annotated[Kind, BeforeValidator(WordChoice(WORKOUT_KINDS))] = "other"
    countdown: DurationField = 10_000
    warmup: MarkField | None = None
    cooldown: MarkField | None = None
    closing: Annotated[int, BeforeValidator(WholeNumber(0, MAX_REPS, "closing reps"))] | None = None
    sets: Annotated[
        tuple[
            Annotated[
                Annotated[Set, Tag("-set")]
                | Annotated[
                    OneLiner, PlainValidator(validate_oneliner), PlainSerializer(lambda line: line.text), Tag("-line")
                ],
                Discriminator(lambda value: "-line" if isinstance(value, str | OneLiner) else "-set"),
            ],
            ...,
        ],
        BeforeValidator(BoundedList(MAX_REPS, "sets")),
    ]


def dump_workout(workout: Workout) -> dict[str, Any]:
    """Returns the workout as JSON data in the format of its file, without keys that have their default value."""
    return workout.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
