"""Imports a workout of another program: tells the format by the content, and returns the text of a kicktimer workout.

Bytes in; the YAML and the notes about what had no place out. Raises `FaultsError` with every fault and its place.
Whatever the bytes are, nothing else is raised, and the text that is returned passes `kicktimer check`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kicktimer.errors import FaultsError
from kicktimer.imports.garmin_json import is_garmin_json, read_garmin_json
from kicktimer.imports.garmin_yaml import read_garmin_yaml
from kicktimer.imports.import_notes import bounded_notes, collect_notes
from kicktimer.imports.imported_steps import ImportedWorkout, Repeat, Step
from kicktimer.imports.intervals_icu import read_intervals_text
from kicktimer.imports.json_tree import parse_json
from kicktimer.imports.quick_plan import is_quick_plan, parse_quick_plan
from kicktimer.imports.source_text import SourceText
from kicktimer.imports.step_roles import Roles, decide_roles
from kicktimer.imports.track_reps import RestTooLongError, TooManyRepsError, TrackBuilder, count_reps
from kicktimer.imports.workout_yaml import WorkoutText, format_mark, format_workout
from kicktimer.imports.yaml_tree import parse_yaml
from kicktimer.imports.yaml_workouts import find_workouts
from kicktimer.imports.zwo import read_zwo
from kicktimer.text import clean
from kicktimer.units import DAY_MS, MAX_MM, clip
from kicktimer.workout.model import MAX_REPS
from kicktimer.workout.parser import parse_workout

if TYPE_CHECKING:
    from collections.abc import Callable

    from kicktimer.yaml_document import Node

FORMATS_HINT = (
    "read are: the workout text of intervals.icu (copy it from the workout's editor into a file), .zwo of Zwift "
    "(the folder Documents/Zwift/Workouts), the JSON of Garmin Connect (by a browser extension or garmin-workouts "
    "export), and the YAML of garmin-workouts, garmin_planner and quick-plan"
)
_ICU_STEP = re.compile(r"^[ \t]*[-–] *(?![\w \"']+:(?:\s|$)).*[0-9]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """The text of a kicktimer workout, what format it came from, and what had no place in it."""

    text: str
    tool: str
    notes: tuple[str, ...]
    reps: int


def import_workout(
    data: bytes, file: str, wanted: str = "", read_included: Callable[[str], bytes] | None = None
) -> ImportedFile:
    """Returns the workout of a file's bytes. `wanted` is its name, where the file has several.

    `read_included` returns the bytes of a file that is named in `!include`, or raises `KicktimerError`; without it such
    a line is a fault.
    """
    source = SourceText(data, file)
    workout = _read(source, wanted, read_included)
    if source.faults:
        raise source.error()
    if not workout.items:
        raise source.fatal(1, 1, "there are no steps in the file", FORMATS_HINT)
    roles = decide_roles(workout.items)
    builder = TrackBuilder()
    try:
        nodes = builder.build(roles.main)
    except TooManyRepsError as error:
        place = error.repeat
        raise source.fatal(place.line, place.column, f"{error.reps} reps are too many", f"at most {MAX_REPS}") from None
    except RestTooLongError as error:
        step = error.step
        raise source.fatal(step.line, step.column, error.error.message, error.error.hint) from None
    _check_reps(source, roles.main)
    reps = count_reps(nodes)
    if reps == 0:
        first = _first(workout.items)
        raise source.fatal(first.line, first.column, "there is nothing to run in the file", "a step with a length")
    if reps > MAX_REPS:
        raise source.fatal(1, 1, f"{reps} reps are too many", f"at most {MAX_REPS}")
    warmup, warmup_notes = _mark_of(roles.warmup, "warm-up")
    cooldown, cooldown_notes = _mark_of(roles.cooldown, "cool-down")
    notes = [*workout.notes, *warmup_notes, *collect_notes(nodes, roles.warmup, roles.cooldown), *cooldown_notes]
    notes += _structure_notes(roles, builder)
    text = format_workout(
        WorkoutText(
            re.split(r"[/\\]", file)[-1], workout.tool, _name(workout, file), clip(clean(workout.about), 900),
            clip(clean(workout.by), 80), tuple(bounded_notes(notes)), warmup, cooldown, nodes,
        )
    )  # fmt: skip
    _check_text(source, text)
    return ImportedFile(text, workout.tool, tuple(bounded_notes(notes)), reps)


# -- formats


def _read(source: SourceText, wanted: str, read_included: Callable[[str], bytes] | None) -> ImportedWorkout:
    begin = source.text.lstrip()
    if begin.startswith("<"):
        if not re.search(r"<workout", source.text[:20_000], re.IGNORECASE):
            raise source.fatal(1, 1, "the file is XML, and no workout of Zwift", FORMATS_HINT)
        return read_zwo(source)
    if begin.startswith(("{", "[")):
        return _read_tree(source, _json_root(source), wanted)
    if is_quick_plan(source):
        return replace(_read_tree(source, parse_quick_plan(source), wanted), tool="workout of quick-plan")
    if _looks_like_yaml(source.text):
        return _read_tree(source, parse_yaml(source), wanted, read_included)
    if _ICU_STEP.search(source.text):
        return read_intervals_text(source)
    raise source.fatal(1, 1, "the file is no workout of a known format", FORMATS_HINT)


def _looks_like_yaml(text: str) -> bool:
    """Whether the text has steps such as `- run: 400m`, or keys such as `steps:` at the beginning of a line."""
    words = "warm_?up|cool_?down|run|interval|recover(?:y)?|rest|type|repeat"
    step = rf"^[ \t]*- *(?:\{{? *[\"']?(?:{words})\b[^\n]{{0,12}}:|!inc)"
    keys = r"^[ \t]*[\"']?(?:steps|workouts?|sets|athletes)[\"']? *:"
    return re.search(step, text, re.MULTILINE | re.IGNORECASE) is not None or bool(re.search(keys, text, re.MULTILINE))


def _json_root(source: SourceText) -> Node:
    if re.match(r"\s*\{\s*[A-Za-z]", source.text):  # a flow mapping of YAML
        return parse_yaml(source)
    return parse_json(source)


def _read_tree(
    source: SourceText, root: Node, wanted: str, read_included: Callable[[str], bytes] | None = None
) -> ImportedWorkout:
    if is_garmin_json(root):
        return read_garmin_json(source, root)
    if root.kind == "map" and (root.get("sets") or root.get("athletes")):
        raise source.fatal(1, 1, "the file is one of kicktimer already", f"kicktimer check {source.file}")
    if not find_workouts(root):
        raise source.fatal(1, 1, "the file has no workout that is understood", FORMATS_HINT)
    return read_garmin_yaml(source, root, wanted, read_included)


# -- from steps to the file


def _name(workout: ImportedWorkout, file: str) -> str:
    stem = re.split(r"[/\\]", file)[-1].rsplit(".", 1)[0]
    return clip(clean(workout.name), 80) or clip(clean(stem), 80) or "Imported workout"


def _first(items: tuple[Step | Repeat, ...]) -> Step | Repeat:
    return items[0]


def _check_reps(source: SourceText, items: tuple[Step | Repeat, ...]) -> None:
    """Reports reps without a length, which only the format's reader could have refused earlier."""
    for item in items:
        if isinstance(item, Repeat):
            _check_reps(source, item.items)
        elif item.kind == "rep" and item.distance_mm is None and item.duration_ms is None:
            problem = "a rep until the lap button has no length on a track"
            source.add(item.line, item.column, problem, "give it a distance or a time")
    if source.faults:
        raise source.error()


