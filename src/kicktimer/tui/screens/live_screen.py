"""The live screen: the groups side by side, what the keys do, and whether all is saved.

It is painted from `kicktimer.view` by a timer, at most ten times a second, and only where lines have changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from kicktimer import view
from kicktimer.session import Phase, arrivals
from kicktimer.tui.controls import ANSWERED_S
from kicktimer.tui.render.group_pane import pane
from kicktimer.tui.render.line_widget import LineWidget
from kicktimer.tui.render.text_layout import columns, fit, flow, spread, wrapped
from kicktimer.tui.screens.base_screen import TimingScreen
from kicktimer.tui.screens.dialogs import HelpDialog, JoinDialog, LeaveDialog, SoundDialog
from kicktimer.tui.screens.summary_screen import SummaryScreen, trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

    from kicktimer.cues import Spoken
    from kicktimer.session import State
    from kicktimer.tui.controls import Controls, Prefix
    from kicktimer.tui.render.text_layout import Line, Role

LEAST_WIDTH, LEAST_HEIGHT = 40, 12
LOW = 18  # below this height the keys have one row
PANE = 38  # the narrowest pane of a group
TURN_S = 3.0  # so long one of several notices is shown
MOST_OTHERS = 3  # rows for the clocks of groups that have no pane
SPOKEN: dict[Spoken, str] = {"time": "say time", "difference": "say ±", "off": "say✗"}  # after a finish


class LiveScreen(TimingScreen):
    """One session, running."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "enter", "name", id="accept"),
        Binding("full_stop", "close_rep", "close", id="close"),
        Binding("comma", "hold", "hold", id="hold"),
        Binding("slash", "skip", "skip", id="skip"),
        Binding("minus", "adjust(-1)", "recovery −5 s", id="shorter"),
        Binding("equals_sign,plus", "adjust(1)", "recovery +5 s", id="longer"),
        Binding("ctrl+r", "recall", "recall", id="recall"),
        Binding("semicolon", "await_athlete('drop')", "out / back", id="drop"),
        Binding("apostrophe", "await_athlete('name')", "name as", id="name"),
        Binding("up", "select(-1)", "select", id="select-older"),
        Binding("down", "select(1)", "select", id="select-newer"),
        Binding("delete,ctrl+d", "delete", "delete", id="delete"),
        Binding("insert,ctrl+o", "insert", "forgotten", id="insert"),
        Binding("backslash", "swap", "swap", id="swap"),
        Binding("vertical_line", "await_athlete('swap')", "swap whom", id="swap-whom"),
        Binding("left_square_bracket", "late_start(-1)", "GO earlier", id="go-earlier"),
        Binding("right_square_bracket", "late_start(1)", "GO later", id="go-later"),
        Binding("ctrl+a", "add", "add a rep", id="add"),
        Binding("ctrl+e", "correct", "correct", id="correct"),
        Binding("ctrl+g", "await_athlete('move')", "move", id="move"),
        Binding("ctrl+n", "join", "late-comer", id="join"),
        Binding("escape", "let_be", "", id="back"),
        Binding("tab", "next_group", "next group", id="next-group"),
        *(Binding(f"f{n}", f"rate({n})", f"relaxation {n}", id=f"rate-{n}") for n in range(1, 6)),
        Binding("f6", "hear", "sound test", id="hear"),
        Binding("f7", "mute", "mute", id="mute"),
        Binding("f8", "call", "count seconds", id="call"),
        Binding("f9", "speak", "spoken results", id="speak"),
        Binding("left", "move_mark(-1)", "rate whom", id="mark-before"),
        Binding("right", "move_mark(1)", "rate whom", id="mark-after"),
        Binding("question_mark", "help", "help", id="help"),
        Binding("ctrl+t", "app.light", "light / dark", id="light"),
        Binding("ctrl+q", "leave", "leave", id="leave"),
        Binding("ctrl+c", "no_interrupt", "", id="interrupt"),
    ]

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
        self._boards = {name: view.board(state, name, controls.selected, controls.chosen) for name in state.groups}
        self._waits = controls.waiting()
        self._legal = view.legal(state, controls.focus, controls.live.now(), controls.selected)

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
                clock = view.clock(state, name, now, self._boards[name].said)
                title = name if len(names) > 1 else ""
                painted.styles.width = each
                focused = name == self.controls.focus
                painted.paint(pane(clock, self._boards[name], each, rows, title=title, focused=focused, oldest=oldest))

    def _others(self, names: list[str], now: int, width: int) -> list[Line]:
        """The clocks of the groups that there is no room for."""
        items: list[Line] = []
        for name in names:
            clock = view.clock(self.controls.live.state, name, now)
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
        told += ", not heard" if live.sound.unheard and live.state.n == 0 else ""
        lacks = "" if off or not sound.sink else live.sound.lacks
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
        if live.sound.unheard and live.state.n == 0:
            asks = f"♪ sound not heard today: {self.key_names['hear']} plays GO"
            notices = [each for each in (asks, live.speaker.note, live.awake_problem) if each]
            told = f" {notices[int(self.session_app.clock() // TURN_S) % len(notices)]}"  # on one line they take turns
            return spread(((told, "alert"),), (), width, "alert")
        if live.speaker.note:
            return spread(((f" ♪ {live.speaker.note}", "alert"),), (), width, "alert")
        if live.awake_problem and not live.state.begun:
            return spread(((f" {live.awake_problem}", "alert"),), (), width, "alert")
        if live.state.finished:
            return spread(((" all done", "strong"), (" · enter: the summary · ctrl+q leaves", "text")), (), width)
        rating = self._boards[controls.focus].rating
        if rating:
            return spread(((f" F1–F5 rate how relaxed: {rating} ", "mark"),), (), width)
        return ()

    def _keys(self, width: int) -> list[Line]:
        """The keys, grey where they would be refused."""
        legal, controls = self._legal, self.controls
        group, board, finished = controls.group, self._boards[controls.focus], controls.live.state.finished
        ready = group.phase is Phase.READY
        waits = any(not each.named for each in board.arrivals)
        held = group.held or legal["release"]
        fresh = controls.live.state.n == 0
        enter = "start" if fresh else "summary" if finished and not waits else "name it"
        ran = group.run is not None
        shown = [
            ("space", "start" if ready else "arrival", legal["start"] if ready else legal["tap"]),
            ("accept", enter, waits or fresh or finished),
            ("undo", "undo", legal["undo"]),
            ("close", "close", legal["close"]),
            ("hold", "release" if held else "hold", legal["release"] or legal["hold"]),
            ("shorter", "rest ±5s", legal["adjust"]),
            ("skip", "skip", legal["skip"]),
            ("add", "add", legal["add"]),
            ("recall", "recall", legal["recall"]),
            ("go-earlier", "GO ±1s", legal["late"] or legal["later"]),
            ("drop", "out/in", True),
            ("move", "move", len(self._boards) > 1),
            ("join", "joins", True),
            ("name", "name as", waits or controls.selected is not None),
            ("swap", "swap", waits or controls.selected is not None),
            ("insert", "forgot", legal["insert"]),
            ("delete", "false", bool(group.run is not None and any(arrivals.valid(group.run)))),
            ("correct", "fix", ran),
            ("hear", "sound test", fresh),
            ("mute", "mute", True),
            ("call", f"count{'✓' if controls.live.sound.calls else '✗'}", True),
            ("next-group", "group", len(self._boards) > 1),
            ("help", "help", True),
            ("leave", "leave", True),
            ("speak", SPOKEN[controls.live.sound.results], True),
        ]
        keys = self.key_names
        keys["shorter"] = f"{keys['shorter']}{keys['longer']}"
        keys["swap"] = f"{keys['swap']}{keys['swap-whom']}"
        keys["go-earlier"] = f"{keys['go-earlier']}{keys['go-later']}"
        items: list[Line] = [
            ((keys[what], "key" if on else "off"), (f" {label}", "text" if on else "off"))
            for what, label, on in shown
            if what in keys and (on or (what not in ("next-group", "move", "hear") and not fresh))
        ]
        if width < 60:
            items = [item for item in items if item[0][1] == "key"]
        rows = 1 if self.size.height < LOW else 3
        return [((" ", "text"), *line) for line in flow(items, width - 2)[:rows]]

    @property
    def key_names(self) -> dict[str, str]:
        """The key of each command as it is written on the screen, by the id of its binding."""
        found: dict[str, str] = {}
        for active in self.active_bindings.values():
            binding = active.binding
            if binding.id and binding.id not in found:
                found[binding.id] = _KEYS.get(binding.key) or self.app.get_key_display(binding).upper()
        return found

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

    def action_let_be(self) -> None:
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
            self.app.push_screen(SoundDialog(self.controls, self.key_names))

    def action_mute(self) -> None:
        muted = self.controls.live.sound.mute()
        self.controls.say("muted: no sound" if muted else "sound is on", self.stamp, refused=muted)

    def action_call(self) -> None:
        on = self.controls.live.sound.call()
        self.controls.say(f"seconds are {'counted aloud' if on else 'not counted'} as they come in", self.stamp)

    def action_speak(self) -> None:
        told = {"time": "the time is spoken", "difference": "the difference is spoken", "off": "nothing is spoken"}
        self.controls.say(f"after a finish {told[self.controls.live.sound.speak()]}", self.stamp)

    def action_move_mark(self, step: int) -> None:
        if self.controls.correcting is not None:
            self.controls.correcting.change(100 * step, self.stamp)
        else:
            self.controls.move_mark(step, self.stamp)

    def action_help(self) -> None:
        self.app.push_screen(HelpDialog(self.controls, self.key_names))

    def action_no_interrupt(self) -> None:
        self.controls.say(f"{self.key_names.get('leave', 'ctrl+q')} leaves", self.stamp, refused=True)

    def action_leave(self) -> None:
        """Asks while a session runs; one that has not begun has nothing to lose."""
        state = self.controls.live.state
        if state.n == 0:
            self.session_app.leave()
        elif state.finished or state.ended is not None:
            self.app.push_screen(SummaryScreen(self.controls))
        else:
            self.app.push_screen(LeaveDialog(self.controls, self.stamp))


