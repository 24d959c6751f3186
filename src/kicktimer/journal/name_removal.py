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
    return {key: value if key in _WORDS_OF_THE_FORMAT else _without(value, new) for key, value in record.items()}


def _without(value: Any, new: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return replace_words(value, new)
    if isinstance(value, list):
        return [_without(each, new) for each in value]
    if not isinstance(value, dict):
        return value
    if str(value.get("name", "")).casefold() in {name.casefold() for name in new}:
        value = {key: each for key, each in value.items() if key not in _PERSONAL}
    changed = without_names(value, new)
    folded = {name.casefold(): to for name, to in new.items()}
    return {folded.get(key.casefold(), key): each for key, each in changed.items()}


def has_name(value: Any, names: Iterable[str]) -> bool:
    """Whether a name stands anywhere in a header or a fact, also as a word in a text or as a key."""
    marks = dict.fromkeys(names, "")
    if isinstance(value, str):
        return replace_words(value, marks) != value
    if isinstance(value, list):
        return any(has_name(each, marks) for each in value)
    if isinstance(value, dict):
        folded = {name.casefold() for name in marks}
        return any(
            key.casefold() in folded or (key not in _WORDS_OF_THE_FORMAT and has_name(each, marks))
            for key, each in value.items()
        )
    return False
