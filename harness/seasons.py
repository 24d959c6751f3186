"""Seasons of burners with a planted truth, and the judge of what the kick report says about them.

A season is drawn from a seed: what the athlete really ran, and what a coach took of it. The draw becomes records
directly (fast), or goes through the real engine: commands, facts, results, records. Times are ms.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from kicktimer.plan import build_plan
from kicktimer.rehearsal import rehearse
from kicktimer.results import results
from kicktimer.review.kick import KickReport, kick_report
from kicktimer.review.records import AthleteRecord, RepRecord, SessionRecord, SplitRecord, session_record
from kicktimer.session.commands import AnyCommand, Close, Correct, Rate, Start, Tap
from kicktimer.squad import Athlete, Group, Squad
from kicktimer.workout import parse_oneliner

NAME = "Matan"
TAP_SD_MS = 80
DAY_SD_MS = 300
BURNERS = 24
REPS = 8
CLOSING = 2
TARGET_MS = 64_000
GOAL_MS = 30_000
FRESH_MS = 27_000
MISSED_TAP = 0.04
CORRECTED = 0.03
FIRST_GO_MS = 10_000
RECOVERY_MS = 30_000
START = datetime(2026, 4, 1, 17, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RepDraw:
    """What was taken of a rep: the taps from GO (None: nobody tapped), a typed finish, and a rating."""

    split: int | None
    finish: int | None
    typed: int | None = None
    relaxation: int | None = None


@dataclass(frozen=True, slots=True)
class Season:
    """A drawn season. `gap_ms` and `slope_ms` (per week) are the planted truth, `days` the dates from the first on."""

    gap_ms: float
    slope_ms: float
    days: tuple[float, ...]
    sessions: tuple[tuple[RepDraw, ...], ...]


def draw_season(seed: str, change_ms: float) -> Season:
    """Returns a season in which the true tired 200 m changes by `change_ms` from the first session to the last."""
    rng = Random(seed)
    days = tuple(index * 3.5 + rng.uniform(-1, 1) for index in range(BURNERS))
    first_gap = rng.uniform(800, 2500)
    slope = change_ms / ((days[-1] - days[0]) / 7)
    true = [GOAL_MS + first_gap + slope * (day - days[0]) / 7 for day in days]
    sessions = []
    for tired in true:
        today = rng.gauss(tired, DAY_SD_MS)
        sessions.append(tuple(_draw_rep(rng, today, closing=rep > REPS - CLOSING) for rep in range(1, REPS + 1)))
    return Season(sum(true) / len(true) - GOAL_MS, slope, days, tuple(sessions))


def _draw_rep(rng: Random, last_200: float, *, closing: bool) -> RepDraw:
    finish_true = TARGET_MS + rng.gauss(0, 400)
    finish = round(finish_true + rng.gauss(0, TAP_SD_MS))
    if not closing:
        return RepDraw(None, None if rng.random() < MISSED_TAP else finish)
    split = round(finish_true - last_200 + rng.gauss(0, TAP_SD_MS))
    missed_split, missed_finish = rng.random() < MISSED_TAP, rng.random() < MISSED_TAP
    typed = finish + rng.randint(-300, 300) if rng.random() < CORRECTED else None
    return RepDraw(
        None if missed_split else split, None if missed_finish else finish, typed, rng.choice((None, 2, 3, 4, 5))
    )


def records_of(season: Season) -> list[SessionRecord]:
    """Returns the season's records as they are read from logs, made without the engine."""
    athlete = AthleteRecord(NAME, {1_500_000: 240_000}, FRESH_MS, "rolling", None, GOAL_MS)
    return [
        SessionRecord(
            id=f"burner-{index:02}", date=_date(season, index), workout="burner", kind="burner", state="finished",
            athletes=(athlete,), reps=tuple(_record(number, each) for number, each in enumerate(session, 1)),
        )
        for index, session in enumerate(season.sessions)
    ]  # fmt: skip


def _record(number: int, draw: RepDraw) -> RepRecord:
    time = draw.finish if draw.typed is None else draw.typed
    by = "key" if draw.typed is None else "corrected"
    return RepRecord(
        athlete=NAME, group="A", rep=number, set=1, distance_mm=400_000, duration_ms=None,
        closing=number > REPS - CLOSING, started_ms=0, target_ms=TARGET_MS, time_ms=time,
        by=None if time is None else by,
        splits=() if draw.split is None else (SplitRecord(200_000, draw.split, "key"),),
        relaxation=draw.relaxation, status="missed" if time is None else "timed",
    )  # fmt: skip


def engine_records(season: Season) -> list[SessionRecord]:
    """Returns the season's records after every session went through the real engine."""
    squad = Squad(
        athletes=(
            Athlete(NAME, "m", races={1_500_000: 240_000}, fresh_200_ms=FRESH_MS, goal_last_200_ms=GOAL_MS),
        ),
        groups=(Group("A"),),
    )  # fmt: skip
    plan = build_plan(parse_oneliner(f"{REPS}x400 @1500 r30 closing{CLOSING}"), squad)
    found = []
    for index, session in enumerate(season.sessions):
        done = rehearse(plan, enumerate(_commands(session), 1))
        if done.refused:
            raise AssertionError(f"session {index}: {done.refused}")
        header = {"id": f"burner-{index:02}", "started": _date(season, index)}
        found.append(session_record(header, plan, results(done.state)))
    return found


def _commands(session: tuple[RepDraw, ...]) -> list[AnyCommand]:
    """Returns the coach's commands: what nobody tapped is closed after 70 s, corrections and ratings follow the rep."""
    go = FIRST_GO_MS
    commands: list[AnyCommand] = [Start(t=0)]
    for number, draw in enumerate(session, 1):
        if draw.split is not None:
            commands.append(Tap(t=go + draw.split, athlete=NAME))
        ended = go + (70_000 if draw.finish is None else draw.finish)
        commands.append(Close(t=ended) if draw.finish is None else Tap(t=ended, athlete=NAME))
        if draw.typed is not None:
            commands.append(Correct(t=ended + 5_000, athlete=NAME, rep=number, mark="finish", time=draw.typed))
        if draw.relaxation is not None:
            commands.append(Rate(t=ended + 6_000, athlete=NAME, relaxation=draw.relaxation, rep=number))
        go = ended + RECOVERY_MS
    return commands


def _date(season: Season, index: int) -> str:
    return (START + timedelta(days=season.days[index])).isoformat(timespec="milliseconds")


# -- the judge


@dataclass(slots=True)
class Tally:
    """Counts over seasons with one planted change."""

    seasons: int = 0
    gap_near: int = 0
    slope_held: int = 0
    progress: int = 0
    slower: int = 0

    def add(self, season: Season, report: KickReport) -> None:
        trend = report.trend
        assert report.gap_to_goal_ms is not None
        assert trend.low is not None
        assert trend.high is not None
        self.seasons += 1
        self.gap_near += abs(report.gap_to_goal_ms - season.gap_ms) <= 130
        self.slope_held += trend.low <= season.slope_ms <= trend.high
        self.progress += trend.verdict == "progress"
        self.slower += trend.verdict == "slower"

    def percent(self, count: int) -> float:
        return 100 * count / self.seasons


def judge(change_ms: float, seasons: int) -> Tally:
    """Returns the counts over seasons with fixed seeds, all with the same planted change."""
    tally = Tally()
    for number in range(seasons):
        season = draw_season(f"{change_ms}:{number}", change_ms)
        tally.add(season, kick_report(NAME, records_of(season)))
    return tally
