"""Walks through a workout: every rep with the levels around it, as it is written or as it is run.

A level is the workout, a set (of a set, …) or a rep. `levels` go from the workout inwards, the rep's own level last; a
set of equal reps is that level for each of its reps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kicktimer.workout.model import LevelSettings, OneLiner, Rep, Set, Workout
from kicktimer.workout.values import Steps, find_problem, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

DocumentPath = tuple[int | str, ...]
MAX_DEPTH = 4
"""The most lists of reps inside each other."""


@dataclass(frozen=True, slots=True)
class Level:
    """One level around a rep, and where the rep stands in it.

    `index` and `count` number the items of a set's list, or the reps of equal reps. `through` is the time through the
    set, from 0. `path` is the level's path in the file's tree.
    """

    settings: LevelSettings
    path: DocumentPath
    index: int = 0
    count: int = 1
    through: int = 0

    @property
    def is_last(self) -> bool:
        """Whether a time through the set ends with this item."""
        return self.index == self.count - 1

    @property
    def repeat(self) -> int:
        """How often the set is run."""
        return self.settings.repeat if isinstance(self.settings, Set) else 1


@dataclass(frozen=True, slots=True)
class RepPlace:
    """A rep in the workout, with its levels. `path` is the rep's path in the file's tree."""

    levels: tuple[Level, ...]

    @property
    def rep(self) -> Rep:
        rep = self.levels[-1].settings
        assert isinstance(rep, Rep)
        return rep

    @property
    def path(self) -> DocumentPath:
        return self.levels[-1].path

    def nearest(self, *names: str) -> tuple[str, object] | None:
        """Returns the key and the value that the innermost level has for one of the keys; None if no level has one.

        Of a value for each rep it is this rep's. Keys that exclude each other are looked up together.
        """
        for level in reversed(self.levels):
            for name in names:
                value = getattr(level.settings, name, None)
                if value is not None:
                    return name, _value_here(name, value, level)
        return None

    def set_recovery(self) -> object | None:
        """Returns the `set_recovery` after this rep: that of the outermost set which ends a time through; else None."""
        found = None
        for level in reversed(self.levels):
            if not isinstance(level.settings, Set):
                continue
            if not level.is_last:
                break
            found = level.settings.set_recovery if level.settings.set_recovery is not None else found
            if level.through < level.repeat - 1:
                break
        return found


def _value_here(name: str, value: object, level: Level) -> object:
    gaps = name in ("recovery", "send_off")
    index, count = level.index, level.count
    if isinstance(value, tuple) and name in VALUES_FOR_EACH and len(value) == level.repeat * count != count:
        index, count = level.through * count + index, level.repeat * count
    return value_at(value, index, count, gaps=gaps) if name in VALUES_FOR_EACH else value


VALUES_FOR_EACH = ("pace", "target", "recovery", "send_off")
"""Keys that may have a value for each rep."""


def iter_sets(workout: Workout) -> Iterator[tuple[DocumentPath, Set]]:
    """Yields the workout's sets, each with its path in the file's tree; all sets of a one-liner have its path."""
    for number, item in enumerate(workout.sets):
        for rep_set in item.sets if isinstance(item, OneLiner) else (item,):
            yield ("sets", number), rep_set


def count_set_reps(rep_set: Set) -> int:
    """Returns the number of reps of a set, with all repetitions."""
    if isinstance(rep_set.reps, int):
        return rep_set.repeat * rep_set.reps
    return rep_set.repeat * sum(count_set_reps(item) if isinstance(item, Set) else 1 for item in rep_set.reps)


def count_reps(workout: Workout) -> int:
    """Returns the number of reps of the whole workout, with repetitions, without expanding them."""
    return sum(count_set_reps(rep_set) for _, rep_set in iter_sets(workout))


def depth_of(rep_set: Set) -> int:
    """Returns how many lists of reps stand inside each other."""
    if isinstance(rep_set.reps, int):
        return 0
    return 1 + max((depth_of(item) for item in rep_set.reps if isinstance(item, Set)), default=0)


def written_reps(workout: Workout) -> Iterator[RepPlace]:
    """Yields each rep as it is written: equal reps and repetitions once."""
    for path, rep_set in iter_sets(workout):
        yield from _places((Level(workout, ()),), path, rep_set, once=True)


def run_reps(workout: Workout) -> Iterator[tuple[int, RepPlace]]:
    """Yields each rep as it is run, with the number of the time through of its set of `sets`, from 1."""
    number = 0
    for path, rep_set in iter_sets(workout):
        for place in _places((Level(workout, ()),), path, rep_set, once=False):
            top = place.levels[1]
            yield number + top.through + 1, place
        number += rep_set.repeat


def _places(outer: tuple[Level, ...], path: DocumentPath, rep_set: Set, *, once: bool) -> Iterator[RepPlace]:
    reps = rep_set.reps
    for through in range(1 if once else rep_set.repeat):
        if isinstance(reps, int):
            for index in range(1 if once else reps):
                yield RepPlace((*outer, Level(rep_set, path, index, reps, through)))
            continue
        for index, item in enumerate(reps):
            here = (*outer, Level(rep_set, path, index, len(reps), through))
            item_path = (*path, "reps", index)
            if isinstance(item, Set):
                yield from _places(here, item_path, item, once=once)
            else:
                yield RepPlace((*here, Level(item, item_path)))


def find_value_problems(item: Rep) -> Iterator[tuple[str, str, str]]:
    """Yields a key, a problem and a hint for each list of values, or target, that does not fit this set or rep."""
    whole, repeat = not isinstance(item, Set) or isinstance(item.reps, int), item.repeat if isinstance(item, Set) else 1
    count = (item.reps if isinstance(item.reps, int) else len(item.reps)) if isinstance(item, Set) else 1
    for name in VALUES_FOR_EACH:
        value = getattr(item, name)
        if not isinstance(value, Steps | tuple):
            continue
        gaps = name in ("recovery", "send_off")
        if not whole and repeat > 1:
            yield name, "a value for each item, and the set runs several times", "put the values on the items"
        elif isinstance(value, tuple) and len(value) == count * repeat > 1:
            continue
        elif problem := find_problem(value, count, gaps=gaps):
            yield name, *problem
    target = item.target
    if (
        isinstance(item, Set)
        and not isinstance(item.reps, int)
        and target is not None
        and not isinstance(target, tuple)
        and not (isinstance(target, Steps) and count == 2 and repeat == 1)  # a value for each of the two
    ):
        marks = {(rep.distance, rep.duration) for rep in _reps_without_own(item)}
        if len(marks) > 1:
            yield "target", "one target time for reps that are not equal", "a pace, or a target for each rep"
        elif any(duration for _, duration in marks):
            yield "target", "`target` needs a distance, and these reps are timed", "delete it"


def _reps_without_own(rep_set: Set) -> Iterator[Rep]:
    """Yields the reps of a set that have no pace, target or pattern of their own: those that take the set's."""
    for item in rep_set.reps if not isinstance(rep_set.reps, int) else (rep_set,):
        if item is not rep_set and (item.pace is not None or item.target is not None or item.pattern):
            continue
        if isinstance(item, Set) and not isinstance(item.reps, int):
            yield from _reps_without_own(item)
        else:
            yield item
