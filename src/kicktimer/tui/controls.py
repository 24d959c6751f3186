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
from kicktimer.session.state import MIN_GO_NOTICE_MS
from kicktimer.tui.key_texts import KeyNames
from kicktimer.tui.time_correction import TimeCorrection

if TYPE_CHECKING:
    from kicktimer.live_session import LiveSession
    from kicktimer.session import AnyCommand, GroupState

    Prefix = Literal["drop", "name", "move", "correct", "swap", "insert", "delete"]

SHOWN_S = 4.0
"""For so long an answer stays on the screen."""
LET_GO_S = 0.7
"""A key that is held comes again after at most so long: that is no second press."""
AGAIN_S = 3.0
"""Within so many seconds a key that asks has to be pressed again."""
WAITS_S = 5.0
"""For so long a key that begins a command waits for the athlete's key; then that key is an arrival again."""
ANSWERED_S = 1.0
"""For so long after a yes the key that said it is no other press."""
STARTED_S = 0.4
"""For so long after a start the key that did it is no other press: it was held, or has bounced."""
CORRECTS_S = 30.0
"""For so long a time is being put right: then the arrows choose arrivals again."""

CORRECTION_KEYS = (
    "{rate-previous} {rate-next} 0.1 s, {select-older} {select-newer} 1 s, {next-group}: rep; {correct} takes it"
)


