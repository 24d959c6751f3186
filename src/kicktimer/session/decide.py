"""`decide(state, command)`: what a command brings about, or why it is refused.

Pure; the state has been advanced to `command.t`.

Which commands are legal in which phase stands in `table.COMMANDS`; what more they need stands here.
"""

from __future__ import annotations

from dataclasses import replace

from kicktimer.errors import KicktimerError
from kicktimer.session import arrivals, decide_arrivals
from kicktimer.session import commands as do
from kicktimer.session import events as ev
from kicktimer.session.late_joiners import dump_athlete, dump_targets, parse_entry
from kicktimer.session.lookup import RefusedError, bring, countdown, group_for, group_of, newest_run, running
from kicktimer.session.state import SOONEST_MS, GroupState, Phase, State
from kicktimer.session.state_updates import find_arrival, go_of_clock
from kicktimer.session.transition import Outcome, Refusal, Story
from kicktimer.session.transition_table import COMMANDS
from kicktimer.session.undo import losers, touched

MOST_REPS = 500
MOST_ATHLETES = 36

_OF_A_GROUP = ("close", "hold", "release", "adjust", "recall", "late_start", "skip", "add")


def decide(state: State, command: do.AnyCommand) -> Outcome | Refusal:
    """The facts that follow from the command and the state after them, or a refusal, which changes nothing."""
    story = Story(state)
    try:
        _need_legal(state, command)
        bring(command, story)
    except RefusedError as refused:
        return Refusal(str(refused))
    return story.outcome()


def _need_legal(state: State, command: do.AnyCommand) -> None:
    """Raises `RefusedError` where the table has no such command in this phase."""
    if state.ended is not None:
        raise RefusedError("the session is over")
    if command.group is not None and command.group not in state.groups and command.do != "join":
        raise RefusedError(f"there is no group {command.group}")
    if command.do in _OF_A_GROUP:
        rule = COMMANDS[command.do]
        if group_for(state, command).phase not in rule.phases:
            raise RefusedError(rule.otherwise)


@bring.register(do.Start)
def _(command: do.Start, story: Story) -> None:
    state, t = story.state, command.t
    if command.group is not None or len(state.groups) == 1:
        group = group_for(state, command)
        if group.phase is not Phase.READY:
            raise RefusedError(COMMANDS["start"].otherwise)
        countdown(story, group, t, t + group.countdown_ms)
        return
    ready = [group for group in state.groups.values() if group.phase is Phase.READY and group.countdown_at is None]
    if not ready:
        raise RefusedError("every group has been started")
    first, *others = ready
    then = {group.name: t + first.countdown_ms + group.start_after_ms - group.countdown_ms for group in others}
    soon = {name: at for name, at in then.items() if at > t}
    countdown(story, first, t, t + first.countdown_ms, soon)
    for group in others:
        if group.name not in soon:
            countdown(story, group, t, t + first.countdown_ms + group.start_after_ms)


@bring.register(do.Close)
def _(command: do.Close, story: Story) -> None:
    group = group_for(story.state, command)
    run = running(group)
    if run.rep.distance_mm is None:
        raise RefusedError("this rep ends by itself")
    if run.closed is not None or run.skipped or arrivals.out(run) <= 0:
        raise RefusedError("nobody is out")
    story.tell(ev.RepClosed(t=command.t, group=group.name, rep=run.rep.number))
    story.follow([group.name], command.t)


@bring.register(do.Hold)
def _(command: do.Hold, story: Story) -> None:
    group = group_for(story.state, command)
    if group.held:
        raise RefusedError("the group is held already")
    if not group.rest_of_run or (group.phase is Phase.READY and group.countdown_at is None):
        raise RefusedError(COMMANDS["hold"].otherwise)
    story.tell(ev.Held(t=command.t, group=group.name))


@bring.register(do.Release)
def _(command: do.Release, story: Story) -> None:
    group, t = group_for(story.state, command), command.t
    waits = group.phase is Phase.RECOVERING and group.go is None
    if not group.held and not waits:
        raise RefusedError(COMMANDS["release"].otherwise)
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
        countdown(story, group, t, t + group.countdown_ms)
    elif near and group.phase in (Phase.COUNTDOWN, Phase.RECOVERING):
        assert group.go is not None
        countdown(story, group, t, group.go)


