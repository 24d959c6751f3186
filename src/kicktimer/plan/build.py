"""Builds a plan from a workout and a squad. Pure. Targets are exact fractions, rounded once, half up, to the ms."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, assert_never

from kicktimer.errors import FaultsError, KicktimerError
from kicktimer.pace import Speed, speed_for
from kicktimer.plan.model import GroupPlan, Plan, PlannedRep, Rest, SpokenLine, Target
from kicktimer.plan.timetable import expected_timetable
from kicktimer.units import DAY_MS, format_distance
from kicktimer.workout import parse_oneliner
from kicktimer.workout.resolve import ResolvedRep, find_size_problem, resolve_reps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kicktimer.squad import Athlete, Group, Squad
    from kicktimer.workout import Workout
    from kicktimer.workout.model import CueEntry


def build_plan(
    workout: Workout,
    squad: Squad,
    *,
    hands_free: bool = False,
    group_workouts: Mapping[str, Workout] = {},
) -> Plan:
    """Returns the plan of a session. Raises `KicktimerError` if it cannot be run.

    `group_workouts` has the workouts of groups that name a file; one-liners of groups are parsed here. Groups without
    athletes are left out. `hands_free` overrides every level of the workout with `recovery_from: target`.
    """
    if not squad.athletes:
        raise KicktimerError("nobody is in the squad", "give it athletes, or leave the squad out")
    groups: list[GroupPlan] = []
    for group in squad.groups:
        own = group_workouts.get(group.name) or _own_workout(group) or workout
        members = tuple(athlete for athlete in squad.athletes if athlete.group == group.name)
        if members:
            caller = own.caller or workout.caller  # a one-liner has no `caller`
            groups.extend(_group_plans(own, squad, group, members, caller, hands_free=hands_free))
    plan = Plan(
        name=workout.name,
        about=workout.about,
        by=workout.by,
        kind=workout.kind,
        athletes=squad.athletes,
        groups=tuple(groups),
        track=squad.track,
        squad_name=squad.name,
    )
    total = expected_timetable(plan).total_ms
    if total is not None and total > DAY_MS:
        raise KicktimerError(
            f"the session takes {total // 3_600_000} h, and 24 h is the most", "fewer reps, or shorter ones"
        )
    return plan


def _own_workout(group: Group) -> Workout | None:
    """Returns the workout of the group's one-liner, None if the group has none of its own."""
    if not group.workout:
        return None
    try:
        return parse_oneliner(group.workout)
    except FaultsError as error:
        raise KicktimerError(
            f"the workout of group {group.name} cannot be read: {error.faults[0].problem}",
            f"`{group.workout}` is neither a one-liner nor a file that was found",
        ) from error


def _group_plans(
    workout: Workout,
    squad: Squad,
    group: Group,
    members: tuple[Athlete, ...],
    caller: Literal["on", "off"] | None,
    *,
    hands_free: bool,
) -> Iterator[GroupPlan]:
    """Yields the plan of a squad's group; under `recovery_from: own`, one for each of its athletes."""
    lap_mm = squad.track.lap_mm
    large = find_size_problem(workout, lap_mm)
    if large:
        raise KicktimerError(*large)
    flat = resolve_reps(workout, lap_mm, hands_free=hands_free)
    if not flat:
        raise KicktimerError("the workout has no reps", "sets: [{reps: 8, distance: 400m}]")
    reps = tuple(_planned_rep(number, rep, workout) for number, rep in enumerate(flat, 1))
    own = workout.recovery_from == "own" and not hands_free
    for name, runners in [(each.name, (each,)) for each in members] if own else [(group.name, members)]:
        yield GroupPlan(
            name,
            tuple(athlete.name for athlete in runners),
            _with_targets(reps, runners, name),
            group.start_after_ms,
            workout.countdown,
            None if caller is None else caller == "on",
        )


# -- one rep


def _planned_rep(number: int, rep: ResolvedRep, workout: Workout) -> PlannedRep:
    return PlannedRep(
        number=number,
        set=rep.set,
        set_name=rep.set_name,
        distance_mm=rep.distance_mm,
        duration_ms=rep.duration_ms,
        rest=Rest(rep.rest, rep.rest_ms, rep.rest_percent, rep.jog_mm),
        pace=rep.pace,
        target_ms=rep.target_ms,
        finish_mm=rep.last_mm,
        finish_pace=rep.last_pace,
        closing=rep.closing,
        splits=rep.splits,
        timed=rep.timed,
        optional=rep.optional,
        quiet=rep.quiet,
        says=tuple(_spoken_lines(number, rep, workout.cues or ())),
        relax=rep.relax,
        hands_free=rep.hands_free,
    )


