"""`decide(state, command)`: what a command brings about, or why it is refused. Pure; the state has been advanced to `command.t`.

Which commands are legal in which phase stands in `table.LEGAL`; what more they need stands here.
"""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch
from typing import TYPE_CHECKING

from kicktimer.errors import KicktimerError
from kicktimer.session import commands as do
from kicktimer.session import events as ev
from kicktimer.session import marks
from kicktimer.session.apply import find_arrival, go_of_clock
from kicktimer.session.late import dump_athlete, dump_targets, parse_entry
from kicktimer.session.model import SOONEST_MS, Arrival, GroupState, Phase, Run, State, mark_mm, mark_name
from kicktimer.session.story import Outcome, Refusal, Story
from kicktimer.session.table import LEGAL

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_REPS = 500
MOST_ATHLETES = 36

_OF_A_GROUP = ("close", "hold", "release", "adjust", "recall", "late_start", "skip", "add")


class _RefusedError(Exception):
    """Ends a decision; never leaves this module."""


def decide(state: State, command: do.AnyCommand) -> Outcome | Refusal:
    """The facts that follow from the command and the state after them, or a refusal, which changes nothing."""
    story = Story(state)
    try:
        if state.ended is not None:
            raise _RefusedError("the session is over")
        if command.group is not None and command.group not in state.groups:
            raise _RefusedError(f"there is no group {command.group}")
        if command.do in _OF_A_GROUP:
            group = _group(state, command)
            phases, reason = LEGAL[command.do]
            if group.phase not in phases:
                raise _RefusedError(reason)
        _decide(command, story)
    except _RefusedError as refused:
        return Refusal(str(refused))
    return story.outcome()


@singledispatch
def _decide(command: do.AnyCommand, story: Story) -> None:
    raise TypeError(f"{command!r} for {story!r}")


def _group(state: State, command: do.Command) -> GroupState:
    """The group that a command is for: the named one, or the only one."""
    if command.group is not None:
        return state.groups[command.group]
    if len(state.groups) > 1:
        raise _RefusedError("which group?")
    return next(iter(state.groups.values()))


def _running(group: GroupState) -> Run:
    run = group.runs[-1] if group.runs else None
    if run is None or not run.live:
        raise _RefusedError("no rep runs")
    return run


def _group_of(state: State, athlete: str) -> GroupState:
    if athlete not in state.athletes:
        raise _RefusedError(f"there is no athlete {athlete}")
    return state.group_of(athlete)


def _arrival(state: State, n: int) -> tuple[str, int, Arrival]:
    try:
        return find_arrival(state, n)
    except KeyError:
        raise _RefusedError(f"fact {n} is no arrival") from None


def _countdown(story: Story, group: GroupState, t: int, go: int, then: Mapping[str, int] | None = None) -> None:
    story.tell(ev.CountdownStarted(t=t, group=group.name, go=go, then=dict(then or {})))


@_decide.register
def _(command: do.Start, story: Story) -> None:
    state, t = story.state, command.t
    if command.group is not None or len(state.groups) == 1:
        group = _group(state, command)
        if group.phase is not Phase.READY:
            raise _RefusedError(LEGAL["start"][1])
        _countdown(story, group, t, t + group.countdown_ms)
        return
    ready = [group for group in state.groups.values() if group.phase is Phase.READY]
    if not ready:
        raise _RefusedError("every group has been started")
    first, *others = ready
    then = {group.name: t + first.countdown_ms + group.start_after_ms - group.countdown_ms for group in others}
    soon = {name: at for name, at in then.items() if at > t}
    _countdown(story, first, t, t + first.countdown_ms, soon)
    for group in others:
        if group.name not in soon:
            _countdown(story, group, t, t + first.countdown_ms + group.start_after_ms)


@_decide.register
def _(command: do.Tap, story: Story) -> None:
    state, t = story.state, command.t
    if command.athlete is None:
        group = _group(state, command)
        _after_first_go(group, t)
        place = marks.place_of_unnamed(group, t)
        if place is None:
            raise _RefusedError("nobody is out")
        _tell_tap(story, t, place)
        return
    group = _group_of(state, command.athlete)
    place = marks.place_of_named(state, command.athlete, t)
    if place is not None:
        _tell_tap(story, t, place, command.athlete)
        return
    run = _after_first_go(group, t)
    place = marks.place_of_unnamed(group, t)
    if place is not None:
        _tell_tap(story, t, place, pressed=command.athlete)
    elif run.rep.distance_mm is None:
        raise _RefusedError("this rep is run by time: nobody is timed")
    else:
        story.tell(ev.Tapped(t=t, group=group.name, rep=run.rep.number, pressed=command.athlete))


