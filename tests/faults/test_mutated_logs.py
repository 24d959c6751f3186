"""Mutated logs: whatever is in a file, the commands read its sound part or refuse it, without a traceback."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kicktimer.cli import main
from kicktimer.errors import KicktimerError
from kicktimer.journal import read_log
from kicktimer.results import document
from kicktimer.saved_session import replay_log
from tests.faults import scaled

if TYPE_CHECKING:
    from collections.abc import Callable

LOGS = sorted((Path(__file__).parents[1] / "journal" / "logs").glob("*.jsonl"))
VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 10**12, -(10**12), 10**200, 0.5, -0.0, 1e300, "", "x", "finish", "A", "\x1b]0;x\x07", "\ud800",
    [], {}, [[]], {"": None}, {"name": "A"}, ["Matan"], [10**9] * 3,
)  # fmt: skip
TIME_LIMIT_S = 20.0  # of CPU; reading the longest of these logs takes some hundredths of a second


def flip_a_byte(chance: random.Random, lines: list[bytes]) -> None:
    at = chance.randrange(len(lines))
    if lines[at]:
        place = chance.randrange(len(lines[at]))
        lines[at] = lines[at][:place] + bytes([chance.randrange(256)]) + lines[at][place + 1 :]


def change_a_value(chance: random.Random, lines: list[bytes]) -> None:
    """Replaces a value anywhere in a line, such as one of the plan in the header."""
    at = 0 if chance.random() < 0.3 else chance.randrange(len(lines))
    try:
        record = json.loads(lines[at])
    except (ValueError, RecursionError):
        return
    place = record
    while isinstance(place, dict | list) and place:
        key: Any = chance.choice([*place]) if isinstance(place, dict) else chance.randrange(len(place))
        if not isinstance(place[key], dict | list) or not place[key] or chance.random() < 0.2:
            if isinstance(place, dict) and chance.random() < 0.2:
                del place[key]
            else:
                place[key] = chance.choice(VALUES)
            break
        place = place[key]
    lines[at] = json.dumps(record).encode()


def swap_two_lines(chance: random.Random, lines: list[bytes]) -> None:
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]


def renumber(chance: random.Random, lines: list[bytes]) -> None:
    """Takes a run of facts out and numbers the rest again, so that well-formed facts do not fit each other."""
    start = chance.randrange(1, len(lines) + 1)
    del lines[start : start + chance.randrange(1, 9)]
    for n, line in enumerate(lines[1:], start=1):
        try:
            lines[n] = json.dumps({**json.loads(line), "n": n}).encode()
        except (ValueError, TypeError, RecursionError):
            return


def duplicate_a_line(chance: random.Random, lines: list[bytes]) -> None:
    at = chance.randrange(len(lines))
    lines.insert(chance.randrange(len(lines) + 1), lines[at])


def delete_a_line(chance: random.Random, lines: list[bytes]) -> None:
    if len(lines) > 1:
        del lines[chance.randrange(len(lines))]


def cut(chance: random.Random, lines: list[bytes]) -> None:
    at = chance.randrange(len(lines))
    lines[at:] = [lines[at][: chance.randrange(len(lines[at]) + 1)]]


def zero(chance: random.Random, lines: list[bytes]) -> None:
    at = chance.randrange(len(lines))
    lines[at:] = [b"\0" * sum(map(len, lines[at:]))]


def insert_rubbish(chance: random.Random, lines: list[bytes]) -> None:
    rubbish = [b"", b"[" * 5000, b'{"a":' * 3000, b"9" * 9000, chance.randbytes(40), b'{"kicktimer_log":1,"id":"x"}']
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(rubbish))


MUTATIONS: tuple[Callable[[random.Random, list[bytes]], None], ...] = (
    flip_a_byte, change_a_value, change_a_value, change_a_value, swap_two_lines, renumber, renumber, duplicate_a_line,
    delete_a_line, cut, zero, insert_rubbish,
)  # fmt: skip


def mutate(chance: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\n")[:-1]
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        chance.choice(MUTATIONS)(chance, lines)
        lines = lines or [b""]
    return b"\n".join(lines) + chance.choice([b"\n", b"\n", b"", b"\0" * 512])


def test_mutated_log_is_read_as_far_as_it_is_sound(tmp_path: Path) -> None:
    originals = [path.read_bytes() for path in LOGS]
    path = tmp_path / "mutated.jsonl"
    outcomes = {"sound": 0, "damaged": 0, "refused": 0}
    for seed in range(scaled(400, 200_000)):
        chance = random.Random(seed)
        data = mutate(chance, chance.choice(originals))
        began = time.process_time()
        try:
            log = read_log(data, "x")
            replayed = replay_log(log, "x")
            json.dumps(document(replayed.plan, log.id, replayed.results))
        except KicktimerError:
            outcomes["refused"] += 1
        else:
            assert replayed.sound_facts <= len(log.facts)
            outcomes["sound" if replayed.fault is None else "damaged"] += 1
        if seed % 20 == 0:  # the commands take longer
            path.write_bytes(data)
            for arguments in (
                ["show", str(path)], ["show", "--json", str(path)], ["list", "--log-dir", str(tmp_path)],
                ["export", "--all", "--rehearsed", "--log-dir", str(tmp_path)],
                ["kick", "Ada", "--rehearsed", "--log-dir", str(tmp_path)],
            ):  # fmt: skip
                out, err = io.StringIO(), io.StringIO()
                with redirect_stdout(out), redirect_stderr(err):
                    status = main(arguments)
                assert status in (0, 1), (seed, arguments, err.getvalue())
                assert "\x1b" not in out.getvalue() + err.getvalue(), (seed, arguments)
        assert time.process_time() - began < TIME_LIMIT_S, seed
    assert min(outcomes.values()) > 0, outcomes


MEASURE = """
import sys
from kicktimer.cli import main
status = main(sys.argv[1:])
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(status, int(peak) >> 10, file=sys.stderr)
"""
MAX_MEMORY_MB = 200


def facts(count: int, event: str, **fields: Any) -> bytes:
    records = ({"n": n, "t": n, "event": event, "wall": "2026-11-23T18:30:05+01:00", **fields} for n in range(count))
    return b"\n".join(json.dumps(record).encode() for record in records).partition(b"\n")[2]


@pytest.mark.skipif(sys.platform != "linux", reason="the memory at its peak is in /proc")
@pytest.mark.parametrize(
    "kind", ["newlines", "one line", "zeros", "notes", "long notes", "ratings", "empty objects", "plan"]
)
def test_memory_for_a_large_log_is_bounded(kind: str, tmp_path: Path) -> None:
    most = 23 << 20
    header = LOGS[0].read_bytes().partition(b"\n")[0]
    if kind == "plan":
        record = json.loads(header)
        record["plan"]["athletes"] = [{"name": f"{n}"} for n in range(190_000)]
        header = json.dumps(record).encode()
    rest = {
        "newlines": lambda: b"\n" * most,
        "one line": lambda: b"x" * most + b"\n",
        "zeros": lambda: b"\0" * most,
        "notes": lambda: facts(110_000, "noted", text="wind and rain"),
        "long notes": lambda: facts(90_000, "noted", text="wind and rain" * 14),
        "ratings": lambda: facts(90_000, "rated", athlete="Matan", group="A", rep=1, relaxation=3),
        "empty objects": lambda: facts(90_000, "of tomorrow", x=[{}] * 60),
        "plan": lambda: b"",
    }[kind]()
    path = tmp_path / "large.jsonl"
    path.write_bytes(header + b"\n" + rest)
    for arguments in (["show", str(path)], ["list", "--log-dir", str(tmp_path)]):
        run = subprocess.run([sys.executable, "-c", MEASURE, *arguments], capture_output=True, text=True, check=True)
        status, peak = run.stderr.split("\n")[-2].split()
        assert status in ("0", "1")
        assert int(peak) < MAX_MEMORY_MB, kind
