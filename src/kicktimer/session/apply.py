"""`apply(state, event) -> state`: the one place where a session's state changes. Pure, and the same for live and replay.

`apply` trusts its events: `decide` and `advance` have checked them. What arrivals entail for a clock without an event of its
own (a last rep that is complete, a rep that runs again because its last tap was taken back) is settled here.
"""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch
from typing import TYPE_CHECKING

from kicktimer.errors import KicktimerError
from kicktimer.session import events as ev
from kicktimer.session import marks
from kicktimer.session.late import load_athlete, load_targets
from kicktimer.session.model import SOONEST_MS, Arrival, GroupState, Phase, Rating, Run, State, Undoable, mark_mm
from kicktimer.session.table import check

if TYPE_CHECKING:
    from collections.abc import Callable


def apply(state: State, event: ev.Event) -> State:
    """The state after `event`. Raises `KicktimerError` where the event does not fit (a log that was tampered with)."""
    try:
        after = _apply(event, replace(state, n=event.n, now=max(state.now, event.t)))
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise KicktimerError(f"fact {event.n} ({event.event}) does not fit what came before it: {error}") from error
    for name, group in after.groups.items():
        before = state.groups.get(name)
        if before is not None and before.phase is not group.phase:
            check(before.phase, event.event, group.phase)
    return after


@singledispatch
def _apply(event: ev.Event, state: State) -> State:  # noqa: ARG001 - the dispatched argument
    """Facts that change no state: bounces, resumptions, events of later versions."""
    return state


def _with(state: State, group: GroupState) -> State:
    return replace(state, groups={**state.groups, group.name: group})


def _set_run(group: GroupState, index: int, change: Callable[[Run], Run]) -> GroupState:
    runs = group.runs
    return replace(group, runs=(*runs[:index], change(runs[index]), *runs[index + 1 :]))


def _last_index(group: GroupState, rep: int | None = None) -> int:
    """Where the newest run that stands is, or the newest one of this rep. Raises `IndexError`."""
    for index in group.live_indexes(len(group.runs)):
        if rep is None or group.runs[index].rep.number == rep:
            return index
    raise IndexError(f"no such rep: {rep}")


def find_arrival(state: State, n: int) -> tuple[str, int, Arrival]:
    """The group, the index of the run and the arrival with fact number n. Raises `KeyError`."""
    for group in state.groups.values():
        for index in range(len(group.runs) - 1, -1, -1):
            for arrival in marks.arrivals(group.runs[index]):
                if arrival.n == n:
                    return group.name, index, arrival
    raise KeyError(n)


def _set_arrival(state: State, place: tuple[str, int], arrival: Arrival) -> State:
    """Puts the arrival into a run, in the place of the one with the same number."""
    name, index = place

    def change(run: Run) -> Run:
        if any(each.n == arrival.n for each in run.arrivals):
            return replace(run, arrivals=tuple(arrival if each.n == arrival.n else each for each in run.arrivals))
        return replace(run, arrivals=(*run.arrivals, arrival))

    return _with(state, _set_run(state.groups[name], index, change))


def _remember(
    before: State, after: State, event: ev.Event, kind: str, group: str, touched: tuple[tuple[str, int, Arrival], ...] = ()
) -> State:
    """Puts the step on the list for undo. Steps that touch arrivals alone need no copy of their group."""
    was = before.groups[group]
    moved = kind in ("close", "skip", "hold") or (kind == "drop" and _ended(before, group) != _ended(after, group))
    step = Undoable(event.n, kind, group, was.gos, touched, None if touched else was, moved, before.undoable)
    return replace(after, undoable=step)


def _ended(state: State, name: str) -> bool:
    """Whether the group's running rep is over for the clock."""
    group = state.groups[name]
    return bool(group.runs) and marks.complete(group.runs[-1], last=not group.rest_of_run)


def _settle(state: State, name: str) -> State:
    """Brings a group's phase in line with the arrivals of its running rep."""
    group = state.groups[name]
    index = len(group.runs) - 1
    if index < 0 or not group.runs[index].live or group.runs[index].skipped:
        return state
    run, last = group.runs[index], not group.rest_of_run
    done = marks.complete(run, last=last)
    if group.phase is Phase.RUNNING and done and (last or not group.present):
        group = replace(group, phase=Phase.DONE, go=None)
        group = _set_run(group, index, lambda each: replace(each, ended=state.now))
    elif group.phase is not Phase.RUNNING and not done and run.ended is not None and not _by_clock(run):
        group = replace(group, phase=Phase.RUNNING, go=go_of_clock(group, run))
        group = _set_run(group, index, lambda each: replace(each, ended=None, since=None))
    return _with(state, group)


