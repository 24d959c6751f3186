"""The summary: every time against its target, at the end and when a session is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import VerticalScroll

from kicktimer import view
from kicktimer.tui.key_texts import footer
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.render.text_layout import fit, justify
from kicktimer.tui.screens.base_screen import TimingScreen
from kicktimer.tui.screens.bindings import bindings_for

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from kicktimer.live_session import LiveSession
    from kicktimer.tui.controls import Controls
    from kicktimer.tui.keys import Condition
    from kicktimer.tui.render.text_layout import Line, Piece, Role
    from kicktimer.view import Comparison, SummaryBlock, SummaryCell, SummaryRow

CELL = 8
LABEL = 15
UNSAVED = "NOT SAVED: make room on the disk, it is tried again.  {leave} again LOSES it"


class SummaryScreen(TimingScreen):
    """What was run. Until it is left, undo and ratings go on."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_for("summary")

    def __init__(self, controls: Controls) -> None:
        super().__init__(controls)
        self._shown: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield LineWidget(id="title")
        with VerticalScroll(id="times", can_focus=False):
            yield LineWidget(id="table")
        yield LineWidget(id="answer")
        yield LineWidget(id="keys")

    def on_mount(self) -> None:
        self.session_app.paint()

    def on_resize(self) -> None:
        self.session_app.paint()

    def repaint(self) -> None:
        controls, live = self.controls, self.controls.live
        controls.expire_messages(self.session_app.clock())
        width = self.size.width
        mark = None if live.state.ended is not None else view.next_to_rate(live.state, controls.focus, controls.rating_target)
        shown = (live.state, mark, width)
        if not (self._shown and self._shown[0] is live.state and self._shown[1:] == shown[1:]):
            self._shown = shown
            found = view.session_summary(live.plan, live.state, mark)
            title: Line = ((f" {found.name} ", "strong"), (f" {found.state} ", "done"))
            self.query_one("#title", LineWidget).paint([justify(title, (), width)])
            self.query_one("#table", LineWidget).paint(table(found, width - 1))
        self.query_one("#answer", LineWidget).paint(self._answer(mark, width))
        self.query_one("#keys", LineWidget).paint([self._keys(rating_due=mark is not None)])

    def _keys(self, *, rating_due: bool) -> Line:
        conditions: set[Condition] = {"session open" if self.controls.live.state.ended is None else "session ended"}
        if rating_due:
            conditions.add("rating due")
        line: Line = ((" ", "text"),)
        for item in footer("summary", conditions, self.controls.keys, separator=" "):
            if item.available:
                line = (*line, (item.keys, "key"), (f" {item.label}  ", "text"))
        return line

    def _answer(self, mark: tuple[str, int] | None, width: int) -> list[Line]:
        controls, live = self.controls, self.controls.live
        told, lost = trouble(live)
        if lost:
            saved: Line = justify(((f" NOT SAVED  {told}", "bad"),), (), width, "bad")
        elif live.saved:
            saved = justify(((" saved at ", "on"), (str(live.log_path), "text")), (), width)
        else:
            saved = justify(((" saving …", "alert"),), (), width)
        if self.session_app.unsaved:
            return [justify(((f" {controls.keys.fill(UNSAVED)}", "bad"),), (), width, "bad"), saved]
        if controls.message:
            role: Role = "bad" if controls.refused else "mark"
            return [justify(((f" {controls.message}", role),), (), width, role), saved]
        rate = controls.keys.row("rate-1")
        rating = f" {rate}: how relaxed was {mark[0]} in rep {mark[1]}? (5: very)" if mark is not None else ""
        return [justify(((rating, "mark" if rating else "text"),), (), width), saved]

    def action_rate(self, relaxation: int) -> None:
        self.controls.rate(relaxation, self.stamp)

    def action_select_rating(self, step: int) -> None:
        self.controls.select_rating(step, self.stamp)

    def action_scroll(self, rows: int) -> None:
        self.query_one("#times", VerticalScroll).scroll_relative(y=rows, animate=False)

    def action_back(self) -> None:
        if self.controls.live.state.ended is None:
            self.dismiss()
        else:
            self.session_app.leave()

    def action_enter(self) -> None:
        if self.controls.live.state.ended is not None:
            self.session_app.leave()

    def action_leave(self) -> None:
        """Ends what is finished; where an undo has set a rep going again the live screen asks."""
        state = self.controls.live.state
        if state.ended is None and not state.finished:
            self.controls.show_message(
                f"a rep runs again: {self.controls.keys.long('back')}, then leave", self.stamp, refused=True
            )
            return
        if state.ended is None:
            self.controls.end(self.stamp)
        self.session_app.leave(sure=True)


