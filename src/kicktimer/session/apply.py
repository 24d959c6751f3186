"""`apply(state, event) -> state`: the one place where a session's state changes.

Pure, and the same for live and replay.

`apply` trusts its events: `decide` and `advance` have checked them. What arrivals entail for a clock without an event
of its own (a last rep that is complete, a rep that runs again because its last tap was taken back) is settled here.
"""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch

from kicktimer.errors import KicktimerError
from kicktimer.session import arrivals
from kicktimer.session import events as ev
from kicktimer.session.late_joiners import load_athlete, load_targets
from kicktimer.session.state import (
    MIN_GO_NOTICE_MS,
    Arrival,
    ClockSnapshot,
    GroupState,
    Phase,
    Rating,
    Run,
    State,
    mark_mm,
)
from kicktimer.session.state_updates import (
    find_arrival,
    go_of_clock,
    last_index,
    nameless,
    set_arrival,
    set_run,
    settle,
    with_group,
)
from kicktimer.session.transition_table import check
from kicktimer.session.undo import forget, remember, take_back


def apply(state: State, event: ev.Event) -> State:
    """The state after `event`. Raises `KicktimerError` where the event does not fit (a log that was tampered with)."""
    try:
        after = _apply(event, replace(state, n=event.n, now=max(state.now, event.t)))
        for name, group in after.groups.items():
            if group is not state.groups.get(name):
                after = _checked(state, after, name, event)
    except (KeyError, IndexError, ValueError, AttributeError, OverflowError) as error:
        raise KicktimerError(f"fact {event.n} ({event.event}) does not fit what came before it: {error}") from error
    return after


def _checked(before: State, after: State, name: str, event: ev.Event) -> State:
    """Ends a group that is left empty, and checks a change of phase against the table. Raises `ValueError`.

    The log does not say where a command ends, so a command that exchanges the athletes of two groups leaves one of
    them empty in between. All facts of a command have the same `t`: the clock is kept for whoever enters at that `t`.
    """
    group, was = after.groups[name], before.groups.get(name)
    if not group.present and group.phase not in (Phase.RUNNING, Phase.DONE):
        emptied = ClockSnapshot(event.t, group.phase, group.go, group.countdown_at)
        group = replace(group, phase=Phase.DONE, go=None, countdown_at=None, emptied=emptied)
    elif group.phase is not Phase.DONE and group.emptied is not None:
        group = replace(group, emptied=None)
    if was is not None and was.phase is not group.phase:
        check(was.phase, event.event, group.phase)
    return with_group(after, group)


@singledispatch
def _apply(event: ev.Event, state: State) -> State:  # noqa: ARG001 - the dispatched argument
    """Facts that change no state: bounces, resumptions, events of later versions."""
    return state


@_apply.register(ev.CountdownStarted)
def _(event: ev.CountdownStarted, state: State) -> State:
    group = replace(state.groups[event.group], phase=Phase.COUNTDOWN, go=event.go, countdown_at=None)
    state = with_group(state, group)
    for name, at in event.then.items():
        state = with_group(state, replace(state.groups[name], countdown_at=at))
    return state


@_apply.register(ev.RepStarted)
def _(event: ev.RepStarted, state: State) -> State:
    group = state.groups[event.group]
    rep = group.reps[group.next]
    present = group.present
    run = Run(
        rep, event.t, present,
        absent=tuple(name for name in group.athletes if name in group.dropped),
        expected=arrivals.expectations(state, rep, present),
        order=arrivals.finish_order(group.run, present),
    )  # fmt: skip
    if group.runs and group.runs[-1].live and group.runs[-1].ended is None:
        group = set_run(group, len(group.runs) - 1, lambda each: replace(each, ended=event.t))
    group = replace(
        group, phase=Phase.RUNNING, next=group.next + 1, runs=(*group.runs, run), go_count=group.go_count + 1, go=None
    )
    group = replace(group, go=go_of_clock(group, run))
    return settle(with_group(state, group), event.group)


