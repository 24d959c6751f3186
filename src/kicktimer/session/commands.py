"""The commands that a coach or a script can give to a session. `t` is in ms on the session's clock.

`decide` turns a command into events, or returns a `Refusal`, which changes nothing.
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
    """The fields of every command. `group` can be left out if the session has only one group."""

    __pydantic_config__ = _STRICT
    t: Annotated[int, Field(ge=0)]
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(Command):
    """Starts a group: GO comes after its countdown.

    Without `group`, it starts all ready groups: the first one now, each other one its `start_after` later.
    """

    do: Literal["start"] = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap(Command):
    """Records an arrival at `t`. Without `athlete`, it gets a name later."""

    athlete: str | None = None
    do: Literal["tap"] = "tap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce(Command):
    """Records a press of `key` that was no arrival (a key repeat). Only the live screen gives this command."""

    key: str | None = None
    athlete: str | None = None
    do: Literal["bounce"] = "bounce"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(Command):
    """Names the arrival whose fact has number `tap`. The athlete may belong to another group."""

    tap: int
    athlete: str
    do: Literal["assign"] = "assign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unassign(Command):
    """Takes the name from the arrival whose fact has number `tap`. The arrival waits for a name again."""

    tap: int
    do: Literal["unassign"] = "unassign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert(Command):
    """Records a forgotten arrival at the estimated moment `at` (ms on the session's clock)."""

    at: Annotated[int, Field(ge=0)]
    athlete: str | None = None
    do: Literal["insert"] = "insert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(Command):
    """Deletes the arrival whose fact has number `tap`."""

    tap: int
    do: Literal["delete"] = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo(Command):
    """Takes back the newest command that can be undone."""

    do: Literal["undo"] = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redo(Command):
    """Does again what the last undo took back, if nothing has come since."""

    do: Literal["redo"] = "redo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correct(Command):
    """Sets the athlete's time from GO to `mark` ("finish" or metres) to `time` ms. No clock moves."""

    athlete: str
    rep: int
    mark: Literal["finish"] | int | float = "finish"
    time: Annotated[int, Field(gt=0, le=86_400_000)]
    do: Literal["correct"] = "correct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Command):
    """Closes the rep: the athletes who are still out are missed, and no arrival is awaited any more."""

    do: Literal["close"] = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Command):
    """Holds the group: no GO comes until it is released."""

    do: Literal["hold"] = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Command):
    """Ends a hold. Under `recovery: ready` it starts the countdown to the next GO."""

    do: Literal["release"] = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust(Command):
    """Makes the running recovery `ms` longer, or shorter if `ms` is negative."""

    ms: Annotated[int, Field(ge=-86_400_000, le=86_400_000)]
    do: Literal["adjust"] = "adjust"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall(Command):
    """Recalls a false start: the running rep does not count, and GO comes again after a countdown."""

    do: Literal["recall"] = "recall"


@dataclass(frozen=True, slots=True, kw_only=True)
class LateStart(Command):
    """Moves the recorded GO of the newest rep, until the next GO: it was `ms` later, or earlier if `ms` is negative."""

    ms: Annotated[int, Field(ge=-86_400_000, le=86_400_000)]
    do: Literal["late_start"] = "late_start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip(Command):
    """Ends the running rep as skipped; while no rep runs, skips the next one."""

    do: Literal["skip"] = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Add(Command):
    """Adds one more rep like the last one."""

    do: Literal["add"] = "add"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop(Command):
    """The athlete drops out, from this rep on."""

    athlete: str
    do: Literal["drop"] = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Return(Command):
    """The athlete runs again, from the next rep on."""

    athlete: str
    do: Literal["return"] = "return"


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(Command):
    """A late-comer runs from the next rep on. `athlete` is an entry as in a squad file."""

    athlete: dict[str, Any]
    do: Literal["join"] = "join"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(Command):
    """The athlete moves to `group`, from the next rep on."""

    athlete: str
    do: Literal["move"] = "move"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Command):
    """Rates the athlete's `rep`, or last rep: the coach's `relaxation` (1 to 5) or the athlete's `effort` (CR10)."""

    athlete: str
    relaxation: Annotated[int, Field(ge=1, le=5)] | None = None
    effort: Annotated[float, Field(ge=0, le=10)] | None = None
    rep: int | None = None
    do: Literal["rate"] = "rate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Command):
    """Adds a line of text to the log."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]
    do: Literal["note"] = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class End(Command):
    """Ends the session."""

    do: Literal["end"] = "end"


Scripted = (
    Start | Tap | Assign | Unassign | Insert | Delete | Undo | Redo | Correct | Close | Hold | Release | Adjust
    | Recall | LateStart | Skip | Add | Drop | Return | Join | Move | Rate | Note | End
)  # fmt: skip
"""The commands that a script can give."""

AnyCommand = Scripted | Bounce
"""All commands: those of scripts, and `Bounce`, which only the live screen gives."""


@cache
def _adapter() -> TypeAdapter[Scripted]:
    return TypeAdapter(Annotated[Scripted, Field(discriminator="do")])


def parse_command(given: object) -> Scripted:
    """Returns the command of a script's JSON object. Raises `KicktimerError` that names the wrong field."""
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
