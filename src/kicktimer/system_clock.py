"""The clocks of the machine: one for a session's times, one for key stamps and timers, and the wall clock.

A session's times must go on while the machine sleeps with its lid closed, and must not change when somebody sets the
wall clock. Each platform has a clock of this kind, but `time.monotonic()` is it on neither Linux nor macOS:

- Linux: `CLOCK_BOOTTIME`.
- macOS 10.12 and later: `CLOCK_MONOTONIC_RAW`, which reads `mach_continuous_time()`. (`time.monotonic()` there reads
  `mach_absolute_time()`, which stops during sleep. `CLOCK_MONOTONIC` counts sleep as well, but Apple's C library
  computes it as the time of day minus the time of boot, so it can step when the wall clock is set.)
- Elsewhere: `time.monotonic()`, which may stop while the machine sleeps.

These clocks begin anew at each boot. A boot's id tells whether a moment of theirs is one of the present boot.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")
MACOS_BOOT_ID = ("/usr/sbin/sysctl", "-n", "kern.bootsessionuuid")
BOOT_ID_TIMEOUT_S = 2.0


def local_time() -> datetime:
    """Returns the wall time with the machine's time zone."""
    return datetime.now().astimezone()


def read_boot_id(platform: str = sys.platform) -> str:
    """Returns the id of the present boot, "" if the platform has none."""
    try:
        if platform == "darwin":
            command = subprocess.run(
                MACOS_BOOT_ID, capture_output=True, text=True, timeout=BOOT_ID_TIMEOUT_S, check=True
            )
            return command.stdout.strip()
        return BOOT_ID_FILE.read_text().strip()
    except (OSError, subprocess.SubprocessError):
        return ""


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
    boot_id: Callable[[], str] = lambda: ""

    def anchor(self, opened_at: float, t: int) -> dict[str, Any]:
        """Returns what a log keeps to carry the session's clock on later.

        `at_open` is `opened_at`, which `boottime` showed, or would have shown, at 0 of the session's clock. The other
        values are those of the present moment, which is `t` on the session's clock.
        """
        return {
            "name": self.name,
            "at_open": round(opened_at, 6),
            "boot_id": self.boot_id(),
            "t": t,
            "monotonic": round(self.monotonic(), 6),
            "wall": self.wall().isoformat(timespec="milliseconds"),
        }

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
    boottime = partial(time_module.clock_gettime, clock_id)
    return SystemClock(time_module.monotonic, boottime, name, boot_id=partial(read_boot_id, platform))