@_apply.register(ev.Tapped)
def _(event: ev.Tapped, state: State) -> State:
    group = state.groups[event.group]
    index = last_index(group, event.rep)
    mark = None if event.mark is None else mark_mm(group.runs[index].rep, event.mark)
    arrival = Arrival(event.n, event.t, event.athlete, mark, pressed=event.pressed)
    after = settle(set_arrival(state, (event.group, index), arrival), event.group)
    return remember(
        state,
        after,
        event,
        kind="tap",
        group=event.group,
        arrivals=((event.group, index, replace(arrival, gone=True)),),
    )


@_apply.register(ev.Inserted)
def _(event: ev.Inserted, state: State) -> State:
    group = state.groups[event.group]
    index = last_index(group, event.rep)
    mark = None if event.mark is None else mark_mm(group.runs[index].rep, event.mark)
    arrival = Arrival(event.n, event.at, event.athlete, mark, by="corrected")
    after = settle(set_arrival(state, (event.group, index), arrival), event.group)
    return remember(
        state,
        after,
        event,
        kind="insert",
        group=event.group,
        arrivals=((event.group, index, replace(arrival, gone=True)),),
    )


@_apply.register(ev.Deleted)
def _(event: ev.Deleted, state: State) -> State:
    name, index, arrival = find_arrival(state, event.tap)
    after = settle(set_arrival(state, (name, index), replace(arrival, gone=True)), name)
    return remember(state, after, event, kind="delete", group=name, arrivals=((name, index, arrival),))


@_apply.register(ev.Assigned)
def _(event: ev.Assigned, state: State) -> State:
    name, index, arrival = find_arrival(state, event.tap)
    to = last_index(state.groups[event.group], event.rep)
    mark = mark_mm(state.groups[event.group].runs[to].rep, event.mark)
    touched = [(name, index, arrival)]
    after = state
    loser = arrivals.named(state.groups[event.group].runs[to], event.athlete, mark)
    if loser is not None and loser.n != arrival.n:
        touched.append((event.group, to, loser))
        after = set_arrival(after, (event.group, to), nameless(loser))
    by = arrival.by if arrival.by == "corrected" else event.by
    new = replace(arrival, athlete=event.athlete, mark=mark, by=by)
    if (name, index) != (event.group, to):  # it leaves the run that it was in
        touched.append((event.group, to, replace(new, gone=True)))
        after = with_group(after, set_run(after.groups[name], index, lambda run: _without(run, arrival.n)))
    after = set_arrival(after, (event.group, to), new)
    after = settle(settle(after, name), event.group)
    return (
        after
        if event.by == "order"
        else remember(state, after, event, kind="assign", group=event.group, arrivals=touched)
    )


def _without(run: Run, n: int) -> Run:
    return replace(run, arrivals=tuple(each for each in run.arrivals if each.n != n))


@_apply.register(ev.Unassigned)
def _(event: ev.Unassigned, state: State) -> State:
    """Told apart for readers of the log; `assigned` has done it already where it came from there."""
    name, index, arrival = find_arrival(state, event.tap)
    if arrival.athlete is None:
        return state
    return settle(set_arrival(state, (name, index), nameless(arrival)), name)


@_apply.register(ev.Corrected)
def _(event: ev.Corrected, state: State) -> State:
    group = state.groups[event.group]
    index = last_index(group, event.rep)
    mark = mark_mm(group.runs[index].rep, event.mark)

    def change(run: Run) -> Run:
        return replace(run, corrections={**run.corrections, (event.athlete, mark): event.time})

    after = with_group(state, set_run(group, index, change))
    return remember(
        state, after, event, kind="correct", group=event.group, runs=((event.group, index, group.runs[index]),)
    )


@_apply.register(ev.RepClosed)
def _(event: ev.RepClosed, state: State) -> State:
    group = state.groups[event.group]
    index = last_index(group, event.rep)
    if event.by == "coach":
        after = settle(with_group(state, set_run(group, index, lambda run: replace(run, closed=event.t))), event.group)
        return remember(
            state, after, event, kind="close", group=event.group, runs=((event.group, index, group.runs[index]),)
        )
    group = set_run(group, index, lambda run: replace(run, ended=event.t, by_clock=True))
    return with_group(state, replace(group, phase=Phase.DONE, go=None))


