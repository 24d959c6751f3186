"""`apply(state, event)`: returns the state after an event. Only this module changes a session's state.

It is pure, so a replayed log gives the same state as the live session. It trusts its events: `decide` and `advance`
have checked them. Arrivals can change a group's phase without an event for that: a last rep becomes complete, or a rep
runs again because its last arrival was taken back. `settle_phase` does this after every event about arrivals.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from kicktimer.errors import KicktimerError
from kicktimer.session import arrivals
from kicktimer.session import events as ev
from kicktimer.session.early_arrivals import judge_again
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
    find_run_index,
    go_without_arrivals,
    move_go,
    set_arrival,
    set_run,
    settle_phase,
    with_group,
    without_name,
)
from kicktimer.session.transition_table import check_change
from kicktimer.session.undo import follow_commands, record_step, redo_step, undo_step


def apply(state: State, event: ev.AnyEvent) -> State:
    """Returns the state after `event`. Raises `KicktimerError` if the event does not fit the state (a changed log)."""
    try:
        after = _apply(event, replace(state, n=event.n, now=max(state.now, event.t)))
        after = follow_commands(state, after, event)
        for name, group in after.groups.items():
            if group is not state.groups.get(name):
                after = _finish_group_change(state, after, name, event)
    except (KeyError, IndexError, ValueError, AttributeError, OverflowError) as error:
        raise KicktimerError(f"fact {event.n} ({event.event}) does not fit what came before it: {error}") from error
    return after


def _finish_group_change(before: State, after: State, name: str, event: ev.AnyEvent) -> State:
    """Ends a group that is left empty, and raises `ValueError` for a change of phase that is not in the table.

    The log does not say where a command ends, and a command that exchanges athletes between two groups leaves one of
    them empty in between. All facts of a command have the same `t`, so the clock is kept for an athlete who enters the
    group at this `t`. A group that is left empty during a rep runs on without a GO; for an athlete who enters it later,
    GO comes after the shortest notice at the earliest.
    """
    group, was = after.groups[name], before.groups.get(name)
    emptied = ClockSnapshot(event.t, group.phase, group.go, group.countdown_at)
    if not group.present:
        if group.phase is Phase.RUNNING:
            group = group if group.emptied is not None else replace(group, emptied=emptied)
        elif group.phase is not Phase.DONE:
            group = replace(group, phase=Phase.DONE, go=None, countdown_at=None, emptied=emptied)
    elif group.phase is not Phase.DONE and group.emptied is not None:
        late = group.phase is Phase.RUNNING and group.go is not None and group.emptied.t != event.t
        go = max(group.go or 0, event.t + MIN_GO_NOTICE_MS) if late else group.go
        group = replace(group, go=go, emptied=None)
    if was is not None and was.phase is not group.phase:
        check_change(was.phase, event.event, group.phase)
    return with_group(after, group)


def _apply(event: ev.AnyEvent, state: State) -> State:
    """Calls the function that applies this kind of event. A kind without one is a type error."""
    match event:
        case ev.CountdownStarted():
            return _apply_countdown_started(event, state)
        case ev.RepStarted():
            return _apply_rep_started(event, state)
        case ev.Tapped():
            return _apply_tapped(event, state)
        case ev.Inserted():
            return _apply_inserted(event, state)
        case ev.Deleted():
            return _apply_deleted(event, state)
        case ev.Assigned():
            return _apply_assigned(event, state)
        case ev.Unassigned():
            return _apply_unassigned(event, state)
        case ev.Corrected():
            return _apply_corrected(event, state)
        case ev.RepClosed():
            return _apply_rep_closed(event, state)
        case ev.RecoveryStarted():
            return _apply_recovery_started(event, state)
        case ev.RecoveryChanged():
            return _apply_recovery_changed(event, state)
        case ev.Held():
            return _apply_held(event, state)
        case ev.Released():
            return _apply_released(event, state)
        case ev.Recalled():
            return _apply_recalled(event, state)
        case ev.GoMoved():
            return _apply_go_moved(event, state)
        case ev.Skipped():
            return _apply_skipped(event, state)
        case ev.RepAdded():
            return _apply_rep_added(event, state)
        case ev.AthleteDropped():
            return _apply_athlete_dropped(event, state)
        case ev.AthleteReturned():
            return _apply_athlete_returned(event, state)
        case ev.AthleteJoined():
            return _apply_athlete_joined(event, state)
        case ev.AthleteMoved():
            return _apply_athlete_moved(event, state)
        case ev.Rated():
            return _apply_rated(event, state)
        case ev.Noted():
            return _apply_noted(event, state)
        case ev.SessionEnded():
            return _apply_session_ended(event, state)
        case ev.Undone():
            return undo_step(event, state)
        case ev.Redone():
            return redo_step(event, state)
        case ev.Bounced() | ev.Resumed() | ev.Unknown():
            return state
        case _:
            assert_never(event)


def _apply_countdown_started(event: ev.CountdownStarted, state: State) -> State:
    group = replace(state.groups[event.group], phase=Phase.COUNTDOWN, go=event.go, countdown_at=None)
    state = with_group(state, group)
    for name, at in event.then.items():
        state = with_group(state, replace(state.groups[name], countdown_at=at))
    return state


def _apply_rep_started(event: ev.RepStarted, state: State) -> State:
    group = state.groups[event.group]
    rep = group.reps[group.next_index]
    present = group.present
    run = Run(
        rep, event.t, present,
        absent=tuple(name for name in group.athletes if name in group.dropped),
        expected=arrivals.expected_times(state, rep, present),
        usual=arrivals.expected_times(state, rep, present, same_distance=True),
        order=arrivals.finish_order(group.newest_run, present),
    )  # fmt: skip
    if group.runs and group.runs[-1].is_valid and group.runs[-1].ended is None:
        group = set_run(group, len(group.runs) - 1, lambda each: replace(each, ended=event.t))
    group = replace(
        group,
        phase=Phase.RUNNING,
        next_index=group.next_index + 1,
        runs=(*group.runs, run),
        go_count=group.go_count + 1,
        go=None,
    )
    group = replace(group, go=go_without_arrivals(group, run))
    return settle_phase(with_group(state, group), event.group)


def _apply_tapped(event: ev.Tapped, state: State) -> State:
    arrival = Arrival(event.n, event.t, event.athlete, None, pressed=event.pressed, early=event.early)
    return _add_arrival(state, event, arrival, kind="tap")


def _apply_inserted(event: ev.Inserted, state: State) -> State:
    arrival = Arrival(event.n, event.at, event.athlete, None, by="corrected")
    return _add_arrival(state, event, arrival, kind="insert")


def _add_arrival(state: State, event: ev.Tapped | ev.Inserted, arrival: Arrival, *, kind: str) -> State:
    """Adds the arrival to the event's rep, at the event's mark, as a step that undo can take back."""
    group = state.groups[event.group]
    index = find_run_index(group, event.rep)
    if event.mark is not None:
        arrival = replace(arrival, mark=mark_mm(group.runs[index].rep, event.mark))
    after = settle_phase(set_arrival(state, (event.group, index), arrival), event.group)
    removed = (event.group, index, replace(arrival, removed=True))
    return record_step(state, after, event, kind=kind, group=event.group, arrivals=(removed,))


def _apply_deleted(event: ev.Deleted, state: State) -> State:
    name, index, arrival = find_arrival(state, event.tap)
    after = settle_phase(set_arrival(state, (name, index), replace(arrival, removed=True)), name)
    return record_step(state, after, event, kind="delete", group=name, arrivals=((name, index, arrival),))


def _apply_assigned(event: ev.Assigned, state: State) -> State:
    name, index, arrival = find_arrival(state, event.tap)
    new_index = find_run_index(state.groups[event.group], event.rep)
    new_run = state.groups[event.group].runs[new_index]
    mark = mark_mm(new_run.rep, event.mark)
    restored = [(name, index, arrival)]  # what undo puts back
    after = state
    displaced = arrivals.find_named(new_run, event.athlete, mark)
    if displaced is not None and displaced.n != arrival.n:
        restored.append((event.group, new_index, displaced))
        after = set_arrival(after, (event.group, new_index), without_name(displaced))
    by = arrival.by if arrival.by == "corrected" else event.by
    named = replace(arrival, athlete=event.athlete, mark=mark, by=by, unassigned_at=None)
    if (name, index) != (event.group, new_index):  # the arrival moves to another run
        restored.append((event.group, new_index, replace(named, removed=True)))
        after = with_group(after, set_run(after.groups[name], index, lambda run: _without(run, arrival.n)))
    after = set_arrival(after, (event.group, new_index), named)
    if event.athlete in new_run.absent:
        after = with_group(after, set_run(after.groups[event.group], new_index, lambda run: _with_dropped(run, named)))
    after = settle_phase(settle_phase(after, name), event.group)
    if event.by == "order":  # no command of the coach, so no step for undo
        return after
    return record_step(state, after, event, kind="assign", group=event.group, arrivals=restored)


def _without(run: Run, n: int) -> Run:
    return replace(run, arrivals=tuple(each for each in run.arrivals if each.n != n))


def _with_dropped(run: Run, named: Arrival) -> Run:
    """Returns the run with the arrival's athlete, who was absent at GO, as one who dropped out and has a time."""
    who = str(named.athlete)
    absent = tuple(name for name in run.absent if name != who)
    return replace(run, present=(*run.present, who), absent=absent, dropped=run.dropped | {who})


