"""The pages of the review: one session, one athlete over time, and two things side by side.

A page is text that scrolls, with neighbours to the left and to the right. On a session's page the coach corrects times,
adds notes and rates reps; these become facts of the log.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Input

from kicktimer.errors import KicktimerError
from kicktimer.history import Filter
from kicktimer.review.athlete import athlete_review
from kicktimer.review.athlete_text import athlete_lines
from kicktimer.review.charts.lap_bars import lap_bar_lines
from kicktimer.review.compare_text import athlete_comparison, season_comparison, session_comparison
from kicktimer.review.kick import kick_report
from kicktimer.review.records import counted
from kicktimer.review.session_measures import best_times, measure_session
from kicktimer.review.session_text import session_grid
from kicktimer.saved_session import amend_log
from kicktimer.session.commands import Correct, Rate
from kicktimer.text import clean
from kicktimer.tui.footer_and_help import KeyNames
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.render.status_lines import footer_line
from kicktimer.tui.render.text_layout import bar, wrap
from kicktimer.tui.screens.textual_bindings import bindings_for
from kicktimer.tui.typed_amendment import EXAMPLES, read_amendment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from kicktimer.history import History, SessionEntry
    from kicktimer.review.records import SessionRecord
    from kicktimer.session import AnyCommand
    from kicktimer.tui.keymap import Keymap
    from kicktimer.tui.keys import Condition
    from kicktimer.tui.keys import Screen as ScreenName
    from kicktimer.tui.render.text_layout import Line, Role
    from kicktimer.tui.typed_amendment import Amendment

    Page = tuple[str, list[Line]]  # a title, and the lines below it

BASE_SCREENS = 2
"""The app's own blank screen, and the first one: leaving that one ends the app."""
MIN_WIDTH = 20


def _plain(rows: Sequence[str]) -> list[Line]:
    return [((row, "text"),) for row in rows]


class _Report(Screen[None], inherit_bindings=False):
    """A page of text that scrolls, with neighbours to the left and to the right. `count` is the number of pages."""

    AUTO_FOCUS = ""
    table_name: ClassVar[ScreenName] = "report"
    conditions: ClassVar[frozenset[Condition]] = frozenset()

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

    def page(self, width: int) -> Page:
        """Returns the title and the lines of the present page."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self.paint()

    def on_resize(self) -> None:
        self.paint()

    def paint(self) -> None:
        """Paints the present page."""
        width = self.size.width
        inner = max(MIN_WIDTH, width - 1)
        try:
            title, lines = self.page(inner)
        except KicktimerError as error:
            title, lines = "this cannot be shown", _plain(wrap(f"{error.message}. {error.hint}", inner))
        self.query_one("#title", LineWidget).paint([bar(clean(title), "done", width)])
        self.query_one("#table", LineWidget).paint(lines)
        self.query_one("#keys", LineWidget).paint(
            [footer_line("report", self.conditions, self._keys, self.app.size.width)]
        )

    def action_scroll(self, rows: int) -> None:
        self.query_one("#times", VerticalScroll).scroll_relative(y=rows, animate=False, immediate=True)

    def action_step(self, step: int) -> None:
        self.place = min(max(self.place + step, 0), self._count - 1)
        self.query_one("#times", VerticalScroll).scroll_home(animate=False)
        self.paint()

    def action_kick(self) -> None:
        """Opens the reports of a session's athletes; on other pages it does nothing."""

    def action_compare(self) -> None:
        """Opens the pages that compare this with others; on one of these it does nothing."""

    def action_amend(self, kind: Amendment) -> None:
        """Asks for a correction, a rating or a note; on other pages than a session's it does nothing."""

    def action_accept(self) -> None:
        """Handles the key that ends an input; the input itself takes it while there is one."""

    def action_back(self) -> None:
        if len(self.app.screen_stack) > BASE_SCREENS:
            self.app.pop_screen()
        else:
            self.app.exit()


