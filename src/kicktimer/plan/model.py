"""The data classes of a plan, and their conversion to JSON and back. All are frozen and in whole ms and mm."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic reads the annotations
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any, Literal, assert_never

from pydantic import TypeAdapter, ValidationError

from kicktimer.errors import KicktimerError
from kicktimer.pace import Pace  # noqa: TC001 - likewise
from kicktimer.squad import Athlete, Track
from kicktimer.workout.recovery import percent_of

RestKind = Literal["first", "last", "target", "own", "send_off", "ready"]


@dataclass(frozen=True, slots=True)
class Rest:
    """The recovery after a rep.

    `ms` is measured from the first, the last, the target or the athlete's own finish, or from GO to GO (`send_off`).
    Under `ready`, GO comes when the coach releases the group, and `ms` is 0. With `percent`, the recovery is that part
    of the rep's time, to the second, and `ms` is 0. With `jog_mm` the recovery is a jog over that distance. `between`
    is the range of times whose middle is `ms`.
    """

    kind: RestKind
    ms: int
    percent: int = 0
    jog_mm: int = 0
    between: tuple[int, int] | None = None

    def after(self, rep_ms: int) -> int:
        """Returns the recovery in ms after a rep that has taken `rep_ms`; of a send-off, from GO to GO."""
        return percent_of(rep_ms, self.percent) if self.percent else self.ms


@dataclass(frozen=True, slots=True)
class Target:
    """An athlete's target in one rep: `ms` from GO to the finish, and ms to each shown, timed or cued mark (mm).

    `estimated`: the pace is estimated from a race over another distance. `band`: a finish from the first to the second
    of these ms is on target, and `ms` is their middle.
    """

    ms: int
    estimated: bool = False
    marks: Mapping[int, int] = field(default_factory=dict)
    band: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class PlannedLeg:
    """A leg of a rep with a pattern: a distance or, in a rep by duration, a duration. `name` says what it is."""

    distance_mm: int | None
    duration_ms: int | None
    pace: Pace
    name: str = ""


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line that is shown and spoken at a moment of a rep.

    `value` is the mark in mm from GO if `at` is `mark`, and the time in ms from GO if `at` is `elapsed`. `relax` is
    true for the reminder to relax, and `leg` for the word at a change of legs.
    """

    at: Literal["countdown", "recovery", "start", "mark", "elapsed"]
    text: str
    value: int = 0
    relax: bool = False
    leg: bool = False

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
    """One rep of a group, by distance or by duration.

    `pace` is the rep's pace, for display and for athletes who join later, and `finish_pace` the pace of its last
    `finish_mm`. `set` counts the rounds of all sets from 1. `legs` are those of a pattern, to the rep's end.
    """

    number: int
    set: int
    set_name: str
    distance_mm: int | None
    duration_ms: int | None
    rest: Rest
    pace: Pace
    target_ms: int | None = None  # one target time for all athletes, instead of the pace
    target_fraction: tuple[int, int] | None = None  # the exact `target_ms`, where it is no whole number of ms
    target_band: tuple[int, int] | None = None  # the ends of the band whose middle is `target_ms`
    finish_mm: int = 0
    finish_pace: Pace | None = None
    closing: bool = False
    splits: tuple[int, ...] = ()  # marks whose targets are shown and cued (mm from GO, without the finish)
    timed: tuple[int, ...] = ()  # marks where times are taken by hand (mm from GO, without the finish)
    optional: tuple[int, ...] = ()  # marks in `timed` where a missing time is no fault
    quiet: tuple[int, int] | None = None  # between these marks (mm from GO) no split cue sounds
    says: tuple[SpokenLine, ...] = ()
    relax: str = ""  # the reminder to relax of a closing rep, "" without one
    targets: Mapping[str, Target] = field(default_factory=dict)  # by athlete; athletes without a target are left out
    legs: tuple[PlannedLeg, ...] = ()
    early_marks: Mapping[str, Mapping[int, int]] = field(default_factory=dict)  # by athlete without a target: ms to
    # the marks that come before a leg without a pace
    caller: bool | None = None  # whether the seconds are counted aloud in this rep; None: as the group says
    hands_free: bool = False  # the rep ends at the slowest target without any tap, whatever `rest` is

    @property
    def exact_target(self) -> Fraction | None:
        """The target time for all athletes in ms, unrounded; None where each has their own or none."""
        if self.target_ms is None:
            return None
        return Fraction(self.target_ms) if self.target_fraction is None else Fraction(*self.target_fraction)


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """The reps and members of a pace group, which has its own clock."""

    name: str
    athletes: tuple[str, ...]
    reps: tuple[PlannedRep, ...]
    start_after_ms: int = 0
    countdown_ms: int = 10_000
    caller: bool | None = None  # whether the seconds are counted aloud while athletes come in; None: as in the settings
    warmup: str = ""  # its length, such as `15min` or `2 km`, only shown
    cooldown: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A session as planned: its groups in order, and all athletes."""

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
    return TypeAdapter(Plan)  # built on first use, because building takes long on a Raspberry Pi


def dump(plan: Plan) -> dict[str, Any]:
    """Returns the plan as JSON data, from which `load` makes an equal plan."""
    return dict(_adapter().dump_python(plan, mode="json"))


def load(obj: object) -> Plan:
    """Returns the plan that `dump` wrote. Raises `KicktimerError` for other data."""
    try:
        return _adapter().validate_python(obj)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise KicktimerError(f"this is no plan: {where}: {first['msg']}") from error
