"""The pages around a session: a workout's preview before it, the summary after it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from kicktimer.plan import expected_ms, warnings
from kicktimer.results import results
from kicktimer.units import show_countdown, show_target
from kicktimer.view.comparison import (
    Comparison,
    compare,
    compare_means,
    length_words,
    rest_words,
    target_words,
    targets_words,
)

if TYPE_CHECKING:
    from kicktimer.plan import GroupPlan, Plan, PlannedRep
    from kicktimer.results import AthleteResult, RepResult
    from kicktimer.session import State

MOST_LINES = 40
"""Lines of reps in a preview."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A workout before it is run. `reps` are lines of equal reps in a row, `targets` each athlete's with the key."""

    name: str
    about: str
    total: str  # "" where it is not known
    count: str
    reps: tuple[tuple[str, str], ...]
    targets: tuple[tuple[str, str, str], ...]
    warnings: tuple[str, ...]


def preview(plan: Plan) -> Preview:
    """What is to be run."""
    total = expected_ms(plan).total_ms
    reps = [line for group in plan.groups for line in _rep_lines(group, named=len(plan.groups) > 1)]
    first = plan.groups[0]
    metres = sum(rep.distance_mm or 0 for rep in first.reps) // 1000
    return Preview(
        name=plan.name,
        about=plan.about,
        total="" if total is None else show_countdown(total),
        count=f"{len(first.reps)} {'rep' if len(first.reps) == 1 else 'reps'}{f', {metres} m' if metres else ''}",
        reps=(*reps[:MOST_LINES], *([("…", "")] if len(reps) > MOST_LINES else [])),
        targets=tuple(
            (athlete.key, athlete.name, _targets_of(group, athlete.name))
            for group in plan.groups
            for athlete in plan.athletes
            if athlete.name in group.athletes
        ),
        warnings=warnings(plan),
    )


def _rep_lines(group: GroupPlan, *, named: bool) -> list[tuple[str, str]]:
    """`8 × 400 m`, `1:03.5, recovery 30s`: equal reps that follow each other in one line."""

    def kind(rep: PlannedRep) -> tuple[object, ...]:
        return rep.distance_mm, rep.duration_ms, rep.pace.text, rep.target_ms, rep.closing, rep.finish_pace

    lines: list[tuple[str, str]] = []
    for _, some in groupby(group.reps, kind):
        reps = list(some)
        rep = reps[0]
        left = f"{f'{group.name}: ' if named else ''}{f'{len(reps)} × ' if len(reps) > 1 else ''}{length_words(rep)}"
        told = [
            targets_words(rep, group.athletes) or ("" if rep.distance_mm is None else "no target"),
            "" if rep.target_ms is not None or rep.distance_mm is None else f"{rep.pace.text} pace",
            "" if rep.number == len(group.reps) else rest_words(rep.rest),
            "closing" if rep.closing else "",
        ]
        lines.append((left, " · ".join(word for word in told if word)))
    return lines


def _targets_of(group: GroupPlan, name: str) -> str:
    """The athlete's targets by distance, each once: `400 m 1:03.5 · 200 m 31.8`."""
    found: dict[str, None] = {}
    for rep in group.reps:
        if name in rep.targets:
            found[f"{length_words(rep)} {target_words(rep.targets[name])}"] = None
    return " · ".join(list(found)[:6]) or "no targets"


# -- the summary


@dataclass(frozen=True, slots=True)
class SummaryCell:
    """An athlete's rep: the time against its target, or why there is none."""

    result: Comparison | None
    note: str
    splits: tuple[tuple[str, str], ...]
    recovery: str
    rating: str
    to_rate: bool


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """An athlete's reps, in the order of the block's heads. `mean` is of the timed reps against their targets."""

    key: str
    name: str
    cells: tuple[SummaryCell, ...]
    mean: Comparison | None


@dataclass(frozen=True, slots=True)
class SummaryBlock:
    """A group: the heads (`1`, `400 m`, `1:03.5`) of its reps, and its athletes."""

    name: str
    heads: tuple[tuple[str, str, str, bool], ...]  # number, length, target, closing
    rows: tuple[SummaryRow, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A session's times."""

    name: str
    state: Literal["finished", "abandoned", "running", "not started"]
    blocks: tuple[SummaryBlock, ...]
    rating: str


def summary(plan: Plan, state: State, mark: tuple[str, int] | None = None) -> Summary:
    """The session so far. `mark` is whose closing rep the next rating is."""
    found = results(state)
    ratings = {(each.athlete, each.rep): str(each.relaxation) for each in state.ratings if each.relaxation is not None}
    blocks = []
    for group in state.groups.values():
        reps = [rep for rep in found.reps if rep.group == group.name]
        names = list(dict.fromkeys([*group.athletes, *(name for rep in reps for name in rep.athletes)]))
        rows = tuple(
            SummaryRow(
                state.athletes[name].key,
                name,
                tuple(_cell(rep, name, ratings, mark) for rep in reps),
                _mean([rep.athletes[name] for rep in reps if name in rep.athletes]),
            )
            for name in names
        )
        heads = tuple(
            (str(rep.rep.number), length_words(rep.rep), targets_words(rep.rep, names), rep.rep.closing) for rep in reps
        )
        blocks.append(SummaryBlock(group.name, heads, rows))
    done = state.ended or ("finished" if state.finished else "running" if state.begun else "not started")
    return Summary(plan.name, done, tuple(blocks), "" if mark is None else f"{mark[0]}, rep {mark[1]}")


def _cell(rep: RepResult, name: str, ratings: dict[tuple[str, int], str], mark: tuple[str, int] | None) -> SummaryCell:
    number = rep.rep.number
    rating = ratings.get((name, number), "")
    result = rep.athletes.get(name)
    if result is None:
        return SummaryCell(None, "", (), "", rating, to_rate=False)
    return SummaryCell(
        result=None if result.time is None else compare(result.time, result.target),
        note={"timed": "", "untimed": "—", "dropped": "out"}.get(result.status, result.status),
        splits=tuple((f"{at} m", compare(ms, None).time) for at, ms in result.splits.items()),
        recovery="" if result.recovery is None else show_target(result.recovery),
        rating=rating,
        to_rate=mark == (name, number),
    )


def _mean(some: list[AthleteResult]) -> Comparison | None:
    """The mean time, against the mean target of the same reps; None where nothing was timed."""
    timed = [(each.time, each.target) for each in some if each.time is not None]
    if not timed:
        return None
    return compare_means([time for time, _ in timed], [target for _, target in timed if target is not None])
