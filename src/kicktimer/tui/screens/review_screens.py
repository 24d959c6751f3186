"""The review: the list of saved sessions, one session, and one athlete over time.

The screens read a `History`, and show what `kicktimer.review` computes from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from kicktimer.errors import KicktimerError
from kicktimer.history import Filter
from kicktimer.review.athlete import athlete_review
from kicktimer.review.athlete_text import athlete_lines
from kicktimer.review.kick import kick_report
from kicktimer.review.records import counted
from kicktimer.review.session_measures import measure_session
from kicktimer.review.session_text import session_grid
from kicktimer.text import clean
from kicktimer.tui.footer_and_help import KeyNames
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.render.status_lines import footer_line
from kicktimer.tui.render.text_layout import bar, fit, wrap
from kicktimer.tui.screens.textual_bindings import bindings_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from kicktimer.history import History, SessionEntry
    from kicktimer.tui.keymap import Keymap
    from kicktimer.tui.render.text_layout import Line

MAX_LISTED = 500
"""More sessions are found by typing a part of their name."""
PREVIEW_MIN_WIDTH = 76
"""In a window narrower than this there is no preview beside the list."""
LIST_WIDTH = 34
BASE_SCREENS = 2
"""The app's own blank screen, and the first one: leaving that one ends the app."""


class _Sessions(OptionList, inherit_bindings=False):
    """The list of sessions. The keys that choose one are bound by the screen."""

    BINDINGS: ClassVar[list[BindingType]] = []
    can_focus = False


class HistoryScreen(Screen[None], inherit_bindings=False):
    """Lists the sessions, newest first. What is typed searches: workout, athletes, kind, day, squad."""

    def __init__(self, history: History, keymap: Keymap) -> None:
        super().__init__()
        self._history = history
        self._keymap = keymap
        self._bindings = bindings_for("history", keymap)
        self._keys = KeyNames(keymap.names())
        self._entries: list[SessionEntry] = []

    def compose(self) -> ComposeResult:
        yield LineWidget(id="title")
        yield Input(placeholder="type to search: a name, a workout, a day", id="search", compact=True)
        with Horizontal(id="choice"):
            yield _Sessions(id="workouts", markup=False)
            with VerticalScroll(id="about", can_focus=False):
                yield LineWidget(id="preview")
        yield LineWidget(id="keys")

    def on_mount(self) -> None:
        self.query_one("#search", Input).focus()
        self._search()

    def on_resize(self) -> None:
        self.call_after_refresh(self._paint)

    def on_unmount(self) -> None:
        self._history.close()

    def on_input_changed(self) -> None:
        self._search()

    def on_input_submitted(self) -> None:
        self.action_open()

    def on_option_list_option_highlighted(self) -> None:
        self._paint()

    def _search(self) -> None:
        text = clean(self.query_one("#search", Input).value)
        self._entries = self._history.entries(Filter(text=text, rehearsed=bool(text)))
        options = self.query_one("#workouts", OptionList)
        options.clear_options()
        listed = self._entries[:MAX_LISTED]
        options.add_options(Option(Content(fit(_entry_text(entry), LIST_WIDTH - 2))) for entry in listed)
        if self._entries:
            options.highlighted = 0
        self._paint()

    def _highlighted(self) -> SessionEntry | None:
        place = self.query_one("#workouts", OptionList).highlighted
        return None if place is None or place >= len(self._entries) else self._entries[place]

    def _paint(self) -> None:
        width = self.size.width
        count = len(self._entries)
        found = f"{count} {'session' if count == 1 else 'sessions'}"
        title: Line = ((" kicktimer ", "run"), ("  Review   ", "strong"), (found, "dim"))
        self.query_one("#title", LineWidget).paint([title])
        self.query_one("#keys", LineWidget).paint([footer_line("history", set(), self._keys)])
        about = self.query_one("#about")
        about.display = width >= PREVIEW_MIN_WIDTH
        if about.display:
            room = max(20, width - LIST_WIDTH - 4)
            self.query_one("#preview", LineWidget).paint(self._preview(self._highlighted(), room))

    def _preview(self, entry: SessionEntry | None, width: int) -> list[Line]:
        if entry is None:
            return [(("no session", "dim"),)]
        problem: list[Line] = [((row, "slow"),) for row in wrap(clean(entry.problem), width)]
        record = self._history.session(entry.id) if entry.is_log else None
        if record is None:
            return problem
        grid = session_grid(record, measure_session(record), width)
        return [*problem, ((fit(record.workout, width), "head"),), (), *grid]

    def action_highlight(self, step: int) -> None:
        options = self.query_one("#workouts", OptionList)
        if step > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_open(self) -> None:
        entry = self._highlighted()
        if entry is not None and entry.is_log:
            place = self._entries.index(entry)
            self.app.push_screen(SessionReport(self._history, self._keymap, self._entries, place))

    def action_back(self) -> None:
        """Clears the search, or leaves the review where there is none."""
        search = self.query_one("#search", Input)
        if search.value:
            search.value = ""
        else:
            self.action_leave()

    def action_leave(self) -> None:
        if len(self.app.screen_stack) > BASE_SCREENS:
            self.app.pop_screen()
        else:
            self.app.exit()


