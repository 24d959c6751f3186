"""Kills of a program that writes a log: no fact that was acknowledged is missing, and every log can be read."""

from __future__ import annotations

import os
import random
import signal
import time
from typing import TYPE_CHECKING

import pytest

from kicktimer.journal import JournalWriter, read_log
from tests.faults import scaled
from tests.journal.faulty_disk import HEADER, make_fact

if TYPE_CHECKING:
    from pathlib import Path

MAX_LIFE_S = 0.03


def write_until_killed(path: Path, acknowledgements: int) -> None:
    """Writes facts for ever, in the process of a child. Writes the number of each acknowledged fact to a pipe."""
    writer = JournalWriter(
        path, HEADER, lambda n: os.write(acknowledgements, b"%d\n" % n), lambda _: os._exit(9), fallbacks=()
    )
    n = 1
    while True:
        count = 1 + n % 7
        writer.append([make_fact(n + i, pad="x" * (n * 37 % 900)) for i in range(count)])
        n += count
        while n - writer.saved > 50:
            time.sleep(0.0001)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_acknowledged_facts_survive_a_kill(tmp_path: Path) -> None:
    chance = random.Random(7)
    kills = scaled(60, 10_000)
    cut_short = 0
    for number in range(kills):
        path = tmp_path / f"{number}.jsonl"
        readable, writable = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(readable)
                write_until_killed(path, writable)
            finally:
                os._exit(8)
        os.close(writable)
        life = chance.uniform(0, MAX_LIFE_S)
        time.sleep(life)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL, "it ended by itself"
        with os.fdopen(readable, "rb") as pipe:
            acknowledged = [int(line) for line in pipe.read().splitlines(keepends=True) if line.endswith(b"\n")]
        if acknowledged:
            log = read_log(path)
            assert log.fault is None
            assert len(log.facts) >= acknowledged[-1], number
            assert [fact["n"] for fact in log.facts] == [*range(1, len(log.facts) + 1)]
            cut_short += 1
        path.unlink(missing_ok=True)
    assert cut_short > kills / 12, "most writers were killed before they had saved anything"
