"""`KicktimerApp`: the app. Picks a session or is given one, and shows it from ready to summary.

`Opener` makes the live session once the app runs: a `kicktimer.live_session.Live` with the hooks that it is handed.
`KicktimerApp.play` runs the app and returns what became of the last session. Whatever ends it, a signal or a fault of
the program itself too, the session is closed and the terminal is as it was before anything else is said; a fault, or a
`KicktimerError` of the opener, comes out of it.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from typing import TYPE_CHECKING, ClassVar

from textual.theme import Theme

from kicktimer.errors import KicktimerError
from kicktimer.tui.controls import Controls
from kicktimer.tui.gc_policy import TIDY_S, GcPolicy
from kicktimer.tui.keys import REPEATING_KEYS
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.screens.base_screen import TimingScreen
from kicktimer.tui.screens.live_screen import LiveScreen
from kicktimer.tui.screens.pick_screen import PickScreen
from kicktimer.tui.session_app import ClosedSession
from kicktimer.tui.textual_workarounds import ContainedApp, nonblocking_driver

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.binding import BindingType

    from kicktimer.live_session import LiveSession
    from kicktimer.plan import Plan
    from kicktimer.squad import Squad
    from kicktimer.tui.session_app import SessionOpener
    from kicktimer.workout import Workout

REPEAT_S = 0.15
"""A key that comes again so soon is held down: keyboards repeat every 30 to 50 ms, fingers not under 150."""

TICK_S = 0.1
"""The screen is painted so often: digits that change more often cannot be read, and cost what taking times needs."""
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class StoppedError(KicktimerError):
    """A signal ended the app. The exit status is the one that shells give."""

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.status = 128 + number


# Sunlight washes a dark screen out: what is left to see is the light of the display, so dark on light is the default.
# At night, or indoors, ctrl+t. Colours are few, far apart in lightness, and never the only sign of anything.
_COMMON = {"block-cursor-text-style": "bold"}
THEMES = (
    Theme(
        "kicktimer-day", primary="#003c8f", secondary="#003c8f", accent="#ffb300", foreground="#000000",
        background="#ffffff", surface="#ffffff", panel="#e6e6e6", success="#006400", warning="#a33c00", error="#b00020",
        dark=False, variables={**_COMMON, "quick": "#003cb3", "quiet": "#4d4d4d", "faint": "#9a9a9a"},
    ),
    Theme(
        "kicktimer-night", primary="#5ea1ff", secondary="#5ea1ff", accent="#ffc933", foreground="#ffffff",
        background="#000000", surface="#000000", panel="#303030", success="#5fe35f", warning="#ff9d4d", error="#ff5c5c",
        dark=True, variables={**_COMMON, "quick": "#7db8ff", "quiet": "#b8b8b8", "faint": "#6a6a6a"},
    ),
)  # fmt: skip


class KicktimerApp(ContainedApp, inherit_bindings=False):
    """The app. `open_live` makes the opener of what was picked; with `start` the picking is left out.

    `squad`, of `squad_file`, is offered where one picks. `tick` is the interval of painting (None: only on request),
    `clock` is what key stamps are on.
    """

    CSS_PATH = "kicktimer.tcss"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = []
    TITLE = "kicktimer"

    def __init__(
        self,
        open_live: Callable[[Plan, Workout, Squad], SessionOpener],
        *,
        start: SessionOpener | None = None,
        squad: Squad | None = None,
        squad_file: str = "",
        tick: float | None = TICK_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(nonblocking_driver())
        self._open_live = open_live
        self._start = start
        self._squad = squad
        self._squad_file = squad_file
        self._tick = tick
        self._leaving = False
        self._told_unsaved = False
        self._unpainted: Exception | None = None
        self.clock = clock
        self.quiet = GcPolicy()
        self.stamp = 0.0
        self._key, self._key_at = "", 0.0
        self.live: LiveSession | None = None
        self.left: ClosedSession | None = None
        self.failure: KicktimerError | None = None
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name

    def play(self, on_left: Callable[[ClosedSession], None] = lambda _: None) -> ClosedSession | None:
        """Runs the app; what became of the last session that was left, None where none was.

        `on_left` is told the same on the way out, before a fault or `StoppedError` is raised.
        """
        try:
            self.run(mouse=False)
        finally:
            self.quiet.end()
            if self.live is not None:
                self.left = self._left(self.live, saved=self.live.close())
            if self.left is not None:
                on_left(self.left)
        faults = [*([] if self._unpainted is None else [self._unpainted]), *self.faults]
        if len(faults) == 1 and not isinstance(faults[0], OSError):  # an `OSError` alone is told as the machine's word
            raise faults[0]
        if faults:
            raise ExceptionGroup("faults in the app", faults)
        if self.failure is not None:
            raise self.failure
        return self.left

    def _left(self, live: LiveSession, *, saved: bool) -> ClosedSession:
        path = live.log_path if live.state.n else None
        return ClosedSession(live.plan, live.state, path, saved, live.trouble)

    def on_mount(self) -> None:
        if not self.is_headless and sys.platform != "win32":
            for name in SIGNALS:
                number = getattr(signal, name)
                if signal.getsignal(number) is not signal.SIG_IGN:  # `nohup` wants no end at a hangup
                    asyncio.get_running_loop().add_signal_handler(number, self.end_by, number)
        if self._tick is not None:
            self.set_interval(self._tick, self.paint)
            self.set_interval(TIDY_S, self.quiet.tidy)
        if self._start is None:
            self.push_screen(PickScreen(self._squad, self._squad_file))
            return
        try:
            self.open(self._start)
        except KicktimerError as error:
            self.failure = error
            self.exit()

    def end_by(self, number: int) -> None:
        """A signal ends the app. The session is not ended: its log says that it was interrupted.

        A second signal is not held back: whatever hangs, hangs no longer.
        """
        self.failure = StoppedError(number)
        for name in SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(getattr(signal, name))
        self.exit()

    def terminal_gone(self) -> None:
        self.end_by(signal.SIGHUP)

    def on_unmount(self) -> None:
        self.quiet.end()

    def opener(self, plan: Plan, workout: Workout, squad: Squad) -> SessionOpener:
        """The opener of a session that was picked."""
        return self._open_live(plan, workout, squad)

    def open(self, opener: SessionOpener) -> None:
        """Opens a session on the ready live screen. Raises `KicktimerError` where it cannot be opened.

        One is open at a time: a second Enter that was pressed before the first one showed opens no other.
        """
        if self.live is not None:
            return
        live = opener(on_change=self._changed, on_bell=self.bell)
        live.start()
        self.live = live
        self.push_screen(LiveScreen(Controls(live)))
        self.call_after_refresh(self.quiet.begin)

    def _changed(self) -> None:
        """Something is new. The next tick shows it: painting at once would only delay the next arrival."""

    def paint(self) -> None:
        """Has the session's screens painted. Where that fails the clock and the keys go on, and the fault is kept."""
        screen = self.screen
        if not isinstance(screen, TimingScreen):
            return
        try:
            screen.repaint()
        except Exception as error:  # noqa: BLE001 - no fault of a picture is worth a session; `play` raises it at the end
            self._unpainted = self._unpainted or error
            for line in screen.query("#answer").results(LineWidget):
                line.paint([((" The screen has a fault. Clock and keys go on, and all is saved as before", "bad"),)])

    def on_key(self, event: events.Key) -> None:
        """Keys that no widget wanted. Textual runs their bindings right after this: actions find the stamp here.

        A key that is held repeats itself; only arrows mean that. An arrival's own bounces are told apart in `Live`.
        """
        self.stamp = event.time
        screen = self.screen
        if not isinstance(screen, TimingScreen):
            return
        held_down = event.key == self._key and 0 <= event.time - self._key_at < REPEAT_S
        self._key, self._key_at = event.key, event.time
        if held_down and event.key not in REPEATING_KEYS and not (event.character or "").isalnum():
            event.prevent_default()
            event.stop()
            return
        character = event.character
        held = event.key.split("+")[:-1]  # with caps lock or shift it is the athlete's key all the same
        if character is not None and len(character) == 1 and character.isalnum() and set(held) <= {"shift"}:
            event.prevent_default()
            screen.press_character(character)

    def action_light(self) -> None:
        """Dark on light, or light on dark."""
        day, night = (theme.name for theme in THEMES)
        self.theme = night if self.theme == day else day

    def leave(self, *, sure: bool = False) -> None:
        """Closes the session and goes back to where it was opened.

        A session that cannot be saved is left only by who has been told so and is `sure`: it is lost then.
        """
        if not self._leaving:
            self._leaving = True
            self.run_worker(self._leave(sure=sure and self.unsaved), exclusive=True)

    @property
    def unsaved(self) -> bool:
        """Whether a session was to be left and could not be saved. It goes on being tried."""
        return self._told_unsaved and self.live is not None and not self.live.saved

    async def _leave(self, *, sure: bool) -> None:
        live = self.live
        assert live is not None
        saved = await live.aclose()
        self._leaving = False
        if not saved and live.state.n and not sure:
            self._told_unsaved = True
            return
        self.left = self._left(live, saved=saved)
        self.live = None
        self._told_unsaved = False
        self.quiet.end()
        if self._start is not None:
            self.exit()
            return
        while isinstance(self.screen, TimingScreen):
            await self.pop_screen()
        picker = self.screen
        if isinstance(picker, PickScreen):
            picker.welcome_back(self.left)
