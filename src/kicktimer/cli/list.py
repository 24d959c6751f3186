"""`kicktimer list` and `show`: saved sessions and their actual times."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kicktimer.cli.options import log_directory
from kicktimer.cli.output import printable
from kicktimer.cli.result_tables import session_table
from kicktimer.cli.text_table import format_table
from kicktimer.errors import KicktimerError
from kicktimer.journal import Log, Saved, read_log, sessions
from kicktimer.plan import Plan, load
from kicktimer.results import Results, document, replay, results
from kicktimer.text import clean, cleaned

if TYPE_CHECKING:
    import argparse


def _read(log: Log, name: str) -> tuple[Plan, Results]:
    try:
        plan = load(cleaned(log.header.get("plan")))
        return plan, results(replay(plan, cleaned([*log.facts])))
    except ValueError as error:
        raise KicktimerError(f"{name}: the header's plan does not read: {str(error).splitlines()[0]}") from None


def _entry(saved: Saved) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": clean(saved.log.id) if saved.log else "",
        "file": str(saved.path),
        "problem": saved.problem or None,
    }
    if saved.log is None:
        return entry
    try:
        plan, found = _read(saved.log, saved.path.name)
    except KicktimerError as error:
        return {**entry, "problem": error.message}
    ran = {name for rep in found.reps for name in rep.athletes}
    return {
        **entry,
        "started": str(saved.log.header.get("started", "")),
        "workout": plan.name,
        "state": found.state,
        "reps": len({rep.rep.number for rep in found.reps if rep.started is not None}),
        "athletes": len(ran),
    }


def list(options: argparse.Namespace) -> int:  # noqa: A001 - it is the command's name
    """All saved sessions, newest first; files that do not read with what is wrong with them."""
    directory = log_directory(options)
    entries = [_entry(saved) for saved in sessions(directory)]
    if options.json:
        print(json.dumps(entries, ensure_ascii=False, indent=1))
        return 0
    if not entries:
        sys.stderr.write(f"no sessions yet in {printable(str(directory))}\n")
        return 0
    rows = [
        (
            _when(each["started"]),
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
    return 0


def _when(started: str) -> str:
    try:
        return f"{datetime.fromisoformat(started):%Y-%m-%d %H:%M}"
    except ValueError:
        return clean(started)[:20]


def show(options: argparse.Namespace) -> int:
    """One session: a table of actual times against targets, or the document of the contract."""
    path = _find(options)
    log = read_log(path)
    if log.note:
        sys.stderr.write(f"{printable(path.name)}: {log.note}\n")
    plan, found = _read(log, path.name)
    if options.json:
        print(json.dumps(document(plan, clean(log.id), found), ensure_ascii=False, indent=1))
        return 0
    print(session_table(plan, found, _when(str(log.header.get("started", "")))))
    return 0


def _find(options: argparse.Namespace) -> Path:
    """The log that is meant: a file, an id (or how it begins), or without either the newest one."""
    directory = log_directory(options)
    if options.log is not None and Path(options.log).exists():
        return Path(options.log)
    known = [saved for saved in sessions(directory) if saved.log is not None]
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
