"""Dialogs over the live screen. The clock, the cues and the keys that take times go on under them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from kicktimer.errors import KicktimerError
from kicktimer.tui.controls import LET_GO_S
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.render.text_layout import fit, flow, spread, wrapped
from kicktimer.tui.screens.base_screen import TimingScreen
from kicktimer.tui.screens.summary_screen import SummaryScreen

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from kicktimer.tui.controls import Controls
    from kicktimer.tui.render.text_layout import Line


class _Dialog(TimingScreen, ModalScreen[None], inherit_bindings=False):
    """A box in the middle."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "space", id="space"),
        Binding("backspace", "undo", id="undo"),
        Binding("escape", "back", id="back"),
    ]

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

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "end", id="confirm"),
        Binding("enter", "accept", id="accept"),  # what it does everywhere: no press too many ends a session
    ]

    def box(self) -> list[Line]:
        said = [
            "END THE SESSION?",
            "ctrl+q: end it and save   ·   escape: go on",
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

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f6", "again", id="hear"),
        Binding("enter", "heard", id="heard"),
        Binding("f7", "mute", id="mute"),
        Binding("ctrl+q", "leave", id="leave"),
    ]

    def __init__(self, controls: Controls, keys: dict[str, str]) -> None:
        super().__init__(controls)
        self._keys = keys
        self._playing = False

    def on_mount(self) -> None:
        self.action_again()

    def box(self) -> list[Line]:
        state, key, volume = self.controls.live.speaker, self._keys["hear"], self.controls.live.sound.volume
        through = f"{state.sink} ({state.device})" if state.device else state.sink
        through += f" AT {volume} %" if volume < 100 else ""
        answers = f"{key}: play it   ·   escape: back"
        if state.muted:
            asked, answers = "MUTED", f"{self._keys['mute']}: sound again   ·   escape: back"
        elif state.sink == "off":
            asked, answers = "SOUND IS OFF", "escape: back"
        elif self._playing:
            asked = f"♪ GO PLAYS THROUGH {through}. DO YOU HEAR IT?"
            answers = f"enter: yes, heard   ·   {key}: once more   ·   escape: no"
        else:
            asked = f"♪ {through}: {key} plays GO" if state.alive else "NO SOUND YET"
        said = [asked, answers, "Not heard? Turn the volume up; `kicktimer doctor` picks another output."]
        width = self.app.size.width
        lacks = self.controls.live.sound.lacks
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
        self.controls.live.sound.mute()
        self._playing = False
        self._show()

    def action_leave(self) -> None:
        """A session that has not begun has nothing to lose."""
        self.session_app.leave()

    def action_heard(self) -> None:
        try:
            heard = self.controls.live.sound.was_heard()
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

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "join", id="confirm")]

    def __init__(self, controls: Controls) -> None:
        super().__init__(controls)
        self._typed = ""

    def box(self) -> list[Line]:
        several = len(self.controls.live.state.groups) > 1
        said = [
            f"LATE-COMER{f' to group {self.controls.focus}' if several else ''}: {self._typed}▁",
            "Letters type the name now, no arrivals   ·   enter: joins   ·   escape: nobody",
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


_HELP = (
    ("space", "start; else somebody came in"),
    ("", "LETTERS: that athlete came in"),
    ("accept", "the oldest is who is proposed"),
    ("name", "+ key: whose arrival it is"),
    ("swap", "oldest after next (| + key: any)"),
    ("insert", "+ key: forgotten, before whom"),
    ("delete", "+ key: whose is a false one"),
    ("select-older", "↓ select one for \\ INS DEL ^E"),
    ("undo", "take the last step back"),
    ("correct", "+ key: correct a time"),
    ("rate-1", "… F5: how relaxed was it?"),
    ("mark-before", "→ whose rating"),
    ("hear", "play GO: is sound heard?"),
    ("mute", "no sound, sound again"),
    ("call", "count the seconds aloud"),
    ("speak", "say time, difference, nothing"),
    ("light", "dark on light and back"),
    ("close", "close: who is out is missed"),
    ("hold", "no GO; again: GO is mine"),
    ("shorter", "= recovery 5 s shorter, longer"),
    ("skip", "skip the rep (twice)"),
    ("add", "one more rep like the last"),
    ("recall", "false start (twice)"),
    ("go-earlier", "] GO was 1 s earlier, later"),
    ("drop", "+ key: out, or back in"),
    ("move", "+ key: into this group"),
    ("join", "a late-comer joins"),
    ("next-group", "the next group"),
    ("back", "let it be, select nothing"),
    ("leave", "end the session (twice)"),
)


class HelpDialog(_Dialog):
    """What the keys do."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark,enter", "back", id="help")]

    def __init__(self, controls: Controls, keys: dict[str, str]) -> None:
        super().__init__(controls)
        self._keys = keys

    def box(self) -> list[Line]:
        half = -(-len(_HELP) // 2)
        lines: list[Line] = [
            (*self._line(*left), *self._line(*right)) for left, right in zip(_HELP[:half], _HELP[half:], strict=True)
        ]
        legend: list[Line] = [
            (("= on target (±0.3 s)", "on"),),
            (("▲ slower", "slow"),),
            (("▼ faster", "fast"),),
            (("h by hand", "text"),),
        ]
        return [*lines, *(((" ", "text"), *line) for line in flow(legend, 74))]

    def _line(self, what: str, told: str) -> Line:
        return ((fit(f" {self._keys.get(what, what)}", 7), "key"), (fit(f" {told}", 31), "text"))
