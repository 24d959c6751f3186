"""`ArrivalControls`: the keys that name, select, delete, swap, add and correct arrivals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer import view
from kicktimer.session import commands
from kicktimer.tui.base_controls import BaseControls
from kicktimer.tui.time_correction import TimeCorrection

if TYPE_CHECKING:
    from kicktimer.live_session import LiveSession

CORRECTION_TIMEOUT_S = 30.0
"""A correction is cancelled this long after the last key that changed it; the arrows then select arrivals again."""


class ArrivalControls(BaseControls):
    """Turns keys into commands about arrivals.

    An arrival is known by the number of its fact in the session. `selected` is the selected arrival, and `correction`
    the time that is being corrected.
    """

    def __init__(self, live: LiveSession) -> None:
        super().__init__(live)
        self.selected: int | None = None
        self.correction: TimeCorrection | None = None

    def expire_messages(self, stamp: float) -> None:
        super().expire_messages(stamp)
        if self.correction is not None and stamp - self.correction.changed_at > CORRECTION_TIMEOUT_S:
            self.correction = None

    def cancel(self) -> None:
        """Cancels the pending command and the correction, and selects no arrival."""
        self.pending_command = self.correction = self.selected = None

    def undo(self, stamp: float) -> None:
        """Undoes the last step of the session that can be undone."""
        step = self.live.state.undoable
        done = "" if step is None else f"taken back: {step.kind}"
        if self.execute(commands.Undo(t=self.live.session_ms(stamp)), stamp, done):
            self.selected = None

    # -- names

    def unnamed_arrivals(self) -> list[tuple[int, str]]:
        """Returns the arrivals of all groups without a name, oldest first, each with the proposed athlete or ""."""
        return view.waiting_arrivals(self.live.state)

    def accept(self, stamp: float) -> None:
        """Names the oldest unnamed arrival that has a proposal with the athlete proposed."""
        unnamed = self.unnamed_arrivals()
        proposal = next(((n, athlete) for n, athlete in unnamed if athlete), None)
        if proposal is not None:
            n, athlete = proposal
            self.execute(commands.Assign(t=self.live.session_ms(stamp), tap=n, athlete=athlete), stamp)
        elif not self.is_start_bounce(stamp):
            reason = "nobody is left for that arrival" if unnamed else "no arrival waits for a name"
            self.show_message(reason, stamp, refused=True)

    def name_arrival(self, athlete: str, stamp: float) -> None:
        """Names the selected arrival, or else the oldest unnamed one."""
        tap = self.selected if self.selected is not None else self._oldest_unnamed()
        if tap is None:
            self.show_message("no arrival waits for a name", stamp, refused=True)
        else:
            self.execute(commands.Assign(t=self.live.session_ms(stamp), tap=tap, athlete=athlete), stamp)
            self.selected = None

    def _oldest_unnamed(self) -> int | None:
        unnamed = self.unnamed_arrivals()
        return unnamed[0][0] if unnamed else None

    # -- selected arrivals, or those of an athlete

    def select(self, step: int, stamp: float) -> None:
        """Moves the selection by `step` arrivals of the group in focus; without a selection, selects the newest."""
        arrivals = view.selectable_arrivals(self.live.state, self.focus)
        if not arrivals:
            self.show_message("no arrival to select", stamp, refused=True)
        elif self.selected not in arrivals:
            self.selected = arrivals[-1]
        else:
            place = arrivals.index(self.selected) + step
            self.selected = arrivals[place] if 0 <= place < len(arrivals) else None

    def delete(self, stamp: float) -> None:
        """Deletes the selected arrival as a false one. Without a selection, awaits an athlete's key."""
        if self.selected is None:
            self.await_athlete("delete", stamp)
        elif self._delete_arrival(self.selected, stamp):
            self.selected = None

    def swap(self, stamp: float) -> None:
        """Swaps the names of the selected arrival, or else of the oldest unnamed one, and the next one at that mark."""
        self._swap_with_next(self.selected if self.selected is not None else self._oldest_unnamed(), stamp)

    def insert(self, stamp: float) -> None:
        """Adds a forgotten arrival before the selected one. Without a selection, awaits an athlete's key.

        The second press adds an arrival that was forgotten just now.
        """
        self.expire_messages(stamp)
        if self.selected is None and self.pending_command != "insert":
            self.await_athlete("insert", stamp)
            return
        self.pending_command = None
        self._insert_before(self.selected, self.focus, stamp)

    def change_arrival_of(self, athlete: str, command: str, stamp: float) -> None:
        """Executes `swap`, `delete` or `insert` on the newest arrival that is shown as the athlete's."""
        n = view.newest_arrival_of(self.live.state, athlete)
        if n is None:
            self.show_message(f"no arrival is shown as {athlete}'s", stamp, refused=True)
        elif command == "swap":
            self._swap_with_next(n, stamp)
        elif command == "delete":
            self._delete_arrival(n, stamp)
        else:
            self._insert_before(n, self.live.state.group_of(athlete).name, stamp)

    def _delete_arrival(self, n: int, stamp: float) -> bool:
        done = self.keys.fill("deleted; {undo} undoes")
        return self.execute(commands.Delete(t=self.live.session_ms(stamp), tap=n), stamp, done)

    def _swap_with_next(self, n: int | None, stamp: float) -> None:
        pair = None if n is None else self._find_pair(n)
        if pair is None:
            self.show_message("no two arrivals to swap", stamp, refused=True)
            return
        t = self.live.session_ms(stamp)
        done = f"{pair.second_name} before {pair.first_name}"
        if self.execute(commands.Assign(t=t, tap=pair.first, athlete=pair.second_name), stamp, done) and pair.named:
            self.execute(commands.Assign(t=t, tap=pair.second, athlete=pair.first_name), stamp, done)

    def _find_pair(self, n: int) -> view.ArrivalPair | None:
        pairs = (view.arrival_pair(self.live.state, name, n) for name in self.live.state.groups)
        return next((pair for pair in pairs if pair is not None), None)

    def _insert_before(self, n: int | None, group: str, stamp: float) -> None:
        """Adds an arrival to the group, at an estimated moment before arrival `n` or, for None, a moment ago."""
        t = self.live.session_ms(stamp)
        at = view.estimate_forgotten_arrival(self.live.state, group, n, t)
        self.execute(commands.Insert(t=t, at=at, group=group), stamp, "a forgotten arrival is there, at a guess")

    # -- corrected times

    def correct(self, stamp: float) -> None:
        """Takes over the corrected time; if none is being corrected, begins with the selected arrival's.

        Without a selection of an arrival that has a name, awaits an athlete's key.
        """
        if self.correction is not None:
            rep, ms, self.correction = self.correction.rep, self.correction.ms, None
            command = commands.Correct(t=self.live.session_ms(stamp), athlete=rep.athlete, rep=rep.rep, time=ms)
            undo = self.keys.long("undo")
            self.execute(command, stamp, f"{rep.athlete}, rep {rep.rep}: corrected; {undo} undoes")
            return
        board = view.group_board(self.live.state, self.focus, self.selected)
        athlete = next((arrival.name for arrival in board.arrivals if arrival.selected and arrival.named), None)
        if athlete is None:
            self.await_athlete("correct", stamp)
        else:
            self.begin_correction(athlete, stamp)

    def begin_correction(self, athlete: str, stamp: float) -> None:
        """Begins to correct the time of the athlete's newest rep."""
        reps = view.correctable_reps(self.live.state, athlete)
        if reps:
            self.correction = TimeCorrection(reps, reps[0].ms, stamp)
        else:
            self.show_message(f"{athlete} has not run a rep yet", stamp, refused=True)
