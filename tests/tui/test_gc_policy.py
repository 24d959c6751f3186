"""Python's own pauses, on a long session."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

from harness.still_session import app, press, still
from kicktimer.tui.gc_policy import COLLECT_INTERVAL_S, GENERATION_1_EVERY

if TYPE_CHECKING:
    import pytest

PAINTS = 50  # between two times of tidying


def young() -> int:
    return len(gc.get_objects(0)) + len(gc.get_objects(1))


async def test_what_a_long_rep_leaves_stays_little() -> None:
    live = still()
    played = app(live)
    found: list[int] = []
    async with played.run_test(size=(100, 30)) as pilot:
        await press(pilot, "space")
        live.at(10_000)
        for _ in range(3 * GENERATION_1_EVERY):
            for _ in range(PAINTS):
                live.t += 100
                played.paint()
                await asyncio.sleep(0)
            found.append(young())
            played.gc_policy.collect_young()
        assert young() < 2000, "the second look leaves nothing to be looked at again"
        kept = len(gc.get_objects(2))
    assert max(found) < 20_000, found
    assert kept < 5000, "what stays until the end is little"


async def test_it_is_tidied_by_the_app_whatever_the_groups_do(monkeypatch: pytest.MonkeyPatch) -> None:
    live = still()
    played = app(live)
    done: list[int] = []
    monkeypatch.setattr(played.gc_policy, "collect_young", lambda: done.append(live.t))
    played._paint_interval_s = 60.0
    async with played.run_test(size=(80, 24)):
        (timer,) = [each for each in played._timers if each._interval == COLLECT_INTERVAL_S]
        assert timer._callback is not None
        timer._callback()
    assert done
