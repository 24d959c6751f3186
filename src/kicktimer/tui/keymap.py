"""`Keymap`: which keys start which action, from the table of keys, a preset, and the user's settings.

A key that the settings give to an action is taken from the other actions of the same screen, which keep their other
keys. The module imports nothing of Textual.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

from kicktimer.keyboard.key_names import written_key
from kicktimer.text import closest_match
from kicktimer.tui.keys import ACTION_BY_ID, ACTIONS, Screen, actions_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kicktimer.settings import KeySettings
    from kicktimer.tui.keys import KeyAction

PRESETS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    # A presenter remote is a keyboard with Page Up, Page Down, `.` (black screen), and one button that sends F5 and
    # Escape in turn, or shift+F5. The black-screen button must not close a rep, so `close` has no `.`.
    "remote": {
        "space": ("pagedown", "space"),
        "undo": ("backspace", "pageup"),
        "hold": ("comma", "f5", "shift+f5", "escape"),
        "close": ("greater_than_sign",),
    },
}  # fmt: skip
"""Ready-made keys, by the name that the settings give as `keys`."""


@dataclass(frozen=True, slots=True)
class Keymap:
    """The keys of all actions.

    `preset` and `chosen` are the keys that replace the default keys of some actions, by their ids; `chosen` are those
    that the user has chosen one by one.
    """

    preset: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def keys_on(self, screen: Screen) -> dict[str, tuple[str, ...]]:
        """Returns the keys of the screen's actions, by their ids. No key has two actions there."""
        fixed = {key for action, use in actions_of(screen) if use.types_text for key in action.keys}
        chosen = {key for action, use in actions_of(screen) if not use.types_text for key in self._chosen(action)}
        preset = {key for action, use in actions_of(screen) if not use.types_text for key in self._preset(action)}
        found = {}
        for action, use in actions_of(screen):
            if use.types_text:
                found[action.id] = action.keys
            elif action.id in self.chosen:
                found[action.id] = _without(self.chosen[action.id], fixed)
            elif action.id in self.preset:
                found[action.id] = _without(self.preset[action.id], fixed | chosen)
            else:
                found[action.id] = _without(action.keys, fixed | chosen | preset)
        return found

    def names(self) -> dict[str, tuple[str, ...]]:
        """Returns for each action the keys that start it on every screen where it exists, for texts to name."""
        found: dict[str, tuple[str, ...]] = {}
        for screen in get_args(Screen):
            for action_id, keys in self.keys_on(screen).items():
                if ACTION_BY_ID[action_id].uses[screen].types_text:
                    continue
                before = found.get(action_id, keys)
                found[action_id] = tuple(key for key in before if key in keys)
        return {action.id: found.get(action.id, ()) for action in ACTIONS}

    def action_of(self, key: str, screen: Screen) -> str | None:
        """Returns the id of the action that the key starts on the screen."""
        return next((action_id for action_id, keys in self.keys_on(screen).items() if key in keys), None)

    def repeating_keys(self) -> frozenset[str]:
        """Returns the keys that act again and again while they are held down."""
        keys = (self.keys_on(screen) for screen in get_args(Screen))
        return frozenset(
            key for each in keys for action_id, own in each.items() if ACTION_BY_ID[action_id].repeats for key in own
        )

    def _chosen(self, action: KeyAction) -> tuple[str, ...]:
        return self.chosen.get(action.id, ())

    def _preset(self, action: KeyAction) -> tuple[str, ...]:
        return () if action.id in self.chosen else self.preset.get(action.id, ())


DEFAULT_KEYMAP = Keymap()


def build_keymap(settings: KeySettings) -> Keymap:
    """Returns the keymap of the settings, which must have no faults (see `key_faults`)."""
    return Keymap(PRESETS[settings.preset] if settings.preset else {}, settings.keys)


def key_faults(settings: KeySettings) -> dict[str, str]:
    """Returns what is wrong with the keys of the settings, by the id of the action, or `preset`."""
    faults = {}
    if settings.preset and settings.preset not in PRESETS:
        faults["preset"] = f"there is no set of keys `{settings.preset}`; write {_listed(PRESETS)}"
    for action_id in settings.keys:
        if action_id not in ACTION_BY_ID:
            near = closest_match(action_id, tuple(ACTION_BY_ID))
            faults[action_id] = f"no key does `{action_id}`" + (
                f"; `{near}`?" if near else "; the names are in the table of keys in the README"
            )
    known = [action_id for action_id in settings.keys if action_id in ACTION_BY_ID]
    for place, action_id in enumerate(known):
        for key in settings.keys[action_id]:
            if _types_text_beside(action_id, key):
                faults[action_id] = f"`{written_key(key)}` types the name of a late-comer: choose another key"
            for other in known[:place]:
                if key in settings.keys[other] and _share_screen(ACTION_BY_ID[action_id], ACTION_BY_ID[other]):
                    faults[action_id] = f"`{written_key(key)}` is the key of `{other}` already: a key does one thing"
    return faults


def actions_without_key(keymap: Keymap) -> list[str]:
    """Returns the ids of the actions that no key starts on some screen."""
    without = {
        action_id for screen in get_args(Screen) for action_id, keys in keymap.keys_on(screen).items() if not keys
    }
    return [action.id for action in ACTIONS if action.id in without]


def _without(keys: Iterable[str], taken: set[str]) -> tuple[str, ...]:
    return tuple(key for key in keys if key not in taken)


def _share_screen(one: KeyAction, other: KeyAction) -> bool:
    return any(
        screen in other.uses and not (one.uses[screen].types_text or other.uses[screen].types_text)
        for screen in one.uses
    )


def _types_text_beside(action_id: str, key: str) -> bool:
    """Returns whether the key types text on a screen on which the action exists and does something else."""
    return any(
        typing.types_text and key in other.keys
        for screen, use in ACTION_BY_ID[action_id].uses.items()
        if not use.types_text
        for other, typing in actions_of(screen)
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
