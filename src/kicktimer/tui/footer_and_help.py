"""Keys as people read them: their names, the items of the footers, and the rows of the help dialog.

All of it is built from the table in `kicktimer.tui.keys`. The module imports nothing of Textual.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kicktimer.keyboard.key_names import written_key
from kicktimer.tui.keys import ACTION_BY_ID, ACTIONS, ATHLETE_KEYS_HELP, FOOTERS, row_ids

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from kicktimer.tui.keys import Condition, Screen

_SHORT_NAMES = {
    "space": "SPACE", "enter": "ENTER", "backspace": "BKSP", "escape": "ESC", "delete": "DEL", "insert": "INS",
    "tab": "TAB", "pageup": "PGUP", "pagedown": "PGDN", "up": "↑", "down": "↓", "left": "←", "right": "→",
}  # fmt: skip
_SHORT_MODIFIERS = {"ctrl": "^", "shift": "⇧"}
_LONG_NAMES = {"backspace": "backspace", "escape": "escape"}


def short_name(key: str) -> str:
    """Returns the key as the footers show it: `BKSP`, `^Q`, `⇧F6`, `[`."""
    *modifiers, name = key.split("+")
    short = _SHORT_NAMES.get(name) or (written_key(name) or name).upper()
    return "".join(_SHORT_MODIFIERS[modifier] for modifier in modifiers) + short


def long_name(key: str) -> str:
    """Returns the key as sentences write it: `backspace`, `ctrl+q`, `f6`, `[`."""
    *modifiers, name = key.split("+")
    return "+".join([*modifiers, _LONG_NAMES.get(name, short_name(name).lower())])


class KeyNames:
    """The keys of all actions as people read them. `keys` replaces the default keys of some actions, by their ids."""

    def __init__(self, keys: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._keys = {action.id: action.keys for action in ACTIONS} | dict(keys or {})

    def short(self, action_id: str) -> str:
        """Returns the action's first key in its short form, "" where the action has no key."""
        return next((short_name(key) for key in self._keys[action_id]), "")

    def long(self, action_id: str) -> str:
        """Returns the action's first key in its long form, "" where the action has no key."""
        return next((long_name(key) for key in self._keys[action_id]), "")

    def row(self, action_id: str, separator: str = " ") -> str:
        """Returns the short keys of the action and of those shown with it: `-=`, `↑ ↓`; of three or more, `F1–F5`."""
        names = [name for name in map(self.short, row_ids(action_id)) if name]
        return " ".join(_with_ranges(names)) if len(names) > 2 else separator.join(names)

    def fill(self, text: str, *, short: bool = False) -> str:
        """Returns the text with each `{id}` replaced by the key of that action."""
        name = self.short if short else self.long
        return text.format_map({action_id: name(action_id) for action_id in self._keys})


def _with_ranges(names: list[str]) -> list[str]:
    """Returns the names with each run of function keys that follow one another as a range: `F1–F4`, `%`."""
    runs: list[list[str]] = []
    next_name = ""
    for name in names:
        if name == next_name:
            runs[-1].append(name)
        else:
            runs.append([name])
        function_key = re.fullmatch(r"F(\d+)", name)
        next_name = f"F{int(function_key[1]) + 1}" if function_key else ""
    return [run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]


@dataclass(frozen=True, slots=True)
class FooterItem:
    """An action in a footer. `hides` says whether to omit it while it is unavailable, rather than to show it grey."""

    keys: str
    label: str
    available: bool
    hides: bool


def footer(
    screen: Screen,
    conditions: Collection[Condition],
    names: KeyNames,
    separator: str,
    *,
    labels: Mapping[str, str] | None = None,
    shown: Sequence[str] | None = None,
) -> list[FooterItem]:
    """Returns the items of the screen's footer. `conditions` are those that hold now, apart from `always`.

    `separator` stands between the keys of actions that are shown together. `labels` replaces the labels of some
    actions, by their ids. `shown` are the ids of the actions to show, instead of all that the footer has.
    """
    items = []
    for action_id in FOOTERS[screen] if shown is None else shown:
        use = ACTION_BY_ID[action_id].uses[screen]
        label = next((label for condition, label in use.labels if condition in conditions), use.label)
        label = (labels or {}).get(action_id) or label
        available = any(condition == "always" or condition in conditions for condition in use.when)
        keys = names.row(action_id, separator)
        if keys:
            items.append(FooterItem(keys, label, available, use.hides))
    return items


def help_sections(names: KeyNames) -> dict[str, list[tuple[str, str]]]:
    """Returns the rows of the help dialog, keys and sentence, by the heading of their section."""
    sections: dict[str, list[tuple[str, str]]] = {}
    for action in ACTIONS:
        if action.section is None:
            continue
        rows = sections.setdefault(action.section, [])
        sentence = names.fill(action.help, short=True)
        rows.append((names.row(action.id), f"+ key: {sentence}" if action.then_athlete else sentence))
        if action.id == "space":
            rows.append(("", ATHLETE_KEYS_HELP))
    return sections
