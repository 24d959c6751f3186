"""Writes docs/live.svg, the live screen in a rep of the burner, and docs/review.svg, the page of a saved burner.

With Chromium it also writes docs/report.png, the HTML page of that burner.

Run it with `.venv/bin/python tools/make_screenshot.py`. The sessions are fake ones of `harness.still_session`.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SIZE = (96, 26)
REVIEW_SIZE = (96, 42)


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


def chance_offsets(count: int) -> list[tuple[int, ...]]:
    """Returns how much later than the target each of six athletes finishes each rep, in ms."""
    chance = random.Random(7)  # noqa: S311 - no secret
    return [tuple(round(chance.gauss(60, 420)) for _ in range(6)) for _ in range(count)]


async def review() -> None:
    from harness.still_session import NAMES, run_reps, squad, still_session  # noqa: PLC0415
    from kicktimer.exports.html.session_page import session_page  # noqa: PLC0415
    from kicktimer.exports.shown_times import ShownTimes  # noqa: PLC0415
    from kicktimer.history import History  # noqa: PLC0415
    from kicktimer.journal import write_log  # noqa: PLC0415
    from kicktimer.plan import dump  # noqa: PLC0415
    from kicktimer.session import to_fact  # noqa: PLC0415
    from kicktimer.session.commands import End  # noqa: PLC0415
    from kicktimer.tui.app import KicktimerApp  # noqa: PLC0415
    from kicktimer.tui.keymap import DEFAULT_KEYMAP  # noqa: PLC0415
    from kicktimer.tui.screens.report_screens import SessionReport  # noqa: PLC0415

    live = still_session("8x400-burner", squad(NAMES[:6]))
    for number, offsets in enumerate(chance_offsets(8)):
        run_reps(live, 1, offsets_ms=offsets, start=number == 0)
    live.execute(End(t=live.t))
    header = {
        "kicktimer_log": 1, "id": "s1", "app": "kicktimer", "workout": {}, "squad": {}, "plan": dump(live.plan),
        "started": "2026-09-01T18:00:00+02:00", "seq": 1, "clock": {"name": "boottime"},
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as directory:
        write_log(Path(directory) / "s1.jsonl", header, [to_fact(event) for event in live.facts])
        with History(Path(directory)) as history:
            entries = history.entries()
            screen = KicktimerApp(
                None, keymap=DEFAULT_KEYMAP, paint_interval_s=None,
                first_screen=lambda: SessionReport(history, DEFAULT_KEYMAP, entries, 0),
            )  # fmt: skip
            async with screen.run_test(size=REVIEW_SIZE) as pilot:
                await pilot.pause()
                picture = screen.export_screenshot(title="kicktimer review")
            session = history.session("s1")
            assert session is not None
            photograph(session_page(session, ShownTimes()), Path(directory) / "report.html")
    (ROOT / "docs" / "review.svg").write_text(picture, encoding="utf-8")


def photograph(page: str, file: Path) -> None:
    """Writes docs/report.png, the upper part of the page, if Chromium is here."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        print("docs/report.png stays as it is: there is no chromium")
        return
    file.write_text(page, encoding="utf-8")
    subprocess.run(
        [chromium, "--headless=new", "--no-sandbox", "--hide-scrollbars", "--window-size=900,1560",
         f"--screenshot={ROOT / 'docs' / 'report.png'}", file.as_uri()],
        check=True, capture_output=True,
    )  # fmt: skip


asyncio.run(main())
asyncio.run(review())
