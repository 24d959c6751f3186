"""Reads a workout for running of Zwift (.zwo, XML): steps, intervals and ramps, by time or by distance.

`SourceText` in, `ImportedWorkout` out; faults are collected in the source. A document type is refused, so entities are
never expanded; the number of elements and their depth are bounded. Names are read in upper and lower case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING
from xml.parsers import expat

from kicktimer.errors import ScalarError
from kicktimer.imports.imported_steps import Effort, ImportedWorkout, Repeat, Step, StepKind
from kicktimer.imports.step_values import checked_mm, checked_ms, format_share, parse_count, parse_number, share_effort
from kicktimer.pace import parse_pace
from kicktimer.text import clean
from kicktimer.units import clip

if TYPE_CHECKING:
    from kicktimer.imports.source_text import SourceText

TOOL = "workout of Zwift"
MAX_ELEMENTS = 5000
MAX_DEPTH = 20
MAX_EVENTS_OF_STEP = 20
RACES = ("mile", "5k", "10k", "half marathon", "marathon")
"""What the attribute `pace` counts: the race whose speed `Power` is a part of."""
_STEPS: dict[str, StepKind] = {
    "warmup": "warmup", "cooldown": "cooldown", "steadystate": "run", "solidstate": "run", "ramp": "run",
    "freeride": "run", "maxeffort": "rep", "rest": "rest", "restday": "rest",
}  # fmt: skip
_LOOSE_SLASH = re.compile(r"(?<=[\"'\s])\\>")
_LOOSE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)")


@dataclass(slots=True)
class _Element:
    name: str
    line: int
    column: int
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list[_Element] = field(default_factory=list)

    def child_text(self, name: str) -> str:
        return next((clean(each.text) for each in self.children if each.name == name), "")


def read_zwo(source: SourceText) -> ImportedWorkout:
    """Returns the workout; raises `FaultsError` where the file is no XML or no workout of a run."""
    root = _parse(source)
    workout = root if root.name == "workout" else next((each for each in root.children if each.name == "workout"), None)
    if workout is None:
        raise source.fatal(root.line, root.column, "there is no `<workout>` in the file", "export it from Zwift again")
    notes: list[str] = []
    sport = next((each for each in root.children if each.name == "sporttype"), None)
    if sport is None:
        notes.append("no sportType in the file: read as a run")
    elif clean(sport.text).lower() not in ("run", "running"):
        problem = f"a workout for the sport `{clip(sport.text)}`, not for a run"
        raise source.fatal(sport.line, sport.column, problem, "if it is run: <sportType>run</sportType>")
    by_distance = _is_by_distance(source, root, workout, notes)
    reader = _StepReader(source, by_distance=by_distance)
    items = reader.read(workout)
    return ImportedWorkout(
        TOOL, root.child_text("name"), tuple(items), root.child_text("description"), root.child_text("author"),
        tuple(notes),
    )  # fmt: skip


def _parse(source: SourceText) -> _Element:
    parser = expat.ParserCreate("utf-8")
    root = _Element("", 1, 1)
    stack = [root]
    count = 0

    def place() -> tuple[int, int]:
        return parser.CurrentLineNumber, parser.CurrentColumnNumber + 1

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MAX_ELEMENTS:
            raise source.fatal(*place(), f"more than {MAX_ELEMENTS} elements", "one workout has fewer")
        if len(stack) > MAX_DEPTH:
            raise source.fatal(*place(), f"elements are nested over {MAX_DEPTH} deep", "a workout needs four")
        lower = {key.lower(): value for key, value in attributes.items()}
        element = _Element(name.rpartition(":")[2].lower(), *place(), lower)
        stack[-1].children.append(element)
        stack.append(element)

    def end(_: str) -> None:
        stack.pop()

    def text(data: str) -> None:
        if len(stack[-1].text) < 4000:
            stack[-1].text += data

    def refuse(*_: object) -> None:
        raise source.fatal(*place(), "a document type (DOCTYPE) is not read", "delete it: a workout needs none")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(_mend(source.text).encode("utf-8"), True)  # noqa: FBT003 - expat's own signature
    except expat.ExpatError as error:
        problem = f"this is no well-formed XML: {expat.ErrorString(error.code)}"
        hint = "export the workout again, or mend this place"
        raise source.fatal(error.lineno, error.offset + 1, problem, hint) from None
    return root.children[0]


def _mend(text: str) -> str:
    r"""Returns the text without two mistakes that tools make: a tag that ends in `\\>`, and a bare ampersand."""
    return _LOOSE_AMPERSAND.sub("&amp;", _LOOSE_SLASH.sub("/>", text))


def _is_by_distance(source: SourceText, root: _Element, workout: _Element, notes: list[str]) -> bool:
    """Whether durations are metres. Where the file does not say it, their numbers have to tell."""
    said = next((each for each in root.children if each.name == "durationtype"), None)
    if said is not None:
        word = clean(said.text).lower()
        if word in ("distance", "time"):
            return word == "distance"
        hint = "<durationType>distance</durationType> for metres, time for seconds"
        source.add(said.line, said.column, f"`{clip(said.text)}` is no durationType", hint)
        return False
    names = ("duration", "onduration", "offduration")
    texts = [step.attributes[name] for step in workout.children for name in names if name in step.attributes]
    try:
        values = [parse_number(text) for text in texts]
    except ScalarError:
        return False  # reported with the step
    metres = all(value.denominator == 1 and value % 50 == 0 for value in values)
    seconds = all(value % 60 == 0 or (value.denominator == 1 and value % 5 == 0) for value in values)
    minutes = all(value.denominator == 1 and value % 60 == 0 for value in values)
    if metres and minutes and values:
        hint = (
            "after sportType write <durationType>distance</durationType> (metres) or <durationType>time</durationType>"
        )
        source.add(workout.line, workout.column, "are the durations metres or seconds? the file does not say it", hint)
    elif metres and values:
        notes.append("no durationType in the file: its durations are read as metres")
        return True
    elif seconds:
        notes.append("no durationType in the file: its durations are read as seconds")
    else:
        hint = (
            "after sportType write <durationType>distance</durationType> (metres) or <durationType>time</durationType>"
        )
        source.add(workout.line, workout.column, "are the durations metres or seconds? the file does not say it", hint)
    return False


class _StepReader:
    def __init__(self, source: SourceText, *, by_distance: bool) -> None:
        self.source = source
        self.by_distance = by_distance

    def read(self, workout: _Element) -> list[Step | Repeat]:
        items: list[Step | Repeat] = []
        for element in workout.children:
            try:
                if element.name == "intervalst":
                    items.append(self._intervals(element))
                elif element.name in _STEPS:
                    items.append(self._step(element))
                elif any("duration" in name for name in element.attributes) and element.name != "textevent":
                    self._fault(element, f"a step `{clip(element.name)}` is not known", "replace it by a SteadyState")
            except ScalarError as error:
                self._fault(element, error.message, error.hint)
        return items

    def _fault(self, element: _Element, problem: str, hint: str) -> None:
        self.source.add(element.line, element.column, problem, hint, len(element.name) + 1)

    def _step(self, element: _Element) -> Step:
        power = self._power(element, "power", "powerlow", "powerhigh")
        kind = "rest" if element.name == "freeride" and element.attributes.get("walk") else _STEPS[element.name]
        return self._make(element, kind, ("duration", "distance"), power, self._events(element))

    def _intervals(self, element: _Element) -> Repeat:
        if "repeat" not in element.attributes:
            raise ScalarError("`Repeat` is missing", 'like Repeat="8"')
        count = parse_count(element.attributes["repeat"])
        on = self._power(element, "onpower", "poweronlow", "poweronhigh")
        off = self._power(element, "offpower", "poweroffhigh", "powerofflow")
        events = self._events(element)
        hard = self._make(element, "rep", ("onduration", "ondistance"), on, events)
        is_float = off and on and not share_effort(off[0], off[1], "x").is_easier_than(share_effort(on[0], on[1], "x"))
        kind: StepKind = "rep" if is_float else "recovery"
        items = [hard]
        if any(parse_number(element.attributes.get(name, "0")) for name in ("offduration", "offdistance")):
            items.append(self._make(element, kind, ("offduration", "offdistance"), off, ()))
        return Repeat(count, tuple(items), element.line, element.column)

    def _make(
        self,
        element: _Element,
        kind: StepKind,
        names: tuple[str, str],
        power: tuple[Fraction, Fraction] | None,
        events: tuple[str, ...],
    ) -> Step:
        name = next((each for each in names if each in element.attributes), None)
        if name is None:
            raise ScalarError(f"`{names[0].capitalize()}` is missing in `{element.name}`", 'like Duration="400"')
        value = parse_number(element.attributes[name]) * 1000
        is_distance = self.by_distance or "distance" in name
        distance_mm = checked_mm(value) if is_distance else None
        duration_ms = None if is_distance else checked_ms(value)
        pace, effort, notes = self._target(element, power)
        return Step(
            kind, element.line, element.column, distance_mm, duration_ms,
            pace=pace, effort=effort, notes=(*notes, *self._cadence(element), *events),
        )  # fmt: skip

    def _power(self, element: _Element, *names: str) -> tuple[Fraction, Fraction] | None:
        values = [parse_number(element.attributes[name]) * 100 for name in names if name in element.attributes]
        return (min(values), max(values)) if values else None

    def _target(
        self, element: _Element, power: tuple[Fraction, Fraction] | None
    ) -> tuple[str, Effort | None, tuple[str, ...]]:
        if power is None:
            return "", None, ()
        low, high = (Fraction(round(value * 10), 10) for value in power)
        race = element.attributes.get("pace", "").strip()
        effort = share_effort(low, high, "power")
        if race in ("0", "1", "2", "3", "4") and low == high and 20 <= low <= 200:
            pace = RACES[int(race)] if low == 100 else f"{float(low):g}% {RACES[int(race)]}"
            parse_pace(pace)
            return pace, effort, ()
        of = f"the {RACES[int(race)]} pace" if race in ("0", "1", "2", "3", "4") else "the athlete's pace"
        return "", effort, (f"{format_share(low, high)} of {of}",)

    @staticmethod
    def _cadence(element: _Element) -> tuple[str, ...]:
        found = element.attributes.get("cadence")
        return (f"a cadence of {clip(found)}",) if found else ()

    @staticmethod
    def _events(element: _Element) -> tuple[str, ...]:
        events = [each for each in element.children if each.name == "textevent"][:MAX_EVENTS_OF_STEP]
        texts = [clean(each.attributes.get("message", "")) for each in events]
        return tuple(f"“{clip(text, 150)}”" for text in texts if text)
