"""`TimingScreen`: a screen on which keys take arrivals. The dialogs are such screens too, so no time is lost in them.

`KicktimerApp.on_key` handles every key of a session, in the order of the presses: athletes' keys itself, and the other
keys through the bindings that Textual runs right after it. So each key acts with its own stamp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.screen import Screen

if TYPE_CHECKING:
    from kicktimer.tui.controls import Controls
    from kicktimer.tui.session_app import SessionApp


class TimingScreen(Screen[None], inherit_bindings=False):
    """Takes arrivals by the space bar and by athletes' keys, and undoes them.

    `is_typing` says that letters are text here, and a held key repeats as it does in any text field.
    """

    is_typing: ClassVar[bool] = False

    def __init__(self, controls: Controls) -> None:
        super().__init__()
        self.controls = controls

    @property
    def session_app(self) -> SessionApp:
        """The app, as far as screens know it."""
        return cast("SessionApp", self.app)

    @property
    def stamp(self) -> float:
        """When the key that is being handled was pressed, in seconds of `time.monotonic()`."""
        return self.session_app.stamp

    def press_character(self, character: str) -> None:
        """Handles a letter or digit: an athlete's key."""
        self.controls.press_athlete_key(character, self.stamp)

    def action_space(self) -> None:
        self.controls.press_space(self.stamp)

    def action_undo(self) -> None:
        self.controls.undo(self.stamp)

    def repaint(self) -> None:
        """Paints the present state. The app calls it ten times a second."""
