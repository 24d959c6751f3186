"""`kicktimer show`: the actual times of one session against its targets."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from kicktimer.cli.options import find_log
from kicktimer.cli.output import print_json, print_message, print_text, printable
from kicktimer.cli.saved_log import damage_text, sound_text
from kicktimer.cli.session_print import printed_session, shared_session
from kicktimer.journal import read_log
from kicktimer.results import document
from kicktimer.saved_session import replay_log
from kicktimer.session.events import Resumed
from kicktimer.text import clean, clean_json
from kicktimer.units import show_clock

if TYPE_CHECKING:
    import argparse


def show(options: argparse.Namespace) -> int:
    """Prints one session as tables, as JSON, or as Markdown. Of a damaged log it prints the sound part, and returns 1.

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
    elif options.share:
        print_text(shared_session(replayed.plan, replayed.results, clean_json(log.header)), end="")
    else:
        print_text(printed_session(replayed.plan, replayed.results, clean_json(log.header)))
        for fact in log.facts[: replayed.sound_facts]:
            if fact["event"] == Resumed.event:
                print_text(f"resumed after {show_clock(int(fact.get('gap', 0)))} without the program, or asleep")
    if replayed.fault is None:
        return 0
    sys.stdout.flush()
    repair = shlex.quote(printable(options.log or clean(log.id)))
    print_message(f"kicktimer: {damage_text(name, replayed.fault)}")
    print_message(f"  {sound_text(replayed.sound_facts)}, and shown. The rest is left out.")
    print_message(f"  hint: kicktimer repair {repair} writes the sound part into a new log")
    return 1
