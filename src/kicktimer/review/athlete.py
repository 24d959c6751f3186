"""One athlete over time: weeks by kind, the same workout and the same rep across sessions, bests, volume against pace.

In: an athlete's name and the sessions that count (see `records.counted`). Races are left out, except for goal lines.
Weeks are those of ISO 8601, from Monday, by the date where the session took place. Times are ms, means exact.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from kicktimer.review.session_measures import AthleteMeasures, measure_athlete, on_target
from kicktimer.units import mean_shown_target, mean_shown_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kicktimer.review.records import RepRecord, SessionRecord

GOAL_PACE_MM = 400_000
"""Paces are compared as times for a lap of 400 m."""


@dataclass(frozen=True, slots=True)
class Week:
    """The athlete's sessions in a week, by the workouts' kind. `monday` is its first day."""

    monday: date
    kinds: Mapping[str, int]

    @property
    def count(self) -> int:
        return sum(self.kinds.values())


@dataclass(frozen=True, slots=True)
class AthleteSession:
    """The athlete's part of a session. Closing figures are those of the closing reps that have a time and a target."""

    id: str
    date: str
    workout: str
    kind: str
    measures: AthleteMeasures
    closing_mean_ms: float | None
    closing_target_ms: float | None
    closing_on_target: int
    relaxation_mean: float | None
    closing_minus_target_shown_ms: int | None = None
    """The mean of the closing reps that have a time and a target, minus that of these targets, as shown."""


@dataclass(frozen=True, slots=True)
class RepPoint:
    """One rep of one session, to be set beside the same rep of others."""

    id: str
    date: str
    record: RepRecord


@dataclass(frozen=True, slots=True)
class PersonalBest:
    """The fastest rep over a distance. Races are not reps. `by_hand` is false for a typed or estimated time."""

    distance_mm: int
    time_ms: int
    id: str
    date: str
    rep: int
    by_hand: bool


@dataclass(frozen=True, slots=True)
class VolumePoint:
    """How far the athlete ran in timed reps of one distance in one session, and how fast: ms for 400 m."""

    id: str
    date: str
    distance_mm: int
    volume_mm: int
    pace_400_ms: float


@dataclass(frozen=True, slots=True)
class AthleteReview:
    """Everything about one athlete. `goal_lines_ms` has the pace of each known race, in ms for 400 m, by mm.

    `last_closing_rep` has the last closing rep of the workout that was run most often, across its sessions; with a
    workout that has changed meanwhile, that of its newest session.
    """

    athlete: str
    weeks: tuple[Week, ...]
    sessions: tuple[AthleteSession, ...]
    bests: tuple[PersonalBest, ...]
    volume: tuple[VolumePoint, ...]
    goal_lines_ms: Mapping[int, float]
    last_closing_rep: tuple[RepPoint, ...] = ()

    def same_workout(self, workout: str) -> tuple[AthleteSession, ...]:
        """Returns the sessions with this workout, oldest first."""
        return tuple(each for each in self.sessions if each.workout == workout)

    @property
    def workouts(self) -> tuple[str, ...]:
        """The workouts, those that were run most often first."""
        return tuple(name for name, _ in Counter(each.workout for each in self.sessions).most_common())


def athlete_review(name: str, sessions: Iterable[SessionRecord]) -> AthleteReview:
    """Returns the review of an athlete; of one whom no session knows, an empty one."""
    own = _own(name, sessions)
    found = tuple(_athlete_session(each, name) for each in own)
    races = next((dict(entry.races) for each in reversed(own) if (entry := each.athlete(name)) is not None), {})
    return AthleteReview(
        athlete=name,
        weeks=_weeks(own),
        sessions=found,
        bests=_bests(name, own),
        volume=tuple(point for each in own for point in _volume(each, name)),
        goal_lines_ms={mm: ms * GOAL_PACE_MM / mm for mm, ms in sorted(races.items())},
        last_closing_rep=_last_closing_rep(name, own),
    )


def same_rep(
    name: str, sessions: Iterable[SessionRecord], rep: int, distance_mm: int, workout: str | None = None
) -> tuple[RepPoint, ...]:
    """Returns the athlete's reps with this number and distance across sessions, oldest first; missed ones, too.

    `workout` limits them to one workout.
    """
    return tuple(
        RepPoint(session.id, session.date, each)
        for session in _own(name, sessions)
        if workout is None or session.workout == workout
        for each in session.reps_of(name)
        if each.rep == rep and each.distance_mm == distance_mm
    )


