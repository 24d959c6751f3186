"""A session, and a keyboard on its live screen, for simulated operators: no Textual app, no disk and no sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.actions import parse

from harness.still_session import StillLive
from kicktimer.live_session import LiveSession
from kicktimer.session.commands import Redo, Unassign, Undo
from kicktimer.tui.app import KicktimerApp
from kicktimer.tui.screens.live_screen import LiveScreen

if TYPE_CHECKING:
    from textual import events

    from kicktimer.session import AnyCommand, Refusal
    from kicktimer.tui.controls import Controls
    from kicktimer.tui.screens.base_screen import TimingScreen


class OperatorSession(StillLive):
    """A `StillLive` that takes bounces for what they are exactly as `LiveSession` does."""

    _before_sleep = (float("-inf"), 0.0)  # this machine never sleeps

    def execute(self, command: AnyCommand) -> Refusal | None:
        refusal = super().execute(command)
        if refusal is None and isinstance(command, Undo | Redo | Unassign):
            self._last_presses.clear()
        return refusal

    def tap(self, stamp: float, *, athlete: str | None = None, group: str | None = None) -> Refusal | None:
        return LiveSession.tap(cast("LiveSession", self), stamp, athlete=athlete, group=group)

    def ignore_repeats(self, stamp: float, athlete: str) -> None:
        LiveSession.ignore_repeats(cast("LiveSession", self), stamp, athlete)


class Keyboard:
    """The live screen without an app. `press` acts on a key as the app does, with the key's own stamp."""

    def __init__(self, controls: Controls) -> None:
        keyboard = self

        class Screen(LiveScreen):
            """Has no app: the stamp comes from the keyboard, and no other screen opens."""

            stamp = property(lambda _: keyboard.stamp)
            active_bindings = property(lambda _: {})

            def _open(self, screen: TimingScreen) -> None:
                pass

        self.stamp = 0.0
        self.screen = Screen(controls)

    def press(self, event: events.Key) -> None:
        KicktimerApp.on_key(cast("KicktimerApp", self), event)
        if event._no_default_action:
            return
        for binding in self.screen._bindings.key_to_bindings.get(event.key, ()):
            _, name, parameters = parse(binding.action)
            getattr(self.screen, f"action_{name}")(*parameters)
