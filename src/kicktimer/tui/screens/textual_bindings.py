"""The Textual bindings of a screen, from the table of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding, BindingsMap

from kicktimer.tui.keys import actions_of

if TYPE_CHECKING:
    from kicktimer.tui.keymap import Keymap
    from kicktimer.tui.keys import Screen


def bindings_for(screen: Screen, keymap: Keymap) -> BindingsMap:
    """Returns the bindings of the screen. Each has the id of its action; an action with no keys is not bound."""
    keys = keymap.keys_on(screen)
    return BindingsMap(
        Binding(",".join(keys[action.id]), use.handler, id=action.id)
        for action, use in actions_of(screen)
        if keys[action.id]
    )