def _apply_unassigned(event: ev.Unassigned, state: State) -> State:
    """Takes the name from an arrival. After an `assigned` event this has been done already, and nothing changes."""
    name, index, arrival = find_arrival(state, event.tap)
    if arrival.athlete is None:
        return state
    by_undo = event.of is not None
    nameless = replace(without_name(arrival), unassigned_at=None if by_undo else event.t)
    after = settle_phase(set_arrival(state, (name, index), nameless), name)
    if by_undo:  # no step for undo
        return after
    return record_step(state, after, event, kind="unassign", group=name, arrivals=((name, index, arrival),))


def _apply_corrected(event: ev.Corrected, state: State) -> State:
    group = state.groups[event.group]
    index = find_run_index(group, event.rep)
    mark = mark_mm(group.runs[index].rep, event.mark)

    def change(run: Run) -> Run:
        return replace(run, corrections={**run.corrections, (event.athlete, mark): event.time})

    after = with_group(state, set_run(group, index, change))
    return record_step(
        state, after, event, kind="correct", group=event.group, runs=((event.group, index, group.runs[index]),)
    )


def _apply_rep_closed(event: ev.RepClosed, state: State) -> State:
    group = state.groups[event.group]
    index = find_run_index(group, event.rep)
    if event.by == "coach":
        after = settle_phase(
            with_group(state, set_run(group, index, lambda run: replace(run, closed=event.t))), event.group
        )
        return record_step(
            state, after, event, kind="close", group=event.group, runs=((event.group, index, group.runs[index]),)
        )
    group = set_run(group, index, lambda run: replace(run, ended=event.t, ended_by_clock=True))
    return with_group(state, replace(group, phase=Phase.DONE, go=None))