@bring.register(do.Adjust)
def _(command: do.Adjust, story: Story) -> None:
    group = group_for(story.state, command)
    if group.go is None or command.ms == 0:
        raise RefusedError(COMMANDS["adjust"].otherwise)
    go = max(group.go + command.ms, command.t + SOONEST_MS)
    since = None if group.run is None else group.run.since
    story.tell(ev.RecoveryChanged(t=command.t, group=group.name, since=command.t if since is None else since, go=go))


@bring.register(do.Recall)
def _(command: do.Recall, story: Story) -> None:
    group = group_for(story.state, command)
    run = running(group)
    if not group.present:
        raise RefusedError("nobody is left to run it again")
    go = command.t + group.countdown_ms
    story.tell(ev.Recalled(t=command.t, group=group.name, rep=run.rep.number, go=go))
    countdown(story, story.state.groups[group.name], command.t, go)


@bring.register(do.LateStart)
def _(command: do.LateStart, story: Story) -> None:
    group, t = group_for(story.state, command), command.t
    run = running(group)
    assert run.started is not None
    started = run.started + command.ms
    before = next((group.runs[index].started for index in group.live_indexes() if index < len(group.runs) - 1), None)
    if command.ms == 0 or started > t:
        raise RefusedError("GO would still be to come")
    if any(each.t <= started for each in arrivals.arrivals(run)):
        raise RefusedError("somebody has come in before that GO")
    if started < 0 or (before is not None and started <= before):
        raise RefusedError("GO would be before the rep before it")
    go = go_of_clock(group, replace(run, started=started))
    go = None if go is None else max(go, t + SOONEST_MS)
    story.tell(ev.GoMoved(t=t, group=group.name, rep=run.rep.number, ms=command.ms, go=go))


@bring.register(do.Skip)
def _(command: do.Skip, story: Story) -> None:
    group, t = group_for(story.state, command), command.t
    if group.phase is not Phase.RUNNING:
        go = group.go if group.next + 1 < len(group.reps) else None
        story.tell(ev.Skipped(t=t, group=group.name, rep=group.reps[group.next].number, running=False, go=go))
        return
    run = running(group)
    assert run.started is not None
    rest = run.rep.rest
    go = None
    if group.rest_of_run and group.present and rest.kind != "ready":
        go = t + rest.ms
        if rest.kind == "send_off":
            go = max(run.started + rest.ms, t + group.countdown_ms)
    story.tell(ev.Skipped(t=t, group=group.name, rep=run.rep.number, running=True, go=go))
    story.follow([group.name], t)


@bring.register(do.Add)
def _(command: do.Add, story: Story) -> None:
    group = group_for(story.state, command)
    if len(group.reps) >= MOST_REPS:
        raise RefusedError(f"a workout has at most {MOST_REPS} reps")
    go = group.go
    if group.phase is Phase.RUNNING and not group.rest_of_run:
        go = go_of_clock(replace(group, reps=(*group.reps, group.reps[-1])), group.runs[-1])
        if go is not None:
            go = max(go, command.t + group.countdown_ms)
    story.tell(ev.RepAdded(t=command.t, group=group.name, go=go))
    story.follow([group.name], command.t)


@bring.register(do.Drop)
def _(command: do.Drop, story: Story) -> None:
    group = group_of(story.state, command.athlete)
    if command.athlete in group.dropped:
        raise RefusedError(f"{command.athlete} has dropped out already")
    story.tell(ev.AthleteDropped(t=command.t, athlete=command.athlete, group=group.name))
    assert story.state.undoable is not None
    story.follow(touched(story.state.undoable), command.t)


@bring.register(do.Return)
def _(command: do.Return, story: Story) -> None:
    group = group_of(story.state, command.athlete)
    if command.athlete not in group.dropped:
        raise RefusedError(f"{command.athlete} has not dropped out")
    story.tell(ev.AthleteReturned(t=command.t, athlete=command.athlete, group=group.name))


@bring.register(do.Join)
def _(command: do.Join, story: Story) -> None:
    state = story.state
    try:
        athlete = parse_entry(command.athlete, tuple(state.athletes.values()))
    except KicktimerError as error:
        raise RefusedError(error.message) from None
    if len(state.athletes) >= MOST_ATHLETES:
        raise RefusedError(f"a squad has at most {MOST_ATHLETES} athletes")
    squad_group = command.group or athlete.group
    if command.group is None and len(state.groups) == 1 and "group" not in command.athlete:
        squad_group = next(iter(state.groups.values())).name
    name, like = _place_of_late_comer(state, athlete.name, squad_group)
    athlete = replace(athlete, group=state.athletes[like].group if like else name)
    targets = dump_targets(state.groups[like or name].reps, athlete)
    story.tell(ev.AthleteJoined(t=command.t, athlete=dump_athlete(athlete), group=name, like=like, targets=targets))


