"""A fake speaker process that records the messages it is sent."""

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

SCRIPT = """
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


def wait_until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Waits until the condition holds; fails after the timeout."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition never held"
        time.sleep(0.01)


def returns(call: Callable[[], object], seconds: float = 30.0) -> bool:
    """Returns whether the call ends within the timeout, which is generous because the machine may be busy."""
    caller = threading.Thread(target=call, daemon=True)
    caller.start()
    caller.join(seconds)
    return not caller.is_alive()


def has_ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


class FakeSpeaker:
    """Replaces the speaker process by a script that records its messages. The cue "error" makes it crash."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "messages"
        self.path.touch()
        script = folder / "fake.py"
        script.write_text(SCRIPT)
        self.command = (sys.executable, str(script), str(self.path))

    def messages(self) -> list[list[object]]:
        """Returns the messages to all processes, without pings and options. Each process begins with "started"."""
        return [json.loads(line) for line in self.path.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def pids(self) -> list[int]:
        return [message[1] for message in self.messages() if message[0] == "started"]

    def options(self) -> list[SpeakerOptions]:
        """Returns the options of each process."""
        return [
            SpeakerOptions.from_line(line) for line in self.path.with_name("messages.options").read_bytes().splitlines()
        ]

    def messages_to_last(self) -> list[list[object]]:
        """Returns the messages to the newest process."""
        messages = self.messages()
        last = max(index for index, message in enumerate(messages) if message[0] == "started")
        return messages[last + 1 :]
