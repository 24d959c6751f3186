"""Checks of a workout file's keys, on the tree before validation removes faulty nodes from it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from kicktimer.units import clip
from kicktimer.workout.model import REP_ONLY_KEYS
from kicktimer.workout.oneliner_parser import find_decimal_commas
from kicktimer.workout.structure import MAX_DEPTH

if TYPE_CHECKING:
    from kicktimer.yaml_document import Document, Node


def check_keys(document: Document) -> None:
    """Reports keys that exclude each other, stand at a wrong level, or are missing."""
    root = document.root
    _check_exclusive_keys(document, root)
    for cue in _items(root.get("cues")):
        at = cue.get("at")
        if at and at.kind == "scalar" and at.text.strip().lower() != "countdown":
            document.add_fault(
                at,
                f"the workout's own cues come at `countdown`, not at `{clip(at.text)}`",
                "put this cue into a set or a rep",
            )
    _check_decimal_commas(document, root.get("sets"))
    for name in ("pace", "recovery", "send_off"):
        value = root.get(name)
        if value and (value.kind == "list" or ">" in value.text):
            document.add_fault(value, f"a list of values for `{name}` at the top", "write it into the set")
    for item in _items(root.get("sets")):
        if item.kind == "map":
            _check_set_keys(document, item, 1)
            _check_decimal_commas(document, item.get("reps"))


def _items(node: Node | None) -> list[Node]:
    return node.items if node is not None else []


def _check_decimal_commas(document: Document, node: Node | None) -> None:
    """Reports neighbours in a flow list that are one number with a decimal comma, as in `sets: [8x400 @64,5]`."""
    items = _items(node)
    for item, following in pairwise(items):
        touching = item.line == following.line and item.column + item.width + 1 == following.column
        if item.kind == following.kind == "scalar" and item.plain and following.plain and touching:
            fault = next(
                (
                    each
                    for each in find_decimal_commas(f"{item.text},{following.text}")
                    if each.offset + each.width > item.width
                ),
                None,
            )
            if fault is not None:
                document.add_fault(item, fault.problem, fault.hint, offset=fault.offset, width=fault.width)


def _check_set_keys(document: Document, node: Node, depth: int) -> None:
    _check_exclusive_keys(document, node)
    _check_no_own_recovery(document, node)
    reps = node.get("reps")
    if reps is None:
        return
    if reps.kind == "scalar":
        _check_distance_or_duration(document, node, node.key_node("reps") or node, f"{clip(reps.text)} reps of what?")
        return
    for name in REP_ONLY_KEYS:
        key = node.key_node(name)
        if key:
            document.add_fault(
                key, f"`{name}` belongs to each rep, because `reps` is a list", f"reps: [{{distance: 400m, {name}: …}}]"
            )
    if depth > MAX_DEPTH:
        document.add_fault(node.key_node("reps"), f"sets are at most {MAX_DEPTH} deep", "write some of them out")
        return
    for rep in reps.items:
        if rep.kind == "map" and rep.key_node("reps"):
            _check_set_keys(document, rep, depth + 1)
        elif rep.kind == "map":
            _check_exclusive_keys(document, rep)
            _check_no_own_recovery(document, rep)
            _check_distance_or_duration(document, rep, rep, "a rep of what?")


def _check_exclusive_keys(document: Document, node: Node) -> None:
    for one, other, hint in (
        ("recovery", "send_off", "recovery is from a finish to GO, send_off from GO to GO: delete one"),
        ("pace", "target", "a target is the time for the rep, a pace gives one for each athlete: delete one"),
        ("pattern", "target", "the legs have the targets: delete one"),
        ("pattern", "last", "the legs say how the rep ends: delete one"),
    ):
        has_first_rep, second = node.key_node(one), node.key_node(other)
        if has_first_rep and second:
            document.add_fault(
                max(has_first_rep, second, key=lambda key: (key.line, key.column)), f"both `{one}` and `{other}`", hint
            )


def _check_leg_keys(document: Document, leg: Node, *, timed: bool) -> None:
    """Checks that a leg has what its rep has, a distance or a duration, and not both a pace and a target."""
    wanted, other = ("duration", "distance") if timed else ("distance", "duration")
    key = leg.key_node(other)
    if key:
        document.add_fault(key, f"a leg of a {other} in a rep of a {wanted}", f"legs have a {wanted} like the rep")
    elif not leg.key_node(wanted):
        document.add_fault(leg, f"`{wanted}` of the leg is missing", "{distance: 200m, target: 33}")
    pace, target = leg.key_node("pace"), leg.key_node("target")
    if target and (pace or timed):
        problem = "both `pace` and `target`" if pace else "`target` needs a distance, and this leg is timed"
        document.add_fault(target, problem, "delete one" if pace else "delete it")


def _check_no_own_recovery(document: Document, node: Node) -> None:
    value = node.get("recovery_from")
    if value and value.kind == "scalar" and value.text.strip().lower() == "own":
        document.add_fault(value, "`own` holds for the whole workout", "write it at the top of the file")


def _check_distance_or_duration(document: Document, node: Node, spot: Node, problem: str) -> None:
    distance, duration = node.key_node("distance"), node.key_node("duration")
    if distance and duration:
        document.add_fault(duration, "both `distance` and `duration`", "a rep has one of them: delete one")
    elif not distance and not duration:
        document.add_fault(spot, f"{problem} `distance` or `duration` is missing", "distance: 400m")
    else:
        for leg in _items(node.get("pattern")):
            if leg.kind == "map":
                _check_leg_keys(document, leg, timed=distance is None)
    if duration and not distance:
        for name in ("target", "last", "quiet"):
            key = node.key_node(name)
            if key:
                document.add_fault(
                    key, f"`{name}` needs a distance, and this rep is timed", "delete it, or write a distance"
                )