class Controls:
    """Turns keys into commands for one session. `message` answers the last key, `refused` where that was a no."""

    def __init__(self, live: LiveSession) -> None:
        self.live = live
        self.keys = KeyNames()
        self.focus = next(iter(live.state.groups))
        self.selected: int | None = None
        self.chosen: tuple[str, int] | None = None
        self.prefix: Prefix | None = None
        self._prefix_at = 0.0
        self.correcting: TimeCorrection | None = None
        self._asked: tuple[str, float] | None = None
        self.message = ""
        self.refused = False
        self._message_at = 0.0
        self._started: tuple[str, float] | None = None
        self.answered = float("-inf")  # when enter was a yes: held, or pressed twice, it starts nobody

    @property
    def group(self) -> GroupState:
        """The group in focus."""
        return self.live.state.groups[self.focus]

    # -- answers

    def say(self, text: str, stamp: float, *, refused: bool = False) -> None:
        """Shows a sentence for a while."""
        self.message, self.refused, self._message_at = text, refused, stamp
        if refused:
            self.live.play_error()
        if refused:
            self.live.play_error()

    def settle(self, stamp: float) -> None:
        """Forgets what has been on the screen for long enough."""
        if self.message and stamp - self._message_at > SHOWN_S:
            self.message = ""
        if self.prefix is not None and stamp - self._prefix_at > WAITS_S:
            self.prefix = None
        if self.correcting is not None and stamp - self.correcting.at > CORRECTS_S:
            self.correcting = None

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
        """Whether the same key was pressed a moment ago, and let go since; if not it asks."""
        asked, self._asked = self._asked, None
        if asked is not None and asked[0] == what and LET_GO_S <= stamp - asked[1] <= AGAIN_S:
            return True
        self._asked = (what, stamp)
        self.say(f"{what}? The same key again does it", stamp)
        return False

    # -- timing

    def space(self, stamp: float) -> None:
        """Starts the group in focus where it is ready (all groups, if none has started); otherwise an arrival there."""
        if self._bounced(stamp):
            return
        if self.group.phase is Phase.READY:
            self.start(stamp)
        else:
            self._answer(self.live.tap(stamp, group=self.focus), stamp)

    def _bounced(self, stamp: float) -> bool:
        """Whether this is still the press that has started the group in focus."""
        return self._started is not None and self._started[0] == self.focus and stamp - self._started[1] < STARTED_S

    def start(self, stamp: float) -> None:
        groups = self.live.state.groups.values()
        fresh = all(each.phase is Phase.READY and each.countdown_at is None for each in groups)
        if self._do(commands.Start(t=self.live.moment(stamp), group=None if fresh else self.focus), stamp):
            self._started = self.focus, stamp

    def letter(self, character: str, stamp: float) -> None:
        """An athlete's key: an arrival, unless a key before it has asked for the athlete."""
        char = unicodedata.normalize("NFC", character).lower()
        athlete = next((each.name for each in self.live.state.athletes.values() if each.key and each.key == char), None)
        self.settle(stamp)
        prefix, self.prefix = self.prefix, None
        if athlete is None:
            self.say(f"no athlete has the key {char.upper()}", stamp, refused=True)
            return
        if prefix is None:
            self._answer(self.live.tap(stamp, athlete=athlete), stamp)
            return
        self.live.pressed(stamp, athlete)
        answers = {"drop": self._drop_or_return, "name": self._name, "move": self._move, "correct": self._correct}
        if prefix in answers:
            answers[prefix](athlete, stamp)
        else:
            self._to_arrival_of(prefix, athlete, stamp)

    def _to_arrival_of(self, prefix: Prefix, athlete: str, stamp: float) -> None:
        """Swaps, deletes or puts one before the arrival that is shown as the athlete's."""
        n = view.newest_arrival_of(self.live.state, athlete)
        if n is None:
            self.say(f"no arrival is shown as {athlete}'s", stamp, refused=True)
        elif prefix == "swap":
            self._swap(n, stamp)
        elif prefix == "delete":
            self._delete(n, stamp)
        else:
            self._insert(n, self.live.state.group_of(athlete).name, stamp)

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

    def _move(self, athlete: str, stamp: float) -> None:
        done = f"{athlete} runs with {self.focus} from the next rep on"
        self._do(commands.Move(t=self.live.moment(stamp), athlete=athlete, group=self.focus), stamp, done)

    def join(self, name: str, stamp: float) -> bool:
        """A late-comer comes to the group in focus."""
        command = commands.Join(t=self.live.moment(stamp), athlete={"name": name}, group=self.focus)
        if not self._do(command, stamp):
            return False
        *_, athlete = self.live.state.athletes.values()
        key = f", with the key {athlete.key.upper()}" if athlete.key else ""
        self.say(f"{athlete.name} is in from the next rep on{key}", stamp)
        return True

    # -- arrivals

    def waiting(self) -> list[tuple[int, str]]:
        """The arrivals of all groups that wait for a name, oldest first, with who is proposed."""
        return view.waiting_arrivals(self.live.state)

    def _oldest(self) -> int | None:
        waiting = self.waiting()
        return waiting[0][0] if waiting else None

    def accept(self, stamp: float) -> None:
        """The oldest arrival that waits is who is proposed."""
        waiting = self.waiting()
        proposed = next(((n, name) for n, name in waiting if name), None)
        if proposed is None and self._bounced(stamp):
            return
        if proposed is None:
            reason = "nobody is left for that arrival" if waiting else "no arrival waits for a name"
            self.say(reason, stamp, refused=True)
        else:
            self._do(commands.Assign(t=self.live.moment(stamp), tap=proposed[0], athlete=proposed[1]), stamp)

    def select(self, step: int, stamp: float) -> None:
        """Moves the selection along the arrivals; from none to the newest."""
        found = view.selectable_arrivals(self.live.state, self.focus)
        if not found:
            self.say("no arrival to select", stamp, refused=True)
        elif self.selected not in found:
            self.selected = found[-1]
        else:
            place = found.index(self.selected) + step
            self.selected = found[place] if 0 <= place < len(found) else None

    def delete(self, stamp: float) -> None:
        """The selected arrival, or the one of the athlete whose key comes next, never was."""
        if self.selected is None:
            self.await_athlete("delete", stamp)
        elif self._delete(self.selected, stamp):
            self.selected = None

    def _delete(self, n: int, stamp: float) -> bool:
        return self._do(
            commands.Delete(t=self.live.moment(stamp), tap=n), stamp, self.keys.fill("deleted; {undo} undoes")
        )

    def swap(self, stamp: float) -> None:
        """The selected arrival, or the oldest that waits, and the one after it change their names."""
        self._swap(self.selected if self.selected is not None else self._oldest(), stamp)

    def _swap(self, n: int | None, stamp: float) -> None:
        pair = None if n is None else self._pair(n)
        if pair is None:
            self.say("no two arrivals to swap", stamp, refused=True)
            return
        t = self.live.moment(stamp)
        done = f"{pair.second_name} before {pair.first_name}"
        if self._do(commands.Assign(t=t, tap=pair.first, athlete=pair.second_name), stamp, done) and pair.named:
            self._do(commands.Assign(t=t, tap=pair.second, athlete=pair.first_name), stamp, done)

    def _pair(self, n: int) -> view.ArrivalPair | None:
        found = (view.arrival_pair(self.live.state, name, n) for name in self.live.state.groups)
        return next((pair for pair in found if pair is not None), None)

    def insert(self, stamp: float) -> None:
        """A forgotten arrival: before the selected one or that of the athlete whose key comes next; twice: just now."""
        self.settle(stamp)
        if self.selected is None and self.prefix != "insert":
            self.await_athlete("insert", stamp)
            return
        self.prefix = None
        self._insert(self.selected, self.focus, stamp)

    def _insert(self, before: int | None, group: str, stamp: float) -> None:
        t = self.live.moment(stamp)
        at = view.estimate_forgotten_arrival(self.live.state, group, before, t)
        self._do(commands.Insert(t=t, at=at, group=group), stamp, "a forgotten arrival is there, at a guess")

    # -- a time afterwards

    def correct(self, stamp: float) -> None:
        """Begins to put a time right: the selected arrival's, or that of the athlete whose key comes next; or ends."""
        if self.correcting is not None:
            now, ms, self.correcting = self.correcting.now, self.correcting.ms, None
            command = commands.Correct(t=self.live.moment(stamp), athlete=now.athlete, rep=now.rep, time=ms)
            self._do(command, stamp, f"{now.athlete}, rep {now.rep}: corrected; {self.keys.long('undo')} undoes")
            return
        board = view.group_board(self.live.state, self.focus, self.selected)
        name = next((each.name for each in board.arrivals if each.selected and each.named), None)
        if name is None:
            self.await_athlete("correct", stamp)
        else:
            self._correct(name, stamp)

    def _correct(self, athlete: str, stamp: float) -> None:
        found = view.correctable_reps(self.live.state, athlete)
        if found:
            self.correcting = TimeCorrection(found, found[0].ms, stamp)
        else:
            self.say(f"{athlete} has not run a rep yet", stamp, refused=True)

    def let_be(self) -> None:
        """Nothing is asked and nothing selected any more."""
        self.prefix = self.correcting = self.selected = None

    def undo(self, stamp: float) -> None:
        step = self.live.state.undoable
        done = "" if step is None else f"taken back: {step.kind}"
        if self._do(commands.Undo(t=self.live.moment(stamp)), stamp, done):
            self.selected = None

    # -- the clock

    def close(self, stamp: float) -> None:
        done = self.keys.fill("closed: who is out is missed; {undo} undoes")
        self._do(commands.Close(t=self.live.moment(stamp), group=self.focus), stamp, done)

    def hold(self, stamp: float) -> None:
        """Holds the group, or lets it go."""
        t, group = self.live.moment(stamp), self.group
        if group.held or (group.phase is Phase.RECOVERING and group.go is None):
            self._do(commands.Release(t=t, group=self.focus), stamp)
        else:
            self._do(commands.Hold(t=t, group=self.focus), stamp, "held: no GO until released")

    def adjust(self, ms: int, stamp: float) -> None:
        go, t = self.group.go, self.live.moment(stamp)
        if (
            ms < 0 and go is not None and go - t < MIN_GO_NOTICE_MS
        ):  # GO never comes nearer than that: it would come later
            self.say(f"GO is less than {MIN_GO_NOTICE_MS // 1000} s away", stamp, refused=True)
            return
        self._do(commands.Adjust(t=t, group=self.focus, ms=ms), stamp, f"recovery {ms // 1000:+d} s")

    def late_start(self, ms: int, stamp: float) -> None:
        """GO of the running rep was earlier (-) or later (+) than the clock says."""
        done = f"GO was {abs(ms) // 1000} s {'earlier' if ms < 0 else 'later'}"
        self._do(commands.LateStart(t=self.live.moment(stamp), group=self.focus, ms=ms), stamp, done)

    def add(self, stamp: float) -> None:
        if self._do(commands.Add(t=self.live.moment(stamp), group=self.focus), stamp):
            self.say(f"one more rep: {len(self.group.reps)} now", stamp)

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
        t = max(self.live.moment(stamp), self.live.state.now)
        reason = view.refusal_reason(self.live.state, kind(t=t, group=self.focus))
        if reason:
            self.say(reason, stamp, refused=True)
        return bool(reason)

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
        mark = view.next_to_rate(self.live.state, self.focus, self.chosen)
        if mark is None:
            known = view.ratable_reps(self.live.state, self.focus)
            reason = (
                f"everybody is rated: {self.keys.row('rate-previous')} choose whose to change"
                if known
                else "no closing rep has been run"
            )
            self.say(reason, stamp, refused=True)
            return
        athlete, rep = mark
        command = commands.Rate(t=self.live.moment(stamp), athlete=athlete, relaxation=relaxation, rep=rep)
        if self._do(command, stamp, f"{athlete}, rep {rep}: relaxation {relaxation}") and self.chosen is not None:
            found = view.ratable_reps(self.live.state, self.focus)
            place = found.index(mark) + 1
            self.chosen = found[place] if place < len(found) else None

    def move_mark(self, step: int, stamp: float) -> None:
        """Chooses whose closing rep is rated next."""
        found = view.ratable_reps(self.live.state, self.focus)
        if not found:
            self.say("no closing rep has been run", stamp, refused=True)
            return
        mark = view.next_to_rate(self.live.state, self.focus, self.chosen)
        place = found.index(mark) + step if mark in found else 0
        self.chosen = found[place % len(found)]

    @property
    def asks(self) -> str:
        """What the screen says while a second key is awaited."""
        if self.correcting is not None:
            return f"{self.correcting}  ({self.keys.fill(CORRECTION_KEYS, short=True)})"
        if self.prefix is None:
            return ""
        questions = {
            "drop": "OUT / BACK IN: whose key?  ({drop} again: nobody)",
            "name": "NAME the arrival: whose key?  ({name} again: nobody)",
            "move": "MOVE to group {{focus}}: whose key?  ({move} again: nobody)",
            "correct": "CORRECT a time: whose key?  ({correct} again: nobody)",
            "swap": "SWAP with the next one: whose key?  ({swap-whom} again: nobody)",
            "insert": "FORGOTTEN, before whom: whose key?  ({insert} again: just now)",
            "delete": "DELETE a false arrival: whose key?  ({delete} again: nobody)",
        }
        return self.keys.fill(questions[self.prefix], short=True).format(focus=self.focus)

    def end(self, stamp: float) -> None:
        """Ends the session. Arrivals without names go to whom they were proposed."""
        self._do(commands.End(t=self.live.moment(stamp)), stamp)