def _after_first_go(group: GroupState, t: int) -> Run:
    run = group.run
    if run is None or run.started is None or (t < run.started and group.gos == 1):
        raise _RefusedError("no GO has come yet")
    return run


def _tell_tap(story: Story, t: int, place: marks.Place, athlete: str | None = None, pressed: str | None = None) -> None:
    rep = story.state.groups[place.group].runs[place.index].rep
    story.tell(
        ev.Tapped(
            t=t, group=place.group, athlete=athlete, rep=rep.number, mark=mark_name(rep, place.mark), pressed=pressed
        )
    )
    story.follow([place.group], t, finish=True)


@_decide.register
def _(command: do.Bounce, story: Story) -> None:
    story.tell(ev.Bounced(t=command.t, group=command.group, athlete=command.athlete))


@_decide.register
def _(command: do.Assign, story: Story) -> None:
    state = story.state
    name, index, arrival = _arrival(state, command.tap)
    _group_of(state, command.athlete)
    if arrival.athlete == command.athlete:
        raise _RefusedError(f"that arrival is {command.athlete}'s already")
    run = state.groups[name].runs[index]
    if command.athlete in run.present and arrival.mark is not None:
        place: marks.Place | None = marks.Place(name, index, arrival.mark)
    else:
        place = marks.place_of_named(state, command.athlete, arrival.t, any_mark=True)
    if place is None:
        raise _RefusedError(f"{command.athlete} ran no rep then")
    to = state.groups[place.group].runs[place.index]
    loser = marks.named(to, command.athlete, place.mark)
    story.tell(
        ev.Assigned(
            t=command.t, tap=arrival.n, athlete=command.athlete, group=place.group, rep=to.rep.number,
            mark=mark_name(to.rep, place.mark),
        )
    )  # fmt: skip
    if loser is not None:
        story.tell(ev.Unassigned(t=command.t, tap=loser.n, athlete=command.athlete, group=place.group))
    story.follow(dict.fromkeys([name, place.group]), command.t)


@_decide.register
def _(command: do.Insert, story: Story) -> None:
    state = story.state
    if command.at > command.t:
        raise _RefusedError("that moment is still to come")
    if command.athlete is not None:
        _group_of(state, command.athlete)
        place = marks.place_of_named(state, command.athlete, command.at, closed_too=True)
        reason = f"{command.athlete} has no mark without a time then"
    else:
        place = marks.place_of_unnamed(_group(state, command), command.at, closed_too=True)
        reason = "nobody was out then"
    if place is None:
        raise _RefusedError(reason)
    rep = state.groups[place.group].runs[place.index].rep
    story.tell(
        ev.Inserted(
            t=command.t, group=place.group, at=command.at, athlete=command.athlete, rep=rep.number,
            mark=mark_name(rep, place.mark),
        )
    )  # fmt: skip
    story.follow([place.group], command.t)


@_decide.register
def _(command: do.Delete, story: Story) -> None:
    name, _, _ = _arrival(story.state, command.tap)
    story.tell(ev.Deleted(t=command.t, tap=command.tap, group=name))
    story.follow([name], command.t)


@_decide.register
def _(command: do.Correct, story: Story) -> None:
    state = story.state
    _group_of(state, command.athlete)
    for group in state.groups.values():
        for index in group.live_indexes(len(group.runs)):
            run = group.runs[index]
            if run.rep.number != command.rep or command.athlete not in run.present:
                continue
            try:
                mark = mark_mm(run.rep, command.mark)
            except ValueError as error:
                raise _RefusedError(str(error)) from None
            if run.rep.distance_mm is None or not 0 < mark <= run.rep.distance_mm:
                raise _RefusedError(f"rep {command.rep} has no mark at {command.mark}")
            story.tell(
                ev.Corrected(
                    t=command.t, group=group.name, athlete=command.athlete, rep=command.rep,
                    mark=mark_name(run.rep, mark), time=command.time,
                )
            )  # fmt: skip
            return
    raise _RefusedError(f"{command.athlete} has not run rep {command.rep}")


@_decide.register
def _(command: do.Close, story: Story) -> None:
    group = _group(story.state, command)
    run = _running(group)
    if run.rep.distance_mm is None:
        raise _RefusedError("this rep ends by itself")
    if run.closed is not None or run.skipped or marks.out(run) <= 0:
        raise _RefusedError("nobody is out")
    story.tell(ev.RepClosed(t=command.t, group=group.name, rep=run.rep.number))
    story.follow([group.name], command.t)


