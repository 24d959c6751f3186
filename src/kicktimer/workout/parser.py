"""A workout's file read and checked: `parse_workout`.

What pydantic cannot see (two keys that exclude each other, marks beyond the reps, a closing count larger than the
session) is checked here. Keys are checked on the tree, before anything with a fault is cut off; values on what is
left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.units import MAX_MM, clip, format_distance, format_duration, parse_length
from kicktimer.validation import Words, validate
from kicktimer.workout.model import OF_A_REP, CueEntry, Rep, Set, Workout
from kicktimer.workout.resolve import Path, count, once, too_large, written
from kicktimer.yaml_document import Document, Node

if TYPE_CHECKING:
    from kicktimer.errors import Fault

_TOP = "it belongs at the top of the file"
_SET = "it belongs to a set"
_REP = "it belongs to a set or a rep"
_CUE = "it belongs to a cue: cues: [{at: recovery, say: …}]"
_HARMLESS = Node("scalar", 0, 0, text="start")
WORDS = Words(
    synonyms={
        "rest": "recovery", "recover": "recovery", "recoveries": "recovery", "jog": "recovery", "title": "name",
        "times": "repeat", "rounds": "repeat", "series": "sets", "set": "sets", "time": "duration",
        "interval": "send_off", "sendoff": "send_off", "description": "about", "notes": "about", "why": "about",
        "author": "by", "speed": "pace", "tempo": "pace", "type": "kind", "length": "distance",
        "when": "at", "text": "say",
        "rep": "reps",
    },
    levels={
        "about": _TOP, "by": _TOP, "kind": _TOP, "countdown": _TOP, "caller": _TOP, "closing": _TOP, "sets": _TOP,
        "repeat": _SET, "set_recovery": _SET, "reps": _SET, "name": "it belongs to the workout or a set",
        "distance": _REP, "duration": _REP, "target": _REP, "last": _REP, "quiet": _REP, "at": _CUE, "say": _CUE,
        "athletes": "it belongs to a squad's file", "track": "it belongs to a squad's file",
    },
    missing={
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
        "cues": Node("map", 0, 0, entries=dict.fromkeys(("at", "say"), (_HARMLESS, _HARMLESS))),
    },
)  # fmt: skip


def parse_workout(text: str | bytes, file: str) -> tuple[Workout, tuple[Fault, ...]]:
    """The workout of a file and what is doubtful about it; raises `FaultsError` with all that is wrong."""
    document = Document(text, file)
    if document.root.kind == "map":
        _keys(document)
    workout = validate(document, Workout, WORDS)
    if workout is not None:
        _values(document, workout)
    if workout is None or document.failed:
        raise document.failure()
    return workout, document.sorted()


# -- keys, on the tree


def _keys(document: Document) -> None:
    root = document.root
    _both(document, root)
    for cue in _items(root.get("cues")):
        at = cue.get("at")
        if at and at.kind == "scalar" and at.text.strip().lower() != "countdown":
            document.fault(
                at,
                f"the workout's own cues come at `countdown`, not at `{clip(at.text)}`",
                "put this cue into a set or a rep",
            )
    for item in _items(root.get("sets")):
        if item.kind == "map":
            _set_keys(document, item)


def _items(node: Node | None) -> list[Node]:
    return node.items if node is not None else []


def _set_keys(document: Document, node: Node) -> None:
    _both(document, node)
    _own(document, node)
    reps = node.get("reps")
    if reps is None:
        return
    if reps.kind == "scalar":
        _distance_or_duration(document, node, node.key("reps") or node, f"{clip(reps.text)} reps of what?")
        return
    for name in OF_A_REP:
        key = node.key(name)
        if key:
            document.fault(
                key, f"`{name}` belongs to each rep, because `reps` is a list", f"reps: [{{distance: 400m, {name}: …}}]"
            )
    for rep in reps.items:
        if rep.kind == "map":
            _both(document, rep)
            _own(document, rep)
            _distance_or_duration(document, rep, rep, "a rep of what?")


def _both(document: Document, node: Node) -> None:
    for one, other, hint in (
        ("recovery", "send_off", "recovery is from a finish to GO, send_off from GO to GO: delete one"),
        ("pace", "target", "a target is the time for the rep, a pace gives one for each athlete: delete one"),
    ):
        first, second = node.key(one), node.key(other)
        if first and second:
            document.fault(
                max(first, second, key=lambda key: (key.line, key.column)), f"both `{one}` and `{other}`", hint
            )


def _own(document: Document, node: Node) -> None:
    value = node.get("recovery_from")
    if value and value.kind == "scalar" and value.text.strip().lower() == "own":
        document.fault(value, "`own` holds for the whole workout", "write it at the top of the file")


def _distance_or_duration(document: Document, node: Node, spot: Node, problem: str) -> None:
    distance, duration = node.key("distance"), node.key("duration")
    if distance and duration:
        document.fault(duration, "both `distance` and `duration`", "a rep has one of them: delete one")
    elif not distance and not duration:
        document.fault(spot, f"{problem} `distance` or `duration` is missing", "distance: 400m")
    elif duration:
        for name in ("target", "last", "quiet"):
            key = node.key(name)
            if key:
                document.fault(
                    key, f"`{name}` needs a distance, and this rep is timed", "delete it, or write a distance"
                )


# -- values, on the workout


def _values(document: Document, workout: Workout) -> None:
    large = too_large(workout)
    if large:
        document.fault(document.root.key("sets"), *large)
        return
    for path, part in written(workout):
        for where, rep in dict(once(path, part)).items():
            _rep(document, where, rep)
    total = count(workout)
    if _counted(document) and workout.closing is not None and workout.closing > total:
        problem = f"{workout.closing} closing reps, but the workout has {total}"
        document.fault(document.root.get("closing"), problem, f"closing: {min(2, total)}")
    _marks(document, workout)
    _cues(document, workout)


def _counted(document: Document) -> bool:
    """Whether the number of reps is known: no set was cut off, nor its `reps` or `repeat`; a rep of a list may be."""
    cut = [path for path in document.cut if path[0] == "sets"]
    return not any(len(path) < 3 or (len(path) == 3 and path[2] in ("reps", "repeat")) for path in cut)


def _known(document: Document, path: Path, where: Path, rep: Rep, *names: str) -> bool:
    """Whether a rep's length, and what its levels say under these names, is what the file says.

    Where it had a fault something harmless stands in its place, of which nothing can be told.
    """
    cut = set(document.cut)
    spots = {path, where, *((*level, name) for level in (path, where) for name in names)}
    return not cut & spots and bool(rep.distance or rep.duration)


def _marks(document: Document, workout: Workout) -> None:
    """A list of marks that lies beyond every rep it applies to."""
    longest: dict[Path, int] = {}
    for path, part in written(workout):
        for where, rep in once(path, part):
            levels = (((), workout), (path, part), *(() if rep is part else ((where, rep),)))
            for name in ("splits", "timed"):
                known = _known(document, path, where, rep, name)
                for at, level in reversed(levels):
                    value = getattr(level, name)
                    if value is not None:
                        if isinstance(value, tuple):
                            distance = rep.distance.on(400_000) if rep.distance else 0
                            longest[*at, name] = max(longest.get((*at, name), 0), distance if known else MAX_MM)
                        break
    for path, distance in longest.items():
        node = document.path(path)[-1]
        for item in node.items if distance else ():
            mark = parse_length(item.text)
            if mark.on(400_000) > distance:
                document.fault(
                    item, f"the mark {mark} lies beyond every rep", f"the longest has {format_distance(distance)}"
                )
        if not distance:
            document.fault(node, "marks need a distance, and every rep here is timed", "delete it")


def _rep(document: Document, path: Path, rep: Rep) -> None:
    if rep.distance is None or document.path(path)[-1].kind != "map":
        return
    distance = rep.distance.on(400_000)
    if rep.last and rep.last.distance.on(400_000) >= distance:
        document.fault(
            document.path((*path, "last", "distance"))[-1],
            f"the last {rep.last.distance} of a rep of {rep.distance}",
            "shorter than the rep; or give the whole rep that pace",
        )
    if rep.quiet:
        begin, end = (length.on(400_000) for length in rep.quiet)
        node = document.path((*path, "quiet"))[-1]
        if begin >= end:
            document.fault(
                node,
                f"quiet from {rep.quiet[0]} to {rep.quiet[1]} is no stretch",
                "first where it begins, then where it ends",
            )
        elif end > distance:
            document.fault(
                node, f"quiet until {rep.quiet[1]} lies beyond the rep of {rep.distance}", f"at most {rep.distance}"
            )


def _cues(document: Document, workout: Workout) -> None:
    """Cues that fit none of the reps they apply to."""
    number = 0
    for path, part in written(workout):
        reps = once(path, part)
        levels: dict[Path, tuple[tuple[CueEntry, ...], list[tuple[Path, Rep]]]] = {}
        for where, rep in reps:
            own = rep.cues if rep.cues is not None else part.cues
            if own:
                levels.setdefault(where if rep.cues is not None else path, (own, []))[1].append((where, rep))
        for level, (cues, group) in levels.items():
            first = number == 0 and any(rep is reps[0][1] for _, rep in group)
            lengths = all(_known(document, path, where, rep) for where, rep in group)
            paces = all(_known(document, path, where, rep, "pace", "target", "last") for where, rep in group)
            free = paces and ("pace",) not in document.cut and all(_free(rep, part, workout) for _, rep in group)
            for index, cue in enumerate(cues):
                node = document.path((*level, "cues", index, "at"))[-1]
                if cue.at.kind == "countdown" and not first:
                    problem = "the countdown is the session's first one: this is never said"
                    document.fault(node, problem, "at: recovery", warning=True)
                elif lengths and _fits(document, node, cue, [rep for _, rep in group]) and free:
                    _untimed(document, node, cue)
        number += len(reps) * part.repeat


def _free(rep: Rep, part: Set, workout: Workout) -> bool:
    """Whether a rep has no target for anybody."""
    for level in (rep, part):
        if level.target is not None:
            return False
        if level.pace is not None:
            return level.pace.kind == "free"
    return workout.pace is not None and workout.pace.kind == "free"


def _untimed(document: Document, node: Node, cue: CueEntry) -> None:
    if cue.at.kind in ("mark", "to_go"):
        problem = f"at a free pace nothing tells when `{cue.at}` is reached: this is never said"
        document.fault(node, problem, "give the rep a pace or a target; or at: start", warning=True)


def _fits(document: Document, node: Node, cue: CueEntry, reps: list[Rep]) -> bool:
    """Whether the cue's moment is inside one of the reps; a fault where it is not."""
    at = cue.at
    longest = max((rep.distance.on(400_000) if rep.distance else 0 for rep in reps), default=0)
    before = len(document.faults)
    if at.kind in ("mark", "to_go"):
        if not longest:
            document.fault(node, f"`{at}` in a timed rep", "a timed rep has moments like 1:30")
        elif at.length.on(400_000) > longest:
            document.fault(node, f"`{at}` lies beyond the rep", f"the longest here has {format_distance(longest)}")
    elif at.kind == "elapsed":
        latest = max((rep.duration or 0 for rep in reps), default=0)
        if not latest:
            document.fault(node, f"`{at}` in a rep by distance", "a rep by distance has marks like 300m or 200m to go")
        elif at.ms > latest:
            document.fault(node, f"`{at}` lies beyond the rep", f"the longest here has {format_duration(latest)}")
    return len(document.faults) == before
