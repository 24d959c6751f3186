"""Dialogs over the live screen. The clock, the cues and the keys that take times go on under them."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar

from textual.screen import ModalScreen

from kicktimer.errors import KicktimerError
from kicktimer.tui.controls import LET_GO_S
from kicktimer.tui.key_texts import help_sections
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.render.text_layout import fit, flow, spread, wrapped
from kicktimer.tui.screens.base_screen import TimingScreen
from kicktimer.tui.screens.bindings import bindings_for
from kicktimer.tui.screens.summary_screen import SummaryScreen

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from kicktimer.tui.controls import Controls
    from kicktimer.tui.render.text_layout import Line

COLUMN = 38  # the width of a column of the help
LEFT_SECTIONS = ("ARRIVALS", "RATINGS", "SOUND")
LEGEND_AND_BORDER = 3  # rows


class _Dialog(TimingScreen, ModalScreen[None], inherit_bindings=False):
    """A box in the middle."""

    def compose(self) -> ComposeResult:
        yield LineWidget(id="box")

    def on_mount(self) -> None:
        self.query_one("#box", LineWidget).paint(self.box())

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

    BINDINGS: ClassVar[list[BindingType]] = bindings_for("leave")

    def box(self) -> list[Line]:
        said = [
            "END THE SESSION?",
            self.controls.keys.fill("{leave}: end it and save   ·   {back}: go on"),
            "The clock runs on, and keys still take times.",
        ]
        width = self.app.size.width
        return [spread(((f" {row}", "alert"),), (), width, "alert") for row in said]

    def __init__(self, controls: Controls, asked: float) -> None:
        """`asked` is the stamp of the press that opened it."""
        super().__init__(controls)
        self._asked = asked

    def action_end(self) -> None:
        asked, self._asked = self._asked, self.stamp
        if self.stamp - asked < LET_GO_S:  # the press that asked is held
            return
        self.controls.end(self.stamp)
        self.app.switch_screen(SummaryScreen(self.controls))

    def action_accept(self) -> None:
        self.controls.accept(self.stamp)


class SoundDialog(_Dialog):
    """Plays GO, and asks whether it is heard: a muted machine plays everything, and nobody hears it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_for("sound")

    def __init__(self, controls: Controls) -> None:
        super().__init__(controls)
        self._playing = False

    def on_mount(self) -> None:
        self.action_again()

    def box(self) -> list[Line]:
        state, volume = self.controls.live.speaker, self.controls.live.sound.volume
        hear, mute = self.controls.keys.short("hear"), self.controls.keys.short("mute")
        accept, back = self.controls.keys.long("accept"), self.controls.keys.long("back")
        through = f"{state.sink} ({state.device})" if state.device else state.sink
        through += f" AT {volume} %" if volume < 100 else ""
        answers = f"{hear}: play it   ·   {back}: back"
        if state.muted:
            asked, answers = "MUTED", f"{mute}: sound again   ·   {back}: back"
        elif state.sink == "off":
            asked, answers = "SOUND IS OFF", f"{back}: back"
        elif self._playing:
            asked = f"♪ GO PLAYS THROUGH {through}. DO YOU HEAR IT?"
            answers = f"{accept}: yes, heard   ·   {hear}: once more   ·   {back}: no"
        else:
            asked = f"♪ {through}: {hear} plays GO" if state.alive else "NO SOUND YET"
        said = [asked, answers, "Not heard? Turn the volume up; `kicktimer doctor` picks another output."]
        width = self.app.size.width
        lacks = self.controls.live.sound.go_silenced_reason
        said += [f"In the settings: {lacks}."] if lacks else []
        said += wrapped(state.note, width - 2)
        return [spread(((f" {row}", "alert"),), (), width, "alert") for row in said]

    def repaint(self) -> None:
        super().repaint()
        if self.controls.live.state.n:  # a key has started the session: GO is the athletes' now
            self.dismiss()
        else:
            self._show()

    def _show(self) -> None:
        self.query_one("#box", LineWidget).paint(self.box())

    def action_again(self) -> None:
        self._playing = self.controls.live.sound.play_go()
        self._show()

    def action_mute(self) -> None:
        self.controls.live.sound.toggle_mute()
        self._playing = False
        self._show()

    def action_leave(self) -> None:
        """A session that has not begun has nothing to lose."""
        self.session_app.leave()

    def action_heard(self) -> None:
        try:
            heard = self.controls.live.sound.confirm_heard()
        except KicktimerError as error:
            self.controls.say(error.message, self.stamp, refused=True)
        else:
            if not heard:  # it comes out of something else by now, or has not played
                self.action_again()
                return
            self.controls.say("♪ heard", self.stamp)
        self.controls.answered = self.stamp
        self.dismiss()


class JoinDialog(_Dialog):
    """Asks for the name of a late-comer. Letters are letters here, so it is small, and escape is near."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_for("join")

    def __init__(self, controls: Controls) -> None:
        super().__init__(controls)
        self._typed = ""

    def box(self) -> list[Line]:
        several = len(self.controls.live.state.groups) > 1
        said = [
            f"LATE-COMER{f' to group {self.controls.focus}' if several else ''}: {self._typed}▁",
            self.controls.keys.fill(
                "Letters type the name now, no arrivals   ·   {accept}: joins   ·   {back}: nobody"
            ),
        ]
        width = self.app.size.width
        return [spread(((f" {row}", "alert"),), (), width, "alert") for row in said]

    def letter(self, character: str) -> None:
        self._type(self._typed + character)

    def action_space(self) -> None:
        self._type(f"{self._typed} ")

    def action_undo(self) -> None:
        self._type(self._typed[:-1])

    def action_join(self) -> None:
        if self.controls.join(self._typed.strip(), self.stamp):
            self.dismiss()

    def _type(self, name: str) -> None:
        self._typed = name
        self.query_one("#box", LineWidget).paint(self.box())


class HelpDialog(_Dialog):
    """What the keys do."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_for("help")

    def box(self) -> list[Line]:
        """The sections of the help in two columns, their headings where there is room for them."""
        sections = help_sections(self.controls.keys)
        columns: tuple[list[Line], list[Line]] = ([], [])
        full = sum(1 + len(rows) for rows in sections.values())
        headings = self.app.size.height >= -(-full // 2) + LEGEND_AND_BORDER
        for number, (heading, rows) in enumerate(sections.items()):
            lines = columns[number >= len(LEFT_SECTIONS)]
            if headings:
                lines.append(((" ", "text"), (heading, "head"), (" " * (COLUMN - 1 - len(heading)), "text")))
            lines.extend(self._line(keys, sentence) for keys, sentence in rows)
        blank: Line = ((" " * COLUMN, "text"),)
        legend: list[Line] = [
            (("= on target (±0.3 s)", "on"),),
            (("▲ slower", "slow"),),
            (("▼ faster", "fast"),),
            (("h by hand", "text"),),
        ]
        return [
            *((*left, *right) for left, right in zip_longest(*columns, fillvalue=blank)),
            *(((" ", "text"), *line) for line in flow(legend, 74)),
        ]

    def _line(self, keys: str, sentence: str) -> Line:
        return ((fit(f" {keys}", 7), "key"), (fit(f" {sentence}", COLUMN - 7), "text"))