def _mark_of(steps: tuple[Step, ...], noun: str) -> tuple[str, list[str]]:
    """Returns the mark of the warm-up or cool-down, and notes for what it cannot say.

    Steps of one kind of length are added up. Of mixed ones the distance counts, and the times become a note.
    """
    notes = [f"a {noun} until the lap button" for step in steps if step.until_pressed]
    run = [step for step in steps if not step.until_pressed and step.kind != "rest"]
    notes += [
        f"a rest of {format_mark(step.distance_mm, step.duration_ms)} in the {noun}"
        for step in steps
        if step.kind == "rest" and not step.until_pressed
    ]
    distance = sum(step.distance_mm or 0 for step in run)
    duration = sum(step.duration_ms or 0 for step in run)
    if distance and duration:
        notes.append(f"{format_mark(None, min(duration, DAY_MS))} besides the distance in the {noun}")
    if distance:
        return format_mark(min(distance, MAX_MM), None), notes
    return (format_mark(None, min(duration, DAY_MS)) if duration else ""), notes


def _structure_notes(roles: Roles, builder: TrackBuilder) -> list[str]:
    notes = [
        f"a recovery of {format_mark(step.distance_mm, step.duration_ms)} after the last rep is left out"
        for step in roles.left_out
        if not step.until_pressed
    ]
    if builder.replaced:
        notes.append("a recovery at the end of a repeat gives way to the longer one after it, as the rest between sets")
    if builder.dropped_rest:
        notes.append("a rest before the first rep is left out: you start it")
    if roles.untold:
        notes.append("the file does not say which steps are recoveries: all of them are reps without a rest")
    return notes


def _check_text(source: SourceText, text: str) -> None:
    """Raises `FaultsError` if the workout would not pass `kicktimer check`: it is too long as a whole."""
    try:
        parse_workout(text, source.file)
    except FaultsError as error:
        for fault in error.faults:
            source.add(1, 1, fault.problem, fault.hint)
        raise source.error() from None
