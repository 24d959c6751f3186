"""The measures of one session: of each rep, of each athlete, and of all.

In: a `SessionRecord`. Out: frozen data. Means, slopes and spreads are exact, in ms (floats, of the exact times);
`*_shown_ms` are figures as people see them: a mean of shown times, and a difference of figures as shown (see `units`).
A measure without the times it needs is None. Formulas: docs/measures.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from kicktimer.review.trend import fit_line
from kicktimer.units import (
    mean_shown_target,
    mean_shown_time,
    round_up_hand_time,
    shown_difference_ms,
)
from kicktimer.view.comparison import ON_TARGET_TOLERANCE_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kicktimer.review.records import RepRecord, SessionRecord


@dataclass(frozen=True, slots=True)
class RepCell:
    """An athlete's rep in the grid.

    `rank` counts times as shown: equal ones share a rank. `against_previous_shown_ms` is the difference to the
    athlete's previous timed rep of the same distance.
    """

    record: RepRecord
    rank: int | None
    difference_shown_ms: int | None
    against_previous_shown_ms: int | None
    on_target: bool | None
    is_best: bool = False
    is_season_best: bool = False


@dataclass(frozen=True, slots=True)
class RepMeasures:
    """A rep of a group: its cells in the order of the group, and the mean time of all who were timed."""

    group: str
    rep: int
    cells: tuple[RepCell, ...]
    mean_ms: float | None
    mean_shown_ms: int | None


@dataclass(frozen=True, slots=True)
class AthleteMeasures:
    """An athlete's session.

    Mean, spread (standard deviation and range), slope and % decrement are those of the reps of `distance_mm`, the
    distance that was run most often (of equals, the longest); `means_by_distance_ms` has the means of all. `fade` is a
    fraction, 0.01 for 1 %. `decrement` is 100 (sum / (n best) - 1): in paced reps it measures pacing, not fatigue.
    """

    athlete: str
    distance_mm: int | None
    mean_ms: float | None
    mean_shown_ms: int | None
    mean_minus_target_ms: float | None
    mean_minus_target_shown_ms: int | None
    sd_ms: float | None
    range_ms: int | None
    slope_ms: float | None
    decrement: float | None
    closing_minus_earlier_ms: float | None
    fade: float | None
    on_target: int
    with_target: int
    recoveries_ms: tuple[int, ...]
    active_ms: int
    rest_ms: int
    missed: int
    means_by_distance_ms: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class SessionMeasures:
    """A session: its reps in the order of their GO, and its athletes."""

    reps: tuple[RepMeasures, ...]
    athletes: tuple[AthleteMeasures, ...]


def measure_session(session: SessionRecord, bests: Mapping[tuple[str, int], int] | None = None) -> SessionMeasures:
    """Returns the measures of a session.

    `bests` has the best times of the season before it, as `best_times` returns them. None: they are not known, and no
    time is marked as the season's best.
    """
    rows: dict[tuple[str, int], list[RepRecord]] = {}
    for record in session.reps:
        rows.setdefault((record.group, record.rep), []).append(record)
    previous = _previous_reps(session)
    fastest = _fastest_reps(session)
    bests = bests if session.race is None else None  # a race is no rep
    reps = []
    for (group, number), records in rows.items():
        times = [each.time_ms for each in records if each.time_ms is not None]
        shown = sorted(round_up_hand_time(ms) for ms in times)
        cells = tuple(_cell(each, shown, previous.get(id(each)), fastest, bests) for each in records)
        mean = sum(times) / len(times) if times else None
        reps.append(RepMeasures(group, number, cells, mean, mean_shown_time(times) if times else None))
    return SessionMeasures(tuple(reps), tuple(measure_athlete(session.reps_of(name), name) for name in session.names))


def _cell(
    record: RepRecord,
    shown: Sequence[int],
    previous: RepRecord | None,
    fastest: Mapping[tuple[str, int], RepRecord],
    bests: Mapping[tuple[str, int], int] | None,
) -> RepCell:
    time = record.time_ms
    if time is None or record.distance_mm is None:
        return RepCell(record, None, None, None, None)
    key = record.athlete, record.distance_mm
    is_best = fastest[key] is record
    against = None
    if previous is not None and previous.time_ms is not None:
        against = round_up_hand_time(time) - round_up_hand_time(previous.time_ms)
    return RepCell(
        record=record,
        rank=shown.index(round_up_hand_time(time)) + 1,
        difference_shown_ms=None if record.target_ms is None else shown_difference_ms(time, record.target_ms),
        against_previous_shown_ms=against,
        on_target=on_target(record),
        is_best=is_best,
        is_season_best=is_best
        and bests is not None
        and (key not in bests or round_up_hand_time(time) < round_up_hand_time(bests[key])),
    )


def _fastest_reps(session: SessionRecord) -> dict[tuple[str, int], RepRecord]:
    """Returns each athlete's fastest rep of each distance, as shown: of equal ones the first."""
    found: dict[tuple[str, int], RepRecord] = {}
    for record in session.reps:
        if record.time_ms is not None and record.distance_mm is not None:
            best = found.setdefault((record.athlete, record.distance_mm), record)
            if round_up_hand_time(record.time_ms) < round_up_hand_time(best.time_ms or 0):
                found[record.athlete, record.distance_mm] = record
    return found


