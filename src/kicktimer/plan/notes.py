"""Sentences for the coach about a plan: `warnings` say what is missing, `notes` what else is good to know.

Pure. Moments are on the session's clock, if all athletes run on target.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from kicktimer.plan.timetable import expected_finish_ms, expected_timetable, start_lines, straight_line_mm
from kicktimer.units import (
    format_distance,
    format_duration,
    format_race,
    round_target,
    show_clock,
    show_distance,
    show_target,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kicktimer.plan.model import GroupPlan, Plan, PlannedRep

SOUND_MS_PER_100_M = 290
NEAR_LINE_MM = 50_000  # within this distance GO is heard less than 0.15 s late, which hand timing does not notice
MIN_REST_MS = 10_000  # a shorter rest is noted
LINE_CONFLICT_MS = 4_000  # two groups at one line within this time are in each other's way
MAX_PAIRS = 6  # pairs of groups that are listed; with a group for each athlete there are hundreds
MAX_MOMENTS = 4  # moments that are listed for a pair of groups


def warnings(plan: Plan) -> tuple[str, ...]:
    """Returns what a coach should know before the start: athletes without a target, and cues that cannot be timed."""
    sentences: dict[str, None] = {}
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
                    sentences[f"{name} has no goal_last_200m, and so no target where the pace is kick"] = None
                elif not athlete.races:
                    sentences[f"{name} has no race time, and so no targets"] = None
                else:
                    sentences[f"{name} has no target for {format_distance(rep.distance_mm)} at {rep.pace.text}"] = None
            marks = [line.mark for line in rep.says if line.mark is not None and not line.relax and not line.leg]
            if marks and not rep.targets:
                where, what = format_distance(marks[0]), format_distance(rep.distance_mm)
                sentences[f"nobody in group {group.name} has a target for {what}: its cue at {where} is not heard"] = (
                    None
                )
    return tuple(sentences)


def notes(plan: Plan) -> tuple[str, ...]:
    """Returns what is good to know at the track: far lines, short rests, groups at one line, estimated targets."""
    sentences: dict[str, None] = {}
    lines = {group.name: tuple(_far_lines(plan, group)) for group in plan.groups}
    alike = len(set(lines.values())) == 1
    for group in plan.groups:
        for place, numbers in lines[group.name]:
            who = "" if alike else f" of group {group.name}"
            sentences[f"{_reps_text(numbers)}{who} {'starts' if len(numbers) == 1 else 'start'} at {place}"] = None
        sentences.update(dict.fromkeys(_short_rests(group, f" of group {group.name}" if len(plan.groups) > 1 else "")))
    sentences.update(dict.fromkeys(_meetings(plan)))
    sentences.update(dict.fromkeys(_unknown_clocks(plan)))
    sentences.update(dict.fromkeys(_estimates(plan)))
    return tuple(sentences)


def _reps_text(numbers: Sequence[int]) -> str:
    """Returns rep numbers as text: `rep 2`, `reps 2 and 4`, `reps 1 to 8`, `reps 2 and 4 to 6`."""
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


def _group_numbers(pairs: Iterable[tuple[str, int]]) -> Mapping[str, list[int]]:
    """Returns the rep numbers by their text, in the order of the first one of each."""
    found: dict[str, list[int]] = {}
    for text, number in pairs:
        found.setdefault(text, []).append(number)
    return found


def _far_lines(plan: Plan, group: GroupPlan) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yields the start lines that are far from the loudspeaker, and the reps that start there.

    The loudspeaker is assumed to stand at the finish line.
    """

    def places() -> Iterator[tuple[str, int]]:
        for rep, line in zip(group.reps, start_lines(plan, group), strict=True):
            far = straight_line_mm(plan.track, line) if line else 0
            if line and (far is None or far >= NEAR_LINE_MM):
                yield f"the {show_distance(line)} line{_delay_text(far)}", rep.number

    for place, numbers in _group_numbers(places()).items():
        yield place, tuple(numbers)


