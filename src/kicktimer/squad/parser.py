"""A squad's file read and checked: `read_squad`. Clashes are looked for on the tree, before anything is cut off."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator

from kicktimer.errors import ScalarError
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
)
from kicktimer.text import clean, has_controls
from kicktimer.units import (
    clip,
    format_race,
    format_race_time,
    parse_duration,
    parse_mm,
    parse_race,
    parse_race_time,
    plausible,
)
from kicktimer.validation import Words, validate
from kicktimer.yaml_document import Document

if TYPE_CHECKING:
    from kicktimer.errors import Fault


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    raise ScalarError(f"one value is expected here, no {'list' if isinstance(value, list) else 'mapping'}")


def read_name(value: object) -> str:
    """An athlete's or a group's name."""
    text = _scalar(value)
    if has_controls(text):
        raise ScalarError(f"the name `{clip(text)}` has control characters in it", "delete them")
    name = clean(text)
    if not name:
        raise ScalarError("the name is empty", "name: Matan")
    if len(name) > 60:
        raise ScalarError(f"a name of {len(name)} characters is too long", "at most 60")
    return name


def read_squad_name(value: object) -> str:
    """The squad's name."""
    return clean(_scalar(value))[:80]


def read_key(value: object) -> str:
    """A key: a letter or a digit, in lower case."""
    text = unicodedata.normalize("NFC", _scalar(value)).lower()
    if len(text) == 1 and (text.isalpha() or text in "0123456789"):
        return text
    raise ScalarError(f"`{clip(text)}` is no key", "one letter or one digit")


def read_lap(value: object) -> int:
    """The length of a lap in mm."""
    mm = parse_mm(_scalar(value), "lap")
    if not 50_000 <= mm <= 2_000_000:
        raise ScalarError(f"a lap of `{clip(_scalar(value))}` is no track's", "like 400m or 200m")
    return mm


def read_lane(value: object) -> int:
    """The lane."""
    text = _scalar(value)
    if text in ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10"):
        return int(text)
    raise ScalarError(f"`{clip(text)}` is no lane", "from 1 (the inside) to 10")


def read_kick(value: object) -> int:
    """A time over 200 m."""
    return parse_race_time(_scalar(value), 200_000)


def read_start_after(value: object) -> int:
    """A duration."""
    return parse_duration(_scalar(value))


def read_own_workout(value: object) -> str:
    """A group's own workout, as text."""
    text = clean(_scalar(value))
    if not text:
        raise ScalarError("the group's workout is empty", "a one-liner (8x300 @1500 r30) or a file; or delete the key")
    return text


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def empty_is_mapping(value: object) -> object:
    """A key without a value is one with an empty mapping."""
    return {} if value in ("", "~", "null") else value


class KickEntry(_Model):
    """What the athlete can do over the last 200 m, and fresh."""

    fresh_200m: Annotated[int | None, PlainValidator(read_kick)] = None
    goal_last_200m: Annotated[int | None, PlainValidator(read_kick)] = None


class AthleteEntry(_Model):
    """One athlete."""

    name: Annotated[str, PlainValidator(read_name)]
    key: Annotated[str, PlainValidator(read_key)] = ""
    group: Annotated[str, PlainValidator(read_name)] = DEFAULT_GROUP
    races: Annotated[dict[str, Any], BeforeValidator(empty_is_mapping)] = {}
    kick: Annotated[KickEntry, BeforeValidator(empty_is_mapping)] = KickEntry()


class GroupEntry(_Model):
    """A pace group."""

    start_after: Annotated[int, PlainValidator(read_start_after)] = 0
    workout: Annotated[str, PlainValidator(read_own_workout)] = ""


class TrackEntry(_Model):
    """The track."""

    length: Annotated[int, PlainValidator(read_lap)] = STANDARD_LAP_MM
    lane: Annotated[int, PlainValidator(read_lane)] = 1


class SquadFile(_Model):
    """A squad's file, with its scalars parsed."""

    name: Annotated[str, PlainValidator(read_squad_name)] = ""
    track: Annotated[TrackEntry, BeforeValidator(empty_is_mapping)] = TrackEntry()
    athletes: tuple[AthleteEntry, ...]
    groups: Annotated[
        dict[str, Annotated[GroupEntry, BeforeValidator(empty_is_mapping)]], BeforeValidator(empty_is_mapping)
    ] = {}


_ATHLETE = "it belongs to an athlete"
_GROUP = "it belongs to a group: groups: {B: {start_after: 10s}}"
_TRACK = "it belongs to the track: track: {length: 400m, lane: 1}"
_KICK = "it belongs to kick: kick: {fresh_200m: 25.6, goal_last_200m: 27.2}"
WORDS = Words(
    synonyms={
        "athlete": "athletes", "runners": "athletes", "group": "groups", "race": "races", "pb": "races", "pbs": "races",
        "times": "races", "goal": "goal_last_200m", "fresh": "fresh_200m", "start": "start_after",
        "delay": "start_after",
        "lap": "length", "letter": "key", "shortcut": "key",
    },
    levels={
        "key": _ATHLETE, "races": _ATHLETE, "kick": _ATHLETE, "group": _ATHLETE, "start_after": _GROUP,
        "workout": _GROUP,
        "length": _TRACK, "lane": _TRACK, "fresh_200m": _KICK, "goal_last_200m": _KICK,
        "athletes": "it belongs at the top of the file", "groups": "it belongs at the top of the file",
        "track": "it belongs at the top of the file", "sets": "it belongs to a workout's file",
    },
    missing={"name": "- name: Matan", "athletes": "athletes: [{name: Matan, races: {1500m: 3:58.2}}]"},
)  # fmt: skip


