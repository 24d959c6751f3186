"""Keeps which sound outputs a coach has confirmed to hear today. The program cannot know: the machine may be muted.

The file is `heard.json` in the system's directory for program state. It holds a day and the outputs of that day, each
as the sink and device of `SpeakerState`. If the file is missing, broken or of another day, no output counts as heard.
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

MAX_OUTPUTS = 16
"""The file keeps this many outputs, the latest ones."""


def heard_path() -> Path:
    """Returns the path of the file."""
    return user_state_path("kicktimer", appauthor=False) / "heard.json"


def heard_today(sink: str, device: str, today: date) -> bool:
    """Returns whether the coach has confirmed today that this output is heard."""
    return (sink, device) in _read_outputs(today)


def note_heard(sink: str, device: str, today: date) -> None:
    """Records that the coach hears this output today. Raises `KicktimerError` if the file cannot be written."""
    others = [output for output in _read_outputs(today) if output != (sink, device)]
    outputs = [*others, (sink, device)][-MAX_OUTPUTS:]
    path = heard_path()
    try:
        atomic_write(path, json.dumps({"day": today.isoformat(), "outputs": outputs}).encode())
    except OSError as error:
        raise KicktimerError(
            f"that the sound was heard cannot be kept in {path}: {error.strerror}", "it will be asked again"
        ) from error


def _read_outputs(today: date) -> list[tuple[str, str]]:
    """Returns the outputs that were heard today, as pairs of sink and device."""
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