def _by_clock(run: Run) -> bool:
    """Whether the rep was ended by its clock (target, duration), not by arrivals."""
    if run.rep.distance_mm is None:
        return True
    if not marks.by_target(run.rep) or run.ended is None:
        return False
    slowest = marks.slowest_target(run)
    return slowest is not None and run.ended >= slowest


def go_of_clock(group: GroupState, run: Run) -> int | None:
    """The next GO where it hangs on the running rep's GO alone (send-off, target, timed rep); None where it hangs on arrivals."""
    if run.started is None or not group.rest_of_run:
        return None
    rest = run.rep.rest
    if rest.kind == "send_off":
        return run.started + rest.ms
    if rest.kind == "ready":
        return None
    if run.rep.duration_ms is not None:
        return run.started + run.rep.duration_ms + rest.ms
    if rest.kind == "target":
        slowest = marks.slowest_target(run)
        return None if slowest is None else slowest + rest.ms
    return None


@_apply.register
def _(event: ev.CountdownStarted, state: State) -> State:
    group = replace(state.groups[event.group], phase=Phase.COUNTDOWN, go=event.go, countdown_at=None)
    state = _with(state, group)
    for name, at in event.then.items():
        state = _with(state, replace(state.groups[name], countdown_at=at))
    return state


@_apply.register
def _(event: ev.RepStarted, state: State) -> State:
    group = state.groups[event.group]
    rep = group.reps[group.next]
    present = group.present
    run = Run(
        rep, event.t, present,
        expected=marks.expectations(group, group.next, present),
        order=marks.finish_order(group.run, present),
    )  # fmt: skip
    if group.runs and group.runs[-1].live and group.runs[-1].ended is None:
        group = _set_run(group, len(group.runs) - 1, lambda each: replace(each, ended=event.t))
    group = replace(
        group, phase=Phase.RUNNING, next=group.next + 1, runs=(*group.runs, run), gos=group.gos + 1, go=None
    )
    group = replace(group, go=go_of_clock(group, run))
    return _settle(_with(state, group), event.group)


@_apply.register
def _(event: ev.Tapped, state: State) -> State:
    group = state.groups[event.group]
    index = _last_index(group, event.rep)
    mark = None if event.mark is None else mark_mm(group.runs[index].rep, event.mark)
    arrival = Arrival(event.n, event.t, event.athlete, mark, pressed=event.pressed)
    after = _settle(_set_arrival(state, (event.group, index), arrival), event.group)
    return _remember(state, after, event, "tap", event.group, ((event.group, index, replace(arrival, gone=True)),))


@_apply.register
def _(event: ev.Inserted, state: State) -> State:
    group = state.groups[event.group]
    index = _last_index(group, event.rep)
    mark = None if event.mark is None else mark_mm(group.runs[index].rep, event.mark)
    arrival = Arrival(event.n, event.at, event.athlete, mark, by="corrected")
    after = _settle(_set_arrival(state, (event.group, index), arrival), event.group)
    return _remember(state, after, event, "insert", event.group, ((event.group, index, replace(arrival, gone=True)),))


@_apply.register
def _(event: ev.Deleted, state: State) -> State:
    name, index, arrival = find_arrival(state, event.tap)
    after = _settle(_set_arrival(state, (name, index), replace(arrival, gone=True)), name)
    return _remember(state, after, event, "delete", name, ((name, index, arrival),))


@_apply.register
def _(event: ev.Assigned, state: State) -> State:
    name, index, arrival = find_arrival(state, event.tap)
    to = _last_index(state.groups[event.group], event.rep)
    mark = mark_mm(state.groups[event.group].runs[to].rep, event.mark)
    touched = [(name, index, arrival)]
    after = state
    loser = marks.named(state.groups[event.group].runs[to], event.athlete, mark)
    if loser is not None and loser.n != arrival.n:
        touched.append((event.group, to, loser))
        after = _set_arrival(after, (event.group, to), _nameless(loser))
    by = arrival.by if arrival.by == "corrected" else event.by
    new = replace(arrival, athlete=event.athlete, mark=mark, by=by)
    if (name, index) != (event.group, to):  # it leaves the run that it was in
        touched.append((event.group, to, replace(new, gone=True)))
        after = _with(after, _set_run(after.groups[name], index, lambda run: _without(run, arrival.n)))
    after = _set_arrival(after, (event.group, to), new)
    after = _settle(_settle(after, name), event.group)
    return after if event.by == "order" else _remember(state, after, event, "assign", event.group, tuple(touched))


def _without(run: Run, n: int) -> Run:
    return replace(run, arrivals=tuple(each for each in run.arrivals if each.n != n))


def _nameless(arrival: Arrival) -> Arrival:
    return replace(arrival, athlete=None, by="corrected" if arrival.by == "corrected" else "key")


