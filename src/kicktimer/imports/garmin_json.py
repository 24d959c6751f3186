"""Reads a workout as Garmin Connect exports it: JSON with `workoutSegments`, `workoutSteps` and `RepeatGroupDTO`.

A tree of nodes in, `ImportedWorkout` out; faults are collected in the source. Distances there are metres, times
seconds, and targets of pace are speeds in m/s.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kicktimer.errors import ScalarError
from kicktimer.imports.imported_steps import Effort, ImportedWorkout, Repeat, Step, StepKind
from kicktimer.imports.step_values import (
    checked_mm,
    checked_ms,
    pace_of_speeds,
    parse_count,
    parse_number,
    zone_effort,
)
from kicktimer.text import clean
from kicktimer.units import clip

if TYPE_CHECKING:
    from fractions import Fraction

    from kicktimer.imports.source_text import SourceText
    from kicktimer.yaml_document import Node

TOOL = "workout of Garmin Connect"
MAX_DEPTH = 8
_KINDS: dict[str, StepKind] = {
    "warmup": "warmup", "warm_up": "warmup", "cooldown": "cooldown", "cool_down": "cooldown", "interval": "rep",
    "active": "rep", "recovery": "recovery", "rest": "rest", "main": "rep", "other": "run", "run": "run",
}  # fmt: skip
_KIND_IDS = {"1": "warmup", "2": "cooldown", "3": "interval", "4": "recovery", "5": "rest", "6": "repeat", "7": "other"}
_END_IDS = {"1": "lap.button", "2": "time", "3": "distance", "7": "iterations"}
_TARGET_IDS = {
    "1": "no.target", "2": "power.zone", "3": "cadence.zone", "4": "heart.rate.zone", "5": "speed.zone",
    "6": "pace.zone",
}  # fmt: skip
_TARGETS = {"heart.rate": "the heart rate", "power": "the power", "cadence": "the cadence"}


def is_garmin_json(root: Node) -> bool:
    """Whether the tree, or what its key `workout` holds, is a workout of Garmin Connect."""
    return _workout_node(root) is not None


def _workout_node(root: Node) -> Node | None:
    node: Node | None = root
    if node is not None and node.kind == "list" and len(node.items) == 1:
        node = node.items[0]
    for candidate in (node, node.get("workout") if node is not None else None):
        if candidate is not None and (candidate.get("workoutSegments") or candidate.get("workoutSteps")):
            return candidate
    return None


def read_garmin_json(source: SourceText, root: Node) -> ImportedWorkout:
    """Returns the workout; raises `FaultsError` where it is none of a run."""
    node = _workout_node(root)
    assert node is not None
    sport = node.get("sportType")
    key = _text(sport, "sportTypeKey") if sport is not None else ""
    if sport is not None and key and key.lower() not in ("running", "run", "track_running", "other"):
        problem = f"a workout for the sport `{clip(key)}`, not for a run"
        raise source.fatal(sport.line, sport.column, problem, "export a workout for running")
    steps: list[Node] = []
    segments = node.get("workoutSegments")
    for segment in segments.items if segments is not None else [node]:
        found = segment.get("workoutSteps")
        if found is not None:
            steps += found.items
    reader = _StepReader(source)
    items = reader.read(steps, 1)
    name, about = _text(node, "workoutName"), _text(node, "description")
    return ImportedWorkout(TOOL, name, tuple(items), about)


def _text(node: Node | None, *path: str) -> str:
    """Returns the text of a scalar below the node, "" where there is none."""
    for name in path:
        node = node.get(name) if node is not None else None
    if node is None or node.kind != "scalar" or node.is_empty:
        return ""
    return clean(node.text)


def _keyed(node: Node, name: str, key: str, id_key: str, ids: dict[str, str]) -> str:
    """Returns the key of a type such as `stepType`, by its number where the key is missing."""
    found = node.get(name)
    if found is not None and found.kind == "scalar":
        return clean(found.text).lower()
    return (_text(found, key) or ids.get(_text(found, id_key), "")).lower()


class _StepReader:
    def __init__(self, source: SourceText) -> None:
        self.source = source

    def read(self, nodes: list[Node], depth: int) -> list[Step | Repeat]:
        items: list[Step | Repeat] = []
        if depth > MAX_DEPTH:
            self.source.add(nodes[0].line, nodes[0].column, f"repeats are nested over {MAX_DEPTH} deep", "four do")
            return []
        for node in nodes:
            if node.kind != "map":
                self.source.add(node.line, node.column, "a step is expected here, a mapping of keys", "")
                continue
            try:
                item = self._repeat(node, depth) if self._is_repeat(node) else self._step(node)
            except ScalarError as error:
                self.source.add(node.line, node.column, error.message, error.hint)
                continue
            if item is not None:
                items.append(item)
        return items

    @staticmethod
    def _is_repeat(node: Node) -> bool:
        return _text(node, "type") == "RepeatGroupDTO" or node.get("workoutSteps") is not None

    def _repeat(self, node: Node, depth: int) -> Repeat | None:
        steps = node.get("workoutSteps")
        if _keyed(node, "endCondition", "conditionTypeKey", "conditionTypeId", _END_IDS) not in ("iterations", ""):
            raise ScalarError("a repeat that ends by something else than a number of times", "set how often it runs")
        count = parse_count(_text(node, "numberOfIterations") or _text(node, "endConditionValue"))
        items = self.read(steps.items if steps is not None else [], depth + 1)
        if not items:
            return None
        skips = _text(node, "skipLastRestStep").lower() == "true"
        return Repeat(count, tuple(items), node.line, node.column, skips)

    def _step(self, node: Node) -> Step:
        key = _keyed(node, "stepType", "stepTypeKey", "stepTypeId", _KIND_IDS)
        kind = _KINDS.get(key)
        if kind is None:
            raise ScalarError(f"a step of the type `{clip(key)}` is not known", "interval, recovery, warmup, cooldown")
        note = _text(node, "description") or _text(node, "stepNotes")
        step = Step(kind, node.line, node.column, notes=(f"“{clip(note, 150)}”",) if note else ())
        return self._with_target(self._with_end(step, node), node)

    @staticmethod
    def _with_end(step: Step, node: Node) -> Step:
        end = _keyed(node, "endCondition", "conditionTypeKey", "conditionTypeId", _END_IDS)
        value = _text(node, "endConditionValue")
        if end in {"time", "fixed.rest"}:
            return replace(step, duration_ms=checked_ms(parse_number(value) * 1000))
        if end == "distance":
            return replace(step, distance_mm=checked_mm(parse_number(value) * 1000))
        if end in ("lap.button", "") or step.kind != "rep":
            notes = step.notes if end in ("lap.button", "") else (*step.notes, f"until the condition `{clip(end)}`")
            return replace(step, until_pressed=True, notes=notes)
        raise ScalarError(f"a rep that ends by `{clip(end)}`", "on a track it has a distance or a time")

    def _with_target(self, step: Step, node: Node) -> Step:
        for prefix, value in (("targetType", "targetValue"), ("secondaryTargetType", "secondaryTargetValue")):
            key = _keyed(node, prefix, "workoutTargetTypeKey", "workoutTargetTypeId", _TARGET_IDS)
            if key in ("", "no.target", "open"):
                continue
            texts = [_text(node, f"{value}{name}") for name in ("One", "Two")]
            numbers = tuple(parse_number(text) for text in texts if text)
            zone = _text(node, "zoneNumber" if prefix == "targetType" else "secondaryZoneNumber")
            if key in ("pace.zone", "speed.zone") and numbers and any(numbers) and not step.pace:
                step = self._with_pace(step, tuple(number for number in numbers if number))
            else:
                note, effort = _other_target(key, numbers, zone)
                step = replace(step, notes=(*step.notes, note), effort=step.effort or effort)
        return step

    @staticmethod
    def _with_pace(step: Step, speeds: tuple[Fraction, ...]) -> Step:
        pace, effort, note = pace_of_speeds(speeds)
        notes = (*step.notes, note) if note else step.notes
        jog_ms = None
        if step.distance_mm is not None and effort is not None:
            jog_ms = max(1, round(step.distance_mm / 1000 / effort.value)) * 1000
        return replace(step, pace=pace, effort=effort, notes=notes, jog_ms=jog_ms)


def _other_target(key: str, numbers: tuple[Fraction, ...], zone: str) -> tuple[str, Effort | None]:
    """Returns a note for a target that has no place on a track, and its effort where it is a zone."""
    of = next((word for name, word in _TARGETS.items() if key.startswith(name)), "")
    if zone:
        number = parse_number(zone)
        noun = f"zone {float(number):g} of {of or 'the pace'}"
        return noun, zone_effort((round(number),), of or "the pace")
    values = " to ".join(f"{float(number):g}" for number in sorted(set(numbers)))
    unit = {"the heart rate": " bpm", "the power": " W", "the cadence": " per minute"}.get(of, "")
    if not values:
        return f"a target of the type `{clip(key)}`", None
    return (f"{of.removeprefix('the ')} {values}{unit}" if of else f"{clip(key)} {values}"), None
