"""The state of a session: frozen data, made by `apply` alone.

A group is the only thing with a clock. All moments are ms on the session's clock, marks are mm from GO.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kicktimer.plan import GroupPlan, Plan, PlannedRep
    from kicktimer.session.events import MarkName
    from kicktimer.squad import Athlete

MIN_GO_NOTICE_MS = 3000
"""No command but a finish brings GO nearer than this."""

By = Literal["key", "order", "corrected"]


class Phase(StrEnum):
    """What a group's clock is doing. `held` is a flag beside it."""

    READY = "ready"
    COUNTDOWN = "countdown"
    RUNNING = "running"
    RECOVERING = "recovering"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody came in at `t`.

    `n` is the number of its fact. Without an athlete it waits for a name; `mark` is what it is taken for, None where
    everybody was in already.
    """

    n: int
    t: int
    athlete: str | None
    mark: int | None
    by: By = "key"
    pressed: str | None = None
    gone: bool = False  # deleted or undone: kept, so that undo can bring it back


@dataclass(frozen=True, slots=True)
class Run:
    """One rep as a group ran it, or skipped it (`started` is None). A recalled run is `void` and its rep runs again."""

    rep: PlannedRep
    started: int | None
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()  # who belonged to the group and had dropped out before
    dropped: frozenset[str] = frozenset()
    arrivals: tuple[Arrival, ...] = ()
    corrections: Mapping[tuple[str, int], int] = field(default_factory=dict)
    expected: Mapping[str, Mapping[int, int]] = field(default_factory=dict)  # ms from GO, by athlete and mark
    order: tuple[str, ...] = ()  # who is expected first, where nothing else tells them apart
    ended: int | None = None  # when the rep was over for the clock
    by_clock: bool = False  # whether it was over by its target or duration, not by arrivals
    since: int | None = None  # what the recovery runs from
    closed: int | None = None
    skipped: bool = False
    void: bool = False

    @property
    def marks(self) -> tuple[int, ...]:
        """The marks whose times are taken, the finish last; none for a rep by time."""
        distance = self.rep.distance_mm
        return () if distance is None else (*self.rep.timed, distance)

    @property
    def live(self) -> bool:
        """Whether it was started and stands."""
        return self.started is not None and not self.void


@dataclass(frozen=True, slots=True)
class ClockSnapshot:
    """What a group's clock held when the group's last athlete left it, at `t`."""

    t: int
    phase: Phase
    go: int | None
    countdown_at: int | None


@dataclass(frozen=True, slots=True)
class GroupState:
    """A pace group: what its clock does, and every run so far.

    `next` is the index in `reps` of the rep that GO starts.
    """

    name: str
    reps: tuple[PlannedRep, ...]
    athletes: tuple[str, ...]
    countdown_ms: int
    start_after_ms: int = 0
    caller: bool | None = None  # whether the workout wants the seconds counted aloud; None where it does not say
    phase: Phase = Phase.READY
    held: bool = False
    next: int = 0
    go: int | None = None  # when the next GO is due
    countdown_at: int | None = None  # when the countdown of a staggered start begins by itself
    dropped: frozenset[str] = frozenset()
    runs: tuple[Run, ...] = ()
    go_count: int = 0  # how many GOs there were: whether one has come since
    emptied: ClockSnapshot | None = None  # set while the group is DONE because its last athlete has left

    @property
    def present(self) -> tuple[str, ...]:
        """Who runs the next rep."""
        return tuple(name for name in self.athletes if name not in self.dropped)

    @property
    def run(self) -> Run | None:
        """The run that was started last and stands."""
        return next((run for run in reversed(self.runs) if run.live), None)

    @property
    def has_next_rep(self) -> bool:
        """Whether another rep follows."""
        return self.next < len(self.reps)

    def live_indexes(self, most: int = 2) -> Iterator[int]:
        """Indexes in `runs` of the last runs that stand, the newest first."""
        for index in range(len(self.runs) - 1, -1, -1):
            if self.runs[index].live:
                yield index
                most -= 1
                if not most:
                    return


@dataclass(frozen=True, slots=True)
class UndoStep:
    """A step that `undo` can take back: what it touched as it stood before. A linked list, newest first."""

    n: int
    kind: str
    group: str
    arrivals: tuple[tuple[str, int, Arrival], ...]  # group, index in runs, the arrival before
    runs: tuple[tuple[str, int, Run], ...]  # likewise
    before: tuple[GroupState, ...]  # groups whose clock or members it touched, `group` first
    athlete: str | None
    moved: bool  # whether it moved a clock, so that it cannot be taken back once GO has come
    older: UndoStep | None


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating of an athlete's rep: relaxation 1 to 5 (the coach's), effort 0 to 10 (Borg CR10, the athlete's)."""

    t: int
    athlete: str
    group: str
    rep: int
    relaxation: int | None
    effort: float | None


@dataclass(frozen=True, slots=True)
class State:
    """A session. `n` is the number of the newest fact, `now` its moment."""

    groups: Mapping[str, GroupState]
    athletes: Mapping[str, Athlete]
    n: int = 0
    now: int = 0
    undoable: UndoStep | None = None
    ratings: tuple[Rating, ...] = ()
    notes: tuple[tuple[int, str], ...] = ()
    ended: Literal["finished", "abandoned"] | None = None

    @property
    def finished(self) -> bool:
        """Whether every group is done."""
        return all(group.phase is Phase.DONE for group in self.groups.values())

    @property
    def begun(self) -> bool:
        """Whether a GO has come."""
        return any(group.go_count for group in self.groups.values())

    def gone_on(self, step: UndoStep) -> bool:
        """Whether GO has come since the step in a group whose clock it moved."""
        return step.moved and any(self.groups[was.name].go_count != was.go_count for was in step.before)

    def group_of(self, athlete: str) -> GroupState:
        """The group that the athlete belongs to now. Raises `KeyError`."""
        for group in self.groups.values():
            if athlete in group.athletes:
                return group
        raise KeyError(athlete)


def initial_state(plan: Plan) -> State:
    """The state of a session that was just opened."""
    return State({group.name: _group(group) for group in plan.groups}, {each.name: each for each in plan.athletes})


def _group(plan: GroupPlan) -> GroupState:
    return GroupState(plan.name, plan.reps, plan.athletes, plan.countdown_ms, plan.start_after_ms, plan.caller)


def mark_name(rep: PlannedRep, mark: int) -> MarkName:
    """A mark as logs and scripts write it: "finish", or metres (whole where they are)."""
    if mark == rep.distance_mm:
        return "finish"
    return mark // 1000 if mark % 1000 == 0 else mark / 1000


def mark_mm(rep: PlannedRep, name: MarkName) -> int:
    """The opposite of `mark_name`. Raises `ValueError`."""
    if name == "finish":
        if rep.distance_mm is None:
            raise ValueError("a rep by time has no finish")
        return rep.distance_mm
    if isinstance(name, str):
        raise ValueError(f'a mark is "finish" or metres, not {name!r}')  # noqa: TRY004 - it is a value that was read
    return round(name * 1000)