def _place_of_late_comer(state: State, athlete: str, name: str) -> tuple[str, str]:
    """The group that a late-comer to squad group `name` runs in.

    Where everybody is a group it is a new one, named after the athlete; the second name is that of the group whose
    reps it runs, of those with the fewest: what was added for somebody else is not for a late-comer.
    """
    of = {name: state.athletes[name].group for name in state.groups if name in state.athletes}
    own = {name: squad_group for name, squad_group in of.items() if squad_group != name}
    if name in state.groups and name not in own:
        return name, ""
    alike = [state.groups[each] for each, squad_group in own.items() if squad_group == own.get(name, name)]
    if not alike:
        raise RefusedError(f"there is no group {name}")
    if athlete in state.groups:
        raise RefusedError(f"there is a group {athlete} already")
    return athlete, min(alike, key=lambda group: len(group.reps)).name


@bring.register(do.Move)
def _(command: do.Move, story: Story) -> None:
    state = story.state
    group = group_of(state, command.athlete)
    if command.group is None:
        raise RefusedError("which group?")
    if command.group == group.name:
        raise RefusedError(f"{command.athlete} is in group {group.name} already")
    targets = dump_targets(state.groups[command.group].reps, state.athletes[command.athlete])
    story.tell(
        ev.AthleteMoved(t=command.t, athlete=command.athlete, group=group.name, to=command.group, targets=targets)
    )
    story.follow([group.name], command.t)


@bring.register(do.Rate)
def _(command: do.Rate, story: Story) -> None:
    state = story.state
    group_of(state, command.athlete)
    if command.relaxation is None and command.effort is None:
        raise RefusedError("a rating needs relaxation or effort")
    place = newest_run(state, command.athlete, command.rep)
    if place is None:
        raise RefusedError(f"{command.athlete} has not run that rep")
    group, index = place
    story.tell(
        ev.Rated(
            t=command.t, athlete=command.athlete, group=group.name, rep=group.runs[index].rep.number,
            relaxation=command.relaxation, effort=command.effort,
        )
    )  # fmt: skip


@bring.register(do.Note)
def _(command: do.Note, story: Story) -> None:
    story.tell(ev.Noted(t=command.t, text=command.text))


@bring.register(do.End)
def _(command: do.End, story: Story) -> None:
    done = story.state.finished
    story.name_all_by_order(command.t)
    story.tell(ev.SessionEnded(t=command.t, state="finished" if done else "abandoned"))


@bring.register(do.Undo)
def _(command: do.Undo, story: Story) -> None:
    state, t = story.state, command.t
    step = state.undoable
    if step is None:
        raise RefusedError("nothing to undo")
    group = state.groups[step.group]
    if state.gone_on(step):
        raise RefusedError(f"GO has come since that {step.kind}")
    go = group.go
    if step.kind == "hold":
        go = _go_again(group, t, fresh=True)
    elif step.kind in ("skip", "drop", "return"):
        was = step.before[0]
        if (group.phase is Phase.DONE or was.phase is Phase.RUNNING) and group.gos == was.gos:
            go = _go_again(was, t, fresh=False)
    by_order = [
        (name, loser)
        for name, index, arrival in step.arrivals
        for loser in losers(state.groups[name].runs[index], arrival)
    ]
    story.tell(ev.Undone(t=t, of=step.n, kind=step.kind, group=step.group, go=go))
    for name, loser in by_order:
        if find_arrival(story.state, loser.n)[2].athlete is None:
            story.tell(ev.Unassigned(t=t, tap=loser.n, athlete=str(loser.athlete), group=name))
    if step.kind == "hold":
        _count_if_near(story, step.group, t)
    story.follow(touched(step), t, places=[(name, index) for name, index, _ in step.arrivals])


def _go_again(group: GroupState, t: int, *, fresh: bool) -> int | None:
    """The GO of a group whose clock is given back.

    When it was due, or, where that is too near or past, after a fresh countdown or as soon as may be.
    """
    if group.go is None or group.go >= t + SOONEST_MS:
        return group.go
    return t + (group.countdown_ms if fresh else SOONEST_MS)
