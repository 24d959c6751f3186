"""The kick report of an athlete: the tired 200 m against the fresh one, the goal and real races, and its trend.

In: an athlete's name and the sessions that count (see `records.counted`), races among them. Out: a `KickReport`, whose
`document` is what `kick --json` prints; `kick_sentences` has the words. Times are exact, in whole ms: only the words
round, and there a difference is the difference of the figures as shown. Formulas: docs/measures.md.

Starts: a last 200 m inside a rep or a race is `rolling`, a rep of 200 m is `standing`, as its time counts from GO.
A tired and a fresh 200 m are compared only where both began alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from kicktimer.pace import KICK_MM
from kicktimer.review.race import RaceLast200, last_200_ms, last_200s
from kicktimer.review.records import RACE_1500_MM, AthleteRecord
from kicktimer.review.session_measures import on_target
from kicktimer.review.trend import MIN_SESSIONS, Trend, season_trend

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kicktimer.review.records import RepRecord, SessionRecord
    from kicktimer.squad.model import StartStyle

FULL_RECOVERY_MS = 300_000
PACE_TOLERANCE_PERCENT = 10
RELAXED_FROM = 4
WEEK_S = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Tired200:
    """One tired 200 m: the rep it was the end of, and how it began."""

    rep: int
    time_ms: int
    start: StartStyle


@dataclass(frozen=True, slots=True)
class TiredSession:
    """The tired 200s of a session, at least one."""

    id: str
    date: str
    weeks: float
    tired: tuple[Tired200, ...]

    @property
    def mean_ms(self) -> float:
        return sum(each.time_ms for each in self.tired) / len(self.tired)


@dataclass(frozen=True, slots=True)
class Fresh200:
    """A fresh 200 m: how it began, and where the figure comes from: the squad, or a session's rep."""

    time_ms: int
    start: StartStyle | Literal["unknown"]
    source: str
    date: str | None = None


@dataclass(frozen=True, slots=True)
class KickReport:
    """The figures of the report. `like_fresh` are the tired times that began as the fresh 200 m did.

    `gap_to_fresh_ms`, `retention` and `gap_to_goal_ms` are None where a part is missing; `missing` says which, and how
    to get it. `relaxed_share` is a part of `relaxed_count` closing reps that were timed, had a target and were rated.
    """

    athlete: str
    sessions: tuple[TiredSession, ...]
    fresh: Fresh200 | None
    like_fresh: tuple[int, ...]
    goal_ms: int | None
    races: tuple[RaceLast200, ...]
    trend: Trend
    relaxed_share: float | None
    relaxed_count: int
    relaxed_sessions: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def times_ms(self) -> tuple[int, ...]:
        return tuple(each.time_ms for session in self.sessions for each in session.tired)

    @property
    def mean_ms(self) -> int | None:
        return _mean(self.times_ms)

    @property
    def gap_to_fresh_ms(self) -> int | None:
        tired = _mean(self.like_fresh)
        return None if self.fresh is None or tired is None else tired - self.fresh.time_ms

    @property
    def gap_to_goal_ms(self) -> int | None:
        return None if self.goal_ms is None or self.mean_ms is None else self.mean_ms - self.goal_ms

    @property
    def retention(self) -> float | None:
        """How much of the fresh speed is left when tired, in percent: 100 * fresh / tired."""
        tired = _mean(self.like_fresh)
        return None if self.fresh is None or tired is None else round(100 * self.fresh.time_ms / tired, 1)


def kick_report(name: str, sessions: Iterable[SessionRecord], now: AthleteRecord | None = None) -> KickReport:
    """Returns the report. `now` is the athlete in today's squad file; without it the newest session's entry counts.

    An athlete whom no session knows gets a report in which everything is missing.
    """
    ordered = sorted(sessions, key=lambda each: (each.moment, each.seq, each.id))
    entries = [entry for session in ordered if (entry := session.athlete(name)) is not None]
    newest = now or next(iter(reversed(entries)), AthleteRecord(name))
    training = [session for session in ordered if session.race is None]
    tired = _tired_sessions(name, training, newest)
    fresh, like = _choose_fresh(name, training, [newest, *reversed(entries)], tired)
    goal = next((each.goal_last_200_ms for each in (newest, *reversed(entries)) if each.goal_last_200_ms), None)
    rated = [
        (session, rep)
        for session in training
        for rep in session.reps_of(name)
        if rep.closing and rep.relaxation is not None and on_target(rep) is not None
    ]
    relaxed = sum(bool(on_target(rep)) and (rep.relaxation or 0) >= RELAXED_FROM for _, rep in rated)
    races = tuple(race for session in ordered for race in last_200s(session, name))
    report = KickReport(
        athlete=name,
        sessions=tired,
        fresh=fresh,
        like_fresh=like,
        goal_ms=goal,
        races=races,
        trend=season_trend([(each.weeks, each.mean_ms) for each in tired]),
        relaxed_share=relaxed / len(rated) if rated else None,
        relaxed_count=len(rated),
        relaxed_sessions=tuple(dict.fromkeys(session.id for session, _ in rated)),
        missing=(),
    )
    return _with_missing(report, training, newest)


