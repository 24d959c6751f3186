"""Plays random scripts through the session engine and checks every GO: `tools/soak_session.py [N] [SEED]`.

Every GO must come with all its pips since its countdown began, or with 3 s of notice: it comes at least 3 s after the
last fact that moved it, unless a finish moved it. The facts, applied again, must give the same state. Hypothesis is not
used, so that 100,000 scripts take minutes.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from kicktimer.pace import Pace
from kicktimer.plan import GroupPlan, Plan, PlannedRep, Rest, Target
from kicktimer.session import Outcome, State, advance, apply, decide, initial_state, to_fact
from kicktimer.session import commands as do
from kicktimer.session.state import MIN_GO_NOTICE_MS
from kicktimer.squad import Athlete

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kicktimer.session import AnyCommand, AnyEvent

DEFAULT_SCRIPTS = 500
COUNTDOWN_MS = 10_000
MAX_COMMANDS = 40
STEPS_MS = (0, 1, 400, 3000, 9000, 20_000, 25_000, 60_000)
BEFORE_GO_MS = (0, 1, 900, 2500, 3500, 9000)
CONSEQUENCES = ("recovery_started", "recovery_changed", "assigned", "unassigned")
RACE = Pace("race", "1500m", 1_500_000)
NAMES = ("Ada", "Ben", "Cleo", "Dov", "Eve", "Finn")


@dataclass(frozen=True)
class AnnouncedGo:
    """The next GO of a group, since the moment `t` at which `cause` (an event's name) set or moved it."""

    go: int
    t: int
    cause: str


class GoWatch:
    """Follows the facts of a session and finds GOs that came without notice."""

    def __init__(self, plan: Plan) -> None:
        self.state = initial_state(plan)
        self.faults: list[str] = []
        self._announced: dict[str, AnnouncedGo] = {}
        self._removed: dict[str, tuple[int, AnnouncedGo]] = {}
        self._cause = ("", -1)

    def take(self, event: AnyEvent) -> None:
        """Applies the next fact and checks it, if it is a GO."""
        if event.event not in CONSEQUENCES or self._cause[1] != event.t:
            self._cause = (event.event, event.t)
        announced = self._announced.pop(event.group, None) if event.event == "rep_started" else None  # type: ignore[union-attr]
        if announced is not None and event.t - announced.t < MIN_GO_NOTICE_MS and not _needs_no_notice(announced):
            self.faults.append(f"GO at {event.t} was set at {announced.t} by {announced.cause}")
        self.state = apply(self.state, event)
        for name, group in self.state.groups.items():
            self._follow(name, group.pending_go, event.t)

    def _follow(self, name: str, go: int | None, t: int) -> None:
        announced = self._announced.get(name)
        if go == (None if announced is None else announced.go):
            return
        if announced is not None:
            self._removed[name] = (t, announced)
        if go is None:
            del self._announced[name]
            return
        removed_at, removed = self._removed.get(name, (-1, None))
        if removed is not None and removed_at == t and removed.go == go:  # an exchange of athletes, at one moment
            self._announced[name] = removed
        else:
            self._announced[name] = AnnouncedGo(go, t, self._cause[0])


def _needs_no_notice(announced: AnnouncedGo) -> bool:
    """Whether a finish set the GO, or the GO before it (a planned recovery may be shorter than any notice)."""
    return announced.cause in ("tapped", "rep_started")


def check_script(rng: Random) -> tuple[list[str], list[dict[str, object]]]:
    """Plays one random script. Returns what is wrong, and the session's facts."""
    plan = random_plan(rng)
    state, watch, facts = initial_state(plan), GoWatch(plan), []

    def take(outcome: Outcome) -> State:
        for event in outcome.events:
            watch.take(event)
            facts.append(to_fact(event))
        return outcome.state

    now = 0
    for number in range(rng.randint(5, MAX_COMMANDS)):
        now = next_moment(rng, state, now)
        state = take(advance(state, now))
        command = do.Start(t=now) if number == 0 else random_command(rng, state, now)
        outcome = decide(state, command)
        if isinstance(outcome, Outcome):
            state = take(outcome)
    state = take(advance(state, now + 300_000))
    if watch.state != state:
        watch.faults.append("the facts give another state")
    return watch.faults, facts


def next_moment(rng: Random, state: State, now: int) -> int:
    """Returns a random moment from `now` on, often shortly before a GO."""
    gos = [group.go for group in state.groups.values() if group.go is not None]
    if gos and rng.random() < 0.4:
        return max(now, rng.choice(gos) - rng.choice(BEFORE_GO_MS))
    return now + rng.choice(STEPS_MS)


def random_plan(rng: Random) -> Plan:
    """Returns one or two groups of 1 to 3 athletes with 2 to 5 reps."""
    groups, people, first = [], [], 0
    for label in "AB"[: rng.randint(1, 2)]:
        names = NAMES[first : first + rng.randint(1, 3)]
        first += len(names)
        reps = tuple(random_rep(rng, number, names) for number in range(1, rng.randint(2, 5) + 1))
        people += [Athlete(name, "", label) for name in names]
        groups.append(GroupPlan(label, names, reps, rng.choice((0, 5000, 12_000)), COUNTDOWN_MS))
    return Plan("random", "", "", "burner", tuple(people), tuple(groups))


def random_rep(rng: Random, number: int, names: Sequence[str]) -> PlannedRep:
    """Returns a rep of 200 m, or rarely of 20 s, with any kind of rest."""
    rest = rng.choice(("first", "last", "target", "send_off", "send_off", "ready"))
    by_time = rest != "target" and rng.random() < 0.15
    goals = {}
    if not by_time and (rest == "target" or rng.random() < 0.6):
        fastest = rng.randint(20_000, 30_000)
        for place, name in enumerate(names):
            ms = fastest + 1500 * place
            goals[name] = Target(ms, marks={100_000: ms // 2, 200_000: ms})
    split = not by_time and rng.random() < 0.3
    ms = 0 if rest == "ready" else rng.choice((0, 2000, 15_000, 40_000, 60_000))
    return PlannedRep(
        number, 1, "", None if by_time else 200_000, 20_000 if by_time else None, Rest(rest, ms), RACE,  # type: ignore[arg-type]
        timed=(100_000,) if split else (), optional=(100_000,) if split and rng.random() < 0.5 else (), targets=goals,
    )  # fmt: skip


def random_command(rng: Random, state: State, now: int) -> AnyCommand:
    """Returns a random command at `now`, legal or not."""
    group, athlete = rng.choice(list(state.groups)), rng.choice(list(state.athletes))
    fact = rng.randint(max(1, state.n - 10), max(1, state.n))
    choices: list[AnyCommand] = [
        *[do.Tap(t=now, athlete=athlete)] * 6, *[do.Tap(t=now, group=group)] * 3, *[do.Undo(t=now)] * 5,
        *[do.Redo(t=now)] * 3, *[do.Assign(t=now, tap=fact, athlete=athlete)] * 2,
        *[do.Unassign(t=now, tap=fact)] * 2, *[do.Delete(t=now, tap=fact)] * 2,
        do.Insert(t=now, at=rng.randint(0, now), athlete=athlete),
        do.Insert(t=now, at=rng.randint(0, now), group=group),
        do.Correct(t=now, athlete=athlete, rep=rng.randint(1, 5), time=25_000), do.Close(t=now, group=group),
        *[do.Hold(t=now, group=group)] * 2, *[do.Release(t=now, group=group)] * 3, do.Recall(t=now, group=group),
        *[do.Adjust(t=now, ms=rng.choice((5000, 20_000, -5000, -60_000)), group=group)] * 3,
        do.LateStart(t=now, ms=rng.choice((2000, -2000, -20_000)), group=group), do.Skip(t=now, group=group),
        do.Add(t=now, group=group), do.Drop(t=now, athlete=athlete), do.Return(t=now, athlete=athlete),
        do.Move(t=now, athlete=athlete, group=group), do.Start(t=now, group=group), do.Note(t=now, text="wind"),
    ]  # fmt: skip
    return rng.choice(choices)


def main(arguments: Sequence[str]) -> int:
    """Plays N scripts, prints the first faults, and returns 1 if there was one."""
    scripts = int(arguments[0]) if arguments else DEFAULT_SCRIPTS
    seed = int(arguments[1]) if len(arguments) > 1 else 1
    began, wrong, gos = time.perf_counter(), 0, 0
    for number in range(seed, seed + scripts):
        faults, facts = check_script(Random(number))  # noqa: S311 - a repeatable script, no secret
        gos += sum(fact["event"] == "rep_started" for fact in facts)
        if faults:
            wrong += 1
            if wrong <= 5:
                print(f"script {number}: {'; '.join(faults)}")
                print(*(f"  {fact}" for fact in facts), sep="\n")
    print(f"{scripts} scripts, {gos} GOs, {wrong} with faults, {time.perf_counter() - began:.1f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
