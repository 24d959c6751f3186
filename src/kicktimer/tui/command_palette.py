"""The command palette: every action of the screen under it that can be started now, with its key.

No screen of a session has the palette: its field would take the athletes' keys, and the help lists the keys there.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from textual.command import CommandPalette, DiscoveryHit, Hit, Provider

from kicktimer.tui.footer_and_help import KeyNames
from kicktimer.tui.keys import ACTION_BY_ID, PALETTE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterator

    from textual.screen import Screen

    from kicktimer.tui.keymap import Keymap
    from kicktimer.tui.keys import Screen as ScreenName


def command_palette(keymap: Keymap) -> CommandPalette:
    """Returns the palette of the present screen."""

    class ScreenActions(_ScreenActions):
        key_names = KeyNames(keymap.names())

    return CommandPalette([ScreenActions], placeholder="what to do?")


def commands_of(screen: Screen[Any], names: KeyNames) -> Iterator[tuple[str, str, str]]:
    """Yields what the palette calls each action that can be started now, its Textual action, and its key."""
    conditions: Collection[str] = getattr(screen, "conditions", ())
    table_name: ScreenName = getattr(screen, "table_name", "live")
    for action_id, command in PALETTE.get(table_name, {}).items():
        use = ACTION_BY_ID[action_id].uses[table_name]
        if any(condition == "always" or condition in conditions for condition in use.when):
            yield command, use.handler, names.long(action_id)


class _ScreenActions(Provider):
    key_names: KeyNames

    async def discover(self) -> AsyncIterator[DiscoveryHit]:
        for command, handler, key in commands_of(self.screen, self.key_names):
            yield DiscoveryHit(command, partial(self._run, handler), help=key)

    async def search(self, query: str) -> AsyncIterator[Hit]:
        matcher = self.matcher(query)
        for command, handler, key in commands_of(self.screen, self.key_names):
            score = matcher.match(command)
            if score > 0:
                yield Hit(score, matcher.highlight(command), partial(self._run, handler), help=key)

    async def _run(self, handler: str) -> None:
        await self.app.run_action(handler, default_namespace=self.screen)