def tired_200s(session: SessionRecord, name: str, pace_1500_ms: int | None) -> tuple[Tired200, ...]:
    """Returns the athlete's tired 200s of a session.

    A tired 200 is a closing rep's last 200 m (finish − `200m to go`) or a closing rep of 200 m, timed by hand, whose
    target is within 10 % of the athlete's 1500 m pace.
    """
    found = []
    for rep in session.reps_of(name):
        time = last_200_ms(rep)
        if time is None or not rep.closing or not _by_hand(rep) or not _near_1500_pace(rep, pace_1500_ms):
            continue
        found.append(Tired200(rep.rep, time, "standing" if rep.distance_mm == KICK_MM else "rolling"))
    return tuple(found)


def _by_hand(rep: RepRecord) -> bool:
    """Whether the finish, and in a longer rep `200m to go`, were key presses."""
    if rep.distance_mm is None or rep.distance_mm == KICK_MM:
        return rep.by_hand
    split = rep.split_at(rep.distance_mm - KICK_MM)
    return rep.by_hand and split is not None and split.by_hand


def _near_1500_pace(rep: RepRecord, pace_1500_ms: int | None) -> bool:
    """Whether the rep's target is within 10 % of the athlete's 1500 m pace. In integers, so the bounds are exact."""
    if rep.target_ms is None or rep.distance_mm is None or pace_1500_ms is None:
        return False
    even = pace_1500_ms * rep.distance_mm
    return abs(rep.target_ms * RACE_1500_MM - even) * 100 <= PACE_TOLERANCE_PERCENT * even


def _pace_1500(session: SessionRecord, name: str, newest: AthleteRecord) -> int | None:
    """Returns the pace that the session's squad had, else today's: a late-comer is not in the session's squad."""
    entry = session.athlete(name)
    pace = None if entry is None else entry.pace_1500_ms
    return newest.pace_1500_ms if pace is None else pace


def _tired_sessions(name: str, training: Sequence[SessionRecord], newest: AthleteRecord) -> tuple[TiredSession, ...]:
    found = [(each, tired_200s(each, name, _pace_1500(each, name, newest))) for each in training]
    found = [(session, tired) for session, tired in found if tired]
    if not found:
        return ()
    first = found[0][0].moment
    return tuple(
        TiredSession(session.id, session.date, (session.moment - first).total_seconds() / WEEK_S, tired)
        for session, tired in found
    )


# -- the fresh 200 m


def _choose_fresh(
    name: str, training: Sequence[SessionRecord], entries: Sequence[AthleteRecord], tired: Sequence[TiredSession]
) -> tuple[Fresh200 | None, tuple[int, ...]]:
    """Returns the fresh 200 m, and the tired times that began like it.

    The squad's figure comes first, then the fastest rep at full recovery; one with tired times to compare it with
    goes before one without.
    """
    candidates = [
        Fresh200(each.fresh_200_ms, each.fresh_start or "unknown", "squad", each.fresh_on)
        for each in entries
        if each.fresh_200_ms is not None
    ][:1]
    candidates += sorted(_fresh_reps(name, training, entries[0]), key=lambda each: each.time_ms)[:1]
    times = [each for session in tired for each in session.tired]
    choices = [(each, tuple(it.time_ms for it in times if it.start == each.start)) for each in candidates]
    return next((choice for choice in choices if choice[1]), choices[0] if choices else (None, ()))


def _fresh_reps(name: str, training: Sequence[SessionRecord], newest: AthleteRecord) -> list[Fresh200]:
    """Returns the 200 m reps at full recovery: first of a session, or after 5 min or more.

    One whose target is race pace was held back, and says nothing about how fast the athlete is.
    """
    found = []
    for session in training:
        pace = _pace_1500(session, name, newest)
        before: RepRecord | None = None
        for rep in session.reps_of(name):
            if rep.started_ms is None:
                continue
            rest = rep.rest_before_ms if before is None or before.recovery_ms is None else before.recovery_ms
            full = before is None or (rest is not None and rest >= FULL_RECOVERY_MS)
            if full and rep.distance_mm == KICK_MM and rep.time_ms is not None and rep.by_hand and _is_fast(rep, pace):
                found.append(
                    Fresh200(rep.time_ms, "standing", f"rep {rep.rep} of session {session.id}", session.date[:10])
                )
            before = rep
    return found


