"""A speaker process that writes down what it is told, in place of the real one."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import TYPE_CHECKING

from kicktimer.sound.protocol import SpeakerOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FAKE = """
import json, os, sys
log = open(sys.argv[1], "a", buffering=1)
log.write(json.dumps(["started", os.getpid()]) + "\\n")
print(json.dumps(["state", "off", "null", ""]), flush=True)
for line in sys.stdin:
    message = json.loads(line)
    if message[0] == "ping":
        print(json.dumps(["pong", message[1]]), flush=True)
    if message[0] == "options":
        open(sys.argv[1] + ".options", "a").write(line)
    if message[0] in ("ping", "options"):
        continue
    log.write(line)
    if message[0] == "now":
        if message[2] == "error":
            os.abort()
        print(json.dumps(["bell", message[2]]), flush=True)
    if message[0] == "at" and message[3] == "pip":
        print(json.dumps(["played", message[1]]), flush=True)
"""


def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


def returns(call: Callable[[], object], seconds: float = 30.0) -> bool:
    """Whether a call comes back that would otherwise wait for ever; how long a busy machine takes says nothing."""
    caller = threading.Thread(target=call, daemon=True)
    caller.start()
    caller.join(seconds)
    return not caller.is_alive()


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


class Fake:
    """A speaker that writes down what it is told, in place of the real one."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "told"
        self.path.touch()
        script = folder / "fake.py"
        script.write_text(FAKE)
        self.command = (sys.executable, str(script), str(self.path))

    def told(self) -> list[list[object]]:
        return [json.loads(line) for line in self.path.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def pids(self) -> list[int]:
        return [message[1] for message in self.told() if message[0] == "started"]

    def options(self) -> list[SpeakerOptions]:
        """What each was started with."""
        return [
            SpeakerOptions.from_line(line) for line in self.path.with_name("told.options").read_bytes().splitlines()
        ]

    def since_start(self) -> list[list[object]]:
        told = self.told()
        last = max(index for index, message in enumerate(told) if message[0] == "started")
        return told[last + 1 :]
