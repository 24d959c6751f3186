"""The facts of a session, which are never changed or removed: one dataclass for each event of the log.

`t` and other moments (`go`, `since`, `at`) are in ms on the session's clock; the event of a deadline has the moment
when it was due. `n` counts the facts from 1. `mark` is "finish" or metres from GO. `rep` counts through the group's
workout.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, Literal, get_args

from pydantic import TypeAdapter, ValidationError

from kicktimer.errors import KicktimerError

MarkName = str | int | float
ClockBasis = Literal["boottime", "wall", "asked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The fields of every fact. `n` is 0 until the session has applied it."""

    event: ClassVar[str] = ""
    n: int = 0
    t: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountdownStarted(Event):
    """The countdown runs, and GO comes at `go`. `then` has the moments when the countdowns of other groups start."""

    event: ClassVar[str] = "countdown_started"
    group: str
    go: int
    then: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepStarted(Event):
    """GO came: `rep` runs."""

    event: ClassVar[str] = "rep_started"
    group: str
    rep: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped(Event):
    """An arrival was taken. Without `athlete`, it waits for a name.

    `pressed` is the athlete whose key was pressed, if the arrival has no name all the same. `rep` and `mark` are what
    the arrival counts for; `mark` is None if nobody was out. An `early` arrival came long before anybody was expected,
    or from a dropped athlete's key: it has no `mark`, and counts for nothing until it is named.
    """

    event: ClassVar[str] = "tapped"
    group: str
    athlete: str | None = None
    rep: int | None = None
    mark: MarkName | None = None
    pressed: str | None = None
    early: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounced(Event):
    """A press at `t` was no arrival. `key` is the text of the key, `athlete` the athlete whose key it is."""

    event: ClassVar[str] = "bounced"
    group: str | None = None
    athlete: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned(Event):
    """Arrival `tap` belongs to `athlete`, at `mark` of `rep` of `group`.

    `by` is `key` if the coach named the arrival, and `order` if nobody did and it went to the proposed athlete.
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
    """Arrival `tap` has lost its name: by command, or because another arrival was assigned to that athlete's mark.

    With `of`, the name had been given by order, as a consequence of fact `of`, which was taken back.
    """

    event: ClassVar[str] = "unassigned"
    tap: int
    athlete: str
    group: str
    of: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inserted(Event):
    """A forgotten arrival at the moment `at` was inserted."""

    event: ClassVar[str] = "inserted"
    group: str
    at: int
    athlete: str | None = None
    rep: int | None = None
    mark: MarkName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted(Event):
    """Arrival `tap` was deleted."""

    event: ClassVar[str] = "deleted"
    tap: int
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected(Event):
    """The athlete's time from GO to `mark` was set to `time` ms."""

    event: ClassVar[str] = "corrected"
    group: str
    athlete: str
    rep: int
    mark: MarkName
    time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone(Event):
    """Fact `of`, of a command of kind `kind`, was taken back. `go` is the group's next GO after that."""

    event: ClassVar[str] = "undone"
    of: int
    kind: str
    group: str | None = None
    go: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redone(Event):
    """Fact `of`, which the last undo had taken back, was done again."""

    event: ClassVar[str] = "redone"
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RepClosed(Event):
    """`rep` was closed by the coach, or is a last rep that ended by its `target` or `duration` (`by`).

    After a rep that ended by its target, arrivals are still taken.
    """

    event: ClassVar[str] = "rep_closed"
    group: str
    rep: int
    by: Literal["coach", "target", "duration"] = "coach"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryStarted(Event):
    """The recovery runs, measured from `since`. GO comes at `go`, or on the coach's release if that is None."""

    event: ClassVar[str] = "recovery_started"
    group: str
    rep: int
    since: int
    go: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryChanged(Event):
    """The recovery was moved: it is measured from `since`, and GO comes at `go`."""

    event: ClassVar[str] = "recovery_changed"
    group: str
    since: int
    go: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Event):
    """The group is held: no GO comes until it is released.

    `by` is `gap` if its GO was due while the program did not run or the machine slept.
    """

    event: ClassVar[str] = "held"
    group: str
    by: Literal["gap"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Released(Event):
    """The group was released. GO comes at `go`; None if no GO is due yet."""

    event: ClassVar[str] = "released"
    group: str
    go: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled(Event):
    """A false start was recalled: the run of `rep` does not count, and GO comes again at `go`."""

    event: ClassVar[str] = "recalled"
    group: str
    rep: int
    go: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoMoved(Event):
    """GO of the running `rep` was `ms` later than recorded. `go` is the next GO if it moves with this one."""

    event: ClassVar[str] = "go_moved"
    group: str
    rep: int
    ms: int
    go: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped(Event):
    """`rep` was skipped, while it was `running` or before its GO. `go` is the next GO."""

    event: ClassVar[str] = "skipped"
    group: str
    rep: int
    running: bool
    go: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepAdded(Event):
    """One more rep like the last one was added. `go` is the next GO, if it is known."""

    event: ClassVar[str] = "rep_added"
    group: str
    go: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AthleteDropped(Event):
    """The athlete dropped out, from this rep on."""

    event: ClassVar[str] = "athlete_dropped"
    athlete: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AthleteReturned(Event):
    """The athlete is back, from the next rep on."""

    event: ClassVar[str] = "athlete_returned"
    athlete: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AthleteJoined(Event):
    """A late-comer joined. `athlete` is as in the header's plan, `targets` are the athlete's targets by rep.

    If each athlete is a group, `group` is a new one that runs the reps of group `like`.
    """

    event: ClassVar[str] = "athlete_joined"
    athlete: dict[str, Any]
    group: str
    like: str = ""
    targets: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AthleteMoved(Event):
    """The athlete moved from `group` to group `to`, from the next rep on. `targets` are the new targets by rep."""

    event: ClassVar[str] = "athlete_moved"
    athlete: str
    group: str
    to: str
    targets: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated(Event):
    """The athlete's `rep` was rated: relaxation 1 to 5 or effort 0 to 10."""

    event: ClassVar[str] = "rated"
    athlete: str
    group: str
    rep: int
    relaxation: int | None = None
    effort: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Event):
    """The coach wrote a line of text."""

    event: ClassVar[str] = "noted"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Event):
    """The session was carried on after a time in which the program did not run, or the machine slept.

    `gap` is the time in ms since the newest fact before that. `basis` says how it is known: by the clock that also
    counts sleep, by the wall clock's answer, which the coach has confirmed, or by the coach's own answer. `choices` has
    the groups whose GO was due meanwhile: held, or started with a new countdown. `clock` is the machine's clock at this
    moment, as in the header.
    """

    event: ClassVar[str] = "resumed"
    gap: int = 0
    basis: ClockBasis = "boottime"
    choices: dict[str, str] = field(default_factory=dict)
    clock: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Event):
    """The session ended: all groups were done (`finished`) or not (`abandoned`)."""

    event: ClassVar[str] = "session_ended"
    state: Literal["finished", "abandoned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Event):
    """An event of a later version of the program. It is kept and has no effect."""

    event: ClassVar[str] = "unknown"
    name: str
    data: dict[str, Any]


AnyEvent = (
    CountdownStarted | RepStarted | Tapped | Bounced | Assigned | Unassigned | Inserted | Deleted
    | Corrected | Undone | Redone | RepClosed | RecoveryStarted | RecoveryChanged | Held | Released | Recalled
    | GoMoved | Skipped | RepAdded | AthleteDropped | AthleteReturned | AthleteJoined | AthleteMoved | Rated
    | Noted | Resumed | SessionEnded | Unknown
)  # fmt: skip
"""Every kind of event. `apply` matches them exhaustively."""

EVENTS: dict[str, type[AnyEvent]] = {kind.event: kind for kind in get_args(AnyEvent) if kind is not Unknown}
"""The kinds of events that this version writes, by the log's field `event`."""


def to_fact(event: AnyEvent) -> dict[str, Any]:
    """Returns the event as an object of the log, without its wall time.

    Fields that are None or empty are left out, and so are flags that are false by default.
    """
    if isinstance(event, Unknown):
        return {"n": event.n, "t": event.t, "event": event.name, **event.data}
    fact: dict[str, Any] = {"n": event.n, "t": event.t, "event": event.event}
    for each in fields(event):
        value = getattr(event, each.name)
        if each.name not in fact and value not in (None, {}, "") and not (value is False and each.default is False):
            fact[each.name] = value
    return fact


@cache
def _adapter(event: str) -> TypeAdapter[AnyEvent]:
    return TypeAdapter(EVENTS[event])


def from_fact(fact: dict[str, Any]) -> AnyEvent:
    """Returns the event of an object of the log. Unknown fields are ignored, unknown events become `Unknown`.

    Raises `KicktimerError` if a field is missing or has a wrong type.
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
