"""A workout's file read and checked: `parse_workout`.

What pydantic cannot see (two keys that exclude each other, marks beyond the reps, a closing count larger than the
session) is checked here. Keys are checked on the tree, before anything with a fault is cut off; values on what is
left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.document import Document, Node
from kicktimer.units import clip, format_distance, format_duration, parse_length
from kicktimer.validation import Words, validate
from kicktimer.workout.model import OF_A_REP, Cue, Rep, Workout
from kicktimer.workout.resolve import Path, count, once, too_large, written

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
        "about": _TOP, "by": _TOP, "kind": _TOP, "countdown": _TOP, "closing": _TOP, "sets": _TOP,
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
    if not _whole(document, workout):
        return
    total = count(workout)
    if workout.closing is not None and workout.closing > total:
        problem = f"{workout.closing} closing reps, but the workout has {total}"
        document.fault(document.root.get("closing"), problem, f"closing: {min(2, total)}")
    _marks(document, workout)
    _cues(document, workout)


def _whole(document: Document, workout: Workout) -> bool:
    """Whether every rep is known: where one had a fault, what holds for all of them cannot be judged."""
    lost = any(
        path[0] == "sets" and (isinstance(path[-1], int) or path[-1] in ("distance", "duration", "reps", "repeat"))
        for path in document.cut
    )
    return not lost and all(
        rep.distance or rep.duration for path, part in written(workout) for _, rep in once(path, part)
    )


def _marks(document: Document, workout: Workout) -> None:
    """A list of marks that lies beyond every rep it applies to."""
    longest: dict[Path, int] = {}
    for path, part in written(workout):
        for where, rep in once(path, part):
            levels = (((), workout), (path, part), *(() if rep is part else ((where, rep),)))
            for name in ("splits", "timed"):
                for at, level in reversed(levels):
                    value = getattr(level, name)
                    if value is not None:
                        if isinstance(value, tuple):
                            distance = rep.distance.on(400_000) if rep.distance else 0
                            longest[*at, name] = max(longest.get((*at, name), 0), distance)
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
        levels: dict[Path, tuple[tuple[Cue, ...], list[Rep]]] = {}
        for where, rep in reps:
            own = rep.cues if rep.cues is not None else part.cues
            if own:
                levels.setdefault(where if rep.cues is not None else path, (own, []))[1].append(rep)
        for where, (cues, group) in levels.items():
            for index, cue in enumerate(cues):
                node = document.path((*where, "cues", index, "at"))[-1]
                first = number == 0 and any(rep is reps[0][1] for rep in group)
                _cue(document, node, cue, group, first=first)
        number += len(reps) * part.repeat


def _cue(document: Document, node: Node, cue: Cue, reps: list[Rep], *, first: bool) -> None:
    at = cue.at
    longest = max((rep.distance.on(400_000) if rep.distance else 0 for rep in reps), default=0)
    if at.kind == "countdown" and not first:
        document.fault(
            node, "the countdown is the session's first one: this is never said", "at: recovery", warning=True
        )
    elif at.kind in ("mark", "to_go"):
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