@_apply.register(ev.RecoveryStarted)
def _(event: ev.RecoveryStarted, state: State) -> State:
    group = state.groups[event.group]
    index = last_index(group, event.rep)
    by_clock = not arrivals.complete(group.runs[index], last=False)  # its arrivals would not have ended it
    group = set_run(group, index, lambda run: replace(run, ended=event.t, since=event.since, by_clock=by_clock))
    return with_group(state, replace(group, phase=Phase.RECOVERING, go=event.go))


@_apply.register(ev.RecoveryChanged)
def _(event: ev.RecoveryChanged, state: State) -> State:
    group = state.groups[event.group]
    group = set_run(group, last_index(group), lambda run: replace(run, since=event.since))
    return with_group(state, replace(group, go=event.go))


@_apply.register(ev.Held)
def _(event: ev.Held, state: State) -> State:
    after = with_group(state, replace(state.groups[event.group], held=True))
    return remember(state, after, event, kind="hold", group=event.group)


@_apply.register(ev.Released)
def _(event: ev.Released, state: State) -> State:
    group = state.groups[event.group]
    if group.held:
        state = replace(state, undoable=forget(state.undoable, "hold", event.group))
    return with_group(state, replace(group, held=False, go=event.go))


@_apply.register(ev.Recalled)
def _(event: ev.Recalled, state: State) -> State:
    group = state.groups[event.group]
    index = last_index(group, event.rep)
    group = set_run(group, index, lambda run: replace(run, void=True))
    return with_group(state, replace(group, phase=Phase.COUNTDOWN, next=group.next - 1, go=event.go))


@_apply.register(ev.GoMoved)
def _(event: ev.GoMoved, state: State) -> State:
    group = state.groups[event.group]
    index = last_index(group, event.rep)
    group = set_run(group, index, lambda run: replace(run, started=(run.started or 0) + event.ms))
    return with_group(state, replace(group, go=event.go))


@_apply.register(ev.Skipped)
def _(event: ev.Skipped, state: State) -> State:
    group = state.groups[event.group]
    if event.running:
        index = last_index(group, event.rep)
        group = set_run(group, index, lambda run: replace(run, skipped=True, ended=event.t, since=event.t))
        phase = Phase.RECOVERING if group.has_next_rep else Phase.DONE
        group = replace(group, phase=phase, go=event.go)
    else:
        absent = tuple(name for name in group.athletes if name in group.dropped)
        skipped = Run(group.reps[group.next], None, group.present, absent, skipped=True)
        group = replace(group, runs=(*group.runs, skipped), next=group.next + 1)
        if not group.has_next_rep:
            group = replace(group, phase=Phase.DONE, go=None, countdown_at=None)
    return remember(state, with_group(state, group), event, kind="skip", group=event.group)


@_apply.register(ev.RepAdded)
def _(event: ev.RepAdded, state: State) -> State:
    group = state.groups[event.group]
    rep = group.reps[-1]
    return with_group(state, replace(group, reps=(*group.reps, replace(rep, number=rep.number + 1)), go=event.go))


@_apply.register(ev.AthleteDropped)
def _(event: ev.AthleteDropped, state: State) -> State:
    group = state.groups[event.group]
    after = with_group(state, replace(group, dropped=group.dropped | {event.athlete}))
    runs = []
    for name in after.groups:  # who has moved may be out in a rep of the old group still
        group = after.groups[name]
        if group.runs and _out_of(group.runs[-1], event.athlete):
            index = len(group.runs) - 1
            runs.append((name, index, group.runs[index]))
            group = set_run(group, index, lambda run: replace(run, dropped=run.dropped | {event.athlete}))
            if group.phase is Phase.RUNNING and group.runs[-1].rep.rest.kind == "target" and group.go is not None:
                earlier = go_of_clock(group, group.runs[-1])  # the slowest target may have been this athlete's
                soonest = min(group.go, event.t + MIN_GO_NOTICE_MS)
                group = replace(group, go=group.go if earlier is None else max(earlier, soonest))
            after = settle(with_group(after, group), name)
    return remember(state, after, event, kind="drop", group=event.group, runs=runs, athlete=event.athlete)


