"""What a coach, a script or the clock's owner can ask of a session. `t` is in ms on the session's clock.

A command is a wish: `decide` answers it with events, or with a `Refusal` that changes nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from kicktimer.errors import KicktimerError

_STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Fields that every command has. `group` may be left out where there is only one."""

    __pydantic_config__ = _STRICT
    t: Annotated[int, Field(ge=0)]
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(Command):
    """GO at t + countdown; without a group for all groups that are ready, each its `start_after` later."""

    do: Literal["start"] = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap(Command):
    """An arrival; without an athlete one that is named later."""

    athlete: str | None = None
    do: Literal["tap"] = "tap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce(Command):
    """A press that was no arrival (key repeat). Live only; kept in the log as such."""

    athlete: str | None = None
    do: Literal["bounce"] = "bounce"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(Command):
    """Names the arrival whose fact has number `tap`, also across groups."""

    tap: int
    athlete: str
    do: Literal["assign"] = "assign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert(Command):
    """A forgotten arrival, at the estimated moment `at` (ms on the session's clock)."""

    at: Annotated[int, Field(ge=0)]
    athlete: str | None = None
    do: Literal["insert"] = "insert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(Command):
    """The arrival with number `tap` never was."""

    tap: int
    do: Literal["delete"] = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo(Command):
    """Takes back the newest command that can be taken back."""

    do: Literal["undo"] = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correct(Command):
    """The time from GO to `mark` ("finish" or metres) becomes `time` ms; no clock moves."""

    athlete: str
    rep: int
    mark: Literal["finish"] | int | float = "finish"
    time: Annotated[int, Field(gt=0, le=86_400_000)]
    do: Literal["correct"] = "correct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Command):
    """No more arrivals in this rep: who is out is missed."""

    do: Literal["close"] = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Command):
    """While held no GO comes."""

    do: Literal["hold"] = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Command):
    """Ends a hold; also the coach's GO under `recovery: ready`."""

    do: Literal["release"] = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust(Command):
    """The running recovery becomes `ms` longer or shorter."""

    ms: Annotated[int, Field(ge=-86_400_000, le=86_400_000)]
    do: Literal["adjust"] = "adjust"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall(Command):
    """False start: the running rep is void, GO again at t + countdown."""

    do: Literal["recall"] = "recall"


@dataclass(frozen=True, slots=True, kw_only=True)
class LateStart(Command):
    """GO of the running rep was `ms` later (+) or earlier (-) than the clock says."""

    ms: Annotated[int, Field(ge=-86_400_000, le=86_400_000)]
    do: Literal["late_start"] = "late_start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip(Command):
    """Ends the running rep as skipped, or skips the next one."""

    do: Literal["skip"] = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Add(Command):
    """One more rep like the last one."""

    do: Literal["add"] = "add"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop(Command):
    """The athlete is out from this rep on."""

    athlete: str
    do: Literal["drop"] = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Return(Command):
    """The athlete is back in from the next rep on."""

    athlete: str
    do: Literal["return"] = "return"


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(Command):
    """A late-comer: `athlete` is an entry as in a squad file. In from the next rep on."""

    athlete: dict[str, Any]
    do: Literal["join"] = "join"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(Command):
    """The athlete changes to `group`, from the next rep on."""

    athlete: str
    do: Literal["move"] = "move"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Command):
    """The coach's `relaxation` (1 to 5) or the athlete's `effort` (Borg CR10, 0 to 10), of `rep` or the last one."""

    athlete: str
    relaxation: Annotated[int, Field(ge=1, le=5)] | None = None
    effort: Annotated[float, Field(ge=0, le=10)] | None = None
    rep: int | None = None
    do: Literal["rate"] = "rate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Command):
    """A line of text for the log."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]
    do: Literal["note"] = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class End(Command):
    """The session ends now."""

    do: Literal["end"] = "end"


Scripted = (
    Start | Tap | Assign | Insert | Delete | Undo | Correct | Close | Hold | Release | Adjust | Recall
    | LateStart | Skip | Add | Drop | Return | Join | Move | Rate | Note | End
)  # fmt: skip
"""The commands of the contract, which a script can give."""

AnyCommand = Scripted | Bounce
"""Bounces are facts of the live screen: no script asks for one."""


@cache
def _adapter() -> TypeAdapter[Scripted]:
    return TypeAdapter(Annotated[Scripted, Field(discriminator="do")])


def parse_command(given: object) -> Scripted:
    """A command from a script's JSON object. Raises `KicktimerError` that names the field and what is wrong with it."""
    try:
        return _adapter().validate_json(json.dumps(given))  # strict types are those of JSON
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["type"] == "union_tag_invalid":
            raise KicktimerError(
                f"unknown command {given['do']!r}" if isinstance(given, dict) else "not a command",
                "one of " + ", ".join(first["ctx"]["expected_tags"].replace("'", "").split(", ")),
            ) from None
        if first["type"] == "union_tag_not_found":
            raise KicktimerError("no command: the field 'do' is missing") from None
        place = ".".join(str(part) for part in first["loc"][1:])
        raise KicktimerError(f"{place}: {first['msg']}" if place else first["msg"]) from None
