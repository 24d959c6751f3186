"""What the screens show, computed from plan, state and moment: frozen data, all of it text that is ready to be drawn.

Pure. All arithmetic on times and all formatting stands here, so that a screen only places words. What depends on the
moment (`clock`) is apart from what depends on the state alone (`board`), so that ten pictures a second cost little.
"""

from kicktimer.view.arrival_list import (
    ArrivalPair,
    Correctable,
    arrival_of,
    correctable,
    forgotten_at,
    pair_of,
    selectable,
    waiting,
)
from kicktimer.view.availability import legal, refusal_reason
from kicktimer.view.comparison import Comparison, Verdict, compare
from kicktimer.view.group_view import Board, GroupClock, Row, Tone, Waiting, board, clock, next_rating, ratable
from kicktimer.view.summary import Preview, Summary, SummaryBlock, SummaryCell, SummaryRow, preview, summary

__all__ = [
    "ArrivalPair",
    "Board",
    "Comparison",
    "Correctable",
    "GroupClock",
    "Preview",
    "Row",
    "Summary",
    "SummaryBlock",
    "SummaryCell",
    "SummaryRow",
    "Tone",
    "Verdict",
    "Waiting",
    "arrival_of",
    "board",
    "clock",
    "compare",
    "correctable",
    "forgotten_at",
    "legal",
    "next_rating",
    "pair_of",
    "preview",
    "ratable",
    "refusal_reason",
    "selectable",
    "summary",
    "waiting",
]
