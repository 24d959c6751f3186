"""Takes an athlete's name out of a log. What was run, and when, stays. Pure.

The name is replaced wherever it stands: as an athlete, as a group (under `recovery_from: own` each athlete is one), as
a word in notes, in the workout's and the squad's name. The athlete's races, figures and key go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kicktimer.text import replace_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

NAME_REMOVED = "(removed)"
_WORDS_OF_THE_FORMAT: Mapping[str, frozenset[str]] = {
    "event": frozenset(
        {
            "countdown_started", "rep_started", "tapped", "bounced", "assigned", "unassigned", "inserted", "deleted",
            "corrected", "undone", "redone", "rep_closed", "recovery_started", "recovery_changed", "held", "released",
            "recalled", "go_moved", "skipped", "rep_added", "athlete_dropped", "athlete_returned", "athlete_joined",
            "athlete_moved", "rated", "noted", "resumed", "session_ended",
        }
    ),
    "by": frozenset({"key", "order", "corrected", "coach", "target", "duration", "gap"}),
    "mark": frozenset({"finish"}),
    "state": frozenset({"finished", "abandoned"}),
    "basis": frozenset({"boottime", "wall", "asked"}),
}  # fmt: skip
"""Values of fields that are words of the format, whatever an athlete is called."""
_FIELDS_OF_THE_FORMAT = frozenset({"kind", "id", "app", "started", "wall", "at", "status", "phase"})
_PACE = frozenset({"kind", "text", "race_mm"})
"""An object with these fields is a pace, whose text is a word of the format, too."""
_BY_NAME = frozenset({"targets", "early_marks", "then", "choices", "groups"})
"""Fields that hold an object whose keys are names of athletes or groups."""
_PERSONAL = frozenset(
    {"races", "key", "say", "kick", "fresh_200_ms", "fresh_200_start", "fresh_200_on", "goal_last_200_ms"}
)
"""What a squad and a plan say of an athlete beside the name and the group."""


def removed_name(taken: Iterable[str]) -> str:
    """Returns what stands for a removed name, where others may have been removed from the log before."""
    names = set(taken)
    count = 1
    while (found := NAME_REMOVED if count == 1 else f"{NAME_REMOVED[:-1]} {count})") in names:
        count += 1
    return found


def names_in(records: Iterable[Any]) -> set[str]:
    """Returns the names of the athletes in the header and the facts of a log."""
    found: set[str] = set()

    def look(value: Any, key: str = "") -> None:
        if isinstance(value, str) and key in ("athlete", "athletes"):
            found.add(value)
        elif isinstance(value, list):
            for each in value:
                look(each, key)
        elif isinstance(value, dict):
            if key in ("athlete", "athletes"):
                found.add(str(value.get("name", "")))
            for name, each in value.items():
                look(each, name)

    for record in records:
        look(dict(record))
    return found


def without_names(record: Mapping[str, Any], new: Mapping[str, str], others: Collection[str] = ()) -> dict[str, Any]:
    """Returns the header or a fact of a log with every key of `new` replaced by its value.

    `others` are names that stay although a removed one stands in them: `Ann B`, where `Ann` is removed.
    """
    folded = {name.casefold() for name in new}
    kept = frozenset(name for name in others if name.casefold() not in folded)
    return {key: _without(key, value, new, kept) for key, value in record.items()}


def _is_format(key: str, value: Any) -> bool:
    return key in _FIELDS_OF_THE_FORMAT or (isinstance(value, str) and value in _WORDS_OF_THE_FORMAT.get(key, ()))


def _without(key: str, value: Any, new: Mapping[str, str], kept: frozenset[str]) -> Any:
    """Returns the value of the field `key` without the names."""
    if _is_format(key, value):
        return value
    if isinstance(value, str):
        return value if value in kept else replace_words(value, new)
    if isinstance(value, list):
        return [_without(key if key == "athletes" else "", each, new, kept) for each in value]
    if not isinstance(value, dict) or value.keys() >= _PACE:
        return value
    folded = {name.casefold(): to for name, to in new.items()}
    if str(value.get("name", "")).casefold() in folded:
        value = {name: each for name, each in value.items() if name not in _PERSONAL}
    changed = {name: _without(name, each, new, kept) for name, each in value.items()}
    if key not in _BY_NAME:
        return changed
    return {name if name in kept else replace_words(name, new): each for name, each in changed.items()}


def has_name(value: Any, names: Iterable[str], key: str = "", others: Collection[str] = ()) -> bool:
    """Whether a name stands in a header, a fact or the value of its field `key`, not only inside one of `others`."""
    marks = dict.fromkeys(names, "")
    if _is_format(key, value):
        return False
    if isinstance(value, str):
        is_other = value in others and value.casefold() not in {name.casefold() for name in marks}
        return not is_other and replace_words(value, marks) != value
    if isinstance(value, list):
        return any(has_name(each, marks, key if key == "athletes" else "", others) for each in value)
    if not isinstance(value, dict) or value.keys() >= _PACE:
        return False
    if key in _BY_NAME and any(has_name(each, marks, others=others) for each in value):
        return True
    return any(has_name(each, marks, name, others) for name, each in value.items())