def _spoken_lines(number: int, rep: ResolvedRep, workout_cues: tuple[CueEntry, ...]) -> Iterator[SpokenLine]:
    """Yields the lines of a rep: its cues, and the relaxation reminder of a closing rep.

    Cues for the countdown belong to rep 1, because the session has one countdown.
    """
    if number == 1:
        for cue in (*workout_cues, *rep.cues):
            if cue.at.kind == "countdown":
                yield SpokenLine("countdown", cue.say)
    for cue in rep.cues:
        at = cue.at
        match at.kind:
            case "countdown":
                pass  # yielded above
            case "recovery" | "start":
                yield SpokenLine(at.kind, cue.say)
            case "elapsed":
                if rep.duration_ms is not None and at.ms <= rep.duration_ms:
                    yield SpokenLine("elapsed", cue.say, at.ms)
            case "mark":
                yield from _line_at_mark(rep, cue.say, at.length.to_mm(rep.lap_mm))
            case "to_go":
                if rep.distance_mm is not None:
                    yield from _line_at_mark(rep, cue.say, rep.distance_mm - at.length.to_mm(rep.lap_mm))
            case _:
                assert_never(at.kind)
    if rep.relax:
        yield SpokenLine("recovery", rep.relax, relax=True)
        if rep.distance_mm is not None:
            yield SpokenLine("mark", rep.relax, rep.distance_mm // 2, relax=True)
        elif rep.duration_ms is not None:
            yield SpokenLine("elapsed", rep.relax, rep.duration_ms // 2, relax=True)


def _line_at_mark(rep: ResolvedRep, text: str, mark: int) -> Iterator[SpokenLine]:
    """Yields the line for `mark` (mm from GO), or nothing if the rep has no such mark. Mark 0 is the start."""
    if rep.distance_mm is None or not 0 <= mark <= rep.distance_mm:
        return
    yield SpokenLine("mark", text, mark) if mark else SpokenLine("start", text)


# -- targets


def target_for(rep: PlannedRep, athlete: Athlete) -> Target | None:
    """Returns the athlete's target in `rep`; None for a rep by time, a free pace, or an unknown pace."""
    if rep.distance_mm is None:
        return None
    begin, end = _speeds(rep, athlete)
    if begin is None or end is None:
        return None
    change = rep.distance_mm - rep.finish_mm
    at_change = begin.ms_per_mm * change

    def at(mark: int) -> int:
        if mark <= change:
            return _half_up(begin.ms_per_mm * mark)
        return _half_up(at_change + end.ms_per_mm * (mark - change))

    marks = {*rep.splits, *rep.timed, *(line.mark for line in rep.says if line.mark is not None)}
    return Target(at(rep.distance_mm), begin.estimated or end.estimated, {mark: at(mark) for mark in sorted(marks)})


def _speeds(rep: PlannedRep, athlete: Athlete) -> tuple[Speed | None, Speed | None]:
    """Returns the speeds of the rep's first part and of its last `finish_mm`, which are equal at an even pace.

    A speed is None if the athlete has no known pace.
    """
    assert rep.distance_mm is not None
    finish = speed_for(rep.finish_pace, athlete) if rep.finish_pace else None
    if rep.target_ms is None:
        begin = speed_for(rep.pace, athlete)
        return begin, finish if rep.finish_pace else begin
    even = Speed(Fraction(rep.target_ms, rep.distance_mm))
    if finish is None:
        return even, even
    # The target is the time of the whole rep, so the first part gets what the last part leaves.
    left = rep.target_ms - finish.ms_per_mm * rep.finish_mm
    if left <= 0:
        return even, even
    return Speed(left / (rep.distance_mm - rep.finish_mm)), finish


def _half_up(value: Fraction) -> int:
    """Returns the nearest integer; a half is rounded up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _with_targets(reps: tuple[PlannedRep, ...], athletes: Iterable[Athlete], group: str) -> tuple[PlannedRep, ...]:
    """Returns the reps with the athletes' targets. Raises `KicktimerError` if a hands-free rep lacks one."""
    known: dict[object, Mapping[str, Target]] = {}
    planned = []
    for rep in reps:
        # Equal reps have equal targets, which are computed once.
        marks = tuple(line.mark for line in rep.says if line.mark is not None)
        key = (rep.distance_mm, rep.pace, rep.target_ms, rep.finish_mm, rep.finish_pace, rep.splits, rep.timed, marks)
        if key not in known:
            found = ((athlete.name, target_for(rep, athlete)) for athlete in athletes)
            known[key] = {name: target for name, target in found if target is not None}
        targets = known[key]
        if rep.hands_free and rep.distance_mm is not None and not targets and _needs_target(rep, reps):
            raise KicktimerError(
                f"hands-free needs a target, and nobody in group {group} has one for rep {rep.number} "
                f"({format_distance(rep.distance_mm)} at {rep.pace.text})",
                "give a race time: --race 1500m=4:20, or `races` in the squad; or a `target` for the rep",
            )
        planned.append(replace(rep, targets=targets))
    return tuple(planned)


def _needs_target(rep: PlannedRep, reps: tuple[PlannedRep, ...]) -> bool:
    """Whether a hands-free rep can only end at a target: its recovery is from the target, or it is the last rep."""
    return rep.rest.kind == "target" or rep is reps[-1]
