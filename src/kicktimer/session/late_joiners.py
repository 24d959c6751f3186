"""Athletes who enter a group after the plan was made: reading their squad entry, and writing them to the log."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from pydantic import TypeAdapter

from kicktimer.errors import FaultsError, KicktimerError
from kicktimer.keyboard.layouts import appearance
from kicktimer.plan import Target, target_for
from kicktimer.squad import Athlete, assign_keys, parse_squad

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kicktimer.plan import PlannedRep


@cache
def _adapters() -> tuple[TypeAdapter[Athlete], TypeAdapter[dict[int, Target]]]:
    return TypeAdapter(Athlete), TypeAdapter(dict[int, Target])


def parse_entry(entry: dict[str, Any], present: Sequence[Athlete]) -> Athlete:
    """Returns the athlete of a squad entry, with a key that none of the athletes in `present` has.

    Raises `KicktimerError` for a faulty entry, and for a name or a key that is taken.
    """
    try:
        squad, _ = parse_squad(json.dumps({"athletes": [entry]}, ensure_ascii=False), "join")
    except FaultsError as error:
        raise KicktimerError(error.faults[0].problem, error.faults[0].hint) from None
    athlete = squad.athletes[0]
    if any(each.name == athlete.name for each in present):
        raise KicktimerError(f"{athlete.name} is here already")
    taken = {each.key for each in present if each.key}
    wanted = athlete.key if entry.get("key") else ""
    if wanted and appearance(wanted) in map(appearance, taken):
        raise KicktimerError(f"the key {wanted} is somebody else's")
    return athlete if wanted else assign_keys((replace(athlete, key=""),), taken)[0]


def dump_athlete(athlete: Athlete) -> dict[str, Any]:
    """Returns the athlete as JSON data."""
    return cast("dict[str, Any]", _adapters()[0].dump_python(athlete, mode="json"))


def load_athlete(given: dict[str, Any]) -> Athlete:
    """Returns the athlete that `dump_athlete` wrote. Raises `ValueError` for other data."""
    return _adapters()[0].validate_python(given)


def dump_targets(reps: Sequence[PlannedRep], athlete: Athlete) -> dict[str, Any]:
    """Returns the athlete's targets in these reps, by rep number, as JSON data."""
    return dump_target_map({rep.number: found for rep in reps if (found := target_for(rep, athlete)) is not None})


def dump_target_map(targets: Mapping[int, Target]) -> dict[str, Any]:
    """Returns targets by rep number as JSON data, from which `load_targets` makes equal ones."""
    return cast("dict[str, Any]", _adapters()[1].dump_python(dict(targets), mode="json"))


def load_targets(given: dict[str, Any]) -> dict[int, Target]:
    """Returns the targets that `dump_targets` wrote. Raises `ValueError` for other data."""
    return _adapters()[1].validate_python(given)
