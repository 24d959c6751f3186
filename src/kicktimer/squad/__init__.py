"""The squad: who runs, in which pace group, with which races, on which track.

`parse_squad` reads a `squad.yaml`; all of it is checked at once, with positions. Distances are whole mm, times whole
ms. Names come in cleaned, keys in lower case and never two alike. Groups stand in the order of their declaration,
then of appearance.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from kicktimer.squad.model import (
    DEFAULT_GROUP,
    MAX_ATHLETES,
    MAX_GROUPS,
    STANDARD_LAP_MM,
    Athlete,
    Group,
    Squad,
    Track,
    give_keys,
    parse_race_option,
    runner,
)

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
    "dump_squad",
    "give_keys",
    "parse_race_option",
    "parse_squad",
    "runner",
]


def parse_squad(text: str | bytes, file: str) -> tuple[Squad, tuple[Fault, ...]]:
    """The squad of a file and what is doubtful about it; raises `FaultsError` with all that is wrong."""
    from kicktimer.squad.parser import read_squad  # noqa: PLC0415 - models that a session of one never needs

    return read_squad(text, file)


def dump_squad(squad: Squad) -> dict[str, Any]:
    """The squad as JSON."""
    return dict(_adapter().dump_python(squad, mode="json"))


@cache
def _adapter() -> TypeAdapter[Squad]:
    from pydantic import TypeAdapter  # noqa: PLC0415 - for the log alone

    return TypeAdapter(Squad)
