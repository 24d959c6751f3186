"""`kicktimer plan --share`: the workout and its targets as Markdown to post.

Users' text is escaped, so it cannot become markup in a sentence, a table cell or a code block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from kicktimer.cli.plan_text import pace_text, rep_text, rest_text, summary_text
from kicktimer.exports.markdown_text import escape, fenced, markdown_table
from kicktimer.plan import expected_timetable
from kicktimer.view.comparison import format_target
from kicktimer.workout import dump_workout
from kicktimer.workout.oneliner_format import format_oneliner

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kicktimer.plan import GroupPlan, Plan, PlannedRep
    from kicktimer.workout import Workout

_LEADING_KEYS = ("name", "about", "by", "kind", "at", "repeat", "reps", "distance", "duration")
_KEY_ORDER = {**{key: place for place, key in enumerate(_LEADING_KEYS)}, "cues": 98, "sets": 99}
_DEFAULT_ORDER = 50  # of a key that is not in `_KEY_ORDER`


def plan_markdown(workout: Workout, plan: Plan) -> str:
    """Returns the workout (as a one-liner if it can be written as one, else as YAML) and a table for each group."""
    line = format_oneliner(workout)
    by = f", by {escape(workout.by)}" if workout.by else ""
    parts = [f"**{escape(workout.name)}**{by}"]
    parts += [escape(workout.about)] if workout.about else []
    parts.append(fenced(line) if line is not None else fenced(_yaml(workout), "yaml"))
    if line is not None and workout.cues:
        parts.append("Before it: " + " ".join(escape(cue.say) for cue in workout.cues))
    parts += [_table(group, several=len(plan.groups) > 1) for group in plan.groups]
    estimated = any(target.estimated for group in plan.groups for rep in group.reps for target in rep.targets.values())
    end = summary_text(plan, expected_timetable(plan))
    return "\n\n".join([*parts, end + (" · ~ is an estimate" if estimated else "")])


def _yaml(workout: Workout) -> str:
    return yaml.safe_dump(_ordered(dump_workout(workout)), sort_keys=False, allow_unicode=True, width=100).rstrip("\n")


def _ordered(part: Any) -> Any:
    """Returns `part` with the keys of every mapping in the usual order of a workout file: `name` first, `sets` last."""
    if isinstance(part, list):
        return [_ordered(each) for each in part]
    if isinstance(part, dict):
        return {key: _ordered(part[key]) for key in sorted(part, key=lambda key: _KEY_ORDER.get(key, _DEFAULT_ORDER))}
    return part


def _table(group: GroupPlan, *, several: bool) -> str:
    rows = [["rep", "", "pace", "recovery", *(escape(name) for name in group.athletes)]]
    rows += [_row(reps, group) for reps in _merge_equal(group.reps)]
    shown = [at for at in range(len(rows[0])) if at < 2 or any(row[at] for row in rows[1:])]
    title = f"Group {escape(group.name)}:\n\n" if several else ""
    return title + markdown_table([[row[at] for at in shown] for row in rows], right=sum(at < 4 for at in shown))


def _row(reps: Sequence[PlannedRep], group: GroupPlan) -> list[str]:
    """Returns the cells of one row, which stands for consecutive equal `reps`."""
    first, last = reps[0], reps[-1]
    number = f"{first.number}" if first is last else f"{first.number} to {last.number}"
    rest = "" if last is group.reps[-1] and first is last else rest_text(first.rest)
    targets = [format_target(first.targets.get(name)).replace("~", r"\~") for name in group.athletes]
    what = rep_text(first) + (" (closing)" if first.closing else "")
    return [number, what, escape(pace_text(first)), rest, *targets]


def _merge_equal(reps: Sequence[PlannedRep]) -> Iterator[list[PlannedRep]]:
    """Yields lists of consecutive reps with equal cells. The rest after the last rep is not shown, so it may differ."""
    row: list[PlannedRep] = []
    for rep in reps:
        if row and not (_cells(rep) == _cells(row[-1]) and (rep.rest == row[-1].rest or rep is reps[-1])):
            yield row
            row = []
        row.append(rep)
    yield row


def _cells(rep: PlannedRep) -> tuple[object, ...]:
    """Returns what a row shows of a rep, apart from its number and its rest."""
    targets = tuple((name, target.ms) for name, target in rep.targets.items())
    return rep.distance_mm, rep.duration_ms, pace_text(rep), rep.closing, targets
