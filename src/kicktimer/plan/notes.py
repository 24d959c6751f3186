"""Sentences for the coach about a plan: `warnings` say what is missing, `notes` what else to prepare for.

Each says what can be done about it. What holds for several groups or athletes is one sentence that names them.

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
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from kicktimer.plan.model import GroupPlan, Plan, PlannedRep
    from kicktimer.squad import Athlete

SOUND_MS_PER_100_M = 290
NEAR_LINE_MM = 50_000  # within this distance GO is heard less than 0.15 s late, which hand timing does not notice
MIN_REST_MS = 10_000  # a shorter rest is noted
SUGGESTION_STEP_MS = 5_000  # a suggested rest is a multiple of it
LINE_CONFLICT_MS = 4_000  # two groups at one line within this time are in each other's way
MAX_PAIRS = 6  # pairs of groups that are listed; with a group for each athlete there are hundreds
MAX_MOMENTS = 4  # moments that are listed for a pair of groups


def warnings(plan: Plan) -> tuple[str, ...]:
    """Returns what a coach should know before the start: athletes without a target, and cues that cannot be timed.

    What several athletes or groups have in common is said once.
    """
    lacking: dict[str, dict[str, None]] = {}  # what is lacking -> the athletes
    silent: dict[str, dict[str, None]] = {}  # the rep and its cue -> the groups
    races = {athlete.name: athlete for athlete in plan.athletes}
    for group in plan.groups:
        for rep in group.reps:
            if rep.distance_mm is None:
                continue
            for name in group.athletes:
                if name not in rep.targets and not (rep.pace.kind == "free" and rep.target_ms is None):
                    lacking.setdefault(_lacking(rep, races[name], rep.distance_mm), {})[name] = None
            marks = [line.mark for line in rep.says if line.mark is not None and not line.relax and not line.leg]
            if marks and not rep.targets:
                where, what = format_distance(marks[0]), format_distance(rep.distance_mm)
                silent.setdefault(
                    f"has a target for {what}, so its cue at {where} is not heard: give the rep a target", {}
                )[group.name] = None
    sentences = [
        f"{join_words(names)} {'has' if len(names) == 1 else 'have'} {what}" for what, names in lacking.items()
    ]
    sentences += [f"nobody in {_groups_text(names)} {what}" for what, names in silent.items()]
    return tuple(sentences)


def _lacking(rep: PlannedRep, athlete: Athlete, distance_mm: int) -> str:
    """Returns what an athlete without a target in `rep` does not have, and how to give it."""
    kick = "kick" in (rep.pace.kind, rep.finish_pace.kind if rep.finish_pace else "")
    if kick and athlete.goal_last_200_ms is None:
        return "no goal_last_200m, and so no target where the pace is kick: add it in the squad"
    if not athlete.races:
        return "no race time, and so no targets: add one in the squad, or with --race"
    return f"no target for {format_distance(distance_mm)} at {rep.pace.text}: write a target into the workout"


def notes(plan: Plan) -> tuple[str, ...]:
    """Returns what is good to know at the track, each with what to do about it.

    That is far start lines, short rests, groups at one line, unknown moments and estimated targets. What several groups
    or athletes have in common is said once.
    """
    found = (_far_lines(plan), _short_rests(plan), _meetings(plan), _unknown_clocks(plan), _estimates(plan))
    return tuple(dict.fromkeys(sentence for sentences in found for sentence in sentences))


def join_words(words: Iterable[str]) -> str:
    """Returns the words as `A`, `A and B` or `A, B and C`."""
    *shown, last = words
    return f"{', '.join(shown)} and {last}" if shown else last


def _groups_text(names: Collection[str]) -> str:
    return f"{'group' if len(names) == 1 else 'groups'} {join_words(names)}"


def reps_text(numbers: Sequence[int]) -> str:
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
    return f"{'rep' if len(numbers) == 1 else 'reps'} {join_words(shown)}"


def _whose_reps_text(plan: Plan, numbers: Mapping[str, Sequence[int]]) -> str:
    """Returns `reps 2 and 4`, or `reps 2 and 4 of groups A and B, rep 3 of group C` if not all groups have the same."""
    groups: dict[str, list[str]] = {}
    for group, each in numbers.items():
        groups.setdefault(reps_text(each), []).append(group)
    if len(groups) == 1 and len(numbers) == len(plan.groups):
        return next(iter(groups))
    return ", ".join(f"{reps} of {_groups_text(names)}" for reps, names in groups.items())


def _far_lines(plan: Plan) -> Iterator[str]:
    """Yields one sentence about the start lines that are far from the loudspeaker and how late GO is heard there.

    The loudspeaker is assumed to stand at the finish line. On a track whose distances are not known nothing is said.
    """
    reps: dict[int, dict[str, list[int]]] = {}  # line -> group -> rep numbers
    for group in plan.groups:
        for rep, line in zip(group.reps, start_lines(plan, group), strict=True):
            if line and (straight_line_mm(plan.track, line) or 0) >= NEAR_LINE_MM:
                reps.setdefault(line, {}).setdefault(group.name, []).append(rep.number)
    if not reps:
        return
    places = []
    for line, numbers in reps.items():
        late = show_target((straight_line_mm(plan.track, line) or 0) * SOUND_MS_PER_100_M // 100_000)
        places.append(f"{late} s late at the {show_distance(line)} line ({_whose_reps_text(plan, numbers)})")
    yield (
        f"with the loudspeaker at the finish GO is heard {join_words(places)}: "
        f"move it nearer, or expect those times to be that much longer"
    )


def _short_rests(plan: Plan) -> Iterator[str]:
    """Yields the rests, after a send-off or from the first finisher, that leave an athlete less than `MIN_REST_MS`."""
    found: dict[tuple[str, str], dict[str, list[int]]] = {}  # sentence and advice -> group -> rep numbers
    for group in plan.groups:
        for rep in group.reps[:-1]:
            sentence = _short_rest_text(rep, group)
            if sentence is not None:
                found.setdefault(sentence, {}).setdefault(group.name, []).append(rep.number)
    for (text, advice), numbers in found.items():
        yield f"{_whose_reps_text(plan, numbers)}: {text}: {advice}"


def _short_rest_text(rep: PlannedRep, group: GroupPlan) -> tuple[str, str] | None:
    """Returns whom the rest after `rep` leaves too little, and what to do about it; None if it leaves all enough."""
    if rep.rest.kind not in ("send_off", "first"):
        return None
    finishes = {name: target.ms for name, target in rep.targets.items()}
    if rep.duration_ms is not None:
        finishes = {"": rep.duration_ms}
    start = 0 if rep.rest.kind == "send_off" else expected_finish_ms(rep, group, slowest=False)
    if start is None or not finishes:
        return None
    go = start + rep.rest.after(start)
    short = [f"{_rest_left_text(rep, name, ms, go - ms)}" for name, ms in finishes.items() if go - ms < MIN_REST_MS]
    if not short:
        return None
    enough = -(-(max(finishes.values()) + MIN_REST_MS - start) // SUGGESTION_STEP_MS) * SUGGESTION_STEP_MS
    if rep.rest.kind == "send_off":
        return (
            f"the send-off of {format_duration(rep.rest.ms)} leaves {join_words(short)}",
            f"{format_duration(enough)} would do",
        )
    rest = f"{rep.rest.percent}% of the rep" if rep.rest.percent else format_duration(rep.rest.ms)
    longer = "" if rep.rest.percent else f"make it {format_duration(enough)}, or "
    return f"{rest} from the first finisher leaves {join_words(short)}", f"{longer}rest from the last finisher"


def _rest_left_text(rep: PlannedRep, name: str, finish: int, left: int) -> str:
    """Returns `Maya 3.0 s (target 1:12.0)`. A rep by duration has no name."""
    run = f"target {show_target(finish)}" if name else f"the rep takes {format_duration(finish)}"
    if left > 0 and name and rep.rest.kind == "send_off":
        left = rep.rest.ms - round_target(finish)  # so that the shown target and the shown rest add up to the send-off
    return f"{name} {f'{show_target(left)} s' if left > 0 else 'no rest'} ({run})".lstrip()


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
    """Yields one sentence about the groups that are at one line at about the same time."""
    moments = expected_timetable(plan).go_ms
    visits = {group.name: tuple(_visits(plan, group, moments[group.name])) for group in plan.groups}
    met: dict[tuple[int, tuple[str, ...]], list[tuple[str, ...]]] = {}  # line and moments -> who meets there
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
            shown = tuple(dict.fromkeys(show_clock(time) for time in sorted(times)))
            met.setdefault((line, shown), []).append((one, other))
    if not met:
        return
    by_groups: dict[str, list[str]] = {}
    for (line, clocks), them in met.items():
        for names in _merge_pairs(them):
            by_groups.setdefault(f"groups {join_words(names)}", []).append(_meeting_text(line, clocks))
    parts = [f"{names} share {', '.join(places)}" for names, places in by_groups.items()]
    more = f", and {pairs - MAX_PAIRS} more pairs meet" if pairs > MAX_PAIRS else ""
    own = all(group.athletes == (group.name,) for group in plan.groups)
    advice = "" if own else ", or set the groups apart by start_after in the squad"
    yield f"{'; '.join(parts)}{more}: whoever comes in there moves outwards{advice}"


def _meeting_text(line: int, times: Sequence[str]) -> str:
    """Returns `the line at 3:18, 4:56 and 12:14`, with no more than `MAX_MOMENTS` times."""
    shown = [*times[:MAX_MOMENTS], *([f"{len(times) - MAX_MOMENTS} times more"] if len(times) > MAX_MOMENTS else [])]
    return f"{f'the {show_distance(line)} line' if line else 'the line'} at {join_words(shown)}"


def _merge_pairs(pairs: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Returns the pairs, as one tuple of names if everybody in them is paired with everybody else."""
    names = tuple(dict.fromkeys(name for pair in pairs for name in pair))
    return [names] if len(pairs) == len(names) * (len(names) - 1) // 2 else list(pairs)


