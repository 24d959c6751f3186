"""Results: the facts of a session read as times, statuses and recoveries.

What `show --json` and `rehearse --json` print.

Times are whole ms from the group's GO, `started` is on the session's clock, distances are in metres. A time that
nobody took is `missed`; it is never invented, and a target is never a time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from kicktimer.session import apply, arrivals, from_fact, initial_state
from kicktimer.session.state import mark_name
from kicktimer.session.transition import Transition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kicktimer.plan import Plan, PlannedRep
    from kicktimer.session.state import GroupState, Rating, Run, State, TimeSource

Status = Literal["timed", "missed", "untimed", "skipped", "dropped"]


@dataclass(frozen=True, slots=True)
class AthleteResult:
    """One athlete's rep.

    `splits` maps marks (metres, as in the log) to ms; `target_splits` likewise. `recovery` is the actual rest from
    this finish to the group's next GO.
    """

    target: int | None
    estimated: bool
    time: int | None
    splits: Mapping[str, int]
    target_splits: Mapping[str, int]
    recovery: int | None
    status: Status
    by: TimeSource | None


@dataclass(frozen=True, slots=True)
class RepResult:
    """One rep of one group. `started` is None where it was skipped before its GO."""

    rep: PlannedRep
    group: str
    started: int | None
    athletes: Mapping[str, AthleteResult]


@dataclass(frozen=True, slots=True)
class Results:
    """A session's results. `reps` stand in the order of their GO, skipped ones in their place."""

    state: Literal["finished", "abandoned", "interrupted"]
    reps: tuple[RepResult, ...]
    ratings: tuple[Rating, ...]
    notes: tuple[tuple[int, str], ...]


def replay(plan: Plan, facts: Iterable[Mapping[str, Any]]) -> State:
    """The state that the facts of a log lead to. Raises `KicktimerError` where a fact does not fit."""
    state = initial_state(plan)
    for fact in facts:
        state = apply(state, from_fact(dict(fact)))
    return state


def results(state: State) -> Results:
    """The results of a session, running or over. Arrivals that nobody named are read in the order expected."""
    if state.ended is None:
        state = _named_by_order(state)
    found = [entry for group in state.groups.values() for entry in _reps_of(group)]
    found.sort(key=lambda entry: entry[0])
    return Results(state.ended or "interrupted", tuple(entry[1] for entry in found), state.ratings, state.notes)


def _named_by_order(state: State) -> State:
    story = Transition(state)
    story.name_all_by_order(state.now)
    return story.state


def _reps_of(group: GroupState) -> list[tuple[tuple[int, int], RepResult]]:
    """The group's reps, each with its place among those of all groups: its GO, for a skipped one the GO before it."""
    found, last = [], -1
    standing = [run for run in group.runs if not run.recalled]
    go_count = [run.started for run in standing if run.started is not None]
    for place, run in enumerate(standing):
        if run.started is not None:
            last = go_count.pop(0)
        following = go_count[0] if go_count else None
        untouched = arrivals.has_no_times(run)
        athletes = {name: _athlete(run, name, following, untouched=untouched) for name in run.present}
        athletes |= {name: _nothing(run, name, "dropped") for name in run.absent}
        found.append(((last, place), RepResult(run.rep, group.name, run.started, athletes)))
    return found


def _athlete(run: Run, name: str, following: int | None, *, untouched: bool) -> AthleteResult:
    finish = run.rep.distance_mm
    time = None if finish is None else arrivals.time_of(run, name, finish)
    status: Status = "missed"
    if time is not None:
        status = "timed"
    elif name in run.dropped:
        status = "dropped"
    elif run.skipped:
        status = "skipped"
    elif finish is None or (untouched and arrivals.ends_by_target(run.rep)):
        status = "untimed"
    blank = _nothing(run, name, status)
    if finish is None or run.started is None:
        return blank
    splits = {
        str(mark_name(run.rep, mark)): taken
        for mark in sorted({*run.rep.timed, *(at for who, at in run.corrections if who == name)})
        if mark != finish and (taken := arrivals.time_of(run, name, mark)) is not None
    }
    if time is None:
        return replace(blank, splits=splits)
    arrival = arrivals.find_named(run, name, finish)
    by: TimeSource = "corrected" if (name, finish) in run.corrections or arrival is None else arrival.by
    rest = None if following is None else following - (run.started + time)
    return replace(blank, splits=splits, time=time, by=by, recovery=rest if rest is not None and rest >= 0 else None)


def _nothing(run: Run, name: str, status: Status) -> AthleteResult:
    target = run.rep.targets.get(name)
    marks_of = {} if target is None else {str(mark_name(run.rep, at)): ms for at, ms in sorted(target.marks.items())}
    marks_of.pop("finish", None)
    return AthleteResult(
        None if target is None else target.ms,
        target is not None and target.estimated,
        None,
        {},
        marks_of,
        None,
        status,
        None,
    )


def document(plan: Plan, log_id: str, found: Results, refused: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The results as the JSON document of the contract."""
    return {
        "id": log_id,
        "workout": plan.name,
        "state": found.state,
        "reps": [_rep_document(rep) for rep in found.reps],
        "ratings": [
            {
                "t": each.t, "athlete": each.athlete, "group": each.group, "rep": each.rep,
                **({} if each.relaxation is None else {"relaxation": each.relaxation}),
                **({} if each.effort is None else {"effort": each.effort}),
            }
            for each in found.ratings
        ],
        "notes": [{"t": t, "text": text} for t, text in found.notes],
        "refused": list(refused),
    }  # fmt: skip


def _rep_document(result: RepResult) -> dict[str, Any]:
    rep = result.rep
    distance = None if rep.distance_mm is None else rep.distance_mm / 1000
    return {
        "rep": rep.number,
        "set": rep.set,
        "distance": int(distance) if distance is not None and distance.is_integer() else distance,
        "duration": rep.duration_ms,
        "closing": rep.closing,
        "group": result.group,
        "started": result.started,
        "athletes": {
            name: {
                "target": each.target, "estimated": each.estimated, "time": each.time, "splits": dict(each.splits),
                "recovery": each.recovery, "status": each.status, "by": each.by,
            }
            for name, each in result.athletes.items()
        },
    }  # fmt: skip
