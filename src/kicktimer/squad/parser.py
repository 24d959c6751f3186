"""Parses and checks a squad's file.

Duplicates and limits are checked on the tree before validation removes faulty nodes from it.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator

from kicktimer.errors import ScalarError
from kicktimer.keyboard.layouts import key_identity, look_alike
from kicktimer.squad.model import (
    DEFAULT_GROUP,
    MAX_ATHLETES,
    MAX_GROUPS,
    Athlete,
    Group,
    Squad,
    StartStyle,
    Track,
    assign_keys,
)
from kicktimer.text import clean, has_control_characters, remove_invisible
from kicktimer.units import (
    STANDARD_LAP_MM,
    check_plausibility,
    clip,
    format_race,
    format_race_time,
    parse_duration,
    parse_mm,
    parse_race_mm,
    parse_race_time,
)
from kicktimer.validation import FormatVocabulary, validate
from kicktimer.yaml_document import Document

if TYPE_CHECKING:
    from kicktimer.errors import Fault


def _scalar_text(value: object) -> str:
    if isinstance(value, str):
        return remove_invisible(value).strip()
    raise ScalarError(f"one value is expected here, no {'list' if isinstance(value, list) else 'mapping'}")


def validate_name(value: object) -> str:
    """Returns an athlete's or a group's name: 1 to 60 characters on one line."""
    text = _scalar_text(value)
    if has_control_characters(text):
        raise ScalarError(f"the name `{clip(text)}` has control characters in it", "delete them")
    name = clean(text)
    if not name:
        raise ScalarError("the name is empty", "name: Matan")
    if len(name) > 60:
        raise ScalarError(f"a name of {len(name)} characters is too long", "at most 60")
    return name


def validate_squad_name(value: object) -> str:
    """Returns the squad's name, cut to 80 characters."""
    return clean(_scalar_text(value))[:80]


def validate_key(value: object) -> str:
    """Returns an athlete's key: one letter or digit, in lower case."""
    text = unicodedata.normalize("NFC", _scalar_text(value))
    text = key_identity(text) if len(text) == 1 else text
    if len(text) == 1 and (text.isalpha() or text in "0123456789"):
        return text
    raise ScalarError(f"`{clip(text)}` is no key", "one letter or one digit")


def validate_lap(value: object) -> int:
    """Returns the length of a lap in mm, from 50 m to 2 km."""
    mm = parse_mm(_scalar_text(value), "lap")
    if not 50_000 <= mm <= 2_000_000:
        raise ScalarError(f"a lap of `{clip(_scalar_text(value))}` is no track's", "like 400m or 200m")
    return mm


def validate_lane(value: object) -> int:
    """Returns the number of a lane, from 1 to 10."""
    text = _scalar_text(value)
    if text in ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10"):
        return int(text)
    raise ScalarError(f"`{clip(text)}` is no lane", "from 1 (the inside) to 10")


def validate_kick_time(value: object) -> int:
    """Returns a time over 200 m in ms."""
    return parse_race_time(_scalar_text(value), 200_000)


def validate_start_style(value: object) -> StartStyle:
    """Returns how a fresh 200 m was started."""
    text = _scalar_text(value)
    if text == "standing":
        return "standing"
    if text == "rolling":
        return "rolling"
    raise ScalarError(f"`{clip(text)}` is no start", "standing or rolling; leave it out if nobody knows")


def validate_day(value: object) -> str:
    """Returns a day as ISO 8601."""
    text = _scalar_text(value)
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ScalarError(f"`{clip(text)}` is no day", "year-month-day, such as 2026-09-01") from None


def validate_start_after(value: object) -> int:
    """Returns the delay of a group's first GO in ms."""
    return parse_duration(_scalar_text(value))


def validate_group_workout(value: object) -> str:
    """Returns the text that names a group's own workout: a one-liner, a file or a shipped workout."""
    text = clean(_scalar_text(value))
    if not text:
        raise ScalarError("the group's workout is empty", "a one-liner (8x300 @1500 r30) or a file; or delete the key")
    return text


class _StrictModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def empty_to_mapping(value: object) -> object:
    """Replaces YAML's empty value by an empty mapping, so that a key such as `races:` may have no value."""
    return {} if value in ("", "~", "null") else value


class KickEntry(_StrictModel):
    """An athlete's `kick`: the best fresh 200 m in ms, its start and its day; and the last 200 m of the goal race."""

    fresh_200m: Annotated[int | None, PlainValidator(validate_kick_time)] = None
    start: Annotated[StartStyle | None, PlainValidator(validate_start_style)] = None
    on: Annotated[str | None, PlainValidator(validate_day)] = None
    goal_last_200m: Annotated[int | None, PlainValidator(validate_kick_time)] = None


