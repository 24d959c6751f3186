"""Athletes who come to a group after the plan was made: how the log carries them and their targets."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from pydantic import TypeAdapter

from kicktimer.plan import Target, target_for
from kicktimer.squad import Athlete

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kicktimer.plan import PlannedRep


@cache
def _adapters() -> tuple[TypeAdapter[Athlete], TypeAdapter[dict[int, Target]]]:
    return TypeAdapter(Athlete), TypeAdapter(dict[int, Target])


def dump_athlete(athlete: Athlete) -> dict[str, Any]:
    """The athlete as JSON."""
    return cast("dict[str, Any]", _adapters()[0].dump_python(athlete, mode="json"))


def load_athlete(given: dict[str, Any]) -> Athlete:
    """The opposite of `dump_athlete`. Raises `ValueError`."""
    return _adapters()[0].validate_python(given)


def dump_targets(reps: Sequence[PlannedRep], athlete: Athlete) -> dict[str, Any]:
    """The athlete's targets for these reps, by number, as JSON."""
    targets = {rep.number: target for rep in reps if (target := target_for(rep, athlete)) is not None}
    return cast("dict[str, Any]", _adapters()[1].dump_python(targets, mode="json"))


def load_targets(given: dict[str, Any]) -> dict[int, Target]:
    """The opposite of `dump_targets`. Raises `ValueError`."""
    return _adapters()[1].validate_python(given)
