"""The results of a session as text for a terminal: one table for each athlete, then ratings and notes."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from kicktimer.cli.plan_text import rep_text
from kicktimer.cli.text_table import format_table
from kicktimer.units import mean_shown_target, show_countdown, show_target
from kicktimer.view.comparison import compare, compare_means, format_time, is_hand_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kicktimer.plan import Plan
    from kicktimer.results import AthleteResult, RepResult, Results


def session_table(plan: Plan, results: Results, started: str = "") -> str:
    """Returns the results of a session as text: a table for each athlete with actual times, targets and means.

    Times are rounded up to a tenth: `35.1h` was taken by hand, `~35.1` was estimated or typed. Targets are rounded to
    the nearest tenth; `~` is an estimate.
    """
    head = [part for part in (plan.name, started, results.state) if part]
    parts = [" · ".join(head)]
    names = [athlete.name for athlete in plan.athletes]
    names += [name for rep in results.reps for name in rep.athletes if name not in names]  # athletes who joined
    for name in dict.fromkeys(names):
        own = [(rep, rep.athletes[name]) for rep in results.reps if name in rep.athletes]
        if own:
            parts.append(f"{name} ({own[0][0].group})\n" + _athlete_table(own))
    if len(parts) == 1:
        parts.append("no rep was run")
    ratings = [
        f"{each.athlete}, rep {each.rep}: "
        + ", ".join(
            text
            for text in (
                f"relaxation {each.relaxation} of 5" if each.relaxation is not None else "",
                f"effort {each.effort:g} of 10" if each.effort is not None else "",
            )
            if text
        )
        for each in results.ratings
    ]
    parts += ["\n".join(ratings)] if ratings else []
    parts += ["\n".join(f"note at {show_countdown(t)}: {text}" for t, text in results.notes)] if results.notes else []
    return "\n\n".join(parts)


def _athlete_table(own: Sequence[tuple[RepResult, AthleteResult]]) -> str:
    rows = [_row(rep, result) for rep, result in own]
    timed = [(each.time, each.target) for _, each in own if each.time is not None]
    rests = [result.recovery for _, result in own if result.recovery is not None]
    same = len({(rep.rep.distance_mm, rep.rep.duration_ms) for rep, each in own if each.time is not None}) == 1
    if len(timed) > 1:
        targets = [target for _, target in timed if target is not None]
        by_hand = all(is_hand_time(each.by) for _, each in own if each.time is not None)
        mean = compare_means([time for time, _ in timed], targets, by_hand=by_hand)
        target = show_target(mean_shown_target(targets)) if same and len(targets) == len(timed) else ""
        shown = f"{mean.difference} {mean.symbol}".strip()
        rest = show_target(round(fmean(rests))) if rests else ""
        rows.append(("mean", "", target, mean.time if same else "", shown, "", rest, ""))
    return format_table(("rep", "", "target", "time", "diff", "splits", "recovery", ""), rows, right=(0, 2, 3, 4, 6))


def _row(rep: RepResult, result: AthleteResult) -> tuple[str, ...]:
    target = "" if result.target is None else f"{'~' if result.estimated else ''}{show_target(result.target)}"
    against = None if result.time is None else compare(result.time, result.target, by_hand=is_hand_time(result.by))
    splits = ", ".join(
        f"{mark} m {format_time(ms, by_hand=is_hand_time(result.split_sources[mark]))}"
        for mark, ms in result.splits.items()
    )
    notes = [
        "closing" if rep.rep.closing else "",
        "" if result.status == "timed" else result.status,
        {"order": "named by order", "corrected": "corrected"}.get(result.by or "", ""),
    ]
    return (
        f"{rep.rep.number}", rep_text(rep.rep), target,
        "" if against is None else against.time,
        "" if against is None else f"{against.difference} {against.symbol}".strip(), splits,
        "" if result.recovery is None else show_target(result.recovery),
        ", ".join(note for note in notes if note),
    )  # fmt: skip