def _previous_reps(session: SessionRecord) -> dict[int, RepRecord]:
    """Returns the previous timed rep of the same athlete and distance, by the identity of the record."""
    last: dict[tuple[str, int | None], RepRecord] = {}
    found = {}
    for record in session.reps:
        key = record.athlete, record.distance_mm
        if key in last:
            found[id(record)] = last[key]
        if record.time_ms is not None:
            last[key] = record
    return found


def best_times(sessions: Iterable[SessionRecord]) -> dict[tuple[str, int], int]:
    """Returns the fastest time in ms by athlete and distance in mm. Races are not reps, and do not count."""
    found: dict[tuple[str, int], int] = {}
    for session in sessions:
        for each in session.reps if session.race is None else ():
            if each.time_ms is not None and each.distance_mm is not None:
                key = each.athlete, each.distance_mm
                found[key] = min(each.time_ms, found.get(key, each.time_ms))
    return found


def on_target(record: RepRecord) -> bool | None:
    """Whether the time as shown is on target: inside its band, else within 0.3 s of it, the error of hand timing.

    None without a time, and without a target.
    """
    if record.time_ms is None:
        return None
    if record.band is not None:
        return record.band[0] <= round_up_hand_time(record.time_ms) <= record.band[1]
    if record.target_ms is None:
        return None
    return abs(shown_difference_ms(record.time_ms, record.target_ms)) <= ON_TARGET_TOLERANCE_MS


def measure_athlete(records: Sequence[RepRecord], name: str) -> AthleteMeasures:
    """Returns the measures of an athlete's reps of one session, in their order."""
    timed = [each for each in records if each.time_ms is not None and each.distance_mm is not None]
    groups: dict[int, list[RepRecord]] = {}
    for each in timed:
        groups.setdefault(each.distance_mm or 0, []).append(each)
    distance = max(groups, key=lambda mm: (len(groups[mm]), mm), default=None)
    main = groups.get(distance or 0, [])
    times = [each.time_ms or 0 for each in main]
    targets = [each.target_ms for each in main if each.target_ms is not None]
    has_targets = bool(times) and len(targets) == len(times)
    mean = sum(times) / len(times) if times else None
    line = fit_line([(each.rep, each.time_ms or 0) for each in main])
    difference, fade = closing_against_earlier(timed)
    judged = [on_target(each) for each in timed]
    return AthleteMeasures(
        athlete=name,
        distance_mm=distance,
        mean_ms=mean,
        mean_shown_ms=mean_shown_time(times) if times else None,
        mean_minus_target_ms=mean - sum(targets) / len(targets) if has_targets and mean is not None else None,
        mean_minus_target_shown_ms=mean_shown_time(times) - mean_shown_target(targets) if has_targets else None,
        sd_ms=standard_deviation(times),
        range_ms=max(times) - min(times) if times else None,
        slope_ms=None if line is None else line.slope,
        decrement=100 * (sum(times) / (len(times) * min(times)) - 1) if len(times) > 1 else None,
        closing_minus_earlier_ms=difference,
        fade=fade,
        on_target=sum(each is True for each in judged),
        with_target=sum(each is not None for each in judged),
        recoveries_ms=tuple(each.recovery_ms for each in records if each.recovery_ms is not None),
        active_ms=sum(each.time_ms or each.duration_ms or 0 for each in records if each.started_ms is not None),
        rest_ms=sum(each.recovery_ms or 0 for each in records),
        missed=sum(each.status == "missed" for each in records),
        means_by_distance_ms=tuple(
            (mm, sum(each.time_ms or 0 for each in group) / len(group)) for mm, group in sorted(groups.items())
        ),
    )


def closing_against_earlier(timed: Sequence[RepRecord]) -> tuple[float | None, float | None]:
    """Returns (closing mean - mean of the earlier reps in ms, fade as a fraction); None without both.

    Earlier reps count that have the distance and the pace, and so the target, of a closing one. With closing reps of
    several distances both figures are those of the distance that the most closing reps have.
    """
    closing: dict[tuple[int | None, str, int | None], list[int]] = {}
    earlier: dict[tuple[int | None, str, int | None], list[int]] = {}
    for each in timed:
        key = each.distance_mm, each.pace, each.target_ms
        (closing if each.closing else earlier).setdefault(key, []).append(each.time_ms or 0)
    both = [key for key in closing if key in earlier]
    if not both:
        return None, None
    key = max(both, key=lambda each: (len(closing[each]), each[0] or 0))
    last, first = sum(closing[key]) / len(closing[key]), sum(earlier[key]) / len(earlier[key])
    return last - first, last / first - 1


def standard_deviation(times: Sequence[int]) -> float | None:
    """Returns the sample's standard deviation (n - 1); None with fewer than two times."""
    if len(times) < 2:
        return None
    mean = sum(times) / len(times)
    return sqrt(sum((each - mean) ** 2 for each in times) / (len(times) - 1))
