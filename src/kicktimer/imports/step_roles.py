"""Decides which steps of another program's workout are reps, recoveries, warm-up and cool-down.

A tree of steps goes in, and one without the kind `run` comes out, after the steps of warm-up and cool-down were taken
from its ends. Where the format names a step's kind, the kind decides; else its effort does: a step is a recovery if
it is clearly easier than the rep before it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from kicktimer.imports.imported_steps import Repeat, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

Item: TypeAlias = Step | Repeat
_EASY_KINDS = ("recovery", "rest")
LONG_EASY_MS = 300_000
LONG_EASY_MM = 800_000
"""An easy step after the last rep that is at least so long is a cool-down."""


@dataclass(frozen=True, slots=True)
class Roles:
    """The warm-up, the main part and the cool-down.

    `untold` says that a repeat names no effort at all. `left_out` are recoveries after the last rep.
    """

    warmup: tuple[Step, ...]
    main: tuple[Item, ...]
    cooldown: tuple[Step, ...]
    untold: bool
    left_out: tuple[Step, ...] = ()


def decide_roles(items: tuple[Item, ...]) -> Roles:
    """Returns the parts of a workout; in the main part each step is a `rep`, a `recovery` or a `rest`."""
    items = tuple(_without_single_repeats(items))
    head = _count_warmup(items)
    judge = _Judge()
    main = judge.decide(items[head:])
    tail = len(main)
    while tail and _kind(main[tail - 1]) in ("cooldown", *_EASY_KINDS):
        tail -= 1
    warmup = tuple(step for step in items[:head] if isinstance(step, Step))
    cooldown = tuple(step for step in main[tail:] if isinstance(step, Step))
    main = main[:tail]
    if not _has_rep(main):  # an easy run: what there is to run is the workout
        everything = (*warmup, *main, *cooldown)
        return Roles((), tuple(_as_reps(everything)), (), untold=False)
    given = items[head + tail :]
    follows_rest = bool(main) and _ends_easy(main[-1])
    count = next(
        (at for at, step in enumerate(cooldown) if _is_cooldown(step, given[at], follows_rest=follows_rest)),
        len(cooldown),
    )
    return Roles(warmup, tuple(_without_cooldowns(main)), cooldown[count:], judge.untold, cooldown[:count])


def _kind(item: Item) -> str:
    return item.kind if isinstance(item, Step) else ""


def _is_cooldown(step: Step, given: Item, *, follows_rest: bool) -> bool:
    """Whether an easy step after the last rep is a cool-down and no recovery: by its name, its place or its length."""
    if step.kind == "cooldown":
        return True
    if step.kind == "rest" or step.until_pressed:
        return False
    is_long = (step.duration_ms or 0) >= LONG_EASY_MS or (step.distance_mm or 0) >= LONG_EASY_MM
    return follows_rest or is_long or (isinstance(given, Step) and given.kind == "run")


def _ends_easy(item: Item) -> bool:
    return _ends_easy(item.items[-1]) if isinstance(item, Repeat) else item.kind in _EASY_KINDS


def _without_single_repeats(items: tuple[Item, ...]) -> Iterator[Item]:
    """Yields the items, and in place of a repeat that is run once what it holds."""
    for item in items:
        if isinstance(item, Repeat) and item.count == 1 and not item.skips_last_rest:
            yield from _without_single_repeats(item.items)
        else:
            yield item


def _count_warmup(items: tuple[Item, ...]) -> int:
    """Returns how many steps at the start are before the first rep."""
    count = 0
    for item in items:
        if not isinstance(item, Step) or item.kind not in ("warmup", *_EASY_KINDS):
            break
        count += 1
    if count == 0 and len(items) > 1 and isinstance(items[0], Step) and items[0].kind == "run":
        following = _first_step(items[1])
        first = items[0].effort
        if first and following and following.effort and first.is_easier_than(following.effort):
            return 1
    return count


def _first_step(item: Item) -> Step | None:
    """Returns the first step that may be a rep."""
    if isinstance(item, Step):
        return item if item.kind in ("rep", "run") else None
    return next((found for each in item.items if (found := _first_step(each))), None)


def _has_rep(items: tuple[Item, ...]) -> bool:
    return any(_has_rep(item.items) if isinstance(item, Repeat) else item.kind in ("rep", "warmup") for item in items)


def _as_reps(items: tuple[Item, ...]) -> list[Item]:
    found: list[Item] = []
    for item in items:
        if isinstance(item, Repeat):
            found.append(replace(item, items=tuple(_as_reps(item.items))))
        else:
            found.append(item if item.kind == "rest" or item.until_pressed else replace(item, kind="rep"))
    return found


def _without_cooldowns(items: tuple[Item, ...]) -> list[Item]:
    """Returns the items of the main part: a cool-down between reps is a recovery, a warm-up there is a rep."""
    found: list[Item] = []
    for item in items:
        if isinstance(item, Repeat):
            found.append(replace(item, items=tuple(_without_cooldowns(item.items))))
        elif item.kind == "cooldown":
            found.append(replace(item, kind="recovery"))
        elif item.kind == "warmup":
            found.append(replace(item, kind="recovery" if item.until_pressed else "rep"))
        else:
            found.append(item)
    return found


class _Judge:
    """Walks through the steps in their order, with the last rep's effort in mind."""

    def __init__(self) -> None:
        self.last_rep: Step | None = None
        self.untold = False

    def decide(self, items: tuple[Item, ...]) -> tuple[Item, ...]:
        found: list[Item] = []
        for item in items:
            if isinstance(item, Repeat):
                found.append(self._decide_repeat(item))
                continue
            kind = item.kind
            if kind == "run":
                kind = "recovery" if self._is_recovery(item) else "rep"
            if kind == "rep":
                self.last_rep = item
            found.append(replace(item, kind=kind))
        return tuple(found)

    def _decide_repeat(self, repeat: Repeat) -> Repeat:
        runs = [step for step in repeat.items if isinstance(step, Step)]
        if len(runs) > 1 and all(step.kind == "run" and step.effort is None for step in runs):
            self.untold = True
            self.last_rep = None
        elif runs and runs[0].kind == "run" and runs[0].effort and self._starts_easy(runs[0], runs):
            # The easy step comes first: judge it by the hard one after it.
            first = replace(runs[0], kind="recovery")
            rest = tuple(item for item in repeat.items if item is not runs[0])
            self.last_rep = None
            return replace(repeat, items=(first, *self.decide(rest)))
        else:
            self.last_rep = None if self.last_rep and runs and runs[0].kind == "run" else self.last_rep
        return replace(repeat, items=self.decide(repeat.items))

    @staticmethod
    def _starts_easy(first: Step, runs: list[Step]) -> bool:
        following = next((step for step in runs[1:] if step.kind in ("run", "rep")), None)
        return bool(following and following.effort and first.effort and first.effort.is_easier_than(following.effort))

    def _is_recovery(self, step: Step) -> bool:
        rep = self.last_rep
        if rep is None or rep.effort is None:
            return False
        return step.effort is None or step.effort.is_easier_than(rep.effort)
