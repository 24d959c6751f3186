"""What has happened in a session: facts, never changed or removed. One dataclass for each event of the log.

`t` is in ms on the session's clock; an event that fell due carries the moment when it was due. `n` counts facts from 1.
`mark` is "finish" or metres from GO; `rep` counts through the group's workout; moments (`go`, `since`, `at`) are on the
session's clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, Literal, get_args

from pydantic import TypeAdapter, ValidationError

from kicktimer.errors import KicktimerError

MarkName = str | int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact. `n` is 0 until the session has taken it in."""

    event: ClassVar[str] = ""
    n: int = 0
    t: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountdownStarted(Event):
    """The countdown runs; GO comes at `go`. `then` holds the moments at which the countdowns of other groups start."""

    event: ClassVar[str] = "countdown_started"
    group: str
    go: int
    then: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepStarted(Event):
    """GO."""

    event: ClassVar[str] = "rep_started"
    group: str
    rep: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped(Event):
    """An arrival.

    Without an athlete it waits for a name; `pressed` is whose key it was, where that athlete had no mark left. `rep`
    and `mark` are what it is taken for, None where everybody is in.
    """

    event: ClassVar[str] = "tapped"
    group: str
    athlete: str | None = None
    rep: int | None = None
    mark: MarkName | None = None
    pressed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounced(Event):
    """A press that was no arrival."""

    event: ClassVar[str] = "bounced"
    group: str | None = None
    athlete: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned(Event):
    """Arrival `tap` belongs to `athlete`, at `mark` of `rep` of `group`.

    `by` is `key` (the coach's word) or `order` (nobody named it).
    """

    event: ClassVar[str] = "assigned"
    tap: int
    athlete: str
    group: str
    rep: int
    mark: MarkName
    by: Literal["key", "order"] = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unassigned(Event):
    """Arrival `tap` has no name any more: its athlete's mark has another tap."""

    event: ClassVar[str] = "unassigned"
    tap: int
    athlete: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inserted(Event):
    """A forgotten arrival at `at`."""

    event: ClassVar[str] = "inserted"
    group: str
    at: int
    athlete: str | None = None
    rep: int | None = None
    mark: MarkName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted(Event):
    """Arrival `tap` never was."""

    event: ClassVar[str] = "deleted"
    tap: int
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected(Event):
    """The athlete's time from GO to `mark` is `time` ms."""

    event: ClassVar[str] = "corrected"
    group: str
    athlete: str
    rep: int
    mark: MarkName
    time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone(Event):
    """Fact `of` (a `kind` of command) is taken back. `go` is the group's next GO where that moved it."""

    event: ClassVar[str] = "undone"
    of: int
    kind: str
    group: str | None = None
    go: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepClosed(Event):
    """No more arrivals in `rep`.

    `by` is `coach`, or `target` / `duration` where a last rep ended by the clock: then arrivals stay open.
    """

    event: ClassVar[str] = "rep_closed"
    group: str
    rep: int
    by: Literal["coach", "target", "duration"] = "coach"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryStarted(Event):
    """The recovery runs since `since`; GO comes at `go` (None: when the coach says so)."""

    event: ClassVar[str] = "recovery_started"
    group: str
    rep: int
    since: int
    go: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryChanged(Event):
    """GO comes at `go` instead; the recovery runs since `since`."""

    event: ClassVar[str] = "recovery_changed"
    group: str
    since: int
    go: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Event):
    """No GO until released."""

    event: ClassVar[str] = "held"
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Released(Event):
    """GO comes at `go` (None: nothing was due)."""

    event: ClassVar[str] = "released"
    group: str
    go: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled(Event):
    """False start: the run of `rep` is void, GO comes again at `go`."""

    event: ClassVar[str] = "recalled"
    group: str
    rep: int
    go: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoMoved(Event):
    """GO of the running `rep` was `ms` later than recorded. `go` is the next GO where that moves with it."""

    event: ClassVar[str] = "go_moved"
    group: str
    rep: int
    ms: int
    go: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped(Event):
    """`rep` ends (`running`), or is not run. `go` is the next GO."""

    event: ClassVar[str] = "skipped"
    group: str
    rep: int
    running: bool
    go: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepAdded(Event):
    """One more rep like the last one. `go` is the next GO where there now is one."""

    event: ClassVar[str] = "rep_added"
    group: str
    go: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AthleteDropped(Event):
    """Out from this rep on."""

    event: ClassVar[str] = "athlete_dropped"
    athlete: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AthleteReturned(Event):
    """Back in from the next rep on."""

    event: ClassVar[str] = "athlete_returned"
    athlete: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AthleteJoined(Event):
    """A late-comer: `athlete` as in the header's plan, `targets` for the reps of the group, by rep.

    A `group` that there was not before, where everybody is a group, runs the reps of group `like`.
    """

    event: ClassVar[str] = "athlete_joined"
    athlete: dict[str, Any]
    group: str
    like: str = ""
    targets: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AthleteMoved(Event):
    """From `group` to group `to`, from the next rep on; `targets` as in `athlete_joined`."""

    event: ClassVar[str] = "athlete_moved"
    athlete: str
    group: str
    to: str
    targets: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated(Event):
    """A rating of `rep`: relaxation 1 to 5 or effort 0 to 10."""

    event: ClassVar[str] = "rated"
    athlete: str
    group: str
    rep: int
    relaxation: int | None = None
    effort: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Event):
    """A line of text."""

    event: ClassVar[str] = "noted"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Event):
    """The session was carried on after the program had stopped."""

    event: ClassVar[str] = "resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Event):
    """The session is over."""

    event: ClassVar[str] = "session_ended"
    state: Literal["finished", "abandoned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Event):
    """An event of a later version: kept, with no effect."""

    event: ClassVar[str] = "unknown"
    name: str
    data: dict[str, Any]


AnyEvent = (
    CountdownStarted | RepStarted | Tapped | Bounced | Assigned | Unassigned | Inserted | Deleted
    | Corrected | Undone | RepClosed | RecoveryStarted | RecoveryChanged | Held | Released | Recalled
    | GoMoved | Skipped | RepAdded | AthleteDropped | AthleteReturned | AthleteJoined | AthleteMoved | Rated
    | Noted | Resumed | SessionEnded | Unknown
)  # fmt: skip
"""Every kind of event. `apply` matches them exhaustively."""

EVENTS: dict[str, type[AnyEvent]] = {kind.event: kind for kind in get_args(AnyEvent) if kind is not Unknown}
"""The kinds of events that this version writes, by the log's field `event`."""


def to_fact(event: AnyEvent) -> dict[str, Any]:
    """The event as a line of the log, without its wall time. Fields that are None or empty are left out."""
    if isinstance(event, Unknown):
        return {"n": event.n, "t": event.t, "event": event.name, **event.data}
    fact: dict[str, Any] = {"n": event.n, "t": event.t, "event": event.event}
    for each in fields(event):
        value = getattr(event, each.name)
        if each.name not in fact and value not in (None, {}, ""):
            fact[each.name] = value
    return fact


@cache
def _adapter(event: str) -> TypeAdapter[AnyEvent]:
    return TypeAdapter(EVENTS[event])


def from_fact(fact: dict[str, Any]) -> AnyEvent:
    """The event of a line of the log. Fields that this version does not know are ignored, unknown events kept.

    Raises `KicktimerError` where a field is missing or of another kind.
    """
    given = {key: value for key, value in fact.items() if key not in ("event", "wall")}
    name = str(fact.get("event"))
    if name not in EVENTS:
        rest = {key: value for key, value in given.items() if key not in ("n", "t")}
        return Unknown(n=given.get("n", 0), t=given.get("t", 0), name=name, data=rest)
    try:
        return _adapter(name).validate_python(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise KicktimerError(f"fact {fact.get('n')}: {name}: {place}: {first['msg']}") from None
