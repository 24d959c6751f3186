"""What of another program's workout has no place on a track, as sentences: each once, with its reps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kicktimer.imports.track_reps import TrackNode, run_reps
from kicktimer.text import clean
from kicktimer.units import clip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kicktimer.imports.imported_steps import Step

MAX_NOTES = 60
MAX_NOTE_CHARACTERS = 200


def collect_notes(nodes: tuple[TrackNode, ...], warmup: Iterable[Step], cooldown: Iterable[Step]) -> list[str]:
    """Returns the notes of the warm-up, the reps, the recoveries and the cool-down, in this order."""
    reps: dict[str, list[int]] = {}
    rests: dict[str, list[int]] = {}
    all_reps = list(run_reps(nodes))
    for number, rep in enumerate(all_reps, 1):
        for note in rep.notes:
            reps.setdefault(note, []).append(number)
        for note in rep.rest.notes if rep.rest is not None and number < len(all_reps) else ():
            rests.setdefault(note, []).append(number)
    found = [f"{note} in the warm-up" for step in warmup for note in _of_step(step)]
    found += [f"{note} {_at_reps(numbers, len(all_reps))}" for note, numbers in reps.items()]
    found += [f"{note} in the recovery {_after_reps(numbers)}" for note, numbers in rests.items()]
    found += [f"{note} in the cool-down" for step in cooldown for note in _of_step(step)]
    return bounded_notes(found)


def _of_step(step: Step) -> tuple[str, ...]:
    notes = (f"a pace of {step.pace}", *step.notes) if step.pace else step.notes
    return (*notes, f"{step.planned}, or until the lap button") if step.planned else notes


def bounded_notes(notes: Sequence[str]) -> list[str]:
    """Returns each note once, cleaned and of bounded length; those beyond `MAX_NOTES` are only counted."""
    unique = list(dict.fromkeys(text for note in notes if (text := clip(clean(note), MAX_NOTE_CHARACTERS))))
    if len(unique) > MAX_NOTES:
        return [*unique[:MAX_NOTES], f"{len(unique) - MAX_NOTES} more of these"]
    return unique


def _at_reps(numbers: list[int], total: int) -> str:
    if len(numbers) == total > 1:
        return "at every rep"
    return f"at rep {numbers[0]}" if len(numbers) == 1 else f"at reps {_ranges(numbers)}"


def _after_reps(numbers: list[int]) -> str:
    return f"after rep {numbers[0]}" if len(numbers) == 1 else f"after reps {_ranges(numbers)}"


def _ranges(numbers: list[int]) -> str:
    """Returns text such as `1 to 8`, `1 and 3` or `1, 3 to 5 and 9`."""
    parts: list[list[int]] = []
    for number in dict.fromkeys(numbers):
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    texts = [f"{part[0]} to {part[-1]}" if len(part) > 1 else str(part[0]) for part in parts]
    if len(texts) > 6:
        texts = [*texts[:5], f"{len(texts) - 5} more"]
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))