def _apply_recovery_started(event: ev.RecoveryStarted, state: State) -> State:
    group = state.groups[event.group]
    index = find_run_index(group, event.rep)
    ended_by_clock = not arrivals.is_complete(group.runs[index], last=False)  # its arrivals alone would not end it
    group = set_run(
        group, index, lambda run: replace(run, ended=event.t, recovery_since=event.since, ended_by_clock=ended_by_clock)
    )
    return with_group(state, replace(group, phase=Phase.RECOVERING, go=event.go))


def _apply_recovery_changed(event: ev.RecoveryChanged, state: State) -> State:
    group = state.groups[event.group]
    group = set_run(group, find_run_index(group), lambda run: replace(run, recovery_since=event.since))
    return with_group(state, move_go(group, event.go))


def _apply_held(event: ev.Held, state: State) -> State:
    after = with_group(state, replace(state.groups[event.group], held=True))
    if event.by == "gap":  # no command of the coach, so no step for undo
        return after
    return record_step(state, after, event, kind="hold", group=event.group)


def _apply_released(event: ev.Released, state: State) -> State:
    group = state.groups[event.group]
    if group.held:
        group = replace(group, held=False, undo_closed_n=event.n)
    return with_group(state, move_go(group, event.go))


def _apply_recalled(event: ev.Recalled, state: State) -> State:
    group = state.groups[event.group]
    index = find_run_index(group, event.rep)
    group = set_run(group, index, lambda run: replace(run, recalled=True))
    group = replace(group, next_index=group.next_index - 1, undo_closed_n=event.n)
    return with_group(state, replace(group, phase=Phase.COUNTDOWN, go=event.go))


