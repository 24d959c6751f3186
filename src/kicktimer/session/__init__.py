"""The session: a pure state machine that gets the time as an argument.

`decide` turns a command into facts or a refusal, `advance` applies deadlines, `apply` returns the state after a fact,
and `next_deadline` says when to call `advance` again. Moments are in ms on the session's clock, which is 0 when the
session is opened.
"""

from kicktimer.session.apply import apply
from kicktimer.session.commands import AnyCommand, parse_command
from kicktimer.session.deadlines import advance, next_deadline
from kicktimer.session.decide import decide
from kicktimer.session.events import AnyEvent, from_fact, to_fact
from kicktimer.session.resumption import resume
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
