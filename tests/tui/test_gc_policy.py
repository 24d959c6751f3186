"""The policy for garbage collection, on a long session."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

from harness.still_session import app_for, press, still_session
from kicktimer.tui.gc_policy import COLLECT_INTERVAL_S, GENERATION_1_EVERY

if TYPE_CHECKING:
    import pytest

PAINTS = 50  # between two collections


def count_young_objects() -> int:
    return len(gc.get_objects(0)) + len(gc.get_objects(1))


async def test_few_objects_accumulate_during_a_long_rep() -> None:
    live = still_session()
    played = app_for(live)
    counts: list[int] = []
    async with played.run_test(size=(100, 30)) as pilot:
        await press(pilot, "space")
        live.advance_to(10_000)
        for _ in range(3 * GENERATION_1_EVERY):
            for _ in range(PAINTS):
                live.t += 100
                played.paint()
                await asyncio.sleep(0)
            counts.append(count_young_objects())
            played.gc_policy.collect_young()
        assert count_young_objects() < 2000, "the collection of generation 1 has emptied both young generations"
        kept = len(gc.get_objects(2))
    assert max(counts) < 20_000, counts
    assert kept < 5000, "few objects stay until the session is closed"


async def test_app_collects_young_objects_at_an_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    live = still_session()
    played = app_for(live)
    done: list[int] = []
    monkeypatch.setattr(played.gc_policy, "collect_young", lambda: done.append(live.t))
    played._paint_interval_s = 60.0
    async with played.run_test(size=(80, 24)):
        (timer,) = [each for each in played._timers if each._interval == COLLECT_INTERVAL_S]
        assert timer._callback is not None
        timer._callback()
    assert done