def _last_closing_rep(name: str, own: Sequence[SessionRecord]) -> tuple[RepPoint, ...]:
    """Returns the last closing rep of the workout that was run most often, of equals the first one that was run."""
    often = Counter(each.workout for each in own).most_common(1)
    for session in reversed(own):
        closing = [each for each in session.reps_of(name) if each.closing and each.distance_mm is not None]
        if often and session.workout == often[0][0] and closing:
            return same_rep(name, own, closing[-1].rep, closing[-1].distance_mm or 0, session.workout)
    return ()


def _own(name: str, sessions: Iterable[SessionRecord]) -> list[SessionRecord]:
    """Returns the sessions in which the athlete ran, without races, oldest first."""
    found = [each for each in sessions if each.race is None and _took_part(each.reps_of(name))]
    return sorted(found, key=lambda each: (each.moment, each.seq, each.id))


def _took_part(reps: Sequence[RepRecord]) -> bool:
    return any(each.started_ms is not None and each.status in ("timed", "untimed", "missed") for each in reps)


def _weeks(own: Sequence[SessionRecord]) -> tuple[Week, ...]:
    """Returns all weeks from the first session to the last, empty ones too: a gap is a fact worth seeing."""
    kinds: dict[date, Counter[str]] = {}
    for session in own:
        day = session.moment.date()
        kinds.setdefault(day - timedelta(days=day.weekday()), Counter())[session.kind or "other"] += 1
    if not kinds:
        return ()
    first, count = min(kinds), (max(kinds) - min(kinds)).days // 7 + 1
    mondays = [first + timedelta(weeks=index) for index in range(count)]
    return tuple(Week(monday, dict(kinds.get(monday, {}))) for monday in mondays)


def _athlete_session(session: SessionRecord, name: str) -> AthleteSession:
    reps = session.reps_of(name)
    closing = [each for each in reps if each.closing and each.time_ms is not None]
    compared = [each for each in closing if each.target_ms is not None]
    rated = [each.relaxation for each in reps if each.relaxation is not None]
    return AthleteSession(
        id=session.id,
        date=session.date,
        workout=session.workout,
        kind=session.kind or "other",
        measures=measure_athlete(reps, name),
        closing_mean_ms=_mean([each.time_ms or 0 for each in compared or closing]),
        closing_target_ms=_mean([each.target_ms or 0 for each in compared]),
        closing_on_target=sum(on_target(each) is True for each in closing),
        relaxation_mean=_mean(rated),
        closing_minus_target_shown_ms=_mean_minus_target_shown(compared),
    )


def _mean_minus_target_shown(compared: Sequence[RepRecord]) -> int | None:
    times = [each.time_ms for each in compared if each.time_ms is not None]
    targets = [each.target_ms for each in compared if each.target_ms is not None]
    return mean_shown_time(times) - mean_shown_target(targets) if times and targets else None


def _bests(name: str, own: Sequence[SessionRecord]) -> tuple[PersonalBest, ...]:
    found: dict[int, PersonalBest] = {}
    for session in own:
        for each in session.reps_of(name):
            if each.time_ms is None or each.distance_mm is None:
                continue
            best = found.get(each.distance_mm)
            if best is None or each.time_ms < best.time_ms:  # of equal ones the first stays
                found[each.distance_mm] = PersonalBest(
                    each.distance_mm, each.time_ms, session.id, session.date, each.rep, each.by_hand
                )
    return tuple(found[mm] for mm in sorted(found))


def _volume(session: SessionRecord, name: str) -> list[VolumePoint]:
    times: dict[int, list[int]] = {}
    for each in session.reps_of(name):
        if each.time_ms is not None and each.distance_mm is not None:
            times.setdefault(each.distance_mm, []).append(each.time_ms)
    return [
        VolumePoint(session.id, session.date, mm, mm * len(ms), sum(ms) * GOAL_PACE_MM / (mm * len(ms)))
        for mm, ms in sorted(times.items())
    ]


def _mean(values: Sequence[int]) -> float | None:
    return sum(values) / len(values) if values else None
