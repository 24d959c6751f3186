"""`BaseControls`: what the keys of one session share: the group in focus, the message, and the pending command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kicktimer.keyboard.layouts import key_identity
from kicktimer.tui.key_texts import KeyNames

if TYPE_CHECKING:
    from kicktimer.live_session import LiveSession
    from kicktimer.session import AnyCommand, GroupState, Refusal

    PendingCommand = Literal["drop", "name", "move", "correct", "swap", "insert", "delete"]

MESSAGE_TIMEOUT_S = 4.0
SECOND_PRESS_TIMEOUT_S = 3.0
PENDING_COMMAND_TIMEOUT_S = 5.0
START_DEBOUNCE_S = 0.4
"""Presses this soon after the start of a group are bounces or repeats of the key that started it."""


class BaseControls:
    """The state that the keys of one session share. It belongs to the coach's screen and is not saved.

    `focus` is the name of the group that keys act on. `message` answers the last key; `refused` says whether the
    command of that key was refused. `pending_command` waits for an athlete's key. `keys` names the keys in messages.

    A `stamp` is when a key was pressed, in seconds of `time.monotonic()`.
    """

    def __init__(self, live: LiveSession) -> None:
        self.live = live
        self.keys = KeyNames()
        self.focus = next(iter(live.state.groups))
        self.message = ""
        self.refused = False
        self.pending_command: PendingCommand | None = None
        self._message_at = 0.0
        self._pending_since = 0.0
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

    def show_message(self, text: str, stamp: float, *, refused: bool = False) -> None:
        """Shows a message for `MESSAGE_TIMEOUT_S`. For a refusal, plays the error cue too."""
        self.message, self.refused, self._message_at = text, refused, stamp
        if refused:
            self.live.play_error()

    def expire_messages(self, stamp: float) -> None:
        """Clears the message and the pending command once their timeouts have passed."""
        if self.message and stamp - self._message_at > MESSAGE_TIMEOUT_S:
            self.message = ""
        if self.pending_command is not None and stamp - self._pending_since > PENDING_COMMAND_TIMEOUT_S:
            self.pending_command = None

    def await_athlete(self, command: PendingCommand, stamp: float) -> None:
        """Makes the command wait for the next athlete's key, which is then no arrival.

        Cancels the command if it is pending already: its key was pressed twice.
        """
        self.expire_messages(stamp)
        self.pending_command = None if self.pending_command == command else command
        self._pending_since = stamp

    def execute(self, command: AnyCommand, stamp: float, done: str = "") -> bool:
        """Executes the command and shows its refusal or, if not empty, `done`. Returns whether it was accepted."""
        return self.show_outcome(self.live.execute(command), stamp, done)

    def show_outcome(self, refusal: Refusal | None, stamp: float, done: str = "") -> bool:
        """Shows the reason of the refusal or, without one, `done`. Returns whether there is no refusal.

        Where both are empty, clears the message of an earlier refusal.
        """
        if refusal is not None:
            self.show_message(refusal.reason, stamp, refused=True)
        elif done:
            self.show_message(done, stamp)
        elif self.refused:
            self.message = ""
        return refusal is None

    def confirm_by_second_press(self, question: str, stamp: float) -> bool:
        """Returns whether this press answers the same question that an earlier press raised; if not, asks it."""
        first, self._first_press = self._first_press, None
        since = stamp - first[1] if first is not None and first[0] == question else None
        if since is not None and since <= SECOND_PRESS_TIMEOUT_S:
            return True
        self._first_press = (question, stamp)
        self.show_message(f"{question}? The same key again does it", stamp)
        return False

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
