"""Python's own pauses, kept out of running reps: the one place for this policy.

A full garbage collection stops all threads of a Textual app, the one that stamps keys included, for 60 to 140 ms, and
Python does one when it likes. While a session is open it does none by itself: everything that exists is frozen (never
looked at), and every few seconds `tidy` collects the little that has come up since. What is in use at that moment is
looked at once more, by every twelfth; what is in use even then stays until `end`, garbage later or not. Measured over
20 minutes of a running rep: a collection takes 0.3 ms, every twelfth 0.6 ms, and 43 objects in a second would stay
without the second look, 4 with it. Threads change hands every half millisecond, so that the thread that reads keys need
not wait for the one that paints.
"""

from __future__ import annotations

import gc
import sys

SWITCH_S = 0.0005
TIDY_S = 5.0
SECOND_LOOK = 12


class GcPolicy:
    """`begin` when a session opens, `tidy` every `TIDY_S`, `end` when it is left: all is then as it was."""

    def __init__(self) -> None:
        self._before: tuple[bool, float] | None = None
        self._times = 0

    def begin(self) -> None:
        if self._before is None:
            self._before = gc.isenabled(), sys.getswitchinterval()
            gc.collect()
            gc.freeze()
            gc.disable()
            sys.setswitchinterval(SWITCH_S)

    def tidy(self) -> None:
        """Collects what has come up since the last time. Between `begin` and `end` only."""
        if self._before is not None:
            self._times += 1
            gc.collect(0 if self._times % SECOND_LOOK else 1)

    def end(self) -> None:
        if self._before is not None:
            enabled, switch = self._before
            self._before = None
            gc.unfreeze()
            sys.setswitchinterval(switch)
            if enabled:
                gc.enable()
