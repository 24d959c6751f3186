"""Measures how fast the session engine is, and whether its speed depends on the session's length.

    .venv/bin/python tools/bench_session.py

A ten-hour session of 500 reps for 36 athletes in 8 groups is played through the engine. Arrivals have no names, and
every fifth press is undone. After 10 facts and after 50,000 facts the same commands are decided repeatedly: a tap, an
assignment and two undos, each followed by what the live session needs then (the next deadline and the cues).

Then the CPU time of an athlete's key is measured in turns with one athlete and with 36: the tap, the next deadline, the
schedule of the sound and the board of the group. Journal, timers and painting are left out. The
lone athlete's key ends the rep, the key of one of 36 does not.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.cues import cues
from kicktimer.plan import Plan, build_plan
from kicktimer.results import results
from kicktimer.session import Outcome, Phase, State, advance, decide, initial_state, next_deadline
from kicktimer.session.commands import AnyCommand, Assign, Start, Tap, Undo
from kicktimer.session.events import Tapped
from kicktimer.session_audio import SessionAudio
from kicktimer.settings import Settings
from kicktimer.squad import Athlete, Group, Squad
from kicktimer.view import group_board
from kicktimer.workout import parse_oneliner

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REPS = 500
FEW_FACTS, MANY_FACTS = 10, 50_000


def lone_plan() -> Plan:
    """Returns the same reps for one athlete."""
    squad = Squad("one", (Athlete("Athlete 0", "", "A", {1_500_000: 270_000}),), (Group("A"),))
    return build_plan(parse_oneliner(f"{REPS}x200 @1500 r30"), squad)


def key_costs(plans: Sequence[Plan], count: int = 300) -> list[list[float]]:
    """Returns, for each plan, the CPU times of a key in ms, sorted. The plans are measured in turns."""
    states = [
        next(state for state in play(plan) if state.n >= FEW_FACTS and _everybody_is_out(state)) for plan in plans
    ]
    audios = [
        SessionAudio(Settings(), state, sink="off", log=Path(os.devnull), on_change=lambda: None, on_bell=None)
        for state in states
    ]
    found: list[list[float]] = [[] for _ in plans]
    for _ in range(count):
        for state, audio, costs in zip(states, audios, found, strict=True):
            t, group, name = min(_next_arrivals(state))
            start = time.thread_time()
            after = _decide(advance(state, t).state, Tap(t=t, athlete=name))
            next_deadline(after)
            audio.update(after, lambda ms: ms / 1000, 0)
            group_board(after, group)
            costs.append(1000 * (time.thread_time() - start))
    return [sorted(costs) for costs in found]


def long_plan() -> Plan:
    """Returns a plan of 200 m reps that take 36 to 38 s, with a recovery of 30 s.

    The slowest athletes of all groups have the same target, so the groups stay in step and states can be compared.
    """
    labels = "ABCDEFGH"
    athletes = tuple(
        Athlete(f"Athlete {place}", "", labels[place % 8], {1_500_000: 270_000 + 6000 * min(place // 8, 3)})
        for place in range(36)
    )
    groups = tuple(Group(label, start_after_ms=1700 * place) for place, label in enumerate(labels))
    return build_plan(parse_oneliner(f"{REPS}x200 @1500 r30"), Squad("long", athletes, groups))


def play(plan: Plan) -> Iterator[State]:
    """Plays the session with everybody on target. Yields the state before each arrival, and the last state."""
    state = _decide(initial_state(plan), Start(t=0))
    for count in itertools.count():
        while not (coming := _next_arrivals(state)) or (
            (deadline := next_deadline(state)) is not None and deadline <= min(coming)[0]
        ):
            if (deadline := next_deadline(state)) is None:
                yield state
                return
            state = advance(state, deadline).state
        yield state
        t, group, _ = min(coming)
        if count % 5 == 0:
            state = _decide(_decide(state, Tap(t=t, group=group)), Undo(t=t))
        state = _decide(state, Tap(t=t, group=group))


def _next_arrivals(state: State) -> list[tuple[int, str, str]]:
    """Returns moment, group and athlete of the next arrival of each running group."""
    found = []
    for group in state.groups.values():
        if group.phase is Phase.RUNNING and group.runs[-1].started is not None:
            run = group.runs[-1]
            expected = sorted((run.rep.targets[name].ms, name) for name in run.present)
            ms, name = expected[sum(not each.removed for each in run.arrivals)]
            found.append((run.started + ms, group.name, name))
    return found


def _everybody_is_out(state: State) -> bool:
    """Whether every group is in a rep and nobody has arrived yet: states in this situation can be compared."""
    runs = [group.runs[-1] for group in state.groups.values() if group.phase is Phase.RUNNING]
    return len(runs) == len(state.groups) and not any(run.arrivals for run in runs)


def _decide(state: State, command: AnyCommand) -> State:
    outcome = decide(state, command)
    assert isinstance(outcome, Outcome), (command, outcome)
    return outcome.state


def commands_per_second(state: State, seconds: float) -> float:
    """Decides a tap, an assignment and two undos from the same state for `seconds`. Returns the commands per second."""
    t, group, name = min(_next_arrivals(state))
    other = next(each for each in state.groups[group].runs[-1].present if each != name)
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        now = advance(state, t).state
        tapped = decide(now, Tap(t=t, group=group))
        assert isinstance(tapped, Outcome)
        n = next(event.n for event in tapped.events if isinstance(event, Tapped))
        now = tapped.state
        for command in (Assign(t=t, tap=n, athlete=other), Undo(t=t), Undo(t=t)):
            now = _decide(now, command)
            next_deadline(now)
            cues(now)
        count += 4
    return count / (time.perf_counter() - start)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each measurement takes")
    options = parser.parse_args()
    plan = long_plan()
    start = time.perf_counter()
    found: dict[int, State] = {}
    for state in play(plan):
        for facts in (FEW_FACTS, MANY_FACTS):
            if state.n >= facts and facts not in found and _everybody_is_out(state):
                found[facts] = state
    took = time.perf_counter() - start
    print(f"{state.now / 3_600_000:.1f} h, {REPS} reps, 36 athletes in 8 groups: {state.n} facts in {took:.1f} s")
    start = time.perf_counter()
    timed = sum(each.status == "timed" for rep in results(state).reps for each in rep.athletes.values())
    print(f"{timed} times read in {time.perf_counter() - start:.2f} s")
    speeds = {facts: commands_per_second(at, options.seconds) for facts, at in found.items()}
    for facts, speed in speeds.items():
        print(f"at {found[facts].n} facts {speed:.0f} commands a second")
    at_few, at_many = speeds[FEW_FACTS], speeds[MANY_FACTS]
    print(f"ratio {at_few / at_many:.2f}")
    found_costs = key_costs((lone_plan(), plan))
    for share, name in ((0.5, "median"), (0.95, "95th percentile")):
        one, many = (costs[int(share * len(costs))] for costs in found_costs)
        print(f"a key, {name}: one athlete {one:.3f} ms, 36 athletes {many:.3f} ms, ratio {many / one:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
