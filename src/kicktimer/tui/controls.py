"""`Controls`: turns the keys of one session into commands. Imports nothing of Textual.

`BaseControls` holds what all keys share, `ClockControls` the keys for the clock, and `ArrivalControls` those for
arrivals. This module adds the athletes' keys, the space bar, groups and ratings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer import view
from kicktimer.keyboard.layouts import shown_key
from kicktimer.session import Phase, commands
from kicktimer.tui.arrival_controls import ArrivalControls
from kicktimer.tui.clock_controls import ClockControls

if TYPE_CHECKING:
    from kicktimer.live_session import LiveSession
    from kicktimer.tui.base_controls import PendingCommand

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
    "{rate-previous} {rate-next} 0.1 s, {select-older} {select-newer} 1 s, {next-group}: rep; {correct} takes it"
)


class Controls(ClockControls, ArrivalControls):
    """The keys of one session.

    `rating_target` is the athlete and rep that the coach has chosen to rate next; with None it follows the order of
    the reps. `sound_confirmed_at` is the stamp of the `enter` that confirmed that GO is heard.
    """

    def __init__(self, live: LiveSession) -> None:
        super().__init__(live)
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
            self.show_outcome(self.live.tap(stamp, group=self.focus), stamp)

    def press_athlete_key(self, character: str, stamp: float) -> None:
        """Takes the athlete's arrival; if a command is pending, executes that for the athlete instead."""
        athlete = self.athlete_with_key(character)
        self.expire_messages(stamp)
        command, self.pending_command = self.pending_command, None
        if athlete is None:
            self.show_message(f"no athlete has the key {shown_key(character)}", stamp, refused=True)
            return
        if command is None:
            self.show_outcome(self.live.tap(stamp, athlete=athlete), stamp)
            return
        self.live.ignore_repeats(stamp, athlete)
        match command:
            case "drop":
                self._drop_or_return(athlete, stamp)
            case "move":
                self._move(athlete, stamp)
            case "name":
                self.name_arrival(athlete, stamp)
            case "correct":
                self.begin_correction(athlete, stamp)
            case "swap" | "delete" | "insert":
                self.change_arrival_of(athlete, command, stamp)

    @property
    def prompt(self) -> str:
        """What the screen asks while a command is pending or a time is being corrected, else ""."""
        if self.correction is not None:
            return f"{self.correction}  ({self.keys.fill(CORRECTION_KEYS, short=True)})"
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

    def join(self, name: str, stamp: float) -> bool:
        """Adds a late-comer to the group in focus. Returns whether the session accepted the name."""
        command = commands.Join(t=self.live.session_ms(stamp), athlete={"name": name}, group=self.focus)
        if not self.execute(command, stamp):
            return False
        *_, athlete = self.live.state.athletes.values()
        key = f", with the key {athlete.key.upper()}" if athlete.key else ""
        self.show_message(f"{athlete.name} is in from the next rep on{key}", stamp)
        return True

    def next_group(self) -> None:
        """Moves the focus to the next group."""
        names = list(self.live.state.groups)
        self.focus = names[(names.index(self.focus) + 1) % len(names)]
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
