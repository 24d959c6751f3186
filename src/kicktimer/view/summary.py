"""The summary screen's content: each group's times, and each athlete's mean, in a session so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kicktimer.results import results
from kicktimer.units import show_target
from kicktimer.view.comparison import (
    Comparison,
    compare,
    compare_means,
    format_rep_length,
    format_target_range,
    format_time,
    is_hand_time,
)

if TYPE_CHECKING:
    from kicktimer.plan import Plan
    from kicktimer.results import AthleteResult, RepResult
    from kicktimer.session import State


@dataclass(frozen=True, slots=True)
class SummaryCell:
    """An athlete's rep: the time compared with its target, or a `note` that says why there is none.

    `splits` are pairs of mark and time; `recovery` is the athlete's actual rest before the next GO.
    """

    result: Comparison | None
    note: str
    splits: tuple[tuple[str, str], ...]
    recovery: str
    rating: str
    is_next_to_rate: bool


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """An athlete's reps in the order of the block's heads, and their mean time compared with the mean target."""

    key: str
    name: str
    cells: tuple[SummaryCell, ...]
    mean: Comparison | None


@dataclass(frozen=True, slots=True)
class SummaryBlock:
    """A group's table: a head such as (`1`, `400 m`, `1:03.5`, False) for each rep, and a row for each athlete."""

    name: str
    heads: tuple[tuple[str, str, str, bool], ...]  # number, length, targets, whether it is a closing rep
    rows: tuple[SummaryRow, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary of a session. `name` is the workout's."""

    name: str
    state: Literal["finished", "abandoned", "running", "not started"]
    blocks: tuple[SummaryBlock, ...]


def session_summary(plan: Plan, state: State, rated_next: tuple[str, int] | None = None) -> Summary:
    """Returns the summary of the session so far. `rated_next` is the athlete and rep that the next rating is for."""
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
                tuple(_cell(rep, name, ratings, rated_next) for rep in reps),
                _mean([rep.athletes[name] for rep in reps if name in rep.athletes]),
            )
            for name in names
        )
        heads = tuple(
            (str(rep.rep.number), format_rep_length(rep.rep), format_target_range(rep.rep, names), rep.rep.closing)
            for rep in reps
        )
        blocks.append(SummaryBlock(group.name, heads, rows))
    session_state = state.ended or ("finished" if state.finished else "running" if state.begun else "not started")
    return Summary(plan.name, session_state, tuple(blocks))


def _cell(
    rep: RepResult, name: str, ratings: dict[tuple[str, int], str], rated_next: tuple[str, int] | None
) -> SummaryCell:
    number = rep.rep.number
    rating = ratings.get((name, number), "")
    result = rep.athletes.get(name)
    if result is None:
        return SummaryCell(None, "", (), "", rating, is_next_to_rate=False)
    return SummaryCell(
        result=None if result.time is None else compare(result.time, result.target, by_hand=is_hand_time(result.by)),
        note={"timed": "", "untimed": "—", "dropped": "out"}.get(result.status, result.status),
        splits=tuple(
            (f"{at} m", format_time(ms, by_hand=is_hand_time(result.split_sources[at])))
            for at, ms in result.splits.items()
        ),
        recovery="" if result.recovery is None else show_target(result.recovery),
        rating=rating,
        is_next_to_rate=rated_next == (name, number),
    )


def _mean(some: list[AthleteResult]) -> Comparison | None:
    """Returns the mean time compared with the mean target, or None if no rep was timed."""
    timed = [(each.time, each.target, each.by) for each in some if each.time is not None]
    if not timed:
        return None
    return compare_means(
        [time for time, _, _ in timed],
        [target for _, target, _ in timed if target is not None],
        by_hand=all(is_hand_time(by) for _, _, by in timed),
    )
