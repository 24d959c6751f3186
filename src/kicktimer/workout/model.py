"""The workout as it is written: pydantic models of the file's three levels, with every scalar parsed.

Times are whole ms, distances `Length` (mm, or laps of a track that is not known yet). A value that is not written is
None: levels are resolved later. `model_dump(mode="json")` writes the format of the file again, and validating that
gives the same workout.
"""

# No `from __future__ import annotations` here: pydantic would compile every annotation anew at each start.
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, PlainSerializer, PlainValidator, Tag

from kicktimer.errors import ScalarError
from kicktimer.units import clip, parse_length
from kicktimer.workout.fields import (
    BoundedList,
    Choice,
    Countdown,
    CueMoment,
    LengthField,
    PaceField,
    Recovery,
    SomeDuration,
    Splits,
    TextLine,
    Timed,
    WholeNumber,
    as_text,
    pair,
    read_at,
    read_name,
    scalar,
    some_duration,
    word_or_list,
)

MAX_REPS = 500
KINDS = ("burner", "strength", "tempo", "hills", "speed", "other")
OF_A_REP = ("distance", "duration", "target", "last", "quiet")  # keys that belong to each rep of a list
RELAX = "How relaxed can you look at the right pace?"

RecoveryFrom: TypeAlias = Literal["first", "last", "target", "own"]
Kind: TypeAlias = Literal["burner", "strength", "tempo", "hills", "speed", "other"]


class _Level(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class CueEntry(_Level):
    """Something to be said at a moment of a rep."""

    at: Annotated[CueMoment, PlainValidator(read_at), as_text]
    say: Annotated[str, BeforeValidator(TextLine(200))]


class Last(_Level):
    """The last part of a rep at another pace."""

    distance: LengthField
    pace: PaceField


class LevelSettings(_Level):
    """What may stand at any level; the nearest wins."""

    pace: PaceField | None = None
    recovery: Recovery | None = None
    send_off: SomeDuration | None = None
    recovery_from: Annotated[RecoveryFrom, BeforeValidator(Choice(("first", "last", "target", "own")))] | None = None
    splits: Splits | None = None
    timed: Timed | None = None
    relax: Annotated[str, BeforeValidator(TextLine(200))] | None = None
    cues: Annotated[tuple[CueEntry, ...], BeforeValidator(BoundedList(50, "cues"))] | None = None


class Rep(LevelSettings):
    """One rep: a distance or a duration."""

    distance: LengthField | None = None
    duration: SomeDuration | None = None
    target: SomeDuration | None = None
    last: Last | None = None
    quiet: Annotated[tuple[LengthField, ...], BeforeValidator(pair)] | None = None


def read_mark(value: object) -> Rep:
    """A rep as one word: `200m`, `3min`."""
    text = scalar(value)
    if re.search(r"[:]|[0-9] ?(s|sec|min|h)", text.lower()) and not text.lower().endswith("m"):
        return Rep.model_construct(duration=some_duration(text))
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

    name: Annotated[str, BeforeValidator(TextLine(80))] = ""
    repeat: Annotated[int, BeforeValidator(WholeNumber(1, MAX_REPS, "times"))] = 1
    set_recovery: Recovery | None = None
    reps: Annotated[
        Annotated[int, BeforeValidator(WholeNumber(1, MAX_REPS, "reps")), Tag("-word")]
        | Annotated[
            tuple[
                Annotated[
                    Annotated[Rep, Tag("-rep")] | Annotated[Rep, PlainValidator(read_mark), Tag("-mark")],
                    Discriminator(lambda value: "-mark" if isinstance(value, str) else "-rep"),
                ],
                ...,
            ],
            BeforeValidator(BoundedList(MAX_REPS, "reps")),
            Tag("-list"),
        ],
        Discriminator(word_or_list),
    ]


@dataclass(frozen=True, slots=True)
class OneLiner:
    """A one-liner: its text, its sets, and how many closing reps it asks for (None: by default)."""

    text: str
    sets: tuple[Set, ...]
    closing: int | None = None


def read_line(value: object) -> OneLiner:
    """A one-liner inside of `sets`."""
    from kicktimer.workout.oneliner_parser import parse_line  # noqa: PLC0415 - it builds these models

    text = scalar(value)
    glued = re.match(r"([a-z_]+):(\S*)", text)
    if glued:
        raise ScalarError(
            f"`{clip(text)}` is no one-liner", f"a space is missing after the colon: {glued[1]}: {clip(glued[2])}"
        )
    return parse_line(text, closing=False)


class Workout(LevelSettings):
    """A whole workout."""

    name: Annotated[str, PlainValidator(read_name)]
    about: Annotated[str, BeforeValidator(TextLine(2000))] = ""
    by: Annotated[str, BeforeValidator(TextLine(80))] = ""
    kind: Annotated[Kind, BeforeValidator(Choice(KINDS))] = "other"
    countdown: Countdown = 10_000
    caller: Annotated[Literal["on", "off"], BeforeValidator(Choice(("on", "off")))] | None = None
    closing: Annotated[int, BeforeValidator(WholeNumber(0, MAX_REPS, "closing reps"))] | None = None
    sets: Annotated[
        tuple[
            Annotated[
                Annotated[Set, Tag("-set")]
                | Annotated[OneLiner, PlainValidator(read_line), PlainSerializer(lambda line: line.text), Tag("-line")],
                Discriminator(lambda value: "-line" if isinstance(value, str | OneLiner) else "-set"),
            ],
            ...,
        ],
        BeforeValidator(BoundedList(MAX_REPS, "sets")),
    ]


def dump_workout(workout: Workout) -> dict[str, Any]:
    """The workout in the format of its file, as JSON data."""
    return workout.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
