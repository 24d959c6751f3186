"""An imported session as a log: a plan made from its rows, and facts that say who ran when. Pure.

A file of times says nothing about the clock: a rest is known only where the file has it, and where it has none the next
GO stands before the finish, so that no rest is computed. All times are typed ones (`by: corrected`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kicktimer.pace import Pace
from kicktimer.plan import GroupPlan, Plan, PlannedRep, Rest, Target, dump
from kicktimer.session import apply, initial_state, to_fact
from kicktimer.session.events import (
    AthleteDropped,
    AthleteJoined,
    AthleteMoved,
    AthleteReturned,
    Corrected,
    CountdownStarted,
    Noted,
    Rated,
    RepClosed,
    RepStarted,
    SessionEnded,
    Skipped,
)
from kicktimer.session.late_joiners import dump_athlete, dump_target_map
from kicktimer.session.state import mark_name
from kicktimer.squad import Athlete, Group, Squad, assign_keys, dump_squad

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kicktimer.imports.csv_rows import Row
    from kicktimer.imports.csv_sessions import ImportedRep, ImportedSession
    from kicktimer.session import AnyEvent

FREE = Pace("free", "free")


def session_log(session: ImportedSession) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Returns the squad and the plan for the header, and the facts without their wall times."""
    plan, squad = _plan(session)
    state = initial_state(plan)
    facts = []
    for event in _events(session, plan):
        state = apply(state, event)
        facts.append(to_fact(event))
    return {"squad": dump_squad(squad), "plan": dump(plan)}, facts


def _plan(session: ImportedSession) -> tuple[Plan, Squad]:
    """Returns the plan. A group's members are those of its first rep; who came later joins in the facts."""
    groups: list[GroupPlan] = []
    first_group: dict[str, str] = {}
    for name in dict.fromkeys(rep.group for rep in session.reps):
        own = [rep for rep in session.reps if rep.group == name]
        members = tuple(row.athlete for row in own[0].rows if first_group.setdefault(row.athlete, name) == name)
        groups.append(GroupPlan(name, members, tuple(_planned(rep, members) for rep in own)))
    planned = {name for group in groups for name in group.athletes}
    people = [name for name in session.athletes if name in planned]
    athletes = assign_keys(tuple(Athlete(name, group=first_group[name]) for name in people))
    plan = Plan(session.workout, "", "", session.kind, athletes, tuple(groups))
    return plan, Squad("", athletes, tuple(Group(group.name) for group in groups))


def _planned(rep: ImportedRep, members: tuple[str, ...]) -> PlannedRep:
    first = rep.rows[0]
    return PlannedRep(
        number=rep.number,
        set=first.set,
        set_name="",
        distance_mm=first.distance_mm,
        duration_ms=first.duration_ms,
        rest=Rest("ready", 0),
        pace=FREE,
        closing=any(row.closing for row in rep.rows),
        timed=tuple(sorted({split.mark_mm for row in rep.rows for split in row.splits})),
        targets={row.athlete: target for row in rep.rows if row.athlete in members and (target := _target(row))},
        hands_free=all(row.status in ("untimed", "dropped") for row in rep.rows),
    )


def _target(row: Row) -> Target | None:
    if row.target_ms is None and row.band is None:
        return None
    middle = row.target_ms if row.target_ms is not None else sum(row.band or ()) // 2
    return Target(middle, band=row.band)


class _Clock:
    """Gives each rep its GO, in the order of the file."""

    def __init__(self) -> None:
        self._last = -1
        self._next: dict[str, int] = {}

    def start(self, group: str) -> int:
        """Returns the GO of the group's next rep: after its rest where that is known, else right after the last GO."""
        self._last = max(self._last + 1, self._next.pop(group, 0))
        return self._last

    def end(self, rep: ImportedRep, go: int) -> None:
        rests = [row.time_ms + row.recovery_ms for row in rep.rows if row.time_ms and row.recovery_ms]
        if rests:
            self._next[rep.group] = go + max(rests)


def _events(session: ImportedSession, plan: Plan) -> Iterator[AnyEvent]:
    """Yields the facts, numbered from 1."""
    for number, event in enumerate(_unnumbered(session, plan), 1):
        yield replace(event, n=number)


