"""Getting the processor in time, as far as the system allows it."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

FIFO_PRIORITY = 10
"""Above everything ordinary, below the system's own real-time threads."""
NICE = -10
SPINNING = 200_000
"""Microseconds in real time without a wait after which a player is held to spin."""


def urge() -> str:
    """Give the calling thread real-time priority, else a better nice value, else leave it. Says which.

    Real-time priority is not handed down to children (reset on fork): one that spins must not take the machine.
    """
    if sys.platform == "linux":
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(FIFO_PRIORITY))
        except OSError:
            pass  # not allowed, which is usual: the next best follows, and what it came to is returned
        else:
            return "real-time"
    try:
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, 0, NICE)
        else:
            return "ordinary"
    except OSError:
        return "ordinary"
    return "nice"


def _bounded(process: int) -> bool:
    """Have the kernel end a program that computes for so long in real time: it would starve whoever could notice it."""
    import resource  # noqa: PLC0415 - for this one call

    with contextlib.suppress(OSError):
        resource.prlimit(process, resource.RLIMIT_RTTIME, (SPINNING, SPINNING))
        return True
    return False


def threads(process: int | None = None) -> frozenset[int]:
    """The threads of a process, this one unless said otherwise, where the system tells (Linux)."""
    try:
        return frozenset(int(task.name) for task in Path(f"/proc/{process or 'self'}/task").iterdir())
    except OSError:
        return frozenset()


def urge_others(known: frozenset[int], process: int | None = None) -> None:
    """Give real-time priority to threads that are not `known`, where the calling one has it.

    They are a library's own, or a player's. They come before the caller, who may be busy: they have to hand over what
    is rendered already.
    """
    if sys.platform != "linux" or os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK != os.SCHED_FIFO:
        return
    if process is not None and not _bounded(process):
        return
    for thread in threads(process) - known:
        with contextlib.suppress(OSError):  # it has ended already, or may not: it plays without
            os.sched_setscheduler(thread, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(FIFO_PRIORITY + 1))


def turns(known: frozenset[int]) -> int:
    """How often these threads of this process have waited for something so far; 0 where the system does not tell."""
    found = 0
    for thread in known:
        with contextlib.suppress(OSError):  # it has ended
            lines = Path(f"/proc/self/task/{thread}/status").read_text().splitlines()
            found += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))
    return found