def trouble(live: LiveSession) -> tuple[str, bool]:
    """What has gone wrong with saving, and whether anything is not saved for it.

    A session that has moved to another file is saved as any other is, and facts that wait there wait as they always do.
    """
    if live.trouble.endswith(str(live.log_path)):
        return f"moved to {live.log_path.name}", False
    return live.trouble, bool(live.trouble) and not live.saved


def table(found: view.Summary, width: int) -> list[Line]:
    """The times as lines: as many reps side by side as fit, the athletes one below the other."""
    lines: list[Line] = []
    for block in found.blocks:
        if len(found.blocks) > 1:
            lines.append(((f" {block.name}", "strong"),))
        if not block.heads:
            lines.append(((" no rep was run", "dim"),))
        each = max(1, (width - LABEL) // CELL)
        for first in range(0, len(block.heads), each):
            lines.extend(_reps(block, first, first + each))
            lines.append(())
    return lines


def _reps(block: SummaryBlock, first: int, end: int) -> list[Line]:
    heads = block.heads[first:end]
    lines = [
        _line("    rep", [(f"{number}{'*' if closing else ''}", "head") for number, _, _, closing in heads]),
        _line("", [(length, "dim") for _, length, _, _ in heads]),
    ]
    if len(block.rows) == 1 and any(target for _, _, target, _ in heads):
        lines.append(_line("    target", [(target, "dim") for _, _, target, _ in heads]))
    for row in block.rows:
        lines.extend(_athlete(row, first, end))
    if any(closing for _, _, _, closing in heads):
        lines.append((("    * closing rep   ø mean, against the mean target", "dim"),))
    return lines


def _line(label: str, cells: list[Piece]) -> Line:
    return ((fit(label, LABEL), "dim"), *((fit(text, CELL, right=True), role) for text, role in cells))


def _athlete(row: SummaryRow, first: int, end: int) -> list[Line]:
    """Times, differences, then splits, recoveries and ratings where there are any."""
    cells = row.cells[first:end]
    name: list[Piece] = [(f" {row.key.upper() or ' '} ", "key"), (" " + fit(row.name, LABEL - 4), "strong")]
    lines: list[Line] = [(*name, *_line("", [_time(cell) for cell in cells])[1:])]
    mean = "" if row.mean is None else f" ø {row.mean.time} {row.mean.difference}"
    differences = [_difference(cell.result) for cell in cells]
    if mean or any(text for text, _ in differences):
        lines.append(_line(mean, differences))
    marks = dict.fromkeys(at for cell in cells for at, _ in cell.splits)
    lines.extend(_line(f"    {at}", [(dict(cell.splits).get(at, ""), "dim") for cell in cells]) for at in marks)
    if any(cell.recovery for cell in cells):
        lines.append(_line("    recovery", [(cell.recovery, "dim") for cell in cells]))
    if any(cell.rating or cell.is_next_to_rate for cell in cells):
        lines.append(_line("    relaxed", [_rating(cell) for cell in cells]))
    return lines


def _time(cell: SummaryCell) -> Piece:
    return (cell.note, "dim") if cell.result is None else (cell.result.time, "strong")


def _rating(cell: SummaryCell) -> Piece:
    return (cell.rating or ("?" if cell.is_next_to_rate else ""), "mark" if cell.is_next_to_rate else "text")


def _difference(result: Comparison | None) -> Piece:
    if result is None or not result.difference:
        return ("", "text")
    role: Role = "text" if result.verdict == "none" else result.verdict
    return (f"{result.symbol} {result.difference}", role)
