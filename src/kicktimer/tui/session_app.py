"""What the screens know of the app: the `SessionApp` protocol, and the types that pass between the app and its caller.

`kicktimer.tui.app` imports the screens, so the screens import this module instead of that one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from kicktimer.interrupted_session import InterruptedSession
    from kicktimer.journal import SaveTrouble
    from kicktimer.live_session import LiveSession
    from kicktimer.plan import Plan
    from kicktimer.session import State
    from kicktimer.session.events import ClockBasis
    from kicktimer.settings_store import SettingsStore
    from kicktimer.squad import Squad
    from kicktimer.workout import Workout


class SessionOpener(Protocol):
    """Makes a live session. The session calls `on_change` after each change, and `on_bell` to ring the terminal's bell.

    Both are called in the event loop's thread. Raises `KicktimerError` where the session cannot be opened.
    """

    def __call__(self, *, on_change: Callable[[], None], on_bell: Callable[[], None]) -> LiveSession: ...


class SessionResumer(Protocol):
    """Returns the opener that carries an interrupted session on.

    `opened_at` is what its boot-time clock showed at 0 of the session's clock, and `basis` how that is known.
    """

    def __call__(self, session: InterruptedSession, opened_at: float, basis: ClockBasis) -> SessionOpener: ...


@dataclass(frozen=True, slots=True)
class ClosedSession:
    """A session that was closed, in its last state.

    `log_path` is None where the session was never started. `saved` says whether the log holds every fact. `trouble`
    is the last problem with saving, None if there was none. `unsaved_facts` are the facts that are in no file.
    """

    plan: Plan
    state: State
    log_path: Path | None
    saved: bool
    trouble: SaveTrouble | None
    unsaved_facts: range = range(0)


class Pins(Protocol):
    """Buttons and a horn, such as `kicktimer.gpio.Gpio`, as far as the app knows them."""

    def connect(self, on_press: Callable[[str, float], None], on_problem: Callable[[str], None]) -> None:
        """Passes each press to `on_press`: an athlete's key, "" for `space`, and its stamp on `time.monotonic()`.

        `on_problem` takes a sentence about a horn that has failed. Both are called on any thread.
        """

    def begin_session(self) -> Callable[[Mapping[str, float]], None] | None:
        """Returns what schedules the horn of a new session, None without a horn (see `SessionAudio.connect_horn`)."""


class SessionApp(Protocol):
    """What a screen may ask of the app."""

    @property
    def stamp(self) -> float:
        """When the key that is being handled was pressed, in seconds of `time.monotonic()`."""

    @property
    def clock(self) -> Callable[[], float]:
        """The clock that key stamps are on."""

    @property
    def unsaved(self) -> bool:
        """Whether the coach has tried to leave a session that is still not saved."""

    def paint(self) -> None:
        """Paints the current screen now."""

    def leave(self, *, sure: bool = False) -> None:
        """Closes the session, then shows the pick screen again or ends the app.

        A session that cannot be saved stays open, unless `sure` is set and `unsaved` was true already.
        """

    def opener(self, plan: Plan, workout: Workout, squad: Squad) -> SessionOpener:
        """Returns the opener of a session that was picked."""

    def interrupted_lately(self) -> InterruptedSession | None:
        """Returns a session that was interrupted a short time ago, for the pick screen to offer."""

    def carry_on(self, session: InterruptedSession) -> None:
        """Carries an interrupted session on, after asking how long it stood still if that cannot be known.

        Raises `KicktimerError` where the session cannot be opened.
        """

    def resume(self, session: InterruptedSession, opened_at: float, basis: ClockBasis) -> None:
        """Carries the session on. Raises `KicktimerError` where it cannot be opened."""

    def review(self) -> None:
        """Shows the saved sessions. Raises `KicktimerError` if they cannot be read."""

    @property
    def settings_store(self) -> SettingsStore | None:
        """The settings and their file; None where the app was opened without them."""

    def show_settings(self) -> None:
        """Shows the settings screen."""

    def apply_settings(self) -> None:
        """Uses the theme and the keys of the settings from now on."""

    def leave_resume(self) -> None:
        """Leaves the screen that asks how long a session stood still, without carrying it on."""

    def open(self, opener: SessionOpener) -> None:
        """Opens a session and shows the live screen. Does nothing while a session is open.

        Raises `KicktimerError` where the session cannot be opened.
        """
