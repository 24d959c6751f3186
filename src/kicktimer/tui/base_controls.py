"""`BaseControls`: what the keys of one session share: the group in focus, the message, and what the screen asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kicktimer.keyboard.layouts import key_identity, latin_position
from kicktimer.tui.footer_and_help import KeyNames
from kicktimer.tui.keymap import DEFAULT_KEYMAP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kicktimer.live_session import LiveSession
    from kicktimer.session import AnyCommand, GroupState, Refusal
    from kicktimer.tui.keymap import Keymap

    PressKind = Literal["refused", "bounced", "removed"]
    PendingCommand = Literal["drop", "name", "move", "correct", "swap", "insert", "delete"]

MESSAGE_TIMEOUT_S = 4.0
KEPT_PRESS_TIMEOUT_S = 10.0
"""How long a press that was no arrival stays on the screen, and can still become one."""
SECOND_PRESS_TIMEOUT_S = 3.0
PENDING_COMMAND_TIMEOUT_S = 5.0
START_DEBOUNCE_S = 0.4
"""Presses this soon after the start of a group are bounces or repeats of the key that started it."""


@dataclass(frozen=True, slots=True)
class KeptPress:
    """A press of `key` that is no arrival: refused, not meant as one (a bounce), or removed (deleted or undone).

    `t` is its moment on the session's clock in ms, `stamp` the same moment in seconds of `time.monotonic()`. If it
    becomes an arrival after all, that is one of `group`, and proposed to `athlete` if there is one.
    """

    key: str
    t: int
    stamp: float
    group: str
    athlete: str | None = None
    kind: PressKind = "refused"


class BaseControls:
    """The state that the keys of one session share. It belongs to the coach's screen and is not saved.

    `focus` is the name of the group that keys act on. `message` answers the last key; `refused` says whether the
    command of that key was refused. `pending_command` waits for an athlete's key, and `confirmation` is the question
    that the same key answers if it is pressed again. `kept_presses` are recent presses that are no arrivals. `keymap`
    says which keys start which action, and `keys` names them in messages. `pins_problem` says why buttons and horn do
    not work, "" if they do or there are none.

    A `stamp` is when a key was pressed, in seconds of `time.monotonic()`.
    """

    def __init__(self, live: LiveSession, keymap: Keymap = DEFAULT_KEYMAP) -> None:
        self.live = live
        self.keymap = keymap
        self.latin_positions: Mapping[str, str] = {}  # what the terminal has reported; it goes before the known layouts
        self.keys = KeyNames(keymap.names())
        self.focus = next(iter(live.state.groups))
        self.message = ""
        self.refused = False
        self.pins_problem = ""
        self.pending_command: PendingCommand | None = None
        self._message_at = 0.0
        self._pending_since = 0.0
        self.kept_presses: list[KeptPress] = []
        self._first_press: tuple[str, float] | None = None
        self._last_start: tuple[str, float] | None = None

    @property
    def group(self) -> GroupState:
        """The group in focus."""
        return self.live.state.groups[self.focus]

    def athlete_with_key(self, character: str) -> str | None:
        """Returns the name of the athlete whose key this is."""
        key = key_identity(character)
        athletes = self.live.state.athletes.values()
        return next((each.name for each in athletes if each.key and key_identity(each.key) == key), None)

    def athlete_at_position(self, character: str) -> str | None:
        """Returns the athlete whose key the Latin layout has where another layout types this character."""
        position = self.latin_positions.get(character.lower()) or latin_position(character)
        return self.athlete_with_key(position) if position else None

    def begin_key(self, stamp: float) -> None:
        """Clears the answer to the key before this one, and what has timed out. The app calls it for every key."""
        self.message = ""
        self.expire_messages(stamp)

    def show_message(self, text: str, stamp: float, *, refused: bool = False) -> None:
        """Shows a message for `MESSAGE_TIMEOUT_S`. For a refusal, plays the error cue too."""
        self.message, self.refused, self._message_at = text, refused, stamp
        if refused:
            self.live.play_error()

    def expire_messages(self, stamp: float) -> None:
        """Clears the message, the questions and the kept press once their timeouts have passed."""
        if self.message and stamp - self._message_at > MESSAGE_TIMEOUT_S:
            self.message = ""
        if self.pending_command is not None and stamp - self._pending_since > PENDING_COMMAND_TIMEOUT_S:
            self.pending_command = None
        if self._first_press is not None and stamp - self._first_press[1] > SECOND_PRESS_TIMEOUT_S:
            self._first_press = None
        self.kept_presses = [each for each in self.kept_presses if stamp - each.stamp <= KEPT_PRESS_TIMEOUT_S]

    def leave_questions(self) -> None:
        """Cancels every question, as another command has come or another screen opens."""
        self.pending_command = self._first_press = None

    def await_athlete(self, command: PendingCommand, stamp: float) -> None:
        """Makes the command wait for the next athlete's key, which is then no arrival.

        Cancels the command if it is pending already: its key was pressed twice.
        """
        self.expire_messages(stamp)
        pending = self.pending_command
        self.leave_questions()
        self.pending_command = None if pending == command else command
        self._pending_since = stamp

    def execute(self, command: AnyCommand, stamp: float, done: str = "") -> bool:
        """Executes the command and shows its refusal or, if not empty, `done`. Returns whether it was accepted.

        A question that another command has left open is cancelled.
        """
        self.leave_questions()
        return self.show_outcome(self.live.execute(command), stamp, done)

    def show_outcome(self, refusal: Refusal | None, stamp: float, done: str = "") -> bool:
        """Shows the reason of the refusal or, without one, `done`. Returns whether there is no refusal.

        Where both are empty, clears the message before.
        """
        if refusal is not None:
            self.show_message(refusal.reason, stamp, refused=True)
        else:
            self.show_message(done, stamp)
        return refusal is None

    def confirm_by_second_press(self, question: str, stamp: float) -> bool:
        """Returns whether this press answers the same question that an earlier press raised; if not, asks it.

        `question` is text with the ids of actions where their keys belong, as in `{skip}`.
        """
        self.expire_messages(stamp)
        answered = self.is_asking(question)
        self.leave_questions()
        if not answered:
            self._first_press = question, stamp
        return answered

    def is_asking(self, question: str) -> bool:
        """Returns whether the screen asks for a second press that confirms `question`."""
        return self._first_press is not None and self._first_press[0] == question

    @property
    def confirmation(self) -> str:
        """The question that a second press of the same key answers, "" if there is none."""
        return "" if self._first_press is None else self._first_press[0]

    def is_start_bounce(self, stamp: float) -> bool:
        """Returns whether the press is a bounce or repeat of the one that started the group in focus."""
        if self._last_start is None:
            return False
        group, at = self._last_start
        return group == self.focus and stamp - at < START_DEBOUNCE_S

    def note_repeat(self, key: str, stamp: float) -> None:
        """Records the repeat of a key that is held down. It changes nothing else."""
        self.live.note_repeat(stamp, key, self.athlete_with_key(key))

    def note_start(self, stamp: float) -> None:
        """Remembers that a press has just started the group in focus."""
        self._last_start = self.focus, stamp
