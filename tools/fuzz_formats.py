"""Parses and plans N random mutations of the shipped workouts and of a squad: `fuzz_formats.py [N [SEED]]`.

Parsing and planning may raise only `KicktimerError`, and must together take at most a second of CPU time. A plan's
warnings and notes must be safe to show. Otherwise the exit status is 1, and the text is printed.
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
LINE = (
    "wu2km, 2x(200 r45 + 3x(4x300 @46>45)) @98%1500 R4:00, 10x200 @1500+1s on60, 4x300 @50-52 r60>45>30, "
    "2400[200 @33 + 200 @3k-5k] r200m/75s, 20min[45s + 15s @free] r50% closing2, cd10min"
)
WORDS = "{ } [ ] : - , # ' \" &a *a !!str | > ? 0 -1 x ( ) + % @ null ~ é 漢 400m 30s reps: sets: <<: .. nan own"
PIECES = (*WORDS.split(), "\n", "  ", ": ", "- ", "\t", "\0", "\u202e", "9" * 30)


def mutate(text: str, rng: random.Random) -> str:
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(text) + 1)
        kind = rng.random()
        if kind < 0.5:
            text = text[:at] + rng.choice(PIECES) + text[at + rng.randrange(6) :]
        elif kind < 0.75:
            text = text[:at] + text[at + rng.randrange(30) :]
        else:
            end = min(len(text), at + rng.randrange(60))
            to = rng.randrange(len(text) + 1)
            text = text[:to] + text[at:end] + text[to:]
    return text


def gives_plan(text: str, squad: object) -> bool:
    """Returns whether the text gives a plan; raises whatever it must not raise."""
    try:
        if squad:
            runners = parse_squad(text, "fuzz.yaml")[0]
            workout = parse_oneliner("6x300 r30, 2x(200+mile) @kick on95")
        else:
            runners = single_athlete_squad({1_500_000: 240_000})
            workout = parse_oneliner(text[1:]) if text.startswith("0") else parse_workout(text, "fuzz.yaml")[0]
        plan = build_plan(workout, runners)
        for message in (*warnings(plan), *notes(plan)):
            assert message == clean(message), message
        line = format_oneliner(workout)
        assert line is None or build_plan(parse_oneliner(line), runners).groups[0].reps
    except FaultsError as error:
        for fault in error.faults:
            format_fault(fault)
    except KicktimerError:
        pass
    else:
        return True
    return False


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)  # noqa: S311 - a seed makes a run repeatable
    seeds = [*((text.decode(), False) for _, text in shipped_workouts()), (SQUAD, True), ("0" + LINE, False)]
    slowest, slowest_text, planned = 0.0, "", 0
    for _ in range(count):
        seed, squad = rng.choice(seeds)
        text = mutate(seed, rng)
        begin = time.process_time()  # CPU time: other programs on the machine do not count
        try:
            planned += gives_plan(text, squad)
        except Exception:
            print(repr(text))
            raise
        slowest, slowest_text = max((slowest, slowest_text), (time.process_time() - begin, text))
    print(f"{count} files, of which {planned} gave a plan; the slowest took {slowest * 1000:.0f} ms:")
    print(repr(slowest_text[:2000]))
    return int(slowest > 1)


if __name__ == "__main__":
    sys.exit(main())
