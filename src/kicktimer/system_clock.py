"""The clocks of the machine: one for a session's times, one for key stamps and timers, and the wall clock.

A session's times must go on while the machine sleeps with its lid closed, and must not change when somebody sets the
wall clock. Each platform has a clock of this kind, but `time.monotonic()` is it on neither Linux nor macOS:

- Linux: `CLOCK_BOOTTIME`.
- macOS 10.12 and later: `CLOCK_MONOTONIC_RAW`, which reads `mach_continuous_time()`. (`time.monotonic()` there reads
  `mach_absolute_time()`, which stops during sleep. `CLOCK_MONOTONIC` counts sleep as well, but Apple's C library
  computes it as the time of day minus the time of boot, so it can step when the wall clock is set.)
- Elsewhere: `time.monotonic()`, which may stop while the machine sleeps.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def local_time() -> datetime:
    """Returns the wall time with the machine's time zone."""
    return datetime.now().astimezone()


@dataclass(frozen=True)
class SystemClock:
    """The three clocks that a session uses. `monotonic` and `boottime` return seconds since an arbitrary moment.

    `boottime` counts sleep where the platform allows it. `name` says which clock `boottime` is: `boottime` (Linux),
    `mach_continuous` (macOS), or `monotonic` if the platform has no clock that is known to count sleep.
    """

    monotonic: Callable[[], float]
    boottime: Callable[[], float]
    name: str
    wall: Callable[[], datetime] = local_time

    @property
    def counts_sleep(self) -> bool:
        return self.name != "monotonic"


def system_clock(platform: str = sys.platform, time_module: Any = time) -> SystemClock:
    """Returns the clocks of this machine. The arguments are replaced in tests only."""
    name, constant = (
        ("mach_continuous", "CLOCK_MONOTONIC_RAW") if platform == "darwin" else ("boottime", "CLOCK_BOOTTIME")
    )
    clock_id = getattr(time_module, constant, None)
    if clock_id is None:
        return SystemClock(time_module.monotonic, time_module.monotonic, "monotonic")
    return SystemClock(time_module.monotonic, partial(time_module.clock_gettime, clock_id), name)
