"""Measures the history: how long the index takes, against reading and parsing the logs, in one run.

    .venv/bin/python tools/bench_review.py [--sessions 5000]

The sessions are those of 12 athletes over 10 reps. A few are rehearsed by the real engine, and each of them is saved
many times under other ids and dates. Times are CPU seconds of this process; the ratios are what counts.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.history import Filter, History
from kicktimer.history.index import INDEX_NAME
from kicktimer.journal import write_log
from kicktimer.plan import Plan, build_plan, dump
from kicktimer.rehearsal import read_script, rehearse
from kicktimer.review.kick import kick_report
from kicktimer.review.records import counted
from kicktimer.session import to_fact
from kicktimer.squad import Athlete, Squad
from kicktimer.workout import parse_oneliner

if TYPE_CHECKING:
    from collections.abc import Callable

DISTINCT = 20
LISTINGS = 20
ROUNDS = 3


def plan() -> Plan:
    athletes = tuple(Athlete(f"Athlete {place}", "", "A", {1_500_000: 240_000 + 2000 * place}) for place in range(12))
    return build_plan(parse_oneliner("10x400 @1500 r90 closing2"), Squad("bench", athletes))


def facts(of: Plan, seed: int) -> list[dict[str, object]]:
    """Returns the facts of a session in which everybody comes in near the target."""
    chance = random.Random(seed)  # noqa: S311
    lines, go = [json.dumps({"t": 0, "do": "start"})], 10_000
    for rep in of.groups[0].reps:
        taps = sorted((go + target.ms + chance.randrange(-900, 900), name) for name, target in rep.targets.items())
        marks = sorted(
            (go + target.ms // 2 + chance.randrange(-300, 300), name) for name, target in rep.targets.items()
        )
        arrivals = sorted([*marks, *taps]) if rep.timed else taps
        lines += [json.dumps({"t": t, "do": "tap", "athlete": name}) for t, name in arrivals]
        go = taps[-1][0] + 90_000
    lines.append(json.dumps({"t": go, "do": "end"}))
    played = rehearse(of, read_script("\n".join(lines), "bench", of))
    return [{**to_fact(event), "wall": "2026-01-01T18:00:00.000+00:00"} for event in played.events]


def save_sessions(directory: Path, count: int) -> None:
    of = plan()
    dumped, variants = dump(of), [facts(of, seed) for seed in range(DISTINCT)]
    for number in range(count):
        save(directory, number, dumped, variants[number % DISTINCT])


def save(directory: Path, number: int, dumped: dict[str, object], of: list[dict[str, object]]) -> None:
    started = datetime(2020, 1, 1, 18, tzinfo=UTC) + timedelta(hours=10 * number)
    header = {
        "kicktimer_log": 1, "id": f"s{number:05}", "app": "kicktimer", "workout": {}, "squad": {}, "plan": dumped,
        "started": started.isoformat(), "seq": number + 1, "clock": {"name": "boottime"},
    }  # fmt: skip
    write_log(directory / f"s{number:05}.jsonl", header, of)


def measure(call: Callable[[], object]) -> float:
    """Returns the CPU time of a call, in seconds."""
    start = time.process_time()
    call()
    return time.process_time() - start


def parse_all(directory: Path) -> None:
    for path in directory.glob("*.jsonl"):
        for line in path.read_bytes().splitlines():
            json.loads(line)


def list_all(directory: Path) -> int:
    with History(directory) as history:
        return len(history.entries())


def compute_records(directory: Path) -> int:
    with History(directory) as history:
        return len(history.names())


def one_session(directory: Path, session_id: str) -> object:
    with History(directory) as history:
        return history.session(session_id)


def report(directory: Path) -> object:
    with History(directory) as history:
        return kick_report("Athlete 3", counted(history.sessions(Filter(athlete="Athlete 3"))))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=5000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-review-") as folder:
        directory = Path(folder)
        save_sessions(directory, options.sessions)
        parsing = building = math.inf
        for _ in range(ROUNDS):  # in turns, the best of each: other programs use the machine, too
            parsing = min(parsing, measure(lambda: parse_all(directory)))
            (directory / INDEX_NAME).unlink(missing_ok=True)
            building = min(building, measure(lambda: compute_records(directory)))
        warm = min(measure(lambda: list_all(directory)) for _ in range(LISTINGS))
        one = measure(lambda: report(directory))
        save(directory, options.sessions, dump(plan()), facts(plan(), 99))
        added = measure(lambda: one_session(directory, f"s{options.sessions:05}"))
        added -= min(measure(lambda: one_session(directory, "s00000")) for _ in range(LISTINGS))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)
    print(f"{options.sessions} sessions: parsing their JSON takes {parsing:.2f} s of CPU")
    for name, seconds in (
        ("the index, with the records of all reps", building),
        ("the list, from the index", warm),
        ("one more session", max(added, 1e-6)),
        ("an athlete's kick report", one),
    ):
        print(f"{name:40} {seconds:9.4f} s  {seconds / parsing:8.4f} x parsing  1/{building / seconds:.0f} of building")
    print(f"memory at its peak {peak:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
