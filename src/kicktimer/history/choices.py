"""What a coach has chosen for the reviews: hidden sessions, and names that mean the same athlete.

It stands in `review.json` beside the logs, which stay as they are. A file that cannot be read is named, and
never replaced, since somebody may have written it by hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kicktimer.atomic_write import atomic_write
from kicktimer.errors import KicktimerError
from kicktimer.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CHOICES_NAME = "review.json"
MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ReviewChoices:
    """`hidden` are ids of sessions that do not count, `merged` maps a name to the one that it is reviewed under."""

    hidden: frozenset[str] = frozenset()
    merged: Mapping[str, str] = field(default_factory=dict)

    def hide(self, session_id: str, *, hidden: bool) -> ReviewChoices:
        return replace(self, hidden=self.hidden | {session_id} if hidden else self.hidden - {session_id})

    def merge(self, name: str, into: str | None) -> ReviewChoices:
        """Returns the choices with `name` reviewed under `into`, or as itself again if that is None."""
        merged = {old: new for old, new in self.merged.items() if old != name}
        return replace(self, merged=merged if into is None else {**merged, name: into})


def load_choices(directory: Path) -> ReviewChoices:
    """Returns the choices for a directory; none if it has no file of them. Raises `KicktimerError` for a faulty one."""
    path = directory / CHOICES_NAME
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(MAX_BYTES))
        hidden, merged = found.get("hidden", []), found.get("merged", {})
        hidden = frozenset(map(_text, hidden))
        return ReviewChoices(hidden, {clean(_text(old)): clean(_text(new)) for old, new in merged.items()})
    except FileNotFoundError:
        return ReviewChoices()
    except OSError as error:
        raise KicktimerError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, AttributeError, TypeError, RecursionError):
        hint = 'it is {"hidden": ["ID"], "merged": {"Dana K": "Dana"}}; or delete the file'
        raise KicktimerError(f"{path} is damaged", hint) from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def save_choices(directory: Path, choices: ReviewChoices) -> None:
    """Replaces the file of choices. Raises `KicktimerError` if that fails."""
    record = {"hidden": sorted(choices.hidden), "merged": dict(choices.merged)}
    text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    path = directory / CHOICES_NAME
    try:
        atomic_write(path, text.encode())
    except OSError as error:
        raise KicktimerError(f"{path} cannot be written: {error.strerror}") from error
