"""What a speaker process has been told, and what was heard: pure, time is an argument.

`Told.lines` makes a process that knows what it was told want what is wanted now. Always true: a cue that was heard is
not sent again, under whatever id it comes (ids change where a machine has slept, or where a GO is moved after it
sounded), and a new process is sent everything that is still to come.
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
UNHEARD = 0.5
"""Seconds after which a cue of which nobody has said that it was played was not."""
REMEMBERED = 60.0


class ScheduleLedger:
    """The ledger of one `Speaker`, across the processes that it has."""

    def __init__(self) -> None:
        self._sent: dict[str, ScheduledCue] = {}
        self._heard: dict[str, ScheduledCue] = {}
        self._first = True

    def renew(self) -> None:
        """There is a new process, which knows nothing."""
        self._sent.clear()
        self._first = True

    def played(self, ident: str) -> None:
        """A process says that it has begun this cue."""
        if ident in self._sent:
            self._heard[ident] = self._sent[ident]

    def lines(self, wanted: Collection[ScheduledCue], now: float) -> list[bytes]:
        """What to send, so that this is wanted and nothing else."""
        found = []
        new = {cue.id: cue for cue in wanted}
        for ident, cue in list(self._sent.items()):
            if ident in new:
                continue
            del self._sent[ident]
            # What has begun is not taken back just because it is past; but speech may still wait for its turn.
            if cue.at > now or (cue.spec.waits and ident not in self._heard):
                found.append(encode("cancel", ident))
            elif now - cue.at < UNHEARD:
                self._heard[ident] = cue
        for ident, cue in new.items():
            if self._sent.get(ident) != cue and ident not in self._heard and self._is_worth(cue, now):
                self._sent[ident] = cue
                found.append(encode_at(cue))
        self._first = False
        for ident in [ident for ident, cue in self._heard.items() if cue.at < now - REMEMBERED and ident not in new]:
            del self._heard[ident]
        return found

    def _is_worth(self, cue: ScheduledCue, now: float) -> bool:
        late = now - cue.at
        if late >= max(cue.spec.send_grace_s, FIRST_SEND_GRACE_S if self._first else 0.0):
            return False
        same = cue.spec.duplicate_s
        if late > ON_TIME_S and cue.spec.send_grace_s > ON_TIME_S:
            same = LATE_DUPLICATE_S
        return not any(
            abs(cue.at - heard.at) < same and (cue.cue, cue.group, cue.text) == (heard.cue, heard.group, heard.text)
            for heard in self._heard.values()
        )
