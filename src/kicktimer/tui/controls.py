"""What keys do: they become commands of the session. No Textual in here.

The coach's own state, which is none of the session's, stands here too: the group in focus, the selected arrival, whose
closing rep is rated next, a key that waits for a second one, and the sentence that answers the last key. Every method
that a key calls takes the key's own stamp (`Key.time`, on `time.monotonic()`).
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Literal

from kicktimer import view
from kicktimer.session import Phase, Refusal, commands

if TYPE_CHECKING:
    from kicktimer.live import Live
    from kicktimer.session import AnyCommand, GroupState

    Prefix = Literal["drop", "name"]

SHOWN_S = 4.0
"""For so long an answer stays on the screen."""
AGAIN_S = 3.0
"""Within so many seconds a key that asks has to be pressed again."""
WAITS_S = 5.0
"""For so long a key that begins a command waits for the athlete's key; then that key is an arrival again."""
ADJUST_MS = 5000


class Controls:
    """Turns keys into commands for one session. `message` answers the last key, `refused` where that was a no."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.focus = next(iter(live.state.groups))
        self.selected: int | None = None
        self.chosen: tuple[str, int] | None = None
        self.prefix: Prefix | None = None
        self._prefix_at = 0.0
        self._asked: tuple[str, float] | None = None
        self.message = ""
        self.refused = False
        self._message_at = 0.0

    @property
    def group(self) -> GroupState:
        """The group in focus."""
        return self.live.state.groups[self.focus]

    # -- answers

    def say(self, text: str, stamp: float, *, refused: bool = False) -> None:
        """Shows a sentence for a while."""
        self.message, self.refused, self._message_at = text, refused, stamp

    def settle(self, stamp: float) -> None:
        """Forgets what has been on the screen for long enough."""
        if self.message and stamp - self._message_at > SHOWN_S:
            self.message = ""
        if self.prefix is not None and stamp - self._prefix_at > WAITS_S:
            self.prefix = None

    def _do(self, command: AnyCommand, stamp: float, done: str = "") -> bool:
        return self._answer(self.live.do(command), stamp, done)

    def _answer(self, refusal: Refusal | None, stamp: float, done: str = "") -> bool:
        if refusal is not None:
            self.say(refusal.reason, stamp, refused=True)
        elif done:
            self.say(done, stamp)
        elif self.refused:
            self.message = ""
        return refusal is None

    def _again(self, what: str, stamp: float) -> bool:
        """Whether the same key was pressed a moment ago; if not it asks."""
        asked, self._asked = self._asked, None
        if asked is not None and asked[0] == what and 0 <= stamp - asked[1] <= AGAIN_S:
            return True
        self._asked = (what, stamp)
        self.say(f"{what}? The same key again does it", stamp)
        return False

    # -- timing

    def space(self, stamp: float) -> None:
        """Starts the group in focus where it is ready (all groups, if none has started); otherwise an arrival there."""
        if self.group.phase is Phase.READY:
            self.start(stamp)
        else:
            self._answer(self.live.tap(stamp, group=self.focus), stamp)

    def start(self, stamp: float) -> None:
        groups = self.live.state.groups.values()
        fresh = all(each.phase is Phase.READY and each.countdown_at is None for each in groups)
        self._do(commands.Start(t=self.live.moment(stamp), group=None if fresh else self.focus), stamp)

    def letter(self, character: str, stamp: float) -> None:
        """An athlete's key: an arrival, unless a key before it has asked for the athlete."""
        char = unicodedata.normalize("NFC", character).lower()
        athlete = next((each.name for each in self.live.state.athletes.values() if each.key and each.key == char), None)
        self.settle(stamp)
        prefix, self.prefix = self.prefix, None
        if athlete is None:
            self.say(f"no athlete has the key {char.upper()}", stamp, refused=True)
        elif prefix == "drop":
            self._drop_or_return(athlete, stamp)
        elif prefix == "name":
            self._name(athlete, stamp)
        else:
            self._answer(self.live.tap(stamp, athlete=athlete), stamp)

    def _drop_or_return(self, athlete: str, stamp: float) -> None:
        t = self.live.moment(stamp)
        if athlete in self.live.state.group_of(athlete).dropped:
            self._do(commands.Return(t=t, athlete=athlete), stamp, f"{athlete} is back from the next rep on")
        else:
            self._do(commands.Drop(t=t, athlete=athlete), stamp, f"{athlete} is out")

    def _name(self, athlete: str, stamp: float) -> None:
        tap = self.selected if self.selected is not None else self._oldest()
        if tap is None:
            self.say("no arrival waits for a name", stamp, refused=True)
        else:
            self._do(commands.Assign(t=self.live.moment(stamp), tap=tap, athlete=athlete), stamp)
            self.selected = None

    # -- arrivals

    def waiting(self) -> list[tuple[int, str]]:
        """The arrivals of all groups that wait for a name, oldest first, with who is proposed."""
        found = [
            (each.n, each.name)
            for name in self.live.state.groups
            for each in view.board(self.live.state, name).arrivals
            if not each.named
        ]
        return sorted(found)

    def _oldest(self) -> int | None:
        waiting = self.waiting()
        return waiting[0][0] if waiting else None

    def accept(self, stamp: float) -> None:
        """The oldest arrival that waits is who is proposed."""
        waiting = self.waiting()
        proposed = next(((n, name) for n, name in waiting if name), None)
        if proposed is None:
            reason = "nobody is left for that arrival" if waiting else "no arrival waits for a name"
            self.say(reason, stamp, refused=True)
        else:
            self._do(commands.Assign(t=self.live.moment(stamp), tap=proposed[0], athlete=proposed[1]), stamp)

    def select(self, step: int, stamp: float) -> None:
        """Moves the selection along the arrivals; from none to the newest."""
        found = view.selectable(self.live.state, self.focus)
        if not found:
            self.say("no arrival to select", stamp, refused=True)
        elif self.selected not in found:
            self.selected = found[-1]
        else:
            place = found.index(self.selected) + step
            self.selected = found[place] if 0 <= place < len(found) else None

    def delete(self, stamp: float) -> None:
        """The selected arrival never was."""
        if self.selected is None:
            self.say("select an arrival first: up and down", stamp, refused=True)
        elif self._do(
            commands.Delete(t=self.live.moment(stamp), tap=self.selected), stamp, "deleted; backspace undoes"
        ):
            self.selected = None

    def undo(self, stamp: float) -> None:
        step = self.live.state.undoable
        done = "" if step is None else f"taken back: {step.kind}"
        if self._do(commands.Undo(t=self.live.moment(stamp)), stamp, done):
            self.selected = None

    # -- the clock

    def close(self, stamp: float) -> None:
        done = "closed: who is out is missed; backspace undoes"
        self._do(commands.Close(t=self.live.moment(stamp), group=self.focus), stamp, done)

    def hold(self, stamp: float) -> None:
        """Holds the group, or lets it go."""
        t, group = self.live.moment(stamp), self.group
        if group.held or (group.phase is Phase.RECOVERING and group.go is None):
            self._do(commands.Release(t=t, group=self.focus), stamp)
        else:
            self._do(commands.Hold(t=t, group=self.focus), stamp, "held: no GO until released")

    def adjust(self, ms: int, stamp: float) -> None:
        self._do(commands.Adjust(t=self.live.moment(stamp), group=self.focus, ms=ms), stamp)

    def skip(self, stamp: float) -> None:
        group = self.group
        running = group.phase is Phase.RUNNING and group.run is not None
        number = group.run.rep.number if running and group.run is not None else group.next + 1
        if self._refused_now("skip", stamp) or not self._again(f"Skip rep {number}", stamp):
            return
        self._do(commands.Skip(t=self.live.moment(stamp), group=self.focus), stamp, f"rep {number} is skipped")

    def recall(self, stamp: float) -> None:
        if self._refused_now("recall", stamp) or not self._again("Recall: false start", stamp):
            return
        self._do(commands.Recall(t=self.live.moment(stamp), group=self.focus), stamp, "recalled: GO comes again")

    def _refused_now(self, what: Literal["skip", "recall"], stamp: float) -> bool:
        """Whether the command would be refused: then it is not asked about but told so."""
        kind = commands.Skip if what == "skip" else commands.Recall
        if view.legal(self.live.state, self.focus, self.live.moment(stamp))[what]:
            return False
        self._do(kind(t=self.live.moment(stamp), group=self.focus), stamp)
        return True

    # -- around it

    def await_athlete(self, prefix: Prefix, stamp: float) -> None:
        """The next athlete's key is no arrival but answers this; the same key again, or some seconds, let it be."""
        self.settle(stamp)
        self.prefix = None if self.prefix == prefix else prefix
        self._prefix_at = stamp

    def next_group(self) -> None:
        names = list(self.live.state.groups)
        self.focus = names[(names.index(self.focus) + 1) % len(names)]
        self.selected = self.chosen = None

    def rate(self, relaxation: int, stamp: float) -> None:
        """Rates the marked athlete's closing rep; the mark moves on."""
        mark = view.marked(self.live.state, self.focus, self.chosen)
        if mark is None:
            known = view.ratable(self.live.state, self.focus)
            reason = (
                "everybody is rated: left and right choose whose to change" if known else "no closing rep has been run"
            )
            self.say(reason, stamp, refused=True)
            return
        athlete, rep = mark
        command = commands.Rate(t=self.live.moment(stamp), athlete=athlete, relaxation=relaxation, rep=rep)
        if self._do(command, stamp, f"{athlete}, rep {rep}: relaxation {relaxation}") and self.chosen is not None:
            found = view.ratable(self.live.state, self.focus)
            place = found.index(mark) + 1
            self.chosen = found[place] if place < len(found) else None

    def move_mark(self, step: int, stamp: float) -> None:
        """Chooses whose closing rep is rated next."""
        found = view.ratable(self.live.state, self.focus)
        if not found:
            self.say("no closing rep has been run", stamp, refused=True)
            return
        mark = view.marked(self.live.state, self.focus, self.chosen)
        place = found.index(mark) + step if mark in found else 0
        self.chosen = found[place % len(found)]

    @property
    def asks(self) -> str:
        """What the screen says while a second key is awaited."""
        if self.prefix == "drop":
            return "OUT / BACK IN: whose key?  (; again: nobody)"
        if self.prefix == "name":
            return "NAME the arrival: whose key?  (' again: nobody)"
        return ""

    def end(self, stamp: float) -> None:
        """Ends the session. Arrivals without names go to whom they were proposed."""
        self._do(commands.End(t=self.live.moment(stamp)), stamp)