def _apply_go_moved(event: ev.GoMoved, state: State) -> State:
    group = state.groups[event.group]
    index = find_run_index(group, event.rep)
    group = set_run(group, index, lambda run: _with_moved_start(run, event))
    group = judge_again(group, index)
    return settle_phase(with_group(state, move_go(group, event.go)), event.group)


def _with_moved_start(run: Run, event: ev.GoMoved) -> Run:
    """Returns the run with its GO moved. The recovery after a rep by time is measured from GO, so it moves too."""
    since = run.recovery_since
    if since is not None and run.rep.duration_ms is not None and run.closed is None:
        since = min(since + event.ms, event.t)
    return replace(run, started=(run.started or 0) + event.ms, moved_go=None, recovery_since=since)


def _apply_skipped(event: ev.Skipped, state: State) -> State:
    group = state.groups[event.group]
    if event.running:
        index = find_run_index(group, event.rep)
        group = set_run(group, index, lambda run: replace(run, skipped=True, ended=event.t, recovery_since=event.t))
        phase = Phase.RECOVERING if group.has_next_rep else Phase.DONE
        group = replace(group, phase=phase, go=event.go)
    else:
        absent = tuple(name for name in group.athletes if name in group.dropped)
        skipped = Run(group.reps[group.next_index], None, group.present, absent, skipped=True)
        group = replace(group, runs=(*group.runs, skipped), next_index=group.next_index + 1)
        if not group.has_next_rep:
            group = replace(group, phase=Phase.DONE, go=None, countdown_at=None)
    return record_step(state, with_group(state, group), event, kind="skip", group=event.group)


def _apply_rep_added(event: ev.RepAdded, state: State) -> State:
    group = state.groups[event.group]
    rep = group.reps[-1]
    group = replace(group, reps=(*group.reps, replace(rep, number=rep.number + 1)))
    return with_group(state, move_go(group, event.go) if event.go != group.go else group)


def _apply_athlete_dropped(event: ev.AthleteDropped, state: State) -> State:
    group = state.groups[event.group]
    after = with_group(state, replace(group, dropped=group.dropped | {event.athlete}))
    runs = []
    for name in after.groups:  # an athlete who has moved may still be out in a rep of the old group
        group = after.groups[name]
        if group.runs and _is_out(group.runs[-1], event.athlete):
            index = len(group.runs) - 1
            runs.append((name, index, group.runs[index]))
            group = set_run(group, index, lambda run: replace(run, dropped=run.dropped | {event.athlete}))
            if group.phase is Phase.RUNNING and group.runs[-1].rep.rest.kind == "target" and group.go is not None:
                earlier = go_without_arrivals(group, group.runs[-1])  # the slowest target may have been this athlete's
                soonest = min(group.go, event.t + MIN_GO_NOTICE_MS)
                group = replace(group, go=group.go if earlier is None else max(earlier, soonest))
            after = settle_phase(with_group(after, group), name)
    return record_step(state, after, event, kind="drop", group=event.group, runs=runs, athlete=event.athlete)


