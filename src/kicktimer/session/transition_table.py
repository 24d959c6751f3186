"""The session's transition table: how events change a group's phase, and when commands are legal.

`decide` looks up here whether a command is legal in a phase, and `apply` checks every change of phase. The tests
compare every refusal and every fact with the table, and docs/session.md is written from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from kicktimer.session.state import Phase

READY, COUNTDOWN, RUNNING, RECOVERING, DONE = Phase


@dataclass(frozen=True, slots=True)
class Change:
    """A change of phase by an event. `when` says in which situation the event changes the phase so."""

    from_phase: Phase
    event: str
    to_phase: Phase
    when: str


_DIRECT_CHANGES: tuple[Change, ...] = (
    Change(READY, "countdown_started", COUNTDOWN, "the coach starts the group, or its staggered start is due"),
    Change(READY, "skipped", DONE, "the only rep left is skipped"),
    Change(READY, "athlete_dropped", DONE, "the group is left empty"),
    Change(READY, "athlete_moved", DONE, "the group is left empty"),
    Change(READY, "undone", DONE, "the return of the only athlete is undone"),
    Change(COUNTDOWN, "rep_started", RUNNING, "GO is due"),
    Change(COUNTDOWN, "skipped", DONE, "the only rep left is skipped"),
    Change(COUNTDOWN, "athlete_dropped", DONE, "the group is left empty"),
    Change(COUNTDOWN, "athlete_moved", DONE, "the group is left empty"),
    Change(COUNTDOWN, "undone", RUNNING, "the finish that had ended the rep is undone"),
    Change(COUNTDOWN, "undone", DONE, "the return of the only athlete is undone"),
    Change(COUNTDOWN, "deleted", RUNNING, "the finish that had ended the rep is deleted"),
    Change(COUNTDOWN, "assigned", RUNNING, "the finish that had ended the rep is assigned to another mark"),
    Change(
        RUNNING,
        "recovery_started",
        RECOVERING,
        "the counted finish is in, the slowest target or the duration is over, or the rep is closed",
    ),
    Change(RUNNING, "rep_started", RUNNING, "the send-off is due while athletes are still out"),
    Change(RUNNING, "recalled", COUNTDOWN, "the coach recalls a false start"),
    Change(RUNNING, "skipped", RECOVERING, "the rep is skipped, another follows"),
    Change(RUNNING, "skipped", DONE, "the last rep is skipped, or nobody is left for the next"),
    Change(RUNNING, "tapped", DONE, "the last finish is in, and no rep or no athlete is left"),
    Change(RUNNING, "inserted", DONE, "the last finish is in, and no rep or no athlete is left"),
    Change(RUNNING, "assigned", DONE, "the last finish is in, and no rep or no athlete is left"),
    Change(RUNNING, "undone", DONE, "the last missing finish is restored, and no rep or no athlete is left"),
    Change(RUNNING, "go_moved", DONE, "an early arrival is the last finish after the moved GO, and no rep is left"),
    Change(RUNNING, "rep_closed", DONE, "the last rep is closed, or ends by its target or duration"),
    Change(RUNNING, "athlete_dropped", DONE, "nobody is out any more, and no rep or no athlete is left"),
    Change(RECOVERING, "rep_started", RUNNING, "GO is due"),
    Change(RECOVERING, "countdown_started", COUNTDOWN, "the group is released and GO is at most a countdown away"),
    Change(RECOVERING, "undone", RUNNING, "the step that had started the recovery is undone"),
    Change(RECOVERING, "undone", DONE, "the return of the only athlete is undone"),
    Change(RECOVERING, "deleted", RUNNING, "the finish that had started the recovery is deleted"),
    Change(RECOVERING, "assigned", RUNNING, "the finish that had started the recovery is assigned to another mark"),
    Change(RECOVERING, "skipped", DONE, "the only rep left is skipped"),
    Change(RECOVERING, "athlete_dropped", DONE, "the group is left empty"),
    Change(RECOVERING, "athlete_moved", DONE, "the group is left empty"),
    Change(COUNTDOWN, "unassigned", RUNNING, "the early finish that had ended the rep loses its name"),
    Change(RUNNING, "unassigned", DONE, "a finish of a dropped athlete now stands for the last one who is out"),
    Change(RECOVERING, "unassigned", RUNNING, "the early finish that had started the recovery loses its name"),
    Change(DONE, "unassigned", RUNNING, "the early finish that had ended the last rep loses its name"),
    Change(DONE, "undone", RUNNING, "the step that had ended the last rep is undone"),
    Change(DONE, "undone", READY, "the skip or drop before the first GO is undone"),
    Change(DONE, "undone", COUNTDOWN, "the skip or drop in the countdown is undone"),
    Change(DONE, "undone", RECOVERING, "the skip or drop in the recovery is undone"),
    Change(DONE, "deleted", RUNNING, "the finish that had ended the last rep is deleted"),
    Change(DONE, "assigned", RUNNING, "the finish that had ended the last rep is assigned to another mark"),
    Change(DONE, "athlete_returned", COUNTDOWN, "an athlete enters at the moment when the group was left empty"),
    Change(
        DONE,
        "athlete_returned",
        RECOVERING,
        "an athlete enters the empty group: GO as it was if the group was left empty at this moment, else by the coach",
    ),
    Change(DONE, "athlete_returned", READY, "an athlete enters the empty group before its first GO"),
    Change(DONE, "athlete_joined", COUNTDOWN, "an athlete enters at the moment when the group was left empty"),
    Change(
        DONE,
        "athlete_joined",
        RECOVERING,
        "an athlete enters the empty group: GO as it was if the group was left empty at this moment, else by the coach",
    ),
    Change(DONE, "athlete_joined", READY, "an athlete enters the empty group before its first GO"),
    Change(DONE, "athlete_moved", COUNTDOWN, "an athlete enters at the moment when the group was left empty"),
    Change(
        DONE,
        "athlete_moved",
        RECOVERING,
        "an athlete enters the empty group: GO as it was if the group was left empty at this moment, else by the coach",
    ),
    Change(DONE, "athlete_moved", READY, "an athlete enters the empty group before its first GO"),
)

CHANGES = (
    *_DIRECT_CHANGES,
    *(
        Change(from_phase, "redone", to_phase, "the group is again as before the undo")
        for from_phase in Phase
        for to_phase in Phase
        if from_phase is not to_phase
        and (READY not in (from_phase, to_phase) or (from_phase, to_phase) in ((READY, DONE), (DONE, READY)))
    ),
    Change(COUNTDOWN, "redone", READY, "the hold before the staggered start is put back"),
)

_ALLOWED = {(change.from_phase, change.event, change.to_phase) for change in CHANGES}

_ALL = frozenset(Phase)
_GOING = frozenset({COUNTDOWN, RUNNING, RECOVERING})
_BEGUN = _ALL - {READY}


@dataclass(frozen=True, slots=True)
class Rule:
    """When a command is legal, why it is refused, and the facts that it leads to.

    `phases` are the legal phases of the groups that its facts are about. `refused` are the reasons for a refusal
    besides `ALWAYS`; the first one is given in any other phase. `{}` stands for a name or a number. `events` are the
    facts without those in `FOLLOWS`.
    """

    phases: frozenset[Phase]
    refused: tuple[str, ...]
    events: tuple[str, ...]

    @property
    def default_refusal(self) -> str:
        """The reason that is given in a phase that is not one of `phases`."""
        return self.refused[0]


_NO_ATHLETE = "there is no athlete {}"
_NO_ARRIVAL = "fact {} is no arrival"

COMMANDS: dict[str, Rule] = {
    "start": Rule(
        frozenset({READY}),
        ("the group has been started", "every group has been started", "the group is held"),
        ("countdown_started",),
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
    "unassign": Rule(_BEGUN, (_NO_ARRIVAL, "that arrival has no name"), ("unassigned",)),
    "insert": Rule(
        _BEGUN,
        ("nobody was out then", "{} has no mark without a time then", "that moment is still to come", _NO_ATHLETE),
        ("inserted",),
    ),
    "delete": Rule(_BEGUN, (_NO_ARRIVAL,), ("deleted",)),
    "undo": Rule(
        _ALL,
        ("nothing to undo", "GO has come since that {}", "that is too long ago: {}"),
        ("undone", "unassigned", "countdown_started"),
    ),
    "redo": Rule(_ALL, ("nothing to redo",), ("redone",)),
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
    "adjust": Rule(
        frozenset({RECOVERING}), ("no recovery runs", "GO is too near to come earlier"), ("recovery_changed",)
    ),
    "recall": Rule(
        frozenset({RUNNING}), ("no rep runs", "nobody is left to run it again"), ("recalled", "countdown_started")
    ),
    "late_start": Rule(
        _BEGUN,
        (
            "no rep runs",
            "GO would still be to come",
            "somebody has come in before that GO",
            "GO would be before the rep before it",
            "the session was opened only {} ago: GO was {} earlier at most",
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
"""Reasons for which any command is refused."""

FOLLOWS = ("recovery_started", "recovery_changed", "assigned")
"""Facts that can follow any command about arrivals, athletes or a rep's GO.

A recovery starts or moves, or an arrival is assigned.
"""


def check_change(from_phase: Phase, event: str, to_phase: Phase) -> None:
    """Raises `ValueError` if the table does not have this change."""
    if (from_phase, event, to_phase) not in _ALLOWED:
        raise ValueError(f"no transition from {from_phase} to {to_phase} by {event}")
