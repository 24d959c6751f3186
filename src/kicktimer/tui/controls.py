"""`Controls`: turns the keys of one session into commands. Imports nothing of Textual.

`BaseControls` holds what all keys share, `ClockControls` the keys for the clock, and `ArrivalControls` those for
arrivals. This module adds the athletes' keys, the space bar, groups and ratings.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kicktimer import view
from kicktimer.errors import ScalarError
from kicktimer.keyboard.layouts import shown_key
from kicktimer.session import Phase, arrivals, commands
from kicktimer.session.state_updates import find_arrival
from kicktimer.squad.athlete_line import read_athlete_line
from kicktimer.tui.arrival_controls import ArrivalControls
from kicktimer.tui.base_controls import KeptPress
from kicktimer.tui.clock_controls import ClockControls
from kicktimer.tui.keymap import DEFAULT_KEYMAP
from kicktimer.units import format_race, format_race_time

if TYPE_CHECKING:
    from kicktimer.live_session import LiveSession
    from kicktimer.tui.base_controls import PendingCommand
    from kicktimer.tui.keymap import Keymap

SOUND_CONFIRM_DEBOUNCE_S = 1.0
"""An `enter` this soon after the one that confirmed the sound is a bounce or repeat of it, and starts nobody."""

QUESTIONS: dict[PendingCommand, str] = {
    "drop": "OUT / BACK IN: whose key?  ({drop} again: nobody)",
    "name": "NAME the arrival: whose key?  ({name} again: nobody)",
    "move": "MOVE to group GROUP: whose key?  ({move} again: nobody)",
    "correct": "CORRECT a time: whose key?  ({correct} again: nobody)",
    "swap": "SWAP with the next one: whose key?  ({swap-whom} again: nobody)",
    "insert": "FORGOTTEN, before whom: whose key?  ({insert} again: just now)",
    "delete": "DELETE a false arrival: whose key?  ({delete} again: nobody)",
}
CORRECTION_KEYS = (
    "type it, or {rate-previous} {rate-next} {select-older} {select-newer}; {accept} takes it, {back} leaves it"
)
WHOSE_QUESTION = "WHOSE is TIME?  (an athlete's key names it, {undo} deletes it, {back}: nobody's yet)"


class Controls(ClockControls, ArrivalControls):
    """The keys of one session.

    `rating_target` is the athlete and rep that the coach has chosen to rate next; with None it follows the order of
    the reps. `sound_confirmed_at` is the stamp of the `enter` that confirmed that GO is heard.
    """

    def __init__(self, live: LiveSession, keymap: Keymap = DEFAULT_KEYMAP) -> None:
        super().__init__(live, keymap)
        self.rating_target: tuple[str, int] | None = None
        self.sound_confirmed_at = float("-inf")

    # -- arrivals

    def press_space(self, stamp: float) -> None:
        """Starts the group in focus if it is ready (all groups if none has started); else takes an arrival there."""
        if self.is_start_bounce(stamp):
            return
        if self.group.phase is Phase.READY:
            self.start(stamp)
        else:
            kept = KeptPress(self.keys.short("space"), self.live.session_ms(stamp), stamp, self.focus)
            if self.take_arrival(lambda: self.live.tap(stamp, group=self.focus), kept, stamp, by_letter=False):
                self._explain_early(stamp)

    def press_athlete_key(self, character: str, stamp: float, *, unknown_is_arrival: bool = True) -> None:
        """Takes the athlete's arrival; if the screen asks for an athlete, answers with that athlete instead.

        A letter or digit that is nobody's key is an arrival without a name while somebody is out, unless
        `unknown_is_arrival` is false. A question is answered too by a letter whose place on the Latin layout is an
        athlete's key.
        """
        self.expire_messages(stamp)
        command, self.pending_command = self.pending_command, None
        asked = self.asked_whose
        athlete = self.athlete_with_key(character)
        if athlete is None and (command is not None or asked is not None):
            athlete = self.athlete_at_position(character)
        if athlete is None:
            self._take_unknown(character, stamp, is_arrival=unknown_is_arrival)
        elif command is not None:
            self.live.ignore_repeats(stamp, athlete)
            self._answer(command, athlete, character, stamp)
        elif asked is not None:
            self.live.ignore_repeats(stamp, athlete)
            self.assign(asked, athlete, stamp)
        else:
            kept = self._kept(character, stamp, self.live.state.group_of(athlete).name, athlete)
            if self.take_arrival(lambda: self.live.tap(stamp, athlete=athlete), kept, stamp):
                self._explain_unnamed(athlete, stamp)

    def _explain_early(self, stamp: float) -> None:
        """Shows whether the newest arrival, for which no athlete's key was pressed, is early."""
        step = self.live.state.undoable
        found = None if step is None else self._find_arrival(step.n)
        if found is None or not found.early or found.athlete is not None:
            return
        accept, proposal = self.keys.long("accept"), self._next_proposal()
        takes_it = proposal is not None and proposal[0] == found.n
        self.show_message(
            f"early: {accept} takes it for {proposal[1]}" if proposal and takes_it else "early: it waits for a name",
            stamp,
        )

    def _explain_unnamed(self, athlete: str, stamp: float) -> None:
        """Shows why the newest arrival, taken by the athlete's key, has no name all the same, if it has none."""
        step = self.live.state.undoable
        try:
            name, index, arrival = find_arrival(self.live.state, 0 if step is None else step.n)
        except KeyError:
            return
        if arrival.athlete is not None:
            return
        group = self.live.state.groups[name]
        accept, reason = self.keys.long("accept"), arrivals.why_early(group, group.runs[index], arrival)
        if reason == "early":
            text = f"early for {athlete}: {accept} takes it"
        elif reason == "dropped":
            text = f"{athlete} is out. Back in? {accept} takes it"
        else:
            text = f"{athlete} has a time already: an arrival without a name"
        self.show_message(text, stamp)

    def _kept(self, character: str, stamp: float, group: str, athlete: str | None) -> KeptPress:
        return KeptPress(shown_key(character), self.live.session_ms(stamp), stamp, group, athlete)

    def _take_unknown(self, character: str, stamp: float, *, is_arrival: bool) -> None:
        """Takes an arrival without a name for a letter that is nobody's key, if anybody is out.

        The arrival is proposed to the athlete whose key the Latin layout has there.
        """
        key, athlete = shown_key(character), self.athlete_at_position(character)
        group = self._find_group_for_arrival(stamp, athlete) if is_arrival else ""
        if not group:
            self.show_message(f"no athlete has the key {key}", stamp, refused=True)
            if is_arrival and self.group.go_count:
                self.keep_press(replace(self._kept(character, stamp, self.focus, athlete), kind="bounced"))
            return
        done = f"{key} is nobody's key: an arrival without a name"
        if athlete is not None:
            done += f". {athlete}? {self.keys.long('accept')} names it"
        self._take_unnamed(self._kept(character, stamp, group, athlete), done)

    def _find_group_for_arrival(self, stamp: float, athlete: str | None) -> str:
        """Returns the group in which somebody is out, "" for none.

        The athlete's group comes first, then the group in focus, then the others.
        """
        state, t = self.live.state, self.live.session_ms(stamp)
        first = self.focus if athlete is None else state.group_of(athlete).name
        names = dict.fromkeys([first, self.focus, *state.groups])
        return next(
            (name for name in names if not view.refusal_reason(state, commands.Tap(t=t, group=name))),
            "",
        )

    def _take_unnamed(self, kept: KeptPress, done: str) -> None:
        """Takes an arrival without a name. It may come right after another key's: it is never taken for a bounce."""
        command = commands.Tap(t=kept.t, group=kept.group)
        if self.take_arrival(lambda: self.live.execute(command), kept, kept.stamp, done=done, preferred=kept.athlete):
            self._explain_early(kept.stamp)

    def _answer(self, command: PendingCommand, athlete: str, character: str, stamp: float) -> None:
        """Executes the command that waited for an athlete."""
        match command:
            case "drop":
                self._drop_or_return(athlete, stamp)
            case "move":
                self._move(athlete, stamp)
            case "name":
                if not self.name_arrival(athlete, stamp):
                    kept = self._kept(character, stamp, self.live.state.group_of(athlete).name, athlete)
                    done = f"nothing to name: an arrival without a name. {athlete}? {self.keys.long('accept')} names it"
                    self._take_unnamed(kept, done)
            case "correct":
                self.begin_correction(athlete, stamp)
            case "swap" | "delete" | "insert":
                self.change_arrival_of(athlete, command, stamp)

    @property
    def prompt(self) -> str:
        """What the screen asks: about a time that is being corrected, an arrival or a command; "" for nothing."""
        if self.correction is not None:
            return f"{self.correction}  ({self.keys.fill(CORRECTION_KEYS, short=True)})"
        if self.asked_whose is not None:
            question = self.keys.fill(WHOSE_QUESTION, short=True)
            return question.replace("TIME", self._describe_arrival(self.asked_whose))
        if self.confirmation:
            return self.keys.fill(self.confirmation, short=True)
        if self.pending_command is None:
            return ""
        question = self.keys.fill(QUESTIONS[self.pending_command], short=True)
        return question.replace("GROUP", self.focus) if self.pending_command == "move" else question

    # -- athletes and groups

    def _drop_or_return(self, athlete: str, stamp: float) -> None:
        t = self.live.session_ms(stamp)
        if athlete in self.live.state.group_of(athlete).dropped:
            self.execute(commands.Return(t=t, athlete=athlete), stamp, f"{athlete} is back from the next rep on")
        else:
            self.execute(commands.Drop(t=t, athlete=athlete), stamp, f"{athlete} is out")

    def _move(self, athlete: str, stamp: float) -> None:
        done = f"{athlete} runs with {self.focus} from the next rep on"
        self.execute(commands.Move(t=self.live.session_ms(stamp), athlete=athlete, group=self.focus), stamp, done)

    def join(self, typed: str, stamp: float) -> bool:
        """Adds a late-comer, typed like `Dana 4:05`, to the group in focus. Returns whether the session took it."""
        try:
            line = read_athlete_line(typed)
        except ScalarError as error:
            self.show_message(f"{error.message}: {error.hint}" if error.hint else error.message, stamp, refused=True)
            return False
        races = {format_race(mm): format_race_time(ms) for mm, ms in line.races.items()}
        entry = {"name": line.name} | ({"races": races} if races else {})
        command = commands.Join(t=self.live.session_ms(stamp), athlete=entry, group=self.focus)
        if not self.execute(command, stamp):
            return False
        *_, athlete = self.live.state.athletes.values()
        key = f", with the key {athlete.key.upper()}" if athlete.key else ""
        since = " from the next rep on" if self.live.state.begun else ""
        self.show_message(f"{athlete.name} is in{since}{key}", stamp)
        return True

    def next_group(self) -> None:
        """Moves the focus to the next group."""
        names = list(self.live.state.groups)
        self.focus = names[(names.index(self.focus) + 1) % len(names)]
        self._first_press = None  # it was about the other group
        self.selected = self.rating_target = None

    # -- ratings

    def rate(self, relaxation: int, stamp: float) -> None:
        """Rates how relaxed the next closing rep to rate looked, 1 to 5, and goes on to the one after it."""
        target = view.next_to_rate(self.live.state, self.focus, self.rating_target)
        reps = view.ratable_reps(self.live.state, self.focus)
        if target is None:
            choose = f"everybody is rated: {self.keys.row('rate-previous')} choose whose to change"
            self.show_message(choose if reps else "no closing rep has been run", stamp, refused=True)
            return
        athlete, rep = target
        command = commands.Rate(t=self.live.session_ms(stamp), athlete=athlete, relaxation=relaxation, rep=rep)
        done = f"{athlete}, rep {rep}: relaxation {relaxation}"
        if self.execute(command, stamp, done) and self.rating_target is not None:
            reps = view.ratable_reps(self.live.state, self.focus)
            place = reps.index(target) + 1
            self.rating_target = reps[place] if place < len(reps) else None

    def select_rating(self, step: int, stamp: float) -> None:
        """Moves the rating target by `step` of the closing reps that can be rated."""
        reps = view.ratable_reps(self.live.state, self.focus)
        if not reps:
            self.show_message("no closing rep has been run", stamp, refused=True)
            return
        target = view.next_to_rate(self.live.state, self.focus, self.rating_target)
        place = reps.index(target) + step if target in reps else 0
        self.rating_target = reps[place % len(reps)]
