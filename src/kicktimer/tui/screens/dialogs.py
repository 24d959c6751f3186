"""The dialogs over the live screen. While one is open the clock, the cues and the keys for times still work."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar

from textual.screen import ModalScreen

from kicktimer.errors import KicktimerError
from kicktimer.session import Phase
from kicktimer.tui.footer_and_help import help_sections
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.render.text_layout import bar, fit, flow, wrap
from kicktimer.tui.screens.base_screen import TimingScreen
from kicktimer.tui.screens.summary_screen import SummaryScreen
from kicktimer.units import show_clock

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from kicktimer.live_session import Gap
    from kicktimer.session import GroupState
    from kicktimer.tui.controls import Controls
    from kicktimer.tui.keys import Screen as ScreenName
    from kicktimer.tui.render.text_layout import Line, Role

HELP_COLUMN_WIDTH = 38
HELP_KEYS_WIDTH = 7
LEFT_SECTIONS = ("ARRIVALS", "RATINGS", "SOUND")
"""The sections of the help in its left column."""
LEGEND_AND_BORDER_ROWS = 3
WAKING_KEY_S = 1.0
"""So long after the dialog about a gap has opened, a key can still be the one that woke the machine."""


class _Dialog(TimingScreen, ModalScreen[None], inherit_bindings=False):
    """A box over the live screen, which shows `sentences`."""

    def compose(self) -> ComposeResult:
        yield LineWidget(id="box")

    def on_mount(self) -> None:
        self.paint_box()

    def paint_box(self) -> None:
        """Paints the dialog itself."""
        self.query_one("#box", LineWidget).paint(self.lines())

    def lines(self) -> list[Line]:
        """Returns the lines of the dialog."""
        return [bar(sentence, "alert", self.app.size.width) for sentence in self.sentences()]

    def sentences(self) -> list[str]:
        """Returns the text of the dialog, one sentence a row."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Paints the screens under the dialog."""
        for screen in self.app.screen_stack:
            if isinstance(screen, TimingScreen) and screen is not self:
                screen.repaint()

    def action_back(self) -> None:
        self.dismiss()


class LeaveDialog(_Dialog):
    """Asks before a running session is ended."""

    table_name: ClassVar[ScreenName] = "leave"

    def sentences(self) -> list[str]:
        return [
            "END THE SESSION?",
            self.controls.keys.fill("{leave}: end it and save   ·   {back}: go on"),
            "The clock runs on, and keys still take times.",
        ]

    def action_end(self) -> None:
        self.controls.end(self.stamp)
        self.app.switch_screen(SummaryScreen(self.controls))

    def action_accept(self) -> None:
        """Accepts a proposed name, as `enter` does on the live screen: it must not end the session."""
        self.controls.accept(self.stamp)


class SoundDialog(_Dialog):
    """Plays GO and asks whether it was heard. The program cannot know: a muted machine plays all cues, too."""

    table_name: ClassVar[ScreenName] = "sound"

    def __init__(self, controls: Controls) -> None:
        super().__init__(controls)
        self._playing = False

    def on_mount(self) -> None:
        self.action_again()

    def sentences(self) -> list[str]:
        state, volume = self.controls.live.speaker, self.controls.live.sound.volume
        hear, mute = self.controls.keys.short("hear"), self.controls.keys.short("mute")
        accept, back = self.controls.keys.long("accept"), self.controls.keys.long("back")
        through = f"{state.sink} ({state.device})" if state.device else state.sink
        through += f" AT {volume} %" if volume < 100 else ""
        answers = f"{hear}: play it   ·   {back}: back"
        if state.muted:
            question, answers = "MUTED", f"{mute}: sound again   ·   {back}: back"
        elif state.sink == "off":
            question, answers = "SOUND IS OFF", f"{back}: back"
        elif self._playing:
            question = f"♪ GO PLAYS THROUGH {through}. DO YOU HEAR IT?"
            answers = f"{accept}: yes, heard   ·   {hear}: once more   ·   {back}: no"
        else:
            question = f"♪ {through}: {hear} plays GO" if state.alive else "NO SOUND YET"
        sentences = [question, answers, "Not heard? Turn the volume up; `kicktimer doctor` picks another output."]
        go_silenced = self.controls.live.sound.go_silenced_reason
        sentences += [f"In the settings: {go_silenced}."] if go_silenced else []
        return sentences + wrap(state.note, self.app.size.width - 2)

    def repaint(self) -> None:
        super().repaint()
        if self.controls.live.state.n:  # a key has started the session: athletes would take a test GO for theirs
            self.dismiss()
        else:
            self.paint_box()

    def action_again(self) -> None:
        self._playing = self.controls.live.sound.play_go()
        self.paint_box()

    def action_mute(self) -> None:
        self.controls.live.sound.toggle_mute()
        self._playing = False
        self.paint_box()

    def action_leave(self) -> None:
        """Leaves at once: a session that has not begun has nothing to save."""
        self.session_app.leave()

    def action_heard(self) -> None:
        try:
            heard = self.controls.live.sound.confirm_heard()
        except KicktimerError as error:
            self.controls.show_message(error.message, self.stamp, refused=True)
        else:
            if not heard:  # GO has not played yet, or the output has changed since
                self.action_again()
                return
            self.controls.show_message("♪ heard", self.stamp)
        self.controls.sound_confirmed_at = self.stamp
        self.dismiss()