_KEYS = {
    "space": "SPACE", "enter": "ENTER", "backspace": "BKSP", "full_stop": ".", "comma": ",", "slash": "/", "minus": "-",
    "equals_sign": "=", "semicolon": ";", "apostrophe": "'", "question_mark": "?", "ctrl+q": "^Q", "ctrl+r": "^R",
    "tab": "TAB", "ctrl+t": "^T", "delete": "DEL", "backslash": "\\", "left_square_bracket": "[",
    "right_square_bracket": "]", "insert": "INS", "vertical_line": "|", "ctrl+a": "^A", "ctrl+e": "^E", "ctrl+g": "^G",
    "ctrl+n": "^N",
}  # fmt: skip
"""How keys are written on the screen: short, and as they stand on the keyboard."""


def _too_small(width: int, height: int, saved: bool, wrong: str, lost: bool) -> list[Line]:  # noqa: FBT001 - facts
    text = (
        f"This window is {width} x {height}. The live screen needs {LEAST_WIDTH} x {LEAST_HEIGHT}. "
        "Keys still take times."
    )
    told = f"NOT SAVED: {wrong}" if lost else wrong or ("saved" if saved else "saving")
    return [*(((row, "strong"),) for row in wrapped(text, max(1, width))), ((told, "bad" if lost else "text"),)]