def _entry_text(entry: SessionEntry) -> str:
    if not entry.is_log:
        return f"✗ {clean(entry.path.name)}"
    mark = "✗ " if entry.problem else ""
    return f"{mark}{entry.started[:10]} {entry.workout}"


def _plain(rows: Sequence[str]) -> list[Line]:
    return [((row, "text"),) for row in rows]


class _Report(Screen[None], inherit_bindings=False):
    """A page of text that scrolls, with neighbours to the left and to the right."""

    def __init__(self, history: History, keymap: Keymap, count: int, place: int) -> None:
        super().__init__()
        self.history = history
        self.keymap = keymap
        self.place = place
        self._count = count
        self._bindings = bindings_for("report", keymap)
        self._keys = KeyNames(keymap.names())

    def compose(self) -> ComposeResult:
        yield LineWidget(id="title")
        with VerticalScroll(id="times", can_focus=False):
            yield LineWidget(id="table")
        yield LineWidget(id="keys")

    def page(self, width: int) -> tuple[str, list[Line]]:
        """Returns the title and the lines of the present page."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self._paint()

    def on_resize(self) -> None:
        self._paint()

    def _paint(self) -> None:
        width = self.size.width
        try:
            title, lines = self.page(max(20, width - 1))
        except KicktimerError as error:
            title, lines = "this cannot be shown", _plain(wrap(f"{error.message}. {error.hint}", max(20, width - 1)))
        self.query_one("#title", LineWidget).paint([bar(clean(title), "done", width)])
        self.query_one("#table", LineWidget).paint(lines)
        self.query_one("#keys", LineWidget).paint([footer_line("report", set(), self._keys)])

    def action_scroll(self, rows: int) -> None:
        self.query_one("#times", VerticalScroll).scroll_relative(y=rows, animate=False)

    def action_step(self, step: int) -> None:
        self.place = min(max(self.place + step, 0), self._count - 1)
        self.query_one("#times", VerticalScroll).scroll_home(animate=False)
        self._paint()

    def action_kick(self) -> None:
        """Opens the reports of the athletes; on one of these it does nothing."""

    def action_back(self) -> None:
        if len(self.app.screen_stack) > BASE_SCREENS:
            self.app.pop_screen()
        else:
            self.app.exit()


class SessionReport(_Report):
    """One session as a grid. The neighbours are the sessions before and after it in the list."""

    def __init__(self, history: History, keymap: Keymap, entries: Sequence[SessionEntry], place: int) -> None:
        self._entries = [entry for entry in entries if entry.is_log]
        super().__init__(history, keymap, len(self._entries), self._entries.index(entries[place]))

    def page(self, width: int) -> tuple[str, list[Line]]:
        entry = self._entries[self.place]
        record = self.history.session(entry.id)
        if record is None:
            return entry.workout, _plain(wrap(clean(entry.problem), width))
        lines: list[Line] = [*session_grid(record, measure_session(record), width)]
        if entry.problem:
            lines = [*_plain(wrap(clean(entry.problem), width)), (), *lines]
        return f"{record.workout}  {record.date[:16].replace('T', ' ')}  {record.state}", lines

    def action_kick(self) -> None:
        record = self.history.session(self._entries[self.place].id)
        if record is not None and record.names:
            self.app.push_screen(AthleteReport(self.history, self.keymap, record.names, 0))


class AthleteReport(_Report):
    """The kick report and the sessions of one athlete. The neighbours are the other athletes."""

    def __init__(self, history: History, keymap: Keymap, names: Sequence[str], place: int) -> None:
        self._names = names
        super().__init__(history, keymap, len(names), place)

    def page(self, width: int) -> tuple[str, list[Line]]:
        name = self._names[self.place]
        own = [*self.history.sessions(Filter(athlete=name, races=False))]
        races = [*self.history.sessions(Filter(races=True))]
        review = athlete_review(name, counted(own))
        return name, _plain(athlete_lines(review, kick_report(name, counted([*own, *races])), width))
