"""How long reading and planning take, and how fast `kicktimer check` starts: `bench_formats.py [PAIRS]`.

Loading is measured inside of one process, after imports. Starting is measured as a ratio to a Python that imports the
two libraries and nothing else, in pairs that take turns, so that what else runs on the machine slows both; the median
of the pairs' ratios is what counts. Exit status 1 where an aim is missed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from kicktimer.library import load_workout
from kicktimer.plan import build_plan
from kicktimer.squad import parse_squad

ROOT = Path(__file__).parents[1]
# The first run leaves compiled modules behind, as an installation does.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
AIM_MS = 10
AIM_RATIO = 3
SIXTEEN = "athletes:\n" + "".join(
    f"- {{name: Athlete {number}, group: {'AB'[number % 2]}, races: {{1500m: '4:{number:02d}.5', 800m: '2:00'}}}}\n"
    for number in range(16)
)


def load_and_plan(name: str) -> float:
    """Milliseconds from a workout's name and a squad's text to the plan."""
    start = time.perf_counter()
    workout = load_workout(name)[0]
    squad = parse_squad(SIXTEEN, "squad.yaml")[0]
    build_plan(workout, squad)
    return (time.perf_counter() - start) * 1000


def lasts(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> int:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    missed = 0
    names = ("8x400-burner", "indoor-200-track", "kick-finisher")
    for name in names:
        load_and_plan(name)  # the first builds the models
        taken = median(load_and_plan(name) for _ in range(30))
        print(f"{name}: loaded and planned for 16 athletes in {taken:.1f} ms (aim: under {AIM_MS})")
        missed += taken >= AIM_MS
    files = [str(path) for path in sorted((ROOT / "workouts").glob("*.yaml"))[:10]]
    check = [str(Path(sys.executable).with_name("kicktimer")), "check", *files]
    bare = [sys.executable, "-c", "import pydantic, yaml"]
    lasts(check), lasts(bare)
    both = [(lasts(check), lasts(bare)) for _ in range(pairs)]
    ratio = median(one / other for one, other in both)
    print(
        f"kicktimer check on {len(files)} files takes {median(one for one, _ in both) * 1000:.0f} ms, "
        f"{ratio:.2f} times importing pydantic and yaml (aim: under {AIM_RATIO}; {pairs} pairs)"
    )
    return int(missed > 0 or ratio >= AIM_RATIO)


if __name__ == "__main__":
    sys.exit(main())
