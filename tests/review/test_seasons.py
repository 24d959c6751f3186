"""The kick report on seasons with a planted truth: a small version of `tools/rehearse_seasons.py`."""

from dataclasses import replace

import pytest

from harness.seasons import NAME, draw_season, engine_records, judge, records_of
from kicktimer.review.kick import kick_report


@pytest.mark.parametrize("change", [0, -1000])
def test_the_report_finds_what_was_planted(change):
    tally = judge(change, 150)
    assert tally.percent(tally.gap_near) >= 91  # 94 % of 2,000; the limits here are two standard errors wider
    assert 90 <= tally.percent(tally.slope_held) <= 99
    assert tally.slower == 0
    if change:
        assert tally.percent(tally.progress) >= 85
    else:
        assert tally.percent(tally.progress) <= 1.4


@pytest.mark.parametrize("number", range(2))
def test_the_engine_and_the_records_give_the_same_report(number):
    season = draw_season(f"engine:{number}", -700)
    drawn = kick_report(NAME, records_of(season))
    real = kick_report(NAME, engine_records(season), records_of(season)[0].athlete(NAME))
    assert replace(drawn, missing=()) == replace(real, missing=())
    assert drawn.relaxed_count > 0
