"""`kicktimer plan --share`: a Markdown block to post for others.

Users' text is escaped: it stays text in a sentence, in a table's cell and in a block of code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from kicktimer.cli.plan_text import pace_text, rep_text, rest_text, summary_text
from kicktimer.plan import expected_ms
from kicktimer.view.comparison import target_words
from kicktimer.workout import dump_workout
from kicktimer.workout.oneliner_format import format_oneliner

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kicktimer.plan import GroupPlan, Plan, PlannedRep
    from kicktimer.workout import Workout

_ACTIVE = re.compile(r"[\\`*_\[\]<>#|~&$]|:(?=//)|(?<=www)\.")
_LEADING = re.compile(r"^(?:[-+]|[0-9]+(?=[.)]))")  # would begin a list
_FIRST = ("name", "about", "by", "kind", "at", "repeat", "reps", "distance", "duration")
_PLACE = {**{key: place for place, key in enumerate(_FIRST)}, "cues": 98, "sets": 99}


def plan_markdown(workout: Workout, plan: Plan) -> str:
    """The workout as others can run it (one line where that says it all, else its YAML), and everybody's targets."""
    line = format_oneliner(workout)
    by = f", by {escape(workout.by)}" if workout.by else ""
    parts = [f"**{escape(workout.name)}**{by}"]
    parts += [escape(workout.about)] if workout.about else []
    parts.append(fenced(line) if line is not None else fenced(_yaml(workout), "yaml"))
    if line is not None and workout.cues:
        parts.append("Before it: " + " ".join(escape(cue.say) for cue in workout.cues))
    parts += [_table(group, several=len(plan.groups) > 1) for group in plan.groups]
    estimated = any(target.estimated for group in plan.groups for rep in group.reps for target in rep.targets.values())
    end = summary_text(plan, expected_ms(plan))
    return "\n\n".join([*parts, end + (" · ~ is an estimate" if estimated else "")])


def _yaml(workout: Workout) -> str:
    return yaml.safe_dump(_ordered(dump_workout(workout)), sort_keys=False, allow_unicode=True, width=100).rstrip("\n")


def _ordered(part: Any) -> Any:
    """Keys in the order in which people write them: what it is first, its reps last."""
    if isinstance(part, list):
        return [_ordered(each) for each in part]
    if isinstance(part, dict):
        return {key: _ordered(part[key]) for key in sorted(part, key=lambda key: _PLACE.get(key, 50))}
    return part


def escape(text: str) -> str:
    """Users' text as Markdown that shows it, on one line: no markup, no link, no cell, no list, no HTML."""
    safe = _ACTIVE.sub(r"\\\g<0>", " ".join(text.split()))
    return _LEADING.sub(lambda found: f"\\{found[0]}" if found[0] in "-+" else f"{found[0]}\\", safe)


def fenced(text: str, language: str = "") -> str:
    """A code block whose fence is longer than any run of backticks in it."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"


def _table(group: GroupPlan, *, several: bool) -> str:
    rows = [["rep", "", "pace", "recovery", *(escape(name) for name in group.athletes)]]
    rows += [_row(alike, group) for alike in _runs(group.reps)]
    shown = [at for at in range(len(rows[0])) if at < 2 or any(row[at] for row in rows[1:])]
    lines = ["| " + " | ".join(row[at] for at in shown) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("---" if at < 4 else "---:" for at in shown) + "|")
    title = f"Group {escape(group.name)}:\n\n" if several else ""
    return title + "\n".join(lines)


def _row(alike: Sequence[PlannedRep], group: GroupPlan) -> list[str]:
    first, last = alike[0], alike[-1]
    number = f"{first.number}" if first is last else f"{first.number} to {last.number}"
    rest = "" if last is group.reps[-1] and first is last else rest_text(first.rest)
    targets = [target_words(first.targets.get(name)).replace("~", r"\~") for name in group.athletes]
    what = rep_text(first) + (" (closing)" if first.closing else "")
    return [number, what, escape(pace_text(first)), rest, *targets]


def _runs(reps: Sequence[PlannedRep]) -> Iterator[list[PlannedRep]]:
    """Reps that stand in one row: those that follow each other and read the same."""
    run: list[PlannedRep] = []
    for rep in reps:
        if run and _reads(rep) != _reads(run[-1]) and not (rep is reps[-1] and _reads(rep)[1:] == _reads(run[-1])[1:]):
            yield run
            run = []
        run.append(rep)
    yield run


def _reads(rep: PlannedRep) -> tuple[object, ...]:
    targets = tuple((name, target.ms) for name, target in rep.targets.items())
    return rep.rest, rep.distance_mm, rep.duration_ms, pace_text(rep), rep.closing, targets
