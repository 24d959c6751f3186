"""Reads the workout text of intervals.icu: steps that begin with `-`, headings, and repeats such as `8x`.

`SourceText` in, `ImportedWorkout` out; faults are collected in the source. `m` is minutes there, and `mtr` metres: a
number of minutes that is rather meant as metres is a fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from kicktimer.errors import ScalarError
from kicktimer.imports.imported_steps import Effort, ImportedWorkout, Repeat, Step, StepKind
from kicktimer.imports.step_values import (
    NUMBER,
    PACES,
    UNITS_MM,
    checked_mm,
    checked_ms,
    format_share,
    parse_count,
    read_paces,
    share_effort,
    zone_effort,
)
from kicktimer.text import clean, plain_spaces
from kicktimer.units import clip

if TYPE_CHECKING:
    from kicktimer.imports.source_text import SourceText

TOOL = "workout text of intervals.icu"
MAX_STEPS = 5000
MAX_LINE_CHARACTERS = 1000
LIKELY_METRES_MIN = 200
LIKELY_METRES_IN_REPEAT_MIN = 80
_STEP = re.compile(r"(\s*[-–*•] *)(?=\S)")
_REPEAT = re.compile(r"(?<![A-Za-z0-9.])([0-9]{1,9}) ?[xX×](?![A-Za-z0-9])")
_TIME = (
    r"(?:(?P<h>[0-9]{1,3}) ?h(?:rs?)?)?(?:(?P<m>" + NUMBER + r") ?(?:m(?:in(?:s|utes?)?)?|['′’])(?![A-Za-z]))?"
    r"(?:(?P<s>" + NUMBER + r") ?(?:s(?:ec(?:s|onds?)?)?|[\"″”])?(?![A-Za-z0-9.:%/-]))?"
)
_LENGTH = rf"(?P<number>{NUMBER}) ?(?P<unit>{'|'.join(sorted(set(UNITS_MM) - {'m', 'k'}, key=len, reverse=True))})"
_END = re.compile(
    rf"(?<![A-Za-z0-9.:/^-])(?<![0-9],)(?:{_LENGTH}(?![A-Za-z0-9])|(?=[0-9]+[.0-9]* ?[hms'′’\"″”]){_TIME})",
    re.IGNORECASE,
)
_PACE = re.compile(PACES.pattern + r"(?P<word> *pace\b)?", re.IGNORECASE)
_SHARE = re.compile(
    rf"({NUMBER})(?: ?%)?(?: ?[-–] ?({NUMBER}))? ?% *(?:of +)?(hr\b|lthr\b|pace\b|mmp\b|ftp\b)?", re.IGNORECASE
)
_ZONE = re.compile(r"\bC?Z([1-7])(?: ?[-–] ?C?Z?([1-7]))?\b *(hr\b|lthr\b|pace\b|power\b)?", re.IGNORECASE)
_WATTS = re.compile(rf"({NUMBER}) ?w?(?: ?[-–] ?({NUMBER}))? ?w(?:atts)?\b", re.IGNORECASE)
_CADENCE = re.compile(r"[0-9]{2,3}(?: ?[-–] ?[0-9]{2,3})? ?(?:rpm|spm)\b", re.IGNORECASE)
_RPE = re.compile(r"\brpe ?[0-9.]{1,4}(?: ?[-–] ?[0-9.]{1,4})?", re.IGNORECASE)
_PRESS = re.compile(r"\bpress lap\b", re.IGNORECASE)
_INTENSITY = re.compile(r"\bintensity ?= ?([a-z]+)", re.IGNORECASE)
_SILENT = re.compile(r"\b(?:hidepower|ftp)\b", re.IGNORECASE)
_WARMUP = re.compile(r"\bwarm(?:ing)?[- ]?up\b|\bwu\b", re.IGNORECASE)
_COOLDOWN = re.compile(r"\bcool(?:ing)?[- ]?down\b|\bwarm[- ]?down\b|\bcd\b", re.IGNORECASE)
_RECOVERY = re.compile(r"\b(?:recover(?:y|ies)?|jog|float|easy|slow)\b", re.IGNORECASE)
_REST = re.compile(r"\b(?:rest|walk|stand|pause)\b", re.IGNORECASE)
_KINDS: dict[str, StepKind] = {
    "warmup": "warmup", "cooldown": "cooldown", "recovery": "recovery", "rest": "rest", "active": "rep",
    "interval": "rep",
}  # fmt: skip
_OF = {
    "hr": "the maximum heart rate", "lthr": "the threshold heart rate", "pace": "the threshold pace",
    "mmp": "the best power", "": "the threshold",
}  # fmt: skip


@dataclass(slots=True)
class _Section:
    """Steps after a heading, or between empty lines where the heading repeats them."""

    kind: StepKind | None = None
    count: int = 1
    line: int = 1
    column: int = 1
    steps: list[Step] = field(default_factory=list)


def read_intervals_text(source: SourceText) -> ImportedWorkout:
    """Returns the workout; its faults are in the source."""
    items: list[Step | Repeat] = []
    notes: list[str] = []
    section = _Section()
    name = ""
    steps = 0
    for number, raw in enumerate(source.lines, 1):
        if len(raw) > MAX_LINE_CHARACTERS:
            problem = f"a line of {len(raw)} characters"
            source.add(number, 1, problem, f"a step has a line of its own, of at most {MAX_LINE_CHARACTERS} characters")
            continue
        line = plain_spaces(raw)
        step = _STEP.match(line)
        if step is not None:
            steps += 1
            if steps > MAX_STEPS:
                raise source.fatal(number, 1, f"more than {MAX_STEPS} steps", "one workout has fewer")
            found = _read_step(source, number, step.end(), line, section)
            if isinstance(found, Step):
                section.steps.append(found)
            elif found:
                notes.append(found)
            continue
        text = clean(line).strip("-–*• ")
        if not text:
            if section.steps and section.count > 1:
                _close(section, items)
                section = _Section()
            continue
        _close(section, items)
        section = _read_heading(source, number, line)
        if section.count == 1 and section.kind is None and not items:
            titled = re.fullmatch(r"(?i)(?:name|title): *(\S.*)", text)
            if titled or not (name or re.match(r"[A-Za-z_]+: ", text)):
                name = titled[1] if titled else text.lstrip("# ")
            else:
                notes.append(text)
        elif section.count == 1 and section.kind is None and not re.fullmatch(r"(?i)main ?(?:set|part)?[: ]*", text):
            notes.append(text)
    _close(section, items)
    return ImportedWorkout(TOOL, name, tuple(items), notes=tuple(f"“{clip(note, 160)}”" for note in notes))


def _close(section: _Section, items: list[Step | Repeat]) -> None:
    if not section.steps:
        return
    if section.count > 1:
        items.append(Repeat(section.count, tuple(section.steps), section.line, section.column))
    else:
        items.extend(section.steps)


def _read_heading(source: SourceText, number: int, line: str) -> _Section:
    kind: StepKind | None = "warmup" if _WARMUP.search(line) else "cooldown" if _COOLDOWN.search(line) else None
    found = _REPEAT.search(line)
    if found is None:
        return _Section(kind, 1, number, 1)
    try:
        count = parse_count(found[1])
    except ScalarError as error:
        source.add(number, found.start() + 1, error.message, error.hint, len(found[0]))
        count = 1
    return _Section(None if count > 1 else kind, count, number, found.start() + 1)


def _read_step(source: SourceText, number: int, start: int, line: str, section: _Section) -> Step | str | None:
    """Returns the step of a line, or its text where it has no duration and no digit."""
    body = line[start:]
    if not body.strip("-–*•_ "):
        return None
    end = _find_end(body)
    if end is None:
        if not re.search(r"[0-9]", body) and not _PRESS.search(body):
            return clean(body)
        hint = "a duration like 5m or 30s, or a distance like 400mtr or 1km"
        source.add(number, start + 1, f"`{clip(body)}`: a step without a duration and a distance", hint, len(body))
        return None
    try:
        distance_mm, duration_ms = _end_values(end, in_repeat=section.count > 1)
    except ScalarError as error:
        source.add(number, start + end.start() + 1, error.message, error.hint, len(end[0]))
        return None
    second = _find_end(body[end.end() :])
    if second is not None and not body[end.end() : end.end() + second.start()].strip():
        text = body[end.start() : end.end() + second.end()]
        hint = "write one, like 1m30 or 400mtr"
        source.add(number, start + end.start() + 1, f"`{clip(text)}`: two lengths in one step", hint, len(text))
        return None
    cue = body[: end.start()]
    doubled = _REPEAT.search(cue)
    if doubled:
        hint = f"write `{doubled[1]}x` on a line of its own before the steps that are repeated"
        source.add(number, start + doubled.start() + 1, f"`{doubled[0]}` inside a step", hint, len(doubled[0]))
        return None
    targets = _Targets(f"{cue} \N{BULLET} {body[end.end() :]}")
    try:
        targets.read()
    except ScalarError as error:
        source.add(number, start + 1, error.message, error.hint, len(body))
        return None
    by_words = _kind_of_words(clean(targets.rest))
    named = by_words if by_words == "rest" else section.kind or by_words
    kind = targets.kind or named or "run"
    notes = list(targets.notes)
    words = clean(targets.rest.replace("\N{BULLET}", " ")).strip(" ,.;:-@")
    if words and not re.fullmatch(
        r"(?i)(?:warm[- ]?up|cool[- ]?down|recovery?|recover|rest|jog|easy|run|at|@|hard|,| )+", words
    ):
        notes.append(f"“{clip(words, 120)}”")
    return Step(
        kind, number, start + 1, distance_mm, duration_ms, planned=clean(end[0]) if targets.press else "",
        pace=targets.pace, jog_ms=_jog_ms(distance_mm, targets.effort), effort=targets.effort, notes=tuple(notes),
    )  # fmt: skip


def _find_end(body: str) -> re.Match[str] | None:
    """Returns the first duration or distance of a step that belongs to no pace, zone or text event."""
    for found in _END.finditer(body):
        if found[0].strip() and not re.match(r" ?(?:%|\^|w\b|rpm|/)", body[found.end() :]):
            return found
    return None


def _end_values(end: re.Match[str], *, in_repeat: bool) -> tuple[int | None, int | None]:
    if end["number"]:
        return checked_mm(Fraction(end["number"]) * UNITS_MM[end["unit"].lower()]), None
    hours, minutes, seconds = (Fraction(end[name] or 0) for name in ("h", "m", "s"))
    least = LIKELY_METRES_IN_REPEAT_MIN if in_repeat else LIKELY_METRES_MIN
    if not hours and not seconds and minutes >= least and re.fullmatch(r"[0-9]+ ?m", end[0], re.IGNORECASE):
        metres = f"{minutes.numerator}mtr"
        long = f"{minutes.numerator // 60}h{minutes.numerator % 60 or ''}{'m' if minutes.numerator % 60 else ''}"
        raise ScalarError(f"`{end[0]}` is {minutes.numerator} minutes here", f"metres? write {metres}; else {long}")
    return None, checked_ms(((hours * 60 + minutes) * 60 + seconds) * 1000)


def _kind_of_words(text: str) -> StepKind | None:
    if _WARMUP.search(text):
        return "warmup"
    if _COOLDOWN.search(text):
        return "cooldown"
    return "rest" if _REST.search(text) else "recovery" if _RECOVERY.search(text) else None


def _jog_ms(distance_mm: int | None, effort: Effort | None) -> int | None:
    """Returns how long a distance takes at a pace, to the second; None without a pace."""
    if distance_mm is None or effort is None or effort.scale != "speed":
        return None
    return max(1, round(distance_mm / 1000 / effort.value)) * 1000


class _Targets:
    """Takes the targets out of a step's text; `rest` is what is left of it."""

    def __init__(self, text: str) -> None:
        self.rest = text
        self.kind: StepKind | None = None
        self.pace = ""
        self.effort: Effort | None = None
        self.press = False
        self.notes: list[str] = []

    def read(self) -> None:
        """Reads all targets; raises `ScalarError` for a pace that nobody runs."""
        if found := self._take(_INTENSITY):
            self.kind = _KINDS.get(found[1].lower())
        self.press = self._take(_PRESS) is not None
        while found := self._take(_CADENCE):
            self.notes.append(f"a cadence of {clean(found[0])}")
        if found := self._take(_RPE):
            self.notes.append(clean(found[0]).upper().replace("RPE", "an effort (RPE) of ").replace("  ", " "))
        if self._take(re.compile(r"\bramp\b", re.IGNORECASE)):
            self.notes.append("a ramp, from one end to the other")
        self._take(re.compile(r"\bfree ?ride\b", re.IGNORECASE))
        self._read_pace()
        self._read_shares()
        self._take(_SILENT)

    def _read_pace(self) -> None:
        while found := self._take(_PACE):
            read = read_paces(found[0].removesuffix(found["word"] or ""))
            if read is None:
                return
            self.pace, self.effort, note = read
            if note:
                self.notes.append(note)
            if not found["unit"] and not found["unit2"]:
                self.notes.append(f"{clean(found[0])} without a unit, read as per km")

    def _read_shares(self) -> None:
        while found := self._take(_SHARE):
            low, high = Fraction(found[1]), Fraction(found[2] or found[1])
            unit = (found[3] or "").lower().replace("ftp", "")
            self.notes.append(f"{format_share(low, high)} of {_OF[unit]}")
            self.effort = self.effort or share_effort(low, high, unit or "power")
        while found := self._take(_ZONE):
            zones = tuple(int(zone) for zone in found.groups()[:2] if zone)
            unit = (found[3] or "").lower()
            of = {"hr": " of the heart rate", "lthr": " of the heart rate", "pace": " of the pace", "": ""}.get(unit)
            of = " of the power" if of is None else of
            noun = f"zone {zones[0]}" if len(zones) == 1 else f"zones {zones[0]} to {zones[1]}"
            self.notes.append(f"{noun}{of}")
            self.effort = self.effort or zone_effort(zones, of)
        while found := self._take(_WATTS):
            low, high = Fraction(found[1]), Fraction(found[2] or found[1])
            self.notes.append(f"{format_share(low, high).removesuffix(' %')} W of power")
            self.effort = self.effort or Effort("watts", float(low + high) / 2)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Returns the first match and cuts it out of the text."""
        found = pattern.search(self.rest)
        if found is None or not found[0]:
            return None
        self.rest = f"{self.rest[: found.start()]} {self.rest[found.end() :]}"
        return found
