"""Rows of a CSV file as sessions: which rows belong together, who ran which rep in which group. Pure."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kicktimer.errors import FaultsError
from kicktimer.squad.model import DEFAULT_GROUP, MAX_ATHLETES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from kicktimer.errors import Fault
    from kicktimer.imports.csv_rows import Row
    from kicktimer.imports.csv_table import Table

UNNAMED = "imported"
KINDS = ("burner", "strength", "tempo", "hills", "speed", "other")
MAX_NOTE_CHARACTERS = 2000
MAX_NOTES = 200


@dataclass(frozen=True, slots=True)
class ImportedRep:
    """A rep of a group: its rows have one distance, one set and one number."""

    group: str
    number: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ImportedSession:
    """A session. `reps` are in the order of the file. `source_id` is its id in the export that it comes from, or "".

    `fingerprint` is the same for the same rows, however the file was saved.
    """

    source_id: str
    moment: datetime
    date: str
    workout: str
    kind: str
    reps: tuple[ImportedRep, ...]
    notes: tuple[str, ...]
    fingerprint: str

    @property
    def athletes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.athlete for rep in self.reps for row in rep.rows))


def gather_sessions(table: Table, rows: Sequence[Row]) -> tuple[ImportedSession, ...]:
    """Returns the sessions, oldest first. Raises `FaultsError` for rows that contradict each other."""
    by_key: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        key = (row.session,) if row.session else ("", row.moment.date(), row.workout)
        by_key.setdefault(key, []).append(row)
    faults: list[Fault] = []
    found = []
    for of_session in by_key.values():
        session = _session(table, of_session, faults)
        if session is not None:
            found.append(session)
    if faults:
        raise FaultsError(tuple(faults[:100]))
    return tuple(sorted(found, key=lambda each: each.moment.isoformat()))


def _session(table: Table, rows: list[Row], faults: list[Fault]) -> ImportedSession | None:
    first = rows[0]
    count = len(faults)
    for row in rows:
        if (row.moment, row.workout) != (first.moment, first.workout) and first.session:
            problem = f"session {first.session[:40]} has another date or workout in line {first.line}"
            faults.append(table.fault(row.line, 0, problem, "one session, one date and one workout"))
            break
    athletes = {row.athlete for row in rows}
    if len(athletes) > MAX_ATHLETES:
        hint = "give each group a session of its own"
        faults.append(
            table.fault(first.line, 0, f"{len(athletes)} athletes in one session, {MAX_ATHLETES} at most", hint)
        )
    reps = _reps(table, rows, faults)
    if len(faults) > count:
        return None
    return ImportedSession(
        source_id=first.session,
        moment=first.moment,
        date=first.date,
        workout=first.workout or UNNAMED,
        kind=first.kind if first.kind in KINDS else "other",
        reps=tuple(reps),
        notes=_notes([row for rep in reps for row in rep.rows]),
        fingerprint=_fingerprint(rows),
    )


def _reps(table: Table, rows: Sequence[Row], faults: list[Fault]) -> list[ImportedRep]:
    """Returns the reps. Rows without a number are counted for each athlete, in the order of the file."""
    counts: Counter[tuple[str | None, str]] = Counter()
    numbered = []
    for row in rows:
        counts[row.group, row.athlete] += 1
        numbered.append(row if row.rep is not None else replace(row, rep=counts[row.group, row.athlete]))
    if all(row.group is None for row in rows):
        # Who ran other distances than the others in the same place of the file was no member of their group.
        lengths: dict[int | None, set[object]] = {}
        for row in numbered:
            lengths.setdefault(row.rep, set()).add((row.distance_mm, row.duration_ms))
        alike = all(len(each) == 1 for each in lengths.values())
        numbered = [replace(row, group=DEFAULT_GROUP if alike else row.athlete) for row in numbered]
    by_rep: dict[tuple[str, int], list[Row]] = {}
    for row in numbered:
        by_rep.setdefault((row.group or DEFAULT_GROUP, row.rep or 1), []).append(row)
    for (group, number), found in by_rep.items():
        _check_rep(table, group, number, found, faults)
    return [ImportedRep(group, number, tuple(found)) for (group, number), found in by_rep.items()]


def _check_rep(table: Table, group: str, number: int, rows: Sequence[Row], faults: list[Fault]) -> None:
    first = rows[0]
    seen: dict[str, int] = {}
    for row in rows:
        name = f"rep {number} of group {group}"
        if row.athlete in seen:
            problem = f"{row.athlete} has {name} twice, also in line {seen[row.athlete]}"
            faults.append(table.fault(row.line, 0, problem, "leave one out, or give it another number"))
        seen[row.athlete] = row.line
        if (row.distance_mm, row.duration_ms) != (first.distance_mm, first.duration_ms):
            problem = f"{name} has another length here than in line {first.line}"
            faults.append(table.fault(row.line, 0, problem, "who runs another distance is another group"))
    if {"skipped", "missed"} <= {row.status for row in rows}:
        problem = f"rep {number} of group {group} is skipped for some and missed by others"
        faults.append(table.fault(first.line, 0, problem, "a rep is skipped for the whole group"))


def _notes(rows: Sequence[Row]) -> tuple[str, ...]:
    """Returns what stood in columns that are not known: once for the session where all rows say the same."""
    values: dict[str, list[tuple[Row, str]]] = {}
    for row in rows:
        for name, text in row.others:
            values.setdefault(name, []).append((row, text))
    notes = []
    for name, found in values.items():
        texts = {text for _, text in found}
        if len(texts) == 1 and len(found) in (1, len(rows)):
            notes.append(f"{name}: {found[0][1]}")
        else:
            notes += [f"{name}, {row.athlete}, rep {row.rep}: {text}" for row, text in found]
    return tuple(note[:MAX_NOTE_CHARACTERS] for note in notes[:MAX_NOTES])


def _fingerprint(rows: Iterable[Row]) -> str:
    """Returns a hash of what the rows say, whatever their order, their file and their session's id."""
    said = sorted(
        json.dumps([
            row.moment.isoformat(), row.workout, row.kind, row.group, row.set, row.rep, row.distance_mm,
            row.duration_ms, row.closing, row.athlete, row.target_ms, row.band, row.time_ms, row.splits,
            row.relaxation, row.effort, row.status, row.others,
        ])
        for row in rows
    )  # fmt: skip
    return hashlib.sha256("\n".join(said).encode()).hexdigest()
