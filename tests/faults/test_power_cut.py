"""Power cuts on a real ext4 file system: no fact that was acknowledged is missing afterwards."""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING

import pytest

from harness import power_cut
from kicktimer.errors import KicktimerError
from kicktimer.journal import read_log
from tests.faults import scaled

if TYPE_CHECKING:
    from pathlib import Path

WRITER = """
import os, sys, time
from pathlib import Path
from kicktimer.journal import JournalWriter
ack = os.open(sys.argv[2], os.O_WRONLY)
header = {"kicktimer_log": 1, "id": "x", "plan": "x" * 5000}
path = Path(sys.argv[1]) / "x.jsonl"
writer = JournalWriter(path, header, lambda n: os.write(ack, b"A %d\\n" % n), lambda trouble: os._exit(9))
for n in range(1, 1 + int(sys.argv[3])):
    writer.append([{"n": n, "t": n, "event": "tapped", "pad": "x" * (n * 37 % 900)}])
    if n % 3:
        time.sleep(0.002)
os._exit(0 if writer.close(60) else 1)
"""


@pytest.mark.skipif(not power_cut.available(), reason="needs root, /dev/fuse, loop devices and e2fsprogs")
def test_acknowledged_facts_survive_a_power_cut(tmp_path: Path) -> None:
    fresh = power_cut.new_image(tmp_path / "fresh.img")
    script = "import sys; sys.argv[3:] = [sys.argv.pop(1)]\n" + WRITER
    count = scaled(15, 1000)
    program = [sys.executable, "-c", script, str(scaled(40, 600))]
    operations = power_cut.record(tmp_path, tmp_path / "fresh.img", program)
    found_some = 0
    for drops in (False, True):
        for state in power_cut.states(fresh, operations, count, random.Random(1), drops=drops):
            with power_cut.mounted(state.image, tmp_path) as folder:
                path = folder / "logs" / "x.jsonl"
                try:
                    found = len(read_log(path).facts)
                except KicktimerError:  # the session had not been opened yet
                    found = 0
                assert found >= state.acknowledged
                found_some += found > 0
    assert found_some
