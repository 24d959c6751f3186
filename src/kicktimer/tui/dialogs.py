"""Dialogs over the live screen. The clock, the cues and the keys that take times go on under them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from kicktimer.tui.lines import fit, flow, spread
from kicktimer.tui.painted import Painted
from kicktimer.tui.summary import SummaryScreen
from kicktimer.tui.timing import TimingScreen

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from kicktimer.tui.controls import Controls
    from kicktimer.tui.lines import Line


class _Dialog(TimingScreen, ModalScreen[None], inherit_bindings=False):
    """A box in the middle."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "space", id="space"),
        Binding("backspace", "undo", id="undo"),
        Binding("escape", "back", id="back"),
    ]

    def compose(self) -> ComposeResult:
        yield Painted(id="box")

    def on_mount(self) -> None:
        self.query_one("#box", Painted).paint(self.box())

    def box(self) -> list[Line]:
        """The dialog's lines."""
        raise NotImplementedError

    def repaint(self) -> None:
        """What is under the dialog goes on."""
        for screen in self.app.screen_stack:
            if isinstance(screen, TimingScreen) and screen is not self:
                screen.repaint()

    def action_back(self) -> None:
        self.dismiss()


class LeaveDialog(_Dialog):
    """Asks before a running session is ended."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,ctrl+q", "end", id="confirm")]

    def box(self) -> list[Line]:
        said = [
            "END THE SESSION?",
            "ctrl+q or enter: end it and save   ·   escape: go on",
            "The clock runs on, and keys still take times.",
        ]
        width = self.app.size.width
        return [spread(((f" {row}", "alert"),), (), width, "alert") for row in said]

    def action_end(self) -> None:
        self.controls.end(self.stamp)
        self.app.switch_screen(SummaryScreen(self.controls))


_HELP = (
    ("space", "start what is ready; else an arrival without a name"),
    ("", "LETTERS, DIGITS: that athlete's arrival"),
    ("accept", "the oldest arrival is who is proposed"),
    ("name", "then an athlete's key: whose arrival it is"),
    ("select-older", "and down select an arrival"),
    ("delete", "deletes the selected one, a false tap"),
    ("undo", "takes back the last tap, name, close, skip, hold …"),
    ("close", "close the rep: who is out is missed"),
    ("hold", "hold: no GO until released; the coach's GO"),
    ("skip", "skip the rep (twice)"),
    ("shorter", "and = : recovery 5 s shorter, longer"),
    ("recall", "false start: GO again (twice)"),
    ("drop", "then an athlete's key: out, or back in"),
    ("rate-1", "to F5: how relaxed the marked athlete ran"),
    ("mark-before", "and right: whose rating"),
    ("next-group", "the next group"),
    ("light", "dark on light, or light on dark"),
    ("leave", "end the session, or leave"),
)


class HelpDialog(_Dialog):
    """What the keys do."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark,enter", "back", id="help")]

    def __init__(self, controls: Controls, keys: dict[str, str]) -> None:
        super().__init__(controls)
        self._keys = keys

    def box(self) -> list[Line]:
        lines: list[Line] = [
            ((fit(f" {self._keys.get(what, what)}", 8), "key"), (fit(f" {told}", 54), "text")) for what, told in _HELP
        ]
        legend: list[Line] = [
            (("= on target (±0.3 s)", "on"),),
            (("▲ slower", "slow"),),
            (("▼ faster", "fast"),),
            (("h by hand", "text"),),
        ]
        return [*lines, *(((" ", "text"), *line) for line in flow(legend, 60))]
