"""What a season is made of: a line for each session and one for each athlete, gathered in one pass. Pure.

The records of the sessions are not kept, so thousands of them take little memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from kicktimer.review.athlete import Week
from kicktimer.review.session_measures import measure_athlete, on_target
from kicktimer.units import shown_difference_ms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kicktimer.review.records import SessionRecord


@dataclass(frozen=True, slots=True)
class SeasonSession:
    """A session in the table: how many ran, how many reps were timed, and how many of them were on their target."""

    id: str
    date: str
    workout: str
    kind: str
    is_race: bool
    athletes: int
    timed: int
    on_target: int
    with_target: int


@dataclass(slots=True)
class SeasonAthlete:
    """An athlete's season. `closing_ms` are the shown differences of the closing reps to their targets."""

    name: str
    sessions: int = 0
    races: int = 0
    timed: int = 0
    metres: float = 0.0
    on_target: int = 0
    with_target: int = 0
    closing_ms: list[int] = field(default_factory=list)
    ratings: list[int] = field(default_factory=list)
    decrements: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Season:
    """The sessions, oldest first; the athletes by name; and all weeks from the first to the last, empty ones too."""

    sessions: tuple[SeasonSession, ...]
    athletes: tuple[SeasonAthlete, ...]
    weeks: tuple[Week, ...]


def gather_season(sessions: Iterable[SessionRecord]) -> Season:
    """Returns the season of these sessions, in whatever order they come. Races count in no week and in no mean."""
    lines: list[tuple[tuple[object, ...], SeasonSession]] = []
    athletes: dict[str, SeasonAthlete] = {}
    kinds: dict[date, dict[str, int]] = {}
    for session in sessions:
        judged = [on_target(rep) for rep in session.reps]
        line = SeasonSession(
            session.id, session.date, session.workout, session.kind or "other", session.race is not None,
            len(session.names), sum(rep.time_ms is not None for rep in session.reps),
            sum(each is True for each in judged), sum(each is not None for each in judged),
        )  # fmt: skip
        lines.append(((session.moment, session.seq, session.id), line))
        for name in session.names:
            _add(athletes.setdefault(name, SeasonAthlete(name)), session, name)
        if session.race is None:
            day = session.moment.date()
            week = kinds.setdefault(day - timedelta(days=day.weekday()), {})
            week[line.kind] = week.get(line.kind, 0) + 1
    lines.sort(key=lambda each: each[0])
    found = sorted(athletes.values(), key=lambda each: each.name.casefold())
    return Season(tuple(line for _, line in lines), tuple(found), _weeks(kinds))


def _add(athlete: SeasonAthlete, session: SessionRecord, name: str) -> None:
    reps = session.reps_of(name)
    if session.race is not None:
        athlete.races += 1
        return
    athlete.sessions += 1
    measures = measure_athlete(reps, name)
    athlete.on_target += measures.on_target
    athlete.with_target += measures.with_target
    if measures.decrement is not None:
        athlete.decrements.append(measures.decrement)
    for rep in reps:
        if rep.time_ms is not None:
            athlete.timed += 1
            athlete.metres += (rep.distance_mm or 0) / 1000
            if rep.closing and rep.target_ms is not None:
                athlete.closing_ms.append(shown_difference_ms(rep.time_ms, rep.target_ms))
        if rep.relaxation is not None:
            athlete.ratings.append(rep.relaxation)


def _weeks(kinds: dict[date, dict[str, int]]) -> tuple[Week, ...]:
    if not kinds:
        return ()
    first, count = min(kinds), (max(kinds) - min(kinds)).days // 7 + 1
    mondays = [first + timedelta(weeks=at) for at in range(count)]
    return tuple(Week(monday, kinds.get(monday, {})) for monday in mondays)
