"""What `list` and `show` take from a session log."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from kicktimer.errors import KicktimerError
from kicktimer.plan import load
from kicktimer.results import replay, results
from kicktimer.text import clean, clean_json

if TYPE_CHECKING:
    from kicktimer.journal import Log
    from kicktimer.plan import Plan
    from kicktimer.results import Results


def replay_log(log: Log, name: str) -> tuple[Plan, Results]:
    """Returns the plan and the results of a session. `name` stands for the log in the message of a `KicktimerError`."""
    try:
        plan = load(clean_json(log.header.get("plan")))
        return plan, results(replay(plan, clean_json([*log.facts])))
    except ValueError as error:
        raise KicktimerError(f"{name}: the header's plan does not read: {str(error).splitlines()[0]}") from None


def start_text(started: str) -> str:
    """Returns the `started` of a header as `2026-11-23 18:30`; where it is no ISO time, its first 20 characters."""
    try:
        return f"{datetime.fromisoformat(started):%Y-%m-%d %H:%M}"
    except ValueError:
        return clean(started)[:20]
