"""Python's own pauses, kept out of running reps: the one place for this policy.

A full garbage collection stops all threads of a Textual app, the one that stamps keys included, for 60 to 140 ms. While
a session is open everything that exists is frozen, and what comes up since is collected early in a recovery only, where
nobody is timed; and threads change hands every half millisecond, so that the thread that reads keys need not wait for
the one that paints.
"""

from __future__ import annotations

import gc
import sys

SWITCH_S = 0.0005


class Quiet:
    """`begin` when a session opens, `rest` early in a recovery, `end` when it is left: all is then as it was."""

    def __init__(self) -> None:
        self._before: tuple[bool, float] | None = None

    def begin(self) -> None:
        if self._before is None:
            self._before = gc.isenabled(), sys.getswitchinterval()
            gc.collect()
            gc.freeze()
            gc.disable()
            sys.setswitchinterval(SWITCH_S)

    def rest(self) -> None:
        """Collects what has come up since `begin`: little, for the frozen objects are not looked at."""
        if self._before is not None:
            gc.collect()
            gc.freeze()

    def end(self) -> None:
        if self._before is not None:
            enabled, switch = self._before
            self._before = None
            gc.unfreeze()
            sys.setswitchinterval(switch)
            if enabled:
                gc.enable()
