"""Reads the YAML of Garmin workout makers: garmin_planner and its forks, garmin-workouts, and their relatives.

A tree of nodes in, `ImportedWorkout` out; faults are collected in the source. A file is one workout with `steps`, or
it has several by name. A step is `run: 400m @P(4:00-4:10)`, or a mapping with `type`, `duration` and `target`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kicktimer.errors import FaultsError, KicktimerError, ScalarError
from kicktimer.imports.imported_steps import Effort, ImportedWorkout, Repeat, Step, StepKind
from kicktimer.imports.source_text import MAX_FAULTS, SourceText
from kicktimer.imports.step_text import StepText, pace_with_margins, parse_step_text, read_end
from kicktimer.imports.step_values import (
    MAX_SPEED_M_PER_S,
    MIN_SPEED_M_PER_S,
    pace_of_speeds,
    parse_count,
    parse_number,
    read_paces,
    zone_effort,
)
from kicktimer.imports.yaml_tree import INCLUDE, parse_yaml
from kicktimer.imports.yaml_workouts import KINDS, REPEAT, choose_workout, find_workouts, is_include, scalar_text
from kicktimer.units import clip

if TYPE_CHECKING:
    from collections.abc import Callable

    from kicktimer.yaml_document import Node

TOOL = "YAML of a Garmin workout maker"
MAX_DEPTH = 8
MAX_INCLUDED_FILES = 100
_RACES = {
    "1500M_PACE": "1500m", "MILE_PACE": "mile", "3KM_PACE": "3000m", "5KM_PACE": "5k", "10KM_PACE": "10k",
    "HALF_MARATHON_PACE": "half marathon", "MARATHON_PACE": "marathon", "1KM_PACE": "1000m",
}  # fmt: skip
_EASY_TARGETS = ("RECOVERY", "AEROBIC", "WALK", "LONG_RUN", "EASY", "R0", "R1", "H0", "H1", "ENDURANCE", "ZONE_1")
_RUNNING = ("running", "run", "", "track", "trail")


@dataclass(slots=True)
class _Settings:
    definitions: dict[str, str] = field(default_factory=dict)
    zone_paces: dict[str, str] = field(default_factory=dict)


def read_garmin_yaml(
    source: SourceText, root: Node, wanted: str = "", read_included: Callable[[str], bytes] | None = None
) -> ImportedWorkout:
    """Returns the workout called `wanted`, or the only one; raises `FaultsError` if that is not clear."""
    workouts = find_workouts(root)
    name = choose_workout(source, workouts, wanted)
    node = workouts[name]
    steps = node if node.kind == "list" else node.get("steps")
    assert steps is not None
    sport = node.get("sport") or root.get("sport")
    if sport is not None and scalar_text(sport).lower() not in _RUNNING:
        problem = f"a workout for the sport `{clip(scalar_text(sport))}`, not for a run"
        raise source.fatal(sport.line, sport.column, problem, "take a workout for running", sport.width)
    reader = _StepReader(source, _read_settings(root), read_included)
    items = reader.read(steps.items, 1)
    about = scalar_text(node.get("description"))
    return ImportedWorkout(TOOL, name, tuple(items), about, notes=tuple(reader.notes))


def _read_settings(root: Node) -> _Settings:
    settings = _Settings()
    definitions = root.get("definitions")
    if definitions is not None:
        settings.definitions = {name: scalar_text(value) for name, (_, value) in definitions.entries.items()}
    config = root.get("config")
    paces = config.get("paces") if config is not None else None
    margins = config.get("margins") if config is not None else None
    if paces is not None:
        faster, slower = (
            scalar_text(margins.get(name)) if margins is not None else "" for name in ("faster", "slower")
        )
        for name, (_, value) in paces.entries.items():
            settings.zone_paces[name.lower()] = pace_with_margins(scalar_text(value), faster, slower)
    return settings


class _StepReader:
    def __init__(
        self, source: SourceText, settings: _Settings, read_included: Callable[[str], bytes] | None = None
    ) -> None:
        self.source = source
        self.settings = settings
        self.read_included = read_included
        self.included: dict[str, tuple[Step | Repeat, ...]] = {}
        self.notes: list[str] = []

    def read(self, nodes: list[Node], depth: int) -> list[Step | Repeat]:
        items: list[Step | Repeat] = []
        if depth > MAX_DEPTH:
            self.source.add(nodes[0].line, nodes[0].column, f"repeats are nested over {MAX_DEPTH} deep", "four do")
            return []
        for node in nodes:
            try:
                item = self._item(node, depth)
            except ScalarError as error:
                self.source.add(node.line, node.column, error.message, error.hint, node.width)
                continue
            before = items[-1] if items else None
            if (node.kind == "list" or is_include(node)) and _is_same_repeat(before, item):
                # garmin-workouts writes a repeat as equal lists, one by one.
                assert isinstance(before, Repeat)
                items[-1] = replace(before, count=before.count + 1)
            elif item is not None:
                items.append(item)
        return items

    def _item(self, node: Node, depth: int) -> Step | Repeat | None:
        if node.kind == "list":
            found = tuple(self.read(node.items, depth + 1))
            return Repeat(1, found, node.line, node.column) if found else None
        if node.kind != "map":
            return self._bare_item(node)
        words = {name.lower(): pair for name, pair in node.entries.items()}
        if "type" in words and "duration" not in words and len(words) == 1:
            self._check_sport(words["type"][1])
            return None
        if "type" in words and (scalar_text(words["type"][1]).lower() in KINDS or "duration" in words):
            return self._mapped_step(node, words)
        for name, (key, value) in words.items():
            repeat = REPEAT.fullmatch(name)
            if repeat:
                return self._repeat(key, repeat[1], value, words, depth)
            if name in KINDS:
                return self._named_step(KINDS[name], key, value)
        raise ScalarError(
            f"`{clip(next(iter(node.entries), ''))}` is no step", "run, interval, recovery, rest, repeat(8)"
        )

    def _bare_item(self, node: Node) -> Step | Repeat | None:
        text = scalar_text(node)
        if is_include(node):
            found = self._include(node, text.removeprefix(INCLUDE).strip())
            return Repeat(1, found, node.line, node.column) if found else None
        word = text.lower()
        if word in KINDS:
            return Step(KINDS[word], node.line, node.column, until_pressed=True)
        raise ScalarError(f"`{clip(text)}` is no step", "like `- run: 400m @P(4:00-4:10)`")

    def _include(self, node: Node, name: str) -> tuple[Step | Repeat, ...]:
        """Returns the steps of an included file, which includes no other one; its faults are named after it."""
        if self.read_included is None:
            raise ScalarError(f"`{clip(name)}`: other files are not read here", "put the steps of that file here")
        if name not in self.included:
            if len(self.included) >= MAX_INCLUDED_FILES:
                raise ScalarError(f"more than {MAX_INCLUDED_FILES} files are included", "put their steps here")
            self.included[name] = ()
            try:
                inner = SourceText(self.read_included(name), name)
                root = parse_yaml(inner)
                reader = _StepReader(inner, self.settings)
                items = reader.read(root.items if root.kind == "list" else [root], 2)
            except FaultsError as error:
                self.source.faults += error.faults[:MAX_FAULTS]
                return ()
            except KicktimerError as error:
                raise ScalarError(error.message, error.hint) from None
            self.source.faults += inner.faults
            self.included[name] = tuple(_placed(item, node) for item in items)
        return self.included[name]

    def _check_sport(self, node: Node) -> None:
        if scalar_text(node).lower() not in _RUNNING:
            raise ScalarError(
                f"a workout for the sport `{clip(scalar_text(node))}`, not for a run", "take one for running"
            )

    def _repeat(
        self, key: Node, inside: str | None, value: Node, words: dict[str, tuple[Node, Node]], depth: int
    ) -> Repeat | None:
        steps = words["steps"][1] if "steps" in words else value
        said = inside if inside is not None else scalar_text(value)
        if not said:
            raise ScalarError("how often is this repeated?", "like repeat(8)")
        count = parse_count(said)
        found = self.read(steps.items, depth + 1)
        if not steps.items:
            raise ScalarError("a repeat without steps", "indent its steps under it")
        return Repeat(count, tuple(found), key.line, key.column) if found else None

    def _named_step(self, kind: StepKind, key: Node, value: Node) -> Step:
        if value.kind == "map":
            detail = value.get("detail") or value.get("duration")
            text = scalar_text(detail)
            note = scalar_text(value.get("notes") or value.get("description"))
        elif value.kind == "scalar":
            text, note = scalar_text(value), ""
        else:
            raise ScalarError("one value is expected here, no list", "like `400m @P(4:00-4:10)`")
        try:
            found = parse_step_text(text, self.settings.definitions, self.settings.zone_paces)
        except ScalarError as error:
            spot = value if value.kind == "scalar" and value.text else key
            self.source.add(spot.line, spot.column, error.message, error.hint, spot.width)
            found = StepText(duration_ms=1)
        return self._make(kind, key, found, note)

    def _mapped_step(self, node: Node, words: dict[str, tuple[Node, Node]]) -> Step:
        word = scalar_text(words["type"][1]).lower()
        if word not in KINDS:
            raise ScalarError(f"a step of the type `{clip(word)}` is not known", f"one of {', '.join(KINDS)}")
        found = StepText()
        duration = words["duration"][1] if "duration" in words else None
        read_end(scalar_text(duration), found)
        if "target" in words:
            self._read_target(words["target"][1], found)
        kind = KINDS[word]
        return self._make(kind, node, found, scalar_text(words["description"][1]) if "description" in words else "")

    @staticmethod
    def _make(kind: StepKind, node: Node, found: StepText, note: str) -> Step:
        if found.until_pressed and kind in ("rep", "run"):
            raise ScalarError("a rep until the lap button has no length on a track", "give it a distance or a time")
        notes = (*found.notes, f"“{clip(note, 150)}”") if note else tuple(found.notes)
        return Step(
            kind, node.line, node.column, found.distance_mm, found.duration_ms, found.until_pressed,
            pace=found.pace, jog_ms=found.jog_ms, effort=found.effort, notes=notes,
        )  # fmt: skip

    def _read_target(self, node: Node, found: StepText) -> None:
        """Reads a target that is a name, or a mapping with `type`, `min`, `max` and `zone`."""
        if node.kind == "scalar":
            name = scalar_text(node).upper()
            if name in _RACES:
                found.pace = _RACES[name]
                found.effort = Effort("target", 1.0, is_easy=False)
            elif name and name not in ("NO_TARGET", "NO.TARGET"):
                found.notes.append(f"the target {clip(scalar_text(node))}")
                found.effort = Effort("target", 0.5, is_easy=any(word in name for word in _EASY_TARGETS))
            return
        kind = scalar_text(node.get("type")).lower()
        ends = [text for name in ("min", "max") if (text := scalar_text(node.get(name)))]
        zone = scalar_text(node.get("zone"))
        if kind in ("", "no.target"):
            return
        if kind in ("pace.zone", "speed.zone") and ends:
            self._read_pace(ends, found)
            return
        of = {"heart.rate.zone": "the heart rate", "power.zone": "the power"}.get(kind, "the cadence")
        if zone:
            number = round(parse_number(zone))
            found.notes.append(f"zone {number} of {of}")
            found.effort = zone_effort((number,), of)
        else:
            found.notes.append(f"{of.removeprefix('the ')} {clip(' to '.join(ends)) or 'as a target'}")

    @staticmethod
    def _read_pace(ends: list[str], found: StepText) -> None:
        read = read_paces("-".join(ends))
        if read is None and all(":" not in end for end in ends):
            speeds = tuple(parse_number(end) for end in ends)
            if all(MIN_SPEED_M_PER_S * 2 <= speed <= MAX_SPEED_M_PER_S for speed in speeds):
                read = pace_of_speeds(speeds)  # type: ignore[assignment]
            else:
                found.notes.append(f"a pace of {clip(' to '.join(ends))} of the athlete's VO2max speed")
                found.effort = Effort("share of vVO2", float(sum(speeds)) / len(speeds), None)
                return
        if read is None:
            raise ScalarError(f"`{clip('-'.join(ends))}` is no pace", "like min: '4:10', max: '4:00'")
        found.pace, found.effort, note = read
        if note:
            found.notes.append(note)


def _placed(item: Step | Repeat, node: Node) -> Step | Repeat:
    """Returns a step or repeat of an included file at the place of the line that includes it."""
    if isinstance(item, Repeat):
        items = tuple(_placed(each, node) for each in item.items)
        return replace(item, items=items, line=node.line, column=node.column)
    return replace(item, line=node.line, column=node.column)


def _is_same_repeat(before: Step | Repeat | None, item: Step | Repeat | None) -> bool:
    return isinstance(before, Repeat) and isinstance(item, Repeat) and _same(before.items, item.items)


def _same(first: tuple[Step | Repeat, ...], second: tuple[Step | Repeat, ...]) -> bool:
    """Whether two lists of steps are equal but for their places in the file."""
    return len(first) == len(second) and all(
        _same(one.items, two.items) and one.count == two.count
        if isinstance(one, Repeat) and isinstance(two, Repeat)
        else isinstance(one, Step)
        and isinstance(two, Step)
        and replace(one, line=0, column=0) == replace(two, line=0, column=0)
        for one, two in zip(first, second, strict=True)
    )