def _is_fast(rep: RepRecord, pace_1500_ms: int | None) -> bool:
    """Whether a rep of 200 m was meant to be fast: without a target, or more than 10 % faster than 1500 m pace."""
    if rep.target_ms is None:
        return True
    return (
        pace_1500_ms is not None
        and rep.target_ms * RACE_1500_MM * 100 < (100 - PACE_TOLERANCE_PERCENT) * pace_1500_ms * KICK_MM
    )


# -- what is missing


def _with_missing(report: KickReport, training: Sequence[SessionRecord], newest: AthleteRecord) -> KickReport:
    name, missing = report.athlete, []
    closing = [rep for session in training for rep in session.reps_of(name) if rep.closing]
    if not report.sessions:
        missing.append(_why_no_tired(name, closing, newest))
    if report.fresh is None:
        missing.append(
            "A fresh 200 m: run one after a warm-up and write it in the squad, like"
            " kick: {fresh_200m: 27.0, start: rolling}."
        )
    elif report.sessions and not report.like_fresh:
        if report.fresh.start == "unknown":
            missing.append(
                "How the fresh 200 m began: write start: standing or start: rolling beside fresh_200m in the squad."
                " Until then it is not compared."
            )
        else:
            other = "rolling" if report.fresh.start == "standing" else "standing"
            missing.append(
                f"A fresh 200 m with a {other} start: the one there is began {report.fresh.start}, and the tired ones"
                f" began {other}, so they are not compared."
            )
    if report.goal_ms is None:
        missing.append(
            "The last 200 m that the goal race asks for: write goal_last_200m under the athlete's kick in the squad."
        )
    if not report.races:
        missing.append("A race to compare with: take one, or a video of one, with `kicktimer race`.")
    if report.sessions and len(report.sessions) < MIN_SESSIONS:
        count = len(report.sessions)
        missing.append(
            f"A trend: it needs {MIN_SESSIONS} sessions with a tired 200 m, and there"
            f" {'is one' if count == 1 else f'are {count}'}."
        )
    elif report.trend.verdict == "too few" and report.sessions:
        missing.append("A trend: all sessions have the same date.")
    if closing and not report.relaxed_count:
        missing.append("How relaxed the closing reps looked: rate them with F1 to F5 in the session.")
    return replace(report, missing=tuple(missing))


def _why_no_tired(name: str, closing: Sequence[RepRecord], newest: AthleteRecord) -> str:
    """Returns what is missing for a tired 200 m: the first reason that holds."""
    if not closing:
        return f"A tired 200 m: {name} has run no closing reps yet. Run a burner, such as `kicktimer run 8x400-burner`."
    if newest.pace_1500_ms is None:
        return (
            f"A tired 200 m: {name}'s 1500 m pace is not known. Write a race time in the squad: races: {{1500m: 4:30}}."
        )
    if all(last_200_ms(rep) is None for rep in closing):
        return "A tired 200 m: tap each athlete at `200m to go` and at the finish of the closing reps."
    if not any(_by_hand(rep) for rep in closing if last_200_ms(rep) is not None):
        return "A tired 200 m: the closing reps' times were typed or estimated. It counts where both taps were taken."
    return "A tired 200 m: no closing rep had a target within 10 % of 1500 m pace."


# -- the document


def document(report: KickReport) -> dict[str, Any]:
    """Returns the document of `kick --json`."""
    trend = report.trend
    return {
        "athlete": report.athlete,
        "tired_200": {
            "mean": report.mean_ms,
            "count": len(report.times_ms),
            "sessions": [
                {"id": each.id, "date": each.date, "times": [tired.time_ms for tired in each.tired]}
                for each in report.sessions
            ],
        },
        "fresh_200": None if report.fresh is None else {
            "time": report.fresh.time_ms,
            "start": report.fresh.start,
            "from": ", ".join(filter(None, (report.fresh.source, report.fresh.date))),
        },
        "goal_200": report.goal_ms,
        "race_200": [
            {"name": each.race, "date": each.date, "time": each.time_ms, "whose": each.runner} for each in report.races
        ],
        "gap": {"to_fresh": report.gap_to_fresh_ms, "to_goal": report.gap_to_goal_ms},
        "retention": report.retention,
        "trend": {
            "per_week": trend.per_week,
            "low": trend.low,
            "high": trend.high,
            "season": None if trend.season is None else list(trend.season),
            "verdict": trend.verdict,
        },
        "relaxed_on_pace": {"share": report.relaxed_share, "count": report.relaxed_count},
        "missing": list(report.missing),
    }  # fmt: skip


def _mean(times: Sequence[int]) -> int | None:
    """Returns the mean to the nearest ms; a half rounds up."""
    return (2 * sum(times) + len(times)) // (2 * len(times)) if times else None
