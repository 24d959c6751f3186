"""The list of saved sessions, newest first, with a search, filters and a preview."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from kicktimer.errors import KicktimerError
from kicktimer.history import FilterValues
from kicktimer.review.session_measures import measure_session
from kicktimer.review.session_text import session_grid
from kicktimer.text import clean
from kicktimer.tui.footer_and_help import KeyNames
from kicktimer.tui.history_filters import HistoryFilters
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.render.status_lines import footer_line
from kicktimer.tui.render.text_layout import bar, fit, wrap
from kicktimer.tui.screens.report_screens import BASE_SCREENS, SessionReport
from kicktimer.tui.screens.textual_bindings import bindings_for

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from kicktimer.history import History, SessionEntry
    from kicktimer.tui.keymap import Keymap
    from kicktimer.tui.keys import Condition
    from kicktimer.tui.keys import Screen as ScreenName
    from kicktimer.tui.render.text_layout import Line

MAX_LISTED = 500
"""More sessions are found by typing a part of their name."""
PREVIEW_MIN_WIDTH = 76
"""In a window narrower than this there is no preview beside the list."""
LIST_WIDTH = 34


class _Sessions(OptionList, inherit_bindings=False):
    """The list of sessions. The keys that choose one are bound by the screen."""

    BINDINGS: ClassVar[list[BindingType]] = []
    can_focus = False


class HistoryScreen(Screen[None], inherit_bindings=False):
    """Lists the sessions, newest first. What is typed searches: workout, athletes, kind, day, squad."""

    table_name: ClassVar[ScreenName] = "history"

    def __init__(self, history: History, keymap: Keymap) -> None:
        super().__init__()
        self._history = history
        self._keymap = keymap
        self._bindings = bindings_for("history", keymap)
        self._keys = KeyNames(keymap.names())
        self._entries: list[SessionEntry] = []
        self._filters = HistoryFilters()
        self._problem = ""

    def compose(self) -> ComposeResult:
        yield LineWidget(id="title")
        yield Input(
            placeholder="type to search: a name, a workout, a day", id="search", compact=True, select_on_focus=False
        )
        yield LineWidget(id="filters")
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

    def on_screen_resume(self) -> None:
        """Reads the list anew: a report may have changed a session."""
        if self.is_mounted:
            self._search(keep=True)

    def on_key(self, event: events.Key) -> None:
        """Types into the search, also while a filter is selected."""
        search = self.query_one("#search", Input)
        if not search.has_focus and event.is_printable and event.character is not None:
            self._filters.selected = None
            search.focus()
            search.insert_text_at_cursor(event.character)
            event.stop()

    def on_input_changed(self) -> None:
        self._search()

    def on_input_submitted(self) -> None:
        self.action_open()

    def on_option_list_option_highlighted(self) -> None:
        self._paint()

    def _search(self, *, keep: bool = False) -> None:
        """Lists the sessions that are wanted, and highlights the newest, or with `keep` the place of before."""
        self._entries = self._history.entries(self._filters.to_query(clean(self.query_one("#search", Input).value)))
        options = self.query_one("#workouts", OptionList)
        place = (options.highlighted or 0) if keep else 0
        options.clear_options()
        listed = self._entries[:MAX_LISTED]
        options.add_options(Option(Content(fit(_entry_text(entry), LIST_WIDTH - 2))) for entry in listed)
        if self._entries:
            options.highlighted = min(place, len(listed) - 1)
        self._paint()

    def _highlighted(self) -> SessionEntry | None:
        place = self.query_one("#workouts", OptionList).highlighted
        return None if place is None or place >= len(self._entries) else self._entries[place]

    @property
    def conditions(self) -> set[Condition]:
        """The conditions of the table of keys that hold now."""
        return set() if self._filters.selected is None else {"filter selected"}

    def _paint(self) -> None:
        width = self.size.width
        count = len(self._entries)
        found = f"{count} {'session' if count == 1 else 'sessions'}"
        title: Line = ((" kicktimer ", "run"), ("  Review   ", "strong"), (found, "dim"))
        self.query_one("#title", LineWidget).paint([title])
        problem = [bar(row, "bad", width) for row in wrap(self._problem, max(20, width - 2))]
        self.query_one("#filters", LineWidget).paint([*self._filters.lines(width), *problem])
        self.query_one("#keys", LineWidget).paint(
            [footer_line("history", self.conditions, self._keys, self.app.size.width)]
        )
        about = self.query_one("#about")
        about.display = width >= PREVIEW_MIN_WIDTH
        if about.display:
            room = max(20, width - LIST_WIDTH - 4)
            self.query_one("#preview", LineWidget).paint(self._preview(self._highlighted(), room))

    def _preview(self, entry: SessionEntry | None, width: int) -> list[Line]:
        if entry is None:
            return [(("no session", "dim"),)]
        problem: list[Line] = [((row, "slow"),) for row in wrap(clean(entry.problem), width)]
        record = self._history.logged_session(entry.id) if entry.is_log else None
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

    def action_select_filter(self, step: int) -> None:
        """Selects a filter; typing goes on in the search. What there is to filter by is read for the first one."""
        if self._filters.values == FilterValues():
            try:
                self._filters.values = self._history.filter_values()
            except KicktimerError as error:
                self._problem = clean(f"{error.message}: {error.hint}" if error.hint else error.message)
        self._filters.select(step)
        if self._filters.selected is None:
            self.query_one("#search", Input).focus()
        else:
            self.set_focus(None)
        self._paint()

    def action_change_filter(self, step: int) -> None:
        self._filters.change(step)
        self._search()

    def action_back(self) -> None:
        """Clears the filters and the search, or leaves the review where there are none."""
        search = self.query_one("#search", Input)
        if search.value or self._filters.is_set:
            self._filters.clear()
            search.focus()
            search.value = ""
            self._search()
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
