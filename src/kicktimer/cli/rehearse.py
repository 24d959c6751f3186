"""`kicktimer rehearse`: the real engine on a virtual clock."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kicktimer import __version__
from kicktimer.cli.prepare import Prepared, prepare
from kicktimer.cli.tables import session_table
from kicktimer.errors import KicktimerError
from kicktimer.journal import LOG_VERSION, JournalWriter, new_id
from kicktimer.library import read_text_file
from kicktimer.plan import dump
from kicktimer.rehearsal import Rehearsal, read_script, rehearse_on_target
from kicktimer.rehearsal import rehearse as run_script
from kicktimer.results import document, results
from kicktimer.session import to_fact
from kicktimer.squad import dump_squad
from kicktimer.workout import dump_workout

if TYPE_CHECKING:
    import argparse


def rehearse(options: argparse.Namespace) -> int:
    """Runs the session and prints its results."""
    prepared = prepare(options)
    if options.script:
        try:
            text = read_text_file(options.script).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise KicktimerError(f"{options.script}: a script is UTF-8 text") from None
        done = run_script(prepared.plan, read_script(text, options.script, prepared.plan))
    else:
        done = rehearse_on_target(prepared.plan)
    log_id = new_id(datetime.now().astimezone())
    if options.log:
        _write(Path(options.log), log_id, prepared, done)
    found = results(done.state)
    if options.json:
        print(json.dumps(document(prepared.plan, log_id, found, done.refused), ensure_ascii=False, indent=1))
        return 0
    print(session_table(prepared.plan, found))
    for refused in done.refused:
        sys.stderr.write(f"{options.script}:{refused['line']}: {refused['do']} refused: {refused['reason']}\n")
    return 0


def _write(path: Path, log_id: str, prepared: Prepared, done: Rehearsal) -> None:
    """The facts as a session log."""
    header = {
        "kicktimer_log": LOG_VERSION,
        "id": log_id,
        "app": f"kicktimer {__version__} rehearsal",
        "workout": dump_workout(prepared.workout),
        "squad": dump_squad(prepared.squad),
        "plan": dump(prepared.plan),
        "started": datetime.now().astimezone().isoformat(timespec="milliseconds"),
        "clock": {"name": "virtual"},
    }
    trouble: list[str] = []
    writer = JournalWriter(path, header, lambda _: None, trouble.append)
    writer.append([to_fact(event) for event in done.events])
    if not writer.close() or trouble:
        raise KicktimerError(trouble[0] if trouble else f"{path} could not be written")
