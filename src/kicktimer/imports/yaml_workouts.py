"""Finds the workouts in the YAML of Garmin workout makers, by name, and chooses one.

A tree of nodes in; the list of steps, or the mapping that has it under `steps`, out. Every maker puts it elsewhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kicktimer.imports.yaml_tree import INCLUDE
from kicktimer.text import clean, closest_match
from kicktimer.units import clip

if TYPE_CHECKING:
    from kicktimer.imports.imported_steps import StepKind
    from kicktimer.imports.source_text import SourceText
    from kicktimer.yaml_document import Node

KINDS: dict[str, StepKind] = {
    "warmup": "warmup", "warm_up": "warmup", "cooldown": "cooldown", "cool_down": "cooldown", "interval": "rep",
    "run": "run", "go": "rep", "active": "rep", "recovery": "recovery", "recover": "recovery", "jog": "recovery",
    "rest": "rest", "walk": "rest", "other": "run",
}  # fmt: skip
REPEAT = re.compile(r"repeat ?(?:\( ?([^()]*?) ?\))?", re.IGNORECASE)


def find_workouts(root: Node) -> dict[str, Node]:
    """Returns the workouts of a file by name: a list of steps, or a mapping with `steps`; empty if it has none."""
    if root.kind != "map":
        return {}
    if _is_steps(root.get("steps")):
        return {scalar_text(root.get("name")): root}
    for key in ("workouts", "workout"):
        inner = root.get(key)
        if inner is not None and inner.kind == "map":
            return _named_workouts(inner) or find_workouts(inner)
        if inner is not None and inner.kind == "list":
            named = {scalar_text(each.get("name")): each for each in inner.items if _is_steps(each.get("steps"))}
            return named or ({scalar_text(root.get("name")): inner} if _is_steps(inner) else {})
    return _named_workouts(root)


def _named_workouts(node: Node) -> dict[str, Node]:
    found = {name: value for name, (_, value) in node.entries.items() if _is_steps(value)}
    found |= {name: value for name, (_, value) in node.entries.items() if _is_steps(value.get("steps"))}
    return found


def _is_steps(node: Node | None) -> bool:
    """Whether a list has at least one step."""
    return node is not None and node.kind == "list" and any(_is_step(each) for each in node.items)


def _is_step(node: Node) -> bool:
    if node.kind == "list":
        return _is_steps(node)
    if is_include(node):
        return True
    words = {name.lower() for name in node.entries}
    return bool(words & KINDS.keys() or any(REPEAT.match(word) for word in words) or {"type", "duration"} <= words)


def choose_workout(source: SourceText, workouts: dict[str, Node], wanted: str) -> str:
    """Returns the name of the workout that is `wanted`, or of the only one; raises `FaultsError` if it is not clear."""
    names = list(workouts)
    if wanted:
        if wanted in workouts:
            return wanted
        meant = closest_match(wanted, tuple(names[:100]))
        hint = f"did you mean {clip(meant)}?" if meant else f"it has {_listed(names)}"
        raise source.fatal(1, 1, f"the file has no workout called `{clip(wanted)}`", hint)
    if len(names) > 1:
        first = workouts[names[1]]
        problem = f"the file has {len(names)} workouts: {_listed(names)}"
        raise source.fatal(first.line, first.column, problem, "--name NAME takes one of them")
    return names[0]


def _listed(names: list[str]) -> str:
    return ", ".join(clip(name) for name in names[:12]) + (", …" if len(names) > 12 else "")


def is_include(node: Node) -> bool:
    """Whether an item of a list names a file that is to be included."""
    return node.kind == "scalar" and node.text.startswith(INCLUDE)


def scalar_text(node: Node | None) -> str:
    """Returns a scalar's text, cleaned; "" for everything else and for an empty value."""
    return "" if node is None or node.kind != "scalar" or node.is_empty else clean(node.text)
