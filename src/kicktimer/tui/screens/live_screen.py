"""The live screen: the groups side by side, the footer of keys, and whether the session is saved.

A timer of the app paints it from `kicktimer.view` ten times a second. Only lines that have changed are drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.containers import Horizontal

from kicktimer import view
from kicktimer.session import Phase, arrivals
from kicktimer.tui.controls import SOUND_CONFIRM_DEBOUNCE_S
from kicktimer.tui.footer_and_help import footer
from kicktimer.tui.keys import LIVE_FOOTERS
from kicktimer.tui.render.group_pane import pane_lines
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.render.status_lines import message_line, not_saved_lines, title_line, too_small_lines
from kicktimer.tui.render.text_layout import display_width, fit, flow
from kicktimer.tui.screens.base_screen import TimingScreen
from kicktimer.tui.screens.dialogs import GapDialog, HelpDialog, JoinDialog, LeaveDialog, SoundDialog
from kicktimer.tui.screens.summary_screen import SummaryScreen
from kicktimer.units import show_clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

    from kicktimer.session import State
    from kicktimer.tui.base_controls import PendingCommand
    from kicktimer.tui.controls import Controls
    from kicktimer.tui.keys import Condition
    from kicktimer.tui.keys import Screen as ScreenName
    from kicktimer.tui.render.text_layout import Line

MIN_SIZE = MIN_WIDTH, MIN_HEIGHT = 40, 12
FULL_FOOTER_HEIGHT = 18
"""In a window lower than this the footer has one row instead of three."""
FOOTER_LABELS_WIDTH = 60
"""In a window narrower than this the footer omits the unavailable keys."""
MIN_PANE_WIDTH = 38
UNDO_LABEL_WIDTH = 16
MAX_OTHER_ROWS = 3
"""Rows for the clocks of groups that have no pane."""
RECOVERY_STEP_MS = 5000
CORRECTION_ACTIONS = frozenset(
    {"space", "accept", "correct", "back", "select-older", "select-newer", "rate-previous", "rate-next", "next-group"}
)
"""The actions whose keys work while a time is corrected. Athletes' letters work too."""
CORRECTION_STEP_MS = 100
LARGE_CORRECTION_STEP_MS = 1000


