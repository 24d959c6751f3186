"""The state of a session: frozen data that only `apply` changes, by returning a new state.

Every group has its own clock. Moments are in ms on the session's clock, marks in mm from GO.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from kicktimer.session.append_only import AppendOnly

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kicktimer.plan import GroupPlan, Plan, PlannedRep
    from kicktimer.session.events import MarkName
    from kicktimer.squad import Athlete

MIN_GO_NOTICE_MS = 3000
"""No command except a finish brings the next GO nearer than this."""

TimeSource = Literal["key", "order", "corrected"]
"""How an arrival got its athlete and time: the coach pressed or named it; it was assigned by order; it was inserted."""


class Phase(StrEnum):
    """What a group's clock is doing. `GroupState.held` is a separate flag."""

    READY = "ready"
    COUNTDOWN = "countdown"
    RUNNING = "running"
    RECOVERING = "recovering"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Arrival:
    """An athlete reached a mark at `t`.

    `n` is the number of the fact that recorded the arrival. Without an athlete, the arrival waits for a name. `mark` is
    the mark that it counts for, None if no athlete was out any more. `pressed` is the athlete whose key was pressed, if
    the arrival got no name all the same. An `early` arrival has a mark only while it has a name: without one it counts
    for nothing and is assigned to nobody by order.
    """

    n: int
    t: int
    athlete: str | None
    mark: int | None
    by: TimeSource = "key"
    pressed: str | None = None
    early: bool = False  # it came long before anybody was expected, or from the key of a dropped athlete
    removed: bool = False  # deleted or undone; the arrival is kept because undo can restore it
    unassigned_at: int | None = None  # when `unassign` took its name: it waits at least until the next end of a rep


@dataclass(frozen=True, slots=True)
class Run:
    """One rep as a group ran or skipped it.

    `started` is the moment of its GO, None if the rep was skipped before GO. After a recall the rep gets another run.
    """

    rep: PlannedRep
    started: int | None
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()  # members of the group who had dropped out before GO
    dropped: frozenset[str] = frozenset()  # athletes who dropped out during the rep
    arrivals: tuple[Arrival, ...] = ()
    corrections: Mapping[tuple[str, int], int] = field(default_factory=dict)  # ms from GO, by athlete and mark
    expected: Mapping[str, Mapping[int, int]] = field(default_factory=dict)  # ms from GO, by athlete and mark
    usual: Mapping[str, Mapping[int, int]] = field(default_factory=dict)  # the same without reps of other distances
    order: tuple[str, ...] = ()  # the expected order of athletes whose expected times are equal or unknown
    ended: int | None = None  # when the group's clock left the rep; arrivals may still come
    ended_by_clock: bool = False  # whether a target or a duration ended the rep, not its arrivals
    recovery_since: int | None = None  # the moment from which the recovery after the rep is measured
    closed: int | None = None  # when the coach closed the rep
    moved_go: int | None = None  # where a command moved the next GO that the rep alone had set (send-off, target, time)
    skipped: bool = False
    recalled: bool = False

    @property
    def marks(self) -> tuple[int, ...]:
        """The marks whose times are taken, the finish last; empty for a rep by time."""
        distance = self.rep.distance_mm
        return () if distance is None else (*self.rep.timed, distance)

    @property
    def is_valid(self) -> bool:
        """Whether the rep was started and not recalled."""
        return self.started is not None and not self.recalled


@dataclass(frozen=True, slots=True)
class ClockSnapshot:
    """What a group's clock held when the group's last athlete left it, at `t`."""

    t: int
    phase: Phase
    go: int | None
    countdown_at: int | None


@dataclass(frozen=True, slots=True)
class GroupState:
    """A pace group: its members, its clock and all its runs so far.

    `next_index` is the index in `reps` of the rep that the next GO starts.
    """

    name: str
    reps: tuple[PlannedRep, ...]
    athletes: tuple[str, ...]
    countdown_ms: int
    start_after_ms: int = 0
    caller: bool | None = None  # whether the workout wants the seconds counted aloud; None if it does not say
    phase: Phase = Phase.READY
    held: bool = False
    next_index: int = 0
    go: int | None = None  # when the next GO is due; None if it depends on arrivals or on the coach
    countdown_at: int | None = None  # when the countdown of a staggered start begins by itself
    dropped: frozenset[str] = frozenset()
    runs: tuple[Run, ...] = ()
    go_count: int = 0  # GOs so far, including recalled ones
    emptied: ClockSnapshot | None = None  # set while the group is DONE or runs without an athlete for the next rep
    warmup: str = ""  # its length, as it is shown
    cooldown: str = ""
    undo_closed_n: int = 0  # the newest recall or release of a hold: steps before this fact cannot be undone

    @property
    def present(self) -> tuple[str, ...]:
        """The athletes who run the next rep: members who have not dropped out."""
        return tuple(name for name in self.athletes if name not in self.dropped)

    @property
    def pending_go(self) -> int | None:
        """When the next GO comes if nothing changes: `go`, None while the group is held or has nobody to run."""
        return None if self.held or not self.present or self.phase is Phase.DONE else self.go

    @property
    def newest_run(self) -> Run | None:
        """The newest valid run."""
        return next((run for run in reversed(self.runs) if run.is_valid), None)

    @property
    def has_next_rep(self) -> bool:
        """Whether another rep follows the current one."""
        return self.next_index < len(self.reps)

    def valid_indexes(self, most: int = 2) -> Iterator[int]:
        """Yields the indexes in `runs` of at most `most` valid runs, the newest first."""
        for index in range(len(self.runs) - 1, -1, -1):
            if self.runs[index].is_valid:
                yield index
                most -= 1
                if not most:
                    return


