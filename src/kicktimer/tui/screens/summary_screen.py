"""The summary of a session, as the review shows it: shown at the end, and before the coach leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import VerticalScroll

from kicktimer import view
from kicktimer.results import results
from kicktimer.review.records import session_record, with_a_date
from kicktimer.review.session_measures import measure_session
from kicktimer.review.session_text import session_grid
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.render.status_lines import footer_line, saved_line
from kicktimer.tui.render.text_layout import bar, justify, wrap
from kicktimer.tui.screens.base_screen import TimingScreen

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from kicktimer.session import State
    from kicktimer.tui.controls import Controls
    from kicktimer.tui.keys import Condition
    from kicktimer.tui.keys import Screen as ScreenName
    from kicktimer.tui.render.text_layout import Line


def _state_word(state: State) -> str:
    return state.ended or ("finished" if state.finished else "running" if state.begun else "not started")


UNSAVED = "NOT SAVED: make room on the disk, it is tried again.  {leave} again LOSES it"


class SummaryScreen(TimingScreen):
    """Shows the times of a session. Until the coach leaves, undo and ratings still work."""

    table_name: ClassVar[ScreenName] = "summary"

    def __init__(self, controls: Controls) -> None:
        super().__init__(controls)
        self._painted_state: State | None = None
        self._painted_width = 0

    def compose(self) -> ComposeResult:
        yield LineWidget(id="title")
        with VerticalScroll(id="times", can_focus=False):
            yield LineWidget(id="table")
        yield LineWidget(id="answer")
        yield LineWidget(id="keys")

    def on_resize(self) -> None:
        self.session_app.paint()

    def repaint(self) -> None:
        controls, live = self.controls, self.controls.live
        controls.expire_messages(self.session_app.clock())
        width = self.size.width
        rating_target = None
        if live.state.ended is None:
            rating_target = view.next_to_rate(live.state, controls.focus, controls.rating_target)
        if self._painted_state is not live.state or self._painted_width != width:
            self._painted_state, self._painted_width = live.state, width
            title: Line = ((f" {live.plan.name} ", "strong"), (f" {_state_word(live.state)} ", "done"))
            self.query_one("#title", LineWidget).paint([justify(title, (), width)])
            self.query_one("#table", LineWidget).paint(self._grid(width - 1))
        self.query_one("#answer", LineWidget).paint(self._messages(rating_target, width))
        conditions: set[Condition] = {"session open" if live.state.ended is None else "session ended"}
        if rating_target is not None:
            conditions.add("rating due")
        self.query_one("#keys", LineWidget).paint(
            [footer_line("summary", conditions, controls.keys, self.app.size.width)]
        )

    def _grid(self, width: int) -> list[Line]:
        live = self.controls.live
        record = session_record(with_a_date(live.header), live.plan, results(live.state))
        heads = {each.name: f"{each.key.upper() or ' '} {each.name}" for each in live.state.athletes.values()}
        return [*session_grid(record, measure_session(record), width, heads), *self._nameless(width)]

    def _nameless(self, width: int) -> list[Line]:
        """Returns how many arrivals belong to nobody: the results do not have them, and the log does."""
        state = self.controls.live.state
        boards = (view.group_board(state, name) for name in state.groups)
        count = sum(not arrival.name for board in boards for arrival in board.arrivals)
        if not count:
            return []
        text = "1 arrival belongs to nobody: it is" if count == 1 else f"{count} arrivals belong to nobody: they are"
        return [(), *(((row, "slow"),) for row in wrap(f"{text} in the log alone", width))]

    def _messages(self, rating_target: tuple[str, int] | None, width: int) -> list[Line]:
        """Returns two lines: the question or message, and whether the session is saved."""
        controls, live = self.controls, self.controls.live
        saved = saved_line(live, width)
        if self.session_app.unsaved:
            return [bar(controls.keys.fill(UNSAVED), "bad", width), saved]
        if controls.prompt:
            return [bar(controls.prompt, "alert", width), saved]
        if controls.message:
            return [bar(controls.message, "bad" if controls.refused else "selected", width), saved]
        if rating_target is None:
            return [justify((), (), width), saved]
        athlete, rep = rating_target
        question = f" {controls.keys.row('rate-1')}: how relaxed was {athlete} in rep {rep}? (5: very)"
        return [justify(((question, "selected"),), (), width), saved]

    def press_character(self, character: str) -> None:
        """Handles a letter or digit: an athlete's key. A letter that is nobody's key is no arrival here."""
        self.controls.press_athlete_key(character, self.stamp, unknown_is_arrival=False)

    def action_rate(self, relaxation: int) -> None:
        self.controls.rate(relaxation, self.stamp)

    def action_select_rating(self, step: int) -> None:
        self.controls.select_rating(step, self.stamp)

    def action_scroll(self, rows: int) -> None:
        self.query_one("#times", VerticalScroll).scroll_relative(y=rows, animate=False, immediate=True)

    def action_back(self) -> None:
        if self.controls.live.state.ended is None:
            self.dismiss()
        else:
            self.session_app.leave()

    def action_enter(self) -> None:
        if self.controls.live.state.ended is not None:
            self.session_app.leave()

    def action_leave(self) -> None:
        """Ends a finished session and leaves. If an undo has made a rep run again, refuses: the live screen asks."""
        state = self.controls.live.state
        if state.ended is None and not state.finished:
            self.controls.show_message(
                f"a rep runs again: {self.controls.keys.long('back')}, then leave", self.stamp, refused=True
            )
            return
        if state.ended is None:
            self.controls.end(self.stamp)
        self.session_app.leave(sure=True)
