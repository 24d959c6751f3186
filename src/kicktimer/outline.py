"""The outline of a session: what a list of sessions shows, counted in one pass over the facts without a replay.

It agrees with `results` for every log that replays, and costs less than decoding the log's JSON. Facts of an unknown
source are counted as they are; whether they fit each other is seen only by a replay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


ARRIVAL_EVENTS = frozenset({"tapped", "assigned", "unassigned", "bounced", "recovery_started", "recovery_changed"})
"""Most facts of a log: they change no count."""


class _Run(NamedTuple):
    """A rep of a group that was started, or skipped before its GO. `n` is the fact, `members` are the group's."""

    n: int
    rep: str
    members: frozenset[str]
    started: bool


@dataclass(frozen=True, slots=True)
class SessionOutline:
    """The workout's name, the state, the number of different reps that were started, and who was in any rep."""

    workout: str
    state: Literal["finished", "abandoned", "interrupted"]
    reps: int
    athletes: frozenset[str]


def outline(header: Mapping[str, Any], facts: Iterable[Mapping[str, Any]]) -> SessionOutline:
    """Returns the outline of a session. Raises `ValueError` if the header has no plan that can be read."""
    plan = header.get("plan")
    if not isinstance(plan, dict) or not isinstance(plan.get("name"), str):
        raise ValueError("the header has no plan")  # noqa: TRY004 - a wrong value in a file
    try:
        members = {str(group["name"]): {*map(str, group["athletes"])} for group in plan["groups"]}
    except (KeyError, TypeError) as error:
        raise ValueError("the plan in the header has no groups") from error
    runs: dict[str, list[_Run]] = {name: [] for name in members}
    taken_back: set[Any] = set()
    state: Literal["finished", "abandoned", "interrupted"] = "interrupted"
    for fact in facts:
        kind = fact["event"]
        if kind in ARRIVAL_EVENTS:
            continue
        group = str(fact.get("group"))
        if kind == "rep_started" or (kind == "skipped" and not fact.get("running")):
            who = frozenset(members.get(group, ()))
            run = _Run(fact["n"], str(fact.get("rep")), who, kind == "rep_started")
            runs.setdefault(group, []).append(run)
        elif kind == "recalled":
            _remove_last_started(runs.get(group, []))
        elif kind == "athlete_joined":
            athlete = fact.get("athlete")
            members.setdefault(group, set()).add(str(athlete.get("name") if isinstance(athlete, dict) else athlete))
        elif kind == "athlete_moved":
            members.setdefault(group, set()).discard(str(fact.get("athlete")))
            members.setdefault(str(fact.get("to")), set()).add(str(fact.get("athlete")))
        elif kind == "undone":
            taken_back.add(str(fact.get("of")))
        elif kind == "redone":
            taken_back.discard(str(fact.get("of")))
        elif kind == "session_ended":
            state = "finished" if fact.get("state") == "finished" else "abandoned"
    valid = [run for of_group in runs.values() for run in of_group if run.started or str(run.n) not in taken_back]
    return SessionOutline(
        plan["name"],
        state,
        len({run.rep for run in valid if run.started}),
        frozenset[str]().union(*(run.members for run in valid)),
    )


def _remove_last_started(runs: list[_Run]) -> None:
    for index in range(len(runs) - 1, -1, -1):
        if runs[index].started:
            del runs[index]
            return
