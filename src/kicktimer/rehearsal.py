"""Rehearsals: the real session engine on a virtual clock, with commands from a script or from an ideal group."""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
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
from kicktimer.text import INVISIBLE_CHARACTERS, UNICODE_SPACES, clean_json, name_space

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kicktimer.plan import Plan

MAX_SCRIPT_COMMANDS = 200_000
"""A longer script is refused."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The result of a rehearsal: all facts in order, the last state, and the refused commands with line and reason."""

    events: tuple[AnyEvent, ...]
    state: State
    refused: tuple[dict[str, Any], ...]


def read_script(text: str, file: str, plan: Plan) -> tuple[tuple[int, AnyCommand], ...]:
    """Returns the commands of a script with their line numbers. `file` is the script's name for messages.

    A script is JSON Lines, with one command in each line, in order of `t`. Raises `KicktimerError` that names the line
    if it is not JSON, its command, athlete or group is unknown, or its `t` is before that of an earlier line.
    """
    found: list[tuple[int, AnyCommand]] = []
    athletes = {athlete.name for athlete in plan.athletes}
    groups = {group.name for group in plan.groups}
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if not line.strip():
            continue
        if len(found) >= MAX_SCRIPT_COMMANDS:
            raise KicktimerError(f"{file}: more than {MAX_SCRIPT_COMMANDS} commands")
        try:
            command = parse_command(clean_json(json.loads(line)))
        except (ValueError, RecursionError) as error:
            raise KicktimerError(f"{file}:{number}: not a JSON object: {error}", _json_hint(line, error)) from None
        except KicktimerError as error:
            raise KicktimerError(f"{file}:{number}: {error.message}", error.hint) from None
        if found and command.t < found[-1][1].t:
            raise KicktimerError(
                f"{file}:{number}: t falls from {found[-1][1].t} to {command.t}", "commands stand in order of t"
            )
        if command.do == "join":
            athletes.add(str(command.athlete.get("name")))
            groups |= _group_names_after_join(plan, command)
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


def _group_names_after_join(plan: Plan, command: Join) -> set[str]:
    """Returns the further group names that are legal after a late-comer has joined.

    They are needed if each athlete is a group: the late-comer is a group too, and `join` names a group of the squad.
    """
    own = {each.name: each.group for each in plan.athletes if any(group.name == each.name for group in plan.groups)}
    return {str(command.athlete.get("name")), *own.values()} if own else set()


def _json_hint(line: str, error: Exception) -> str:
    """Returns a hint for a line that is no JSON because of a Unicode space or a decimal comma, else ""."""
    if not isinstance(error, json.JSONDecodeError):
        return ""
    char = line[error.pos : error.pos + 1]
    if char and char in UNICODE_SPACES + INVISIBLE_CHARACTERS:
        return f"there is a {name_space(char)} at character {error.pos + 1}: replace it by a space"
    comma = re.search(r"([0-9]+),([0-9]+)", line[: error.pos + 10])
    return f"`{comma[0]}` has a comma: times are whole ms" if comma and comma.end() >= error.pos else ""


def rehearse(plan: Plan, script: Iterable[tuple[int, AnyCommand]]) -> Rehearsal:
    """Runs the commands of a script. After the last one, time goes on until no deadline is left.

    If all groups are done then, the session is ended, as it is when the coach leaves.
    """
    return _run(plan, ScriptPlayer(script))


def rehearse_on_target(plan: Plan) -> Rehearsal:
    """Runs a session whose groups are started at 0 and whose athletes all finish on target, to the ms.

    An athlete who would finish after the group's next GO (a send-off shorter than the target) is missed in that rep.
    Raises `KicktimerError` if an athlete has no target in a rep by distance.
    """
    return _run(plan, OnTargetPlayer(plan))


class Player(Protocol):
    """A source of commands for a rehearsal, in order of time."""

    def next_t(self) -> int | None:
        """Returns when the next command is due (session clock), None if none is known now."""

    def pop(self) -> tuple[int, AnyCommand]:
        """Removes the next command and returns it with its line in the script, 0 without a script."""

    def observe(self, events: Iterable[AnyEvent], state: State) -> None:
        """Gets new facts and the state after them."""


class ScriptPlayer:
    """Gives the commands of a script."""

    def __init__(self, commands: Iterable[tuple[int, AnyCommand]]) -> None:
        self._commands = deque(commands)

    def next_t(self) -> int | None:
        return self._commands[0][1].t if self._commands else None

    def pop(self) -> tuple[int, AnyCommand]:
        return self._commands.popleft()

    def observe(self, events: Iterable[AnyEvent], state: State) -> None:
        """Does nothing: a script does not depend on what happens."""


class OnTargetPlayer:
    """Starts the groups at 0 and lets every athlete finish on target, if that is before the group's next GO.

    The constructor raises `KicktimerError` if an athlete has no target in a rep by distance.
    """

    def __init__(self, plan: Plan) -> None:
        for group in plan.groups:
            for rep in group.reps:
                missing = [name for name in group.athletes if rep.distance_mm is not None and name not in rep.targets]
                if missing:
                    raise KicktimerError(
                        f"rep {rep.number} has no target for {', '.join(missing)}",
                        "give a race time (--race 1500m=4:20), or a script",
                    )
        self._scheduled: list[tuple[int, int, AnyCommand]] = [(0, 0, Start(t=0))]
        self._tie_breaker = count(1)

    def next_t(self) -> int | None:
        return self._scheduled[0][0] if self._scheduled else None

    def pop(self) -> tuple[int, AnyCommand]:
        return 0, heappop(self._scheduled)[2]

    def observe(self, events: Iterable[AnyEvent], state: State) -> None:
        for event in events:
            if not isinstance(event, RepStarted):
                continue
            run = state.groups[event.group].newest_run
            assert run is not None
            self._cancel_finishes_after(event.t, run.present)
            for name in run.present if run.rep.distance_mm is not None else ():
                target = run.rep.targets.get(name)  # a late-comer may have none
                if target is not None:
                    t = event.t + target.ms
                    heappush(self._scheduled, (t, next(self._tie_breaker), Tap(t=t, athlete=name)))

    def _cancel_finishes_after(self, go: int, athletes: tuple[str, ...]) -> None:
        """Cancels the finishes of these athletes after `go`, at which their next rep starts: they are missed."""
        self._scheduled = [
            each
            for each in self._scheduled
            if not (isinstance(each[2], Tap) and each[2].athlete in athletes and each[0] > go)
        ]
        heapify(self._scheduled)


def _run(plan: Plan, player: Player) -> Rehearsal:
    state = initial_state(plan)
    events: list[AnyEvent] = []
    refused: list[dict[str, Any]] = []

    def record(outcome: Outcome) -> State:
        events.extend(outcome.events)
        player.observe(outcome.events, outcome.state)
        return outcome.state

    while True:
        at, deadline = player.next_t(), next_deadline(state)
        if at is None and deadline is None:
            break
        if at is None or (deadline is not None and deadline <= at):
            assert deadline is not None
            state = record(advance(state, deadline))
            continue
        line, command = player.pop()
        outcome = decide(state, command)
        if isinstance(outcome, Refusal):
            refused.append({"line": line, "t": command.t, "do": command.do, "reason": outcome.reason})
        else:
            state = record(outcome)
    if state.finished and state.ended is None:
        outcome = decide(state, End(t=state.now))
        assert isinstance(outcome, Outcome)
        state = record(outcome)
    return Rehearsal(tuple(events), state, tuple(refused))