@_apply.register
def _(event: ev.Unassigned, state: State) -> State:
    """Told apart for readers of the log; `assigned` has done it already where it came from there."""
    name, index, arrival = find_arrival(state, event.tap)
    if arrival.athlete is None:
        return state
    return _settle(_set_arrival(state, (name, index), _nameless(arrival)), name)


@_apply.register
def _(event: ev.Corrected, state: State) -> State:
    group = state.groups[event.group]
    index = _last_index(group, event.rep)
    mark = mark_mm(group.runs[index].rep, event.mark)

    def change(run: Run) -> Run:
        return replace(run, corrections={**run.corrections, (event.athlete, mark): event.time})

    after = _with(state, _set_run(group, index, change))
    return _remember(state, after, event, "correct", event.group)


@_apply.register
def _(event: ev.RepClosed, state: State) -> State:
    group = state.groups[event.group]
    index = _last_index(group, event.rep)
    if event.by == "coach":
        after = _with(state, _set_run(group, index, lambda run: replace(run, closed=event.t)))
        return _remember(state, _settle(after, event.group), event, "close", event.group)
    group = _set_run(group, index, lambda run: replace(run, ended=event.t))
    return _with(state, replace(group, phase=Phase.DONE, go=None))


@_apply.register
def _(event: ev.RecoveryStarted, state: State) -> State:
    group = state.groups[event.group]
    index = _last_index(group, event.rep)
    group = _set_run(group, index, lambda run: replace(run, ended=event.t, since=event.since))
    return _with(state, replace(group, phase=Phase.RECOVERING, go=event.go))


@_apply.register
def _(event: ev.RecoveryChanged, state: State) -> State:
    group = state.groups[event.group]
    group = _set_run(group, _last_index(group), lambda run: replace(run, since=event.since))
    return _with(state, replace(group, go=event.go))


@_apply.register
def _(event: ev.Held, state: State) -> State:
    after = _with(state, replace(state.groups[event.group], held=True))
    return _remember(state, after, event, "hold", event.group)


@_apply.register
def _(event: ev.Released, state: State) -> State:
    state = replace(state, undoable=_forget(state.undoable, "hold", event.group))
    return _with(state, replace(state.groups[event.group], held=False, go=event.go))


def _forget(step: Undoable | None, kind: str, group: str) -> Undoable | None:
    """The steps without the newest one of this kind: a hold that was released needs no undo."""
    newer: list[Undoable] = []
    while step is not None and (step.kind != kind or step.group != group):
        newer.append(step)
        step = step.older
    kept = step.older if step is not None else None
    for each in reversed(newer):
        kept = replace(each, older=kept)
    return kept


@_apply.register
def _(event: ev.Recalled, state: State) -> State:
    group = state.groups[event.group]
    index = _last_index(group, event.rep)
    group = _set_run(group, index, lambda run: replace(run, void=True))
    return _with(state, replace(group, phase=Phase.COUNTDOWN, next=group.next - 1, go=None))


@_apply.register
def _(event: ev.GoMoved, state: State) -> State:
    group = state.groups[event.group]
    index = _last_index(group, event.rep)
    group = _set_run(group, index, lambda run: replace(run, started=(run.started or 0) + event.ms))
    return _with(state, replace(group, go=event.go))


@_apply.register
def _(event: ev.Skipped, state: State) -> State:
    group = state.groups[event.group]
    if event.running:
        index = _last_index(group, event.rep)
        group = _set_run(group, index, lambda run: replace(run, skipped=True, ended=event.t, since=event.t))
        phase = Phase.RECOVERING if group.rest_of_run and group.present else Phase.DONE
        group = replace(group, phase=phase, go=event.go)
    else:
        skipped = Run(group.reps[group.next], None, group.present, skipped=True)
        group = replace(group, runs=(*group.runs, skipped), next=group.next + 1)
        if not group.rest_of_run:
            group = replace(group, phase=Phase.DONE, go=None, countdown_at=None)
    return _remember(state, _with(state, group), event, "skip", event.group)


@_apply.register
def _(event: ev.RepAdded, state: State) -> State:
    group = state.groups[event.group]
    rep = group.reps[-1]
    return _with(state, replace(group, reps=(*group.reps, replace(rep, number=rep.number + 1)), go=event.go))


@_apply.register
def _(event: ev.AthleteDropped, state: State) -> State:
    group = state.groups[event.group]
    group = replace(group, dropped=group.dropped | {event.athlete})
    if group.runs and group.runs[-1].live and _out_of(group.runs[-1], event.athlete):
        group = _set_run(group, len(group.runs) - 1, lambda run: replace(run, dropped=run.dropped | {event.athlete}))
    if group.phase is Phase.RUNNING and group.runs[-1].rep.rest.kind == "target" and group.go is not None:
        earlier = go_of_clock(group, group.runs[-1])  # the slowest target may have been this athlete's
        group = replace(group, go=group.go if earlier is None else max(earlier, event.t + SOONEST_MS))
    if not group.present and group.phase is not Phase.RUNNING:
        group = replace(group, phase=Phase.DONE, go=None, countdown_at=None)
    after = _settle(_with(state, group), event.group)
    return _remember(state, after, event, "drop", event.group)


