"""Results of a session: times, statuses and recoveries, and the JSON document of `show` and `rehearse`.

Times are in whole ms from the group's GO, `started` is on the session's clock, and distances are in metres. A time that
nobody took is `missed`: it is never invented, and a target is never used as a time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from kicktimer.errors import KicktimerError
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
    """One athlete's result in one rep.

    `splits` and `target_splits` have ms by mark (in metres, as text), and `split_sources` has how each split was taken.
    `recovery` is the actual rest from this finish to the group's next GO, None if there is no finish, no next GO, or GO
    came before the finish. `replaced` has the times that were taken by keys and then corrected, in ms by mark.
    `band` is from where to where a target is met that is a band, in ms.
    """

    target: int | None
    estimated: bool
    time: int | None
    splits: Mapping[str, int]
    split_sources: Mapping[str, TimeSource]
    target_splits: Mapping[str, int]
    recovery: int | None
    status: Status
    by: TimeSource | None
    replaced: Mapping[str, int] = field(default_factory=dict)
    band: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class RepResult:
    """The results of one rep of one group. `started` is None if the rep was skipped before its GO."""

    rep: PlannedRep
    group: str
    started: int | None
    athletes: Mapping[str, AthleteResult]


@dataclass(frozen=True, slots=True)
class Results:
    """A session's results. `reps` are in the order of their GO; skipped ones follow the rep before them."""

    state: Literal["finished", "abandoned", "interrupted"]
    reps: tuple[RepResult, ...]
    ratings: tuple[Rating, ...]
    notes: tuple[tuple[int, str], ...]


def replay(plan: Plan, facts: Iterable[Mapping[str, Any]]) -> State:
    """Returns the state after the facts of a log. Raises `KicktimerError` if a fact does not fit the ones before it."""
    state = initial_state(plan)
    for fact in facts:
        state = apply(state, from_fact(dict(fact)))
    return state


class SoundReplay(NamedTuple):
    """The state after the first `sound_facts` facts, and what is wrong with the next one: "" if all facts fit."""

    state: State
    sound_facts: int
    problem: str


def replay_sound(plan: Plan, facts: Iterable[Mapping[str, Any]]) -> SoundReplay:
    """Replays a log of unknown origin, up to the first fact that does not fit the ones before it."""
    state, count = initial_state(plan), 0
    for fact in facts:
        try:
            state = apply(state, from_fact(dict(fact)))
        except KicktimerError as error:
            return SoundReplay(state, count, error.message)
        except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError):
            # `apply` takes for granted that a fact fits, as all do that this program has written.
            return SoundReplay(state, count, f"{fact['event']} does not fit what came before it")
        count += 1
    return SoundReplay(state, count, "")


def results(state: State) -> Results:
    """Returns the results of a running or ended session. Arrivals without a name count for the proposed athletes."""
    if state.ended is None:
        state = _named_by_order(state)
    found = [entry for group in state.groups.values() for entry in _reps_of(group)]
    found.sort(key=lambda entry: entry[0])
    return Results(
        state.ended or "interrupted", tuple(entry[1] for entry in found), tuple(state.ratings), tuple(state.notes)
    )


def _named_by_order(state: State) -> State:
    """Returns the state with every arrival without a name assigned to the athlete who is proposed for it."""
    transition = Transition(state)
    transition.name_all_by_order(state.now)
    return transition.state


def _reps_of(group: GroupState) -> list[tuple[tuple[int, int], RepResult]]:
    """Returns the group's reps with sort keys: the GO (for a skipped rep the GO before it) and the index of the run."""
    found, last = [], -1
    runs = [run for run in group.runs if not run.recalled]
    gos = [run.started for run in runs if run.started is not None]
    for place, run in enumerate(runs):
        if run.started is not None:
            last = gos.pop(0)
        next_go = gos[0] if gos else None
        no_times = arrivals.has_no_times(run)
        athletes = {name: _athlete_result(run, name, next_go, no_times=no_times) for name in run.present}
        athletes |= {name: _result_without_time(run, name, "dropped") for name in run.absent}
        found.append(((last, place), RepResult(run.rep, group.name, run.started, athletes)))
    return found


def _athlete_result(run: Run, name: str, next_go: int | None, *, no_times: bool) -> AthleteResult:
    finish = run.rep.distance_mm
    time = None if finish is None else arrivals.time_of(run, name, finish)
    status: Status = "missed"
    if time is not None:
        status = "timed"
    elif name in run.dropped:
        status = "dropped"
    elif run.skipped:
        status = "skipped"
    elif finish is None or (no_times and arrivals.ends_by_target(run.rep)):
        status = "untimed"
    blank = _result_without_time(run, name, status)
    if finish is None or run.started is None:
        return blank
    splits: dict[str, int] = {}
    sources: dict[str, TimeSource] = {}
    for mark in sorted({*run.rep.timed, *(at for who, at in run.corrections if who == name)}):
        split, source = arrivals.time_of(run, name, mark), time_source(run, name, mark)
        if mark != finish and split is not None and source is not None:
            key = str(mark_name(run.rep, mark))
            splits[key], sources[key] = split, source
    blank = replace(blank, splits=splits, split_sources=sources, replaced=_replaced_times(run, name))
    if time is None:
        return blank
    rest = None if next_go is None else next_go - (run.started + time)
    recovery = rest if rest is not None and rest >= 0 else None
    return replace(blank, time=time, by=time_source(run, name, finish), recovery=recovery)


def _replaced_times(run: Run, name: str) -> dict[str, int]:
    """Returns the times that keys took and a correction has replaced, by the mark's name. An estimate is none."""
    found = {}
    for who, mark in run.corrections:
        arrival = arrivals.find_named(run, name, mark) if who == name else None
        if arrival is not None and arrival.by != "corrected" and run.started is not None:
            found[str(mark_name(run.rep, mark))] = arrival.t - run.started
    return found


def time_source(run: Run, name: str, mark: int) -> TimeSource | None:
    """Returns how the athlete's time at the mark was taken, None if there is none. A typed time is "corrected"."""
    if (name, mark) in run.corrections:
        return "corrected"
    arrival = arrivals.find_named(run, name, mark)
    return None if arrival is None else arrival.by


def _result_without_time(run: Run, name: str, status: Status) -> AthleteResult:
    target = run.rep.targets.get(name)
    target_splits = {}
    if target is not None:
        target_splits = {str(mark_name(run.rep, mark)): ms for mark, ms in sorted(target.marks.items())}
        target_splits.pop("finish", None)
    return AthleteResult(
        None if target is None else target.ms,
        target is not None and target.estimated,
        None,
        {},
        {},
        target_splits,
        None,
        status,
        None,
        band=None if target is None else target.band,
    )


def document(plan: Plan, log_id: str, found: Results, refused: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Returns the results as the JSON document that `show --json` and `rehearse --json` print."""
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
                "target": each.target, "band": None if each.band is None else list(each.band),
                "estimated": each.estimated, "time": each.time, "splits": dict(each.splits),
                "recovery": each.recovery, "status": each.status, "by": each.by,
            }
            for name, each in result.athletes.items()
        },
    }  # fmt: skip
