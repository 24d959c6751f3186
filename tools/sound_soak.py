"""Starts speaker processes by the hundred: `python sound_soak.py EXITS PLAYS AT_ONCE SINK`. Prints a JSON object.

It needs nothing but kicktimer, so any Python can run it. Each process opens the sink, plays some pips, each in a buffer
of its own, and exits at the end of its input. A process that ends in any other way has crashed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from kicktimer.sound.protocol import ScheduledCue, SpeakerOptions, encode_at
from kicktimer.sound.speaker_client import COMMAND
from kicktimer.sound.speaker_process import SpeakerProcess

PIP_INTERVAL_S = 0.5  # longer than the gaps between cues in one buffer
CLEAN = (0, -signal.SIGKILL)  # a speaker that exits kills its own process group


def one(sink: str, plays: int, log: int) -> tuple[str, int]:
    """Runs one process. Returns how it ended, and how many cues it has played."""
    child = SpeakerProcess(COMMAND, SpeakerOptions(sink=sink, parent=os.getpid()), log)
    process = child._process  # noqa: SLF001 - its exit status is what this is about
    played, started, end = set[str](), False, time.monotonic() + 20
    while len(played) < plays and time.monotonic() < end and process.poll() is None:
        for message in child.receive() or []:
            if message[0] == "played":
                played.add(message[1])
            if message[0] == "state" and message[1] == sink and not started:
                started, begin = True, time.monotonic() + 0.1
                for number in range(plays):
                    child.send(encode_at(ScheduledCue(str(number), begin + PIP_INTERVAL_S * number, "pip")))
        child.flush()
        time.sleep(0.01)
    time.sleep(0.03 * (len(played) % 5))  # in the middle of a pip, at its end, after it
    assert process.stdin is not None
    assert process.stdout is not None
    early = process.poll()
    process.stdin.close()
    try:
        status = process.wait(5)
    except subprocess.TimeoutExpired:
        child.kill()
        process.wait()
        return "hung", len(played)
    finally:
        process.stdout.close()
    if early is not None:
        return f"ended by itself with {early}", len(played)
    return "clean" if status in CLEAN else f"crashed with {status}", len(played)


def main() -> None:
    exits, plays, at_once = (int(each) for each in sys.argv[1:4])
    each = -(-plays // exits)
    with tempfile.TemporaryFile() as log, ThreadPoolExecutor(at_once) as pool:
        ends = list(pool.map(lambda _: one(sys.argv[4], each, log.fileno()), range(exits)))
    version = ".".join(str(part) for part in sys.version_info[:3])
    result = {"python": version, "plays": sum(played for _, played in ends), **Counter(how for how, _ in ends)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
