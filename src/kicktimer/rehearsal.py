"""A rehearsal: the real engine on a virtual clock. Scripts are JSON Lines, one command a line, in order of `t`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any

from kicktimer.errors import KicktimerError
from kicktimer.session import Event, Refusal, State, advance, decide, next_deadline, opening, parse_command
from kicktimer.session.commands import AnyCommand, End, Start, Tap
from kicktimer.session.events import RepStarted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kicktimer.plan import Plan

MOST_LINES = 200_000


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of it: all facts in order, the last state, and what was refused (line of the script, reason)."""

    events: tuple[Event, ...]
    state: State
    refused: tuple[dict[str, Any], ...]


def read_script(text: str, file: str, plan: Plan) -> tuple[tuple[int, AnyCommand], ...]:
    """The commands of a script with their line numbers.

    Raises `KicktimerError` that names the line: no JSON, an unknown command, an unknown athlete or group, a falling
    `t`.
    """
    found: list[tuple[int, AnyCommand]] = []
    athletes = {athlete.name for athlete in plan.athletes}
    groups = {group.name for group in plan.groups}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        if len(found) >= MOST_LINES:
            raise KicktimerError(f"{file}: more than {MOST_LINES} commands")
        try:
            command = parse_command(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise KicktimerError(f"{file}:{number}: not a JSON object: {error}") from None
        except KicktimerError as error:
            raise KicktimerError(f"{file}:{number}: {error.message}", error.hint) from None
        if found and command.t < found[-1][1].t:
            raise KicktimerError(
                f"{file}:{number}: t falls from {found[-1][1].t} to {command.t}", "commands stand in order of t"
            )
        if command.do == "join":
            athletes.add(str(command.athlete.get("name")))
        else:
            named = getattr(command, "athlete", None)
            if named is not None and named not in athletes:
                raise KicktimerError(
                    f"{file}:{number}: unknown athlete {named!r}", "one of " + ", ".join(sorted(athletes))
                )
        if command.group is not None and command.group not in groups:
            raise KicktimerError(
                f"{file}:{number}: unknown group {command.group!r}", "one of " + ", ".join(sorted(groups))
            )
        found.append((number, command))
    return tuple(found)


def rehearse(plan: Plan, script: Iterable[tuple[int, AnyCommand]]) -> Rehearsal:
    """Runs the commands; after the last one time runs on until nothing is due any more.

    A session whose groups are then all done is ended, as when the coach leaves.
    """
    run = _Run(plan)
    for line, command in script:
        run.advance(command.t)
        run.command(command, line)
    while (deadline := next_deadline(run.state)) is not None:
        run.advance(deadline)
    return run.over()


def rehearse_on_target(plan: Plan) -> Rehearsal:
    """The groups are started at 0 and every athlete finishes on target, to the ms.

    Raises `KicktimerError` where a rep over a distance has an athlete without a target.
    """
    for group in plan.groups:
        for rep in group.reps:
            missing = [name for name in group.athletes if rep.distance_mm is not None and name not in rep.targets]
            if missing:
                raise KicktimerError(
                    f"rep {rep.number} has no target for {', '.join(missing)}",
                    "give a race time (--race 1500m=4:20), or a script",
                )
    run = _Run(plan)
    waiting: list[tuple[int, int, Tap]] = []
    order = count()
    run.command(Start(t=0), 0)
    while (deadline := next_deadline(run.state)) is not None or waiting:
        if waiting and (deadline is None or waiting[0][0] < deadline):
            t, _, tap = heappop(waiting)
            run.command(tap, 0)
            continue
        assert deadline is not None
        for event in run.advance(deadline):
            if isinstance(event, RepStarted):
                rep = run.state.groups[event.group].runs[-1].rep
                for name in run.state.groups[event.group].runs[-1].present:
                    if rep.distance_mm is not None:
                        t = event.t + rep.targets[name].ms
                        heappush(waiting, (t, next(order), Tap(t=t, athlete=name)))
    return run.over()


class _Run:
    def __init__(self, plan: Plan) -> None:
        self.state = opening(plan)
        self.events: list[Event] = []
        self.refused: list[dict[str, Any]] = []

    def advance(self, now: int) -> tuple[Event, ...]:
        outcome = advance(self.state, now)
        self.state = outcome.state
        self.events += outcome.events
        return outcome.events

    def command(self, command: AnyCommand, line: int) -> None:
        outcome = decide(self.state, command)
        if isinstance(outcome, Refusal):
            self.refused.append({"line": line, "t": command.t, "do": command.do, "reason": outcome.reason})
            return
        self.state = outcome.state
        self.events += outcome.events

    def over(self) -> Rehearsal:
        if self.state.finished and self.state.ended is None:
            self.command(End(t=self.state.now), 0)
        return Rehearsal(tuple(self.events), self.state, tuple(self.refused))
