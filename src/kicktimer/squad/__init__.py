"""The squad: athletes with their race times, pace groups, and the track.

`parse_squad` parses the text of a `squad.yaml`. Distances are whole mm, times whole ms. Names are cleaned; keys are in
lower case and unique. Declared groups come first, in the file's order, then the others in order of appearance.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from kicktimer.squad.model import (
    DEFAULT_GROUP,
    MAX_ATHLETES,
    MAX_GROUPS,
    Athlete,
    Group,
    Squad,
    Track,
    assign_keys,
    parse_race_option,
    single_athlete_squad,
)
from kicktimer.units import STANDARD_LAP_MM

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from kicktimer.errors import Fault

__all__ = [
    "DEFAULT_GROUP",
    "MAX_ATHLETES",
    "MAX_GROUPS",
    "STANDARD_LAP_MM",
    "Athlete",
    "Group",
    "Squad",
    "Track",
    "assign_keys",
    "dump_squad",
    "parse_race_option",
    "parse_squad",
    "single_athlete_squad",
]


def parse_squad(text: str | bytes, file: str) -> tuple[Squad, tuple[Fault, ...]]:
    """Returns a file's squad and its warnings. Raises `FaultsError`, with the warnings too, if the file has errors."""
    from kicktimer.squad.parser import read_squad  # noqa: PLC0415 - a session without a squad file needs no parser

    return read_squad(text, file)


def dump_squad(squad: Squad) -> dict[str, Any]:
    """Returns the squad as JSON data."""
    return dict(_adapter().dump_python(squad, mode="json"))


@cache
def _adapter() -> TypeAdapter[Squad]:
    from pydantic import TypeAdapter  # noqa: PLC0415 - only the session log needs it

    return TypeAdapter(Squad)
