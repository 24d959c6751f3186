"""`kicktimer show`: the actual times of one session against its targets."""

from __future__ import annotations

import sys
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

from kicktimer.cli.options import find_log
from kicktimer.cli.output import print_json, print_message, print_text, printable
from kicktimer.cli.saved_log import damage_message, replay_log, start_text
from kicktimer.journal import read_log, start_timestamp
from kicktimer.results import document
from kicktimer.review.records import session_record
from kicktimer.review.session_measures import measure_session
from kicktimer.review.session_text import session_lines
from kicktimer.text import clean, clean_json

if TYPE_CHECKING:
    import argparse

    from kicktimer.plan import Plan
    from kicktimer.results import Results

DEFAULT_WIDTH = 80


def show(options: argparse.Namespace) -> int:
    """Prints one session as tables, or as JSON. Of a damaged log it prints the sound part, and returns 1.

    Notes about a torn last line and about a bad line go to stderr.
    """
    path = find_log(options)
    log = read_log(path)
    name = printable(path.name)
    if log.note:
        print_message(f"{name}: {log.note}")
    replayed = replay_log(log, name)
    if options.json:
        print_json(document(replayed.plan, clean(log.id), replayed.results))
    else:
        _print_grid(clean_json(log.header), replayed.plan, replayed.results)
    if replayed.fault is None:
        return 0
    sys.stdout.flush()
    print_message(
        f"kicktimer: {damage_message(name, replayed.sound_facts, replayed.fault)}, and shown; the rest is left out"
    )
    print_message(f"  hint: kicktimer repair {name} writes the sound part into a new log")
    return 1


def _print_grid(header: dict[str, Any], plan: Plan, results: Results) -> None:
    """Prints the session as a grid of athletes and reps, as wide as the terminal."""
    started = str(header.get("started", ""))
    # A date that cannot be read places the session nowhere in a review, but its times are what they are.
    dated = header if start_timestamp(started) is not None else {**header, "started": "1970-01-01"}
    record = session_record(dated, plan, results)
    head = [record.workout, start_text(started), record.state]
    if record.race is not None:
        head[1:1] = [record.race.name, record.race.event]
    print_text(" · ".join(part for part in head if part))
    print_text()
    width = get_terminal_size((DEFAULT_WIDTH, 24)).columns
    print_text("\n".join(session_lines(record, measure_session(record), width)))
