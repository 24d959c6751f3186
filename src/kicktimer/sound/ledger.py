"""`ScheduleLedger`: what the speaker process has been sent and what was heard. Pure: time is an argument.

It turns the list of all wanted cues into the messages that bring the process up to date. A cue that was heard is not
sent again, even if it has another id by then (ids change when the machine has slept, or when a GO is moved after it
sounded). A new process is sent every cue that is still to come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.sound.protocol import ScheduledCue, encode, encode_at

if TYPE_CHECKING:
    from collections.abc import Collection

FIRST_SEND_GRACE_S = 0.3
"""A new process is sent cues that are less late than this: their moments may have come while there was no process."""
ON_TIME_S = 0.1
"""A cue that is sent later than this after its moment counts as late."""
LATE_DUPLICATE_S = 5.0
"""Replaces `CueSpec.duplicate_s` for a cue that tolerates being late and is late."""
ASSUMED_HEARD_S = 0.5
"""A cue that leaves the schedule less than this after its moment counts as heard, even without a report."""
HEARD_MEMORY_S = 60.0
"""A heard cue is forgotten this long after its moment, once it has left the schedule."""


class ScheduleLedger:
    """The ledger of one `SpeakerClient`. It outlives the client's speaker processes."""

    def __init__(self) -> None:
        self._sent: dict[str, ScheduledCue] = {}
        self._heard: dict[str, ScheduledCue] = {}
        self._first_update = True

    def reset_process(self) -> None:
        """Starts a new process, which has been sent nothing. Heard cues stay known."""
        self._sent.clear()
        self._first_update = True

    def note_heard(self, ident: str) -> None:
        """Records the process's report that it has begun to play this cue."""
        if ident in self._sent:
            self._heard[ident] = self._sent[ident]

    def updates(self, wanted: Collection[ScheduledCue], now: float) -> list[bytes]:
        """Returns the messages after which the process has exactly the `wanted` cues scheduled."""
        messages = []
        new = {cue.id: cue for cue in wanted}
        for ident, cue in list(self._sent.items()):
            if ident in new:
                continue
            del self._sent[ident]
            # A tone whose moment is past has begun and is not cancelled; speech may still wait for a quiet place.
            if cue.at > now or (cue.spec.waits and ident not in self._heard):
                messages.append(encode("cancel", ident))
            elif now - cue.at < ASSUMED_HEARD_S:
                self._heard[ident] = cue
        for ident, cue in new.items():
            if self._sent.get(ident) != cue and ident not in self._heard and self._is_worth_sending(cue, now):
                self._sent[ident] = cue
                messages.append(encode_at(cue))
        self._first_update = False
        for ident, cue in list(self._heard.items()):
            if cue.at < now - HEARD_MEMORY_S and ident not in new:
                del self._heard[ident]
        return messages

    def _is_worth_sending(self, cue: ScheduledCue, now: float) -> bool:
        """Returns whether the cue is not too late, and no duplicate of a cue that was heard."""
        late = now - cue.at
        if late >= max(cue.spec.send_grace_s, FIRST_SEND_GRACE_S if self._first_update else 0.0):
            return False
        duplicate_s = cue.spec.duplicate_s
        if late > ON_TIME_S and cue.spec.send_grace_s > ON_TIME_S:
            duplicate_s = LATE_DUPLICATE_S
        return not any(
            abs(cue.at - heard.at) < duplicate_s
            and (cue.cue, cue.group, cue.text) == (heard.cue, heard.group, heard.text)
            for heard in self._heard.values()
        )
