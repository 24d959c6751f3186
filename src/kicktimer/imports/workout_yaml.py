"""Writes a workout of reps and rests as the YAML of a workout's file, for a coach to edit.

A set becomes a one-liner where one says all of it in a short line, else a mapping. Every value is explicit: nothing
depends on a default of the format but the countdown, the splits and the track.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from kicktimer.imports.track_reps import MIN_JOG_MM, ImportedRest, TrackNode, TrackRep, TrackSet, join_equal, run_reps
from kicktimer.text import clean, wrap
from kicktimer.units import MILE_MM, clip, format_distance, format_duration
from kicktimer.workout.plausibility import find_doubts
from kicktimer.workout.structure import MAX_DEPTH

MAX_LINE_CHARACTERS = 90
MAX_ABOUT_CHARACTERS = 1900
LINE_WIDTH = 110
NOTES_INTRODUCTION = "Without effect here, from the file that was imported:"
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 .,()+/%×_-]*[A-Za-z0-9.)%])?")


@dataclass(frozen=True, slots=True)
class WorkoutText:
    """What the file says: marks of warm-up and cool-down are text such as `10min`, or "" for none."""

    source: str
    tool: str
    name: str
    about: str
    by: str
    notes: tuple[str, ...]
    warmup: str
    cooldown: str
    nodes: tuple[TrackNode, ...]


def format_workout(workout: WorkoutText) -> str:
    """Returns the text of the file."""
    nodes = join_equal(workout.nodes, last=True)
    reps = list(run_reps(nodes))
    has_free_rep = any(not rep.pace for rep in reps)
    lines = [f"# Imported from {_comment(workout.source)}, {workout.tool}, by `kicktimer import-workout`."]
    about, left = _about(workout)
    lines += [f"# {_comment(note)}" for note in left]
    lines.append(f"name: {_scalar(workout.name)}")
    if about:
        lines += ["about: >-", *(f"  {row}" for row in wrap(about, LINE_WIDTH - 2))]
    if workout.by:
        lines.append(f"by: {_scalar(workout.by)}")
    if has_free_rep:
        lines.append("pace: free               # no target, where a rep has none of its own")
    if workout.warmup:
        lines.append(f"warmup: {workout.warmup}")
    if workout.cooldown:
        lines.append(f"cooldown: {workout.cooldown}")
    lines += ["closing: 0               # how many reps at the end get the reminder to look relaxed", "sets:"]
    for at, node in enumerate(nodes):
        lines += _set_lines(node, last=at == len(nodes) - 1)
    return "\n".join(lines) + "\n"


def _about(workout: WorkoutText) -> tuple[str, list[str]]:
    """Returns the text of `about`, and the notes that have no room in it."""
    about = workout.about
    if about and about[-1] not in ".!?…":
        about += "."
    kept: list[str] = []
    for note in workout.notes:
        if len(about) + sum(len(each) + 2 for each in kept) + len(note) > MAX_ABOUT_CHARACTERS:
            break
        kept.append(note)
    if kept:
        about = f"{about} {NOTES_INTRODUCTION} {'; '.join(kept)}.".strip()
    return about, list(workout.notes[len(kept) :])


def _scalar(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _comment(text: str) -> str:
    return clip(clean(text), 300)


# -- sets


def _set_lines(node: TrackNode, *, last: bool) -> list[str]:
    line = _one_liner(node, last=last)
    if line is not None:
        return [f"  - {line}"]
    data = _node_data(node, last=last)
    if _depth(data) > MAX_DEPTH:
        flat = join_equal(tuple(run_reps((node,))), last=last)
        data = {"reps": [_node_data(each, last=last and at == len(flat)) for at, each in enumerate(flat, 1)]}
    if "reps" not in data:  # a single rep is a set of one
        data = {"reps": "1", **data}
    rows = _map_rows(data, 4)
    return [f"  - {rows[0].strip()}", *rows[1:]]


def _node_data(node: TrackNode, *, last: bool) -> dict[str, Any]:
    """Returns a node as the mapping of the file; `last` says that no rep follows it."""
    if isinstance(node, TrackRep):
        return _rep_data(node, last=last)
    only = node.nodes[0]
    if len(node.nodes) == 1 and isinstance(only, TrackRep):
        data = {"reps": str(node.count), **_rep_data(only, last=False)}
        if node.after is not None and not last:
            data["set_recovery"] = format_rest(node.after)
        return data
    items = [_node_data(each, last=False) for each in node.nodes]
    data = {"repeat": str(node.count)}
    between = items[-1].pop("set_recovery", None) if len(items) == 1 else None
    if between is not None:
        data["set_recovery"] = between
    data["reps"] = items
    if node.after is not None and not last:
        data = {"set_recovery": format_rest(node.after), "reps": [data]}
    return data


def _rep_data(rep: TrackRep, *, last: bool) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if rep.distance_mm is not None:
        data["distance"] = format_mark(rep.distance_mm, None)
    else:
        data["duration"] = format_mark(None, rep.duration_ms)
    if rep.pace:
        data["pace"] = rep.pace
    if rep.rest is not None or not last:
        data["recovery"] = format_rest(rep.rest)
    return data


def _depth(data: dict[str, Any]) -> int:
    reps = data.get("reps")
    return 1 + max(map(_depth, reps), default=0) if isinstance(reps, list) else 0


def _map_rows(data: dict[str, Any], indent: int) -> list[str]:
    """Returns the rows of a mapping: one row where its values are single ones."""
    space = " " * indent
    if not isinstance(data["reps"], list):
        return [f"{space}{_flow(data)}"]
    rows = [f"{space}{key}: {value}" for key, value in data.items() if key != "reps"]
    rows.append(f"{space}reps:")
    for item in data["reps"]:
        if isinstance(item.get("reps"), list):
            inner = _map_rows(item, indent + 4)
            rows += [f"{space}  - {inner[0].strip()}", *inner[1:]]
        else:
            rows.append(f"{space}  - {_flow(item)}")
    return rows


def _flow(data: dict[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in data.items()) + "}"


# -- one-liners


def _one_liner(node: TrackNode, *, last: bool) -> str | None:
    """Returns a node as a one-liner, None where it is too long or would be read with doubts."""
    text = _line(node, last=last, top=True)
    if text is None or len(text) > MAX_LINE_CHARACTERS or find_doubts(text, whole=False):
        return None
    return text


def _line(node: TrackNode, *, last: bool, top: bool) -> str | None:
    if isinstance(node, TrackRep):
        return _rep_line(node, "", last=last)
    only = node.nodes[0]
    if len(node.nodes) == 1 and isinstance(only, TrackRep):
        text = _rep_line(only, f"{node.count}x", last=False)
    elif not top:
        return None
    else:
        parts = [_line(each, last=False, top=False) for each in node.nodes]
        if None in parts:
            return None
        between = node.nodes[0].after if len(node.nodes) == 1 and isinstance(node.nodes[0], TrackSet) else None
        if between is not None:  # the rest between the sets stands behind the bracket
            inner = TrackSet(node.nodes[0].count, node.nodes[0].nodes)  # type: ignore[union-attr]
            option = _rest_option("R", between)
            return None if node.after is not None else f"{node.count}x({_line(inner, last=False, top=False)}) {option}"
        text = f"{node.count}x({' + '.join(part for part in parts if part)})"
        if node.after is not None and not last:
            return None
        return text
    if node.after is not None and not last:
        text += f" {_rest_option('R', node.after)}"
    return text


def _rep_line(rep: TrackRep, count: str, *, last: bool) -> str:
    mark = format_mark(rep.distance_mm, rep.duration_ms)
    if rep.distance_mm is not None and mark.endswith("m"):
        mark = mark.removesuffix("m")
    parts = [f"{count}{mark}"]
    if rep.pace:
        parts.append(f"@{rep.pace.replace(' per ', '/').replace(' ', '')}")
    if rep.rest is not None or not last:
        parts.append(_rest_option("r", rep.rest))
    return " ".join(parts)


def _rest_option(option: str, rest: ImportedRest | None) -> str:
    text = format_rest(rest).replace(" in ", "/")
    return f"{option}{text}"


# -- values


def format_mark(distance_mm: int | None, duration_ms: int | None) -> str:
    """Returns a distance or a duration as the file writes it."""
    if distance_mm is None:
        return format_duration(duration_ms or 0)
    quarters, rest = divmod(4 * distance_mm, MILE_MM)
    return f"{quarters / 4:g}mi" if quarters and not rest else format_distance(distance_mm)


def format_rest(rest: ImportedRest | None) -> str:
    """Returns a recovery as the file writes it."""
    if rest is None:
        return "0s"
    if rest.ready:
        return "ready"
    if rest.jog_mm < MIN_JOG_MM:
        return format_duration(rest.total_ms)
    jog = format_distance(rest.jog_mm)
    return jog if not rest.ms and rest.jog_ms is None else f"{jog} in {format_duration(rest.total_ms)}"
