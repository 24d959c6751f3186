"""`GcPolicy`: keeps the pauses of Python's garbage collector out of running reps.

A full collection stops all threads, including the one that stamps keys, for 60 to 140 ms in a Textual app, and Python
starts one at any moment. So while a session is open Python's own collections are off: all objects that exist at the
start are frozen, and `collect_young` is called every `COLLECT_INTERVAL_S`. It collects generation 0, where an object
that is in use moves to generation 1. Every `GENERATION_1_EVERY`-th call collects generation 1 as well; what is in use
even then stays until `restore`, garbage or not.

Measured over 20 minutes of a running rep: a call takes 0.3 ms, one with generation 1 takes 0.6 ms. 4 objects a second
stay until the end; without collections of generation 1 it would be 43.

Threads switch every half millisecond, so that the thread that reads keys does not wait for the one that paints.
"""

from __future__ import annotations

import gc
import sys

SWITCH_INTERVAL_S = 0.0005
COLLECT_INTERVAL_S = 5.0
GENERATION_1_EVERY = 12


class GcPolicy:
    """Suspends Python's own collections between `suspend_collection` and `restore`, which are idempotent."""

    def __init__(self) -> None:
        self._before: tuple[bool, float] | None = None
        self._calls = 0

    def suspend_collection(self) -> None:
        """Collects once, freezes the objects that exist, and turns Python's own collections off."""
        if self._before is None:
            self._before = gc.isenabled(), sys.getswitchinterval()
            gc.collect()
            gc.freeze()
            gc.disable()
            sys.setswitchinterval(SWITCH_INTERVAL_S)

    def collect_young(self) -> None:
        """Collects the objects that were made since the last call. Does nothing unless collection is suspended."""
        if self._before is not None:
            self._calls += 1
            gc.collect(0 if self._calls % GENERATION_1_EVERY else 1)

    def restore(self) -> None:
        """Restores the collector and the switch interval as they were before."""
        if self._before is not None:
            enabled, switch_interval = self._before
            self._before = None
            gc.unfreeze()
            sys.setswitchinterval(switch_interval)
            if enabled:
                gc.enable()
