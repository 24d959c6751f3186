"""Which clock of the platform counts a session's times: one that goes on while the machine sleeps."""

from __future__ import annotations

import sys
import time
from types import SimpleNamespace

import pytest

from kicktimer.system_clock import system_clock


def fake_time(**clock_ids: int) -> SimpleNamespace:
    """Returns a stand-in for the module `time`. Its `clock_gettime` returns 1000 times the id, `monotonic` 5."""
    return SimpleNamespace(monotonic=lambda: 5.0, clock_gettime=lambda clock_id: 1000.0 * clock_id, **clock_ids)


LINUX = fake_time(CLOCK_MONOTONIC=1, CLOCK_MONOTONIC_RAW=4, CLOCK_BOOTTIME=7)
MACOS = fake_time(CLOCK_MONOTONIC=6, CLOCK_MONOTONIC_RAW=4, CLOCK_UPTIME_RAW=8)


@pytest.mark.parametrize(
    ("platform", "module", "name", "boottime"),
    [
        ("linux", LINUX, "boottime", 7000.0),
        ("darwin", MACOS, "mach_continuous", 4000.0),
        ("darwin", fake_time(), "monotonic", 5.0),
        ("freebsd14", fake_time(CLOCK_MONOTONIC=4, CLOCK_MONOTONIC_RAW=3), "monotonic", 5.0),
    ],
)
def test_session_clock_of_each_platform(platform: str, module: SimpleNamespace, name: str, boottime: float) -> None:
    clock = system_clock(platform, module)
    assert (clock.name, clock.boottime(), clock.monotonic()) == (name, boottime, 5.0)
    assert clock.counts_sleep == (name != "monotonic")


def test_key_stamps_and_timers_use_time_monotonic() -> None:
    assert system_clock().monotonic is time.monotonic


@pytest.mark.skipif(sys.platform != "linux", reason="a clock of Linux")
def test_linux_reads_the_boot_time_clock() -> None:
    clock = system_clock()
    assert clock.boottime() == pytest.approx(time.clock_gettime(time.CLOCK_BOOTTIME), abs=1.0)
    assert clock.wall().tzinfo is not None


@pytest.mark.skipif(sys.platform != "darwin", reason="a clock of macOS")
def test_macos_reads_the_continuous_clock() -> None:
    clock = system_clock()
    before = clock.boottime()
    assert clock.name == "mach_continuous"
    assert clock.boottime() >= before
    assert clock.boottime() - clock.monotonic() > -1.0  # both count from the boot, and only one stops during sleep
