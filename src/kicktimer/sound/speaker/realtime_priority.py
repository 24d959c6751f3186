"""Real-time priority for the speaker's threads and players, where the system allows it."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

FIFO_PRIORITY = 10
"""The real-time priority of the speaker: above all ordinary programs, below the system's own real-time threads."""
NICE_VALUE = -10
"""The nice value that is used where real-time priority is not allowed."""
MAX_REALTIME_US = 200_000
"""The kernel ends a player that computes this long in real time without waiting once."""


def raise_priority() -> str:
    """Gives the calling thread real-time priority, or else a better nice value, or else nothing. Returns which.

    The result is "real-time", "nice" or "ordinary". Child processes do not inherit the priority (reset on fork): a
    child that never waits must not block the machine.
    """
    if sys.platform != "linux":
        return "ordinary"
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(FIFO_PRIORITY))
    except OSError:
        pass  # it is rarely allowed
    else:
        return "real-time"
    try:
        os.setpriority(os.PRIO_PROCESS, 0, NICE_VALUE)
    except OSError:
        return "ordinary"
    return "nice"


def _limit_realtime(process: int) -> bool:
    """Lets the kernel end this process when it computes for `MAX_REALTIME_US` without waiting. Returns success.

    Without the limit it could take the processor from the process that would notice.
    """
    import resource  # noqa: PLC0415 - used by this call alone

    with contextlib.suppress(OSError):
        resource.prlimit(process, resource.RLIMIT_RTTIME, (MAX_REALTIME_US, MAX_REALTIME_US))
        return True
    return False


def thread_ids(process: int | None = None) -> frozenset[int]:
    """Returns the threads of a process, by default this one. Empty where the system does not list them (not Linux)."""
    try:
        return frozenset(int(task.name) for task in Path(f"/proc/{process or 'self'}/task").iterdir())
    except OSError:
        return frozenset()


def raise_thread_priority(excluded: frozenset[int], process: int | None = None) -> None:
    """Gives real-time priority to all threads of a process that are not in `excluded`, if the caller has it.

    They belong to an audio library or a player. Their priority is higher than the caller's, because they deliver what
    is already rendered, while the caller may be busy rendering.
    """
    if sys.platform != "linux" or os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK != os.SCHED_FIFO:
        return
    if process is not None and not _limit_realtime(process):
        return
    for thread in thread_ids(process) - excluded:
        with contextlib.suppress(
            OSError
        ):  # the thread has ended, or it is not allowed: it plays with ordinary priority
            os.sched_setscheduler(thread, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(FIFO_PRIORITY + 1))


def count_waits(threads: frozenset[int]) -> int:
    """Returns how often these threads of this process have waited for something (voluntary context switches).

    The result is 0 where the system does not tell.
    """
    waits = 0
    for thread in threads:
        with contextlib.suppress(OSError):  # the thread has ended
            lines = Path(f"/proc/self/task/{thread}/status").read_text().splitlines()
            waits += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))
    return waits
