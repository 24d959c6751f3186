"""`TimingScreen`: a screen on which keys take arrivals. The dialogs are such screens too, so no time is lost in them.

`KicktimerApp.on_key` handles every key of a session, in the order of the presses: athletes' keys itself, and the other
keys through the bindings that Textual runs right after it. So each key acts with its own stamp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.screen import Screen

from kicktimer.tui.screens.textual_bindings import bindings_for

if TYPE_CHECKING:
    from kicktimer.tui.controls import Controls
    from kicktimer.tui.keys import Screen as ScreenName
    from kicktimer.tui.session_app import SessionApp


class TimingScreen(Screen[None], inherit_bindings=False):
    """Takes arrivals by the space bar and by athletes' keys, and undoes them.

    `is_typing` says that letters are text here, and a held key repeats as it does in any text field. `table_name`
    is the name of the screen in the key table.
    """

    is_typing: ClassVar[bool] = False
    table_name: ClassVar[ScreenName]

    def __init__(self, controls: Controls) -> None:
        super().__init__()
        self.controls = controls
        self._bindings = bindings_for(self.table_name, controls.keymap)

    @property
    def session_app(self) -> SessionApp:
        """The app, as far as screens know it."""
        return cast("SessionApp", self.app)

    @property
    def stamp(self) -> float:
        """When the key that is being handled was pressed, in seconds of `time.monotonic()`."""
        return self.session_app.stamp

    def take_key(self, key: str, character: str) -> bool:  # noqa: ARG002 - screens with text fields override it
        """Handles a key before its binding and before the athletes' keys do. Returns whether it did, as for none here.

        `key` is Textual's name of the key, `character` the text that it types, "" for none.
        """
        return False

    def press_character(self, character: str) -> None:
        """Handles a letter or digit: an athlete's key."""
        self.controls.press_athlete_key(character, self.stamp)

    def press_button(self, key: str, stamp: float) -> None:
        """Handles a button on a pin: always an arrival or a start, also where the keyboard types text.

        `key` is an athlete's key, "" for the button that acts like `space`.
        """
        self.controls.begin_key(stamp)
        if key:
            self.controls.press_athlete_key(key, stamp)
        else:
            self.controls.press_space(stamp)

    def action_space(self) -> None:
        self.controls.press_space(self.stamp)

    def action_undo(self) -> None:
        self.controls.undo(self.stamp)

    def action_redo(self) -> None:
        self.controls.redo(self.stamp)

    def repaint(self) -> None:
        """Paints the present state. The app calls it ten times a second."""
