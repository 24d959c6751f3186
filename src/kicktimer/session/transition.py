"""`Transition` collects the events of one command or deadline, and adds the events that follow from them.

A recovery starts, or moves, with the finishes that count for it. Arrivals that are still without a name when the next
rep has ended are assigned to the athletes who are proposed for them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kicktimer.session import arrivals
from kicktimer.session import events as ev
from kicktimer.session.apply import apply
from kicktimer.session.state import MIN_GO_NOTICE_MS, Phase, mark_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kicktimer.session.state import GroupState, Run, State


@dataclass(frozen=True, slots=True)
class Outcome:
    """The new facts of a command or deadline, and the state after them."""

    events: tuple[ev.AnyEvent, ...]
    state: State


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command is refused. A refused command changes nothing."""

    reason: str


class Transition:
    """Applies events one after the other. `events` are the events so far, `state` is the state after them."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.events: list[ev.AnyEvent] = []

    def emit(self, event: ev.AnyEvent) -> None:
        """Gives the event the next number, applies it and adds it to `events`."""
        event = replace(event, n=self.state.n + 1)
        self.state = apply(self.state, event)
        self.events.append(event)

    def outcome(self) -> Outcome:
        """Returns the events so far and the state after them."""
        return Outcome(tuple(self.events), self.state)

    def derive(
        self, names: Iterable[str], t: int, *, finish: bool = False, runs: Iterable[tuple[str, int]] = ()
    ) -> None:
        """Adds the events that follow from the last one for the groups `names`.

        `finish`: the last event was a finish, so GO may come without notice. `runs` (group's name, run's index) are
        other runs whose arrivals the event changed.
        """
        soonest = 0 if finish else t + MIN_GO_NOTICE_MS
        for name in list(names):
            group = self.state.groups[name]
            run = group.runs[-1] if group.runs else None
            if run is not None and run.is_valid and not run.skipped:
                self._derive_recovery(group, run, t, soonest)
            for index in group.valid_indexes(3):
                self._name_by_order(name, index, t)
        for name, index in runs:
            self._name_by_order(name, index, t)

    def _derive_recovery(self, group: GroupState, run: Run, t: int, soonest: int) -> None:
        """Starts the recovery if the run is complete, or moves it if the finish it is measured from has changed."""
        since = arrivals.recovery_start(run)
        if group.phase is Phase.RUNNING and arrivals.is_complete(run, last=not group.has_next_rep):
            since = t if since is None else since
            go = (
                group.go
                if group.go is not None or run.rep.rest.kind == "ready"
                else max(since + arrivals.recovery_ms(run, since), soonest)
            )
            self.emit(ev.RecoveryStarted(t=t, group=group.name, rep=run.rep.number, since=since, go=go))
        elif (
            group.phase is Phase.RECOVERING
            and run.rep.rest.kind in ("first", "last", "own")
            and run.closed is None
            and None not in (since, run.recovery_since, group.go)
            and since != run.recovery_since
        ):
            assert since is not None
            assert run.recovery_since is not None
            assert group.go is not None
            go = max(group.go + since - run.recovery_since, soonest)
            self.emit(ev.RecoveryChanged(t=t, group=group.name, since=since, go=go))

    def name_all_by_order(self, t: int) -> None:
        """Assigns every arrival without a name to the athlete who is proposed for it, as at the end of a session."""
        for name, group in self.state.groups.items():
            for index, run in enumerate(group.runs):
                if run.is_valid:
                    self._assign_proposals(name, index, t, None)

    def _name_by_order(self, name: str, index: int, t: int) -> None:
        """Assigns a run's arrivals without a name to the proposed athletes if the rep after the run has ended."""
        group = self.state.groups[name]
        later = [run for run in group.runs[index + 1 :] if run.is_valid]
        if group.runs[index].is_valid and later and later[0].ended is not None:
            self._assign_proposals(name, index, t, max(run.ended for run in later if run.ended is not None))

    def _assign_proposals(self, name: str, index: int, t: int, rep_ended: int | None) -> None:
        """Assigns a run's arrivals without a name to the athletes who are proposed for them.

        `rep_ended` is when the group's newest rep to end has ended: an arrival that `unassign` took its name since then
        waits for the next end. None, at the end of the session, assigns all.
        """
        run = self.state.groups[name].runs[index]
        for n, athlete in sorted(arrivals.proposals(run).items()):
            arrival = next(each for each in arrivals.valid(run) if each.n == n)
            if athlete is None or arrival.mark is None:
                continue
            unassigned = arrival.unassigned_at
            if rep_ended is not None and unassigned is not None and unassigned >= rep_ended:
                continue
            at = mark_name(run.rep, arrival.mark)
            self.emit(ev.Assigned(t=t, tap=n, athlete=athlete, group=name, rep=run.rep.number, mark=at, by="order"))