def _is_out(run: Run, athlete: str) -> bool:
    """Whether the athlete still has to finish this run. Nobody has to once all have finished or the rep is over."""
    if not run.is_valid or athlete not in run.present or athlete in run.dropped:
        return False
    finish = run.rep.distance_mm
    if finish is None or (run.ended_by_clock and arrivals.has_no_times(run)):
        return run.ended is None
    return arrivals.time_of(run, athlete, finish) is None and (arrivals.count_out(run) > 0 or run.closed is not None)


def _apply_athlete_returned(event: ev.AthleteReturned, state: State) -> State:
    group = state.groups[event.group]
    after = with_group(state, replace(group, dropped=group.dropped - {event.athlete}))
    after = _reopen(after, event.group, event.t)
    return record_step(state, after, event, kind="return", group=event.group, athlete=event.athlete)


def _reopen(state: State, name: str, t: int) -> State:
    """Reopens a group that was done because it was empty, after an athlete has entered it at `t`.

    Its clock continues as it was if the group was left empty at the same `t`; otherwise it waits for the coach's GO.
    """
    group = state.groups[name]
    if group.phase is not Phase.DONE or not group.has_next_rep or not group.present:
        return state
    kept = group.emptied
    if kept is not None and kept.t == t and kept.phase is not Phase.RUNNING:
        group = replace(group, phase=kept.phase, go=kept.go, countdown_at=kept.countdown_at)
    else:
        group = replace(group, phase=Phase.RECOVERING if group.go_count else Phase.READY, go=None)
    return with_group(state, group)


def _apply_athlete_joined(event: ev.AthleteJoined, state: State) -> State:
    athlete = load_athlete(event.athlete)
    state = replace(state, athletes={**state.athletes, athlete.name: athlete})
    if event.group not in state.groups:  # `recovery_from: own`: each athlete is a group
        like = state.groups[event.like]
        reps = tuple(replace(rep, targets={}) for rep in like.reps)
        new = GroupState(event.group, reps, (), like.countdown_ms, like.start_after_ms, like.caller)
        state = with_group(state, new)
    return _reopen(_enter(state, athlete.name, event.group, event.targets), event.group, event.t)


def _apply_athlete_moved(event: ev.AthleteMoved, state: State) -> State:
    group = state.groups[event.group]
    group = replace(
        group,
        athletes=tuple(name for name in group.athletes if name != event.athlete),
        dropped=group.dropped - {event.athlete},
    )
    return _reopen(_enter(with_group(state, group), event.athlete, event.to, event.targets), event.to, event.t)


def _enter(state: State, athlete: str, name: str, targets: dict[str, object]) -> State:
    """Adds the athlete to the group `name`, with targets as in the event."""
    group, by_rep = state.groups[name], load_targets(targets)
    reps = tuple(
        replace(rep, targets={**rep.targets, athlete: by_rep[rep.number]}) if rep.number in by_rep else rep
        for rep in group.reps
    )
    return with_group(state, replace(group, reps=reps, athletes=(*group.athletes, athlete)))


def _apply_rated(event: ev.Rated, state: State) -> State:
    rating = Rating(event.t, event.athlete, event.group, event.rep, event.relaxation, event.effort)
    return replace(state, ratings=state.ratings.add(rating))


def _apply_noted(event: ev.Noted, state: State) -> State:
    return replace(state, notes=state.notes.add((event.t, event.text)))


def _apply_session_ended(event: ev.SessionEnded, state: State) -> State:
    return replace(state, ended=event.state)
