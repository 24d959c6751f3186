"""What the screens show, computed from plan, state and moment: frozen data, all of it text that is ready to be drawn.

Pure. All arithmetic on times and all formatting stands here, so that a screen only places words. What depends on the
moment (`clock`) is apart from what depends on the state alone (`board`), so that ten pictures a second cost little.
"""

from kicktimer.view.arrival_list import (
    Correctable,
    Pair,
    arrival_of,
    correctable,
    forgotten_at,
    pair_of,
    selectable,
    waiting,
)
from kicktimer.view.availability import legal, reason_against
from kicktimer.view.comparison import Verdict, Versus, versus
from kicktimer.view.group_view import Board, Clock, Row, Tone, Waiting, board, clock, marked, ratable
from kicktimer.view.summary import Preview, Summary, SummaryBlock, SummaryCell, SummaryRow, preview, summary

__all__ = [
    "Board", "Clock", "Correctable", "Pair", "Preview", "Row", "Summary", "SummaryBlock", "SummaryCell", "SummaryRow",
    "Tone", "Verdict", "Versus", "Waiting", "arrival_of", "board", "clock", "correctable", "forgotten_at", "legal",
    "marked", "pair_of", "preview", "ratable", "reason_against", "selectable", "summary", "versus", "waiting",
]  # fmt: skip
