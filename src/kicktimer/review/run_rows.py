"""The arrivals of one rep of a group, and the rows that its records are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kicktimer.review.records import planned_rest
from kicktimer.session.arrivals import ends_by_target
from kicktimer.session.state import mark_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kicktimer.plan import GroupPlan, PlannedRep
    from kicktimer.results import Status
    from kicktimer.session.state import TimeSource

Ratings = dict[tuple[str, str, int], tuple[int | None, float | None]]
"""Relaxation and effort by athlete, group and rep."""


class RunRows(NamedTuple):
    """One rep of a group. The values are those of `RepRecord`s, in the order of their fields.

    `shared` has the fields that all its records share, from `group` to `started_ms`, and `athletes` the name and the
    other fields for each athlete. Splits are tuples of mark, time, source and the time that a correction
    replaced.
    """

    shared: tuple[Any, ...]
    athletes: list[tuple[Any, ...]]


class RunTimes:
    """The arrivals of one rep of a group.

    `times` has ms from GO and the source, by athlete and mark; `corrected` has typed ms. `unnamed` counts arrivals
    that wait for a name at a mark, and `surplus` those for which nobody was out. In the last rep of a group,
    `finished` counts the finishes, with a name or without one.
    """

    __slots__ = ("closed", "corrected", "finish", "finished", "is_last", "marks", "members", "rep", "started",
                 "surplus", "times", "unnamed")  # fmt: skip

    def __init__(self, rep: PlannedRep, members: frozenset[str], started: int, *, is_last: bool) -> None:
        self.rep, self.started, self.finish, self.members = rep, started, rep.distance_mm, members
        self.is_last = is_last
        self.marks: dict[Any, int] = {}  # none for a rep by time: its arrivals are declined
        if self.finish is not None:
            self.marks = {"finish": self.finish, **{mark_name(rep, mark): mark for mark in rep.timed}}
        self.times: dict[tuple[str, int], tuple[int, TimeSource]] = {}
        self.corrected: dict[tuple[str, int], int] = {}
        self.finished = self.unnamed = self.surplus = 0
        self.closed = False

    @property
    def has_times(self) -> bool:
        """Whether there is an arrival or a correction; early arrivals do not count."""
        return bool(self.times or self.corrected or self.unnamed or self.surplus)

    def time_at(self, athlete: str, mark: int) -> tuple[int, TimeSource] | None:
        """Returns the athlete's time from GO to the mark and how it was taken. A typed time counts first."""
        key = athlete, mark
        return (self.corrected[key], "corrected") if key in self.corrected else self.times.get(key)

    def original_at(self, athlete: str, mark: int) -> int | None:
        """Returns the time from GO that a key took and a typed time replaced. An estimate is none."""
        time, by = self.times.get((athlete, mark), (None, "corrected"))
        return time if by != "corrected" and (athlete, mark) in self.corrected else None

    def splits_of(self, athlete: str, timed: Sequence[int]) -> tuple[tuple[int, int, TimeSource, int | None], ...]:
        """Returns the athlete's times at the marks before the finish: the timed ones, and those that were typed."""
        marks = timed
        if self.corrected:
            typed = {mark for name, mark in self.corrected if name == athlete and mark != self.finish}
            marks = sorted({*timed, *typed})
        splits = []
        for mark in marks:
            time = self.time_at(athlete, mark)
            if time is not None:
                splits.append((mark, *time, self.original_at(athlete, mark) if self.corrected else None))
        return tuple(splits)

    def rows(
        self, group: GroupPlan, next_go: int | None, before: PlannedRep | None, ratings: Ratings, known: set[str]
    ) -> RunRows:
        """Returns the rows of the run. `next_go` is the GO after it, `before` the rep before it, `known` the squad."""
        rep, started, finish, times = self.rep, self.started, self.finish, self.times
        number, targets = rep.number, rep.targets
        is_untimed = finish is None or (ends_by_target(rep) and not self.has_times)
        without_time: Status = "untimed" if is_untimed else "missed"
        timed = sorted({*rep.timed} - {finish})
        has_splits, corrected = finish is not None and (timed or self.corrected), bool(self.corrected)
        rest = None if before is None else planned_rest(before, None)
        has_own_rests = before is not None and (before.rest.kind == "send_off" or before.rest.percent > 0)
        all_known = self.members <= known
        splits: tuple[Any, ...] = ()
        relaxation = effort = None
        rows: list[tuple[Any, ...]] = []
        for athlete in group.athletes:
            target = targets.get(athlete)
            goal, estimated, band = (
                (None, False, None) if target is None else (target.ms, target.estimated, target.band)
            )
            if has_own_rests and before is not None:
                last = before.targets.get(athlete)
                rest = planned_rest(before, None if last is None else last.ms)
            if has_splits:
                splits = self.splits_of(athlete, timed)
            if ratings:
                relaxation, effort = ratings.get((athlete, group.name, number), (None, None))
            taken = None
            if finish is not None:
                taken = self.time_at(athlete, finish) if corrected else times.get((athlete, finish))
            late = not all_known and athlete not in known
            if taken is None:
                missed = (None, None, splits, None, rest, relaxation, effort, without_time, late, None)
                rows.append((athlete, goal, estimated, band, *missed))
                continue
            time, by = taken
            recovery = None if next_go is None or next_go < started + time else next_go - started - time
            original = self.original_at(athlete, finish) if corrected and finish is not None else None
            rows.append(
                (athlete, goal, estimated, band, time, by, splits, recovery, rest, relaxation, effort, "timed", late,
                 original)
            )  # fmt: skip
        pace = rep.pace.text if rep.target_ms is None else ""
        return RunRows((group.name, number, rep.set, finish, rep.duration_ms, rep.closing, pace, started), rows)
