"""`ClockControls`: the keys that act on the clock and the reps of the group in focus."""

from __future__ import annotations

from typing import Literal

from kicktimer import view
from kicktimer.session import Phase, arrivals, commands
from kicktimer.session.state import MIN_GO_NOTICE_MS
from kicktimer.tui.base_controls import BaseControls
from kicktimer.units import show_countdown

MINUTE_MS = 60_000
RECALL_KEYS = "{recall} again: GO comes again  ·  {hold}: it waits for you"


class ClockControls(BaseControls):
    """Turns keys into commands for the clock of the group in focus."""

    def start(self, stamp: float) -> None:
        """Starts the group in focus; starts all groups if none has started."""
        groups = self.live.state.groups.values()
        fresh = all(group.phase is Phase.READY and group.countdown_at is None for group in groups)
        if self.execute(commands.Start(t=self.live.session_ms(stamp), group=None if fresh else self.focus), stamp):
            self.note_start(stamp)

    def close(self, stamp: float) -> None:
        """Closes the rep: the athletes who are still out are missed."""
        done = self.keys.fill("closed: who is out is missed; {undo} undoes")
        self.execute(commands.Close(t=self.live.session_ms(stamp), group=self.focus), stamp, done)

    def hold(self, stamp: float) -> None:
        """Holds the group, or releases it. In a recovery without an end, releasing is the coach's GO."""
        t, group = self.live.session_ms(stamp), self.group
        if self.is_asking(
            self._recall_question()
        ):  # GO of the wrong group: recalled, and held before it can come again
            if self.execute(commands.Recall(t=t, group=self.focus), stamp):
                done = self.keys.fill("recalled and held: no GO until {hold} releases it")
                self.execute(commands.Hold(t=t, group=self.focus), stamp, done)
        elif group.held or (group.phase is Phase.RECOVERING and group.go is None):
            if self.execute(commands.Release(t=t, group=self.focus), stamp):
                self.show_message(self._describe_release(), stamp)
        else:
            done = self.keys.fill("held: no GO until {hold} releases it")
            self.execute(commands.Hold(t=t, group=self.focus), stamp, done)

    def _describe_release(self) -> str:
        go = self.group.go
        return "released" if go is None else f"released: GO in {show_countdown(go - self.live.state.now)}"

    def adjust(self, ms: int, stamp: float) -> None:
        """Makes the running recovery `ms` longer, or shorter if negative."""
        go, t = self.group.go, self.live.session_ms(stamp)
        # An adjusted GO comes MIN_GO_NOTICE_MS after the press at the earliest: a shorter recovery would end later.
        if ms < 0 and go is not None and go - t < MIN_GO_NOTICE_MS:
            held = self.keys.fill("the group is held: {hold} releases it")
            near = f"GO is less than {MIN_GO_NOTICE_MS // 1000} s away"
            self.show_message(held if self.group.held else near, stamp, refused=True)
            return
        self.execute(commands.Adjust(t=t, group=self.focus, ms=ms), stamp, f"recovery {ms // 1000:+d} s")

    def late_start(self, ms: int, stamp: float) -> None:
        """Moves GO of the running rep by `ms`: athletes started later, or earlier if negative, than the clock says."""
        amount = "1 min" if abs(ms) == MINUTE_MS else f"{abs(ms) // 1000} s"
        done = f"GO was {amount} {'earlier' if ms < 0 else 'later'}"
        self.execute(commands.LateStart(t=self.live.session_ms(stamp), group=self.focus, ms=ms), stamp, done)

    def add(self, stamp: float) -> None:
        """Adds one more rep like the last one."""
        if self.execute(commands.Add(t=self.live.session_ms(stamp), group=self.focus), stamp):
            self.show_message(f"one more rep: {len(self.group.reps)} now", stamp)

    def skip(self, stamp: float) -> None:
        """Skips the running rep or, where none is running, the next one, on the second press."""
        group = self.group
        running = group.phase is Phase.RUNNING and group.newest_run is not None
        number = group.newest_run.rep.number if running and group.newest_run is not None else group.next_index + 1
        question = f"Skip rep {number}? {{skip}} again skips it"
        if self._show_refusal("skip", stamp) or not self.confirm_by_second_press(question, stamp):
            return
        self.execute(commands.Skip(t=self.live.session_ms(stamp), group=self.focus), stamp, f"rep {number} is skipped")

    def recall(self, stamp: float) -> None:
        """Recalls a false start, on the second press. The key for holding, as the second one, also holds the group."""
        if self._show_refusal("recall", stamp) or not self.confirm_by_second_press(self._recall_question(), stamp):
            return
        if self.execute(commands.Recall(t=self.live.session_ms(stamp), group=self.focus), stamp):
            held = self.keys.fill("recalled and held: {hold} releases")
            self.show_message(held if self.group.held else "recalled: GO comes again", stamp)

    def _recall_question(self) -> str:
        """Returns the question before a recall. It says how many times the recall removes from the results."""
        run = self.group.newest_run
        if run is None:
            return f"False start? {RECALL_KEYS}"
        times = sum(1 for each in arrivals.valid(run) if each.mark is not None)
        times += sum(1 for athlete, mark in run.corrections if arrivals.find_named(run, athlete, mark) is None)
        if not times:
            return f"False start? {RECALL_KEYS}"
        go = "1 time goes" if times == 1 else f"{times} times go"
        return f"Recall rep {run.rep.number}? {go}. {RECALL_KEYS}"

    def _show_refusal(self, command: Literal["skip", "recall"], stamp: float) -> bool:
        """Shows why the command would be refused. Returns whether it would: it then needs no second press."""
        kind = commands.Skip if command == "skip" else commands.Recall
        t = max(self.live.session_ms(stamp), self.live.state.now)
        reason = view.refusal_reason(self.live.state, kind(t=t, group=self.focus))
        if reason:
            self.show_message(reason, stamp, refused=True)
        return bool(reason)

    def end(self, stamp: float) -> None:
        """Ends the session. Arrivals without names go to the athletes who are proposed for them."""
        self.execute(commands.End(t=self.live.session_ms(stamp)), stamp)
