"""The live screen: the groups side by side, what the keys do, and whether all is saved.

It is painted from `kicktimer.view` by a timer, at most ten times a second, and only where lines have changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.containers import Horizontal

from kicktimer import view
from kicktimer.session import Phase, arrivals
from kicktimer.tui.controls import ANSWERED_S
from kicktimer.tui.key_texts import KeyNames, footer
from kicktimer.tui.keys import actions_of
from kicktimer.tui.render.group_pane import pane
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.render.text_layout import columns, fit, flow, spread, wrapped
from kicktimer.tui.screens.base_screen import TimingScreen
from kicktimer.tui.screens.bindings import bindings_for
from kicktimer.tui.screens.dialogs import HelpDialog, JoinDialog, LeaveDialog, SoundDialog
from kicktimer.tui.screens.summary_screen import SummaryScreen, trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from kicktimer.session import State
    from kicktimer.tui.controls import Controls, Prefix
    from kicktimer.tui.keys import Condition
    from kicktimer.tui.render.text_layout import Line, Role

LEAST_WIDTH, LEAST_HEIGHT = 40, 12
LOW = 18  # below this height the keys have one row
PANE = 38  # the narrowest pane of a group
TURN_S = 3.0  # so long one of several notices is shown
MOST_OTHERS = 3  # rows for the clocks of groups that have no pane


class LiveScreen(TimingScreen):
    """One session, running."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_for("live")

    def __init__(self, controls: Controls) -> None:
        super().__init__(controls)
        self._boards: dict[str, view.Board] = {}
        self._legal: Mapping[str, bool] = {}
        self._waits: list[tuple[int, str]] = []
        self._drawn: tuple[object, ...] = ()
        self._state: State | None = None

    def compose(self) -> ComposeResult:
        yield LineWidget(id="title")
        yield LineWidget(id="others")
        with Horizontal(id="panes"):
            for _ in self.controls.live.state.groups:
                yield LineWidget(classes="pane")
        yield LineWidget(id="answer")
        yield LineWidget(id="keys")
        yield LineWidget(id="small")

    def on_mount(self) -> None:
        self.session_app.paint()

    def on_resize(self) -> None:
        self.session_app.paint()

    def on_screen_resume(self) -> None:
        self.session_app.paint()

    # -- painting

    def repaint(self) -> None:
        live, controls = self.controls.live, self.controls
        controls.keys = self._key_names()
        controls.settle(self.session_app.clock())
        width, height = self.size
        small = width < LEAST_WIDTH or height < LEAST_HEIGHT
        self.set_class(small, "-small")
        if small:
            self._paint("small", _too_small(width, height, live.saved, *trouble(live)))
            return
        self._look(live.state)
        now = live.now()
        self._paint("title", [self._title(width)])
        self._paint("keys", self._keys(width))
        self._paint("answer", [self._answer(width)])
        self._panes(now, width, height)

    def _paint(self, name: str, lines: list[Line]) -> None:
        self.query_one(f"#{name}", LineWidget).paint(lines)

    def _look(self, state: State) -> None:
        """Computes what hangs on the state and the coach's choices, where one of these is new."""
        controls = self.controls
        drawn = (controls.selected, controls.chosen, controls.focus)
        if state is self._state and drawn == self._drawn:
            return
        self._state, self._drawn = state, drawn
        self._boards = {name: view.group_board(state, name, controls.selected, controls.chosen) for name in state.groups}
        self._waits = controls.waiting()
        self._legal = view.available_commands(state, controls.focus, controls.live.now(), controls.selected)

    def _panes(self, now: int, width: int, height: int) -> None:
        """The groups side by side; where there is no room for all, those around the one in focus."""
        state = self.controls.live.state
        names = list(state.groups)
        most = max(1, min(len(names), (width + 1) // (PANE + 1)))
        first = min(max(0, names.index(self.controls.focus) - most // 2), len(names) - most)
        shown = names[first : first + most]
        each = (width - (most - 1)) // most
        others = self._others([name for name in names if name not in shown], now, width)
        self._paint("others", others)
        rows = height - 2 - len(others) - max(1, len(self.query_one("#keys", LineWidget).lines))
        oldest = next((n for n, proposed in self._waits if proposed), None)
        panes = list(self.query(".pane").results(LineWidget))
        if len(panes) < len(names):  # a late-comer, where everybody is a group; it is shown with the next picture
            self.query_one("#panes").mount(*(LineWidget(classes="pane") for _ in names[len(panes) :]))
        for name, painted in zip(names, panes, strict=False):
            painted.display = name in shown
            painted.set_class(name != shown[-1], "-apart")
            if name in shown:
                clock = view.group_clock(state, name, now, self._boards[name].said)
                title = name if len(names) > 1 else ""
                painted.styles.width = each
                focused = name == self.controls.focus
                keys = self.controls.keys
                lines = pane(
                    clock, self._boards[name], each, rows, title=title, focused=focused, oldest=oldest, keys=keys
                )
                painted.paint(lines)

    def _others(self, names: list[str], now: int, width: int) -> list[Line]:
        """The clocks of the groups that there is no room for."""
        items: list[Line] = []
        for name in names:
            clock = view.group_clock(self.controls.live.state, name, now)
            waits = sum(not each.named for each in self._boards[name].arrivals)
            told = (
                f" {clock.word} {clock.big}{f' · {waits} to name' if waits else ''}{' · close?' if clock.alert else ''}"
            )
            items.append(((f" {fit(name, min(12, columns(name)))} ", clock.tone), (told, "strong")))
        return flow(items, width)[:MOST_OTHERS]

    def _title(self, width: int) -> Line:
        live = self.controls.live
        plan, sound = live.plan, live.speaker
        wrong, lost = trouble(live)
        if lost:
            return spread(((f" NOT SAVED  {wrong}", "bad"),), (), width, "bad")
        left: Line = ((f" {plan.name}", "strong"), (f" · {plan.squad_name}" if plan.squad_name else "", "dim"))
        if wrong:
            left = ((f" {wrong}", "alert"),)
        off = sound.muted or sound.sink == "off"
        told = "MUTED" if sound.muted else "no sound" if off else f"♪ {sound.sink}" if sound.sink else "♪ …"
        told += ", not heard" if live.sound.not_heard_today and live.state.n == 0 else ""
        lacks = "" if off or not sound.sink else live.sound.go_silenced_reason
        told += f", {lacks}" if lacks else ""
        right: Line = ((f"  {told}", "alert" if off or lacks or not sound.sink else "text"),)
        if live.state.n:
            right = (*right, ("  saved ", "on") if live.saved else ("  saving ", "alert"))
        return spread(left, right, width)

    def _answer(self, width: int) -> Line:
        controls, live = self.controls, self.controls.live
        if controls.asks:
            return spread(((f" {controls.asks}", "alert"),), (), width, "alert")
        if controls.message:
            role: Role = "bad" if controls.refused else "mark"
            return spread(((f" {controls.message}", role),), (), width, role)
        if live.sound.not_heard_today and live.state.n == 0:
            asks = f"♪ sound not heard today: {controls.keys.short('hear')} plays GO"
            notices = [each for each in (asks, live.speaker.note, live.awake_problem) if each]
            told = f" {notices[int(self.session_app.clock() // TURN_S) % len(notices)]}"  # on one line they take turns
            return spread(((told, "alert"),), (), width, "alert")
        if live.speaker.note:
            return spread(((f" ♪ {live.speaker.note}", "alert"),), (), width, "alert")
        if live.awake_problem and not live.state.begun:
            return spread(((f" {live.awake_problem}", "alert"),), (), width, "alert")
        if live.state.finished:
            return spread(
                ((" all done", "strong"), (controls.keys.fill(" · {accept}: the summary · {leave} leaves"), "text")),
                (),
                width,
            )
        rating = self._boards[controls.focus].rating
        if rating:
            rate = controls.keys.row("rate-1")
            return spread(((f" {rate} rate how relaxed: {rating} ", "mark"),), (), width)
        return ()

    def _keys(self, width: int) -> list[Line]:
        """The footer: the keys, grey where they would be refused."""
        conditions = self._conditions()
        fresh = "not begun" in conditions
        items: list[Line] = [
            ((item.keys, "key" if item.available else "off"), (f" {item.label}", "text" if item.available else "off"))
            for item in footer("live", conditions, self.controls.keys, separator="")
            if item.available or not (item.hides or fresh)
        ]
        if width < 60:
            items = [item for item in items if item[0][1] == "key"]
        rows = 1 if self.size.height < LOW else 3
        return [((" ", "text"), *line) for line in flow(items, width - 2)[:rows]]

    def _conditions(self) -> set[Condition]:
        """Returns the conditions of the table of keys that hold now."""
        controls, state, sound = self.controls, self.controls.live.state, self.controls.live.sound
        group = controls.group
        facts: dict[Condition, bool] = {
            "not begun": state.n == 0,
            "all done": state.finished,
            "group ready": group.phase is Phase.READY,
            "group held": group.held or self._legal["release"],
            "arrivals unnamed": any(not each.named for each in self._boards[controls.focus].arrivals),
            "arrival selected": controls.selected is not None,
            "arrivals taken": group.run is not None and any(arrivals.valid(group.run)),
            "rep run": group.run is not None,
            "several groups": len(state.groups) > 1,
            "seconds counted": sound.caller_enabled,
            "time spoken": sound.spoken_results == "time",
            "difference spoken": sound.spoken_results == "difference",
        }
        accepted = {cast("Condition", name) for name, legal in self._legal.items() if legal}
        return accepted | {name for name, holds in facts.items() if holds}

    def _key_names(self) -> KeyNames:
        """Returns the names of the keys that are bound now, which a keymap of Textual may have changed."""
        bound: dict[str, tuple[str, ...]] = {action.id: () for action, _ in actions_of("live")}
        for active in self.active_bindings.values():
            if active.binding.id:
                bound[active.binding.id] = (*bound[active.binding.id], active.binding.key)
        return KeyNames(bound)

    # -- keys

    def action_enter(self) -> None:
        if self.controls.waiting():
            self.controls.accept(self.stamp)
        elif self.controls.live.state.n == 0:  # once something has begun, a press too many starts no group
            if self.stamp - self.controls.answered >= ANSWERED_S:
                self.controls.start(self.stamp)
        elif self.controls.live.state.finished:
            self.app.push_screen(SummaryScreen(self.controls))
        else:
            self.controls.accept(self.stamp)

    def action_close_rep(self) -> None:
        self.controls.close(self.stamp)

    def action_hold(self) -> None:
        self.controls.hold(self.stamp)

    def action_skip(self) -> None:
        self.controls.skip(self.stamp)

    def action_adjust(self, sign: int) -> None:
        self.controls.adjust(sign * 5000, self.stamp)

    def action_recall(self) -> None:
        self.controls.recall(self.stamp)

    def action_await_athlete(self, what: str) -> None:
        prefixes: dict[str, Prefix] = {"drop": "drop", "name": "name", "move": "move", "swap": "swap"}
        self.controls.await_athlete(prefixes[what], self.stamp)

    def action_select(self, step: int) -> None:
        if self.controls.correcting is not None:
            self.controls.correcting.change(-1000 * step, self.stamp)
        else:
            self.controls.select(step, self.stamp)

    def action_delete(self) -> None:
        self.controls.delete(self.stamp)

    def action_insert(self) -> None:
        self.controls.insert(self.stamp)

    def action_swap(self) -> None:
        self.controls.swap(self.stamp)

    def action_late_start(self, sign: int) -> None:
        self.controls.late_start(sign * 1000, self.stamp)

    def action_add(self) -> None:
        self.controls.add(self.stamp)

    def action_correct(self) -> None:
        self.controls.correct(self.stamp)

    def action_join(self) -> None:
        self.app.push_screen(JoinDialog(self.controls))

    def action_cancel(self) -> None:
        self.controls.let_be()

    def action_next_group(self) -> None:
        if self.controls.correcting is not None:
            self.controls.correcting.other_rep(self.stamp)
        else:
            self.controls.next_group()

    def action_rate(self, relaxation: int) -> None:
        self.controls.rate(relaxation, self.stamp)

    def action_hear(self) -> None:
        if self.controls.live.state.n:  # it would start somebody
            self.controls.say("GO is tried before the session only", self.stamp, refused=True)
        else:
            self.app.push_screen(SoundDialog(self.controls))

    def action_mute(self) -> None:
        muted = self.controls.live.sound.toggle_mute()
        self.controls.say("muted: no sound" if muted else "sound is on", self.stamp, refused=muted)

    def action_call(self) -> None:
        on = self.controls.live.sound.toggle_caller()
        self.controls.say(f"seconds are {'counted aloud' if on else 'not counted'} as they come in", self.stamp)

    def action_speak(self) -> None:
        told = {"time": "the time is spoken", "difference": "the difference is spoken", "off": "nothing is spoken"}
        self.controls.say(f"after a finish {told[self.controls.live.sound.cycle_spoken_results()]}", self.stamp)

    def action_select_rating(self, step: int) -> None:
        if self.controls.correcting is not None:
            self.controls.correcting.change(100 * step, self.stamp)
        else:
            self.controls.move_mark(step, self.stamp)

    def action_help(self) -> None:
        self.app.push_screen(HelpDialog(self.controls))

    def action_no_interrupt(self) -> None:
        self.controls.say(f"{self.controls.keys.short('leave')} leaves", self.stamp, refused=True)

    def action_leave(self) -> None:
        """Asks while a session runs; one that has not begun has nothing to lose."""
        state = self.controls.live.state
        if state.n == 0:
            self.session_app.leave()
        elif state.finished or state.ended is not None:
            self.app.push_screen(SummaryScreen(self.controls))
        else:
            self.app.push_screen(LeaveDialog(self.controls, self.stamp))


def _too_small(width: int, height: int, saved: bool, wrong: str, lost: bool) -> list[Line]:  # noqa: FBT001 - facts
    text = (
        f"This window is {width} x {height}. The live screen needs {LEAST_WIDTH} x {LEAST_HEIGHT}. "
        "Keys still take times."
    )
    told = f"NOT SAVED: {wrong}" if lost else wrong or ("saved" if saved else "saving")
    return [*(((row, "strong"),) for row in wrapped(text, max(1, width))), ((told, "bad" if lost else "text"),)]