@_decide.register
def _(command: do.Hold, story: Story) -> None:
    group = _group(story.state, command)
    if group.held:
        raise _RefusedError("the group is held already")
    if not group.rest_of_run or (group.phase is Phase.READY and group.countdown_at is None):
        raise _RefusedError(LEGAL["hold"][1])
    story.tell(ev.Held(t=command.t, group=group.name))


@_decide.register
def _(command: do.Release, story: Story) -> None:
    group, t = _group(story.state, command), command.t
    waits = group.phase is Phase.RECOVERING and group.go is None
    if not group.held and not waits:
        raise _RefusedError(LEGAL["release"][1])
    story.tell(ev.Released(t=t, group=group.name, go=_let_go(group, t)))
    _count_if_near(story, group.name, t)


def _let_go(group: GroupState, t: int) -> int | None:
    """The GO of a group that is let go at t: after a fresh countdown, or when it was due anyway if that is later."""
    if group.phase is Phase.READY or (group.phase is Phase.RUNNING and group.go is None):
        return None
    return max(t + group.countdown_ms, group.go or 0)


def _count_if_near(story: Story, name: str, t: int) -> None:
    """The countdown of a group that was let go, where GO comes at its end."""
    group = story.state.groups[name]
    near = group.go is not None and group.go <= t + group.countdown_ms
    if group.phase is Phase.READY and group.countdown_at is not None and group.countdown_at <= t:
        _countdown(story, group, t, t + group.countdown_ms)
    elif near and group.phase in (Phase.COUNTDOWN, Phase.RECOVERING):
        assert group.go is not None
        _countdown(story, group, t, group.go)


@_decide.register
def _(command: do.Adjust, story: Story) -> None:
    group = _group(story.state, command)
    if group.go is None or command.ms == 0:
        raise _RefusedError(LEGAL["adjust"][1])
    go = max(group.go + command.ms, command.t + SOONEST_MS)
    since = _running(replace(group, runs=tuple(run for run in group.runs if run.live))).since
    story.tell(ev.RecoveryChanged(t=command.t, group=group.name, since=command.t if since is None else since, go=go))


@_decide.register
def _(command: do.Recall, story: Story) -> None:
    group = _group(story.state, command)
    run = _running(group)
    story.tell(ev.Recalled(t=command.t, group=group.name, rep=run.rep.number))
    _countdown(story, story.state.groups[group.name], command.t, command.t + group.countdown_ms)


@_decide.register
def _(command: do.LateStart, story: Story) -> None:
    group, t = _group(story.state, command), command.t
    run = _running(group)
    assert run.started is not None
    started = run.started + command.ms
    before = [each.started for each in group.runs[:-1] if each.live and each.started is not None]
    if command.ms == 0 or started > t:
        raise _RefusedError("GO would still be to come")
    if any(each.t <= started for each in marks.arrivals(run)):
        raise _RefusedError("somebody has come in before that GO")
    if started < 0 or (before and started <= before[-1]):
        raise _RefusedError("GO would be before the rep before it")
    go = go_of_clock(group, replace(run, started=started))
    go = None if go is None else max(go, t + SOONEST_MS)
    story.tell(ev.GoMoved(t=t, group=group.name, rep=run.rep.number, ms=command.ms, go=go))


@_decide.register
def _(command: do.Skip, story: Story) -> None:
    group, t = _group(story.state, command), command.t
    if group.phase is not Phase.RUNNING:
        go = group.go if group.next + 1 < len(group.reps) else None
        story.tell(ev.Skipped(t=t, group=group.name, rep=group.reps[group.next].number, running=False, go=go))
        return
    run = _running(group)
    assert run.started is not None
    rest = run.rep.rest
    go = None
    if group.rest_of_run and group.present and rest.kind != "ready":
        go = t + rest.ms
        if rest.kind == "send_off":
            go = max(run.started + rest.ms, t + group.countdown_ms)
    story.tell(ev.Skipped(t=t, group=group.name, rep=run.rep.number, running=True, go=go))
    story.follow([group.name], t)


@_decide.register
def _(command: do.Add, story: Story) -> None:
    group = _group(story.state, command)
    if len(group.reps) >= MOST_REPS:
        raise _RefusedError(f"a workout has at most {MOST_REPS} reps")
    go = group.go
    if group.phase is Phase.RUNNING and not group.rest_of_run:
        go = go_of_clock(replace(group, reps=(*group.reps, group.reps[-1])), group.runs[-1])
        if go is not None:
            go = max(go, command.t + group.countdown_ms)
    story.tell(ev.RepAdded(t=command.t, group=group.name, go=go))
    story.follow([group.name], command.t)