class AthleteEntry(_StrictModel):
    """One athlete of the file. `races` is parsed by `_read_races`."""

    name: Annotated[str, PlainValidator(validate_name)]
    key: Annotated[str, PlainValidator(validate_key)] = ""
    group: Annotated[str, PlainValidator(validate_name)] = DEFAULT_GROUP
    races: Annotated[dict[str, Any], BeforeValidator(empty_to_mapping)] = {}
    kick: Annotated[KickEntry, BeforeValidator(empty_to_mapping)] = KickEntry()


class GroupEntry(_StrictModel):
    """One pace group of the file."""

    start_after: Annotated[int, PlainValidator(validate_start_after)] = 0
    workout: Annotated[str, PlainValidator(validate_group_workout)] = ""


class TrackEntry(_StrictModel):
    """The track of the file: a lap in mm and the lane."""

    length: Annotated[int, PlainValidator(validate_lap)] = STANDARD_LAP_MM
    lane: Annotated[int, PlainValidator(validate_lane)] = 1


class SquadFile(_StrictModel):
    """A whole squad's file, with its scalars parsed."""

    name: Annotated[str, PlainValidator(validate_squad_name)] = ""
    track: Annotated[TrackEntry, BeforeValidator(empty_to_mapping)] = TrackEntry()
    athletes: tuple[AthleteEntry, ...]
    groups: Annotated[
        dict[str, Annotated[GroupEntry, BeforeValidator(empty_to_mapping)]], BeforeValidator(empty_to_mapping)
    ] = {}


_IN_ATHLETE = "it belongs to an athlete"
_IN_GROUP = "it belongs to a group: groups: {B: {start_after: 10s}}"
_IN_TRACK = "it belongs to the track: track: {length: 400m, lane: 1}"
_IN_KICK = "it belongs to kick: kick: {fresh_200m: 25.6, start: rolling, goal_last_200m: 27.2}"
VOCABULARY = FormatVocabulary(
    synonyms={
        "athlete": "athletes", "runners": "athletes", "group": "groups", "race": "races", "pb": "races", "pbs": "races",
        "times": "races", "goal": "goal_last_200m", "fresh": "fresh_200m", "start": "start_after",
        "delay": "start_after",
        "lap": "length", "letter": "key", "shortcut": "key",
    },
    belongs_to={
        "key": _IN_ATHLETE, "races": _IN_ATHLETE, "kick": _IN_ATHLETE, "group": _IN_ATHLETE, "start_after": _IN_GROUP,
        "workout": _IN_GROUP,
        "length": _IN_TRACK, "lane": _IN_TRACK, "fresh_200m": _IN_KICK, "goal_last_200m": _IN_KICK,
        "athletes": "it belongs at the top of the file", "groups": "it belongs at the top of the file",
        "track": "it belongs at the top of the file", "sets": "it belongs to a workout's file",
    },
    examples={"name": "- name: Matan", "athletes": "athletes: [{name: Matan, races: {1500m: 3:58.2}}]"},
)  # fmt: skip


def read_squad(text: str | bytes, file: str) -> tuple[Squad, tuple[Fault, ...]]:
    """Returns a file's squad and its warnings. Raises `FaultsError`, with the warnings too, if the file has errors.

    `file` is the name that the faults have.
    """
    document = Document(text, file)
    races = _read_races(document)
    _check_duplicates_and_limits(document)
    entry = validate(document, SquadFile, VOCABULARY)
    if entry is None or document.has_errors:
        raise document.to_error()
    groups = {name: Group(name, group.start_after, group.workout) for name, group in entry.groups.items()}
    for athlete in entry.athletes:
        groups.setdefault(athlete.group, Group(athlete.group))
    athletes = tuple(
        Athlete(
            athlete.name,
            athlete.key,
            athlete.group,
            races.get(number, {}),
            athlete.kick.fresh_200m,
            athlete.kick.goal_last_200m,
            athlete.kick.start,
            athlete.kick.on,
        )
        for number, athlete in enumerate(entry.athletes)
    )
    squad = Squad(
        entry.name, assign_keys(athletes), tuple(groups.values()), Track(entry.track.length, entry.track.lane)
    )
    _warn(document, squad)
    return squad, document.sorted_faults()


