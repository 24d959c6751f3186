"""The reps and sets that a coach's note means, and their text as a one-liner."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_FLAT_REPS = 500


@dataclass(slots=True)
class NoteBlock:
    """A number of equal reps, or with `inner` a bracket run `count` times. `rest` is attached to it, not inherited."""

    count: int
    mark: str = ""
    inner: list[NoteBlock] = field(default_factory=list)
    pace: str = ""
    rest: str = ""
    set_rest: str = ""
    send_off: str = ""

    @property
    def is_single(self) -> bool:
        return self.count == 1 and not self.inner

    @property
    def has_rest(self) -> bool:
        return bool(self.rest or self.send_off)

    @property
    def has_any_rest(self) -> bool:
        """Whether the block, or one in its brackets, has a rest."""
        return self.has_rest or any(each.has_any_rest for each in self.inner)

    @property
    def metres(self) -> float:
        """The distance in metres; 0 for a block by time, in miles, in laps or in brackets."""
        found = re.fullmatch(r"([0-9.]+)(km)?", self.mark)
        return float(found[1]) * (1000 if found[2] else 1) if found else 0

    def text(self) -> str:
        """Returns the block as a part of a one-liner."""
        pace, rest, inner = self.pace, self.rest, self.inner
        if inner and all(each.is_single and not each.set_rest for each in inner):  # what all of them have goes outside
            if not pace and len({each.pace for each in inner}) == 1:
                pace, inner = inner[0].pace, [replace(each, pace="") for each in inner]
            if not self.has_rest and len({(each.rest, each.send_off) for each in inner}) == 1 and not inner[0].send_off:
                rest, inner = inner[0].rest, [replace(each, rest="") for each in inner]
        if inner:
            head = f"{self.count}x({_bracket(inner)})"
        else:
            head = f"{self.count}x{self.mark}" if self.count > 1 else self.mark
        options = [("@", pace), ("r", rest), ("on", self.send_off), ("R", self.set_rest)]
        return " ".join([head, *(f"{sign}{value}" for sign, value in options if value)])


def _bracket(inner: list[NoteBlock]) -> str:
    texts = [block.text() for block in inner]
    return ("+" if all(" " not in text for text in texts) else " + ").join(texts)


def blocks_line(blocks: Iterable[NoteBlock]) -> str:
    """Returns the blocks as a one-liner."""
    return ", ".join(block.text() for block in blocks)


def flat_blocks(blocks: list[NoteBlock]) -> list[NoteBlock]:
    """Returns the blocks of reps, without the brackets around them."""
    return [each for block in blocks for each in (flat_blocks(block.inner) if block.inner else [block])]


def repeat_blocks(count: int, blocks: list[NoteBlock]) -> NoteBlock:
    """Returns a set of the blocks. The rest between the sets of the last one is the rest between the repeats."""
    last = blocks[-1]
    set_rest = last.set_rest
    if set_rest and not last.inner:
        blocks = [*blocks[:-1], replace(last, set_rest="")]
        return NoteBlock(count, inner=blocks, set_rest=set_rest)
    return NoteBlock(count, inner=blocks)


def with_default_rest(blocks: list[NoteBlock]) -> list[NoteBlock]:
    """Returns the blocks with the default rest written out for those that have none."""
    return [block if block.has_any_rest or block is blocks[-1] else replace(block, rest="30") for block in blocks]


def with_the_rest_before(blocks: list[NoteBlock]) -> list[NoteBlock]:
    """Returns the blocks with a rest for all: of a block with the same mark, else of the one before, else after."""
    found: list[NoteBlock] = []
    for place, block in enumerate(blocks):
        before = [each for each in found if each.has_rest]
        after = [each for each in blocks[place + 1 :] if each.has_rest]
        same = [each for each in (*reversed(before), *after) if each.mark == block.mark and block.mark]
        like = [*same[:1], *before[-1:], *after[:1]]
        if like and not block.has_any_rest:
            block = replace(block, rest=like[0].rest, send_off=like[0].send_off)  # noqa: PLW2901
        found.append(block)
    return found


def flat_line(blocks: list[NoteBlock]) -> str:
    """Returns the blocks as a one-liner without brackets and without lists of values: each rep with its own options."""
    parts: list[NoteBlock] = []
    for rep in _flat_reps(blocks, NoteBlock(1)):
        before = parts[-1] if parts else None
        if before is not None and replace(before, count=1) == rep:
            before.count += 1
        else:
            parts.append(rep)
    return blocks_line(parts)


def _flat_reps(blocks: list[NoteBlock], outer: NoteBlock) -> list[NoteBlock]:
    """Returns each rep as a block of its own, with the options of the brackets around it."""
    found: list[NoteBlock] = []
    for block in blocks:
        own = block.has_rest
        settings = replace(
            block,
            pace=block.pace or outer.pace,
            rest=block.rest if own else outer.rest,
            send_off=block.send_off if own else outer.send_off,
        )
        for number in range(block.count):
            if block.inner:
                found += _flat_reps(block.inner, settings)
            else:
                pace, rest = (_value_at(value, number) for value in (settings.pace, settings.rest))
                found.append(NoteBlock(1, block.mark, pace=pace, rest=rest, send_off=settings.send_off))
            # After equal reps a set's recovery comes once, after a bracket each time.
            if block.set_rest and (block.inner or number == block.count - 1):
                found[-1] = replace(found[-1], rest=block.set_rest, send_off="")
            if len(found) > MAX_FLAT_REPS:
                return found
    return found


def _value_at(value: str, number: int) -> str:
    """Returns the value for one rep of a list `a>b>c`; the last one repeats."""
    values = value.split(">")
    return values[min(number, len(values) - 1)]
