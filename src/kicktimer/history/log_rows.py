"""What the index keeps of a log: `read_rows` reads a file, and `replay_rows` adds the reps where that takes a replay.

An ordinary session is read in one pass over the file, reps included. Of a session that needs a replay to be understood
(see `direct_rows`) the reps come when somebody wants records: a replay takes 20 times as long as reading the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from kicktimer.errors import KicktimerError
from kicktimer.history.rows import DISTANCE, NUMBER, FileRow, pack_block, runs_of
from kicktimer.journal import header_order, read_header_order, read_log, read_plain_log, start_timestamp
from kicktimer.outline import SessionOutline, outline
from kicktimer.plan import load
from kicktimer.results import replay_sound, results
from kicktimer.review.direct_rows import direct_rows
from kicktimer.review.records import is_rehearsed, race_info, session_record, start_date
from kicktimer.text import clean, clean_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from kicktimer.journal import PlainLog
    from kicktimer.plan import Plan
    from kicktimer.review.records import RaceInfo
    from kicktimer.review.run_rows import RunRows

Stamp = tuple[int, int, int]
MAX_SEQ = 2**62


class LogRows(NamedTuple):
    """The row of a file, and the block of its session's reps: empty if there are none in the index."""

    file: FileRow
    block: bytes = b""


def read_rows(path: Path, stamp: Stamp) -> LogRows:
    """Reads a file of the log directory. One that is no log has its name as id, and a problem."""
    log = read_plain_log(path)
    rows = None if log is None else _read_directly(log, stamp)
    return _read_outline(path, stamp) if rows is None else rows


def _read_directly(log: PlainLog, stamp: Stamp) -> LogRows | None:
    """Returns the rows of an ordinary session, None for one that is to be read in another way."""
    header = log.header
    try:
        plan = load(header.get("plan"))
        found = direct_rows(plan, log.facts)
        if found is None:
            return None
        race = race_info(header)
        start_date(header)
    except KicktimerError:
        return None
    names = frozenset(row[0] for run in found.runs for row in run.athletes)
    about = SessionOutline(plan.name, found.state, len({run.shared[NUMBER] for run in found.runs}), names)
    file = _file_row(header, len(log.facts), about, stamp, kind=plan.kind, squad=plan.squad_name, race=race)
    return _with_records(file, plan, found.runs, found.notes)


def _read_outline(path: Path, stamp: Stamp) -> LogRows:
    """Returns the row of a file without its reps. What is wrong with the file stands in the row."""
    session_id, facts = path.name, -1
    try:
        log = read_log(path, path.name)
        session_id, facts = clean(log.id), len(log.facts)
        about = outline(log.header, log.facts)
        plan, race = clean_json(log.header["plan"]), race_info(clean_json(log.header))
    except (KicktimerError, ValueError) as error:
        order = read_header_order(path)
        problem = error.message if isinstance(error, KicktimerError) else str(error)
        row = FileRow(
            *stamp, id=_storable(session_id), seq=min(order.seq, MAX_SEQ), started=clean(order.started),
            sort=_sort_key(order.started, stamp), facts=facts, problem=_storable(problem),
        )  # fmt: skip
        return LogRows(row)
    about = SessionOutline(clean(about.workout), about.state, about.reps, about.athletes)
    squad, kind = str(plan.get("squad_name", "")), str(plan.get("kind", ""))
    row = _file_row(log.header, len(log.facts), about, stamp, kind=kind, squad=squad, race=race)
    problem = "" if log.fault is None else f"line {log.fault.line}: {log.fault.problem}"
    return LogRows(row._replace(id=session_id, problem=_storable(problem)))


def _file_row(
    header: Mapping[str, Any],
    facts: int,
    about: SessionOutline,
    stamp: Stamp,
    *,
    kind: str,
    squad: str,
    race: RaceInfo | None,
) -> FileRow:
    order = header_order(header)
    search = " ".join((about.workout, kind, order.started[:10], squad, *sorted(about.athletes))).lower()
    return FileRow(
        *stamp, id=header["id"], seq=min(order.seq, MAX_SEQ), started=clean(order.started),
        sort=_sort_key(order.started, stamp), facts=facts, repaired="repaired" in header, workout=about.workout,
        kind=kind, state=about.state, reps=about.reps, athletes=len(about.athletes), rehearsed=is_rehearsed(header),
        race=race, imported=header.get("app") == "import", squad=squad, search=_storable(search),
    )  # fmt: skip


def _sort_key(started: str, stamp: Stamp) -> float:
    """Returns the Unix time of the start, or the file's modification time if nothing says when it was."""
    timestamp = start_timestamp(started)
    return stamp[1] / 1e9 if timestamp is None else timestamp


def replay_rows(path: Path, row: FileRow) -> LogRows:
    """Replays a log, and returns its row with the reps, as far as its facts fit each other."""
    try:
        log = read_log(path, path.name)
        header, plan = clean_json(log.header), load(clean_json(log.header.get("plan")))
        replayed = replay_sound(plan, map(clean_json, log.facts))
        session = session_record(header, plan, results(replayed.state))
    except (KicktimerError, ValueError) as error:
        problem = error.message if isinstance(error, KicktimerError) else str(error)
        return LogRows(row._replace(has_records=True, problem=row.problem or _storable(problem)))
    problem = ""
    if replayed.problem:
        problem = _storable(f"line {replayed.sound_facts + 2}: {clean(replayed.problem)}")
    return _with_records(row._replace(problem=row.problem or problem), plan, runs_of(session.reps), session.notes)


def _with_records(row: FileRow, plan: Plan, runs: Sequence[RunRows], notes: Sequence[str]) -> LogRows:
    """Returns the rows of a session with the reps of its runs."""
    block = pack_block(plan.athletes, runs)
    row = row._replace(
        has_records=True,
        notes=tuple(notes),
        distances=tuple({run.shared[DISTANCE] for run in runs if run.shared[DISTANCE] is not None}),
        block_checksum=crc32(block.data),
        runs_end=block.runs_end,
        parts=block.parts,
    )
    return LogRows(row, block.data)


def _storable(text: str) -> str:
    """Returns `text` without what the index cannot keep: a file's name may hold bytes that are no text."""
    return text.encode("utf-8", "replace").decode()
