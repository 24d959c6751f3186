"""`kicktimer show`: the actual times of one session against its targets."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kicktimer.cli.options import find_log
from kicktimer.cli.output import print_json, print_message, print_text, printable
from kicktimer.cli.saved_log import damage_message, replay_log
from kicktimer.cli.session_grid import session_grid
from kicktimer.journal import read_log
from kicktimer.results import document
from kicktimer.text import clean, clean_json

if TYPE_CHECKING:
    import argparse


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
        print_text(session_grid(replayed.plan, replayed.results, clean_json(log.header)))
    if replayed.fault is None:
        return 0
    sys.stdout.flush()
    print_message(
        f"kicktimer: {damage_message(name, replayed.sound_facts, replayed.fault)}, and shown; the rest is left out"
    )
    print_message(f"  hint: kicktimer repair {name} writes the sound part into a new log")
    return 1
