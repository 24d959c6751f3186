"""Two things side by side, times and recoveries: two sessions, two athletes, one athlete's season and the last one.

In: records. Out: rows of pairs, a side without a counterpart being None. Differences are those of the figures as shown
(see `units`), right minus left, in ms: negative means that the right one is faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kicktimer.review.session_measures import AthleteMeasures, measure_athlete
from kicktimer.units import mean_shown_time, round_up_hand_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kicktimer.review.records import RepRecord, SessionRecord


@dataclass(frozen=True, slots=True)
class RepPair:
    """The same rep on both sides. Times are compared only over one distance: 300 m and 400 m are not."""

    rep: int
    left: RepRecord | None
    right: RepRecord | None

    @property
    def difference_shown_ms(self) -> int | None:
        if self.left is None or self.right is None or self.left.distance_mm != self.right.distance_mm:
            return None
        if self.left.time_ms is None or self.right.time_ms is None:
            return None
        return round_up_hand_time(self.right.time_ms) - round_up_hand_time(self.left.time_ms)

    @property
    def recovery_difference_ms(self) -> int | None:
        """The right recovery after the rep minus the left one, exact."""
        if self.left is None or self.right is None:
            return None
        if self.left.recovery_ms is None or self.right.recovery_ms is None:
            return None
        return self.right.recovery_ms - self.left.recovery_ms


@dataclass(frozen=True, slots=True)
class AthletePair:
    """Two series of reps side by side: an athlete's in two sessions, or two athletes' in one or two sessions."""

    left_name: str
    right_name: str
    reps: tuple[RepPair, ...]
    left: AthleteMeasures
    right: AthleteMeasures


@dataclass(frozen=True, slots=True)
class SeasonPair:
    """An athlete's timed reps over one distance in two seasons: counts, means, closing means, mean recoveries.

    `left_by_hand` and `right_by_hand` say that keys took all times of that season.
    """

    distance_mm: int
    left_count: int
    right_count: int
    left_mean_shown_ms: int | None
    right_mean_shown_ms: int | None
    left_closing_shown_ms: int | None
    right_closing_shown_ms: int | None
    left_recovery_ms: float | None
    right_recovery_ms: float | None
    left_by_hand: bool = True
    right_by_hand: bool = True

    @property
    def difference_shown_ms(self) -> int | None:
        return _difference(self.left_mean_shown_ms, self.right_mean_shown_ms)

    @property
    def closing_difference_shown_ms(self) -> int | None:
        return _difference(self.left_closing_shown_ms, self.right_closing_shown_ms)


def compare_athletes(left: SessionRecord, left_name: str, right: SessionRecord, right_name: str) -> AthletePair:
    """Returns the reps of two athletes, or of one athlete in two sessions, by their number in the workout."""
    ours = {each.rep: each for each in left.reps_of(left_name)}
    theirs = {each.rep: each for each in right.reps_of(right_name)}
    return AthletePair(
        left_name,
        right_name,
        tuple(RepPair(rep, ours.get(rep), theirs.get(rep)) for rep in sorted({*ours, *theirs})),
        measure_athlete(tuple(ours.values()), left_name),
        measure_athlete(tuple(theirs.values()), right_name),
    )


def compare_sessions(left: SessionRecord, right: SessionRecord) -> tuple[AthletePair, ...]:
    """Returns a pair for each athlete of the two sessions, the left one's order first."""
    names = dict.fromkeys((*left.names, *right.names))
    return tuple(compare_athletes(left, name, right, name) for name in names)


def compare_seasons(name: str, left: Iterable[SessionRecord], right: Iterable[SessionRecord]) -> tuple[SeasonPair, ...]:
    """Returns the athlete's two seasons by rep distance. The caller chooses their sessions; races are left out."""
    ours, theirs = _by_distance(name, left), _by_distance(name, right)
    return tuple(
        SeasonPair(
            distance_mm=mm,
            left_count=len(ours.get(mm, ())),
            right_count=len(theirs.get(mm, ())),
            left_mean_shown_ms=_mean_shown(ours.get(mm, ())),
            right_mean_shown_ms=_mean_shown(theirs.get(mm, ())),
            left_closing_shown_ms=_mean_shown([each for each in ours.get(mm, ()) if each.closing]),
            right_closing_shown_ms=_mean_shown([each for each in theirs.get(mm, ()) if each.closing]),
            left_recovery_ms=_mean_recovery(ours.get(mm, ())),
            right_recovery_ms=_mean_recovery(theirs.get(mm, ())),
            left_by_hand=all(each.by_hand for each in ours.get(mm, ())),
            right_by_hand=all(each.by_hand for each in theirs.get(mm, ())),
        )
        for mm in sorted({*ours, *theirs})
    )


def _by_distance(name: str, sessions: Iterable[SessionRecord]) -> dict[int, list[RepRecord]]:
    found: dict[int, list[RepRecord]] = {}
    for session in sessions:
        for each in session.reps_of(name) if session.race is None else ():
            if each.time_ms is not None and each.distance_mm is not None:
                found.setdefault(each.distance_mm, []).append(each)
    return found


def _mean_shown(reps: Sequence[RepRecord]) -> int | None:
    return mean_shown_time([each.time_ms or 0 for each in reps]) if reps else None


def _mean_recovery(reps: Sequence[RepRecord]) -> float | None:
    found = [each.recovery_ms for each in reps if each.recovery_ms is not None]
    return sum(found) / len(found) if found else None


def _difference(left: int | None, right: int | None) -> int | None:
    return None if left is None or right is None else right - left
