"""Changes to a squad's file as text: an athlete added, taken out, put into another group. Comments and order stay.

In: the file's text. Out: the new text, which is always a sound squad. Pure.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from kicktimer.errors import FaultsError, KicktimerError
from kicktimer.squad.parser import read_squad
from kicktimer.units import format_race, format_race_time

if TYPE_CHECKING:
    from kicktimer.squad.athlete_line import AthleteLine

WIDTH = 120


def new_squad(name: str, athlete: AthleteLine) -> str:
    """Returns the text of a squad with its first athlete."""
    yaml = _yaml()
    document = yaml.load("name: x\nathletes: []\n")
    document["name"] = _quoted(name)
    document["athletes"] = _block_list(yaml)
    document["athletes"].append(_entry(yaml, athlete))
    return _checked(yaml, document)


def with_athlete(text: str, athlete: AthleteLine, group: str = "") -> str:
    """Returns the squad with one more athlete at its end. Raises `KicktimerError` for one whom it has already."""
    yaml, document = _load(text)
    if any(_name(each) == athlete.name for each in document["athletes"]):
        raise KicktimerError(f"{athlete.name} is in the squad already", "another name, such as one with a surname")
    entry = _entry(yaml, athlete)
    if group:
        entry["group"] = group
    document["athletes"].append(entry)
    return _checked(yaml, document)


def without_athlete(text: str, name: str) -> str:
    """Returns the squad without an athlete. Raises `KicktimerError` for the last one."""
    yaml, document = _load(text)
    if len(document["athletes"]) == 1:
        raise KicktimerError(f"{name} is the last one of the squad", "a squad has at least one athlete")
    del document["athletes"][_place(document, name)]
    return _checked(yaml, document)


def with_field(text: str, name: str, field: str, value: str) -> str:
    """Returns the squad with a field of an athlete, such as `group` or `key`, set to a value."""
    yaml, document = _load(text)
    document["athletes"][_place(document, name)][field] = _quoted(value)
    return _checked(yaml, document)


def with_races(text: str, athlete: AthleteLine) -> str:
    """Returns the squad with an athlete's race times set to those of the line; other distances stay."""
    yaml, document = _load(text)
    entry = document["athletes"][_place(document, athlete.name)]
    races = entry.get("races")
    if races is None:
        races = entry["races"] = _flow_map(yaml)
    for mm, ms in athlete.races.items():
        old = next((key for key in races if str(key).lower().rstrip("m") == format_race(mm).rstrip("m")), None)
        races[old if old is not None else format_race(mm)] = format_race_time(ms)
    return _checked(yaml, document)


def _yaml() -> Any:
    from ruamel.yaml import YAML  # noqa: PLC0415 - slow to import, and only a change needs it

    yaml = YAML(typ="rt")
    yaml.width = WIDTH
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _load(text: str) -> tuple[Any, Any]:
    """Returns the parser and the document. Raises `KicktimerError` for a squad that cannot be changed here."""
    read_squad(text, "squad")  # raises for one with faults
    yaml = _yaml()
    try:
        document = yaml.load(text)
        sound = isinstance(document["athletes"], list)
    except Exception as error:  # whatever ruamel does not understand is for the editor
        raise KicktimerError(
            "this file is written in a way that only an editor can change", "change it there"
        ) from error
    if not sound:
        raise KicktimerError("this file is written in a way that only an editor can change", "change it there")
    return yaml, document


def _entry(yaml: Any, athlete: AthleteLine) -> Any:
    entry = _flow_map(yaml)
    entry["name"] = _quoted(athlete.name)
    if athlete.races:
        entry["races"] = _flow_map(yaml)
        for mm, ms in athlete.races.items():
            entry["races"][format_race(mm)] = format_race_time(ms)
    return entry


def _quoted(text: str) -> Any:
    """Returns a name as YAML that every parser reads as a text: in quotes, unless it is of letters alone."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString  # noqa: PLC0415 - as above

    plain = text[:1].isalpha() and all(char.isalnum() or char in " .'-" for char in text)
    is_word = text.casefold() in ("yes", "no", "on", "off", "true", "false", "null", "y", "n")
    return text if plain and not is_word else DoubleQuotedScalarString(text)


def _flow_map(yaml: Any) -> Any:
    """Returns an empty mapping that is written on one line."""
    return _cleared(yaml.load("{a: 1}"))


def _block_list(yaml: Any) -> Any:
    return _cleared(yaml.load("- a\n"))


def _cleared(node: Any) -> Any:
    node.clear()
    return node


def _name(entry: Any) -> str:
    return str(entry["name"]).strip()


def _place(document: Any, name: str) -> int:
    place = next((at for at, entry in enumerate(document["athletes"]) if _name(entry) == name), None)
    if place is None:
        raise KicktimerError(f"{name} is not in the file any more", "somebody has changed it")
    return place


def _checked(yaml: Any, document: Any) -> str:
    """Returns the document as text. Raises `KicktimerError` for a change after which the squad has a fault."""
    buffer = io.StringIO()
    yaml.dump(document, buffer)
    text = buffer.getvalue()
    try:
        read_squad(text, "squad")
    except FaultsError as error:
        raise KicktimerError(error.faults[0].problem, error.faults[0].hint) from None
    return text
