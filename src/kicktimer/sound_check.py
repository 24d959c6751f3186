"""Which outputs of sound somebody has heard today: a machine that is muted plays everything, and nobody hears it.

Kept in `heard.json` in the system's directory for a program's state: a day and its outputs, each the sink and the
device that `SpeakerState` tells. A file that is missing, old or broken says that nothing was heard.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from platformdirs import user_state_path

from kicktimer.atomic_write import atomic_write
from kicktimer.errors import KicktimerError
from kicktimer.library import read_user_file

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

MOST_BYTES = 65_536
MOST_OUTPUTS = 16


def heard_path() -> Path:
    return user_state_path("kicktimer", appauthor=False) / "heard.json"


def heard_today(sink: str, device: str, today: date) -> bool:
    """Whether somebody has said today that this output is heard."""
    return (sink, device) in _heard(today)


def note_heard(sink: str, device: str, today: date) -> None:
    """Keep that somebody hears this output. Raises `KicktimerError` where that cannot be kept: it is asked again."""
    others = [output for output in _heard(today) if output != (sink, device)]
    outputs = [*others, (sink, device)][-MOST_OUTPUTS:]
    path = heard_path()
    try:
        atomic_write(path, json.dumps({"day": today.isoformat(), "outputs": outputs}).encode())
    except OSError as error:
        raise KicktimerError(
            f"that the sound was heard cannot be kept in {path}: {error.strerror}", "it will be asked again"
        ) from error


def _heard(today: date) -> list[tuple[str, str]]:
    try:
        kept = json.loads(read_user_file(heard_path()))
    except (KicktimerError, ValueError, RecursionError):
        return []
    match kept:
        case {"day": str(day), "outputs": [*outputs]} if day == today.isoformat():
            return [(sink, device) for sink, device in filter(_is_pair, outputs)]
    return []


def _is_pair(output: object) -> bool:
    return isinstance(output, list) and len(output) == 2 and all(isinstance(part, str) for part in output)
