"""A canary beside a real-time measurement: a bare process that measures how late the machine itself is."""

from __future__ import annotations

import subprocess
import sys
from typing import Self

CANARY = """
import sys, time
worst = 0.0
due = time.monotonic()
while not sys.stdin in __import__("select").select([sys.stdin], [], [], 0)[0]:
    due += 0.005
    time.sleep(max(0.0, due - time.monotonic()))
    late = time.monotonic() - due
    worst = max(worst, late)
    due = max(due, time.monotonic() - 0.005)
print(worst)
"""


class Canary:
    """Runs a process that sleeps until a deadline every 5 ms; `worst` is its greatest lateness, in seconds.

    A measurement during which the canary was late is not valid.
    """

    worst = 0.0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen([sys.executable, "-c", CANARY], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def __exit__(self, *_: object) -> None:
        self.worst = float(self._process.communicate(b"\n")[0])
