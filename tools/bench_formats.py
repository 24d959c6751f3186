"""Measures how long loading and planning take, and how fast `kicktimer check` starts: `bench_formats.py [PAIRS]`.

Loading and planning are timed in one process, after the imports. The start is timed as a ratio to a Python process that
only imports pydantic and yaml. The two run in turn, so that other load on the machine slows both, and the result is the
median ratio of all pairs. The exit status is 1 if a time or ratio is over its limit.
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
# Without this variable the first run writes compiled modules, which an installation has too.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
MAX_LOAD_MS = 10
MAX_START_RATIO = 3
SQUAD_OF_SIXTEEN = "athletes:\n" + "".join(
    f"- {{name: Athlete {number}, group: {'AB'[number % 2]}, races: {{1500m: '4:{number:02d}.5', 800m: '2:00'}}}}\n"
    for number in range(16)
)


def time_load_and_plan(name: str) -> float:
    """Returns the ms that it takes to load a workout and a squad and to build the plan."""
    start = time.perf_counter()
    workout = load_workout(name)[0]
    squad = parse_squad(SQUAD_OF_SIXTEEN, "squad.yaml")[0]
    build_plan(workout, squad)
    return (time.perf_counter() - start) * 1000


def run_seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> int:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    missed = 0
    names = ("8x400-burner", "indoor-200-track", "kick-finisher")
    for name in names:
        time_load_and_plan(name)  # the first call builds the pydantic models
        median_ms = median(time_load_and_plan(name) for _ in range(30))
        print(f"{name}: loaded and planned for 16 athletes in {median_ms:.1f} ms (limit: {MAX_LOAD_MS})")
        missed += median_ms >= MAX_LOAD_MS
    files = [str(path) for path in sorted((ROOT / "workouts").glob("*.yaml"))[:10]]
    check = [str(Path(sys.executable).with_name("kicktimer")), "check", *files]
    imports_only = [sys.executable, "-c", "import pydantic, yaml"]
    run_seconds(check), run_seconds(imports_only)
    durations = [(run_seconds(check), run_seconds(imports_only)) for _ in range(pairs)]
    ratio = median(kicktimer_s / bare_s for kicktimer_s, bare_s in durations)
    check_ms = median(kicktimer_s for kicktimer_s, _ in durations) * 1000
    print(
        f"kicktimer check on {len(files)} files takes {check_ms:.0f} ms, "
        f"{ratio:.2f} times importing pydantic and yaml (limit: {MAX_START_RATIO}; {pairs} pairs)"
    )
    return int(missed > 0 or ratio >= MAX_START_RATIO)


if __name__ == "__main__":
    sys.exit(main())
