"""Takes an athlete's name out of a log. What was run, and when, stays. Pure.

The name is replaced wherever it stands: as an athlete, as a group (under `recovery_from: own` each athlete is one), as
a word in notes, in the workout's and the squad's name. The athlete's races, figures and key go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kicktimer.text import replace_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAME_REMOVED = "(removed)"
_WORDS_OF_THE_FORMAT = frozenset(
    {"event", "by", "mark", "kind", "basis", "state", "id", "app", "started", "wall", "at", "status", "phase"}
)
"""Fields whose values are words of the format, whatever an athlete is called."""
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


def without_names(record: Mapping[str, Any], new: Mapping[str, str]) -> dict[str, Any]:
    """Returns the header or a fact of a log with every key of `new` replaced by its value."""
    return {key: _without(key, value, new) for key, value in record.items()}


def _without(key: str, value: Any, new: Mapping[str, str]) -> Any:
    """Returns the value of the field `key` without the names."""
    if key in _WORDS_OF_THE_FORMAT:
        return value
    if isinstance(value, str):
        return replace_words(value, new)
    if isinstance(value, list):
        return [_without("", each, new) for each in value]
    if not isinstance(value, dict):
        return value
    folded = {name.casefold(): to for name, to in new.items()}
    if str(value.get("name", "")).casefold() in folded:
        value = {name: each for name, each in value.items() if name not in _PERSONAL}
    changed = without_names(value, new)
    return {folded.get(name.casefold(), name): each for name, each in changed.items()} if key in _BY_NAME else changed


def has_name(value: Any, names: Iterable[str], key: str = "") -> bool:
    """Whether a name stands anywhere in a header, a fact or the value of its field `key`."""
    marks = dict.fromkeys(names, "")
    if key in _WORDS_OF_THE_FORMAT:
        return False
    if isinstance(value, str):
        return replace_words(value, marks) != value
    if isinstance(value, list):
        return any(has_name(each, marks) for each in value)
    if not isinstance(value, dict):
        return False
    folded = {name.casefold() for name in marks}
    if key in _BY_NAME and any(each.casefold() in folded for each in value):
        return True
    return any(has_name(each, marks, name) for name, each in value.items())
