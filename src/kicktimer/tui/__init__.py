"""The terminal app. Its screens paint what `kicktimer.view` computes, and turn keys into commands of a `LiveSession`.

The screens make no decisions about a session and compute no times. `run_app` is the entry point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen

    from kicktimer.history import History, SessionEntry
    from kicktimer.interrupted_session import InterruptedSession
    from kicktimer.plan import Plan
    from kicktimer.settings_store import SettingsStore
    from kicktimer.squad import Squad
    from kicktimer.tui.keymap import Keymap
    from kicktimer.tui.session_app import ClosedSession, Pins, SessionOpener, SessionResumer
    from kicktimer.workout import Workout


def run_app(
    open_live: Callable[[Plan, Workout, Squad], SessionOpener],
    resume_live: SessionResumer | None = None,
    *,
    start: SessionOpener | None = None,
    interrupted: InterruptedSession | None = None,
    find_interrupted: Callable[[], InterruptedSession | None] = lambda: None,
    squad: Squad | None = None,
    squad_file: str = "",
    keymap: Keymap | None = None,
    open_history: Callable[[], History] | None = None,
    pins: Pins | None = None,
    pins_problem: str = "",
    settings_store: SettingsStore | None = None,
    on_closed: Callable[[ClosedSession], None] = lambda _: None,
) -> ClosedSession | None:
    """Runs the app on the session of `start`, on the session `interrupted` or, without both, on the pick screen.

    `open_live` returns the opener of a session that is picked there, and `resume_live` that of an interrupted session;
    `find_interrupted` returns one for the pick screen to offer. `squad`, read from `squad_file`, is offered.
    `keymap` says which keys start which action; the default keys if it is None. `open_history` opens what the review
    reads. `pins` are buttons and a horn; without them `pins_problem` may say why not. `settings_store` has the theme,
    and the settings that the settings screen changes.
    Returns the session that was closed last, None if none was opened. Calls `on_closed` with it even if this raises:
    `StoppedError` after a signal, the `KicktimerError` of a `start` that could not be opened, or a program error.
    """
    from kicktimer.tui.app import KicktimerApp  # noqa: PLC0415 - Textual is slow to load, and only the app needs it
    from kicktimer.tui.keymap import DEFAULT_KEYMAP  # noqa: PLC0415

    app = KicktimerApp(
        open_live,
        resume_live,
        start=start,
        interrupted=interrupted,
        find_interrupted=find_interrupted,
        squad=squad,
        squad_file=squad_file,
        keymap=keymap or DEFAULT_KEYMAP,
        open_history=open_history,
        pins=pins,
        pins_problem=pins_problem,
        settings_store=settings_store,
    )
    return app.run_and_close(on_closed)


def run_review(
    history: History,
    keymap: Keymap,
    *,
    athlete: str | None = None,
    session: SessionEntry | None = None,
    settings_store: SettingsStore | None = None,
) -> None:
    """Runs the app on the review alone: on the list, on an athlete of the history, or on a session."""
    from kicktimer.tui.app import KicktimerApp  # noqa: PLC0415 - as above
    from kicktimer.tui.screens.history_screen import HistoryScreen  # noqa: PLC0415
    from kicktimer.tui.screens.report_screens import AthleteReport, SessionReport  # noqa: PLC0415

    def first_screen() -> Screen[None]:
        if athlete is not None:
            names = history.names()
            return AthleteReport(history, keymap, names, names.index(athlete))
        if session is not None:
            entries = history.entries()
            return SessionReport(history, keymap, entries, entries.index(session))
        return HistoryScreen(history, keymap)

    KicktimerApp(None, keymap=keymap, first_screen=first_screen, settings_store=settings_store).run_and_close()
