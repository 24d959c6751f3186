"""The session's transition table: what a group's clock may do, and which commands are legal when.

It is the one statement of both: `decide` looks its commands up here, `apply` checks every change of phase against it,
and the diagram in the documents is drawn from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from kicktimer.session.model import Phase

READY, COUNTDOWN, RUNNING, RECOVERING, DONE = Phase


@dataclass(frozen=True, slots=True)
class Change:
    """An event that takes a group from one phase to another, and when it does."""

    of: Phase
    event: str
    to: Phase
    when: str


CHANGES: tuple[Change, ...] = (
    Change(READY, "countdown_started", COUNTDOWN, "start, or its staggered start is due"),
    Change(READY, "skipped", DONE, "the only rep left is skipped"),
    Change(READY, "athlete_dropped", DONE, "nobody is left"),
    Change(READY, "athlete_moved", DONE, "nobody is left"),
    Change(READY, "undone", DONE, "the return of the only athlete is taken back"),
    Change(COUNTDOWN, "rep_started", RUNNING, "GO is due"),
    Change(COUNTDOWN, "skipped", DONE, "the only rep left is skipped"),
    Change(COUNTDOWN, "athlete_dropped", DONE, "nobody is left"),
    Change(COUNTDOWN, "athlete_moved", DONE, "nobody is left"),
    Change(COUNTDOWN, "undone", RUNNING, "the finish that had ended the rep is taken back"),
    Change(COUNTDOWN, "undone", DONE, "the return of the only athlete is taken back"),
    Change(COUNTDOWN, "deleted", RUNNING, "the finish that had ended the rep never was"),
    Change(COUNTDOWN, "assigned", RUNNING, "the finish that had ended the rep belongs elsewhere"),
    Change(
        RUNNING, "recovery_started", RECOVERING, "the finish that counts, the slowest target, the duration, or close"
    ),
    Change(RUNNING, "rep_started", RUNNING, "the send-off is due"),
    Change(RUNNING, "recalled", COUNTDOWN, "false start"),
    Change(RUNNING, "skipped", RECOVERING, "the rep is skipped, another follows"),
    Change(RUNNING, "skipped", DONE, "the last rep is skipped, or nobody is left for the next"),
    Change(RUNNING, "tapped", DONE, "the last finish of the last rep"),
    Change(RUNNING, "inserted", DONE, "the last finish of the last rep"),
    Change(RUNNING, "assigned", DONE, "the last finish of the last rep"),
    Change(RUNNING, "undone", DONE, "a finish of the last rep is there again"),
    Change(RUNNING, "rep_closed", DONE, "the last rep is closed, or ends by its clock"),
    Change(RUNNING, "athlete_dropped", DONE, "nobody is left to wait for in the last rep"),
    Change(RECOVERING, "rep_started", RUNNING, "GO is due"),
    Change(RECOVERING, "countdown_started", COUNTDOWN, "released with a fresh countdown"),
    Change(RECOVERING, "undone", RUNNING, "what had set the recovery going is taken back"),
    Change(RECOVERING, "undone", DONE, "the return of the only athlete is taken back"),
    Change(RECOVERING, "deleted", RUNNING, "the finish that had set the recovery going never was"),
    Change(RECOVERING, "assigned", RUNNING, "the finish that had set the recovery going belongs elsewhere"),
    Change(RECOVERING, "skipped", DONE, "the only rep left is skipped"),
    Change(RECOVERING, "athlete_dropped", DONE, "nobody is left"),
    Change(RECOVERING, "athlete_moved", DONE, "nobody is left"),
    Change(DONE, "undone", RUNNING, "what had ended the last rep is taken back"),
    Change(DONE, "undone", READY, "the skip or drop before the first GO is taken back"),
    Change(DONE, "undone", COUNTDOWN, "the skip or drop in the countdown is taken back"),
    Change(DONE, "undone", RECOVERING, "the skip or drop in the recovery is taken back"),
    Change(DONE, "deleted", RUNNING, "the finish that had ended the last rep never was"),
    Change(DONE, "assigned", RUNNING, "the finish that had ended the last rep belongs elsewhere"),
    Change(DONE, "athlete_returned", RECOVERING, "somebody is there again: GO when the coach says so"),
    Change(DONE, "athlete_returned", READY, "somebody is there again before the first GO"),
    Change(DONE, "athlete_joined", RECOVERING, "somebody is there again: GO when the coach says so"),
    Change(DONE, "athlete_joined", READY, "somebody is there again before the first GO"),
    Change(DONE, "athlete_moved", RECOVERING, "somebody is there again: GO when the coach says so"),
    Change(DONE, "athlete_moved", READY, "somebody is there again before the first GO"),
)

_ALLOWED = {(change.of, change.event, change.to) for change in CHANGES}

ANY = frozenset(Phase)
GOING = frozenset({COUNTDOWN, RUNNING, RECOVERING})

LEGAL: dict[str, tuple[frozenset[Phase], str]] = {
    "start": (frozenset({READY}), "the group has been started"),
    "tap": (ANY, ""),
    "bounce": (ANY, ""),
    "assign": (ANY, ""),
    "insert": (ANY, ""),
    "delete": (ANY, ""),
    "undo": (ANY, ""),
    "correct": (ANY, ""),
    "close": (frozenset({RUNNING, RECOVERING}), "no rep runs"),
    "hold": (GOING | {READY}, "nothing is due that could be held"),
    "release": (GOING | {READY}, "the group is not held"),
    "adjust": (frozenset({RECOVERING}), "no recovery runs"),
    "recall": (frozenset({RUNNING}), "no rep runs"),
    "late_start": (frozenset({RUNNING}), "no rep runs"),
    "skip": (GOING | {READY}, "the group is done"),
    "add": (GOING | {READY}, "the group is done"),
    "drop": (ANY, ""),
    "return": (ANY, ""),
    "join": (ANY, ""),
    "move": (ANY, ""),
    "rate": (ANY, ""),
    "note": (ANY, ""),
    "end": (ANY, ""),
}
"""For each command: the phases of its group in which it is legal, and why it is refused in the others. Guards that need
more than the phase stand with the command in `decide`.
"""


def check(of: Phase, event: str, to: Phase) -> None:
    """Raises `ValueError` where the table has no such change."""
    if (of, event, to) not in _ALLOWED:
        raise ValueError(f"no transition from {of} to {to} by {event}")
