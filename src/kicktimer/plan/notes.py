"""What a coach would want to be told about a plan: `warnings` of what is missing, `notes` of the rest.

Pure. Sentences for people; moments are on the session's clock, with everybody on target.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from kicktimer.plan.timetable import expected_ms, finish_ms, start_lines, straight_line_mm
from kicktimer.units import format_distance, format_duration, format_race, show_clock, show_distance, show_target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kicktimer.plan.model import GroupPlan, Plan, PlannedRep

SOUND_MS_PER_100_M = 290
NEAR_MM = 50_000  # from where GO is heard less than 0.15 s late, which nobody times by hand
LITTLE_REST_MS = 10_000  # less is no rest
SHARED_MS = 4_000  # two groups at one line within this are in each other's way
MOST_PAIRS = 6  # with a group for each athlete there are hundreds
MOST_MOMENTS = 4


def warnings(plan: Plan) -> tuple[str, ...]:
    """What a coach should know before the start: who has no target, and cues that nothing can time."""
    told: dict[str, None] = {}
    races = {athlete.name: athlete for athlete in plan.athletes}
    for group in plan.groups:
        for rep in group.reps:
            if rep.distance_mm is None:
                continue
            for name in group.athletes:
                if name in rep.targets or (rep.pace.kind == "free" and rep.target_ms is None):
                    continue
                athlete = races[name]
                kick = "kick" in (rep.pace.kind, rep.finish_pace.kind if rep.finish_pace else "")
                if kick and athlete.goal_last_200_ms is None:
                    told[f"{name} has no goal_last_200m, and so no target where the pace is kick"] = None
                elif not athlete.races:
                    told[f"{name} has no race time, and so no targets"] = None
                else:
                    told[f"{name} has no target for {format_distance(rep.distance_mm)} at {rep.pace.text}"] = None
            marks = [line.mark for line in rep.says if line.mark is not None and not line.relax]
            if marks and not rep.targets:
                where, what = format_distance(marks[0]), format_distance(rep.distance_mm)
                told[f"nobody in group {group.name} has a target for {what}: its cue at {where} is not heard"] = None
    return tuple(told)


def notes(plan: Plan) -> tuple[str, ...]:
    """What is good to know at the track: far lines, groups that meet, rests that are none, estimates."""
    told: dict[str, None] = {}
    lines = {group.name: tuple(_far_lines(plan, group)) for group in plan.groups}
    alike = len(set(lines.values())) == 1
    for group in plan.groups:
        for place, numbers in lines[group.name]:
            who = "" if alike else f" of group {group.name}"
            told[f"{_numbers(numbers)}{who} {'starts' if len(numbers) == 1 else 'start'} at {place}"] = None
        told.update(dict.fromkeys(_short_rests(group, f" of group {group.name}" if len(plan.groups) > 1 else "")))
    told.update(dict.fromkeys(_meetings(plan)))
    told.update(dict.fromkeys(_unknown_clocks(plan)))
    told.update(dict.fromkeys(_estimates(plan)))
    return tuple(told)


def _numbers(numbers: Sequence[int]) -> str:
    """`rep 2`, `reps 2 and 4`, `reps 1 to 8`, `reps 2 and 4 to 6`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    shown = [
        part
        for run in runs
        for part in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else [str(number) for number in run])
    ]
    last = shown.pop()
    return f"{'rep' if len(numbers) == 1 else 'reps'} {', '.join(shown)}{' and ' if shown else ''}{last}"


def _by(pairs: Iterable[tuple[str, int]]) -> Mapping[str, list[int]]:
    """Rep numbers by what is told of them, in the order of the first."""
    found: dict[str, list[int]] = {}
    for text, number in pairs:
        found.setdefault(text, []).append(number)
    return found


