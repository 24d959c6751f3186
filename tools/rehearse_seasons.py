"""Rehearses seasons with a planted truth, and prints how often the kick report is right about them.

`python tools/rehearse_seasons.py [--seasons 2000] [--engine 20]`. The seeds are fixed: the table is always the same.
`--engine` seasons also go through the real engine, whose records must give the same report. Exit status 1 if a limit is
missed. The model and the limits stand in docs/measures.md.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness.seasons import NAME, Season, draw_season, engine_records, judge, records_of
from kicktimer.review.kick import kick_report

CHANGES_MS = (0, -500, -1000)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seasons", type=int, default=2000)
    parser.add_argument("--engine", type=int, default=20)
    options = parser.parse_args()
    print(f"{options.seasons} seasons a row, in percent")
    print("change over the season   gap within 0.13 s   interval holds the slope   progress   slower")
    right = True
    for change in CHANGES_MS:
        tally = judge(change, options.seasons)
        near, held = tally.percent(tally.gap_near), tally.percent(tally.slope_held)
        progress, slower = tally.percent(tally.progress), tally.percent(tally.slower)
        print(f"{change / 1000:+20.1f} s   {near:17.2f}   {held:24.2f}   {progress:8.2f}   {slower:6.2f}")
        right = right and near >= 94 and 93 <= held <= 97
        right = right and not (change == 0 and progress > 1) and not (change == -1000 and progress < 90)
    differ = [number for number in range(options.engine) if not _agree(draw_season(f"engine:{number}", -700))]
    print(f"{options.engine} seasons through the engine: {options.engine - len(differ)} give the same figures")
    return 0 if right and not differ else 1


def _agree(season: Season) -> bool:
    """Whether the engine's records give the same tired 200s, gap, trend and ratings as the drawn ones."""
    drawn = kick_report(NAME, records_of(season))
    real = kick_report(NAME, engine_records(season), records_of(season)[0].athlete(NAME))
    return replace(drawn, missing=()) == replace(real, missing=())


if __name__ == "__main__":
    sys.exit(main())
