"""Mutate shipped workouts and a squad, and see that each gives a plan or faults, quickly: `fuzz_formats.py [N [SEED]]`.

The rule that is checked: whatever a file holds, nothing but `FaultsError` comes out of reading it and nothing but
`KicktimerError` out of planning it, within a second; what is told of a plan is safe to show. Exit status 1 with the
text of the first that breaks it.
"""

from __future__ import annotations

import random
import sys
import time

from kicktimer.errors import FaultsError, KicktimerError
from kicktimer.library import shipped_workouts
from kicktimer.plan import build_plan, notes, warnings
from kicktimer.squad import parse_squad, single_athlete_squad
from kicktimer.text import clean, format_fault
from kicktimer.workout import parse_oneliner, parse_workout
from kicktimer.workout.oneliner_format import format_oneliner

SQUAD = """\
name: Monday squad
track: {length: 400m, lane: 1}
athletes:
  - name: Matan
    key: m
    races: {1500m: 3:58.2, 800m: 1:54.0}
    kick: {fresh_200m: 25.6, goal_last_200m: 27.2}
groups:
  B: {start_after: 10s, workout: 8x300 @1500 r30}
"""
LINE = "2x(200+300+400) @98%1500 r30 R4:00, 10x200 @1500+1s on60, 3x3min r2min closing2"
WORDS = "{ } [ ] : - , # ' \" &a *a !!str | > ? 0 -1 x ( ) + % @ null ~ é 漢 400m 30s reps: sets: <<: .. nan own"
PIECES = (*WORDS.split(), "\n", "  ", ": ", "- ", "\t", "\0", "\u202e", "9" * 30)


def mutate(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(text) + 1)
        kind = chance.random()
        if kind < 0.5:
            text = text[:at] + chance.choice(PIECES) + text[at + chance.randrange(6) :]
        elif kind < 0.75:
            text = text[:at] + text[at + chance.randrange(30) :]
        else:
            end = min(len(text), at + chance.randrange(60))
            to = chance.randrange(len(text) + 1)
            text = text[:to] + text[at:end] + text[to:]
    return text


def try_one(text: str, squad: object) -> bool:
    """Whether it gave a plan."""
    try:
        if squad:
            people = parse_squad(text, "fuzz.yaml")[0]
            workout = parse_oneliner("6x300 r30, 2x(200+mile) @kick on95")
        else:
            people = single_athlete_squad({1_500_000: 240_000})
            workout = parse_oneliner(text[1:]) if text.startswith("0") else parse_workout(text, "fuzz.yaml")[0]
        plan = build_plan(workout, people)
        for told in (*warnings(plan), *notes(plan)):
            assert told == clean(told), told
        said = format_oneliner(workout)
        assert said is None or build_plan(parse_oneliner(said), people).groups[0].reps
    except FaultsError as error:
        for fault in error.faults:
            format_fault(fault)
    except KicktimerError:
        pass
    else:
        return True
    return False


def main() -> int:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    chance = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)  # noqa: S311 - to be run again alike
    seeds = [*((text.decode(), False) for _, text in shipped_workouts()), (SQUAD, True), ("0" + LINE, False)]
    slowest, which, planned = 0.0, "", 0
    for _ in range(number):
        seed, squad = chance.choice(seeds)
        text = mutate(seed, chance)
        begin = time.process_time()  # what others do on the machine does not count
        try:
            planned += try_one(text, squad)
        except Exception:
            print(repr(text))
            raise
        slowest, which = max((slowest, which), (time.process_time() - begin, text))
    print(f"{number} files, of which {planned} gave a plan; the slowest took {slowest * 1000:.0f} ms: {which[:2000]!r}")
    return int(slowest > 1)


if __name__ == "__main__":
    sys.exit(main())
