"""`kicktimer show`: the actual times of one session against its targets."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer.cli.options import log_directory
from kicktimer.cli.output import printable
from kicktimer.cli.result_tables import session_table
from kicktimer.cli.saved_log import replay_log, start_text
from kicktimer.errors import KicktimerError
from kicktimer.journal import list_sessions, read_log
from kicktimer.results import document
from kicktimer.text import clean

if TYPE_CHECKING:
    import argparse


def show(options: argparse.Namespace) -> int:
    """Prints one session as tables, or as JSON. A note about a torn last line goes to stderr."""
    path = _find(options)
    log = read_log(path)
    if log.note:
        sys.stderr.write(f"{printable(path.name)}: {log.note}\n")
    plan, results = replay_log(log, path.name)
    if options.json:
        print(json.dumps(document(plan, clean(log.id), results), ensure_ascii=False, indent=1))
        return 0
    print(session_table(plan, results, start_text(str(log.header.get("started", "")))))
    return 0


def _find(options: argparse.Namespace) -> Path:
    """Returns the log that LOG names (a file, an id or the beginning of an id), or the newest log without LOG.

    Raises `KicktimerError` if no log or more than one matches.
    """
    directory = log_directory(options)
    if options.log is not None and Path(options.log).exists():
        return Path(options.log)
    known = [saved for saved in list_sessions(directory) if saved.log is not None]
    if options.log is None:
        if not known:
            raise KicktimerError(f"no sessions yet in {printable(str(directory))}", "kicktimer run 8x400-burner")
        return known[0].path
    matching = [saved.path for saved in known if saved.log is not None and saved.log.id.startswith(options.log)]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise KicktimerError(f"{printable(options.log)} may be {len(matching)} sessions", "give more of the id")
    raise KicktimerError(
        f"no session {printable(options.log)} in {printable(str(directory))}", "kicktimer list shows which there are"
    )