class GapDialog(_Dialog):
    """Says what fell due while the machine slept or the program was stopped, and asks about each group that is held.

    In the first moment its key for GO does nothing: a key was pressed to wake the machine. The dialog closes once no
    group is held because of the gap any more.
    """

    table_name: ClassVar[ScreenName] = "gap"

    def __init__(self, controls: Controls, gap: Gap, stamp: float) -> None:
        super().__init__(controls)
        self._gap = gap
        self._opened = stamp

    @property
    def _held(self) -> list[GroupState]:
        groups = self.controls.live.state.groups
        return [groups[name] for name in self._gap.groups if groups[name].held and groups[name].has_next_rep]

    def sentences(self) -> list[str]:
        length = show_clock(self._gap.ms)
        title = f"THE MACHINE SLEPT FOR {length}" if self._gap.slept else f"THE PROGRAM WAS STOPPED FOR {length}"
        now, several = self.controls.live.now(), len(self.controls.live.state.groups) > 1
        sentences = [title]
        for group in self._held:
            due = group.go if group.phase is not Phase.READY else (group.countdown_at or 0) + group.countdown_ms
            ago = show_clock(now - (due or now))
            sentences.append(
                f"{f'{group.name}: ' if several else ''}GO of rep {group.reps[group.next_index].number} "
                f"was due {ago} ago: HELD"
            )
        first = next((f" for {group.name}" for group in self._held if several), "")
        sentences += [
            self.controls.keys.fill(f"{{hold}}: GO{first} with a new countdown   ·   {{back}}: stay held"),
            "Times run on and are right. Keys still take arrivals.",
        ]
        return [row for sentence in sentences for row in wrap(sentence, self.app.size.width - 2)]

    def repaint(self) -> None:
        super().repaint()
        if self._held:
            self.paint_box()
        else:
            self.dismiss()

    def action_release(self) -> None:
        """Gives the first group that is held its GO."""
        if self.stamp - self._opened >= WAKING_KEY_S and self._held:
            self.controls.focus = self._held[0].name
            self.controls.hold(self.stamp)
            self.repaint()

    def action_accept(self) -> None:
        """Accepts a proposed name, as `enter` does on the live screen: it must not start a group."""
        self.controls.accept(self.stamp)


class JoinDialog(_Dialog):
    """Asks for a late-comer: a name and the 1500 m time. While it is open, letters are text and take no arrivals."""

    table_name: ClassVar[ScreenName] = "join"
    is_typing = True

    def __init__(self, controls: Controls) -> None:
        super().__init__(controls)
        self._typed = ""

    def sentences(self) -> list[str]:
        several = len(self.controls.live.state.groups) > 1
        return [
            f"LATE-COMER{f' to group {self.controls.focus}' if several else ''}: {self._typed}▁",
            self.controls.keys.fill(
                "Letters are text now, no arrivals: Dana 4:05   ·   {accept}: joins   ·   {back}: nobody"
            ),
        ]

    def press_character(self, character: str) -> None:
        self._type(self._typed + character)

    def take_key(self, key: str, character: str) -> bool:  # noqa: ARG002 - the text alone counts
        """Types the characters of times and names that are keys of the live screen otherwise."""
        if len(character) != 1 or character not in ":.,'-":
            return False
        self._type(self._typed + character)
        return True

    def action_space(self) -> None:
        self._type(f"{self._typed} ")

    def action_undo(self) -> None:
        self._type(self._typed[:-1])

    def action_join(self) -> None:
        if self.controls.join(self._typed.strip(), self.stamp):
            self.dismiss()

    def _type(self, name: str) -> None:
        self._typed = name
        self.paint_box()


class HelpDialog(_Dialog):
    """Shows what the keys do, and what the symbols and colours of the live screen mean."""

    table_name: ClassVar[ScreenName] = "help"

    def lines(self) -> list[Line]:
        """Returns the sections of the help, with their headings if the window is high enough, and the legend.

        The answer to a key, or a question that a key has raised, stands in the place of the legend: the dialog may
        cover the line of the live screen that shows it.
        """
        rows = self._section_rows(headings=True)
        if len(rows) + LEGEND_AND_BORDER_ROWS > self.app.size.height:
            rows = self._section_rows(headings=False)
        controls = self.controls
        if answer := controls.prompt or controls.message:
            role: Role = "alert" if controls.prompt else "bad" if controls.refused else "selected"
            return [*rows, bar(answer, role, min(2 * HELP_COLUMN_WIDTH, self.app.size.width - 2))]
        legend: list[Line] = [
            (("= on target (±0.3 s)", "on"),),
            (("▲ slower", "slow"),),
            (("▼ faster", "fast"),),
            (("h by hand", "text"),),
        ]
        return [*rows, *(((" ", "text"), *line) for line in flow(legend, 74))]

    def repaint(self) -> None:
        super().repaint()
        self.paint_box()

    def _section_rows(self, *, headings: bool) -> list[Line]:
        """Returns the sections of the help in two columns."""
        left: list[Line] = []
        right: list[Line] = []
        for heading, rows in help_sections(self.controls.keys).items():
            column = left if heading in LEFT_SECTIONS else right
            if headings:
                space = " " * (HELP_COLUMN_WIDTH - 1 - len(heading))
                column.append(((" ", "text"), (heading, "head"), (space, "text")))
            column.extend(_help_row(keys, sentence) for keys, sentence in rows)
        blank: Line = ((" " * HELP_COLUMN_WIDTH, "text"),)
        return [(*first, *second) for first, second in zip_longest(left, right, fillvalue=blank)]


def _help_row(keys: str, sentence: str) -> Line:
    sentence_width = HELP_COLUMN_WIDTH - HELP_KEYS_WIDTH
    return ((fit(f" {keys}", HELP_KEYS_WIDTH), "key"), (fit(f" {sentence}", sentence_width), "text"))