def _out_of(run: Run, athlete: str) -> bool:
    """Whether the athlete is in this run and has not finished it."""
    finish = run.rep.distance_mm
    return athlete in run.present and (finish is None or marks.time_of(run, athlete, finish) is None)


@_apply.register
def _(event: ev.AthleteReturned, state: State) -> State:
    group = state.groups[event.group]
    after = _with(state, replace(group, dropped=group.dropped - {event.athlete}))
    return _remember(state, _wake(after, event.group), event, "return", event.group)


def _wake(state: State, name: str) -> State:
    """A group that was done because nobody was left waits for the coach's GO once somebody is there again."""
    group = state.groups[name]
    if group.phase is Phase.DONE and group.rest_of_run and group.present:
        return _with(state, replace(group, phase=Phase.RECOVERING if group.gos else Phase.READY, go=None))
    return state


@_apply.register
def _(event: ev.AthleteJoined, state: State) -> State:
    athlete = load_athlete(event.athlete)
    state = replace(state, athletes={**state.athletes, athlete.name: athlete})
    return _wake(_enter(state, athlete.name, event.group, event.targets), event.group)


@_apply.register
def _(event: ev.AthleteMoved, state: State) -> State:
    group = state.groups[event.group]
    group = replace(
        group,
        athletes=tuple(name for name in group.athletes if name != event.athlete),
        dropped=group.dropped - {event.athlete},
    )
    if not group.present and group.phase is not Phase.RUNNING:
        group = replace(group, phase=Phase.DONE, go=None, countdown_at=None)
    return _wake(_enter(_with(state, group), event.athlete, event.to, event.targets), event.to)


def _enter(state: State, athlete: str, name: str, targets: dict[str, object]) -> State:
    group, by_rep = state.groups[name], load_targets(targets)
    reps = tuple(
        replace(rep, targets={**rep.targets, athlete: by_rep[rep.number]}) if rep.number in by_rep else rep
        for rep in group.reps
    )
    return _with(state, replace(group, reps=reps, athletes=(*group.athletes, athlete)))


@_apply.register
def _(event: ev.Rated, state: State) -> State:
    rating = Rating(event.t, event.athlete, event.group, event.rep, event.relaxation, event.effort)
    return replace(state, ratings=(*state.ratings, rating))


@_apply.register
def _(event: ev.Noted, state: State) -> State:
    return replace(state, notes=(*state.notes, (event.t, event.text)))


@_apply.register
def _(event: ev.SessionEnded, state: State) -> State:
    return replace(state, ended=event.state)


@_apply.register
def _(event: ev.Undone, state: State) -> State:
    step = state.undoable
    if step is None or step.n != event.of:
        raise ValueError(f"{event.of} is not the newest step")
    after = replace(state, undoable=step.older)
    for name, index, arrival in reversed(step.arrivals):
        after = _set_arrival(after, (name, index), arrival)
    if step.before is not None:
        after = _with(after, _taken_back(after.groups[step.group], step, step.before, event.go))
    for name in dict.fromkeys([step.group, *(name for name, _, _ in step.arrivals)]):
        after = _settle(after, name)
    return after


def _taken_back(group: GroupState, step: Undoable, was: GroupState, go: int | None) -> GroupState:
    """What an undo gives back to a group besides arrivals. Steps are taken back newest first, so that what `was` holds of runs
    is still what stood before this step."""
    if step.kind in ("close", "correct", "drop"):
        runs = tuple(
            replace(run, closed=old.closed, dropped=old.dropped, corrections=old.corrections)
            for run, old in zip(group.runs, was.runs, strict=False)
        )
        group = replace(group, runs=(*runs, *group.runs[len(runs) :]))
    if step.kind in ("drop", "return"):
        group = replace(group, dropped=was.dropped)
    ends = Phase.DONE in (group.phase, was.phase) and was.phase is not Phase.RUNNING
    if step.kind in ("drop", "return") and ends and group.gos == was.gos and bool(group.present) == bool(was.present):
        group = replace(group, phase=was.phase, go=go, countdown_at=was.countdown_at)
    if step.kind == "hold":
        group = replace(group, held=False, go=go)
    if step.kind == "skip":
        runs = (*group.runs[: len(was.runs) - 1], was.runs[-1]) if len(was.runs) == len(group.runs) else group.runs[:-1]
        group = replace(group, runs=runs, next=was.next, go=go)
        if Phase.DONE is group.phase or was.phase is Phase.RUNNING:
            group = replace(group, phase=was.phase, countdown_at=was.countdown_at)
    return group
