"""Faults that a session must survive: each file holds one kind.

`make test` runs a few cases of each kind. `make faults` runs them by the thousand, in up to an hour.
"""

from __future__ import annotations

import os

LONG = os.environ.get("KICKTIMER_FAULTS") == "long"


def scaled(short: int, long: int) -> int:
    """Returns how many cases to run: `long` of them under `make faults`, else `short`."""
    return long if LONG else short
