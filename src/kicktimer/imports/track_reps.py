"""A workout of reps and rests made of another program's steps: which rest follows which rep, and in which sets.

The main part of `step_roles` goes in; sets and reps come out. Where a repeat ends with a recovery and another one
follows it, the longer one at the end counts, as the rest between sets does: 2 x (4 x (600, 1min), 5min) rests 5min
after the fourth rep. Times are whole ms, distances whole mm.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from kicktimer.errors import ScalarError
from kicktimer.imports.imported_steps import Repeat, Step
from kicktimer.imports.step_values import TOO_WIDE
from kicktimer.units import DAY_MS, MAX_MM
from kicktimer.workout.model import MAX_REPS

if TYPE_CHECKING:
    from collections.abc import Iterator

MIN_JOG_MM = 50_000
JOG_MS_PER_M = 300
"""What a jog takes that has no pace: 2:00 for 400 m, as in a workout's file."""


@dataclass(frozen=True, slots=True)
class ImportedRest:
    """The rest after a rep: standing time, a jog, or until the coach is ready."""

    ms: int = 0
    jog_mm: int = 0
    jog_ms: int | None = None
    ready: bool = False
    notes: tuple[str, ...] = ()

    @property
    def total_ms(self) -> int:
        """How long the rest takes, as far as it is known."""
        return self.ms + (self.jog_mm * JOG_MS_PER_M // 1000 if self.jog_ms is None else self.jog_ms)

    def plus(self, other: ImportedRest) -> ImportedRest:
        """Returns both rests, one after the other."""
        jog_ms = None
        if self.jog_ms is not None or other.jog_ms is not None:
            jog_ms = replace(self, ms=0).total_ms + replace(other, ms=0).total_ms
        notes = tuple(dict.fromkeys((*self.notes, *other.notes)))
        ready = self.ready or other.ready
        return ImportedRest(self.ms + other.ms, self.jog_mm + other.jog_mm, jog_ms, ready, notes)

    def times(self, count: int) -> ImportedRest:
        """Returns the rest, `count` times."""
        jog_ms = None if self.jog_ms is None else self.jog_ms * count
        return replace(self, ms=self.ms * count, jog_mm=self.jog_mm * count, jog_ms=jog_ms)


@dataclass(frozen=True, slots=True)
class TrackRep:
    """One rep; without a rest it is followed by the next one at once. `notes` do not make reps unequal."""

    distance_mm: int | None
    duration_ms: int | None
    pace: str
    rest: ImportedRest | None = None
    notes: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class TrackSet:
    """Reps and sets, run `count` times. `after` replaces the rest after the last one of all."""

    count: int
    nodes: tuple[TrackNode, ...]
    after: ImportedRest | None = None


TrackNode: TypeAlias = TrackRep | TrackSet


class TooManyRepsError(Exception):
    """Raised for a repeat that has more reps than a workout may have."""

    def __init__(self, repeat: Repeat, reps: int) -> None:
        super().__init__(f"{reps} reps")
        self.repeat = repeat
        self.reps = reps


class RestTooLongError(Exception):
    """Raised where recoveries follow each other and are longer than a workout may be."""

    def __init__(self, step: Step, error: ScalarError) -> None:
        super().__init__(error.message)
        self.step = step
        self.error = error


@dataclass(slots=True)
class TrackBuilder:
    """Builds the sets. `replaced` tells whether a longer rest has replaced one at the end of a repeat."""

    replaced: bool = False
    dropped_rest: bool = False

    def build(self, items: tuple[Step | Repeat, ...]) -> tuple[TrackNode, ...]:
        """Returns the sets and reps; a rest before the first rep is dropped."""
        lead, nodes = self._attach(items)
        self.dropped_rest = lead is not None
        return tuple(nodes)

    def _attach(self, items: tuple[Step | Repeat, ...]) -> tuple[ImportedRest | None, list[TrackNode]]:
        lead: ImportedRest | None = None
        nodes: list[TrackNode] = []
        for item in items:
            if isinstance(item, Step) and item.kind == "rep":
                notes = (*item.notes, "until the lap button") if item.planned else item.notes
                nodes.append(TrackRep(item.distance_mm, item.duration_ms, item.pace, None, notes))
                continue
            rest: ImportedRest | None
            added: list[TrackNode] = []
            if isinstance(item, Step):
                rest = _rest_of(item)
            else:
                rest, added = self._repeat(item)
            if rest is not None:
                if nodes:
                    nodes[-1] = self._rest_after(nodes[-1], rest)
                else:
                    lead = rest if lead is None else lead.plus(rest)
                place = item if isinstance(item, Step) else _first_step(item)
                _check_rest(place, nodes[-1] if nodes else lead)
            nodes.extend(added)
        return lead, nodes

    def _repeat(self, repeat: Repeat) -> tuple[ImportedRest | None, list[TrackNode]]:
        """Returns the rest before the first rep of a repeat, and its sets."""
        lead, nodes = self._attach(repeat.items)
        if not nodes:
            return (None if lead is None else lead.times(repeat.count)), []
        reps = repeat.count * count_reps(nodes)
        if reps > MAX_REPS:
            raise TooManyRepsError(repeat, reps)
        if repeat.count == 1:
            return lead, nodes
        if lead is None:
            found = TrackSet(repeat.count, tuple(nodes))
            return None, [replace(found, after=ImportedRest())] if repeat.skips_last_rest else [found]
        # A repeat that begins with a recovery: it stands between the reps, and once before the first.
        between = [*nodes[:-1], self._rest_after(nodes[-1], lead)]
        most = between if repeat.count == 2 else [TrackSet(repeat.count - 1, tuple(between))]
        return lead, [*most, *nodes]

    def _rest_after(self, node: TrackNode, rest: ImportedRest) -> TrackNode:
        if isinstance(node, TrackRep):
            return replace(node, rest=rest if node.rest is None else node.rest.plus(rest))
        if node.after is not None:
            return replace(node, after=node.after.plus(rest))
        own = final_rest(node)
        if own is None:
            return replace(node, after=rest)
        if rest.ready or (not own.ready and rest.total_ms > own.total_ms):
            self.replaced = True
            return replace(node, after=rest)
        return replace(node, after=own.plus(rest))


def _rest_of(step: Step) -> ImportedRest:
    notes = step.notes if not step.pace or step.jog_ms is not None else (f"a pace of {step.pace}", *step.notes)
    if step.planned:
        notes = (*notes, f"{step.planned}, or until the lap button")
    if step.until_pressed or step.planned:
        return ImportedRest(ready=True, notes=notes)
    if step.distance_mm is not None:
        if step.distance_mm < MIN_JOG_MM:
            ms = step.jog_ms if step.jog_ms is not None else step.distance_mm * JOG_MS_PER_M // 1000
            return ImportedRest(ms, notes=(*notes, f"a jog of {step.distance_mm / 1000:g} m"))
        notes = tuple(note for note in notes if step.jog_ms is None or not note.endswith(TOO_WIDE))  # its middle runs
        return ImportedRest(0, step.distance_mm, step.jog_ms, notes=notes)
    return ImportedRest(step.duration_ms or 0, notes=notes)


def _first_step(repeat: Repeat) -> Step:
    first = repeat.items[0]
    return first if isinstance(first, Step) else _first_step(first)


def _check_rest(step: Step, node: TrackNode | ImportedRest | None) -> None:
    rest = node if isinstance(node, ImportedRest) or node is None else final_rest(node)
    if rest is not None and (rest.total_ms > DAY_MS or rest.jog_mm > MAX_MM):
        raise RestTooLongError(step, ScalarError("the recoveries here are longer than a day", "at most 24h"))


def final_rest(node: TrackNode) -> ImportedRest | None:
    """Returns the rest after the last rep of a rep or a set."""
    if isinstance(node, TrackRep):
        return node.rest
    return node.after if node.after is not None else final_rest(node.nodes[-1])


def count_reps(nodes: list[TrackNode] | tuple[TrackNode, ...]) -> int:
    """Returns the number of reps, with all repetitions, without expanding them."""
    return sum(1 if isinstance(node, TrackRep) else node.count * count_reps(node.nodes) for node in nodes)


def run_reps(nodes: tuple[TrackNode, ...]) -> Iterator[TrackRep]:
    """Yields each rep as it is run, with the rest that follows it."""
    for node in nodes:
        if isinstance(node, TrackRep):
            yield node
            continue
        held: TrackRep | None = None
        for _ in range(node.count):
            for rep in run_reps(node.nodes):
                if held is not None:
                    yield held
                held = rep
        if held is not None:
            yield held if node.after is None else replace(held, rest=node.after)


def join_equal(nodes: tuple[TrackNode, ...], *, last: bool) -> tuple[TrackNode, ...]:
    """Returns the nodes with a set for equal reps that follow each other.

    `last` says that nothing follows: the last rep may then lack the rest of those before it.
    """
    found: list[TrackNode] = []
    for at, node in enumerate(nodes):
        here_last = last and at == len(nodes) - 1
        each = node
        if isinstance(each, TrackSet):
            each = replace(each, nodes=join_equal(each.nodes, last=False))
            if len(each.nodes) == 1 and isinstance(each.nodes[0], TrackSet) and each.nodes[0].after is None:
                only = each.nodes[0]
                each = TrackSet(each.count * only.count, only.nodes, each.after)
        before = found[-1] if found else None
        if isinstance(each, TrackRep) and before is not None:
            equal = before if isinstance(before, TrackRep) else before.nodes[0]
            is_block = isinstance(before, TrackRep) or (len(before.nodes) == 1 and before.after is None)
            alike = isinstance(equal, TrackRep) and (
                equal == each or (here_last and each.rest is None and replace(each, rest=equal.rest) == equal)
            )
            if is_block and alike:
                count = before.count if isinstance(before, TrackSet) else 1
                found[-1] = TrackSet(count + 1, (equal,))
                continue
        found.append(each)
    return tuple(found)