def _unnumbered(session: ImportedSession, plan: Plan) -> Iterator[AnyEvent]:
    members = _Members(session, {group.name: list(group.athletes) for group in plan.groups})
    last = {rep.group: rep for rep in session.reps}
    clock, go, begun = _Clock(), 0, set()
    for rep in session.reps:
        go = clock.start(rep.group)
        yield from members.before(rep, go)
        if not members.present(rep.group):  # everybody in it dropped out earlier: there was no GO
            yield Skipped(t=go, group=rep.group, rep=rep.number, running=False)
            continue
        if rep.group not in begun:
            begun.add(rep.group)
            yield CountdownStarted(t=go, group=rep.group, go=go)
        yield RepStarted(t=go, group=rep.group, rep=rep.number)
        yield from _times(rep, plan, go)
        yield from members.dropping(rep, go)
        if any(row.status == "skipped" for row in rep.rows):
            yield Skipped(t=go, group=rep.group, rep=rep.number, running=True)
        elif rep is last[rep.group] or any(row.status == "missed" for row in rep.rows):
            yield RepClosed(t=go, group=rep.group, rep=rep.number)
        clock.end(rep, go)
    for rep in session.reps:
        yield from _ratings(rep, go)
    for note in session.notes:
        yield Noted(t=go, text=note)
    yield SessionEnded(t=go, state="finished")


class _Members:
    """Who is in which group, and who has dropped out, rep by rep, so that each rep has just the rows of the file."""

    def __init__(self, session: ImportedSession, groups: dict[str, list[str]]) -> None:
        self._session = session
        self._groups = groups
        self._dropped: set[str] = set()

    def present(self, group: str) -> list[str]:
        return [name for name in self._groups[group] if name not in self._dropped]

    def before(self, rep: ImportedRep, t: int) -> Iterator[AnyEvent]:
        """Yields who joins, moves and comes back before a rep."""
        of = {name: group for group, names in self._groups.items() for name in names}
        for row in rep.rows:
            name = row.athlete
            if name not in of:
                targets = _targets(self._session, rep.group, name)
                athlete = dump_athlete(Athlete(name, group=rep.group))
                yield AthleteJoined(t=t, athlete=athlete, group=rep.group, targets=targets)
                self._groups[rep.group].append(name)
            elif of[name] != rep.group:
                targets = _targets(self._session, rep.group, name)
                yield AthleteMoved(t=t, athlete=name, group=of[name], to=rep.group, targets=targets)
                self._groups[of[name]].remove(name)
                self._groups[rep.group].append(name)
                self._dropped.discard(name)
            if name in self._dropped and row.status != "dropped":
                self._dropped.discard(name)
                yield AthleteReturned(t=t, athlete=name, group=rep.group)

    def dropping(self, rep: ImportedRep, t: int) -> Iterator[AnyEvent]:
        """Yields who drops out in a rep, or has no row in it. Before its GO they would drop out of the last one."""
        runs = {row.athlete for row in rep.rows if row.status != "dropped"}
        for name in self.present(rep.group):
            if name not in runs:
                self._dropped.add(name)
                yield AthleteDropped(t=t, athlete=name, group=rep.group)


def _targets(session: ImportedSession, group: str, name: str) -> dict[str, Any]:
    """Returns an athlete's targets in the reps of a group, as the fact of a late-comer has them."""
    found: Mapping[int, Target] = {
        rep.number: target
        for rep in session.reps
        if rep.group == group
        for row in rep.rows
        if row.athlete == name and (target := _target(row)) is not None
    }
    return dump_target_map(found)


def _times(rep: ImportedRep, plan: Plan, t: int) -> Iterator[AnyEvent]:
    planned = next(each for group in plan.groups if group.name == rep.group for each in group.reps
                   if each.number == rep.number)  # fmt: skip
    for row in rep.rows:
        marks: list[tuple[int, int]] = [*row.splits]
        if row.time_ms is not None:
            marks.append((planned.distance_mm or 0, row.time_ms))
        for mark, ms in marks:
            yield Corrected(
                t=t, group=rep.group, athlete=row.athlete, rep=rep.number, mark=mark_name(planned, mark), time=ms
            )


def _ratings(rep: ImportedRep, t: int) -> Iterator[AnyEvent]:
    for row in rep.rows:
        if row.relaxation is not None or row.effort is not None:
            yield Rated(
                t=t, athlete=row.athlete, group=rep.group, rep=rep.number, relaxation=row.relaxation, effort=row.effort
            )