@_decide.register
def _(command: do.Drop, story: Story) -> None:
    group = _group_of(story.state, command.athlete)
    if command.athlete in group.dropped:
        raise _RefusedError(f"{command.athlete} has dropped out already")
    story.tell(ev.AthleteDropped(t=command.t, athlete=command.athlete, group=group.name))
    story.follow([group.name], command.t)


@_decide.register
def _(command: do.Return, story: Story) -> None:
    group = _group_of(story.state, command.athlete)
    if command.athlete not in group.dropped:
        raise _RefusedError(f"{command.athlete} has not dropped out")
    story.tell(ev.AthleteReturned(t=command.t, athlete=command.athlete, group=group.name))


@_decide.register
def _(command: do.Join, story: Story) -> None:
    state = story.state
    try:
        athlete = parse_entry(command.athlete, tuple(state.athletes.values()))
    except KicktimerError as error:
        raise _RefusedError(error.message) from None
    name = command.group or athlete.group
    if name not in state.groups:
        raise _RefusedError(f"there is no group {name}")
    if len(state.athletes) >= MOST_ATHLETES:
        raise _RefusedError(f"a squad has at most {MOST_ATHLETES} athletes")
    targets = dump_targets(state.groups[name].reps, athlete)
    story.tell(
        ev.AthleteJoined(t=command.t, athlete=dump_athlete(replace(athlete, group=name)), group=name, targets=targets)
    )


@_decide.register
def _(command: do.Move, story: Story) -> None:
    state = story.state
    group = _group_of(state, command.athlete)
    if command.group is None:
        raise _RefusedError("which group?")
    if command.group == group.name:
        raise _RefusedError(f"{command.athlete} is in group {group.name} already")
    targets = dump_targets(state.groups[command.group].reps, state.athletes[command.athlete])
    story.tell(
        ev.AthleteMoved(t=command.t, athlete=command.athlete, group=group.name, to=command.group, targets=targets)
    )
    story.follow([group.name], command.t)


@_decide.register
def _(command: do.Rate, story: Story) -> None:
    state = story.state
    _group_of(state, command.athlete)
    if command.relaxation is None and command.effort is None:
        raise _RefusedError("a rating needs relaxation or effort")
    for group in state.groups.values():
        for index in group.live_indexes(len(group.runs)):
            run = group.runs[index]
            if command.athlete in run.present and command.rep in (None, run.rep.number):
                story.tell(
                    ev.Rated(
                        t=command.t, athlete=command.athlete, group=group.name, rep=run.rep.number,
                        relaxation=command.relaxation, effort=command.effort,
                    )
                )  # fmt: skip
                return
    raise _RefusedError(f"{command.athlete} has not run that rep")


@_decide.register
def _(command: do.Note, story: Story) -> None:
    story.tell(ev.Noted(t=command.t, text=command.text))


@_decide.register
def _(command: do.End, story: Story) -> None:
    done = story.state.finished
    for name in story.state.groups:
        story.name_by_order(name, command.t, all_of_them=True)
    story.tell(ev.SessionEnded(t=command.t, state="finished" if done else "abandoned"))


@_decide.register
def _(command: do.Undo, story: Story) -> None:
    state, t = story.state, command.t
    step = state.undoable
    if step is None:
        raise _RefusedError("nothing to undo")
    group = state.groups[step.group]
    if step.moved and group.gos != step.gos:
        raise _RefusedError(f"GO has come since that {step.kind}")
    go = group.go
    if step.kind == "hold":
        go = _go_again(group, t, fresh=True)
    elif step.before is not None and (group.phase is Phase.DONE or step.before.phase is Phase.RUNNING):
        if step.kind in ("skip", "drop", "return") and group.gos == step.gos:
            go = _go_again(step.before, t, fresh=False)
    story.tell(ev.Undone(t=t, of=step.n, kind=step.kind, group=step.group, go=go))
    if step.kind == "hold":
        _count_if_near(story, step.group, t)
    story.follow(dict.fromkeys([step.group, *(name for name, _, _ in step.arrivals)]), t)


def _go_again(group: GroupState, t: int, *, fresh: bool) -> int | None:
    """The GO of a group whose clock is given back: when it was due, or, where that is too near or past, after a fresh
    countdown or as soon as may be."""
    if group.go is None or group.go >= t + SOONEST_MS:
        return group.go
    return t + (group.countdown_ms if fresh else SOONEST_MS)
