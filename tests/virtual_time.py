"""An event loop with virtual time, which jumps to the next timer: hours pass at once, and times are exact."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from kicktimer.system_clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")
START = 4242.0  # virtual time at the beginning; an arbitrary number that is not the real time


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.asleep = 0.0  # seconds by which boot time is ahead of monotonic time

    def time(self) -> float:
        return self.now

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Waits without a timeout. Python 3.12 and later set one, which virtual time would exceed at once."""
        await super().shutdown_default_executor()

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self.now = max(self.now, self._scheduled[0]._when)  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


WALL = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)


class Machine:
    """A machine with injected clocks, which can sleep, be restarted, and have its wall clock set."""

    def __init__(self) -> None:
        self.loop = VirtualLoop()
        self.boots = 1
        self.boot_offset = 0.0
        self.wall_offset = timedelta()
        self.clock = SystemClock(
            monotonic=self.loop.time,
            boottime=lambda: self.loop.now + self.loop.asleep + self.boot_offset,
            name="boottime",
            wall=lambda: WALL + timedelta(seconds=self.loop.now + self.loop.asleep) + self.wall_offset,
            boot_id=lambda: f"boot {self.boots}",
        )

    def sleep(self, seconds: float) -> None:
        self.loop.asleep += seconds

    def reboot(self, seconds: float) -> None:
        """Switches the machine off for so long. Its boot-time clock begins anew."""
        self.sleep(seconds)
        self.boots += 1
        self.boot_offset = 20 - self.loop.now - self.loop.asleep


def clock_of(loop: VirtualLoop) -> SystemClock:
    return SystemClock(monotonic=loop.time, boottime=lambda: loop.now + loop.asleep, name="virtual")


def run(main: Coroutine[None, None, T], loop: VirtualLoop) -> T:
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main)
