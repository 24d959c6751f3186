"""Lets a simulated coach time many sessions, and prints what became of the times: `simulate_operator.py [N [SEED]]`.

N sessions of 10 athletes and 8 reps, seeded SEED, SEED + 1, …: half of them with names by key, in one or two groups by
turns, the other half with the space bar and the names afterwards. `harness/simulated_coach.py` has the model. The exit
status is 1 if a time is not right although every slip in its rep was noticed, or if too many keys were needed.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from harness.simulated_coach import Mode, Outcome, run_session  # noqa: E402 - found by the line above

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_SESSIONS = 500
WORKERS = 2
MAX_PRESSES: dict[Mode, float] = {"names": 1.15, "space": 2.1}
"""The most presses per arrival, by how arrivals are taken."""
TITLES: dict[Mode, str] = {"names": "names by key", "space": "space, then names"}


def play(seed: int) -> Outcome:
    """Plays the session of this seed: of four in a row, one with names in one group, one in two, and two with space."""
    if seed % 2:
        return run_session(seed, "space")
    return run_session(seed, "names", groups=1 + seed // 2 % 2)


def report(mode: Mode, outcomes: Sequence[Outcome]) -> bool:
    """Prints the table of one way to take arrivals. Returns whether it holds what is required."""
    finishes, presses = sum(each.finishes for each in outcomes), sum(each.presses for each in outcomes)
    faults = [fault for each in outcomes for fault in each.faults]
    false = [(each.seed, fault) for each in outcomes for fault in each.false_though_noticed]
    print(f"\n{TITLES[mode]}: {len(outcomes)} sessions, {finishes} arrivals")
    print(f"  presses per arrival         {presses / finishes:8.3f}   (at most {MAX_PRESSES[mode]})")
    print(f"  right to the millisecond    {sum(each.right for each in outcomes):8}")
    print(f"  forgotten, then estimated   {sum(each.mended for each in outcomes):8}")
    print(f"  not right though noticed    {len(false):8}   (none)")
    both = sum(fault.touched and bool(fault.unnoticed) for fault in faults)
    print(
        f"  not right, slip unnoticed   {len(faults) - len(false):8}   ({both} of them touched by a noticed slip too)"
    )
    slips = sum((Counter(each.slips) for each in outcomes), Counter())
    causes = Counter((kind, fault.what) for fault in faults for kind in [" + ".join(fault.unnoticed)] if kind)
    print("  slip                         noticed  unnoticed   times not right because of unnoticed ones")
    kinds = sorted({kind for kind, _ in slips} | {kind for kind, _ in causes}, key=lambda kind: (" + " in kind, kind))
    for kind in kinds:
        whats = ", ".join(f"{count} {what}" for (of, what), count in sorted(causes.items()) if of == kind)
        print(f"    {kind:26} {slips[kind, True]:8} {slips[kind, False]:10}   {whats or '-'}")
    for seed, fault in false:
        print(f"  seed {seed}: {fault}")
    return not false and presses / finishes <= MAX_PRESSES[mode]


def main() -> int:
    """Plays the sessions and prints the tables."""
    sessions = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_SESSIONS
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    begun = time.perf_counter()
    with ProcessPoolExecutor(WORKERS) as pool:
        outcomes = list(pool.map(play, range(seed, seed + sessions), chunksize=4))
    print(f"simulate_operator.py {sessions} {seed}: {time.perf_counter() - begun:.0f} s")
    modes: tuple[Mode, ...] = ("names", "space")
    holds = [report(mode, found) for mode in modes if (found := [each for each in outcomes if each.mode == mode])]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
