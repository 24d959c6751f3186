"""Builds a plan from a workout and a squad. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, assert_never

from kicktimer.errors import FaultsError, KicktimerError
from kicktimer.plan.model import GroupPlan, Plan, PlannedLeg, PlannedRep, Rest, SpokenLine
from kicktimer.plan.targets import early_marks_for, half_up, leg_word, target_for
from kicktimer.plan.timetable import expected_timetable
from kicktimer.units import DAY_MS, format_distance, format_duration
from kicktimer.workout import parse_oneliner
from kicktimer.workout.resolve import ResolvedRep, find_size_problem, resolve_reps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kicktimer.plan.model import Target
    from kicktimer.squad import Athlete, Group, Squad
    from kicktimer.units import Length
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
            _show_length(workout.warmup),
            _show_length(workout.cooldown),
        )


def _show_length(mark: Length | int | None) -> str:
    """Returns the length of a warm-up or cool-down, "" without one."""
    if mark is None:
        return ""
    return format_duration(mark) if isinstance(mark, int) else str(mark)


# -- one rep


def _planned_rep(number: int, rep: ResolvedRep, workout: Workout) -> PlannedRep:
    return PlannedRep(
        number=number,
        set=rep.set,
        set_name=rep.set_name,
        distance_mm=rep.distance_mm,
        duration_ms=rep.duration_ms,
        rest=Rest(rep.rest.kind, rep.rest.ms, rep.rest.percent, rep.rest.jog_mm, rep.rest.between),
        pace=rep.pace,
        target_ms=None if rep.target is None else half_up(rep.target),
        target_fraction=None
        if rep.target is None or rep.target.denominator == 1
        else (rep.target.numerator, rep.target.denominator),
        target_band=rep.band,
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
        legs=tuple(PlannedLeg(leg.distance_mm, leg.duration_ms, leg.pace, leg.name) for leg in rep.legs),
        caller=rep.caller,
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
    yield from _leg_lines(rep)
    if rep.relax:
        yield SpokenLine("recovery", rep.relax, relax=True)
        if rep.distance_mm is not None:
            yield SpokenLine("mark", rep.relax, rep.distance_mm // 2, relax=True)
        elif rep.duration_ms is not None:
            yield SpokenLine("elapsed", rep.relax, rep.duration_ms // 2, relax=True)


def _leg_lines(rep: ResolvedRep) -> Iterator[SpokenLine]:
    """Yields the word for each change of legs that is not in the quiet stretch."""
    quiet = rep.quiet or (0, 0)
    at = 0
    legs = [PlannedLeg(leg.distance_mm, leg.duration_ms, leg.pace, leg.name) for leg in rep.legs]
    for number, leg in enumerate(legs[:-1], 1):
        at += leg.distance_mm or leg.duration_ms or 0
        if rep.distance_mm is None:
            yield SpokenLine("elapsed", leg_word(legs, number), at, leg=True)
        elif not quiet[0] < at < quiet[1]:
            yield SpokenLine("mark", leg_word(legs, number), at, leg=True)


def _line_at_mark(rep: ResolvedRep, text: str, mark: int) -> Iterator[SpokenLine]:
    """Yields the line for `mark` (mm from GO), or nothing if the rep has no such mark. Mark 0 is the start."""
    if rep.distance_mm is None or not 0 <= mark <= rep.distance_mm:
        return
    yield SpokenLine("mark", text, mark) if mark else SpokenLine("start", text)


def _with_targets(reps: tuple[PlannedRep, ...], athletes: Iterable[Athlete], group: str) -> tuple[PlannedRep, ...]:
    """Returns the reps with the athletes' targets. Raises `KicktimerError` if a hands-free rep lacks one."""
    known: dict[object, tuple[Mapping[str, Target], Mapping[str, Mapping[int, int]]]] = {}
    planned = []
    for rep in reps:
        # Equal reps have equal targets, which are computed once.
        marks = tuple(line.mark for line in rep.says if line.mark is not None)
        key = (
            rep.distance_mm, rep.pace, rep.exact_target, rep.target_band, rep.finish_mm, rep.finish_pace, rep.legs,
            rep.splits, rep.timed, marks,
        )  # fmt: skip
        if key not in known:
            found = ((athlete.name, target_for(rep, athlete)) for athlete in athletes)
            with_target = {name: target for name, target in found if target is not None}
            without = [athlete for athlete in athletes if athlete.name not in with_target] if rep.legs else []
            early = ((athlete.name, early_marks_for(rep, athlete)) for athlete in without)
            known[key] = with_target, {name: marks for name, marks in early if marks}
        targets, early_marks = known[key]
        if rep.hands_free and rep.distance_mm is not None and not targets and _needs_target(rep, reps):
            raise KicktimerError(
                f"hands-free needs a target, and nobody in group {group} has one for rep {rep.number} "
                f"({format_distance(rep.distance_mm)} at {rep.pace.text})",
                "give a race time: --race 1500m=4:20, or `races` in the squad; or a `target` for the rep",
            )
        planned.append(replace(rep, targets=targets, early_marks=early_marks))
    return tuple(planned)


def _needs_target(rep: PlannedRep, reps: tuple[PlannedRep, ...]) -> bool:
    """Whether a hands-free rep can only end at a target: its recovery is from the target, or it is the last rep."""
    return rep.rest.kind == "target" or rep is reps[-1]