def _unknown_clocks(plan: Plan) -> Iterator[str]:
    """Yields one sentence about the groups whose GOs cannot be foreseen because some athletes have no target."""
    ends = expected_timetable(plan).end_ms
    groups, names = [], []
    for group in plan.groups:
        timed = [rep for rep in group.reps[:-1] if rep.rest.kind not in ("ready", "send_off")]
        lost = [
            name
            for name in group.athletes
            if any(rep.distance_mm is not None and name not in rep.targets for rep in timed)
        ]
        if ends[group.name] is None and lost and len(lost) < len(group.athletes):
            groups.append(group.name)
            names += lost
    if groups:
        has = "has" if len(names) == 1 else "have"
        yield (
            f"when {_groups_text(groups)} {'runs its' if len(groups) == 1 else 'run their'} reps is not known, because "
            f"{join_words(names)} {has} no target: give {'that athlete' if len(names) == 1 else 'them'} a race time, "
            f"or the workout a send-off"
        )


def _estimates(plan: Plan) -> Iterator[str]:
    """Yields a sentence for each race over which athletes have no time, so that their targets are estimated."""
    races = {athlete.name: athlete for athlete in plan.athletes}
    found: dict[str, dict[str, None]] = {}  # the races -> the athletes
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
                found.setdefault(" and ".join(format_race(mm) for mm in sorted(asked)), {})[name] = None
    for shown, names in found.items():
        have = "has" if len(names) == 1 else "have"
        yield (
            f"{join_words(names)} {have} no time over {shown}: targets with ~ are estimated from other races, "
            f"until the squad has one"
        )