def _delay_text(far_mm: int | None) -> str:
    """Returns how late GO is heard at this distance, "" if the distance is unknown."""
    if far_mm is None:
        return ""
    late = show_target(far_mm * SOUND_MS_PER_100_M // 100_000)
    return f", {(far_mm + 500) // 1000} m away: GO arrives {late} s late"


def _short_rests(group: GroupPlan, who: str) -> Iterator[str]:
    """Yields the rests, after a send-off or from the first finisher, that leave an athlete less than `MIN_REST_MS`."""

    def rests() -> Iterator[tuple[str, int]]:
        for rep in group.reps[:-1]:
            if rep.rest.kind not in ("send_off", "first"):
                continue
            first = expected_finish_ms(rep, group, slowest=False)
            finishes = {name: target.ms for name, target in rep.targets.items()}
            if rep.duration_ms is not None:
                finishes = {"": rep.duration_ms}
            for name, finish in finishes.items():
                start = 0 if rep.rest.kind == "send_off" else first
                left = MIN_REST_MS if start is None else start + rep.rest.after(start) - finish
                if left < MIN_REST_MS:
                    yield _rest_left_text(rep, name, finish, left), rep.number

    for text, numbers in _group_numbers(rests()).items():
        yield f"{_reps_text(numbers)}{who}: {text}"


def _rest_left_text(rep: PlannedRep, name: str, finish: int, left: int) -> str:
    rest = f"{rep.rest.percent}% of the rep" if rep.rest.percent else format_duration(rep.rest.ms)
    source = f"the send-off of {rest}" if rep.rest.kind == "send_off" else f"{rest} from the first finisher"
    whom = f" {name}" if name else ""
    run = f"the target is {show_target(finish)}" if name else f"the rep takes {format_duration(finish)}"
    if left <= 0:
        return f"{source} leaves{whom} no rest: {run}"
    if name and rep.rest.kind == "send_off":
        left = rep.rest.ms - round_target(finish)  # so that the shown target and the shown rest add up to the send-off
    return f"{source} leaves{whom} {show_target(left)} s: {run}"


class _Visit(NamedTuple):
    """A group is at a line from `begin` to `end` (session clock). `line` is in mm before the finish line."""

    line: int
    begin: int
    end: int


def _visits(plan: Plan, group: GroupPlan, moments: Sequence[int | None]) -> Iterator[_Visit]:
    """Yields a visit for each start and each finish of the group's reps. `moments` are the expected GOs."""
    for rep, line, go in zip(group.reps, start_lines(plan, group), moments, strict=True):
        if go is None or line is None:
            continue
        yield _Visit(line, go, go)
        fast, slow = (expected_finish_ms(rep, group, slowest=slowest) for slowest in (False, True))
        if rep.distance_mm is not None and fast is not None and slow is not None:
            yield _Visit((line - rep.distance_mm) % plan.track.lap_mm, go + fast, go + slow)


def _meetings(plan: Plan) -> Iterator[str]:
    """Yields a sentence for each pair of groups and line where both are at about the same time."""
    moments = expected_timetable(plan).go_ms
    visits = {group.name: tuple(_visits(plan, group, moments[group.name])) for group in plan.groups}
    pairs = 0
    for one, other in combinations(visits, 2):
        found: dict[int, list[int]] = {}
        for here in visits[one]:
            for there in visits[other]:
                near = here.begin - LINE_CONFLICT_MS <= there.end and there.begin - LINE_CONFLICT_MS <= here.end
                if near and here.line == there.line:
                    found.setdefault(here.line, []).append(max(here.begin, there.begin))
        pairs += bool(found)
        if pairs > MAX_PAIRS:
            continue
        for line, times in sorted(found.items()):
            shown = list(dict.fromkeys(show_clock(time) for time in sorted(times)))
            more = f" and {len(shown) - MAX_MOMENTS} times more" if len(shown) > MAX_MOMENTS else ""
            where = f"the {show_distance(line)} line" if line else "the line"
            yield f"groups {one} and {other} share {where} at {', '.join(shown[:MAX_MOMENTS])}{more}"
    if pairs > MAX_PAIRS:
        yield f"{pairs - MAX_PAIRS} more pairs of groups share a line at times"


def _unknown_clocks(plan: Plan) -> Iterator[str]:
    """Yields a sentence for each group whose GOs cannot be foreseen because some of its athletes have no target."""
    ends = expected_timetable(plan).end_ms
    for group in plan.groups:
        timed = [rep for rep in group.reps[:-1] if rep.rest.kind not in ("ready", "send_off")]
        lost = {
            name for rep in timed if rep.distance_mm is not None for name in group.athletes if name not in rep.targets
        }
        if ends[group.name] is None and lost and len(lost) < len(group.athletes):
            names = " and ".join(sorted(lost))
            yield f"when group {group.name} runs its reps is not known, because {names} may come in at any time"


def _estimates(plan: Plan) -> Iterator[str]:
    """Yields a sentence for each athlete whose targets are estimated from a race over another distance."""
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
