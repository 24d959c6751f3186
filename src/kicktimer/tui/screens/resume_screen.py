"""The screen that asks how long an interrupted session has stood still, where no clock knows that for certain."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.screen import Screen
from textual.widgets import Input

from kicktimer.errors import KicktimerError, ScalarError
from kicktimer.interrupted_session import MAX_PLAUSIBLE_GAP_MS
from kicktimer.text import clean
from kicktimer.tui.footer_and_help import KeyNames
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.render.status_lines import footer_line
from kicktimer.tui.render.text_layout import bar, fit, wrap
from kicktimer.tui.screens.textual_bindings import bindings_for
from kicktimer.units import parse_duration, show_clock

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from kicktimer.interrupted_session import InterruptedSession
    from kicktimer.session.events import ClockBasis
    from kicktimer.tui.keymap import Keymap
    from kicktimer.tui.keys import Screen as ScreenName
    from kicktimer.tui.render.text_layout import Line
    from kicktimer.tui.session_app import SessionApp

REPAINT_INTERVAL_S = 0.5
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
ROOMY_HEIGHT = 18
"""In a window lower than this nothing is left blank."""


class ResumeScreen(Screen[None], inherit_bindings=False):
    """Proposes the wall clock's answer if that is plausible, takes another one, and then carries the session on."""

    table_name: ClassVar[ScreenName] = "resume"

    def __init__(self, session: InterruptedSession, keymap: Keymap) -> None:
        super().__init__()
        self._session = session
        self._bindings = bindings_for("resume", keymap)
        self._keys = KeyNames(keymap.names())
        self._problem = ""

    def compose(self) -> ComposeResult:
        yield LineWidget(id="title")
        yield LineWidget(id="question")
        yield Input(placeholder="minutes:seconds, such as 4:10", id="gap", compact=True)
        yield LineWidget(id="answer")
        yield LineWidget(id="keys")

    def on_mount(self) -> None:
        self.query_one("#gap", Input).focus()
        self._paint()
        self.set_interval(REPAINT_INTERVAL_S, self._paint)

    def on_resize(self) -> None:
        self._paint()

    def on_input_changed(self) -> None:
        self._problem = ""
        self._paint()

    def on_input_submitted(self) -> None:
        self.action_resume()

    def action_resume(self) -> None:
        """Carries the session on: with the time that was typed, or else with the proposal."""
        typed, session = self.query_one("#gap", Input).value.strip(), self._session
        basis: ClockBasis = "asked" if typed else "wall"
        try:
            gap_ms = _parse_gap(typed) if typed else session.plausible_gap_ms
            if gap_ms is None:
                self._problem = "no clock can tell: type how long ago it was"
                self._paint()
                return
            cast("SessionApp", self.app).resume(session, session.opening_after(gap_ms), basis)
        except (KicktimerError, ScalarError) as error:
            self._problem = f"{error.message}: {error.hint}" if error.hint else error.message
            self._paint()

    def action_back(self) -> None:
        cast("SessionApp", self.app).leave_resume()

    def _paint(self) -> None:
        width = self.size.width
        self.query_one("#title", LineWidget).paint([bar(f"GO ON WITH {clean(self._session.title)}?", "hold", width)])
        blank: list[Line] = [()] if self.size.height >= ROOMY_HEIGHT else []
        rows: list[Line] = [*blank]
        for sentence in self._sentences():
            rows += [((f" {row}", "strong"),) for row in wrap(sentence, width - 2)]
        self.query_one("#question", LineWidget).paint([*rows, *blank])
        problem: Line = ((fit(f" {self._problem}", width), "bad"),) if self._problem else ()
        self.query_one("#answer", LineWidget).paint([problem])
        self.query_one("#keys", LineWidget).paint([footer_line("resume", set(), self._keys, self.app.size.width)])

    def _sentences(self) -> list[str]:
        gap_ms, stopped = self._session.wall_gap_ms, self._session.stopped_at
        plausible = self._session.plausible_gap_ms is not None
        restarted = "The machine was restarted: only its wall clock can tell how long it was off."
        if gap_ms is None or stopped is None:
            return [restarted, "The log has no wall time.", "How long ago was it? Type the time; 0 is just now."]
        now = self._session.clock.wall()
        if plausible:
            shown = f"{stopped.astimezone(now.tzinfo):%H:%M:%S} → {now:%H:%M:%S}"
            return [
                restarted,
                f"It says {show_clock(gap_ms)} ({shown}).",
                f"Right? {self._keys.long('accept')}. If not, type the time since then; 0 is just now.",
            ]
        if gap_ms < 0:
            wrong = "It says that the program stopped in the future: it is wrong."
        elif gap_ms < 2 * DAY_MS:
            wrong = f"It says {gap_ms // HOUR_MS} hours, which is hardly right."
        else:
            wrong = f"It says {gap_ms // DAY_MS} days, which is hardly right."
        return [restarted, wrong, "How long was it really? Type the time; 0 is just now."]


def _parse_gap(text: str) -> int:
    gap_ms = parse_duration(text, "time")
    if gap_ms > MAX_PLAUSIBLE_GAP_MS:
        raise ScalarError(f"`{text}` is longer than any pause of a session", "write minutes:seconds, such as 4:10")
    return gap_ms
