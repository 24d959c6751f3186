"""The session: a pure state machine with time as an argument.

`decide` answers a command, `advance` brings about what fell due, `apply` folds facts into a state, `next_deadline`
says when to come back. All moments are ms on the session's clock (0 is when the session was opened).
"""

from kicktimer.session.apply import apply
from kicktimer.session.commands import AnyCommand, parse_command
from kicktimer.session.deadlines import advance, next_deadline, resume
from kicktimer.session.decide import decide
from kicktimer.session.events import AnyEvent, from_fact, to_fact
from kicktimer.session.state import Arrival, GroupState, Phase, Run, State, initial_state, mark_name
from kicktimer.session.transition import Outcome, Refusal

__all__ = [
    "AnyCommand",
    "AnyEvent",
    "Arrival",
    "GroupState",
    "Outcome",
    "Phase",
    "Refusal",
    "Run",
    "State",
    "advance",
    "apply",
    "decide",
    "from_fact",
    "initial_state",
    "mark_name",
    "next_deadline",
    "parse_command",
    "resume",
    "to_fact",
]
