"""The app: screens draw what `kicktimer.view` says and turn keys into commands of a `kicktimer.live_session.Live`.

They decide nothing and compute no times. `play` is the way in; Textual is loaded there and not before: everything
else that the program does is quicker without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from kicktimer.plan import Plan
    from kicktimer.squad import Squad
    from kicktimer.tui.session_app import ClosedSession, SessionOpener
    from kicktimer.workout import Workout


def play(
    open_live: Callable[[Plan, Workout, Squad], SessionOpener],
    *,
    start: SessionOpener | None = None,
    squad: Squad | None = None,
    squad_file: str = "",
    on_left: Callable[[ClosedSession], None] = lambda _: None,
) -> ClosedSession | None:
    """Runs the app: on the ready live screen of `start`, or where one picks a workout.

    `open_live` makes the opener of what is picked, for `squad` (of `squad_file`) if there is one. Returns what became
    of the last session, and tells `on_left` before it raises: the `KicktimerError` of an opener that could not open
    `start`, or a fault of the app itself.
    """
    from kicktimer.tui.app import KicktimerApp  # noqa: PLC0415 - see above

    return KicktimerApp(open_live, start=start, squad=squad, squad_file=squad_file).play(on_left)
