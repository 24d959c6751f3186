"""What the screens show, computed from plan, state and moment: frozen data, all of it text that is ready to be drawn.

Pure. All arithmetic on times and all formatting stands here, so that a screen only places words. What depends on the
moment (`clock`) is apart from what depends on the state alone (`board`), so that ten pictures a second cost little.
"""

from kicktimer.view.live import Board, Clock, Row, Tone, Waiting, board, clock, legal, marked, ratable, selectable
from kicktimer.view.pages import Preview, Summary, SummaryBlock, SummaryCell, SummaryRow, preview, summary
from kicktimer.view.words import Verdict, Versus, versus

__all__ = [
    "Board", "Clock", "Preview", "Row", "Summary", "SummaryBlock", "SummaryCell", "SummaryRow", "Tone", "Verdict",
    "Versus", "Waiting", "board", "clock", "legal", "marked", "preview", "ratable", "selectable", "summary", "versus",
]  # fmt: skip
