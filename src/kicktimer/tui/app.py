"""`KicktimerApp`: the Textual app. It opens sessions, paints the screens, handles the keys, and closes the session.

However the app ends, by a key, a signal or a program error, it first closes the session and restores the terminal.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual.message import Message

from kicktimer.crash_report import write_crash_report
from kicktimer.errors import KicktimerError
from kicktimer.tui.controls import Controls
from kicktimer.tui.gc_policy import COLLECT_INTERVAL_S, GcPolicy
from kicktimer.tui.keymap import DEFAULT_KEYMAP, build_keymap
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.screens.base_screen import TimingScreen
from kicktimer.tui.screens.live_screen import LiveScreen
from kicktimer.tui.screens.pick_screen import PickScreen
from kicktimer.tui.screens.resume_screen import ResumeScreen
from kicktimer.tui.session_app import ClosedSession
from kicktimer.tui.textual_workarounds import ContainedApp, nonblocking_driver
from kicktimer.tui.themes import THEMES, next_theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.binding import BindingType
    from textual.screen import Screen

    from kicktimer.history import History
    from kicktimer.interrupted_session import InterruptedSession
    from kicktimer.live_session import LiveSession
    from kicktimer.plan import Plan
    from kicktimer.session.events import ClockBasis
    from kicktimer.settings_store import SettingsStore
    from kicktimer.squad import Squad
    from kicktimer.tui.keymap import Keymap
    from kicktimer.tui.session_app import Pins, SessionOpener, SessionResumer
    from kicktimer.workout import Workout

PAINT_INTERVAL_S = 0.1
"""Digits that change more often cannot be read, and painting them would take time from the keys."""
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals that end the app."""


class StoppedError(KicktimerError):
    """A signal ended the app. The exit status is 128 plus the signal's number, as shells have it."""

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.status = 128 + number


class PinPressed(Message):
    """A button on a pin was pressed at `stamp`: an athlete's `key`, "" for the one that acts like `space`."""

    def __init__(self, key: str, stamp: float) -> None:
        super().__init__()
        self.key = key
        self.stamp = stamp