def _out_of(run: Run, athlete: str) -> bool:
    """Whether the athlete is still out in this run. In a rep that everybody is in from, or that is over, nobody is."""
    if not run.live or athlete not in run.present or athlete in run.dropped:
        return False
    finish = run.rep.distance_mm
    if finish is None or (run.by_clock and arrivals.untouched(run)):
        return run.ended is None
    return arrivals.time_of(run, athlete, finish) is None and (arrivals.out(run) > 0 or run.closed is not None)


@_apply.register(ev.AthleteReturned)
def _(event: ev.AthleteReturned, state: State) -> State:
    group = state.groups[event.group]
    after = with_group(state, replace(group, dropped=group.dropped - {event.athlete}))
    after = _reopen(after, event.group, event.t)
    return remember(state, after, event, kind="return", group=event.group, athlete=event.athlete)


def _reopen(state: State, name: str, t: int) -> State:
    """Reopens a group that had ended because it was empty, now that somebody has entered it at `t`.

    Its clock goes on as it was if the group was left empty at the same `t`; otherwise it waits for the coach's GO.
    """
    group = state.groups[name]
    if group.phase is not Phase.DONE or not group.has_next_rep or not group.present:
        return state
    kept = group.emptied
    if kept is not None and kept.t == t:
        group = replace(group, phase=kept.phase, go=kept.go, countdown_at=kept.countdown_at)
    else:
        group = replace(group, phase=Phase.RECOVERING if group.go_count else Phase.READY, go=None)
    return with_group(state, group)


@_apply.register(ev.AthleteJoined)
def _(event: ev.AthleteJoined, state: State) -> State:
    athlete = load_athlete(event.athlete)
    state = replace(state, athletes={**state.athletes, athlete.name: athlete})
    if event.group not in state.groups:  # `recovery_from: own`: everybody is a group
        like = state.groups[event.like]
        reps = tuple(replace(rep, targets={}) for rep in like.reps)
        alone = GroupState(event.group, reps, (), like.countdown_ms, like.start_after_ms, like.caller)
        state = with_group(state, alone)
    return _reopen(_enter(state, athlete.name, event.group, event.targets), event.group, event.t)


@_apply.register(ev.AthleteMoved)
def _(event: ev.AthleteMoved, state: State) -> State:
    group = state.groups[event.group]
    group = replace(
        group,
        athletes=tuple(name for name in group.athletes if name != event.athlete),
        dropped=group.dropped - {event.athlete},
    )
    return _reopen(_enter(with_group(state, group), event.athlete, event.to, event.targets), event.to, event.t)


def _enter(state: State, athlete: str, name: str, targets: dict[str, object]) -> State:
    group, by_rep = state.groups[name], load_targets(targets)
    reps = tuple(
        replace(rep, targets={**rep.targets, athlete: by_rep[rep.number]}) if rep.number in by_rep else rep
        for rep in group.reps
    )
    return with_group(state, replace(group, reps=reps, athletes=(*group.athletes, athlete)))


@_apply.register(ev.Rated)
def _(event: ev.Rated, state: State) -> State:
    rating = Rating(event.t, event.athlete, event.group, event.rep, event.relaxation, event.effort)
    return replace(state, ratings=(*state.ratings, rating))


@_apply.register(ev.Noted)
def _(event: ev.Noted, state: State) -> State:
    return replace(state, notes=(*state.notes, (event.t, event.text)))


@_apply.register(ev.SessionEnded)
def _(event: ev.SessionEnded, state: State) -> State:
    return replace(state, ended=event.state)


@_apply.register(ev.Undone)
def _(event: ev.Undone, state: State) -> State:
    return take_back(event, state)
