"""`kicktimer list`: the saved sessions, newest first."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from kicktimer.cli.options import log_directory
from kicktimer.cli.output import printable
from kicktimer.cli.saved_log import find_doubtful_dates, replay_log, start_text
from kicktimer.cli.text_table import format_table
from kicktimer.errors import KicktimerError
from kicktimer.journal import SavedSession, list_sessions
from kicktimer.text import clean

if TYPE_CHECKING:
    import argparse

NOTE_WIDTH = 80  # columns
DOUBTFUL_DATE_NOTE = (
    "? the machine's clock was wrong: this date is before 2020, or earlier than that of the session before it (one of "
    "the two is wrong). The order of the sessions is right all the same. `kicktimer doctor` says how to set the clock."
)


def _entry(saved: SavedSession, *, date_doubtful: bool) -> dict[str, Any]:
    """Returns what `--json` prints of one session; for a file that cannot be read only its path and `problem`."""
    entry: dict[str, Any] = {
        "id": clean(saved.log.id) if saved.log else "",
        "file": str(saved.path),
        "problem": saved.problem or None,
    }
    if saved.log is None:
        return entry
    try:
        plan, results = replay_log(saved.log, saved.path.name)
    except KicktimerError as error:
        return {**entry, "problem": error.message}
    return {
        **entry,
        "started": str(saved.log.header.get("started", "")),
        "date_doubtful": date_doubtful,
        "seq": saved.order.seq or None,
        "workout": plan.name,
        "state": results.state,
        "reps": len({rep.rep.number for rep in results.reps if rep.started is not None}),
        "athletes": len({name for rep in results.reps for name in rep.athletes}),
    }


def list(options: argparse.Namespace) -> int:  # noqa: A001 - it is the command's name
    """Prints a line for each file in the log directory; a file that cannot be read is listed with the reason."""
    directory = log_directory(options)
    sessions = list_sessions(directory)
    doubtful = find_doubtful_dates(sessions)
    entries = [_entry(saved, date_doubtful=saved.path in doubtful) for saved in sessions]
    if options.json:
        print(json.dumps(entries, ensure_ascii=False, indent=1))
        return 0
    if not entries:
        sys.stderr.write(f"no sessions yet in {printable(str(directory))}\n")
        return 0
    rows = [
        (
            start_text(each["started"]) + (" ?" if each["date_doubtful"] else ""),
            clean(each["workout"]),
            each["state"],
            f"{each['reps']}",
            f"{each['athletes']}",
            each["id"],
        )
        if each["problem"] is None
        else ("", printable(Path(each["file"]).name), f"does not read: {clean(each['problem'])}", "", "", "")
        for each in entries
    ]
    print(format_table(("started", "workout", "state", "reps", "athletes", "id"), rows, right=(3, 4)))
    if any(each.get("date_doubtful") for each in entries):
        print()
        print("\n".join(wrap(DOUBTFUL_DATE_NOTE, NOTE_WIDTH, break_on_hyphens=False)))
    return 0
