"""`ArrivalControls`: the keys that take, name, select, delete, swap, add, undo and correct arrivals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kicktimer import view
from kicktimer.keyboard.layouts import shown_key
from kicktimer.session import arrivals, commands
from kicktimer.session.state_updates import find_arrival
from kicktimer.session.undo import newest_step, why_not_undone
from kicktimer.tui.base_controls import BaseControls, KeptPress
from kicktimer.tui.keymap import DEFAULT_KEYMAP
from kicktimer.tui.time_correction import TYPED_CHARACTERS, TimeCorrection

if TYPE_CHECKING:
    from collections.abc import Callable

    from kicktimer.live_session import LiveSession
    from kicktimer.session import Arrival, Refusal
    from kicktimer.tui.base_controls import PressKind
    from kicktimer.tui.keymap import Keymap

CORRECTION_TIMEOUT_S = 30.0
"""A correction is cancelled this long after the last key that changed it; the arrows then select arrivals again."""
PRESS_KINDS: tuple[PressKind, ...] = ("refused", "bounced", "removed")
"""The kinds of kept presses, the likeliest arrivals first."""
WHOSE_TIMEOUT_S = 3.0
"""How long the screen asks whose an arrival is that has lost its name. Then athletes' keys are arrivals again."""


class ArrivalControls(BaseControls):
    """Turns keys into commands about arrivals.

    An arrival is known by the number of its fact in the session. `selected` is the selected arrival, `asked_whose` the
    one that the next athlete's key names, and `correction` the time that is being corrected. `preferred` has the
    athletes whom the keys suggest for arrivals without a name, by the arrivals' numbers.
    """

    def __init__(self, live: LiveSession, keymap: Keymap = DEFAULT_KEYMAP) -> None:
        super().__init__(live, keymap)
        self.selected: int | None = None
        self.correction: TimeCorrection | None = None
        self.preferred: dict[int, str] = {}
        self.asked_whose: int | None = None
        self._asked_at = 0.0
        self._letter_steps: set[int] = set()  # the steps that an athlete's key, or a letter that is nobody's, has made
        self._retaken: set[int] = set()  # the arrivals that `take_kept_press` made
        self._unnamed_by_undo: int | None = None  # the arrival whose name `undo` took back: another undo deletes it

    def expire_messages(self, stamp: float) -> None:
        super().expire_messages(stamp)
        if self.asked_whose is not None and stamp - self._asked_at > WHOSE_TIMEOUT_S:
            self.asked_whose = None
        if self.correction is not None and stamp - self.correction.changed_at > CORRECTION_TIMEOUT_S:
            self.correction = None

    def leave_questions(self) -> None:
        super().leave_questions()
        self.asked_whose = None

    def cancel(self) -> None:
        """Cancels every question and every command that waits for a key, and selects no arrival."""
        self.leave_questions()
        self.correction = self.selected = None
        self.kept_presses = [each for each in self.kept_presses if each.kind == "removed"]
        self.message = ""

    # -- arrivals

    def take_arrival(
        self,
        take: Callable[[], Refusal | None],
        kept: KeptPress,
        stamp: float,
        *,
        done: str = "",
        preferred: str | None = None,
        by_letter: bool = True,
    ) -> bool:
        """Takes the arrival of a key by calling `take`, and shows `done`. Returns whether an arrival was taken.

        If the press is refused or taken for a bounce, `kept` stays on the screen. `preferred` is the athlete whom the
        key suggests, and `by_letter` says that the key is a letter or digit.
        """
        before = self.live.state.n
        refusal = take()
        step = self.live.state.undoable
        if refusal is None and step is not None and step.n > before and step.kind in ("tap", "insert"):
            self._unnamed_by_undo = None
            if by_letter:
                self._letter_steps.add(step.n)
            if preferred is not None:
                self.preferred[step.n] = preferred
            self.show_message(done, stamp)
            return True
        if refusal is not None:
            self.show_message(refusal.reason, stamp, refused=True)
        self.keep_press(replace(kept, kind="bounced" if refusal is None else "refused"))
        return False

    def keep_press(self, kept: KeptPress) -> None:
        """Keeps a press that is no arrival, once the session has begun. One that is kept already stays as it is."""
        if self.live.state.begun and all((each.t, each.key) != (kept.t, kept.key) for each in self.kept_presses):
            self.kept_presses.append(kept)

    def take_kept_press(self, stamp: float) -> None:
        """Makes an arrival without a name of `press_to_take`, with its moment."""
        self.expire_messages(stamp)
        kept = self.press_to_take
        if kept is None:
            self.show_message("no press was refused in the last 10 s", stamp, refused=True)
            return
        self.leave_questions()
        t = self.live.session_ms(stamp)

        insert = commands.Insert(t=max(t, kept.t), at=kept.t, group=kept.group)
        others = (name for name in self.live.state.groups if name != kept.group)
        elsewhere = (
            [commands.Tap(t=kept.t, athlete=kept.athlete)]
            if kept.athlete is not None
            else [commands.Tap(t=kept.t, group=name) for name in others]
        )

        def take() -> Refusal | None:
            refusal = self.live.execute(commands.Tap(t=kept.t, group=kept.group))
            if refusal is None or self.live.execute(insert) is None:
                return None
            # Nobody is out in that group. The press may be about another one, or the coach first keeps the moment and
            # then takes back what has used up the marks.
            taken = any(self.live.execute(command) is None for command in elsewhere)
            return None if taken else refusal

        done = f"{kept.key} is an arrival without a name"
        if self.take_arrival(take, kept, stamp, done=done, preferred=kept.athlete):
            self.kept_presses.remove(kept)
            step = newest_step(self.live.state)
            self._retaken.update(() if step is None else (step.n,))

    @property
    def press_to_take(self) -> KeptPress | None:
        """The press that `take_kept_press` makes an arrival of.

        Presses that were refused come first, then bounces, then the presses of arrivals that were deleted or undone.
        Of each kind the oldest comes first. A removed one that is an arrival again, as after an undo, is left out.
        """
        groups = self.live.state.groups.values()
        taken = {each.t for group in groups for n in group.valid_indexes() for each in arrivals.valid(group.runs[n])}
        presses = [
            each
            for each in self.kept_presses
            if (each.kind != "removed" or each.t not in taken) and self._is_of_running_rep(each)
        ]
        return min(presses, key=lambda each: (PRESS_KINDS.index(each.kind), each.t), default=None)

    def _is_of_running_rep(self, kept: KeptPress) -> bool:
        """Whether no GO of the group has come since the press, or an athlete of a rep before is still out."""
        group = self.live.state.groups[kept.group]
        run = group.newest_run
        no_go_since = run is not None and run.started is not None and run.started <= kept.t
        return no_go_since or arrivals.find_unnamed_mark(group, kept.t) is not None

    @property
    def kept_press(self) -> KeptPress | None:
        """The press that `take_kept_press` takes, if it was refused or taken for a bounce: the screen shows it."""
        press = self.press_to_take
        return None if press is None or press.kind == "removed" else press

    def _note_removal(self, number: int, stamp: float) -> None:
        """Keeps the press of an arrival that is about to be deleted or undone.

        One that `take_kept_press` took again is not kept once more: the presses removed before it come next.
        """
        found = self._find_arrival(number)
        if found is None or found.by == "corrected" or number in self._retaken:
            return
        group = find_arrival(self.live.state, number)[0]
        athlete = found.athlete or self.preferred.get(number)
        self.keep_press(KeptPress(self._describe_arrival(number), found.t, stamp, group, athlete, "removed"))

    # -- undo and redo

    def undo(self, stamp: float) -> None:
        """Undoes the last step of the session that can be undone.

        Right after an athlete's key only the name is taken back, and the screen asks whose the arrival is; the next
        undo then deletes the arrival. A step that is too old for undo keeps its names too.
        """
        self.expire_messages(stamp)
        step = newest_step(self.live.state)
        number = None if step is None or not step.arrivals else step.arrivals[0][2].n
        if step is not None and number is not None and not why_not_undone(self.live.state, step):
            if number == self._unnamed_by_undo and step.kind in ("tap", "unassign"):
                self._delete_unnamed(number, stamp)
                return
            if step.n in self._letter_steps:
                self._take_name_back(number, stamp)
                return
        what = view.name_next_undo(self.live.state)
        if step is not None and number is not None and step.kind == "tap":
            self._note_removal(number, stamp)
        if self.execute(commands.Undo(t=self.live.session_ms(stamp)), stamp, f"taken back: {what}"):
            self.selected = None

    def _take_name_back(self, number: int, stamp: float) -> None:
        """Takes the name from an arrival, and asks whose it is."""
        arrival = self._find_arrival(number)
        named = arrival is not None and arrival.athlete is not None
        if named and not self.execute(commands.Unassign(t=self.live.session_ms(stamp), tap=number), stamp):
            return
        self.leave_questions()
        self.asked_whose, self._asked_at, self._unnamed_by_undo = number, stamp, number
        self.selected = None
        self.message = ""

    def _delete_unnamed(self, number: int, stamp: float) -> None:
        """Deletes the arrival whose name has just been taken back.

        It undoes the namings of the arrival and then its tap, so that the next undo takes back what came before.
        """
        t = self.live.session_ms(stamp)
        what = self._describe_arrival(number)
        self._note_removal(number, stamp)
        self.leave_questions()
        self._unnamed_by_undo = None
        step = newest_step(self.live.state)
        while step is not None and step.kind in ("assign", "unassign") and step.arrivals[0][2].n == number:
            if self.live.execute(commands.Undo(t=t)) is not None:
                break
            step = newest_step(self.live.state)
        is_tap = step is not None and step.n == number and not why_not_undone(self.live.state, step)
        done = self.keys.fill("{redo} takes it again" if is_tap else "{undo} undoes")
        command = commands.Undo(t=t) if is_tap else commands.Delete(t=t, tap=number)
        self.execute(command, stamp, f"deleted: {what}; {done}")

    def redo(self, stamp: float) -> None:
        """Does again what the last undo took back: gives the arrival its name again if undo has just taken that.

        If there is nothing to redo, a question that the screen asks stays.
        """
        self.expire_messages(stamp)
        step = newest_step(self.live.state)
        if step is not None and step.kind == "unassign" and step.arrivals[0][2].n == self._unnamed_by_undo:
            arrival = step.arrivals[0][2]
            if arrival.athlete is not None:
                self.assign(arrival.n, arrival.athlete, stamp)
                return
        if self.show_outcome(self.live.execute(commands.Redo(t=self.live.session_ms(stamp))), stamp):
            self.leave_questions()
            self.show_message(f"done again: {view.name_next_undo(self.live.state)}", stamp)

    @property
    def next_undo(self) -> str:
        """What undo would do now, for the footer: `undo tap Ann`, or `delete 1:04.0h` after the name was taken back.

        Plain `undo` where undo would be refused.
        """
        step = newest_step(self.live.state)
        if step is None or why_not_undone(self.live.state, step):
            return "undo"
        number = step.arrivals[0][2].n if step.arrivals else None
        if number is not None and number == self._unnamed_by_undo and step.kind in ("tap", "unassign"):
            return f"delete {self._describe_arrival(number)}"
        return f"undo {view.name_next_undo(self.live.state)}"

    def _find_arrival(self, number: int) -> Arrival | None:
        try:
            return find_arrival(self.live.state, number)[2]
        except KeyError:
            return None

    def _describe_arrival(self, number: int) -> str:
        """Returns the time of an arrival as the screen shows it."""
        try:
            group, index, arrival = find_arrival(self.live.state, number)
        except KeyError:
            return "the arrival"
        started = self.live.state.groups[group].runs[index].started or 0
        return view.format_time(arrival.t - started, by_hand=view.is_hand_time(arrival.by))

    # -- names

    def unnamed_arrivals(self) -> list[tuple[int, str]]:
        """Returns the arrivals of all groups without a name, oldest first, each with the proposed athlete or ""."""
        return view.waiting_arrivals(self.live.state, self.preferred)

    def accept(self, stamp: float) -> None:
        """Names the oldest unnamed arrival that has a proposal with the athlete proposed.

        Early arrivals for which no athlete's key was pressed come last: they are the likeliest to be false.
        """
        unnamed = self.unnamed_arrivals()
        proposal = self._next_proposal()
        if proposal is not None:
            n, athlete = proposal
            done = f"{self._describe_arrival(n)} is {athlete}"
            self.execute(commands.Assign(t=self.live.session_ms(stamp), tap=n, athlete=athlete), stamp, done)
        elif not self.is_start_bounce(stamp):
            reason = "nobody is left for that arrival" if unnamed else "no arrival waits for a name"
            self.show_message(reason, stamp, refused=True)

    @property
    def is_name_proposed(self) -> bool:
        """Whether `accept` has an arrival to name."""
        return self._next_proposal() is not None

    def _next_proposal(self) -> tuple[int, str] | None:
        """Returns the arrival that `accept` names, and the athlete proposed for it."""

        def is_guess(n: int) -> bool:
            found = self._find_arrival(n)
            return found is not None and found.early and found.pressed is None

        proposals = [(n, athlete) for n, athlete in self.unnamed_arrivals() if athlete]
        return min(proposals, key=lambda each: is_guess(each[0]), default=None)

    def name_arrival(self, athlete: str, stamp: float) -> bool:
        """Names the selected arrival, or else the oldest unnamed one. Returns whether there is one to name."""
        tap = self.selected if self.selected is not None else self._oldest_unnamed()
        if tap is None:
            return False
        self.assign(tap, athlete, stamp)
        self.selected = None
        return True

    def assign(self, tap: int, athlete: str, stamp: float) -> None:
        """Names an arrival as the answer of an athlete's key."""
        done = f"{self._describe_arrival(tap)} is {athlete}"
        if self.execute(commands.Assign(t=self.live.session_ms(stamp), tap=tap, athlete=athlete), stamp, done):
            step = newest_step(self.live.state)
            if step is not None and step.kind == "assign":
                self._letter_steps.add(step.n)

    def _oldest_unnamed(self) -> int | None:
        unnamed = self.unnamed_arrivals()
        return unnamed[0][0] if unnamed else None

    # -- selected arrivals, or those of an athlete

    def select(self, step: int, stamp: float) -> None:
        """Moves the selection by `step` arrivals of the group in focus.

        Without a selection, selects the newest arrival that waits for a name; if none waits, the newest arrival.
        """
        selectable = view.selectable_arrivals(self.live.state, self.focus)
        if not selectable:
            self.show_message("no arrival to select", stamp, refused=True)
        elif self.selected not in selectable:
            waiting = view.waiting_arrivals(self.live.state, name=self.focus)
            self.selected = waiting[-1][0] if waiting else selectable[-1]
        else:
            place = selectable.index(self.selected) + step
            self.selected = selectable[place] if 0 <= place < len(selectable) else None

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
        n = view.newest_arrival_of(self.live.state, athlete, self.preferred)
        if n is None:
            self.show_message(f"no arrival is shown as {athlete}'s", stamp, refused=True)
            key, t = self.live.state.athletes[athlete].key, self.live.session_ms(stamp)
            group = self.live.state.group_of(athlete).name
            self.keep_press(KeptPress(shown_key(key), t, stamp, group, athlete, "bounced"))
        elif command == "swap":
            self._swap_with_next(n, stamp)
        elif command == "delete":
            self._delete_arrival(n, stamp)
        else:
            self._insert_before(n, self.live.state.group_of(athlete).name, stamp)

    def _delete_arrival(self, n: int, stamp: float) -> bool:
        self._note_removal(n, stamp)
        done = self.keys.fill("deleted; {undo} undoes")
        return self.execute(commands.Delete(t=self.live.session_ms(stamp), tap=n), stamp, done)

    def _swap_with_next(self, n: int | None, stamp: float) -> None:
        pair = None if n is None else self._find_pair(n)
        if pair is None:
            self.show_message("no two arrivals to swap", stamp, refused=True)
            return
        t = self.live.session_ms(stamp)
        self.preferred.pop(pair.first, None)
        self.preferred.pop(pair.second, None)
        done = f"{pair.second_name} before {pair.first_name}"
        if self.execute(commands.Assign(t=t, tap=pair.first, athlete=pair.second_name), stamp, done) and pair.named:
            self.execute(commands.Assign(t=t, tap=pair.second, athlete=pair.first_name), stamp, done)

    def _find_pair(self, n: int) -> view.ArrivalPair | None:
        pairs = (view.arrival_pair(self.live.state, name, n, self.preferred) for name in self.live.state.groups)
        return next((pair for pair in pairs if pair is not None), None)

    def _insert_before(self, n: int | None, group: str, stamp: float) -> None:
        """Adds an arrival to the group, at an estimated moment before arrival `n` or, for None, a moment ago.

        Then the screen asks whose the arrival is.
        """
        t = self.live.session_ms(stamp)
        at = view.estimate_forgotten_arrival(self.live.state, group, n, t)
        command = commands.Insert(t=t, at=at, group=group)
        if self.execute(command, stamp, "a forgotten arrival is there, at a guess"):
            step = newest_step(self.live.state)
            if step is not None and step.kind == "insert":
                self.asked_whose, self._asked_at, self.message = step.n, stamp, ""

    # -- corrected times

    def correct(self, stamp: float) -> None:
        """Takes over the corrected time; if none is being corrected, begins with the selected arrival's.

        Without a selection of an arrival that has a name, awaits an athlete's key.
        """
        if self.correction is not None:
            self._take_correction(self.correction, stamp)
            return
        board = view.group_board(self.live.state, self.focus, self.selected)
        athlete = next((arrival.name for arrival in board.arrivals if arrival.selected and arrival.named), None)
        if athlete is None:
            self.await_athlete("correct", stamp)
        else:
            self.begin_correction(athlete, stamp, self.selected)

    def _take_correction(self, correction: TimeCorrection, stamp: float) -> None:
        rep, ms = correction.rep, correction.result
        if ms is None:
            self.show_message(f"{correction.typed or 'nothing'} is no time; write it like 1:04.5", stamp, refused=True)
            return
        if rep.started + ms > self.live.session_ms(stamp):
            self.show_message("that is still to come", stamp, refused=True)
            return
        self.correction = None
        t = self.live.session_ms(stamp)
        command = commands.Correct(t=t, athlete=rep.athlete, rep=rep.rep, mark=rep.mark, time=ms)
        done = f"{rep.athlete}, rep {rep.rep}: {rep.was} → {view.format_time(ms, by_hand=False)}"
        self.execute(command, stamp, f"{done}; {self.keys.long('undo')} undoes")

    def type_correction(self, key: str, character: str, stamp: float) -> bool:
        """Edits the time that is being corrected, if there is one and the key does that. Returns whether it did."""
        self.expire_messages(stamp)
        if self.correction is None:
            return self._refuse_time_before_athlete(character, stamp)
        if key == "backspace":
            self.correction.delete_character(stamp)
        elif character and character in TYPED_CHARACTERS:
            self.correction.type(character, stamp)
        else:
            return False
        return True

    def _refuse_time_before_athlete(self, character: str, stamp: float) -> bool:
        """Refuses a character of a time while the correction awaits an athlete's key. Returns whether it did."""
        typed = character != "" and character in TYPED_CHARACTERS and self.athlete_with_key(character) is None
        if self.pending_command != "correct" or not typed:
            return False
        self._pending_since = stamp
        text = self.keys.fill("whose time? an athlete's key, or {back}")
        self.show_message(text, stamp, refused=True)
        return True

    def begin_correction(self, athlete: str, stamp: float, selected: int | None = None) -> None:
        """Begins to correct the time of the selected arrival, one of the athlete's.

        Without it, begins with the athlete's newest rep that has a time or is over.
        """
        reps = view.correctable_reps(
            self.live.state, athlete, None if selected is None else self._find_arrival(selected)
        )
        if not reps:
            self.show_message(f"{athlete} has not run a rep yet", stamp, refused=True)
            return
        place = next((n for n, rep in enumerate(reps) if selected is not None or not rep.just_begun), 0)
        self.correction = TimeCorrection(reps, reps[place].ms, stamp, place)
