"""Parses and checks a workout's file.

Beside the checks of the pydantic models this module checks what concerns several keys: keys that exclude each other,
marks beyond the end of a rep, more closing reps than reps. Keys are checked on the tree before validation removes
faulty nodes from it, values afterwards on the workout.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from kicktimer.units import MAX_MM, STANDARD_LAP_MM, clip, format_distance, format_duration, parse_length, show_target
from kicktimer.validation import FormatVocabulary, validate
from kicktimer.workout.model import REP_ONLY_KEYS, CueEntry, Rep, Set, Workout
from kicktimer.workout.oneliner_parser import find_decimal_commas
from kicktimer.workout.resolve import DocumentPath, count_reps, find_size_problem, iter_sets, reps_of_set, resolve_reps
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
        "rest": "recovery", "recover": "recovery", "recoveries": "recovery", "jog": "recovery", "title": "name",
        "times": "repeat", "rounds": "repeat", "series": "sets", "set": "sets", "time": "duration",
        "interval": "send_off", "sendoff": "send_off", "description": "about", "notes": "about", "why": "about",
        "author": "by", "speed": "pace", "tempo": "pace", "type": "kind", "length": "distance",
        "when": "at", "text": "say",
        "rep": "reps",
    },
    belongs_to={
        "about": _TOP, "by": _TOP, "kind": _TOP, "countdown": _TOP, "caller": _TOP, "closing": _TOP, "sets": _TOP,
        "repeat": _SET, "set_recovery": _SET, "reps": _SET, "name": "it belongs to the workout or a set",
        "distance": _REP, "duration": _REP, "target": _REP, "last": _REP, "quiet": _REP, "at": _CUE, "say": _CUE,
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
    },
)  # fmt: skip


def parse_workout(text: str | bytes, file: str) -> tuple[Workout, tuple[Fault, ...]]:
    """Returns a file's workout and its warnings. Raises `FaultsError`, with the warnings too, if the file has errors.

    `file` is the name that the faults have.
    """
    document = Document(text, file)
    if document.root.kind == "map":
        _check_keys(document)
    workout = validate(document, Workout, VOCABULARY)
    if workout is not None:
        _check_values(document, workout)
    if workout is None or document.has_errors:
        raise document.to_error()
    return workout, document.sorted_faults()


# -- checks of keys, on the tree before validation


def _check_keys(document: Document) -> None:
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
    for item in _items(root.get("sets")):
        if item.kind == "map":
            _check_set_keys(document, item)
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


def _check_set_keys(document: Document, node: Node) -> None:
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
    for rep in reps.items:
        if rep.kind == "map":
            _check_exclusive_keys(document, rep)
            _check_no_own_recovery(document, rep)
            _check_distance_or_duration(document, rep, rep, "a rep of what?")


def _check_exclusive_keys(document: Document, node: Node) -> None:
    for one, other, hint in (
        ("recovery", "send_off", "recovery is from a finish to GO, send_off from GO to GO: delete one"),
        ("pace", "target", "a target is the time for the rep, a pace gives one for each athlete: delete one"),
    ):
        has_first_rep, second = node.key_node(one), node.key_node(other)
        if has_first_rep and second:
            document.add_fault(
                max(has_first_rep, second, key=lambda key: (key.line, key.column)), f"both `{one}` and `{other}`", hint
            )


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
    elif duration:
        for name in ("target", "last", "quiet"):
            key = node.key_node(name)
            if key:
                document.add_fault(
                    key, f"`{name}` needs a distance, and this rep is timed", "delete it, or write a distance"
                )


# -- checks of values, on the validated workout


def _check_values(document: Document, workout: Workout) -> None:
    size_problem = find_size_problem(workout)
    if size_problem:
        document.add_fault(document.root.key_node("sets"), *size_problem)
        return
    for path, rep_set in iter_sets(workout):
        for rep_path, rep in dict(reps_of_set(path, rep_set)).items():
            _check_rep(document, rep_path, rep)
    total = count_reps(workout)
    if _is_rep_count_valid(document) and workout.closing is not None and workout.closing > total:
        problem = f"{workout.closing} closing reps, but the workout has {total}"
        document.add_fault(document.root.get("closing"), problem, f"closing: {min(2, total)}")
    _check_mark_lists(document, workout)
    _check_cues(document, workout)
    if not document.has_errors:
        _warn_short_send_offs(document, workout)


def _warn_short_send_offs(document: Document, workout: Workout) -> None:
    """Warns of each rep whose send-off leaves no rest after its target time: GO then comes while athletes run."""
    for rep in resolve_reps(workout)[:-1]:
        if rep.rest == "send_off" and rep.target_ms is not None and rep.rest_ms <= rep.target_ms:
            send_off = format_duration(rep.rest_ms)
            problem = f"the send-off of {send_off} leaves no rest: the target is {show_target(rep.target_ms)}"
            node = document.nodes_on_path(rep.path)[-1]
            hint = "the next GO comes before the finish: a longer send-off, or a recovery"
            document.add_fault(
                node.key_node("send_off") or node.key_node("target") or node, problem, hint, warning=True
            )


def _is_rep_count_valid(document: Document) -> bool:
    """Whether the workout has as many reps as the file says: validation has removed no set, `reps` or `repeat`.

    A removed item of a list of reps does not matter, because a stand-in replaces it.
    """
    removed = [path for path in document.removed_paths if path[0] == "sets"]
    return not any(len(path) < 3 or (len(path) == 3 and path[2] in ("reps", "repeat")) for path in removed)


def _is_rep_valid(document: Document, path: DocumentPath, rep_path: DocumentPath, rep: Rep, *names: str) -> bool:
    """Whether validation has removed neither the rep or its set (at `path`) nor one of the keys `names` of these two.

    Otherwise the rep is a stand-in or lacks values of the file, so a check on it would report false faults.
    """
    removed = set(document.removed_paths)
    paths = {path, rep_path, *((*level, name) for level in (path, rep_path) for name in names)}
    return not removed & paths and bool(rep.distance or rep.duration)


def _check_mark_lists(document: Document, workout: Workout) -> None:
    """Reports each mark in a list of marks that is beyond the end of every rep to which the list applies."""
    longest: dict[DocumentPath, int] = {}
    for path, rep_set in iter_sets(workout):
        for rep_path, rep in reps_of_set(path, rep_set):
            cue_groups = (((), workout), (path, rep_set), *(() if rep is rep_set else ((rep_path, rep),)))
            for name in ("splits", "timed"):
                known = _is_rep_valid(document, path, rep_path, rep, name)
                for at, level in reversed(cue_groups):
                    value = getattr(level, name)
                    if value is not None:
                        if isinstance(value, tuple):
                            distance = rep.distance.to_mm(STANDARD_LAP_MM) if rep.distance else 0
                            longest[*at, name] = max(longest.get((*at, name), 0), distance if known else MAX_MM)
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
    reps_before = 0
    for path, rep_set in iter_sets(workout):
        reps = reps_of_set(path, rep_set)
        cue_groups: dict[DocumentPath, tuple[tuple[CueEntry, ...], list[tuple[DocumentPath, Rep]]]] = {}
        for rep_path, rep in reps:
            own = rep.cues if rep.cues is not None else rep_set.cues
            if own:
                cue_groups.setdefault(rep_path if rep.cues is not None else path, (own, []))[1].append((rep_path, rep))
        for level, (cues, reps_with_cues) in cue_groups.items():
            has_first_rep = reps_before == 0 and any(rep is reps[0][1] for _, rep in reps_with_cues)
            lengths_valid = all(_is_rep_valid(document, path, rep_path, rep) for rep_path, rep in reps_with_cues)
            paces_valid = all(
                _is_rep_valid(document, path, rep_path, rep, "pace", "target", "last")
                for rep_path, rep in reps_with_cues
            )
            free = (
                paces_valid
                and ("pace",) not in document.removed_paths
                and all(_has_no_target(rep, rep_set, workout) for _, rep in reps_with_cues)
            )
            for index, cue in enumerate(cues):
                node = document.nodes_on_path((*level, "cues", index, "at"))[-1]
                if cue.at.kind == "countdown" and not has_first_rep:
                    problem = "only the session's first countdown has cues: this one is never spoken"
                    document.add_fault(node, problem, "at: recovery", warning=True)
                elif (
                    lengths_valid and _check_cue_fits(document, node, cue, [rep for _, rep in reps_with_cues]) and free
                ):
                    _warn_cue_without_time(document, node, cue)
        reps_before += len(reps) * rep_set.repeat


def _has_no_target(rep: Rep, rep_set: Set, workout: Workout) -> bool:
    """Whether the rep has a free pace, so that no athlete has a target."""
    for level in (rep, rep_set):
        if level.target is not None:
            return False
        if level.pace is not None:
            return level.pace.kind == "free"
    return workout.pace is not None and workout.pace.kind == "free"


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