@dataclass(frozen=True, slots=True)
class UndoStep:
    """A step that `undo` can take back, with copies of what the step changed.

    `n` is the number of the fact that made the step, `older` the step before it: steps form a linked list.
    """

    n: int
    kind: str
    group: str
    arrivals: tuple[tuple[str, int, Arrival], ...]  # group, index in runs, the arrival that undo puts there
    runs: tuple[tuple[str, int, Run], ...]  # group, index in runs, the run before the step
    before: tuple[GroupState, ...]  # groups whose clock or members the step changed, `group` first
    athlete: str | None
    moved_clock: bool  # whether the step changed when GO comes: it cannot be undone after that GO
    t: int
    go_count: int  # GOs of `group` before the step
    last_n: int  # the newest fact that follows from the step: the facts of a command have one `t` and adjacent numbers
    older: UndoStep | None
    by_order: tuple[tuple[int, str], ...] = ()  # arrivals that were named by order because of the step, and their names


@dataclass(frozen=True, slots=True)
class RedoPoint:
    """What `redo` does again: the fact `n` that the last undo took back, and the state before that undo at `t`.

    `last_n` is the number of the last fact of the undo.
    """

    n: int
    before: State
    t: int
    kind: str
    group: str
    last_n: int


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating of an athlete's rep: relaxation 1 to 5 by the coach, or effort 0 to 10 (Borg CR10) by the athlete."""

    t: int
    athlete: str
    group: str
    rep: int
    relaxation: int | None
    effort: float | None


@dataclass(frozen=True, slots=True)
class State:
    """A session after some facts. `n` is the number of the newest fact, `now` its moment."""

    groups: Mapping[str, GroupState]
    athletes: Mapping[str, Athlete]
    n: int = 0
    now: int = 0
    undoable: UndoStep | None = None  # the newest step that has not been undone
    redoable: RedoPoint | None = field(default=None, repr=False)  # None if a fact came since the last undo
    ratings: AppendOnly[Rating] = field(default_factory=AppendOnly)
    notes: AppendOnly[tuple[int, str]] = field(default_factory=AppendOnly)  # moment and text
    ended: Literal["finished", "abandoned"] | None = None

    @property
    def finished(self) -> bool:
        """Whether every group is done."""
        return all(group.phase is Phase.DONE for group in self.groups.values())

    @property
    def begun(self) -> bool:
        """Whether any group has had a GO."""
        return any(group.go_count for group in self.groups.values())

    def passed_by_go(self, step: UndoStep) -> bool:
        """Whether a group whose clock the step moved has had a GO since."""
        return step.moved_clock and any(self.groups[was.name].go_count != was.go_count for was in step.before)

    def group_of(self, athlete: str) -> GroupState:
        """Returns the group that the athlete belongs to now. Raises `KeyError` for an unknown athlete."""
        for group in self.groups.values():
            if athlete in group.athletes:
                return group
        raise KeyError(athlete)


def initial_state(plan: Plan) -> State:
    """Returns the state of a session without any facts."""
    return State({group.name: _group(group) for group in plan.groups}, {each.name: each for each in plan.athletes})


def _group(plan: GroupPlan) -> GroupState:
    return GroupState(
        plan.name,
        plan.reps,
        plan.athletes,
        plan.countdown_ms,
        plan.start_after_ms,
        plan.caller,
        warmup=plan.warmup,
        cooldown=plan.cooldown,
    )


def mark_name(rep: PlannedRep, mark: int) -> MarkName:
    """Returns a mark as logs and scripts write it: "finish", or metres, as an integer if they are whole."""
    if mark == rep.distance_mm:
        return "finish"
    return mark // 1000 if mark % 1000 == 0 else mark / 1000


def mark_mm(rep: PlannedRep, name: MarkName) -> int:
    """Returns the mark (mm from GO) that logs and scripts call `name`. Raises `ValueError` for an unknown name."""
    if name == "finish":
        if rep.distance_mm is None:
            raise ValueError("a rep by time has no finish")
        return rep.distance_mm
    if isinstance(name, str):
        raise ValueError(f'a mark is "finish" or metres, not {name!r}')  # noqa: TRY004 - a wrong value in a file
    return round(name * 1000)
