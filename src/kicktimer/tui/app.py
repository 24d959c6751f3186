"""`KicktimerApp`: the app. Picks a session or is given one, and shows it from ready to summary.

`Opener` makes the live session once the app runs: a `kicktimer.live.Live` with the hooks that it is handed.
`KicktimerApp.play` runs the app and returns what became of the last session; a `KicktimerError` of the opener comes out
of it, with the terminal as it was.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual.app import App
from textual.theme import Theme

from kicktimer.errors import KicktimerError
from kicktimer.tui.controls import Controls
from kicktimer.tui.live_screen import LiveScreen
from kicktimer.tui.pick import PickScreen
from kicktimer.tui.quiet import Quiet
from kicktimer.tui.timing import TimingScreen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual import events
    from textual.binding import BindingType

    from kicktimer.live import Live
    from kicktimer.plan import Plan
    from kicktimer.squad import Squad
    from kicktimer.workout import Workout

TICK_S = 0.1
"""The screen is painted so often: digits that change more often cannot be read, and cost what taking times needs."""


class Opener(Protocol):
    """Makes a live session. `on_change` is called in the loop's thread, `on_bell` is to ring the terminal's bell."""

    def __call__(self, *, on_change: Callable[[], None], on_bell: Callable[[], None]) -> Live: ...


@dataclass(frozen=True, slots=True)
class Left:
    """What became of a session that was left.

    `saved`: every fact is on the disk, at `log_path` (None: nothing was begun).
    """

    log_path: Path | None
    saved: bool
    trouble: str


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


class KicktimerApp(App[None], inherit_bindings=False):
    """The app. `open_live` makes the opener of what was picked; with `start` the picking is left out.

    `squad` is offered where one picks. `tick` is the interval of painting (None: only on request), `clock` is what key
    stamps are on.
    """

    CSS_PATH = "kicktimer.tcss"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = []
    TITLE = "kicktimer"

    def __init__(
        self,
        open_live: Callable[[Plan, Workout, Squad], Opener],
        *,
        start: Opener | None = None,
        squad: Squad | None = None,
        tick: float | None = TICK_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._open_live = open_live
        self._start = start
        self._squad = squad
        self._tick = tick
        self._leaving = False
        self.clock = clock
        self.quiet = Quiet()
        self.stamp = 0.0
        self.live: Live | None = None
        self.left: Left | None = None
        self.failure: KicktimerError | None = None
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name

    def play(self) -> Left | None:
        """Runs the app; what became of the last session that was left, None where none was."""
        try:
            self.run(mouse=False)
        finally:
            self.quiet.end()
        if self.failure is not None:
            raise self.failure
        return self.left

    def on_mount(self) -> None:
        if self._tick is not None:
            self.set_interval(self._tick, self.paint)
        if self._start is None:
            self.push_screen(PickScreen(self._squad))
            return
        try:
            self.open(self._start)
        except KicktimerError as error:
            self.failure = error
            self.exit()

    def on_unmount(self) -> None:
        self.quiet.end()

    def opener(self, plan: Plan, workout: Workout, squad: Squad) -> Opener:
        """The opener of a session that was picked."""
        return self._open_live(plan, workout, squad)

    def open(self, opener: Opener) -> None:
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
        """Has the session's screens painted."""
        screen = self.screen
        if isinstance(screen, TimingScreen):
            screen.repaint()

    def on_key(self, event: events.Key) -> None:
        """Keys that no widget wanted. Textual runs their bindings right after this: actions find the stamp here."""
        self.stamp = event.time
        screen = self.screen
        if not isinstance(screen, TimingScreen):
            return
        character = event.character
        held = event.key.split("+")[:-1]  # with caps lock or shift it is the athlete's key all the same
        if character is not None and len(character) == 1 and character.isalnum() and set(held) <= {"shift"}:
            event.prevent_default()
            screen.letter(character)

    def action_light(self) -> None:
        """Dark on light, or light on dark."""
        day, night = (theme.name for theme in THEMES)
        self.theme = night if self.theme == day else day

    def leave(self) -> None:
        """Closes the session and goes back to where it was opened."""
        if not self._leaving:
            self._leaving = True
            self.run_worker(self._leave(), exclusive=True)

    async def _leave(self) -> None:
        live = self.live
        assert live is not None
        begun = live.state.n > 0
        saved = await live.close()
        self.left = Left(live.log_path if begun else None, saved, live.trouble)
        self.live = None
        self.quiet.end()
        self._leaving = False
        if self._start is not None:
            self.exit()
            return
        while isinstance(self.screen, TimingScreen):
            await self.pop_screen()
        picker = self.screen
        if isinstance(picker, PickScreen):
            picker.welcome_back(self.left)
