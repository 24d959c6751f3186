"""When each rep is expected, and where it starts on the track.

Moments are ms on the session's clock, with the first countdown at 0; lines are mm before the finish line, measured in
the direction of running.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from math import cos, hypot, pi, sin
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kicktimer.plan.model import GroupPlan, Plan, PlannedRep
    from kicktimer.squad import Track

WALK_BACK_MS = 180_000  # with three minutes everybody walks back to the line; with less the start rolls
_STRAIGHT_M, _RADIUS_M, _LAP_M = 84.39, 36.80, 400.0  # the standard 400 m track, on the line of running in lane 1


@dataclass(frozen=True, slots=True)
class Timetable:
    """The expected GO of every rep of each group, and when each group is done; None where that is not known."""

    go_ms: Mapping[str, tuple[int | None, ...]]
    end_ms: Mapping[str, int | None]
    total_ms: int | None


def expected_ms(plan: Plan) -> Timetable:
    """The clock of the session if everybody runs on target and all groups are started together."""
    moments: dict[str, tuple[int | None, ...]] = {}
    ends: dict[str, int | None] = {}
    for index, group in enumerate(plan.groups):
        first = plan.groups[0].countdown_ms + (group.start_after_ms if index else 0)
        moments[group.name], ends[group.name] = _group(group, first)
    known = [end for end in ends.values() if end is not None]
    return Timetable(moments, ends, max(known, default=None) if len(known) == len(ends) else None)


def _group(group: GroupPlan, first: int) -> tuple[tuple[int | None, ...], int | None]:
    go: int | None = first
    moments: list[int | None] = []
    end: int | None = None
    for rep in group.reps:
        moments.append(go)
        last = finish_ms(rep, group, slowest=True)
        end = go + last if go is not None and last is not None else None
        finish = finish_ms(rep, group, slowest=rep.rest.kind != "first")
        if go is None or rep.rest.kind == "ready":
            go = None
        elif rep.rest.kind == "send_off":
            go += rep.rest.ms
        else:
            go = None if finish is None else go + finish + rep.rest.ms
    return tuple(moments), end


def finish_ms(rep: PlannedRep, group: GroupPlan, *, slowest: bool) -> int | None:
    """Ms from GO to the finish that counts; None where somebody's is not known and nobody runs the clock on targets."""
    if rep.duration_ms is not None:
        return rep.duration_ms
    times = [target.ms for target in rep.targets.values()]
    if not times or (len(times) < len(group.athletes) and not rep.hands_free):
        return None
    return max(times) if slowest else min(times)


def start_lines(plan: Plan, group: GroupPlan) -> tuple[int | None, ...]:
    """Where each rep of a group starts, in mm before the finish line; None where that is not known."""
    return start_line(plan.track, [rep.distance_mm for rep in group.reps], [_rest_ms(rep, group) for rep in group.reps])


def _rest_ms(rep: PlannedRep, group: GroupPlan) -> int | None:
    """How long the last to finish rests; None where that is not known."""
    if rep.rest.kind == "ready":
        return None
    if rep.rest.kind != "send_off":
        return rep.rest.ms
    finish = finish_ms(rep, group, slowest=True)
    return None if finish is None else rep.rest.ms - finish


def start_line(
    track: Track, distances: Sequence[int | None], rests_ms: Sequence[int | None] = ()
) -> tuple[int | None, ...]:
    """Where each rep starts, in mm before the finish line: the first at the line, each next one where the last ended.

    After a rest of three minutes (where `rests_ms` are given) the start is at the finish line again. A rep of no known
    distance (None) leaves everybody anywhere: None until such a rest.
    """
    lap = track.lap_mm
    line: int | None = 0
    lines: list[int | None] = []
    for distance, rest in zip_longest(distances, rests_ms[: len(distances)]):
        lines.append(line)
        if rest is not None and rest >= WALK_BACK_MS:
            line = 0
        elif line is None or distance is None:
            line = None
        else:
            line = (line - distance) % lap
    return tuple(lines)


def straight_line_mm(track: Track, line_mm: int) -> int | None:
    """How far a line is from the finish line through the air, on a standard 400 m track; None on another."""
    if track.length_mm != 400_000:
        return None
    x, y = _point((_LAP_M - line_mm / 1000) % _LAP_M)
    return round(hypot(x, y) * 1000)


def _point(past_m: float) -> tuple[float, float]:
    """Metres from the finish line, which stands at the end of the home straight: x along the straight, y across."""
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