def _read_races(document: Document) -> dict[int, dict[int, int]]:
    """Returns each athlete's race times in ms by distance in mm, by the athlete's index in the file.

    A time is parsed together with its distance, because `3.58` is a typing error only for a long race.
    """
    found: dict[int, dict[int, int]] = {}
    athletes = document.root.get("athletes")
    for number, entry in enumerate(athletes.items if athletes else ()):
        races = entry.get("races")
        for key, value in races.entries.values() if races else ():
            try:
                mm = parse_race_mm(key.text)
            except ScalarError as error:
                document.add_fault(key, error.message, error.hint)
                continue
            if value.kind != "scalar":
                document.add_fault(value, "one time is expected here, no list and no mapping", "1500m: 3:58.2")
                continue
            try:
                ms = parse_race_time(value.text, mm)
            except ScalarError as error:
                document.add_fault(value, error.message, error.hint)
                continue
            if mm in found.setdefault(number, {}):
                document.add_fault(key, f"{format_race(mm)} stands twice", "delete one")
            doubt = check_plausibility(ms, mm)
            if doubt:
                document.add_fault(
                    value,
                    f"{format_race_time(ms)} for {format_race(mm)} "
                    + ("is far under the world record" if doubt == "fast" else "is over 4 min per 100 m"),
                    "minutes and seconds are written 3:58.2",
                    warning=True,
                )
            found[number][mm] = ms
    return found


def _check_duplicates_and_limits(document: Document) -> None:
    """Reports duplicate names and keys, wrong group names, and too many athletes or groups."""
    root = document.root
    athletes = root.get("athletes")
    if athletes and athletes.kind == "list":
        if not athletes.items:
            document.add_fault(athletes, "a squad without athletes", "athletes: [{name: Matan}]")
        if len(athletes.items) > MAX_ATHLETES:
            document.add_fault(
                athletes.items[MAX_ATHLETES], f"{len(athletes.items)} athletes are too many", f"at most {MAX_ATHLETES}"
            )
        for field_name, problem in (("name", "athletes have the name"), ("key", "athletes have the key")):
            seen: dict[str, int] = {}
            for entry in athletes.items:
                value = entry.get(field_name)
                if value is None or value.kind != "scalar":
                    continue
                text = key_identity(clean(value.text)) if field_name == "key" else clean(value.text)
                if text and text in seen:
                    document.add_fault(
                        value, f"two {problem} `{clip(text)}`", f"the first is in line {seen[text]}: change one"
                    )
                elif field_name == "key" and (twin := next((key for key in seen if look_alike(key, text)), None)):
                    document.add_fault(
                        value,
                        f"the keys `{clip(twin)}` and `{clip(text)}` look alike on the screen",
                        f"the first is in line {seen[twin]}: change one",
                    )
                seen.setdefault(text, value.line)
    groups = root.get("groups")
    names = {clean(name): None for name in (groups.entries if groups else ())}
    for name in groups.entries if groups else ():
        if not clean(name) or len(clean(name)) > 60 or clean(name) != name.strip():
            document.add_fault(
                groups.key_node(name) if groups else None, "a group's name is text of 1 to 60 characters", "like A"
            )
    for entry in athletes.items if athletes else ():
        group = entry.get("group")
        names.setdefault(clean(group.text) if group and group.kind == "scalar" else DEFAULT_GROUP)
    if len(names) > MAX_GROUPS:
        document.add_fault(
            root.key_node("groups") or root.key_node("athletes"),
            f"{len(names)} groups are too many",
            f"at most {MAX_GROUPS}",
        )


def _warn(document: Document, squad: Squad) -> None:
    """Adds warnings: undeclared groups that differ from a declared one in case, athletes without a key, lanes."""
    root = document.root
    athletes = root.get("athletes")
    groups = root.get("groups")
    declared = {name.strip().casefold(): name.strip() for name in (groups.entries if groups else ())}
    for number, athlete in enumerate(squad.athletes):
        node = athletes.items[number] if athletes else None
        meant = declared.get(athlete.group.casefold(), athlete.group)
        if meant != athlete.group:
            value = node.get("group") if node else None
            document.add_fault(value, f"group {athlete.group} is not declared", f"did you mean {meant}?", warning=True)
        if not athlete.key:
            document.add_fault(
                node, f"no letter is left for a key for {athlete.name}", "give a digit: key: 1", warning=True
            )
    if squad.track.lane > 1 and squad.track.length_mm != STANDARD_LAP_MM:
        track = root.get("track")
        document.add_fault(
            track.get("lane") if track else None,
            "how much longer a lane is, is known for 400 m tracks only",
            "measure the lap of the lane, and give that as the length",
            warning=True,
        )
