"""View models: the text that the screens show, computed from the plan, the session's state and the moment.

All arithmetic on times and all formatting is here, so that a screen only lays out text. What depends on the moment
(`group_clock`) is separate from what depends on the state only (`group_board`), so that ten frames a second cost
little. The functions are pure, and their results are frozen.
"""

from kicktimer.view.arrival_list import (
    ArrivalPair,
    CorrectableRep,
    arrival_pair,
    correctable_reps,
    estimate_forgotten_arrival,
    newest_arrival_of,
    proposed_names,
    selectable_arrivals,
    waiting_arrivals,
)
from kicktimer.view.athlete_board import AthleteRow, GroupBoard, ListedArrival, group_board, next_to_rate, ratable_reps
from kicktimer.view.availability import available_commands, refusal_reason
from kicktimer.view.clock_face import GroupClock, Tone, group_clock
from kicktimer.view.comparison import Comparison, Verdict, compare, format_time, is_hand_time
from kicktimer.view.preview import Preview, workout_preview
from kicktimer.view.undo_steps import name_next_undo

__all__ = [
    "ArrivalPair",
    "AthleteRow",
    "Comparison",
    "CorrectableRep",
    "GroupBoard",
    "GroupClock",
    "ListedArrival",
    "Preview",
    "Tone",
    "Verdict",
    "arrival_pair",
    "available_commands",
    "compare",
    "correctable_reps",
    "estimate_forgotten_arrival",
    "format_time",
    "group_board",
    "group_clock",
    "is_hand_time",
    "name_next_undo",
    "newest_arrival_of",
    "next_to_rate",
    "proposed_names",
    "ratable_reps",
    "refusal_reason",
    "selectable_arrivals",
    "waiting_arrivals",
    "workout_preview",
]