class SessionReport(_Report):
    """One session as a grid. The neighbours are the sessions before and after it in the list."""

    conditions: ClassVar[frozenset[Condition]] = frozenset({"session shown", "comparable"})

    def __init__(self, history: History, keymap: Keymap, entries: Sequence[SessionEntry], place: int) -> None:
        self._entries = [entry for entry in entries if entry.is_log]
        self._asked: Amendment = "note"
        self._seasons: dict[int, tuple[SessionRecord, ...]] = {}
        super().__init__(history, keymap, len(self._entries), self._entries.index(entries[place]))

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield LineWidget(id="answer")
        yield Input(id="amendment", compact=True)

    def on_mount(self) -> None:
        self.query_one("#amendment").display = False
        self.paint()

    @property
    def _record(self) -> SessionRecord | None:
        return self.history.session(self._entries[self.place].id)

    def page(self, width: int) -> Page:
        entry, record = self._entries[self.place], self._record
        if record is None:
            return entry.workout, _plain(wrap(clean(entry.problem), width))
        grid = session_grid(record, measure_session(record, self._bests(record)), width)
        lines: list[Line] = [*grid, (), *_plain(lap_bar_lines(record, width))]
        if entry.problem:
            lines = [*_plain(wrap(clean(entry.problem), width)), (), *lines]
        return f"{record.workout}  {record.date[:16].replace('T', ' ')}  {record.state}", lines

    def _bests(self, record: SessionRecord) -> dict[tuple[str, int], int]:
        """Returns the best times of the season before this session. Each season is read once."""
        year = record.moment.year
        if year not in self._seasons:
            self._seasons[year] = self.history.season(year)
        return best_times(each for each in self._seasons[year] if each.moment < record.moment)

    def _read(self) -> SessionRecord | None:
        """Returns the record of the page. Says so and returns None if it cannot be read."""
        try:
            return self._record
        except KicktimerError as error:
            self._answer(error)
            return None

    def action_kick(self) -> None:
        record = self._read()
        if record is not None and record.names:
            self.app.push_screen(AthleteReport(self.history, self.keymap, record.names, 0))

    def action_compare(self) -> None:
        """Compares with the other sessions in the list: those with the same workout first, the nearest before it."""
        record = self._read()
        if record is None:
            return
        after = [*self._entries[self.place + 1 :], *reversed(self._entries[: self.place])]
        others = sorted(after, key=lambda entry: entry.workout != record.workout)  # the sort keeps the order
        if others:
            pages = [_session_page(self.history, record, other) for other in others]
            self.app.push_screen(ComparisonReport(self.history, self.keymap, pages))

    def action_amend(self, kind: Amendment) -> None:
        field = self.query_one("#amendment", Input)
        self._asked = kind
        field.value = ""
        field.display = True
        field.focus()
        self._answer(f"{kind}: {EXAMPLES[kind]}")

    def on_input_submitted(self) -> None:
        """Adds what was typed to the log. What cannot be added stays in the field, with the reason above it."""
        field = self.query_one("#amendment", Input)
        try:
            amend_log(self._entries[self.place].path, [self._amendment(field.value)])
            self.history.update()
        except KicktimerError as error:
            self._answer(error)
            return
        self._close_field()
        self._seasons.clear()
        self.paint()
        self._answer("saved in the log; what was there stays")

    def _amendment(self, text: str) -> AnyCommand:
        """Returns the command that was typed, with the athlete's name as it stands in the log."""
        session_id = self._entries[self.place].id
        record, logged = self.history.session(session_id), self.history.logged_session(session_id)
        names = {} if record is None or logged is None else dict(zip(record.names, logged.names, strict=True))
        command = read_amendment(self._asked, text, tuple(names))
        return replace(command, athlete=names[command.athlete]) if isinstance(command, Correct | Rate) else command

    def _answer(self, answer: str | KicktimerError) -> None:
        """Shows what became of a key: a sentence, or an error with its hint."""
        role: Role = "selected"
        if isinstance(answer, KicktimerError):
            answer, role = f"{answer.message}: {answer.hint}" if answer.hint else answer.message, "bad"
        width = self.size.width
        rows = [bar(row, role, width) for row in wrap(clean(answer), max(MIN_WIDTH, width - 2))]
        self.query_one("#answer", LineWidget).paint(rows)

    def _close_field(self) -> None:
        self.query_one("#amendment").display = False
        self.set_focus(None)

    def action_step(self, step: int) -> None:
        self._answer("")
        super().action_step(step)

    def action_back(self) -> None:
        """Closes the input without adding anything, else the page."""
        if self.query_one("#amendment").display:
            self._close_field()
            self._answer("")
        else:
            super().action_back()


class AthleteReport(_Report):
    """The kick report and the sessions of one athlete. The neighbours are the other athletes."""

    conditions: ClassVar[frozenset[Condition]] = frozenset({"comparable"})

    def __init__(self, history: History, keymap: Keymap, names: Sequence[str], place: int) -> None:
        self._names = names
        super().__init__(history, keymap, len(names), place)

    def page(self, width: int) -> Page:
        name = self._names[self.place]
        own = [*self.history.sessions(Filter(athlete=name, races=False))]
        races = [*self.history.sessions(Filter(races=True))]
        review = athlete_review(name, counted(own))
        return name, _plain(athlete_lines(review, kick_report(name, counted([*own, *races])), width))

    def action_compare(self) -> None:
        """Compares this season with the last one, then the athlete with the others in their newest common session."""
        name = self._names[self.place]
        try:
            others = [other for other in self.history.names() if other != name]
        except KicktimerError:
            return  # the page itself says what is wrong
        pages = [_season_page(self.history, name), *(_athlete_page(self.history, name, other) for other in others)]
        self.app.push_screen(ComparisonReport(self.history, self.keymap, pages))


class ComparisonReport(_Report):
    """Two things side by side. Each page compares the same thing with another one."""

    def __init__(self, history: History, keymap: Keymap, pages: Sequence[Callable[[int], Page]]) -> None:
        self._pages = pages
        super().__init__(history, keymap, len(pages), 0)

    def page(self, width: int) -> Page:
        return self._pages[self.place](width)


def _session_page(history: History, record: SessionRecord, other: SessionEntry) -> Callable[[int], Page]:
    """Returns the page that compares a session with another one, the older one on the left."""

    def page(width: int) -> Page:
        found = history.session(other.id)
        if found is None:
            return other.workout, _plain(wrap(clean(other.problem), width))
        left, right = sorted((record, found), key=lambda each: each.moment)
        title = left.workout if left.workout == right.workout else f"{left.workout} · {right.workout}"
        return f"{title}  {left.date[:10]} and {right.date[:10]}", _plain(session_comparison(left, right, width))

    return page


def _season_page(history: History, name: str) -> Callable[[int], Page]:
    def page(width: int) -> Page:
        sessions = [*history.sessions(Filter(athlete=name, races=False))]
        return f"{name}  this season and the last one", _plain(season_comparison(name, sessions, width))

    return page


def _athlete_page(history: History, name: str, other: str) -> Callable[[int], Page]:
    def page(width: int) -> Page:
        title = f"{name} and {other}"
        session = history.newest_common(name, other)
        if session is None:
            return title, _plain(["they have not run in one session"])
        lines = athlete_comparison(session, name, other, width)
        return f"{title}  {session.workout}  {session.date[:10]}", _plain(lines)

    return page
