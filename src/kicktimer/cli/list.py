"""`kicktimer list`: the saved sessions, newest first."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any

from kicktimer.cli.options import log_directory
from kicktimer.cli.output import print_json, print_message, print_text, printable
from kicktimer.cli.saved_log import find_doubtful_dates, start_text
from kicktimer.cli.text_table import format_table
from kicktimer.history import History, SessionEntry
from kicktimer.text import clean

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

NOTE_WIDTH = 80  # columns
DOUBTFUL_DATE_NOTE = (
    "? the machine's clock was wrong: this date is before 2020, or earlier than that of the session before it (one of "
    "the two is wrong). The order of the sessions is right all the same. `kicktimer doctor` says how to set the clock."
)


def list(options: argparse.Namespace) -> int:  # noqa: A001 - it is the command's name
    """Prints a line for each session, newest first; a file that cannot be read is listed with the reason.

    Sessions in which no rep was started are left out of the table, and counted below it.
    """
    directory = log_directory(options)
    with History(directory) as history:
        entries = history.entries()
    doubtful = find_doubtful_dates(entries)
    if options.json:
        print_json([_document(entry, date_doubtful=entry.path in doubtful) for entry in entries])
        return 0
    shown = [entry for entry in entries if options.all or not entry.is_empty]
    left_out = len(entries) - len(shown)
    if not shown and not left_out:
        print_message(f"no sessions yet in {directory}")
        return 0
    if shown:
        numbers = iter(range(1, len(entries) + 1))
        rows = [_row(entry, numbers, doubtful=entry.path in doubtful) for entry in shown]
        print_text(format_table(("no", "started", "workout", "state", "reps", "athletes", "id"), rows, right=(0, 4, 5)))
    notes = [_fault(entry) for entry in shown if entry.problem]
    if left_out:
        notes.append(f"{left_out} without a rep left out: kicktimer list --all")
    if any(entry.path in doubtful for entry in shown):
        notes.append(DOUBTFUL_DATE_NOTE)
    for note in notes:
        print_text()
        print_text("\n".join(wrap(note, NOTE_WIDTH, break_on_hyphens=False, subsequent_indent="  ")))
    return 0


def _fault(entry: SessionEntry) -> str:
    """Returns what is wrong with a file, with its name."""
    name, problem = printable(entry.path.name), clean(entry.problem)
    return problem if problem.startswith(name) else f"{name}: {problem}; kicktimer show prints what is sound"


def _document(entry: SessionEntry, *, date_doubtful: bool) -> dict[str, Any]:
    """Returns what `--json` prints of one session; for a file that cannot be read only its path and `problem`."""
    found: dict[str, Any] = {"id": entry.id, "file": str(entry.path), "problem": entry.problem or None}
    if not entry.is_log:
        return {**found, "id": ""}
    return {
        **found,
        "started": entry.started,
        "date_doubtful": date_doubtful,
        "seq": entry.seq or None,
        "workout": entry.workout,
        "kind": entry.kind,
        "state": entry.state,
        "reps": entry.reps,
        "athletes": entry.athletes,
        "rehearsed": entry.rehearsed,
        "race": entry.race,
    }


def _row(entry: SessionEntry, numbers: Iterator[int], *, doubtful: bool) -> tuple[str, ...]:
    """Returns the row of a session. Those that `kicktimer show NUMBER` can mean have a number."""
    number = "" if entry.is_empty else f"{next(numbers)}"
    if not entry.is_log:
        return number, "", printable(entry.path.name), "does not read", "", "", ""
    kind = "race, " if entry.race else "rehearsed, " if entry.rehearsed else ""
    state = f"{kind}{entry.state}{', damaged' if entry.problem else ''}"
    started = start_text(entry.started) + (" ?" if doubtful else "")
    return number, started, entry.workout, state, f"{entry.reps}", f"{entry.athletes}", entry.id
