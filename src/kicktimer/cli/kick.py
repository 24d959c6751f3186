"""`kicktimer kick`: an athlete's last 200 m when tired, against a fresh one, the goal and real races."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.cli.options import log_directory
from kicktimer.cli.output import print_json, print_text
from kicktimer.history import Filter, History
from kicktimer.library import load_squad
from kicktimer.review.athlete_text import kick_lines
from kicktimer.review.kick import document, kick_report
from kicktimer.review.records import counted, squad_record

if TYPE_CHECKING:
    import argparse

WIDTH = 80


def kick(options: argparse.Namespace) -> int:
    """Prints the kick report in words, or as JSON. `--squad` gives the athlete's newest figures."""
    now = None
    if options.squad:
        squad = load_squad(options.squad)[0]
        now = next((squad_record(each) for each in squad.athletes if each.name == options.athlete), None)
    with History(log_directory(options)) as history:
        athlete = history.find_name(options.athlete)
        own = history.sessions(Filter(athlete=athlete, rehearsed=options.rehearsed, races=False))
        races = history.sessions(Filter(rehearsed=options.rehearsed, races=True))  # a winner's counts, too
        report = kick_report(athlete, counted([*own, *races], rehearsed=options.rehearsed), now)
    if options.json:
        print_json(document(report))
        return 0
    print_text("\n".join(kick_lines(report, WIDTH)))
    return 0