class PinsFailed(Message):
    """The horn has failed; `sentence` says so."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence


class KicktimerApp(ContainedApp, inherit_bindings=False):
    """The app.

    With `start` it opens that session at once, and with `interrupted` it carries that session on by `resume_live`.
    Without both it shows the pick screen, which offers `squad` (read from `squad_file`) and the session that
    `find_interrupted` returns, and `open_live` returns the opener of the session that is picked. `keymap` says which
    keys start which action. With `paint_interval_s` None it paints only when `paint` is called. `clock` is the clock
    that key stamps are on, in seconds. `pins` are buttons and a horn; without them `pins_problem` may say why not.
    `settings_store` has the settings that the settings screen changes; without it there is no such screen, and no theme
    is kept.

    It is the `SessionApp` of the screens.
    """

    CSS_PATH = "kicktimer.tcss"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = []
    TITLE = "kicktimer"

    def __init__(
        self,
        open_live: Callable[[Plan, Workout, Squad], SessionOpener] | None,
        resume_live: SessionResumer | None = None,
        *,
        start: SessionOpener | None = None,
        interrupted: InterruptedSession | None = None,
        find_interrupted: Callable[[], InterruptedSession | None] = lambda: None,
        squad: Squad | None = None,
        squad_file: str = "",
        keymap: Keymap = DEFAULT_KEYMAP,
        open_history: Callable[[], History] | None = None,
        first_screen: Callable[[], Screen[None]] | None = None,
        pins: Pins | None = None,
        pins_problem: str = "",
        settings_store: SettingsStore | None = None,
        paint_interval_s: float | None = PAINT_INTERVAL_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(nonblocking_driver())
        self._open_live = open_live
        self._resume_live = resume_live
        self._start = start
        self._interrupted = interrupted
        self._find_interrupted = find_interrupted
        self._squad = squad
        self._squad_file = squad_file
        self._action_keys = keymap
        self._open_history = open_history
        self._first_screen = first_screen
        self._pins = pins
        self._pins_problem = pins_problem
        self.settings_store = settings_store
        self._repeating_keys = keymap.repeating_keys()
        self._paint_interval_s = paint_interval_s
        self._leaving = False
        self._closing_failed = False
        self._faults_shown = False
        self._paint_error: Exception | None = None
        self.clock = clock
        self.gc_policy = GcPolicy()
        self.stamp = 0.0
        self.live: LiveSession | None = None
        self.closed_session: ClosedSession | None = None
        self.exit_error: KicktimerError | None = None
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = "day" if settings_store is None else settings_store.settings.theme

    def run_and_close(self, on_closed: Callable[[ClosedSession], None] = lambda _: None) -> ClosedSession | None:
        """Runs the app, and returns the session that was closed last, None if none was opened.

        Calls `on_closed` with that session even if it then raises: an error of the program, several of them as an
        `ExceptionGroup`; `StoppedError` after a signal; or the `KicktimerError` of a `start` that could not be opened.
        """
        try:
            self.run(mouse=False)
        finally:
            self.gc_policy.restore()
            if self.live is not None:
                self.closed_session = self._describe(self.live, saved=self.live.close())
            if self.closed_session is not None:
                on_closed(self.closed_session)
        errors = [*([] if self._paint_error is None else [self._paint_error]), *self.errors]
        if len(errors) == 1 and not isinstance(errors[0], OSError):
            raise errors[0]
        if errors:  # the command line would report a bare `OSError` as a problem of the machine, such as a full disk
            raise ExceptionGroup("errors in the app", errors)
        if self.exit_error is not None:
            raise self.exit_error
        return self.closed_session

    def _describe(self, live: LiveSession, *, saved: bool) -> ClosedSession:
        path = live.log_path if live.state.n else None
        return ClosedSession(live.plan, live.state, path, saved, live.trouble, live.unsaved_facts)

    def on_mount(self) -> None:
        if not self.is_headless and sys.platform != "win32":
            for name in SIGNALS:
                number = getattr(signal, name)
                if signal.getsignal(number) is not signal.SIG_IGN:  # `nohup` ignores SIGHUP
                    asyncio.get_running_loop().add_signal_handler(number, self.stop_by_signal, number)
        if self._paint_interval_s is not None:
            self.set_interval(self._paint_interval_s, self.paint)
            self.set_interval(COLLECT_INTERVAL_S, self.gc_policy.collect_young)
        if self._pins is not None:
            self._pins.connect(
                lambda key, stamp: self._post(PinPressed(key, stamp)),
                lambda sentence: self._post(PinsFailed(sentence)),
            )
        if self._first_screen is not None:
            self.push_screen(self._first_screen())
            return
        if self._start is None and self._interrupted is None:
            self.push_screen(PickScreen(self._squad, self._squad_file, self._action_keys))
            return
        try:
            if self._interrupted is not None:
                self.carry_on(self._interrupted)
            elif self._start is not None:
                self.open(self._start)
        except KicktimerError as error:
            self.exit_error = error
            self.exit()

    def stop_by_signal(self, number: int) -> None:
        """Ends the app. The session gets no `session_ended`, so that its log reads as interrupted.

        Restores the default action of the signals, so that a second one kills an app that hangs while it ends.
        """
        self.exit_error = StoppedError(number)
        for name in SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(getattr(signal, name))
        self.exit()

    def terminal_gone(self) -> None:
        self.stop_by_signal(signal.SIGHUP)

    def on_unmount(self) -> None:
        self.gc_policy.restore()

    def opener(self, plan: Plan, workout: Workout, squad: Squad) -> SessionOpener:
        """Returns the opener of a session that was picked."""
        assert self._open_live is not None
        return self._open_live(plan, workout, squad)

    def open(self, opener: SessionOpener) -> None:
        """Opens a session and shows the live screen. Raises `KicktimerError` where it cannot be opened.

        Does nothing while a session is open, such as for a second `enter` before the live screen has appeared.
        """
        if self.live is not None:
            return
        # Nothing is painted on a change: it would delay the next arrival, and the next frame shows the change anyway.
        live = opener(on_change=lambda: None, on_bell=self.bell)
        if self._pins is not None and (schedule_horn := self._pins.begin_session()) is not None:
            live.sound.connect_horn(schedule_horn)
        live.start()
        self.live = live
        controls = Controls(live, self._action_keys)
        controls.pins_problem = self._pins_problem
        controls.latin_positions = self.latin_positions
        self.push_screen(LiveScreen(controls))
        if self.settings_store is not None and self.settings_store.faults and not self._faults_shown:
            self._faults_shown = True
            controls.show_message(f"settings.toml: {self.settings_store.faults[0]}; its default holds", self.clock())
        self.call_after_refresh(self.gc_policy.suspend_collection)

    def review(self) -> None:
        """Shows the saved sessions. Raises `KicktimerError` if they cannot be read."""
        if self._open_history is not None:
            from kicktimer.tui.screens.history_screen import HistoryScreen  # noqa: PLC0415 - a session needs no review

            self.push_screen(HistoryScreen(self._open_history(), self._action_keys))

    def interrupted_lately(self) -> InterruptedSession | None:
        """Returns a session that was interrupted a short time ago, for the pick screen to offer."""
        return self._find_interrupted()

    def carry_on(self, session: InterruptedSession) -> None:
        """Carries an interrupted session on, after asking how long it stood still if that cannot be known."""
        opened_at = session.known_opening()
        if opened_at is None:
            self.push_screen(ResumeScreen(session, self._action_keys))
        else:
            self.resume(session, opened_at, "boottime")

    def resume(self, session: InterruptedSession, opened_at: float, basis: ClockBasis) -> None:
        """Carries the session on. Raises `KicktimerError` where it cannot be opened."""
        assert self._resume_live is not None
        self.open(self._resume_live(session, opened_at, basis))

    def leave_resume(self) -> None:
        """Leaves the screen that asks how long a session stood still, without carrying it on."""
        if self._interrupted is not None:
            self.exit()
        else:
            self.pop_screen()

    @property
    def _top_screen(self) -> Screen[object] | None:
        """The screen in front; None while the app closes, when `screen` would raise."""
        return self.screen_stack[-1] if self.screen_stack else None

    def paint(self) -> None:
        """Paints the session's screens. If that fails, keeps the error: the clock and the keys still work.

        A screen that was just pushed has no widgets until it is mounted.
        """
        screen = self._top_screen
        if not isinstance(screen, TimingScreen) or not screen.is_mounted:
            return
        try:
            screen.repaint()
        except Exception as error:  # noqa: BLE001 - `run_and_close` raises it at the end
            self._paint_error = self._paint_error or error
            for line in screen.query("#answer").results(LineWidget):
                line.paint([((" The screen has a fault. Clock and keys go on, and all is saved as before", "bad"),)])

    def on_key(self, event: events.Key) -> None:
        """Handles the keys that no widget has handled: sets `stamp`, which the action of the key's binding then reads.

        Textual runs the binding right after this. The repeats of a held key do not come here: see `note_repeat`.
        """
        self.stamp = event.time
        screen = self.screen
        if not isinstance(screen, TimingScreen):
            return
        screen.controls.begin_key(event.time)
        character = event.character
        if screen.take_key(event.key, character or ""):
            event.prevent_default()
            return
        modifiers = set(event.key.split("+")[:-1])
        if character is not None and len(character) == 1 and character.isalnum() and modifiers <= {"shift"}:
            event.prevent_default()
            screen.press_character(character)

    def _post(self, message: Message) -> None:
        """Posts a message from any thread. Does nothing once the app's loop is closed."""
        with suppress(RuntimeError):
            self.post_message(message)

    def on_pin_pressed(self, event: PinPressed) -> None:
        """Handles a press of a button on a pin as the key that it stands for, on every screen of a session."""
        screen = self._top_screen
        if isinstance(screen, TimingScreen):
            screen.press_button(event.key, event.stamp)

    def on_pins_failed(self, event: PinsFailed) -> None:
        """Shows that the horn has failed."""
        self._pins_problem = event.sentence
        screen = self._top_screen
        if isinstance(screen, TimingScreen):
            screen.controls.pins_problem = event.sentence
            screen.controls.show_message(event.sentence, self.clock(), refused=True)

    def may_repeat(self, key: str) -> bool:
        """Whether a held key acts again and again: arrows, and every key where no arrivals are taken by keys.

        The input thread calls it.
        """
        screen = self._top_screen
        return key in self._repeating_keys or not isinstance(screen, TimingScreen) or screen.is_typing

    def note_repeat(self, key: events.Key) -> None:
        """Records the repeat of a held key. It does nothing else."""
        screen = self._top_screen
        if self.live is not None and isinstance(screen, TimingScreen):
            is_text = key.character is not None and key.character.isprintable() and key.character != " "
            screen.controls.note_repeat(key.character if is_text and key.character else key.key, key.time)

    def input_failed(self, error: Exception) -> None:
        """Shows that reading a key has failed. The next key is read as usual."""
        path = write_crash_report(error)
        screen = self._top_screen
        if isinstance(screen, TimingScreen):
            text = f"a key could not be read; press it again. Please send {path}"
            screen.controls.show_message(text, self.clock(), refused=True)

    def show_settings(self) -> None:
        """Shows the settings screen."""
        if self.settings_store is not None:
            from kicktimer.tui.screens.settings_screen import SettingsScreen  # noqa: PLC0415 - seldom needed

            self.push_screen(SettingsScreen(self.settings_store, self._action_keys))

    def apply_settings(self) -> None:
        """Uses the theme and the keys of the settings from now on."""
        if self.settings_store is None:
            return
        settings = self.settings_store.settings
        self.theme = settings.theme
        self._action_keys = build_keymap(settings.keys)
        self._repeating_keys = self._action_keys.repeating_keys()
        for screen in self.screen_stack:
            if isinstance(screen, PickScreen):
                screen.use_keymap(self._action_keys)

    def action_light(self) -> None:
        """Shows the next theme, and keeps it in the settings if that is possible."""
        self.theme = next_theme(self.theme)
        if self.settings_store is not None:  # in a thread: the disk may be slow, and a rep may run
            self.run_worker(self._keep_theme, thread=True)

    def _keep_theme(self) -> None:
        """Keeps the present theme in the settings. Where the file cannot be changed, it holds until the app ends."""
        assert self.settings_store is not None
        with suppress(KicktimerError):
            self.settings_store.save({"theme": self.theme})

    def action_commands(self) -> None:
        """Shows the command palette. No screen of a session has it: its field would take the athletes' keys."""
        from kicktimer.tui.command_palette import command_palette  # noqa: PLC0415 - seldom needed

        if not isinstance(self.screen, TimingScreen):
            self.push_screen(command_palette(self._action_keys))

    def leave(self, *, sure: bool = False) -> None:
        """Closes the session, then shows the pick screen or, with `start`, ends the app.

        A session that cannot be saved stays open, unless `sure` is set and `unsaved` was true already: it is lost.
        """
        if not self._leaving:
            self._leaving = True
            self.run_worker(self._leave(sure=sure and self.unsaved), exclusive=True)

    @property
    def unsaved(self) -> bool:
        """Whether closing the session has failed and it is still not saved. Saving is retried all the time."""
        return self._closing_failed and self.live is not None and not self.live.saved

    async def _leave(self, *, sure: bool) -> None:
        live = self.live
        assert live is not None
        saved = await live.aclose()
        self._leaving = False
        if not saved and live.state.n and not sure:
            self._closing_failed = True
            return
        self.closed_session = self._describe(live, saved=saved)
        self.live = None
        self._closing_failed = False
        self.gc_policy.restore()
        if self._start is not None or self._interrupted is not None:
            self.exit()
            return
        while isinstance(self._top_screen, TimingScreen | ResumeScreen):
            await self.pop_screen()
        picker = self._top_screen
        if isinstance(picker, PickScreen):
            picker.show_closed_session(self.closed_session)
