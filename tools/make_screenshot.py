"""Writes docs/live.svg, a picture of the live screen in a rep of the burner.

Run it with `.venv/bin/python tools/make_screenshot.py`. The session is a fake one of `harness.still_session`.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SIZE = (96, 26)


async def main() -> None:
    sys.path.insert(0, str(ROOT))  # for `harness`
    from harness.still_session import NAMES, app_for, run_reps, squad, still_session  # noqa: PLC0415
    from kicktimer.session.commands import Tap  # noqa: PLC0415

    live = still_session("8x400-burner", squad(NAMES[:6]))
    go = run_reps(live, 2, offsets_ms=(120, -450, 700, -90, 240, 60))
    for name, ms in (("Matan", 63_410), ("Noa", 64_620), ("Gil", 64_550), ("Tamar", 65_110)):
        live.advance_to(go + ms)
        live.execute(Tap(t=go + ms, athlete=name))
    live.execute(Tap(t=go + 65_560))
    live.advance_to(go + 65_840)
    screen = app_for(live)
    async with screen.run_test(size=SIZE) as pilot:
        screen.paint()
        await pilot.pause()
        picture = screen.export_screenshot(title="kicktimer")
    (ROOT / "docs" / "live.svg").write_text(picture, encoding="utf-8")


asyncio.run(main())
