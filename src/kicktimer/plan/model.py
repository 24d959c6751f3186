"""The data of a plan, and its way to JSON and back. Frozen; whole ms and mm throughout."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic reads the annotations
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, assert_never

from pydantic import TypeAdapter, ValidationError

from kicktimer.errors import KicktimerError
from kicktimer.pace import Pace  # noqa: TC001 - and these too
from kicktimer.squad import Athlete, Track

RestKind = Literal["first", "last", "target", "own", "send_off", "ready"]


@dataclass(frozen=True, slots=True)
class Rest:
    """What comes after a rep.

    `ms` of recovery from the first / last / target finish, from GO to GO (`send_off`),
    or unknown (`ready`: GO when the coach says so, `ms` is 0).
    """

    kind: RestKind
    ms: int


@dataclass(frozen=True, slots=True)
class Target:
    """An athlete's target for one rep: ms from GO to the finish, and to each mark that is shown, timed or cued (mm)."""

    ms: int
    estimated: bool = False
    marks: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line to be shown and spoken.

    `at` is `countdown`, `recovery`, `start`, `mark` (mm from GO, `value`) or `elapsed` (ms from GO, `value`). `relax`
    marks the relaxation reminder.
    """

    at: Literal["countdown", "recovery", "start", "mark", "elapsed"]
    text: str
    value: int = 0
    relax: bool = False

    @property
    def mark(self) -> int | None:
        """The mark (mm from GO) at which the line is spoken; None if its moment does not depend on a mark."""
        match self.at:
            case "mark":
                return self.value
            case "countdown" | "recovery" | "start" | "elapsed":
                return None
            case _:
                assert_never(self.at)


@dataclass(frozen=True, slots=True)
class PlannedRep:
    """One rep of a group.

    It has a distance or a duration. `pace` is the pace of the rep (for display and for athletes who join later);
    `finish_pace` that of its last `finish_mm`. `set` counts each time through a set from 1.
    """

    number: int
    set: int
    set_name: str
    distance_mm: int | None
    duration_ms: int | None
    rest: Rest
    pace: Pace
    target_ms: int | None = None  # a target time that is the same for all, instead of the pace
    finish_mm: int = 0
    finish_pace: Pace | None = None
    closing: bool = False
    splits: tuple[int, ...] = ()  # marks with a target, shown and cued (mm from GO, without the finish)
    timed: tuple[int, ...] = ()  # marks whose times are taken by hand besides the finish (mm from GO)
    optional: tuple[int, ...] = ()  # those of `timed` where no tap is no fault
    quiet: tuple[int, int] | None = None
    says: tuple[SpokenLine, ...] = ()
    relax: str = ""  # the reminder of a closing rep, "" for the others
    targets: Mapping[str, Target] = field(default_factory=dict)  # by athlete; who has no target is missing
    hands_free: bool = False  # nobody needs to tap, whatever the rest is: the rep ends at the slowest target


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """A pace group with a plan and a clock of its own."""

    name: str
    athletes: tuple[str, ...]
    reps: tuple[PlannedRep, ...]
    start_after_ms: int = 0
    countdown_ms: int = 10_000
    caller: bool | None = None  # whether the seconds are counted aloud as athletes come in; None: as it is set


@dataclass(frozen=True, slots=True)
class Plan:
    """The session as planned: the groups in their order, and everybody who runs in them."""

    name: str
    about: str
    by: str
    kind: str
    athletes: tuple[Athlete, ...]
    groups: tuple[GroupPlan, ...]
    track: Track = field(default_factory=Track)
    squad_name: str = ""


@cache
def _adapter() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)  # built when it is first needed: it takes a while on a Pi


def dump(plan: Plan) -> dict[str, Any]:
    """The plan as JSON data; `load` gives it back exactly."""
    return dict(_adapter().dump_python(plan, mode="json"))


def load(obj: object) -> Plan:
    """A plan from what `dump` made."""
    try:
        return _adapter().validate_python(obj)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise KicktimerError(f"this is no plan: {where}: {first['msg']}") from error
