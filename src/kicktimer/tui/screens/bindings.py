"""The Textual bindings of a screen, from the table of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from kicktimer.tui.keys import actions_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.binding import BindingType

    from kicktimer.tui.keys import Screen


def bindings_for(screen: Screen, keys: Mapping[str, tuple[str, ...]] | None = None) -> list[BindingType]:
    """Returns the bindings of the screen. `keys` replaces the default keys of some actions, by their ids.

    A binding has the id of its action, which Textual's keymaps use as well. An action with no keys is not bound.
    """
    replaced = keys or {}
    bound = (
        (",".join(replaced.get(action.id, action.keys)), use.handler, action.id)
        for action, use in actions_of(screen)
        if use.handler
    )
    return [Binding(keys, handler, id=action_id) for keys, handler, action_id in bound if keys]