class LiveScreen(TimingScreen):
    """Shows a session that is ready, running or done, and turns keys into its commands."""

    table_name: ClassVar[ScreenName] = "live"

    def __init__(self, controls: Controls) -> None:
        super().__init__(controls)
        self._boards: dict[str, view.GroupBoard] = {}
        self._available: Mapping[str, bool] = {}
        self._unnamed: list[tuple[int, str]] = []
        self._choices: tuple[object, ...] = ()
        self._state: State | None = None

    def compose(self) -> ComposeResult:
        yield LineWidget(id="title")
        yield LineWidget(id="alarm")
        yield LineWidget(id="others")
        with Horizontal(id="panes"):
            for _ in self.controls.live.state.groups:
                yield LineWidget(classes="pane")
        yield LineWidget(id="answer")
        yield LineWidget(id="keys")
        yield LineWidget(id="small")

    def on_resize(self) -> None:
        self.session_app.paint()

    def on_screen_resume(self) -> None:
        self.session_app.paint()

    # -- painting

    def repaint(self) -> None:
        live, controls = self.controls.live, self.controls
        controls.expire_messages(self.session_app.clock())
        self._tell_gap()
        width, height = self.size
        small = width < MIN_WIDTH or height < MIN_HEIGHT
        self.set_class(small, "-small")
        if small:
            self._paint("small", too_small_lines(live, (width, height), MIN_SIZE))
            return
        self._update_boards(live.state)
        now = live.now()
        next_to_rate = self._boards[controls.focus].next_to_rate
        self._paint("title", [title_line(controls, width)])
        self._paint("alarm", not_saved_lines(live, width, height))
        self._paint("keys", self._footer(width))
        self._paint("answer", [message_line(controls, next_to_rate, self.session_app.clock(), width)])
        self._paint_panes(now, width, height)

    def _tell_gap(self) -> None:
        """Says that the machine slept or the program was stopped: in a dialog if a group is held because of it."""
        gap, now = self.controls.live.last_gap, self.session_app.clock()
        if gap is None or self.app.screen is not self:
            return
        self.controls.live.last_gap = None
        if gap.groups:
            self._open(GapDialog(self.controls, gap, now))
            return
        what = "the machine slept" if gap.slept else "the program was stopped"
        self.controls.show_message(f"{what} for {show_clock(gap.ms)}: times and GO are right", now)

    def _paint(self, name: str, lines: list[Line]) -> None:
        self.query_one(f"#{name}", LineWidget).paint(lines)

    def _update_boards(self, state: State) -> None:
        """Recomputes what depends on the state and the coach's choices, if one of these has changed."""
        controls = self.controls
        choices = (controls.selected, controls.rating_target, controls.focus, len(controls.preferred))
        if state is self._state and choices == self._choices:
            return
        self._state, self._choices = state, choices
        self._boards = {
            name: view.group_board(state, name, controls.selected, controls.rating_target, controls.preferred)
            for name in state.groups
        }
        self._unnamed = controls.unnamed_arrivals()
        self._available = view.available_commands(state, controls.focus, controls.live.now(), controls.selected)

    def _paint_panes(self, now: int, width: int, height: int) -> None:
        """Paints the groups side by side; where not all fit, those around the group in focus."""
        controls, state = self.controls, self.controls.live.state
        names = list(state.groups)
        count = max(1, min(len(names), (width + 1) // (MIN_PANE_WIDTH + 1)))
        first = min(max(0, names.index(controls.focus) - count // 2), len(names) - count)
        shown = names[first : first + count]
        pane_width = (width - (count - 1)) // count
        others = self._other_clocks([name for name in names if name not in shown], now, width)
        self._paint("others", others)
        rows = (
            height
            - 2
            - len(others)
            - len(self.query_one("#alarm", LineWidget).lines)
            - max(1, len(self.query_one("#keys", LineWidget).lines))
        )
        oldest = next((n for n, proposed in self._unnamed if proposed), None)
        widgets = list(self.query(".pane").results(LineWidget))
        if len(widgets) < len(names):
            # A late-comer has become a group, as everybody is one. The next frame shows the new pane.
            self.query_one("#panes").mount(*(LineWidget(classes="pane") for _ in names[len(widgets) :]))
        for name, widget in zip(names, widgets, strict=False):
            widget.display = name in shown
            widget.set_class(name != shown[-1], "-apart")
            if name not in shown:
                continue
            board = self._boards[name]
            widget.styles.width = pane_width
            widget.paint(
                pane_lines(
                    view.group_clock(state, name, now, board.spoken_lines),
                    board,
                    pane_width,
                    rows,
                    title=name if len(names) > 1 else "",
                    focused=name == controls.focus,
                    oldest=oldest,
                    keys=controls.keys,
                )
            )

    def _other_clocks(self, names: list[str], now: int, width: int) -> list[Line]:
        """Returns the clocks of the groups that have no pane, at most `MAX_OTHER_ROWS` rows of them."""
        items: list[Line] = []
        for name in names:
            clock = view.group_clock(self.controls.live.state, name, now)
            unnamed = sum(not arrival.named for arrival in self._boards[name].arrivals)
            text = f" {clock.state_word} {clock.digits}"
            text += f" · {unnamed} to name" if unnamed else ""
            text += " · close?" if clock.alert else ""
            items.append(((f" {fit(name, min(12, display_width(name)))} ", clock.tone), (text, "strong")))
        return flow(items, width)[:MAX_OTHER_ROWS]

    def _footer(self, width: int) -> list[Line]:
        """Returns the keys that the phase of the group in focus needs. Keys that would be refused are grey."""
        conditions = self._conditions()
        shown = LIVE_FOOTERS[self.controls.group.phase.value]
        items: list[Line] = [
            ((item.keys, "key" if item.available else "off"), (f" {item.label}", "text" if item.available else "off"))
            for item in footer(
                "live", conditions, self.controls.keys, "", labels={"undo": self._undo_label()}, shown=shown
            )
            if item.available or not (item.hides or "not begun" in conditions)
        ]
        if width < FOOTER_LABELS_WIDTH:
            items = [item for item in items if item[0][1] == "key"]
        rows = 1 if self.size.height < FULL_FOOTER_HEIGHT else 2
        lines: list[Line] = [((" ", "text"), *line) for line in flow(items, width - 2)[:rows]]
        return lines + [()] * (rows - len(lines))  # the panes above keep their height in every phase

    def _undo_label(self) -> str:
        """Returns what the key for undo would take back. In a wide footer nothing moves when that changes."""
        label = self.controls.next_undo if self._available["undo"] else "undo"
        wide = self.size.width >= FOOTER_LABELS_WIDTH and self.controls.live.state.n > 0
        return fit(label, UNDO_LABEL_WIDTH if wide else min(UNDO_LABEL_WIDTH, display_width(label)))

    def _conditions(self) -> set[Condition]:
        """Returns the conditions of the table of keys that hold now."""
        controls, state, sound = self.controls, self.controls.live.state, self.controls.live.sound
        group = controls.group
        facts: dict[Condition, bool] = {
            "not begun": state.n == 0,
            "all done": state.finished,
            "group ready": group.phase is Phase.READY,
            "group held": group.held or self._available["release"],
            "arrivals unnamed": any(not arrival.named for arrival in self._boards[controls.focus].arrivals),
            "name proposed": controls.is_name_proposed,
            "arrival selected": controls.selected is not None,
            "arrivals taken": group.newest_run is not None and any(arrivals.valid(group.newest_run)),
            "rep run": group.newest_run is not None,
            "several groups": len(state.groups) > 1,
            "press kept": controls.press_to_take is not None,
            "seconds counted": sound.caller_enabled,
            "time spoken": sound.spoken_results == "time",
            "difference spoken": sound.spoken_results == "difference",
        }
        accepted = {cast("Condition", name) for name, available in self._available.items() if available}
        return accepted | {name for name, holds in facts.items() if holds}

    # -- keys

    def take_key(self, key: str, character: str) -> bool:
        """While a time is corrected, edits it, and refuses the keys of the screen that have no meaning then."""
        controls = self.controls
        if controls.type_correction(key, character, self.stamp):
            return True
        if controls.correction is None:
            return False
        active = self.active_bindings.get(key)
        action_id = None if active is None else active.binding.id
        if action_id is None or action_id in CORRECTION_ACTIONS:
            return False
        text = controls.keys.fill("first {accept} takes the time or {back} leaves it")
        controls.show_message(text, self.stamp, refused=True)
        return True

    def action_enter(self) -> None:
        if self.controls.correction is not None:
            self.controls.correct(self.stamp)
        elif self.controls.is_name_proposed:
            self.controls.accept(self.stamp)
        elif self.controls.live.state.n == 0:  # later, one `enter` too many must not start another group
            if self.stamp - self.controls.sound_confirmed_at >= SOUND_CONFIRM_DEBOUNCE_S:
                self.controls.start(self.stamp)
        elif self.controls.live.state.finished:
            self._open(SummaryScreen(self.controls))
        else:
            self.controls.accept(self.stamp)

    def _open(self, screen: TimingScreen) -> None:
        """Opens another screen. What this one asks is left: an answer on the other one would come as a surprise."""
        self.controls.leave_questions()
        self.app.push_screen(screen)

    def action_close_rep(self) -> None:
        self.controls.close(self.stamp)

    def action_hold(self) -> None:
        self.controls.hold(self.stamp)

    def action_skip(self) -> None:
        self.controls.skip(self.stamp)

    def action_adjust(self, sign: int) -> None:
        self.controls.adjust(sign * RECOVERY_STEP_MS, self.stamp)

    def action_recall(self) -> None:
        self.controls.recall(self.stamp)

    def action_await_athlete(self, command: PendingCommand) -> None:
        self.controls.await_athlete(command, self.stamp)

    def action_select(self, step: int) -> None:
        if self.controls.correction is not None:
            self.controls.correction.change(-LARGE_CORRECTION_STEP_MS * step, self.stamp)
        else:
            self.controls.select(step, self.stamp)

    def action_delete(self) -> None:
        self.controls.delete(self.stamp)

    def action_insert(self) -> None:
        self.controls.insert(self.stamp)

    def action_swap(self) -> None:
        self.controls.swap(self.stamp)

    def action_late_start(self, seconds: int) -> None:
        self.controls.late_start(seconds * 1000, self.stamp)

    def action_keep(self) -> None:
        self.controls.take_kept_press(self.stamp)

    def action_add(self) -> None:
        self.controls.add(self.stamp)

    def action_correct(self) -> None:
        self.controls.correct(self.stamp)

    def action_join(self) -> None:
        self._open(JoinDialog(self.controls))

    def action_cancel(self) -> None:
        self.controls.cancel()

    def action_next_group(self) -> None:
        if self.controls.correction is not None:
            self.controls.correction.choose_earlier_rep(self.stamp)
        else:
            self.controls.next_group()

    def action_rate(self, relaxation: int) -> None:
        self.controls.rate(relaxation, self.stamp)

    def action_hear(self) -> None:
        if self.controls.live.state.n:  # athletes would take the GO of a sound test for theirs
            self.controls.show_message("GO is tried before the session only", self.stamp, refused=True)
        else:
            self._open(SoundDialog(self.controls))

    def action_mute(self) -> None:
        muted = self.controls.live.sound.toggle_mute()
        self.controls.show_message("muted: no sound" if muted else "sound is on", self.stamp, refused=muted)

    def action_call(self) -> None:
        on = self.controls.live.sound.toggle_caller()
        self.controls.show_message(
            f"seconds are {'counted aloud' if on else 'not counted'} as they come in", self.stamp
        )

    def action_speak(self) -> None:
        answers = {"time": "the time is spoken", "difference": "the difference is spoken", "off": "nothing is spoken"}
        self.controls.show_message(
            f"after a finish {answers[self.controls.live.sound.cycle_spoken_results()]}", self.stamp
        )

    def action_select_rating(self, step: int) -> None:
        if self.controls.correction is not None:
            self.controls.correction.change(CORRECTION_STEP_MS * step, self.stamp)
        else:
            self.controls.select_rating(step, self.stamp)

    def action_help(self) -> None:
        self._open(HelpDialog(self.controls))

    def action_no_interrupt(self) -> None:
        self.controls.show_message(f"{self.controls.keys.short('leave')} leaves", self.stamp, refused=True)

    def action_leave(self) -> None:
        """Leaves a session that has not begun, shows the summary of a finished one, and asks while one is running."""
        state = self.controls.live.state
        if state.n == 0:
            self.session_app.leave()
        elif state.finished or state.ended is not None:
            self._open(SummaryScreen(self.controls))
        else:
            self._open(LeaveDialog(self.controls))
