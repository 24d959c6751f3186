"""Parses and checks a workout's file.

Beside the checks of the pydantic models this module checks what concerns several keys: keys that exclude each other,
marks beyond the end of a rep, more closing reps than reps. Keys are checked on the tree before validation removes
faulty nodes from it, values afterwards on the workout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.pace import Pace
from kicktimer.units import MAX_MM, STANDARD_LAP_MM, format_distance, format_duration, parse_length, show_target
from kicktimer.validation import FormatVocabulary, validate
from kicktimer.workout.key_checks import check_keys
from kicktimer.workout.model import CueEntry, OneLiner, Rep, Set, Workout
from kicktimer.workout.plausibility import find_doubts, meant_lines
from kicktimer.workout.resolve import find_size_problem, resolve_reps
from kicktimer.workout.structure import (
    DocumentPath,
    RepPlace,
    count_reps,
    find_value_problems,
    iter_sets,
    written_reps,
)
from kicktimer.yaml_document import Document, Node

if TYPE_CHECKING:
    from kicktimer.errors import Fault

_TOP = "it belongs at the top of the file"
_SET = "it belongs to a set"
_REP = "it belongs to a set or a rep"
_CUE = "it belongs to a cue: cues: [{at: recovery, say: …}]"
_VALID_CUE_FIELD = Node("scalar", 0, 0, text="start")
VOCABULARY = FormatVocabulary(
    synonyms={
        "rest": "recovery", "recover": "recovery", "recoveries": "recovery", "title": "name",
        "times": "repeat", "rounds": "repeat", "series": "sets", "set": "sets", "time": "duration",
        "legs": "pattern", "alternate": "pattern", "warm_up": "warmup", "cool_down": "cooldown",
        "interval": "send_off", "sendoff": "send_off", "description": "about", "notes": "about", "why": "about",
        "author": "by", "speed": "pace", "tempo": "pace", "type": "kind", "length": "distance",
        "when": "at", "text": "say",
        "rep": "reps",
    },
    belongs_to={
        "about": _TOP, "by": _TOP, "kind": _TOP, "countdown": _TOP, "closing": _TOP, "sets": _TOP,
        "warmup": _TOP, "cooldown": _TOP,
        "repeat": _SET, "set_recovery": _SET, "reps": _SET, "name": "it belongs to the workout or a set",
        "distance": _REP, "duration": _REP, "target": _REP, "last": _REP, "pattern": _REP, "quiet": _REP,
        "at": _CUE, "say": _CUE,
        "athletes": "it belongs to a squad's file", "track": "it belongs to a squad's file",
    },
    examples={
        "name": "name: 8 x 400 burner",
        "sets": "sets: [{reps: 8, distance: 400m}]",
        "reps": "a number (reps: 8, distance: 400m) or a list (reps: [200m, 300m])",
        "say": "{at: recovery, say: Shoulders down}",
        "at": "countdown, recovery, start, 300m, 200m to go, or 1:30 in a timed rep",
        "distance": "last: {distance: 200m, pace: kick}",
        "pace": "last: {distance: 200m, pace: kick}",
    },
    stand_ins={
        "sets": Node("scalar", 0, 0, text="400m"),
        "reps": Node("scalar", 0, 0, text="400m"),
        "splits": Node("scalar", 0, 0, text="1m"),
        "timed": Node("scalar", 0, 0, text="1m"),
        "cues": Node("map", 0, 0, entries=dict.fromkeys(("at", "say"), (_VALID_CUE_FIELD, _VALID_CUE_FIELD))),
        "pattern": Node("map", 0, 0, entries={"distance": (_VALID_CUE_FIELD, Node("scalar", 0, 0, text="1km"))}),
    },
)  # fmt: skip


def parse_workout(text: str | bytes, file: str) -> tuple[Workout, tuple[Fault, ...]]:
    """Returns a file's workout and its warnings. Raises `FaultsError`, with the warnings too, if the file has errors.

    `file` is the name that the faults have.
    """
    document = Document(text, file)
    if document.root.kind == "map":
        check_keys(document)
    workout = validate(document, Workout, VOCABULARY)
    if workout is not None:
        _check_values(document, workout)
    if workout is None or document.has_errors:
        raise document.to_error()
    return workout, document.sorted_faults()


# -- checks of values, on the validated workout


def _check_values(document: Document, workout: Workout) -> None:
    if not _check_value_lists(document, workout):
        return
    size_problem = find_size_problem(workout)
    if size_problem:
        document.add_fault(document.root.key_node("sets"), *size_problem)
        return
    for place in written_reps(workout):
        _check_rep(document, place.path, place.rep)
    total = count_reps(workout)
    if _is_rep_count_valid(document) and workout.closing is not None and workout.closing > total:
        problem = f"{workout.closing} closing reps, but the workout has {total}"
        document.add_fault(document.root.get("closing"), problem, f"closing: {min(2, total)}")
    _check_mark_lists(document, workout)
    _check_cues(document, workout)
    if not document.has_errors:
        _warn_short_send_offs(document, workout)
        _warn_doubtful_lines(document, workout)


def _check_value_lists(document: Document, workout: Workout) -> bool:
    """Reports lists of values that do not fit their set, and set targets for unequal marks; returns whether all fit."""
    before = len(document.faults)
    for path, rep_set in iter_sets(workout):
        _check_set_values(document, path, rep_set)
    return len(document.faults) == before


def _check_set_values(document: Document, path: DocumentPath, item: Rep) -> None:
    for name, problem, hint in find_value_problems(item):
        node = document.nodes_on_path((*path, name))[-1]
        if (*path, name) not in document.removed_paths:
            document.add_fault(node, problem, hint)
    if isinstance(item, Set) and not isinstance(item.reps, int):
        for index, each in enumerate(item.reps):
            _check_set_values(document, (*path, "reps", index), each)


def _warn_short_send_offs(document: Document, workout: Workout) -> None:
    """Warns of each rep whose send-off leaves no rest after its target time: GO then comes while athletes run."""
    for rep in resolve_reps(workout)[:-1]:
        if rep.rest.kind == "send_off" and rep.target is not None and rep.rest.ms <= rep.target:
            send_off = format_duration(rep.rest.ms)
            problem = f"the send-off of {send_off} leaves no rest: the target is {show_target(round(rep.target))}"
            node = document.nodes_on_path(rep.path)[-1]
            hint = "the next GO comes before the finish: a longer send-off, or a recovery"
            document.add_fault(
                node.key_node("send_off") or node.key_node("target") or node, problem, hint, warning=True
            )


def _warn_doubtful_lines(document: Document, workout: Workout) -> None:
    """Warns of what is hardly meant in the one-liners of `sets`."""
    for number, item in enumerate(workout.sets):
        if isinstance(item, OneLiner):
            node = document.nodes_on_path(("sets", number))[-1]
            for doubt in find_doubts(item.text, whole=False):
                lines = meant_lines(item.text, (doubt,))
                hint = f"write {lines[0]}" if lines else ""
                document.add_fault(node, doubt.problem, hint, warning=True)


def _is_rep_count_valid(document: Document) -> bool:
    """Whether the workout has as many reps as the file says: validation has removed no set, `reps` or `repeat`.

    A removed item of a list of reps does not matter, because a stand-in replaces it.
    """
    removed = [path for path in document.removed_paths if path[0] == "sets"]
    return not any(len(path) < 3 or (len(path) == 3 and path[2] in ("reps", "repeat")) for path in removed)


def _is_rep_valid(document: Document, place: RepPlace, *names: str) -> bool:
    """Whether validation has removed neither the rep or a set around it nor one of the keys `names` of these.

    Otherwise the rep is a stand-in or lacks values of the file, so a check on it would report false faults.
    """
    removed = set(document.removed_paths)
    levels = [level.path for level in place.levels[1:]]
    paths = {*levels, *((*level, name) for level in levels for name in names)}
    return not removed & paths and bool(place.rep.distance or place.rep.duration)


def _check_mark_lists(document: Document, workout: Workout) -> None:
    """Reports each mark in a list of marks that is beyond the end of every rep to which the list applies."""
    longest: dict[DocumentPath, int] = {}
    for place in written_reps(workout):
        for name in ("splits", "timed"):
            known = _is_rep_valid(document, place, name)
            for level in reversed(place.levels):
                value = getattr(level.settings, name)
                if value is not None:
                    if isinstance(value, tuple):
                        distance = place.rep.distance.to_mm(STANDARD_LAP_MM) if place.rep.distance else 0
                        key = (*level.path, name)
                        longest[key] = max(longest.get(key, 0), distance if known else MAX_MM)
                    break
    for path, distance in longest.items():
        node = document.nodes_on_path(path)[-1]
        for item in node.items if distance else ():
            mark = parse_length(item.text)
            if mark.to_mm(STANDARD_LAP_MM) > distance:
                document.add_fault(
                    item, f"the mark {mark} lies beyond every rep", f"the longest has {format_distance(distance)}"
                )
        if not distance:
            document.add_fault(node, "marks need a distance, and every rep here is timed", "delete it")


def _check_rep(document: Document, path: DocumentPath, rep: Rep) -> None:
    """Checks that `last` and `quiet` are inside the rep."""
    if rep.distance is None or document.nodes_on_path(path)[-1].kind != "map":
        return
    distance = rep.distance.to_mm(STANDARD_LAP_MM)
    if rep.last and rep.last.distance.to_mm(STANDARD_LAP_MM) >= distance:
        document.add_fault(
            document.nodes_on_path((*path, "last", "distance"))[-1],
            f"the last {rep.last.distance} of a rep of {rep.distance}",
            "shorter than the rep; or give the whole rep that pace",
        )
    if rep.quiet:
        begin, end = (length.to_mm(STANDARD_LAP_MM) for length in rep.quiet)
        node = document.nodes_on_path((*path, "quiet"))[-1]
        if begin >= end:
            document.add_fault(
                node,
                f"quiet from {rep.quiet[0]} to {rep.quiet[1]} covers no distance",
                "first where it begins, then where it ends",
            )
        elif end > distance:
            document.add_fault(
                node, f"quiet until {rep.quiet[1]} lies beyond the rep of {rep.distance}", f"at most {rep.distance}"
            )


def _check_cues(document: Document, workout: Workout) -> None:
    """Reports each cue whose moment is in none of the reps to which it applies, and warns of cues that never come."""
    groups: dict[DocumentPath, tuple[tuple[CueEntry, ...], list[RepPlace]]] = {}
    first: RepPlace | None = None
    for place in written_reps(workout):
        first = first or place
        level = next((each for each in reversed(place.levels[1:]) if each.settings.cues is not None), None)
        if level is not None and level.settings.cues:
            groups.setdefault(level.path, (level.settings.cues, []))[1].append(place)
    for path, (cues, places) in groups.items():
        lengths_valid = all(_is_rep_valid(document, place) for place in places)
        free = (
            all(_is_rep_valid(document, place, "pace", "target", "last", "pattern") for place in places)
            and ("pace",) not in document.removed_paths
            and all(_has_no_target(place) for place in places)
        )
        for index, cue in enumerate(cues):
            node = document.nodes_on_path((*path, "cues", index, "at"))[-1]
            if cue.at.kind == "countdown" and places[0] is not first:
                problem = "only the session's first countdown has cues: this one is never spoken"
                document.add_fault(node, problem, "at: recovery", warning=True)
            elif lengths_valid and _check_cue_fits(document, node, cue, [place.rep for place in places]) and free:
                _warn_cue_without_time(document, node, cue)


def _has_no_target(place: RepPlace) -> bool:
    """Whether the rep has a free pace, so that no athlete has a target."""
    found = place.nearest("pace", "target")
    return place.rep.pattern is None and found is not None and isinstance(found[1], Pace) and found[1].kind == "free"


def _warn_cue_without_time(document: Document, node: Node, cue: CueEntry) -> None:
    """Warns of a cue at a distance: without a target the time at which an athlete gets there is unknown."""
    if cue.at.kind in ("mark", "to_go"):
        problem = f"a free pace gives no time for `{cue.at}`: this cue is never spoken"
        document.add_fault(node, problem, "give the rep a pace or a target; or at: start", warning=True)


def _check_cue_fits(document: Document, node: Node, cue: CueEntry, reps: list[Rep]) -> bool:
    """Returns whether the cue's moment is inside one of the reps, and reports a fault if it is not."""
    at = cue.at
    longest = max((rep.distance.to_mm(STANDARD_LAP_MM) if rep.distance else 0 for rep in reps), default=0)
    before = len(document.faults)
    if at.kind in ("mark", "to_go"):
        if not longest:
            document.add_fault(node, f"`{at}` in a timed rep", "a timed rep has moments like 1:30")
        elif at.length.to_mm(STANDARD_LAP_MM) > longest:
            document.add_fault(node, f"`{at}` lies beyond the rep", f"the longest here has {format_distance(longest)}")
    elif at.kind == "elapsed":
        latest = max((rep.duration or 0 for rep in reps), default=0)
        if not latest:
            document.add_fault(
                node, f"`{at}` in a rep by distance", "a rep by distance has marks like 300m or 200m to go"
            )
        elif at.ms > latest:
            document.add_fault(node, f"`{at}` lies beyond the rep", f"the longest here has {format_duration(latest)}")
    return len(document.faults) == before
