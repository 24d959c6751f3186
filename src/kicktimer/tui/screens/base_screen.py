"""`TimingScreen`: a screen on which arrivals are taken. Dialogs are such screens too: an open one costs no time.

All keys of a session act in the same place, the app's handler of keys that nobody else wanted (`KicktimerApp.on_key`):
the athletes' keys there, bindings right after. So what was pressed first acts first, and each acts with its own stamp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.screen import Screen

if TYPE_CHECKING:
    from kicktimer.tui.controls import Controls
    from kicktimer.tui.session_app import SessionApp


class TimingScreen(Screen[None], inherit_bindings=False):
    """Takes arrivals by space and by athletes' keys, and takes back."""

    def __init__(self, controls: Controls) -> None:
        super().__init__()
        self.controls = controls

    @property
    def session_app(self) -> SessionApp:
        """The app, as far as screens know it."""
        return cast("SessionApp", self.app)

    @property
    def stamp(self) -> float:
        """When the key that acts now was pressed, on `time.monotonic()`."""
        return self.session_app.stamp

    def letter(self, character: str) -> None:
        """A letter or digit: an athlete's key."""
        self.controls.letter(character, self.stamp)

    def action_space(self) -> None:
        self.controls.space(self.stamp)

    def action_undo(self) -> None:
        self.controls.undo(self.stamp)

    def repaint(self) -> None:
        """Shows what is the case now. Called ten times a second at most."""
