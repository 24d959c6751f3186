"""A small season as saved logs: burners of a group with splits, bands, ratings, corrections, misses and drops.

The times are drawn from a seed around the targets, and go through the real engine. The names are those that break
exports: markup, formulas, quotes, right-to-left, very long ones.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from random import Random
from typing import TYPE_CHECKING, Any

from kicktimer.journal import write_log
from kicktimer.plan import build_plan, dump
from kicktimer.rehearsal import rehearse
from kicktimer.session import to_fact
from kicktimer.session.commands import AnyCommand, Close, Correct, Drop, End, Note, Rate, Start, Tap
from kicktimer.squad import Athlete, Squad, dump_squad
from kicktimer.squad.model import assign_keys
from kicktimer.workout import dump_workout, parse_workout

if TYPE_CHECKING:
    from pathlib import Path

    from kicktimer.plan import Plan

NAMES = (
    "Dana K", "Matan", "Noa & Söhne", "=SUM(A1)", "<b>Bob</b>", 'Ann "Q" O\'Neil', "دانا السريعة", "X" * 60,
    "-3", "@ann", "Zoë 🏃", "a|b*c_d",
)  # fmt: skip
WORKOUTS = (
    ("8x400 burner", "kind: burner\nsets: [{reps: 8, distance: 400m, recovery: 1min, timed: [200m]}]\nclosing: 2\n"),
    (
        "6x300 <i>fast</i>",
        "kind: speed\nsets: [{reps: 6, distance: 300m, target: 46-50s, recovery: 90s}]\nclosing: 1\n",
    ),
    ("5x600 tempo", "kind: tempo\nsets: [{reps: 5, distance: 600m, pace: 3k, recovery: 75s}]\nclosing: 1\n"),
)
FIRST = datetime(2026, 4, 6, 18, 0, tzinfo=timezone(timedelta(hours=2)))


def save_season(directory: Path, sessions: int = 12, athletes: int = 6, seed: int = 1) -> None:
    """Writes `sessions` logs of the first `athletes` of `NAMES`, three or four days apart."""
    directory.mkdir(parents=True, exist_ok=True)
    for number in range(sessions):
        save_session(directory, number, athletes, Random(f"{seed}/{number}"))


def save_session(directory: Path, number: int, athletes: int, chance: Random) -> None:
    """Writes one log."""
    name, text = WORKOUTS[number % len(WORKOUTS)]
    workout, _ = parse_workout(f"name: {name!r}\n{text}", "sample")
    people = tuple(
        Athlete(each, "", "A", {1_500_000: 240_000 + 4000 * place}) for place, each in enumerate(NAMES[:athletes])
    )
    squad = Squad("Sample squad", assign_keys(people))
    plan = build_plan(workout, squad)
    started = FIRST + timedelta(days=3 * number + number // 2)
    played = rehearse(plan, list(enumerate(_commands(plan, chance, number), 1)))
    assert not played.refused, played.refused
    session_id = f"{started:%Y-%m-%dT%H%M%S}-{number:06x}"
    header: dict[str, Any] = {
        "kicktimer_log": 1, "id": session_id, "app": "kicktimer", "workout": dump_workout(workout),
        "squad": dump_squad(squad), "plan": dump(plan), "started": started.isoformat(), "seq": number + 1,
        "clock": {"name": "boottime"},
    }  # fmt: skip
    facts = [{**to_fact(event), "wall": started.isoformat()} for event in played.events]
    write_log(directory / f"{session_id}.jsonl", header, facts)


def _commands(plan: Plan, chance: Random, number: int) -> list[AnyCommand]:
    """Returns what a coach does: taps at marks and finishes, a few of them missing, then corrections and ratings."""
    reps = plan.groups[0].reps
    commands: list[AnyCommand] = [Start(t=0)]
    go, dropped = 10_000, ""
    for rep in reps:
        finishes = []
        for place, (name, target) in enumerate(rep.targets.items()):
            if name == dropped:
                continue
            time = target.ms + chance.randrange(-900, 1300) - 6 * number
            if chance.random() < 0.03 and place:
                continue
            for mark in rep.timed:
                at = time * mark // (rep.distance_mm or mark)
                commands.append(Tap(t=go + at + chance.randrange(-300, 300), athlete=name))
            finishes.append(Tap(t=go + time, athlete=name))
        commands += finishes
        last = max(each.t for each in finishes)
        end = go + max(target.ms for target in rep.targets.values()) + 4000
        if len(finishes) < len(rep.targets) - (dropped != ""):
            commands.append(Close(t=end))
        if rep.number == 4 and number % 4 == 1:
            dropped = plan.athletes[-1].name
            commands.append(Drop(t=end + 1, athlete=dropped))
        go = last + rep.rest.ms
        if rep is reps[-1]:
            go = end
    first = plan.athletes[0].name
    commands += [Correct(t=go + 10, athlete=first, rep=2, time=reps[1].targets[first].ms + 1234)]
    for rep in reps[-2:]:
        commands += [Rate(t=go + 20, athlete=each.name, rep=rep.number, relaxation=chance.randrange(1, 6))
                     for each in plan.athletes if each.name != dropped]  # fmt: skip
    commands += [Note(t=go + 30, text="wind <from> the =east & cold"), End(t=go + 40)]
    return sorted(commands, key=lambda each: each.t)
