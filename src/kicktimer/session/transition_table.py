"""The session's transition table: what a group's clock may do, and which commands are legal when.

It is the one statement of both: `decide` looks phases up here, `apply` checks every change of phase against it, tests
hold every refusal and every fact against it, and docs/session.md is made from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from kicktimer.session.state import Phase

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
    Change(DONE, "athlete_returned", COUNTDOWN, "somebody enters at the moment when the group was left empty"),
    Change(
        DONE,
        "athlete_returned",
        RECOVERING,
        "somebody is there again: GO as it was if the group was left empty at this moment, else when the coach says so",
    ),
    Change(DONE, "athlete_returned", READY, "somebody is there again before the first GO"),
    Change(DONE, "athlete_joined", COUNTDOWN, "somebody enters at the moment when the group was left empty"),
    Change(
        DONE,
        "athlete_joined",
        RECOVERING,
        "somebody is there again: GO as it was if the group was left empty at this moment, else when the coach says so",
    ),
    Change(DONE, "athlete_joined", READY, "somebody is there again before the first GO"),
    Change(DONE, "athlete_moved", COUNTDOWN, "somebody enters at the moment when the group was left empty"),
    Change(
        DONE,
        "athlete_moved",
        RECOVERING,
        "somebody is there again: GO as it was if the group was left empty at this moment, else when the coach says so",
    ),
    Change(DONE, "athlete_moved", READY, "somebody is there again before the first GO"),
)

_ALLOWED = {(change.of, change.event, change.to) for change in CHANGES}

_ALL = frozenset(Phase)
_GOING = frozenset({COUNTDOWN, RUNNING, RECOVERING})
_BEGUN = _ALL - {READY}


@dataclass(frozen=True, slots=True)
class Rule:
    """When a command is taken, and the facts that it can lead to by itself.

    `phases` are those of the groups that its facts are about. `refused` are the reasons that it is refused for,
    besides `ALWAYS`; the first one is that of the other phases, where there are any. `{}` stands for a name or number.
    """

    phases: frozenset[Phase]
    refused: tuple[str, ...]
    events: tuple[str, ...]

    @property
    def default_refusal(self) -> str:
        return self.refused[0]


_NO_ATHLETE = "there is no athlete {}"
_NO_ARRIVAL = "fact {} is no arrival"

COMMANDS: dict[str, Rule] = {
    "start": Rule(
        frozenset({READY}), ("the group has been started", "every group has been started"), ("countdown_started",)
    ),
    "tap": Rule(
        _BEGUN,
        ("no GO has come yet", "nobody is out", "this rep is run by time: nobody is timed", _NO_ATHLETE),
        ("tapped",),
    ),
    "bounce": Rule(_ALL, (), ("bounced",)),
    "assign": Rule(
        _BEGUN,
        (_NO_ARRIVAL, _NO_ATHLETE, "that arrival is {}'s already", "{} ran no rep then"),
        ("assigned", "unassigned"),
    ),
    "insert": Rule(
        _BEGUN,
        ("nobody was out then", "{} has no mark without a time then", "that moment is still to come", _NO_ATHLETE),
        ("inserted",),
    ),
    "delete": Rule(_BEGUN, (_NO_ARRIVAL,), ("deleted",)),
    "undo": Rule(_ALL, ("nothing to undo", "GO has come since that {}"), ("undone", "unassigned", "countdown_started")),
    "correct": Rule(
        _BEGUN,
        ("{} has not run rep {}", "rep {} has no mark at {}", "a rep by time has no finish", _NO_ATHLETE),
        ("corrected",),
    ),
    "close": Rule(
        frozenset({RUNNING, RECOVERING}), ("no rep runs", "this rep ends by itself", "nobody is out"), ("rep_closed",)
    ),
    "hold": Rule(_GOING | {READY}, ("nothing is due that could be held", "the group is held already"), ("held",)),
    "release": Rule(_GOING | {READY}, ("the group is not held",), ("released", "countdown_started")),
    "adjust": Rule(frozenset({RECOVERING}), ("no recovery runs",), ("recovery_changed",)),
    "recall": Rule(
        frozenset({RUNNING}), ("no rep runs", "nobody is left to run it again"), ("recalled", "countdown_started")
    ),
    "late_start": Rule(
        frozenset({RUNNING}),
        (
            "no rep runs",
            "GO would still be to come",
            "somebody has come in before that GO",
            "GO would be before the rep before it",
        ),
        ("go_moved",),
    ),
    "skip": Rule(_GOING | {READY}, ("the group is done",), ("skipped",)),
    "add": Rule(_GOING | {READY}, ("the group is done", "a workout has at most {} reps"), ("rep_added",)),
    "drop": Rule(_ALL, (_NO_ATHLETE, "{} has dropped out already"), ("athlete_dropped",)),
    "return": Rule(_ALL, (_NO_ATHLETE, "{} has not dropped out"), ("athlete_returned",)),
    "join": Rule(
        _ALL,
        (
            "{} is here already",
            "the key {} is somebody else's",
            "there is a group {} already",
            "a squad has at most {} athletes",
            "what a squad file would be refused for",
        ),
        ("athlete_joined",),
    ),
    "move": Rule(_ALL, (_NO_ATHLETE, "{} is in group {} already"), ("athlete_moved",)),
    "rate": Rule(_BEGUN, (_NO_ATHLETE, "{} has not run that rep", "a rating needs relaxation or effort"), ("rated",)),
    "note": Rule(_ALL, (), ("noted",)),
    "end": Rule(_ALL, (), ("assigned", "session_ended")),
}

ALWAYS = ("the session is over", "there is no group {}", "which group?")
"""Reasons that any command is refused for."""

FOLLOWS = ("recovery_started", "recovery_changed", "assigned")
"""What any command about arrivals or athletes can entail: the recovery starts or moves, names go by order."""


def check(of: Phase, event: str, to: Phase) -> None:
    """Raises `ValueError` where the table has no such change."""
    if (of, event, to) not in _ALLOWED:
        raise ValueError(f"no transition from {of} to {to} by {event}")
