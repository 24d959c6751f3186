"""When each rep is expected to start, and where on the track.

Moments are in ms on the session's clock; the first countdown starts at 0. A line is given in mm before the finish line,
in the direction of running.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from math import cos, hypot, pi, sin
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kicktimer.plan.model import GroupPlan, Plan, PlannedRep
    from kicktimer.squad import Track

WALK_BACK_MS = 180_000
"""After a rest this long, athletes walk back to the finish line. After a shorter one, they start where they are."""
_STRAIGHT_M, _RADIUS_M, _LAP_M = 84.39, 36.80, 400.0  # the standard 400 m track, on the line of running in lane 1


@dataclass(frozen=True, slots=True)
class Timetable:
    """The expected GO of each group's reps, and the expected end of each group. Unknown moments are None."""

    go_ms: Mapping[str, tuple[int | None, ...]]
    end_ms: Mapping[str, int | None]
    total_ms: int | None


def expected_timetable(plan: Plan) -> Timetable:
    """Returns when everything happens if all athletes run on target and all groups are started together."""
    moments: dict[str, tuple[int | None, ...]] = {}
    ends: dict[str, int | None] = {}
    for index, group in enumerate(plan.groups):
        first = plan.groups[0].countdown_ms + (group.start_after_ms if index else 0)
        moments[group.name], ends[group.name] = _expected_moments(group, first)
    known = [end for end in ends.values() if end is not None]
    return Timetable(moments, ends, max(known, default=None) if len(known) == len(ends) else None)


def _expected_moments(group: GroupPlan, first: int) -> tuple[tuple[int | None, ...], int | None]:
    """Returns the GO of each of the group's reps and the end of the last one. `first` is the first GO."""
    go: int | None = first
    moments: list[int | None] = []
    end: int | None = None
    for rep in group.reps:
        moments.append(go)
        last = expected_finish_ms(rep, group, slowest=True)
        end = go + last if go is not None and last is not None else None
        after_ms = _go_to_go_ms(rep, group)
        go = None if go is None or after_ms is None else go + after_ms
    return tuple(moments), end


def _go_to_go_ms(rep: PlannedRep, group: GroupPlan) -> int | None:
    """Returns the time from the rep's GO to the next GO; None if that is unknown or up to the coach."""
    match rep.rest.kind:
        case "ready":
            return None
        case "send_off":
            return rep.rest.ms
        case "first" | "last" | "target" | "own":
            finish = expected_finish_ms(rep, group, slowest=rep.rest.kind != "first")
            return None if finish is None else finish + rep.rest.after(finish)
        case _:
            assert_never(rep.rest.kind)


def expected_finish_ms(rep: PlannedRep, group: GroupPlan, *, slowest: bool) -> int | None:
    """Returns the ms from GO to the finish of the slowest or the fastest athlete.

    Returns None if an athlete has no target, unless the rep is hands-free: then only targets count.
    """
    if rep.duration_ms is not None:
        return rep.duration_ms
    times = [target.ms for target in rep.targets.values()]
    if not times or (len(times) < len(group.athletes) and not rep.hands_free):
        return None
    return max(times) if slowest else min(times)


def start_lines(plan: Plan, group: GroupPlan) -> tuple[int | None, ...]:
    """Returns the line where each rep of a group starts, in mm before the finish line; None if it is unknown."""
    return lines_for_distances(
        plan.track,
        [rep.distance_mm for rep in group.reps],
        [expected_rest_ms(rep, group) for rep in group.reps],
        [rep.rest.jog_mm for rep in group.reps],
    )


def expected_rest_ms(rep: PlannedRep, group: GroupPlan) -> int | None:
    """Returns how long the slowest athlete rests after the rep, None if that is unknown."""
    match rep.rest.kind:
        case "ready":
            return None
        case "send_off":
            finish = expected_finish_ms(rep, group, slowest=True)
            return None if finish is None else rep.rest.ms - finish
        case "first" | "last" | "target" | "own":
            finish = expected_finish_ms(rep, group, slowest=rep.rest.kind != "first")
            if finish is None:
                return None if rep.rest.percent else rep.rest.ms
            return rep.rest.after(finish)
        case _:
            assert_never(rep.rest.kind)


def lines_for_distances(
    track: Track,
    distances: Sequence[int | None],
    rests_ms: Sequence[int | None] = (),
    jogs_mm: Sequence[int] = (),
) -> tuple[int | None, ...]:
    """Returns the line where each rep starts, in mm before the finish line.

    The first rep starts at the finish line, and each other one where the rep before it, or the jog after that, ended.
    Without a jog, after a rest of
    `WALK_BACK_MS` or more, if `rests_ms` are given, a rep starts at the finish line again. After a rep by time
    (distance None) the line is None until such a rest.
    """
    lap = track.lap_mm
    line: int | None = 0
    lines: list[int | None] = []
    for distance, rest, jog in zip_longest(distances, rests_ms[: len(distances)], jogs_mm[: len(distances)]):
        lines.append(line)
        if not jog and rest is not None and rest >= WALK_BACK_MS:
            line = 0
        elif line is None or distance is None:
            line = None
        else:
            line = (line - distance - (jog or 0)) % lap
    return tuple(lines)


def straight_line_mm(track: Track, line_mm: int) -> int | None:
    """Returns the straight distance from a line to the finish line on a standard 400 m track; None on another track."""
    if track.length_mm != 400_000:
        return None
    x, y = _point((_LAP_M - line_mm / 1000) % _LAP_M)
    return round(hypot(x, y) * 1000)


def _point(past_m: float) -> tuple[float, float]:
    """Returns the position of a runner `past_m` metres past the finish line, in metres: x along the straight, y across.

    The finish line is the origin, at the end of the home straight.
    """
    bend = pi * _RADIUS_M
    if past_m <= bend:
        angle = past_m / _RADIUS_M
        return _RADIUS_M * sin(angle), _RADIUS_M * (1 - cos(angle))
    if past_m <= bend + _STRAIGHT_M:
        return -(past_m - bend), 2 * _RADIUS_M
    if past_m <= 2 * bend + _STRAIGHT_M:
        angle = (past_m - bend - _STRAIGHT_M) / _RADIUS_M
        return -_STRAIGHT_M - _RADIUS_M * sin(angle), _RADIUS_M * (1 + cos(angle))
    return -(_LAP_M - past_m), 0.0
