"""Sessions as one JSON document. Pure: records in, pieces of text out. docs/exports.md documents every field."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kicktimer.exports.rows import difference_ms
from kicktimer.units import show_distance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kicktimer.review.records import RepRecord, SessionRecord

EXPORT_VERSION = 1


def json_pieces(sessions: Iterable[SessionRecord]) -> Iterator[str]:
    """Yields one JSON document: `{"kicktimer_export": 1, "sessions": [...]}`."""
    yield f'{{"kicktimer_export": {EXPORT_VERSION}, "sessions": ['
    separator = "\n"
    for session in sessions:
        yield f"{separator}{json.dumps(_document(session), ensure_ascii=False)}"
        separator = ",\n"
    yield "\n]}\n"


def _document(session: SessionRecord) -> dict[str, Any]:
    race = session.race
    return {
        "id": session.id,
        "date": session.date,
        "workout": session.workout,
        "kind": session.kind,
        "state": session.state,
        "squad": session.squad,
        "rehearsed": session.rehearsed,
        "imported": session.imported,
        "race": None
        if race is None
        else {"distance": show_distance(race.distance_mm), "name": race.name, "event": race.event, "place": race.place},
        "notes": [*session.notes],
        "reps": [_rep_document(rep) for rep in session.reps],
    }


def _rep_document(rep: RepRecord) -> dict[str, Any]:
    return {
        "athlete": rep.athlete,
        "group": rep.group,
        "set": rep.set,
        "rep": rep.rep,
        "distance_m": None if rep.distance_mm is None else rep.distance_mm / 1000,
        "duration_ms": rep.duration_ms,
        "closing": rep.closing,
        "target_ms": rep.target_ms,
        "estimated": rep.estimated,
        "band_ms": None if rep.band is None else [*rep.band],
        "time_ms": rep.time_ms,
        "difference_ms": difference_ms(rep),
        "splits": [{"mark_m": split.mark_mm / 1000, "time_ms": split.time_ms, "by": split.by} for split in rep.splits],
        "recovery_ms": rep.recovery_ms,
        "relaxation": rep.relaxation,
        "effort": rep.effort,
        "status": rep.status,
        "by": rep.by,
    }
