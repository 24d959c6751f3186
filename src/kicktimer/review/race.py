"""The figures of a race: the last 200 m, and the questions that impossible figures ask. All in whole ms and mm."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from kicktimer.pace import KICK_MM
from kicktimer.units import check_plausibility, format_race, show_distance, show_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kicktimer.review.records import RepRecord, SessionRecord

FASTEST_LAST_200_MS = 22_000
SLOWEST_LAST_200_MS = 45_000
LEG_TOLERANCE_MS = 100
"""Legs that were rounded to a tenth each may miss their sum by this much for each leg."""


@dataclass(frozen=True, slots=True)
class RaceLast200:
    """A runner's last 200 m in a race. `own` says whether the runner is the athlete of the report."""

    session: str
    race: str
    date: str
    runner: str
    time_ms: int
    own: bool


def last_200_ms(rep: RepRecord) -> int | None:
    """Returns the time from `200m to go` to the finish; of a rep of 200 m its time; None where a time is missing.

    A mark after the finish gives no time: it is a mistake in the log.
    """
    if rep.time_ms is None or rep.distance_mm is None or rep.distance_mm < KICK_MM:
        return None
    if rep.distance_mm == KICK_MM:
        return rep.time_ms
    split = rep.split_at(rep.distance_mm - KICK_MM)
    return None if split is None or split.time_ms >= rep.time_ms else rep.time_ms - split.time_ms


def last_200s(session: SessionRecord, athlete: str) -> tuple[RaceLast200, ...]:
    """Returns the athlete's own last 200 m and the winner's, as far as they were taken; once if the athlete won.

    The winner is whoever finished first. Of a single runner whose place was not the first, there is no winner.
    """
    if session.race is None:
        return ()
    timed = [each for each in session.reps if each.time_ms is not None]
    first = min((each.time_ms or 0 for each in timed), default=0)
    known_loser = session.race.place not in (None, 1)
    found = []
    for rep in timed:
        own = rep.athlete == athlete
        time = last_200_ms(rep)
        if time is not None and (own or (rep.time_ms == first and not known_loser)):
            title = " ".join(filter(None, (session.race.name, session.race.event)))
            found.append(RaceLast200(session.id, title or session.workout, session.date, rep.athlete, time, own))
    return tuple(found)


def race_questions(
    distance_mm: int, finish_ms: int | None, marks: Mapping[int, int], legs_ms: tuple[int, ...] = ()
) -> tuple[str, ...]:
    """Returns a question for each figure of a race that cannot be, or hardly; none if all are plausible.

    `marks` has the time from the start at each mark in mm; `legs_ms` are the times between the marks where they were
    typed, too.
    """
    found = []
    if finish_ms is not None:
        found += _finish_questions(distance_mm, finish_ms)
    times = sorted({**marks, **({} if finish_ms is None else {distance_mm: finish_ms})}.items())
    for (near, early), (far, late) in pairwise(times):
        if late <= early:
            found.append(
                f"{_mark(far, distance_mm)} at {show_time(late)} is not after {_mark(near, distance_mm)} at"
                f" {show_time(early)}: are the two the wrong way round?"
            )
    found += [
        f"The mark at {show_distance(mark)} is not inside the {format_race(distance_mm)}: is the distance right?"
        for mark in marks
        if not 0 < mark < distance_mm
    ]
    to_go = marks.get(distance_mm - KICK_MM)
    if finish_ms is not None and to_go is not None and finish_ms > to_go:
        last = finish_ms - to_go
        if not FASTEST_LAST_200_MS <= last <= SLOWEST_LAST_200_MS:
            what = "faster than anybody has finished" if last < FASTEST_LAST_200_MS else "slower than a kick ever is"
            found.append(
                f"The last 200 m would take {show_time(last)}, {what}. Was `200m to go` taken at the right line?"
            )
    if legs_ms and finish_ms is not None and abs(sum(legs_ms) - finish_ms) > LEG_TOLERANCE_MS * len(legs_ms):
        found.append(
            f"The splits add up to {show_time(sum(legs_ms))}, and the finish is {show_time(finish_ms)}: which is right?"
        )
    return tuple(found)


def _finish_questions(distance_mm: int, finish_ms: int) -> list[str]:
    found = check_plausibility(finish_ms, distance_mm)
    if not found:
        return []
    what = "faster than the world record" if found == "fast" else "slower than a walk"
    return [f"{show_time(finish_ms)} for {format_race(distance_mm)} is {what}: is it typed right?"]


def _mark(mm: int, distance_mm: int) -> str:
    if mm == distance_mm:
        return "the finish"
    return "`200m to go`" if mm == distance_mm - KICK_MM else show_distance(mm)