def read_squad(text: str | bytes, file: str) -> tuple[Squad, tuple[Fault, ...]]:
    """The squad of a file and what is doubtful about it; raises `FaultsError` with all that is wrong."""
    document = Document(text, file)
    races = _read_races(document)
    _clashes(document)
    entry = validate(document, SquadFile, WORDS)
    if entry is None or document.failed:
        raise document.failure()
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
        )
        for number, athlete in enumerate(entry.athletes)
    )
    squad = Squad(entry.name, give_keys(athletes), tuple(groups.values()), Track(entry.track.length, entry.track.lane))
    _doubts(document, squad)
    return squad, document.sorted()


def _read_races(document: Document) -> dict[int, dict[int, int]]:
    """Each athlete's races: a time is read with its distance, so that `3.58` over 1500 m gets its hint."""
    found: dict[int, dict[int, int]] = {}
    athletes = document.root.get("athletes")
    for number, entry in enumerate(athletes.items if athletes else ()):
        races = entry.get("races")
        for key, value in races.entries.values() if races else ():
            try:
                mm = parse_race(key.text)
            except ScalarError as error:
                document.fault(key, error.message, error.hint)
                continue
            if value.kind != "scalar":
                document.fault(value, "one time is expected here, no list and no mapping", "1500m: 3:58.2")
                continue
            try:
                ms = parse_race_time(value.text, mm)
            except ScalarError as error:
                document.fault(value, error.message, error.hint)
                continue
            if mm in found.setdefault(number, {}):
                document.fault(key, f"{format_race(mm)} stands twice", "delete one")
            doubt = plausible(ms, mm)
            if doubt:
                document.fault(
                    value,
                    f"{format_race_time(ms)} for {format_race(mm)} "
                    + ("is far under the world record" if doubt == "fast" else "is over 4 min per 100 m"),
                    "minutes and seconds are written 3:58.2",
                    warning=True,
                )
            found[number][mm] = ms
    return found


def _clashes(document: Document) -> None:
    """Names, keys and groups that stand twice or are too many: on the tree, before anything is cut off."""
    root = document.root
    athletes = root.get("athletes")
    if athletes and athletes.kind == "list":
        if not athletes.items:
            document.fault(athletes, "a squad without athletes", "athletes: [{name: Matan}]")
        if len(athletes.items) > MAX_ATHLETES:
            document.fault(
                athletes.items[MAX_ATHLETES], f"{len(athletes.items)} athletes are too many", f"at most {MAX_ATHLETES}"
            )
        for field_name, told in (("name", "athletes have the name"), ("key", "athletes have the key")):
            seen: dict[str, int] = {}
            for entry in athletes.items:
                value = entry.get(field_name)
                if value is None or value.kind != "scalar":
                    continue
                text = clean(value.text).lower() if field_name == "key" else clean(value.text)
                if text and text in seen:
                    document.fault(
                        value, f"two {told} `{clip(text)}`", f"the first is in line {seen[text]}: change one"
                    )
                seen.setdefault(text, value.line)
    groups = root.get("groups")
    names = {clean(name): None for name in (groups.entries if groups else ())}
    for name in groups.entries if groups else ():
        if not clean(name) or len(clean(name)) > 60 or clean(name) != name.strip():
            document.fault(
                groups.key(name) if groups else None, "a group's name is text of 1 to 60 characters", "like A"
            )
    for entry in athletes.items if athletes else ():
        group = entry.get("group")
        names.setdefault(clean(group.text) if group and group.kind == "scalar" else DEFAULT_GROUP)
    if len(names) > MAX_GROUPS:
        document.fault(
            root.key("groups") or root.key("athletes"), f"{len(names)} groups are too many", f"at most {MAX_GROUPS}"
        )


def _doubts(document: Document, squad: Squad) -> None:
    root = document.root
    athletes = root.get("athletes")
    groups = root.get("groups")
    declared = {name.strip().casefold(): name.strip() for name in (groups.entries if groups else ())}
    for number, athlete in enumerate(squad.athletes):
        node = athletes.items[number] if athletes else None
        meant = declared.get(athlete.group.casefold(), athlete.group)
        if meant != athlete.group:
            value = node.get("group") if node else None
            document.fault(value, f"group {athlete.group} is not declared", f"did you mean {meant}?", warning=True)
        if not athlete.key:
            document.fault(
                node, f"no letter is left for a key for {athlete.name}", "give a digit: key: 1", warning=True
            )
    if squad.track.lane > 1 and squad.track.length_mm != STANDARD_LAP_MM:
        track = root.get("track")
        document.fault(
            track.get("lane") if track else None,
            "how much longer a lane is, is known for 400 m tracks only",
            "measure the lap of the lane, and give that as the length",
            warning=True,
        )
