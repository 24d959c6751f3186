"""`kicktimer list`: the saved sessions, newest first."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from kicktimer.cli.options import log_directory
from kicktimer.cli.output import print_json, print_message, print_text, printable
from kicktimer.cli.saved_log import damage_message, find_doubtful_dates, start_text
from kicktimer.cli.text_table import format_table
from kicktimer.journal import SavedSession, list_sessions
from kicktimer.outline import outline
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
        found = outline(saved.log.header, saved.log.facts)
    except ValueError as error:
        return {**entry, "problem": f"{printable(saved.path.name)}:1: {error}"}
    fault = saved.log.fault
    return {
        **entry,
        "problem": None if fault is None else damage_message(saved.path.name, len(saved.log.facts), fault),
        "started": str(saved.log.header.get("started", "")),
        "date_doubtful": date_doubtful,
        "seq": saved.order.seq or None,
        "workout": clean(found.workout),
        "state": found.state,
        "reps": found.reps,
        "athletes": found.athletes,
    }


def _row(entry: dict[str, Any]) -> tuple[str, ...]:
    if "workout" not in entry:
        return "", printable(Path(entry["file"]).name), f"does not read: {clean(entry['problem'])}", "", "", ""
    return (
        start_text(entry["started"]) + (" ?" if entry["date_doubtful"] else ""),
        entry["workout"],
        entry["state"] if entry["problem"] is None else f"{entry['state']}, damaged: kicktimer show says where",
        f"{entry['reps']}",
        f"{entry['athletes']}",
        entry["id"],
    )


def list(options: argparse.Namespace) -> int:  # noqa: A001 - it is the command's name
    """Prints a line for each file in the log directory; a file that cannot be read is listed with the reason."""
    directory = log_directory(options)
    sessions = list_sessions(directory)
    doubtful = find_doubtful_dates(sessions)
    entries = [_entry(saved, date_doubtful=saved.path in doubtful) for saved in sessions]
    if options.json:
        print_json(entries)
        return 0
    if not entries:
        print_message(f"no sessions yet in {printable(str(directory))}")
        return 0
    rows = [_row(each) for each in entries]
    print_text(format_table(("started", "workout", "state", "reps", "athletes", "id"), rows, right=(3, 4)))
    if any(each.get("date_doubtful") for each in entries):
        print_text()
        print_text("\n".join(wrap(DOUBTFUL_DATE_NOTE, NOTE_WIDTH, break_on_hyphens=False)))
    return 0
