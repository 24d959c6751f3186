"""A rehearsal: the real engine on a virtual clock. Scripts are JSON Lines, one command a line, in order of `t`."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from kicktimer.errors import KicktimerError
from kicktimer.session import (
    AnyEvent,
    Outcome,
    Refusal,
    State,
    advance,
    decide,
    initial_state,
    next_deadline,
    parse_command,
)
from kicktimer.session.commands import AnyCommand, End, Join, Start, Tap
from kicktimer.session.events import RepStarted
from kicktimer.text import clean_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kicktimer.plan import Plan

MAX_SCRIPT_COMMANDS = 200_000


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of it: all facts in order, the last state, and what was refused (line of the script, reason)."""

    events: tuple[AnyEvent, ...]
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
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        if len(found) >= MAX_SCRIPT_COMMANDS:
            raise KicktimerError(f"{file}: more than {MAX_SCRIPT_COMMANDS} commands")
        try:
            command = parse_command(clean_json(json.loads(line)))
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
            groups |= _groups_of_late_comer(plan, command)
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


def _groups_of_late_comer(plan: Plan, command: Join) -> set[str]:
    """Where everybody is a group, a late-comer is one too, and `group` is the squad's."""
    own = {each.name: each.group for each in plan.athletes if any(group.name == each.name for group in plan.groups)}
    return {str(command.athlete.get("name")), *own.values()} if own else set()


def rehearse(plan: Plan, script: Iterable[tuple[int, AnyCommand]]) -> Rehearsal:
    """Runs the commands; after the last one time runs on until nothing is due any more.

    A session whose groups are then all done is ended, as when the coach leaves.
    """
    return _run(plan, ScriptPlayer(script))


def rehearse_on_target(plan: Plan) -> Rehearsal:
    """The groups are started at 0 and every athlete finishes on target, to the ms.

    Raises `KicktimerError` where a rep over a distance has an athlete without a target.
    """
    return _run(plan, OnTargetPlayer(plan))


class Player(Protocol):
    """Gives the commands of a rehearsal at their moments, in order of time."""

    def next_t(self) -> int | None:
        """When the next command is due, None where none is known."""

    def pop(self) -> tuple[int, AnyCommand]:
        """That command, with its line in the script (0 without one)."""

    def observe(self, events: Iterable[AnyEvent], state: State) -> None:
        """What has come about, and the state after it."""


class ScriptPlayer:
    """Plays a script."""

    def __init__(self, commands: Iterable[tuple[int, AnyCommand]]) -> None:
        self._left = deque(commands)

    def next_t(self) -> int | None:
        return self._left[0][1].t if self._left else None

    def pop(self) -> tuple[int, AnyCommand]:
        return self._left.popleft()

    def observe(self, events: Iterable[AnyEvent], state: State) -> None:
        """A script does not listen."""


class OnTargetPlayer:
    """Starts the groups at 0 and has everybody finish on target. Raises `KicktimerError` where a target is missing."""

    def __init__(self, plan: Plan) -> None:
        for group in plan.groups:
            for rep in group.reps:
                missing = [name for name in group.athletes if rep.distance_mm is not None and name not in rep.targets]
                if missing:
                    raise KicktimerError(
                        f"rep {rep.number} has no target for {', '.join(missing)}",
                        "give a race time (--race 1500m=4:20), or a script",
                    )
        self._waiting: list[tuple[int, int, AnyCommand]] = [(0, 0, Start(t=0))]
        self._order = count(1)

    def next_t(self) -> int | None:
        return self._waiting[0][0] if self._waiting else None

    def pop(self) -> tuple[int, AnyCommand]:
        return 0, heappop(self._waiting)[2]

    def observe(self, events: Iterable[AnyEvent], state: State) -> None:
        for event in events:
            run = state.groups[event.group].newest_run if isinstance(event, RepStarted) else None
            if run is None or run.rep.distance_mm is None:
                continue
            for name in run.present:
                target = run.rep.targets.get(name)  # a late-comer may have none
                if target is not None:
                    t = event.t + target.ms
                    heappush(self._waiting, (t, next(self._order), Tap(t=t, athlete=name)))


def _run(plan: Plan, player: Player) -> Rehearsal:
    state = initial_state(plan)
    events: list[AnyEvent] = []
    refused: list[dict[str, Any]] = []

    def heard(outcome: Outcome) -> State:
        events.extend(outcome.events)
        player.observe(outcome.events, outcome.state)
        return outcome.state

    while True:
        at, deadline = player.next_t(), next_deadline(state)
        if at is None and deadline is None:
            break
        if at is None or (deadline is not None and deadline <= at):
            assert deadline is not None
            state = heard(advance(state, deadline))
            continue
        line, command = player.pop()
        outcome = decide(state, command)
        if isinstance(outcome, Refusal):
            refused.append({"line": line, "t": command.t, "do": command.do, "reason": outcome.reason})
        else:
            state = heard(outcome)
    if state.finished and state.ended is None:
        outcome = decide(state, End(t=state.now))
        assert isinstance(outcome, Outcome)
        state = heard(outcome)
    return Rehearsal(tuple(events), state, tuple(refused))
