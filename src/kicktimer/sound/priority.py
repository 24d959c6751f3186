"""Getting the processor in time, as far as the system allows it."""

from __future__ import annotations

import os
import sys

FIFO_PRIORITY = 10
"""Above everything ordinary, below the system's own real-time threads."""
NICE = -10


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