def _far_lines(plan: Plan, group: GroupPlan) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Lines that are not the finish line, where the loudspeaker stands, and the reps that start there."""

    def places() -> Iterator[tuple[str, int]]:
        for rep, line in zip(group.reps, start_lines(plan, group), strict=True):
            far = straight_line_mm(plan.track, line) if line else 0
            if line and (far is None or far >= NEAR_MM):
                yield f"the {show_distance(line)} line{_late(far)}", rep.number

    for place, numbers in _by(places()).items():
        yield place, tuple(numbers)


def _late(far_mm: int | None) -> str:
    if far_mm is None:
        return ""
    late = show_target(far_mm * SOUND_MS_PER_100_M // 100_000)
    return f", {(far_mm + 500) // 1000} m away: GO arrives {late} s late"


def _short_rests(group: GroupPlan, who: str) -> Iterator[str]:
    """Rests that what they run from leaves nothing, or next to nothing, of."""

    def rests() -> Iterator[tuple[str, int]]:
        for rep in group.reps[:-1]:
            if rep.rest.kind not in ("send_off", "first"):
                continue
            first = finish_ms(rep, group, slowest=False)
            finishes = {name: target.ms for name, target in rep.targets.items()}
            if rep.duration_ms is not None:
                finishes = {"": rep.duration_ms}
            for name, finish in finishes.items():
                start = 0 if rep.rest.kind == "send_off" else first
                left = LITTLE_REST_MS if start is None else start + rep.rest.ms - finish
                if left < LITTLE_REST_MS:
                    yield _left(rep, name, finish, left), rep.number

    for text, numbers in _by(rests()).items():
        yield f"{_numbers(numbers)}{who}: {text}"


def _left(rep: PlannedRep, name: str, finish: int, left: int) -> str:
    rest = format_duration(rep.rest.ms)
    source = f"the send-off of {rest}" if rep.rest.kind == "send_off" else f"{rest} from the first finisher"
    whom = f" {name}" if name else ""
    run = f"the target is {show_target(finish)}" if name else f"the rep takes {format_duration(finish)}"
    if left <= 0:
        return f"{source} leaves{whom} no rest: {run}"
    return f"{source} leaves{whom} {show_target(left)} s: {run}"


class _Visit(NamedTuple):
    """A group at a line: `begin` to `end` on the session's clock, `line` in mm before the finish line."""

    line: int
    begin: int
    end: int


def _visits(plan: Plan, group: GroupPlan, moments: Sequence[int | None]) -> Iterator[_Visit]:
    for rep, line, go in zip(group.reps, start_lines(plan, group), moments, strict=True):
        if go is None or line is None:
            continue
        yield _Visit(line, go, go)
        fast, slow = (finish_ms(rep, group, slowest=slowest) for slowest in (False, True))
        if rep.distance_mm is not None and fast is not None and slow is not None:
            yield _Visit((line - rep.distance_mm) % plan.track.lap_mm, go + fast, go + slow)


def _meetings(plan: Plan) -> Iterator[str]:
    moments = expected_ms(plan).go_ms
    visits = {group.name: tuple(_visits(plan, group, moments[group.name])) for group in plan.groups}
    pairs = 0
    for one, other in combinations(visits, 2):
        found: dict[int, list[int]] = {}
        for here in visits[one]:
            for there in visits[other]:
                near = here.begin - SHARED_MS <= there.end and there.begin - SHARED_MS <= here.end
                if near and here.line == there.line:
                    found.setdefault(here.line, []).append(max(here.begin, there.begin))
        pairs += bool(found)
        if pairs > MOST_PAIRS:
            continue
        for line, times in sorted(found.items()):
            shown = list(dict.fromkeys(show_clock(time) for time in sorted(times)))
            more = f" and {len(shown) - MOST_MOMENTS} times more" if len(shown) > MOST_MOMENTS else ""
            where = f"the {show_distance(line)} line" if line else "the line"
            yield f"groups {one} and {other} share {where} at {', '.join(shown[:MOST_MOMENTS])}{more}"
    if pairs > MOST_PAIRS:
        yield f"{pairs - MOST_PAIRS} more pairs of groups share a line at times"


def _unknown_clocks(plan: Plan) -> Iterator[str]:
    ends = expected_ms(plan).end_ms
    for group in plan.groups:
        timed = [rep for rep in group.reps[:-1] if rep.rest.kind not in ("ready", "send_off")]
        lost = {
            name for rep in timed if rep.distance_mm is not None for name in group.athletes if name not in rep.targets
        }
        if ends[group.name] is None and lost and len(lost) < len(group.athletes):
            names = " and ".join(sorted(lost))
            yield f"when group {group.name} runs its reps is not known, because {names} may come in at any time"


def _estimates(plan: Plan) -> Iterator[str]:
    races = {athlete.name: athlete for athlete in plan.athletes}
    for group in plan.groups:
        for name in group.athletes:
            asked = {
                pace.race_mm
                for rep in group.reps
                if name in rep.targets and rep.targets[name].estimated
                for pace in (rep.pace, rep.finish_pace)
                if pace is not None and pace.kind == "race" and pace.race_mm not in races[name].races
            }
            if asked:
                shown = " and ".join(format_race(mm) for mm in sorted(asked))
                yield f"{name} has no time over {shown}: targets with ~ are estimated from other races"
